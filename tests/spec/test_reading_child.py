"""Files are read in a child with limits: it is really ended at them, a crash takes one file only, and Cancel is obeyed at every step."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fair import fair
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk, codes, desk_without_marts
from workbooks import workbook

from data import reading
from data.errors import Cancelled
from data.preview import preview
from data.reading import Here, InChild, suited
from data.stopping import stoppable

ROW = "P1,core,45000,year,2024-09-01,\n"
LARGE = "placement_id,component,amount_gbp,unit,valid_from,valid_to\n" + ROW * 40_000
LAST_CORNER = workbook([["1", "A", "ISS"]], more='<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
UNGUARDED = """
import sys
from pathlib import Path
from data.readers import sheet, worker
sheet.MOST_ROWS = sheet.MOST_CELLS = sheet.MOST_COLUMNS = 10**18
worker.limit_addresses()
worker.main(Path(sys.argv[1]))
"""
INSTEAD = """
import sys, time
from pathlib import Path
from data import reading
from data.readers import worker
real = reading.Here.read
def read(self, number, *rest):
    if "file1" in self._paths[number].name:
        {instead}
    return real(self, number, *rest)
reading.Here.read = read
worker.main(Path(sys.argv[1]))
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with desk_without_marts(tmp_path) as desk:
        yield desk
    assert list((tmp_path / "temporary").iterdir()) == []  # whatever happened, nothing of a child's data stays


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The child with something else in it: what it does `instead` of reading the first file."""

    def write(code: str) -> None:
        (tmp_path / "stand_in_worker.py").write_text(code, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(reading, "WORKER", "stand_in_worker")

    return write


def test_small_plain_text_is_read_here_and_everything_else_in_a_child(desk: Desk) -> None:
    small, large, book = desk.write(SETTINGS), desk.write(LARGE), desk.write(workbook([["1", "A", "ISS"]]))
    assert suited([small, small]) is Here
    assert suited([large]) is InChild
    assert suited([small, book]) is InChild
    assert suited([desk.write("<table>"), small]) is InChild


@pytest.mark.parametrize("kind", [Here, InChild])
def test_either_reader_gives_the_same_report(desk: Desk, kind: type[Any]) -> None:
    wrong = FEES + "P1,core,abc,year,never\nP1,core\nP2,therapy,0,day,45536\nP9,core,1,day,2024-09-01\n"
    reports = desk.load_all(wrong, PLACEMENTS, PLANS, SETTINGS, reader=kind)
    assert [(r.source, r.accepted, r.quarantined) for r in reports] == [("fees", 2, 4), ("placements", 2, 0), ("plans", 2, 0), ("settings", 2, 0)]
    assert codes(reports[0]) == [(4, "bad_number"), (4, "bad_date"), (5, "ragged"), (6, "zero_fee"), (7, "unknown_parent")]
    assert reports[0].control_total == {"in": 60001.0, "accepted": 60000.0, "duplicates": 0.0, "quarantined": 1.0}
    assert desk.rows("SELECT row_number, record_key IS NULL, record FROM meta_quarantine ORDER BY row_number, rowid")[2:4] == [
        (5, True, '{"cells": ["P1", "core"]}'),
        (6, False, '{"placement_id": "P2", "component": "therapy", "amount_gbp": "0", "unit": "day", "valid_from": "45536"}'),
    ]


def test_progress_tells_each_step_and_never_goes_back(desk: Desk) -> None:
    told: list[tuple[str, float]] = []
    desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    desk.load(LARGE, progress=lambda words, share: told.append((words, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    steps = list(dict.fromkeys(words.split()[0] for words, _ in told))
    assert [step for step in steps if step in ("Looking", "Reading", "Checking", "Writing", "Done")] == [
        "Looking",
        "Reading",
        "Checking",
        "Writing",
        "Done",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory alone is watched")
def test_a_crash_of_the_parser_takes_its_file_alone(desk: Desk, worker: Callable[[str], None]) -> None:
    worker(UNGUARDED)
    crashed, settings = desk.load_all(LAST_CORNER, SETTINGS, reader=InChild)
    assert (crashed.rejected or {})["code"] in ("reader_failed", "reader_limit")
    assert "CSV UTF-8" in (crashed.rejected or {})["message"]
    assert settings.accepted == 2
    assert desk.rows("SELECT count(*) FROM meta_batch") == [(1,)]


@pytest.mark.parametrize(
    ("instead", "seconds", "code", "words"),
    [
        ("held = b'x' * 1_600_000_000; time.sleep(60)", 30.0, "reader_limit", "within 1 GB of memory"),
        ("time.sleep(60)", 1.0, "reader_limit", "within 1 seconds"),
        ("import os; os.abort()", 30.0, "reader_failed", "damaged or far too large"),
        ("raise ValueError('a bug with a name in it: Ann Other')", 30.0, "reader_failed", "damaged or far too large"),
        ("raise MemoryError", 30.0, "reader_limit", "within 1 GB of memory"),
    ],
    ids=["memory", "time", "abort", "bug", "no address left"],
)
def test_a_child_at_its_limit_is_ended_and_the_next_file_gets_a_new_one(
    desk: Desk, worker: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, instead: str, seconds: float, code: str, words: str
) -> None:
    worker(INSTEAD.format(instead=instead))
    usual = reading.seconds_for
    monkeypatch.setattr(reading, "seconds_for", lambda path: seconds if "file1" in path.name and seconds < 5 and begun() else usual(path))
    known: list[int] = []

    def begun() -> bool:  # looking at the header has its own time, which a busy machine may need
        known.append(1)
        return len(known) > 1

    first, second = desk.load_all(SETTINGS, PLANS, reader=InChild)
    assert (first.rejected or {})["code"] == code
    assert words in (first.rejected or {})["message"]
    assert "Ann" not in (first.rejected or {})["message"]
    assert (second.source, second.accepted) == ("plans", 2)
    assert [p for p in psutil.Process().children(recursive=True) if "stand_in_worker" in " ".join(p.cmdline())] == []


def test_cancel_while_the_child_reads_ends_it_within_a_second(desk: Desk, worker: Callable[[str], None]) -> None:
    worker(INSTEAD.format(instead="print('progress 0.5 Reading', file=sys.stderr, flush=True); time.sleep(60)"))
    asked: list[bool] = []

    def tell(words: str, _share: float) -> None:
        if words.startswith("Reading") and not asked and child():
            asked.append(True)
            clock.start()

    def child() -> list[psutil.Process]:
        return [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE and "stand_in_worker" in " ".join(p.cmdline())]

    with fair() as clock:
        with pytest.raises(Cancelled):
            desk.load(SETTINGS, reader=InChild, progress=tell, cancelled=lambda: bool(asked))
        assert clock.seconds < 1
    assert child() == []
    assert desk.rows("SELECT count(*) FROM meta_batch") == [(0,)]


@pytest.mark.parametrize("step", ["Checking", "Writing"])
def test_cancel_while_rows_are_checked_or_written_rolls_everything_back(desk: Desk, step: str) -> None:
    seen: list[str] = []
    desk.load_all(SETTINGS, PLANS, PLACEMENTS)
    with pytest.raises(Cancelled):
        desk.load(LARGE, reader=Here, progress=lambda words, _share: seen.append(words), cancelled=lambda: any(words.startswith(step) for words in seen))
    assert desk.rows("SELECT count(*), (SELECT count(*) FROM raw_fees), (SELECT count(*) FROM meta_quarantine) FROM meta_batch") == [(3, 0, 0)]


def test_a_long_statement_is_interrupted_and_its_transaction_rolled_back(desk: Desk) -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        if not asked and clock.seconds > 0.3:
            asked.append(True)
            clock.start()
        return bool(asked)

    def work() -> None:
        with desk.store.transaction() as cursor, stoppable(cursor, cancelled):
            cursor.execute("DELETE FROM meta_schema")
            cursor.execute("SELECT sum(hash(a.range, b.range)::DOUBLE) FROM range(10000000) AS a, range(1000000) AS b").fetchall()

    with fair() as clock:
        with pytest.raises(Cancelled):
            work()
        assert clock.seconds < 1
    assert desk.rows("SELECT count(*) > 0 FROM meta_schema") == [(True,)]


def test_the_preview_of_a_workbook_comes_from_a_child(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.write(workbook([["1", "A", "ISS"], ["2", "B", "school"]]))
    asked: list[int] = []
    real = InChild.preview
    monkeypatch.setattr(InChild, "preview", lambda self, number: asked.append(number) or real(self, number))
    found = preview(path)
    assert asked == [0]
    assert (found.source, found.part, found.header, len(found.rows)) == ("settings", "Table", ("urn", "setting_name", "setting_type"), 2)
    assert [(fault.row, fault.code) for fault in found.faults] == [(3, "unknown_code")]


def test_lines_of_records_with_line_ends_in_their_cells_are_those_of_the_file(desk: Desk) -> None:
    text = 'urn,setting_name,setting_type\r\n"1","A\r\nB",ISS\r\n\r\n"2","C\nD\rE",school\r\n3,F,school\r\n'
    assert codes(desk.load(text)) == [(5, "unknown_code"), (8, "unknown_code")]
