"""Columns of text → typed columns, with the faults and oddities of their cells.

Each distinct text of a column is read once (dictionary encoding); whatever cannot be read is a fault of its record, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.cells import PLACEHOLDERS, Fault, Reader, Value, clean, reader_of
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
MOST_KNOWN = 100_000  # texts of a column that are remembered from block to block


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
    """One block's records as typed columns. `table` holds those without a fault, with `row_number` and `origin`; amounts are pence."""

    source: Source
    table: pa.Table
    texts: dict[str, pa.DictionaryArray]
    lines: npt.NDArray[np.int64]
    origin: pa.Array
    key: pa.Array  # each record's key as one text, null where a part of it cannot be read
    control: int | None  # pence, over every readable amount
    gross: int = 0  # pence, the same amounts without their signs
    faults: list[CellFault] = field(default_factory=list)

    def records(self, rows: Iterable[int]) -> dict[int, str]:
        """The given records' texts as JSON, by physical line: what quarantine keeps, and what is read again when a parent comes."""
        wanted = np.array(sorted(set(rows)), np.int64)
        positions = pa.array(np.searchsorted(self.lines, wanted))
        cells = {name: column.take(positions).to_pylist() for name, column in self.texts.items()}
        return dict(zip(wanted.tolist(), record_texts(cells, self.origin.take(positions).to_pylist()), strict=True))

    def keys(self, rows: Iterable[int]) -> dict[int, str | None]:
        """The given records' keys, None where a part of one cannot be read."""
        wanted = np.array(sorted(set(rows)), np.int64)
        return dict(zip(wanted.tolist(), self.key.take(pa.array(np.searchsorted(self.lines, wanted))).to_pylist(), strict=True))


@dataclass(frozen=True)
class Whole:
    """The typed rows of one file, or of several read together, as one block; `ragged` are records whose cells were not kept."""

    rows: Rows
    ragged: tuple[CellFault, ...] = ()
    warnings: tuple[Warned, ...] = ()


def record_texts(cells: dict[str, list[str]], origins: list[str | None]) -> Iterator[str]:
    """Records by column → each as JSON, with where a choice among columns was taken from."""
    for values, origin in zip(zip(*cells.values(), strict=True), origins, strict=True):
        yield json.dumps(dict(zip(cells, values, strict=True)) | ({"origin": origin} if origin else {}), ensure_ascii=False)


class Typist:
    """Types the blocks of one file, one after the other. A text once read in a column is known again; oddities are gathered in `warnings`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._columns = [_ColumnTypist(source, column) for column in source.columns]

    @property
    def warnings(self) -> list[Warned]:
        """The oddities so far, one a code and column, in the order of the source's columns."""
        return [warned for column in self._columns for warned in column.warned.values()]

    def rows(self, texts: dict[str, pa.DictionaryArray], origin: pa.Array, lines: npt.NDArray[np.int64]) -> Rows:
        """Types every column of `texts` and gathers the faults by record, in the order of rows, then columns."""
        source = self.source
        typed = {one.column.name: one.type(texts.get(one.column.name), lines) for one in self._columns}
        faulty = np.zeros(len(lines), bool)
        for one in typed.values():
            faulty[one.bad] = True
        table = pa.table({name: one.values for name, one in typed.items()} | {"row_number": pa.array(lines), "origin": origin})
        if faulty.any():
            table = table.filter(pa.array(~faulty))
        amounts = typed[source.control].values if source.control else None
        control, gross = (None, 0) if amounts is None else (_total(amounts), _total(pc.abs(amounts)))
        rows = Rows(source, table, texts, lines, origin, _keys(source, typed), control, gross)
        rows.faults = [
            CellFault(int(lines[i]), name, fault.code, fault.message) for name, one in typed.items() for i, fault in zip(one.bad, one.faults, strict=True)
        ]
        rows.faults.sort(key=lambda fault: fault.row)  # stable: columns stay in the source's order
        return rows


def _keys(source: Source, typed: dict[str, _Typed]) -> pa.Array:
    parts = [typed[name].values.cast(pa.string()) for name in source.key]
    parts = [part if source.column(name).required else pc.fill_null(part, "") for name, part in zip(source.key, parts, strict=True)]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, KEY_MARK)


@dataclass(frozen=True)
class _Typed:
    """One column of a block: its values, which of them could not be read, and why."""

    values: pa.Array
    bad: npt.NDArray[np.int64]
    faults: list[Fault]


def _total(pence: pa.Array) -> int:
    return int(pc.sum(pence.cast(pa.decimal128(38, 0))).as_py() or 0)


