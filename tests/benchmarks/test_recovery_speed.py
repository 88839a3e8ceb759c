"""What opening, backing up and restoring the whole sample authority takes. Run: pytest tests/benchmarks -s"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from dashboards import build_sample
from measuring import measured

from data import seal
from data.backup import backup, restore
from data.store import Store


def seconds(work: Callable[[], Any]) -> float:
    """The shortest of three runs."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


@pytest.mark.benchmark
@pytest.mark.slow
def test_opening_reads_everything_and_stays_quick(tmp_path: Path) -> None:
    db = build_sample(tmp_path, plans=20_635) / "sample.duckdb"
    whole = seconds(lambda: Store.open(db).close())
    with patch.object(seal, "verify", lambda *_: None):
        bare = seconds(lambda: Store.open(db).close())
    with Store.opened(db) as store:
        made = Path(backup(store)["file"])
        copying = seconds(lambda: backup(store))
    restoring = seconds(lambda: restore(made, tmp_path / "restored.duckdb"))
    size = db.stat().st_size / 1e6
    measured(
        f"sample of {size:.0f} MB: opened and read whole in {whole:.2f} s, without reading it {bare:.2f} s\n"
        f"backup in {copying:.2f} s, restore in {restoring:.2f} s"
    )
    assert whole < 10 * bare
