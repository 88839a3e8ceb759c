"""The verifier finds every hole: a secondary cell shown again, a small cell shown, totals that do not add up, an insider; and it fails closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from disclosure_attacker import TOTAL, unsafe_counts
from disclosure_tables import count_frame, count_table, money_table, published_of, truth_of

from analytics.disclosure import linear, optimum, protect, ratios, reader
from analytics.disclosure.build import Public, system
from analytics.disclosure.profile import PROFILES
from analytics.disclosure.protect import protect_together, reading
from analytics.disclosure.table import counts
from analytics.disclosure.verify import verify
from data.errors import InputRejected, NoFeasibleAnswer

EXEMPT, STRICT = PROFILES["exempt"], PROFILES["strict"]


def verdict(tables: list, profile, hidden: np.ndarray):
    return verify(reading(tables, profile, Public(), system(tables, profile), hidden))


@pytest.mark.parametrize("seed", [1, 3, 4, 9, 10, 12, 15, 22])
def test_a_secondary_cell_that_is_shown_again_fails(seed: int) -> None:
    tables = [count_table((3, 3, 2) if seed == 22 else (5, 4), seed)] if seed != 9 else [money_table((4, 4), seed)]
    asked, made = system(tables, EXEMPT), protect_together(tables, EXEMPT)
    assert verdict(tables, EXEMPT, made.pattern.hidden).passed
    secondary = np.flatnonzero(made.pattern.hidden & ~asked.must_hide)
    for cell in secondary:
        less = made.pattern.hidden.copy()
        less[cell] = False
        assert not verdict(tables, EXEMPT, less).passed


def test_a_small_cell_that_is_shown_fails() -> None:
    tables = [count_table((5, 4), 3)]
    asked, made = system(tables, EXEMPT), protect_together(tables, EXEMPT)
    for cell in np.flatnonzero(asked.must_hide):
        more = made.pattern.hidden.copy()
        more[cell] = False
        assert "is shown" in {failure.why for failure in verdict(tables, EXEMPT, more).failures}


def test_totals_that_do_not_add_up_fail() -> None:
    tables = [count_table((5, 4), 3)]
    made = protect_together(tables, EXEMPT)
    read = reading(tables, EXEMPT, Public(), system(tables, EXEMPT), made.pattern.hidden)
    key = next(iter(read.shown))
    assert not verify(replace(read, shown={**read.shown, key: read.shown[key] + 1})).passed


def test_what_the_engine_does_not_settle_counts_as_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [count_table((5, 4), 3)]
    made = protect_together(tables, EXEMPT)
    monkeypatch.setattr(reader, "solved", lambda engine: None)
    assert not verdict(tables, EXEMPT, made.pattern.hidden).passed


def test_a_small_cell_that_totals_give_away_fails_though_the_engine_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the 3 is hidden, so its row says it; what all hidden would allow is not known either, and no excuse."""
    rows = [(f"r{i}", f"c{j}", 3 if i == j == 0 else 20) for i in range(3) for j in range(3)]
    tables = [counts(pd.DataFrame(rows, columns=["row", "column", "n"]), ["row", "column"], "n")]
    asked = system(tables, EXEMPT)
    monkeypatch.setattr(reader, "solved", lambda engine: None)
    found = verdict(tables, EXEMPT, asked.must_hide).failures
    assert {"cannot be as low as it must seem", "cannot be as high as it must seem"} <= {failure.why for failure in found}


def test_without_a_pass_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(reader, "solved", lambda engine: seen.append(1))
    with pytest.raises(NoFeasibleAnswer, match="nothing of it may be published"):
        protect_together([count_table((4, 3), 1)], EXEMPT)
    assert seen


def test_a_pattern_that_failed_is_not_proposed_again() -> None:
    asked = system([count_table((5, 4), 3)], EXEMPT)
    first = optimum.cheapest(asked, 10)
    assert first is not None
    second = optimum.cheapest(asked, 10, [first.hidden])
    assert second is not None
    assert (second.hidden & ~first.hidden).any()
    assert asked.cost(second.hidden) >= asked.cost(first.hidden)


