"""A safe pattern quickly: each level in turn gets the cheapest further cells that keep it, then cells that no level needs are shown again.

After Kelly, Golden and Assad (1992): the cheapest movement is found by a linear problem, and the cells that move are hidden. Not the optimum.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.disclosure.linear import engine, solved
from analytics.disclosure.movement import TINY, Movement
from analytics.disclosure.system import OUTSIDER, Flags, Floats, Level, System, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 6  # movements remembered of a level


class Witnesses:
    """For each level a movement that keeps it, as long as only hidden cells move in it."""

    def __init__(self, movement: Movement, failed: Sequence[Flags] = ()) -> None:
        self.movement, self.failed = movement, failed
        self.cheapest = Cheapest(movement.system)
        self._moves: dict[Level, list[Floats]] = {}

    def keeps(self, level: Level, hidden: Flags) -> bool:
        """Whether these hidden cells keep the level, from a movement that is known or a new one."""
        shown = ~hidden
        for place, known in enumerate(self._moves.get(level, ())):
            if not known[shown].any():
                if place:
                    self._moves[level].insert(0, self._moves[level].pop(place))
                return True
        moved = self.cheapest.within(level, hidden)
        if moved is None:
            return False
        if self.movement.fractions and (np.abs(moved - np.round(moved)) > TINY).any():
            whole = self.movement.in_whole_numbers(level, hidden)
            if whole is None:
                return False
            moved = whole
        self.note(level, moved)
        return True

    def uses(self, level: Level, cell: int) -> bool:
        """Whether the movement that last kept the level moves the cell; True where none is known."""
        known = self._moves.get(level)
        return not known or bool(known[0][cell])

    def untried(self, hidden: Flags) -> bool:
        """Whether the pattern is no part of one that failed."""
        return all((hidden & ~pattern).any() for pattern in self.failed)

    def note(self, level: Level, moved: Floats) -> None:
        tidy = np.where(np.abs(moved) > TINY, moved, 0.0)
        self._moves[level] = [tidy, *self._moves.get(level, [])[: KEPT - 1]]

    def borrow(self, level: Level) -> None:
        """An insider's level is kept by the outsider's movement if what the insider knows stands still in it."""
        if level.knows == OUTSIDER or level in self._moves:
            return
        own = list(self.known(level))
        lent = [plain for plain in self._moves.get(replace(level, knows=OUTSIDER), ()) if not plain[own].any()]
        if lent:
            self._moves[level] = lent

    def known(self, level: Level) -> tuple[int, ...]:
        return standing(self.movement.system, level)


def complete(witnesses: Witnesses, hidden: Flags, levels: Sequence[Level], price: Floats | None = None) -> Flags | None:
    """Hides more cells until every level is kept; None where even hiding all that may be hidden keeps not all. `price`: of a cell instead of its weight."""
    system = witnesses.movement.system
    cheapest = witnesses.cheapest
    cheapest.price = system.weights if price is None else price
    hidden = hidden.copy()
    for level in sorted(levels, key=lambda level: (level.knows >= 0, -level.amount)):
        witnesses.borrow(level)
        if witnesses.keeps(level, hidden):
            continue
        moved = cheapest.move(level, hidden)
        if moved is None:
            return None
        hidden |= np.abs(moved) > TINY
        if not witnesses.keeps(level, hidden):  # a fractional movement that no whole one equals
            hidden |= system.may_hide
    for pattern in witnesses.failed:
        left = np.flatnonzero(system.may_hide & ~pattern)
        if not (hidden & ~pattern).any():
            if not len(left):
                return None
            hidden[left[np.argmin(system.weights[left])]] = True
    return hidden


def reduce(witnesses: Witnesses, hidden: Flags, levels: Sequence[Level]) -> Flags:
    """Shows again, dearest first, each cell without which every level is still kept. Nothing that is left can be shown."""
    system = witnesses.movement.system
    hidden = hidden.copy()
    if not all(witnesses.keeps(level, hidden) for level in levels):  # brings a movement that holds now to the front of each level
        return hidden
    for cell in sorted(np.flatnonzero(hidden & ~system.must_hide).tolist(), key=lambda cell: -system.weights[cell]):
        hidden[cell] = False
        touched = [level for level in levels if witnesses.uses(level, cell)]
        if not (witnesses.untried(hidden) and all(witnesses.keeps(level, hidden) for level in touched)):
            hidden[cell] = True
    return hidden


def shake(witnesses: Witnesses, best: Flags, levels: Sequence[Level], until: float, tries: int) -> Flags:
    """Looks for a cheaper pattern near the best: shows some of its cells, prices all a little differently, and makes it safe again. Seeded."""
    system = witnesses.movement.system
    chance = np.random.default_rng(1)
    for _ in range(tries):
        if time.thread_time() > until:
            break
        dropped = best & ~system.must_hide & (chance.random(system.size) < chance.uniform(0.2, 0.8))
        made = complete(witnesses, best & ~dropped, levels, system.weights * chance.uniform(0.6, 1.6, system.size))
        if made is not None:
            made = reduce(witnesses, made, levels)
            if system.cost(made) < system.cost(best) - TINY:
                best = made
    return best


class Cheapest:
    """The movement that keeps a level and asks for the cheapest cells not yet hidden, each priced by how far it moves."""

    def __init__(self, system: System) -> None:
        self.system, self.price = system, system.weights
        still = np.zeros(2 * system.size)  # rises first, then falls
        self._engine = engine(np.hstack([system.matrix, -system.matrix]), np.zeros(len(system.matrix)), still, still)
        self._columns = np.arange(2 * system.size, dtype=np.int32)

    def move(self, level: Level, hidden: Flags) -> Floats | None:
        """The movement; None where even all that may be hidden does not keep the level."""
        return self._solve(level, hidden | self.system.may_hide, np.where(hidden, 1e-6, self.price))

    def within(self, level: Level, hidden: Flags) -> Floats | None:
        """The shortest movement of hidden cells alone that keeps the level, so that it serves many insiders; None where there is none."""
        return self._solve(level, hidden, np.ones(self.system.size))

    def _solve(self, level: Level, open_: Flags, price: Floats) -> Floats | None:
        system = self.system
        fall, rise = system.values * open_, np.full(system.size, system.reach) * open_
        known = list(standing(system, level))
        fall[known] = rise[known] = 0.0
        lower, upper = np.zeros(2 * system.size), np.concatenate([rise, fall])
        up, down = (level.cell, level.cell + system.size)[:: level.sign]
        if upper[up] < level.amount - TINY:
            return None
        lower[up], upper[up], upper[down] = level.amount, max(upper[up], level.amount), 0.0
        self._engine.changeColsBounds(len(self._columns), self._columns, lower, upper)
        self._engine.changeColsCost(len(self._columns), self._columns, np.concatenate([price, price]))
        found = solved(self._engine)
        return None if found is None else np.asarray(found[: system.size] - found[system.size :], dtype=np.float64)
