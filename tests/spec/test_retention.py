"""Placements past their time: what goes, what stays to the penny, and that no byte of what went is left."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loading import SETTINGS, Desk, desk_without_marts

from data import retention, rewriting
from data.backup import backup
from data.ledger import ledger_path
from data.store import Store

ROOT = Path(__file__).resolve().parents[2]
BEFORE = date(2020, 3, 31)  # six years before today
OLD, OLD_PLACE, OLD_CASE = "ZQOLD-child-1", "ZQOLD-place-1", "ZQOLD-case-1"
PLANS = (
    "child_id,birth_month,primary_need,plan_start,plan_ceased\n"
    f"{OLD},2002-02,ASD,2010-09-01,2019-08-31\nSTAYS-1,2008-11,SEMH,2013-09-01,\nNEW-1,2014-11,ASD,2019-09-01,\nZQOLD-child-2,2001-01,ASD,2009-09-01,2018-08-31\n"
)
PLACEMENTS = (
    "placement_id,child_id,urn,entry_date,leaving_date,residence\n"
    f"{OLD_PLACE},{OLD},700001,2012-09-01,2019-08-31,day\n"
    "ZQOLD-place-2,STAYS-1,700001,2013-09-01,2020-03-30,day\n"  # the last day that goes
    "STAYS-A,STAYS-1,700002,2020-04-01,,day\n"
    "STAYS-B,NEW-1,700001,2019-09-01,2020-03-31,day\n"  # the first day that stays
    "STAYS-C,NEW-1,700002,2020-09-01,,day\n"
)
FEES = (
    "placement_id,component,amount_gbp,unit,valid_from,valid_to\n"
    f"{OLD_PLACE},core,40000,year,2018-09-01,2019-08-31\n{OLD_PLACE},therapy,100.50,week,2018-09-01,\nZQOLD-place-2,core,30000,year,2019-09-01,\n"
    "STAYS-A,core,50000,year,2020-04-01,\nSTAYS-C,core,61000.10,year,2020-09-01,\n"
)
PAYMENTS = (
    "transaction_id,paid_on,supplier_name,net_gbp,narrative,urn,placement_id\n"
    f"T1,2019-01-10,One School Ltd,9000,Autumn {OLD},,{OLD_PLACE}\nT2,2019-01-11,One School Ltd,70,Taxi for {OLD_PLACE} in May,,\n"
    "T3,2025-01-10,Two School,12000.25,Spring,,STAYS-A\n"
)
OUTCOMES = (
    "child_id,urn,measure,period_start,period_end,numerator,denominator\n"
    f"{OLD},700001,attendance,2018-09-01,2019-07-20,150,190\nSTAYS-1,700001,attendance,2018-09-01,2019-07-20,170,190\nSTAYS-1,700002,attendance,2024-09-01,2025-07-20,180,190\n"
)
CONSULTATIONS = f"child_id,urn,sent_on,reply,refuse_reason\n{OLD},700002,2012-05-01,refuse,No room for {OLD}\nSTAYS-1,700002,2020-02-01,offer,\n"
CASES = f"case_id,child_id,kind,opened_on,status\n{OLD_CASE},{OLD},move,2015-01-01,closed\nSTAYS-K,STAYS-1,move,2020-01-05,closed\n"
EVERYTHING = (SETTINGS, PLANS, PLACEMENTS, FEES, PAYMENTS, OUTCOMES, CONSULTATIONS, CASES)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two versions of an old placement, a withdrawn batch, duplicates, and records set aside that name what is old."""
    with desk_without_marts(tmp_path_factory.mktemp("loaded")) as desk:
        fill(desk)
    with duckdb.connect(str(desk.db)) as connection:
        connection.execute("DELETE FROM meta_derived WHERE name = 'marts'")
    Store.open(desk.db).close()
    return desk


