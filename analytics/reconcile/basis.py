"""The baseline bridge: from one way of counting placements to another, one change at a time, each step with its rows.

Published counts of "independent placements" differ because each counts something else. A `Basis` says what one of them counts, as dated data
(reference/count_bases.csv); the bridge changes one part of the definition after another on the council's own placements, so that it ends at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from analytics.figures import format_date
from data.domain import SETTING_TYPE_NAMES, census_day, financial_year, financial_year_name

PATH = ("committee", "dfe", "foi")  # the bases in the order of the bridge
PARTS = ("unit", "ages", "types", "days")  # what a step changes, in this order


@dataclass(frozen=True)
class Basis:
    """One way of counting. `counted`: snapshot or ever; `day`: year_end, census or year; `unit`: placements, first (rank 1) or children (one each)."""

    name: str
    definition: str
    counted: str
    day: str
    types: tuple[str, ...]
    ages: tuple[int, int]
    unit: str
    source: str

    def days(self, year: int, as_at: date) -> tuple[date, date]:
        """First and last day counted for a financial year: the same day for a snapshot; never beyond `as_at`."""
        last = census_day(year + 1) if self.day == "census" else date(year + 1, 3, 31)
        last = min(last, as_at)
        return (date(year, 4, 1), last) if self.counted == "ever" else (last, last)

    def when(self, year: int, as_at: date) -> str:
        """The days in words."""
        first, last = self.days(year, as_at)
        return f"on {format_date(last)}" if first == last else f"at any time from {format_date(first)} to {format_date(last)}"


@dataclass(frozen=True)
class Step:
    """One change of definition: what counts before and after, and the rows that come in (`sign` 1) and go out (−1), with the line's words."""

    before: str
    after: str
    from_count: int
    to_count: int
    rows: pd.DataFrame


def bases(table: pd.DataFrame) -> dict[str, Basis]:
    """The bases of reference/count_bases.csv by key. `table`: ref_count_bases, texts."""
    found = {}
    for row in table.to_dict("records"):
        ages = (int(row["age_low"]), int(row["age_high"]))
        types = tuple(str(row["setting_types"]).split(";"))
        found[str(row["basis"])] = Basis(row["name"], row["definition"], row["counted"], row["day"], types, ages, row["unit"], row["source"])
    return found


def counted(placements: pd.DataFrame, basis: Basis, year: int, as_at: date) -> pd.DataFrame:
    """The placements that a basis counts for a financial year, one row a unit counted. `placements`: mart_placement.

    Age is academic age on the day counted, or on the last day counted of a placement that ended before it.
    """
    first, last = (pd.Timestamp(day) for day in basis.days(year, as_at))
    left, entry = placements["leaving_date"], placements["entry_date"]
    there = placements[(entry <= last) & (left.isna() | (left >= first)) & placements["setting_type"].isin(basis.types)]
    left = there["leaving_date"]
    on, birth = left.where(left < last, last), there["birth_month"].astype(str)
    age = on.dt.year - (on.dt.month < 9) - birth.str[:4].astype(int) - (birth.str[5:7].astype(int) > 8)
    found: pd.DataFrame = there[age.between(*basis.ages)]
    if basis.unit == "placements":
        return found
    if basis.unit == "first":
        return found[found["rank"].astype(str) == "1"]
    order = found[["child_id", "rank", "entry_date", "placement_id"]].sort_values(["rank", "entry_date", "placement_id"], ascending=[False, True, True])
    return found.loc[order.drop_duplicates("child_id", keep="last").index.sort_values()]


def bridge(placements: pd.DataFrame, path: Sequence[Basis], year: int, as_at: date) -> list[Step]:
    """The steps from the first basis of `path` through each next one: unit, then ages, kinds of setting and days, where they differ."""
    steps, was = [], counted(placements, path[0], year, as_at)
    for start, end in pairwise(path):
        told: list[str] = []
        now, name = start, start.name
        for part in PARTS:
            then = _changed(now, end, part)
            if then == now:
                continue
            told.append(_change_words(then, part, year, as_at))
            after = end.name if _same(then, end) else f"{start.name}, {', '.join(told)}"
            rows = counted(placements, then, year, as_at)
            lines = _line_words(now, then, part, year, as_at)
            steps.append(Step(name, after, len(was), len(rows), _moved(was, rows, lines, by_child=now.unit == then.unit == "children")))
            now, name, was = then, after, rows
    return steps


