"""Records kept out: written with their reasons, and looked at again when the parent they lacked comes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from data import sen2
from data.keeping import Keeping, of_profile
from data.settle import Settled, settle, stage
from data.sources import SOURCES, Source
from data.spool import Spooled
from data.typed import KEY_MARK, Typist

if TYPE_CHECKING:
    from data.store import Cursor


@dataclass(frozen=True)
class Entry:
    """One fault of one record as the store keeps it.

    `missing` is the parent's key that an `unknown_parent` record names; `record_key` the record's own key, by which a mended record is known.
    """

    batch_id: str
    source: str
    row_number: int
    column_name: str | None
    code: str
    message: str
    record: str
    missing: str | None = None
    record_key: str | None = None


FIELDS = tuple(Entry.__dataclass_fields__)


def write(cursor: Cursor, entries: list[Entry], known_seq: int) -> None:
    """Adds entries to meta_quarantine, found by the batch `known_seq`."""
    if not entries:
        return
    kinds = {name: pa.int64() if name == "row_number" else pa.string() for name in FIELDS}
    cursor.register("entries", pa.table({name: pa.array([getattr(e, name) for e in entries], kind) for name, kind in kinds.items()}))
    cursor.execute("INSERT INTO meta_quarantine BY NAME SELECT *, $known AS known_seq FROM entries", {"known": known_seq})
    cursor.unregister("entries")


def write_blocks(cursor: Cursor, batch_id: str, rows: Spooled, known_seq: int) -> None:
    """Adds an entry for each fault of a cell that the reader found, block by block, by row; `known_seq` is the batch's own place."""
    names = ", ".join(rows.schema("faults").names)
    for block in rows.blocks("faults"):
        if len(block):
            cursor.register("found", pa.Table.from_batches([block]))
            cursor.execute(
                f"INSERT INTO meta_quarantine BY NAME SELECT {names}, $batch AS batch_id, $source AS source, $known AS known_seq FROM found",
                {"batch": batch_id, "source": rows.source.name, "known": known_seq},
            )
            cursor.unregister("found")


def close_mended(cursor: Cursor, source: Source, by: str) -> None:
    """Closes what is still open of earlier records whose key was accepted now (`staged`): a person mended them. Conflicts and orphans stay."""
    key = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in source.key)
    cursor.execute(
        f"""UPDATE meta_quarantine SET resolved_by = $by
        WHERE source = $source AND batch_id <> $by AND resolved_by IS NULL AND code NOT IN ('key_conflict', 'unknown_parent')
        AND record_key IN (SELECT concat_ws($mark, {key}) FROM staged)""",
        {"by": by, "source": source.name, "mark": KEY_MARK},
    )


@dataclass(frozen=True)
class _Waiting:
    """Records of one source whose missing parents are all there now, in the order of loading."""

    batch_ids: tuple[str, ...]
    seqs: tuple[int, ...]
    rows: tuple[int, ...]
    records: tuple[str, ...]


def recheck(cursor: Cursor, by: str, by_seq: int, today: date) -> int:
    """Accepts the `unknown_parent` records whose parents are there by now, parents first; answers how many. `by`, `by_seq`: the batch that brought them."""
    accepted = 0
    open_ones = cursor.execute("SELECT DISTINCT source FROM meta_quarantine WHERE code = 'unknown_parent' AND resolved_by IS NULL").fetchall()
    for source in [source for source in SOURCES.values() if (source.name,) in open_ones]:
        waiting = _waiting(cursor, source)
        if waiting:
            accepted += _settle_waiting(cursor, source, waiting, by, by_seq, today)
    return accepted


def _waiting(cursor: Cursor, source: Source) -> _Waiting | None:
    there = " OR ".join(
        f"(q.column_name = '{column}' AND q.missing IN (SELECT {key} FROM raw_{parent} WHERE is_current))" for column, parent, key in source.parents
    )
    rows = cursor.execute(
        f"""SELECT q.batch_id, any_value(b.seq) AS seq, q.row_number, any_value(q.record)
        FROM meta_quarantine AS q JOIN meta_batch AS b ON b.batch_id = q.batch_id
        WHERE q.source = $source AND q.resolved_by IS NULL AND b.withdrawn_by IS NULL
        GROUP BY q.batch_id, q.row_number HAVING bool_and(q.code = 'unknown_parent' AND ({there})) ORDER BY seq, q.row_number""",
        {"source": source.name},
    ).fetchall()
    return _Waiting(*zip(*rows, strict=True)) if rows else None


def _settle_waiting(cursor: Cursor, source: Source, waiting: _Waiting, by: str, by_seq: int, today: date) -> int:
    texts = [json.loads(record) for record in waiting.records]
    names = sorted({name for text in texts for name in text} & set(source.names))
    columns = {name: pa.array([text.get(name, "") for text in texts], pa.string()).dictionary_encode() for name in names}
    numbers = np.arange(len(texts), dtype=np.int64)
    rows = Typist(source).rows(columns, pa.array([text.get("origin") for text in texts], pa.string()), numbers)
    record = rows.table["row_number"]
    place = {"batch_id": (waiting.batch_ids, pa.string()), "seq": (waiting.seqs, pa.int64()), "row_number": (waiting.rows, pa.int64())}
    table = rows.table.drop_columns(["row_number"]).append_column("record", record)
    for name, (values, kind) in place.items():
        table = table.append_column(name, pa.array(values, kind).take(record))
    stage(cursor, source, table)
    settled = settle(cursor, source, today, by_seq, _keeping(cursor, source, waiting))
    _close(cursor, waiting, by)
    write(cursor, list(_still_out(source, waiting, settled)), by_seq)
    return settled.accepted


def _keeping(cursor: Cursor, source: Source, waiting: _Waiting) -> dict[str, Keeping]:
    """What each batch's rows take from the versions before them, by the profile that it came through."""
    found = cursor.execute("SELECT batch_id, profile FROM meta_batch WHERE list_contains($batches, batch_id)", {"batches": list(waiting.batch_ids)}).fetchall()
    newest = sen2.standing(cursor).newest
    return {batch: sen2.keeping_of(source, profile, newest) if str(profile).startswith("sen2_") else of_profile(source, profile) for batch, profile in found}


def _still_out(source: Source, waiting: _Waiting, settled: Settled) -> Iterable[Entry]:
    for fault in settled.faults:
        at = fault.record
        yield Entry(waiting.batch_ids[at], source.name, waiting.rows[at], fault.column, fault.code, fault.message, waiting.records[at], fault.value)


def _close(cursor: Cursor, waiting: _Waiting, by: str) -> None:
    cursor.register("waited", pa.table({"batch_id": pa.array(waiting.batch_ids), "row_number": pa.array(waiting.rows, pa.int64())}))
    cursor.execute(
        "UPDATE meta_quarantine AS q SET resolved_by = $by FROM waited AS w "
        "WHERE q.batch_id = w.batch_id AND q.row_number = w.row_number AND q.resolved_by IS NULL",
        {"by": by},
    )
    cursor.unregister("waited")
