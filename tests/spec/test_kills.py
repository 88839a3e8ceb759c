"""A loader killed at any moment: no acknowledged batch is lost, none is half there, and going on ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kills import PHASES, ROUNDS, Kill, Left, Writers, faults_of, files_of, one_mart, state_of
from measuring import measured

from data.errors import StoreUnusable
from data.ledger import ledger_path
from data.seal import note_path
from data.store import Store

QUICK, LONG = 24, 240
CONTROL_QUICK, CONTROL_LONG = 8, 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "files"
    files_of(folder)
    return folder


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    with one_mart():
        writers = Writers()
        yield writers
        writers.close()


@pytest.fixture(scope="module")
def new(writers: Writers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once."""
    db = tmp_path_factory.mktemp("new") / "new.duckdb"
    Store.open(db, create=True).close()
    return db


def kills(seed: int) -> Iterator[Kill]:
    """In turn at each phase of the loading, some thousandths of a second after it began, and at any moment whatever is going on."""
    rng = random.Random(seed)
    while True:
        for phase in PHASES:
            yield Kill(rng.expovariate(1 / 0.015), phase, rng.randrange(3))
        yield Kill(rng.uniform(0, 1.5))


def killed_until(writers: Writers, new: Path, folder: Path, place: Path, count: int) -> tuple[list[str], Counter[str], list[Path]]:
    """Kills a writer so many times, checking the store after each; when all files are in, starts anew. Faults, kills by phase, whole stores."""
    faults: list[str] = []
    phases: Counter[str] = Counter()
    whole: list[Path] = []
    moments = kills(seed=7)
    while phases.total() < count:
        db = place / f"killed{len(whole)}.duckdb"
        shutil.copy(new, db)
        said: set[str] = set()
        left = Left()
        while not left.ended:
            left = writers.write_until_killed(db, folder, next(moments) if phases.total() < count else None)
            said |= set(left.acknowledged)
            faults += faults_of(db, sorted(said))
            phases[left.phase] += not left.ended
        whole.append(db)
    return faults, phases, whole


def expect_nothing_lost(writers: Writers, new: Path, folder: Path, place: Path, count: int) -> None:
    never = place / "never.duckdb"
    shutil.copy(new, never)
    assert writers.write_until_killed(never, folder, None).ended
    faults, phases, whole = killed_until(writers, new, folder, place, count)
    assert faults == []
    assert len(phases) >= 5
    with Store.opened(never) as opened:
        expected = state_of(opened)
    assert len(expected["meta_batch"]) == 4 * ROUNDS
    for db in whole:
        with Store.opened(db) as opened:
            state = state_of(opened)
        assert [table for table in expected if state[table] != expected[table]] == []
        assert len(ledger_path(db).read_text().splitlines()) == 4 * ROUNDS
        assert note_path(db).exists()
    told = "; ".join(f"{phase} {phases[phase]}" for phase in ("between files", *PHASES) if phases[phase])
    measured(
        f"{phases.total()} kills of a loader: 0 acknowledged batches lost, 0 half-loaded; {len(whole)} stores went on to the state of one never killed\n"
        f"kills by phase: {told}"
    )


def expect_control_caught(writers: Writers, new: Path, folder: Path, place: Path, count: int) -> None:
    """The same writer without BEGIN and COMMIT, killed where rows are written."""
    rng = random.Random(11)
    half = refused = caught = 0
    for number in range(count):
        db = place / f"control{number}.duckdb"
        shutil.copy(new, db)
        phase = ("rows written, manifest not yet", "rows written, manifest not yet", "before commit")[number % 3]
        left = writers.write_until_killed(db, folder, Kill(rng.uniform(0, 0.02), phase, 1 + rng.randrange(4)), broken=True)
        found = any(fault.startswith("half-loaded") for fault in _faults_untold(db, left))
        stopped = _refused(db)
        half, refused, caught = half + found, refused + stopped, caught + (found or stopped)
    measured(
        f"control without transactions, {count} kills: caught after {caught}; half-loaded batches found by the checks after {half}, "
        f"the product itself refused to open {refused}"
    )
    assert half >= count / 4
    assert caught >= count / 2


def _refused(db: Path) -> bool:
    try:
        Store.open(db).close()
    except StoreUnusable:
        return True
    return False


def _faults_untold(db: Path, left: Left) -> list[str]:
    """What the checks find in a copy, the product's own refusal left out."""
    copy = db.with_name(f"copy_{db.name}")
    for file in db.parent.glob(f"{db.name}*"):
        shutil.copy(file, copy.with_name(f"copy_{file.name}"))
    return faults_of(copy, left.acknowledged, trusting=True)


def test_kills_lose_nothing_and_leave_nothing_half(writers: Writers, new: Path, folder: Path, tmp_path: Path) -> None:
    expect_nothing_lost(writers, new, folder, tmp_path, QUICK)


def test_a_writer_without_transactions_is_caught(writers: Writers, new: Path, folder: Path, tmp_path: Path) -> None:
    expect_control_caught(writers, new, folder, tmp_path, CONTROL_QUICK)


@pytest.mark.slow
def test_240_kills_lose_nothing_and_leave_nothing_half(writers: Writers, new: Path, folder: Path, tmp_path: Path) -> None:
    expect_nothing_lost(writers, new, folder, tmp_path, LONG)


@pytest.mark.slow
def test_a_writer_without_transactions_is_caught_most_times(writers: Writers, new: Path, folder: Path, tmp_path: Path) -> None:
    expect_control_caught(writers, new, folder, tmp_path, CONTROL_LONG)
