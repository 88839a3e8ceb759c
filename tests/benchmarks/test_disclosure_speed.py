"""Disclosure control: how long a table takes, how many cells are hidden over the optimum where that is known, and against a rule of thumb."""

from __future__ import annotations

import time

import numpy as np
import pytest
from disclosure_tables import count_table
from measuring import measured
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import coo_matrix

from analytics.disclosure import optimum
from analytics.disclosure.build import system
from analytics.disclosure.greedy import Witnesses, complete, reduce
from analytics.disclosure.movement import Movement
from analytics.disclosure.profile import PROFILES
from analytics.disclosure.protect import protect_together
from analytics.disclosure.system import Level, System

pytestmark = [pytest.mark.slow, pytest.mark.benchmark]


def whole_model(asked: System) -> float:
    """The optimum by the whole model, one copy of the table for each level, solved in one piece: another way to the same number."""
    cells, levels = asked.size, asked.levels
    rows, columns, values, low, high = [], [], [], [], []

    def rule(parts: list[tuple[int, float]], least: float, most: float) -> None:
        for column, value in parts:
            rows.append(len(low))
            columns.append(column)
            values.append(value)
        low.append(least)
        high.append(most)

    for number, level in enumerate(levels):
        at = cells * (1 + number)
        for equation in asked.matrix:
            rule([(at + int(cell), equation[cell]) for cell in np.flatnonzero(equation)], 0.0, 0.0)
        for cell in range(cells):
            still = level.knows >= 0 and cell in asked.insiders[level.knows]
            fall, rise = (0.0, 0.0) if still else (min(asked.values[cell], level.amount), level.amount)
            rule([(at + cell, 1.0), (cell, fall)], 0.0, np.inf)
            rule([(at + cell, 1.0), (cell, -rise)], -np.inf, 0.0)
        rule([(at + level.cell, float(level.sign))], level.amount, np.inf)
    total = cells * (1 + len(levels))
    cost = np.concatenate([asked.weights, np.zeros(total - cells)])
    lower = np.concatenate([asked.must_hide.astype(float), np.full(total - cells, -np.inf)])
    upper = np.concatenate([np.ones(cells), np.full(total - cells, np.inf)])
    kind = np.concatenate([np.ones(cells), np.zeros(total - cells)])
    matrix = coo_matrix((values, (rows, columns)), shape=(len(low), total)).tocsr()
    answer = milp(
        cost, integrality=kind, bounds=(lower, upper), constraints=LinearConstraint(matrix, low, high), options={"mip_rel_gap": 1e-6, "time_limit": 300}
    )
    assert answer.status == 0, answer.message
    return float(answer.fun)


def test_the_cheapest_pattern_is_that_of_the_whole_model() -> None:
    """Two-way tables, where a movement need be no larger than its level anywhere (flows), so that the whole model is exact."""
    compared = 0
    for seed in range(12):
        asked = system([count_table(((4, 4), (5, 4), (3, 5))[seed % 3], seed)], PROFILES["exempt"])
        found = optimum.cheapest(asked, 60)
        assert found is not None
        assert found.proven
        assert asked.cost(found.hidden) == pytest.approx(whole_model(asked), rel=1e-5)
        compared += 1
    measured(f"cheapest patterns equal to those of the whole model solved in one piece: {compared} of {compared} tables of 16 to 20 cells and their totals")


def test_two_way_tables_in_time() -> None:
    seconds, proven, over, hidden, heuristic = [], 0, [], 0, 0
    for seed in range(40):
        table, profile = count_table((12, 10), seed), PROFILES[("exempt", "strict")[seed % 2]]
        began = time.process_time()
        made = protect_together([table], profile)
        seconds.append(time.process_time() - began)
        asked = system([table], profile)
        cost = asked.cost(made.pattern.hidden)
        proven += made.pattern.proven
        over.append(cost / max(made.pattern.bound, 1e-9) - 1 if cost else 0.0)
        hidden += int(made.pattern.hidden.sum())
        heuristic += int(quick(asked).sum())
    p95 = float(np.percentile(seconds, 95))
    measured(
        f"disclosure control of 40 tables of 12 by 10 with totals: median {np.median(seconds):.1f} s, 95 in 100 within {p95:.1f} s of processor time; "
        f"{proven} proven to hide the least, the others at most {max(over):.1%} above it; {hidden:,} cells hidden, by the quick method alone {heuristic:,}"
    )
    assert p95 <= 15
    assert max(over) <= 0.05


def quick(asked: System) -> np.ndarray:
    """The quick method alone."""
    witnesses = Witnesses(Movement(asked))
    levels: tuple[Level, ...] = asked.levels
    hidden = complete(witnesses, asked.must_hide, levels)
    assert hidden is not None
    return reduce(witnesses, hidden, levels)


def test_three_way_tables_in_time() -> None:
    seconds, proven, over = [], 0, []
    for seed in range(10):
        table = count_table((4, 3, 3), seed)
        began = time.process_time()
        made = protect_together([table], PROFILES["exempt"])
        seconds.append(time.process_time() - began)
        cost = system([table], PROFILES["exempt"]).cost(made.pattern.hidden)
        proven += made.pattern.proven
        over.append(cost / max(made.pattern.bound, 1e-9) - 1 if cost else 0.0)
    measured(
        f"disclosure control of 10 tables of 4 by 3 by 3 with totals: median {np.median(seconds):.1f} s, at most {max(seconds):.1f} s of processor time; "
        f"{proven} proven to hide the least, the others at most {max(over):.1%} above the bound"
    )
    assert max(seconds) <= 30
