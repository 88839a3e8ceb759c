"""Where do we stand, and what needs a decision?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings import compliance
from analytics.findings.words import AGREEMENTS, LEDGER, SPREAD, change, compared, difference, gbp, number
from data.domain import financial_year_name

if TYPE_CHECKING:
    from analytics.findings.compliance import ComplianceFrames
    from analytics.params import ComplianceRules

_BASIS_WORDS = {"snapshot": "On the day", "ever_fy": "Ever in the financial year", "ever_ay": "Ever in the academic year"}
_AGE_WORDS = {"all": "all ages", "school_age": "school age"}
_SCOPE_WORDS = {"nmiss": "Special", "nmiss_and_spi": "+ post-16", "all": "All"}
_METHOD = f"""
**Cost** of a financial year is the part-year cost of every placement open in it, all components and purses. {SPREAD} **Placements** are counted on
the snapshot day; the other bases stand beside it because published figures differ by basis. **On a vehicle** is the share of the full-year cost of
bought places, on the snapshot day, that is on a purchasing vehicle. Spend outside a vehicle may have a recorded ground, so it is not by itself unlawful.

The **forecast** is that of Budget, over every purse: agreed cost of the months passed, and a simulation of those to go.
"""


@dataclass(frozen=True)
class Outlook:
    """The forecast of financial year `year`, every purse: by month (`Outturn.every`), and in all with the ends of its 80% interval."""

    year: int
    months: pd.DataFrame
    outturn_gbp: float
    low_gbp: float
    high_gbp: float

    def said(self) -> str:
        return f"{financial_year_name(self.year)} is forecast to cost {gbp(self.outturn_gbp)} (80% interval {gbp(self.low_gbp)} to {gbp(self.high_gbp)})."


@dataclass(frozen=True)
class OverviewFrames:
    """`row`: the overview read; `months`: cost by month of this and the last financial year; `counts`; `settings`: cost by setting, two years.

    `bought`: how places are bought, by year; `ledger`: what payments alone say, where no fees are loaded.
    """

    row: pd.DataFrame
    months: pd.DataFrame
    counts: pd.DataFrame
    settings: pd.DataFrame
    ledger: Finding | None = None
    bought: ComplianceFrames | None = None
    outlook: Outlook | None = None


def overview(frames: OverviewFrames, as_at: date | None, version: str, rules: ComplianceRules | None = None) -> Finding:
    """The page's finding. Without fees it says what is loaded and what one more file would add."""
    if as_at is None or frames.row.empty:
        add = "Load plans, placements and fees to see costs, placements and change here."
        if frames.ledger is None:
            return Finding(f"Nothing is loaded yet. {add}", (), {}, _METHOD, version)
        return Finding(f"{frames.ledger.answer} No fees are loaded yet.", frames.ledger.figures, {}, frames.ledger.method, version, (add,))
    row = frames.row.iloc[0]
    year = int(row["fy"])
    figures = _figures(row, as_at, year)
    tables = {
        "months": _months(frames.months, year, frames.outlook),
        "counts": _counts(frames.counts, as_at),
        "attention": _attention(row, frames.settings, year),
    }
    headlines, method = {"months": _months_headline(row, year)}, _METHOD
    if frames.bought is not None and rules is not None and len(frames.bought.classes):
        found = compliance.compliance(frames.bought, year, as_at, rules, version)
        tables |= found.tables
        headlines |= found.headlines
        method += found.method
    return Finding(_answer(row, as_at, year, frames.outlook), figures, tables, method, version, headlines=headlines)


def _months_headline(row: pd.Series[Any], year: int) -> str:
    words = change(number(row, "cost_to_date_gbp"), number(row, "cost_last_to_date_gbp"))
    return f"{financial_year_name(year)} costs {words} than {financial_year_name(year - 1)}" if words and words != "no change" else "Cost of places by month"


def _answer(row: pd.Series[Any], as_at: date, year: int, outlook: Outlook | None) -> str:
    cost, before = number(row, "cost_to_date_gbp"), number(row, "cost_last_to_date_gbp")
    than = compared(cost, before, "the same months of the year before")
    placements = format_value(number(row, "placements"), "placements")
    paid = number(row, "spend_fy_gbp")
    ledger = f" The ledger shows {gbp(paid)} paid." if paid else ""
    return (
        f"Places cost {gbp(cost)} in {financial_year_name(year)} up to {format_date(as_at)}{than}; {placements} placements are open.{ledger} "
        f"{outlook.said() if outlook else 'These are agreements and payments as loaded, not a forecast.'}"
    )


def _figures(row: pd.Series[Any], as_at: date, year: int) -> tuple[Figure, ...]:
    name, before = financial_year_name(year), financial_year_name(year - 1)
    on_vehicle, _ = compliance.shares(row)
    cost, paid, places = number(row, "cost_to_date_gbp"), number(row, "spend_fy_gbp"), number(row, "placements")
    return (
        Figure(
            "Cost of places",
            cost,
            "gbp",
            f"Part-year cost {name} to {format_date(as_at)}, every component and purse",
            as_at,
            AGREEMENTS,
            "Sum over placements and months.",
            change=difference(cost, number(row, "cost_last_to_date_gbp")),
            change_period=f"on {before}",
        ),
        Figure(
            "Paid",
            paid,
            "gbp",
            f"Ledger {name}, net of recoverable VAT",
            as_at,
            LEDGER,
            "Sum of payments and credits by day paid.",
            change=difference(paid, number(row, "spend_last_to_date_gbp")),
            change_period=f"on {before}",
        ),
        Figure(
            "Placements",
            places,
            "placements",
            f"Snapshot {format_date(as_at)}, all ages, every setting loaded",
            as_at,
            "Placements as loaded",
            "Placements open on the day, of rank 1 and 2.",
            change=difference(places, number(row, "placements_year_ago")),
            change_period="on a year before",
        ),
        Figure(
            "On a vehicle",
            on_vehicle,
            "per_cent",
            f"Share of full-year cost of bought places, snapshot {format_date(as_at)}",
            as_at,
            compliance.MEMBERS,
            "Cost of places on a vehicle ÷ cost of all bought places.",
        ),
    )