def _moved(was: pd.DataFrame, now: pd.DataFrame, lines: tuple[str, str], *, by_child: bool) -> pd.DataFrame:
    """Rows that come in and go out between two counts, with the line that names them."""
    if by_child:
        came, went = now[~now["child_id"].isin(was["child_id"])], was[~was["child_id"].isin(now["child_id"])]
    else:
        came, went = now[~now.index.isin(was.index)], was[~was.index.isin(now.index)]
    return pd.concat([came.assign(sign=1, line=lines[0]), went.assign(sign=-1, line=lines[1])])


def _changed(now: Basis, end: Basis, part: str) -> Basis:
    return replace(now, counted=end.counted, day=end.day) if part == "days" else replace(now, **{part: getattr(end, part)})


def _same(one: Basis, other: Basis) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("counted", "day", "types", "ages", "unit"))


def _change_words(basis: Basis, part: str, year: int, as_at: date) -> str:
    if part == "unit":
        return {"children": "each child once", "first": "first placements alone", "placements": "second placements too"}[basis.unit]
    if part == "ages":
        return "all ages" if basis.ages == (0, 99) else f"academic age {basis.ages[0]} to {basis.ages[1]}"
    *some, last = basis.types
    kinds = f"{', '.join(some)} and {last}" if some else last
    return kinds if part == "types" else basis.when(year, as_at)


def _line_words(was: Basis, now: Basis, part: str, year: int, as_at: date) -> tuple[str, str]:
    """Words for what comes in and what goes out when one part of the definition changes."""
    if part == "unit":
        return "Further placements of a child", "Further placements of a child"
    if part == "ages":
        return f"Outside academic age {was.ages[0]} to {was.ages[1]}", f"Outside academic age {now.ages[0]} to {now.ages[1]}"
    if part == "types":
        more, fewer = ([SETTING_TYPE_NAMES[t].lower() + "s" for t in some if t not in rest] for some, rest in ((now.types, was.types), (was.types, now.types)))
        return f"In {' and '.join(more)}", f"In {' and '.join(fewer)}"
    before, after = was.when(year, as_at), now.when(year, as_at)
    return f"Counted {after}, not {before}", f"Counted {before}, not {after}"


def baseline(steps: Sequence[Step], year: int) -> list[dict[str, Any]]:
    """The bridge as a document: one entry a step, its lines in counts, `residual_count` what is left unnamed: nothing."""
    found = []
    for step in steps:
        lines = [{"line": str(words), "count": int(count)} for words, count in step.rows.groupby("line", sort=False)["sign"].sum().items()]
        residual = step.to_count - step.from_count - sum(int(str(line["count"])) for line in lines)
        found.append(
            {
                "reconciliation": "baseline",
                "year": financial_year_name(year),
                "from": step.before,
                "from_count": step.from_count,
                "lines": lines,
                "to": step.after,
                "to_count": step.to_count,
                "residual_count": residual,
            }
        )
    return found


def years(placements: pd.DataFrame, as_at: date) -> list[int]:
    """Financial years with a placement whose January census is past by `as_at`, latest first."""
    if placements.empty:
        return []
    first = financial_year(placements["entry_date"].min().date())
    return [year for year in range(financial_year(as_at), first - 1, -1) if census_day(year + 1) <= as_at]


def published(placements: pd.DataFrame, known: dict[str, Basis], table: pd.DataFrame, as_at: date) -> list[dict[str, Any]]:
    """Published counts beside those of the loaded placements on the same basis; what differs is not explained by the loaded data.

    `table`: ref_published_counts (basis, financial_year, count, council, source), of which the years loaded are compared; none where most children
    live outside the districts of that council.
    """
    homes = placements[placements["home_district"].notna()]
    if homes["area"].isna().mean() > 0.5:
        return []
    loaded, found = years(placements, as_at), []
    for row in table.to_dict("records"):
        year, basis = int(row["financial_year"]), known[str(row["basis"])]
        if year not in loaded:
            continue
        here, there = len(counted(placements, basis, year, as_at)), int(row["count"])
        found.append(
            {
                "reconciliation": "published_counts",
                "year": financial_year_name(year),
                "from": f"{basis.name}, placements loaded",
                "from_count": here,
                "lines": [{"line": "Not explained by the loaded data", "count": there - here}] if there != here else [],
                "to": f"Published, {row['council']}",
                "to_count": there,
                "residual_count": 0,
                "source": str(row["source"]),
            }
        )
    return found
