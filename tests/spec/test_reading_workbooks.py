"""An Excel workbook becomes the rows that a person sees in it: dates as days, numbers as they are shown, rows by their number in the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import SETTINGS, Desk, codes, desk_without_marts, typed
from workbooks import Raw, day, workbook

from data import reading
from data.preview import preview
from data.reading import Here

DATED = ("urn", "setting_name", "setting_type", "opened", "capacity", "section41")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process: what the child adds has tests of its own."""
    monkeypatch.setattr(reading, "suited", lambda _paths: Here)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_without_marts(tmp_path_factory.mktemp("workbooks")) as desk:
        yield desk


def read(folder: Path, content: bytes) -> dict[str, list[object]]:
    found = typed(content, folder, "table.xlsx")
    assert found.faults == []
    return found.rows


@pytest.mark.parametrize(
    ("cell", "column", "value"),
    [
        (12345.0, "urn", "12345"),
        (700001, "urn", "700001"),
        ("007", "urn", "007"),
        (0.1 + 0.2, "setting_name", "0.3"),
        (Raw('t="str"><f>A1&amp;""</f><v></v>'), "provider", None),
        (Raw('t="str"><f>"A"</f><v>A</v>'), "setting_name", "A"),
        (Raw("><f>3+4</f><v>7</v>"), "capacity", 7),
        (True, "section41", True),
        (day(45536), "opened", "2024-09-01"),
        (day(45536.5), "opened", "2024-09-01"),
        (45536, "opened", "2024-09-01"),
        (Raw('t="d"><v>2024-09-01T00:00:00</v>'), "opened", "2024-09-01"),
        ("01/09/2024", "opened", "2024-09-01"),
        (day(59), "opened", "1900-02-28"),
        (day(61), "opened", "1900-03-01"),
        ("École <b>", "setting_name", "École <b>"),
        (" 7 ", "capacity", 7),
    ],
)
def test_a_cell_is_read_as_it_is_shown(tmp_path: Path, cell: object, column: str, value: object) -> None:
    given = {"urn": "1", "setting_name": "A", "setting_type": "ISS", column: cell}
    rows = read(tmp_path, workbook([list(given.values())], header=list(given)))
    assert [getattr(found, "isoformat", lambda found=found: found)() for found in rows[column]] == [value]


@pytest.mark.parametrize("serial", [day(44074), 44074], ids=["shown as a date", "shown as a number"])
def test_days_of_a_workbook_that_counts_from_1904_are_those_it_shows(tmp_path: Path, serial: object) -> None:
    rows = read(tmp_path, workbook([["1", "A", "ISS", serial]], header=DATED[:4], date1904=True))
    assert [str(found) for found in rows["opened"]] == ["2024-09-01"]


@pytest.mark.parametrize(
    ("cell", "column", "code"),
    [
        (Raw('t="e"><v>#REF!</v>'), "setting_name", "sheet_error"),
        (Raw('t="e"><f>1/0</f><v>#DIV/0!</v>'), "setting_name", "sheet_error"),
        (Raw("><f>SUM(A1:A2)</f>"), "setting_name", "formula_without_value"),
        (Raw("><f>SUM(A1:A2)</f><v/>"), "setting_name", "formula_without_value"),
        (Raw("><f>SUM(A1:A2)</f><v></v>"), "setting_name", "formula_without_value"),
        (Raw('><f t="shared" si="0"/>'), "setting_name", "formula_without_value"),
        ("1.23E+05", "urn", "id_scientific"),
        (1.23456789012346e18, "urn", "id_scientific"),
        ("A" * 32_768, "setting_name", "cell_too_long"),
    ],
)
def test_a_cell_that_holds_no_value_keeps_its_record_out_at_its_row_and_the_rest_is_loaded(desk: Desk, cell: object, column: str, code: str) -> None:
    given = {"urn": "1", "setting_name": f"{code} {cell}"[:30], "setting_type": "ISS"} | {column: cell}
    report = desk.load(workbook([["2", f"Good {code} {cell}"[:40], "ISS"], [], list(given.values())], above=[["Settings"], []]))
    assert codes(report) == [(6, code)]
    assert report.quarantine[0]["column"] == column
    assert (report.rows_in, report.accepted + report.duplicates) == (2, 1)


def test_title_rows_and_a_merged_row_stand_above_the_header_and_rows_count_as_in_the_sheet(tmp_path: Path) -> None:
    above = [["Settings of the council"], [], ["", "School", ""]]
    found = typed(workbook([["1", "A", "ISS"], [], ["2", "B", "ISS"]], above=above, first_row=3), tmp_path)
    assert found.rows["row_number"] == [7, 9]
    assert found.rows_in == 2


def test_a_table_that_begins_in_another_column_is_found(tmp_path: Path) -> None:
    rows = read(tmp_path, workbook([["", "", "1", "A", "ISS"]], header=["", "", "urn", "setting_name", "setting_type"]))
    assert (rows["urn"], rows["setting_type"]) == (["1"], ["ISS"])


def test_the_sheet_with_the_best_header_is_read_and_shown_in_the_preview(tmp_path: Path) -> None:
    notes = [["About this workbook"], ["urn", "is the reference"]]
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([["1", "A", "ISS"]], sheets={"Notes": notes}))
    found = preview(path)
    assert (found.source, found.part, found.rows) == ("settings", "Table", ({"urn": "1", "setting_name": "A", "setting_type": "ISS"},))


def test_another_sheet_of_another_source_is_named_and_read_when_its_source_is_named(desk: Desk) -> None:
    plans = [["child_id", "birth_month", "primary_need", "plan_start"], ["W1", day(41671), "ASD", day(44075)]]
    book = workbook(
        [["W700001", "A", "ISS", "", "", "", "", ""]], header=["urn", "setting_name", "setting_type", "opened", "capacity"], sheets={"Plans": plans}
    )
    first, second = desk.load(book), desk.load(book, source="plans")
    assert (first.source, first.accepted, [w["code"] for w in first.warnings]) == ("settings", 1, ["sheets_ignored"])
    assert "Plans" in first.warnings[0]["message"]
    assert (second.source, second.accepted, second.already_loaded) == ("plans", 1, False)
    assert desk.rows("SELECT birth_month, plan_start::VARCHAR FROM raw_plans WHERE child_id = 'W1'") == [("2014-02", "2020-09-01")]


def test_a_hidden_sheet_is_left_alone(desk: Desk) -> None:
    report = desk.load(workbook([["H1", "A", "ISS"]], sheets={"Old": [["urn", "setting_name", "setting_type"], ["2", "B", "ISS"]]}, hidden=["Old"]))
    assert (report.accepted, report.warnings) == (1, ())


def test_the_same_rows_from_csv_and_workbook_are_the_same_records(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as own:
        own.load(SETTINGS)
        again = own.load(workbook([[700001, "One School", "ISS"], [700002, "Two School", "NMSS"]]))
    assert (again.rows_in, again.duplicates, again.accepted) == (2, 2, 0)


def test_a_record_kept_out_keeps_the_texts_of_its_cells(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as own:
        own.load(workbook([["1", "A", "ISS", "soon", 12.0]], header=DATED[:5]))
        kept = own.rows("SELECT record, record_key FROM meta_quarantine")
    assert kept == [('{"urn": "1", "setting_name": "A", "setting_type": "ISS", "opened": "soon", "capacity": "12"}', "1")]
