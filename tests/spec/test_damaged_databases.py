"""Files cut short, emptied, swapped or with a bit flipped: refused with a sentence, mended, or without any consequence. Never another answer."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from kills import one_mart, state_of
from loading import PLANS, SETTINGS, Desk
from measuring import measured

from data import matching
from data.errors import StoreUnusable
from data.ledger import ledger_path
from data.load import load_files
from data.restoring import log_path
from data.seal import note_path
from data.store import Store

PAYMENTS = "transaction_id,paid_on,supplier_name,net_gbp\nT1,2024-09-01,One School,100.00\nT2,2024-09-02,Nobody,5.00\n"
LATER = "transaction_id,paid_on,supplier_name,net_gbp\nT3,2024-10-01,One School,70.00\n"


@dataclass(frozen=True)
class Base:
    """A store of three batches and a decision, and the same as a crash left it after one batch more: in the log, not yet in the file."""

    db: Path
    crashed: Path
    before: dict[str, object]
    after: dict[str, object]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    folder = tmp_path_factory.mktemp("damage")
    with one_mart():
        desk = Desk(folder)
        desk.load_all(SETTINGS, PLANS, PAYMENTS)
        matching.confirm(desk.store, "Nobody", None, "me")
        before = state_of(desk.store)
        desk.store.close()
        crashed = folder / "crashed.duckdb"
        for file in (ledger_path, note_path):
            shutil.copy(file(desk.db), file(crashed))
        sound = folder / "sound.duckdb"
        copy_of(desk.db, sound)
        desk.db = sound
        desk.store = Store.open(sound)
        acknowledge = Store.acknowledge

        def crash_here(self: Store) -> None:
            for kind in (lambda db: db, log_path):
                shutil.copy(kind(self.path), kind(crashed))
            acknowledge(self)

        with patch.object(Store, "acknowledge", crash_here):
            desk.load(LATER)
        after = state_of(desk.store)
        desk.store.close()
        yield Base(folder / "desk.duckdb", crashed, before, after)


def copy_of(db: Path, to: Path) -> Path:
    for kind in (lambda each: each, ledger_path, note_path, log_path):
        if kind(db).exists():
            shutil.copy(kind(db), kind(to))
    return to


def outcome(db: Path, *harmless: dict[str, object]) -> str:
    """Opens the store and reads everything: refused, with the code, or answers; anything but a sentence or a harmless state fails."""
    try:
        with Store.opened(db) as store:
            state = state_of(store)
    except StoreUnusable as refusal:
        refused = refusal
    else:
        refused = None
    if refused:
        assert refused.exit_code == 5
        assert refused.message.endswith(".")
        return f"refused ({refused.code})"
    assert [name for name in harmless[0] if all(state[name] != one[name] for one in harmless)] == []
    assert state in harmless
    return "answers unchanged"


def flipped(file: Path, rng: random.Random, first: int) -> None:
    data = bytearray(file.read_bytes())
    data[rng.randrange(first)] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def expect_flips_found(base: Base, place: Path, count: int) -> None:
    """Half of them anywhere, a quarter in the file's headers, a quarter in the log."""
    rng = random.Random(3)
    database, log = Counter[str](), Counter[str]()
    for number in range(count):
        if number % 4 == 3:
            db = copy_of(base.crashed, place / f"{number}.duckdb")
            flipped(log_path(db), rng, log_path(db).stat().st_size)
            log[outcome(db, base.before, base.after)] += 1
        else:
            db = copy_of(base.db, place / f"{number}.duckdb")
            flipped(db, rng, db.stat().st_size if number % 4 else 12_288)
            database[outcome(db, base.before)] += 1
    measured(f"{database.total()} bits flipped in the database: {dict(database)}\n{log.total()} bits flipped in the log: {dict(log)}\nwrong answers: 0")
    assert database["refused (store_damaged)"] > 0


def expect_cuts_found(base: Base, place: Path, count: int) -> None:
    database, log = Counter[str](), Counter[str]()
    for number in range(count):
        db = copy_of(base.db, place / f"{number}.duckdb")
        with db.open("r+b") as file:
            file.truncate(db.stat().st_size * number // count)
        database[outcome(db, base.before)] += 1
        db = copy_of(base.crashed, place / f"log{number}.duckdb")
        with log_path(db).open("r+b") as file:
            file.truncate(log_path(db).stat().st_size * number // count)
        log[outcome(db, base.before, base.after)] += 1
    measured(f"database cut at {count} places: {dict(database)}\nlog cut at {count} places: {dict(log)}\nwrong answers: 0")
    assert database["answers unchanged"] == 0


def test_flipped_bits_are_found_or_harmless(base: Base, tmp_path: Path) -> None:
    expect_flips_found(base, tmp_path, 20)


def test_files_cut_short_are_found_or_harmless(base: Base, tmp_path: Path) -> None:
    expect_cuts_found(base, tmp_path, 6)


@pytest.mark.slow
def test_200_flipped_bits_are_found_or_harmless(base: Base, tmp_path: Path) -> None:
    expect_flips_found(base, tmp_path, 200)


@pytest.mark.slow
def test_files_cut_short_at_many_places_are_found_or_harmless(base: Base, tmp_path: Path) -> None:
    expect_cuts_found(base, tmp_path, 60)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_log_cut_after_its_batch_was_acknowledged_is_refused(base: Base, tmp_path: Path, kept: float) -> None:
    db = copy_of(base.crashed, tmp_path / "x.duckdb")
    sound = base.db.with_name("sound.duckdb")
    for file in (ledger_path, note_path):
        shutil.copy(file(sound), file(db))
    log = log_path(db)
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * kept)])
    assert outcome(db, base.after) in ("refused (ledger_ahead)", "refused (store_damaged)")
    log.unlink(missing_ok=True)
    assert outcome(db, base.after) in ("refused (ledger_ahead)", "refused (store_damaged)")


