"""The cost mart of a small authority made by rule, as last reviewed. Renew with RENEW_GOLDEN=1 and read the change as a diff."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from cost_store import FEE, PLACEMENT, PLAN, SETTING, cost_store, fill

from data import domain

GOLDEN = Path(__file__).parent / "costs.csv"
KEYS = ["year_kind", "year", "phase", "component", "funder"]


def _authority(n: int = 40) -> dict[str, list[dict[str, object]]]:
    """Forty placements over five years: every unit, residence, component and purse, uplifts each September, some without an end."""
    kinds = [kind.value for kind in domain.SettingType]
    rows: dict[str, list[dict[str, object]]] = {"settings": [SETTING | {"urn": f"10000{i}", "setting_type": kind} for i, kind in enumerate(kinds)]}
    rows |= {"plans": [], "placements": [], "fees": []}
    for i in range(n):
        entry = date(2020, 9, 1) + timedelta(days=37 * i)
        leaving = entry + timedelta(days=200 + 23 * i) if i % 3 else None
        rows["plans"].append(
            PLAN | {"child_id": f"C{i}", "birth_month": f"{2005 + i % 10}-{1 + i % 12:02d}", "primary_need": domain.NEEDS[i % len(domain.NEEDS)]}
        )
        placement = {"placement_id": f"P{i}", "child_id": f"C{i}", "urn": f"10000{i % len(kinds)}", "residence": domain.RESIDENCES[i % 5]}
        rows["placements"].append(PLACEMENT | placement | {"entry_date": entry, "leaving_date": leaving})
        for part in range(3):
            unit = domain.UNITS[(i + part) % 4]
            for year in range(3):
                starts = entry if year == 0 else date(domain.academic_year(entry) + year, 9, 1)
                ends = date(domain.academic_year(entry) + year + 1, 8, 31) if year < 2 or i % 4 else None
                amount = {"year": 30_000, "term": 9_000, "week": 700, "day": 90}[unit] * (1 + 0.03 * year) + i
                what = {"component": domain.COMPONENTS[(i + 2 * part) % 6], "funder": domain.FUNDERS[(i + part) % 4]}
                rows["fees"].append(FEE | what | {"placement_id": f"P{i}", "unit": unit, "amount_gbp": f"{amount:.2f}", "valid_from": starts, "valid_to": ends})
    return rows


def test_costs_are_as_last_reviewed(tmp_path: Path) -> None:
    store = cost_store(tmp_path)
    fill(store, **_authority())
    mart = store.read("mart_placement_cost")
    store.close()
    sums = {
        "placements": ("placement_id", "nunique"),
        "days_open": ("days_open", "sum"),
        "part_year_gbp": ("part_year_gbp", "sum"),
        "fye_gbp": ("fye_gbp", "sum"),
    }
    found = mart.groupby(KEYS).agg(**sums).round(2).reset_index()
    if os.environ.get("RENEW_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.2f")
    pd.testing.assert_frame_equal(found, pd.read_csv(GOLDEN), check_dtype=False)
