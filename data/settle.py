"""What becomes of the typed rows of a batch: accepted, duplicate, new version, or kept out. All of it inside the caller's transaction.

`staged` is a temporary table: a source's columns, `record` (its number here), `batch_id`, `seq`, `row_number`, `origin` and `verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from data.checks import RULES, WARNINGS, overlapping, rules_of
from data.keeping import Keeping, carry_forward
from data.sources import SOURCES, Kind, Source
from data.typed import MOST_LISTED, Warned

if TYPE_CHECKING:
    from data.store import Cursor


@dataclass(frozen=True)
class RecordFault:
    """A fault found by a rule; `value` is the missing parent's key where the code is unknown_parent."""

    record: int
    column: str | None
    code: str
    message: str
    value: str | None = None


@dataclass
class Settled:
    """What became of the staged rows. `faults` are by record; amounts are pence."""

    accepted: int = 0
    duplicates: int = 0
    accepted_pence: int = 0
    duplicate_pence: int = 0
    faults: list[RecordFault] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)


def stage(cursor: Cursor, source: Source, table: pa.Table | pa.RecordBatchReader) -> None:
    """Puts typed rows (with batch_id, seq, row_number, origin, record), all at once or in blocks, into `staged`; pence become pounds."""
    money = {c.name for c in source.columns if c.kind is Kind.MONEY}
    columns = ", ".join(
        f"({c.name}::DECIMAL(18, 0) * 0.01)::DECIMAL(18, 2) AS {c.name}" if c.name in money else f"{c.name}::{c.sql_type} AS {c.name}" for c in source.columns
    )
    cursor.register("incoming", table)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE staged AS SELECT record, batch_id, seq, row_number, origin, 'accepted' AS verdict, {columns} FROM incoming")
    cursor.unregister("incoming")


def settle(cursor: Cursor, source: Source, today: date, known_seq: int, keeping: Mapping[str, Keeping] | None = None) -> Settled:
    """Runs the rules on `staged`, tells duplicates and versions apart, and inserts what is accepted into the source's raw table.

    `known_seq`: the batch through which the rows became known; not their own where they waited for a parent. `keeping`: by batch, what its rows take
    from the current versions of their keys first.
    """
    settled = Settled()
    carry_forward(cursor, source, keeping or {})
    for rule in rules_of(source, RULES):
        for record, message, values in rule.find(cursor, today):
            missing = values[rule.column] if rule.code == "unknown_parent" else None
            settled.faults.append(RecordFault(record, rule.column, rule.code, message, missing))
    _drop(cursor, settled.faults)
    while source.name == "placements":  # a version kept out leaves the one before it, which is looked at in turn
        crossed = [RecordFault(record, "entry_date", "overlap", message) for record, message in overlapping(cursor)]
        if not crossed:
            break
        _drop(cursor, crossed)
        settled.faults += crossed
    _judge(cursor, source)
    _insert(cursor, source, known_seq)
    settled.faults += _conflicts(cursor, source)
    _count(cursor, source, settled)
    if settled.duplicates and not any(kept.only_new for kept in (keeping or {}).values()):  # an older return's rows are not those they gave way to
        _note_duplicates(cursor, source, known_seq)
    cursor.execute("DELETE FROM staged WHERE verdict <> 'accepted'")
    settled.warnings = _warnings(cursor, source, today)
    return settled


def _drop(cursor: Cursor, faults: Iterable[RecordFault]) -> None:
    records = sorted({fault.record for fault in faults})
    if records:
        cursor.register("dropped", pa.table({"record": pa.array(records, pa.int64())}))
        cursor.execute("DELETE FROM staged WHERE record IN (SELECT record FROM dropped)")
        cursor.unregister("dropped")


def _same(left: str, right: str, columns: Iterable[str]) -> str:
    return " AND ".join(f"{left}.{c} IS NOT DISTINCT FROM {right}.{c}" for c in columns)


