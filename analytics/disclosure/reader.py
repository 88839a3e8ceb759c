"""What a reader can work out: the hidden cells as unknowns of the published sums, and the least and greatest each can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from analytics.disclosure.linear import engine, set_whole, solved
from analytics.disclosure.system import Floats, Key

NEAR = 1e-6


class Unknowns:
    """Hidden cells under the published sums, none below 0. Apart from what links them, groups of unknowns are looked at each by itself.

    `whole`: values are whole numbers; where a linear answer is not, the whole-number problem is solved. `fixed`: cells that stay as they are.
    """

    def __init__(
        self,
        equations: Iterable[tuple[dict[Key, float], float]],
        shown: Mapping[Key, float],
        hidden: Mapping[Key, float],
        whole: bool,
        fixed: frozenset[Key] = frozenset(),
    ) -> None:
        self.whole = whole
        self.true = dict(hidden)
        self.consistent = True
        rows = []
        for factors, total in equations:
            left = {key: factor for key, factor in factors.items() if key in hidden}
            rest = total - sum(factor * shown[key] for key, factor in factors.items() if key not in hidden)
            if left:
                rows.append((left, rest))
            elif abs(rest) > 0.01:
                self.consistent = False
        self.far = 10.0 * max(hidden.values(), default=0.0) + 100.0
        self._parts = {}
        for keys, part in _linked(rows, hidden):
            engine = Part(keys, part, self.true, self.far, whole, fixed)
            self._parts.update(dict.fromkeys(keys, engine))

    def extent(self, key: Key) -> tuple[float, float]:
        """Between which values a reader can place a hidden cell; the greatest may be infinite. A cell that no sum holds may be anything."""
        part = self._parts[key]
        return part.furthest(key, -1, frozenset()), part.furthest(key, 1, frozenset())

    def bound(self, key: Key, sign: int, known: frozenset[Key], wanted: float) -> float:
        """The furthest value in that direction, but not beyond `wanted`; `wanted` itself where the engine does not settle it."""
        reached = self._parts[key].settled(key, sign, known)
        if reached is None:
            return wanted
        return min(wanted, reached) if sign > 0 else max(wanted, reached)

    def may_be(self, key: Key, value: float, sign: int, known: frozenset[Key]) -> bool:
        """Whether the cell may be `value` or further in that direction, what is known being as it is."""
        part = self._parts[key]
        within = frozenset(other for other in known if other in part.at)
        return part.seen(key, value, sign, within) or (part.furthest(key, sign, within) - value) * sign >= -NEAR * max(1.0, abs(value))


def _linked(rows: list[tuple[dict[Key, float], float]], hidden: Mapping[Key, float]) -> list[tuple[list[Key], list[tuple[dict[Key, float], float]]]]:
    """Unknowns in groups that no sum links, each with its sums."""
    lead = {key: key for key in hidden}

    def find(key: Key) -> Key:
        while lead[key] != key:
            lead[key] = key = lead[lead[key]]
        return key

    for factors, _ in rows:
        first, *others = factors
        for other in others:
            lead[find(other)] = find(first)
    groups: dict[Key, tuple[list[Key], list[tuple[dict[Key, float], float]]]] = {}
    for key in hidden:
        groups.setdefault(find(key), ([], []))[0].append(key)
    for row in rows:
        groups[find(next(iter(row[0])))][1].append(row)
    return list(groups.values())


class Part:
    """One group of unknowns as a linear problem, with every table that was found to fit what is published."""

    def __init__(
        self, keys: list[Key], rows: list[tuple[dict[Key, float], float]], true: Mapping[Key, float], far: float, whole: bool, fixed: frozenset[Key]
    ) -> None:
        self.at = {key: place for place, key in enumerate(keys)}
        self._true = np.array([true[key] for key in keys])
        self._whole = whole
        matrix = np.zeros((len(rows), len(keys)))
        for row, (factors, _) in enumerate(rows):
            for key, factor in factors.items():
                matrix[row, self.at[key]] = factor
        self._low = np.array([true[key] if key in fixed else 0.0 for key in keys])
        self._high = np.array([true[key] if key in fixed else far for key in keys])
        self._engine = engine(matrix, np.array([rest for _, rest in rows]), self._low, self._high)
        self._seen: list[Floats] = [self._true]
        self._stack: Floats | None = None
        self._found: dict[tuple[Key, int, frozenset[Key]], float | None] = {}

    def seen(self, key: Key, value: float, sign: int, known: frozenset[Key]) -> bool:
        """Whether a table that was found before shows it."""
        if self._stack is None or len(self._stack) != len(self._seen):
            self._stack = np.array(self._seen)
        fits = (self._stack[:, self.at[key]] - value) * sign >= -NEAR * max(1.0, abs(value))
        if known:
            own = [self.at[other] for other in known]
            fits &= (np.abs(self._stack[:, own] - self._true[own]) < NEAR).all(axis=1)
        return bool(fits.any())

    def furthest(self, key: Key, sign: int, known: frozenset[Key]) -> float:
        """The least (-1) or greatest (+1) value; the true value, as if nothing else were possible, where the engine does not settle it."""
        reached = self.settled(key, sign, known)
        return float(self._true[self.at[key]]) if reached is None else reached

    def settled(self, key: Key, sign: int, known: frozenset[Key]) -> float | None:
        """The same, None where the engine does not settle it."""
        known = frozenset(other for other in known if other in self.at)
        if (key, sign, known) not in self._found:
            self._found[key, sign, known] = self._solve(key, sign, known)
        return self._found[key, sign, known]

    def _solve(self, key: Key, sign: int, known: frozenset[Key]) -> float | None:
        place = self.at[key]
        own = np.array([self.at[other] for other in known], dtype=np.int32)
        if len(own):
            self._engine.changeColsBounds(len(own), own, self._true[own], self._true[own])
        self._engine.changeColCost(place, -float(sign))
        found = solved(self._engine)
        if found is not None and self._whole and (np.abs(found - np.round(found)) > NEAR).any():
            found = self._run_whole()
        self._engine.changeColCost(place, 0.0)
        if len(own):
            self._engine.changeColsBounds(len(own), own, self._low[own], self._high[own])
        if found is None:
            return None
        self._seen.append(found)
        return float(found[place])

    def _run_whole(self) -> Floats | None:
        set_whole(self._engine, len(self._true), True)
        found = solved(self._engine)
        set_whole(self._engine, len(self._true), False)
        return None if found is None else np.asarray(np.round(found), dtype=np.float64)
