"""How prices in general moved: the consumer prices index of data/reference/cpi.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from data.domain import REFERENCE

STALE_MONTHS = 3  # an index that ends this long before a request says little of the year that it is about


@dataclass(frozen=True)
class Prices:
    """The change over the twelve months to `month` (its first day), in per cent. `stale`: the index ends long before the day asked about."""

    month: date
    per_cent: float
    source: str
    stale: bool


@cache
def index() -> dict[date, float]:
    """The index by the first day of its month, all items, 2015 = 100."""
    return {date.fromisoformat(f"{row['month']}-01"): float(row["index"]) for row in _rows()}


def source() -> str:
    """Where the index comes from, and of what day it is."""
    return _rows()[-1]["source"]


def twelve_months(on: date) -> Prices | None:
    """The change to the last month that was over before the month of `on`, which is the last one published by then. None before the index begins."""
    known = index()
    first = date(on.year, on.month, 1)
    months = [month for month in known if month < first and month.replace(year=month.year - 1) in known]
    if not months:
        return None
    last = max(months)
    return Prices(last, change(last.replace(year=last.year - 1), last), source(), _months(last, first) > STALE_MONTHS)


def change(earlier: date, later: date) -> float:
    """The change between two months that the index holds, in per cent. KeyError for one that it does not hold."""
    known = index()
    return 100.0 * (known[later] / known[earlier] - 1.0)


def _months(earlier: date, later: date) -> int:
    return 12 * (later.year - earlier.year) + later.month - earlier.month


@cache
def _rows() -> list[dict[str, str]]:
    with (REFERENCE / "cpi.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
