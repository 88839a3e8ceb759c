"""Does the data agree with itself? Bridges as tables that end at nothing left, what each team has to mend, how fresh and complete each source is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from analytics import reconcile
from analytics.figures import Table, format_date
from analytics.findings.words import AGREEMENTS, LEDGER, gbp, plural
from analytics.reconcile import fresh
from analytics.reconcile.owners import ASKED_AGAIN
from data.domain import COMPONENT_NAMES, financial_year_name
from data.sources import SOURCES

OWN = "Every source, as loaded"
NOTHING_LEFT = "Not explained"
SHORT = {  # a step of the ledger's bridge as a row is called; its full words stand in the last column
    "agreed_gbp": "Agreed cost",
    "less_transport": "Transport",
    "less_dfe_place": "DfE place funding",
    "less_other_purses": "Other purses",
    "agreed_not_paid": "Agreed, not paid",
    "paid_not_agreed": "Paid, not agreed",
    "paid_above_agreed": "Paid above",
    "paid_below_agreed": "Paid below",
    "paid_no_placement": "No placement named",
    "paid_no_setting": "No setting",
    "paid_unmatched": "Not matched",
    "paid_other_month": "Another month",
    "ledger_gbp": "Ledger",
    "left": NOTHING_LEFT,
}


def ledger(months: pd.DataFrame, year: int, urn: str | None, name: str) -> Table:
    """From agreed cost to the ledger for one setting (or all: `urn` None), a column a month, the year first; the last row is what is left: nothing.

    `months`: one row a setting × month with a column a step, as read_ledger_by_month; `urn` "" is payments of no known setting.
    """
    sums = of_setting(months, urn).groupby("month")[["agreed_gbp", *reconcile.MONTH_STEPS, "ledger_gbp"]].sum().round(2)
    rows = pd.DataFrame({"year": sums.sum().round(2), **{f"m{month:%Y%m}": sums.loc[month] for month in sums.index}})
    rows.loc["left"] = (rows.loc["ledger_gbp"] - rows.drop(index="ledger_gbp").sum()).round(2)
    kept = [step for step in SHORT if step in ("agreed_gbp", "ledger_gbp", "left") or rows.loc[step].abs().max() >= 0.005]
    frame = rows.loc[kept] + 0.0
    frame.insert(0, "line", [SHORT[step] for step in kept])
    frame["words"] = [reconcile.MONTH_STEPS.get(step, "") for step in kept]
    columns = {"line": "Line", "year": financial_year_name(year), **{f"m{month:%Y%m}": f"{month:%b %Y}" for month in sums.index}}
    columns["words"] = "What the line is"
    units = dict.fromkeys(list(columns)[1:-1], "gbp")
    subtitle = f"£ by month of payment and of the days agreed, {name}, {financial_year_name(year)}; every column ends at nothing left"
    return Table("From agreed cost to the ledger", subtitle, f"{AGREEMENTS}; {LEDGER.lower()}", frame.reset_index(drop=True), columns, units)


def of_setting(months: pd.DataFrame, urn: str | None) -> pd.DataFrame:
    """The months of one setting, of all (None), or of payments of no known setting ("")."""
    return months if urn is None else months[months["urn"].isna() if urn == "" else months["urn"] == urn]


def agreements(lines: Sequence[Mapping[str, Any]], as_at: date) -> Table:
    """From fee lines agreed for the day to cost counted on open placements, by component. `lines`: as reconcile.agreements_to_placements."""
    rows = []
    for row in lines:
        out = {line["line"]: line for line in row["lines"]}
        cells = {f"gbp_{n}": out.get(words, {}).get("gbp", 0.0) for n, words in enumerate(reconcile.NOT_COUNTED.values())}
        rows.append({"component": row["component"], "lines": row["from_count"], "agreed": row["from_gbp"], **cells, "counted": row["to_gbp"]})
        rows[-1]["left"] = row["residual_gbp"]
    columns = {"component": "Component", "lines": "Fee lines", "agreed": "Agreed", "gbp_0": "After leaving", "gbp_1": "Not yet begun"}
    columns |= {"gbp_2": "No placement", "counted": "Counted", "left": NOTHING_LEFT}
    units = {"lines": "records", **dict.fromkeys(("agreed", "gbp_0", "gbp_1", "gbp_2", "counted", "left"), "gbp")}
    subtitle = f"Full-year equivalent of fee lines valid on {format_date(as_at)}, £ a year"
    return Table("From agreements to placements", subtitle, AGREEMENTS, pd.DataFrame(rows, columns=list(columns)), columns, units)


def placements_with_fee(lines: Sequence[Mapping[str, Any]], as_at: date) -> Table:
    """Open placements down to those with a fee that counts, by kind of setting. `lines`: as reconcile.placements_to_agreements."""
    rows = []
    for row in lines:
        out = {line["line"]: line["count"] for line in row["lines"]}
        without = {part: out.get(words, 0) for part, words in reconcile.WITHOUT_FEE.items()}
        rows.append({"setting_type": row["setting_type"], "open": row["from_count"], **without, "with_fee": row["to_count"], "left": row["residual_count"]})
    columns = {"setting_type": "Kind of setting", "open": "Open", "never": "No fee line", "ended": "Fees ended", "to_begin": "Fees begin later"}
    columns |= {"with_fee": "With a fee", "left": NOTHING_LEFT}
    units = dict.fromkeys(list(columns)[1:], "placements")
    subtitle = f"Placements open on {format_date(as_at)} and their fees that day, transport apart"
    return Table("From placements to agreements", subtitle, "Placements and fees as loaded", pd.DataFrame(rows, columns=list(columns)), columns, units)


def agreement_rows(findings: pd.DataFrame, names: pd.Series[Any], code: str) -> Table:
    """The placements behind one finding of agreements. `findings`: read_agreement_findings; `names`: setting names by URN."""
    frame = findings[findings["code"] == code].reset_index(drop=True)
    frame = frame.assign(setting_name=frame["urn"].map(names), component=frame["component"].map(COMPONENT_NAMES))
    columns = {"placement_id": "Placement", "setting_name": "Setting", "component": "Component", "first_day": "From", "last_day": "To", "gbp": "£ a year"}
    asked = reconcile.AGREEMENTS[code]
    return Table(asked.mend, f"{plural(len(frame), 'row')}; for {asked.team.value}", AGREEMENTS, frame, columns, _dates("gbp"), child_level=True)


def baseline(steps: Sequence[reconcile.Step], year: int) -> Table:
    """The bridge between ways of counting as one column: a count, what changes it, the next count. `steps`: as reconcile.bridge."""
    rows: list[tuple[str, int, int]] = [(steps[0].before, steps[0].from_count, 0)] if steps else []
    for entry in reconcile.baseline(steps, year):
        rows += [(f"{_sign(line['count'])} {line['line']}", line["count"], 0) for line in entry["lines"]]
        rows.append((entry["to"], entry["to_count"], entry["residual_count"]))
    columns = {"line": "Count, and what changes it", "count": "Placements or children", "left": NOTHING_LEFT}
    frame = pd.DataFrame(rows, columns=list(columns))
    subtitle = f"Placements as loaded, {financial_year_name(year)}, one change of definition after another"
    return Table("From one way of counting to another", subtitle, "Placements as loaded", frame, columns, {"count": "placements", "left": "placements"})


def step_rows(step: reconcile.Step) -> Table:
    """The placements that come in or go out in one step of the baseline bridge."""
    frame = step.rows.assign(sign=step.rows["sign"].map({1: "comes in", -1: "goes out"})).reset_index(drop=True)
    columns = {"sign": "Change", "line": "Because", "placement_id": "Placement", "child_id": "Child", "setting_name": "Setting"}
    columns |= {"setting_type": "Kind", "birth_month": "Born", "rank": "Rank", "entry_date": "Entry", "leaving_date": "Leaving"}
    units = {"entry_date": "date", "leaving_date": "date"}
    return Table(f"From {step.before} to {step.after}", f"{plural(len(frame), 'row')}", "Placements as loaded", frame, columns, units, child_level=True)


def bases(known: Mapping[str, reconcile.Basis], counts: Mapping[str, int], year: int, as_at: date) -> Table:
    """What each way of counting counts, and the count of the placements loaded. `counts`: by basis."""
    rows = [(basis.name, counts[key], basis.when(year, as_at), basis.definition, basis.source) for key, basis in known.items()]
    columns = {"name": "Basis", "count": "Count here", "when": "Counted", "definition": "What it counts", "source": "Source"}
    subtitle = f"{financial_year_name(year)}, placements as loaded"
    return Table("Ways of counting", subtitle, "reference, count_bases.csv", pd.DataFrame(rows, columns=list(columns)), columns, {"count": "placements"})


def published(lines: Sequence[Mapping[str, Any]], sample: bool) -> Table:
    """Published counts beside the loaded ones; where the data are the council's own, the difference is what they do not explain."""
    rows = [(r["year"], r["from"].split(",")[0], r["from_count"], r["to_count"], r["to_count"] - r["from_count"], r["source"]) for r in lines]
    names = {"year": "Year", "basis": "Basis", "here": "Loaded here", "there": "Published"}
    columns = {**names, "rest": "Difference" if sample else "Not explained by the loaded data", "source": "Published in"}
    units = dict.fromkeys(("here", "there", "rest"), "placements")
    what = "made-up data: the difference explains nothing" if sample else "same basis, same year"
    return Table(
        "Published counts", f"Kent's published counts beside the placements loaded; {what}", "As named in each row", _frame(rows, columns), columns, units
    )


