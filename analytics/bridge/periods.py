"""What a bridge compares: financial years, academic years, months, or snapshots of a day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.figures import format_date
from data.domain import academic_year_name, financial_year_name
from data.errors import WrongUsage

KINDS = {"fy": "Financial years", "ay": "Academic years", "month": "Months", "snapshot": "Snapshots of a day"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both inclusive; a snapshot is one day. `code` is how an address writes it: 2025, 2025-04, 2026-03-31."""

    kind: str
    code: str
    name: str
    first_day: date
    last_day: date

    @property
    def is_snapshot(self) -> bool:
        return self.kind == "snapshot"

    @property
    def when(self) -> str:
        """ "in 2025-26", "on 31 March 2026"."""
        return f"{'on' if self.is_snapshot else 'in'} {self.name}"

    @property
    def basis(self) -> str:
        """What is counted, as it stands beside a number."""
        return f"full-year equivalent, snapshot {self.name}" if self.is_snapshot else f"part-year cost {self.name}"

    @classmethod
    def read(cls, kind: str, code: str) -> Period:
        """The period of an address. WrongUsage where there is no such kind, or the code is not one of its own."""
        if kind not in KINDS:
            raise WrongUsage(f"'{kind}' is not a kind of period; use one of {', '.join(KINDS)}.")
        try:
            return _MAKE[kind](code)
        except ValueError:
            raise WrongUsage(f"'{code}' is not one of the {KINDS[kind].lower()}; write it like {_EXAMPLES[kind]}.") from None

    @property
    def year_before(self) -> str:
        """The code of the period a year earlier."""
        return {"fy": _year, "ay": _year, "month": _month, "snapshot": _snapshot}[self.kind](self)


def financial(code: str) -> Period:
    """ "2025": 1 April 2025 to 31 March 2026. ValueError for another code."""
    year = int(code)
    return Period("fy", code, financial_year_name(year), date(year, 4, 1), date(year + 1, 3, 31))


def academic(code: str) -> Period:
    """ "2025": 1 September 2025 to 31 August 2026. ValueError for another code."""
    year = int(code)
    return Period("ay", code, academic_year_name(year), date(year, 9, 1), date(year + 1, 8, 31))


def month(code: str) -> Period:
    """ "2025-04": April 2025. ValueError for another code."""
    first = date.fromisoformat(f"{code}-01")
    return Period("month", code, f"{first:%B %Y}", first, first.replace(day=monthrange(first.year, first.month)[1]))


def snapshot(code: str) -> Period:
    """ "2026-03-31": that day. ValueError for another code."""
    day = date.fromisoformat(code)
    return Period("snapshot", code, format_date(day), day, day)


def offered(kind: str, first_day: date, last_day: date) -> list[Period]:
    """Every period of a kind that begins from `first_day` to `last_day`, newest first; of snapshots the ends of months, and `last_day`."""
    if kind in ("fy", "ay"):
        make, starts = (financial, 4) if kind == "fy" else (academic, 9)
        years = range(first_day.year - 1, last_day.year + 1)
        found = [make(str(year)) for year in years if first_day <= date(year, starts, 1) <= last_day]
    else:
        months = [(n // 12, n % 12 + 1) for n in range(first_day.year * 12 + first_day.month - 1, last_day.year * 12 + last_day.month)]
        whole = [month(f"{year}-{number:02d}") for year, number in months]
        ends = sorted({min(each.last_day, last_day) for each in whole})
        found = whole if kind == "month" else [snapshot(day.isoformat()) for day in ends]
    return found[::-1]


def _year(period: Period) -> str:
    return str(int(period.code) - 1)


def _month(period: Period) -> str:
    return f"{period.first_day.year - 1}-{period.first_day.month:02d}"


def _snapshot(period: Period) -> str:
    """The same day a year earlier; the end of a month becomes the end of that month."""
    day = period.first_day
    if (day + _DAY).day == 1:
        return date(day.year - 1, day.month, monthrange(day.year - 1, day.month)[1]).isoformat()
    return day.replace(year=day.year - 1).isoformat()


_MAKE = {"fy": financial, "ay": academic, "month": month, "snapshot": snapshot}
_EXAMPLES = {"fy": "2025", "ay": "2025", "month": "2025-04", "snapshot": "2026-03-31"}
