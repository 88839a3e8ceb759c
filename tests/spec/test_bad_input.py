"""The table of bad input (`bad_input_table.py`), every case of it loaded into one store that must not change by anything but what the file brought."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bad_input_table import BASE, SAFETY, TABLE, Case, F, L, P
from loading import PLACEMENTS, PLANS, SETTINGS, TODAY, Desk, codes, desk_without_marts
from measuring import measured
from store_contents import Contents, Watched, changed, expect_accounted

from data import load
from data.batch import LoadReport
from data.cells import Fault, clean, reader_of
from data.errors import WrongUsage
from data.load import load_files
from data.reading import Here
from data.sources import FEES as FEE_SOURCE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "bad-input.md"


@dataclass(frozen=True)
class Outcome:
    """What became of a case's file, and what stood in the store before and after, but for the batch it made."""

    report: LoadReport
    before: Contents
    after: Contents


class Bench:
    """One store for every case. Each is loaded once, by the test that asks first; supplier proposals, which are no part of loading, are not renewed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.watched = Watched(desk)
        self._known: dict[str, Outcome] = {}

    def load(self, content: str) -> LoadReport:
        """Loads a file that is in no table."""
        report = self.desk.load(content, reader=Here)
        self.watched.after(report)
        return report

    def outcome(self, case: Case) -> Outcome:
        if case.id not in self._known:
            path = self.desk.folder / case.name
            path.write_bytes(case.content)
            reports = load_files(self.desk.store, [path], today=TODAY, reader=Here, **case.options)
            path.unlink()
            (report,) = reports
            self._known[case.id] = Outcome(report, *self.watched.after(report))
        return self._known[case.id]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch, desk_without_marts(tmp_path_factory.mktemp("bad")) as desk:
        patch.setattr(load, "renew", lambda store, sources: None)
        reports = desk.load_all(*BASE, reader=Here)
        assert [(report.rejected, report.quarantined) for report in reports if report.source != "placements"] == [(None, 0)] * (len(reports) - 2)
        yield Bench(desk)


def of(response: str) -> Any:
    return pytest.mark.parametrize("case", [case for case in TABLE if case.response == response], ids=str)


@of("reject")
def test_a_file_that_cannot_be_used_is_rejected_with_a_sentence_and_nothing_is_written(bench: Bench, case: Case) -> None:
    found = bench.outcome(case)
    rejected = found.report.rejected or {}
    assert rejected["code"] == case.code
    assert len(rejected["message"]) > 40
    assert rejected["message"].count(case.name) == 1
    report = found.report
    assert (report.rows_in, report.accepted, report.quarantined, report.batch_id) == (0, 0, 0, None)
    assert changed(found.before, found.after) == set()


@of("quarantine")
def test_a_record_at_fault_is_kept_out_with_its_reason_and_the_rest_is_loaded(bench: Bench, case: Case) -> None:
    found = bench.outcome(case)
    (entry,) = found.report.quarantine
    last = len(case.content.splitlines()) if case.suffix == "csv" else case.row
    assert (entry["row"], entry["column"], entry["code"]) == (case.row or last, case.column, case.code)
    assert found.report.quarantined == 1
    expect_accounted(bench.desk, found.report)
    assert changed(found.before, found.after) == set()


@of("warn")
def test_an_oddity_is_accepted_and_listed(bench: Bench, case: Case) -> None:
    found = bench.outcome(case)
    (warned,) = found.report.warnings
    assert warned["code"] == case.code
    assert case.row is None or warned["rows"] == [case.row]
    assert found.report.quarantined == found.report.duplicates == 0
    expect_accounted(bench.desk, found.report)
    assert changed(found.before, found.after) == ({case.renews, "meta_content"} if case.renews else set())


@of("accept")
def test_what_is_written_in_an_unusual_way_is_read_as_it_is_meant(bench: Bench, case: Case) -> None:
    found = bench.outcome(case)
    report = found.report
    assert changed(found.before, found.after) == set()
    if case.code == "already_loaded":
        assert (report.already_loaded, report.rejected) == (True, None)
        return
    assert (report.rows_in, report.accepted) == (1, 1)
    assert [warning["code"] for warning in report.warnings] == ([case.code] if case.code else [])
    expect_accounted(bench.desk, report)
    with bench.desk.store.cursor() as cursor:
        held = cursor.execute(f"SELECT {', '.join(case.holds)} FROM raw_{report.source} WHERE batch_id = $batch", {"batch": report.batch_id}).fetchall()  # noqa: S608
    assert [value if isinstance(value, date | bool) else str(value) for value in held[0]] == list(case.holds.values())


def test_ids_are_unique_and_every_kind_is_in_the_table() -> None:
    ids = [case.id for case in TABLE]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"B\d{2,3}", one)] == []
    assert len({case.what for case in TABLE}) == len(ids)
    wanted = {(response, kind) for response, kinds in SAFETY.items() for kind in kinds}
    assert {(case.response, case.safety) for case in TABLE if case.safety} == wanted
    assert len(wanted) > 80


RESPONSES = {
    "reject": ("Files that are rejected", "Nothing of the file is loaded. The sentence says why, and how to mend it."),
    "quarantine": ("Records that are set aside", "The record waits in Intake with its reason; every other record of the file is loaded."),
    "warn": ("Records that are loaded, and listed", "The record counts like any other; what is odd about it is listed in the report of the load."),
    "accept": ("What is read as it is meant", "Nothing needs to be mended: the file is read as a person would read it."),
}


def as_said(value: Any) -> str:
    return {True: "Y", False: "N"}[value] if isinstance(value, bool) else str(value).replace("\n", " / ")


def shown(case: Case, report: LoadReport) -> str:
    """What the person who loads the case's file sees."""
    if report.rejected:
        return report.rejected["message"]
    if report.already_loaded:
        return "Already loaded; nothing changed."
    read = [f"{name} is read as {as_said(value)}" for name, value in case.holds.items()] if case.response == "accept" else []
    rows = [f"Row {e['row']}{', ' + e['column'] if e['column'] else ''}: {e['message']}" for e in report.quarantine]
    listed = [f"Row {', '.join(map(str, w['rows']))}: {w['message']}" if w["rows"] else w["message"] for w in report.warnings]
    return " ".join([*(f"{one}." for one in [", ".join(read)] if one), *rows, *listed])


