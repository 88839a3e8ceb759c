"""A long statement of the database stopped from outside, as soon as a person asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data.store import Cursor

_LOOK = 0.1  # seconds between two looks


@contextmanager
def stoppable(cursor: Cursor, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Interrupts whatever the cursor does in this block once `cancelled` says so, which the store turns into Cancelled.

    The block ends before COMMIT, so that a commit is never interrupted; between two statements an interrupt is lost and comes again.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            if cancelled():
                cursor.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
