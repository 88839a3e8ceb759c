"""The manifest inside the database: its rows, and whether it agrees with the rows it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data import ledger
from data.errors import StoreUnusable
from data.sources import SOURCES

if TYPE_CHECKING:
    from datetime import datetime

    from data.store import Cursor


def manifest(cursor: Cursor) -> list[dict[str, Any]]:
    """The rows of meta_batch in the order of loading, one dict a batch."""
    cursor.execute("SELECT * FROM meta_batch ORDER BY seq")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def next_place(cursor: Cursor) -> tuple[int, str]:
    """The next batch's seq, and the hash of the batch before it."""
    last = cursor.execute("SELECT seq, hash FROM meta_batch ORDER BY seq DESC LIMIT 1").fetchall()
    return (int(last[0][0]) + 1, str(last[0][1])) if last else (1, ledger.FIRST)


def add(cursor: Cursor, row: dict[str, Any], loaded_at: datetime) -> None:
    """Adds a batch's row, chained to the one before by its hash."""
    row = {**row, "loaded_at": loaded_at, "withdrawn_by": None}
    row["hash"] = ledger.chain_hash(row)
    names = ", ".join(row)
    cursor.execute(f"INSERT INTO meta_batch ({names}) VALUES ({', '.join(f'${name}' for name in row)})", row)


def expect_rows(cursor: Cursor, advice: str) -> None:
    """StoreUnusable when accepted rows of a batch are missing, or a batch is marked withdrawn otherwise than the chain of batches says."""
    # rows that retention took out, and rows taken over beside those accepted
    counts = "SELECT batch_id, rows FROM meta_removed UNION ALL SELECT batch_id, -count(*) FROM meta_duplicate WHERE handed_by IS NOT NULL GROUP BY ALL"
    counts += "".join(f" UNION ALL SELECT batch_id, count(*) FROM raw_{name} GROUP BY ALL" for name in SOURCES)
    short = cursor.execute(
        f"SELECT b.batch_id FROM meta_batch AS b LEFT JOIN ({counts}) AS r USING (batch_id) "
        "GROUP BY b.seq, b.batch_id, b.accepted HAVING coalesce(sum(r.rows), 0) < b.accepted ORDER BY b.seq"
    ).fetchall()
    if short:
        raise StoreUnusable(f"Rows of batch {short[0][0]} are missing from the database. {advice}", "rows_missing")
    off = cursor.execute(
        "SELECT b.batch_id FROM meta_batch AS b LEFT JOIN meta_batch AS w ON w.replaces = b.batch_id "
        "WHERE w.batch_id IS DISTINCT FROM b.withdrawn_by ORDER BY b.seq"
    ).fetchall()
    if off:
        raise StoreUnusable(f"Whether batch {off[0][0]} is withdrawn was changed in the database after loading. {advice}", "manifest_changed")
