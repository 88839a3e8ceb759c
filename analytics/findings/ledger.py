"""Payments and a register without fees: who was paid, by month, and what fees would add."""

from __future__ import annotations

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_value
from analytics.findings.words import LEDGER, gbp, month_name, plural, share, total
from data.domain import financial_year_name

_METHOD = """
Payments are those of the ledger file, net of recoverable VAT, credits taken off. A payment belongs to a setting by the reference it carries, by a
match that a person has confirmed, or by a match so close that it needs no person; the rest stands as not matched. Nothing is estimated.
"""


def ledger_alone(months: pd.DataFrame, year: int, version: str) -> Finding:
    """Payments and a register without fees: who was paid in the year, by month up to its end, and what fees would add."""
    name, history = financial_year_name(year), months
    months = months[months["fy"] == year]
    paid = total(months, "spend_gbp")
    known = months[months["urn"].notna()]
    matched = total(known, "spend_gbp")
    settings = int(known["urn"].nunique())
    percent = format_value(share(matched, paid), "per_cent")
    span = f"{month_name(months['month'].min())} to {month_name(months['month'].max())}" if len(months) else name
    answer = f"The ledger shows {gbp(paid)} paid in {name}; {gbp(matched)} ({percent}) is matched to {plural(settings, 'setting')}"
    answer += ", the rest is not matched yet." if matched < paid else "."
    figures = (
        Figure("Paid", paid, "gbp", f"Ledger {name}, {span}", None, LEDGER, "Sum of payments and credits."),
        Figure(
            "Matched to a setting", matched, "gbp", f"Ledger {name}, {percent} of what was paid", None, LEDGER, "Reference, confirmed match or automatic match."
        ),
        Figure("Settings paid", float(settings), "settings", f"With a matched payment in {name}", None, LEDGER, "Settings with at least one matched payment."),
    )
    notes = ("Load plans, placements and fees to see cost beside spend, by need, phase and area, and to compare settings like for like.",)
    tables = {"by_setting": _by_setting(months, name), "by_month": _by_month(history, name), "lines": _lines(months, name)}
    return Finding(answer, figures, tables if len(history) else {}, _METHOD, version, notes)


def _by_setting(months: pd.DataFrame, name: str) -> Table:
    frame = (
        months.groupby("setting_name", as_index=False, dropna=False)[["spend_gbp", "payments"]].sum().sort_values("spend_gbp", ascending=False, kind="stable")
    )
    return Table(
        "Paid by setting",
        f"Ledger {name}, net of recoverable VAT",
        LEDGER,
        frame.reset_index(drop=True),
        {"setting_name": "Setting", "spend_gbp": "Paid", "payments": "Payments"},
        {"setting_name": "text", "spend_gbp": "gbp", "payments": "records"},
    )


def _by_month(months: pd.DataFrame, name: str) -> Table:
    matched = months["urn"].notna().map({True: "Matched to a setting", False: "Not matched"})
    frame = months.assign(series=matched).groupby(["series", "month"])["spend_gbp"].sum().reset_index()
    return Table(
        "Paid by month",
        f"Ledger up to {name}, net of recoverable VAT",
        LEDGER,
        frame,
        {"series": "Match", "month": "Month", "spend_gbp": "Paid"},
        {"series": "text", "month": "date", "spend_gbp": "gbp"},
    )


def _lines(months: pd.DataFrame, name: str) -> Table:
    columns = {"setting_name": "Setting", "month": "Month", "match_kind": "Matched by", "payments": "Payments", "spend_gbp": "Paid"}
    frame = months.sort_values(["setting_name", "month"], kind="stable")[list(columns)].reset_index(drop=True)
    return Table(
        "Paid by setting and month",
        f"Ledger {name}, net of recoverable VAT",
        LEDGER,
        frame,
        columns,
        {"setting_name": "text", "month": "date", "match_kind": "text", "payments": "records", "spend_gbp": "gbp"},
    )
