"""The cheapest cells to hide, by rules that are added as they are found broken.

Instead of one copy of the table for each sensitive cell and direction, the master problem knows only which cells are hidden
(Fischetti and Salazar-González 2001). For a proposal, each level's movement is looked for; where there is none, the dual gives a rule that the
proposal breaks. Rules are first drawn from fractional proposals, which is cheap, then from whole ones, until none is broken: that proposal is the
optimum.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.disclosure.greedy import Witnesses, complete, reduce, shake
from analytics.disclosure.linear import GAP, set_whole, silent
from analytics.disclosure.movement import TINY, Cut, Movement
from analytics.disclosure.system import Flags, Floats, Level, System

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWER = (0.03, 0.005, GAP)  # how close to its optimum a proposal need be: first quickly, then exactly
FRACTIONAL_ROUNDS = 60
LONELY = 0.01
SHARE_IMPROVING, SHARE_SHAKING = 0.2, 0.4  # of the time: making proposals safe, and looking around the best when no proof is near
TRIES = 40


@dataclass(frozen=True)
class Pattern:
    """Cells to hide; whether no cheaper set keeps the levels; the lower bound that was reached and the rounds it took."""

    hidden: Flags
    proven: bool
    bound: float
    rules: int
    rounds: int


class Master:
    """Which cells to hide under the rules so far, each cell wholly (after `whole`) or in part."""

    def __init__(self, system: System) -> None:
        import highspy

        self.system = system
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = system.size, 0
        lp.col_cost_ = system.weights
        lp.col_lower_, lp.col_upper_ = system.must_hide.astype(np.float64), (system.must_hide | system.may_hide).astype(np.float64)
        self._engine = silent(presolve=True)
        self._engine.passModel(lp)
        self._until = 0.0
        self._engine.cbMipInterrupt.subscribe(self._look)
        self.rules = 0

    def _look(self, event: Any) -> None:
        if time.thread_time() > self._until:
            event.interrupt()

    def add(self, cut: Cut) -> None:
        used = np.flatnonzero(cut.coefficients > TINY)
        scale = cut.amount
        self._engine.addRow(1.0, np.inf, len(used), used.astype(np.int32), cut.coefficients[used] / scale)
        self.rules += 1

    def add_company(self, proposal: Floats) -> int:
        """Rules, where the proposal breaks them, that no cell is hidden alone in a sum: it could be worked out, and might as well be shown."""
        found = 0
        used = self.system.matrix != 0
        lonely = proposal[None, :] * used - (used @ proposal)[:, None] + proposal[None, :] * used
        for row, cell in zip(*np.nonzero(used & (lonely > LONELY)), strict=True):
            cells = np.flatnonzero(used[row]).astype(np.int32)
            self._engine.addRow(0.0, np.inf, len(cells), cells, np.where(cells == cell, -1.0, 1.0))
            found += 1
        self.rules += found
        return found

    def whole(self) -> None:
        set_whole(self._engine, self.system.size, True)

    def solve(self, until: float, start: Flags | None = None, gap: float = GAP) -> tuple[Floats, float, bool]:
        """A proposal, the lower bound and whether it is within `gap` of the optimum under the rules so far. Stops at `until`, in seconds of this thread."""
        import highspy

        self._until = until
        self._engine.setOptionValue("mip_rel_gap", gap)
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = start.astype(np.float64).tolist()
            self._engine.setSolution(given)
        self._engine.run()
        done = self._engine.getModelStatus() == highspy.HighsModelStatus.kOptimal
        info = self._engine.getInfo()
        bound = float(info.mip_dual_bound if start is not None else info.objective_function_value)
        return np.asarray(self._engine.getSolution().col_value, dtype=np.float64), bound if np.isfinite(bound) else 0.0, done


def cheapest(system: System, seconds: float, failed: Sequence[Flags] = ()) -> Pattern | None:
    """The cheapest pattern that keeps every level of the system within about `seconds`, or the best found; None where hiding all keeps not all.

    `failed`: patterns that were tried and are not safe; neither they nor parts of them are.
    """
    until = time.thread_time() + seconds
    witnesses = Witnesses(Movement(system), failed)
    outside = [level for level in system.levels if level.knows < 0]
    inside = [level for level in system.levels if level.knows >= 0]
    best = complete(witnesses, system.must_hide, system.levels)
    if best is None:
        return None
    best = reduce(witnesses, best, system.levels)
    search = Search(system, witnesses, outside, inside, best, until)
    search.fractional()
    return search.run()


class Search:
    """The rounds between master and movements, with the best safe pattern so far."""

    def __init__(self, system: System, witnesses: Witnesses, outside: Sequence[Level], inside: Sequence[Level], best: Flags, until: float) -> None:
        self.system, self.witnesses, self.movement = system, witnesses, witnesses.movement
        self.outside, self.inside, self.best, self.until = outside, inside, best, until
        self.master = Master(system)
        for pattern in witnesses.failed:
            self.master.add(Cut((~pattern).astype(np.float64), 1.0))
        self.levels = (*outside, *inside)
        self.bound = 0.0
        self.rounds = 0
        self._began, self._improving = time.thread_time(), 0.0
        self._soon = until - SHARE_SHAKING * max(until - self._began, 0.0)

    def fractional(self) -> None:
        """Rules from fractional proposals, until they add little."""
        last = 0.0
        for number in range(FRACTIONAL_ROUNDS):
            proposal, bound, done = self.master.solve(self.until)
            if not done:
                return
            self.bound = max(self.bound, bound)
            if (
                not self._draw(self.outside, proposal) + self.master.add_company(proposal)
                or time.thread_time() > self.until
                or (number % 5 == 4 and bound < last * (1 + 1e-4))
            ):
                break
            last = bound if number % 5 == 4 else last
        self.rounds += number + 1

    def _draw(self, levels: Sequence[Level], proposal: Floats) -> int:
        """Adds a rule for each level that the proposal breaks; answers how many."""
        added = 0
        for level in levels:
            reached, _, duals = self.movement.furthest(level, proposal, level.amount)
            if reached < level.amount * (1 - 1e-3) - TINY:
                cut = self.movement.cut(level, duals)
                if float(cut.coefficients @ proposal) < cut.amount * (1 - 1e-3):
                    self.master.add(cut)
                    added += 1
        return added

    def run(self) -> Pattern:
        """Whole proposals until one keeps every level and is the optimum, or the time is up."""
        self.master.whole()
        gaps = list(NARROWER)
        while time.thread_time() < self._soon and not self._proven():
            self.rounds += 1
            proposal, bound, done = self.master.solve(self._soon, self.best, gaps[0])
            self.bound = max(self.bound, bound)
            hidden = proposal > 0.5
            if not done:
                break
            if self._broken(hidden) + self.master.add_company(hidden.astype(np.float64)):
                self._improve(hidden)
                continue
            if self.system.cost(hidden) < self.system.cost(self.best):
                self.best = hidden
            if len(gaps) == 1:
                break
            gaps.pop(0)
        if not self._proven():
            self.best = shake(self.witnesses, self.best, self.levels, self.until, TRIES)
        self.best = reduce(self.witnesses, self.best, self.levels)
        return Pattern(self.best, self._proven(), self.bound, self.master.rules, self.rounds)

    def _proven(self) -> bool:
        return self.bound >= self.system.cost(self.best) * (1 - 2 * GAP)

    def _broken(self, hidden: Flags) -> int:
        return self._rules(self.outside, hidden) or self._rules(self.inside, hidden)

    def _rules(self, levels: Sequence[Level], hidden: Flags) -> int:
        proposal = hidden.astype(np.float64)
        added = 0
        for level in levels:
            if not self.witnesses.keeps(level, hidden):
                _, _, duals = self.movement.furthest(level, proposal, level.amount)
                cut = self.movement.cut(level, duals)
                if cut.coefficients @ proposal >= cut.amount * (1 - 1e-6):  # the true room, where the narrow one proves nothing
                    _, _, duals = self.movement.furthest(level, proposal)
                    cut = self.movement.cut(level, duals)
                if cut.coefficients @ proposal >= cut.amount * (1 - 1e-6):  # only whole numbers fail
                    cut = self._beyond(level, hidden)
                self.master.add(cut)
                added += 1
        return added

    def _beyond(self, level: Level, hidden: Flags) -> Cut:
        """Something must be hidden that is not in the largest set found, from these cells on, that fails the level."""
        failing = hidden.copy()
        for cell in np.flatnonzero(~hidden & self.system.may_hide):
            failing[cell] = True
            failing[cell] = not self.witnesses.keeps(level, failing)
        return Cut((~failing).astype(np.float64), 1.0)

    def _improve(self, hidden: Flags) -> None:
        """The proposal made safe and lean, kept if it is cheaper than the best so far; a fair share of the time is spent on that."""
        began = time.thread_time()
        if self._improving > SHARE_IMPROVING * (began - self._began):
            return
        made = complete(self.witnesses, hidden | self.system.must_hide, self.levels)
        if made is not None:
            made = reduce(self.witnesses, made, self.levels)
            if self.system.cost(made) < self.system.cost(self.best) - TINY:
                self.best = made
        self._improving += time.thread_time() - began
