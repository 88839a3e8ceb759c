"""How many checked rows a second loading takes in, from bytes to acknowledged batch, marts apart. Run: pytest tests/benchmarks -s"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from loading import PLANS, SETTINGS, desk_without_marts
from measuring import measured

ROWS = 200_000


@pytest.mark.benchmark
@pytest.mark.slow
def test_loading_two_hundred_thousand_fees(tmp_path: Path) -> None:
    placements = "placement_id,child_id,urn,entry_date,residence,rank\n" + "".join(f"P{i},C1,700001,2024-09-01,day,2\n" for i in range(ROWS // 4))
    components = ("core", "one_to_one", "therapy", "transport")
    fees = "placement_id,component,amount_gbp,unit,funder,valid_from,valid_to\n" + "".join(
        f"P{i // 4},{components[i % 4]},{30_000 + i % 20_000}.50,year,education,01/09/2024,31/08/2025\n" for i in range(ROWS)
    )
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PLANS, placements)
        began = time.perf_counter()
        report = desk.load(fees)
        seconds = time.perf_counter() - began
    measured(f"{ROWS:,} fees in {seconds:.1f} s: {ROWS / seconds:,.0f} rows a second")
    assert (report.accepted, report.quarantined) == (ROWS, 0)
    assert report.control_total is not None
    assert report.control_total["in"] == report.control_total["accepted"]
