"""A problem laid out for many exact costings: arrays by scenario-year, and plans whose recourse is changed instead of found anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.contracts.evaluate import committed, cvar
from analytics.contracts.network import Net, Terms
from analytics.contracts.problem import Floats, Instance, Ints, Plan
from analytics.contracts.recourse import prices
from analytics.contracts.rows import Facts, Order, Uses, adjust, settle

BUDGET_WEIGHT = 20.0  # pounds that a pound above a budget counts for as a search of plans begins


@dataclass(frozen=True)
class Standing:
    """A plan with its exact recourse. `totals`: [scenario] discounted pounds; `merit`: the objective, and what budgets are broken by."""

    plan: Plan
    terms: Terms
    uses: Uses
    row_cost: Floats
    totals: Floats
    objective: float
    merit: float


class Board:
    """An instance as arrays; rows are scenario-years, those of a scenario together."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.budget_weight = instance, BUDGET_WEIGHT
        scenarios, years, offers = instance.existing.shape
        self.takes = np.array([o.may_take for o in instance.offers], dtype=np.bool_)
        spot = np.array([o.spot_open for o in instance.offers], dtype=np.bool_).reshape(offers, scenarios).T & self.takes
        ready = np.array([[b.places if t >= b.from_year else 0 for b in instance.builds] for t in range(years)], dtype=np.int64).reshape(years, -1)
        self.facts = Facts(
            np.ascontiguousarray(instance.demand.reshape(scenarios * years, -1)),
            np.ascontiguousarray(instance.existing.reshape(scenarios * years, -1)),
            np.repeat(spot, years, axis=0).astype(np.int64),
            np.tile(ready, (scenarios, 1)),
        )
        self.net = _net(instance)
        self.weight = instance.discount_factor * instance.price_level  # [year]
        self.rows = scenarios * years
        self._mine = [instance.offers_of(p) for p in range(len(instance.providers))]

    def terms(self, plan: Plan) -> Terms:
        """What a plan sets, for every scenario-year."""
        instance, block = self.instance, np.array(plan.block, dtype=np.int64)
        charged = np.array([o.charged_places(b) for o, b in zip(instance.offers, plan.block, strict=True)], dtype=np.int64)
        flex = np.array(plan.flex, dtype=np.int64)
        room = np.array([p.capacity for p in instance.providers], dtype=np.int64)
        np.subtract.at(room, self.net.provider, block + flex)
        caps = np.stack([charged, block - charged, flex], axis=1) if len(block) else np.zeros((0, 3), dtype=np.int64)
        return Terms(prices(instance, plan), caps, room, np.array(plan.builds, dtype=np.int64))

    def stand(self, plan: Plan) -> Standing:
        """A plan costed from nothing."""
        terms, cost = self.terms(plan), np.zeros(self.rows)
        uses, failed = self.settle(terms, self.facts, cost)
        return self._standing(plan, terms, uses, cost, failed)

    def settle(self, terms: Terms, facts: Facts, cost: Floats) -> tuple[Uses, int]:
        """Cheapest recourse of these scenario-years and, into `cost`, its year-0 pounds; then the first that cannot be served, or −1."""
        rows, i = len(cost), self.instance
        used, nodes = np.zeros((rows, len(i.offers), 4), np.int64), len(i.lots) + len(i.providers)
        uses = Uses(used, np.zeros((rows, len(i.lots)), np.int64), np.zeros((rows, len(i.builds)), np.int64), np.zeros((rows, nodes)))
        return uses, int(settle(self.net, facts, terms, self._order(terms), uses, cost))

    def change(self, base: Standing, plan: Plan, p: int) -> Standing:
        """A plan that differs from `base` at provider p alone, costed from the recourse of `base`."""
        terms = self.terms(plan)
        used = (base.terms.caps + terms.caps) > 0
        repriced = (base.terms.price[:, :3] != terms.price[:, :3])[used].any() or plan.flex != base.plan.flex or plan.builds != base.plan.builds
        if repriced or not np.isfinite(base.merit):
            return self.stand(plan)
        uses, cost = Uses(base.uses.used.copy(), base.uses.away.copy(), base.uses.built.copy(), base.uses.value.copy()), np.zeros(self.rows)
        failed = adjust(self.net, self.facts, base.terms, terms, p, uses, cost)
        return self._standing(plan, terms, uses, cost, failed)

    def _standing(self, plan: Plan, terms: Terms, uses: Uses, cost: Floats, failed: int) -> Standing:
        if failed >= 0:
            return Standing(plan, terms, uses, cost, np.full(len(self.instance.prob), np.inf), np.inf, np.inf)
        totals = cost.reshape(len(self.instance.prob), -1) @ self.weight + sum(committed(self.instance, plan).values())
        objective = self.objective(totals)
        return Standing(plan, terms, uses, cost, totals, objective, objective + self.budget_weight * self.broken(totals))

    def objective(self, totals: Floats) -> float:
        i = self.instance
        tail = cvar(totals, i.prob, i.alpha) if i.risk_weight > 0 else 0.0
        return (1 - i.risk_weight) * float(i.prob @ totals) + i.risk_weight * tail

    def broken(self, totals: Floats) -> float:
        """By how many pounds the budgets are broken."""
        i, over = self.instance, 0.0
        if i.cvar_budget is not None:
            over += max(cvar(totals, i.prob, i.cvar_budget.alpha) - i.cvar_budget.limit, 0.0)
        if i.chance_budget is not None:
            over += max(self._reached(totals, i.chance_budget.prob) - i.chance_budget.limit, 0.0)
        return over

    def _reached(self, totals: Floats, prob: float) -> float:
        """The least cost that is kept with a chance of `prob`."""
        order = np.argsort(totals, kind="stable")
        enough = np.cumsum(self.instance.prob[order]) >= prob - 1e-9
        return float(totals[order[int(np.argmax(enough))]]) if enough.any() else float(totals.max())

    def weights(self, totals: Floats) -> Floats:
        """[scenario]: what a pound there counts in the merit of plans near one with these totals; a slope of the merit from below."""
        i = self.instance
        found = (1 - i.risk_weight) * i.prob + i.risk_weight * _tail(totals, i.prob, i.alpha)
        if i.cvar_budget is not None and cvar(totals, i.prob, i.cvar_budget.alpha) > i.cvar_budget.limit:
            found = found + self.budget_weight * _tail(totals, i.prob, i.cvar_budget.alpha)
        if i.chance_budget is not None and self._reached(totals, i.chance_budget.prob) > i.chance_budget.limit:
            found = found + self.budget_weight * _tail(totals, i.prob, min(i.chance_budget.prob, 0.99))
        return np.asarray(found, dtype=np.float64)

    def risk(self, totals: Floats) -> Floats:
        """[scenario]: the slope of the objective alone."""
        i = self.instance
        return np.asarray((1 - i.risk_weight) * i.prob + i.risk_weight * _tail(totals, i.prob, i.alpha), dtype=np.float64)

    def _order(self, terms: Terms) -> Order:
        """Places in the order in which new children of each lot try them, none dearer than out of area."""
        offers, net = len(net_lot := self.net.lot), self.net
        i, kind = np.divmod(np.arange(offers * 4), 4)
        keep = self.takes[i] & ((kind == 3) | (np.concatenate([terms.caps, np.ones((offers, 1), np.int64)], axis=1)[i, kind] > 0))
        builds = np.arange(len(net.build_lot))[terms.builds > 0]
        lot = np.concatenate([net_lot[i[keep]], net.build_lot[builds]])
        price = np.concatenate([terms.price[i[keep], kind[keep]], net.build_cost[builds]])
        who, what = np.concatenate([i[keep], -1 - builds]), np.concatenate([kind[keep], np.zeros(len(builds), np.int64)])
        best = np.lexsort((price, lot))
        best = best[price[best] <= net.over[lot[best]]]
        start = np.searchsorted(lot[best], np.arange(len(net.over) + 1))
        return Order(start.astype(np.int64), who[best], what[best], self.by_price(terms))

    @staticmethod
    def by_price(terms: Terms) -> Ints:
        """[offer, 3]: the kinds of guaranteed place, the cheapest to use first."""
        return np.argsort(terms.price[:, :3], axis=1, kind="stable").astype(np.int64)

    def seats(self, plan: Plan, p: int) -> bool:
        """Whether children who stay at provider p always have room beside the places that a plan guarantees there."""
        mine = self._mine[p]
        held = np.array([plan.block[i] + plan.flex[i] for i in mine], dtype=np.int64)
        return bool((np.maximum(self.facts.stay[:, mine], held).sum(axis=1) <= self.instance.providers[p].capacity).all())

    def mend(self, plan: Plan) -> Plan:
        """The plan with fewer places where children who stay would have no room; down to contracts that run where need be."""
        block, flex = list(plan.block), list(plan.flex)
        for p, mine in enumerate(self._mine):
            while not self.seats(Plan(tuple(block), tuple(flex), plan.builds), p):
                spare = [block[i] - max(int(self.facts.stay[:, i].min()), self.instance.offers[i].min_block) for i in mine]
                i = mine[int(np.argmax(spare))] if mine else -1
                if i < 0 or max(spare) <= 0:
                    for k in mine:
                        block[k], flex[k] = self.instance.offers[k].min_block, 0
                    break
                block[i], flex[i] = block[i] - 1, 0
            least = min((tier.min for tier in self.instance.providers[p].tiers), default=0)
            if sum(block[i] for i in mine) < least:
                for k in mine:
                    block[k], flex[k] = self.instance.offers[k].min_block, 0
        return Plan(tuple(block), tuple(flex), plan.builds)


