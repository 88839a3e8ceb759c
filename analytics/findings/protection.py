"""How real data are protected, in words: what is confirmed, what is past its time, what the audit log says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.figures import Table, format_date
from analytics.findings.words import gbp, plural
from data.audit import EVENTS


def confirmed(given: Mapping[str, Any], is_sample: bool) -> list[str]:
    """What is confirmed for a store and where it lies, one sentence a paragraph."""
    place = f"The data lie in {given['lies_at']}."
    if not given["confirmed"]:
        why = "These data are made up and need no confirmation." if is_sample else "Nothing is confirmed yet; the form opens above when a file is chosen."
        return [place, why]
    reference = f" ({given['assessment']})" if given["assessment"] else ""
    said = (
        f"Confirmed on {format_date(given['given_at'].date())} by {given['given_by']}: an impact assessment of {format_date(given['assessed_on'])}{reference}"
    )
    said += f", an encrypted disk, and {plural(int(given['keep_years']), 'year')} to keep a placement after it ends."
    if not given["fingerprint"]:
        return [place, said, "Ids are kept as they were given."]
    return [place, said, f"Ids are pseudonyms. Their key lies in {given['key']}: keep a copy of it in the council's password safe, apart from the data."]


def due(found: Mapping[str, Any]) -> tuple[str, Table]:
    """What would be removed today, in a sentence, and the records of each source."""
    before = format_date(found["ended_before"])
    rows = pd.DataFrame([(name, count) for name, count in found["rows"].items() if count], columns=["source", "rows"])
    table = Table("Would be removed", f"Placements that ended before {before}", "The store", rows, {"source": "Source", "rows": "Records, every version"})
    kept = f"Placements are kept for {plural(int(found['keep_years']), 'year')} after they end ({found['keep_years_is']})"
    if not (sum(found["rows"].values()) or found["payments_detached"] or found["set_aside"]):
        return f"{kept}. Nothing ended before {before}, so nothing would be removed.", table
    children = int(found["children"])
    said = f"{kept}: {plural(int(found['placements']), 'placement')} that ended before {before} would go"
    said += f", and {children:,} {'child' if children == 1 else 'children'} of whom nothing else is left."
    if found["payments_detached"]:
        said += f" {plural(int(found['payments_detached']), 'payment')} worth {gbp(found['payments_gbp'])} would stay, without placement and narrative."
    return f"{said} To remove them, close the dashboard and run: python -m analytics retain --db, with the file named above.", table


def log(found: Mapping[str, Any]) -> tuple[str, list[str], Table]:
    """Whether the audit log is whole, its faults, and its events, newest first."""
    events = [
        (
            f"{datetime.fromisoformat(event['at']).astimezone():%d/%m/%Y %H:%M:%S}",
            EVENTS.get(event["event"], event["event"]),
            f"{event['role']} {event['user']}".strip(),
            "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in event["about"].items()),
        )
        for event in reversed(found["events"])
    ]
    columns = {"at": "When", "event": "What", "who": "Who", "about": "About"}
    table = Table("Audit log", "One row an event, newest first", "Audit log beside the database", pd.DataFrame(events, columns=list(columns)), columns)
    whole = "The chain is whole" if found["holds"] else "The log was tampered with or damaged"
    shown = f"{whole}: {plural(len(events), 'event')}{', the newest 20 below' if len(events) > 20 else ''}."
    return " ".join([shown, *found["notes"]]), list(found["faults"]), table
