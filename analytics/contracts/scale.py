"""Plans for whole councils: tens of providers, hundreds of futures. A good plan soon, a better one with time, and a bound on what is left.

Bound: prices on children and room are raised (`ascent.py`). Plan: what those prices ask for, bettered one provider at a time (`climb.py`).
Every plan is costed exactly in every scenario-year; no engine is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from analytics.contracts.ascent import Ascent
from analytics.contracts.board import Board, Standing
from analytics.contracts.climb import Climber
from analytics.contracts.evaluate import broken_rules
from analytics.contracts.prices import Prices
from analytics.contracts.problem import Instance, Ints, Plan

FIRST_STEPS, MORE_STEPS, PROPOSED_EVERY, PROPOSED = 100, 60, 20, 3  # steps of the bound; each so many-th plan asked for is costed, the last few taken up
CLOSE = 0.005  # a gap of this share of the saving is not worth more time
ROUNDS = 12
WEIGHTED = 2  # times that a pound above a budget is made to count a hundred times more, while the best plan is above one
FOR_BUDGETS = 0.7  # share of the time after which a search turns to its budgets
Progress = Callable[[float | None, float | None, str], None]


@dataclass
class Scaled:
    """The best plan so far, the bound, and how they were come by. Times are seconds since the start: when each better plan was there."""

    standing: Standing
    bound: float
    spot: float
    rounds: int = 0
    trials: int = 0
    settled: bool = False  # no contract of a single provider betters the plan
    history: list[tuple[float, float]] = field(default_factory=list)

    @property
    def gap(self) -> float:
        """What a better plan could still save, as a share of the saving; 1 while nothing is saved."""
        saving = self.spot - self.standing.objective
        return max(self.standing.objective - self.bound, 0.0) / saving if saving > 0 and np.isfinite(self.bound) else 1.0


class Search:
    """One search on one instance."""

    def __init__(
        self,
        instance: Instance,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] = bool,
        fixed: frozenset[int] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.instance, self.fixed, self.clock = instance, fixed, clock
        self.board = Board(instance)
        self.prices = Prices(self.board)
        self._progress, self._cancelled = progress, cancelled
        self._began, self._until = clock(), float("inf")
        self.found: Scaled | None = None

    def enough(self) -> bool:
        return self.clock() > self._until or self._cancelled()

    def run(self, seconds: float, start: Plan | None = None, rounds: int = ROUNDS, ascent: Ascent | None = None) -> Scaled:
        """Searches for so many seconds, or until more time is not worth it. `start`: a plan to better; else a first one is made."""
        self._began = self.clock()
        bounded = self.instance.cvar_budget is not None or self.instance.chance_budget is not None
        self._until = self._began + seconds * (FOR_BUDGETS if bounded else 1.0)
        spot = self.board.stand(Plan.all_spot(self.instance))
        least = self.board.stand(Plan.least(self.instance))
        if broken_rules(self.instance, least.plan):  # what runs already is too small for a contract of its own
            least = replace(least, merit=np.inf)
        self.found = Scaled(least, -np.inf, spot.objective)
        self._tell("Costed: everything bought one by one")
        if start is not None and not broken_rules(self.instance, start):
            self._keep(self.board.stand(start))
        climber = Climber(self.board, self.prices, self.enough, self._keep, self.fixed)
        for _ in range(rounds):
            if self.enough() or self.found.gap < CLOSE:
                break
            before = self.found.standing.merit, self.found.bound
            ascent = self._round(climber, ascent)
            if self.found.rounds > 1 and self.found.settled and ascent.over and before == (self.found.standing.merit, self.found.bound):
                break  # nothing was left to try
        self._until = self._began + seconds
        self._within_budgets(climber)
        return self.found

    def _within_budgets(self, climber: Climber) -> None:
        """Climbs on with heavier budgets while the best plan breaks one."""
        for _ in range(WEIGHTED):
            if self.found is None or self.enough() or self.board.broken(self.found.standing.totals) <= 0.01:
                break
            self.board.budget_weight *= 100
            self.found.standing = self.board.stand(self.found.standing.plan)
            self._keep(climber.climb(self.found.standing))
            self.found.trials, self.found.settled = climber.trials, climber.done

    def better(self, plan: Plan, seconds: float) -> Plan:
        """The plan climbed to from one that is known, without a bound; the plan itself where nothing better is allowed."""
        self._until = self.clock() + seconds
        mended = self.board.mend(without_offers(self.instance, plan))
        if broken_rules(self.instance, mended):
            mended = Plan.least(self.instance)
        climber = Climber(self.board, self.prices, self.enough, lambda standing: None, self.fixed)
        return climber.climb(self.board.stand(mended)).plan

    def _round(self, climber: Climber, ascent: Ascent | None) -> Ascent:
        """Raises the bound, takes over what its prices ask for, and climbs from the best of that."""
        found = self.found
        if found is None:
            raise RuntimeError("a search has begun")
        if ascent is None:
            ascent = Ascent(self.board, self.prices, self.board.risk(found.standing.totals), found.standing.uses.value)
        tried = [] if self.fixed else self._proposals(ascent, MORE_STEPS if found.rounds else FIRST_STEPS)[-PROPOSED:]
        self._tell("Raised the bound")
        best = min(tried, key=lambda one: one.merit, default=found.standing)
        self._keep(best)
        self._keep(climber.climb(found.standing))
        if found.rounds and best is not found.standing:
            self._keep(climber.climb(best, passes=2))
        if found.rounds:
            self._keep(climber.shake(found.standing))
        for one in tried:
            self._keep(climber.towards(found.standing, one.plan))
        found.rounds, found.trials, found.settled = found.rounds + 1, climber.trials, climber.done
        self._tell(f"Round {found.rounds}: {climber.trials:,} contracts tried")
        return ascent

    def _proposals(self, ascent: Ascent, steps: int) -> list[Standing]:
        """Raises the bound; some of the plans that its prices asked for on the way, costed."""
        proposals: list[Standing] = []
        for n in range(steps):
            if self.found is None or self.enough() or ascent.over:
                break
            plan = ascent.once(self.found.standing.objective)
            self.found.bound = max(self.found.bound, ascent.bound)
            if n % PROPOSED_EVERY == PROPOSED_EVERY - 1 and not broken_rules(self.instance, mended := self.board.mend(plan)):
                proposals.append(self.board.stand(mended))
                self._keep(proposals[-1])
                self._tell("A plan that the prices ask for")
        return proposals

    def _keep(self, standing: Standing) -> None:
        if self.found is not None and standing.merit < self.found.standing.merit:
            self.found.standing = standing
            self.found.history.append((self.clock() - self._began, standing.objective))

    def _tell(self, text: str) -> None:
        if self._progress is not None and self.found is not None:
            bound = self.found.bound if np.isfinite(self.found.bound) else None
            best = self.found.standing.objective if np.isfinite(self.found.standing.objective) else None
            self._progress(best, bound, text)


def without_offers(instance: Instance, plan: Plan) -> Plan:
    """The plan cut to what the instance's offers and limits allow; a contract that is then too small is given up."""
    block = [min(b, o.max_block) if o.may_take else 0 for b, o in zip(plan.block, instance.offers, strict=True)]
    flex = [min(f, o.max_flex) if o.may_take else 0 for f, o in zip(plan.flex, instance.offers, strict=True)]
    for p, provider in enumerate(instance.providers):
        mine = instance.offers_of(p)
        limit = min(provider.capacity, provider.capacity if instance.share_limit is None else instance.share_limit)
        while sum(block[i] + flex[i] for i in mine) > limit:
            i = max(mine, key=lambda k: (flex[k] > 0, block[k] - instance.offers[k].min_block))
            block[i], flex[i] = (block[i], flex[i] - 1) if flex[i] else (block[i] - 1, 0)
        if sum(block[i] for i in mine) < min((tier.min for tier in provider.tiers), default=1):
            for i in mine:
                block[i], flex[i] = instance.offers[i].min_block, 0
    return Plan(tuple(block), tuple(flex), plan.builds)


def only(instance: Instance, chosen: Ints, prob: np.ndarray) -> Instance:
    """The instance with some of its scenarios, and their probabilities."""
    offers = tuple(replace(o, spot_open=o.spot_open[chosen]) for o in instance.offers)
    return replace(instance, offers=offers, prob=prob, demand=instance.demand[chosen], existing=instance.existing[chosen])
