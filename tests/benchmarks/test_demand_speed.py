"""How long draws take at the size of the design: 200 draws × 1,623 open placements × 3 years. Measures; asserts a ratio only."""

from __future__ import annotations

import time
from datetime import date

import pytest
from measuring import measured
from small_authority import AS_AT, placement

from analytics.demand import draw

pytestmark = pytest.mark.benchmark


def test_time_grows_no_faster_than_the_number_of_draws() -> None:
    import pandas as pd

    rows = [
        placement(n, urn=str(100_001 + n % 100), primary_need=("ASD", "SEMH", "SLCN", "MLD")[n % 4], area=("east", "west", "north", "south")[n % 7 % 4],
                  birth_month=f"{2007 + n % 12}-05", entry_date=date(2019 + n % 7, 9, 2), leaving_date=None if n % 3 == 0 else date(2020 + n % 6, 7, 20))
        for n in range(4_869)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.loc[pd.to_datetime(frame["leaving_date"]) < pd.to_datetime(frame["entry_date"]), "leaving_date"] = date(2026, 3, 1)
    seconds = {}
    for draws in (200, 800):
        began = time.process_time()
        draw(frame, AS_AT, draws=draws)
        seconds[draws] = time.process_time() - began
    measured(f"{int(frame['leaving_date'].isna().sum()):,} open placements, 3 years: " + ", ".join(f"{d} draws {s:.2f} s" for d, s in seconds.items()))
    assert seconds[800] < 8 * seconds[200]
