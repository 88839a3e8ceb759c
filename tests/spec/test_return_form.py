"""The form that a school fills in comes back through the ordinary loading."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from loading import SETTINGS, TODAY, desk_without_marts
from openpyxl import load_workbook

from analytics.briefing.form import FORM, HELP, heading, return_form
from data.load import load_files
from data.sources import SOURCES


def filled(path: Path, **answers: object) -> Path:
    """The form for One School with a school's answers typed in."""
    book = load_workbook(io.BytesIO(return_form("700001", "One School", TODAY)))
    columns = {cell.value: cell.column for cell in book[FORM][1]}
    for name, answer in answers.items():
        book[FORM].cell(2, columns[heading(SOURCES["returns"].column(name))]).value = answer
    book.save(path)
    return path


def test_a_form_that_a_school_filled_in_loads_and_a_mended_one_is_a_new_version(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        first = filled(tmp_path / "a.xlsx", return_date=date(2026, 3, 2), vacancies=3, uplift_per_cent=5.5, uplift_from=date(2026, 9, 1), rates_gbp=1200.5)
        again = filled(tmp_path / "b.xlsx", return_date=date(2026, 3, 2), vacancies=4, uplift_per_cent=5.5, uplift_from=date(2026, 9, 1), rates_gbp=1200.5)
        for path in (first, again):
            (report,) = load_files(desk.store, [path], today=TODAY)
            assert (report.source, report.rows_in, report.accepted, list(report.quarantine), report.rejected) == ("returns", 1, 1, [], None)
        rows = desk.rows("SELECT urn, return_date, vacancies, uplift_per_cent, uplift_from, rates_gbp::DOUBLE, uplift_reason FROM stg_return")
        assert rows == [("700001", date(2026, 3, 2), 4, 5.5, date(2026, 9, 1), 1200.5, None)]


def test_a_form_of_an_unknown_school_or_without_its_day_waits_with_a_reason(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        (report,) = load_files(desk.store, [filled(tmp_path / "a.xlsx", return_date=date(2026, 3, 2), vacancies=3)], today=TODAY)
        assert [entry["code"] for entry in report.quarantine] == ["unknown_parent"]
        desk.load(SETTINGS)
        assert desk.rows("SELECT vacancies FROM stg_return") == [(3,)]
        (report,) = load_files(desk.store, [filled(tmp_path / "b.xlsx", vacancies=3)], today=TODAY)
        assert [entry["code"] for entry in report.quarantine] == ["missing_key"]


def test_the_form_explains_each_cell_and_holds_nothing_but_the_school() -> None:
    made = return_form("700001", "One School", TODAY)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == [FORM, HELP]
    assert [cell.value for cell in book[FORM][2]] == ["700001", *[None] * (len(SOURCES["returns"].columns) - 1)]
    help_text = " ".join(str(cell.value) for row in book[HELP].iter_rows() for cell in row if cell.value)
    assert all(column.meaning in help_text for column in SOURCES["returns"].columns)
    assert len(book[FORM].data_validations.dataValidation) == len(SOURCES["returns"].columns) - 1
    assert not book[FORM].cell(2, 2).protection.locked
