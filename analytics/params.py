"""Every assumption that a person may question: value, unit, range, source, reason. Frozen; changed only by making a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Parameter:
    """One assumption. `low` and `high` bound what a person may enter."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    reason: str


TERMS_PER_YEAR = 3
WEEKS_PER_YEAR = {"day": 38, "weekly": 38, "38wk": 38, "44wk": 44, "52wk": 52}
DAYS_PER_YEAR = {"day": 190, "weekly": 190, "38wk": 190, "44wk": 308, "52wk": 364}
# What one unit of a fee is worth in a full year, by unit then residence (school year of 38 weeks, 190 days).
UNITS_PER_YEAR: dict[str, dict[str, int]] = {
    "year": dict.fromkeys(WEEKS_PER_YEAR, 1),
    "term": dict.fromkeys(WEEKS_PER_YEAR, TERMS_PER_YEAR),
    "week": WEEKS_PER_YEAR,
    "day": DAYS_PER_YEAR,
}


@dataclass(frozen=True)
class PlaceFunding:
    """DfE pays this a place and year from `valid_from`, for these setting types, so that fees compare like for like."""

    valid_from: date
    gbp_per_place_year: float
    setting_types: tuple[str, ...]
    source: str


PLACE_FUNDING = (PlaceFunding(date(2013, 4, 1), 10_000.0, ("NMSS", "SPI"), "Assumption: DfE high needs place funding, £10,000 a place"),)
