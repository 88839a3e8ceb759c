"""One setting: its children's needs, fees over time, comparables, outcomes, inspections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings import compliance
from analytics.findings.words import AGREEMENTS, gbp, number, plural
from data.domain import COMPONENT_NAMES, PHASE_NAMES, SEN_NAMES, SETTING_TYPE_NAMES, academic_year_name

MEASURES = {
    "attendance": "Attendance",
    "suspensions": "Suspensions",
    "review_on_time": "Annual reviews on time",
    "outcomes_met": "Outcomes in the plan met",
    "destination_sustained": "Destination sustained",
    "parent_satisfaction": "Parents satisfied",
}
FRAMEWORKS = {
    "EIF": "Ofsted's framework to August 2025",
    "RC2025": "Ofsted's report cards from 2025",
    "ISI": "Independent Schools Inspectorate",
    "ISS": "independent school standards",
}
CONTRACT_KINDS = {"block": "Block", "flexi_block": "Flexible block", "call_off": "Call-off", "spot": "Spot purchase"}
_METHOD = """
Fees over time are the cost of an academic year ÷ the years of place in it, by part of the cost. Comparables are placements elsewhere with the same
need, phase and residence, with the median full-year cost without transport and with DfE place funding put in. Outcomes are numerator ÷ denominator as
reported; schools report some of them themselves, and attendance reflects what came before, so they are not a ranking. Inspection grades stand in each
framework's own words and are never mapped on one scale.
"""


@dataclass(frozen=True)
class DossierFrames:
    """`setting`: one row of the settings read; `index`: the setting's benchmark row or none; `alike`: one row a
    placement of the need, phase and residence commonest here, with its benchmark cost (actual_gbp).

    `bought`: classes of its open places; `membership`: runs of days on vehicles.
    """

    setting: pd.Series[Any]
    children: pd.DataFrame
    fees: pd.DataFrame
    outcomes: pd.DataFrame
    inspections: pd.DataFrame
    contracts: pd.DataFrame
    alike: pd.DataFrame
    index: pd.Series[Any] | None
    bought: pd.DataFrame = field(default_factory=pd.DataFrame)
    membership: pd.DataFrame = field(default_factory=pd.DataFrame)


def dossier(frames: DossierFrames, as_at: date, version: str) -> Finding:
    """The dossier's finding for one setting."""
    setting = frames.setting
    name, places = str(setting["setting_name"]), number(setting, "placements") or 0.0
    kind = SETTING_TYPE_NAMES.get(str(setting["setting_type"]), "Setting")
    vehicle = "member of a running vehicle" if bool(setting.get("on_vehicle")) else "member of no running vehicle"
    answer = f"{name} ({kind.lower()}, {vehicle}) has {plural(int(places), 'placement')} at {gbp(number(setting, 'fye_gbp'))} a year; {_standing(frames.index)}"
    tables = {
        "children": _children(frames.children, as_at),
        "fees": _fees(frames.fees),
        "comparables": _comparables(frames.alike, str(setting["urn"]), as_at),
        "outcomes": _outcomes(frames.outcomes),
        "inspections": _inspections(frames.inspections),
        "contracts": _contracts(frames.contracts),
        "bought": compliance.at_setting(frames.bought, as_at),
        "membership": compliance.membership(frames.membership),
    }
    kept = {key: table for key, table in tables.items() if len(table.frame)}
    return Finding(answer, _figures(frames, places, as_at), kept, _METHOD, version)


def _standing(index: pd.Series[Any] | None) -> str:
    if index is None:
        return "there is no agreed fee to compare."
    low, high = (format_value(float(index[end]), "index") for end in ("index_low", "index_high"))
    interval = f"index {format_value(float(index['index']), 'index')}, 95% interval {low} to {high}"
    if index["named"] is None:
        return f"where its cost stands cannot be told, as too little is recorded of what children get ({interval})."
    if not index["named"]:
        return f"its cost is within what its children's needs and chance explain ({interval})."
    return f"its cost is {'above' if float(index['index']) > 1 else 'below'} what its children's needs explain ({interval}), provisionally."


