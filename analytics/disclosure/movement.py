"""How far a cell can move when others move with it: a linear problem, and what its dual says about which cells would have to be hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.disclosure.linear import engine, set_whole, solved
from analytics.disclosure.system import Flags, Floats, Level, System, standing

TINY = 1e-7


@dataclass(frozen=True)
class Cut:
    """Σ coefficient·x ≥ amount holds for every set x of hidden cells that keeps the level it was drawn from."""

    coefficients: Floats
    amount: float


class Movement:
    """Movements y of the cells with every equation kept: M y = 0. `hidden` may be fractional: a cell moves within its share of its room."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.fractions = system.whole and not system.network  # whether a fractional movement may have no whole one beside it
        self._cells = np.arange(system.size, dtype=np.int32)
        still = np.zeros(system.size)
        self._engine = engine(system.matrix, np.zeros(len(system.matrix)), still, still)
        self._cost = -1

    def room(self, level: Level, cap: float | None) -> tuple[Floats, Floats]:
        """How far each cell may fall and rise if it is hidden, in the eyes of the level's attacker; each at most `cap`."""
        fall, rise = self.system.values.copy(), np.full(self.system.size, self.system.reach)
        if cap is not None:
            np.minimum(fall, cap, out=fall)
            np.minimum(rise, cap, out=rise)
        known = list(standing(self.system, level))
        fall[known] = rise[known] = 0.0
        return fall, rise

    def furthest(self, level: Level, hidden: Floats, cap: float | None = None) -> tuple[float, Floats, Floats]:
        """How far the level's cell moves in its direction, the movement that does it, and the duals of the equations."""
        fall, rise = self.room(level, cap)
        self._engine.changeColsBounds(len(self._cells), self._cells, -fall * hidden, rise * hidden)
        if self._cost >= 0:
            self._engine.changeColCost(self._cost, 0.0)
        self._cost = level.cell
        self._engine.changeColCost(level.cell, -float(level.sign))
        self._engine.run()
        found = self._engine.getSolution()
        moved = np.asarray(found.col_value, dtype=np.float64)
        return float(level.sign * moved[level.cell]), moved, -np.asarray(found.row_dual, dtype=np.float64)

    def in_whole_numbers(self, level: Level, hidden: Flags) -> Floats | None:
        """A movement in whole numbers that keeps the level; None where there is none."""
        fall, rise = self.room(level, None)
        lower, upper = -fall * hidden, rise * hidden
        (lower, upper)[level.sign < 0][level.cell] = level.sign * level.amount
        self._engine.changeColsBounds(len(self._cells), self._cells, lower, upper)
        set_whole(self._engine, len(self._cells), True)
        found = solved(self._engine)
        set_whole(self._engine, len(self._cells), False)
        return None if found is None else np.asarray(np.round(found), dtype=np.float64)

    def cut(self, level: Level, duals: Floats) -> Cut:
        """The rule that duals of any movement problem of this level give; coefficients above the amount are brought down to it."""
        fall, rise = self.room(level, None)
        price = -duals @ self.system.matrix
        price[level.cell] += level.sign
        price[np.abs(price) < TINY] = 0.0
        return Cut(np.minimum(np.maximum(price, 0.0) * rise + np.maximum(-price, 0.0) * fall, level.amount), level.amount)
