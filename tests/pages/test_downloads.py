"""Every table of every page can be taken away as CSV and as a workbook; both say what they are, and hold the page's own numbers."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from dashboards import ROOT, build_sample
from streamlit.testing.v1 import AppTest

from analytics.briefing.cells import shown
from analytics.figures import Table
from analytics.run.export import FACTS, export
from analytics.run.session import Session
from data.audit import audit_path
from pages import _frame as frame
from pages._frame import show
from pages._frame.routes import PAGES

NOT_DATA = {  # grids that hold no data of the council: each is drawn by itself, and why
    "pages/_frame/intake/copies.py": "backups, also shown where no store can be opened",
    "pages/_frame/intake/protect.py": "the newest lines of the audit log, which is downloaded whole",
}
NO_TABLES = {"contracts"}  # until a plan is asked for, which tests/pages/test_pages.py does
QUICK = {"overview", "spend", "providers", "intake"}  # the other pages wait for the long tier
Drawn = list[tuple[Session, Table, Mapping[str, str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("data"), plans=600)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(folder))
    monkeypatch.delenv("PLACEMENTS_ROLE", raising=False)
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What the pages show from here on: each table under a chart, in a section or by itself, with what its page says of it."""
    found: Drawn = []
    chart, rows_of = show.chart, show.rows_of

    def charted(session: Session, table: Table, draw: Callable[..., Any], about: Mapping[str, str], **how: Any) -> None:
        found.append((session, table, about))
        chart(session, table, draw, about, **how)

    def listed(session: Session, table: Table, about: Mapping[str, str], **how: Any) -> None:
        found.append((session, table, about))
        rows_of(session, table, about, **how)

    monkeypatch.setattr(show, "chart", charted)
    monkeypatch.setattr(show, "rows_of", listed)
    monkeypatch.setattr(frame.Page, "section", lambda page, title, make, name: page.table(make(), name))
    return found


def _csv(data: bytes) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Headings, cells and facts of a CSV."""
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    cut = head.index("Audience")
    facts = [dict(zip(head[cut:], row[cut:], strict=True)) for row in rows]
    assert all(one == facts[0] for one in facts)
    return head[:cut], [row[:cut] for row in rows], facts[0]


def _xlsx(data: bytes, headings: list[str]) -> tuple[list[list[Any]], dict[str, str]]:
    """Cells and facts of a workbook's table sheet."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Table 1"]
    rows = [list(row)[: len(headings)] for row in book["Table 1"].iter_rows(values_only=True)]
    at = rows.index(headings)
    told = dict(str(row[0]).split(": ", 1) for row in rows[:at] if ": " in str(row[0]))
    return rows[at + 1 :], told


def _same(table: Table, held: list[list[Any]]) -> bool:
    """Whether a file's cells are the page's: numbers to the last digit, texts as `shown` writes them."""
    cells = shown(table).to_numpy(dtype=object).tolist()
    return len(cells) == len(held) and all(_equal(mine, its) for row, other in zip(cells, held, strict=True) for mine, its in zip(row, other, strict=True))


def _equal(mine: Any, its: Any) -> bool:
    if mine is None or mine == "":
        return its in (None, "")
    if isinstance(mine, int | float) and not isinstance(mine, bool):
        return float(its) == pytest.approx(float(mine), rel=1e-14, abs=0)
    return str(its) == str(mine)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in PAGES if n not in NO_TABLES])
def test_every_table_of_a_page_leaves_in_both_forms_with_its_facts_and_numbers(name: str, app: AppTest, drawn: Drawn, folder: Path) -> None:
    page = app.run()
    drawn.clear()
    page = page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    if name == "spend":
        page.selectbox(key="bar").set_value("price").run()
    tables = {table.title: (session, table, about) for session, table, about in drawn if len(table.frame)}
    assert tables
    for session, table, about in tables.values():
        headings, cells, facts = _csv(export(session, table, "finance", "csv", about))
        assert set(FACTS) <= set(facts)
        assert all(facts[fact] for fact in FACTS)
        assert _same(table, cells), table.title
        cells, told = _xlsx(export(session, table, "finance", "xlsx", about), headings)
        assert {fact: told[fact] for fact in FACTS if fact != "Made on"} == {fact: facts[fact] for fact in FACTS if fact != "Made on"}
        assert told["Made on"]
        assert _same(table, cells), table.title
        assert told["Data version"] == session.store.data_version()
    log = audit_path(folder / "sample.duckdb").read_text()
    assert log.count('"exported"') >= 2 * len(tables)


def test_each_grid_has_both_buttons_for_those_whom_tables_may_leave_for(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake's batches for a commissioner; an administrator sees them and takes none away."""
    labels = {}
    for role in ("commissioner", "admin"):
        monkeypatch.setenv("PLACEMENTS_ROLE", role)
        page = app.run().switch_page("pages/intake.py").run()
        labels[role] = [button.proto.label for button in page.get("download_button")]
    assert {"Download CSV", "Download workbook"} <= set(labels["commissioner"])
    assert labels["commissioner"].count("Download CSV") == labels["commissioner"].count("Download workbook")
    assert not {"Download CSV", "Download workbook"} & set(labels["admin"])


def test_no_page_draws_a_grid_without_them() -> None:
    found = set()
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("st.dataframe", "st.table"):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"pages/_frame/show.py", *NOT_DATA}


def test_a_missing_number_is_an_empty_cell_in_both() -> None:
    table = Table("T", "", "S", pd.DataFrame({"a": [1.0, None]}), {"a": "A"}, {"a": "gbp"})
    assert shown(table).to_numpy(dtype=object).tolist() == [[1.0], [None]]
