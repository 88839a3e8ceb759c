"""Backups and restores killed at each step: no half backup is taken for a whole one, no half restore for a database."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from loading import PLANS, SETTINGS, Desk, desk_without_marts
from measuring import measured

from data import ledger
from data.backup import backup, backups, file_hash, hash_path, restore
from data.errors import StoreUnusable
from data.paths import newest_backup
from data.restoring import aside
from data.store import Store, set_aside, shared

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be copied there")

# For every step: a copy of the folder, and a process that is killed as it is about to open, rename, copy or remove a file there for the n-th time.
KILLED_AT_EACH_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from data import backup, matching, store
what, original, places, stride = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
EVENTS = {"open", "os.rename", "os.remove", "os.truncate", "shutil.copyfile"}
for step in range(0, 400, stride):
    place = places / f"{step:03d}"
    shutil.copytree(original, place)
    if pid := os.fork():
        if os.waitpid(pid, 0)[1] == 0:
            break
        continue
    left = step
    def watch(event, given):
        global left
        if event in EVENTS and str(place) in str(given):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    db = place / "desk.duckdb"
    if what == "backup":
        with store.Store.opened(db) as opened:
            backup.backup(opened)
    else:
        backup.restore(next((place / "desk.duckdb.backups").glob("*.duckdb")), db)
    os._exit(0)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_without_marts(tmp_path / "desk") as desk:
        yield desk


def killed_at_each_step(what: str, desk: Desk, places: Path, stride: int) -> list[Path]:
    """The folder after a kill at each step in turn; the last one ran to its end."""
    places.mkdir()
    subprocess.run([sys.executable, "-c", KILLED_AT_EACH_STEP, what, str(desk.folder), str(places), str(stride)], cwd=ROOT, check=True)
    return sorted(places.iterdir())


def sources(db: Path) -> list[str]:
    with Store.opened(db) as store:
        return list(store.read("meta_batch").sort_values("seq")["source"])


def expect_restores_whole(desk: Desk, places: Path, stride: int) -> None:
    desk.load(SETTINGS)
    backup(desk.store)
    desk.load(PLANS)
    desk.store.close()
    left = killed_at_each_step("restore", desk, places, stride)
    found = []
    for place in left:
        db = place / "desk.duckdb"
        found.append(sources(db))
        assert found[-1] in (["settings", "plans"], ["settings"])
        assert len(ledger.read(ledger.ledger_path(db))) == len(found[-1])
        made = newest_backup(db)
        assert made
        assert restore(made, db)["batches"] == 1
        assert sources(db) == ["settings"]
        assert [path.name for path in place.iterdir() if path.name.startswith(("desk.duckdb.restor", "desk.duckdb.state.json.part"))] == []
        assert aside(db).exists()
    assert found[0] == ["settings", "plans"]
    assert found[-1] == ["settings"]
    old = found.count(["settings", "plans"])
    measured(f"restore killed at {len(left) - 1} steps: the old database stands after {old}, the restored one after the others")


def expect_backups_whole(desk: Desk, places: Path, stride: int) -> None:
    desk.load(SETTINGS)
    for _ in range(7):
        backup(desk.store)
    desk.store.close()
    half = Path(str(newest_backup(desk.db)).replace(".duckdb.backups/desk-2", ".duckdb.backups/desk-1") + ".part")  # as a kill amid the engine's copy leaves it
    half.write_bytes(desk.db.read_bytes()[:300_000])
    left = killed_at_each_step("backup", desk, places, stride)
    for place in left:
        db = place / "desk.duckdb"
        found = backups(db)
        assert len(found) in (7, 8)
        assert [copy["fault"] for copy in found if not copy["verified"]] == []
        with Store.opened(db) as store:
            made = backup(store)
        kept = backups(db)
        assert (len(kept), str(kept[0]["file"])) == (7, made["file"])
        assert len(list((place / "desk.duckdb.backups").iterdir())) == 14
    measured(f"backup killed at {len(left) - 1} steps: every backup found afterwards verifies, leftovers are gone after the next")


def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new(desk: Desk, tmp_path: Path) -> None:
    expect_restores_whole(desk, tmp_path / "places", 9)


@pytest.mark.slow
def test_a_restore_killed_at_every_step_leaves_the_old_or_the_new(desk: Desk, tmp_path: Path) -> None:
    expect_restores_whole(desk, tmp_path / "places", 1)


def test_a_backup_killed_at_any_step_is_not_taken_for_a_whole_one(desk: Desk, tmp_path: Path) -> None:
    expect_backups_whole(desk, tmp_path / "places", 3)


@pytest.mark.slow
def test_a_backup_killed_at_every_step_is_not_taken_for_a_whole_one(desk: Desk, tmp_path: Path) -> None:
    expect_backups_whole(desk, tmp_path / "places", 1)


def test_a_restore_while_the_dashboard_has_the_store_open(desk: Desk) -> None:
    """The page's way: handles closed, files replaced, opened anew; a reader with the old handle gets a sentence."""
    desk.load(SETTINGS)
    desk.store.close()
    opened = shared(desk.db)
    made = Path(backup(opened)["file"])
    desk.store = opened
    desk.load(PLANS)
    with pytest.raises(StoreUnusable, match="in use"):
        restore(made, desk.db)
    with set_aside(desk.db):
        restore(made, desk.db)
    with pytest.raises(StoreUnusable, match="reload the page"):
        opened.read("meta_batch")
    desk.store = shared(desk.db)
    assert desk.rows("SELECT source FROM meta_batch") == [("settings",)]
    assert [batch["source"] for batch in backups(desk.db)[0]["batches"]] == ["settings"]


def test_a_backup_of_a_newer_version_is_not_restored(desk: Desk) -> None:
    desk.load(SETTINGS)
    made = Path(backup(desk.store)["file"])
    desk.store.close()
    with duckdb.connect(str(made)) as connection:
        connection.execute("INSERT INTO meta_schema VALUES (999, 'later')")
    hash_path(made).write_text(f"{file_hash(made)}  {made.name}\n")
    before = desk.db.read_bytes()
    with pytest.raises(StoreUnusable, match="newer version") as fault:
        restore(made, desk.db)
    assert fault.value.code == "newer_store"
    assert desk.db.read_bytes() == before
    assert list(desk.folder.glob("*.restor*")) == []


def test_an_empty_backup_takes_the_ledger_along(desk: Desk, tmp_path: Path) -> None:
    made = Path(backup(desk.store)["file"])
    desk.load(SETTINGS)
    desk.store.close()
    assert restore(made, desk.db)["batches"] == 0
    assert sources(desk.db) == []
    shutil.copy(aside(desk.db), desk.db)
    shutil.copy(aside(ledger.ledger_path(desk.db)), ledger.ledger_path(desk.db))
    assert sources(desk.db) == ["settings"]  # what a restore put aside is whole
