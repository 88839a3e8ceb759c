"""Joint funding: what health and social care agreed to pay, what was billed to them, and how old the rest is."""

from __future__ import annotations

from datetime import date

import pandas as pd

FUNDERS = {"health": "Health", "social_care": "Social care"}
BANDS = {"to_3_months_gbp": (0, 3), "to_6_months_gbp": (3, 6), "to_12_months_gbp": (6, 12), "older_gbp": (12, 10_000)}
YEARS_BACK = 3


def joint(cost: pd.DataFrame, paid: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """One row a funder: agreed_gbp, billed_gbp, open_gbp and its age in months, over the last three years.

    `cost`, `paid`: the reads budget_cost and budget_paid. Money in is set against the oldest share first.
    """
    now = as_at.year * 12 + as_at.month - 1
    since = now - 12 * YEARS_BACK
    rows = []
    for funder in FUNDERS:
        agreed, billed = _of(cost, funder, "cost_gbp", since, now), -_of(paid, funder, "paid_gbp", since, now)
        left, received = dict.fromkeys(BANDS, 0.0), float(billed.sum())
        for month, share in agreed.sort_index().items():
            covered = min(received, share)
            received -= covered
            age = now - int(str(month))
            left[next(name for name, (low, high) in BANDS.items() if low <= age < high)] += share - covered
        rows.append({"funder": funder, "agreed_gbp": float(agreed.sum()), "billed_gbp": float(billed.sum()), "open_gbp": sum(left.values()), **left})
    return pd.DataFrame(rows).round(2)


def _of(frame: pd.DataFrame, purse: str, column: str, since: int, now: int) -> pd.Series:
    """Pounds by month of a purse."""
    months = pd.to_datetime(frame["month"])
    number = months.dt.year * 12 + months.dt.month - 1
    some = frame[(frame["purse"] == purse) & (number > since) & (number <= now)]
    return some.groupby(number[some.index])[column].sum().astype(float)
