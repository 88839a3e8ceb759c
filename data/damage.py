"""What a person is told when the database cannot be used: what is wrong, and which way leads out."""

from __future__ import annotations

from pathlib import Path

from data.errors import StoreUnusable
from data.paths import newest_backup

LOCKED = ("could not set lock on file", "being used by another process")
FULL = ("no space left", "not enough space", "file too large", "disk quota", "max_temp_directory_size")
UNWRITABLE = ("permission denied", "access is denied", "read-only file system", "operation not permitted", "could not write", "cannot write", *FULL)
HELD = "The database {name} is in use by another process: close the dashboard or load through Intake, then try again."
CLOSED = "The database {name} was closed for a restore or after a fault; reload the page or run the command again."


def held(path: Path) -> StoreUnusable:
    """Another process, or this one, has the database."""
    return StoreUnusable(HELD.format(name=path.name), "store_held")


def closed(path: Path) -> StoreUnusable:
    """Somebody closed the database under a reader."""
    return StoreUnusable(CLOSED.format(name=path.name), "store_closed")


def damaged(path: Path, error: BaseException) -> StoreUnusable:
    """The engine's error as a sentence: held, not writable, or damaged with the newest backup named."""
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    words = str(error).lower()
    if any(each in words for each in LOCKED):
        return held(path)
    if any(each in words for each in UNWRITABLE):
        return StoreUnusable(f"The database {path.name} cannot be written ({first_line}). Make room or get the right to write there.", "store_unwritable")
    return StoreUnusable(f"The database {path.name} cannot be used ({first_line}). {advice(path)}", "store_damaged")


def unwritten(what: str, error: OSError) -> StoreUnusable:
    """A file that could not be written, such as a backup on a full disk; nothing of it is kept."""
    return StoreUnusable(f"{what} could not be written ({error.strerror or error}); nothing was changed. Make room or name another place.", "disk_full")


def advice(path: Path) -> str:
    """What to do about a database that lost data."""
    newest = newest_backup(path)
    return f"Restore the newest backup, {newest}." if newest else f"Restore a backup, or move {path.name} and its ledger away and load the files again."
