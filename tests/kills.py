"""A writer that loads batch after batch and is killed, and what must be true of its store then. Run as a program it is the writer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from threading import Timer
from typing import Any
from unittest.mock import patch

import psutil

from data import batch, load, manifest, matching, schema, seal, store
from data.ledger import ledger_path
from data.load import load_files
from data.sources import SOURCES
from data.store import Store

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, ROWS = 6, 8
STARTED, LOADED, PHASE, PID, ENDED = "started", "loaded", "phase", "pid", "ended"


def files_of(folder: Path) -> list[tuple[Path, Path | None]]:
    """Files in the order of loading: parents first, each with the file whose batch it replaces, if any. Payments have a £ total and some faults."""
    if folder.exists():
        return _listed(folder)
    folder.mkdir()
    for number in range(ROUNDS):
        urns = [f"7{number:03d}{row:02d}" for row in range(ROWS)]
        _write(folder, number, "settings", "urn,setting_name,setting_type", [f"{urn},School {urn},ISS" for urn in urns])
        children = [f"C{number}-{row}" for row in range(ROWS)]
        plans = [f"{child},2014-{row % 12 + 1:02d},ASD,{'2020-09-01' if row else '2020-31-31'}" for row, child in enumerate(children)]
        _write(folder, number, "plans", "child_id,birth_month,primary_need,plan_start", plans)
        payments = [f"T{number}-{row},2024-09-{row + 1:02d},School {urns[0]},{100 + row}.{number:02d}" for row in range(ROWS)]
        payments += [payments[0], f"T{number}-x,2024-13-45,Nobody,5.00"]  # a duplicate and a record to set aside
        _write(folder, number, "payments", "transaction_id,paid_on,supplier_name,net_gbp", payments)
        _write(folder, number, "zpayments", "transaction_id,paid_on,supplier_name,net_gbp", [row.replace("School", "Skool") for row in payments[:-1]])
    return _listed(folder)


def _write(folder: Path, number: int, name: str, header: str, rows: list[str]) -> None:
    (folder / f"{number:03d}_{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _listed(folder: Path) -> list[tuple[Path, Path | None]]:
    """The file of a round that starts with z takes the place of that round's payments."""
    order = ("settings", "plans", "payments", "zpayments")
    found = sorted(folder.glob("*.csv"), key=lambda path: (path.name[:3], order.index(path.stem[4:])))
    return [(path, path.with_name(path.name.replace("zpay", "pay")) if "zpay" in path.name else None) for path in found]


def load_one(into: Store, path: Path, replaced: Path | None) -> None:
    """Loads a file as a person would, with --replace where it takes another's place. Of the files in the store only the last is tried again."""
    batch_of = {str(r.file_name): str(r.batch_id) for r in into.read("meta_batch").sort_values("seq").itertuples()}
    if path.name in list(batch_of)[:-1]:
        return
    (report,) = load_files(into, [path], replace=batch_of[replaced.name] if replaced else None)
    assert report.already_loaded == (path.name in batch_of)


PHASES = (
    "reading and staging",
    "inside the transaction",
    "rows written, manifest not yet",
    "before commit",
    "after commit, checkpoint and ledger",
    "writing the ledger",
    "after the ledger, before the note",
    "proposals and marts",
)


@dataclass(frozen=True)
class Kill:
    """So many seconds after the writer started, or after it came to a phase once more than `after` times."""

    seconds: float
    phase: str | None = None
    after: int = 0


@dataclass
class Left:
    """What a killed writer had said: files it acknowledged, and where it was."""

    acknowledged: list[str] = field(default_factory=list)
    phase: str = "between files"
    ended: bool = False


class Writers:
    """Writers started one after another from a process that has imported everything, so that each starts at once."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
        self._nursery = subprocess.Popen(
            [sys.executable, str(Path(__file__))], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def close(self) -> None:
        self._nursery.stdin.close()
        self._nursery.wait(timeout=60)
        self._nursery.stdout.close()

    def write_until_killed(self, db: Path, folder: Path, kill: Kill | None, *, broken: bool = False) -> Left:
        """Starts a writer, kills it as told, and answers what it had said; without a kill it runs to its end.

        It goes on where the store ends: a file that is in the store is passed over, which is said as loaded.
        """
        self._nursery.stdin.write(json.dumps([str(db), str(folder), broken]) + "\n")
        left, told, pid, timer = Left(), 0, 0, None
        for line in self._nursery.stdout:
            what, _, rest = line.strip().partition(" ")
            if what == PID:
                pid = int(rest)
            elif what == ENDED:
                left.ended = rest == "0"
                break
            elif what == LOADED:
                left.acknowledged.append(rest)
            elif what == PHASE:
                left.phase = rest
            if kill is None or timer:
                continue
            told += kill.phase is not None and what == PHASE and rest == kill.phase
            if (kill.phase is None and what == STARTED) or told > kill.after:
                timer = Timer(kill.seconds, _kill, [pid])
                timer.start()
        if timer:
            timer.cancel()
            timer.join()
        return left


def _kill(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):  # it had come to its end
        psutil.Process(pid).kill()


def faults_of(db: Path, acknowledged: list[str], *, trusting: bool = False) -> list[str]:
    """What is wrong with a store after a kill: lost batches, half-loaded ones, totals that do not reconcile, marts that do not follow.

    `trusting`: the product's own comparison of rows with their notes is left out, so that what is found is found here.
    """
    with _trusting() if trusting else nullcontext(), Store.opened(db) as opened:
        batches = opened.read("meta_batch")
        lost = [f"lost {name}" for name in acknowledged if name not in set(batches["file_name"])]
        faults = [fault for row in batches.to_dict("records") for fault in _faults_of_batch(opened, row)]
        with opened.cursor() as cursor:
            known = "(SELECT batch_id FROM meta_batch)"
            for table in (*[f"raw_{name}" for name in SOURCES], "meta_quarantine"):
                for (stray,) in cursor.execute(f"SELECT DISTINCT batch_id FROM {table} WHERE batch_id NOT IN {known}").fetchall():  # noqa: S608
                    faults.append(f"half-loaded: rows of {stray} in {table} without a batch")
        if len(batches) != len(ledger_path(db).read_text().splitlines() if ledger_path(db).exists() else []):
            faults.append("ledger and manifest differ")
        held = opened.read("stg_payment")["net_gbp"].sum()
        if round(float(held), 2) != round(float(opened.read("mart_payment")["net_gbp"].sum()), 2):
            faults.append("marts do not follow")
    return lost + faults


@contextmanager
def _trusting() -> Iterator[None]:
    """Opens without the product's own comparisons of rows, manifest and notes."""
    with patch.object(seal, "verify", lambda *_: None), patch.object(manifest, "expect_rows", lambda *_: None):
        yield


