"""Is our data in, and right?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.words import gbp, plural, total
from data import templates
from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.load import LoadReport, Preview
    from data.withdrawal import Withdrawal

_METHOD = """
Every cell is read as text, then typed, then checked. A record that cannot be right is set aside with its row, column and reason, and the rest is
kept; a file that cannot be read safely is refused whole. Each file is loaded in one step: all of it or nothing. For every file, records in = accepted
+ duplicates + set aside, in number and in pounds. The same file again changes nothing. A record whose parent is missing is checked again when a file
brings that parent.
"""


def intake(batches: pd.DataFrame, quarantine: pd.DataFrame, unmatched: pd.DataFrame, version: str) -> Finding:
    """What is loaded, how fresh it is, what failed. `unmatched`: suppliers that wait for a person."""
    standing = batches[batches["withdrawn_by"].isna() & (batches["rows_in"] > 0)] if len(batches) else batches  # a withdrawal brings no record
    if standing.empty:
        return Finding("Nothing is loaded yet. Upload a file below, or start from a template.", (), {}, _METHOD, version)
    waiting = quarantine[quarantine["resolved_by"].isna()] if len(quarantine) else quarantine
    records = int(waiting.drop_duplicates(["batch_id", "row_number"]).shape[0])
    missing = [name for name in ("settings", "plans", "placements", "fees", "payments") if name not in set(standing["source"])]
    accepted = int(standing["accepted"].sum())
    answer = f"{plural(accepted, 'record')} of {plural(int(standing['source'].nunique()), 'source')} loaded; {plural(records, 'record')} set aside to mend"
    answer += f"; {plural(len(unmatched), 'supplier')} worth {gbp(total(unmatched, 'gbp'))} to match with a setting." if len(unmatched) else "."
    figures = (
        Figure("Records loaded", float(accepted), "records", "Accepted, every source", None, "Manifest of the store", "Sum over files that stand."),
        Figure("Set aside", float(records), "records", "Waiting to be mended", None, "Quarantine", "Records with at least one fault."),
        Figure(
            "Suppliers to match",
            float(len(unmatched)),
            "suppliers",
            "Payments that name no setting",
            None,
            "Payments",
            "Not decided and not safe without a person.",
        ),
    )
    notes = (f"Not loaded yet: {', '.join(missing)}. Pages say what each would add.",) if missing else ()
    tables = {"batches": _batches(standing), "waiting": _waiting(waiting)}
    if batches["withdrawn_by"].notna().any():
        tables["withdrawn"] = _withdrawn(batches)
    return Finding(answer, figures, tables, _METHOD, version, notes)


def _batches(standing: pd.DataFrame) -> Table:
    columns = {
        "source": "Source",
        "file_name": "File",
        "loaded_at": "Loaded",
        "rows_in": "Records in",
        "accepted": "Accepted",
        "duplicates": "Duplicates",
        "quarantined": "Set aside",
        "control_accepted": "Accepted, £",
        "batch_id": "Batch",
    }
    units = {"loaded_at": "date", "control_accepted": "gbp", **dict.fromkeys(("rows_in", "accepted", "duplicates", "quarantined"), "records")}
    frame = standing.sort_values("loaded_at", ascending=False, kind="stable")[list(columns)].reset_index(drop=True)
    frame["control_accepted"] = frame["control_accepted"].astype(float)
    return Table("What is loaded", "One row a file, newest first", "Manifest of the store", frame, columns, units)


def _withdrawn(batches: pd.DataFrame) -> Table:
    """Batches that are used no more, with what took their place."""
    gone = batches[batches["withdrawn_by"].notna()].merge(batches, left_on="withdrawn_by", right_on="batch_id", suffixes=("", "_by"))
    frame = gone.assign(instead=gone["file_name_by"].where(gone["rows_in_by"] > 0, "nothing"))
    columns = {
        "source": "Source",
        "file_name": "File",
        "loaded_at": "Loaded",
        "accepted": "Accepted",
        "loaded_at_by": "Withdrawn",
        "instead": "Instead",
        "batch_id": "Batch",
    }
    frame = frame.sort_values("loaded_at_by", ascending=False, kind="stable")[list(columns)].reset_index(drop=True)
    units = {"loaded_at": "date", "loaded_at_by": "date", "accepted": "records"}
    return Table("What was withdrawn", "One row a file, last withdrawn first", "Manifest of the store", frame, columns, units)


def changes(found: pd.DataFrame, day: date) -> Table:
    """What differs from the records known at the end of a day, by source and column."""
    what = {"changed": "Other value in", "new": "New since", "gone": "No longer there"}
    frame = found.assign(what=found["change"].map(what), column=found["column"].fillna(""))
    columns = {"source": "Source", "what": "What changed", "column": "Column", "rows": "Records"}
    since = f"Records that differ from those known on {format_date(day)}, by key"
    return Table("What changed", since, "Every version of every record", frame[list(columns)], columns, {"rows": "records"})


def standing_batches(batches: pd.DataFrame) -> dict[str, str]:
    """Batches of files that are in use, last loaded first, by id in words."""
    standing = batches[batches["withdrawn_by"].isna() & (batches["rows_in"] > 0)].sort_values("seq", ascending=False)
    return {
        str(batch["batch_id"]): f"{batch['file_name']}: {plural(int(batch['accepted']), 'record')} of {batch['source']}, "
        f"loaded {format_date(batch['loaded_at'].date())} ({batch['batch_id']})"
        for batch in standing.to_dict("records")
    }


def withdrawn(done: Withdrawal) -> str:
    """What a withdrawal did, in sentences."""
    pounds = f", {format_value(done.gbp_left, 'gbp')}," if done.gbp_left is not None else ""
    said = [f"{done.file_name} is withdrawn: {plural(done.rows_left, 'record')} of {done.source}{pounds} left."]
    if done.handed_over:
        said.append(f"{plural(done.handed_over, 'record')} that another file holds too stayed.")
    said += [f"{plural(int(lost['count']), 'record')} of {lost['source']} lost their {lost['column']}." for lost in done.lost_parent]
    return " ".join(said)


def _waiting(waiting: pd.DataFrame) -> Table:
    columns = {
        "source": "Source",
        "row_number": "Row",
        "column_name": "Column",
        "message": "What is wrong",
        "code": "Code",
        "record": "Record",
        "batch_id": "Batch",
    }
    frame = waiting[list(columns)].reset_index(drop=True) if len(waiting) else pd.DataFrame(columns=list(columns))
    return Table("Set aside", "One row a fault", "Quarantine", frame, columns, {"row_number": "records"}, child_level=True)


def to_mend(waiting: Table, source: Source) -> pd.DataFrame:
    """The records of a source that were set aside, as its template's columns of text, so that they can be mended and loaded again."""
    rows = waiting.frame[waiting.frame["source"] == source.name].drop_duplicates(["batch_id", "row_number"])
    held = [json.loads(record) for record in rows["record"]]
    records = [{name: _text(record.get(name)) for name in source.names} for record in held]
    return pd.DataFrame(records, columns=list(source.names), dtype=object)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def previewed(found: Preview) -> tuple[str, Table, Table, Table]:
    """What a file would bring, in a sentence; how its columns map; its first rows; what is wrong with these."""
    source = SOURCES[found.source]
    by = f" through the mapping {found.profile}" if found.profile else ""
    by += f", from the sheet '{found.part}'" if found.part else ""
    faults = f"; {plural(len(found.faults), 'fault')} in the first {len(found.rows)} records" if found.faults else ""
    said = f"Recognised as {source.name} ({source.meaning[0].lower()}{source.meaning[1:]}){by}{faults}."
    mapping = pd.DataFrame(found.columns)
    mapping = mapping.assign(required=mapping["required"].map({True: "required", False: ""}))
    columns = {"column": "Column here", "from": "From the file's", "required": "Needed", "meaning": "Meaning"}
    shown = pd.DataFrame(found.rows)
    shown = shown[[name for name in shown if (shown[name].fillna("") != "").any()]] if len(shown) else shown
    ignored = f"Not used: {', '.join(found.ignored)}" if found.ignored else "Every column of the file is used"
    rows = {str(name): str(name) for name in shown}
    told = {"row": "Row", "column": "Column", "message": "What is wrong"}
    wrong = pd.DataFrame([(fault.row, fault.column or "", fault.message) for fault in found.faults], columns=list(told))
    return (
        said,
        Table("Mapping", ignored, found.file, mapping, columns),
        Table("First records", f"First {len(shown)} records", found.file, shown, rows, child_level=True),
        Table("Faults", "Such records are set aside on loading, to be mended below", found.file, wrong, told, child_level=True),
    )


