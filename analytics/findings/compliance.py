"""How are places bought: on a purchasing vehicle, with a recorded ground, below the threshold, or not explained?

The words claim nothing about lawfulness: they say what is recorded. Rules: data/reference/compliance_rules.csv, docs/compliance.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.words import AGREEMENTS, gbp, number, share, total
from analytics.params import ComplianceRules
from data.domain import COMPLIANCE_NAMES, PLACE_CLASSES, financial_year_name

MEMBERS = "Vehicles, members, contracts and fees as loaded"
_YEARS = 5
_READINGS = {"placement": "the placement's own lifetime value", "provider": "all places begun with the provider in the financial year"}


@dataclass(frozen=True)
class ComplianceFrames:
    """Reads of one financial year and those before it: `classes` (read `compliance`) and `vehicles` (read `vehicles`)."""

    classes: pd.DataFrame
    vehicles: pd.DataFrame


def compliance(frames: ComplianceFrames, year: int | None, as_at: date | None, rules: ComplianceRules, version: str) -> Finding:
    """The finding: the four classes of the year, how they ran over the years, and each vehicle's days and value."""
    if year is None or as_at is None or frames.classes.empty:
        return Finding("Load plans, placements and fees to see how places are bought.", (), {}, method(rules), version)
    tables = {"bought": bought(frames.classes, year, rules), "bought_trend": trend(frames.classes, year), "vehicles": vehicles(frames.vehicles, as_at)}
    now = frames.classes[frames.classes["year"] == year]
    whole, on = _of(now, PLACE_CLASSES), _of(now, ("on_vehicle",))
    figure = Figure("On a vehicle", share(on, whole), "per_cent", f"Share of the cost of bought places {financial_year_name(year)}", as_at, MEMBERS, _SHARE)
    words = ", ".join(f"{format_value(share(_of(now, (c,)), whole), 'per_cent')} {_SAID[c]}" for c in PLACE_CLASSES)
    answer = f"Of {gbp(whole)} for bought places in {financial_year_name(year)}, {words}." if whole else "No bought place has a cost in this year."
    return Finding(
        answer, (figure,), {k: t for k, t in tables.items() if len(t.frame)}, method(rules), version, headlines={"bought_trend": headline(now, year)}
    )


REASONS = {
    "setting_out_of_scope": "The setting is not one of those that are bought from",
    "contract_on_vehicle": "Its contract was let under a vehicle to a member",
    "member_when_placed": "The setting was a member when the place began",
    "ground_on_contract": "A ground is recorded on its contract",
    "named_by_tribunal": "A tribunal named the setting",
    "named_by_parent": "A parent named the setting",
    "value_below": "Its value is below the threshold",
    "value_not_below": "No vehicle, no ground recorded, value not below the threshold",
    "value_not_known": "No vehicle, no ground recorded, no fee to value it by",
}
_SHARE = "Cost of places on a vehicle ÷ cost of all bought places."
_SAID = {
    "on_vehicle": "is on a vehicle",
    "off_vehicle_with_ground": "has a recorded ground",
    "below_threshold": "is below the threshold",
    "unexplained": "has no ground recorded",
}


def bought(classes: pd.DataFrame, year: int, rules: ComplianceRules) -> Table:
    """One row a class of the year: cost and its share of the year's whole cost, spend, placements, and cost by the other reading of the threshold."""
    name, frame = financial_year_name(year), classes[classes["year"] == year].reset_index(drop=True)
    whole = total(frame, "cost_gbp")
    frame = frame.assign(share=100.0 * frame["cost_gbp"] / whole if whole else 0.0)
    columns = {
        "label": "How places are bought",
        "cost_gbp": "Cost",
        "share": "Share of cost",
        "spend_gbp": "Paid",
        "placements": "Placements",
        "cost_other_gbp": "Cost, other reading",
    }
    units = {"label": "text", "cost_gbp": "gbp", "share": "per_cent", "spend_gbp": "gbp", "placements": "placements", "cost_other_gbp": "gbp"}
    other = _READINGS["placement" if rules.threshold_reading == "provider" else "provider"]
    return Table(
        "How places are bought",
        f"Part-year cost, ledger and placements in {name}. Compared with the threshold: {_READINGS[rules.threshold_reading]}; other reading: {other}",
        f"{AGREEMENTS}; {MEMBERS[0].lower()}{MEMBERS[1:]}",
        frame[["compliance", *columns]],
        columns,
        units,
    )


def trend(classes: pd.DataFrame, year: int) -> Table:
    """One row a class × financial year, the last five: cost and its share of the cost of bought places."""
    frame = classes[(classes["year"] > year - _YEARS) & classes["compliance"].isin(PLACE_CLASSES)]
    wide = frame.pivot_table(index="year", columns="compliance", values="cost_gbp", aggfunc="sum").reindex(columns=list(PLACE_CLASSES)).fillna(0.0)
    long = wide.reset_index().melt(id_vars="year", value_vars=list(PLACE_CLASSES), var_name="compliance", value_name="cost_gbp")
    whole = long.groupby("year")["cost_gbp"].transform("sum")
    long = long.assign(
        label=long["compliance"].map(COMPLIANCE_NAMES),
        year_name=[financial_year_name(int(y)) for y in long["year"]],
        share=(100.0 * long["cost_gbp"] / whole.where(whole != 0)).fillna(0.0),
    )
    return Table(
        "How places are bought, by year",
        "Share of the part-year cost of bought places, financial years as agreed and loaded",
        f"{AGREEMENTS}; {MEMBERS[0].lower()}{MEMBERS[1:]}",
        long[["compliance", "label", "year_name", "share", "cost_gbp"]],
        {"label": "How places are bought", "year_name": "Financial year", "share": "Share of cost", "cost_gbp": "Cost"},
        {"label": "text", "year_name": "text", "share": "per_cent", "cost_gbp": "gbp"},
    )


