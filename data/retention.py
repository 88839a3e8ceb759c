"""Which records are past their time, and their removal from every table of a database: accepted, superseded, withdrawn and set aside.

A placement goes when it ended before the day, with its fees and what was recorded of it; a child goes when nothing is left of it. Payments are
financial records and stay, without the placement and the narrative; the setting that the placement named is kept, so that spend does not change.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from data import schema
from data.cells import Fault, clean, reader_of
from data.ledger import FIRST
from data.pseudonym import LEAST_TOKEN, TOKEN
from data.sources import PLACEMENTS

if TYPE_CHECKING:
    from data.store import Cursor

_OF_CHILD = "r.child_id IN (SELECT child_id FROM gone_child)"
_OF_PLACEMENT = "r.placement_id IN (SELECT placement_id FROM gone_placement)"
_AT_SETTING = (
    "{child} OR (EXISTS (FROM gone_placement AS g WHERE g.child_id = r.child_id AND g.urn = r.urn AND {within}) AND NOT EXISTS (FROM raw_placements AS k "
    "WHERE k.child_id = r.child_id AND k.urn = r.urn AND k.placement_id NOT IN (SELECT placement_id FROM gone_placement)))"
)
GOES = {  # source → which rows r of its raw table go; children first, placements and plans last
    "fees": _OF_PLACEMENT,
    "outcomes": _AT_SETTING.format(child=_OF_CHILD, within="r.period_start BETWEEN g.entry_date AND g.ended_on"),
    "consultations": _AT_SETTING.format(child=_OF_CHILD, within="r.sent_on <= g.ended_on"),
    "cases": _OF_CHILD,
    "sen2": _AT_SETTING.format(child=_OF_CHILD, within="r.entry_date BETWEEN g.entry_date AND g.ended_on"),
    "placements": _OF_PLACEMENT,
    "plans": _OF_CHILD,
}
CHAINED = ("run", "removed_at", "ended_before", "batch_id", "source", "rows", "set_aside", "detached", "previous_hash")
_LEFT = reader_of(PLACEMENTS.column("leaving_date"))


@dataclass
class Removal:
    """What goes, or went. `rows`: records of each source, every version counted; `fee_lines_gbp`: amounts of the fee lines in their own units."""

    ended_before: date
    placements: int = 0
    children: int = 0
    children_kept: int = 0
    oldest_end: date | None = None
    newest_end: date | None = None
    fee_lines_gbp: Decimal = Decimal(0)
    rows: dict[str, int] = field(default_factory=dict)
    payments_detached: int = 0
    payments_gbp: Decimal = Decimal(0)
    set_aside: int = 0
    batches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is anything to remove."""
        return bool(sum(self.rows.values()) or self.payments_detached or self.set_aside)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"fee_lines_gbp": float(self.fee_lines_gbp), "payments_gbp": float(self.payments_gbp)}


