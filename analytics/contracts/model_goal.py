"""The goal and the budgets of the model: expected cost, the worst futures, and limits on both."""

from __future__ import annotations

from typing import Any

from analytics.contracts.draft import THOUSAND, Aim, Draft, Terms, summed
from analytics.contracts.evaluate import BUDGET_TOLERANCE_GBP
from analytics.contracts.problem import Instance


def goal(draft: Draft, totals: list[Any], aim: Aim) -> None:
    instance, weight = draft.instance, draft.instance.risk_weight
    if instance.cvar_budget is not None and aim != "cvar_budget":
        limit = (instance.cvar_budget.limit + BUDGET_TOLERANCE_GBP) / THOUSAND
        draft.rule("budget_for_the_worst_futures", _cvar(draft, totals, instance.cvar_budget.alpha, "_in_budget"), "<=", limit)
    if instance.chance_budget is not None:
        _chance(draft, totals, aim)
    if aim == "chance_budget":
        return
    if aim == "cvar_budget" and instance.cvar_budget is not None:
        draft.problem.setObjective(summed(_cvar(draft, totals, instance.cvar_budget.alpha, "_in_budget")))
        return
    terms: Terms = [(cost, (1 - weight) * float(prob)) for cost, prob in zip(totals, instance.prob, strict=True)] if weight < 1 else []
    if weight > 0:
        terms += [(v, weight * c) for v, c in _cvar(draft, totals, instance.alpha, "")]
    draft.problem.setObjective(summed(terms))


def _cvar(draft: Draft, totals: list[Any], alpha: float, suffix: str) -> Terms:
    threshold = draft.amount(f"cost_that_the_worst_futures_exceed{suffix}", None, None)
    terms: Terms = [(threshold, 1.0)]
    for s, (cost, prob) in enumerate(zip(totals, draft.instance.prob, strict=True)):
        if prob <= 0:
            continue
        over = draft.amount(f"excess_in_scenario_{s + 1}{suffix}")
        draft.rule(f"excess_over_threshold_in_scenario_{s + 1}{suffix}", [(over, 1.0), (cost, -1.0), (threshold, 1.0)], ">=", 0)
        terms.append((over, float(prob) / (1 - alpha)))
    return terms


def _chance(draft: Draft, totals: list[Any], aim: Aim) -> None:
    budget, instance = draft.instance.chance_budget, draft.instance
    assert budget is not None  # noqa: S101 - asked by the caller
    limit: Any = (budget.limit + BUDGET_TOLERANCE_GBP) / THOUSAND
    raised: Terms = []
    if aim == "chance_budget":
        extra = draft.amount("pounds_over_the_chance_budget")
        draft.problem.setObjective(summed([(extra, 1.0)]))
        raised = [(extra, -1.0)]
    kept: Terms = []
    for s, (cost, prob) in enumerate(zip(totals, instance.prob, strict=True)):
        w = draft.whole(f"within_budget_in_scenario_{s + 1}", 1)
        slack = max(dearest(instance, s) / THOUSAND - limit, 0.0)
        draft.rule(f"budget_kept_in_scenario_{s + 1}", [(cost, 1.0), (w, slack), *raised], "<=", limit + slack)
        kept.append((w, float(prob)))
    draft.rule("budget_kept_with_the_chance_asked_for", kept, ">=", budget.prob - 1e-9)


def dearest(instance: Instance, s: int) -> float:
    """A cost that no sensible plan exceeds in this scenario."""
    weight = instance.discount_factor * instance.price_level
    flat = float(instance.discount_factor.sum())
    held = sum(o.max_block * o.list + o.max_flex * o.flex_fee for o in instance.offers if o.may_take) * float(weight.sum())
    fees = (sum(p.fixed for p in instance.providers) + sum(b.capital for b in instance.builds)) * flat
    top = max([lot.over_price for lot in instance.lots] + [o.list for o in instance.offers] + [b.unit_cost for b in instance.builds])
    children = instance.demand[s].sum(axis=1) + instance.existing[s].sum(axis=1)
    return float(held + fees + top * (weight @ children))
