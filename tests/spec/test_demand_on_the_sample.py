"""On the made-up authority, whose truth is known: exits are found as planted, and draws made two years ago hold what then happened."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.demand import draw
from analytics.survival import exit_counts
from data.domain import districts
from data.sample.generate import generate

CUT = date(2024, 3, 31)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, seed=1)
    return folder


@pytest.fixture(scope="module")
def frames(sample: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    placements, plans, settings = (pd.read_csv(sample / f"{name}.csv", dtype=str) for name in ("placements", "plans", "settings"))
    frame = placements.merge(plans[["child_id", "birth_month", "primary_need", "home_district"]], on="child_id").merge(
        settings[["urn", "setting_type"]], on="urn"
    )
    frame["residence_group"] = np.where(frame["residence"] == "day", "day", "residential")
    frame["area"] = frame["home_district"].map(districts())
    frame["primary_need"] = frame["primary_need"].fillna("UNK")
    return frame, settings


def open_on(frame: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    leaving = pd.to_datetime(frame["leaving_date"])
    return (pd.to_datetime(frame["entry_date"]) <= day) & (leaving.isna() | (leaving >= day))


def test_exits_at_the_end_of_year_11_are_found_as_planted(sample: Path, frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, settings = frames
    planted = json.loads((sample / "truth.json").read_text(encoding="utf-8"))["leaving"]["at_end_of_year"]["nmiss"]
    counts = exit_counts(frame[frame["setting_type"] != "SPI"], date(2026, 3, 31), 5, settings)
    left = counts["year_end_exits"] / counts["year_ends"]
    assert left[True, 15] == pytest.approx(planted["to_16"]["15"], abs=0.03)
    assert left[False, 15] == pytest.approx(planted["beyond_16"]["15"], abs=0.08)


def test_survivors_drawn_two_years_ago_are_near_what_came(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, settings = frames
    found = draw(frame, CUT, years=2, draws=100, settings=settings)
    then = open_on(frame, pd.Timestamp(CUT))
    for t, year in enumerate(found.years):
        months = [m for m in pd.date_range(f"{year}-09-01", periods=12, freq="MS") if m <= pd.Timestamp(2026, 3, 31)]
        came = np.mean([(then & open_on(frame, m)).sum() for m in months])
        everyone = np.mean([open_on(frame, m).sum() for m in months])
        assert found.survivors[:, t].sum(axis=1).mean() == pytest.approx(came, rel=0.06)
        low, high = np.quantile(found.total[:, t], [0.05, 0.95])
        assert low < everyone < high
