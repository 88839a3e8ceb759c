"""What stands behind the size of each contract, for people who sign it: the last place, one more, one fewer, and what holds it there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.contracts.evaluate import Costing, broken_rules, cost
from analytics.contracts.explain import filled
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.recourse import blocked_total, spot_room


@dataclass(frozen=True)
class Margin:
    """One contract. Money is the discounted pounds over the term that the plan's weighted cost would rise by (negative: fall); None: not allowed.

    `chance`: how often the last place of the largest kind is used. `held_by`: what stands against one place more.
    `tier_lost`: whether one fewer brings a smaller discount on all places.
    """

    provider: str
    places: int
    discount: float
    kinds: tuple[tuple[str, int], ...]
    lot: str
    last: int
    chance: float
    without_gbp: float | None
    fewer_gbp: float | None
    more_gbp: float | None
    more_chance: float | None
    held_by: tuple[str, ...]
    tier_lost: bool
    fixed: bool


@dataclass(frozen=True)
class NoContract:
    """A provider where a guarantee was considered and none is chosen: the best contract that is allowed there, and what it would cost more."""

    provider: str
    places: int
    chance: float | None
    more_gbp: float | None
    barred: str


def margins(instance: Instance, plan: Plan, costing: Costing, locked: frozenset[str] = frozenset()) -> list[Margin]:
    """One entry a provider with guaranteed places, the largest first. Every figure is an exact costing of a plan that differs by one place."""
    blocked = blocked_total(instance, plan)
    order = sorted((p for p in range(len(instance.providers)) if blocked[p]), key=lambda p: -int(blocked[p]))
    return [_margin(instance, plan, costing, p, locked) for p in order]


def _margin(instance: Instance, plan: Plan, costing: Costing, p: int, locked: frozenset[str]) -> Margin:
    provider, mine = instance.providers[p], instance.offers_of(p)
    held = [i for i in mine if plan.block[i]]
    i = max(held, key=lambda n: plan.block[n])
    total, lifted = sum(plan.block[n] for n in mine), provider.id in locked
    free = _freed(instance, mine) if lifted else instance  # what a fixed number costs is told as if it were not fixed
    more = _with(plan, {i: plan.block[i] + 1})
    broken = broken_rules(free, more)
    found = None if broken else cost(free, more)
    return Margin(
        provider.id,
        total,
        provider.discount(total),
        tuple((instance.lots[instance.offers[n].lot].id, plan.block[n]) for n in held),
        instance.lots[instance.offers[i].lot].id,
        plan.block[i],
        filled(costing, instance, i, plan.block[i]),
        _change(free, costing, _with(plan, dict.fromkeys(mine, 0))),
        _change(free, costing, _with(plan, {i: plan.block[i] - 1})),
        None if found is None or not found.feasible else found.objective - costing.objective,
        None if found is None else filled(found, free, i, more.block[i]),
        _held_by(free, plan, p, i, found.over_budget if found is not None else ()),
        provider.discount(total - 1) < provider.discount(total),
        lifted,
    )


def _held_by(instance: Instance, plan: Plan, p: int, i: int, budgets: tuple[str, ...]) -> tuple[str, ...]:
    """What stands against one place more, in words."""
    provider, offer = instance.providers[p], instance.offers[i]
    total = sum(plan.block[n] + plan.flex[n] for n in instance.offers_of(p))
    found = [f"the {instance.max_share or 0:.0%} share limit"] if instance.share_limit is not None and total >= instance.share_limit else []
    if int(spot_room(instance, plan)[p]) == 0:
        found.append(f"its {provider.capacity} places")
    elif plan.block[i] >= offer.max_block:
        found.append("the most children who could need one")
    return (*found, *(f"the {budget}" for budget in budgets))


def none_chosen(instance: Instance, plan: Plan, costing: Costing) -> list[NoContract]:
    """One entry a provider that may contract and has no guaranteed place, in the instance's order."""
    blocked = blocked_total(instance, plan)
    found = []
    for p, provider in enumerate(instance.providers):
        mine = [i for i in instance.offers_of(p) if instance.offers[i].may_take]
        if mine and provider.tiers and not blocked[p]:
            found.append(_best_there(instance, plan, costing, p, mine))
    return found


def _best_there(instance: Instance, plan: Plan, costing: Costing, p: int, mine: list[int]) -> NoContract:
    """The cheapest contract at a provider beside the plan: at each kind of place the smallest that each discount asks for."""
    provider = instance.providers[p]
    best: tuple[float, int, float] | None = None
    barred = ""
    for i in mine:
        for size in sorted({max(tier.min, 1) for tier in provider.tiers}):
            other = _with(plan, {i: size})
            broken = broken_rules(instance, other)
            if broken:
                barred = barred or _bar(instance, p, i, size)
                break
            trial = cost(instance, other)
            if not trial.feasible:
                barred = barred or (f"{_places(size)} would break the {trial.over_budget[0]}" if trial.over_budget else "")
                continue
            change = trial.objective - costing.objective
            if best is None or change < best[0]:
                best = (change, size, filled(trial, instance, i, size))
    if best is None:
        return NoContract(provider.id, 0, None, None, barred or "no contract is allowed there")
    return NoContract(provider.id, best[1], best[2], best[0], "")


def _bar(instance: Instance, p: int, i: int, size: int) -> str:
    provider, offer = instance.providers[p], instance.offers[i]
    if instance.share_limit is not None and size > instance.share_limit:
        return f"a contract begins at {_places(size)}, and the share limit is {instance.share_limit}"
    if size > provider.capacity:
        return f"a contract begins at {_places(size)}, and it can give {provider.capacity}"
    if size > offer.max_block:
        return f"a contract begins at {_places(size)}, and at most {offer.max_block} of one kind could ever be needed there"
    return f"a contract of {_places(size)} is not allowed beside the children who stay there"


def _change(instance: Instance, costing: Costing, other: Plan) -> float | None:
    """What another plan costs more than this one; None where a rule or a budget forbids it."""
    if broken_rules(instance, other):
        return None
    found = cost(instance, other)
    return found.objective - costing.objective if found.feasible else None


def _freed(instance: Instance, mine: list[int]) -> Instance:
    """The instance in which these offers are not fixed: as small as none, as large as one place more."""
    offers = tuple(replace(o, min_block=0, max_block=o.max_block + 1) if n in mine else o for n, o in enumerate(instance.offers))
    return replace(instance, offers=offers)


def _with(plan: Plan, block: dict[int, int]) -> Plan:
    return Plan(tuple(block.get(n, b) for n, b in enumerate(plan.block)), plan.flex, plan.builds)


def _places(n: int) -> str:
    return f"{n} place" if n == 1 else f"{n} places"
