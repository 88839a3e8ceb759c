"""Forecasts are frozen as they were shown, by whom and on what, and scored when actuals arrive."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from loading import PLACEMENTS, PLANS, SETTINGS, Desk
from small_authority import placement

from analytics.demand.past import average_places, scored, told_as
from analytics.run import demand_page
from analytics.run.session import Session
from data import forecasts
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, WrongUsage

LOT = "ASD-secondary-day@east"
ROWS = pd.DataFrame({"lot": ["All", LOT], "year": [2024, 2024], "p10": [8.0, 4.0], "p50": [10.0, 5.0], "p90": [12.0, 6.0]})
LEVER = {"lever": "entry_rate", "value": 1.2, "reason": "More tribunals"}
MADE = forecasts.Frozen(date(2024, 3, 31), "v1", 1000, 1, (LEVER,), "commissioner", "Cabinet of May")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    return desk


def test_what_is_frozen_can_be_read_as_it_was(desk: Desk) -> None:
    forecast_id = forecasts.freeze(desk.store, MADE, ROWS)
    desk.reopen()
    found = desk.store.read("frozen_forecasts")
    assert found["forecast_id"].unique().tolist() == [forecast_id]
    assert found[["lot", "year", "p10", "p50", "p90"]].sort_values("lot").to_numpy().tolist() == ROWS.sort_values("lot").to_numpy().tolist()
    row = found.iloc[0]
    assert (row["data_version"], row["draws"], row["seed"], row["frozen_by"], row["note"]) == ("v1", 1000, 1, "commissioner", "Cabinet of May")
    assert json.loads(row["levers"])[0]["reason"] == "More tribunals"
    assert pd.Timestamp(row["as_at"]).date() == date(2024, 3, 31)


def test_a_note_or_reason_that_names_a_child_is_refused(desk: Desk) -> None:
    desk.load(PLANS.replace("C1,", "CHILD7001,"))
    for made in (
        forecasts.Frozen(MADE.as_at, "v1", 10, 1, (), "x", "as for CHILD7001"),
        forecasts.Frozen(MADE.as_at, "v1", 10, 1, ({"reason": "child7001 left"},), "x"),
    ):
        with pytest.raises(WrongUsage, match="reference of a child"):
            forecasts.freeze(desk.store, made, ROWS)
    assert desk.store.read("frozen_forecasts").empty


def test_a_past_state_holds_the_forecasts_frozen_by_then(desk: Desk) -> None:
    first, second = (forecasts.freeze(desk.store, MADE, ROWS) for _ in range(2))
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE frozen_forecast SET frozen_at = frozen_at - INTERVAL 3 DAY WHERE forecast_id = ?", [first])
        cursor.execute("UPDATE meta_batch SET loaded_at = loaded_at - INTERVAL 3 DAY")
        day = cursor.execute("SELECT min(frozen_at)::DATE FROM frozen_forecast").fetchall()[0][0]
    past = desk.store.known_on(day)
    try:
        assert past.read("frozen_forecasts")["forecast_id"].unique().tolist() == [first]
    finally:
        past.close()
    assert second in set(desk.store.read("frozen_forecasts")["forecast_id"])


def test_a_commissioner_freezes_what_the_page_shows_and_the_log_tells(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.run.demand.DRAWS", 20)
    session = Session(Role.COMMISSIONER, desk.store, "A. Person")
    before = demand_page.frozen_state(session)
    assert "frozen" in demand_page.freeze(session, demand_page.as_found(), "Scrutiny")
    assert demand_page.frozen_state(session) != before
    kept, _ = demand_page.frozen(session, "")
    assert kept.frame[["frozen_by", "note", "levers"]].to_numpy().tolist() == [["A. Person", "Scrutiny", "as found"]]
    assert '"forecast_frozen"' in audit_path(desk.store.path).read_text(encoding="utf-8")


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CABINET, Role.ADMIN])
def test_nobody_else_freezes(role: Role, desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        demand_page.freeze(Session(role, desk.store), demand_page.as_found(), "")


def test_average_places_count_the_months_a_place_is_held() -> None:
    """Academic year 2024/25: one child all year, one from February (seven months), one until December (four)."""
    frame = pd.DataFrame([
        placement(1, entry_date=date(2024, 9, 2)),
        placement(2, entry_date=date(2025, 2, 10)),
        placement(3, entry_date=date(2023, 9, 4), leaving_date=date(2024, 12, 20)),
    ])  # fmt: skip
    came, months = average_places(frame, 2024, date(2026, 3, 31))
    assert (came.sum(), months) == (pytest.approx((12 + 7 + 4) / 12), 12)
    so_far, months = average_places(frame, 2024, date(2024, 11, 30))
    assert (so_far.sum(), months) == (pytest.approx(2.0), 3)
    assert average_places(frame, 2026, date(2026, 3, 31))[1] == 0


def test_a_frozen_forecast_is_scored_when_its_year_is_over() -> None:
    frame = pd.DataFrame([placement(n, entry_date=date(2023, 9, 4)) for n in range(11)])
    frozen = ROWS.assign(forecast_id="f1")
    over = scored(frozen, frame, date(2025, 8, 31)).set_index("lot")
    assert over.loc["All", ["came", "months", "held"]].tolist() == [11.0, 12, True]
    assert over.loc[LOT, ["came", "held"]].tolist() == [11.0, False]
    running = scored(frozen, frame, date(2025, 1, 31)).set_index("lot")
    assert running.loc["All", ["came", "months", "held"]].tolist() == [11.0, 5, None]
    assert scored(frozen, frame, date(2024, 8, 31)).empty


def test_a_kind_that_was_pooled_is_scored_with_its_pool() -> None:
    names = {"All", LOT, "OTHER-secondary-day@east", "OTHER-secondary-day@any"}
    assert told_as(LOT, names) == LOT
    assert told_as("HI-secondary-day@east", names) == "OTHER-secondary-day@east"
    assert told_as("HI-secondary-day@north", names) == "OTHER-secondary-day@any"
    assert told_as("HI-primary-day@north", names) == "HI-primary-day@north"
