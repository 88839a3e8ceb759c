"""Small words and sums that several findings share."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import short_gbp

AGREEMENTS = "Fees agreed for each placement, by component and purse, as loaded"
LEDGER = "Payments in the ledger, net of recoverable VAT, as loaded"
SPREAD = """
Fees are annualised once: a fee per year is spread over the days of its academic year; fees per term, week or school day are spread over the terms,
weeks and school days of the calendar. A year's cost is the exact sum of its months. *Cost* comes from agreements and *spend* from the ledger; they differ
by timing, by fees not yet invoiced and by payments that are not for placements.
"""


def number(row: pd.Series[Any], name: str) -> float | None:
    """A cell as a number, None where it is missing."""
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def total(frame: pd.DataFrame, name: str) -> float:
    return float(frame[name].fillna(0).sum()) if len(frame) else 0.0


def difference(now: float | None, before: float | None) -> float | None:
    """What changed; None where either side is not known or there was nothing before."""
    return None if now is None or before is None or before == 0 else now - before


def share(part: float | None, whole: float | None) -> float | None:
    """Part of a whole in per cent; None without a whole."""
    return None if part is None or not whole else 100.0 * part / whole


def change(now: float | None, before: float | None) -> str:
    """ "8.4% more", "2.0% less" or "no change", for a sentence; empty where it cannot be said."""
    if now is None or not before:
        return ""
    per_cent = 100.0 * (now / before - 1.0)
    return "no change" if abs(per_cent) < 0.05 else f"{abs(per_cent):.1f}% {'more' if per_cent > 0 else 'less'}"


def compared(now: float | None, before: float | None, name: str) -> str:
    """ ", 8.4% more than 2024-25"; empty where there is nothing to compare with."""
    words = change(now, before)
    return "" if not words else f", the same as {name}" if words == "no change" else f", {words} than {name}"


def month_name(day: date | pd.Timestamp) -> str:
    """Apr 2025."""
    return f"{day:%b %Y}"


def gbp(value: float | None) -> str:
    return "an amount not known" if value is None else short_gbp(value)


def plural(count: int, noun: str) -> str:
    """1 setting, 2 settings."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
