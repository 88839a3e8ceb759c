"""Generates the sample authority and loads it through the loader of a user's own files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from data.sample.generate import DEFAULT_AS_AT, DEFAULT_PLANS, generate

if TYPE_CHECKING:
    from data.store import Store

_GENERATED = 0.15  # of the whole work


def build(
    store: Store,
    seed: int = 1,
    plans: int = DEFAULT_PLANS,
    as_at: date = DEFAULT_AS_AT,
    *,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, int]:
    """Fills an empty store with the sample authority; returns the rows of each source. Files are made in a folder that is removed afterwards."""
    from data.load import load_files
    from data.sources import SOURCES

    def tell(words: str, share: float) -> None:
        if progress is not None:
            progress(words, _GENERATED + share * (1 - _GENERATED))

    if progress is not None:
        progress("Inventing the sample authority", 0.0)
    with tempfile.TemporaryDirectory(prefix="sample-authority-") as folder:
        counts = generate(Path(folder), seed, plans, as_at)
        load_files(store, [Path(folder) / f"{name}.csv" for name in SOURCES], progress=tell, cancelled=cancelled, is_sample=True)
    return counts