def test_out_of_time_the_pattern_is_safe_and_lean_all_the_same() -> None:
    for seed in (3, 12, 22):
        table = count_table((6, 5), seed)
        made = protect_together([table], EXEMPT, seconds=0.0)
        assert made.tables[0].verified
        assert unsafe_counts(published_of(made.tables[0]), truth_of(table), 5) == []


@pytest.mark.parametrize("seed", range(3))
def test_linked_tables_hide_a_shared_cell_in_both_or_in_none(seed: int) -> None:
    """Need by district and need by phase, published together."""
    people = count_frame((4, 3, 2), seed)
    first = counts(people.groupby(["need", "district"])["n"].sum().reset_index(), ["need", "district"], "n", name="first")
    second = counts(people.groupby(["need", "phase"])["n"].sum().reset_index(), ["need", "phase"], "n", name="second")
    made = protect_together([first, second], EXEMPT)
    by_district, by_phase = (published_of(table) for table in made.tables)
    seen = {(need, district, TOTAL): value for (need, district), value in by_district.items()}
    shared = [(need, phase) for need, phase in by_phase if phase == TOTAL]
    assert all(by_phase[cell] == by_district[cell[0], TOTAL] for cell in shared)
    seen |= {(need, TOTAL, phase): value for (need, phase), value in by_phase.items()}
    truth = {(need, district, TOTAL): value for (need, district), value in truth_of(first).items()}
    truth |= {(need, TOTAL, phase): value for (need, phase), value in truth_of(second).items()}
    inner = [tuple(row) for row in people[["need", "district", "phase"]].itertuples(index=False, name=None)]
    assert unsafe_counts(seen, truth, 5, inner=inner) == []


def test_tables_that_disagree_are_refused() -> None:
    with pytest.raises(InputRejected, match="disagree"):
        protect_together([count_table((3, 3), 1), count_table((3, 3), 2)], EXEMPT)


def test_a_rate_is_hidden_where_numerator_denominator_or_the_rest_is() -> None:
    frame = pd.DataFrame({"need": ["a", "b", "c", "d"], "late": [3, 20, 30, 37], "plans": [40, 60, 70, 40]})  # d: three were in time
    found, made = ratios.rates(ratios.parts(frame, ["need"], "late", "plans"), EXEMPT)
    rate = found.set_index("need")["rate"]
    assert pd.isna(rate["a"])
    assert pd.isna(rate["d"])
    assert rate["b"] == pytest.approx(20 / 60)
    assert rate[TOTAL] == pytest.approx(90 / 210)
    assert made.tables[0].verified
    with pytest.raises(InputRejected, match="more with than there are at a"):
        ratios.parts(frame.assign(late=50), ["need"], "late", "plans")


def test_a_mean_and_a_median_are_hidden_where_pounds_or_children_are() -> None:
    gbp = protect.protect(money_table((4, 4), 5), EXEMPT)
    children = protect.protect(count_table((4, 4), 4), EXEMPT)
    cells = {tuple(row) for row in gbp.cells[list(gbp.dimensions)].itertuples(index=False, name=None)}
    hidden = {cell for made in (gbp, children) for cell, value in published_of(made).items() if value is None}
    for frame in (ratios.means(gbp, children), ratios.medians(dict.fromkeys(cells, 40_217.53), gbp, children)):
        shown = {tuple(row[:2]) for row in frame.itertuples(index=False, name=None) if not pd.isna(row[2])}
        assert hidden
        assert not shown & hidden
    told = ratios.medians(dict.fromkeys(cells, 40_217.53), gbp, children)["value"].dropna()
    assert set(told) == {40_000.0}  # the median of an odd number is one child's fee


def test_the_engines_answer_is_used_only_when_it_is_the_optimum() -> None:
    impossible = linear.engine(np.array([[1.0]]), np.array([5.0]), np.array([0.0]), np.array([1.0]))
    assert linear.solved(impossible) is None