def loaded(reports: Sequence[LoadReport]) -> tuple[tuple[bool, str], ...]:
    """One sentence a file, with whether it went well."""
    said = []
    for report in reports:
        found = report.to_json()
        name = str(found["file"]).replace("\\", "/").rsplit("/", 1)[-1]
        if found["rejected"]:
            said.append((False, f"Not loaded. {found['rejected']['message']}"))
        elif found["already_loaded"]:
            said.append((True, f"{name} is already loaded; nothing changed."))
        elif found["batch_id"] is None:  # a SEN2 table that was read with others
            said.append((True, f"{name}: {' '.join(warning['message'] for warning in found['warnings'])}"))
        else:
            aside = f", {plural(int(found['quarantined']), 'record')} set aside" if found["quarantined"] else ""
            same = f", {plural(int(found['duplicates']), 'duplicate')}" if found["duplicates"] else ""
            said.append((True, f"{name}: {plural(int(found['accepted']), 'record')} of {found['source']} loaded{same}{aside}."))
    return tuple(said)


def dictionary(source: Source) -> Table:
    """The source's columns: needed or not, how cells are written, meaning, other names that are understood."""
    frame = pd.DataFrame([row for row in templates.dictionary() if row["source"] == source.name])
    frame = frame.assign(required=frame["required"].map({True: "yes", False: ""}))
    columns = {"column": "Column", "required": "Needed", "form": "Written as", "meaning": "Meaning", "also_read_as": "Also called"}
    return Table(f"Columns of {source.name}", f"{source.meaning}. Key: {', '.join(source.key)}", "Declared by the product", frame, columns)


