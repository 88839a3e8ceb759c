"""Plans side by side: more or less weight on the dearest futures, other terms, some contracts locked. Each starts from the plan before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analytics.contracts.evaluate import voids
from analytics.contracts.problem import CvarBudget, Instance, Plan
from analytics.contracts.scale import Scaled, Search
from analytics.contracts.search import Judge

WEIGHTS = tuple(n / 10 for n in range(11))
Step = Callable[[float | None, float | None, str], None]


@dataclass(frozen=True)
class Point:
    """One plan of a comparison, costed by `evaluate.py`. Money is discounted pounds over the term.

    `value`: the weight, share, floor or limit it was made under. `bound_gbp` holds for the objective under that value; None where none was asked for.
    """

    name: str
    value: float
    plan: Plan
    objective: float
    expected_gbp: float
    cvar_gbp: float
    saving_gbp: float | None  # expected, against all spot under the same terms; None where that cannot be served
    places: int
    void_share: float
    bound_gbp: float | None
    feasible: bool


def frontier(
    instance: Instance,
    start: Plan,
    weights: Sequence[float] = WEIGHTS,
    seconds: float = 60.0,
    progress: Step | None = None,
    cancelled: Callable[[], bool] = bool,
    clock: Callable[[], float] = time.monotonic,
) -> list[Point]:
    """A plan for each weight on the dearest futures, in rising order of the weight; the objective never falls along it.

    Warm: each weight starts from its neighbour's plan, and at the end every plan is offered to every weight, so that no point is beaten
    by another's plan. The list is shorter when cancelled.
    """
    began, found, plan = clock(), list[tuple[Instance, Plan]](), start
    for n, weight in enumerate(sorted(weights)):
        if cancelled():
            break
        asked = replace(instance, risk_weight=float(weight))
        left = max(seconds - (clock() - began), 0.0) / (len(weights) - n)
        search = Search(asked, cancelled=cancelled, clock=clock)
        plan = search.better(plan, 0.8 * left)
        found.append((asked, plan))
        if progress is not None:
            progress(None, None, f"Weight {weight:.0%} on the dearest futures")
    plans = list(dict.fromkeys(plan for _, plan in found))
    return [best_of("weight on the dearest futures", asked.risk_weight, asked, plans) for asked, _ in found]


def best_of(name: str, value: float, instance: Instance, plans: Sequence[Plan], bound: float | None = None) -> Point:
    """The cheapest of some plans under an instance's terms, by exact costing; the first where none keeps its rules."""
    judge = Judge(instance)
    for plan in plans:
        judge.look(plan)
    plan = judge.best or plans[0]
    costing, spot = judge.look(plan), Judge(instance).look(Plan.all_spot(instance))
    saving = spot.expected_gbp - costing.expected_gbp if spot.recourse.served.all() else None
    return Point(
        name, value, plan, costing.objective, costing.expected_gbp, costing.cvar_gbp, saving, sum(plan.block) + sum(plan.flex),
        voids(instance, plan, costing).share if costing.recourse.served.all() else 0.0, bound, costing.feasible,
    )  # fmt: skip


Change = Callable[[Instance, float], Instance]


def discounts(instance: Instance, factor: float) -> Instance:
    """Every discount times `factor` (at most all of the price)."""
    tiers = [replace(p, tiers=tuple(replace(t, disc=min(t.disc * factor, 1.0)) for t in p.tiers)) for p in instance.providers]
    return replace(instance, providers=tuple(tiers))


def void_share(instance: Instance, share: float) -> Instance:
    """Every empty place charged at this share of its price."""
    return replace(instance, offers=tuple(replace(o, void_share=share) for o in instance.offers))


def share_limit(instance: Instance, share: float) -> Instance:
    """No provider with more than this share of the places that the limit is a share of; without such a limit, of the first year's mean."""
    base = instance.share_limit / instance.max_share if instance.share_limit and instance.max_share else _places(instance)
    return replace(instance, max_share=share, share_limit=int(share * base + 1e-9))


def quality_floor(instance: Instance, floor: float) -> Instance:
    """No contract and no new child below this quality, except what runs already."""
    providers = tuple(replace(p, may_contract=p.quality >= floor) for p in instance.providers)
    kept = [(o.eligible and providers[o.provider].may_contract) or o.min_block > 0 for o in instance.offers]
    return replace(instance, min_quality=floor, providers=providers, offers=tuple(replace(o, may_take=k) for o, k in zip(instance.offers, kept, strict=True)))


def budget(instance: Instance, limit: float) -> Instance:
    """The mean of the dearest futures at most so many pounds."""
    return replace(instance, cvar_budget=CvarBudget(instance.alpha, limit))


def _places(instance: Instance) -> float:
    return float(instance.prob @ (instance.demand[:, 0].sum(axis=1) + instance.existing[:, 0].sum(axis=1)))


CHANGES: dict[str, Change] = {
    "discount": discounts,
    "void share": void_share,
    "share limit": share_limit,
    "quality floor": quality_floor,
    "budget": budget,
}


def sensitivity(
    instance: Instance,
    plan: Plan,
    name: str,
    values: Sequence[float],
    seconds: float = 30.0,
    cancelled: Callable[[], bool] = bool,
    clock: Callable[[], float] = time.monotonic,
) -> list[tuple[Point, Point]]:
    """For each value of one of `CHANGES`: the plan as it stands under it, and the plan made again for it (warm, from the one that stands)."""
    found = []
    for value in values:
        if cancelled():
            break
        changed = CHANGES[name](instance, value)
        again = Search(changed, cancelled=cancelled, clock=clock).better(plan, seconds / len(values))
        found.append((best_of(name, value, changed, [plan]), best_of(name, value, changed, [plan, again])))
    return found


def locked(
    instance: Instance, plan: Plan, providers: Sequence[str], seconds: float = 30.0, cancelled: Callable[[], bool] = bool, progress: Step | None = None
) -> Scaled:
    """The contracts of these providers as they stand in `plan`, the rest searched again from it."""
    fixed = frozenset(p for p, provider in enumerate(instance.providers) if provider.id in set(providers))
    return Search(instance, progress, cancelled, fixed).run(seconds, start=plan)