def headline(now: pd.DataFrame, year: int) -> str:
    """The share on a vehicle, in a sentence."""
    part = share(_of(now, ("on_vehicle",)), _of(now, PLACE_CLASSES))
    return (
        "How places are bought, by year"
        if part is None
        else f"{format_value(part, 'per_cent')} of the cost of bought places in {financial_year_name(year)} is on a vehicle"
    )


def vehicles(rows: pd.DataFrame, as_at: date) -> Table:
    """One row a vehicle: its days, members, authorised value and what the places on it come to, on the vehicle's own VAT basis."""
    columns = {
        "vehicle_name": "Vehicle",
        "starts": "Starts",
        "last_day": "Last day",
        "next_opening": "Opens next",
        "settings": "Settings admitted",
        "authorised_gbp": "Authorised value",
        "authorised_vat_basis": "VAT basis",
        "to_date_gbp": "Fees to date",
        "beyond_gbp": "Agreed beyond",
        "left_gbp": "Value left",
    }
    frame = rows.assign(left_gbp=rows["authorised_gbp"] - rows["to_date_gbp"] - rows["beyond_gbp"]) if len(rows) else pd.DataFrame(columns=list(columns))
    units = {name: "gbp" for name in columns if name.endswith("_gbp")} | {"starts": "date", "last_day": "date", "next_opening": "date", "settings": "settings"}
    return Table(
        "Purchasing vehicles",
        f"Fees of places on each vehicle, on its VAT basis, to {format_date(as_at)} and as agreed beyond; transport and DfE place funding left out",
        MEMBERS,
        frame[[*dict.fromkeys(["vehicle_id", *columns])]] if len(rows) else frame,
        columns,
        units,
    )


def at_setting(rows: pd.DataFrame, as_at: date) -> Table:
    """One row a class and reason of the places open at one setting (read `setting_compliance`)."""
    columns = {"label": "How places are bought", "because": "Because", "placements": "Placements", "fye_gbp": "Cost a year"}
    frame = rows.assign(because=rows["reason"].map(REASONS).fillna(rows["reason"])) if len(rows) else pd.DataFrame(columns=list(columns))
    units = {"label": "text", "because": "text", "placements": "placements", "fye_gbp": "gbp"}
    return Table("How its places are bought", f"Open placements, snapshot {format_date(as_at)}", MEMBERS, frame, columns, units)


def membership(rows: pd.DataFrame) -> Table:
    """One row a run of days of one setting's membership (read `setting_membership`)."""
    columns = {"vehicle_name": "Vehicle", "lot": "Lot", "state": "Status", "first_day": "From", "last_day": "To"}
    frame = rows.assign(state=rows["status"].str.capitalize()) if len(rows) else pd.DataFrame(columns=list(columns))
    units = {"vehicle_name": "text", "lot": "text", "state": "text", "first_day": "date", "last_day": "date"}
    return Table("Membership of vehicles", "Days on which the vehicle runs, latest first", "Members and vehicles as loaded", frame, columns, units)


def shares(row: pd.Series[Any]) -> tuple[float | None, float | None]:
    """Of the overview's read: the share of full-year cost of bought places that is on a vehicle, per cent, and the £ a year unexplained."""
    return share(number(row, "compliant_fye_gbp"), number(row, "bought_fye_gbp")), number(row, "unexplained_fye_gbp")


def method(rules: ComplianceRules) -> str:
    """The rules in force, in plain words (Markdown)."""
    below = f"below £{rules.threshold_gbp:,.0f} {rules.threshold_vat_basis} VAT" if rules.threshold_gbp is not None else "below the threshold (none is given)"
    grounds = [words for on, words in ((rules.ground_tribunal, "a tribunal's order"), (rules.ground_parent, "a parent's choice")) if on]
    stays = "it must be a member on every day" if rules.each_day else "it stays so for its term"
    named = "".join(f" or {g} named the setting" for g in grounds)
    return f"""
**How places are bought.** A place is *on a vehicle* if its contract was let under a vehicle that ran then and of which the setting was a member, or, with
no contract recorded, if the setting was a member on the day the place began; {stays}. Otherwise, if a ground is recorded on its contract{named}, it is
*off a vehicle with a ground*; otherwise, if its value ({_READINGS[rules.threshold_reading]}: fee to the setting to the end of its contract or phase) is
{below}, it is *below the threshold*; otherwise *unexplained*: no vehicle, no ground recorded, and not known to be below. Unexplained is a question to the
file, not a finding about the law. Settings outside procurement (maintained and other) stand apart. Spend follows the placement that a payment names; what is
paid to a setting whose places differ, naming none, has a line of its own.
"""


def _of(frame: pd.DataFrame, classes: tuple[str, ...]) -> float:
    return total(frame[frame["compliance"].isin(classes)], "cost_gbp")
