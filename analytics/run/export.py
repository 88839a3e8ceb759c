"""The one way a table leaves the product: for commissioner and finance use, with what it is written into it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime

from analytics.briefing.cells import escape, heading, shown
from analytics.figures import Table, format_date
from analytics.run import audited
from analytics.run.session import Session, require
from data.errors import NotAllowed, WrongUsage

__all__ = ["AUDIENCES", "FACTS", "FORMS", "escape", "export", "heading"]

AUDIENCES = ("commissioner", "finance")
FORMS = ("csv", "xlsx")
FACTS = ("Basis", "Filters", "Made on", "Data version", "Source")
"""What every file says of itself, beside the audience it is for."""


def export(session: Session, table: Table, audience: str, form: str, about: Mapping[str, str] | None = None) -> bytes:
    """The table as a file, with FACTS written into it. `about` says which filters were on, and may say more, such as the name of the data.

    NotAllowed for any audience but commissioner and finance (papers for others come from releases), and for a role that may not see
    the rows; WrongUsage for another form than csv and xlsx; StoreUnusable when the audit log cannot be written: then nothing leaves.
    """
    if audience not in AUDIENCES:
        raise NotAllowed(f"Nothing may leave for '{audience}' until releases exist. Tables are for commissioner and finance use.", "audience")
    require(session, "view_children" if table.child_level else "view_costs")
    if form not in FORMS:
        raise WrongUsage(f"'{form}' is not a form of export; use csv or xlsx.")
    facts = _facts(session, table, audience, about or {})
    if form == "csv":
        made = _csv(table, facts)
    elif table.frame.empty:
        raise WrongUsage("The table has no rows with these filters, so there is nothing to write.", "empty_table")
    else:
        from analytics.briefing.workbook import workbook

        made = workbook(table, facts | {"Made on": format_date(_today())}, f"For {audience} use only.")
    told = {"audience": audience, "form": form, "filters": facts["Filters"], "child_level": table.child_level}
    audited.tell(session, "exported", table=table.title, rows=len(table.frame), **told)
    return made


def _facts(session: Session, table: Table, audience: str, about: Mapping[str, str]) -> dict[str, str]:
    """The facts in order: the table's own, then what the page knows; where it says nothing, no filter and the store's version."""
    known = {
        "Audience": f"{audience} use only",
        "Basis": f"{table.title}; {table.subtitle}" if table.subtitle else table.title,
        "Filters": "none",
        "Made on": _today().isoformat(),
        "Data version": about.get("Data version") or session.store.data_version(),
        "Source": table.source or "As loaded",
    }
    return known | {name: text for name, text in about.items() if text}


def _csv(table: Table, facts: Mapping[str, str]) -> bytes:
    """One header row, one row a record; the facts stand in columns at the right so that the file stays machine-readable."""
    frame = shown(table)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*frame.columns, *facts])
    tail = [escape(text) for text in facts.values()]
    writer.writerows([*("" if cell is None else cell for cell in row), *tail] for row in frame.itertuples(index=False))
    return out.getvalue().encode("utf-8-sig")


def _today() -> date:
    return datetime.now().astimezone().date()