def fill(desk: Desk) -> None:
    desk.load_all(*EVERYTHING)
    desk.load(PLACEMENTS.replace("2012-09-01,2019-08-31,day", "2012-09-01,2019-08-31,38wk"))
    desk.load(FEES.replace("30000", "30000") + f"{OLD_PLACE},core,wrong,year,2017-09-01,2018-08-31\n")
    wrong = desk.load(f"child_id,urn,sent_on,reply\n{OLD},700001,2012-05-02,offer\n")
    desk.load("child_id,urn,sent_on,reply\nSTAYS-1,700001,2013-05-02,offer\n", replace=wrong.batch_id)
    desk.load(
        "placement_id,child_id,urn,entry_date,leaving_date,residence\n"
        f"ZQOLD-overlap,{OLD},700002,2014-09-01,2015-08-31,day\n"  # set aside: overlaps, and names the other placement
        "ZQOLD-nobody,ZQOLD-child-9,700001,2014-09-01,2015-08-31,day\n"  # set aside: no such child
        "WAITS,NOBODY,700001,2024-09-01,,day\n"
    )


@pytest.fixture
def desk(loaded: Desk, tmp_path: Path) -> Path:
    for path in (loaded.db, ledger_path(loaded.db)):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path / loaded.db.name


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def holding(folder: Path, words: bytes = b"ZQOLD") -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and words in path.read_bytes())


def quiet(_event: str, _about: dict[str, Any]) -> None:
    return None


def costs(db: Path) -> list[tuple[Any, ...]]:
    """Cost by month since the first year in which nothing goes."""
    return rows(db, "SELECT * FROM mart_cost_month WHERE fy >= 2021 ORDER BY ALL")


def spend(db: Path) -> list[tuple[Any, ...]]:
    return rows(db, "SELECT fy, urn, setting_name, sum(net_gbp) FROM mart_payment GROUP BY ALL ORDER BY ALL")


def test_a_placement_goes_on_the_day_after_its_years() -> None:
    assert retention.day_before(date(2026, 3, 31), 6) == BEFORE
    assert retention.day_before(date(2024, 2, 29), 6) == date(2018, 2, 28)


def test_what_would_go_is_counted_and_nothing_changes(desk: Path) -> None:
    bytes_before = desk.read_bytes()
    with Store.opened(desk) as store:
        found = rewriting.planned(store, BEFORE)
    assert (found.placements, found.children, found.children_kept) == (2, 2, 1)
    assert (found.oldest_end, found.newest_end) == (date(2019, 8, 31), date(2020, 3, 30))
    assert found.rows == {"fees": 3, "outcomes": 2, "consultations": 3, "cases": 1, "sen2": 0, "placements": 3, "plans": 2}
    assert found.fee_lines_gbp == Decimal("70100.50")
    assert (found.payments_detached, found.payments_gbp) == (2, Decimal("9070.00"))
    assert found.set_aside == 3
    assert sum(one["rows"] for one in found.batches) == sum(found.rows.values())
    assert desk.read_bytes() == bytes_before


def test_no_byte_of_what_went_is_left_and_what_stays_is_the_same_to_the_penny(desk: Path) -> None:
    kept_before, spent = costs(desk), spend(desk)
    assert holding(desk.parent) == [desk.name]
    with Store.opened(desk) as store:
        version = store.data_version()
    found = rewriting.carry_out(desk, BEFORE, quiet)
    assert found.placements == 2
    with Store.opened(desk) as store:  # the manifest, its ledger and the rows still agree
        assert store.data_version() != version
        assert set(store.read("stg_placement")["placement_id"]) == {"STAYS-A", "STAYS-B", "STAYS-C"}
        assert set(store.read("stg_plan")["child_id"]) == {"STAYS-1", "NEW-1"}
        assert len(store.read("stg_outcome")) == 1
        assert len(store.read("stg_consultation")) == 1
        assert set(store.read("stg_case")["case_id"]) == {"STAYS-K"}
        store.acknowledge()
        assert holding(desk.parent) == []
    assert kept_before
    assert costs(desk) == kept_before
    assert spend(desk) == spent
    assert rows(desk, "SELECT transaction_id, urn, placement_id, narrative FROM raw_payments ORDER BY 1") == [
        ("T1", "700001", None, None),
        ("T2", None, None, None),
        ("T3", None, "STAYS-A", "Spring"),
    ]
    assert [json.loads(row[0])["placement_id"] for row in rows(desk, "SELECT DISTINCT record FROM meta_quarantine")] == ["WAITS"]
    assert not rewriting.working_folder(desk).exists()


