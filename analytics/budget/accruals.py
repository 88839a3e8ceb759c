"""What is agreed for a year and not paid yet, and what is paid ahead: placement by placement, at the end of a period."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics.invoices.periods import NO_MONTH, months_told

LEAST_GBP = 1.0
ACCRUAL, PREPAID = "Received, not paid yet", "Paid ahead or above agreement"


def accruals(cost: pd.DataFrame, lines: pd.DataFrame, year: int, cutoff: date) -> pd.DataFrame:
    """One row a placement (or setting, for payments that name no placement) whose agreed cost of the year's months so far is not what was paid for them.

    `cost`: the read budget_placement_cost; `lines`: every ledger line judged (analytics.invoices). A payment counts for the days of its period that lie in
    the year up to the cutoff; one without a period for the day it was paid. Columns: urn, setting_name, placement_id, agreed_gbp, paid_gbp,
    accrual_gbp (positive: owed by the council), what. Largest first.
    """
    begins, ends = pd.Timestamp(year, 4, 1), pd.Timestamp(cutoff)
    own = cost[pd.to_datetime(cost["month"]) <= ends]
    agreed = own.groupby(["urn", "setting_name", "placement_id"])["cost_gbp"].sum().rename("agreed_gbp").reset_index()
    some = lines[lines["urn"].notna() & (pd.to_datetime(lines["paid_on"]) <= ends)]
    paid = some.assign(paid_gbp=some["net_gbp"] * _share(some, begins, ends), placement_id=some["placement_id"].fillna(""))
    paid = paid[paid["paid_gbp"] != 0].groupby(["urn", "setting_name", "placement_id"])["paid_gbp"].sum().reset_index()
    both = agreed.merge(paid, on=["urn", "setting_name", "placement_id"], how="outer")
    both[["agreed_gbp", "paid_gbp"]] = both[["agreed_gbp", "paid_gbp"]].fillna(0.0).round(2)
    both["accrual_gbp"] = (both["agreed_gbp"] - both["paid_gbp"]).round(2)
    both = both[both["accrual_gbp"].abs() > LEAST_GBP]
    both["what"] = np.where(both["accrual_gbp"] > 0, ACCRUAL, PREPAID)
    return both.sort_values("accrual_gbp", ascending=False, kind="stable").reset_index(drop=True)


def _share(lines: pd.DataFrame, begins: pd.Timestamp, ends: pd.Timestamp) -> pd.Series:
    """The part of each line that is for days from `begins` to `ends`."""
    first, last, paid_on = (pd.to_datetime(lines[name]) for name in ("first_day", "last_day", "paid_on"))
    days = (last - first).dt.days + 1
    within = (last.where(last < ends, ends) - first.where(first > begins, begins)).dt.days + 1
    share: pd.Series = (within.clip(lower=0) / days).where(first.notna(), ((paid_on >= begins) & (paid_on <= ends)).astype(float))
    return share


def transport(cost: pd.DataFrame, payments: pd.DataFrame, year: int, cutoff: date) -> tuple[float, float]:
    """Transport agreed for the year's months so far, and paid for them: by the month that the narrative tells, else the month of payment.

    `cost`: the read budget_cost; `payments`: month, narrative, net_gbp, paid_on of transport payments.
    """
    own = cost[(cost["purse"] == "transport") & (cost["fy"] == year) & (pd.to_datetime(cost["month"]) <= pd.Timestamp(cutoff))]
    some = payments[pd.to_datetime(payments["paid_on"]) <= pd.Timestamp(cutoff)]
    told = months_told(some["narrative"])
    paid_month = pd.to_datetime(some["paid_on"]).to_numpy().astype("datetime64[M]").astype(np.int64)
    month = np.where(told == NO_MONTH, paid_month, told)
    first, last = (year - 1970) * 12 + 3, (cutoff.year - 1970) * 12 + cutoff.month - 1
    return float(own["cost_gbp"].sum()), float(some["net_gbp"].to_numpy()[(month >= first) & (month <= last)].sum())
