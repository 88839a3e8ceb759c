"""Stock and flow of futures: what adds up exactly in every draw, what levers do, and whether intervals hold the truth of made-up councils."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from demand_world import open_on, world
from measuring import measured
from small_authority import AS_AT, placement

from analytics.demand import draw, forecast
from analytics.demand.backtest import backtest
from analytics.demand.levers import Closing, Levers
from analytics.demand.project import Projection, project
from analytics.survival import Hazards
from data.errors import WrongUsage

LONG_AGO = date(2019, 9, 2)


@pytest.fixture(scope="module")
def council() -> pd.DataFrame:
    return world(3, AS_AT)


@pytest.fixture(scope="module")
def projected(council: pd.DataFrame) -> Projection:
    return project(council, AS_AT, years=4, draws=80)


def test_start_and_flows_make_the_end_in_every_draw_year_and_lot(projected: Projection) -> None:
    flow = projected.flows
    end = projected.stock[:, :-1] + flow["entries"] - flow["exits"] + flow["moves_in"] - flow["moves_out"] + flow["ageing"]
    assert np.array_equal(end, projected.stock[:, 1:])
    assert all(flow[name].any() for name in flow)  # each of them happens here


@pytest.mark.parametrize("as_at", [date(2025, 8, 31), date(2025, 9, 1), date(2025, 12, 31), date(2026, 2, 10)])
def test_it_adds_up_from_whatever_day_of_the_year(as_at: date) -> None:
    found = project(world(5, as_at, entries=25.0), as_at, years=3, draws=30)
    flow = found.flows
    end = found.stock[:, :-1] + flow["entries"] - flow["exits"] + flow["moves_in"] - flow["moves_out"] + flow["ageing"]
    assert np.array_equal(end, found.stock[:, 1:])
    assert np.array_equal(flow["moves_in"].sum(axis=2), flow["moves_out"].sum(axis=2))
    assert np.array_equal(found.ages.sum(axis=2), found.stock.sum(axis=2))


def test_over_all_lots_moves_and_ageing_change_nothing(projected: Projection) -> None:
    assert np.array_equal(projected.flows["moves_in"].sum(axis=2), projected.flows["moves_out"].sum(axis=2))
    assert not projected.flows["ageing"].sum(axis=2).any()


def test_children_by_age_are_the_same_children(projected: Projection, council: pd.DataFrame) -> None:
    assert np.array_equal(projected.ages.sum(axis=2), projected.stock.sum(axis=2))
    assert set(projected.stock[:, 0].sum(axis=1)) == {open_on(council, AS_AT)}


def test_the_same_futures_reach_the_optimiser_and_the_page(council: pd.DataFrame, projected: Projection) -> None:
    drawn = draw(council, AS_AT, years=4, draws=80)
    assert drawn.total == pytest.approx(projected.places.sum(axis=2))
    assert drawn.survivors.sum(axis=2) == pytest.approx(projected.survivors.sum(axis=2) / 12)


def test_drivers_in_words_add_up(projected: Projection) -> None:
    frame = forecast.drivers_frame(projected, by_phase=True)
    change = frame["entries"] - frame["exits"] + frame["moves_in"] - frame["moves_out"] + frame["ageing"]
    assert (frame["start"] + change - frame["end"]).abs().max() < 1e-9


def test_means_of_draws_are_what_can_be_worked_out_by_hand() -> None:
    """Twelve children a year begin in September and a quarter of everyone leaves each summer; forty are there now."""
    past = [placement(n, entry_date=date(y, 9, 2), leaving_date=date(y, 12, 1), child_id=f"P{y}{n}") for y in (2023, 2024, 2025) for n in range(12)]
    today = [placement(100 + n, entry_date=LONG_AGO, child_id=f"T{n}", birth_month="2016-05") for n in range(40)]
    found = project(pd.DataFrame(past + today), AS_AT, years=3, draws=4000, hazards=Hazards.constant(0.0, 0.25, 4000))
    stock = found.stock.sum(axis=2).mean(axis=0)
    first = 40 * 0.75 + 12
    assert stock == pytest.approx([40, first, first * 0.75 + 12, (first * 0.75 + 12) * 0.75 + 12], rel=0.02)
    assert found.flows["exits"].sum(axis=2).mean(axis=0) == pytest.approx([10, first / 4, (first * 0.75 + 12) / 4], rel=0.03)


def year_6_leavers() -> list[dict[str, Any]]:
    """A primary school from which every Year 6 child has gone on to a secondary one, three years running, and twelve who are in Year 6 now."""
    rows = []
    for n, year in enumerate(y for y in (2023, 2024, 2025) for _ in range(12)):
        child, born = f"C{n}", f"{year - 11}-03"
        rows.append(placement(n, child_id=child, birth_month=born, entry_date=date(year - 4, 9, 3), leaving_date=date(year, 7, 20)))
        rows.append(placement(n, child_id=child, birth_month=born, urn="100002", entry_date=date(year, 9, 3)))
    return rows + [placement(90 + n, child_id=f"N{n}", birth_month="2015-03", entry_date=date(2024, 9, 3)) for n in range(12)]


def test_a_year_7_wave_comes_from_the_children_in_year_6_now() -> None:
    limits = pd.DataFrame({"urn": ["100001", "100002"], "age_high": [11, 16]})
    found = project(pd.DataFrame(year_6_leavers()), AS_AT, years=1, draws=400, settings=limits)
    primary, secondary = (list(found.lots).index(f"ASD-{phase}-day@east") for phase in ("primary", "secondary"))
    assert found.flows["moves_out"][:, 0, primary].mean() == pytest.approx(12, abs=2)
    assert found.flows["moves_in"][:, 0, secondary].mean() == pytest.approx(12, abs=2)
    assert found.flows["entries"][:, 0, secondary].mean() < 1  # they are not taken for new children


def test_a_closed_setting_holds_nobody_and_its_children_move(council: pd.DataFrame) -> None:
    closing = Levers.of({}, (Closing("100002", 2027, "The trust has told parents"),))
    drawn = draw(council, AS_AT, years=3, draws=40, levers=closing)
    there = (drawn.cells["urn"] == "100002").to_numpy()
    held = (drawn.survivors + drawn.fillable + drawn.fixed)[..., there].sum(axis=2)
    assert (held[:, 0] > 0).all()
    assert not held[:, 1:].any()
    before, after = project(council, AS_AT, years=3, draws=40), project(council, AS_AT, years=3, draws=40, levers=closing)
    assert after.stock[:, 3].sum(axis=1).mean() == pytest.approx(before.stock[:, 3].sum(axis=1).mean(), rel=0.1)
    assert after.flows["moves_in"].sum() > before.flows["moves_in"].sum()
    flow = after.flows
    end = after.stock[:, :-1] + flow["entries"] - flow["exits"] + flow["moves_in"] - flow["moves_out"] + flow["ageing"]
    assert np.array_equal(end, after.stock[:, 1:])


def test_where_the_only_setting_closes_its_children_leave() -> None:
    frame = pd.DataFrame([placement(n, child_id=f"C{n}", entry_date=date(2025, 9, 2)) for n in range(10)])
    found = project(frame, AS_AT, years=2, draws=20, levers=Levers.of({}, (Closing("100001", 2026, "It closes"),)))
    assert not found.months.any()
    assert not found.flows["moves_out"].any()


@pytest.mark.parametrize(
    ("lever", "value", "fewer"),
    [("entry_rate", 0.5, True), ("entry_rate", 1.5, False), ("growth_shock", 0.5, False), ("maintained_places", 15.0, True), ("early_leavers", 0.2, True)],
)
def test_a_lever_moves_places_the_way_it_says(lever: str, value: float, fewer: bool, council: pd.DataFrame, projected: Projection) -> None:
    moved = project(council, AS_AT, years=4, draws=80, levers=Levers.of({lever: (value, "To see what it does")}))
    change = moved.places[:, 1:].sum(axis=2).mean() - projected.places[:, 1:].sum(axis=2).mean()
    assert (change < -3) if fewer else (change > 3)
    assert moved.levers.to_json()[0]["reason"] == "To see what it does"


def test_maintained_places_are_counted_in_places(council: pd.DataFrame, projected: Projection) -> None:
    moved = project(council, AS_AT, years=4, draws=80, levers=Levers.of({"maintained_places": (10.0, "A new unit opens")}))
    fewer = projected.flows["entries"][:, 1:].sum(axis=2).mean() - moved.flows["entries"][:, 1:].sum(axis=2).mean()
    assert fewer == pytest.approx(10, abs=3)


@pytest.mark.parametrize(
    ("values", "closing", "said"),
    [
        ({"entry_rate": (1.2, "  ")}, (), "say why"),
        ({"entry_rate": (9.0, "More")}, (), "outside 0 to 3"),
        ({"weather": (1.0, "Rain")}, (), "not a lever"),
        ({}, (Closing("100001", 2027, ""),), "say why"),
    ],
)
def test_a_lever_is_moved_within_its_range_and_with_a_reason(values: dict[str, Any], closing: tuple[Closing, ...], said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        Levers.of(values, closing)


def test_a_lever_where_it_stood_needs_no_reason() -> None:
    assert Levers.of({"entry_rate": (1.0, "")}).to_json() == []


@pytest.mark.parametrize("closing", [Closing("999999", 2027, "Gone"), Closing("100001", 2020, "Gone")])
def test_a_closing_that_cannot_be_is_refused(closing: Closing, council: pd.DataFrame) -> None:
    with pytest.raises(WrongUsage, match="cannot close"):
        project(council, AS_AT, years=2, draws=5, levers=Levers.of({}, (closing,)))


def test_a_register_without_leavers_shows_no_growth_that_is_not_there() -> None:
    """Open placements alone: earlier years have lost who left, so fewer of them stand there. That is not growth."""
    rows = [placement(n, child_id=f"C{n}", entry_date=date(y, 9, 2)) for y, m in ((2022, 5), (2023, 10), (2024, 20), (2025, 40)) for n in range(m)]
    found = project(pd.DataFrame(rows), AS_AT, years=2, draws=200)
    assert found.found.entering.growth == pytest.approx(0, abs=1e-9)


def test_looking_back_uses_only_what_had_happened_by_then(council: pd.DataFrame) -> None:
    later = world(3, AS_AT)
    later.loc[pd.to_datetime(later["entry_date"]) > pd.Timestamp(2025, 3, 31), "named_by"] = "tribunal"
    looked, again = (backtest(frame, AS_AT, draws=40).rows for frame in (council, later))
    columns = ["origin", "years_ahead", "lot", "p10", "p50", "p90", "last_value", "straight_line"]
    pd.testing.assert_frame_equal(looked[columns], again[columns])
    everything = looked[looked["lot"] == "All"]
    assert everything[["origin", "years_ahead"]].astype(str).to_numpy().tolist() == [
        ["2025-03-31", "1"], ["2024-03-31", "1"], ["2024-03-31", "2"], ["2023-03-31", "1"], ["2023-03-31", "2"], ["2023-03-31", "3"]
    ]  # fmt: skip
    assert everything["came"].tolist() == [open_on(council, d) for d in (AS_AT, date(2025, 3, 31), AS_AT, date(2024, 3, 31), date(2025, 3, 31), AS_AT)]
    assert everything["last_value"].tolist() == [open_on(council, date.fromisoformat(str(d))) for d in everything["origin"]]
    line = everything.iloc[1]
    last, earlier = open_on(council, date(2024, 3, 31)), open_on(council, date(2022, 3, 31))
    assert line["straight_line"] == pytest.approx(last + (last - earlier) / 2)


def test_the_summary_of_looking_back_is_its_rows(council: pd.DataFrame) -> None:
    looked = backtest(council, AS_AT, draws=40)
    one = looked.rows[(looked.rows["lot"] == "All") & (looked.rows["years_ahead"] == 1)]
    said = looked.summary().query("scope == 'all' and years_ahead == 1").iloc[0]
    assert said["n"] == 3
    assert said["error_forecast"] == pytest.approx((one["p50"] - one["came"]).abs().mean(), abs=0.01)
    assert said["bias_pct"] == pytest.approx(100 * (one["p50"] - one["came"]).sum() / one["came"].sum(), abs=0.01)
    assert said["coverage_pct"] == pytest.approx(100 * one["came"].between(one["p10"], one["p90"]).mean(), abs=0.1)


def test_a_register_that_does_not_reach_back_is_not_scored() -> None:
    frame = pd.DataFrame([placement(n, child_id=f"C{n}", entry_date=date(2025, 9, 2)) for n in range(30)])
    assert backtest(frame, AS_AT).to_json()["origins"] == []


@pytest.mark.slow
@pytest.mark.parametrize("growth", [0.0, 0.06])
def test_intervals_hold_the_truth_of_made_up_councils_about_four_times_in_five(growth: float) -> None:
    councils, origin, ends = 80, date(2023, 3, 31), (1, 2, 3)
    held, off = np.zeros(3), np.zeros(3)
    for seed in range(councils):
        truth = world(seed, AS_AT, growth=growth)
        total = project(truth, origin, years=3, draws=200, seed=seed).stock.sum(axis=2)
        came = [open_on(truth, date(2023 + h, 3, 31)) for h in ends]
        low, middle, high = (np.percentile(total[:, 1:], q, axis=0) for q in (10, 50, 90))
        held += (low <= came) & (came <= high)
        off += (middle - came) / np.array(came)
    measured(f"Demand, {councils} made-up councils growing {growth:.0%} a year: P10 to P90 held {100 * held / councils} per cent 1, 2, 3 years ahead, "
             f"middle off by {100 * off / councils} per cent")  # fmt: skip
    assert ((held / councils > 0.70) & (held / councils < 0.92)).all()
    assert (np.abs(off / councils) < 0.08).all()
