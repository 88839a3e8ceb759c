"""Typed rows on their way from the process that reads to the one that writes: Arrow files in a private folder, read block by block.

`rows.arrow`: records without a fault; `texts.arrow`: every record's texts, so that a rule's fault can quote it; `faults.arrow`: one row a
fault of a cell or a ragged record, with the record's texts; `summary.json`: what holds for the whole file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data.errors import InputRejected
from data.parse import Parsing, Recognised, ragged_fault
from data.profiles import source_or_table
from data.readers import BLOCK
from data.typed import CellFault, Rows, Warned, Whole, record_texts

MOST_SPOOLED = 2_000_000_000  # bytes on disk
FAULTS = pa.schema([("row_number", pa.int64()), *((name, pa.string()) for name in ("column_name", "code", "message", "record", "record_key"))])
ROW, ORIGIN, KEY = "_row", "_origin", "_key"  # columns of texts.arrow beside those of the source


def spool(known: Recognised, folder: Path, tell: Callable[[float], None], cancelled: Callable[[], bool]) -> None:
    """Reads a recognised file into `folder`, block by block; `tell` hears the share read. InputRejected and Cancelled as `Parsing.blocks`."""
    parsing = Parsing(known)
    width = len(known.opened.header)
    fault_rows = 0
    with _Files(folder) as files:
        for rows, block in parsing.blocks(cancelled):
            ragged = [(ragged_fault(line, len(cells), width), cells) for line, cells in block.ragged]
            fault_rows += files.write_block(rows, ragged)
            if files.size > MOST_SPOOLED:
                raise InputRejected(f"{known.opened.name} unfolds to more than 2 GB of cells; split it by year and load the parts.", "reader_limit")
            tell(block.share)
    _sum_up(folder, parsing.mapping.source.name, parsing.rows_in, parsing.control_in, fault_rows, parsing.warnings)


def spool_whole(whole: Whole, folder: Path) -> Spooled:
    """Writes rows that were typed as one into `folder`, in blocks like any other."""
    rows = whole.rows
    with _Files(folder) as files:
        fault_rows = files.write_block(rows, [(fault, ()) for fault in whole.ragged])
    _sum_up(folder, rows.source.name, len(rows.lines) + len(whole.ragged), rows.control, fault_rows, whole.warnings)
    return Spooled(folder)


def _sum_up(folder: Path, source: str, rows_in: int, control_in: int | None, fault_rows: int, warnings: Iterable[Warned]) -> None:
    summary = {"source": source, "rows_in": rows_in, "control_in": control_in, "fault_rows": fault_rows}
    summary["warnings"] = [asdict(warned) for warned in warnings]
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


class _Files:
    """The Arrow files while they are written, each opened with its first block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._open: dict[str, tuple[Any, Any]] = {}

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()

    @property
    def size(self) -> int:
        return sum(sink.tell() for sink, _ in self._open.values())

    def write_block(self, rows: Rows, ragged: Sequence[tuple[CellFault, tuple[str, ...]]]) -> int:
        """Writes a block of typed rows; answers how many records have a fault."""
        faults = _faults(rows, ragged)
        self.write("rows", rows.table)
        self.write("texts", _texts(rows))
        self.write("faults", faults)
        return len(set(faults["row_number"].to_pylist()))

    def write(self, name: str, table: pa.Table) -> None:
        if name not in self._open:
            sink = self._stack.enter_context(pa.OSFile(str(self._folder / f"{name}.arrow"), "wb"))
            self._open[name] = sink, self._stack.enter_context(pa.ipc.new_file(sink, table.schema))
        self._open[name][1].write_table(table, max_chunksize=BLOCK)


def _texts(rows: Rows) -> pa.Table:
    own = {ROW: pa.array(rows.lines), ORIGIN: rows.origin, KEY: rows.key}
    return pa.table(own | {name: column.dictionary_decode() for name, column in rows.texts.items()})


def _faults(rows: Rows, ragged: Sequence[tuple[CellFault, tuple[str, ...]]]) -> pa.Table:
    """Faults of cells and ragged records of a block, by row; a record's faults in the order of columns."""
    records = rows.records(fault.row for fault in rows.faults)
    keys = rows.keys(records)
    listed = [(f.row, f.column, f.code, f.message, records[f.row], keys[f.row]) for f in rows.faults]
    for fault, cells in ragged:
        listed.append((fault.row, None, fault.code, fault.message, json.dumps({"cells": cells}, ensure_ascii=False), None))
    listed.sort(key=lambda fault: fault[0])
    return pa.table([pa.array([fault[i] for fault in listed], kind.type) for i, kind in enumerate(FAULTS)], schema=FAULTS)


class Spooled:
    """A file that was read: what holds for the whole of it, and its blocks."""

    def __init__(self, folder: Path) -> None:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        self.source = source_or_table(summary["source"])
        self.rows_in = int(summary["rows_in"])
        self.control_in: int | None = summary["control_in"]
        self.fault_rows = int(summary["fault_rows"])
        self.warnings = [Warned(**{**warned, "rows": tuple(warned["rows"])}) for warned in summary["warnings"]]
        self._folder = folder

    def blocks(self, name: str) -> Iterator[pa.RecordBatch]:
        """The blocks of rows, texts or faults, one at a time."""
        with pa.memory_map(str(self._folder / f"{name}.arrow")) as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def rewritten(self, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Puts changed blocks of that name in the place of what was read, one at a time. The blocks keep their number and their columns."""
        draft = self._folder / f"{name}.draft"
        with pa.OSFile(str(draft), "wb") as sink:
            writer: Any = None
            for batch in self.blocks(name):
                table = change(pa.Table.from_batches([batch]))
                writer = writer or pa.ipc.new_file(sink, table.schema)
                writer.write_table(table)
            if writer is not None:
                writer.close()
        if writer is not None:
            draft.replace(self._folder / f"{name}.arrow")

    def schema(self, name: str) -> pa.Schema:
        """Columns of the blocks of that name."""
        with pa.memory_map(str(self._folder / f"{name}.arrow")) as file:
            return pa.ipc.open_file(file).schema

    def records(self, rows: Iterable[int]) -> dict[int, tuple[str, str | None]]:
        """The given records' texts as JSON, and their keys, by row."""
        wanted = np.array(sorted(set(rows)), np.int64)
        found: dict[int, tuple[str, str | None]] = {}
        for batch in self.blocks("texts") if len(wanted) else ():
            lines = batch.column(ROW).to_numpy()
            here = wanted[np.isin(wanted, lines)]
            if len(here):
                taken = batch.take(pa.array(np.searchsorted(lines, here)))
                cells = {name: taken.column(name).to_pylist() for name in taken.schema.names if name not in (ROW, ORIGIN, KEY)}
                texts = record_texts(cells, taken.column(ORIGIN).to_pylist())
                found |= dict(zip(here.tolist(), zip(texts, taken.column(KEY).to_pylist(), strict=True), strict=True))
        return found
