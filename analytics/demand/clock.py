"""Months and years of a forecast: which month counts in which academic year, how old a child is, and when stock is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from data.domain import academic_year

Ints = npt.NDArray[Any]  # whole numbers and flags, of whatever width holds them
Floats = npt.NDArray[Any]


@dataclass(frozen=True)
class Clock:
    """Months counted from the first after the as-at date; `stub` of them come before the first academic year.

    A placement counts in the months from `begin` until before `gone`. Stock is taken on anniversaries of the as-at date: the h-th lies between month
    12h - 1 and month 12h.
    """

    as_at: date
    start_ay: int
    years: int
    stub: int

    @classmethod
    def at(cls, as_at: date, years: int) -> Clock:
        """The clock of a forecast of `years` academic years, the first beginning on or after the day after `as_at`."""
        start_ay = academic_year(as_at) + 1
        stub = int((np.datetime64(f"{start_ay}-09", "M") - cls.month_after(as_at)).astype(int))
        return cls(as_at, start_ay, years, stub)

    @staticmethod
    def month_after(as_at: date) -> np.datetime64:
        return np.datetime64(as_at, "M") + 1

    @property
    def months(self) -> int:
        """Months looked at: to the end of the last year, and one more, so that the last anniversary has a month after it."""
        return self.stub + 12 * self.years + 1

    def months_in(self, begin: Ints, gone: Ints, year: int) -> Ints:
        """Months of year `year` in which a placement open from month `begin` until before month `gone` counts."""
        first = self.stub + 12 * year
        return np.asarray(np.maximum(np.minimum(gone, first + 12) - np.maximum(begin, first), 0))

    def ay_of(self, month: Ints) -> Ints:
        """The academic year that a month lies in."""
        return np.asarray(self.start_ay + (month - self.stub) // 12)

    def is_september(self, month: Ints) -> Ints:
        """Whether a month is a September: who is gone from it left at a year's end."""
        return np.asarray((month - self.stub) % 12 == 0)


def phase(age: Ints) -> Ints:
    """0 primary, 1 secondary, 2 post-16, by academic age."""
    return np.asarray((age > 10).astype(np.int64) + (age > 15))
