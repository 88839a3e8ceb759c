"""What the Demand page says is what the futures hold."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from demand_world import open_on, world
from small_authority import AS_AT

from analytics.charts.fan import fan
from analytics.charts.waterfall import waterfall
from analytics.demand import forecast
from analytics.demand.backtest import Backtest, backtest
from analytics.demand.entering import start_months
from analytics.demand.levers import Closing, Levers
from analytics.demand.past import average_places
from analytics.demand.project import project
from analytics.figures import Finding
from analytics.findings import demand as told
from analytics.findings import demand_tables as tables

LEVERS = Levers.of({"entry_rate": (1.2, "More tribunals")}, (Closing("100002", 2027, "The trust told us"),))
PRICES = pd.Series({"ASD-secondary-day@east": 60_000.0})


@pytest.fixture(scope="module")
def frames() -> told.DemandFrames:
    council = world(3, AS_AT)
    found = project(council, AS_AT, years=3, draws=60, levers=LEVERS)
    past = {2024: average_places(council, 2024, AS_AT)[0]}
    return told.DemandFrames(found, backtest(council, AS_AT, draws=30), past, {"100001": "One School"}, start_months(found.found.history), PRICES)


def finding(frames: told.DemandFrames, kind: str = told.ALL) -> Finding:
    return told.demand(frames, kind, "v1")


def test_the_answer_and_the_figures_are_the_percentiles_of_the_futures(frames: told.DemandFrames) -> None:
    found = finding(frames)
    low, middle, high = np.percentile(frames.projection.places.sum(axis=2)[:, -1], (10, 50, 90))
    assert f"about {middle:,.0f}" in found.answer
    assert f"P10 to P90: {low:,.0f} to {high:,.0f}" in found.answer
    assert [figure.label for figure in found.figures] == ["Places now", "Places 2026/27", "Places 2028/29", "New children"]
    assert found.figures[0].value == open_on(world(3, AS_AT), AS_AT)
    assert (found.figures[2].low, found.figures[2].high) == (pytest.approx(low), pytest.approx(high))


def test_levers_are_told_with_their_reasons(frames: told.DemandFrames) -> None:
    said = " ".join(finding(frames).notes)
    assert "More tribunals" in said
    assert "The trust told us" in said
    assert "ten points of that share" in said


def test_steps_of_the_drivers_are_whole_and_add_up(frames: told.DemandFrames) -> None:
    for kind in told.kinds(frames.projection):
        table = finding(frames, kind).tables["drivers"].frame
        steps = table["places"].tolist()
        assert sum(steps[:-1]) == steps[-1]
        assert all(step == round(step) for step in steps)


def test_phases_and_kinds_of_place_make_the_whole(frames: told.DemandFrames) -> None:
    kinds = list(told.kinds(frames.projection))
    whole = frames.projection.places[:, -1].sum(axis=1).mean()
    for some in (kinds[1:4], kinds[4:]):
        parts = [frames.projection.places[:, -1][:, told.chosen_lots(frames.projection, kind)].sum(axis=1).mean() for kind in some]
        assert sum(parts) == pytest.approx(whole)


def test_the_fan_begins_with_what_was(frames: told.DemandFrames) -> None:
    table = finding(frames).tables["fan"]
    assert table.frame["year"].tolist() == ["2024/25", "2026/27", "2027/28", "2028/29"]
    assert table.frame["places"].iloc[0] == pytest.approx(frames.past[2024].sum(), abs=0.06)
    drawn = fan(table, "year", "places", "p10", "p90", "ahead")
    band, was, middle = drawn["data"]
    assert list(was["x"]) == ["2024/25"]
    assert list(middle["x"]) == table.frame["year"].tolist()  # the band opens from the last year that is known
    assert len(band["x"]) == 2 * len(middle["x"])
    assert waterfall(finding(frames).tables["drivers"], "step", "places", "whole")["data"]


def test_todays_children_run_off_and_leave_a_closed_setting_empty(frames: told.DemandFrames) -> None:
    table = finding(frames).tables["survivors"].frame
    one = table[table["urn"] == "100001"]
    assert set(one["setting_name"]) == {"One School"}
    assert one["p50"].is_monotonic_decreasing
    closed = table[(table["urn"] == "100002") & (table["academic_year"] == "2027/28")]
    assert closed["p90"].tolist() == [0.0]


def test_what_a_block_could_fill_is_no_more_than_what_comes(frames: told.DemandFrames) -> None:
    table = finding(frames).tables["fill"].frame
    assert (table["could"] <= table["new"] + 1e-9).all()
    empty = table[[f"empty_{k}" for k in tables.EMPTY]].to_numpy()
    assert (np.diff(empty, axis=1) >= 0).all()
    assert ((empty >= 0) & (empty <= 12)).all()
    priced = table[table["kind"].str.contains("secondary")].iloc[0]
    assert 0 <= priced["void_gbp"] <= priced["empty_10"] * 10 / 12 * 60_000 + 1  # the tenth of ten places is empty longest
    assert priced["void_gbp"] >= priced["empty_10"] / 12 * 60_000 - 60
    assert table.loc[~table["kind"].str.contains("secondary"), "void_gbp"].isna().all()  # a kind without a price has no cost


def test_without_a_past_the_page_says_that_nothing_was_tested(frames: told.DemandFrames) -> None:
    untested = told.DemandFrames(frames.projection, Backtest(pd.DataFrame()), {}, {}, frames.start_months, PRICES)
    found = finding(untested)
    assert "do not reach back" in found.answer
    assert "backtest" not in found.tables


def test_the_document_holds_numbers_that_agree(frames: told.DemandFrames) -> None:
    doc = forecast.document(frames.projection, frames.backtest.to_json())
    assert doc["as_at"] == date(2026, 3, 31)
    assert {row["lever"] for row in doc["levers"]} == {"entry_rate", "closing"}
    for row in doc["drivers"]:
        assert row["start"] + row["entries"] - row["exits"] + row["moves_in"] - row["moves_out"] + row["ageing"] == pytest.approx(row["end"], abs=0.05)