def table_row(case: Case, report: LoadReport) -> str:
    cells = [case.id, case.what, f"`{case.code}`" if case.code else "", shown(case, report)]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def test_the_document_says_what_happens(bench: Bench) -> None:
    """Renew with RENEW_GOLDEN=1 and read the change as a diff: every sentence says what is wrong, where, and how to mend it."""
    parts = [
        "# What happens to bad input",
        f"Files come as people and systems write them. This is what happens to {len(TABLE)} kinds of unusual, odd, wrong and harmful files. The product's "
        "tests load every one of them, and check after each that nothing else in the store has changed and that every record is accounted for: "
        "read = loaded + duplicates + set aside.",
        "Where a sentence names a row, it is the line of the file, or the row of the sheet, where the record begins.",
    ]
    for response, (title, meaning) in RESPONSES.items():
        rows = [table_row(case, bench.outcome(case).report) for case in TABLE if case.response == response]
        parts += [f"## {title}", meaning, "\n".join(["| Id | What is in the file | Code | What the person sees |", "|---|---|---|---|", *rows])]
    text = "\n\n".join(parts) + "\n"
    if os.environ.get("RENEW_GOLDEN"):
        DOCUMENT.write_text(text, encoding="utf-8")
    kinds = sum(map(len, SAFETY.values()))
    measured(f"bad input: {len(TABLE)} cases of {kinds} kinds and more; every record accounted for, nothing else in the store changed")
    assert text == DOCUMENT.read_text(encoding="utf-8")


def test_a_profile_that_is_not_there_or_of_another_source_is_wrong_usage(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="for settings, not plans"):
        bench.desk.load(SETTINGS, profile="nmiss_register_2018", source="plans")
    with pytest.raises(WrongUsage, match="no mapping profile 'mine'"):
        bench.desk.load(SETTINGS, profile="mine")


def test_the_later_starting_of_overlapping_placements_is_kept_out_and_what_follows_it_is_not(tmp_path: Path) -> None:
    rows = [
        "A1,C1,700001,2021-09-01,2022-03-31,day",
        "A2,C1,700002,2022-01-01,2023-08-31,day",
        "A3,C1,700001,2022-09-01,,day",
        "A4,C2,700001,2022-09-01,2023-01-07,day",
    ]
    rows += ["A5,C2,700002,2023-01-01,,day"]  # seven days beside A4: a handover, not a fault
    with desk_without_marts(tmp_path) as own:
        own.load_all(SETTINGS, PLANS)
        report = own.load("placement_id,child_id,urn,entry_date,leaving_date,residence\n" + "\n".join(rows) + "\n")
    assert codes(report) == [(3, "overlap")]


def test_a_version_kept_out_leaves_no_other_version_that_overlaps(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as own:
        own.load_all(SETTINGS, PLANS, PLACEMENTS)
        twice = own.load(L + "A1,C1,700001,2024-10-01,,day,1\nA1,C1,700002,2024-10-01,,day,1\n")
        own.load(L + "A2,C2,700001,2020-09-01,2021-08-31,day,1\nA3,C2,700001,2021-09-01,2023-08-01,day,1\n")
        stands = own.load(L + "A3,C2,700001,2021-01-01,2021-06-30,day,1\nA4,C2,700002,2022-10-01,2023-08-01,day,1\n")
    assert codes(twice) == [(2, "overlap"), (3, "overlap")]
    assert codes(stands) == [(2, "overlap"), (3, "overlap")]  # A3 stays as it was, so A4 overlaps it


def test_a_child_who_may_still_be_25_in_the_month_of_birth_is_accepted(bench: Bench) -> None:
    report = bench.load(P + "Y1,2000-03,ASD,2026-03-01,\nY2,2000-02,ASD,2026-03-01,\n")
    assert codes(report) == [(3, "age_out_of_range")]


def test_fewer_than_thirty_fees_have_no_median_to_compare_with(bench: Bench) -> None:
    assert bench.load(F + "P1,residential,1,day,2024-09-01,\nP1,residential,900,day,2024-09-02,\n").warnings == ()


def test_a_file_that_may_not_be_read_is_rejected(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def held(path: Path, *how: Any, **more: Any) -> Any:
        if path.suffix == ".csv" and how[:1] == ("rb",):
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", held)
    report = bench.load(SETTINGS)
    assert (report.rejected or {})["code"] == "unreadable"


@pytest.mark.parametrize("text", ["1.2.3", "12 May", "£", "1,23", "--1", "1e9999999", "twelve"])
def test_what_is_no_number_is_never_guessed(text: str) -> None:
    with pytest.raises(Fault):
        reader_of(FEE_SOURCE.column("amount_gbp"))(clean(text))
