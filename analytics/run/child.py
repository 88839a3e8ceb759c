"""A command of this product in a child process, for pages that cannot wait for it in their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data import child


class Child(child.Child):
    """`python -m analytics …`, watched and stopped as `data.child` says."""

    def __init__(self, arguments: Sequence[str], *, seconds: float = 600, memory_mb: int = 3000, owns: Sequence[Path] = ()) -> None:
        super().__init__("analytics", arguments, seconds=seconds, memory_mb=memory_mb, owns=owns)
