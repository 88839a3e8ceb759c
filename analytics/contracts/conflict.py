"""When rules contradict each other: the smallest set that does, and the cheapest single relaxation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analytics.contracts import engines, model
from analytics.contracts.evaluate import cost, cvar
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.search import Judge, improve
from analytics.figures import format_value
from data.errors import NoFeasibleAnswer

CVAR, CHANCE = "budget for the worst futures (CVaR)", "budget to be kept with a given chance"
PLACED, SHARE, QUALITY = "every new child is placed", "share limit", "quality floor"
LARGEST, RUNNING = "largest blocks", "contracts that run already"
SEARCH_SECONDS = 5.0  # one question of the search, at most
TOTAL_SECONDS = 20.0


class RulesConflict(NoFeasibleAnswer):
    """No plan keeps all rules. `conflict`: rules that cannot hold together; `relax`: rule, by (places, pounds or points), cost_gbp; or None."""

    def __init__(self, message: str, conflict: list[str], relax: dict[str, Any] | None) -> None:
        super().__init__(message)
        self.conflict, self.relax = conflict, relax

    def to_json(self) -> dict[str, Any]:
        """The document for exit 4 (docs/contracts.md)."""
        return {"infeasible": {"conflict": self.conflict, "relax": self.relax}}


@dataclass(frozen=True)
class Rule:
    """A rule that could be lifted. `lift(n)`: the instance with the rule eased by n; `most`: the n at which it is gone."""

    name: str
    lift: Callable[[float], Instance]
    most: float
    whole: bool = True


def refuse(instance: Instance, until: float, known: list[Plan], proven: bool = True) -> RulesConflict:
    """The error that names the conflict, for an instance without a feasible plan. `known`: plans already costed, none of which is allowed."""
    short = np.maximum(_stay_by_provider(instance) - np.array([p.capacity for p in instance.providers], dtype=np.int64), 0)
    if short.any():
        return _no_room(instance, [int(n) for n in short])
    names = [name for name, budget in ((CVAR, instance.cvar_budget), (CHANCE, instance.chance_budget)) if budget is not None]
    if not proven:
        sentence = "No plan that keeps the rules was found in the time given, and it is not proven that there is none. Allow more time or ease a budget."
        return RulesConflict(sentence, [*names, PLACED], None)
    end = max(until, time.monotonic() + TOTAL_SECONDS / 2)
    rules = _rules(instance)
    conflict = _smallest(instance, rules, end)
    relax = _cheapest(instance, [rule for rule in rules if rule.name in conflict], known, end)
    sentence = f"No plan keeps these rules together: {'; '.join(conflict)}."
    if relax is not None:
        unit = "gbp" if relax["rule"] in (CVAR, CHANCE) else "points" if relax["rule"] == QUALITY else "places"
        eased = format_value(relax["by"], unit) + ("" if unit == "gbp" else f" {unit if relax['by'] != 1 else unit[:-1]}")
        sentence += f" The cheapest single way out: ease the {relax['rule']} by {eased}; the best plan then costs {format_value(relax['cost_gbp'], 'gbp')}."
    return RulesConflict(sentence, conflict, relax)


def _stay_by_provider(instance: Instance) -> Any:
    """[provider]: most children who stay in any scenario-year."""
    most = np.zeros(len(instance.providers), dtype=np.int64)
    for p in range(len(instance.providers)):
        most[p] = instance.existing[:, :, instance.offers_of(p)].sum(axis=2).max() if instance.offers_of(p) else 0
    return most


def _no_room(instance: Instance, short: list[int]) -> RulesConflict:
    """Children who stay outnumber the places somewhere: no budget or contract can mend that."""
    where = [p for p, n in enumerate(short) if n]
    names = [instance.providers[p].id for p in where]
    first = where[0]
    conflict = [f"children who stay at {names[0]} keep their place", f"capacity of {names[0]}"]
    eased = replace(instance, providers=tuple(replace(p, capacity=p.capacity + n) for p, n in zip(instance.providers, short, strict=True)))
    found = _best(eased, SEARCH_SECONDS)
    rule = " and ".join(f"capacity of {name}" for name in names)
    relax = None if found is None else {"rule": rule, "by": sum(short), "cost_gbp": found}
    sentence = f"{names[0]} has {instance.providers[first].capacity} places, {short[first]} fewer than the children who stay there."
    if len(names) > 1:
        sentence += f" The same holds at {', '.join(names[1:])}."
    return RulesConflict(sentence, conflict, relax)


def _rules(instance: Instance) -> list[Rule]:
    """The rules that could be lifted, those that a person would doubt last first."""
    found = [Rule(LARGEST, lambda n: _larger_blocks(instance, int(n)), float(max((p.capacity for p in instance.providers), default=0)))]
    running = max((o.min_block for o in instance.offers), default=0)
    if running:
        found.append(Rule(RUNNING, lambda n: _shorter_contracts(instance, int(n)), float(running)))
    held = _stay_by_provider(instance) + int(instance.demand.sum(axis=2).max(initial=0))
    for p, provider in enumerate(instance.providers):
        most = float(held[p] + sum(instance.offers[i].max_block for i in instance.offers_of(p)))
        found.append(Rule(f"capacity of {provider.id}", lambda n, p=p: _more_capacity(instance, p, int(n)), most))  # type: ignore[misc]
    if instance.share_limit is not None:
        limit = instance.share_limit
        most = float(max((p.capacity for p in instance.providers), default=0))
        found.append(Rule(SHARE, lambda n: replace(instance, share_limit=limit + int(n)), most))
    if instance.min_quality is not None:
        drop = instance.min_quality - min((p.quality for p in instance.providers), default=instance.min_quality)
        found.append(Rule(QUALITY, lambda n: _lower_floor(instance, n), max(drop, 0.0), whole=False))
    if instance.chance_budget is not None:
        chance = instance.chance_budget
        found.append(Rule(CHANCE, lambda n: replace(instance, chance_budget=replace(chance, limit=chance.limit + n)), math.inf, whole=False))
    if instance.cvar_budget is not None:
        tail = instance.cvar_budget
        found.append(Rule(CVAR, lambda n: replace(instance, cvar_budget=replace(tail, limit=tail.limit + n)), math.inf, whole=False))
    return found


def _larger_blocks(instance: Instance, n: int) -> Instance:
    return replace(instance, offers=tuple(replace(o, max_block=o.max_block + n) for o in instance.offers))


def _shorter_contracts(instance: Instance, n: int) -> Instance:
    return replace(instance, offers=tuple(replace(o, min_block=max(o.min_block - n, 0)) for o in instance.offers))


def _more_capacity(instance: Instance, p: int, n: int) -> Instance:
    providers = tuple(replace(x, capacity=x.capacity + (n if k == p else 0)) for k, x in enumerate(instance.providers))
    return replace(instance, providers=providers)


def _lower_floor(instance: Instance, drop: float) -> Instance:
    floor = (instance.min_quality or 0.0) - drop - 1e-9
    offers = tuple(replace(o, may_take=o.eligible and instance.providers[o.provider].quality >= floor) for o in instance.offers)
    return replace(instance, offers=offers)


def _without(instance: Instance, rules: list[Rule]) -> Instance:
    """The instance with all these rules lifted."""
    found = instance
    for rule in rules:
        eased = rule.lift(rule.most if math.isfinite(rule.most) else 0.0)
        if rule.name == CVAR:
            found = replace(found, cvar_budget=None)
        elif rule.name == CHANCE:
            found = replace(found, chance_budget=None)
        elif rule.name == SHARE:
            found = replace(found, share_limit=None)
        elif rule.name == QUALITY:
            found = replace(found, offers=tuple(replace(o, may_take=e.may_take) for o, e in zip(found.offers, eased.offers, strict=True)))
        elif rule.name in (LARGEST, RUNNING):
            pairs = zip(found.offers, eased.offers, strict=True)
            found = replace(found, offers=tuple(replace(o, min_block=min(o.min_block, e.min_block), max_block=max(o.max_block, e.max_block)) for o, e in pairs))
        else:
            sizes = [max(p.capacity, e.capacity) for p, e in zip(found.providers, eased.providers, strict=True)]
            found = replace(found, providers=tuple(replace(p, capacity=n) for p, n in zip(found.providers, sizes, strict=True)))
    return found


def _smallest(instance: Instance, rules: list[Rule], end: float) -> list[str]:
    """Deletion filter: a rule whose lifting leaves the rest contradictory is no part of the conflict (Chinneck 2008)."""
    budgets = [rule for rule in rules if rule.name in (CVAR, CHANCE)]
    others = [rule for rule in rules if rule not in budgets]
    lifted: list[Rule] = []
    if others and _impossible(_without(instance, others)):
        lifted = list(others)  # the budgets alone contradict the children to be placed
    for rule in [*([] if lifted else others), *budgets]:
        if len(lifted) + 1 < len(rules) and time.monotonic() < end and _impossible(_without(instance, [*lifted, rule])):
            lifted.append(rule)
    empty = _without(replace(instance, demand=np.zeros_like(instance.demand)), lifted)
    kept = [rule.name for rule in rules if rule not in lifted]
    return kept if time.monotonic() < end and _impossible(empty) else [*kept, PLACED]


def _cheapest(instance: Instance, rules: list[Rule], known: list[Plan], end: float) -> dict[str, Any] | None:
    """Of the rules that one can ease alone, the one whose best plan costs least."""
    found = []
    for rule in rules:
        step = _least(instance, rule, known, end)
        total = None if step is None else _best(rule.lift(step), SEARCH_SECONDS)
        if step is not None and total is not None:
            found.append({"rule": rule.name, "by": round(step, 2), "cost_gbp": total})
    return min(found, key=lambda way: float(str(way["cost_gbp"])), default=None)


def _least(instance: Instance, rule: Rule, known: list[Plan], end: float) -> float | None:
    """By how much a rule must be eased, alone, for a plan to exist; None if that does not help."""
    if rule.name in (CVAR, CHANCE):
        return _least_pounds(instance, rule, known)
    low, high = 0.0, rule.most
    if high <= 0 or _impossible(rule.lift(high)):
        return None
    if rule.name == QUALITY:
        steps = sorted({(instance.min_quality or 0.0) - p.quality for p in instance.providers if not p.may_contract})
        return next((step for step in steps if not _impossible(rule.lift(step))), high)
    while high - low > 1 and time.monotonic() < end:
        middle = (low + high) // 2
        low, high = (low, middle) if not _impossible(rule.lift(middle)) else (middle, high)
    return high


def _least_pounds(instance: Instance, rule: Rule, known: list[Plan]) -> float | None:
    """The raise of a budget that a plan needs, up to the next penny, from exact costings of the plan an engine proposes and of those known."""
    proposed, _ = _nearest(instance, "cvar_budget" if rule.name == CVAR else "chance_budget")
    steps = []
    for plan in [*known, *([] if proposed is None else [proposed])]:
        step = _over(instance, rule, plan)
        if math.isfinite(step) and cost(rule.lift(step), plan).feasible:
            steps.append(step)
    return min(steps, default=None)


def _over(instance: Instance, rule: Rule, plan: Plan) -> float:
    """By how many pounds a plan breaks a budget."""
    total = cost(instance, plan).total_gbp
    if rule.name == CVAR and instance.cvar_budget is not None:
        over = cvar(total, instance.prob, instance.cvar_budget.alpha) - instance.cvar_budget.limit
    elif instance.chance_budget is not None:
        order = np.argsort(total, kind="stable")
        enough = int(np.argmax(np.cumsum(instance.prob[order]) >= instance.chance_budget.prob - 1e-9))
        over = float(total[order[enough]]) - instance.chance_budget.limit
    else:
        return math.inf
    return math.ceil(max(over, 0.0) * 100) / 100 if math.isfinite(over) else math.inf


def _nearest(instance: Instance, aim: model.Aim) -> tuple[Plan | None, bool]:
    """The plan that comes nearest to a budget under the other rules, and whether the engine finished."""
    asked = model.build(instance, "by_tier", aim)
    answer = engines.highs(engines.matrix(asked), SEARCH_SECONDS)
    return (asked.plan(instance, answer.value) if answer.value else None), answer.status != "stopped"


def _impossible(instance: Instance) -> bool:
    """Whether no plan keeps all rules; False also where that is not known, so that no rule is wrongly cleared."""
    aim: model.Aim = "objective"
    if instance.cvar_budget is not None or instance.chance_budget is not None:
        aim = "cvar_budget" if instance.cvar_budget is not None else "chance_budget"
    plan, finished = _nearest(instance, aim)
    return finished and (plan is None or not cost(instance, plan).feasible)


def _best(instance: Instance, seconds: float) -> float | None:
    """The cheapest objective found within a short time, in pounds."""
    asked, judge, until = model.build(instance, "by_tier"), Judge(instance), time.monotonic() + seconds
    judge.look(Plan.all_spot(instance))
    answer = engines.highs(engines.matrix(asked), seconds)
    if answer.value:
        judge.look(asked.plan(instance, answer.value))
    improve(judge, until)
    return None if judge.costing is None else round(judge.costing.objective, 2)
