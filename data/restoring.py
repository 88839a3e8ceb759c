"""How a verified copy takes the place of a database: a kill at any moment leaves the old database, or a copy that the next open puts in place.

The copy is made as `<name>.restoring`. Renaming it `<name>.restored` decides: from then on the restore is finished by whoever comes next.
"""

from __future__ import annotations

from pathlib import Path

from data.damage import advice, unwritten
from data.errors import StoreUnusable
from data.ledger import ledger_path
from data.seal import note_path

KEPT_ASIDE = ".before-restore"


def arriving_path(db: Path) -> Path:
    """Where the copy is made and verified."""
    return db.with_name(db.name + ".restoring")


def ready_path(db: Path) -> Path:
    """The verified copy, about to take the place."""
    return db.with_name(db.name + ".restored")


def log_path(db: Path) -> Path:
    """The engine's log of a database."""
    return db.with_name(db.name + ".wal")


def beside(db: Path) -> tuple[Path, ...]:
    """A database and the files that belong to it, the database last."""
    return (log_path(db), ledger_path(db), note_path(db), db)


def aside(file: Path) -> Path:
    """The name under which what stood there before a restore is kept."""
    return file.with_name(file.name + KEPT_ASIDE)


def ready(db: Path) -> None:
    """The copy under `arriving_path` is whole: its ledger takes the new name first, then the copy itself, which decides."""
    arriving, waiting = arriving_path(db), ready_path(db)
    ledger_path(arriving).touch()  # a copy without batches has none yet
    ledger_path(arriving).replace(ledger_path(waiting))
    arriving.replace(waiting)


def finish(db: Path) -> bool:
    """Puts a waiting copy in the place of the database and keeps what stood there; answers whether one waited. Every handle is closed.

    May be cut off and run again at any step: the copy itself is moved last. StoreUnusable when the files cannot be moved.
    """
    waiting = ready_path(db)
    if not waiting.exists():
        return False
    try:
        for standing in (log_path(db), note_path(db), db):
            _keep(standing)
        if ledger_path(waiting).exists():
            _keep(ledger_path(db))
            ledger_path(waiting).replace(ledger_path(db))
        waiting.replace(db)
    except OSError as error:
        raise unwritten(f"The restored database {db.name}", error) from error
    return True


def _keep(standing: Path) -> None:
    if standing.exists():
        standing.replace(aside(standing))
    elif standing.name.endswith(".wal"):
        aside(standing).unlink(missing_ok=True)  # a log of an earlier restore would not belong to the database now kept


def expect_database(path: Path, create: bool) -> None:
    """StoreUnusable when there is no database to open and none may be made. Finishes a restore that was cut off."""
    finish(path)
    if path.exists():
        return
    if ledger_path(path).exists() or note_path(path).exists():
        raise StoreUnusable(f"The ledger {ledger_path(path).name} is there but its database is not. {advice(path)}", "ledger_without_database")
    if not create:
        raise StoreUnusable(f"There is no database at {path}. Load a file or build the sample authority first.", "no_database")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The folder {path.parent} cannot be made ({error}); name another place for the database.", "no_folder") from error


def clean(db: Path) -> None:
    """Removes what a restore left that was cut off before its copy was whole."""
    arriving = arriving_path(db)
    for leftover in beside(arriving):
        leftover.unlink(missing_ok=True)
    if not ready_path(db).exists():
        ledger_path(ready_path(db)).unlink(missing_ok=True)