def sen2(lines: Sequence[Mapping[str, Any]]) -> tuple[Table, ...]:
    """The SEN2 return against placements here as columns: a count, what changes it, the next count. `lines`: as reconcile.sen2_to_placements."""
    titles = ("From the SEN2 return to placements", "How far matched placements agree")
    columns = {"line": "Count, and what changes it", "count": "Placements", "left": NOTHING_LEFT}
    tables = []
    for entry, title in zip(lines, titles, strict=True):
        rows = [(entry["from"], entry["from_count"], 0), *((f"{_sign(line['count'])} {line['line']}", line["count"], 0) for line in entry["lines"])]
        rows.append((entry["to"], entry["to_count"], entry["residual_count"]))
        subtitle = f"Census of January {entry['census_year']}; matched by child and setting, then by child"
        tables.append(
            Table(title, subtitle, "SEN2 return and placements as loaded", _frame(rows, columns), columns, dict.fromkeys(("count", "left"), "placements"))
        )
    return tuple(tables)


def sen2_rows(rows: pd.DataFrame, names: pd.Series[Any], what: str, year: int) -> Table:
    """The placements behind one difference, both sides beside. `rows`: read_sen2_to_placements; `names`: setting names by URN."""
    frame = rows[rows["what"] == what].reset_index(drop=True)
    for side in ("sen2", "here"):
        frame[f"{side}_setting"] = frame[f"{side}_urn"].map(names).fillna(frame[f"{side}_urn"])
    parts = {"setting": "setting", "rank": "rank", "entry_date": "entry", "need": "need", "residence": "residence"}
    columns = {"child_id": "Child", "placement_id": "Placement"}
    columns |= {f"{side}_{part}": f"{name} {words}" for part, words in parts.items() for side, name in (("sen2", "SEN2"), ("here", "Here"))}
    units = {"sen2_entry_date": "date", "here_entry_date": "date"}
    subtitle = f"{plural(len(frame), 'row')}, census of January {year}; for {reconcile.Team.CASEWORK.value}"
    return Table(reconcile.SEN2_WORDS[what], subtitle, "SEN2 return and placements as loaded", frame, columns, units, child_level=True)


