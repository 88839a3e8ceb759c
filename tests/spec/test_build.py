"""From records to an instance, sentence by sentence of the contract's "From the database"."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_authority import CONTRACT, authority, placement, setting

from analytics.contracts import evaluate
from analytics.contracts.build import Built, build_instance, fresh_instance
from analytics.contracts.instance import parse
from analytics.contracts.policy import Policy
from analytics.contracts.problem import Plan
from analytics.contracts.scope import pool
from data.errors import WrongUsage

LOT = "ASD-secondary-day@east"
SMALL = Policy(draws=40, scenarios=10)


def group(start: int, count: int, **changes: Any) -> list[dict[str, Any]]:
    return [placement(start + n, **changes) for n in range(count)]


TWO_SCHOOLS = group(0, 12) + group(100, 6, urn="100002", benchmark_gbp=70_000.0)


def offer(built: Built, urn: str, lot: str = LOT) -> dict[str, Any]:
    return next(o for o in built.instance["offers"] if (o["provider"], o["lot"]) == (urn, lot))


def provider(built: Built, urn: str) -> dict[str, Any]:
    return next(p for p in built.instance["providers"] if p["id"] == urn)


def test_defaults_are_those_of_the_contract() -> None:
    built = build_instance(authority(TWO_SCHOOLS))
    doc = built.instance
    assert (doc["years"], doc["uplift"], doc["max_share"], doc["builds"]) == (3, 0.03, 0.25, [])
    assert doc["rate"] == pytest.approx(1.035 * 1.02 - 1)
    assert doc["risk"] == {"lambda": 0.25, "alpha": 0.9}
    assert provider(built, "100001")["tiers"] == [{"min": 3, "disc": 0.04}, {"min": 8, "disc": 0.07}, {"min": 15, "disc": 0.10}]
    assert provider(built, "100001")["fixed"] == 9_000
    assert "max_flex" not in offer(built, "100001")
    assert len(doc["scenarios"]) == 30  # of 200 drawn
    assert doc["share_base"] == pytest.approx(built.scope.children)


def test_list_price_is_the_median_of_what_the_council_pays_there_without_transport() -> None:
    fees = [40_000.0, 60_000.0, 90_000.0]
    there = [placement(n, benchmark_gbp=gbp, place_funding_gbp=10_000.0, setting_type="NMSS") for n, gbp in enumerate(fees)]
    built = build_instance(authority(there + group(10, 9, urn="100002")), SMALL)
    assert built.offers.set_index("urn").loc["100001", "list_gbp"] == 50_000
    assert built.offers.set_index("urn").loc["100001", "basis"] == "median of the children there"


def test_with_fewer_than_three_children_it_is_expected_cost_times_index_less_place_funding() -> None:
    few = group(0, 2, setting_type="NMSS", benchmark_gbp=200_000.0)
    data = authority(few + group(10, 9, urn="100002"), [setting("100001", setting_type="NMSS"), setting("100002")])
    built = build_instance(data, SMALL)
    assert built.offers.set_index("urn").loc["100001", "list_gbp"] == pytest.approx(50_000 * 1.1 - 10_000)


def test_whole_cost_with_transport_decides_between_offers() -> None:
    near, far = group(0, 6, transport_gbp=4_000.0), group(10, 6, urn="100002", transport_gbp=12_000.0)
    built = build_instance(authority(near + far), SMALL)
    # Means shrunk to the lot's £8,000 by three children's worth: 5,333.33 and 10,666.67, so 2,666.67 either side of their mean.
    assert offer(built, "100001")["list"] == pytest.approx(60_000 - 2_666.67, abs=0.01)
    assert offer(built, "100002")["list"] == pytest.approx(60_000 + 2_666.67, abs=0.01)


def test_a_place_out_of_area_costs_a_third_more_than_the_dearest() -> None:
    lots = {lot["id"]: lot["over_price"] for lot in build_instance(authority(TWO_SCHOOLS), SMALL).instance["lots"]}
    assert lots[LOT] == pytest.approx(1.35 * 70_000)


def test_an_offer_is_where_a_child_of_the_lot_was_within_two_years() -> None:
    lately = group(100, 5, urn="100002", birth_month="2011-05", entry_date=date(2023, 9, 1), leaving_date=date(2024, 7, 20))
    long_ago = group(200, 5, urn="100003", birth_month="2011-05", entry_date=date(2022, 9, 1), leaving_date=date(2024, 3, 1))
    built = build_instance(authority(group(0, 12) + lately + long_ago), SMALL)
    assert set(built.offers["urn"]) == {"100001", "100002"}


def test_a_setting_out_of_travel_range_takes_no_block_and_an_unknown_place_is_in_range() -> None:
    places = TWO_SCHOOLS + group(200, 6, urn="100003")
    where = [setting("100001"), setting("100002", northing=191_000.0), setting("100003", easting=None)]
    built = build_instance(authority(places, where), SMALL)
    assert built.offers.set_index("urn")["why_not"].to_dict() == {"100001": "", "100002": "41 km away", "100003": ""}
    assert set(built.scope.settings) == {"100001", "100003"}
    assert any("100003 is not known" in note for note in built.notes)
    wide = build_instance(authority(places, where), Policy(draws=40, travel_range_km=45))
    assert "100002" in wide.scope.settings


def test_a_closed_setting_and_one_the_policy_excludes_take_no_block() -> None:
    data = authority(TWO_SCHOOLS + group(200, 6, urn="100003"), [setting("100001"), setting("100002", closed=date(2026, 8, 31)), setting("100003")])
    built = build_instance(data, Policy(draws=40, urns={"100003": {"eligible": False}}))
    assert built.scope.settings == ("100001",)
    assert set(built.offers["why_not"]) == {"", "the setting has closed", "the policy says so"}


def test_capacity_is_what_is_offered_else_the_most_held_and_ten() -> None:
    left = group(200, 3, urn="100002", birth_month="2012-05", entry_date=date(2023, 9, 1), leaving_date=date(2025, 2, 1))
    built = build_instance(authority(TWO_SCHOOLS + left, [setting("100001", places_offered=15), setting("100002")]), SMALL)
    assert provider(built, "100001")["capacity"] == 15
    assert provider(built, "100002")["capacity"] == 6 + 3 + 10


def test_capacity_is_never_below_the_fullest_draw_of_survivors() -> None:
    built = build_instance(authority(TWO_SCHOOLS, [setting("100001", places_offered=2), setting("100002")]), SMALL)
    fullest = max(
        sum(year[n] for n, o in enumerate(built.instance["offers"]) if o["provider"] == "100001") for s in built.instance["scenarios"] for year in s["existing"]
    )
    assert provider(built, "100001")["capacity"] >= fullest > 2
    assert any(note.startswith("School 100001 has 2 places") for note in built.notes)


def test_a_running_block_contract_is_a_lower_bound_with_its_own_terms() -> None:
    built = build_instance(authority(TWO_SCHOOLS, contracts=[CONTRACT]), SMALL)
    found = offer(built, "100001")
    assert (found["min_block"], found["void_share"], found["grace_weeks"], found["min_occupancy"]) == (4, 0.8, 6.0, 0.9)
    assert offer(built, "100002")["min_block"] == 0
    assert (offer(built, "100002")["void_share"], offer(built, "100002")["grace_weeks"]) == (1, 0)


def test_a_contract_that_ends_before_the_plan_starts_binds_nothing_and_one_that_ends_early_is_told() -> None:
    over = build_instance(authority(TWO_SCHOOLS, contracts=[CONTRACT | {"ends": date(2026, 8, 31)}]), SMALL)
    assert offer(over, "100001")["min_block"] == 0
    assert any("binds nothing" in note for note in over.notes)
    early = build_instance(authority(TWO_SCHOOLS, contracts=[CONTRACT | {"ends": date(2027, 8, 31)}]), SMALL)
    assert offer(early, "100001")["min_block"] == 4
    assert any("ends on 31 August 2027" in note for note in early.notes)


def test_a_contracts_places_are_shared_over_the_lots_of_its_children() -> None:
    mixed = group(0, 8) + group(20, 8, primary_need="SEMH", contract_id="K1") + group(40, 8, contract_id="K1") + group(60, 10, urn="100002")
    built = build_instance(authority(mixed, contracts=[CONTRACT]), SMALL)
    assert offer(built, "100001")["min_block"] == 2
    assert offer(built, "100001", "SEMH-secondary-day@east")["min_block"] == 2


def test_a_contract_smaller_than_the_smallest_tier_stays_possible() -> None:
    built = build_instance(authority(TWO_SCHOOLS, contracts=[CONTRACT | {"guaranteed_places": 2}]), SMALL)
    assert provider(built, "100001")["tiers"][0] == {"min": 2, "disc": 0.0}


def test_small_lots_are_pooled_need_first_then_area() -> None:
    import pandas as pd

    expected = pd.Series({"ASD-secondary-day@east": 10.0, "HI-secondary-day@east": 2.0, "VI-secondary-day@east": 4.0, "HI-secondary-day@west": 3.0})
    assert pool(expected, 5) == {
        "ASD-secondary-day@east": "ASD-secondary-day@east",
        "HI-secondary-day@east": "OTHER-secondary-day@east",
        "VI-secondary-day@east": "OTHER-secondary-day@east",
        "HI-secondary-day@west": "OTHER-secondary-day@any",
    }


def test_children_whose_place_was_not_the_councils_choice_fill_no_block() -> None:
    named = group(0, 12, named_by="tribunal") + group(100, 12)
    data = authority(named)
    nobody = data.consultations.assign(reply="refuse")
    built = build_instance(type(data)(**{**data.__dict__, "consultations": nobody}), SMALL)
    fixed = [n for n, o in enumerate(built.instance["offers"]) if o["lot"] == f"{LOT}:fixed"]
    assert len(fixed) == 1
    assert not built.instance["offers"][fixed[0]]["eligible"]
    last = [s["existing"][2][fixed[0]] for s in built.instance["scenarios"]]
    demand = [s["demand"][2][0] for s in built.instance["scenarios"]]
    assert sum(last) == pytest.approx(sum(demand), rel=0.25)  # half of the entries each


def test_a_policy_may_keep_todays_children_out_of_blocks() -> None:
    built = build_instance(authority(TWO_SCHOOLS, contracts=[CONTRACT]), Policy(draws=40, existing_fill_blocks=False))
    position = {(o["provider"], o["lot"]): n for n, o in enumerate(built.instance["offers"])}
    for s in built.instance["scenarios"]:
        assert all(year[position["100001", LOT]] <= 4 and year[position["100002", LOT]] == 0 for year in s["existing"])
    assert built.instance["scenarios"][0]["existing"][0][position["100002", f"{LOT}:fixed"]] > 0


def test_every_drawn_place_is_in_the_instance_or_out_of_scope() -> None:
    built = build_instance(authority(TWO_SCHOOLS + group(300, 7, area="west", urn="100002")), Policy(draws=40, scenarios=40), "secondary", "east")
    table = built.reconciliation
    assert (table["drawn"] - table["out_of_scope"] - table["demand"] - table["existing"]).abs().max() < 1
    for t, row in table.iterrows():
        placed = [sum(s["demand"][t]) + sum(s["existing"][t]) for s in built.instance["scenarios"]]
        assert sum(placed) / len(placed) == pytest.approx(row["demand"] + row["existing"])


def test_the_largest_phase_and_area_are_planned_unless_others_are_named() -> None:
    primary = group(300, 8, birth_month="2018-05", phase="primary", area="west", urn="100002")
    data = authority(TWO_SCHOOLS + primary)
    assert (build_instance(data, SMALL).scope.phase, build_instance(data, SMALL).scope.area) == ("secondary", "east")
    assert build_instance(data, SMALL, "primary").scope.area == "west"
    everything = build_instance(data, SMALL, "all", "all")
    assert {lot.partition("@")[2] for lot in everything.scope.lots} == {"east", "west"}
    with pytest.raises(WrongUsage, match="is not a phase"):
        build_instance(data, SMALL, "nursery")
    with pytest.raises(WrongUsage, match="no open placement"):
        build_instance(data, SMALL, "post16")


def test_settings_beyond_the_limit_stay_on_spot_in_one_row_and_nobody_is_lost() -> None:
    data = authority(TWO_SCHOOLS + group(200, 4, urn="100003"))
    all_in, limited = build_instance(data, SMALL), build_instance(data, Policy(draws=40, scenarios=10, max_providers=1))
    assert limited.scope.settings == ("100001",)
    assert limited.reconciliation["drawn"].tolist() == all_in.reconciliation["drawn"].tolist()
    assert limited.scope.children == pytest.approx(all_in.scope.children, abs=1)
    assert limited.reconciliation["demand"].sum() < all_in.reconciliation["demand"].sum()
    assert limited.instance["offers"][-1]["provider"] == "other-settings"
    assert any("at 1 of 3 settings" in note for note in limited.notes)


def test_the_instance_can_be_read_and_all_spot_can_be_costed() -> None:
    built = build_instance(authority(TWO_SCHOOLS), SMALL)
    instance = parse(built.instance)
    assert instance.notes == ()
    costing = evaluate.cost(instance, Plan.all_spot(instance))
    assert costing.feasible
    places = sum(sum(s["demand"][0]) + sum(s["existing"][0]) for s in built.instance["scenarios"]) / 10
    assert costing.expected_gbp > 3 * places * 0.5 * 50_000


def test_the_same_seed_gives_the_same_instance_and_fresh_futures_the_same_offers() -> None:
    data = authority(TWO_SCHOOLS, contracts=[CONTRACT])
    built = build_instance(data, SMALL)
    assert build_instance(data, SMALL).instance == built.instance
    fresh = fresh_instance(data, SMALL, built, {("100001", LOT): 5}, draws=100)
    assert fresh["offers"] == built.instance["offers"]
    assert fresh["scenarios"] != built.instance["scenarios"]
    assert len(fresh["scenarios"]) == 100
    instance = parse(fresh)
    assert evaluate.cost(instance, Plan((5, 0, *[0] * (len(instance.offers) - 2)), (0,) * len(instance.offers), ())).recourse.served.all()


def test_notes_say_what_was_assumed_and_what_was_missing() -> None:
    data = authority(TWO_SCHOOLS + group(300, 2, setting_type="MSS"))
    built = build_instance(type(data)(**{**data.__dict__, "benchmark": None}), SMALL)
    said = " ".join(built.notes)
    assert "Prices are those of 31 March 2026" in said
    assert "2 placements at maintained and other settings are left out" in said
    assert "No benchmark could be fitted" in said
