"""The result JSON (docs/contracts.md), from exact costings only."""

from __future__ import annotations

from typing import Any

from analytics.contracts.evaluate import Costing, over_budget, quantile, voids
from analytics.contracts.explain import why
from analytics.contracts.problem import Instance
from analytics.contracts.search import Judge

PENNIES = 2


def result(
    instance: Instance,
    judge: Judge,
    spot: Costing,
    bound: float,
    proven: bool,
    method: str,
    seconds: float,
    reasons: list[dict[str, object]] | None = None,
) -> dict[str, Any]:
    """Everything a reader of the answer needs. Money is discounted pounds over the term, to the penny; fields are added, none renamed."""
    plan, costing = judge.best, judge.costing
    if plan is None or costing is None:
        raise ValueError("a result needs a plan")
    served = bool(spot.recourse.served.all())
    saving = spot.objective - costing.objective if served else None
    void = voids(instance, plan, costing)
    gap = max(costing.objective - bound, 0.0)
    return {
        "objective": _gbp(costing.objective),
        "expected_gbp": _gbp(costing.expected_gbp),
        "cvar_gbp": _gbp(costing.cvar_gbp),
        "all_spot": _all_spot(instance, spot) if served else None,
        "saving_gbp": None if saving is None else _gbp(saving),
        "blocks": _blocks(instance, judge),
        "builds": list(plan.builds),
        "bound_gbp": _gbp(min(bound, costing.objective)),
        "gap_over_saving": _share(gap, saving),
        "proven_optimal": proven,
        "method": method,
        "recosted": True,
        "seconds": round(seconds, 2),
        "contracts": why(instance, judge) if reasons is None else reasons,
        "distribution": {**_spread(instance, costing), "all_spot": _spread(instance, spot) if served else None},
        "voids": {"place_years": round(void.place_years, 4), "cost_gbp": _gbp(void.cost_gbp), "share": round(void.share, 6)},
        "parts": {name: _gbp(float(instance.prob @ part)) for name, part in costing.parts_gbp.items()},
        "notes": list(instance.notes),
    }


def _gbp(value: float) -> float:
    return round(value, PENNIES) + 0.0  # never a negative nought


def _share(gap: float, saving: float | None) -> float | None:
    """The gap as a share of the saving: 0 when nothing is open, null when there is no saving to compare with."""
    if gap <= 0.005:
        return 0.0
    return round(gap / saving, 9) if saving is not None and saving > 0 else None


def _all_spot(instance: Instance, spot: Costing) -> dict[str, Any]:
    within = not over_budget(instance, spot.total_gbp)
    return {"objective": _gbp(spot.objective), "expected_gbp": _gbp(spot.expected_gbp), "cvar_gbp": _gbp(spot.cvar_gbp), "within_budgets": within}


def _blocks(instance: Instance, judge: Judge) -> list[dict[str, Any]]:
    """One row an offer, also where nothing is blocked."""
    plan = judge.best
    return [
        {"provider": instance.providers[o.provider].id, "lot": instance.lots[o.lot].id, "block": b, "flex": f}
        for o, b, f in zip(instance.offers, plan.block if plan else (), plan.flex if plan else (), strict=True)
    ]


def _spread(instance: Instance, costing: Costing) -> dict[str, Any]:
    """P10, P50 and P90 of the total cost, and the scenario totals behind them in the instance's order."""
    at = {f"p{p}_gbp": _gbp(quantile(costing.total_gbp, instance.prob, p / 100)) for p in (10, 50, 90)}
    return {**at, "totals_gbp": [_gbp(float(value)) for value in costing.total_gbp]}
