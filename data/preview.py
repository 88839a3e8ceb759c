"""What a file would bring, before it is loaded: its source, how its columns map, its first rows and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.parse import picked, recognised
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
    known = recognised(read_bytes(path), path.name, source, profile)
    sheet, mapping = read_rows(known.opened, ROWS), known.mapping
    texts, origin = picked(sheet, mapping)
    rows = type_rows(mapping.source, texts, origin, sheet.lines)
    cells = {name: column.to_pylist() for name, column in texts.items()}
    columns = [
        {
            "column": column.name,
            "meaning": column.meaning,
            "required": column.required,
            "from": _origin(mapping.picks[column.name].columns, mapping.picks[column.name].constant, sheet.header) if column.name in mapping.picks else "",
        }
        for column in mapping.source.columns
    ]
    listed = tuple(dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True))
    return Preview(path.name, mapping.source.name, mapping.profile, sheet.header, tuple(columns), mapping.ignored, listed, tuple(rows.faults))


def _origin(positions: tuple[int, ...], constant: str | None, header: tuple[str, ...]) -> str:
    return ", else ".join(header[position].strip() for position in positions) or f"always '{constant}'"
