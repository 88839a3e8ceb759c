"""Betters a plan by another contract at one provider at a time, each costed exactly; contracts that cannot help are never tried.

At the values of the plan's own recourse, what another contract of one provider could spare at most is known (`prices.py`), because they
are a slope of the cost from below. So a plan at which nothing is left to try cannot be bettered at any one provider.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analytics.contracts.board import Board, Standing
from analytics.contracts.evaluate import broken_rules
from analytics.contracts.prices import NONE, Answer, Prices
from analytics.contracts.problem import Plan

LEAST_GAIN = 1.0  # pounds
TRIED_EACH = 4  # contracts tried at a provider before the others have their turn
Told = Callable[[Standing], None]


class Climber:
    """Climbs from plan to better plan. `fixed`: providers whose contract stays as it is."""

    def __init__(self, board: Board, prices: Prices, enough: Callable[[], bool], told: Told, fixed: frozenset[int] = frozenset()) -> None:
        self.board, self.prices, self.enough, self.told = board, prices, enough, told
        self.fixed = fixed
        self.done = True  # whether the last climb ended because nothing was left to try
        self.trials = 0

    def climb(self, standing: Standing, passes: int = 20) -> Standing:
        """The plan reached when no contract of a single provider, and no build, betters it; or when time is out."""
        for _ in range(passes):
            before = standing.merit
            standing = self._builds(self._pass(standing))
            if not self.enough() and standing.merit >= before - LEAST_GAIN:
                standing = self._units(standing)
            self.done = not self.enough() and standing.merit >= before - LEAST_GAIN
            if self.enough() or self.done:
                break
        return standing

    def _pass(self, standing: Standing) -> Standing:
        weight = self.board.weights(standing.totals)
        answer, share = self.prices.answer(weight, standing.uses.value), float(weight.sum())
        here = np.array([self.prices.worth(answer, standing.plan, p, share) for p in range(len(self.prices.mine))])
        gain = here[:, None] - answer.curve
        gain[list(self.fixed)] = -np.inf
        order = np.argsort(-gain, axis=None, kind="stable")
        tried: dict[int, int] = {}
        for p, total in zip(*np.unravel_index(order, gain.shape), strict=True):
            if self.enough() or gain[p, total] < LEAST_GAIN:
                break
            if tried.get(int(p), 0) >= TRIED_EACH:
                continue
            found = self._try(standing, answer, int(p), int(total))
            if found is not None:
                tried[int(p)] = tried.get(int(p), 0) + 1
                if found.merit < standing.merit - LEAST_GAIN:
                    standing = found
                    tried[int(p)] = TRIED_EACH
                    self.told(standing)
        return standing

    def _units(self, standing: Standing) -> Standing:
        """One place more, fewer, or moved to another lot of the same provider, where the prices do not rule it out; once round all offers."""
        weight = self.board.weights(standing.totals)
        answer, share = self.prices.answer(weight, standing.uses.value), float(weight.sum())
        for p, mine in enumerate(self.prices.mine):
            if p in self.fixed:
                continue
            for block in self._near(standing.plan, mine):
                plan = with_contract(standing.plan, block, {})
                spared = self.prices.worth(answer, standing.plan, p, share) - self.prices.worth(answer, plan, p, share)
                if self.enough() or spared < LEAST_GAIN or broken_rules(self.board.instance, plan) or not self.board.seats(plan, p):
                    continue
                self.trials += 1
                found = self.board.change(standing, plan, p)
                if found.merit < standing.merit - LEAST_GAIN:
                    standing = found
                    self.told(standing)
        return standing

    def _near(self, plan: Plan, mine: list[int]) -> list[dict[int, int]]:
        block = plan.block
        found = [{i: block[i] + step} for i in mine for step in (-1, 1)]
        found += [{i: block[i] - 1, k: block[k] + 1} for i in mine for k in mine if i != k]
        return [one for one in found if all(self.prices.least[i] <= b <= self.prices.most[i] for i, b in one.items())]

    def _try(self, standing: Standing, answer: Answer, p: int, total: int) -> Standing | None:
        block, flex = self.prices.contract(answer, p, total)
        plan = with_contract(standing.plan, block, flex)
        if plan == standing.plan or broken_rules(self.board.instance, plan) or not self.board.seats(plan, p):
            return None
        self.trials += 1
        return self.board.change(standing, plan, p)

    def _builds(self, standing: Standing) -> Standing:
        for j in range(len(standing.plan.builds)):
            if not self.enough():
                flipped = tuple(1 - y if n == j else y for n, y in enumerate(standing.plan.builds))
                found = self.board.stand(Plan(standing.plan.block, standing.plan.flex, flipped))
                standing = found if found.merit < standing.merit - LEAST_GAIN else standing
        return standing

    def shake(self, standing: Standing) -> Standing:
        """Holds one provider at another tier, or without a contract, and climbs with the rest: the likeliest first, by the prices."""
        weight = self.board.weights(standing.totals)
        answer, share = self.prices.answer(weight, standing.uses.value), float(weight.sum())
        found = []
        for p, provider in enumerate(self.board.instance.providers):
            here, mine = self.prices.worth(answer, standing.plan, p, share), self.prices.mine[p]
            size = sum(standing.plan.block[i] for i in mine)
            for total in {0, *(tier.min for tier in provider.tiers)} - {size}:
                if p not in self.fixed and total < self.prices.width and answer.curve[p, total] < NONE / 2:
                    found.append((float(answer.curve[p, total]) - here, p, total))
        for _, p, total in sorted(found):
            plan = with_contract(standing.plan, *self.prices.contract(answer, p, total))
            if self.enough() or not self.board.seats(plan, p) or broken_rules(self.board.instance, plan):
                continue
            other = Climber(self.board, self.prices, self.enough, lambda _: None, self.fixed | {p})
            reached = other.climb(self.board.change(standing, plan, p), passes=2)
            self.trials += other.trials + 1
            if reached.merit < standing.merit - LEAST_GAIN:
                self.told(reached)
                return reached
        return standing

    def towards(self, standing: Standing, goal: Plan) -> Standing:
        """Takes over those contracts of another plan that better this one."""
        for p, mine in enumerate(self.prices.mine):
            block, flex = {i: goal.block[i] for i in mine}, {i: goal.flex[i] for i in mine}
            plan = with_contract(standing.plan, block, flex)
            if p in self.fixed or plan == standing.plan or self.enough() or not self.board.seats(plan, p):
                continue
            self.trials += 1
            found = self.board.change(standing, plan, p)
            if found.merit < standing.merit - LEAST_GAIN and not broken_rules(self.board.instance, plan):
                standing = found
                self.told(standing)
        return standing


def with_contract(plan: Plan, block: dict[int, int], flex: dict[int, int]) -> Plan:
    """The plan with other places at some offers."""
    return Plan(tuple(block.get(i, b) for i, b in enumerate(plan.block)), tuple(flex.get(i, f) for i, f in enumerate(plan.flex)), plan.builds)
