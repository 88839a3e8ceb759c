"""When rules contradict each other: the smallest set is named, and the cheapest single way out, by hand-checked amounts."""

from __future__ import annotations

from typing import Any

import pytest
from contract_instances import Doc, one_school, uniform

from analytics.contracts.instance import parse
from analytics.contracts.solve import solve
from data.errors import NoFeasibleAnswer

CVAR, CHANCE, PLACED = "budget for the worst futures (CVaR)", "budget to be kept with a given chance", "every new child is placed"


def refusal(doc: Doc) -> tuple[list[str], dict[str, Any] | None]:
    with pytest.raises(NoFeasibleAnswer) as refused:
        solve(parse(doc))
    assert refused.value.exit_code == 4
    found = refused.value.to_json()["infeasible"]  # type: ignore[attr-defined]
    return found["conflict"], found["relax"]


def test_a_budget_below_every_plan_is_named_with_the_raise_it_needs() -> None:
    """All twenty places blocked cost 20 × £52,800 = £1,056,000 in the fullest future."""
    conflict, relax = refusal(one_school(uniform(1, 20)) | {"chance_budget": {"prob": 1.0, "limit": 1000}})
    assert conflict == [CHANCE, PLACED]
    assert relax == {"rule": CHANCE, "by": 1_055_000, "cost_gbp": 1_056_000}


def test_share_limit_and_budget_conflict_only_together() -> None:
    """CVaR 0.9 averages futures 19 and 20. With two blocked: 105,600 + 17.5 × 60,000 = £1,155,600, so £55,600 too much."""
    doc = one_school(uniform(1, 20)) | {"cvar_budget": {"alpha": 0.9, "limit": 1_100_000}, "max_share": 0.25, "share_base": 10.5}
    conflict, relax = refusal(doc)
    assert conflict == ["share limit", CVAR, PLACED]
    assert relax == {"rule": CVAR, "by": 55_600, "cost_gbp": 618_600}


def test_quality_floor_is_eased_by_points() -> None:
    doc = one_school(uniform(1, 20)) | {"cvar_budget": {"alpha": 0.9, "limit": 1_100_000}, "min_quality": 4}
    conflict, relax = refusal(doc)
    assert conflict == ["quality floor", CVAR, PLACED]
    assert relax is not None
    assert (relax["rule"], relax["by"]) == ("quality floor", 1)


def test_children_who_stay_beyond_capacity_are_told_by_school_and_places() -> None:
    doc = one_school([(0, 1.0)])
    doc["providers"][0]["capacity"] = 40
    doc["scenarios"][0]["existing"] = [[45]]
    conflict, relax = refusal(doc)
    assert conflict == ["children who stay at A keep their place", "capacity of A"]
    assert relax is not None
    assert (relax["rule"], relax["by"]) == ("capacity of A", 5)


def test_a_running_contract_above_the_share_limit_is_named() -> None:
    doc = one_school(uniform(1, 20)) | {"max_share": 0.5, "share_base": 10}
    doc["offers"][0]["min_block"] = 7
    conflict, relax = refusal(doc)
    assert conflict == ["contracts that run already", "share limit"]
    assert relax is not None
    assert relax["by"] == 2


def test_the_budget_that_a_relaxation_names_is_enough() -> None:
    doc = one_school(uniform(1, 20)) | {"cvar_budget": {"alpha": 0.9, "limit": 1_000_000}}
    _, relax = refusal(doc)
    assert relax is not None
    doc["cvar_budget"]["limit"] += relax["by"]
    assert solve(parse(doc))["objective"] == relax["cost_gbp"]
