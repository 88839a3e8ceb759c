"""Crashes and damage: each is repaired, or refused with a sentence; never wrong answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from loading import PLANS, SETTINGS, Desk, desk_without_marts

from data import ledger, paths
from data.backup import backup, hash_path, restore
from data.errors import StoreUnusable, WrongUsage
from data.store import Store, shared

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def ledger_of(desk: Desk) -> Path:
    return ledger.ledger_path(desk.db)


def test_a_crash_between_commit_and_ledger_loses_nothing_and_the_retry_changes_nothing(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    plans = desk.write(PLANS)
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom data.load import load_files\nfrom data.store import Store\n"
        "Store.acknowledge = lambda self: os.kill(os.getpid(), 9)\n"
        "load_files(Store.open(Path(sys.argv[1])), [Path(sys.argv[2])])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(desk.db), str(plans)], cwd=ROOT, check=False)
    assert killed.returncode == -9 or sys.platform == "win32"
    assert len(ledger_of(desk).read_text().splitlines()) == 1
    desk.reopen()
    assert [json.loads(line)["source"] for line in ledger_of(desk).read_text().splitlines()] == ["settings", "plans"]
    assert desk.rows("SELECT count(*) FROM raw_plans") == [(2,)]
    assert desk.load(PLANS).already_loaded


def test_a_crash_before_commit_leaves_nothing_of_the_file(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    plans = desk.write(PLANS)
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom data import batch, load\nfrom data.store import Store\n"
        "load.write = lambda *given: (batch.write(*given), os.kill(os.getpid(), 9))\n"
        "load.load_files(Store.open(Path(sys.argv[1])), [Path(sys.argv[2])])\n"
    )
    subprocess.run([sys.executable, "-c", script, str(desk.db), str(plans)], cwd=ROOT, check=False)
    desk.reopen()
    assert desk.rows("SELECT (SELECT count(*) FROM raw_plans), (SELECT count(*) FROM meta_batch)") == [(0, 1)]
    assert not desk.load(PLANS).already_loaded


def test_a_ledger_ahead_of_the_database_is_refused_and_names_the_newest_backup(desk: Desk) -> None:
    desk.load(SETTINGS)
    made = backup(desk.store)
    desk.store.close()
    older = desk.db.read_bytes()
    desk.reopen()
    desk.load(PLANS)
    desk.store.close()
    desk.db.write_bytes(older)
    with pytest.raises(StoreUnusable, match=r"lists 1 batch\(es\) that the database lacks") as refusal:
        Store.open(desk.db)
    assert (refusal.value.code, refusal.value.exit_code) == ("ledger_ahead", 5)
    assert made["file"] in refusal.value.message


def test_a_ledger_line_that_was_changed_is_refused(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    ledger_of(desk).write_text(ledger_of(desk).read_text().replace('"accepted": 2', '"accepted": 3'))
    with pytest.raises(StoreUnusable, match="disagree on batch"):
        Store.open(desk.db)


def test_a_manifest_that_was_changed_is_refused(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    with duckdb.connect(str(desk.db)) as connection:
        connection.execute("UPDATE meta_batch SET accepted = 3")
    with pytest.raises(StoreUnusable, match="changed after loading"):
        Store.open(desk.db)


def test_rows_that_went_missing_are_noticed(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    with duckdb.connect(str(desk.db)) as connection:
        connection.execute("DELETE FROM raw_settings WHERE urn = '700001'")
    with pytest.raises(StoreUnusable, match="missing from the database"):
        Store.open(desk.db)


@pytest.mark.parametrize("lost", ["A2", "A3"])
def test_rows_taken_over_from_a_withdrawn_batch_are_missed_too(desk: Desk, lost: str) -> None:
    paid = "transaction_id,paid_on,supplier_name,net_gbp\nA1,2024-09-01,X,1\n"
    first, second = desk.load(paid + "A2,2024-09-01,X,2\n"), desk.load(paid.replace("A1", "A3") + "A2,2024-09-01,X,2\n")
    desk.load(paid, replace=first.batch_id)
    desk.reopen()
    desk.store.close()
    with duckdb.connect(str(desk.db)) as connection:
        connection.execute("DELETE FROM raw_payments WHERE batch_id = $batch AND transaction_id = $lost", {"batch": second.batch_id, "lost": lost})
    with pytest.raises(StoreUnusable, match=f"batch {second.batch_id} are missing"):
        Store.open(desk.db)


def test_a_torn_last_line_of_the_ledger_is_written_again(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS)
    desk.store.close()
    whole = ledger_of(desk).read_bytes()
    ledger_of(desk).write_bytes(whole[:-40])
    desk.reopen()
    assert ledger_of(desk).read_bytes() == whole


def test_an_unreadable_line_in_the_ledger_is_refused(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    ledger_of(desk).write_text("not JSON\n")
    with pytest.raises(StoreUnusable, match="Line 1 of the ledger"):
        Store.open(desk.db)


def test_a_ledger_without_its_database_is_refused(desk: Desk) -> None:
    desk.load(SETTINGS)
    desk.store.close()
    desk.db.unlink()
    with pytest.raises(StoreUnusable, match="its database is not"):
        Store.open(desk.db, create=True)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    db = tmp_path / "damaged.duckdb"
    db.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnusable, match="cannot be used"):
        Store.open(db)


def test_a_flipped_bit_in_the_file_is_damage_not_another_process_and_a_backup_takes_its_place(desk: Desk) -> None:
    desk.load(SETTINGS)
    made = backup(desk.store)
    desk.store.close()
    data = bytearray(desk.db.read_bytes())
    data[4100] ^= 0xFF  # in the first block's header
    desk.db.write_bytes(data)
    with pytest.raises(StoreUnusable, match="Restore the newest backup") as fault:
        Store.open(desk.db)
    assert fault.value.code == "store_damaged"
    assert restore(Path(made["file"]), desk.db)["batches"] == 1


def test_a_damaged_file_in_a_folder_whose_name_holds_lock_is_damaged_not_held(tmp_path: Path) -> None:
    db = tmp_path / "Block contracts" / "damaged.duckdb"
    db.parent.mkdir()
    db.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnusable) as fault:
        Store.open(db)
    assert fault.value.code == "store_damaged"


def test_a_table_of_text_is_no_database_though_the_engine_would_read_it(desk: Desk) -> None:
    mistaken = desk.write(SETTINGS)
    with pytest.raises(StoreUnusable, match="is not a database"):
        Store.open(mistaken, create=True)
    assert mistaken.read_text() == SETTINGS
    assert not ledger.ledger_path(mistaken).exists()


def test_places_that_cannot_be_used_are_named_in_a_sentence(desk: Desk) -> None:
    desk.load(SETTINGS)
    in_the_way = desk.write(PLANS)
    with pytest.raises(WrongUsage, match="cannot be the folder of a backup"):
        backup(desk.store, in_the_way)
    with pytest.raises(StoreUnusable, match="cannot be made"):
        Store.open(in_the_way / "x.duckdb", create=True)
    desk.store.close()
    ledger_of(desk).unlink()
    ledger_of(desk).mkdir()
    with pytest.raises(StoreUnusable, match="cannot be used"):
        Store.open(desk.db)


def test_a_store_of_a_newer_version_is_refused(desk: Desk) -> None:
    desk.store.close()
    with duckdb.connect(str(desk.db)) as connection:
        connection.execute("INSERT INTO meta_schema VALUES (999, 'later')")
    with pytest.raises(StoreUnusable, match="newer version"):
        Store.open(desk.db)


def test_an_absent_database_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no database"):
        Store.open(tmp_path / "none" / "x.duckdb")
    assert not (tmp_path / "none").exists()


def test_a_database_held_elsewhere_says_so(desk: Desk) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom data.store import Store\n"
        "try:\n    Store.open(Path(sys.argv[1]))\nexcept Exception as error:\n    print(error.exit_code, error)\n"
    )
    other = subprocess.run([sys.executable, "-c", script, str(desk.db)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.startswith("5 ")
    assert "close the dashboard or load through Intake" in other.stdout
    with pytest.raises(StoreUnusable, match="in use"):
        Store.open(desk.db)


def test_the_engine_can_read_no_other_file_nor_be_unlocked(desk: Desk) -> None:
    outside = desk.write(SETTINGS)
    for statement in (f"FROM read_csv('{outside}')", f"ATTACH '{desk.folder / 'other.duckdb'}' AS other", "SET enable_external_access = true"):
        with desk.store.cursor() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(statement)


def test_a_commit_that_fails_is_told_as_itself(desk: Desk) -> None:
    class Failing:
        """A cursor whose COMMIT finds the folder read-only; the engine has then given up the transaction."""

        def execute(self, statement: str) -> None:
            if statement == "COMMIT":
                raise duckdb.TransactionException("Failed to commit: Cannot open file desk.duckdb.wal: Permission denied")
            if statement == "ROLLBACK":
                raise duckdb.TransactionException("cannot rollback - no transaction is active")

        def close(self) -> None:
            pass

    with patch.object(desk.store, "_root") as root:
        root.cursor.return_value = Failing()
        with pytest.raises(StoreUnusable, match="cannot be written") as fault, desk.store.transaction():
            pass
    assert (fault.value.code, fault.value.exit_code) == ("store_unwritable", 5)


def test_a_failed_write_is_rolled_back(desk: Desk) -> None:
    def fail_half_way() -> None:
        with desk.store.transaction() as cursor:
            cursor.execute("INSERT INTO supplier_match VALUES ('A', NULL, 'me', now()::TIMESTAMP, NULL)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert desk.rows("SELECT count(*) FROM supplier_match") == [(0,)]


def test_the_data_version_follows_files_and_decisions(desk: Desk, tmp_path: Path) -> None:
    empty = desk.store.data_version()
    desk.load(SETTINGS)
    loaded = desk.store.data_version()
    with desk.store.transaction() as cursor:
        cursor.execute("INSERT INTO supplier_match VALUES ('A', '700001', 'me', now()::TIMESTAMP, NULL)")
    decided = desk.store.data_version()
    assert len({empty, loaded, decided}) == 3
    assert all(len(version) == 12 for version in (empty, loaded, decided))


def test_a_backup_restored_elsewhere_is_the_same_data(desk: Desk, tmp_path: Path) -> None:
    desk.load_all(SETTINGS, PLANS)
    made = backup(desk.store, tmp_path / "copies")
    answer = restore(Path(made["file"]), tmp_path / "restored.duckdb")
    assert (made["batches"], answer["batches"], answer["restored"]) == (2, 2, str(tmp_path / "restored.duckdb"))
    with Store.opened(tmp_path / "restored.duckdb") as copy:
        assert copy.data_version() == desk.store.data_version()
    assert ledger.ledger_path(tmp_path / "restored.duckdb").read_bytes() == ledger_of(desk).read_bytes()


def test_a_restore_puts_the_old_files_aside_and_needs_the_database_free(desk: Desk, tmp_path: Path) -> None:
    desk.load(SETTINGS)
    made = Path(backup(desk.store)["file"])
    desk.load(PLANS)
    with pytest.raises(StoreUnusable, match="in use"):
        restore(made, desk.db)
    desk.store.close()
    assert restore(made, desk.db)["batches"] == 1
    assert desk.db.with_name(desk.db.name + ".before-restore").exists()
    desk.store = Store.open(desk.db)
    assert desk.rows("SELECT source FROM meta_batch") == [("settings",)]


def test_a_changed_backup_is_not_restored(desk: Desk, tmp_path: Path) -> None:
    desk.load(SETTINGS)
    made = Path(backup(desk.store, tmp_path / "copies")["file"])
    data = bytearray(made.read_bytes())
    data[len(data) // 2] ^= 1
    made.write_bytes(data)
    with pytest.raises(StoreUnusable, match="changed or damaged"):
        restore(made, tmp_path / "new.duckdb")
    hash_path(made).unlink()
    with pytest.raises(StoreUnusable, match="lacks its hash line"):
        restore(made, tmp_path / "new.duckdb")
    with pytest.raises(WrongUsage, match="no backup"):
        restore(tmp_path / "nothing.duckdb", tmp_path / "new.duckdb")
    assert not (tmp_path / "new.duckdb").exists()


def test_seven_backups_are_kept(desk: Desk, tmp_path: Path) -> None:
    made = [backup(desk.store, tmp_path / "copies")["file"] for _ in range(9)]
    kept = sorted(str(path) for path in (tmp_path / "copies").glob("*.duckdb"))
    assert kept == made[2:]
    assert len(list((tmp_path / "copies").iterdir())) == 14


def test_data_is_never_kept_inside_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(ROOT / "data"))
    with pytest.raises(WrongUsage, match="inside the project"):
        paths.data_dir()
    monkeypatch.setenv("PLACEMENTS_DATA_DIR", str(tmp_path))
    assert paths.default_db() == tmp_path / "placements.duckdb"


def test_one_process_shares_one_store_a_path(desk: Desk, tmp_path: Path) -> None:
    desk.store.close()
    copied = tmp_path / "shared.duckdb"
    shutil.copy(desk.db, copied)
    first = shared(copied)
    assert shared(copied) is first
    first.close()
    second = shared(copied)
    assert second is not first
    second.close()
