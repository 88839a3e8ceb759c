"""The problem in PuLP: variables, objective and constraints, each named in words.

Two formulations of the same problem, so that two engines do not repeat one mistake:

* by_tier: every use of a block place is a variable; tiers cover separate ranges of the blocked total.
* pooled: uses of fully charged blocks are left out and each lot has a void instead; tiers overlap and the cheapest is chosen.

docs/contracts.md gives both and says why the pooled form is exact. This module holds the first stage; model_recourse has
the scenario-years and model_goal the objective and the budgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.contracts.draft import THOUSAND, Aim, Draft, Form, Terms, fully_charged, start
from analytics.contracts.model_goal import dearest, goal
from analytics.contracts.model_recourse import scenario
from analytics.contracts.problem import Instance, Plan

if TYPE_CHECKING:
    import pulp

__all__ = ["THOUSAND", "Aim", "Form", "Model", "build", "dearest"]


@dataclass(frozen=True)
class Model:
    """A built problem and where its first stage stands. `block[i]` are the variables that add up to an offer's blocked places."""

    problem: pulp.LpProblem
    form: Form
    block: dict[int, list[pulp.LpVariable]]
    flex: dict[int, list[pulp.LpVariable]]
    builds: list[pulp.LpVariable]
    rules: list[pulp.LpConstraint]

    def plan(self, instance: Instance, value: dict[str, float]) -> Plan:
        """The first stage in a solution given by variable name, rounded to whole places."""

        def total(found: dict[int, list[pulp.LpVariable]], i: int) -> int:
            return round(sum(value.get(v.name, 0.0) for v in found.get(i, [])))

        offers = range(len(instance.offers))
        builds = tuple(round(value.get(v.name, 0.0)) for v in self.builds)
        return Plan(tuple(total(self.block, i) for i in offers), tuple(total(self.flex, i) for i in offers), builds)


def build(instance: Instance, form: Form, aim: Aim = "objective") -> Model:
    """The whole problem as a PuLP model. `aim` other than the objective asks how low that budget's measure can be brought."""
    draft = start(instance, form)
    for p in range(len(instance.providers)):
        _contract(draft, p)
    draft.builds = [draft.whole(f"build_project_{j + 1}", 1) for j in range(len(instance.builds))]
    draft.shared += [(y, project.capital * draft.flat) for y, project in zip(draft.builds, instance.builds, strict=True)]
    goal(draft, [scenario(draft, s) for s in range(len(instance.prob))], aim)
    return Model(draft.problem, form, draft.block, draft.flex, draft.builds, draft.rules)


def _contract(draft: Draft, p: int) -> None:
    """Tier choice, blocked and reserved places of one provider."""
    instance, provider, word = draft.instance, draft.instance.providers[p], draft.words["provider", p]
    offers = [i for i in instance.offers_of(p) if instance.offers[i].may_take]
    limit = min(provider.capacity, provider.capacity if instance.share_limit is None else instance.share_limit)
    most = min(limit, sum(instance.offers[i].max_block for i in offers))
    tiers = [tier for tier in provider.tiers if tier.min <= most]
    if not tiers or not any(instance.offers[i].max_block + instance.offers[i].max_flex for i in offers):
        return
    chosen = []
    for k, tier in enumerate(tiers):
        above = tiers[k + 1].min - 1 if k + 1 < len(tiers) and draft.form == "by_tier" else most
        z = draft.whole(f"tier_{tier.min}_or_more_at_{word}", 1)
        chosen.append((z, 1.0))
        blocked = [_blocked(draft, i, tier.min, tier.disc, z, min(above, most)) for i in offers]
        total: Terms = [(b, 1.0) for b in blocked if b is not None]
        draft.rule(f"smallest_block_of_tier_{tier.min}_at_{word}", [*total, (z, -float(tier.min))], ">=", 0)
        if draft.form == "by_tier":
            reserved = [(f, 1.0) for i in offers if (f := _reserved(draft, i, f"_with_tier_{tier.min}", z)) is not None]
            draft.rule(f"largest_block_of_tier_{tier.min}_at_{word}", [*total, (z, -float(above))], "<=", 0)
            draft.rule(f"largest_contract_with_tier_{tier.min}_at_{word}", [*total, *reserved, (z, -float(limit))], "<=", 0)
        draft.shared.append((z, provider.fixed * draft.flat))
    if draft.form == "pooled":
        _reserve_under_any_tier(draft, p, offers, chosen)
    draft.rule(f"one_tier_at_{word}", chosen, "<=", 1)
    for i in offers:
        if draft.block.get(i) and instance.offers[i].min_block:
            draft.rule(f"contract_that_runs_at_{draft.words['offer', i]}", [(b, 1.0) for b in draft.block[i]], ">=", instance.offers[i].min_block)
    draft.held[p] = [(v, 1.0) for i in offers for v in draft.block.get(i, []) + draft.flex.get(i, [])]
    if instance.share_limit is not None:
        draft.rule(f"share_limit_at_{word}", draft.held[p], "<=", instance.share_limit)


def _blocked(draft: Draft, i: int, least: int, disc: float, z: Any, above: int) -> Any:
    """Blocked places of one offer under one tier, with what is charged for them even when empty."""
    offer, word = draft.instance.offers[i], draft.words["offer", i]
    most = min(offer.max_block, above)
    if most <= 0:
        return None
    name = f"blocked_at_{word}_under_tier_{least}"
    b = draft.whole(name, most)
    draft.rule(f"largest_{name}", [(b, 1.0), (z, -float(most))], "<=", 0)
    charged = b
    if offer.min_occupancy < 1:
        charged = draft.whole(f"charged_{name}", most)
        draft.rule(f"minimum_occupancy_{name}", [(charged, 1.0), (b, -offer.min_occupancy)], ">=", -1e-9)
    price = offer.list * (1 - disc)
    if draft.form == "by_tier" or fully_charged(offer):
        draft.shared.append((charged, offer.void_share * price * float(draft.weight.sum())))
    draft.block.setdefault(i, []).append(b)
    draft.tiers.setdefault(i, []).append((b, charged, disc))
    return b


def _reserved(draft: Draft, i: int, suffix: str, z: Any | None) -> Any:
    """Reserved (flex) places of one offer, with their fee."""
    offer = draft.instance.offers[i]
    if offer.max_flex <= 0:
        return None
    name = f"reserved_at_{draft.words['offer', i]}{suffix}"
    f = draft.whole(name, offer.max_flex)
    if z is not None:
        draft.rule(f"largest_{name}", [(f, 1.0), (z, -float(offer.max_flex))], "<=", 0)
    draft.shared.append((f, offer.flex_fee * float(draft.weight.sum())))
    draft.flex.setdefault(i, []).append(f)
    return f


def _reserve_under_any_tier(draft: Draft, p: int, offers: list[int], chosen: Terms) -> None:
    for i in offers:
        f = _reserved(draft, i, "", None)
        if f is not None:
            most = -float(draft.instance.offers[i].max_flex)
            draft.rule(f"reserve_needs_a_contract_at_{draft.words['offer', i]}", [(f, 1.0), *((z, most) for z, _ in chosen)], "<=", 0)