def _judge(cursor: Cursor, source: Source) -> None:
    """Status of each staged row: a versioned row is compared with the version before it, any other with the one accepted first.

    A row alone with its key is accepted. `judged` keeps the statuses of the others, with those of the rows held already, which are accepted.
    """
    key, content, raw = ", ".join(source.key), ", ".join(source.names), f"raw_{source.name}"
    window = f"OVER (PARTITION BY {key} ORDER BY held DESC, seq, row_number)"
    before = f"lag(content) {window}" if source.versioned else f"CASE WHEN row_number() {window} > 1 THEN first_value(content) {window} END"
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE contested AS SELECT {key} FROM staged GROUP BY ALL HAVING count(*) > 1
        UNION SELECT {_of("s", source.key)} FROM staged AS s SEMI JOIN (SELECT {key} FROM {raw} WHERE is_current) AS r ON {_same("s", "r", source.key)}"""
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
        WITH history AS (
            SELECT record, false AS held, batch_id, seq, row_number, origin, {key}, row({content}) AS content FROM staged AS s SEMI JOIN contested AS c
            ON {_same("s", "c", source.key)}
            UNION ALL BY NAME
            SELECT true AS held, batch_id, seq, row_number, {key}, row({content}) AS content FROM {raw} AS r SEMI JOIN contested AS c
            ON {_same("r", "c", source.key)} WHERE r.is_current
        ), compared AS (SELECT *, {before} AS before FROM history)
        SELECT * EXCLUDE (content, before), CASE WHEN before IS NULL THEN 'accepted' WHEN content IS NOT DISTINCT FROM before THEN 'duplicate'
            ELSE '{"accepted" if source.versioned else "key_conflict"}' END AS verdict
        FROM compared"""
    )
    cursor.execute("UPDATE staged SET verdict = j.verdict FROM judged AS j WHERE j.record = staged.record")


def _insert(cursor: Cursor, source: Source, known_seq: int) -> None:
    """Adds the accepted rows; of each key's versions only the latest stays current, whenever it was accepted."""
    key, content, raw = ", ".join(source.key), ", ".join(source.names), f"raw_{source.name}"
    current = "true"
    if source.versioned:
        cursor.execute(
            f"""UPDATE {raw} AS r SET is_current = false FROM
            (SELECT {key}, max(row(seq, row_number)) AS newest FROM staged WHERE verdict = 'accepted' GROUP BY ALL) AS n
            WHERE r.is_current AND {_same("r", "n", source.key)} AND row(r.seq, r.row_number) < n.newest"""
        )
        current = (
            f"row_number() OVER (PARTITION BY {key} ORDER BY seq DESC, row_number DESC) = 1 "
            f"AND NOT EXISTS (SELECT 1 FROM {raw} AS r WHERE r.is_current AND {_same('r', 's', source.key)})"
        )
    cursor.execute(
        f"INSERT INTO {raw} ({content}, batch_id, seq, row_number, origin, is_current, known_seq) "
        f"SELECT {content}, batch_id, seq, row_number, origin, {current}, $known FROM staged AS s WHERE verdict = 'accepted'",
        {"known": known_seq},
    )


def _conflicts(cursor: Cursor, source: Source) -> list[RecordFault]:
    rows = cursor.execute(
        f"SELECT s.record, r.batch_id, r.row_number FROM staged AS s JOIN raw_{source.name} AS r ON r.is_current AND {_same('s', 'r', source.key)} "
        "WHERE s.verdict = 'key_conflict' ORDER BY s.record"
    ).fetchall()
    told = "A record with the same {} was accepted with other values (row {} of batch {}); correct this record, or withdraw that batch in Intake."
    return [RecordFault(record, source.key[0], "key_conflict", told.format(", ".join(source.key), row, batch)) for record, batch, row in rows]


def _note_duplicates(cursor: Cursor, source: Source, known_seq: int) -> None:
    """Keeps which row of another batch each duplicate equals: the one accepted last before it (`judged`)."""
    cursor.execute(
        f"""INSERT INTO meta_duplicate BY NAME
        WITH followed AS (
            SELECT *, last_value(CASE WHEN verdict = 'accepted' THEN {{'batch': batch_id, 'row': row_number}} END IGNORE NULLS)
                OVER (PARTITION BY {", ".join(source.key)} ORDER BY held DESC, seq, row_number) AS same FROM judged
        ) SELECT batch_id, $source AS source, row_number, origin, same.batch AS of_batch, same.row AS of_row, $known AS known_seq
        FROM followed WHERE verdict = 'duplicate' AND same.batch <> batch_id""",
        {"source": source.name, "known": known_seq},
    )


def _count(cursor: Cursor, source: Source, settled: Settled) -> None:
    amount = f"(coalesce(sum({source.control}), 0) * 100)::BIGINT" if source.control else "0"
    for verdict, rows, pence in cursor.execute(f"SELECT verdict, count(*), {amount} FROM staged GROUP BY verdict").fetchall():
        if verdict == "accepted":
            settled.accepted, settled.accepted_pence = rows, pence
        elif verdict == "duplicate":
            settled.duplicates, settled.duplicate_pence = rows, pence


