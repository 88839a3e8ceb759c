"""What a file would bring, before it is loaded: its source, how its columns map, its first rows and what is wrong with them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data import sen2
from data.parse import picked, recognised
from data.profiles import Pick
from data.readers import read_bytes, read_rows
from data.typed import CellFault, type_rows

ROWS = 20


@dataclass(frozen=True)
class Preview:
    """`columns`: one dict a column of the source (column, meaning, required, from); `rows`: the first records by column, as text; `faults` of these."""

    file: str
    source: str
    profile: str | None
    header: tuple[str, ...]
    columns: tuple[dict[str, Any], ...]
    ignored: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    faults: tuple[CellFault, ...]


def preview(path: Path, source: str | None = None, profile: str | None = None) -> Preview:
    """Reads the head of a file without loading it. InputRejected and WrongUsage as loading would raise them."""
    data = read_bytes(path)
    if not profile and sen2.looks_like(data):
        from data.sen2.look import preview as look  # it shows what it finds as a Preview

        found = look(path, data, datetime.now(UTC).astimezone().date(), secrets.token_bytes(16))
        if found is not None:
            return found
    known = recognised(data, path.name, source, profile)
    sheet, mapping = read_rows(known.opened, ROWS), known.mapping
    texts, origin = picked(sheet, mapping)
    rows = type_rows(mapping.source, texts, origin, sheet.lines)
    cells = {name: column.to_pylist() for name, column in texts.items()}
    columns = [
        {
            "column": column.name,
            "meaning": column.meaning,
            "required": column.required,
            "from": _origin(mapping.picks[column.name], sheet.header) if column.name in mapping.picks else "",
        }
        for column in mapping.source.columns
    ]
    listed = tuple(dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True))
    return Preview(path.name, mapping.source.name, mapping.profile, sheet.header, tuple(columns), mapping.ignored, listed, tuple(rows.faults))


def _origin(pick: Pick, header: tuple[str, ...]) -> str:
    joint = " and " if pick.collected else ", else "
    return joint.join(header[position].strip() for position in pick.columns) or f"always '{pick.constant}'"
