"""Is our data in, and right?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table
from analytics.findings.words import gbp, plural, total
from data import templates
from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.load import LoadReport, Preview

_METHOD = """
Every cell is read as text, then typed, then checked. A record that cannot be right is set aside with its row, column and reason, and the rest is
kept; a file that cannot be read safely is refused whole. Each file is loaded in one step: all of it or nothing. For every file, records in = accepted
+ duplicates + set aside, in number and in pounds. The same file again changes nothing. A record whose parent is missing is checked again when a file
brings that parent.
"""


def intake(batches: pd.DataFrame, quarantine: pd.DataFrame, unmatched: pd.DataFrame, version: str) -> Finding:
    """What is loaded, how fresh it is, what failed. `unmatched`: suppliers that wait for a person."""
    standing = batches[batches["withdrawn_by"].isna()] if len(batches) else batches
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
            said.append((False, f"{name} was not loaded: {found['rejected']['message']}"))
        elif found["already_loaded"]:
            said.append((True, f"{name} is already loaded; nothing changed."))
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


def proposals(found: pd.DataFrame, settings: pd.DataFrame) -> Table:
    """Suppliers that wait for a person, dearest first, with the setting proposed."""
    names = settings.astype({"urn": str}).set_index("urn")["setting_name"]
    frame = found.assign(setting_name=found["urn"].astype(object).map(names), confidence=100.0 * found["confidence"].astype(float))
    columns = {
        "supplier_name": "Supplier",
        "payments": "Payments",
        "gbp": "Paid",
        "first_paid": "First paid",
        "last_paid": "Last paid",
        "setting_name": "Most likely setting",
        "confidence": "Confidence",
        "urn": "URN",
    }
    units = {"payments": "records", "gbp": "gbp", "first_paid": "date", "last_paid": "date", "confidence": "per_cent"}
    frame = frame.sort_values("gbp", ascending=False, kind="stable")[list(columns)].reset_index(drop=True)
    return Table("Suppliers to match", "Payments that name neither setting nor placement, dearest first", "Payments as loaded", frame, columns, units)
