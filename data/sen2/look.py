"""What a SEN2 file would bring, before it is loaded: what is read of it, and that nothing that names a child is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from data.errors import InputRejected
from data.glimpse import ROWS, Preview
from data.readers import Opened
from data.sen2.assemble import MAIN, Joined, rows_of
from data.sen2.census import Standing, census_of
from data.sen2.message import read_message
from data.sen2.tables import Table, read_table


def look_at_table(opened: Opened, secret: bytes) -> Preview:
    """The head of a table of a return, of a workbook its first one. InputRejected as loading would raise it for that table alone."""
    table = read_table(opened, secret)
    shown = _head({name: table.column(name) for name in _shown(table)})
    source = {main: name for name, main in MAIN.items()}.get(table.shape.name, "sen2") if table.shape.name != "placementdetail" else "placements"
    columns = tuple({"column": n, "meaning": f"SEN2 table {table.shape.name}", "required": n in table.shape.needs, "from": n} for n in _shown(table))
    used = {cell for cell in opened.header if cell.strip().lower().replace("_", "") in {*table.shape.columns}}
    ignored = tuple(cell.strip() for cell in opened.header if cell not in used and cell.strip())
    told = f"SEN2 table {table.shape.name}, read with the return's other tables"
    return Preview(opened.name, source, told, opened.header, columns, ignored, shown, (), opened.part)


def _shown(table: Table) -> tuple[str, ...]:
    return tuple(name for name in table.columns if name != "persontableid") if table.shape.name == "person" else tuple(table.columns)


def _head(columns: Mapping[str, list[str]]) -> tuple[dict[str, str], ...]:
    return tuple(dict(zip(columns, cells, strict=True)) for cells in zip(*(column[:ROWS] for column in columns.values()), strict=True))


def look_at_message(path: Path, today: date, secret: bytes) -> Preview:
    """The head of a message. InputRejected as loading would raise it for that file alone."""
    tables = read_message(path, secret)
    census = census_of(tables, Standing(), today, path.name)
    name = next((name for name in ("sen2", "plans") if len(tables[MAIN[name]])), None)
    if name is None:
        raise InputRejected(f"{path.name} holds no plans and no placements to load; export the return with them.", "header_only")
    rows = rows_of(Joined(tables, census), name).rows
    texts = {column: values.slice(0, ROWS).to_pylist() for column, values in rows.texts.items()}
    columns = tuple({"column": c.name, "meaning": c.meaning, "required": c.required, "from": "the message"} for c in rows.source.columns if c.name in texts)
    faults = tuple(fault for fault in rows.faults if fault.row <= max(rows.lines[:ROWS].tolist(), default=0))
    return Preview(path.name, name, f"SEN2 message of {census.year}", (), columns, (), _head(texts), faults)
