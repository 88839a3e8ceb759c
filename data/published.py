"""Tables that anybody may publish, beside a council's own records: DfE's caseload of EHC plans, and a table of price bands.

They hold no child and are the same for every council, so they are kept as files beside the database (`data.beside`) and not in it. They are
read as every upload is: guarded, in a child process with limits, typed by their columns. A table is taken whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from data import domain
from data.errors import InputRejected
from data.sources import Column, Kind, Source

NOT_PUBLISHED = ("x", "z", "c", "u", "k", "low", ":", "")  # DfE's symbols: not available, not applicable, confidential… never a nought
ALL_PLANS = "allehcplans"
LEVELS = {"national": "England", "localauthority": ""}


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, meaning, required)


CASELOAD = Source(
    "caseload",
    "DfE, Education, health and care plans: caseload by local authority and type of provision",
    ("time_period", "geographic_level", "old_la_code", "breakdown_topic", "breakdown"),
    (
        Column("time_period", Kind.INTEGER, "Academic year as DfE writes it: 202425 is the census of January 2025", True),
        _text("geographic_level", "National or Local authority; other levels are not read", required=True),
        _text("old_la_code", "The council's three-digit DfE code"),
        _text("la_name", "Name of the council"),
        _text("breakdown_topic", "Only All EHC plans is read", required=True),
        _text("breakdown", "Only All EHC plans is read", required=True),
        _text("ehcplans", "Children and young people with a plan", required=True),
        _text("special_independent", "Placed in independent special schools", required=True),
        _text("special_non_maintained", "Placed in non-maintained special schools", required=True),
        _text("special_total", "Placed in special schools of every kind"),
        _text("specialist_post_16_institutions", "Placed in specialist post-16 institutions"),
    ),
)
PRICE_BANDS = Source(
    "price_bands",
    "Price bands: the most that a place may cost, by need and day or residential, from a date",
    ("band", "residence", "valid_from"),
    (
        Column("band", Kind.ID, "Name of the band", True),
        Column("needs", Kind.CODES, "Primary needs in the band, separated by semicolons; empty for every need that no other band names", codes=domain.NEEDS),
        Column("residence", Kind.CODE, "day or residential", True, codes=("day", "residential")),
        Column("valid_from", Kind.DATE, "First day on which the maximum holds", True),
        Column("maximum_gbp", Kind.MONEY, "Most that a place may cost a full year", True, "£"),
        Column("standing", Kind.CODE, "proposal until it is law", True, codes=("proposal", "law")),
        _text("source", "Where the number comes from", required=True),
    ),
    control="maximum_gbp",
)
HISTORY = Source(
    "history",
    "Places by area and year, as published: what a forecast without child-level data reads",
    ("area", "year"),
    (
        _text("area", "Name of the council or area; England, where it is given, is the path of all", required=True),
        Column("year", Kind.INTEGER, "Year of the January census", True),
        _text("places", "Places counted; empty or one of DfE's symbols where not published"),
    ),
)
PUBLISHED = {table.name: table for table in (CASELOAD, PRICE_BANDS, HISTORY)}
PAGE_OF = {"caseload": "Comparison", "price_bands": "Price bands", "history": "Demand"}
FIRST_YEAR, LAST_YEAR = 1990, 2100
_COUNTS = {
    "ehcplans": "plans",
    "special_independent": "independent",
    "special_non_maintained": "non_maintained",
    "special_total": "special",
    "specialist_post_16_institutions": "post16",
}


def checked(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that are used, in the form in which they are kept. InputRejected with one sentence where the table contradicts itself.

    `rows`: typed columns of the source, and row_number (the physical line).
    """
    return _CHECKS[name](rows)