def _sign(count: int) -> str:
    return "+" if count > 0 else "−"


def to_mend(checks: Sequence[Mapping[str, Any]]) -> Table:
    """What waits to be mended, by team: records, pounds, how. `checks`: as reconcile.checks; only warnings and errors that concern something."""
    levels = {"error": "error", "warning": "warning"}
    told_twice = {f"warning_{source}_{code}" for source in SOURCES for code in ASKED_AGAIN} | {"quarantine"}
    open_ones = [c for c in checks if c["level"] in levels and c["code"] not in told_twice]
    counted = [(c, None if c["code"].startswith("freshness_") else c["count"]) for c in open_ones]  # a source's lateness counts days, not records
    rows = [(c["owner"], count, c["gbp"], c["message"], c["mend"], c["level"], c["code"]) for c, count in counted]
    rows.sort(key=lambda row: (row[0], row[5], -(row[1] or 0)))
    columns = {"team": "Team", "records": "Records", "gbp": "Pounds", "what": "What was found", "how": "How to mend it", "level": "Level", "code": "Code"}
    subtitle = f"{plural(len(rows), 'finding')} of {plural(len({r[0] for r in rows}), 'team')}; errors before warnings, most records first"
    return Table("To mend, by team", subtitle, OWN, _frame(rows, columns), columns, {"records": "records", "gbp": "gbp"})


