"""Copies of the database that can be trusted: complete, hashed, and checked before one takes the place of a database."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import restoring
from data.damage import unwritten
from data.errors import StoreUnusable, WrongUsage
from data.paths import backup_dir

if TYPE_CHECKING:
    from data.store import Store

KEPT = 7
BLOCK = 1 << 20
_NAME = "????????T????????????Z.duckdb"
_turns = threading.Lock()  # one backup at a time, so that what lies half made is nobody's


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

    The copy is made under another name and bears its own only when it is on the disk with its hash beside it. WrongUsage for a folder that
    cannot be made; StoreUnusable when the disk is full.
    """
    folder = Path(to_dir).expanduser().resolve() if to_dir else backup_dir(store.path)
    own = backup_dir(store.path)  # the one folder the locked-down engine may write to
    try:
        folder.mkdir(parents=True, exist_ok=True)
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(f"{folder} cannot be the folder of a backup ({error.strerror}); name another.", "no_folder") from error
    with _turns:
        for place in {folder, own}:
            _remove_half_made(place, store.path.stem)
        try:
            answer = _copy(store, own, folder)
        except OSError as error:
            raise unwritten(f"The backup in {folder}", error) from error
        finally:
            _remove_half_made(own, store.path.stem)
            if folder != own:
                _remove_half_made(folder, store.path.stem)
                with suppress(OSError):  # other backups are in it
                    own.rmdir()
        _prune(folder, store.path.stem)
    return answer


def _copy(store: Store, own: Path, folder: Path) -> dict[str, Any]:
    name = f"{store.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.duckdb"
    making, arriving = own / f"{name}.part", folder / f"{name}.part"
    batches = store.copy_to(making)
    if arriving != making:
        shutil.copyfile(making, arriving)
    _sync(arriving)
    sha256 = file_hash(arriving)
    hash_path(folder / name).write_text(f"{sha256}  {name}\n", encoding="utf-8")
    arriving.replace(folder / name)
    return {"file": str(folder / name), "sha256": sha256, "batches": batches}


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _remove_half_made(folder: Path, stem: str) -> None:
    """What a backup that was cut off left: a copy without its name, its log, a hash without its copy."""
    for leftover in folder.glob(f"{stem}-{_NAME}.part*"):
        leftover.unlink(missing_ok=True)
    for line in folder.glob(f"{stem}-{_NAME}.sha256"):
        if not line.with_suffix("").exists():
            line.unlink(missing_ok=True)


def _prune(folder: Path, stem: str) -> None:
    for old in sorted(folder.glob(f"{stem}-{_NAME}"))[:-KEPT]:
        old.unlink(missing_ok=True)
        hash_path(old).unlink(missing_ok=True)


def backups(db: Path) -> list[dict[str, Any]]:
    """The backups in the database's own folder, newest first: {file, made_at, bytes, verified, fault, batches}; batches are rows of the manifest.

    `verified`: the hash beside it fits and it opens; else `fault` says in a sentence what is wrong and `batches` is empty.
    """
    from data.store import look

    found = []
    for file in sorted(backup_dir(db).glob(f"{db.stem}-{_NAME}"), reverse=True):
        made_at = datetime.strptime(file.stem.removeprefix(f"{db.stem}-"), "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        entry: dict[str, Any] = {"file": file, "made_at": made_at, "bytes": file.stat().st_size, "verified": True, "fault": "", "batches": []}
        try:
            expect_hash(file)
            entry["batches"] = look(file)
        except StoreUnusable as error:
            entry |= {"verified": False, "fault": error.message}
        found.append(entry)
    return found


def restore(from_file: Path, db: Path) -> dict[str, Any]:
    """Puts a backup in the place of a database; answers {restored, batches}. What stood there is kept as `<name>.before-restore`.

    WrongUsage when the backup is not there; StoreUnusable when its hash or contents do not verify, it is of a newer version of the product, the
    database is held by a process, or the disk is full. Cut off at any moment it leaves the database as it was, or is finished by the next open.
    """
    from data.store import Store, expect_free

    from_file, db = Path(from_file).expanduser().resolve(), Path(db).expanduser().resolve()
    if not from_file.is_file():
        raise WrongUsage(f"There is no backup {from_file}.", "no_file")
    expect_hash(from_file)
    expect_free(db)
    arriving = restoring.arriving_path(db)
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
        restoring.clean(db)
        shutil.copyfile(from_file, arriving)
        with Store.opened(arriving) as store:  # reads all of it, compares it with its notes and writes its ledger
            store.verify()
            batches = store.count("meta_batch")
            store.acknowledge()
        _sync(arriving)
        expect_free(db)
        restoring.ready(db)
    except OSError as error:
        raise unwritten(f"The restored database {db.name}", error) from error
    finally:
        restoring.clean(db)
    restoring.finish(db)
    return {"restored": str(db), "batches": batches}


def expect_hash(backup_file: Path) -> None:
    """StoreUnusable when a backup has no hash line beside it, or another hash than that."""
    line = hash_path(backup_file)
    if not line.is_file():
        raise StoreUnusable(f"The backup {backup_file.name} lacks its hash line {line.name}; it cannot be verified. Use another backup.", "backup_without_hash")
    if line.read_text(encoding="utf-8").split()[:1] != [file_hash(backup_file)]:
        raise StoreUnusable(f"The backup {backup_file.name} was changed or damaged after it was made. Use another backup.", "backup_damaged")
