"""Limits on cost that no plan can keep, told at once: below what children cost even at the cheapest place and the largest discount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analytics.contracts.evaluate import BUDGET_TOLERANCE_GBP, cost, cvar, quantile
from analytics.contracts.problem import Floats, Instance, Plan

CVAR, CHANCE = "budget for the worst futures (CVaR)", "budget to be kept with a given chance"  # as analytics.contracts.conflict names them
PLACED = "every new child is placed"


def least_totals(instance: Instance) -> Floats:
    """[scenario]: discounted pounds below which no plan's cost can lie. Every child at its cheapest place, at the largest discount there is, nothing empty.

    Children who stay do so at their own setting; contract costs, reserves and capital count for nothing.
    """
    own = np.array([min(o.list * (1 - max((t.disc for t in instance.providers[o.provider].tiers), default=0.0)), o.call_off) for o in instance.offers])
    new = np.array([lot.over_price for lot in instance.lots])
    for n, _ in enumerate(instance.lots):
        offered = [float(own[i]) for i in instance.offers_in(n) if instance.offers[i].may_take]
        built = [build.unit_cost for build in instance.builds if build.lot == n]
        new[n] = min([float(new[n]), *offered, *built])
    weight = instance.discount_factor * instance.price_level
    total = np.einsum("t,stl,l->s", weight, instance.demand, new) + np.einsum("t,sti,i->s", weight, instance.existing, own)
    return np.asarray(total, dtype=np.float64)


def hopeless(instance: Instance) -> dict[str, Any] | None:
    """Where a limit on cost lies below what any plan can reach: conflict, relax (that buying one by one needs), least_gbp. None where one may be kept.

    `relax` is what is surely enough, not the least that would do: `enough` is true.
    """
    least = least_totals(instance)
    spot = cost(replace(instance, cvar_budget=None, chance_budget=None), Plan.all_spot(instance))
    found = []
    if (chance := instance.chance_budget) is not None:
        found.append((CHANCE, chance.limit, quantile(least, instance.prob, chance.prob), quantile(spot.total_gbp, instance.prob, chance.prob)))
    if (tail := instance.cvar_budget) is not None:
        found.append((CVAR, tail.limit, cvar(least, instance.prob, tail.alpha), cvar(spot.total_gbp, instance.prob, tail.alpha)))
    for rule, limit, below, one_by_one in found:
        if below > limit + BUDGET_TOLERANCE_GBP:
            alone = len(found) == 1 and bool(np.isfinite(spot.objective)) and not any(o.min_block for o in instance.offers)
            relax = {"rule": rule, "by": round(one_by_one - limit, 2), "cost_gbp": round(spot.objective, 2), "enough": True} if alone else None
            return {"conflict": [rule, PLACED], "relax": relax, "least_gbp": round(below, 2)}
    return None
