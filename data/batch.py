"""One file's batch: everything it changes in the store, inside one transaction, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data import manifest, quarantine, seal
from data.errors import UserError, about
from data.keeping import NOTHING, Keeping
from data.settle import Settled, orphaned, settle, stage, withdraw
from data.sources import SOURCES, Source
from data.spool import Spooled
from data.typed import Warned

if TYPE_CHECKING:
    from data.sen2 import Companion
    from data.store import Cursor

MOST_ENTRIES = 1000


@dataclass(frozen=True)
class LoadReport:
    """What became of one file. Counts are records, `control_total` pounds; `resolved` counts earlier records accepted now that their parent is there."""

    file: str
    source: str | None = None
    batch_id: str | None = None
    sha256: str | None = None
    already_loaded: bool = False
    rows_in: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    rejected: dict[str, str] | None = None
    control_total: dict[str, float] | None = None
    quarantine: tuple[dict[str, Any], ...] = ()
    quarantine_truncated: bool = False
    warnings: tuple[dict[str, Any], ...] = ()
    resolved: int = 0

    @classmethod
    def rejection(cls, file: str, error: UserError, source: str | None = None, sha256: str | None = None) -> LoadReport:
        """The report of a file of which nothing was written; its sentence names the file, once."""
        return cls(file, source, sha256=sha256, rejected={"code": error.code, "message": about(Path(file).name, error.message)})

    @classmethod
    def companion(cls, path: str, table: Companion, mains: list[LoadReport]) -> LoadReport:
        """The report of a SEN2 table that was read together with others: it brings no records of its own."""
        already = bool(mains) and all(report.already_loaded for report in mains)
        return cls(path, "sen2", sha256=table.sha256, already_loaded=already, warnings=tuple(w.to_json() for w in table.warnings))

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return self.__dict__ | {"quarantine": list(self.quarantine), "warnings": list(self.warnings)}


@dataclass(frozen=True)
class Arrival:
    """A file about to become a batch. `replaces` is the batch that it withdraws; `now` the time of loading, UTC without zone; `keeping` what its rows
    take from the versions before them."""

    file: str
    file_name: str
    source: Source
    sha256: str
    profile: str | None
    replaces: str | None
    is_sample: bool
    today: date
    now: datetime
    keeping: Keeping = NOTHING


def write(cursor: Cursor, arrival: Arrival, rows: Spooled, tell: Callable[[str, float], None]) -> LoadReport:
    """Settles a file's rows and writes them with quarantine and manifest; the caller's transaction makes it all or nothing."""
    seq, previous_hash = manifest.next_place(cursor)
    batch_id = f"{seq:06d}-{arrival.sha256[:8]}"
    tell("Checking", 0.0)
    if arrival.replaces:
        withdraw(cursor, arrival.source, arrival.replaces, batch_id, seq)
    stage(cursor, arrival.source, _staged(rows, batch_id, seq))
    tell("Checking", 0.3)
    settled = settle(cursor, arrival.source, arrival.today, seq, {batch_id: arrival.keeping})
    tell("Writing", 0.8)
    quarantine.close_mended(cursor, arrival.source, batch_id)
    by_rule = _entries(batch_id, rows, settled)
    quarantine.write_blocks(cursor, batch_id, rows, seq)
    quarantine.write(cursor, by_rule, seq)
    warnings = [*rows.warnings, *settled.warnings, *(orphaned(cursor, arrival.source) if arrival.replaces else ())]
    report = _report(arrival, batch_id, rows, settled, by_rule, warnings)
    _manifest(cursor, report, arrival, seq, previous_hash)
    resolved = quarantine.recheck(cursor, batch_id, seq, arrival.today)
    waited = {name for name, source in SOURCES.items() if source.parents} if resolved else set()
    seal.renew(cursor, waited | {arrival.source.name})
    return replace(report, resolved=resolved)


def _staged(rows: Spooled, batch_id: str, seq: int) -> pa.RecordBatchReader:
    """The rows without a fault, block by block, with what `stage` wants beside them; within a batch a record's number is its row."""
    schema = rows.schema("rows")
    for name, kind in (("record", pa.int64()), ("batch_id", pa.string()), ("seq", pa.int64())):
        schema = schema.append(pa.field(name, kind))

    def blocks() -> Iterator[pa.RecordBatch]:
        for batch in rows.blocks("rows"):
            count = len(batch)
            own = [batch.column("row_number"), pa.repeat(batch_id, count), pa.repeat(pa.scalar(seq, pa.int64()), count)]
            yield pa.RecordBatch.from_arrays([*batch.columns, *own], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, blocks())


