"""What do we spend, and why did it change?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics import spend as tables
from analytics.figures import Figure, Finding, Table, format_value
from analytics.findings.ledger import ledger_alone
from analytics.findings.words import AGREEMENTS, LEDGER, SPREAD, change, compared, difference, gbp, total
from data.domain import COMPLIANCE_NAMES, financial_year_name

DIMENSION_NAMES = {
    "need": "Primary need",
    "phase": "Phase",
    "setting": "Setting",
    "setting_type": "Type of setting",
    "provider_group": "Provider group",
    "area": "Home area",
    "residence_group": "Day or residential",
    "component": "Part of the cost",
    "funder": "Purse",
    "purchase_type": "How it was bought",
    "compliance": "On or off a vehicle",
}
MOST_LINES = 5
NOT_RECORDED = ("not_recorded", "UNK")
_METHOD = f"""
**Cost** is the part-year cost of every placement open in the financial year, with the filters that are on. {SPREAD} A breakdown adds up to the total
of the page. **Placements** in a breakdown were open at any time in the year.

Limits: filters of need, phase, area, residence, part of the cost and purse do not apply to the ledger, which holds no child; the ledger follows the
filters of setting, type, provider group, and on or off a vehicle alone. A place is on or off a vehicle by the rules that Overview tells.
"""


@dataclass(frozen=True)
class SpendFrames:
    """Reads of one financial year, `year`, and the one before: in all, by the chosen dimension, by month, and payments.

    A placement has several parts of cost and purses, so years of place are taken from `in_all`, not added up from `by_value`.
    `ledger_follows`: whether every filter that is on also applies to payments.
    """

    in_all: pd.DataFrame
    by_value: pd.DataFrame
    trend: pd.DataFrame
    both: pd.DataFrame
    months: pd.DataFrame
    ledger_follows: bool = True


def spend(frames: SpendFrames, year: int | None, dimension: str, as_at: date | None, filters: str, version: str) -> Finding:
    """The page's finding: cost where fees are loaded, matched payments where only a ledger is, and what is missing where nothing is."""
    if year is None:
        return Finding("Nothing is loaded yet. Load payments, or plans, placements and fees, to see what is spent and with whom.", (), {}, _METHOD, version)
    if total(frames.by_value, "cost_gbp") == 0 and filters and (len(frames.both) == 0 or not frames.ledger_follows):
        nothing = "cost or payment fits" if frames.ledger_follows else "cost fits"
        said = f"No {nothing} the filters in {financial_year_name(year)} or the year before: {filters}. Reset the filters or choose another year."
        return Finding(said, (), {}, _METHOD, version)
    if as_at is None:
        return ledger_alone(frames.months, year, version)
    return _costs(frames, year, dimension, as_at, filters, version)


def _costs(frames: SpendFrames, year: int, dimension: str, as_at: date, filters: str, version: str) -> Finding:
    now, before = (frames.in_all[frames.in_all["year"] == y] for y in (year, year - 1))
    cost, cost_before = total(now, "cost_gbp"), total(before, "cost_gbp")
    paid = total(frames.both, "spend_gbp")
    name = financial_year_name(year)
    places, places_before = total(now, "place_years"), total(before, "place_years")
    mean, mean_before = (cost / places if places else None), (cost_before / places_before if places_before else None)
    answer = f"Places cost {gbp(cost)} in {name}{compared(cost, cost_before, financial_year_name(year - 1))}"
    if mean and mean_before:
        more = change(places, places_before).replace("less", "fewer")
        answer += f": {more} places, each costing {change(mean, mean_before)}"
    answer += "."
    reach = "" if frames.ledger_follows else ", to which not all of these filters apply,"
    answer += f" The ledger{reach} shows {gbp(paid)}. Both as loaded, not a forecast." if paid else " As agreed and loaded, not a forecast."
    basis = f"Part-year cost {name}, {filters or 'no filter'}"
    since = f"on {financial_year_name(year - 1)}"
    figures = (
        Figure("Cost", cost, "gbp", basis, as_at, AGREEMENTS, "Sum of months.", change=difference(cost, cost_before), change_period=since),
        Figure(
            "Places",
            places,
            "places",
            f"Years of place in {name}",
            as_at,
            AGREEMENTS,
            "Days open ÷ days of the year.",
            change=difference(places, places_before),
            change_period=since,
        ),
        Figure(
            "Cost a place",
            mean,
            "gbp_per_place_year",
            f"Part-year cost ÷ years of place, {name}",
            as_at,
            AGREEMENTS,
            "Cost ÷ places.",
            change=difference(mean, mean_before),
            change_period=since,
        ),
        Figure("Paid", paid, "gbp", f"Ledger {name}; only filters of setting, type, group and vehicle apply", as_at, LEDGER, "Sum of payments and credits."),
    )
    shown = {
        "breakdown": _breakdown(frames.by_value, year, dimension, filters),
        "trend": _trend(frames.trend, dimension, filters),
        "both": _both(frames.both, name),
    }
    headlines = {"breakdown": _headline(shown["breakdown"], DIMENSION_NAMES[dimension].lower())}
    return Finding(answer, figures, shown, _METHOD, version, headlines=headlines)