class _ColumnTypist:
    """Reads each distinct text of a column once, as long as it remembers; an absent column is its default, else empty."""

    def __init__(self, source: Source, column: Column) -> None:
        self.column = column
        self.warned: dict[str, Warned] = {}
        self._source = source
        self._kind = ARROW_TYPES.get(column.kind, pa.string())
        self._reader = reader_of(column)
        self._known: dict[str, Value] = {}
        self._faults: dict[str, Fault] = {}
        self._odd: dict[str, tuple[str, str]] = {}  # text → code and sentence
        self._may_be_odd = column.kind in NUMERIC_OR_DATE or column.name == "primary_need"

    def type(self, texts: pa.DictionaryArray | None, lines: npt.NDArray[np.int64]) -> _Typed:
        """The column's values, and where and why there is none."""
        count = len(lines)
        if texts is None:
            values = pa.nulls(count, self._kind) if self.column.default is None else pa.array([self.column.default] * count, self._kind)
            return _Typed(values, np.array([], np.int64), [])
        distinct = texts.dictionary.to_pylist()
        self._read(distinct)
        values = pa.array([self._known[text] for text in distinct], self._kind).take(texts.indices)
        indices = texts.indices.to_numpy(zero_copy_only=False)
        faults = {position: self._faults[text] for position, text in enumerate(distinct) if text in self._faults} if self._faults else {}
        bad = np.flatnonzero(np.isin(indices, list(faults))) if faults else np.array([], np.int64)
        if self._odd:
            self._note(distinct, indices, lines)
        return _Typed(values, bad, [faults[int(i)] for i in indices[bad]])

    def _read(self, distinct: list[str]) -> None:
        known = self._known
        if len(known) > MOST_KNOWN:
            for memory in (known, self._faults, self._odd):
                memory.clear()
        for text in [text for text in distinct if text not in known]:
            try:
                known[text] = _read_cell(self._source, self.column, text, self._reader)
            except Fault as fault:
                known[text], self._faults[text] = None, fault.with_traceback(None)
            odd = _oddity(self.column, text, known[text]) if self._may_be_odd else None
            if odd:
                self._odd[text] = odd

    def _note(self, distinct: list[str], indices: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> None:
        found: dict[str, list[int]] = {}
        for position, text in enumerate(distinct):
            if text in self._odd:
                found.setdefault(self._odd[text][0], []).append(position)
        for code, positions in found.items():
            rows = lines[np.flatnonzero(np.isin(indices, positions))]
            before = self.warned.get(code)
            listed = (*(before.rows if before else ()), *rows[:MOST_LISTED].tolist())[:MOST_LISTED]
            message = before.message if before else self._odd[distinct[positions[0]]][1]
            self.warned[code] = Warned(code, self.column.name, message, len(rows) + (before.count if before else 0), listed)


def _read_cell(source: Source, column: Column, text: str, reader: Reader) -> Value:
    text = clean(text)
    if text and column.kind in NUMERIC_OR_DATE and text.casefold() in PLACEHOLDERS:
        text = ""
    if text:
        return reader(text)
    if column.default is not None or not column.required:
        return column.default
    if column.name in source.key:
        raise Fault("missing_key", f"{column.name} is empty; fill it in, because every record of {source.name} needs it.")
    raise Fault("missing_value", f"{column.name} is empty; fill it in ({column.meaning}).")


def _oddity(column: Column, text: str, value: Value) -> tuple[str, str] | None:
    if value is None:
        if column.kind in NUMERIC_OR_DATE and text.strip().casefold() in PLACEHOLDERS:
            return "placeholder", f"{column.name}: a word for 'nothing' was read as empty."
        return None
    if column.name == "primary_need" and value == column.default:
        return "need_not_recorded", "The primary need is not recorded; record it in the plan."
    if isinstance(value, date) and text.strip()[:5].isdigit():
        return "excel_serial", f"{column.name}: a spreadsheet's day number was read as a date."
    if isinstance(value, date) and not 1900 <= value.year <= 2200 and value.year != 9999:
        return "implausible", f"{column.name}: the year cannot be right; check the date."
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and isinstance(value, int | float):
        below, above = column.low is not None and value < column.low, column.high is not None and value > column.high
        if below or above:
            range_ = f"below {column.low:g}" if column.high is None else f"outside {column.low:g} to {column.high:g}"
            return "implausible", f"{column.name} is {range_}; check it."
    if column.kind is Kind.MONEY and "." in text and len(text.strip("() ").rpartition(".")[2].rstrip("0")) > 2:
        return "rounded_to_penny", f"{column.name}: parts of a penny were rounded to whole pence."
    return None
