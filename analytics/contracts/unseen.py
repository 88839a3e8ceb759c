"""What a plan costs in futures that it was not sized on: the answer to a plan that fits its own draws too well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analytics.contracts.build import Built, fresh_instance
from analytics.contracts.evaluate import cost, quantile
from analytics.contracts.evidence import Beside, beside
from analytics.contracts.instance import parse
from analytics.contracts.offers import PlanningData
from analytics.contracts.policy import Policy
from analytics.contracts.problem import Plan


def chosen_plan(instance: Mapping[str, Any], result: Mapping[str, Any]) -> Plan:
    """The plan of a result document, in the order of its instance's offers."""
    rows = {(b["provider"], b["lot"]): (int(b["block"]), int(b["flex"])) for b in result["blocks"]}
    places = [rows.get((o["provider"], o["lot"]), (0, 0)) for o in instance["offers"]]
    return Plan(tuple(block for block, _ in places), tuple(flex for _, flex in places), tuple(result["builds"]))


def in_and_out(data: PlanningData, policy: Policy, built: Built, result: Mapping[str, Any], draws: int = 3_000) -> tuple[Beside, Beside]:
    """The plan beside buying one by one in the futures it was sized on, and in so many fresh ones; both pairs share their futures."""
    blocks, plan = {(b["provider"], b["lot"]): b["block"] for b in result["blocks"]}, chosen_plan(built.instance, result)
    fresh = parse(fresh_instance(data, policy, built, blocks, draws))
    return beside(parse(built.instance), plan), beside(fresh, plan)


def unseen(data: PlanningData, policy: Policy, built: Built, result: Mapping[str, Any], draws: int = 1_000) -> dict[str, Any]:
    """The same plan and buying one by one in fresh draws (common random numbers): expected cost, spread and saving, £ discounted."""
    blocks = {(b["provider"], b["lot"]): b["block"] for b in result["blocks"]}
    fresh = parse(fresh_instance(data, policy, built, blocks, draws))
    plan = chosen_plan(built.instance, result)
    mine, spot = cost(fresh, plan), cost(fresh, Plan.all_spot(fresh))
    spread = {f"p{q}_gbp": quantile(mine.total_gbp, fresh.prob, q / 100) for q in (10, 50, 90)}
    saving = spot.expected_gbp - mine.expected_gbp if spot.recourse.served.all() else None
    return {"draws": len(fresh.prob), "expected_gbp": mine.expected_gbp, "cvar_gbp": mine.cvar_gbp, **spread, "saving_gbp": saving}
