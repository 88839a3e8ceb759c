"""A command's result as a person reads it in a terminal: short tables, pounds with separators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics.run.documents import tidy

ROWS = 25
_WIDTH = 60
_LEVELS = ("error", "warning", "info")


def as_text(document: object) -> str:
    """Plain text of a result: single values first, then each list of rows as a table of at most 25 rows."""
    plain = tidy(document)
    if isinstance(plain, list):
        return table("", plain)
    if not isinstance(plain, Mapping):
        return str(plain)
    singles = [f"{_label(k)}: {_cell(k, v)}" for k, v in plain.items() if not _is_rows(v) and not isinstance(v, Mapping | list)]
    nested = [f"{_label(k)}: {_singles(v)}" for k, v in plain.items() if isinstance(v, Mapping) and _singles(v)]
    said = [line for k, v in plain.items() if isinstance(v, list) and not _is_rows(v) for line in (f"{_label(k)}:", *(f"  {_cell('message', x)}" for x in v))]
    tables = [table(_label(k), v) for k, v in plain.items() if _is_rows(v)]
    return "\n".join([*singles, *nested, *said, *tables])


def loaded(reports: list[dict[str, Any]]) -> str:
    """What became of each file, then the first records that were set aside."""
    shown = ("file", "source", "batch_id", "already_loaded", "rows_in", "accepted", "duplicates", "quarantined")
    files = [
        {name: Path(report[name]).name if name == "file" else report[name] for name in shown} | {"refused": report["rejected"] and report["rejected"]["code"]}
        for report in reports
    ]
    faults = [{"file": Path(report["file"]).name, **fault} for report in reports for fault in report["quarantine"]]
    return table("", files) + ("\n" + table("Set aside", faults) if faults else "")


def table(title: str, rows: list[Any]) -> str:
    """Rows of dicts as aligned columns; cells that are themselves lists are given by their length."""
    if not rows:
        return f"{title}: none" if title else "Nothing."
    rows = sorted(rows, key=lambda row: _LEVELS.index(row["level"]) if row.get("level") in _LEVELS else len(_LEVELS))  # what is wrong first
    names = list(rows[0])
    cells = [[_cell(name, row.get(name)) for name in names] for row in rows[:ROWS]]
    widths = [max(len(_label(name)), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    lines = ["  ".join(_label(name).ljust(width) for name, width in zip(names, widths, strict=True)).rstrip()]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    more = [f"… and {len(rows) - ROWS:,} more; --json gives all"] if len(rows) > ROWS else []
    return "\n".join([*([f"\n{title}"] if title else []), *lines, *more])


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _singles(values: Mapping[str, object]) -> str:
    """The single values of a nested record; lists and deeper records are for --json."""
    return ", ".join(f"{_label(k).lower()} {_cell(k, v)}" for k, v in values.items() if v is not None and not isinstance(v, Mapping | list))


def _label(key: str) -> str:
    words = key.replace("_gbp", " (£)").replace("_", " ")
    return words[:1].upper() + words[1:]


def _cell(key: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}" if key.endswith("gbp") or abs(value) >= 100 else f"{value:,.3g}"
    if isinstance(value, int) and "year" not in key:
        return f"{value:,}"
    if isinstance(value, list):
        return f"{len(value):,}" if any(isinstance(v, Mapping | list) for v in value) else "; ".join(map(str, value)) or "-"
    if isinstance(value, Mapping):
        return "; ".join(f"{_label(str(k)).lower()} {_cell(str(k), v)}" for k, v in value.items())
    text = str(value)
    return text if len(text) <= _WIDTH or key in ("message", "why", "known") else text[: _WIDTH - 1] + "…"
