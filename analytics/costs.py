"""What a fee line costs in a period: the arithmetic of the cost mart once more, counted day by day, for working shown and for proof.

Method (docs/costs.md): a year fee by days open ÷ days of the academic year; term, week and day fees by the terms, weeks and school
days of data/reference/calendar.csv. Amounts are exact fractions until the last step; a cost is rounded as it cumulates from the line's
first day, so that the parts of a period add up to the whole.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from analytics.params import SPREAD, UNITS_PER_YEAR
from data.domain import REFERENCE, academic_year

_DAY = timedelta(days=1)
_TERMS, _SCHOOL_DAYS, _DAYS_A_WEEK = 3, 190, 5


@dataclass(frozen=True)
class FeeLine:
    """One fee line of a placement: £ per unit, from the first to the last day on which it is valid and the placement open (both inclusive)."""

    amount_gbp: Decimal
    unit: str
    residence: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class SchoolYear:
    """The school days of one academic year, each with its term; empty for a year that the calendar lacks."""

    term_of: dict[date, str]

    @property
    def days_of_term(self) -> Counter[str]:
        return Counter(self.term_of.values())


@cache
def calendar() -> dict[int, SchoolYear]:
    """School days by academic year from reference/calendar.csv: weekdays of a term outside half terms, bank holidays and staff days."""
    with (REFERENCE / "calendar.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    closed = {day for row in rows if row["kind"] != "term" for day in _days(row)}
    years: dict[int, dict[date, str]] = {}
    for row in rows:
        if row["kind"] == "term":
            open_days = {day: row["name"] for day in _days(row) if day.weekday() < _DAYS_A_WEEK and day not in closed}
            years.setdefault(int(row["academic_year"]), {}).update(open_days)
    return {year: SchoolYear(term_of) for year, term_of in years.items()}


def full_year_equivalent(amount_gbp: Decimal, unit: str, residence: str) -> Decimal:
    """What a fee comes to over a full year, £: the amount times its units a year (params.UNITS_PER_YEAR)."""
    return amount_gbp * UNITS_PER_YEAR[unit][residence]


def units_between(unit: str, residence: str, starts: date, ends: date) -> Fraction:
    """How many years, terms, weeks or days of a fee fall from `starts` to `ends`, both inclusive: counted day by day, exact."""
    spread = SPREAD[unit][residence]
    days: Counter[int] = Counter()
    school_days: Counter[tuple[int, str]] = Counter()
    day = starts
    while day <= ends:
        year = academic_year(day)
        days[year] += 1
        term = calendar()[year].term_of.get(day) if year in calendar() else None
        if term is not None:
            school_days[year, term] += 1
        day += _DAY
    if spread == "even":
        return sum((Fraction(UNITS_PER_YEAR[unit][residence] * n, _length(year)) for year, n in days.items()), Fraction(0))
    counted = sum((_school_units(spread, year, term, n) for (year, term), n in school_days.items()), Fraction(0))
    whole = _TERMS if spread == "term" else _SCHOOL_DAYS
    unknown = sum((Fraction(whole * n, _length(year)) for year, n in days.items() if year not in calendar()), Fraction(0))
    return counted + (unknown / _DAYS_A_WEEK if spread == "school_week" else unknown)


def part_year_cost(line: FeeLine, starts: date, ends: date) -> Decimal:
    """What a fee line costs from `starts` to `ends`, both inclusive, in £ to the penny. Adjoining periods add up exactly."""
    first, last = max(line.first_day, starts), min(line.last_day, ends)
    if first > last:
        return Decimal("0.00")
    through = units_between(line.unit, line.residence, line.first_day, last)
    before = units_between(line.unit, line.residence, line.first_day, first - _DAY)
    return _pennies(Fraction(line.amount_gbp) * through) - _pennies(Fraction(line.amount_gbp) * before)


def _school_units(spread: str, year: int, term: str, n: int) -> Fraction:
    if spread == "term":
        return Fraction(n, calendar()[year].days_of_term[term])
    return Fraction(n, _DAYS_A_WEEK) if spread == "school_week" else Fraction(n)


def _length(year: int) -> int:
    return (date(year + 1, 9, 1) - date(year, 9, 1)).days


def _pennies(gbp: Fraction) -> Decimal:
    """Rounded half away from zero."""
    pennies = int(abs(gbp) * 100 + Fraction(1, 2))
    return Decimal(pennies if gbp >= 0 else -pennies) / 100


def _days(row: dict[str, str]) -> list[date]:
    first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    return [first + n * _DAY for n in range((last - first).days + 1)]
