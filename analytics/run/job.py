"""Work of a few seconds in a thread of this process that can be watched and stopped, such as loading files into the open store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

Progress = Callable[[str, float], None]


class Job:
    """Runs `work(progress, cancelled)`. The same face as `child.Child`, so that one piece of a page watches both."""

    def __init__(self, work: Callable[[Progress, Callable[[], bool]], Any]) -> None:
        self._work = work
        self._fraction: float | None = None
        self._words = ""
        self._stop = threading.Event()
        self._started = time.monotonic()
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def progress(self) -> tuple[float | None, str]:
        """Fraction done (None if not told) and what is happening."""
        return self._fraction, self._words

    def cancel(self) -> None:
        """Asks the work to stop at its next step; what is not committed is rolled back."""
        self._stop.set()

    def result(self) -> Any:
        """What the work returned; raises what it raised. Waits for the end."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._work(self._tell, self._stop.is_set)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error

    def _tell(self, words: str, fraction: float) -> None:
        self._fraction, self._words = min(max(fraction, 0.0), 1.0), words
