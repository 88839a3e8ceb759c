"""What describes need and provision, as columns: levels, straight lines, bends and every pair of them, each shrunken by its own variance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = {"primary_need": "Primary need", "phase": "Phase", "residence": "Residence", "area": "Area"}
AMOUNTS = {"support_band": "Support band", "one_to_one_hours_week": "One-to-one hours a week", "therapy_hours_year": "Therapy hours a year"}
PAIRED = ("primary_need", "support_band", "one_to_one_hours_week", "therapy_hours_year", "phase", "residence")
KNOTS = 8
BENDS = 4
BENDS_IN_PAIRS = 2


@dataclass(frozen=True)
class Amount:
    """A number's straight line and bends: heights at knots, joined by straight lines. `root`: measured on the square-root scale.

    A value is `weights` on its two nearest knots; a value not recorded is its expected weights, so that bends are averaged, not their input.
    """

    knots: Floats
    heights: Floats  # knot by basis function; the first is the straight line, mean 0 and standard deviation 1
    root: bool

    def weights(self, values: Floats) -> Floats:
        at = np.sqrt(values) if self.root else values
        return np.column_stack([np.interp(at, self.knots, row) for row in np.eye(len(self.knots))])


def amount(values: Floats, *, root: bool) -> Amount | None:
    """Knots at quantiles; bends are the smoothest departures from a straight line (principal functions of a Matérn 3/2 curve). None if constant."""
    at = np.sqrt(values) if root else values
    distinct = np.unique(at)
    if len(distinct) < 2:
        return None
    top = np.quantile(at, 0.998) if len(distinct) > 12 else distinct[-1]
    picks = distinct if len(distinct) <= KNOTS else np.unique(np.quantile(distinct[distinct <= top], np.linspace(0, 1, KNOTS)))
    at = np.minimum(at, picks[-1])
    tents = np.column_stack([np.interp(at, picks, row) for row in np.eye(len(picks))])
    share = tents.mean(0)
    mean, sd = share @ picks, float(np.std(at)) or 1.0
    line = (picks - mean) / sd
    gap = np.abs(picks[:, None] - picks[None, :]) / max((picks[-1] - picks[0]) / 2, 1e-9) * np.sqrt(3)
    curve = (1 + gap) * np.exp(-gap)
    plane = np.column_stack([np.ones_like(line), line])
    inner = plane.T * (share + 1e-3)
    away = np.eye(len(picks)) - plane @ np.linalg.solve(inner @ plane, inner)
    size, shape = np.linalg.eigh(away @ curve @ away.T)
    best = np.argsort(size)[::-1][: min(BENDS, len(picks) - 2)]
    bends = shape[:, best] * np.sqrt(np.maximum(size[best], 0))
    if bends.shape[1]:
        bends /= np.sqrt((tents @ bends[:, 0]).var() + 1e-9)
    return Amount(picks, np.column_stack([line, bends]), root)


@dataclass(frozen=True)
class Plan:
    """How rows become columns. `levels`: codes seen, by column; `amounts`: bases, by column; `pairs`: which are multiplied."""

    levels: dict[str, list[str]]
    amounts: dict[str, Amount]
    marks: list[str]  # amounts with some, not all, rows not recorded

    def main(self, rows: pd.DataFrame, weights: dict[str, Floats]) -> dict[str, Floats]:
        out = {c: (rows[c].to_numpy()[:, None] == np.array(codes, object)[None, :]).astype(float) for c, codes in self.levels.items()}
        return out | {c: weights[c] @ a.heights for c, a in self.amounts.items()}


@dataclass
class Columns:
    """Design of some rows with each column's name and block."""

    x: Floats
    names: list[str]
    block: Ints
    blocks: list[str]


def columns(plan: Plan, rows: pd.DataFrame, weights: dict[str, Floats], missing: pd.DataFrame) -> Columns:
    parts: list[Floats] = [np.ones((len(rows), 1))]
    names, block, blocks = ["Intercept"], [-1], []
    main = plan.main(rows, weights)

    def add(title: str, x: Floats, titles: list[str]) -> None:
        parts.append(x)
        names.extend(titles)
        blocks.append(title)
        block.extend([len(blocks) - 1] * x.shape[1])

    for c, x in main.items():
        if c in plan.levels:
            add(LEVELS[c], x, [f"{LEVELS[c]}: {v}" for v in plan.levels[c]])
        else:
            add(f"{AMOUNTS[c]}, straight line", x[:, :1], [AMOUNTS[c]])
            if x.shape[1] > 1:
                add(f"{AMOUNTS[c]}, bend", x[:, 1:], [f"{AMOUNTS[c]}, bend {k}" for k in range(1, x.shape[1])])
    for c in plan.marks:
        add(f"{AMOUNTS[c]} not recorded", missing[c].to_numpy(float)[:, None], [f"{AMOUNTS[c]} not recorded"])
    for a, b in combinations([c for c in PAIRED if c in main], 2):
        xa, xb = (main[c] if c in plan.levels else main[c][:, : 1 + BENDS_IN_PAIRS] for c in (a, b))
        title = f"{(LEVELS | AMOUNTS)[a]} × {(LEVELS | AMOUNTS)[b]}"
        x = (xa[:, :, None] * xb[:, None, :]).reshape(len(rows), -1)
        add(title, x, [f"{title} {i + 1}" for i in range(x.shape[1])])
    return Columns(np.hstack(parts), names, np.array(block), blocks)