def _months(months: pd.DataFrame, year: int, outlook: Outlook | None) -> Table:
    frame = months.sort_values("month").assign(
        year=[financial_year_name(int(fy)) for fy in months.sort_values("month")["fy"]],
        name=[f"{pd.Timestamp(m):%b}" for m in months.sort_values("month")["month"]],
    )
    frame = frame.sort_values(["fy", "month"], ascending=[False, True])[["year", "name", "cost_gbp"]].reset_index(drop=True)
    columns = {"year": "Financial year", "name": "Month", "cost_gbp": "Cost"}
    years = f"{financial_year_name(year)} and the year before"
    if outlook is not None:
        frame = pd.concat([frame.assign(low_gbp=float("nan"), high_gbp=float("nan")), _ahead(outlook, months)], ignore_index=True)
        columns |= {"low_gbp": "Low (P10)", "high_gbp": "High (P90)"}
        years += f"; {financial_year_name(outlook.year)} as forecast, with 80% interval"
    subtitle = f"Part-year cost a month, every component and purse, {years}"
    return Table("Cost of places by month", subtitle, AGREEMENTS, frame, columns, {name: "gbp" if name.endswith("gbp") else "text" for name in columns})


def _ahead(outlook: Outlook, months: pd.DataFrame) -> pd.DataFrame:
    """Months of the forecast that agreements do not tell yet."""
    told = set(pd.to_datetime(months["month"]))
    ahead = outlook.months[outlook.months["is_forecast"] & ~pd.to_datetime(outlook.months["month"]).isin(told)]
    names = {"year": f"{financial_year_name(outlook.year)} forecast", "name": [f"{pd.Timestamp(m):%b}" for m in ahead["month"]]}
    return pd.DataFrame({**names, "cost_gbp": ahead["outturn_gbp"], "low_gbp": ahead["low_gbp"], "high_gbp": ahead["high_gbp"]})


def _counts(counts: pd.DataFrame, as_at: date) -> Table:
    """One row a basis, one column a scope: published figures disagree because they count differently."""
    order = {name: place for place, name in enumerate([*_BASIS_WORDS, *_AGE_WORDS])}
    frame = counts.pivot_table(index=["basis", "age"], columns="scope", values="placements", aggfunc="sum").reset_index()
    frame = frame.sort_values(["basis", "age"], key=lambda c: c.map(order), kind="stable").reset_index(drop=True)
    frame["what"] = [f"{_BASIS_WORDS.get(b, b)}, {_AGE_WORDS.get(a, a)}" for b, a in frame[["basis", "age"]].itertuples(index=False)]
    columns = {"what": "Basis", **{scope: words for scope, words in _SCOPE_WORDS.items() if scope in frame}}
    return Table(
        "Placements on each count basis",
        f"{format_date(as_at)}; say which when quoting one. Special: independent and non-maintained special schools; + post-16: with specialist "
        "post-16; all: every setting",
        "Placements and plans as loaded",
        frame[list(columns)],
        columns,
        dict.fromkeys(_SCOPE_WORDS, "placements"),
    )


def _attention(row: pd.Series[Any], settings: pd.DataFrame, year: int) -> Table:
    """The three things most worth attention, each with pounds, so that they can be ranked."""
    items = [*_growth(settings, year), _not_matched(row, year), _off_vehicle(row)]
    frame = pd.DataFrame([item for item in items if item], columns=["what", "gbp", "page", "urn", "compliance"])
    frame = frame.sort_values("gbp", ascending=False, kind="stable").head(3).reset_index(drop=True)
    return Table(
        "Most worth attention",
        f"By pounds a year, {financial_year_name(year)}",
        f"{AGREEMENTS}; {LEDGER[0].lower()}{LEDGER[1:]}",
        frame,
        {"what": "What", "gbp": "£"},
        {"gbp": "gbp"},
    )


def _growth(settings: pd.DataFrame, year: int) -> list[tuple[str, float, str, str, str]]:
    wide = settings.pivot_table(index=["value", "label"], columns="year", values="cost_gbp", aggfunc="sum").fillna(0.0)
    if year not in wide or year - 1 not in wide or wide.empty:
        return []
    change = (wide[year] - wide[year - 1]).sort_values(ascending=False)
    urn, name = change.index[0]
    grown = float(change.iloc[0])
    if grown <= 0:
        return []
    return [(f"{name}: cost is {gbp(grown)} more than in {financial_year_name(year - 1)}", grown, "spend", str(urn), "")]


def _not_matched(row: pd.Series[Any], year: int) -> tuple[str, float, str, str, str] | None:
    paid, matched = number(row, "spend_fy_gbp"), number(row, "matched_spend_fy_gbp")
    if not paid or matched is None or paid - matched <= 0:
        return None
    return f"Payments of {gbp(paid - matched)} in {financial_year_name(year)} are not matched to a setting", paid - matched, "intake", "", ""


def _off_vehicle(row: pd.Series[Any]) -> tuple[str, float, str, str, str] | None:
    _, unexplained = compliance.shares(row)
    if not unexplained or unexplained <= 0:
        return None
    return (
        f"Places of {gbp(unexplained)} a year are not explained by vehicle, ground or value: check that each has a recorded ground",
        unexplained,
        "spend",
        "",
        "unexplained",
    )