def freshness(sources: pd.DataFrame, filled: pd.DataFrame, as_at: date | None) -> Table:
    """How fresh and complete each source is, late ones marked."""
    rows = fresh.by_source(sources, filled, as_at)
    frame = pd.DataFrame(rows).assign(late=[_late(row) for row in rows])
    columns = {"source": "Source", "rows": "Records", "last_day": "Newest day", "days_behind": "Days behind", "late": "How it stands"}
    columns |= {"short": "Too seldom filled", "never": "Never filled"}
    units = {"rows": "records", "last_day": "date", "days_behind": "records"}
    day = f"Days behind {format_date(as_at)}; late beyond {max(fresh.LATE_DAYS.values())} days" if as_at else "Without fees there is no as-at day"
    return Table("How fresh, by source", day, OWN, frame, columns, units)


def _late(row: Mapping[str, Any]) -> str:
    return "not loaded" if not row["rows"] else "late" if row["late"] else "too seldom filled" if row["short"] else "good"


def completeness(filled: pd.DataFrame) -> Table:
    """The columns that analyses use, the share of records with each, least filled first."""
    frame = fresh.used(filled).sort_values("per_cent", kind="stable").reset_index(drop=True)
    columns = {"source": "Source", "column_name": "Column", "per_cent": "Filled", "enough": "Enough is", "rows": "Records", "used_for": "It"}
    units = {"per_cent": "per_cent", "enough": "per_cent", "rows": "records"}
    return Table("How complete, by column", "Columns that analyses use; of plans those of children with a placement", OWN, frame, columns, units)


def sentence(checks: Sequence[Mapping[str, Any]]) -> str:
    """What waits, in a sentence."""
    rows = to_mend(checks).frame
    errors = int((rows["level"] == "error").sum())
    if rows.empty:
        return "Nothing waits to be mended."
    teams = rows["team"].value_counts()
    listed = ", ".join(f"{team} {count}" for team, count in teams.items())
    graver = f"{plural(errors, 'error')} among them" if errors else "none of them an error"
    return f"{plural(len(rows), 'finding')} to mend, {graver}: {listed}."


def ledger_sentence(months: pd.DataFrame, year: int, name: str) -> str:
    """Agreed cost and ledger of a year and what lies between them, in a sentence. `months`: of the setting called `name`, or of all."""
    agreed, paid = float(months["agreed_gbp"].sum()), float(months["ledger_gbp"].sum())
    return (
        f"{name}, {financial_year_name(year)}: {gbp(agreed)} agreed, {gbp(paid)} in the ledger; the difference of {gbp(paid - agreed)} is named line by line."
    )


def sen2_sentence(lines: Sequence[Mapping[str, Any]]) -> str:
    """How far the return and the placements agree, in a sentence. `lines`: as reconcile.sen2_to_placements."""
    whole, matched = lines
    returned, here, same = whole["from_count"], whole["to_count"], matched["to_count"]
    if returned == here == same:
        return f"The return and the placements here agree in all {here:,}."
    return f"{same:,} of {returned:,} placements returned agree with the {here:,} open here in setting, rank, entry date, need and residence."


def _dates(*money: str) -> dict[str, str]:
    return {"first_day": "date", "last_day": "date", **dict.fromkeys(money, "gbp")}


def _frame(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))
