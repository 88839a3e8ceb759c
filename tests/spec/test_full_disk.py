"""A full disk, or a folder or file that cannot be written: a sentence, nothing lost, and on it goes once there is room."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from loading import PLANS, SETTINGS, TODAY, desk_without_marts

from data import ledger
from data.backup import backup, backups, restore
from data.damage import FULL
from data.errors import StoreUnusable
from data.load import load_files
from data.reading import InChild
from data.store import Store, shared

ROOT = Path(__file__).parents[2]
MANY = "urn,setting_name,setting_type\n" + "".join(f"{800000 + n},School of {n * 7919 % 100003} in {n * 104729},ISS\n" for n in range(8_000))
LIMITS = (0, 5_000, 200_000, 500_000)  # bytes: of the log, of spilled rows, of the database


@contextmanager
def files_no_longer_than(length: int) -> Iterator[None]:
    """As on a full disk, writes beyond a length fail in this process; what is longer already stays."""
    resource = pytest.importorskip("resource", reason="this system knows no limit on the length of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Path]:
    """A store with one batch of settings, and files to load beside it."""
    with desk_without_marts(tmp_path) as desk:
        desk.load(SETTINGS)
        desk.store.close()
        (tmp_path / "many.csv").write_text(MANY)
        (tmp_path / "plans.csv").write_text(PLANS)
        yield desk.db
        shared(desk.db).close()


def loaded(db: Path) -> list[tuple[str, int]]:
    with shared(db).cursor() as cursor:
        return cursor.execute("SELECT source, accepted FROM meta_batch ORDER BY seq").fetchall()


@pytest.mark.parametrize("room", LIMITS)
def test_a_disk_full_while_loading_is_told_and_the_dashboard_goes_on_without_a_restart(db: Path, room: int) -> None:
    shared(db)
    with files_no_longer_than(room), pytest.raises(StoreUnusable) as fault:
        load_files(shared(db), [db.parent / "many.csv"], today=TODAY)
    assert fault.value.exit_code == 5
    assert any(words in fault.value.message.lower() for words in (*FULL, "ledger cannot be written"))
    assert loaded(db) in ([("settings", 2)], [("settings", 2), ("settings", 8_000)])  # before the commit or after it, never half
    (again,) = load_files(shared(db), [db.parent / "many.csv"], today=TODAY)
    assert (again.accepted, loaded(db)) == (8_000, [("settings", 2), ("settings", 8_000)])
    assert len(ledger.read(ledger.ledger_path(db))) == 2


def test_a_disk_full_while_a_child_reads_is_no_fault_of_the_file(db: Path) -> None:
    large = db.parent / "large.csv"
    large.write_text(MANY + "".join(f"{900000 + n},A school of many words {n},ISS\n" for n in range(40_000)))
    with files_no_longer_than(20_000), pytest.raises(StoreUnusable, match=r"working copy of large\.csv could not be written") as fault:
        load_files(shared(db), [large], today=TODAY, reader=InChild)
    assert any(words in fault.value.message.lower() for words in FULL)
    assert loaded(db) == [("settings", 2)]
    (again,) = load_files(shared(db), [large], today=TODAY, reader=InChild)
    assert again.accepted == 48_000


def test_a_disk_full_while_the_ledger_is_written_leaves_a_torn_line_that_is_mended(db: Path) -> None:
    def half(path: Path, batches: list[ledger.Line]) -> None:
        with path.open("a") as file:
            file.write('{"seq": ')
        raise OSError(errno.ENOSPC, "No space left on device")

    with patch.object(ledger, "append", half), pytest.raises(StoreUnusable, match="its ledger cannot be written") as fault:
        load_files(shared(db), [db.parent / "plans.csv"], today=TODAY)
    assert fault.value.exit_code == 5
    shared(db).close()
    assert loaded(db) == [("settings", 2), ("plans", 2)]
    assert len(ledger.read(ledger.ledger_path(db))) == 2


@pytest.mark.parametrize("length", [1000, 300_000])
def test_a_disk_full_while_a_backup_is_made_leaves_no_half_backup(db: Path, length: int) -> None:
    whole = backup(shared(db))
    with files_no_longer_than(length), pytest.raises(StoreUnusable) as fault:
        backup(shared(db))
    assert fault.value.exit_code == 5
    assert [str(copy["file"]) for copy in backups(db) if copy["verified"]] == [whole["file"]]
    assert sorted(path.suffix for path in Path(whole["file"]).parent.iterdir()) == [".duckdb", ".sha256"]
    assert loaded(db) == [("settings", 2)]
    assert backup(shared(db))["batches"] == 1


@pytest.mark.parametrize("length", [1000, 300_000])
def test_a_disk_full_while_restoring_leaves_the_database_as_it_was(db: Path, length: int) -> None:
    made = Path(backup(shared(db))["file"])
    load_files(shared(db), [db.parent / "plans.csv"], today=TODAY)
    shared(db).close()
    before = db.read_bytes(), ledger.ledger_path(db).read_bytes()
    with files_no_longer_than(length), pytest.raises(StoreUnusable) as fault:
        restore(made, db)
    assert fault.value.exit_code == 5
    assert (db.read_bytes(), ledger.ledger_path(db).read_bytes()) == before
    assert list(db.parent.glob("*.restor*")) == []
    assert restore(made, db)["batches"] == 1
    assert loaded(db) == [("settings", 2)]


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, text=True, check=False)  # noqa: S607
    if mounted.returncode:
        pytest.skip(f"a small disk needs the right to mount one: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can mount a small disk")
def test_a_small_disk_filled_to_the_brim(db: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        placed = disk / "desk.duckdb"
        placed.write_bytes(db.read_bytes())
        ledger.ledger_path(placed).write_bytes(ledger.ledger_path(db).read_bytes())
        shared(placed)
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        (disk / "filler").write_bytes(bytes(free - 200_000))
        with pytest.raises(StoreUnusable, match=r"[Nn]o space left") as fault:
            load_files(shared(placed), [db.parent / "many.csv"], today=TODAY)
        assert fault.value.exit_code == 5
        (disk / "filler").unlink()
        load_files(shared(placed), [db.parent / "many.csv"], today=TODAY)
        assert loaded(placed) == [("settings", 2), ("settings", 8_000)]
        shared(placed).close()


OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from data.errors import UserError
from data.store import Store
from data.load import load_files
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
try:
    with Store.opened(Path(sys.argv[1])) as store:
        load_files(store, [Path(sys.argv[2])])
    print(0, "no fault")
except UserError as error:
    print(error.exit_code, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights work otherwise there")
@pytest.mark.parametrize("what", ["folder", "file", "ledger"])
def test_what_may_not_be_written_is_told_in_a_sentence(db: Path, tmp_path: Path, what: str) -> None:
    """As root nothing is read-only, so that a child gives its rights away."""
    with Store.opened(db):
        pass
    before = db.read_bytes()
    for upper in (tmp_path, *tmp_path.parents[:3]):
        if upper.stat().st_uid == os.geteuid() and upper != Path("/tmp"):  # noqa: S108
            upper.chmod(0o755)
    for path in tmp_path.iterdir():
        path.chmod(0o666)
    tmp_path.chmod(0o777)
    {"folder": tmp_path, "file": db, "ledger": ledger.ledger_path(db)}[what].chmod(0o555 if what == "folder" else 0o444)
    (tmp_path / "plans.csv").chmod(0o444)
    command = [sys.executable, "-c", OPEN_AS_NOBODY, str(db), str(tmp_path / "plans.csv")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False)
    tmp_path.chmod(0o755)
    if "Permission" in told.stderr and "Error" in told.stderr and not told.stdout:
        pytest.skip(f"a child without rights cannot read the project here: {told.stderr.splitlines()[-1]}")
    assert told.stdout.startswith("5 "), told.stdout + told.stderr
    assert any(words in told.stdout for words in ("cannot be written", "cannot be used"))
    assert db.read_bytes() == before or what == "ledger"
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    assert loaded(db)[0] == ("settings", 2)
