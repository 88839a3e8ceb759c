"""What each placement costs in each month to go, by purse, and how fees rose and children came in the years before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics import survival
from analytics.budget.purses import PURSES
from analytics.invoices.agreed import SPREADS, day_number, spreads
from analytics.params import Parameter
from data.domain import academic_year

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
UPLIFT = Parameter("uplift", 0.03, "share", 0.0, 0.2, "Assumption", "Rise of fees on 1 September where no September has been seen")
UPLIFT_SD = Parameter("uplift_sd", 0.01, "share", 0.0, 0.1, "Assumption", "How far a September's rise may be from the mean of those seen, at least")
STARTERS_SD = Parameter("starters_sd", 0.05, "share", 0.0, 1.0, "Assumption", "How far a year's starters may be from the year before, at least")
YEARS_SEEN = 4  # Septembers looked back on
_UNITS = (1.0, 3.0, 38.0, 190.0)  # years, terms, school weeks and school days of a full year
_FAR = np.datetime64("2200-01-01", "D")


@dataclass(frozen=True)
class BudgetData:
    """`placements`: placement_id, urn, birth_month, entry_date, leaving_date; `fees`, `cost`, `paid`: the reads budget_fees, _cost and _paid;
    `settings`: urn, age_high."""

    placements: pd.DataFrame
    fees: pd.DataFrame
    cost: pd.DataFrame
    paid: pd.DataFrame
    settings: pd.DataFrame

    def known_on(self, cutoff: date) -> BudgetData:
        """What could be known at the end of a day: no later entry, leaving date or fee line. Months of cost and ledger are cut where they are used."""
        day = pd.Timestamp(cutoff)
        placements = self.placements[pd.to_datetime(self.placements["entry_date"]) <= day]
        leaving = pd.to_datetime(placements["leaving_date"])
        fees = self.fees[pd.to_datetime(self.fees["first_day"]) <= day]
        return BudgetData(placements.assign(leaving_date=leaving.where(leaving <= day)), fees, self.cost, self.paid, self.settings)


@dataclass(frozen=True)
class Monthly:
    """£ of each placement (axis 0) in each month to go (1) by purse (2): `agreed` where a fee line says so, `going_on` where the last agreed fee is taken
    to go on, to be raised by `raised` Septembers (placement × month)."""

    agreed: Floats
    going_on: Floats
    raised: Ints


def month_shares(months: list[date]) -> tuple[list[date], Floats]:
    """Last days of months, and month × spread: the share of a full year's fee that falls in each, as fees spread over days, terms and school days."""
    ends = [(pd.Timestamp(m) + pd.offsets.MonthEnd(0)).date() for m in months]
    begin, end = (np.array([day_number(d) for d in days], dtype=np.int64) for days in (months, ends))
    passed = spreads().before(end + 1) - spreads().before(begin)
    return ends, np.asarray(passed.T / np.array(_UNITS), dtype=np.float64)


def monthly(placements: pd.DataFrame, fees: pd.DataFrame, months: list[date], cutoff: date) -> Monthly:
    """What each placement costs in each month, while it lasts: from its entry to its leaving date, where one is known."""
    code = pd.Index(placements["placement_id"]).get_indexer(pd.Index(fees["placement_id"]))
    own = fees[code >= 0]
    code = code[code >= 0].astype(np.int64)
    first, last = survival.days(own["first_day"]), survival.days(own["last_day"])
    entry, leaving = survival.days(placements["entry_date"]), survival.days(placements["leaving_date"])
    n = len(placements)
    final = np.full(n, np.datetime64("1900-01-01", "D"))
    np.maximum.at(final, code, last)
    base_day = np.minimum(final, np.maximum(np.datetime64(cutoff, "D"), entry))
    rate = partial(_rate, own, code, n)
    base = rate((first <= base_day[code]) & (last >= base_day[code]))
    base_year = np.array([academic_year(day) for day in base_day.astype(object)], dtype=np.int64)
    ends, shares = month_shares(months)
    shape = (n, len(months), len(PURSES))
    agreed, going_on, raised = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2], dtype=np.int64)
    for m, (begins, ends_on) in enumerate(zip(months, ends, strict=True)):
        a, z = np.datetime64(begins, "D"), np.datetime64(ends_on, "D")
        open_days = np.clip((np.minimum(leaving, z) - np.maximum(entry, a)).astype(np.int64) + 1, 0, None) / ((z - a).astype(np.int64) + 1)
        middle = np.maximum(a, np.minimum(entry, z))[code]
        valid = (first <= middle) & (last >= middle)
        known = np.zeros(n, dtype=bool)
        known[code[valid]] = True
        agreed[:, m] = (rate(valid) @ shares[m]) * open_days[:, None]
        going_on[:, m] = np.where(known[:, None], 0.0, (base @ shares[m]) * open_days[:, None])
        raised[:, m] = np.maximum(academic_year(begins) - base_year, 0)
    return Monthly(agreed, going_on, raised)


def _rate(fees: pd.DataFrame, code: Ints, n: int, valid: npt.NDArray[np.bool_]) -> Floats:
    """Placement × purse × spread: £ a full year of the fee lines that are valid."""
    some = fees[valid]
    purse, spread = (
        some[name].map({text: k for k, text in enumerate(names)}).to_numpy(dtype=np.int64) for name, names in (("purse", PURSES), ("spread", SPREADS))
    )
    size = n * len(PURSES) * len(SPREADS)
    flat = np.bincount((code[valid] * len(PURSES) + purse) * len(SPREADS) + spread, weights=some["full_year_gbp"].to_numpy(dtype=float), minlength=size)
    return np.asarray(flat.reshape(n, len(PURSES), len(SPREADS)), dtype=np.float64)


def uplifts(fees: pd.DataFrame, cutoff: date) -> tuple[float, float, int]:
    """By how much fees of the same placements rose on 1 September: mean, standard deviation and how many Septembers were seen, of the last four."""
    first, last, amount = survival.days(fees["first_day"]), survival.days(fees["last_day"]), fees["full_year_gbp"].to_numpy(dtype=float)
    code, names = pd.factorize(fees["placement_id"])
    seen = []
    for year in range(academic_year(cutoff) - YEARS_SEEN + 1, academic_year(cutoff) + 1):
        before, after = np.datetime64(date(year, 8, 31), "D"), np.datetime64(date(year, 9, 1), "D")
        then = np.bincount(code, weights=amount * ((first <= before) & (last >= before)), minlength=len(names))
        now = np.bincount(code, weights=amount * ((first <= after) & (last >= after)), minlength=len(names))
        both = (then > 0) & (now > 0)
        if both.sum() >= 10:
            seen.append(float(now[both].sum() / then[both].sum() - 1))
    if not seen:
        return UPLIFT.value, UPLIFT_SD.value * 2, 0
    return float(np.mean(seen)), max(float(np.std(seen, ddof=1)) if len(seen) > 1 else 0.0, UPLIFT_SD.value), len(seen)


def first_rates(placements: pd.DataFrame, fees: pd.DataFrame) -> Floats:
    """Placement × purse × spread: the full-year cost on the first agreed day of each."""
    code = pd.Index(placements["placement_id"]).get_indexer(pd.Index(fees["placement_id"]))
    own, code = fees[code >= 0], code[code >= 0].astype(np.int64)
    first = survival.days(own["first_day"])
    begins = np.full(len(placements), _FAR)
    np.minimum.at(begins, code, first)
    return _rate(own, code, len(placements), first == begins[code])
