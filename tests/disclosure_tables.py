"""Made-up tables for disclosure control, seeded: sparse and full, even and lopsided, with and without empty lines."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from disclosure_attacker import Found, unsafe_money

from analytics.disclosure.protect import ProtectedTable
from analytics.disclosure.table import Table, counts, money

NAMES = ("need", "district", "phase")
Cell = tuple[str, ...]


def count_frame(shape: tuple[int, ...], seed: int) -> pd.DataFrame:
    """One row a cell: the dimensions and `n`; the mean count differs by seed from about 2 to 40."""
    chance = np.random.default_rng(seed)
    mean = chance.choice([2.0, 5.0, 9.0, 20.0, 40.0])
    weight = np.ones(shape)
    for axis, length in enumerate(shape):
        weight = weight * np.exp(chance.normal(0, 0.8, length)).reshape([-1 if place == axis else 1 for place in range(len(shape))])
    drawn = chance.poisson(weight * mean / weight.mean())
    drawn.flat[int(chance.integers(drawn.size))] += 1  # never all zero
    rows = [(*(f"{name[0]}{part}" for name, part in zip(NAMES, place, strict=False)), int(drawn[place])) for place in itertools.product(*map(range, shape))]
    return pd.DataFrame(rows, columns=[*NAMES[: len(shape)], "n"])


def count_table(shape: tuple[int, ...], seed: int) -> Table:
    return counts(count_frame(shape, seed), NAMES[: len(shape)], "n", name=f"table {seed}")


def money_frame(shape: tuple[int, int], seed: int, groups: int = 12) -> pd.DataFrame:
    """One row a cell and provider group: need, district, group, gbp, children. Few groups are large."""
    chance = np.random.default_rng(seed)
    share = chance.dirichlet(np.full(groups, 0.5))
    rows = []
    for place in itertools.product(*map(range, shape)):
        for group in np.flatnonzero(chance.random(groups) < np.minimum(0.9, 6 * share)):
            children = 1 + int(chance.poisson(3 * chance.random()))
            rows.append((f"n{place[0]}", f"d{place[1]}", f"group {group}", float(np.round(children * chance.lognormal(10.7, 0.5), 2)), children))
    return pd.DataFrame(rows, columns=["need", "district", "group", "gbp", "children"])


def money_table(shape: tuple[int, int], seed: int) -> Table:
    return money(money_frame(shape, seed), NAMES[:2], {"group": "group", "gbp": "gbp", "children": "children"}, name=f"money {seed}")


def truth_of(table: Table) -> dict[Cell, float]:
    return {tuple(row): float(value) for *row, value in table.cells[[*table.dimensions, "value"]].itertuples(index=False, name=None)}


def published_of(made: ProtectedTable) -> dict[Cell, float | None]:
    rows = made.cells[[*made.dimensions, "value"]].itertuples(index=False, name=None)
    return {tuple(row): None if pd.isna(value) else float(value) for *row, value in rows}


def paid_by(frame: pd.DataFrame) -> tuple[dict[Cell, dict[str, float]], dict[Cell, int]]:
    """Pounds of each group, and children, in every cell and total."""
    paid: dict[Cell, dict[str, float]] = {}
    children: dict[Cell, int] = {}
    for need, district, group, gbp, n in frame[["need", "district", "group", "gbp", "children"]].itertuples(index=False, name=None):
        for cell in itertools.product((need, "Total"), (district, "Total")):
            amounts = paid.setdefault(cell, {})
            amounts[group] = amounts.get(group, 0.0) + gbp
            children[cell] = children.get(cell, 0) + n
    return paid, children


def attack_money(frame: pd.DataFrame, table: Table, made: ProtectedTable, threshold: int) -> list[Found]:
    """What the attacker finds in a published table of pounds, given more than is published: the shown values to the penny."""
    paid, children = paid_by(frame)
    truth = truth_of(table)
    shown = {cell: None if value is None else truth[cell] for cell, value in published_of(made).items()}
    return unsafe_money(shown, truth, paid, [cell for cell, n in children.items() if n < threshold])
