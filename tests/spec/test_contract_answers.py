"""Answers that can be worked out by hand or from a table of the Poisson distribution: the optimiser must reproduce them."""

from __future__ import annotations

from typing import Any

import pytest
from contract_instances import Doc, one_school, poisson, uniform

from analytics.contracts.evaluate import cost
from analytics.contracts.instance import Plan, parse
from analytics.contracts.solve import solve

LIST = 60_000


def answer(doc: Doc) -> dict[str, Any]:
    found = solve(parse(doc), seconds=60)
    assert found["proven_optimal"]
    assert found["recosted"]
    assert found["bound_gbp"] == pytest.approx(found["objective"], rel=1e-6)
    return found


def size(found: dict[str, Any]) -> list[int]:
    return [row["block"] for row in found["blocks"]]


@pytest.mark.parametrize(
    ("mean", "disc", "block", "saving", "void"),
    [
        (5, 0.10, 2, 0.1528, 2.358),
        (10, 0.05, 5, 0.2071, 0.858),
        (10, 0.10, 6, 0.4900, 1.833),
        (10, 0.15, 7, 0.8099, 3.430),
        (20, 0.10, 14, 1.2545, 1.040),
        (40, 0.05, 30, 1.3783, 0.406),
        (40, 0.20, 35, 6.2705, 2.084),
    ],
)
def test_poisson_demand_is_blocked_near_the_low_percentile_of_its_discount(mean: float, disc: float, block: int, saving: float, void: float) -> None:
    found = answer(one_school(poisson(mean), disc=disc, most=60))
    assert size(found) == [block]
    assert found["saving_gbp"] / LIST == pytest.approx(saving, abs=5e-5)
    assert 100 * found["voids"]["share"] == pytest.approx(void, abs=5e-4)


def test_uniform_demand_at_twelve_per_cent_blocks_three_of_twenty() -> None:
    found = answer(one_school(uniform(1, 20)))
    assert size(found) == [3]
    assert found["objective"] == 617_400
    assert found["all_spot"] == {"objective": 630_000, "expected_gbp": 630_000, "cvar_gbp": 1_170_000, "within_budgets": True}
    assert found["saving_gbp"] == 12_600


@pytest.mark.parametrize(("weight", "block", "objective"), [(0, 3, 617_400), (0.25, 4, 749_700), (0.5, 5, 879_000), (0.75, 10, 996_750), (1, 19, 1_033_200)])
def test_more_weight_on_the_worst_futures_blocks_more(weight: float, block: int, objective: float) -> None:
    found = answer(one_school(uniform(1, 20), weight=weight))
    assert size(found) == [block]
    assert found["objective"] == objective


@pytest.mark.parametrize(("disc", "block"), [(0.19, 5), (0.199, 5), (0.201, 6), (0.25, 6)])
def test_an_empty_sixth_place_is_bought_only_if_its_tier_gives_more_than_a_fifth_off(disc: float, block: int) -> None:
    """5 × 0.96 places' worth against 6 × (1 − disc): equal at 20%."""
    found = answer(one_school([(5, 1.0)], tiers=[(3, 0.04), (6, disc)]))
    assert size(found) == [block]
    assert found["objective"] == pytest.approx(LIST * (5 * 0.96 if block == 5 else 6 * (1 - disc)))


def test_a_reserve_beats_a_block_where_demand_may_be_nought() -> None:
    doc = one_school(uniform(0, 19), disc=0.08)
    doc["offers"][0] |= {"max_flex": 20, "flex_fee": 2500, "flex_disc": 0.08}
    found = answer(doc)
    assert found["blocks"] == [{"provider": "A", "lot": "L", "block": 0, "flex": 9}]


def test_without_a_discount_no_place_is_paid_for() -> None:
    found = answer(one_school(uniform(0, 9), disc=0.0))
    assert size(found) == [0]
    assert found["contracts"] == []
    assert found["saving_gbp"] == 0
    assert found["gap_over_saving"] == 0


def test_objective_never_falls_as_the_weight_on_the_worst_futures_rises() -> None:
    found = [answer(one_school(uniform(1, 12), weight=w / 4))["objective"] for w in range(5)]
    assert found == sorted(found)


