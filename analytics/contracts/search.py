"""Ways to plans that need no engine: complete enumeration of small problems, and one place more or fewer at a time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from analytics.contracts.evaluate import Costing, broken_rules, cost
from analytics.contracts.problem import Instance, Plan


@dataclass
class Judge:
    """Costs plans exactly, once each, and keeps the cheapest that breaks no rule."""

    instance: Instance
    best: Plan | None = None
    costing: Costing | None = None
    seen: dict[Plan, Costing] = field(default_factory=dict)

    def look(self, plan: Plan) -> Costing:
        """The costing of a plan; remembers the plan if it is the best so far."""
        found = self.seen.get(plan)
        if found is None:
            found = cost(self.instance, plan)
            if len(self.seen) < 20_000:
                self.seen[plan] = found
        if found.feasible and (self.costing is None or found.objective < self.costing.objective):
            self.best, self.costing = plan, found
        return found


def how_many(instance: Instance) -> int:
    """How many first stages the largest blocks, reserves and builds allow, before other rules."""
    count: int = 1 << len(instance.builds)
    for offer in instance.offers:
        if offer.may_take and instance.providers[offer.provider].tiers:
            most = _most(instance, offer.provider)
            count *= max(min(offer.max_block, most) - offer.min_block + 1, 0) * (min(offer.max_flex, most) + 1)
    return count


def every_plan(instance: Instance) -> Iterator[Plan]:
    """Every first stage that breaks no rule of the first stage."""
    parts: list[list[tuple[tuple[int, ...], tuple[int, ...]]]] = []
    order: list[int] = []
    for p in range(len(instance.providers)):
        mine = instance.offers_of(p)
        order += mine
        parts.append(list(_contracts(instance, p, mine)))
    yes_or_no = list(itertools.product((0, 1), repeat=len(instance.builds)))
    for chosen in itertools.product(*parts):
        block, flex = [0] * len(instance.offers), [0] * len(instance.offers)
        places = zip(order, itertools.chain.from_iterable(c[0] for c in chosen), itertools.chain.from_iterable(c[1] for c in chosen), strict=True)
        for i, b, f in places:
            block[i], flex[i] = b, f
        for builds in yes_or_no:
            yield Plan(tuple(block), tuple(flex), builds)


def _most(instance: Instance, p: int) -> int:
    capacity = instance.providers[p].capacity
    return capacity if instance.share_limit is None else min(capacity, instance.share_limit)


def _contracts(instance: Instance, p: int, mine: list[int]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every contract (block and flex by offer) that one provider and its rules allow; the first is none."""
    provider, most = instance.providers[p], _most(instance, p)
    open_offers = [instance.offers[i] if instance.offers[i].may_take and provider.tiers else None for i in mine]
    blocks = [range(o.min_block, min(o.max_block, most) + 1) if o else range(1) for o in open_offers]
    flexes = [range(min(o.max_flex, most) + 1) if o else range(1) for o in open_offers]
    for block in itertools.product(*blocks):
        blocked = sum(block)
        if blocked > most:
            continue
        for flex in itertools.product(*flexes):
            held = blocked + sum(flex)
            if held <= most and (held == 0 or blocked >= provider.tiers[0].min):
                yield block, flex


def enumerate_all(judge: Judge, until: float) -> bool:
    """Costs every plan; False if the time (monotonic clock) runs out first."""
    for plan in every_plan(judge.instance):
        judge.look(plan)
        if time.monotonic() > until:
            return False
    return True


def improve(judge: Judge, until: float) -> None:
    """From the best plan, the best single step (one place, one tier's minimum, one build) as long as a step helps."""
    while judge.best is not None and judge.costing is not None:
        before = judge.costing.objective
        for plan in list(neighbours(judge.instance, judge.best)):
            if time.monotonic() > until:
                return
            judge.look(plan)
        if judge.costing.objective >= before - 1e-6:
            return


def neighbours(instance: Instance, plan: Plan) -> Iterator[Plan]:
    """Plans one step away that break no rule of the first stage."""
    for candidate in _steps(instance, plan):
        if candidate != plan and not broken_rules(instance, candidate):
            yield candidate


def _steps(instance: Instance, plan: Plan) -> Iterator[Plan]:
    for i, offer in enumerate(instance.offers):
        if not offer.may_take:
            continue
        for change in (-1, 1):
            yield _with(plan, block={i: plan.block[i] + change})
            yield _with(plan, flex={i: plan.flex[i] + change})
        for k in instance.offers_of(offer.provider):  # the same contract, another lot
            if k != i and plan.block[i] > 0:
                yield _with(plan, block={i: plan.block[i] - 1, k: plan.block[k] + 1})
        others = sum(plan.block[k] for k in instance.offers_of(offer.provider)) - plan.block[i]
        for tier in instance.providers[offer.provider].tiers:  # up to a tier in one step
            if tier.min > others + plan.block[i]:
                yield _with(plan, block={i: tier.min - others})
    for p in range(len(instance.providers)):  # no contract at all
        mine = instance.offers_of(p)
        yield _with(plan, block=dict.fromkeys(mine, 0), flex=dict.fromkeys(mine, 0))
    for j in range(len(instance.builds)):
        yield Plan(plan.block, plan.flex, tuple(1 - y if n == j else y for n, y in enumerate(plan.builds)))


def _with(plan: Plan, block: dict[int, int] | None = None, flex: dict[int, int] | None = None) -> Plan:
    blocks = tuple((block or {}).get(i, b) for i, b in enumerate(plan.block))
    flexes = tuple((flex or {}).get(i, f) for i, f in enumerate(plan.flex))
    return Plan(blocks, flexes, plan.builds)
