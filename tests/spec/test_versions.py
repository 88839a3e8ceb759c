"""What was known when: rows that waited, decisions, clocks; batches taken back; past states that nobody can change and that leave nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk, desk_without_marts

from data import matching
from data.errors import StoreUnusable, WrongUsage
from data.known import days_of_loading
from data.ledger import ledger_path
from data.paths import backup_dir, past_path
from data.restated import restated
from data.store import Store
from data.withdrawal import withdraw_batch

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=n) for n in (1, 2, 3))
PAYMENTS = "transaction_id,paid_on,supplier_name,net_gbp\nA1,2024-09-01,ONE SCHOOL LTD,10\nA2,2024-09-01,CITY CARS,5\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def seen(store: Store, day: datetime, sql: str) -> list[tuple[object, ...]]:
    """Rows of the state as known at the end of a day."""
    with closing(store.known_on(day.date())) as past, past.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def test_a_row_that_waited_is_known_from_the_day_its_parent_came(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS, FEES, now=MONDAY)
    desk.load(PLACEMENTS, now=TUESDAY)
    fees, waiting = "SELECT count(*) FROM raw_fees WHERE is_current", "SELECT count(*) FROM meta_quarantine WHERE resolved_by IS NULL"
    assert [seen(desk.store, day, sql) for day in (MONDAY, TUESDAY) for sql in (fees, waiting)] == [[(0,)], [(2,)], [(2,)], [(0,)]]


def test_a_decision_on_a_supplier_is_known_from_its_day_until_it_is_undone(desk: Desk) -> None:
    desk.load_all(SETTINGS, PAYMENTS, now=MONDAY)
    for name, urn, taken, undone in [("CITY CARS", None, "2026-03-03 10:00", "2026-03-05 08:00"), ("ONE SCHOOL LTD", "700001", "2026-03-04 10:00", None)]:
        with desk.store.transaction() as cursor:
            cursor.execute("INSERT INTO supplier_match VALUES (?, ?, 'finance', ?, ?)", [name, urn, taken, undone])
    standing = "SELECT supplier_name FROM supplier_match WHERE undone_at IS NULL ORDER BY ALL"
    known = [[name for (name,) in seen(desk.store, day, standing)] for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)]
    assert known == [[], ["CITY CARS"], ["CITY CARS", "ONE SCHOOL LTD"], ["ONE SCHOOL LTD"]]
    proposals = "SELECT * FROM supplier_proposal ORDER BY supplier_name"
    assert seen(desk.store, MONDAY, proposals) == desk.rows(proposals) != []


def test_a_clock_set_back_does_not_put_a_file_before_the_one_it_followed(desk: Desk) -> None:
    desk.load(SETTINGS, now=WEDNESDAY)
    desk.load(PLANS, now=MONDAY)
    assert days_of_loading(desk.store) == [WEDNESDAY.date()]
    assert seen(desk.store, TUESDAY, "SELECT count(*) FROM meta_batch") == [(0,)]
    assert seen(desk.store, WEDNESDAY, "SELECT count(*) FROM meta_batch") == [(2,)]


def test_a_day_is_a_day_of_greenwich(desk: Desk) -> None:
    desk.load(SETTINGS, now=datetime.fromisoformat("2026-07-01T00:30:00+01:00"))  # summer time: still 30 June in UTC
    assert days_of_loading(desk.store) == [date(2026, 6, 30)]


def test_before_the_first_file_there_is_an_empty_state_that_says_so(desk: Desk) -> None:
    desk.load(SETTINGS, now=TUESDAY)
    with closing(desk.store.known_on(MONDAY.date())) as past:
        assert past.told == "Nothing had been loaded by 2 March 2026; the first file came on 3 March 2026."
        assert (past.count("meta_batch"), past.is_sample(), len(past.read("stg_setting"))) == (0, False, 0)
        assert past.data_version() != desk.store.data_version()


def test_where_nothing_came_since_the_past_is_the_present(desk: Desk) -> None:
    desk.load(SETTINGS, now=MONDAY)
    with closing(desk.store.known_on(TUESDAY.date())) as past:
        assert past.told.endswith("no file has been loaded since.")
        assert past.data_version() == desk.store.data_version()


def test_a_past_state_cannot_be_changed_and_leaves_nothing_behind(desk: Desk) -> None:
    desk.load_all(SETTINGS, PAYMENTS, now=MONDAY)
    past = desk.store.known_on(MONDAY.date())
    with pytest.raises(WrongUsage, match="cannot be changed"):
        matching.confirm(past, "CITY CARS", None, "finance")
    with pytest.raises(WrongUsage, match="cannot be changed"):
        withdraw_batch(past, desk.rows("SELECT batch_id FROM meta_batch")[0][0])
    left = past_path(desk.db)
    left.write_bytes(b"of a process that ended in between")
    assert len(list(backup_dir(desk.db).iterdir())) >= 2
    del past  # what nothing refers to any more goes, and its file with it
    desk.reopen()
    assert list(backup_dir(desk.db).iterdir()) == []


def test_a_withdrawn_batch_leaves_and_what_lost_its_parent_is_told(desk: Desk) -> None:
    settings, _, placements, fees = desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES, now=MONDAY)
    done = withdraw_batch(desk.store, str(placements.batch_id), now=TUESDAY)
    lost = {"source": "fees", "column": "placement_id", "count": 2, "rows": [{"batch_id": fees.batch_id, "row": row} for row in (2, 3)]}
    assert (done.rows_left, done.handed_over, done.keys_gone, done.gbp_left, done.lost_parent) == (2, 0, 2, None, (lost,))
    assert desk.rows("SELECT count(*) FROM raw_placements WHERE is_current") == [(0,)]
    assert seen(desk.store, MONDAY, "SELECT count(*) FROM raw_placements WHERE is_current") == [(2,)]
    pounds = withdraw_batch(desk.store, str(fees.batch_id), now=TUESDAY)
    assert (pounds.rows_left, pounds.gbp_left) == (2, 60_000.0)
    again = desk.load(PLACEMENTS, now=WEDNESDAY)
    assert (again.already_loaded, again.accepted) == (False, 2)
    assert str(settings.batch_id) in desk.store.read("meta_batch")["batch_id"].tolist()


def test_a_withdrawal_brings_an_earlier_version_back(desk: Desk) -> None:
    desk.load(SETTINGS, now=MONDAY)
    renamed = desk.load("urn,setting_name,setting_type\n700001,Renamed,ISS\n", now=TUESDAY)
    done = withdraw_batch(desk.store, str(renamed.batch_id), now=WEDNESDAY)
    assert (done.rows_left, done.keys_gone) == (1, 0)
    name = "SELECT setting_name FROM raw_settings WHERE urn = '700001' AND is_current"
    assert [seen(desk.store, day, name) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [[("One School",)], [("Renamed",)], [("One School",)]]


def test_a_withdrawal_is_a_batch_of_no_rows_in_manifest_and_ledger(desk: Desk) -> None:
    batch = desk.load(SETTINGS)
    done = withdraw_batch(desk.store, str(batch.batch_id))
    line = json.loads(ledger_path(desk.db).read_text(encoding="utf-8").splitlines()[-1])
    assert (line["batch_id"], line["withdraws"], line["rows_in"], line["accepted"]) == (done.batch_id, batch.batch_id, 0, 0)
    desk.reopen()
    assert desk.rows("SELECT replaces, withdrawn_by FROM meta_batch ORDER BY seq") == [(None, done.batch_id), (batch.batch_id, None)]


def test_a_withdrawal_that_was_cut_off_before_the_ledger_is_found_done_when_it_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = desk.load(SETTINGS)

    def ended(_store: Store) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "acknowledge", ended)
        with pytest.raises(KeyboardInterrupt):
            withdraw_batch(desk.store, str(batch.batch_id))
    desk.reopen()
    done = withdraw_batch(desk.store, str(batch.batch_id))
    assert (done.already_withdrawn, desk.store.count("meta_batch"), done.rows_left) == (True, 2, 2)


def test_what_cannot_be_withdrawn_is_refused_in_a_sentence(desk: Desk) -> None:
    first = desk.load(SETTINGS)
    second = desk.load("urn,setting_name,setting_type\n700001,Renamed,ISS\n", replace=first.batch_id)
    with pytest.raises(WrongUsage, match="no batch"):
        withdraw_batch(desk.store, "000009-00000000")
    with pytest.raises(WrongUsage, match=f"already replaced by batch {second.batch_id}"):
        withdraw_batch(desk.store, str(first.batch_id))
    done = withdraw_batch(desk.store, str(second.batch_id))
    with pytest.raises(WrongUsage, match="itself a withdrawal"):
        withdraw_batch(desk.store, done.batch_id)
    with pytest.raises(WrongUsage, match="holds no rows"):
        desk.load(SETTINGS, replace=done.batch_id)
    assert desk.rows("SELECT count(*) FROM raw_settings WHERE is_current") == [(0,)]


def test_what_a_withdrawn_batch_had_set_aside_waits_no_more(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    bad = desk.load("placement_id,child_id,urn,entry_date,residence\nP1,C9,700001,2024-09-01,day\nP2,C1,700001,31/02/2024,day\n", now=MONDAY)
    desk.load(PLACEMENTS, replace=bad.batch_id, now=TUESDAY)
    waiting = "SELECT count(*) FROM meta_quarantine WHERE resolved_by IS NULL"
    assert desk.rows(waiting) == [(0,)]


def test_a_withdrawal_undone_by_hand_in_the_database_is_found_at_the_next_open(desk: Desk) -> None:
    batch = desk.load(SETTINGS)
    withdraw_batch(desk.store, str(batch.batch_id))
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE meta_batch SET withdrawn_by = NULL")
    with pytest.raises(StoreUnusable, match="was changed in the database after loading"):
        desk.reopen()


def test_changes_are_counted_by_source_and_column(desk: Desk) -> None:
    desk.load(SETTINGS, now=MONDAY)
    desk.load("urn,setting_name,setting_type,capacity\n700001,Renamed,ISS,40\n700002,Two School,NMSS,12\n700003,Three School,ISS,\n", now=TUESDAY)
    found = [tuple(row) for row in restated(desk.store, MONDAY.date()).fillna("").itertuples(index=False)]
    assert found == [("settings", "changed", "setting_name", 1), ("settings", "changed", "capacity", 2), ("settings", "new", "", 1)]
    assert restated(desk.store, TUESDAY.date()).empty