def test_knowing_the_future_and_planning_for_chance_are_never_worth_less_than_nothing() -> None:
    """EVPI: chance-aware optimum less the mean of optima with each future known. VSS: what sizing on mean demand costs more."""
    demand = uniform(1, 15)
    aware = answer(one_school(demand))["objective"]
    knowing = sum(q * answer(one_school([(n, 1.0)]))["objective"] for n, q in demand)
    on_mean = size(answer(one_school([(8, 1.0)])))
    instance = parse(one_school(demand))
    sized_on_mean = cost(instance, Plan(tuple(on_mean), (0,), ())).objective
    assert aware - knowing > 0
    assert sized_on_mean - aware > 0
    assert sized_on_mean > cost(instance, Plan.all_spot(instance)).objective  # mean-sized blocks can be worse than none


def test_a_void_charged_by_half_makes_blocks_larger() -> None:
    """A place pays while 12% of its price × P(filled) exceeds half its price × P(empty): P(filled) above 0.44 ÷ 0.56 = 78.6%."""
    doc = one_school(uniform(1, 20))
    doc["offers"][0]["void_share"] = 0.5
    assert size(answer(doc)) == [5]  # P(D ≥ 5) = 80%, P(D ≥ 6) = 75%


def test_grace_and_minimum_occupancy_work_as_written_down() -> None:
    """26 of 52 weeks' grace halves the charge, as void_share 0.5; at 90% occupancy, one place in ten may stay empty free of charge."""
    doc = one_school(uniform(1, 20))
    doc["offers"][0]["grace_weeks"] = 26
    assert size(answer(doc)) == [5]
    free = one_school([(9, 1.0)], tiers=[(10, 0.5)])
    free["offers"][0]["min_occupancy"] = 0.9
    found = answer(free)
    assert size(found) == [10]
    assert found["objective"] == 9 * 30_000
    assert found["voids"] == {"place_years": 1, "cost_gbp": 0, "share": 0.1}


def test_where_spot_is_uncertain_a_block_carries_the_value_of_access() -> None:
    """At list price a block saves nothing on spot, but saves £30,000 on a place out of area in the half of futures without spot."""
    doc = one_school([(4, 0.5), (4, 0.5)], disc=0.0)
    doc["offers"][0]["spot_available"] = [1, 0]
    found = answer(doc)
    assert size(found) == [4]
    assert found["all_spot"]["objective"] == 0.5 * 4 * 60_000 + 0.5 * 4 * 90_000
    assert found["objective"] == 4 * 60_000


def test_a_running_contract_is_a_lower_bound_on_its_block() -> None:
    doc = one_school(uniform(1, 20))
    doc["offers"][0]["min_block"] = 7
    assert size(answer(doc)) == [7]


def test_years_are_uplifted_and_discounted_but_fixed_fee_and_capital_are_not_uplifted() -> None:
    doc = one_school([(2, 1.0)], disc=0.5, most=1) | {"years": 2, "uplift": 0.1, "rate": 0.25}
    doc["scenarios"] = [{"prob": 1, "demand": [[2], [2]], "existing": [[0], [0]]}]
    doc["providers"][0]["fixed"] = 1000
    doc["builds"] = [{"lot": "L", "places": 1, "capital": 100, "unit_cost": 20000, "from_year": 1}]
    year_0 = 30_000 + 60_000 + 1000 + 100
    year_1 = (30_000 * 1.1 + 20_000 * 1.1 + 1000 + 100) / 1.25
    found = answer(doc)
    assert found["objective"] == pytest.approx(year_0 + year_1, abs=0.005)
    assert found["builds"] == [1]


def test_children_who_stay_take_the_block_first_and_stay_on_spot_where_no_contract_may_be() -> None:
    doc = one_school([(0, 1.0)])
    doc["scenarios"][0]["existing"] = [[3]]
    assert answer(doc)["objective"] == pytest.approx(3 * 52_800)
    doc |= {"min_quality": 4}
    found = answer(doc)
    assert found["objective"] == 3 * 60_000
    assert size(found) == [0]


