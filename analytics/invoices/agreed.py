"""What the agreement of a placement comes to between two days: rates by day, in the house's way of spreading and in the ways settings bill.

A rate is what the education budget pays the setting a year, without transport. Days are whole numbers since 1 January 1970.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics import costs
from data.domain import academic_year

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PARTS = ("whole", "one_to_one", "rest")  # a line may pay for all, for one-to-one alone, or for all but one-to-one
SPREADS = ("even", "term", "school_week", "school_day")
MONTHS_AFTER_LEAVING = 13  # a rate is known for so long after the child left, to price what was paid in advance or in error
_FIRST, _LAST = date(1990, 9, 1), date(2060, 8, 31)
_ORIGIN = date(1970, 1, 1).toordinal()
OPEN = date(2200, 1, 1).toordinal() - _ORIGIN


def day_number(day: date) -> int:
    return day.toordinal() - _ORIGIN


def day_numbers(column: pd.Series) -> Ints:
    """Dates as day numbers; an empty date is OPEN."""
    stamps = pd.to_datetime(column).to_numpy().astype("datetime64[D]")
    empty = np.isnat(stamps)
    numbers = stamps.astype(np.int64)
    return np.asarray(np.where(empty, OPEN, numbers), dtype=np.int64)


class Spread:
    """Years, terms, school weeks and school days cumulated to the end of each day."""

    def __init__(self) -> None:
        first = day_number(_FIRST)
        days = np.arange(first, day_number(_LAST) + 1)
        even, term, school = np.zeros(len(days)), np.zeros(len(days)), np.zeros(len(days))
        for year in range(_FIRST.year, _LAST.year):
            begins, ends = day_number(date(year, 9, 1)) - first, day_number(date(year + 1, 8, 31)) - first + 1
            even[begins:ends] = 1 / (ends - begins)
            known = costs.calendar().get(year)
            if known is None:
                term[begins:ends], school[begins:ends] = 3 / (ends - begins), 190 / (ends - begins)
                continue
            lengths = known.days_of_term
            for day, name in known.term_of.items():
                term[day_number(day) - first], school[day_number(day) - first] = 1 / lengths[name], 1
        self._first = first
        self._cum = np.vstack([np.concatenate([[0.0], np.cumsum(part)]) for part in (even, term, school / 5, school)])

    def before(self, day: Ints) -> Floats:
        """4 spreads × days: how much has passed before the day begins."""
        at = np.clip(day - self._first, 0, self._cum.shape[1] - 1)
        return np.asarray(self._cum[:, at], dtype=np.float64)


@cache
def spreads() -> Spread:
    """The one table of days, made on first use."""
    return Spread()


@dataclass(frozen=True)
class Agreed:
    """Rates of all placements, one after another in `start` order within a placement. `placements` gives each its code."""

    placements: pd.DataFrame  # by code: placement_id, urn, entry, leaving (day numbers), last (the last day with a known rate)
    key: Ints  # code × 2^20 + first day of the rate
    rates: Floats  # part × spread × rate, £ per unit of the spread
    yearly: Floats  # part × rate, £ a full year
    _house: Floats  # part × rate: cost in the house's way before the rate begins
    _even: Floats
    spread: Spread

    def between(self, code: Ints, first: Ints, last: Ints, part: int, *, house: bool) -> Floats:
        """£ from `first` to `last`, both inclusive: in the house's way (terms, weeks, days as the calendar has them), or spread evenly over the year."""
        return self._before(code, last + 1, part, house) - self._before(code, first, part, house)

    def rate(self, code: Ints, day: Ints, part: int) -> Floats:
        """£ a full year on a day."""
        return np.asarray(self.yearly[part, self._at(code, day)], dtype=np.float64)

    def _at(self, code: Ints, day: Ints) -> Ints:
        return np.searchsorted(self.key, _key(code, day), side="right") - 1

    def _before(self, code: Ints, day: Ints, part: int, house: bool) -> Floats:
        at = self._at(code, day)
        start = self.key[at] % (1 << 20)
        passed = self.spread.before(day) - self.spread.before(start)
        if house:
            return np.asarray(self._house[part, at] + (self.rates[part][:, at] * passed).sum(axis=0), dtype=np.float64)
        return np.asarray(self._even[part, at] + self.yearly[part, at] * passed[0], dtype=np.float64)


