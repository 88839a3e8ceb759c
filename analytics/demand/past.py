"""Places as they were: average over past academic years, by lot, to set beside a forecast and to score frozen ones."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics.demand.clock import phase
from analytics.demand.history import ANY, KIND, PHASE_CODES
from analytics.survival import cohort, days
from data.domain import Lot

WHOLE = "All"


def average_places(placements: pd.DataFrame, year: int, until: date) -> tuple[pd.Series, int]:
    """Average places by lot over the months of an academic year that are over by `until`, and how many months that are (0 to 12).

    A placement counts in a month in which it is open on any day, as in a forecast.
    """
    months = np.arange(np.datetime64(f"{year}-09", "M"), np.datetime64(f"{year + 1}-09", "M"))
    months = months[(months + 1).astype("datetime64[D]") - 1 <= np.datetime64(until, "D")]
    entry, leaving = days(placements["entry_date"]), days(placements["leaving_date"])
    if not len(months):
        return pd.Series(dtype=float), 0
    first, last = entry.astype("datetime64[M]"), leaving.astype("datetime64[M]")
    there = np.clip((np.minimum(last, months[-1]) - np.maximum(first, months[0])).astype(int) + 1, 0, None)
    here = placements[there > 0]
    at = phase(year - cohort(here["birth_month"]))
    columns = (here[KIND[0]], here[KIND[1]], here[KIND[2]].fillna(ANY), at)
    lots = [Lot(str(need), PHASE_CODES[p], str(residence), str(area)).id for need, residence, area, p in zip(*columns, strict=True)]
    return pd.Series(there[there > 0] / len(months), index=pd.Index(lots, dtype=object)).groupby(level=0).sum(), len(months)


def told_as(lot: str, names: set[str]) -> str:
    """Under which of a forecast's lots a lot is told: itself, else its pool; itself where neither was foreseen."""
    parsed = Lot.parse(lot)
    kin = f"OTHER-{parsed.phase}-{parsed.residence}@"
    return next((name for name in (lot, f"{kin}{parsed.area}", f"{kin}{ANY}") if name in names), lot)


def scored(frozen: pd.DataFrame, placements: pd.DataFrame, until: date) -> pd.DataFrame:
    """What came beside what was forecast: one row a frozen forecast × lot × year begun by `until`, with came (average so far), months (of 12 known), held.

    `frozen`: the read frozen_forecasts. `held`: whether P10 to P90 held what came; known once the year is over.
    """
    out = []
    for (_, year), rows in frozen.groupby(["forecast_id", "year"], sort=False):
        came, months = average_places(placements, int(str(year)), until)
        if months:
            names = set(rows["lot"])
            by_lot = came.groupby([told_as(str(lot), names) for lot in came.index]).sum()
            actual = [float(came.sum()) if lot == WHOLE else float(by_lot.get(lot, 0.0)) for lot in rows["lot"]]
            out.append(rows.assign(came=actual, months=months))
    if not out:
        return frozen.head(0).assign(came=pd.Series(dtype=float), months=pd.Series(dtype=int), held=pd.Series(dtype=object))
    table = pd.concat(out, ignore_index=True)
    held = table["came"].between(table["p10"], table["p90"])
    return table.assign(held=held.astype(object).where(table["months"] == 12, None))
