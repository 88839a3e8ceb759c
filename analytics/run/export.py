"""The one way a table leaves the product: for commissioner and finance use, with its basis written into it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from analytics.figures import Table, format_date
from analytics.run import audited
from analytics.run.session import Session, require
from data.errors import NotAllowed, WrongUsage

AUDIENCES = ("commissioner", "finance")
FORMS = ("csv", "xlsx")
UNIT_WORDS = {
    "gbp": "£",
    "gbp_per_place_year": "£ per place and year",
    "per_cent": "%",
    "places": "places",
    "placements": "placements",
    "children": "children",
    "settings": "settings",
    "records": "records",
}
# Spreadsheets run text that starts like this, also after spaces or a byte order mark.
_FORMULA = re.compile("^[\\s\ufeff]*[=+\\-@\t\r\n\x00|%]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def export(session: Session, table: Table, audience: str, form: str, about: Mapping[str, str] | None = None) -> bytes:
    """The table as a file. `about` names the basis, filters and data version, which are written into the file.

    NotAllowed for any audience but commissioner and finance (papers for others come from releases), and for a role that may not see
    the rows; WrongUsage for another form than csv and xlsx; StoreUnusable when the audit log cannot be written: then nothing leaves.
    """
    if audience not in AUDIENCES:
        raise NotAllowed(f"Nothing may leave for '{audience}' until releases exist. Tables are for commissioner and finance use.", "audience")
    require(session, "view_children" if table.child_level else "view_costs")
    if form not in FORMS:
        raise WrongUsage(f"'{form}' is not a form of export; use csv or xlsx.")
    facts = {"Audience": f"{audience} use only", "Source": table.source, **(about or {})}
    made = _csv(table, facts) if form == "csv" else _xlsx(table, facts)
    filters = facts.get("Filters", "none")
    audited.tell(session, "exported", table=table.title, rows=len(table.frame), audience=audience, form=form, filters=filters, child_level=table.child_level)
    return made


def escape(cell: object) -> object:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers."""
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    return cell


def _plain(cell: object) -> object:
    """A cell as a file holds it: None for missing, ISO dates, plain numbers, escaped text."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and pd.isna(cell)) or cell is pd.NA:
        return None
    if isinstance(cell, pd.Timestamp | datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    return escape(cell)


def _shown(table: Table) -> pd.DataFrame:
    """The columns that are shown, in order, with headings and units."""
    names = [name for name in table.columns if name in table.frame.columns]
    shown = table.frame[names].astype(object)
    rows = [[_plain(cell) for cell in row] for row in shown.itertuples(index=False)]
    return pd.DataFrame(rows, columns=[heading(table, name) for name in names], dtype=object)


def heading(table: Table, name: str) -> str:
    """A column's heading with its unit: "Full-year cost (£)"."""
    words = UNIT_WORDS.get(table.units.get(name, ""), "")
    return f"{table.columns[name]} ({words})" if words in ("£", "%") else table.columns[name]


def _csv(table: Table, facts: Mapping[str, str]) -> bytes:
    """One header row, one row a record; the facts stand in columns at the right so that the file stays machine-readable."""
    frame = _shown(table)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*frame.columns, *facts])
    tail = [escape(text) for text in facts.values()]
    writer.writerows([*("" if cell is None else cell for cell in row), *tail] for row in frame.itertuples(index=False))
    return out.getvalue().encode("utf-8-sig")


def _xlsx(table: Table, facts: Mapping[str, str]) -> bytes:
    """A statistical workbook in the Government's good-practice form: cover with the facts, then the table."""
    import gptables

    frame = _shown(table).map(_for_sheet)
    if frame.empty:
        raise WrongUsage("The table has no rows with these filters, so there is nothing to write.", "empty_table")
    lines = [str(_for_sheet(f"{name}: {text}")) for name, text in facts.items()]
    sheet = gptables.GPTable(
        frame,
        table_name="table_1",
        title=str(_for_sheet(table.title)),
        subtitles=[str(_for_sheet(table.subtitle)), *lines],
        source=str(_for_sheet(table.source)),
        instructions="This worksheet contains one table.",
        index_columns={},
    )
    cover = gptables.Cover(title=str(_for_sheet(table.title)), intro=["Special-school placements", *lines], about=[f"Made on {format_date(_today())}."])
    book: Any = gptables.produce_workbook(out := io.BytesIO(), {"Table 1": sheet}, cover=cover, contentsheet_label=None, workbook_options=_SAFE_WORKBOOK)
    book.close()
    return out.getvalue()


_SAFE_WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}


def _for_sheet(cell: object) -> object:
    return _NOT_IN_XML.sub("", cell) if isinstance(cell, str) else cell


def _today() -> date:
    return datetime.now().astimezone().date()