def test_a_crash_before_the_ledger_is_finished_from_the_log(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.crashed, tmp_path / "x.duckdb")
    assert outcome(db, base.after) == "answers unchanged"
    assert len(ledger_path(db).read_text().splitlines()) == 4


def test_an_older_copy_is_refused_also_where_only_a_decision_is_newer(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.db, tmp_path / "x.duckdb")
    older = db.read_bytes()
    with Store.opened(db) as store:
        assert matching.undo(store, "Nobody")
    db.write_bytes(older)
    assert outcome(db, base.before) == "refused (changes_lost)"
    shutil.copy(base.db.with_name("sound.duckdb"), db)  # a newer copy holds all that the ledger tells of
    assert outcome(db, base.after) == "answers unchanged"


def test_a_value_changed_behind_the_products_back_is_refused(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.db, tmp_path / "x.duckdb")
    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE raw_payments SET net_gbp = 999 WHERE transaction_id = 'T1'")
    assert outcome(db, base.before) == "refused (rows_changed)"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("a line cut from the end", "answers unchanged"),
        ("all lines cut", "answers unchanged"),
        ("the ledger gone", "answers unchanged"),
        ("two lines swapped", "refused (ledger_differs)"),
        ("a line gone from between", "refused (ledger_differs)"),
        ("a number changed", "refused (ledger_differs)"),
        ("a line more", "refused (ledger_ahead)"),
        ("of another database", "refused (ledger_differs)"),
    ],
)
def test_a_ledger_that_was_tampered_with(base: Base, tmp_path: Path, what: str, expected: str) -> None:
    """A ledger that is behind is as a crash leaves it: the database proves itself by its own chain and notes, and the ledger is completed."""
    db = copy_of(base.db, tmp_path / "x.duckdb")
    ledger = ledger_path(db)
    whole = ledger.read_text()
    first, second, third = whole.splitlines(keepends=True)
    ledger.write_text(
        {
            "a line cut from the end": first + second,
            "two lines swapped": second + first + third,
            "a line gone from between": first + third,
            "a number changed": whole.replace('"accepted": 2', '"accepted": 1', 1),
            "a line more": whole + third,
        }.get(what, "")
    )
    if what == "the ledger gone":
        ledger.unlink()
    if what == "of another database":
        with Store.opened(tmp_path / "other.duckdb", create=True) as other:
            (tmp_path / "other.csv").write_text(SETTINGS.replace("One", "Some"))
            load_files(other, [tmp_path / "other.csv"])
        shutil.copy(ledger_path(tmp_path / "other.duckdb"), ledger)
    assert outcome(db, base.before) == expected
    if expected == "answers unchanged":
        assert ledger.read_text() == whole


def test_an_unreadable_note_takes_nothing_away(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.db, tmp_path / "x.duckdb")
    note_path(db).write_text("{")
    assert outcome(db, base.before) == "answers unchanged"


def test_a_store_of_before_there_were_notes_is_noted_when_it_is_opened(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.db, tmp_path / "x.duckdb")
    note_path(db).unlink()
    with duckdb.connect(str(db)) as connection:
        connection.execute("DROP TABLE meta_content; DROP TABLE meta_change; DELETE FROM meta_schema WHERE number = 6")
    assert outcome(db, base.before) == "answers unchanged"
    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE raw_payments SET net_gbp = 999 WHERE transaction_id = 'T1'")
    assert outcome(db, base.before) == "refused (rows_changed)"


def test_a_large_database_is_read_whole_unless_it_is_as_it_was_closed(base: Base, tmp_path: Path) -> None:
    db = copy_of(base.db, tmp_path / "x.duckdb")
    with patch("data.seal.READ_AT_OPEN_BYTES", 0):
        Store.open(db).close()
        with patch("data.seal.verify") as read:
            Store.open(db).close()
            assert read.call_count == 0
            db.touch()
            Store.open(db).close()
            assert read.call_count == 1