def _caseload(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a council (or England) × January: la_code, la_name, year, and counts, missing where not published."""
    level = rows["geographic_level"].map(_plain)
    every = rows["breakdown_topic"].map(_plain).eq(ALL_PLANS) & rows["breakdown"].map(_plain).eq(ALL_PLANS)
    used = rows[every & level.isin(LEVELS)]
    if used.empty:
        raise InputRejected("The file has no row of all EHC plans for England or a local authority; take the caseload file of the DfE release.", "no_caseload")
    national = used["geographic_level"].map(_plain).eq("national")
    nameless = used[~national & (used["old_la_code"].isna() | used["la_name"].isna())]
    if len(nameless):
        raise InputRejected(f"Line {nameless['row_number'].iloc[0]} is of a local authority without its code or name; take the file as published.", "no_area")
    frame = pd.DataFrame(
        {
            "la_code": used["old_la_code"].where(~national, "England"),
            "la_name": used["la_name"].where(~national, "England"),
            "year": [_january(period, line) for period, line in zip(used["time_period"], used["row_number"], strict=True)],
        }
    )
    for column, short in _COUNTS.items():
        texts = used[column] if column in used else pd.Series(None, index=used.index, dtype=object)
        frame[short] = [_count(text, column, line) for text, line in zip(texts, used["row_number"], strict=True)]
    twice = frame[frame.duplicated(["la_code", "year"])]
    if len(twice):
        area, year = twice[["la_name", "year"]].iloc[0]
        raise InputRejected(f"{area} has two rows of all EHC plans for January {year}; keep one of them.", "twice")
    return frame.sort_values(["la_code", "year"], kind="stable").reset_index(drop=True)


def _price_bands(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a band × residence × first day: band, needs, residence, valid_from (ISO text), maximum_gbp, standing, source."""
    frame = rows.assign(maximum_gbp=rows["maximum_gbp"] / 100, valid_from=[day.isoformat() for day in rows["valid_from"]], needs=rows["needs"].fillna(""))
    if (frame["maximum_gbp"] <= 0).any():
        raise InputRejected(f"The band '{frame.loc[frame['maximum_gbp'] <= 0, 'band'].iloc[0]}' has no maximum above £0; give one.", "no_maximum")
    seen: dict[tuple[str, str, str], str] = {}
    for row in frame.to_dict("records"):
        for need in str(row["needs"]).split(";"):
            key = (need, row["residence"], row["valid_from"])
            if key in seen:
                what = f"The need {need}" if need else "'Every other need'"
                where = f"two {row['residence']} bands from {row['valid_from']}, '{seen[key]}' and '{row['band']}'"
                raise InputRejected(f"{what} is in {where}; keep it in one.", "need_in_two_bands")
            seen[key] = str(row["band"])
    return frame[["band", "needs", "residence", "valid_from", "maximum_gbp", "standing", "source"]].reset_index(drop=True)


def _history(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an area × January: area, year, places, missing where not published."""
    if rows["places"].isna().all():
        raise InputRejected("The file has no count in a column 'places'; give area, year and places.", "no_places")
    for year, line in zip(rows["year"], rows["row_number"], strict=True):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise InputRejected(f"Line {line}: year is '{year}'; write the year of the January census, such as 2025.", "bad_year")
    areas = rows["area"].map(lambda text: " ".join(str(text).split()))
    places = [_places(text, line) for text, line in zip(rows["places"], rows["row_number"], strict=True)]
    frame = pd.DataFrame({"area": areas.to_numpy(), "year": rows["year"].astype(int).to_numpy(), "places": pd.array(places, dtype="Float64")})
    twice = np.flatnonzero(frame.duplicated(["area", "year"]))
    if len(twice):
        area, year = frame.iloc[twice[0]][["area", "year"]]
        raise InputRejected(f"Line {rows['row_number'].iloc[twice[0]]}: {area} has a second row for January {year}; keep one of them.", "twice")
    if frame["places"].notna().groupby(frame["year"]).any().sum() < 2:
        raise InputRejected("The file has counts of fewer than two years in column 'places'; growth needs two at least.", "one_year")
    return frame.sort_values(["area", "year"], kind="stable").reset_index(drop=True)


_CHECKS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"caseload": _caseload, "price_bands": _price_bands, "history": _history}


def _plain(text: object) -> str:
    return re.sub(r"[\W_]+", "", str(text)).casefold()


def _january(period: int, line: int) -> int:
    """202425 → 2025."""
    first, last = divmod(int(period), 100)
    if not (2000 <= first < 2100 and last == (first + 1) % 100):
        raise InputRejected(f"Line {line}: '{period}' is not an academic year; DfE writes 202425 for 2024/25.", "bad_period")
    return first + 1


def _places(text: object, line: int) -> int | None:
    """A count, also as a spreadsheet writes it (1487.0)."""
    plain = re.sub(r"\.0+$", "", str(text).strip()) if isinstance(text, str) else text
    try:
        return _count(plain, "places", line)
    except InputRejected as error:
        said = f"Line {line}: places is '{str(text)[:20]}'; write a whole number of places, or leave it empty where it is not published."
        raise InputRejected(said, "bad_count") from error


def _count(text: object, column: str, line: int) -> int | None:
    """A published count; None for DfE's symbols."""
    plain = "" if text is None or text is pd.NA or text != text else str(text).strip().casefold()
    if plain in NOT_PUBLISHED:
        return None
    if not re.fullmatch(r"\d{1,3}(,\d{3})+|\d{1,9}", plain):
        raise InputRejected(
            f"Line {line}: {column} is '{str(text)[:20]}', which is neither a count nor one of DfE's symbols; take the file as published.", "bad_count"
        )
    return int(plain.replace(",", ""))
