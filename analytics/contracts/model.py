"""The problem in PuLP: variables, objective and constraints, each named in words.

Two formulations of the same problem, so that two engines do not repeat one mistake:

* by_tier: every use of a block place is a variable; tiers cover separate ranges of the blocked total.
* pooled: uses of fully charged blocks are left out and each lot has a void instead; tiers overlap and the cheapest is chosen.

MODEL 4 gives both; docs/contracts.md says why the pooled form is exact. Money is in thousands of pounds, for the engines' tolerances.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analytics.contracts.evaluate import BUDGET_TOLERANCE_GBP
from analytics.contracts.problem import Instance, Offer, Plan

if TYPE_CHECKING:
    import pulp

Form = Literal["by_tier", "pooled"]
Aim = Literal["objective", "cvar_budget", "chance_budget"]
THOUSAND = 1000.0
Terms = list[tuple[Any, float]]


@dataclass(frozen=True)
class Model:
    """A built problem and where its first stage stands. `block[i]` are the variables that add up to an offer's blocked places."""

    problem: pulp.LpProblem
    form: Form
    block: dict[int, list[pulp.LpVariable]]
    flex: dict[int, list[pulp.LpVariable]]
    builds: list[pulp.LpVariable]

    def plan(self, instance: Instance, value: dict[str, float]) -> Plan:
        """The first stage in a solution given by variable name, rounded to whole places."""

        def total(found: dict[int, list[pulp.LpVariable]], i: int) -> int:
            return round(sum(value.get(v.name, 0.0) for v in found.get(i, [])))

        offers = range(len(instance.offers))
        builds = tuple(round(value.get(v.name, 0.0)) for v in self.builds)
        return Plan(tuple(total(self.block, i) for i in offers), tuple(total(self.flex, i) for i in offers), builds)


def build(instance: Instance, form: Form, aim: Aim = "objective") -> Model:
    """The whole problem as a PuLP model. `aim` other than the objective asks how low that budget's measure can be brought."""
    return _Builder(instance, form, aim).build()


