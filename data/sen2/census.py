"""Whose census a return is, and of which year: from its header, else from its dates; and what stands in the store already."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from data.cells import Fault, clean, read_date
from data.domain import REFERENCE, census_day
from data.errors import InputRejected
from data.keeping import Keeping
from data.sen2.tables import HAPPENED, Table, day_of
from data.sources import Source

if TYPE_CHECKING:
    from data.store import Cursor

FIRST_YEAR = 2022  # of the person-level return
_PROFILE = re.compile(r"sen2_(\d{4})(?:_(\d{3}))?")
_READ = {  # the columns that a return brings; what a council added beside them is kept
    "plans": ("birth_month", "primary_need", "secondary_need", "plan_start", "plan_ceased", "cease_reason"),
    "placements": ("child_id", "urn", "entry_date", "leaving_date", "rank", "residence"),
}
_IF_EMPTY = {"plans": ("primary_need", "secondary_need")}  # a ceased plan is returned without its needs


@dataclass(frozen=True)
class Census:
    """A January census. `la` is None where neither the return nor the store says whose; `inferred`: the year follows from the dates in it."""

    year: int
    la: str | None
    inferred: bool = False


@dataclass(frozen=True)
class Standing:
    """What the store holds: whose returns, and the newest year (0 where none)."""

    la: str | None = None
    newest: int = 0


def standing(cursor: Cursor) -> Standing:
    """Council and newest year of the returns loaded and not withdrawn, template files of the census included."""
    profiles = cursor.execute("SELECT DISTINCT profile FROM meta_batch WHERE withdrawn_by IS NULL AND starts_with(profile, 'sen2_')").fetchall()
    found = [match for (profile,) in profiles if (match := _PROFILE.fullmatch(profile))]
    rows = cursor.execute("SELECT max(census_year), max(la) FROM raw_sen2 WHERE is_current").fetchall()
    year, la = rows[0]
    years = [int(match[1]) for match in found] + ([int(year)] if year else [])
    return Standing(next((match[2] for match in found if match[2]), la), max(years, default=0))


def profile_name(census: Census) -> str:
    """What the manifest says a return came through: sen2_2026_886."""
    return f"sen2_{census.year}" + (f"_{census.la}" if census.la else "")


def keeping_of(source: Source, profile: str | None, newest: int) -> Keeping:
    """What a return keeps of a plan or placement that is there: all that it does not read, or everything when a newer return is loaded."""
    match = _PROFILE.fullmatch(profile or "")
    if not match or source.name not in _READ:
        return Keeping()
    read = (*_READ[source.name], *source.key)
    return Keeping(tuple(n for n in source.names if n not in read), _IF_EMPTY.get(source.name, ()), only_new=int(match[1]) < newest)


def census_of(tables: Mapping[str, Table], loaded: Standing, today: date, file: str) -> Census:
    """Year and council of a return. InputRejected: other_year where its years differ or do not fit its reference date, other_council likewise."""
    head = tables.get("sen2")
    years = _distinct(head, "year")
    las = {la.removesuffix(".0").zfill(3) for la in _distinct(head, "lea")}
    collections = {name for name in _distinct(head, "collection") if not name.casefold().replace(" ", "").startswith("sen2")}
    if collections:
        raise InputRejected(f"{file} is a return of {min(collections)[:40]}, not of SEN2; load the SEN2 return.", "unknown_source")
    days = [day for text in _distinct(head, "referencedate") if (day := _day(text))]
    stated = years | {str(day.year) for day in days}
    if len(stated) > 1:
        years_named = " and ".join(sorted(stated))
        raise InputRejected(
            f"The return of {file} names the years {years_named}; correct its year or reference date, and load one year at a time.", "other_year"
        )
    if len(las) > 1 or (loaded.la and las - {loaded.la}):
        others = " and ".join(sorted(las - {loaded.la}))
        mine = f"; this database holds returns of {loaded.la}" if loaded.la else ""
        raise InputRejected(f"{file} is a return of council {others}{mine}. Load the council's own return.", "other_council")
    la = next(iter(las), loaded.la)
    if stated:
        return Census(_year(next(iter(stated)), today, file), la)
    return Census(_inferred(tables, today, file), la, inferred=True)


def _distinct(table: Table | None, column: str) -> set[str]:
    return {text.strip() for text in table.column(column)} - {""} if table else set()


def _day(text: str) -> date | None:
    try:
        return read_date(clean(day_of(text)))
    except Fault:
        return None


def _year(text: str, today: date, file: str) -> int:
    year = int(text.removesuffix(".0")) if re.fullmatch(r"\d{4}(\.0)?", text) else 0
    if not FIRST_YEAR <= year <= today.year + 1:
        raise InputRejected(f"{file} says its year is {text[:20]!r}; correct it to a year from {FIRST_YEAR} to {today.year + 1}.", "other_year")
    return year


def _inferred(tables: Mapping[str, Table], today: date, file: str) -> int:
    """The census that follows the latest day on which something happened: days up to census day belong to that January's census."""
    texts = {text for table in tables.values() for column in HAPPENED for text in set(table.column(column)) if text.strip()}
    days = [day for text in texts if (day := _day(text)) and day <= today]
    if not days:
        raise InputRejected(f"{file} says nowhere of which year it is; add the return's table sen2, or load the XML message.", "other_year")
    last = max(days)
    return last.year if last <= census_day(last.year) else last.year + 1


@cache
def residences(year: int) -> dict[str, str]:
    """Residential code → residence in a census year (reference/sen2_residence.csv); a code that is not there means day."""
    return {
        row["code"]: row["residence"]
        for row in _reference("sen2_residence")
        if int(row["from_year"]) <= year <= (int(row["to_year"]) if row["to_year"] else year)
    }


@cache
def local_urns() -> dict[str, str]:
    """Setting code → the local number under which a placement without URN is kept (reference/sen2_settings.csv)."""
    return {row["code"]: row["urn"] for row in _reference("sen2_settings")}


def _reference(name: str) -> Iterable[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
