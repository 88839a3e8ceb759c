"""What a plan costs in futures that it was not sized on: the answer to a plan that fits its own draws too well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.contracts.build import Built, fresh_instance
from analytics.contracts.evaluate import Costing, cost, quantile
from analytics.contracts.instance import parse
from analytics.contracts.offers import PlanningData
from analytics.contracts.policy import Policy
from analytics.contracts.problem import Instance, Plan


@dataclass(frozen=True)
class Beside:
    """A plan and buying one by one, costed in the same futures."""

    instance: Instance
    plan: Plan
    mine: Costing
    spot: Costing

    @property
    def draws(self) -> int:
        return len(self.instance.prob)

    @property
    def served(self) -> bool:
        """Whether buying one by one can place every child, so that there is something to compare with."""
        return bool(self.spot.recourse.served.all())

    @property
    def saving_gbp(self) -> float | None:
        """What the plan saves on average; None where buying one by one cannot place every child."""
        return float(self.spot.expected_gbp - self.mine.expected_gbp) if self.served else None

    @property
    def chance_of_loss(self) -> float | None:
        """The probability that the plan turns out dearer than buying one by one, by more than a penny."""
        return float(self.instance.prob @ (self.mine.total_gbp > self.spot.total_gbp + 0.01)) if self.served else None


def beside(instance: Instance, plan: Plan) -> Beside:
    """The plan and buying one by one in an instance's own futures."""
    return Beside(instance, plan, cost(instance, plan), cost(instance, Plan.all_spot(instance)))


def chosen_plan(instance: Mapping[str, Any], result: Mapping[str, Any]) -> Plan:
    """The plan of a result document, in the order of its instance's offers."""
    rows = {(b["provider"], b["lot"]): (int(b["block"]), int(b["flex"])) for b in result["blocks"]}
    places = [rows.get((o["provider"], o["lot"]), (0, 0)) for o in instance["offers"]]
    return Plan(tuple(block for block, _ in places), tuple(flex for _, flex in places), tuple(result["builds"]))


def fresh(data: PlanningData, policy: Policy, built: Built, result: Mapping[str, Any], draws: int) -> Beside:
    """The plan of a result and buying one by one in so many fresh futures (common random numbers)."""
    blocks = {(b["provider"], b["lot"]): b["block"] for b in result["blocks"]}
    return beside(parse(fresh_instance(data, policy, built, blocks, draws)), chosen_plan(built.instance, result))


def unseen(data: PlanningData, policy: Policy, built: Built, result: Mapping[str, Any], draws: int = 1_000) -> dict[str, Any]:
    """The same plan and buying one by one in fresh draws (common random numbers): expected cost, spread and saving, £ discounted."""
    found = fresh(data, policy, built, result, draws)
    spread = {f"p{q}_gbp": quantile(found.mine.total_gbp, found.instance.prob, q / 100) for q in (10, 50, 90)}
    return {"draws": found.draws, "expected_gbp": found.mine.expected_gbp, "cvar_gbp": found.mine.cvar_gbp, **spread, "saving_gbp": found.saving_gbp}
