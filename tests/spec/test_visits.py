"""Visits to settings: who, when, what was seen, what follows. Kept with the seal, told to the audit log, naming no child, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loading import PLACEMENTS, PLANS, SETTINGS, Desk, desk_without_marts

from analytics.run import visits as run
from analytics.run.session import Session
from data import seal, visits
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, StoreUnusable, WrongUsage
from data.visits import Visit

VISIT = Visit("700001", date(2026, 3, 2), "A. Officer and B. Adviser", "Calm corridors; reading in every class.", "Ask for the new timetable", date(2026, 4, 1))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as made:
        made.load_all(SETTINGS, PLANS.replace("C1,", "CHILD-0001,"), PLACEMENTS.replace("C1,", "CHILD-0001,"))
        yield made


def session(desk: Desk, role: Role = Role.COMMISSIONER) -> Session:
    return Session(role, desk.store, "a.officer@council.example")


def test_a_visit_is_kept_through_a_reopening_and_counted_as_a_change(desk: Desk) -> None:
    before, version = desk.rows("SELECT number FROM meta_change")[0][0], desk.store.data_version()
    visits.record(desk.store, VISIT, "commissioner")
    assert desk.rows("SELECT number FROM meta_change")[0][0] == before + 1
    assert desk.store.data_version() == version  # figures do not follow from visits
    desk.reopen()
    (kept,) = visits.standing(desk.store).to_dict("records")
    assert (kept["urn"], kept["visited_by"], kept["seen"], kept["follows"]) == ("700001", VISIT.visited_by, VISIT.seen, VISIT.follows)
    assert kept["visited_on"].date() == VISIT.visited_on
    assert visits.standing(desk.store, "700002").empty


def test_a_database_that_lost_a_visit_is_refused(desk: Desk) -> None:
    copy = desk.db.read_bytes()
    visits.record(desk.store, VISIT, "commissioner")
    desk.store.close()
    desk.db.write_bytes(copy)
    with pytest.raises(StoreUnusable, match=r"lacks the last 1 change"):
        desk.reopen()
    assert seal.note_path(desk.db).exists()
    seal.note_path(desk.db).unlink()
    desk.reopen()


def test_the_audit_log_hears_of_it_without_what_was_seen(desk: Desk) -> None:
    said = run.record(session(desk), "700001", VISIT.visited_on, VISIT.visited_by, VISIT.seen, VISIT.follows, VISIT.follow_by)
    assert said == "The visit of 2 March 2026 to One School is recorded."
    (visit_id,) = run.to_take_back(session(desk))
    run.take_back(session(desk), visit_id)
    log = audit_path(desk.db).read_text()
    assert '"event": "visit"' in log
    assert '"event": "visit_taken_back"' in log
    assert "700001" in log
    assert "corridors" not in log


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMIN, Role.CABINET])
def test_only_a_commissioner_records_a_visit(desk: Desk, role: Role) -> None:
    with pytest.raises(NotAllowed):
        run.record(session(desk, role), "700001", VISIT.visited_on, "X", "Y", "", None)
    assert not run.may_record(session(desk, role))
    assert visits.standing(desk.store).empty


def test_finance_reads_visits_and_cabinet_does_not(desk: Desk) -> None:
    visits.record(desk.store, VISIT, "commissioner")
    table = run.visits(session(desk, Role.FINANCE), "700001")
    assert table.frame["setting_name"].tolist() == ["One School"]
    with pytest.raises(NotAllowed):
        run.visits(session(desk, Role.CABINET))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"urn": "999999"}, "unknown_urn"),
        ({"visited_on": date.today() + timedelta(days=2)}, "visit_day"),  # noqa: DTZ011 - two days ahead anywhere
        ({"follow_by": date(2026, 3, 1)}, "visit_follow_by"),
        ({"seen": "  "}, "visit_empty"),
        ({"visited_by": ""}, "visit_empty"),
        ({"seen": "x" * 4001}, "wrong_usage"),
        ({"seen": "Spoke with the tutor of child-0001."}, "visit_names_child"),
        ({"follows": "Look at (CHILD-0001)"}, "visit_names_child"),
        ({"seen": "Nul\0"}, "visit_text"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(desk: Desk, change: dict[str, object], code: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        visits.record(desk.store, Visit(**{**VISIT.__dict__, **change}), "commissioner")
    assert refused.value.code == code
    assert "0001" not in refused.value.message
    assert visits.standing(desk.store).empty


def test_a_visit_taken_back_stands_no_more_and_its_row_is_kept(desk: Desk) -> None:
    visit_id = visits.record(desk.store, VISIT, "commissioner")
    visits.take_back(desk.store, visit_id, "commissioner")
    assert visits.standing(desk.store).empty
    assert desk.rows("SELECT seen, taken_back_by FROM visit") == [(VISIT.seen, "commissioner")]
    with pytest.raises(WrongUsage, match="taken back before"):
        visits.take_back(desk.store, visit_id, "commissioner")


def test_a_past_state_holds_the_visits_of_its_day(desk: Desk) -> None:
    today = datetime.now(UTC).date()
    first, second = (visits.record(desk.store, VISIT, "commissioner") for _ in range(2))
    visits.take_back(desk.store, first, "commissioner")
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE meta_batch SET loaded_at = loaded_at - INTERVAL 5 DAY")
        cursor.execute("UPDATE visit SET recorded_at = recorded_at - INTERVAL 3 DAY WHERE visit_id = ?", [first])
    for back, expected in ((0, [second]), (1, [first]), (4, [])):
        past = desk.store.known_on(today - timedelta(days=back))
        assert visits.standing(past)["visit_id"].tolist() == expected
        assert not run.may_record(Session(Role.COMMISSIONER, past))
        with pytest.raises(WrongUsage):
            visits.record(past, VISIT, "commissioner")
        past.close()
