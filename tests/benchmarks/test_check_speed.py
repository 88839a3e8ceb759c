"""How long does `check` take on the sample authority, and how long is what it says?

pytest tests/benchmarks/test_check_speed.py -m benchmark -s
"""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest
from measuring import measured

from analytics.run.checking import check_store
from data import sample
from data.store import Store


@pytest.mark.benchmark
@pytest.mark.slow
def test_check_on_the_sample_authority(tmp_path: Path) -> None:
    with Store.opened(tmp_path / "sample.duckdb", create=True) as store:
        sample.build(store, seed=1, plans=20_635, as_at=date(2026, 3, 31))
        seconds = {}
        for months in (False, True):
            started = time.perf_counter()
            document = check_store(store, months=months)
            seconds[months] = time.perf_counter() - started
            lines = document["reconciliation"]
            assert [line for line in lines if line.get("residual_gbp") or line.get("residual_count")] == []
            size = len(json.dumps(document, default=str)) / 1e6
            asked = "with every setting's months" if months else "as asked by default"
            measured(f"check {asked}: {len(document['checks'])} checks, {len(lines):,} reconciliations, {size:.1f} MB, {seconds[months]:.1f} s")
        assert seconds[False] < seconds[True]  # months of every setting and year are the longer answer
