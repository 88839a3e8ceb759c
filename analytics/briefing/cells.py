"""A table's cells as any file holds them: shown columns only, headings with units, ISO dates, numbers as numbers, no text that would run."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import pandas as pd

from analytics.figures import Table

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
_DASHES = "-–—"
# Spreadsheets run text that starts like this, also after spaces or a byte order mark.
_FORMULA = re.compile("^[\\s\ufeff]*[=+\\-@\t\r\n\x00|%]")


def escape(cell: object) -> object:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers."""
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    return cell


def plain(cell: object) -> object:
    """A cell as a file holds it: None for missing, ISO dates, plain numbers, escaped text."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and pd.isna(cell)) or cell is pd.NA:
        return None
    if isinstance(cell, pd.Timestamp | datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, str) and cell.strip() and not cell.strip(_DASHES):
        return None  # a dash on a page says that there is nothing
    return escape(cell)


def shown(table: Table) -> pd.DataFrame:
    """The columns that are shown, in order, with headings and units."""
    names = [name for name in table.columns if name in table.frame.columns]
    cells = table.frame[names].astype(object)
    rows = [[plain(cell) for cell in row] for row in cells.itertuples(index=False)]
    return pd.DataFrame(rows, columns=[str(escape(heading(table, name))) for name in names], dtype=object)


def heading(table: Table, name: str) -> str:
    """A column's heading with its unit: "Full-year cost (£)"."""
    words = UNIT_WORDS.get(table.units.get(name, ""), "")
    return f"{table.columns[name]} ({words})" if words in ("£", "%") else table.columns[name]
