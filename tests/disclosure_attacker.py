"""An attacker who reads published tables and works out what is hidden. Knows nothing of how cells are chosen, and shares no code with the product.

Unknowns are the innermost cells alone; each published cell, total or not, is one equation over them. Least and greatest values come from SciPy's
`linprog`, and from `milp` where counts have three dimensions. What an attack shows is held against the truth only afterwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp

TOTAL = "Total"
Cell = tuple[str, ...]
NEAR = 1e-5


@dataclass(frozen=True)
class Found:
    """What the attacker can prove: the cell, the values it lies between, and which cell an insider knew (None: nobody)."""

    cell: Cell
    low: float
    high: float
    insider: Cell | None = None


class Attacker:
    """Reads cells (categories or Total → value, None where hidden). `inner`: innermost cells, where the tables read do not give them."""

    def __init__(self, published: Mapping[Cell, float | None], *, whole: bool, inner: Sequence[Cell] = ()) -> None:
        self.published = dict(published)
        self.inner = list(inner) or [cell for cell in published if TOTAL not in cell]
        self.at = {cell: place for place, cell in enumerate(self.inner)}
        self.whole = whole
        self.rows: dict[Cell, np.ndarray] = {}
        shown = [(self.row(cell), value) for cell, value in published.items() if value is not None]
        self.left = np.array([row for row, _ in shown]).reshape(len(shown), len(self.inner))
        self.right = np.array([value for _, value in shown])
        self.tables = np.empty((256, len(self.inner)))  # tables that fit what is published
        self.found = 0
        self.most = 10.0 * max([*self.right, 1.0]) + 1000.0

    def row(self, cell: Cell) -> np.ndarray:
        """The inner cells that a cell adds up."""
        if cell not in self.rows:
            self.rows[cell] = np.array([float(all(part in (TOTAL, own) for part, own in zip(cell, other, strict=True))) for other in self.inner])
        return self.rows[cell]

    def edge(self, cell: Cell, sign: int, knows: Mapping[Cell, float]) -> float:
        """The least (-1) or greatest (+1) value of a cell."""
        aim = self.row(cell)
        bounds = [(knows.get(other, 0.0), knows.get(other, self.most)) for other in self.inner]
        if self.whole and len(cell) > 2:
            low, high = np.array(bounds).T
            answer = milp(-sign * aim, integrality=np.ones(len(aim)), bounds=(low, high), constraints=LinearConstraint(self.left, self.right, self.right))
        else:
            answer = linprog(-sign * aim, A_eq=self.left, b_eq=self.right, bounds=bounds, method="highs")
        assert answer.status == 0, answer.message
        if self.found == len(self.tables):
            self.tables = np.concatenate([self.tables, np.empty_like(self.tables)])
        self.tables[self.found] = answer.x
        self.found += 1
        return float(aim @ answer.x)

    def hidden(self) -> list[Cell]:
        return [cell for cell, value in self.published.items() if value is None]

    def ranges(self, cells: Iterable[Cell] | None = None) -> dict[Cell, tuple[float, float]]:
        """Between which values each hidden cell lies."""
        return {cell: (self.edge(cell, -1, {}), self.edge(cell, 1, {})) for cell in (self.hidden() if cells is None else cells)}

    def possible(self, cell: Cell, value: float, sign: int, knows: Mapping[Cell, float]) -> bool:
        """Whether the cell may be `value` or beyond for somebody who knows some inner cells."""
        aim, own = self.row(cell), [self.at[other] for other in knows]
        tables = self.tables[: self.found]
        far = (tables @ aim - value) * sign >= -NEAR
        if own and far.any():
            far[far] = (np.abs(tables[far][:, own] - list(knows.values())) < NEAR).all(axis=1)
        if far.any():
            return True
        return (self.edge(cell, sign, knows) - value) * sign >= -NEAR


def unsafe_counts(published: Mapping[Cell, float | None], truth: Mapping[Cell, float], threshold: int, inner: Sequence[Cell] = ()) -> list[Found]:
    """Hidden cells that the attacker works out, and small ones that cannot be both 0 and the threshold; alone, then as the family of an only child.

    Small cells that are published are there too. A total over an only child cannot seem empty to that family: it must seem as low as 1.
    """
    attacker = Attacker(published, whole=True, inner=inner)
    small = [cell for cell, value in truth.items() if 0 < value < threshold]
    found = [Found(cell, truth[cell], truth[cell]) for cell in small if published[cell] is not None]
    for cell, (low, high) in attacker.ranges().items():
        close = cell in small and (low > NEAR or high < threshold - NEAR)
        if close or high - low < NEAR:
            found.append(Found(cell, low, high))
    for insider in [cell for cell in attacker.inner if truth.get(cell) == 1 and published[cell] is None]:
        knows = {insider: 1.0}
        for cell in small:
            least = float(attacker.row(cell)[attacker.at[insider]])
            if cell != insider and not (attacker.possible(cell, least, -1, knows) and attacker.possible(cell, threshold, 1, knows)):
                found.append(Found(cell, np.nan, np.nan, insider))
    return found


def cube(inner: Mapping[Cell, float]) -> dict[Cell, float]:
    """Inner cells with every total."""
    out: dict[Cell, float] = {}
    for cell, value in inner.items():
        for over in itertools.product((False, True), repeat=len(cell)):
            key = tuple(TOTAL if summed else part for part, summed in zip(cell, over, strict=True))
            out[key] = out.get(key, 0.0) + value
    return out


def unsafe_changes(before: Attacker, after: Attacker, change: Mapping[Cell, float], threshold: int) -> list[Found]:
    """Small changes between two releases that the attacker can tell from none, or from one that is not small."""
    found = []
    for cell, by in change.items():
        if 0 < abs(by) < threshold:
            low = after.edge(cell, -1, {}) - before.edge(cell, 1, {})
            high = after.edge(cell, 1, {}) - before.edge(cell, -1, {})
            low, high = (low, high) if by > 0 else (-high, -low)
            if low > NEAR or high < threshold - NEAR:
                found.append(Found(cell, low, high))
    return found


def unsafe_money(
    published: Mapping[Cell, float | None], truth: Mapping[Cell, float], paid: Mapping[Cell, Mapping[str, float]], few: Iterable[Cell]
) -> list[Found]:
    """Hidden pounds that the attacker places too closely, alone and as each provider that is the only one in some cell.

    `published` holds what is shown to the penny, more than is published, so that rounding protects nothing. `paid`: pounds of each provider group in a
    cell; `few`: cells with too few children. For a cell that is close to one provider the reader must be able to believe that the largest gets a tenth
    more than it does, that the two largest hold no more than nine tenths, and a value a tenth lower or higher.
    """
    attacker = Attacker(published, whole=False)
    found = []
    sensitive: dict[Cell, tuple[float, float]] = {}
    for cell, amounts in paid.items():
        first, second, *_ = *sorted(amounts.values(), reverse=True), 0.0, 0.0
        value = truth[cell]
        close = value - first - second < 0.1 * first or first + second > 0.9 * value
        if value > 0 and (close or len(amounts) < 3 or cell in few):
            high = max(1.1 * first + second, (first + second) / 0.9, 1.1 * value)
            sensitive[cell] = (max(0.0, value - (high - value)), high)
            if published[cell] is not None:
                found.append(Found(cell, value, value))
    for cell, (low, high) in attacker.ranges().items():
        if high - low < 1.0:
            found.append(Found(cell, low, high))
    alone: dict[str, dict[Cell, float]] = {}
    for cell, amounts in paid.items():
        if len(amounts) == 1 and TOTAL not in cell:
            alone.setdefault(next(iter(amounts)), {})[cell] = truth[cell]
    for knows in ({}, *alone.values()):
        over = {cell: sum(value for known, value in knows.items() if attacker.row(cell)[attacker.at[known]]) for cell in sensitive}
        for cell, (low, high) in sensitive.items():
            if cell in knows or (over[cell] and len(paid[cell]) == 1) or published[cell] is not None:
                continue
            near = 1e-6 * high
            if not (attacker.possible(cell, max(low, over[cell]) + near, -1, knows) and attacker.possible(cell, high - near, 1, knows)):
                found.append(Found(cell, low, high, next(iter(knows), None)))
    return found
