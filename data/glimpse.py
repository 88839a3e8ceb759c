"""The head of a file as a person looks at it before loading: columns, first records, what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.errors import InputRejected
from data.parse import Recognised, picked
from data.profiles import Pick
from data.typed import CellFault, Typist

ROWS = 20


@dataclass(frozen=True)
class Preview:
    """`columns`: one dict a column of the source (column, meaning, required, from); `rows`: the first records by column, as text; `faults` of these.

    `part`: the sheet that was chosen, None where a file has no sheets.
    """

    file: str
    source: str
    profile: str | None
    header: tuple[str, ...]
    columns: tuple[dict[str, Any], ...]
    ignored: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    faults: tuple[CellFault, ...]
    part: str | None = None

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Preview:
        """A preview that came from another process."""
        listed = {name: tuple(document[name]) for name in ("header", "columns", "ignored", "rows")}
        return cls(**{**document, **listed, "faults": tuple(CellFault(**fault) for fault in document["faults"])})


def glimpse(known: Recognised) -> Preview:
    """The first records of a recognised file. InputRejected when they cannot be read."""
    mapping, opened = known.mapping, known.opened
    block = next(opened.blocks(), None)
    if block is None:
        raise InputRejected(f"{opened.name} has a header but no rows; export it again with its rows.", "header_only")
    texts, origin = picked(block, opened, mapping)
    few = {name: column.slice(0, ROWS).dictionary_decode().dictionary_encode() for name, column in texts.items()}
    rows = Typist(mapping.source).rows(few, origin.slice(0, ROWS), block.lines[:ROWS])
    cells = {name: column.to_pylist() for name, column in few.items()}
    columns = [
        {
            "column": column.name,
            "meaning": column.meaning,
            "required": column.required,
            "from": _origin(mapping.picks[column.name], opened.header) if column.name in mapping.picks else "",
        }
        for column in mapping.source.columns
    ]
    listed = tuple(dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True))
    header, source = opened.header, mapping.source.name
    return Preview(opened.name, source, mapping.profile, header, tuple(columns), mapping.ignored, listed, tuple(rows.faults), opened.part)


def _origin(pick: Pick, header: tuple[str, ...]) -> str:
    joint = " and " if pick.collected else ", else "
    return joint.join(header[position].strip() for position in pick.columns) or f"always '{pick.constant}'"
