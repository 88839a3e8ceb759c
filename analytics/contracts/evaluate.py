"""What a plan costs, exactly, in every scenario: the judge of every answer, and it knows no solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.contracts.problem import Floats, Instance, Plan
from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE, CALL_OFF, SPOT, Recourse, blocked_total, cheapest, prices, spot_room

BUDGET_TOLERANCE_GBP = 0.01
PROBABILITY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Costing:
    """The cost of one plan. Money is discounted pounds over the whole term; `total_gbp` and the parts are [scenario].

    `broken` names the rules that the plan breaks, budgets included; when children cannot be served the money is infinite.
    """

    total_gbp: Floats
    parts_gbp: dict[str, Floats]  # block, reservation, fixed, capital, call_off, spot, out_of_area, built; they sum to total_gbp
    expected_gbp: float
    cvar_gbp: float
    objective: float
    broken: tuple[str, ...]
    over_budget: tuple[str, ...]
    recourse: Recourse

    @property
    def feasible(self) -> bool:
        return not self.broken and not self.over_budget


def cost(instance: Instance, plan: Plan) -> Costing:
    """Re-costs a plan over every scenario and year by the cheapest recourse (docs/contracts.md)."""
    broken = broken_rules(instance, plan)
    found = cheapest(instance, plan)
    if not found.served.all():
        s, t = (int(n[0]) for n in np.nonzero(~found.served))
        broken.append(f"children who stay have no room (first in scenario {s + 1}, year {t})")
    parts = _parts(instance, plan, found)
    total = np.sum(list(parts.values()), axis=0)
    if not found.served.all():
        total = np.full_like(total, np.inf)
    expected, tail = float(instance.prob @ total), cvar(total, instance.prob, instance.alpha)
    objective = (1 - instance.risk_weight) * expected + instance.risk_weight * tail
    if instance.risk_weight in (0.0, 1.0):
        objective = tail if instance.risk_weight else expected
    return Costing(total, parts, expected, tail, objective, tuple(broken), tuple(over_budget(instance, total)), found)


def cvar(total: Floats, prob: Floats, alpha: float) -> float:
    """Mean of the worst 1 − alpha of probability, the last scenario split (Rockafellar and Uryasev 2002)."""
    left, worst = 1 - alpha, 0.0
    for s in np.argsort(-total, kind="stable"):
        take = min(left, float(prob[s]))
        if take > 0:
            worst += take * float(total[s])
        left -= take
        if left <= 0:
            break
    return worst / (1 - alpha - max(left, 0.0))


def over_budget(instance: Instance, total: Floats) -> list[str]:
    """The budgets that these scenario totals break, in words."""
    found = []
    if instance.cvar_budget is not None and not cvar(total, instance.prob, instance.cvar_budget.alpha) <= instance.cvar_budget.limit + BUDGET_TOLERANCE_GBP:
        found.append("budget for the worst futures (CVaR)")
    if instance.chance_budget is not None:
        within = float(instance.prob[total <= instance.chance_budget.limit + BUDGET_TOLERANCE_GBP].sum())
        if within < instance.chance_budget.prob - PROBABILITY_TOLERANCE:
            found.append("budget to be kept with a given chance")
    return found


def broken_rules(instance: Instance, plan: Plan) -> list[str]:
    """The rules of the first stage that a plan breaks, in words; empty when it may be signed."""
    found = []
    for offer, block, flex in zip(instance.offers, plan.block, plan.flex, strict=True):
        name = f"{instance.providers[offer.provider].id} in {instance.lots[offer.lot].id}"
        most_block, most_flex = (offer.max_block, offer.max_flex) if offer.may_take else (0, 0)
        if not 0 <= block <= most_block:
            found.append(f"largest block of {name} is {most_block}")
        if block < offer.min_block:
            found.append(f"contract that runs already for {offer.min_block} at {name}")
        if not 0 <= flex <= most_flex:
            found.append(f"largest reserve of {name} is {most_flex}")
    room, blocked = spot_room(instance, plan), blocked_total(instance, plan)
    for p, provider in enumerate(instance.providers):
        held = provider.capacity - int(room[p])
        if held and (not provider.tiers or blocked[p] < provider.tiers[0].min):
            found.append(f"smallest contract of {provider.id}")
        if room[p] < 0:
            found.append(f"capacity of {provider.id}")
        if instance.share_limit is not None and held > instance.share_limit:
            found.append(f"share limit at {provider.id}")
    return found


def committed(instance: Instance, plan: Plan) -> dict[str, float]:
    """Contract cost over the term whatever happens, discounted: block places charged even when empty, reservation, fixed, capital."""
    blocked, room = blocked_total(instance, plan), spot_room(instance, plan)
    uplifted = float(instance.discount_factor @ instance.price_level)
    flat = float(instance.discount_factor.sum())
    block = reservation = 0.0
    for offer, places, flex in zip(instance.offers, plan.block, plan.flex, strict=True):
        price = offer.list * (1 - instance.providers[offer.provider].discount(blocked[offer.provider]))
        block += offer.void_share * price * offer.charged_places(places)
        reservation += offer.flex_fee * flex
    fixed = sum(p.fixed for n, p in enumerate(instance.providers) if p.capacity != room[n])
    capital = sum(build.capital for build, yes in zip(instance.builds, plan.builds, strict=True) if yes)
    return {"block": block * uplifted, "reservation": reservation * uplifted, "fixed": fixed * flat, "capital": capital * flat}


def _parts(instance: Instance, plan: Plan, found: Recourse) -> dict[str, Floats]:
    """Discounted cost by what it is paid for, [scenario] each."""
    weight = instance.discount_factor * instance.price_level
    by_kind = np.einsum("t,stik,ik->sk", weight, found.places, prices(instance, plan))
    parts = {name: np.full(len(instance.prob), value) for name, value in committed(instance, plan).items()}
    parts["block"] = parts["block"] + by_kind[:, BLOCK_CHARGED] + by_kind[:, BLOCK_FREE]
    parts["call_off"], parts["spot"] = by_kind[:, CALL_OFF], by_kind[:, SPOT]
    parts["out_of_area"] = np.einsum("t,stl,l->s", weight, found.out_of_area, np.array([lot.over_price for lot in instance.lots]))
    parts["built"] = np.einsum("t,stj,j->s", weight, found.built, np.array([b.unit_cost for b in instance.builds], dtype=np.float64))
    return parts


@dataclass(frozen=True)
class Voids:
    """Empty guaranteed places, expected over scenarios: place-years over the term, what is paid for them, and their share."""

    place_years: float
    cost_gbp: float
    share: float
    by_offer: NDArray[np.float64]  # [offer]: expected empty place-years


def voids(instance: Instance, plan: Plan, costing: Costing) -> Voids:
    """How many guaranteed places stand empty, and what that costs (discounted)."""
    used = costing.recourse.places[:, :, :, BLOCK_CHARGED] + costing.recourse.places[:, :, :, BLOCK_FREE]
    block = np.array(plan.block, dtype=np.int64)
    blocked = blocked_total(instance, plan)
    charge = np.zeros(len(instance.offers))
    charged = np.zeros(len(instance.offers), dtype=np.int64)
    for i, offer in enumerate(instance.offers):
        charge[i] = offer.void_share * offer.list * (1 - instance.providers[offer.provider].discount(blocked[offer.provider]))
        charged[i] = offer.charged_places(plan.block[i])
    weight = instance.discount_factor * instance.price_level
    by_offer = np.asarray(np.einsum("s,sti->i", instance.prob, block - used), dtype=np.float64)
    paid = float(np.einsum("s,t,sti,i->", instance.prob, weight, np.maximum(charged - used, 0), charge))
    total = float(block.sum()) * instance.years
    return Voids(float(by_offer.sum()), paid, float(by_offer.sum()) / total if total else 0.0, by_offer)


def quantile(total: Floats, prob: Floats, at: float) -> float:
    """The smallest scenario total that is not exceeded with probability `at`."""
    order = np.argsort(total, kind="stable")
    reached = np.cumsum(prob[order]) >= at - PROBABILITY_TOLERANCE
    return float(total[order[int(np.argmax(reached))]]) if reached.any() else float(total[order[-1]])