def proposals(found: pd.DataFrame, named: pd.DataFrame) -> Table:
    """Suppliers that wait for a person, dearest first, with the setting proposed and why. `named`: names and towns of the URNs proposed."""
    names = named.astype({"urn": str}).set_index("urn")["name"]
    frame = found.assign(setting_name=found["urn"].astype(object).map(names), confidence=100.0 * found["confidence"].astype(float))
    frame = frame.assign(reason=frame["reason"].astype(object).where(frame["reason"].notna(), ""))
    columns = {
        "supplier_name": "Supplier",
        "gbp": "Paid",
        "setting_name": "Most likely setting",
        "confidence": "Confidence",
        "reason": "Why",
        "payments": "Payments",
        "first_paid": "First paid",
        "last_paid": "Last paid",
        "urn": "URN",
    }
    units = {"payments": "records", "gbp": "gbp", "first_paid": "date", "last_paid": "date", "confidence": "per_cent"}
    frame = frame.sort_values("gbp", ascending=False, kind="stable")[list(columns)].reset_index(drop=True)
    return Table("Suppliers to match", "Payments that name neither setting nor placement, dearest first", "Payments as loaded", frame, columns, units)


def decisions(found: pd.DataFrame) -> dict[str, str]:
    """By supplier name: what was decided, by whom and when, in a line."""
    said = {}
    for row in found.to_dict("records"):
        is_setting = row["urn"] is not None
        closed = f", closed {row['closed']:%d/%m/%Y}" if is_setting and not pd.isna(row["closed"]) else ""
        what = f"{row['setting_name']} ({row['urn']}{closed})" if is_setting else "no setting"
        said[str(row["supplier_name"])] = f"{row['supplier_name']}: {what}; {row['decided_by']}, {row['decided_at']:%d/%m/%Y}"
    return said


def choices(proposed: pd.DataFrame, looked_up: pd.DataFrame, own: pd.DataFrame) -> dict[str, str]:
    """Establishments by URN as a list to choose from: the one proposed, those looked up, then the council's own by name."""
    said: dict[str, str] = {}
    for frame in (proposed, looked_up, own.sort_values("name", kind="stable")):
        for row in frame.to_dict("records"):
            town = row.get("town")
            place = f", {town}" if isinstance(town, str) and town else ""
            closed = f", closed {row['closed']:%d/%m/%Y}" if not pd.isna(row["closed"]) else ""
            said.setdefault(str(row["urn"]), f"{row['name']}{place}{closed} ({row['urn']})")
    return said
