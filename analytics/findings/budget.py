"""Will we end the year within budget? Actual, committed and forecast by purse and period, against the budget entered."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analytics.budget import COUNCIL, PURSES, Outturn
from analytics.budget.purses import NO_PURSE
from analytics.figures import Figure, Finding, Table, format_date
from analytics.findings.words import AGREEMENTS, LEDGER, gbp
from analytics.spend import total_gbp
from data.domain import financial_year_name

INTERVAL = "80% interval (P10 to P90)"
SOURCE = f"{AGREEMENTS}; {LEDGER[0].lower()}{LEDGER[1:]}"
OWN = "high needs block, transport and social care"
METHOD = """
**Actual** is the ledger: transport by the words of cost centre or narrative, the high needs block for other payments to known settings. **Committed** is
what agreements come to for the periods to go, if nobody left and no fee rose. **Forecast outturn** is the agreed cost of the periods passed, plus a
simulation of those to go (seeded): each placement stays by the chances at which children of its age left in the last three years (one that leaves within
a month counts half of it); fees with no line agreed yet go on, raised each 1 September by as much as fees of the same placements rose in earlier
Septembers; and children not yet named come as many as in the last twelve months, more or fewer by as much as years have differed, spread over the months
and at the cost of those who came in the last three years. A start that is named already is taken off those expected.

Limits: it is a forecast of cost by agreement; the ledger may come out otherwise through late invoices, what is paid wrongly, and payments not yet matched
to a setting. A policy, a new school or a wave of appeals that the years before did not know is not in it. For an earlier period only what could be known
then is used: no later start, leaving date or fee line. How well it did was measured on the made-up authority alone.
"""


@dataclass(frozen=True)
class BudgetFrames:
    """`budgets`: the read `budgets` of the year; `paid`: the read `budget_paid`; `before_gbp`: the council's own agreed cost of the year before."""

    outturn: Outturn
    budgets: pd.DataFrame
    paid: pd.DataFrame
    before_gbp: float


def budget(frames: BudgetFrames, version: str) -> Finding:
    """The page's finding."""
    found = frames.outturn
    purses = purse_rows(frames)
    tables = {"months": _months(found), "purses": _purses(purses, found), "starters": _starters(found)}
    headlines = {"months": _headline(found)}
    return Finding(_answer(frames, purses), _figures(frames, purses), tables, METHOD, version, _notes(frames), headlines)


def nothing(version: str) -> Finding:
    return Finding("No fees are loaded, so no outturn can be forecast. Load plans, placements and fees.", (), {}, METHOD, version)


def purse_rows(frames: BudgetFrames) -> pd.DataFrame:
    """One row a purse, the council's own together last: the outturn's columns with budget_gbp, difference_gbp (outturn less budget) and within, the chance in
    per cent of ending within budget. The council's own budget is there only when every own purse has one."""
    given = dict(zip(frames.budgets["purse"], frames.budgets["amount_gbp"].astype(float), strict=True))
    rows = frames.outturn.purses.assign(label=lambda f: f["purse"].map(PURSES).fillna("The council's own"))
    names = list(PURSES)
    with_budget = [name for name in COUNCIL if name in given]
    if len(with_budget) == len(COUNCIL):
        given["council"] = sum(given[name] for name in COUNCIL)
    rows["budget_gbp"] = rows["purse"].map(given).astype(float)
    rows["difference_gbp"] = (rows["outturn_gbp"] - rows["budget_gbp"]).round(2)
    totals = {name: frames.outturn.totals[:, n] for n, name in enumerate(names)}
    totals["council"] = frames.outturn.totals[:, [names.index(name) for name in COUNCIL]].sum(axis=1)
    rows["within"] = [
        100.0 * float((totals[p] <= b + 0.005).mean()) if not pd.isna(b) else float("nan") for p, b in zip(rows["purse"], rows["budget_gbp"], strict=True)
    ]
    return rows


def _council(purses: pd.DataFrame) -> pd.Series:
    return purses[purses["purse"] == "council"].iloc[0]


def when(found: Outturn) -> str:
    return f"{financial_year_name(found.year)}, as at {format_date(found.cutoff)}"


def _is_over(found: Outturn) -> bool:
    return not bool(found.months["is_forecast"].any())


def _answer(frames: BudgetFrames, purses: pd.DataFrame) -> str:
    found, own = frames.outturn, _council(purses)
    name = financial_year_name(found.year)
    if _is_over(found):
        said = f"{name} ended at {gbp(own['outturn_gbp'])} by agreements; the ledger shows {gbp(own['paid_gbp'])} paid in it"
    else:
        said = f"{name} is forecast to end at {gbp(own['outturn_gbp'])} ({INTERVAL.split(' (')[0]} {gbp(own['low_gbp'])} to {gbp(own['high_gbp'])})"
    if pd.isna(own["budget_gbp"]):
        some = [PURSES[p] for p in COUNCIL if p not in set(frames.budgets["purse"])]
        return f"{said}. No budget is entered yet for {', '.join(some).lower()}; enter it below to see whether that is within it."
    over = float(own["difference_gbp"])
    against = f"{gbp(abs(over))} {'over' if over > 0 else 'within'} the budget of {gbp(own['budget_gbp'])}"
    return f"{said}, {against}." if _is_over(found) else f"{said}, {against}; the chance of ending within it is {_chance(float(own['within']))}."