def _faults_of_batch(opened: Store, row: dict[str, Any]) -> Iterator[str]:
    name = f"{row['batch_id']} of {row['source']}"
    control = SOURCES[row["source"]].control
    with opened.cursor() as cursor:
        total = f"coalesce(sum({control}), 0)" if control else "0"
        rows, pounds = cursor.execute(f"SELECT count(*), {total} FROM raw_{row['source']} WHERE batch_id = ?", [row["batch_id"]]).fetchall()[0]  # noqa: S608
        query = "SELECT count(DISTINCT row_number) FROM meta_quarantine WHERE batch_id = ?"
        aside = cursor.execute(query, [row["batch_id"]]).fetchall()[0][0]
    if row["rows_in"] != row["accepted"] + row["duplicates"] + row["quarantined"]:
        yield f"half-loaded: records of {name} do not add up"
    if (rows, aside) != (row["accepted"], row["quarantined"]):
        yield f"half-loaded: {name} has {rows} rows and {aside} set aside, told {row['accepted']} and {row['quarantined']}"
    if control and Decimal(str(pounds)) != Decimal(str(row["control_accepted"])):
        yield f"half-loaded: pounds of {name} do not reconcile"


def state_of(opened: Store) -> dict[str, Any]:
    """Everything that a person could see of a store, by table and row, but for when it was loaded; and the version of the data."""
    state: dict[str, Any] = {"version": opened.data_version()}
    clock = {"loaded_at", "hash", "previous_hash"}
    with opened.cursor() as cursor:
        for (table,) in cursor.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1").fetchall():
            columns = [c[0] for c in cursor.execute(f"DESCRIBE {table}").fetchall() if c[0] not in clock]
            if table not in ("meta_change", "meta_derived"):
                state[table] = cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY ALL").fetchall()  # noqa: S608
    return state


@contextmanager
def autocommit() -> Iterator[None]:
    """The control: a writer without BEGIN and COMMIT, each statement on its own."""

    @contextmanager
    def loose(self: Store) -> Iterator[store.Cursor]:
        with self._writing, self.cursor() as cursor:
            yield cursor

    with patch.object(Store, "transaction", loose):
        yield


@contextmanager
def one_mart() -> Iterator[None]:
    """One mart stands for all, which are made in one transaction: what is asked here is whether it follows the rows."""
    found = schema.files
    with patch.object(schema, "files", lambda prefix: [path for path in found(prefix) if prefix not in ("mart_", "total_") or path.stem == "mart_payment"]):
        yield


def _say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())  # in one piece: a kill must not leave half a line


def _telling(phase: str, function: Any, pause: float = 0.0) -> Any:
    """The same function, saying where the writer is; with a pause, as on a slow disk, so that a kill meets it there."""

    def told(*given: Any, **named: Any) -> Any:
        _say(PHASE, phase)
        time.sleep(pause)
        return function(*given, **named)

    return told


def _write_all(db: Path, folder: Path) -> None:
    load._load_one = _telling(PHASES[0], load._load_one)
    load.write = _telling(PHASES[1], batch.write)
    batch.quarantine.write = _telling(PHASES[2], batch.quarantine.write, 0.04)
    seal.renew = batch.seal.renew = _telling(PHASES[3], seal.renew)
    Store.acknowledge = _telling(PHASES[4], Store.acknowledge)
    store.ledger.append = _telling(PHASES[5], store.ledger.append)
    store.seal.write_note = _telling(PHASES[6], store.seal.write_note)
    matching.refresh = _telling(PHASES[7], matching.refresh)
    schema.create_marts = _telling(PHASES[7], schema.create_marts)
    opened = Store.open(db, create=True)
    _say(STARTED)
    for path, replaced in files_of(folder):
        load_one(opened, path, replaced)
        _say(LOADED, path.name)
        _say(PHASE, "between files")
    opened.close()


def _nursery() -> None:
    """For each line of the input a writer of its own; says its number first, and when it ended."""
    for line in sys.stdin:
        db, folder, broken = json.loads(line)
        if pid := os.fork():
            _, status = os.waitpid(pid, 0)
            _say("")  # ends a line that the writer was killed in
            _say(ENDED, str(os.waitstatus_to_exitcode(status)))
            continue
        _say(PID, str(os.getpid()))
        with autocommit() if broken else nullcontext(), one_mart():
            _write_all(Path(db), Path(folder))
        os._exit(0)


if __name__ == "__main__":
    _nursery()
