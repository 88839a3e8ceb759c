"""What the store held when it was last written, to tell whether it holds the same now.

Inside: for each batch how many rows it has and a sum of their hashes, renewed in the transaction that changes them, and the number of the last
change. Outside, beside the database: that number, written after the change is on the disk. A database whose number is lower lost a change, such as
a person's decision on a supplier that no line of the ledger tells of. Reading every table makes the engine check each block it stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.damage import advice
from data.errors import StoreUnusable
from data.schema import quoted, raw_columns
from data.sources import SOURCES

if TYPE_CHECKING:
    from data.store import Cursor

READ_AT_OPEN_BYTES = 256 << 20  # a database up to this size is read whole at every open: 0.1 s for the 20 MB of the sample


def renew(cursor: Cursor, sources: Iterable[str] = SOURCES) -> None:
    """Notes what each batch of these sources holds, and that something changed. In the transaction that changed it."""
    for source in sources:
        cursor.execute("DELETE FROM meta_content WHERE source = $source", {"source": source})
        cursor.execute(f"INSERT INTO meta_content BY NAME SELECT *, $made AS made_with FROM ({_held(source)})", {"made": _made_with(cursor, source)})
    changed(cursor)


def changed(cursor: Cursor) -> None:
    """Counts one change more, of batches or of decisions. In the transaction that changes."""
    cursor.execute("UPDATE meta_change SET number = number + 1")


def change(cursor: Cursor) -> int:
    """The number of the last change; 0 before the first."""
    return int(cursor.execute("SELECT max(number) FROM meta_change").fetchall()[0][0])


def verify(cursor: Cursor, path: Path) -> None:
    """Reads everything that is stored and compares each batch with its note. StoreUnusable for the first batch that differs.

    A store of before there were notes, or noted under another version of the engine or other columns, is noted anew.
    """
    stale = []
    for source in SOURCES:
        noted = cursor.execute("SELECT batch_id, rows, digest, made_with FROM meta_content WHERE source = $source", {"source": source}).fetchall()
        made_with = _made_with(cursor, source)
        if change(cursor) == 0 or any(row[3] != made_with for row in noted):
            stale.append(source)
            continue
        now = {row[0]: row for row in cursor.execute(f"SELECT batch_id, rows, digest FROM ({_held(source)})").fetchall()}
        then = {row[0]: row[:3] for row in noted}
        differing = sorted(batch for batch in now.keys() | then.keys() if now.get(batch) != then.get(batch))
        if differing:
            raise StoreUnusable(f"Rows of batch {differing[0]} are missing from the database or were changed after loading. {advice(path)}", "rows_changed")
    if stale:
        renew(cursor, stale)
    for (table,) in cursor.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND table_name NOT LIKE 'raw_%'").fetchall():
        cursor.execute(f"SELECT sum(hash(t)) FROM {quoted(table)} AS t").fetchall()


def _held(source: str) -> str:
    """One row a batch of a source: its rows counted and their hashes added, whatever their order."""
    columns = ", ".join(quoted(name) for name in raw_columns(SOURCES[source]) if name != "batch_id")
    return (
        f"SELECT '{source}' AS source, batch_id, count(*) AS rows, sum(hash({columns}))::VARCHAR AS digest FROM raw_{source} "
        "WHERE batch_id IS NOT NULL GROUP BY batch_id"
    )


def _made_with(cursor: Cursor, source: str) -> str:
    """What a digest depends on beside the rows: the engine's version and the columns."""
    return f"{cursor.execute('SELECT version()').fetchall()[0][0]} {','.join(raw_columns(SOURCES[source]))}"


def note_path(db: Path) -> Path:
    """The note of the last change stands beside the database."""
    return db.with_name(db.name + ".state.json")


def _size_and_time(db: Path) -> list[int]:
    found = db.stat()
    return [found.st_size, found.st_mtime_ns]


def write_note(db: Path, number: int) -> None:
    """Notes outside that change `number` is on the disk, and how the file looks now. The old note or the new one is there, never half of one."""
    making = note_path(db).with_name(note_path(db).name + ".part")
    with making.open("w", encoding="utf-8") as file:
        json.dump({"change": number, "file": _size_and_time(db)}, file)
        file.flush()
        os.fsync(file.fileno())
    making.replace(note_path(db))


def _note(db: Path) -> dict[str, Any]:
    try:
        found = json.loads(note_path(db).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # without a readable note everything is read; it only ever adds a reason to refuse
        return {}
    return dict(found) if isinstance(found, dict) else {}


def is_large(db: Path) -> bool:
    """Whether reading all of a database at every open would keep people waiting."""
    return db.exists() and db.stat().st_size > READ_AT_OPEN_BYTES


def untouched(db: Path) -> bool:
    """Whether a large database looks as it did when it was closed, so that reading all of it again can wait for `check` and `restore`."""
    return is_large(db) and not db.with_name(db.name + ".wal").exists() and _note(db).get("file") == _size_and_time(db)


def note_closed(db: Path, number: int) -> None:
    """Notes how a large database looks once it is closed."""
    with suppress(OSError):  # without the note the next open reads everything
        write_note(db, number)


def expect_last_change(cursor: Cursor, db: Path) -> None:
    """StoreUnusable when the database lacks changes that were on the disk before."""
    noted, held = _note(db).get("change", 0), change(cursor)
    if isinstance(noted, int) and noted > held:
        raise StoreUnusable(
            f"{db.name} lacks the last {noted - held} change(s) made to it, such as decisions on suppliers: it is an older copy or its log was cut. "
            f"{advice(db)}",
            "changes_lost",
        )
