"""Measures how long proofs take at the size the product promises: 10 providers, 20 offers, 30 scenarios, 1 and 3 years.

python tests/benchmarks/bench_contracts.py [instances]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "spec"), str(Path(__file__).parents[2])]


def main(instances: int) -> None:
    """One line an instance: years, objective, gap over saving, proven, CPU and wall seconds, method."""
    from test_contract_solving import region

    from analytics.contracts.instance import parse
    from analytics.contracts.solve import solve

    for years in (1, 3):
        for seed in range(instances):
            instance = parse(region(settings=10, lots=8, futures=30, years=years, seed=seed))
            cpu, wall = time.process_time(), time.monotonic()
            found = solve(instance, seconds=120)
            spent = f"{time.process_time() - cpu:5.1f} s CPU {time.monotonic() - wall:5.1f} s wall"
            sure = f"gap/saving {found['gap_over_saving']} proven {found['proven_optimal']}"
            print(f"{years} year(s) {found['objective']:>15,.2f} {sure} {spent} | {found['method']}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
