"""Working copies of children's records do not outlive the process that made them, even one that was killed; those in use are left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from dashboards import ROOT
from loading import SETTINGS, Desk

from data import scratch

PARENT = """
import sys, time
from pathlib import Path
from data.reading import InChild, reading
with reading([Path(path) for path in sys.argv[1:]], None, None, InChild) as reader:
    reader.read(0)
    if sys.argv[2:]:
        reader.ahead(1)
        while not reader._child.progress[0]:
            time.sleep(0.01)
    print(reader.own("0"), flush=True)
    time.sleep(600)
"""

Found = tuple[psutil.Process, psutil.Process, Path]  # a process that reads, its child, and the folder of its working copies


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def reader(tmp_path: Path, temporary: Path) -> Iterator[Callable[..., Found]]:
    """A process that has read a file in its child: both, and the folder of its working copies."""
    (tmp_path / "settings.csv").write_text(SETTINGS, encoding="utf-8")
    running: list[subprocess.Popen[str]] = []

    def start(*further: Path) -> Found:
        command = [sys.executable, "-c", PARENT, str(tmp_path / "settings.csv"), *map(str, further)]
        made = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.PIPE, text=True)
        running.append(made)
        folder = Path((made.stdout or sys.stdin).readline().strip()).parent
        (child,) = psutil.Process(made.pid).children()
        return psutil.Process(made.pid), child, folder

    yield start
    for one in running:
        one.kill()
        one.wait()
        if one.stdout:
            one.stdout.close()


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("busy", [False, True], ids=["waiting for orders", "in the midst of a file"])
def test_a_child_whose_asker_is_killed_removes_what_it_read_and_ends(busy: bool, tmp_path: Path, reader: Callable[..., Found]) -> None:
    large = tmp_path / "fees.csv"
    if busy:
        large.write_text("placement_id,component,amount_gbp,unit,valid_from,valid_to\n" + "P1,core,45000,year,2024-09-01,\n" * 600_000, encoding="utf-8")
    parent, child, folder = reader(*([large] if busy else []))
    assert (folder / "0" / "rows.arrow").exists()
    parent.kill()
    assert until(lambda: gone(child) and not folder.exists())


@pytest.mark.skipif(sys.platform == "win32", reason="no process is stopped there while its child is killed")
def test_what_killed_processes_left_goes_when_a_store_is_opened_and_what_is_in_use_stays(tmp_path: Path, temporary: Path, reader: Callable[..., Found]) -> None:
    parent, child, left = reader()
    _, _, used = reader()
    parent.send_signal(signal.SIGSTOP)  # so that it does not tidy up after its child
    child.kill()
    parent.kill()
    assert until(lambda: gone(parent))
    assert (left / "0" / "rows.arrow").exists()
    (tmp_path / "desk").mkdir()
    Desk(tmp_path / "desk").store.close()
    assert list(temporary.glob("placements-*")) == [used]
    assert (used / "0" / "rows.arrow").exists()


def test_a_folder_is_known_as_left_by_the_number_and_the_beginning_of_its_process(temporary: Path) -> None:
    with scratch.scratch("read") as mine:
        space, pid, begun = Path(mine).name.removeprefix("placements-read-").split("-")[:3]
        left = [f"placements-read-{space}-{pid}-{int(begun) - 3_600_000}-abc", f"placements-upload-{space}-{2**22 + 1}-{begun}-abc"]
        kept = [f"placements-read-{int(space) + 1}-{pid}-1-abc", "placements-notes", f"placements-read-{space}-{pid}-1-abc.txt"]
        for name in [*left, *kept]:
            (temporary / name).mkdir()
        (temporary / f"placements-read-{space}-{2**22 + 1}-1-file").write_text("not a folder", encoding="utf-8")
        elsewhere = temporary.parent / "elsewhere"
        elsewhere.mkdir()
        (temporary / f"placements-read-{space}-{2**22 + 1}-1-link").symlink_to(elsewhere)
        scratch.sweep()
        assert not any((temporary / name).exists() for name in left)
        assert all((temporary / name).exists() for name in kept)
        assert len(list(temporary.iterdir())) == len(kept) + 3
        assert elsewhere.exists()
    assert not Path(mine).exists()