def _headline(breakdown: Table, dimension: str) -> str:
    """The breakdown's largest part and its share."""
    if len(breakdown.frame) < 2:
        return breakdown.title
    first = breakdown.frame.iloc[0]
    share = format_value(float(first["share"]), "per_cent")
    return f"{share} of cost has no {dimension} recorded" if first["value"] in NOT_RECORDED else f"{first['label']} is {share} of cost"


def _breakdown(by_value: pd.DataFrame, year: int, dimension: str, filters: str) -> Table:
    name, frame = financial_year_name(year), tables.breakdown(by_value, year)
    columns = {
        "label": DIMENSION_NAMES[dimension],
        "cost_gbp": "Cost",
        "share": "Share of cost",
        "change_gbp": "Change on the year before",
        "placements": "Placements in the year",
        "place_years": "Years of place",
        "per_place_gbp": "Cost a place and year",
    }
    units = {
        "label": "text",
        "cost_gbp": "gbp",
        "share": "per_cent",
        "change_gbp": "gbp",
        "placements": "placements",
        "place_years": "places",
        "per_place_gbp": "gbp",
    }
    frame = frame[["value", *columns]]
    return Table(f"Cost by {DIMENSION_NAMES[dimension].lower()}", f"Part-year cost {name}, {filters or 'no filter'}", AGREEMENTS, frame, columns, units)


def _trend(trend: pd.DataFrame, dimension: str, filters: str) -> Table:
    """Cost by month for the costliest values; what remains is one line, unless it would press the others flat on the ground."""
    frame, words = tables.trend(trend, MOST_LINES), ""
    rest = frame["series"] == tables.OTHERS
    if rest.any() and frame.loc[rest, "cost_gbp"].max() > MOST_LINES * frame.loc[~rest, "cost_gbp"].max():
        frame, words = frame[~rest], f"; the {MOST_LINES} dearest, all others are not drawn"
    return Table(
        f"Cost by month and {DIMENSION_NAMES[dimension].lower()}",
        f"Part-year cost a month, {filters or 'no filter'}{words}",
        AGREEMENTS,
        frame,
        {"series": DIMENSION_NAMES[dimension], "month": "Month", "cost_gbp": "Cost"},
        {"series": "text", "month": "date", "cost_gbp": "gbp"},
    )


def _both(both: pd.DataFrame, name: str) -> Table:
    columns = {
        "setting_name": "Setting",
        "payable_gbp": "Payable by agreement",
        "spend_gbp": "Paid",
        "difference_gbp": "Paid less payable",
        "payments": "Payments",
        "what": "What it is",
    }
    frame = tables.cost_against_spend(both)
    return Table(
        "Payable and paid",
        f"Agreements funded by education, without transport, against the ledger, {name}",
        f"{AGREEMENTS}; payments as loaded",
        frame,
        columns,
        {"setting_name": "text", "payable_gbp": "gbp", "spend_gbp": "gbp", "difference_gbp": "gbp", "payments": "records", "what": "text"},
    )


def placements(rows: pd.DataFrame, year: int, filters: str) -> Table:
    """The rows under the total: one placement each, at child level."""
    columns = {
        "placement_id": "Placement",
        "child_id": "Child",
        "setting_name": "Setting",
        "primary_need": "Need",
        "phase": "Phase",
        "residence": "Residence",
        "area": "Area",
        "standing": "On or off a vehicle",
        "entry_date": "Entry",
        "leaving_date": "Left",
        "core_gbp": "Core fee",
        "one_to_one_gbp": "One-to-one",
        "therapy_gbp": "Therapy",
        "residential_gbp": "Residential",
        "transport_gbp": "Transport",
        "other_gbp": "Other",
        "cost_gbp": "Cost",
    }
    units = {name: "gbp" for name in columns if name.endswith("_gbp")} | {"entry_date": "date", "leaving_date": "date"}
    frame = rows.sort_values("cost_gbp", ascending=False, kind="stable").reset_index(drop=True)
    frame["standing"] = ["; ".join(COMPLIANCE_NAMES[c] for c in str(classes).split(";")) for classes in frame["compliance"]]
    return Table("Placements", f"Part-year cost {financial_year_name(year)}, {filters or 'no filter'}", AGREEMENTS, frame, columns, units, child_level=True)