def agreed(fees: pd.DataFrame) -> Agreed:
    """Rates from fee lines (the read `invoice_fees`).

    The rates of a placement's last agreed day go on to the end of that academic year, and where the child left by then, for some months more: they are
    what was paid in advance, not what was agreed.
    """
    fees = fees.sort_values(["placement_id", "first_day"], kind="stable").reset_index(drop=True)
    placements = fees.groupby("placement_id", sort=True).agg(urn=("urn", "first"), entry=("entry_date", "first"), leaving=("leaving_date", "first"))
    code = np.searchsorted(placements.index.to_numpy(dtype=object), fees["placement_id"].to_numpy(dtype=object)).astype(np.int64)
    first, last = day_numbers(fees["first_day"]), day_numbers(fees["last_day"])
    entry, leaving = day_numbers(placements["entry"]), day_numbers(placements["leaving"])
    final = np.zeros(len(placements), dtype=np.int64)
    np.maximum.at(final, code, last)
    known = _known_until(final, leaving)
    last = np.where(last >= np.minimum(final, leaving)[code], known[code], last)
    keys, rates, yearly = _steps(fees, code, first, last)
    table = pd.DataFrame({"placement_id": placements.index, "urn": placements["urn"].to_numpy(), "entry": entry, "leaving": leaving, "last": known})
    return _cumulated(table, keys, rates, yearly)


def _known_until(final: Ints, leaving: Ints) -> Ints:
    """The last day with a rate: some months after the child left, or the end of the academic year of the last agreed day."""
    year_ends = [OPEN if day >= OPEN else day_number(date(academic_year(date.fromordinal(day + _ORIGIN)) + 1, 8, 31)) for day in final.tolist()]
    return np.asarray(np.where(final >= leaving, np.minimum(leaving + MONTHS_AFTER_LEAVING * 31, OPEN), np.array(year_ends, dtype=np.int64)), dtype=np.int64)


def _steps(fees: pd.DataFrame, code: Ints, first: Ints, last: Ints) -> tuple[Ints, Floats, Floats]:
    """Each line begins and ends; what is in force after each such day."""
    sign = np.concatenate([np.ones(len(fees)), -np.ones(len(fees))])
    keys = np.concatenate([_key(code, first), _key(code, last + 1)])
    unique, place = np.unique(np.concatenate([keys, _key(np.unique(code), np.zeros(len(np.unique(code)), dtype=np.int64))]), return_inverse=True)
    place = place[: len(keys)]
    own = (fees["component"] == "one_to_one").to_numpy()
    spread = fees["spread"].map({name: n for n, name in enumerate(SPREADS)}).to_numpy(dtype=np.int64)
    full_year = fees["full_year_gbp"].to_numpy(dtype=float)
    unit = np.where(spread == 0, full_year, fees["amount_gbp"].to_numpy(dtype=float))
    rates, yearly = np.zeros((len(PARTS), len(SPREADS), len(unique))), np.zeros((len(PARTS), len(unique)))
    for part, chosen in enumerate((np.ones(len(fees), dtype=bool), own, ~own)):
        twice = np.concatenate([chosen, chosen])
        np.add.at(rates[part], (np.concatenate([spread, spread])[twice], place[twice]), (sign * np.concatenate([unit, unit]))[twice])
        np.add.at(yearly[part], place[twice], (sign * np.concatenate([full_year, full_year]))[twice])
    return unique, np.cumsum(rates, axis=2).round(6), np.cumsum(yearly, axis=1).round(6)


def _cumulated(table: pd.DataFrame, keys: Ints, rates: Floats, yearly: Floats) -> Agreed:
    spread = spreads()
    passed = np.diff(spread.before(keys % (1 << 20)), axis=1, append=0.0)
    passed[:, np.append(np.diff(keys >> 20) != 0, True)] = 0.0  # the next rate is another placement's
    house = np.cumsum((rates * passed[None]).sum(axis=1), axis=1)
    even = np.cumsum(yearly * passed[0], axis=1)
    shift = np.zeros((len(PARTS), 1))
    return Agreed(table, keys, rates, yearly, np.hstack([shift, house[:, :-1]]), np.hstack([shift, even[:, :-1]]), spread)


def _key(code: Ints | Iterable[int], day: Ints) -> Ints:
    return np.asarray((np.asarray(code, dtype=np.int64) << 20) + np.clip(day, 0, (1 << 20) - 1), dtype=np.int64)
