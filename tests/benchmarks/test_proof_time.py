"""Measures how long proofs take at the size the product promises: 10 providers, 20 offers, 30 scenarios, 1 and 3 years.

pytest tests/benchmarks/test_proof_time.py -m benchmark -s     (BENCH_INSTANCES=5 for more)
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from measuring import measured

from analytics.contracts.instance import parse
from analytics.contracts.solve import solve

sys.path.append(str(Path(__file__).parents[1] / "spec"))
from test_contract_solving import region

INSTANCES = range(int(os.environ.get("BENCH_INSTANCES", "2")))


@pytest.mark.benchmark
@pytest.mark.parametrize("seed", INSTANCES)
@pytest.mark.parametrize("years", [1, 3])
def test_the_promised_size_is_proven(years: int, seed: int) -> None:
    instance = parse(region(settings=10, lots=8, futures=30, years=years, seed=seed))
    cpu, wall = time.process_time(), time.monotonic()
    found = solve(instance, seconds=120)
    spent = f"{time.process_time() - cpu:.1f} s of processor time here, {time.monotonic() - wall:.1f} s in all"
    measured(
        f"contracts, {years} year(s), region {seed}: proven {found['proven_optimal']}, gap over saving {found['gap_over_saving']}, {spent}; {found['method']}"
    )
    assert found["proven_optimal"]
