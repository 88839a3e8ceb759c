"""Pseudonyms at intake: the same id is the same child in every file, and what was given is nowhere in what is kept."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from loading import PLANS, SETTINGS, TODAY, Desk, codes, desk_without_marts

from data import assurance, pseudonym
from data.errors import StoreUnusable, WrongUsage
from data.pseudonym import Pseudonyms
from data.store import Store

CANARY, PLACED, CASE = "ZQCANARY-child-77", "ZQCANARY-place-88", "ZQCANARY-case-99"
WISH = assurance.Wish(date(2026, 3, 1), True, pseudonyms=True)


@pytest.fixture(autouse=True)
def config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("PLACEMENTS_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        assurance.give(desk.store, WISH, "commissioner", TODAY)
        yield desk


def names(desk: Desk) -> Pseudonyms:
    found = pseudonym.of(desk.store)
    assert found is not None
    return found


def test_a_pseudonym_is_of_the_key_the_kind_and_the_id_as_a_person_sees_it() -> None:
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    made = one.of("child_id", "C1")
    assert (made[:2], len(made)) == ("C-", 22)
    assert one.of("child_id", " C1\u200b ") == made
    assert len({made, one.of("child_id", "C2"), one.of("case_id", "C1"), other.of("child_id", "C1")}) == 4
    assert one.of("child_id", "") == ""
    assert one.of("child_id", "1.2E+05") == ""


def test_a_pseudonym_stays_what_it_is_but_one_of_another_key_does_not() -> None:
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    made = one.of("child_id", "C1")
    assert one.of("child_id", made) == made
    assert other.of("child_id", made) != made
    assert one.of("placement_id", made) != made
    assert one.of("child_id", made[:-1] + ("A" if made[-1] != "A" else "B")) != made


@pytest.mark.slow
def test_a_hundred_thousand_ids_get_as_many_pseudonyms() -> None:
    names = Pseudonyms(b"k" * 32)
    assert len({names.of("child_id", f"{n}") for n in range(100_000)}) == 100_000


def test_children_are_the_same_in_every_file(desk: Desk) -> None:
    placements = "placement_id,child_id,urn,entry_date,residence\nP1, C1 ,700001,2024-09-01,day\n"
    fees = "placement_id,component,amount_gbp,unit,valid_from\nP1,core,45000,year,2024-09-01\n"
    reports = desk.load_all(SETTINGS, PLANS, placements, fees)
    assert [(r.accepted, r.quarantined) for r in reports] == [(2, 0), (2, 0), (1, 0), (1, 0)]
    hashed = names(desk)
    assert desk.rows("SELECT child_id FROM raw_plans ORDER BY row_number") == [(hashed.of("child_id", "C1"),), (hashed.of("child_id", "C2"),)]
    assert desk.rows("SELECT placement_id, child_id FROM raw_placements") == [(hashed.of("placement_id", "P1"), hashed.of("child_id", "C1"))]
    assert desk.rows("SELECT placement_id FROM raw_fees") == [(hashed.of("placement_id", "P1"),)]


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv"}


def test_what_was_given_is_in_no_byte_of_what_is_kept_even_when_killed_before_the_checkpoint(desk: Desk) -> None:
    """The canary is in good records, in every kind of bad one, in free text, and slipped into other columns."""
    plans = (
        "child_id,birth_month,primary_need,plan_start,home_district\n"
        f"{CANARY},2014-02,ASD,2020-09-01,{CANARY}\n{CANARY}x,{CANARY},ASD,2020-09-01,\n{CANARY}y,2014-02,{CANARY}y,2020-09-01,\n"
        f"{CANARY},2015-01,ASD,2020-09-01,\n{CANARY},2014-02,ASD,2020-09-01,extra,{CANARY}\n"
    )
    placements = (
        f"placement_id,child_id,urn,entry_date,residence\n{PLACED},{CANARY},700001,2024-09-01,day\n{PLACED}b,{CANARY}-none,700001,2024-09-01,day\n"
        f"{PLACED}c,{CANARY},700001,2024-09-01,day\n{PLACED}d,{CANARY},{CANARY},2024-09-01,day\n"
    )
    payments = "transaction_id,paid_on,supplier_name,net_gbp,narrative,placement_id\n"
    payments += f"T1,2025-01-01,One School,5,Fees for {PLACED}.,{PLACED}\nT2,x,One,5,,{PLACED}z\n"
    cases = f"case_id,child_id,kind,opened_on,status\n{CASE},{CANARY},new,2024-01-01,open\n{CASE}b,{CANARY},wrong,2024-01-01,open\n"
    with patch.object(Store, "acknowledge", lambda _self: None):
        reports = desk.load_all(SETTINGS, plans, placements, payments, cases)
        kept = everything(desk.folder)  # with the write-ahead log as a crash would leave it
    assert [r.rejected for r in reports] == [None] * 5
    assert sum(r.quarantined for r in reports) >= 8
    assert any(name.endswith(".wal") and b"One School" in content for name, content in kept.items())
    desk.store.acknowledge()
    kept |= {f"{name} later": content for name, content in everything(desk.folder).items()}
    told = json.dumps([report.to_json() for report in reports], default=str)
    assert [name for name, content in kept.items() if b"ZQCANARY" in content] == []
    assert "ZQCANARY" not in told
    assert desk.rows("SELECT narrative FROM raw_payments") == [(f"Fees for {names(desk).of('placement_id', PLACED)}.",)]


def test_a_record_mended_here_is_the_same_child(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    wrong = "child_id,birth_month,primary_need,plan_start\nC7,2014-13,ASD,2020-09-01\n"
    report = desk.load(wrong)
    assert codes(report) == [(2, "bad_date")]
    assert "2014-13" not in report.quarantine[0]["message"]
    held = json.loads(desk.rows("SELECT record FROM meta_quarantine")[0][0])
    mended = desk.load(f"child_id,birth_month,primary_need,plan_start\n{held['child_id']},2014-12,ASD,2020-09-01\n")
    assert mended.accepted == 1
    assert desk.load(wrong.replace("2014-13", "2014-12").replace("ASD", "asd")).duplicates == 1
    assert desk.rows("SELECT count(*) FROM meta_quarantine WHERE resolved_by IS NULL") == [(0,)]


def test_records_whose_parent_comes_later_find_it(desk: Desk) -> None:
    desk.load(SETTINGS)
    placed = desk.load("placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\n")
    assert codes(placed) == [(2, "unknown_parent")]
    assert desk.load(PLANS).resolved == 1


def test_the_key_is_made_once_for_its_owner_alone_and_lies_apart(desk: Desk, config: Path) -> None:
    path = pseudonym.key_path()
    assert path.parent == config
    assert len(path.read_text().strip()) == 64
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip().encode() not in b"".join(everything(desk.folder).values())
    given = assurance.given(desk.store)
    assert given is not None
    assert given.fingerprint == names(desk).fingerprint


def test_another_key_no_key_or_an_open_key_is_refused_in_a_sentence(desk: Desk) -> None:
    path, good = pseudonym.key_path(), pseudonym.key_path().read_text()
    path.write_text("0" * 64 + "\n")
    with pytest.raises(StoreUnusable, match="not the one that this database's pseudonyms were made with"):
        desk.load(PLANS)
    path.write_text("nonsense\n")
    with pytest.raises(StoreUnusable, match="is not a key"):
        desk.load(PLANS)
    path.unlink()
    with pytest.raises(StoreUnusable, match="their key cannot be read"):
        desk.load(PLANS)
    path.write_text(good)
    if sys.platform != "win32":
        path.chmod(0o644)
        with pytest.raises(StoreUnusable, match="chmod 600"):
            desk.load(PLANS)
    path.chmod(0o600)
    assert desk.load(SETTINGS).accepted == 2
    assert os.environ["PLACEMENTS_CONFIG_DIR"] == str(path.parent)


def test_a_store_is_all_pseudonyms_or_none(tmp_path: Path, desk: Desk) -> None:
    with pytest.raises(WrongUsage, match="To keep ids as given, begin a new database"):
        assurance.give(desk.store, assurance.Wish(date(2026, 3, 1), True, pseudonyms=False), "commissioner", TODAY)
    (tmp_path / "other").mkdir()
    with desk_without_marts(tmp_path / "other") as other:
        other.load(SETTINGS)
        assurance.give(other.store, assurance.Wish(date(2026, 3, 1), True, pseudonyms=False), "commissioner", TODAY)
        other.load(PLANS)
        with pytest.raises(WrongUsage, match="holds children's ids as given"):
            assurance.give(other.store, WISH, "commissioner", TODAY)


def test_the_key_may_not_lie_with_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENTS_CONFIG_DIR", str(tmp_path / "config"))
    with desk_without_marts(tmp_path) as desk:
        with pytest.raises(WrongUsage, match="must lie apart from the data"):
            assurance.give(desk.store, WISH, "commissioner", TODAY)
        assert assurance.given(desk.store) is None


def test_two_ids_with_one_pseudonym_are_refused(desk: Desk) -> None:
    with patch.object(Pseudonyms, "_whole", lambda _self, column, _body: f"{column}-same"), patch.object(Pseudonyms, "made", lambda *_: False):
        report = desk.load(PLANS)
    assert report.rejected is not None
    assert report.rejected["code"] == "pseudonym_collision"
    assert desk.rows("SELECT count(*) FROM raw_plans") == [(0,)]
