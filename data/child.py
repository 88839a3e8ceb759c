"""Work in a child process that can be watched and stopped: reading files, building the sample, solving for contracts."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent
_PROGRESS = re.compile(r"progress\s+([01](?:\.\d+)?)\s*(.*)")
_WATCH_SECONDS = 0.1


class Child:
    """`python -m module …` as a child. Its standard output is the result, its standard error the progress and, last, what went wrong.

    The whole tree ends on `cancel`, `seconds` after the start (or after `allow`), or above `memory_mb` (a solver starts processes of its own).
    Files it `owns` are removed when it has ended. With `orders` it is told what to do next by `order`, and ends when they end.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], *, seconds: float = 600, memory_mb: int = 3000, owns: Sequence[Path] = (), orders: bool = False
    ) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - read after the child has ended, closed with this object
        self._lines: list[str] = []
        self._fraction: float | None = None
        self._words = ""
        self._ended_for = ""
        self._started = time.monotonic()
        self._deadline = self._started + seconds
        self._memory_mb = memory_mb
        self._owns = tuple(owns)
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            stdout=self._out,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE if orders else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def order(self, line: str) -> None:
        """Tells a child with `orders` what to do next; one that has ended hears nothing."""
        if self._process.stdin is None:
            raise ValueError("this child takes no orders")
        with suppress(BrokenPipeError, OSError):  # it has ended: `running` and `ended_for` say so
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def allow(self, seconds: float) -> None:
        """The child may go on for `seconds` from now."""
        self._fraction = None
        self._deadline = time.monotonic() + seconds

    def rest(self) -> None:
        """The child waits for orders, for as long as it takes."""
        self._deadline = math.inf

    def close(self) -> None:
        """No further orders: ends the child and lets go of what it held."""
        self.cancel("closed")
        self._process.wait()
        self._reader.join(timeout=2)
        for stream in (self._process.stdin, self._process.stderr, self._out):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

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
        while self.running:
            if time.monotonic() > self._deadline:
                self.cancel("time")
            elif memory_of_tree(self._process.pid) > self._memory_mb * 1_000_000:
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
