"""Where the product keeps its files: a folder of the person who runs it, never inside the project."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

from platformdirs import user_config_dir, user_data_dir

from data.errors import WrongUsage

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT_VARIABLE = "PLACEMENTS_DATA_DIR"
CONFIG_VARIABLE = "PLACEMENTS_CONFIG_DIR"


def data_dir() -> Path:
    """The folder for databases and backups: PLACEMENTS_DATA_DIR, or the system's per-user data folder. WrongUsage inside the project."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    folder = Path(named).expanduser() if named else Path(user_data_dir("special-school-placements", appauthor=False))
    folder = folder.resolve()
    if folder == PROJECT or PROJECT in folder.parents:
        raise WrongUsage(
            f"{folder} lies inside the project, where children's data must not be kept. Set {ENVIRONMENT_VARIABLE} to a folder elsewhere.",
            "data_dir_in_project",
        )
    return folder


def config_dir() -> Path:
    """The folder for what must lie apart from the data (key of pseudonyms, copies of the audit log's head): PLACEMENTS_CONFIG_DIR, or the system's."""
    named = os.environ.get(CONFIG_VARIABLE)
    return (Path(named).expanduser() if named else Path(user_config_dir("special-school-placements", appauthor=False))).resolve()


def default_db() -> Path:
    """The database that the dashboard opens when none is named."""
    return data_dir() / "placements.duckdb"


def backup_dir(db: Path) -> Path:
    """Backups of a database stand beside it unless another folder is named."""
    return db.with_name(db.name + ".backups")


def newest_backup(db: Path) -> Path | None:
    """The latest backup in the database's own backup folder; names sort by time."""
    return max(backup_dir(db).glob("*.duckdb"), default=None)


def past_path(db: Path) -> Path:
    """A new place for a past state of a database: in its backup folder, the one that the locked-down engine may write to."""
    return backup_dir(db) / f"{db.name}.{uuid.uuid4().hex}.past"


def folder_of(db: Path) -> Path:
    """The folder in which a database lies, or of a past state the one in which its database lies."""
    return db.parent.parent if db.suffix == ".past" else db.parent


def remove_past(db: Path) -> None:
    """Removes past states that a process left behind when it ended without closing them."""
    for left in backup_dir(db).glob(f"{db.name}.*.past*"):
        with suppress(PermissionError):  # one that this process still reads from, on Windows; it goes with its reader
            left.unlink()