def _figures(frames: DossierFrames, places: float, as_at: date) -> tuple[Figure, ...]:
    setting, index = frames.setting, frames.index
    basis = f"Snapshot {format_date(as_at)}"
    figures = [
        Figure("Placements", places, "placements", basis, as_at, "Placements as loaded", "Placements open on the day."),
        Figure(
            "Cost a year",
            number(setting, "fye_gbp"),
            "gbp",
            f"Full-year equivalent, {basis.lower()}",
            as_at,
            AGREEMENTS,
            "Fee lines valid on the day, annualised.",
        ),
        Figure("Registered places", number(setting, "capacity"), "places", "For all councils' children", as_at, "Settings as loaded", "As registered."),
    ]
    if index is not None:
        figures.append(
            Figure(
                "Index",
                float(index["index"]),
                "index",
                f"Cost ÷ expected, {plural(int(index['n']), 'placement')}",
                as_at,
                AGREEMENTS,
                "See Providers: how this was worked out.",
                low=float(index["index_low"]),
                high=float(index["index_high"]),
                interval="95% interval",
            )
        )
    return tuple(figures)


def _children(children: pd.DataFrame, as_at: date) -> Table:
    frame = children.assign(
        need=children["primary_need"].map(SEN_NAMES).fillna("Need not recorded"),
        phase_name=children["phase"].map(PHASE_NAMES).fillna("Not known"),
        per_place_gbp=children["fye_gbp"] / children["placements"].where(children["placements"] > 0),
    )
    summed = frame.groupby("need")[["placements", "fye_gbp"]].sum().reset_index()
    summed["per_place_gbp"] = summed["fye_gbp"] / summed["placements"].where(summed["placements"] > 0)
    columns = {"need": "Primary need", "placements": "Placements", "fye_gbp": "Cost a year", "per_place_gbp": "Cost a place"}
    units = {"need": "text", "placements": "placements", "fye_gbp": "gbp", "per_place_gbp": "gbp_per_place_year"}
    return Table("Children's needs", f"Open placements, snapshot {format_date(as_at)}", "Placements and plans as loaded", summed, columns, units)


def _fees(fees: pd.DataFrame) -> Table:
    """Cost a place by academic year, for the whole and for each part; the first year is left out where it holds under a quarter of a place."""
    years = fees.groupby("year")["place_years"].max()
    whole = fees.groupby("year")["cost_gbp"].sum().rename("cost_gbp").reset_index().assign(component="All parts")
    parts = fees.groupby(["component", "year"])["cost_gbp"].sum().reset_index()
    parts["component"] = parts["component"].map(COMPONENT_NAMES).fillna(parts["component"])
    frame = pd.concat([whole, parts], ignore_index=True)
    frame["place_years"] = frame["year"].map(years)
    frame = frame[frame["place_years"] >= 0.25]
    frame = frame.assign(per_place_gbp=frame["cost_gbp"] / frame["place_years"], year_name=[academic_year_name(int(y)) for y in frame["year"]])
    columns = {
        "year_name": "Academic year",
        "component": "Part of the cost",
        "per_place_gbp": "Cost a place",
        "cost_gbp": "Cost",
        "place_years": "Years of place",
    }
    units = {"year_name": "text", "component": "text", "per_place_gbp": "gbp_per_place_year", "cost_gbp": "gbp", "place_years": "places"}
    return Table("Fees over time", "Cost of the academic year ÷ years of place", AGREEMENTS, frame[list(columns)].reset_index(drop=True), columns, units)


