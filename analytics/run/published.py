"""Published tables beside the database: added by a person, read by the pages, and never a council's own records."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analytics.run import audited
from analytics.run.session import Session, require
from data import beside
from data.published import PUBLISHED

if TYPE_CHECKING:
    from data.beside import Kept


def table(session: Session, name: str) -> Kept | None:
    """The published table of that name; None where none was added."""
    require(session, "view_costs")
    return beside.kept(session.store.path, name)


def stamp(session: Session, name: str) -> str:
    """Changes when the table does; a part of what a cached page depends on."""
    require(session, "view_costs")
    return beside.stamp(session.store.path, name)


def add(session: Session, name: str, path: Path) -> str:
    """Reads a file as that table and keeps it; answers what was kept, in a sentence. InputRejected when it is not that table or has a fault."""
    require(session, "load_data")
    found = beside.read_file(name, path)
    audited.tell(session, "published_added", table=name, file=found.file, sha256=found.sha256, rows=len(found.rows))
    beside.keep(session.store.path, name, found)
    return f"{found.file} is kept beside the database: {len(found.rows):,} rows are used."


def remove(session: Session, name: str) -> None:
    """Takes the table away."""
    require(session, "load_data")
    audited.tell(session, "published_removed", table=name)
    beside.remove(session.store.path, name)


def template(name: str, rows: pd.DataFrame | None = None) -> bytes:
    """The table's CSV: its header, and the rows given, ready to be edited and added."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = PUBLISHED[name].names
    writer.writerow(names)
    if rows is not None:
        writer.writerows([_cell(row[column]) for column in names] for row in rows.to_dict("records"))
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else f"{value:.2f}" if isinstance(value, float) else value
