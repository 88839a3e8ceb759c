"""Backups as a person sees them, and restoring one while the dashboard runs, also when the store cannot be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.figures import Table
from analytics.findings import copies as words
from analytics.run.session import check_role

if TYPE_CHECKING:
    from data.domain import Role


@dataclass(frozen=True)
class Copy:
    """A backup that can be restored: how it is named, and what restoring it takes away."""

    file: Path
    name: str
    lost: str


@dataclass(frozen=True)
class Copies:
    """The backups of a database: all of them as a table, and those that verify, newest first."""

    table: Table
    good: tuple[Copy, ...]


def copies(role: Role, db: Path) -> Copies:
    """Which backups are there, and what would each bring back? Each is read whole and compared with its hash."""
    from data import backup as kept
    from data.errors import StoreUnusable
    from data.ledger import ledger_path, read

    check_role(role, "load_data")
    found = kept.backups(db)
    try:
        lines = read(ledger_path(db))
    except StoreUnusable:  # a ledger with an unreadable line: the page says so above; what is lost cannot be told from it
        lines = []
    good = tuple(Copy(copy["file"], words.named(copy), words.lost(copy, lines)) for copy in found if copy["verified"])
    return Copies(words.listed(found), good)


def restore(role: Role, db: Path, file: Path, user: str = "") -> str:
    """Puts a backup in the place of a database that this process may have open; answers what is there now, in a sentence.

    Every handle of this process is closed first and the next page opens the restored store. StoreUnusable when the backup does not verify,
    another process holds the database, the disk is full or the audit log cannot be written; the database is then as it was.
    """
    from data import audit
    from data import backup as kept
    from data.restoring import aside
    from data.store import set_aside

    check_role(role, "load_data")
    audit.expect_writable(db)
    copy: dict[str, Any] = next(copy for copy in kept.backups(db) if copy["file"] == file)
    with set_aside(db):
        made = kept.restore(file, db)
    audit.record(db, "restored", role.value, user, {"backup": file.name, "batches": made["batches"]})
    old = aside(db)
    return words.restored(copy, str(old) if old.exists() else None)
