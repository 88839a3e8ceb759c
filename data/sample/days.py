"""Days as whole numbers since 1 January 1970, so that whole columns of dates are one array."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OPEN = 10**6  # a day that never comes: the placement or plan still runs
FAR = 30_000  # a day beyond any as-at day, where arithmetic on dates must stop
_EPOCH = date(1970, 1, 1)


def day(year: int, month: int, dom: int) -> int:
    """The day number of one date."""
    return (date(year, month, dom) - _EPOCH).days


def as_date(number: int) -> date:
    """The date of one day number."""
    return _EPOCH + timedelta(days=int(number))


def years_before(number: int, years: int) -> int:
    """The same day of an earlier year; 29 February becomes 28 February."""
    if years == 0:
        return number
    on = as_date(number)
    return day(on.year - years, on.month, min(on.day, 28) if on.month == 2 else on.day)


def ay_of(days: Ints) -> Ints:
    """First calendar year of the academic year that holds each day."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return 1970 + (months - 8) // 12


def first_of(years: Ints, month: int) -> Ints:
    """The first day of a month in each year."""
    return ((years - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def ay_start(years: Ints) -> Ints:
    """1 September of each academic year."""
    return first_of(years, 9)


def ay_end(years: Ints) -> Ints:
    """31 August that ends each academic year."""
    return first_of(years + 1, 9) - 1


def weekday(days: Ints) -> Ints:
    """Each day, or the Monday after where it is a Saturday or Sunday."""
    dow = (days + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
    return days + np.where(dow == 5, 2, np.where(dow == 6, 1, 0))


@cache
def _iso() -> list[str]:
    return [(_EPOCH + timedelta(days=n)).isoformat() for n in range(day(2045, 1, 1))]


def iso(days: Iterable[int], *, none_from: int = OPEN) -> list[str]:
    """Dates as text; a day at or after `none_from`, or before 1970, is an empty cell."""
    table = _iso()
    limit = min(none_from, len(table))
    return [table[d] if 0 <= d < limit else "" for d in (days.tolist() if isinstance(days, np.ndarray) else days)]


def month_text(births: Ints) -> list[str]:
    """Birth months, kept as year × 12 + month − 1, as YYYY-MM."""
    return [f"{b // 12:04d}-{b % 12 + 1:02d}" for b in births.tolist()]


def academic_age(births: Ints, years: Ints) -> Ints:
    """Age on 31 August before each academic year."""
    return years - births // 12 - (births % 12 >= 8)