class _Builder:
    def __init__(self, instance: Instance, form: Form, aim: Aim) -> None:
        import pulp

        self.pulp, self.instance, self.form, self.aim = pulp, instance, form, aim
        self.problem = pulp.LpProblem("block_contracts_against_spot", pulp.LpMinimize)
        self.words = _words(instance)
        self.weight = instance.discount_factor * instance.price_level / THOUSAND
        self.flat = float(instance.discount_factor.sum()) / THOUSAND
        self.block: dict[int, list[Any]] = {}
        self.flex: dict[int, list[Any]] = {}
        self.tiers: dict[int, list[tuple[Any, Any, float]]] = {}  # offer: (blocked, charged, discount) by tier
        self.held: dict[int, Terms] = defaultdict(list)  # provider: blocked and reserved places
        self.shared: Terms = []  # cost whatever happens

    def build(self) -> Model:
        instance = self.instance
        for p in range(len(instance.providers)):
            self._contract(p)
        self.builds = [self._whole(f"build_project_{j + 1}", 1) for j in range(len(instance.builds))]
        self.shared += [(y, build.capital * self.flat) for y, build in zip(self.builds, instance.builds, strict=True)]
        totals = [self._scenario(s) for s in range(len(instance.prob))]
        self._objective(totals)
        return Model(self.problem, self.form, self.block, self.flex, self.builds)

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _whole(self, name: str, most: int) -> Any:
        return self.pulp.LpVariable(name, 0, most, cat="Integer")

    def _amount(self, name: str, most: float | None = None, least: float | None = 0.0) -> Any:
        return self.pulp.LpVariable(name, least, most)

    def _rule(self, name: str, terms: Terms, sense: str, right: float) -> None:
        senses = {"<=": self.pulp.LpConstraintLE, ">=": self.pulp.LpConstraintGE, "=": self.pulp.LpConstraintEQ}
        self.problem.addConstraint(self.pulp.LpConstraint(self._sum(terms), senses[sense], name, right))

    def _sum(self, terms: Terms) -> Any:
        """The terms as one expression; PuLP keeps only the last coefficient of a variable that stands there twice."""
        merged: dict[Any, float] = defaultdict(float)
        for variable, coefficient in terms:
            merged[variable] += coefficient
        return self.pulp.LpAffineExpression(list(merged.items()))

    # -- first stage -----------------------------------------------------------------------------------------------

    def _contract(self, p: int) -> None:
        """Tier choice, blocked and reserved places of one provider."""
        instance, provider, word = self.instance, self.instance.providers[p], self.words["provider", p]
        offers = [i for i in instance.offers_of(p) if instance.offers[i].may_take]
        limit = min(provider.capacity, provider.capacity if instance.share_limit is None else instance.share_limit)
        most = min(limit, sum(instance.offers[i].max_block for i in offers))
        tiers = [tier for tier in provider.tiers if tier.min <= most]
        if not tiers or not any(instance.offers[i].max_block + instance.offers[i].max_flex for i in offers):
            return
        chosen = []
        for k, tier in enumerate(tiers):
            above = tiers[k + 1].min - 1 if k + 1 < len(tiers) and self.form == "by_tier" else most
            z = self._whole(f"tier_{tier.min}_or_more_at_{word}", 1)
            chosen.append((z, 1.0))
            blocked = [self._blocked(i, tier.min, tier.disc, z, min(above, most)) for i in offers]
            total: Terms = [(b, 1.0) for b in blocked if b is not None]
            self._rule(f"smallest_block_of_tier_{tier.min}_at_{word}", [*total, (z, -float(tier.min))], ">=", 0)
            if self.form == "by_tier":
                reserved = [(f, 1.0) for i in offers if (f := self._reserved(i, f"_with_tier_{tier.min}", z)) is not None]
                self._rule(f"largest_block_of_tier_{tier.min}_at_{word}", [*total, (z, -float(above))], "<=", 0)
                self._rule(f"largest_contract_with_tier_{tier.min}_at_{word}", [*total, *reserved, (z, -float(limit))], "<=", 0)
            self.shared.append((z, provider.fixed * self.flat))
        if self.form == "pooled":
            self._reserve_under_any_tier(p, offers, chosen)
        self._rule(f"one_tier_at_{word}", chosen, "<=", 1)
        self.held[p] = [(v, 1.0) for i in offers for v in self.block.get(i, []) + self.flex.get(i, [])]
        if instance.share_limit is not None:
            self._rule(f"share_limit_at_{word}", self.held[p], "<=", instance.share_limit)

    def _blocked(self, i: int, least: int, disc: float, z: Any, above: int) -> Any:
        """Blocked places of one offer under one tier, with what is charged for them even when empty."""
        offer, word = self.instance.offers[i], self.words["offer", i]
        most = min(offer.max_block, above)
        if most <= 0:
            return None
        name = f"blocked_at_{word}_under_tier_{least}"
        b = self._whole(name, most)
        self._rule(f"largest_{name}", [(b, 1.0), (z, -float(most))], "<=", 0)
        charged = b
        if offer.min_occupancy < 1:
            charged = self._whole(f"charged_{name}", most)
            self._rule(f"minimum_occupancy_{name}", [(charged, 1.0), (b, -offer.min_occupancy)], ">=", -1e-9)
        price = offer.list * (1 - disc)
        if self.form == "by_tier" or _fully_charged(offer):
            self.shared.append((charged, offer.void_share * price * float(self.weight.sum())))
        self.block.setdefault(i, []).append(b)
        self.tiers.setdefault(i, []).append((b, charged, disc))
        return b

    def _reserved(self, i: int, suffix: str, z: Any | None) -> Any:
        """Reserved (flex) places of one offer, with their fee."""
        offer = self.instance.offers[i]
        if offer.max_flex <= 0:
            return None
        name = f"reserved_at_{self.words['offer', i]}{suffix}"
        f = self._whole(name, offer.max_flex)
        if z is not None:
            self._rule(f"largest_{name}", [(f, 1.0), (z, -float(offer.max_flex))], "<=", 0)
        self.shared.append((f, offer.flex_fee * float(self.weight.sum())))
        self.flex.setdefault(i, []).append(f)
        return f

    def _reserve_under_any_tier(self, p: int, offers: list[int], chosen: Terms) -> None:
        for i in offers:
            f = self._reserved(i, "", None)
            if f is not None:
                most = -float(self.instance.offers[i].max_flex)
                self._rule(f"reserve_needs_a_contract_at_{self.words['offer', i]}", [(f, 1.0), *((z, most) for z, _ in chosen)], "<=", 0)

    # -- recourse --------------------------------------------------------------------------------------------------

    def _scenario(self, s: int) -> Any:
        """Every year of one scenario; returns the variable that holds its total cost."""
        costs: Terms = list(self.shared)
        for t in range(self.instance.years):
            costs += self._year(s, t)
        total = self._amount(f"cost_in_scenario_{s + 1}", None, None)
        self._rule(f"cost_adds_up_in_scenario_{s + 1}", [*costs, (total, -1.0)], "=", 0)
        return total

    def _year(self, s: int, t: int) -> Terms:
        instance, when, weight = self.instance, f"year_{t}_scenario_{s + 1}", float(self.weight[t])
        costs: Terms = []
        spot: dict[int, Terms] = defaultdict(list)
        staying: dict[int, int] = defaultdict(int)
        for lot in range(len(instance.lots)):
            word = self.words["lot", lot]
            away = self._amount(f"out_of_area_{word}_{when}")
            placed: Terms = [(away, 1.0)]
            costs.append((away, weight * instance.lots[lot].over_price))
            children, voided = int(instance.demand[s, t, lot]), False
            for i in instance.offers_in(lot):
                offer, stay = instance.offers[i], int(instance.existing[s, t, i])
                if not offer.may_take:  # children who stay keep their spot place; nobody else comes
                    staying[offer.provider] += stay
                    costs.append((self._fixed_one(), weight * offer.list * stay))
                    continue
                children += stay
                terms, x, pooled = self._offer(i, s, t, when, costs)
                placed += terms
                voided |= pooled
                spot[offer.provider].append((x, 1.0))
            for j, build in enumerate(instance.builds):
                if build.lot == lot and t >= build.from_year:
                    m = self._amount(f"in_build_{j + 1}_{when}", build.places)
                    self._rule(f"places_of_build_{j + 1}_{when}", [(m, 1.0), (self.builds[j], -float(build.places))], "<=", 0)
                    placed.append((m, 1.0))
                    costs.append((m, weight * build.unit_cost))
            if voided:
                placed.append((self._amount(f"void_{word}_{when}"), -1.0))
            self._rule(f"every_child_placed_{word}_{when}", placed, "=", children)
        for p, provider in enumerate(instance.providers):
            if spot[p] or self.held[p] or staying[p]:
                name = f"capacity_of_{self.words['provider', p]}_{when}"
                self._rule(name, [*spot[p], *self.held[p], (self._fixed_one(), 0.0)], "<=", provider.capacity - staying[p])
        return costs

    def _offer(self, i: int, s: int, t: int, when: str, costs: Terms) -> tuple[Terms, Any, bool]:
        """Spot, call-off and block places of one offer: (terms of its lot's balance, spot variable, is its block pooled)."""
        instance, offer, word, weight = self.instance, self.instance.offers[i], self.words["offer", i], float(self.weight[t])
        stay = int(instance.existing[s, t, i])
        x = self._amount(f"spot_at_{word}_{when}", None if offer.spot_open[s] else stay)
        costs.append((x, weight * offer.list))
        terms: Terms = [(x, 1.0)]
        if self.flex.get(i):
            c = self._amount(f"called_off_at_{word}_{when}")
            self._rule(f"call_off_within_reserve_at_{word}_{when}", [(c, 1.0), *((f, -1.0) for f in self.flex[i])], "<=", 0)
            costs.append((c, weight * offer.call_off))
            terms.append((c, 1.0))
        pooled = self.form == "pooled" and _fully_charged(offer) and bool(self.block.get(i))
        if pooled:
            terms += [(b, 1.0) for b in self.block[i]]
        elif self.block.get(i):
            terms += self._used(i, t, when, costs)
        if stay:
            self._rule(f"children_stay_at_{word}_{when}", terms, ">=", stay)
        return terms, x, pooled

    def _used(self, i: int, t: int, when: str, costs: Terms) -> Terms:
        """Used block places of one offer; by tier when using one costs something, since the price depends on the tier."""
        offer, word, weight = self.instance.offers[i], self.words["offer", i], float(self.weight[t])
        if _fully_charged(offer):
            u = self._amount(f"used_at_{word}_{when}")
            self._rule(f"use_within_block_at_{word}_{when}", [(u, 1.0), *((b, -1.0) for b in self.block[i])], "<=", 0)
            return [(u, 1.0)]
        terms: Terms = []
        for k, (b, charged, disc) in enumerate(self.tiers[i]):
            name, price = f"tier_{k + 1}_block_at_{word}_{when}", weight * offer.list * (1 - disc)
            u = self._amount(f"used_of_{name}")
            terms.append((u, 1.0))
            self._rule(f"use_within_{name}", [(u, 1.0), (b, -1.0)], "<=", 0)
            if self.form == "pooled":  # pay for what is used, and for what is charged and empty
                w = self._amount(f"empty_of_{name}")
                self._rule(f"empty_places_of_{name}", [(w, 1.0), (u, 1.0), (charged, -1.0)], ">=", 0)
                costs += [(u, price), (w, offer.void_share * price)]
            else:  # the charge is paid already; a charged place costs the rest when used
                w = self._amount(f"charged_and_used_of_{name}")
                self._rule(f"charged_within_{name}", [(w, 1.0), (charged, -1.0)], "<=", 0)
                self._rule(f"charged_is_used_{name}", [(w, 1.0), (u, -1.0)], "<=", 0)
                costs += [(u, price), (w, -offer.void_share * price)]
        return terms

    def _fixed_one(self) -> Any:
        """A variable that is always 1, to carry costs that do not depend on the plan."""
        if not hasattr(self, "_one"):
            self._one = self.pulp.LpVariable("costs_that_do_not_depend_on_the_plan", 1, 1)
        return self._one

    # -- objective and budgets -------------------------------------------------------------------------------------

    def _objective(self, totals: list[Any]) -> None:
        instance, weight = self.instance, self.instance.risk_weight
        if instance.cvar_budget is not None and self.aim != "cvar_budget":
            limit = (instance.cvar_budget.limit + BUDGET_TOLERANCE_GBP) / THOUSAND
            self._rule("budget_for_the_worst_futures", self._cvar(totals, instance.cvar_budget.alpha, "_in_budget"), "<=", limit)
        if instance.chance_budget is not None:
            self._chance(totals)
        if self.aim == "chance_budget":
            return
        if self.aim == "cvar_budget" and instance.cvar_budget is not None:
            self.problem.setObjective(self._sum(self._cvar(totals, instance.cvar_budget.alpha, "_in_budget")))
            return
        terms: Terms = [(total, (1 - weight) * float(prob)) for total, prob in zip(totals, instance.prob, strict=True)] if weight < 1 else []
        if weight > 0:
            terms += [(v, weight * c) for v, c in self._cvar(totals, instance.alpha, "")]
        self.problem.setObjective(self._sum(terms))

    def _cvar(self, totals: list[Any], alpha: float, suffix: str) -> Terms:
        threshold = self._amount(f"cost_that_the_worst_futures_exceed{suffix}", None, None)
        terms: Terms = [(threshold, 1.0)]
        for s, (total, prob) in enumerate(zip(totals, self.instance.prob, strict=True)):
            if prob <= 0:
                continue
            over = self._amount(f"excess_in_scenario_{s + 1}{suffix}")
            self._rule(f"excess_over_threshold_in_scenario_{s + 1}{suffix}", [(over, 1.0), (total, -1.0), (threshold, 1.0)], ">=", 0)
            terms.append((over, float(prob) / (1 - alpha)))
        return terms

    def _chance(self, totals: list[Any]) -> None:
        budget, instance = self.instance.chance_budget, self.instance
        assert budget is not None  # noqa: S101 - asked by the caller
        limit: Any = (budget.limit + BUDGET_TOLERANCE_GBP) / THOUSAND
        raised: Terms = []
        if self.aim == "chance_budget":
            extra = self._amount("pounds_over_the_chance_budget")
            self.problem.setObjective(self._sum([(extra, 1.0)]))
            raised = [(extra, -1.0)]
        kept: Terms = []
        for s, (total, prob) in enumerate(zip(totals, instance.prob, strict=True)):
            w = self._whole(f"within_budget_in_scenario_{s + 1}", 1)
            slack = max(dearest(instance, s) / THOUSAND - limit, 0.0)
            self._rule(f"budget_kept_in_scenario_{s + 1}", [(total, 1.0), (w, slack), *raised], "<=", limit + slack)
            kept.append((w, float(prob)))
        self._rule("budget_kept_with_the_chance_asked_for", kept, ">=", budget.prob - 1e-9)


