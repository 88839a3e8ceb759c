"""The decision looked back at, on a council small enough to work out by hand: what was known then, what came, what the blocks cost on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from small_authority import AS_AT, authority, placement, setting

from analytics.contracts import replay
from analytics.contracts.offers import PlanningData
from analytics.contracts.policy import Policy
from analytics.findings.contracts_back import looking_back

THEN = date(2024, 3, 31)  # so the first year is 2024/25, and 2025/26 has seven months that are over by 31 March 2026
CONSULTED = {"reply": ["offer", "refuse"], "parent_view": ["accepts", None], "sent_on": [date(2023, 5, 1), date(2025, 5, 1)]}


def council(**first: Any) -> PlanningData:
    """Four autistic children in Year 7 in 2023/24 at one school; one leaves at the end of 2024/25. New: one the council placed, one its parent named."""
    stays = [placement(n, entry_date=date(2022, 9, 5), birth_month="2012-05") for n in range(3)]
    leaves = placement(3, entry_date=date(2022, 9, 5), birth_month="2012-05", leaving_date=date(2025, 8, 31))
    placed = placement(4, entry_date=date(2024, 9, 2), birth_month="2012-05")
    named = placement(5, entry_date=date(2025, 1, 6), birth_month="2012-05", named_by="parent")
    early = placement(6, entry_date=date(2024, 5, 7), birth_month="2012-05")  # between the day and the first September: no block could take it
    data = authority([*stays, leaves, placed, named, early], [setting("100001", places_offered=20, **first)])
    return replace(data, consultations=pd.DataFrame(CONSULTED | {"replied_on": [date(2024, 5, 1), date(2025, 6, 1)], "refuse_reason": [None, None]}))


def then(data: PlanningData) -> PlanningData:
    frame = data.placements.assign(benchmark_gbp=60_000.0, dfe_place_gbp=0.0, place_funding_gbp=0.0, transport_gbp=8_000.0, phase="secondary")
    return replay.known_then(data, frame[frame["entry_date"] <= THEN], THEN)


def test_what_was_known_then_holds_nothing_of_later() -> None:
    data = council(closed=date(2025, 12, 31))
    known = then(data)
    assert sorted(known.placements["placement_id"]) == ["P0", "P1", "P2", "P3"]
    assert known.placements["leaving_date"].isna().all()  # the one who left in 2025 had not left
    assert known.settings["closed"].isna().all()
    assert known.benchmark is None
    assert known.consultations.empty  # one was sent in time and answered later, one was sent later
    assert data.placements["leaving_date"].notna().sum() == 1  # today's records are untouched


def test_months_that_are_over_are_counted_by_their_middle() -> None:
    assert replay.horizon(THEN, AS_AT) == (12, 7)
    assert replay.horizon(THEN, date(2024, 9, 14)) == ()
    assert replay.horizon(THEN, date(2024, 9, 15)) == (1,)


def test_what_happened_is_told_as_average_places() -> None:
    draws = replay.what_happened(council(), THEN, 0.25)
    assert draws.years == (2024, 2025)
    assert draws.cells.values.tolist() == [["100001", "ASD-secondary-day@east"]]
    # four who stay, then three; placed by the council: all year; named by a parent from January: 8 of 12 months, then all 7, a quarter of it fillable
    assert draws.survivors[0, :, 0].tolist() == [4.0, 3.0]
    assert draws.fillable[0, :, 0].tolist() == pytest.approx([1 + 0.25 * 8 / 12, 1 + 0.25])
    assert draws.fixed[0, :, 0].tolist() == pytest.approx([0.75 * 8 / 12 + 1, 0.75 + 1])  # and the one who came in May
    assert draws.total[0].tolist() == pytest.approx([4 + 1 + 8 / 12 + 1, 3 + 1 + 1 + 1])


def test_blocks_chosen_then_are_costed_on_what_came() -> None:
    data = replace(council(), placements=council().placements[lambda frame: frame["placement_id"].isin(["P0", "P1", "P2", "P3", "P4"])])
    known = then(data)
    policy = Policy(years=2, uplift=0.0, rate=0.0, fixed=1_000, max_share=1.0, pool_below=0, tiers=((1, 0.1),), risk_weight=0.0)
    built, chosen = replay.chosen_then(known, policy, "secondary", "east")
    (offer,) = [o for o in built.instance["offers"] if o["eligible"]]
    assert offer["list"] == 60_000
    result = {"blocks": [{"provider": "100001", "lot": offer["lot"], "block": 5, "flex": 0}], "builds": []}
    offer["max_block"] = 5
    found = replay.judged(data, known, chosen, built, result)
    # 2024/25: four who stay and one new child fill five places; 2025/26: three and one, so one place is paid for and empty
    assert found.empty[["year", "places", "used"]].values.tolist() == [[2024, 5, 5], [2025, 5, 4]]
    assert found.happened.mine.expected_gbp == pytest.approx(2 * (5 * 54_000 + 1_000))
    assert found.happened.spot.expected_gbp == pytest.approx((5 + 4) * 60_000)
    assert found.happened.saving_gbp == pytest.approx(-2_000)
    told = looking_back([found], [(date(2023, 3, 31), "nothing is known.")], "Secondary, east", "v")
    assert told.answer.startswith("5 places chosen on 31 March 2024: they would have lost £2,000 over the 2 academic years since, the last as it went so far")
    assert told.answer.endswith("with 1 of 10 guaranteed place-years empty.")
    assert told.notes == ("On 31 March 2023 no plan could be made: nothing is known.",)
    assert told.tables["back"].frame["paid"].tolist() == pytest.approx([54_000])
    assert told.tables["back_empty"].frame["year"].tolist() == ["2024/25", "2025/26 (first 7 months)"]


def test_limits_and_settings_fixed_today_do_not_bind_then() -> None:
    policy = Policy(
        years=2, locks={"100001": 19}, chance_budget={"prob": 0.9, "limit": 1.0}, cvar_budget={"alpha": 0.9, "limit": 1.0}, max_share=1.0, pool_below=0
    )
    built, chosen = replay.chosen_then(then(council()), policy, "secondary", "east")
    assert not {"chance_budget", "cvar_budget"} & set(built.instance)
    assert chosen.locks == {}


def test_where_no_block_would_have_been_bought_nothing_was_at_stake() -> None:
    data = council()
    known = then(data)
    built, chosen = replay.chosen_then(known, Policy(years=2, max_share=1.0, pool_below=0), "secondary", "east")
    found = replay.judged(data, known, chosen, built, {"blocks": [], "builds": []})
    told = looking_back([found], [], "Secondary, east", "v")
    assert told.answer == "On 31 March 2024 the plan would have been to buy one by one, so nothing was at stake."
