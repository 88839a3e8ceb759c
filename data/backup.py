"""Copies of the database that can be trusted: complete, hashed, and checked before one takes the place of a database."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import ledger
from data.errors import StoreUnusable, WrongUsage
from data.paths import backup_dir

if TYPE_CHECKING:
    from data.store import Store

KEPT = 7
BLOCK = 1 << 20


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def hash_path(backup_file: Path) -> Path:
    """The line with a backup's SHA-256 stands beside it, as `sha256sum` writes it."""
    return backup_file.with_name(backup_file.name + ".sha256")


def backup(store: Store, to_dir: Path | None = None) -> dict[str, Any]:
    """Copies the open database into a folder and keeps the seven newest there; answers {file, sha256, batches}.

    The copy is made beside the database, verified by opening nothing: its hash is written next to it and checked before it is restored.
    """
    folder = Path(to_dir).expanduser().resolve() if to_dir else backup_dir(store.path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(f"{folder} cannot be the folder of a backup ({error.strerror}); name another.", "no_folder") from error
    name = f"{store.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.duckdb"
    making = backup_dir(store.path) / f"{name}.part"  # the one folder the locked-down engine may write to
    making.parent.mkdir(parents=True, exist_ok=True)
    try:
        batches = store.copy_to(making)
        arriving = folder / f"{name}.part"
        if arriving != making:
            shutil.copyfile(making, arriving)
        _sync(arriving)
        sha256 = file_hash(arriving)
        hash_path(folder / name).write_text(f"{sha256}  {name}\n", encoding="utf-8")
        arriving.replace(folder / name)
    finally:
        making.unlink(missing_ok=True)
        if folder != making.parent:
            with suppress(OSError):  # other backups are in it
                making.parent.rmdir()
    _prune(folder, store.path.stem)
    return {"file": str(folder / name), "sha256": sha256, "batches": batches}


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _prune(folder: Path, stem: str) -> None:
    for old in sorted(folder.glob(f"{stem}-????????T????????????Z.duckdb"))[:-KEPT]:
        hash_path(old).unlink(missing_ok=True)
        old.unlink()


def restore(from_file: Path, db: Path) -> dict[str, Any]:
    """Puts a backup in the place of a database; answers {restored, batches}. What stood there is kept as `<name>.before-restore`.

    WrongUsage when the backup is not there; StoreUnusable when its hash or contents do not verify, or the database is held by a process.
    """
    from data.store import Store, expect_free

    from_file, db = Path(from_file).expanduser().resolve(), Path(db).expanduser().resolve()
    if not from_file.is_file():
        raise WrongUsage(f"There is no backup {from_file}.", "no_file")
    expect_hash(from_file)
    expect_free(db)
    db.parent.mkdir(parents=True, exist_ok=True)
    arriving = db.with_name(db.name + ".restoring")
    shutil.copyfile(from_file, arriving)
    try:
        ledger.ledger_path(arriving).unlink(missing_ok=True)
        with Store.opened(arriving) as store:  # verifies the manifest's chain and writes its ledger
            batches = store.count("meta_batch")
            store.checkpoint()
        _sync(arriving)
        _take_place(arriving, db)
    finally:
        for leftover in (arriving, ledger.ledger_path(arriving), _log(arriving)):
            leftover.unlink(missing_ok=True)
    return {"restored": str(db), "batches": batches}


def _log(db: Path) -> Path:
    return db.with_name(db.name + ".wal")


def _take_place(arriving: Path, db: Path) -> None:
    """Database first, then its ledger: a crash between the two shows as a mismatch, and the restore is run again."""
    for standing in (db, _log(db), ledger.ledger_path(db)):
        if standing.exists():
            standing.replace(standing.with_name(standing.name + ".before-restore"))
    arriving.replace(db)
    if ledger.ledger_path(arriving).exists():
        ledger.ledger_path(arriving).replace(ledger.ledger_path(db))


def expect_hash(backup_file: Path) -> None:
    """StoreUnusable when a backup has no hash line beside it, or another hash than that."""
    line = hash_path(backup_file)
    if not line.is_file():
        raise StoreUnusable(f"The backup {backup_file.name} lacks its hash line {line.name}; it cannot be verified. Use another backup.", "backup_without_hash")
    if line.read_text(encoding="utf-8").split()[:1] != [file_hash(backup_file)]:
        raise StoreUnusable(f"The backup {backup_file.name} was changed or damaged after it was made. Use another backup.", "backup_damaged")