def day_before(today: date, years: int) -> date:
    """The day `years` years before today; 29 February becomes the 28th."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def find(cursor: Cursor, before: date) -> Removal:
    """Marks what goes (temporary tables gone_placement, gone_child, gone_aside, gone_words) and counts it; changes nothing."""
    for name in ("gone_placement", "gone_child"):
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {schema.statement(name)}", {"before": before})
    _mark_set_aside(cursor, before)
    found = Removal(before)
    found.placements, found.oldest_end, found.newest_end = cursor.execute("SELECT count(*), min(ended_on), max(ended_on) FROM gone_placement").fetchall()[0]
    found.children = cursor.execute("SELECT count(*) FROM gone_child").fetchall()[0][0]
    found.children_kept = cursor.execute(
        "SELECT count(DISTINCT child_id) FROM gone_placement WHERE child_id NOT IN (SELECT child_id FROM gone_child)"
    ).fetchall()[0][0]
    counts: dict[tuple[str, str], list[int]] = {}
    for source, goes in GOES.items():
        for batch, rows in cursor.execute(f"SELECT batch_id, count(*) FROM raw_{source} AS r WHERE {goes} GROUP BY ALL").fetchall():
            counts.setdefault((batch, source), [0, 0, 0])[0] = rows
        found.rows[source] = sum(count[0] for (_, of), count in counts.items() if of == source)
    found.fee_lines_gbp = cursor.execute(f"SELECT coalesce(sum(r.amount_gbp), 0) FROM raw_fees AS r WHERE r.is_current AND {GOES['fees']}").fetchall()[0][0]
    for batch, rows, gbp in cursor.execute(f"SELECT batch_id, count(*), sum(net_gbp) FROM raw_payments AS r WHERE {_NAMED} GROUP BY ALL").fetchall():
        counts.setdefault((batch, "payments"), [0, 0, 0])[2] = rows
        found.payments_detached += rows
        found.payments_gbp += gbp
    aside = "SELECT batch_id, source, count(DISTINCT row_number) FROM meta_quarantine WHERE rowid IN (SELECT entry FROM gone_aside) GROUP BY ALL"
    for batch, source, rows in cursor.execute(aside).fetchall():
        counts.setdefault((batch, source), [0, 0, 0])[1] = rows
        found.set_aside += rows
    found.batches = [
        {"batch_id": batch, "source": source, "rows": rows, "set_aside": aside, "detached": detached}
        for (batch, source), (rows, aside, detached) in sorted(counts.items())
    ]
    return found


_NAMED = f"({_OF_PLACEMENT} OR r.narrative IN (SELECT words FROM gone_words))"


def _gone_ids(cursor: Cursor) -> set[str]:
    return {str(row[0]) for row in cursor.execute("SELECT placement_id FROM gone_placement UNION ALL SELECT child_id FROM gone_child").fetchall()}


def _mark_set_aside(cursor: Cursor, before: date) -> None:
    """Entries of quarantine that go: they name what goes, or hold a placement that ended before the day, or have waited since before it. Narratives too."""
    ids = _gone_ids(cursor)
    stays = "SELECT placement_id FROM raw_placements WHERE placement_id NOT IN (SELECT placement_id FROM gone_placement)"
    kept = {str(row[0]) for row in cursor.execute(stays).fetchall()}
    rows = cursor.execute(
        "SELECT q.rowid, q.source, q.record, b.loaded_at::DATE FROM meta_quarantine AS q JOIN meta_batch AS b ON b.batch_id = q.batch_id"
    ).fetchall()
    entries = [entry for entry, source, record, loaded in rows if loaded < before or _goes(source, json.loads(record), ids, kept, before)]
    words = [str(row[0]) for row in cursor.execute("SELECT DISTINCT narrative FROM raw_payments WHERE narrative IS NOT NULL").fetchall()] if ids else []
    named = [text for text in words if not ids.isdisjoint(token for token in TOKEN.findall(text) if len(token) >= LEAST_TOKEN)]
    for name, table in (("gone_aside", pa.table({"entry": pa.array(entries, pa.int64())})), ("gone_words", pa.table({"words": pa.array(named, pa.string())}))):
        cursor.register("marked", table)
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM marked")
        cursor.unregister("marked")


def _goes(source: str, record: dict[str, Any], ids: set[str], kept: set[str], before: date) -> bool:
    cells = record.get("cells") or list(record.values())
    if not ids.isdisjoint(_cleaned(cell) for cell in cells):
        return True
    if source != "placements" or _cleaned(record.get("placement_id")) in kept:
        return False
    try:
        left = _LEFT(_cleaned(record.get("leaving_date")))
    except Fault:  # a day that cannot be read: the record goes when it has waited for long enough
        return False
    return isinstance(left, date) and left < before


def _cleaned(cell: object) -> str:
    try:
        return clean(str(cell or ""))
    except Fault:
        return ""


def remove(cursor: Cursor, found: Removal) -> str:
    """Removes what `find` marked, inside the caller's transaction, and notes how many rows of which batch went; answers the hash of the newest note."""
    ids = _gone_ids(cursor)
    cursor.execute(f"UPDATE recovery SET note = NULL WHERE transaction_id IN (SELECT r.transaction_id FROM raw_payments AS r WHERE {_OF_PLACEMENT})")
    cursor.execute(
        f"""UPDATE raw_payments AS r SET placement_id = NULL, narrative = NULL, urn = coalesce(r.urn,
        (SELECT any_value(g.urn) FROM gone_placement AS g WHERE g.placement_id = r.placement_id AND g.is_current)) WHERE {_OF_PLACEMENT}"""
    )
    cursor.execute("UPDATE raw_payments SET narrative = NULL WHERE narrative IN (SELECT words FROM gone_words)")
    for source, goes in GOES.items():
        cursor.execute(f"DELETE FROM raw_{source} AS r WHERE {goes}")
    for source in GOES:
        cursor.execute(
            f"DELETE FROM meta_duplicate AS d WHERE d.source = $source AND d.handed_by IS NULL AND NOT EXISTS "
            f"(FROM raw_{source} AS r WHERE r.batch_id = d.of_batch AND r.row_number = d.of_row)",
            {"source": source},
        )
    cursor.execute("DELETE FROM meta_quarantine WHERE rowid IN (SELECT entry FROM gone_aside)")
    _forget_in_messages(cursor, ids)
    return _note(cursor, found)


def _forget_in_messages(cursor: Cursor, ids: set[str]) -> None:
    """What was said of records that stay may name one that went."""
    for entry, message in cursor.execute("SELECT rowid, message FROM meta_quarantine").fetchall():
        told = TOKEN.sub(lambda word: "(removed)" if word[0] in ids else word[0], message)
        if told != message:
            cursor.execute("UPDATE meta_quarantine SET message = $told WHERE rowid = $entry", {"told": told, "entry": entry})


def _note(cursor: Cursor, found: Removal) -> str:
    last = cursor.execute("SELECT run, hash FROM meta_removed ORDER BY run DESC, rowid DESC LIMIT 1").fetchall()
    run, previous = (int(last[0][0]) + 1, str(last[0][1])) if last else (1, FIRST)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for batch in found.batches:
        row = {"run": run, "removed_at": now, "ended_before": found.ended_before, **batch, "previous_hash": previous}
        previous = note_hash(row)
        cursor.execute(f"INSERT INTO meta_removed ({', '.join(row)}, hash) VALUES ({', '.join(f'${name}' for name in row)}, $hash)", row | {"hash": previous})
    return previous


def note_hash(row: dict[str, Any]) -> str:
    """SHA-256 over a note's fields, the hash of the note before among them."""
    fixed = {name: f"{row[name]:%Y-%m-%d %H:%M:%S}" if isinstance(row[name], date) else str(row[name]) for name in CHAINED}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def notes_hold(notes: pd.DataFrame) -> bool:
    """Whether the notes (the frame of meta_removed) are a whole chain."""
    previous = FIRST
    for row in ({str(name): value for name, value in note.items()} for note in notes.to_dict("records")):
        if row["previous_hash"] != previous or note_hash(row) != row["hash"]:
            return False
        previous = row["hash"]
    return True