def _fully_charged(offer: Offer) -> bool:
    """An empty place costs as much as a full one, so its use does not matter to cost."""
    return offer.void_share == 1 and offer.min_occupancy == 1


def dearest(instance: Instance, s: int) -> float:
    """A cost that no sensible plan exceeds in this scenario."""
    weight = instance.discount_factor * instance.price_level
    flat = float(instance.discount_factor.sum())
    held = sum(o.max_block * o.list + o.max_flex * o.flex_fee for o in instance.offers if o.may_take) * float(weight.sum())
    fees = (sum(p.fixed for p in instance.providers) + sum(b.capital for b in instance.builds)) * flat
    top = max([lot.over_price for lot in instance.lots] + [o.list for o in instance.offers] + [b.unit_cost for b in instance.builds])
    children = instance.demand[s].sum(axis=1) + instance.existing[s].sum(axis=1)
    return float(held + fees + top * (weight @ children))


def _words(instance: Instance) -> dict[tuple[str, int], str]:
    """Names for providers, lots and offers that every file format takes; numbered where they would clash."""
    found: dict[tuple[str, int], str] = {}
    things = [("provider", p.id) for p in instance.providers], [("lot", lot.id) for lot in instance.lots]
    for group in things:
        used: set[str] = set()
        for n, (kind, name) in enumerate(group):
            word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:40] or f"{kind}_{n + 1}"
            found[kind, n] = word if word not in used else f"{word}_{n + 1}"
            used.add(found[kind, n])
    for i, offer in enumerate(instance.offers):
        found["offer", i] = f"{found['provider', offer.provider]}_{found['lot', offer.lot]}"
    return found
