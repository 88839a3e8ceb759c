"""What the financial year ahead comes to, by month, every purse: worked out once for a version of the data and kept with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.findings.overview import Outlook
from analytics.run.benchmarking import VERY_LARGE
from analytics.run.budget import data_of, latest_cutoff
from analytics.run.choices import as_at
from data import kept, schema
from data.domain import financial_year

if TYPE_CHECKING:
    from data.store import Store

_NAME = "outlook"
_ROOT = Path(__file__).resolve().parents[2]
_METHOD = (*_ROOT.glob("analytics/budget/*.py"), _ROOT / "analytics/survival.py", *_ROOT.glob("data/sql/read_budget_*.sql"))  # what it follows from


def outlook(store: Store) -> Outlook | None:
    """The forecast of the financial year that the day after the last whole month is in. None without fees, and where so many placements take too long."""
    if as_at(store) is None or store.count("mart_placement") >= VERY_LARGE:
        return None
    cutoff = latest_cutoff(store)
    year = financial_year(cutoff + timedelta(days=1))
    key = f"{store.costed_version()} {cutoff} {schema.digest(sorted(_METHOD))}"
    found = kept.kept(store, _NAME, key, ("months",))
    if found is not None:
        return Outlook(year, found[0]["months"], **found[1])
    from analytics.budget import forecast

    made = forecast(data_of(store), year, cutoff)
    low, high = made.between(made.totals.sum(axis=1))
    known = Outlook(year, made.every, float(made.totals.sum(axis=1).mean()), low, high)
    if store.known_day is None:  # a past state is not written to
        kept.keep(store, _NAME, key, {"months": known.months}, {"outturn_gbp": known.outturn_gbp, "low_gbp": low, "high_gbp": high})
    return known
