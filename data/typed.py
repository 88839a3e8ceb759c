"""Columns of text → typed columns, with the faults and oddities of their cells.

Each distinct text of a column is read once (dictionary encoding); whatever cannot be read is a fault of its record, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.cells import PLACEHOLDERS, Fault, Reader, Value, clean, reader_of
from data.errors import Cancelled
from data.sources import Column, Kind, Source

ARROW_TYPES = {
    Kind.DATE: pa.date32(),
    Kind.MONEY: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int32(),
    Kind.FLAG: pa.bool_(),
}
NUMERIC_OR_DATE = {Kind.DATE, Kind.MONTH, Kind.MONEY, Kind.NUMBER, Kind.INTEGER}
KEY_MARK = "\x1f"  # between the parts of a key
MOST_LISTED = 20  # rows named in a warning


@dataclass(frozen=True)
class CellFault:
    """One fault of one record; `row` is the physical line, `column` None when the whole record is at fault."""

    row: int
    column: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Warned:
    """Something odd that was accepted: how often, and the first rows."""

    code: str
    column: str | None
    message: str
    count: int
    rows: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "column": self.column, "message": self.message, "count": self.count, "rows": list(self.rows)}


@dataclass
class Rows:
    """Records as typed columns. `table` holds those without a fault, with `row_number` and `origin`; amounts are pence."""

    source: Source
    table: pa.Table
    texts: dict[str, pa.DictionaryArray]
    lines: npt.NDArray[np.int64]
    rows_in: int
    control_in: int | None  # pence, over every readable amount
    origin: pa.Array
    key_columns: tuple[pa.Array, ...]
    faults: list[CellFault] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    gross: int = 0  # pence, the same amounts without their signs

    def keys(self, rows: Iterable[int]) -> dict[int, str | None]:
        """The given records' keys as one text, None where a part of it cannot be read."""
        wanted = np.array(sorted(set(rows) - set(self.ragged)), np.int64)
        positions = pa.array(np.searchsorted(self.lines, wanted))
        parts = zip(*(column.take(positions).to_pylist() for column in self.key_columns), strict=True)
        optional = [not self.source.column(name).required for name in self.source.key]
        return {
            line: KEY_MARK.join("" if part is None else str(part) for part in key)
            if all(part is not None or o for part, o in zip(key, optional, strict=True))
            else None
            for line, key in zip(wanted.tolist(), parts, strict=True)
        }

    def records(self, rows: Iterable[int]) -> dict[int, str]:
        """The given records' texts as JSON, by physical line: what quarantine keeps, and what is read again when a parent comes."""
        wanted = np.array(sorted(set(rows) - set(self.ragged)), np.int64)
        positions = pa.array(np.searchsorted(self.lines, wanted))
        names = list(self.texts)
        cells = zip(*(column.take(positions).to_pylist() for column in self.texts.values()), strict=True)
        noted = self.origin.take(positions).to_pylist()
        found = {
            line: json.dumps(dict(zip(names, values, strict=True)) | ({"origin": note} if note else {}), ensure_ascii=False)
            for line, values, note in zip(wanted.tolist(), cells, noted, strict=True)
        }
        return found | {line: json.dumps({"cells": cells}, ensure_ascii=False) for line, cells in self.ragged.items()}


@dataclass
class _Typed:
    column: Column
    values: pa.Array
    bad: npt.NDArray[np.int64]  # positions of records
    faults: list[Fault]
    warnings: list[Warned]


def type_rows(
    source: Source, texts: dict[str, pa.DictionaryArray], origin: pa.Array, lines: npt.NDArray[np.int64], cancelled: Callable[[], bool] | None = None
) -> Rows:
    """Types every column of `texts` and gathers the faults by record, in the order of rows, then columns."""
    typed: dict[str, _Typed] = {}
    for column in source.columns:
        if cancelled and cancelled():
            raise Cancelled
        typed[column.name] = type_column(source, column, texts.get(column.name), lines)
    faulty = np.zeros(len(lines), bool)
    for one in typed.values():
        faulty[one.bad] = True
    table = pa.table({name: one.values for name, one in typed.items()} | {"row_number": pa.array(lines), "origin": origin}).filter(pa.array(~faulty))
    control = _total(typed[source.control].values) if source.control else None
    rows = Rows(source, table, texts, lines, len(lines), control, origin, tuple(typed[name].values for name in source.key))
    rows.gross = _total(pc.abs(typed[source.control].values)) if source.control else 0
    rows.faults = [
        CellFault(int(lines[i]), one.column.name, fault.code, fault.message) for one in typed.values() for i, fault in zip(one.bad, one.faults, strict=True)
    ]
    rows.faults.sort(key=lambda fault: fault.row)  # stable: columns stay in the source's order
    rows.warnings = [w for one in typed.values() for w in one.warnings]
    return rows