def _entries(batch_id: str, rows: Spooled, settled: Settled) -> list[quarantine.Entry]:
    """One entry a fault found by a rule, by row; their records are fetched from the reader's texts."""
    faults = sorted(settled.faults, key=lambda fault: fault.record)
    texts = rows.records(fault.record for fault in faults)
    return [
        quarantine.Entry(batch_id, rows.source.name, f.record, f.column, f.code, f.message, texts[f.record][0], f.value, texts[f.record][1]) for f in faults
    ]


def _first_entries(rows: Spooled, by_rule: list[quarantine.Entry]) -> list[dict[str, Any]]:
    """The first entries by row, one more than are listed; a record has faults of its cells or of rules, never both."""
    names = {"row_number": "row", "column_name": "column", "code": "code", "message": "message"}
    found = [{told: getattr(entry, name) for name, told in names.items()} for entry in by_rule[: MOST_ENTRIES + 1]]
    by_cell = 0
    for batch in rows.blocks("faults"):
        found += batch.slice(0, MOST_ENTRIES + 1 - by_cell).select(list(names)).rename_columns(list(names.values())).to_pylist()
        by_cell += len(batch)
        if by_cell > MOST_ENTRIES:
            break
    return sorted(found, key=lambda entry: int(entry["row"]))[: MOST_ENTRIES + 1]


def _pounds(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)


def _report(arrival: Arrival, batch_id: str, rows: Spooled, settled: Settled, by_rule: list[quarantine.Entry], warnings: list[Warned]) -> LoadReport:
    control = None
    if rows.control_in is not None:
        out = rows.control_in - settled.accepted_pence - settled.duplicate_pence
        pence = {"in": rows.control_in, "accepted": settled.accepted_pence, "duplicates": settled.duplicate_pence, "quarantined": out}
        control = {name: float(_pounds(value)) for name, value in pence.items()}
    listed = _first_entries(rows, by_rule)
    return LoadReport(
        arrival.file,
        arrival.source.name,
        batch_id,
        arrival.sha256,
        rows_in=rows.rows_in,
        accepted=settled.accepted,
        duplicates=settled.duplicates,
        quarantined=rows.fault_rows + len({entry.row_number for entry in by_rule}),
        control_total=control,
        quarantine=tuple(listed[:MOST_ENTRIES]),
        quarantine_truncated=len(listed) > MOST_ENTRIES,
        warnings=tuple(w.to_json() for w in warnings),
    )


def _manifest(cursor: Cursor, report: LoadReport, arrival: Arrival, seq: int, previous_hash: str) -> None:
    control = {f"control_{name}": Decimal(str(value)).quantize(Decimal("0.01")) for name, value in (report.control_total or {}).items()}
    row: dict[str, Any] = {f"control_{name}": None for name in ("in", "accepted", "duplicates", "quarantined")} | control
    row |= {name: getattr(report, name) for name in ("batch_id", "source", "sha256", "rows_in", "accepted", "duplicates", "quarantined")}
    row |= {"seq": seq, "file_name": arrival.file_name, "profile": arrival.profile, "is_sample": arrival.is_sample}
    row |= {"replaces": arrival.replaces, "previous_hash": previous_hash, "warnings": json.dumps(report.warnings)}
    manifest.add(cursor, row, arrival.now)


def recall(cursor: Cursor, batch_id: str, file: str) -> LoadReport:
    """The report of a batch that is in the store already: its counts, totals and every entry, as when it was loaded."""
    cursor.execute("SELECT * FROM meta_batch WHERE batch_id = $batch", {"batch": batch_id})
    names = [column[0] for column in cursor.description or []]
    row = dict(zip(names, cursor.fetchall()[0], strict=True))
    kept = cursor.execute(
        "SELECT row_number, column_name, code, message FROM meta_quarantine WHERE batch_id = $batch ORDER BY row_number, rowid LIMIT $most",
        {"batch": batch_id, "most": MOST_ENTRIES + 1},
    ).fetchall()
    control = {name: float(row[f"control_{name}"]) for name in ("in", "accepted", "duplicates", "quarantined")} if row["control_in"] is not None else None
    same = {name: row[name] for name in ("source", "batch_id", "sha256", "rows_in", "accepted", "duplicates", "quarantined")}
    return LoadReport(
        file,
        **same,
        already_loaded=True,
        control_total=control,
        quarantine=tuple(dict(zip(("row", "column", "code", "message"), entry, strict=True)) for entry in kept[:MOST_ENTRIES]),
        quarantine_truncated=len(kept) > MOST_ENTRIES,
        warnings=tuple(json.loads(row["warnings"])),
    )
