"""Removal that leaves nothing behind: the database is written anew without the removed records and takes its own place in one step.

An engine that deletes leaves the bytes in the file until something else is written over them. So the records are removed in a copy, what is left is
copied once more into a fresh file, and that file is verified and put in the place of the database. A crash leaves the database before or after.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import retention, seal
from data.backup import backup, hash_path
from data.errors import StoreUnusable
from data.paths import backup_dir
from data.retention import Removal

if TYPE_CHECKING:
    from data.store import Store

Tell = Callable[[str, dict[str, Any]], None]  # an event of the audit log and what it is about
_STAMP = re.compile(r"-(\d{8}T\d{6})\d{6}Z\.duckdb$")


def working_folder(db: Path) -> Path:
    """Where the copies are made: the one folder that a locked-down database may write to. A crash may leave copies here; the next run removes them."""
    return backup_dir(db) / "retaining"


def planned(store: Store, before: date) -> Removal:
    """What would be removed of placements that ended before a day; changes nothing."""
    with store.cursor() as cursor:
        return retention.find(cursor, before)


def carry_out(db: Path, before: date, tell: Tell) -> Removal:
    """Removes what is past its time; answers what went. `tell` is told before the database changes, and after.

    StoreUnusable when the database is held, damaged or cannot be copied; then it is as it was.
    """
    from data.store import Store

    with _room(db) as room:
        with Store.opened(db) as store:
            found = planned(store, before)
            if not found.anything:
                return found
            tell("retention_begun", said(found))
            fresh, newest = _without(store, room, before)
            store.acknowledge()
        _take_place(fresh, db)
        tell("retention_done", said(found) | {"newest_note": newest})
    return found


def said(found: Removal) -> dict[str, Any]:
    """A removal in the audit log: counts by source and batch, no ids."""
    told: dict[str, Any] = {"ended_before": found.ended_before, "placements": found.placements, "children": found.children, "set_aside": found.set_aside}
    told |= {"payments_detached": found.payments_detached, **{f"rows_{source}": rows for source, rows in found.rows.items() if rows}}
    return told | {f"batch {one['batch_id']}": one["rows"] for one in found.batches}


@contextmanager
def _room(db: Path) -> Iterator[Path]:
    """An empty folder for the copies, which does not outlive the run: the copies hold what is to be removed."""
    folder = working_folder(db)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # backups are in it
            backup_dir(db).rmdir()


def _without(store: Store, room: Path, before: date) -> tuple[Path, str]:
    """A fresh, verified file that holds what is left; and the hash of the newest note of what went."""
    from data.store import Store

    copy = room / "working.duckdb"
    store.copy_to(copy)
    with Store.opened(copy) as working:
        with working.transaction() as cursor:
            newest = retention.remove(cursor, retention.find(cursor, before))
            seal.renew(cursor)
        working.rebuild_marts()
        fresh = backup_dir(copy) / "fresh.duckdb"
        fresh.parent.mkdir()
        working.copy_to(fresh)
    with Store.opened(fresh) as left:  # verifies manifest and rows, as every opening does
        again = planned(left, before)
        if again.anything:
            raise StoreUnusable("Records past their time were left in the new copy, so the database was not changed; ask for help.", "not_removed")
    return fresh, newest


def _take_place(fresh: Path, db: Path) -> None:
    if db.with_name(db.name + ".wal").exists():
        raise StoreUnusable(f"{db.name} was written to while records were removed, so it was left as it is. Close the dashboard and try again.", "store_held")
    with fresh.open("r+b") as file:
        os.fsync(file.fileno())
    fresh.replace(db)
    if os.name == "posix":
        folder = os.open(db.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def older_copies(db: Path, than: datetime) -> list[Path]:
    """Copies beside the database that still hold what was removed `than` then: backups by the time in their name, and what a restore set aside."""
    backups = [path for path in sorted(backup_dir(db).glob("*.duckdb")) if (stamp := _STAMP.search(path.name)) and _time(stamp[1]) <= than]
    return [*backups, *sorted(db.parent.glob(f"{db.name}*.before-restore"))]


def _time(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).replace(tzinfo=None)


def last_removal(store: Store) -> datetime | None:
    """When records were last removed from a database (UTC)."""
    with store.cursor() as cursor:
        when: datetime | None = cursor.execute("SELECT max(removed_at) FROM meta_removed").fetchall()[0][0]
    return when


def delete_copies(store: Store, copies: list[Path]) -> Path:
    """Makes a fresh backup, then deletes the copies with their hash lines; answers the fresh one."""
    made = Path(backup(store)["file"])
    for path in copies:
        hash_path(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return made
