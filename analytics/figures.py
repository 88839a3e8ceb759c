"""The only way a number reaches a page or a paper: with its unit, basis, date, source and method."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class Figure:
    """One number a person may quote.

    `unit` is one of gbp, gbp_per_place_year, places, placements, settings, children, per_cent, index, records, suppliers.
    `basis` says what is counted and when ("full-year equivalent, snapshot 31 March 2026"); `low`/`high` is the interval
    named in `interval` ("95% interval", "P10 to P90"); `change` compares with `change_period`.
    """

    label: str
    value: float | None
    unit: str
    basis: str
    as_at: date | None
    source: str
    method: str
    low: float | None = None
    high: float | None = None
    interval: str = ""
    change: float | None = None
    change_period: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "change"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(f"{self.label}: {name} is not a finite number")

    @property
    def text(self) -> str:
        """The value as a British reader writes it, in full."""
        return format_value(self.value, self.unit)

    @property
    def short(self) -> str:
        """The value with £k or £m, for tiles; the full figure stands in `text`."""
        return short_value(self.value, self.unit)

    @property
    def interval_text(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f"{self.interval}: {format_value(self.low, self.unit)} to {format_value(self.high, self.unit)}"

    @property
    def change_text(self) -> str:
        """The change in full: "£7,511,983 on 2024-25"."""
        return "" if self.change is None else f"Change: {format_value(self.change, self.unit)} {self.change_period}".strip()


@dataclass(frozen=True)
class Table:
    """Rows behind a chart or a sentence.

    `frame` has snake_case columns; `columns` gives each shown column its heading, in order; `units` its unit (as Figure.unit, or "amount" of what the
    row names, "text", "date"); columns not named there are not shown or exported. `child_level` rows never leave commissioner and finance use.
    """

    title: str
    subtitle: str  # measure, population, period
    source: str
    frame: pd.DataFrame
    columns: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    child_level: bool = False


@dataclass(frozen=True)
class Finding:
    """What one page says: the answer in a sentence, at most four figures, the tables, and how it was worked out."""

    answer: str
    figures: tuple[Figure, ...]
    tables: dict[str, Table]
    method: str  # Markdown: method, assumptions, limits
    data_version: str
    notes: tuple[str, ...] = ()  # what a reader must know before quoting; what loading one more file would add
    headlines: dict[str, str] = field(default_factory=dict)  # the message of a table's chart, where it says more than the table's title


def short_gbp(value: float) -> str:
    """1234567 → "£1.2m"; 45678 → "£46k"; 950 → "£950"."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 999_500:
        return f"{sign}£{size / 1e6:,.1f}m"
    if size >= 9_999.5:
        return f"{sign}£{size / 1e3:,.0f}k"
    return f"{sign}£{size:,.0f}"


def short_value(value: float | None, unit: str) -> str:
    """As `format_value`, with £k or £m."""
    return short_gbp(value) if value is not None and unit in ("gbp", "gbp_per_place_year") else format_value(value, unit)


def format_value(value: float | None, unit: str) -> str:
    """A number with its unit as printed: £1,234, 12.5%, 1.08, 1,623."""
    if value is None:
        return "not known"
    if unit in ("gbp", "gbp_per_place_year"):
        return f"-£{-value:,.0f}" if round(value) < 0 else f"£{abs(value):,.0f}"
    if unit == "per_cent":
        return f"{value:,.1f}%"
    if unit == "index":
        return f"{value:.2f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def format_date(on: date) -> str:
    """31 March 2026."""
    return f"{on.day} {on:%B %Y}"
