"""Time as a busy machine gives it: how long something took, counted by a process that works half of the time and waits the other half."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TICK = 0.01
_TICKER = f"""
import os, time
while os.write(1, b"."):
    begun = time.process_time()
    while time.process_time() - begun < {_TICK / 2}:
        pass
    time.sleep({_TICK / 2})
"""


class Fair:
    """Seconds since `start`, each a hundred turns of work and wait: where other programs take the processor, they last as much longer as our own work."""

    def __init__(self, ticker: subprocess.Popen[bytes]) -> None:
        self._ticker = ticker
        self._ticks = 0
        self._read(wait=True)
        self.start()

    def start(self) -> None:
        """Counts from now."""
        self._read()
        self._from = self._ticks
        self._clock = time.monotonic()

    @property
    def seconds(self) -> float:
        """Never more than what the clock says."""
        self._read()
        return min((self._ticks - self._from) * _TICK, time.monotonic() - self._clock)

    def _read(self, *, wait: bool = False) -> None:
        assert self._ticker.stdout is not None
        os.set_blocking(self._ticker.stdout.fileno(), wait)
        while True:
            told = self._ticker.stdout.read1(1 << 16)
            self._ticks += len(told or b"")
            if wait or not told:
                return


@contextmanager
def fair() -> Iterator[Fair]:
    """A clock of fair seconds."""
    ticker = subprocess.Popen([sys.executable, "-S", "-c", _TICKER], stdout=subprocess.PIPE)
    try:
        yield Fair(ticker)
    finally:
        ticker.kill()
        ticker.wait()
        if ticker.stdout is not None:
            ticker.stdout.close()
