"""Looks back over DfE's counts: the forecast from published counts against simple ways, its range against what came, what it costs.

pytest tests/benchmarks/test_published_accuracy.py -m benchmark -s     (a minute; needs the shared public file)
"""

from __future__ import annotations

import itertools
import time

import numpy as np
import pandas as pd
import pytest
from dashboards import SHARED
from measuring import measured
from published_methods import BASELINES, MINE, OTHERS, difference, errors, log_errors, looked_back, ranges, tables

REAL = SHARED / "dfe_ehc_plans_2025_caseload_part.csv"
ORIGINS = (2022, 2023)  # January of 2021/22 and 2022/23
pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
needs_file = pytest.mark.skipif(not REAL.exists(), reason="public files absent; set SHARED_DATA")


@pytest.fixture(scope="module")
def counts() -> dict[str, pd.DataFrame]:
    return tables(str(REAL))


@pytest.fixture(scope="module")
def rows(counts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    table = next(iter(counts.values()))
    return pd.concat([looked_back(table, origin, 2) for origin in ORIGINS], ignore_index=True)


@needs_file
def test_the_method_is_chosen_on_earlier_origins(counts: dict[str, pd.DataFrame]) -> None:
    """Origins January 2020 and 2021, nothing counted after January 2022: mean error in logs of six kinds of provision, median error of ours."""
    found: dict[str, dict[str, float]] = {}
    medians: dict[str, dict[str, float]] = {}
    for kind, table in counts.items():
        seen = table.loc[:, :2022]
        back = pd.concat([looked_back(seen, 2020, 2), looked_back(seen, 2021, 1)], ignore_index=True)
        for name in (*BASELINES, *OTHERS, MINE):
            found.setdefault(name, {})[kind] = 100 * float(log_errors(back, name).mean())
            if kind == next(iter(counts)):
                medians[name] = {f"{n} ahead": 100 * errors(back[back["ahead"] == n], name).median() for n in (1, 2)}
    table = pd.DataFrame(found).T
    table["all"] = np.exp(np.log(table).mean(axis=1))
    measured(f"chosen on origins January 2020 and 2021: mean absolute error in logs, per cent\n{table.round(1).to_string()}")
    middle = pd.DataFrame(medians).T
    measured(f"the same origins: median absolute error of our counts, per cent\n{middle.round(1).to_string()}")
    assert (middle.loc[MINE] < middle.loc[list(BASELINES)].min()).all()
    first = table.columns[0]
    assert (table.loc[MINE, first] < table.loc[list(BASELINES), first]).all()
    assert table.loc[MINE, first] <= 1.03 * table.loc[list(OTHERS), first].min()


@needs_file
def test_the_forecast_against_simple_ways(rows: pd.DataFrame) -> None:
    """Better than each simple way one and two years ahead, by the median error and by the mean error in logs; how sure that is, is told."""
    names = (*BASELINES, *OTHERS, MINE)
    cells = rows.groupby(["origin", "ahead"])
    table = pd.DataFrame({key: {name: 100 * errors(part, name).median() for name in names} | {"councils": len(part)} for key, part in cells})
    for ahead in (1, 2):
        part = rows[rows["ahead"] == ahead]
        table[("both", ahead)] = pd.Series({name: 100 * errors(part, name).median() for name in names} | {"councils": part["area"].nunique()})
    measured(f"median absolute error, per cent, by origin and years ahead\n{table.round(1).to_string()}")
    for ahead, name in itertools.product((1, 2), BASELINES):
        part = rows[rows["ahead"] == ahead]
        gap, low, high = (100 * v for v in difference(part, name, errors, np.median))
        steady = [100 * v for v in difference(part, name, log_errors, np.mean)]
        measured(f"{ahead} ahead, less {name}: median error {_said(gap, low, high)}; mean error in logs {_said(*steady)}")
        assert steady[0] < 0, name
        assert gap < 0, name


def _said(gap: float, low: float, high: float) -> str:
    sure = "better" if high < 0 else "worse" if low > 0 else "the interval holds nought"
    return f"{gap:+.1f} points ({low:+.1f} to {high:+.1f}, {sure})"


@needs_file
def test_the_range_holds_what_it_says(rows: pd.DataFrame) -> None:
    inside = rows["actual"].between(rows["low"], rows["high"])
    for ahead in (1, 2):
        part = rows["ahead"] == ahead
        each = ", ".join(f"{inside[part & (rows['origin'] == origin)].mean():.1%} from January {origin}" for origin in ORIGINS)
        measured(f"80% range {ahead} ahead holds {inside[part].mean():.1%} ({each})")
        assert 0.75 <= inside[part].mean() <= 0.85


@needs_file
def test_nothing_after_the_origin_is_used(counts: dict[str, pd.DataFrame]) -> None:
    table = next(iter(counts.values()))
    one = looked_back(table, 2022, 2)
    later = table.copy()
    later.loc[:, 2023:] = later.loc[:, 2023:] * 3 + 7
    other = looked_back(later, 2022, 2)
    columns = [MINE, "low", "high"]
    pd.testing.assert_frame_equal(one.set_index(["area", "ahead"])[columns], other.set_index(["area", "ahead"])[columns])


def test_150_areas_of_ten_years_take_under_five_seconds() -> None:
    rng = np.random.default_rng(1)
    levels = rng.uniform(10, 500, (150, 1)) * np.exp(np.cumsum(rng.normal(0.1, 0.12, (150, 10)), axis=1))
    table = pd.DataFrame(rng.poisson(levels).astype(float), index=[f"area {n}" for n in range(150)], columns=range(2016, 2026))
    began = time.process_time()
    ranges(table, 10)
    took = time.process_time() - began
    measured(f"150 areas of ten years, ten years ahead: {took:.1f} s of one processor")
    assert took < 5
