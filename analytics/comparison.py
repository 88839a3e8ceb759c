"""A council beside others in DfE's published counts: placements for every 1,000 plans, share of special placements, growth.

Counts are complete, so nothing is estimated; the interval of a rate tells what chance alone could make of such a count (Wilson's, 95%).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

ENGLAND = "England"
PLANS, SPECIAL = "plans", "special"
PER = {PLANS: 1_000.0, SPECIAL: 100.0}
_Z = 1.959964


def measured(counts: pd.DataFrame, denominator: str) -> pd.DataFrame:
    """The rate of each council and January. `counts`: la_code, la_name, year, plans, independent, non_maintained, special.

    Adds placements (independent and non-maintained special), whole (the denominator), rate with low and high: per 1,000 plans, or per cent of
    special placements. Missing where a count is not published.
    """
    frame = counts.copy()
    frame["placements"] = frame["independent"].astype(float) + frame["non_maintained"].astype(float)
    frame["whole"] = frame[denominator].astype(float).where(lambda whole: whole > 0)
    low, high = wilson(frame["placements"].to_numpy(float), frame["whole"].to_numpy(float))
    frame["rate"] = PER[denominator] * frame["placements"] / frame["whole"]
    frame["low"], frame["high"] = PER[denominator] * low, PER[denominator] * high
    return frame.sort_values(["la_code", "year"], kind="stable").reset_index(drop=True)


def wilson(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95% interval of part ÷ whole (Wilson 1927)."""
    share = part / whole
    middle = share + _Z**2 / (2 * whole)
    half = _Z * np.sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    below = 1 + _Z**2 / whole
    return (middle - half) / below, (middle + half) / below


def latest(rates: pd.DataFrame, ours: str, neighbours: list[str]) -> pd.DataFrame:
    """One row a council in the latest January that ours has: ours first, then neighbours by name, England last.

    la_code, la_name, year, placements, whole, rate, low, high, since (the first January published), growth_1 (per cent in a year) and growth
    (per cent a year since then), both of placements, and at_england (placements there would be at England's rate).
    """
    own = rates[(rates["la_code"] == ours) & rates["rate"].notna()]
    if own.empty:
        return pd.DataFrame(columns=[*rates.columns, "since", "growth_1", "growth", "at_england", "place"])
    year = int(own["year"].max())
    wanted = [ours, *neighbours, ENGLAND]
    now = rates[(rates["year"] == year) & rates["la_code"].isin(wanted)].copy()
    series = {code: part.set_index("year")["placements"] for code, part in rates.groupby("la_code")}
    grown = [_growth(series[code], year) for code in now["la_code"]]
    now["since"], now["growth_1"], now["growth"] = ([g[i] for g in grown] for i in range(3))
    england = now.loc[now["la_code"] == ENGLAND, ["placements", "whole"]].dropna()
    now["at_england"] = now["whole"] * (england["placements"].iloc[0] / england["whole"].iloc[0]) if len(england) else np.nan
    now["place"] = [0 if code == ours else 2 if code == ENGLAND else 1 for code in now["la_code"]]
    return now.sort_values(["place", "la_name"], kind="stable").reset_index(drop=True)


def _growth(placements: pd.Series[float], year: int) -> tuple[int | None, float | None, float | None]:
    """First January with a count before `year`, growth in the last year, and growth a year since the first: per cent of placements."""
    known = placements.dropna()
    before = known[(known.index < year) & (known > 0)]
    if before.empty or year not in known.index:
        return None, None, None
    now, first = float(known[year]), int(before.index.min())
    one = 100.0 * (now / float(before[year - 1]) - 1.0) if year - 1 in before.index else None
    return first, one, 100.0 * (math.pow(now / float(before[first]), 1.0 / (year - first)) - 1.0)
