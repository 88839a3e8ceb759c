"""Long work in a child process that can be watched and stopped: building the sample, solving for contracts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent.parent
_PROGRESS = re.compile(r"progress\s+([01](?:\.\d+)?)\s*(.*)")
_WATCH_SECONDS = 0.1


class Child:
    """`python -m analytics …` as a child. Its standard output is the result, its standard error the progress and, last, what went wrong.

    The whole tree ends on `cancel`, after `seconds`, or above `memory_mb` (a solver starts processes of its own). Files it `owns` are
    removed when it has ended.
    """

    def __init__(self, arguments: Sequence[str], *, seconds: float = 600, memory_mb: int = 3000, owns: Sequence[Path] = ()) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - read after the child has ended, closed with this object
        self._lines: list[str] = []
        self._fraction: float | None = None
        self._words = ""
        self._ended_for = ""
        self._started = time.monotonic()
        self._limits = (seconds, memory_mb)
        self._owns = tuple(owns)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analytics", *arguments],
            cwd=PROJECT,
            stdout=self._out,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def progress(self) -> tuple[float | None, str]:
        """Fraction done (None if not told) and what is happening."""
        return self._fraction, self._words

    @property
    def ended_for(self) -> str:
        """Why it was ended from outside: cancelled, time, memory, or empty."""
        return self._ended_for

    def result(self) -> tuple[int, str, str]:
        """Exit code, standard output and the last line of standard error. Waits for the end."""
        code = self._process.wait()
        self._reader.join(timeout=2)
        self._out.seek(0)
        return code, self._out.read().decode("utf-8", "replace"), self._lines[-1] if self._lines else ""

    def cancel(self, reason: str = "cancelled") -> None:
        """Ends the child and everything it started."""
        if self.running:
            self._ended_for = self._ended_for or reason
            end_tree(self._process.pid)

    def _read(self) -> None:
        for line in self._process.stderr or ():
            if found := _PROGRESS.search(line):
                self._fraction, self._words = min(float(found[1]), 1.0), found[2].strip()
            elif line.strip():
                self._lines = [*self._lines[-20:], line.strip()]

    def _watch(self) -> None:
        seconds, memory_mb = self._limits
        while self.running:
            if self.seconds > seconds:
                self.cancel("time")
            elif memory_of_tree(self._process.pid) > memory_mb * 1_000_000:
                self.cancel("memory")
            time.sleep(_WATCH_SECONDS)
        for file in self._owns:
            file.unlink(missing_ok=True)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return []


def memory_of_tree(pid: int) -> int:
    """Bytes of resident memory of a process and its descendants; 0 when it is gone."""
    total = 0
    for process in _tree(pid):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def end_tree(pid: int) -> None:
    """Kills a process and its descendants and waits for them, a second at most."""
    tree = _tree(pid)
    for process in tree:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(tree, timeout=1)