def _comparables(alike: pd.DataFrame, urn: str, as_at: date) -> Table:
    """Settings with children of this one's commonest need, phase and residence: how many, and the median cost; this one among them."""
    columns = {"setting_name": "Setting", "placements": "Placements", "median_gbp": "Median cost a place"}
    units = {"setting_name": "text", "placements": "placements", "median_gbp": "gbp_per_place_year"}
    if alike.empty:
        return Table("Comparable placements", "", AGREEMENTS, pd.DataFrame(columns=list(columns)), columns, units)
    frame = alike.groupby(["urn", "setting_name"])["actual_gbp"].agg(placements="size", median_gbp="median").reset_index()
    frame["own"] = frame["urn"].astype(str) == urn
    frame["setting_name"] = frame["setting_name"].mask(frame["own"], frame["setting_name"].astype(str) + " (this setting)")
    frame = frame.sort_values(["own", "placements"], ascending=False, kind="stable").head(15).reset_index(drop=True)
    need, phase, residence = alike.iloc[0][["primary_need", "phase", "residence_group"]]
    words = f"{SEN_NAMES.get(str(need), str(need))}, {PHASE_NAMES.get(str(phase), str(phase)).lower()}, {residence}"
    return Table("Comparable placements", f"{words}: median full-year cost without transport, snapshot {format_date(as_at)}", AGREEMENTS, frame, columns, units)


def _outcomes(outcomes: pd.DataFrame) -> Table:
    """One row a measure, one column an academic year, the latest first; beside it how many children the latest rate counts."""
    columns, units = {"measure_name": "Measure", "children": "Children"}, {"children": "children"}
    frame = outcomes.assign(
        measure_name=outcomes["measure"].map(MEASURES).fillna(outcomes["measure"]),
        year_name=[academic_year_name(int(y)) for y in outcomes["year"]],
        per_cent=100.0 * outcomes["rate"].astype(float),
    )
    wide = frame.pivot_table(index="measure_name", columns="year_name", values="per_cent", aggfunc="first")
    years = sorted(wide.columns, reverse=True)
    latest = frame[frame["rate"].notna()].sort_values("year").groupby("measure_name")["children"].last()
    wide = wide.assign(children=latest).reset_index()[["measure_name", "children", *years]]
    return Table(
        "Outcomes",
        "Rate in per cent by academic year, latest first, as reported and not adjusted for its children (Quality does that); children: in the latest "
        "rate, which moves by chance where they are few",
        "Outcomes as loaded",
        wide,
        {**columns, **{year: year for year in years}},
        {**units, **dict.fromkeys(years, "per_cent")},
    )


def _inspections(inspections: pd.DataFrame) -> Table:
    """One row a judgement, one column an inspection, the latest first; an empty cell was not judged then."""
    frame = inspections.sort_values("inspected_on", ascending=False, kind="stable")
    frame = frame.assign(visit=[f"{format_date(day)}, {kind}" for day, kind in zip(frame["inspected_on"], frame["framework"], strict=True)])
    visits = list(dict.fromkeys(frame["visit"]))
    wide = frame.pivot_table(index="area", columns="visit", values="grade", aggfunc="first", sort=False).reset_index()
    used = "; ".join(f"{kind}: {words}" for kind, words in FRAMEWORKS.items() if kind in set(frame["framework"]))
    return Table(
        "Inspections",
        f"In each framework's own words, latest first. {used}",
        "Inspections as loaded",
        wide[["area", *visits]],
        {"area": "What was judged", **{visit: visit for visit in visits}},
    )


def _contracts(contracts: pd.DataFrame) -> Table:
    columns = {
        "contract_id": "Contract",
        "kind": "Kind",
        "vehicle_name": "Vehicle",
        "guaranteed_places": "Guaranteed places",
        "price_gbp_per_place_year": "Price a place and year",
        "starts": "Starts",
        "ends": "Ends",
    }
    units = {"guaranteed_places": "places", "price_gbp_per_place_year": "gbp_per_place_year", "starts": "date", "ends": "date"}
    frame = contracts.assign(kind=contracts["kind"].map(CONTRACT_KINDS).fillna(contracts["kind"])).sort_values("starts", ascending=False, kind="stable")
    return Table("Contracts", "Latest start first", "Contracts as loaded", frame, columns, units)
