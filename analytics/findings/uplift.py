"""How much of an uplift that a school asks for is it reasonable to agree?"""

from __future__ import annotations

import math
from datetime import date

import pandas as pd

from analytics import uplift as sums
from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings import uplift_figures as of
from analytics.findings.uplift_figures import Case
from analytics.findings.words import AGREEMENTS, gbp
from analytics.prices import twelve_months
from data.domain import COMPONENT_NAMES

STANDING = {
    sums.ABOVE: "its cost stands above what its children's needs explain",
    sums.EXPLAINED: "its cost stands above what its children's needs explain, which its reply accounts for",
    sums.WITHIN: "its cost is within what its children's needs and chance explain",
    sums.BELOW: "its cost stands below what its children's needs explain",
    sums.UNKNOWN: "where its cost stands is not known",
}
RULE = """
**The range.** Never above what is asked for, nor above the council's own cap where one is entered. Where the setting's cost stands above what needs
explain by more than chance: from nothing to prices in general. Where it is within, explained by the school's reply, or not known: from the lesser of prices
and the costs that the school shows (from nothing while it shows none) to the greater of the two. Where it stands below: from prices to the greatest of
prices, the costs shown, and what brings the nearer end of its interval to what is expected.
"""
_METHOD = f"""
{RULE}
**Fees** are the fee lines valid on the day of the snapshot, annualised, for every purse but DfE's place funding and without transport. An uplift is costed on
those children, as if they stay; a part year is counted by days. **Prices in general** are the consumer prices index over the twelve months to the last month
before the request. **Rise in its costs** is each rise × its share of the running cost, as the school shows it; nobody here has audited it. **Like for like**
is the change of the whole fee of children who were there a year apart; a change in a child's own support is in it.

Limits: it is a range to talk in, not an offer. The index is provisional until the school's reply is recorded, and what might explain it (place funding, VAT,
one-to-one support, a wrong match) comes first. What the contract says of uplifts goes before any of this. A fee that a tribunal or a law fixes is not for
settling. The rule is the product's own and is an assumption: a council may use another.
"""


def nothing(version: str) -> Finding:
    """Where no setting has a fee."""
    return Finding("No setting has a placement with a fee, so no uplift can be costed. Load plans, placements and fees.", (), {}, _METHOD, version)


def uplift(case: Case) -> Finding:
    """The finding of one request."""
    figures = [of.added(case, "Asked for, a year", case.asked), _range(case), of.cpi(case), of.index(case)]
    tables = {"choices": choices(case), "history": history(case), "moved": _moved(case), "parts": parts(case), "costs": costs(case)}
    kept = {name: table for name, table in tables.items() if len(table.frame)}
    return Finding(_answer(case), tuple(f for f in figures if f), kept, _METHOD, case.version, notes(case), {"choices": _headline(case), "moved": _past(case)})


def notes(case: Case) -> tuple[str, ...]:
    """What a reader must know before quoting."""
    found = [f"{case.certainty[0].upper()}{case.certainty[1:]}; what might explain a difference comes first."]
    if case.prices is None or case.prices.stale:
        found.append("The consumer prices index loaded does not reach the year before the request: add the months to data/reference/cpi.csv.")
    if case.pressure is None:
        found.append("The school shows no rise in its costs yet: ask for the return form, or enter what it sent with its source.")
    if case.index is None:
        found.append("The setting has no index, so its position is taken as not known.")
    return tuple(found)


def _answer(case: Case) -> str:
    s, what = case.settlement, format_value
    prices = f"prices rose {what(case.prices.per_cent, 'per_cent')} in the year to {case.prices.month:%B %Y}" if case.prices else "no price index is loaded"
    asks = "has not asked yet; were it to ask for" if case.request.assumed else "asks for"
    asked = f"{case.name} {asks} {what(case.asked, 'per_cent')} from {format_date(case.request.from_day)}, {gbp(case.increase(case.asked))} a year"
    to = f"{what(s.low, 'per_cent')} to {what(s.high, 'per_cent')} ({gbp(case.increase(s.low))} to {gbp(case.increase(s.high))} a year)"
    return f"{asked}; {prices}, and {STANDING[s.position]}. The rule supports {to}{'' if case.reply else ', provisionally'}."


def _range(case: Case) -> Figure:
    s = case.settlement
    words = f"{format_value(s.low, 'per_cent')} to {format_value(s.high, 'per_cent')}"
    how = f"From {s.low_rule}, to {s.high_rule}; × fees a year."
    interval = {"low": case.increase(s.low), "high": case.increase(s.high), "interval": "Range"}
    basis = f"Upper end; the range is {words}"
    return Figure("To settle in, a year", case.increase(s.high), "gbp", basis, case.as_at, AGREEMENTS, how, **interval)  # type: ignore[arg-type]


