"""How long a forecast takes at the sizes of the design, in processor time. Measures; asserts that time grows no faster than the work."""

from __future__ import annotations

import time
from datetime import date

import pandas as pd
import pytest
from measuring import measured
from small_authority import AS_AT, placement

from analytics.demand.project import project

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]


def council(open_places: int) -> pd.DataFrame:
    """So many open placements, and twice as many that ended, at settings of about sixteen children."""
    settings = max(open_places // 16, 1)
    rows = [
        placement(n, child_id=f"C{n}", urn=str(100_001 + n % settings), primary_need=("ASD", "SEMH", "SLCN", "MLD")[n % 4],
                  area=("east", "west", "north", "south")[n % 7 % 4], birth_month=f"{2007 + n % 12}-05", entry_date=date(2019 + n % 7, 9, 2),
                  leaving_date=None if n % 3 == 0 else date(2020 + n % 6, 7, 20))
        for n in range(3 * open_places)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.loc[pd.to_datetime(frame["leaving_date"]) < pd.to_datetime(frame["entry_date"]), "leaving_date"] = date(2026, 3, 1)
    return frame


def seconds(frame: pd.DataFrame, draws: int) -> float:
    began = time.process_time()
    project(frame, AS_AT, years=5, draws=draws)
    return time.process_time() - began


def test_time_grows_no_faster_than_draws_and_placements() -> None:
    small, large = council(1_623), council(30_000)
    few, many, big = seconds(small, 250), seconds(small, 1_000), seconds(large, 1_000)
    measured(f"Demand, 5 years: 1,623 placements 250 draws {few:.1f} s, 1,000 draws {many:.1f} s; 30,000 placements 1,000 draws {big:.1f} s (processor time)")
    assert many < 8 * few
    assert big < 2 * many * 30_000 / 1_623