def _tail(totals: Floats, prob: Floats, alpha: float) -> Floats:
    """[scenario]: weights that make the mean of the worst 1 − alpha of these totals."""
    left, found = 1 - alpha, np.zeros(len(prob))
    for s in np.argsort(-totals, kind="stable"):
        found[s] = min(left, float(prob[s]))
        left -= found[s]
        if left <= 0:
            break
    return np.asarray(found / found.sum(), dtype=np.float64)


def _net(instance: Instance) -> Net:
    lot, provider = (np.array([getattr(o, name) for o in instance.offers], dtype=np.int64) for name in ("lot", "provider"))
    lists = [(np.searchsorted(np.sort(of), np.arange(many + 1)), np.argsort(of, kind="stable")) for of, many in _groups(instance, lot, provider)]
    (lot_start, lot_offers), (provider_start, provider_offers) = lists
    return Net(
        lot, provider, np.array([o.may_take for o in instance.offers], dtype=np.int64), lot_start, lot_offers, provider_start, provider_offers,
        np.array([n.over_price for n in instance.lots]), np.array([b.lot for b in instance.builds], dtype=np.int64),
        np.array([b.unit_cost for b in instance.builds], dtype=np.float64),
    )  # fmt: skip


def _groups(instance: Instance, lot: Ints, provider: Ints) -> tuple[tuple[Ints, int], tuple[Ints, int]]:
    return (lot, len(instance.lots)), (provider, len(instance.providers))