def choices(case: Case) -> Table:
    """What each percentage would cost: one row a percentage, the highest first."""
    s = case.settlement
    rows = [("Asked for", case.asked), ("Upper end of the range", s.high), ("Lower end of the range", s.low)]
    if case.prices:
        rows.append(("Prices in general (CPI)", case.prices.per_cent))
    if case.pressure is not None:
        rows.append(("Rise in its costs, as shown", case.pressure))
    frame = pd.DataFrame(rows, columns=["what", "per_cent"]).sort_values("per_cent", ascending=False, kind="stable").reset_index(drop=True)
    frame["added_gbp"] = [case.increase(p) for p in frame["per_cent"]]
    frame["in_year_gbp"] = [case.in_year(p) for p in frame["per_cent"]]
    frame["mean_gbp"] = [case.now_gbp * (1 + p / 100) / max(case.children, 1) for p in frame["per_cent"]]
    columns = {"what": "Uplift", "per_cent": "Per cent", "added_gbp": "Added a year", "in_year_gbp": f"In {case.year_name}", "mean_gbp": "Mean fee a place"}
    units = {"what": "text", "per_cent": "per_cent", "added_gbp": "gbp", "in_year_gbp": "gbp", "mean_gbp": "gbp_per_place_year"}
    return Table("What each uplift would cost", f"{case.basis}; from {format_date(case.request.from_day)}", AGREEMENTS, frame, columns, units)


def history(case: Case) -> Table:
    """How fees moved, beside prices: one row a year."""
    frame = case.history[case.history["children"] > 0].copy()
    frame["cpi"] = [_cpi_to(day) for day in frame["day"]]
    columns = {
        "day": "Snapshot",
        "children": "Placements",
        "mean_gbp": "Mean fee a place",
        "same_children": "There a year before too",
        "like_for_like": "Their fees, change",
        "cpi": "CPI, twelve months",
    }
    units = {
        "day": "date",
        "children": "placements",
        "mean_gbp": "gbp_per_place_year",
        "same_children": "placements",
        "like_for_like": "per_cent",
        "cpi": "per_cent",
    }
    subtitle = "Fees without transport and DfE place funding; change for children there at both ends of the year"
    return Table("How fees moved", subtitle, f"{AGREEMENTS}; consumer prices index", frame.reset_index(drop=True), columns, units)


def _moved(case: Case) -> Table:
    """The same as two lines."""
    rows = history(case).frame
    year = [f"{day:%b %Y}" for day in rows["day"]]
    lines = [
        pd.DataFrame({"year": year, "change": rows[name], "series": words}) for name, words in (("like_for_like", "Children who stayed"), ("cpi", "Prices"))
    ]
    frame = pd.concat(lines, ignore_index=True).dropna(subset=["change"])
    columns, units = {"series": "Series", "year": "Year to", "change": "Change"}, {"series": "text", "year": "text", "change": "per_cent"}
    return Table(
        "How fees moved beside prices",
        "Change over twelve months, per cent, of children there at both ends; the total is chained year by year",
        f"{AGREEMENTS}; consumer prices index",
        frame,
        columns,
        units,
    )


def parts(case: Case) -> Table:
    """Today's fees by part of the cost: one row a part."""
    frame = case.fees.groupby("component")["gbp"].agg(gbp="sum", children="size").reset_index().sort_values("gbp", ascending=False)
    frame["component"] = frame["component"].map(COMPONENT_NAMES).fillna(frame["component"])
    frame["mean_gbp"] = frame["gbp"] / frame["children"]
    columns = {"component": "Part of the cost", "children": "Placements", "gbp": "Fees a year", "mean_gbp": "Mean where charged"}
    units = {"component": "text", "children": "placements", "gbp": "gbp", "mean_gbp": "gbp_per_place_year"}
    return Table("Fees by part of the cost", f"Snapshot {format_date(case.as_at)}", AGREEMENTS, frame.reset_index(drop=True), columns, units)


def costs(case: Case) -> Table:
    """The rises that the school shows: one row a cost."""
    rows = [(p.what, p.per_cent, p.share, p.weighted, p.source) for p in case.request.pressures]
    frame = pd.DataFrame(rows, columns=["what", "per_cent", "share", "weighted", "source"])
    columns = {"what": "Cost", "per_cent": "Rise", "share": "Share of running cost", "weighted": "Adds to running cost", "source": "Source"}
    units = {"what": "text", "per_cent": "per_cent", "share": "per_cent", "weighted": "per_cent", "source": "text"}
    return Table("Rises in its costs", "As the school shows them, not audited; recovered VAT lowers them", "As named in each row", frame, columns, units)


def _cpi_to(day: date) -> float:
    known = twelve_months(day)
    return known.per_cent if known else float("nan")


def _headline(case: Case) -> str:
    s = case.settlement
    if s.high >= case.asked:
        return f"The whole of what is asked for lies in the range, {gbp(case.increase(case.asked))} a year"
    return f"{gbp(case.increase(case.asked) - case.increase(s.high))} a year of what is asked for lies above the range"


def _past(case: Case) -> str:
    rows = history(case).frame.dropna(subset=["like_for_like", "cpi"])
    if rows.empty:
        return "How fees moved beside prices"
    fees, prices = (100 * (math.prod(1 + float(change) / 100 for change in rows[name]) - 1) for name in ("like_for_like", "cpi"))
    over = f"Over {len(rows)} years" if len(rows) > 1 else "In a year"
    return f"{over} fees of children who stayed changed by {fees:+.1f}%, prices by {prices:+.1f}%"
