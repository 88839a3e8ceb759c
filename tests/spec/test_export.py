"""The one way out: who may, for whom, and what a file holds."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pandas as pd
import pytest

from analytics.figures import Table, format_date
from analytics.run.export import escape, export
from analytics.run.session import Session
from data import audit
from data.domain import Role
from data.errors import NotAllowed, StoreUnusable, WrongUsage


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def session(role: Role) -> Session:
    return Session(role, cast("Any", SimpleNamespace(path=Path("council.duckdb"), data_version=lambda: "abc123")), "Jo Clerk")


def events() -> list[dict[str, Any]]:
    path = audit.audit_path(Path("council.duckdb"))
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


TABLE = Table(
    "Cost by need",
    "Full-year equivalent, snapshot 31 March 2026",
    "Fees",
    pd.DataFrame({"need": ["ASD", "=HYPERLINK(1)"], "cost_gbp": [1234.5, None], "starts": [date(2026, 3, 31), pd.NaT], "inside": ["x", "y"]}),
    {"need": "Need", "cost_gbp": "Cost", "starts": "Starts"},
    {"cost_gbp": "gbp", "starts": "date"},
)


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


TODAY = datetime.now().astimezone().date()


def test_a_csv_holds_the_shown_columns_with_units_and_what_it_is_about() -> None:
    found = rows(export(session(Role.FINANCE), TABLE, "finance", "csv", {"Filters": "Primary need: ASD"}))
    assert found[0] == ["Need", "Cost (£)", "Starts", "Audience", "Basis", "Filters", "Made on", "Data version", "Source"]
    facts = ["finance use only", "Cost by need; Full-year equivalent, snapshot 31 March 2026", "Primary need: ASD", TODAY.isoformat(), "abc123", "Fees"]
    assert found[1] == ["ASD", "1234.5", "2026-03-31", *facts]
    assert found[2][:3] == ["'=HYPERLINK(1)", "", ""]


def test_what_the_page_says_of_its_data_goes_before_what_the_store_says() -> None:
    found = rows(export(session(Role.FINANCE), TABLE, "finance", "csv", {"Data": "Your own data", "Data version": "abc123, as known on 1 May 2026"}))
    told = dict(zip(found[0], found[1], strict=True))
    assert (told["Data"], told["Data version"], told["Filters"]) == ("Your own data", "abc123, as known on 1 May 2026", "none")


def test_a_workbook_holds_numbers_as_numbers_and_formulas_as_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(session(Role.COMMISSIONER), TABLE, "commissioner", "xlsx", {"Filters": "none"})))
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Table 1"]
    cells = [[cell.value for cell in row] for row in book["Table 1"]]
    assert ["ASD", 1234.5, "2026-03-31"] in cells
    assert ["'=HYPERLINK(1)", None, None] in cells
    assert [cell.data_type for row in book["Table 1"] for cell in row if cell.value == "'=HYPERLINK(1)"] == ["s"]


@pytest.mark.parametrize("sheet", ["Cover", "Table 1"])
def test_a_workbook_tells_the_facts_on_its_cover_and_above_the_table(sheet: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(session(Role.FINANCE), TABLE, "finance", "xlsx", {"Filters": "Primary need: ASD"})))
    lines = [str(row[0].value) for row in book[sheet]]
    for said in (
        "Audience: finance use only",
        "Basis: Cost by need; Full-year equivalent, snapshot 31 March 2026",
        "Filters: Primary need: ASD",
        f"Made on: {format_date(TODAY)}",
        "Data version: abc123",
        "Source: Fees",
    ):
        assert said in lines
    assert "Units: Cost in £." in [str(row[1].value) for row in book["Notes"] if len(row) > 1]


def test_a_title_that_would_run_is_text_in_both_forms() -> None:
    sly = Table("=1+1", "@basis", "+source", TABLE.frame, {"need": "=need"}, {})
    assert rows(export(session(Role.FINANCE), sly, "finance", "csv", {"Filters": "-x"}))[0][0] == "'=need"
    book = openpyxl.load_workbook(io.BytesIO(export(session(Role.FINANCE), sly, "finance", "xlsx", {"Filters": "-x"})))
    assert {cell.data_type for sheet in ("Cover", "Notes", "Table 1") for row in book[sheet] for cell in row} <= {"s", "n"}
    assert [cell.value for row in book["Table 1"] for cell in row if str(cell.value).lstrip("\ufeff ").startswith(("=", "@", "+", "-"))] == []


@pytest.mark.parametrize("audience", ["cabinet", "public", "exempt", ""])
def test_nothing_leaves_for_anyone_but_commissioner_and_finance(audience: str) -> None:
    with pytest.raises(NotAllowed, match="until releases exist"):
        export(session(Role.COMMISSIONER), TABLE, audience, "csv")


@pytest.mark.parametrize("role", [Role.CABINET, Role.ADMIN])
def test_a_role_that_may_not_see_the_rows_gets_no_file(role: Role) -> None:
    with pytest.raises(NotAllowed):
        export(session(role), TABLE, "finance", "csv")


def test_an_unknown_form_and_an_empty_workbook_are_refused() -> None:
    with pytest.raises(WrongUsage, match="pdf"):
        export(session(Role.FINANCE), TABLE, "finance", "pdf")
    empty = Table("None", "", "", TABLE.frame.head(0), TABLE.columns)
    with pytest.raises(WrongUsage, match="no rows"):
        export(session(Role.FINANCE), empty, "finance", "xlsx")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@x", "\tx", "\r=1", "|x", "%x", "  =1", "\ufeff=1", "\x00=1"])
def test_text_that_a_spreadsheet_would_run_is_escaped(text: str) -> None:
    assert escape(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["ASD", "", "O'Neill", "3 places", -5, -5.5, None])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert escape(cell) == cell


def test_an_export_is_told_to_the_audit_log_and_a_refused_one_is_not() -> None:
    export(session(Role.FINANCE), TABLE, "finance", "csv", {"Filters": "Primary need: ASD"})
    with pytest.raises(NotAllowed):
        export(session(Role.CABINET), TABLE, "finance", "csv")
    (event,) = events()
    assert (event["event"], event["role"], event["user"]) == ("exported", "finance", "Jo Clerk")
    about = {"table": "Cost by need", "rows": 2, "audience": "finance", "form": "csv", "filters": "Primary need: ASD", "child_level": False}
    assert event["about"] == about


def test_nothing_leaves_when_the_audit_log_cannot_be_written() -> None:
    audit.audit_path(Path("council.duckdb")).mkdir()
    with pytest.raises(StoreUnusable, match="'Exported a table' was not done, as the audit log"):
        export(session(Role.FINANCE), TABLE, "finance", "csv")