def _total(pence: pa.Array) -> int:
    return int(pc.sum(pence.cast(pa.decimal128(38, 0))).as_py() or 0)


def type_column(source: Source, column: Column, texts: pa.DictionaryArray | None, lines: npt.NDArray[np.int64]) -> _Typed:
    """One column's values by reading each distinct text once; an absent column is its default, else empty."""
    kind = ARROW_TYPES.get(column.kind, pa.string())
    if texts is None:
        count = len(lines)
        values = pa.nulls(count, kind) if column.default is None else pa.array([column.default] * count, kind)
        return _Typed(column, values, np.array([], np.int64), [], [])
    distinct = texts.dictionary.to_pylist()
    indices = np.asarray(texts.indices.to_numpy(zero_copy_only=False), np.int64)
    read, faults = _read_distinct(source, column, distinct)
    values = pa.array(read, kind).take(pa.array(indices))
    bad = np.flatnonzero(np.isin(indices, list(faults))) if faults else np.array([], np.int64)
    warnings = _column_warnings(column, distinct, read, indices, lines)
    return _Typed(column, values, bad, [faults[int(i)] for i in indices[bad]], warnings)


def _read_distinct(source: Source, column: Column, distinct: list[str]) -> tuple[list[Value], dict[int, Fault]]:
    read: list[Value] = []
    faults: dict[int, Fault] = {}
    reader = reader_of(column)
    for position, text in enumerate(distinct):
        try:
            read.append(_read_cell(source, column, text, reader))
        except Fault as fault:
            faults[position] = fault
            read.append(None)
    return read, faults


def _read_cell(source: Source, column: Column, text: str, reader: Reader) -> Value:
    text = clean(text)
    if text and column.kind in NUMERIC_OR_DATE and text.casefold() in PLACEHOLDERS:
        text = ""
    if text:
        return reader(text)
    if column.default is not None or not column.required:
        return column.default
    if column.name in source.key:
        raise Fault("missing_key", f"{column.name} is empty; every record of {source.name} needs it.")
    raise Fault("missing_value", f"{column.name} is empty; it is required ({column.meaning}).")


def _column_warnings(column: Column, distinct: list[str], read: list[Value], indices: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> list[Warned]:
    if column.kind not in NUMERIC_OR_DATE and column.name != "primary_need":
        return []
    odd: dict[str, tuple[str, list[int]]] = {}
    for position, (text, value) in enumerate(zip(distinct, read, strict=True)):
        found = _oddity(column, text, value)
        if found:
            odd.setdefault(found[0], (found[1], []))[1].append(position)
    warnings = []
    for code, (message, positions) in odd.items():
        rows = lines[np.flatnonzero(np.isin(indices, positions))]
        warnings.append(Warned(code, column.name, message, len(rows), tuple(rows[:MOST_LISTED].tolist())))
    return warnings


def _oddity(column: Column, text: str, value: Value) -> tuple[str, str] | None:
    if value is None:
        if column.kind in NUMERIC_OR_DATE and text.strip().casefold() in PLACEHOLDERS:
            return "placeholder", f"{column.name}: a word for 'nothing' was read as empty."
        return None
    if column.name == "primary_need" and value == column.default:
        return "need_not_recorded", "The primary need is not recorded."
    if isinstance(value, date) and text.strip()[:5].isdigit():
        return "excel_serial", f"{column.name}: a spreadsheet's day number was read as a date."
    if isinstance(value, date) and not 1900 <= value.year <= 2200 and value.year != 9999:
        return "implausible", f"{column.name}: the year is implausible."
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and isinstance(value, int | float):
        below, above = column.low is not None and value < column.low, column.high is not None and value > column.high
        if below or above:
            return "implausible", f"{column.name} is outside {column.low:g} to {'any' if column.high is None else format(column.high, 'g')}."
    if column.kind is Kind.MONEY and "." in text and len(text.strip("() ").rpartition(".")[2].rstrip("0")) > 2:
        return "rounded_to_penny", f"{column.name}: parts of a penny were rounded."
    return None