def test_a_second_run_finds_nothing_and_leaves_the_file_alone(desk: Path) -> None:
    rewriting.carry_out(desk, BEFORE, quiet)
    Store.open(desk).close()
    first = desk.read_bytes()
    told: list[str] = []
    again = rewriting.carry_out(desk, BEFORE, lambda event, _about: told.append(event))
    assert (again.anything, told) == (False, [])
    assert desk.read_bytes() == first


def test_the_audit_log_gets_counts_without_ids(desk: Path) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    rewriting.carry_out(desk, BEFORE, lambda event, about: told.append((event, about)))
    assert [event for event, _ in told] == ["retention_begun", "retention_done"]
    words = json.dumps(told, default=str)
    assert "ZQOLD" not in words
    assert told[1][1]["rows_placements"] == 3
    notes = rows(desk, "SELECT sum(rows), sum(set_aside), sum(detached), max_by(hash, rowid) FROM meta_removed")
    assert notes == [(14, 3, 2, told[1][1]["newest_note"])]


def test_a_change_to_the_notes_of_what_went_is_found(desk: Path) -> None:
    rewriting.carry_out(desk, BEFORE, quiet)

    def hold() -> bool:
        with Store.opened(desk) as store:
            return retention.notes_hold(store.read("meta_removed"))

    assert hold()
    with duckdb.connect(str(desk)) as connection:
        connection.execute("UPDATE meta_removed SET rows = rows + 1 WHERE rowid = 1")
    assert not hold()


def test_rows_lost_after_a_removal_are_still_missed(desk: Path) -> None:
    rewriting.carry_out(desk, BEFORE, quiet)
    with duckdb.connect(str(desk)) as connection:
        connection.execute("DELETE FROM raw_placements WHERE placement_id = 'STAYS-C'")
    with pytest.raises(Exception, match="missing from the database"):
        Store.open(desk)


@pytest.mark.parametrize(
    ("where", "removed"),
    [
        pytest.param("data.rewriting._without = lambda *_: die()", False, marks=pytest.mark.slow),
        pytest.param("data.retention.remove = lambda *_: die()", False, marks=pytest.mark.slow),
        ("data.rewriting._take_place = lambda *_: die()", False),
        ("take = data.rewriting._take_place\ndata.rewriting._take_place = lambda *given: (take(*given), die())", True),
    ],
    ids=["while copying", "while removing", "before taking its place", "after taking its place"],
)
def test_killed_half_way_the_database_is_as_before_or_after_and_the_next_run_clears_up(desk: Path, where: str, removed: bool) -> None:
    script = (
        "import os, sys\nfrom datetime import date\nfrom pathlib import Path\nimport data.retention, data.rewriting\n"
        f"def die(): os.kill(os.getpid(), 9)\n{where}\n"
        "data.rewriting.carry_out(Path(sys.argv[1]), date(2020, 3, 31), lambda *_: None)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(desk)], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -9 or sys.platform == "win32", killed.stderr
    with Store.opened(desk) as store:
        assert rewriting.planned(store, BEFORE).anything is not removed
        assert len(store.read("stg_placement")) == (3 if removed else 5)
    assert rewriting.working_folder(desk).exists()
    rewriting.carry_out(desk, BEFORE, quiet)
    assert not rewriting.working_folder(desk).exists()
    assert holding(desk.parent) == []


def test_backups_from_before_hold_what_went_and_are_named_and_deleted_on_request(desk: Path) -> None:
    with Store.opened(desk) as store:
        old = Path(backup(store)["file"])
    rewriting.carry_out(desk, BEFORE, quiet)
    with Store.opened(desk) as store:
        removed_at = rewriting.last_removal(store)
        assert removed_at is not None
        assert rewriting.older_copies(desk, max(removed_at, datetime.now(UTC).replace(tzinfo=None))) == [old]
        assert holding(desk.parent) == [f"{desk.name}.backups/{old.name}"]
        fresh = rewriting.delete_copies(store, [old])
    assert holding(desk.parent) == []
    assert [path.name for path in sorted(old.parent.iterdir())] == [fresh.name, f"{fresh.name}.sha256"]
