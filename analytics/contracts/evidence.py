"""What a plan may be trusted for: in futures it was sized on and in others, against other plans, and place by place. Exact costings throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.contracts.evaluate import Costing, cost, quantile
from analytics.contracts.problem import Floats, Instance, Ints, Plan
from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE, blocked_total
from analytics.contracts.scale import Search, only, without_offers


@dataclass(frozen=True)
class Spread:
    """The cost of one plan in one set of futures. Discounted pounds over the term."""

    name: str
    futures: int
    expected_gbp: float
    cvar_gbp: float
    p10_gbp: float
    p50_gbp: float
    p90_gbp: float


@dataclass(frozen=True)
class Beside:
    """A plan beside buying one by one in the same futures (common random numbers).

    `saving_error_gbp`: standard error of the mean saving over futures. `loses`: probability that the plan costs more than one by one.
    """

    plan: Spread
    spot: Spread
    saving_gbp: float
    saving_error_gbp: float
    loses: float


@dataclass(frozen=True)
class Regret:
    """What one plan costs on average in one third of the futures, and how much more than the cheapest of the plans compared there."""

    plan: str
    demand: str  # low, middle or high
    cost_gbp: float
    regret_gbp: float


@dataclass(frozen=True)
class VoidYear:
    """Expected empty guaranteed places of one contract in one year of the term, and what is paid for them (discounted)."""

    provider: str
    lot: str
    year: int
    blocked: int
    empty: float
    paid_gbp: float


@dataclass(frozen=True)
class Knowing:
    """The worth of planning for chance, risk-neutral. `vss_gbp`: what sizing on the mean costs more than the plan.

    `evpi_low_gbp`, `evpi_high_gbp`: what knowing the future would save, from plans found and from bounds, over `futures` of the scenarios.
    """

    vss_gbp: float
    evpi_low_gbp: float
    evpi_high_gbp: float
    futures: int


def spread(name: str, instance: Instance, costing: Costing) -> Spread:
    """Mean, mean of the dearest, and P10, P50, P90 of a costing."""
    at = [quantile(costing.total_gbp, instance.prob, p) for p in (0.1, 0.5, 0.9)]
    return Spread(name, len(instance.prob), costing.expected_gbp, costing.cvar_gbp, *at)


def beside(instance: Instance, plan: Plan) -> Beside:
    """The plan beside all spot in the instance's futures. Sample and fresh draws are two calls, side by side."""
    mine, spot = cost(instance, plan), cost(instance, Plan.all_spot(instance))
    saved = spot.total_gbp - mine.total_gbp
    mean = float(instance.prob @ saved)
    error = float(np.sqrt(instance.prob @ (saved - mean) ** 2 / len(saved)))
    return Beside(spread("plan", instance, mine), spread("all spot", instance, spot), mean, error, float(instance.prob[saved < -0.005].sum()))


def on_mean(instance: Instance) -> Instance:
    """The instance with one future: mean new children and mean children who stay, rounded to whole children."""
    return replace(
        instance,
        offers=tuple(replace(o, spot_open=np.array([bool(instance.prob @ o.spot_open >= 0.5)])) for o in instance.offers),
        prob=np.array([1.0]),
        demand=_mean(instance.demand, instance.prob),
        existing=_mean(instance.existing, instance.prob),
        cvar_budget=None,
        chance_budget=None,
        risk_weight=0.0,
    )


def _mean(counts: Ints, prob: Floats) -> Ints:
    return np.asarray(np.floor(np.tensordot(prob, counts, axes=1) + 0.5)[None], dtype=np.int64)


def mean_sized(instance: Instance, seconds: float = 10.0, cancelled: Callable[[], bool] = bool) -> Plan:
    """The plan that mean demand alone would ask for, cut where children who stay would have no room in some future."""
    search = Search(instance)
    found = Search(on_mean(instance), cancelled=cancelled).run(seconds, rounds=3).standing.plan
    return without_offers(instance, search.board.mend(found))


def last_years(instance: Instance, blocks: Mapping[tuple[str, str], int]) -> Plan:
    """Last year's blocks (by provider and lot id) as a plan of this instance, cut to what its limits allow."""
    block = [blocks.get((instance.providers[o.provider].id, instance.lots[o.lot].id), 0) for o in instance.offers]
    wanted = Plan(tuple(max(b, o.min_block) for b, o in zip(block, instance.offers, strict=True)), (0,) * len(block), (0,) * len(instance.builds))
    return Search(instance).board.mend(without_offers(instance, wanted))


def regrets(instance: Instance, plans: Mapping[str, Plan]) -> list[Regret]:
    """Each plan in the third of futures where buying one by one is cheapest, the middle and the dearest third. One row a plan and third."""
    spot = cost(instance, Plan.all_spot(instance)).total_gbp
    order = np.argsort(spot if np.isfinite(spot).all() else instance.demand.sum(axis=(1, 2)), kind="stable")
    totals = {name: cost(instance, plan).total_gbp for name, plan in plans.items()}
    found = []
    for demand, group in zip(("low", "middle", "high"), np.array_split(order, 3), strict=True):
        weight = instance.prob[group] / max(float(instance.prob[group].sum()), 1e-12)
        means = {name: float(weight @ total[group]) for name, total in totals.items()}
        found += [Regret(name, demand, mean, mean - min(means.values())) for name, mean in means.items()]
    return found


def voids_by_year(instance: Instance, plan: Plan) -> list[VoidYear]:
    """One row an offer with a block and year of the term."""
    used = cost(instance, plan).recourse.places[:, :, :, [BLOCK_CHARGED, BLOCK_FREE]].sum(axis=3)
    blocked, weight = blocked_total(instance, plan), instance.discount_factor * instance.price_level
    found = []
    for i, offer in enumerate(instance.offers):
        if not plan.block[i]:
            continue
        provider = instance.providers[offer.provider]
        charge = offer.void_share * offer.list * (1 - provider.discount(blocked[offer.provider]))
        for t in range(instance.years):
            empty = float(instance.prob @ (plan.block[i] - used[:, t, i]))
            charged = float(instance.prob @ np.maximum(offer.charged_places(plan.block[i]) - used[:, t, i], 0))
            found.append(VoidYear(provider.id, instance.lots[offer.lot].id, t, plan.block[i], empty, charged * charge * float(weight[t])))
    return found


def knowing(instance: Instance, plan: Plan, futures: int = 12, seconds: float = 30.0, cancelled: Callable[[], bool] = bool) -> Knowing:
    """VSS and EVPI of a plan, risk-neutral and without budgets. EVPI looks at so many of the scenarios, spread evenly by cost."""
    neutral = replace(instance, risk_weight=0.0, cvar_budget=None, chance_budget=None)
    mine = cost(neutral, plan)
    on_the_mean = cost(neutral, mean_sized(neutral, seconds / 4, cancelled)).expected_gbp
    order = np.argsort(mine.total_gbp, kind="stable")
    many = min(futures, len(order))
    chosen = order[((np.arange(many) + 0.5) * len(order) / many).astype(np.int64)]
    low, high = [], []
    for s in chosen:
        alone = Search(only(neutral, np.array([s]), np.array([1.0])), cancelled=cancelled).run(seconds / many, start=plan, rounds=1)
        low.append(float(mine.total_gbp[s]) - alone.standing.objective)
        high.append(float(mine.total_gbp[s]) - alone.bound)
    weight = neutral.prob[chosen] / float(neutral.prob[chosen].sum())
    return Knowing(on_the_mean - mine.expected_gbp, float(weight @ np.array(low)), float(weight @ np.array(high)), many)
