"""How do we compare with councils like ours?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics import comparison as model
from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.words import plural

SOURCE = "DfE, Education, health and care plans, caseload"
DENOMINATOR_NAMES = {model.PLANS: "For every 1,000 EHC plans", model.SPECIAL: "As a share of all special-school placements"}
_UNITS = {model.PLANS: "per_1000", model.SPECIAL: "per_cent"}
_METHOD = """
**Placements** are children and young people with a plan placed in independent special or non-maintained special schools in January, of all ages,
by the council that maintains the plan. Specialist post-16 institutions are not counted in. This is DfE's count; the council's own bases differ, and
Intake reconciles them.

**Rates** divide by the council's plans, or by its placements in special schools of every kind. The file holds no population, so no rate of all children is
shown. Counts are complete; the interval says what chance alone could make of such a count (Wilson's 95%). **Growth** is of placements, not of the rate.

**Neighbours** are DfE's statistical neighbours where they are known here (`data/reference/statistical_neighbours.csv`), or those you choose. The median is of
those that the file holds.

Limits: a higher rate is not a fault, nor a lower one a merit. It depends on how many state special places there are, on what families need, and on
whether plans are given earlier or later. DfE changed how places are recorded in 2022 and 2023 (named against attended, and more categories).
"""


@dataclass(frozen=True)
class Published:
    """What is known of the counts: rows, whether a person added the file, its name and day, and which neighbours were asked for (code → name)."""

    rates: pd.DataFrame
    ours: str
    name: str
    wanted: dict[str, str]
    file: str
    added_on: date | None
    made_up: bool = False  # whether the pages show the made-up authority meanwhile


def comparison(known: Published, denominator: str, version: str) -> Finding:
    """The page's finding."""
    now = model.latest(known.rates, known.ours, list(known.wanted))
    if now.empty:
        said = f"No published counts of {known.name or 'the council'} are known here. Add DfE's caseload file to compare."
        return Finding(said, (), {}, _METHOD, version)
    year, own = int(now["year"].iloc[0]), now.iloc[0]
    near, england = now[now["place"] == 1], now[now["place"] == 2]
    missing = [name for code, name in known.wanted.items() if code not in set(near.loc[near["rate"].notna(), "la_code"])]
    tables = {"trend": _trend(known, denominator), "latest": _latest(now, known, denominator, year)}
    headlines = {"trend": _headline(own, england, known)}
    figures = _figures(own, near, england, known, denominator)
    return Finding(_answer(own, near, england, known, denominator), figures, tables, _METHOD, version, _notes(known, missing, denominator, england), headlines)


def _said(value: float, denominator: str) -> str:
    return format_value(float(value), _UNITS[denominator])


def _answer(own: pd.Series, near: pd.DataFrame, england: pd.DataFrame, known: Published, denominator: str) -> str:
    low, high = _said(own["low"], denominator), _said(own["high"], denominator)
    said = f"In January {int(own['year'])} {known.name} had {own['placements']:,.0f} independent and non-maintained placements, "
    said += f"{_said(own['rate'], denominator)} "
    said += "for every 1,000 plans" if denominator == model.PLANS else "of its special-school placements"
    said += f" (95% interval of chance {low} to {high})"
    against = []
    if len(england) and pd.notna(england["rate"].iloc[0]):
        against.append(f"{_said(england['rate'].iloc[0], denominator)} in England")
    rates = near["rate"].dropna()
    if len(rates):
        against.append(f"a median of {_said(rates.median(), denominator)} in {len(rates)} of {plural(len(known.wanted), 'council')} like it")
    said += f", against {' and '.join(against)}" if against else ""
    if pd.notna(own["growth"]):
        said += f"; since {int(own['since'])} they grew by {own['growth']:.1f}% a year"
        said += f", England's by {england['growth'].iloc[0]:.1f}%" if len(england) and pd.notna(england["growth"].iloc[0]) else ""
    return f"{said}."


def _figures(own: pd.Series, near: pd.DataFrame, england: pd.DataFrame, known: Published, denominator: str) -> tuple[Figure, ...]:
    unit, year = _UNITS[denominator], int(own["year"])
    basis = f"{DENOMINATOR_NAMES[denominator]}, January {year}"
    day = date(year, 1, 15)
    source = f"{SOURCE}{f' ({known.file})' if known.file else ''}"
    ours = Figure(
        known.name,
        float(own["rate"]),
        unit,
        basis,
        day,
        source,
        f"{own['placements']:,.0f} ÷ {own['whole']:,.0f}.",
        low=float(own["low"]),
        high=float(own["high"]),
        interval="What chance alone could make of it (95%)",
    )
    figures = [ours]
    if len(near["rate"].dropna()):
        count = len(near["rate"].dropna())
        figures.append(
            Figure("Councils like it", float(near["rate"].median()), unit, f"Median of the {count} in the file", day, source, "Median of their rates.")
        )
    if len(england) and pd.notna(england["rate"].iloc[0]):
        row = england.iloc[0]
        figures.append(Figure("England", float(row["rate"]), unit, basis, day, source, f"{row['placements']:,.0f} ÷ {row['whole']:,.0f}."))
    if pd.notna(own["growth"]):
        basis = f"Placements, a year, January {int(own['since'])} to {year}"
        figures.append(Figure("Growth", float(own["growth"]), "per_cent", basis, day, source, "Compound growth of placements."))
    return tuple(figures)


def _notes(known: Published, missing: list[str], denominator: str, england: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    if known.made_up:
        notes.append("These counts are real and published. They are not of the made-up authority, which has Kent's size.")
    if not known.file:
        notes.append(
            "Only the counts that come with the product are shown (Kent and England, DfE 2025). Add DfE's caseload file below to see every council in it: "
            "“Education, health and care plans”, data set “caseload”, on explore-education-statistics.service.gov.uk, as CSV."
        )
        if denominator == model.SPECIAL and (england.empty or england["rate"].isna().all()):
            notes.append("England's special placements of every kind are not among them.")
    elif missing:
        notes.append(f"Not in the file, or not published there: {', '.join(missing)}.")
    if not known.wanted:
        notes.append(f"No statistical neighbours of {known.name} are known here; choose councils to compare with.")
    return tuple(notes)


def _trend(known: Published, denominator: str) -> Table:
    """One row a council × January, ours first, then neighbours by name, then England."""
    frame = known.rates[known.rates["la_code"].isin([known.ours, *known.wanted, model.ENGLAND]) & known.rates["rate"].notna()].copy()
    order = {known.ours: 0, model.ENGLAND: 2}
    frame["place"] = frame["la_code"].map(order).fillna(1)
    frame = frame.sort_values(["place", "la_name", "year"], kind="stable").reset_index(drop=True)
    columns = {
        "la_name": "Council",
        "year": "January",
        "placements": "Placements",
        "whole": _whole(denominator),
        "rate": "Rate",
        "low": "95% from",
        "high": "95% to",
    }
    unit = _UNITS[denominator]
    units = {"la_name": "text", "year": "text", "placements": "placements", "whole": "records", "rate": unit, "low": unit, "high": unit}
    subtitle = (
        f"Independent and non-maintained special placements, {DENOMINATOR_NAMES[denominator].lower().replace('ehc', 'EHC')}, each January; England dotted"
    )
    return Table("Placements by council and year", subtitle, _source(known), frame, columns, units)


def _latest(now: pd.DataFrame, known: Published, denominator: str, year: int) -> Table:
    columns = {
        "la_name": "Council",
        "placements": "Placements",
        "whole": _whole(denominator),
        "rate": "Rate",
        "low": "95% from",
        "high": "95% to",
        "growth_1": "Growth in a year",
        "growth": "Growth a year",
        "since": "Since January",
        "at_england": "At England's rate",
    }
    unit = _UNITS[denominator]
    units = dict.fromkeys(("rate", "low", "high"), unit) | dict.fromkeys(("growth_1", "growth"), "per_cent")
    units |= {"la_name": "text", "placements": "placements", "whole": "records", "since": "text", "at_england": "placements"}
    frame = now.assign(
        since=[str(int(v)) if pd.notna(v) else "" for v in now["since"]], strong=now["place"] == 0, at_england=np.round(now["at_england"].astype(float))
    )
    subtitle = f"{DENOMINATOR_NAMES[denominator]}, January {year}, with the 95% interval of chance"
    return Table(f"Councils in January {year}", subtitle, _source(known), frame, columns, units)


def _whole(denominator: str) -> str:
    return "Plans" if denominator == model.PLANS else "Special placements"


def _source(known: Published) -> str:
    added = f", {known.file}, added {format_date(known.added_on)}" if known.file and known.added_on else ", as it comes with the product"
    return f"{SOURCE}{added}"


def _headline(own: pd.Series, england: pd.DataFrame, known: Published) -> str:
    if england.empty or pd.isna(england["rate"].iloc[0]):
        return f"{known.name} by year"
    times = float(own["rate"]) / float(england["rate"].iloc[0])
    if own["low"] <= england["rate"].iloc[0] <= own["high"]:
        return f"{known.name} does not differ from England by more than chance"
    more = round(float(own["placements"]) - float(own["at_england"]))
    return f"{known.name} is at {times:.2f} times England's rate: {abs(more):,} placements {'more' if more > 0 else 'fewer'} than at England's"
