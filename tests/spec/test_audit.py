"""The audit log: one chained line an event; a line changed, removed, moved or cut off is found."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from data import audit
from data.errors import StoreUnusable
from data.store import Store

ROOT = Path(__file__).resolve().parents[2]
Lines = list[bytes]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "council.duckdb"


def told(db: Path, events: int = 5) -> Path:
    for number in range(events):
        audit.record(db, "page", "finance", about={"page": f"spend {number}"})
    return audit.audit_path(db)


def test_an_event_is_one_line_with_who_what_and_the_hash_of_the_line_before(db: Path) -> None:
    first = audit.record(db, "loaded", "commissioner", "Jo Clerk", {"file": "plans.csv", "accepted": 3})
    second = audit.record(db, "signed_out", "finance")
    lines = [json.loads(line) for line in audit.audit_path(db).read_text().splitlines()]
    assert lines == [first, second]
    assert (lines[0]["seq"], lines[0]["user"], lines[0]["about"]) == (1, "Jo Clerk", {"file": "plans.csv", "accepted": 3})
    assert lines[1]["previous_hash"] == lines[0]["hash"]
    assert audit.verify(db) == audit.Verdict((first, second), (), ())


def test_an_unknown_event_is_a_bug_of_ours(db: Path) -> None:
    with pytest.raises(KeyError):
        audit.record(db, "gossip", "finance")


def changed(lines: Lines) -> Lines:
    return [*lines[:1], lines[1].replace(b"finance", b"cabinet"), *lines[2:]]


def rehashed(lines: Lines) -> Lines:
    """One who knows how the chain is made writes the last line anew."""
    last = json.loads(lines[-1]) | {"role": "cabinet"}
    return [*lines[:-1], json.dumps(last | {"hash": audit.line_hash(last)}, sort_keys=True).encode()]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (changed, "Line 2 of the audit log was changed"),
        (lambda lines: [*lines[:1], *lines[2:]], "Before line 2"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "Before line 1"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "Before line 3"),
        (lambda lines: lines[1:], "Before line 1"),
        (lambda lines: [*lines[:2], b"{torn", *lines[3:]], "Line 3 of the audit log cannot be read"),
        (lambda lines: lines[:-1], "ends with line 4, but line 5 was written"),
        (lambda _lines: [], "remembers an audit log of 5 lines, and there is none"),
        (rehashed, "Line 5 of the audit log is not the line that was written first"),
    ],
    ids=["changed", "removed", "reordered", "doubled", "begin removed", "unreadable", "tail cut", "emptied", "rewritten"],
)
def test_tampering_is_found_and_said(db: Path, how: Callable[[Lines], Lines], said: str) -> None:
    path = told(db)
    assert audit.verify(db).holds
    path.write_bytes(b"".join(line + b"\n" for line in how(path.read_bytes().splitlines())))
    verdict = audit.verify(db)
    assert not verdict.holds
    assert any(said in fault for fault in verdict.faults), verdict.faults


def test_a_tail_cut_and_written_over_by_later_events_is_found(db: Path) -> None:
    path = told(db)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    told(db, 4)
    assert any("cut off or written anew" in fault for fault in audit.verify(db).faults)


def test_the_log_removed_is_found_by_the_copies(db: Path) -> None:
    told(db).unlink()
    assert "it was removed" in audit.verify(db).faults[0]
    told(db, 1)
    assert "the log was exchanged" in audit.verify(db).faults[0]


def test_the_head_in_the_database_finds_a_cut_tail_where_the_computers_copy_is_gone(db: Path) -> None:
    with Store.opened(db, create=True) as store:
        path = told(db)
        audit.keep_head(store)
        audit.heads_path(db).unlink()
        whole = audit.verify(db, audit.heads_in(store))
        assert (whole.holds, len(whole.notes)) == (True, 1)
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
        assert "its end was cut off" in audit.verify(db, audit.heads_in(store)).faults[0]


def test_a_line_torn_by_a_crash_is_cut_off_and_the_chain_goes_on(db: Path) -> None:
    path = told(db, 2)
    with path.open("ab") as file:
        file.write(b'{"seq": 3, "at": "2026')
    told(db, 1)
    assert audit.verify(db).holds
    assert len(audit.verify(db).events) == 3


def test_threads_and_processes_take_turns(db: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom data import audit\nfor n in range(20): audit.record(Path(sys.argv[1]), 'page', 'finance', about={'n': n})"
    )
    others = [subprocess.Popen([sys.executable, "-c", script, str(db)], cwd=ROOT) for _ in range(2)]
    threads = [threading.Thread(target=told, args=(db, 20)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(60) for other in others] == [0, 0]
    verdict = audit.verify(db)
    assert verdict.faults == ()
    assert [event["seq"] for event in verdict.events] == list(range(1, 101))


def test_a_log_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    db = tmp_path / "council.duckdb"
    audit.audit_path(db).mkdir()
    for call in (lambda: audit.record(db, "exported", "finance"), lambda: audit.expect_writable(db)):
        with pytest.raises(StoreUnusable, match="cannot be written") as refusal:
            call()
        assert refusal.value.code == "audit_unwritable"
