"""Made-up councils with a known truth, to hold forecasts against: entries and exits by rates that the test sets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

FIRST = date(2014, 9, 1)


def world(
    seed: int,
    until: date,
    *,
    entries: float = 60.0,
    growth: float = 0.0,
    spread: float = 0.0025,
    drift: float = 0.05,
    in_year: float = 0.005,
    year_end: tuple[float, ...] = (0.05, 0.5, 0.3),
    moves: float = 0.3,
) -> pd.DataFrame:
    """Placements from September 2014 until a day. `entries` a year, growing by `growth`, with a shock of variance `spread` a year and a level that drifts.

    A child leaves with `in_year` a month of September to June, and at a year's end by age: up to 10 and 12 to 14 the first chance of `year_end`, at 11th
    year's end (age 15) the second, from 16 on the third; of those who leave the share `moves` goes on to another setting the same day or in September.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    level, child = entries, 0
    for ay in range(FIRST.year, until.year + 1):
        level *= float(np.exp(growth) * rng.gamma(drift**-2, drift**2)) if ay > FIRST.year else 1.0
        for _ in range(rng.poisson(level * rng.gamma(1 / spread, spread))):
            child += 1
            age = int(rng.choice([5, 7, 9, 11, 12, 13, 14, 16], p=[0.05, 0.1, 0.1, 0.35, 0.1, 0.1, 0.1, 0.1]))
            month = int(rng.choice([0, 1, 3, 5, 7], p=[0.6, 0.1, 0.1, 0.1, 0.1]))
            _live(rows, rng, f"C{child}", ay, month, age, until, in_year, year_end, moves)
    frame = pd.DataFrame(rows)
    return frame[pd.to_datetime(frame["entry_date"]) <= pd.Timestamp(until)].reset_index(drop=True)


def _live(
    rows: list[dict[str, Any]],
    rng: np.random.Generator,
    child: str,
    ay: int,
    month: int,
    age: int,
    until: date,
    in_year: float,
    year_end: tuple[float, ...],
    moves: float,
) -> None:
    """One child's placements, one after another."""
    birth = f"{ay - age - 1}-11"
    here = {"child_id": child, "primary_need": "ASD", "residence_group": "day", "area": "east", "birth_month": birth, "named_by": "council", "rank": "1"}
    entry = _first_of(ay, month)
    while True:
        left, at_end, ay, month = _until_left(rng, ay, month, ay - int(birth[:4]) - 1, until, in_year, year_end)
        urn = str(100001 + int(rng.integers(4)))
        rows.append({**here, "urn": urn, "entry_date": entry, "leaving_date": left})
        if left is None or left >= until or rng.random() >= moves or ay - int(birth[:4]) - 1 + at_end > 24:
            return
        entry = left + timedelta(days=1)
        ay, month = (ay + 1, 0) if at_end else (ay, month)


def _until_left(
    rng: np.random.Generator, ay: int, month: int, age: int, until: date, in_year: float, year_end: tuple[float, ...]
) -> tuple[date | None, bool, int, int]:
    """The last day, whether it is a year's end, and the academic year and month of it; None where the child is still there on the day."""
    while True:
        if _first_of(ay, month) > until:
            return None, False, ay, month
        if month < 10 and rng.random() < in_year:
            return _first_of(ay, month) + timedelta(days=27), False, ay, month
        month += 1
        if month == 12:
            chance = 1.0 if age >= 24 else year_end[0] if age < 15 else year_end[1] if age == 15 else year_end[2]
            if rng.random() < chance:
                return date(ay + 1, 8, 31), True, ay, 11
            ay, month, age = ay + 1, 0, age + 1


def _first_of(ay: int, month: int) -> date:
    return date(ay, 9 + month, 1) if month < 4 else date(ay + 1, month - 3, 1)


def open_on(frame: pd.DataFrame, day: date) -> int:
    """Placements open on a day."""
    entry, leaving = pd.to_datetime(frame["entry_date"]), pd.to_datetime(frame["leaving_date"])
    return int(((entry <= pd.Timestamp(day)) & (leaving.isna() | (leaving >= pd.Timestamp(day)))).sum())