def _chance(per_cent: float) -> str:
    return "under 1%" if per_cent < 1 else "over 99%" if per_cent > 99 else f"about {per_cent:.0f}%"


def _figures(frames: BudgetFrames, purses: pd.DataFrame) -> tuple[Figure, ...]:
    found, own = frames.outturn, _council(purses)
    told, day, over = when(found), found.cutoff, _is_over(found)
    budget_gbp = None if pd.isna(own["budget_gbp"]) else float(own["budget_gbp"])
    low, high = (None, None) if over else (float(own["low_gbp"]), float(own["high_gbp"]))
    change = float(own["outturn_gbp"]) - frames.before_gbp if frames.before_gbp else None
    label, interval = ("Outturn", "") if over else ("Forecast outturn", INTERVAL)
    how = "Agreed cost of the periods passed, and a simulation of those to go."
    whose, whole = f"{financial_year_name(found.year)}, {OWN}", "Sum of the purses' budgets; not known until each has one."
    going_on = "Fees in force, to each known last day or the year's end; no rise, no newcomer."
    paid, committed = float(own["paid_gbp"]), float(own["committed_gbp"])
    return (
        Figure(label, float(own["outturn_gbp"]), "gbp", f"{told}; {OWN}", day, SOURCE, how, low, high, interval, change, "on the year before"),
        Figure("Budget", budget_gbp, "gbp", whose, day, "Entered by a person here", whole),
        Figure("Paid", paid, "gbp", f"Ledger, {told}", day, LEDGER, "Payments of transport and to known settings, less credits."),
        Figure("Committed", committed, "gbp", "Agreements for the periods to go, if nobody left", day, AGREEMENTS, going_on),
    )


def _notes(frames: BudgetFrames) -> tuple[str, ...]:
    found = frames.outturn
    days = pd.to_datetime(frames.paid["month"])
    own = frames.paid[(frames.paid["purse"] == NO_PURSE) & (frames.paid["fy"] == found.year) & (days <= pd.Timestamp(found.cutoff))]
    lost = total_gbp(own["paid_gbp"])
    return (f"{gbp(lost)} of the year's ledger is in no purse, as its suppliers are not matched to a setting; match them in Intake.",) if lost else ()


def _headline(found: Outturn) -> str:
    if _is_over(found):
        return f"What {financial_year_name(found.year)} cost, period by period"
    first = found.months[found.months["is_forecast"]].iloc[0]
    return f"Periods from {first['period']} are forecast, each with its interval"


def _months(found: Outturn) -> Table:
    frame = found.months.assign(label=[f"{p}: {pd.Timestamp(m):%b %Y}" for p, m in zip(found.months["period"], found.months["month"], strict=True)])
    frame["what"] = frame["is_forecast"].map({True: "Forecast", False: "Passed"})
    columns = {
        "label": "Period",
        "what": "Passed or forecast",
        "paid_gbp": "Paid (ledger)",
        "cost_gbp": "Agreed cost passed",
        "committed_gbp": "Committed",
        "outturn_gbp": "Cost or forecast",
        "low_gbp": "P10",
        "high_gbp": "P90",
    }
    subtitle = f"{when(found)}; {OWN}; passed: agreed cost; to go: mean and {INTERVAL} of the simulation"
    return Table("By period", subtitle, SOURCE, frame[["is_forecast", *columns]], columns, units_of(columns))


def _purses(rows: pd.DataFrame, found: Outturn) -> Table:
    columns = {
        "label": "Purse",
        "budget_gbp": "Budget",
        "outturn_gbp": "Outturn" if _is_over(found) else "Forecast outturn",
        "difference_gbp": "Over budget (minus: within)",
        "low_gbp": "P10",
        "high_gbp": "P90",
        "within": "Chance within budget",
        "paid_gbp": "Paid (ledger)",
        "cost_gbp": "Agreed cost passed",
        "committed_gbp": "Committed",
    }
    subtitle = f"{when(found)}; the council's own: {OWN}; "
    subtitle += "health and DfE pay their own; the ledger shows payments of the first two only, unless a payer's money in is told by its words"
    return Table("By purse", subtitle, SOURCE, rows[["purse", *columns]], columns, units_of(columns) | {"within": "per_cent"})


def _starters(found: Outturn) -> Table:
    frame = found.starters.assign(label=[f"{pd.Timestamp(m):%B %Y}" for m in found.starters["month"]])
    columns = {"label": "Month", "expected": "Expected", "low": "P10", "high": "P90", "named": "Named"}
    return Table(
        "Starters",
        "Children expected to begin and not yet named, by month, from the last years; and those named",
        AGREEMENTS,
        frame[list(columns)],
        columns,
        dict.fromkeys(columns, "placements") | {"label": "text"},
    )


def units_of(columns: dict[str, str]) -> dict[str, str]:
    return {name: "gbp" if name.endswith("_gbp") else "text" for name in columns}