def _warnings(cursor: Cursor, source: Source, today: date) -> list[Warned]:
    """What was accepted though odd, by rule, with the first rows."""
    warnings = []
    for rule in rules_of(source, WARNINGS):
        found = list(rule.find(cursor, today))
        if found:
            cursor.register("found", pa.table({"record": pa.array([record for record, _, _ in found], pa.int64())}))
            rows = cursor.execute(
                "SELECT row_number FROM staged WHERE record IN (SELECT record FROM found) ORDER BY row_number LIMIT $most", {"most": MOST_LISTED}
            ).fetchall()
            cursor.unregister("found")
            warnings.append(Warned(rule.code, rule.column, found[0][1], len(found), tuple(row for (row,) in rows)))
    return warnings


def withdraw(cursor: Cursor, source: Source, batch_id: str, by: str, by_seq: int) -> None:
    """Takes a batch's rows out of use, except for those that a standing batch holds too; of each key's versions the latest one left is current.

    What it had set aside waits no more. `by`, `by_seq`: the batch that withdraws it.
    """
    raw = f"raw_{source.name}"
    cursor.execute("UPDATE meta_batch SET withdrawn_by = $by WHERE batch_id = $batch", {"by": by, "batch": batch_id})
    cursor.execute(f"UPDATE {raw} SET is_current = false WHERE batch_id = $batch", {"batch": batch_id})
    cursor.execute("UPDATE meta_quarantine SET resolved_by = $by WHERE batch_id = $batch AND resolved_by IS NULL", {"by": by, "batch": batch_id})
    _hand_over(cursor, source, batch_id, by, by_seq)
    if source.versioned:
        cursor.execute(
            f"""UPDATE {raw} AS u SET is_current = (u.rowid = n.newest) FROM (
            SELECT {_of("r", source.key)}, arg_max(r.rowid, row(r.seq, r.row_number)) AS newest FROM {raw} AS r SEMI JOIN {raw} AS gone
            ON gone.batch_id = $batch AND {_same("r", "gone", source.key)}
            WHERE r.batch_id NOT IN (SELECT batch_id FROM meta_batch WHERE withdrawn_by IS NOT NULL) GROUP BY {_of("r", source.key)}) AS n
            WHERE {_same("u", "n", source.key)} AND u.is_current <> (u.rowid = n.newest)""",
            {"batch": batch_id},
        )


def _hand_over(cursor: Cursor, source: Source, batch_id: str, by: str, by_seq: int) -> None:
    """Copies a withdrawn batch's rows to the earliest standing batch that duplicates them; further duplicates are of that copy from then on."""
    raw, content = f"raw_{source.name}", ", ".join(source.names)
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT d.batch_id, b.seq, d.row_number, d.origin, d.of_row FROM meta_duplicate AS d JOIN meta_batch AS b ON b.batch_id = d.batch_id
        WHERE d.of_batch = $batch AND b.withdrawn_by IS NULL
        QUALIFY row_number() OVER (PARTITION BY d.of_row ORDER BY b.seq, d.row_number) = 1""",
        {"batch": batch_id},
    )
    cursor.execute(
        f"INSERT INTO {raw} ({content}, batch_id, seq, row_number, origin, is_current, known_seq) "
        f"SELECT {_of('r', source.names)}, h.batch_id, h.seq, h.row_number, h.origin, {not source.versioned}, $by_seq "
        f"FROM {raw} AS r JOIN heirs AS h ON r.batch_id = $batch AND r.row_number = h.of_row",
        {"batch": batch_id, "by_seq": by_seq},
    )
    cursor.execute("UPDATE meta_duplicate AS d SET handed_by = $by FROM heirs AS h WHERE d.batch_id = h.batch_id AND d.row_number = h.row_number", {"by": by})
    cursor.execute(
        "UPDATE meta_duplicate AS d SET of_batch = h.batch_id, of_row = h.row_number FROM heirs AS h "
        "WHERE d.of_batch = $batch AND d.of_row = h.of_row AND d.handed_by IS NULL",
        {"batch": batch_id},
    )


def orphaned(cursor: Cursor, source: Source) -> list[Warned]:
    """Accepted rows of other sources whose parent was in a withdrawn batch of `source` and has not come back."""
    warnings = []
    for child in SOURCES.values():
        for column, parent, key in child.parents:
            if parent == source.name:
                lost = f"r.is_current AND r.{column} IS NOT NULL AND r.{column} NOT IN (SELECT {key} FROM raw_{parent} WHERE is_current)"
                count = cursor.execute(f"SELECT count(*) FROM raw_{child.name} AS r WHERE {lost}").fetchall()[0][0]
                if count:
                    warnings.append(Warned("parent_withdrawn", column, f"Accepted {child.name} whose {column} is no longer in {parent}; load it again.", count))
    return warnings


def _of(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)