def test_share_limit_holds_the_block_and_says_so() -> None:
    doc = one_school([(12, 1.0)]) | {"max_share": 0.25, "share_base": 32}
    found = answer(doc)
    assert size(found) == [8]
    assert "Held at 8 by the 25% share limit." in found["contracts"][0]["why"]


def test_an_empty_guaranteed_place_is_still_held() -> None:
    """Two lots at a school of four: a block of three for the first lot leaves one place for the second."""
    doc = one_school([(0, 1.0)])
    doc["lots"].append({"id": "M", "over_price": 100_000})
    doc["offers"].append({"provider": "A", "lot": "M", "list": 60_000, "max_block": 0, "eligible": True})
    doc["providers"][0]["capacity"] = 4
    doc["scenarios"] = [{"prob": 1, "demand": [[0, 4]], "existing": [[0, 0]]}]
    costing = cost(parse(doc), Plan((3, 0), (0, 0), ()))
    assert costing.total_gbp.tolist() == [3 * 52_800 + 60_000 + 3 * 100_000]


def test_reason_gives_fill_pay_point_and_marginal_places() -> None:
    why = answer(one_school(uniform(1, 20)))["contracts"][0]["why"]
    assert "The 3rd is expected to be filled in 90% of futures and pays above 88%; one fewer would lose £1,200" in why
    assert "a 4th would be filled in 85% and lose £1,800" in why


@pytest.mark.parametrize(
    ("doc", "reason"),
    [
        (
            one_school(uniform(1, 20), weight=1),
            "The 19th is expected to be filled in 10% of futures and pays above 88% by its discount alone, but guards against the",
        ),
        (
            one_school([(5, 1.0)], tiers=[(3, 0.04), (6, 0.21)]),
            "filled in 0% of futures and pays above 79% by its discount alone, but brings a larger discount on",
        ),
        (one_school([(5, 1.0)], tiers=[(0, 0.04)], most=5), "The largest block of 5 is reached; without that limit, one more would lose £57,600."),
        (one_school([(6, 1.0)], tiers=[(0, 0.04)], most=5), "Held at 5 by the largest block of 5."),
    ],
)
def test_reason_says_why_a_place_seldom_filled_is_kept_and_held_only_where_more_would_save(doc: Doc, reason: str) -> None:
    assert reason in answer(doc)["contracts"][0]["why"]


def test_reason_names_a_limit_reached_where_the_contract_may_grow_otherwise() -> None:
    """The reserve is at its largest while the block may still grow: a second reserved place would leave a block place empty."""
    doc = one_school([(5, 1.0)], disc=0.08)
    doc["offers"][0] |= {"max_flex": 1, "flex_fee": 0, "flex_disc": 0.1}
    why = answer(doc)["contracts"][0]["why"]
    assert why.startswith("4 places blocked at A at 8.0% off list price, 1 place reserved to be called off;")
    assert why.endswith("a 5th would be filled in 100% and lose £1,200. The largest reserve of 1 is reached; without that limit, one more would cost the same.")


def test_reason_to_keep_a_place_that_spares_an_out_of_area_one() -> None:
    """No spot is to be had: the one block place at £54,000 is filled in 70% of futures, where it spares £90,000 out of area."""
    doc = one_school([(0, 0.3), (1, 0.7)], disc=0.1, most=1)
    doc["offers"][0]["spot_available"] = False
    why = answer(doc)["contracts"][0]["why"]
    assert "filled in 70% of futures and pays above 90% by its discount alone, but spares dearer places elsewhere; one fewer would lose £9,000" in why


def test_reason_of_a_reserve_without_a_block_values_its_last_place() -> None:
    """Uniform 0..19: the 9th reserved place is called off in 11 of 20 futures, saving £4,800 for its £2,500."""
    doc = one_school(uniform(0, 19), disc=0.08)
    doc["offers"][0] |= {"max_flex": 20, "flex_fee": 2_500, "flex_disc": 0.08}
    why = answer(doc)["contracts"][0]["why"]
    assert why.startswith("No place blocked at A, 9 places reserved to be called off; without this contract the plan would lose £9,900.")
    assert "The 9th is expected to be called off in 55% of futures; one fewer would lose £140; a 10th would be called off in 50% and lose £100." in why
