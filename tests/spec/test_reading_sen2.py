"""A SEN2 return becomes plans, placements and the census snapshot: from its tables and from its XML message, hand-checked, and nameless."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loading import SETTINGS, Desk, codes, desk_without_marts
from sen2_return import Kid, Place, message, tables

from data.batch import LoadReport
from data.ledger import ledger_path
from data.load import preview
from data.sen2.census import census_day, residences

KIDS = (
    Kid(1, needs=("ASD", "SLCN"), places=(Place(res="A"), Place(urn="700002", entry="2025-09-01", rank="2"))),
    Kid(2, born="2008-11-03", start="2015-01-05", ceased="2025-08-31", reason="1", needs=(), places=()),
    Kid(3, needs=("SEMH",), places=(Place(urn="", setting="EHE", entry="2023-01-09", leaving="2025-07-18"),)),
)
PLANS = [
    ("2008-11", "UNK", None, date(2015, 1, 5), date(2025, 8, 31), "1"),
    ("2014-02", "ASD", "SLCN", date(2020, 9, 1), None, None),
    ("2014-02", "SEMH", None, date(2020, 9, 1), None, None),
]
PLACED = [("700001", date(2024, 9, 1), None, "1", "38wk"), ("700002", date(2025, 9, 1), None, "2", "day")]
SNAPSHOT = [
    (2026, "886", "SEMH", None, "EHE", "1", date(2023, 1, 9), date(2025, 7, 18), "day"),
    (2026, "886", "ASD", "700001", None, "1", date(2024, 9, 1), None, "38wk"),
    (2026, "886", "ASD", "700002", None, "2", date(2025, 9, 1), None, "day"),
]


def held(desk: Desk) -> tuple[list[Any], list[Any], list[Any]]:
    plans = desk.rows("SELECT birth_month, primary_need, secondary_need, plan_start, plan_ceased, cease_reason FROM stg_plan ORDER BY ALL")
    placed = desk.rows("SELECT urn, entry_date, leaving_date, rank, residence FROM stg_placement ORDER BY ALL")
    returned = desk.rows("SELECT census_year, la, primary_need, urn, sen_setting, rank, entry_date, leaving_date, residence FROM stg_sen2 ORDER BY entry_date")
    return plans, placed, returned


def filled(reports: list[LoadReport]) -> dict[str, tuple[int, int, int, int]]:
    return {str(r.source): (r.rows_in, r.accepted, r.duplicates, r.quarantined) for r in reports if r.batch_id}


def load(desk: Desk, files: dict[str, str], **options: Any) -> list[LoadReport]:
    return desk.load_all(*files.values(), **options)


def test_the_tables_of_a_return_become_plans_placements_and_snapshot(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        reports = load(desk, tables(KIDS))
        assert filled(reports) == {"plans": (3, 3, 0, 0), "placements": (3, 2, 0, 1), "sen2": (3, 3, 0, 0)}
        assert held(desk) == (PLANS, PLACED, SNAPSHOT)
        (kept_out,) = [entry for r in reports for entry in r.quarantine]
        assert (kept_out["row"], kept_out["column"], kept_out["code"]) == (4, "urn", "unknown_parent")
        assert "X900003" in kept_out["message"]  # the local number of elective home education


def test_the_message_says_the_same_as_the_tables(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        reports = desk.load_all(message(KIDS))
        assert filled(reports) == {"plans": (3, 3, 0, 0), "placements": (3, 2, 0, 1), "sen2": (3, 3, 0, 0)}
        assert held(desk) == (PLANS, PLACED, SNAPSHOT)
        lines = message(KIDS).splitlines()
        (row,) = [entry["row"] for r in reports for entry in r.quarantine]
        assert "EHE" in lines[row - 1]


def test_a_companion_says_what_it_was_read_with_and_how_many_records_it_holds(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        reports = load(desk, tables(KIDS))
        companions = {Path(r.file).name: r for r in reports if not r.batch_id}
        person = companions["file1.csv"]
        assert (person.rows_in, person.accepted, person.quarantined, person.rejected) == (0, 0, 0, None)
        (warned,) = person.warnings
        assert (warned["code"], warned["count"]) == ("read_together", 3)
        assert warned["message"].startswith("Read together with file4.csv (plans) and file7.csv (placements, sen2): 3 records of the table person.")
        assert len(companions) == 7  # all but namedplan and placementdetail
        assert [r.source for r in reports if Path(r.file).name == "file7.csv"] == ["placements", "sen2"]


def test_the_same_return_again_changes_nothing_and_one_changed_table_does(tmp_path: Path) -> None:
    files = tables(KIDS)
    with desk_without_marts(tmp_path) as desk:
        load(desk, files)
        again = load(desk, files)
        assert all(r.already_loaded for r in again)
        files["senneed"] = files["senneed"].replace("SEMH", "MLD")
        changed = filled(load(desk, files))
        assert changed["plans"] == (3, 1, 2, 0)
        assert ("MLD",) in desk.rows("SELECT primary_need FROM stg_plan")


def test_a_council_with_its_own_placements_takes_the_snapshot_alone(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        assert filled(load(desk, tables(KIDS), source="sen2")) == {"sen2": (3, 3, 0, 0)}
        assert desk.rows("SELECT count(*) FROM raw_plans") == [(0,)]
        assert filled(desk.load_all(message(KIDS, year="2025", reference="2025-01-16"), source="sen2")) == {"sen2": (3, 3, 0, 0)}


def test_a_place_waits_for_its_setting_and_keeps_what_the_council_added(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        assert filled(load(desk, tables(KIDS[:1])))["placements"] == (2, 0, 0, 2)
        assert desk.load(SETTINGS).resolved == 2
        placement, child = desk.rows("SELECT placement_id, child_id FROM stg_placement WHERE urn = '700001'")[0]
        desk.load("placement_id,child_id,urn,entry_date,residence,named_by,purchase_type\n" + f"{placement},{child},700001,2024-09-01,38wk,tribunal,spot\n")
        next_year = tables([Kid(1, places=(Place(res="A", leaving="2026-07-17"),))], year="2027", reference="2027-01-21")
        load(desk, next_year)
        found = desk.rows(f"SELECT leaving_date, named_by, purchase_type FROM stg_placement WHERE placement_id = '{placement}'")  # noqa: S608
        assert found == [(date(2026, 7, 17), "tribunal", "spot")]


def test_a_ceased_plan_keeps_the_needs_that_its_last_census_gave(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        load(desk, tables([Kid(1, needs=("ASD", "SLCN"))], year="2025", reference="2025-01-16"))
        load(desk, tables([Kid(1, needs=(), places=(), ceased="2025-08-31", reason="2")]), source="plans")
        assert desk.rows("SELECT primary_need, secondary_need, cease_reason FROM stg_plan") == [("ASD", "SLCN", "2")]


def test_an_older_census_adds_what_is_new_and_changes_nothing_else(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        load(desk, tables([Kid(1, places=(Place(leaving="2025-07-18"),))]))
        older = load(desk, tables([Kid(1), Kid(9)], year="2025", reference="2025-01-16"))
        assert filled(older) == {"plans": (2, 1, 1, 0), "placements": (2, 1, 1, 0), "sen2": (2, 2, 0, 0)}
        assert {w["code"] for r in older if r.source == "placements" for w in r.warnings} == {"older_year"}
        assert desk.rows("SELECT leaving_date FROM stg_placement WHERE child_id = '1'") == [(date(2025, 7, 18),)]


def test_both_years_in_one_call_leave_the_newer_current(tmp_path: Path) -> None:
    newer, older = message([Kid(1, needs=("SEMH",))]), message([Kid(1)], year="2025", reference="2025-01-16")
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(newer, older)
        assert desk.rows("SELECT primary_need FROM stg_plan") == [("SEMH",)]
        assert desk.rows("SELECT census_year FROM stg_sen2 ORDER BY ALL") == [(2025,), (2026,)]


def test_of_two_plans_of_a_child_the_later_one_is_current_whatever_their_order(tmp_path: Path) -> None:
    files = tables([Kid(1)])
    files["requests"] += "R8,1,2012-01-01,0,2012-02-01,Y\n"
    files["assessment"] += "A8,R8,Y,2012-03-01,0\n"
    files["namedplan"] += "N8,A8,2016-04-01,,,0,2018-07-31,2\n"
    with desk_without_marts(tmp_path) as desk:
        reports = load(desk, files)
        assert filled(reports)["plans"] == (2, 2, 0, 0)
        assert desk.rows("SELECT plan_start, plan_ceased FROM stg_plan") == [(date(2020, 9, 1), None)]
        assert "several_plans" in {w["code"] for r in reports if r.source == "plans" for w in r.warnings}


def test_a_reference_that_comes_back_with_another_month_of_birth_is_told(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        load(desk, tables([Kid(1)], year="2025", reference="2025-01-16"))
        again = load(desk, tables([Kid(1, born="2012-05-05")]))
        assert {w["code"]: w["count"] for r in again if r.source == "plans" for w in r.warnings} == {"birth_month_changed": 1}


def test_days_as_collect_exports_them_are_read(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        load(desk, tables([Kid(1, born="2014-Feb-17 00:00:00", start="2020-Sep-01 00:00:00")]))
        assert desk.rows("SELECT birth_month, plan_start FROM stg_plan") == [("2014-02", date(2020, 9, 1))]


def test_residential_codes_are_read_by_the_census_that_used_them() -> None:
    assert residences(2025) == {"A": "38wk", "B": "52wk"} == residences(2026)
    assert residences(2021) == {}


def test_the_year_is_inferred_where_the_return_does_not_say_it(tmp_path: Path) -> None:
    assert [census_day(year) for year in (2025, 2026)] == [date(2025, 1, 16), date(2026, 1, 15)]
    with desk_without_marts(tmp_path) as desk:
        reports = load(desk, tables([Kid(1, places=(Place(entry="2025-09-03"),))], head=False))
        assert desk.rows("SELECT census_year, la FROM raw_sen2") == [(2026, None)]  # the last thing happened in September 2025
        assert "census_year_inferred" in {w["code"] for r in reports if r.source == "sen2" for w in r.warnings}


def rejected(reports: list[LoadReport]) -> set[str]:
    return {str(r.rejected["code"]) if r.rejected else "accepted" for r in reports}


def test_a_table_without_its_companions_is_refused_and_they_are_named(tmp_path: Path) -> None:
    files = tables(KIDS)
    with desk_without_marts(tmp_path) as desk:
        (alone,) = desk.load_all(files["placementdetail"])
        assert alone.rejected
        assert alone.rejected["code"] == "companion_missing"
        assert "without the tables activeplans, requests, person of the same return" in alone.rejected["message"]
        assert rejected(desk.load_all(files["person"], files["requests"])) == {"companion_missing"}
        assert rejected(desk.load_all(*(files[name] for name in files if name != "senneed"))) == {"companion_missing"}
        assert desk.rows("SELECT count(*) FROM meta_batch") == [(0,)]


REFUSED = {
    "two years": (lambda f: f | {"sen2": f["sen2"] + "2,SEN2,2025,2025-01-16,L,886\n"}, "other_year"),
    "year and reference date": (lambda f: f | {"sen2": f["sen2"].replace("2026-01-15", "2025-01-16")}, "other_year"),
    "a year that cannot be": (lambda f: f | {"sen2": f["sen2"].replace("2026", "2019")}, "other_year"),
    "two councils": (lambda f: f | {"sen2": f["sen2"] + "2,SEN2,2026,2026-01-15,L,887\n"}, "other_council"),
    "another collection": (lambda f: f | {"sen2": f["sen2"].replace("SEN2,", "CIN,")}, "unknown_source"),
    "a column lacking": (lambda f: f | {"person": f["person"].replace("personbirthdate", "dob")}, "column_missing"),
    "a table twice": (lambda f: f | {"again": f["senneed"] + "S99,P1,PD,9\n"}, "duplicate_table"),
    "no records": (lambda f: f | {"namedplan": f["namedplan"].splitlines()[0] + "\n"}, "header_only"),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=list(REFUSED))
def test_a_return_that_contradicts_itself_is_refused(tmp_path: Path, change: Any, code: str) -> None:
    with desk_without_marts(tmp_path) as desk:
        reports = load(desk, change(tables(KIDS)), source="plans" if code == "header_only" else None)
        assert code in rejected(reports)
        assert desk.rows("SELECT count(*) FROM raw_plans") == [(0,)]


def test_another_councils_return_is_refused_once_one_is_loaded(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        load(desk, tables(KIDS))
        assert rejected(desk.load_all(message(KIDS, la="887"))) == {"other_council"}
        assert rejected(load(desk, tables(KIDS, la="887"))) == {"other_council"}


def test_messages_of_two_councils_in_one_call_do_not_mix(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        reports = desk.load_all(message(KIDS), message(KIDS, la="887"))
        assert [r.rejected["code"] if r.rejected else None for r in reports] == [None, None, None, "other_council"]


def test_records_that_cannot_be_right_are_kept_out_with_their_line(tmp_path: Path) -> None:
    kids = (
        Kid(1, born="2014-02-31"),
        Kid(2, start="31/02/2020"),
        Kid(3, needs=("XYZ",)),
        Kid(4, places=(Place(res="A", rank="7"), Place(urn="", entry="2025-01-06", rank="2"))),
        Kid(5, places=(Place(entry="2025-09-01", leaving="2025-01-01"),)),
    )
    files = tables(kids)
    files["namedplan"] += "N9,A9,2020-09-01,,,0,,\nN10,A1\n"
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        by = {str(r.source): r for r in load(desk, files) if r.batch_id}
        assert codes(by["plans"]) == [(2, "bad_date"), (3, "bad_date"), (4, "unknown_code"), (7, "missing_key"), (8, "ragged")]
        assert (by["plans"].rows_in, by["plans"].accepted, by["plans"].quarantined) == (7, 2, 5)
        assert "requests" in by["plans"].quarantine[3]["message"]
        placed = dict(codes(by["placements"]))
        assert placed == {2: "unknown_parent", 3: "unknown_parent", 4: "unknown_parent", 5: "unknown_code", 6: "missing_value", 7: "end_before_start"}
        assert all(r.rows_in == r.accepted + r.duplicates + r.quarantined for r in by.values())


def canaries(kid: Kid) -> list[bytes]:
    """What must not be found: names, UPN, ULN, postcode, and the birth date in its usual forms."""
    born = date.fromisoformat("2013-12-29")
    days = [f"{born:%d/%m/%Y}", f"{born:%Y-%m-%d}", f"{born:%d-%m-%Y}"]
    return [text.encode() for text in (kid.surname, kid.forename, kid.upn, f"90000{kid.number:05d}", kid.postcode, *days)]


def everything(desk: Desk, reports: list[LoadReport]) -> bytes:
    desk.store.acknowledge()
    said = json.dumps([r.to_json() for r in reports]).encode()
    kept = repr(desk.rows("FROM meta_quarantine") + desk.rows("FROM meta_batch")).encode()
    ledger = ledger_path(desk.db)
    return desk.db.read_bytes() + said + kept + (ledger.read_bytes() if ledger.exists() else b"")


@pytest.mark.parametrize("form", ["tables", "message", "references that name the child"])
def test_nothing_that_names_a_child_reaches_store_quarantine_ledger_or_report(tmp_path: Path, form: str) -> None:
    kid = Kid(4711, born="2013-12-29", needs=("ASD",), places=(Place(urn="999999"), Place(urn="", setting="NEET", rank="2")))  # kept out: quarantine too
    bad = Kid(4712, born="29/12/2013 or so", places=(Place(res="A"),))
    files = tables([kid, bad])
    if form.startswith("references"):
        old, new = "\n4711,x4711,77", f"\n{kid.upn},x4711,{kid.surname}"
        files = {name: text.replace(old, new).replace("R4711,4711,", f"R4711,{kid.upn},") for name, text in files.items()}
    files["person"] += f"4713,x,77,1,{kid.surname},{kid.forename}\n"  # a ragged record
    with desk_without_marts(tmp_path) as desk:
        reports = desk.load_all(message([kid, bad])) if form == "message" else load(desk, files)
        assert filled(reports)["placements"][3] > 0
        assert desk.rows("SELECT count(*) FROM stg_plan WHERE birth_month = '2013-12'") == [(1,)]
        found = everything(desk, reports)
        assert [canary for canary in [*canaries(kid), *canaries(bad), b"29/12/2013"] if canary in found] == []
        assert b"2013-12" in found  # the search looks where the month stands


def test_a_child_keeps_its_pseudonym_from_census_to_census(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(message([Kid(1), Kid(2)], year="2025", reference="2025-01-16"))
        desk.reopen()
        desk.load_all(message([Kid(3), Kid(2)]))
        assert desk.rows("SELECT count(*) FROM stg_plan") == [(3,)]
        (one, two) = desk.rows("SELECT child_id FROM stg_sen2 WHERE census_year = 2026 ORDER BY ALL")
        assert one[0].startswith("S")
        assert desk.rows("SELECT count(DISTINCT child_id) FROM stg_sen2") == [(3,)]
        assert one != two


def test_the_preview_shows_what_is_kept_and_no_names(tmp_path: Path) -> None:
    files = tables(KIDS)
    for name in ("person", "placementdetail"):
        path = tmp_path / f"{name}.csv"
        path.write_text(files[name], encoding="utf-8")
        shown = preview(path)
        assert "Canary" not in repr(shown)
        assert len(shown.rows) == 3
    path = tmp_path / "sen2.xml"
    path.write_text(message(KIDS), encoding="utf-8")
    assert (preview(path).source, len(preview(path).rows)) == ("sen2", 3)
    assert "Canary" not in repr(preview(path))
