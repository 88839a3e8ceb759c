"""From agreed cost to the ledger, by setting and financial year or month: every difference named, nothing left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.domain import financial_year_name

LEDGER_STEPS: dict[str, str] = {
    "less_transport": "Transport, paid to operators and not to the setting",
    "less_dfe_place": "Place funding that DfE pays to the setting",
    "less_other_purses": "Shares of health and social care",
    "agreed_not_paid": "Agreed, with no payment in the year that names the placement or only the setting",
    "paid_not_agreed": "Paid for placements with no agreed fee here in the year",
    "paid_above_agreed": "Paid above the agreement, placement by placement",
    "paid_below_agreed": "Paid below the agreement, placement by placement",
    "paid_no_placement": "Paid to the setting without naming a placement, beyond its agreements not paid by name",
    "paid_no_setting": "Paid to suppliers confirmed as no setting",
    "paid_unmatched": "Paid to suppliers not yet matched to a setting",
}
MONTH_STEPS: dict[str, str] = {**LEDGER_STEPS, "paid_other_month": "Paid in another month of the year (terms in advance, arrears)"}


def ledger_to_agreements(steps: pd.DataFrame) -> list[dict[str, Any]]:
    """From agreed cost to the ledger, by setting and financial year, each year's total first; `residual_gbp` is what is left unnamed: nothing.

    `steps`: one row a setting × fy with agreed_gbp, one column a step of LEDGER_STEPS, ledger_gbp. Method: part-year cost of fee lines, paid day counts.
    """
    rows: list[dict[str, Any]] = []
    for fy, part in steps.groupby("fy"):
        year = financial_year_name(int(str(fy)))
        rows += _total_then_settings("ledger_to_agreements", {"year": year}, part, LEDGER_STEPS)
    return rows


def ledger_by_month(steps: pd.DataFrame, *, settings: bool) -> list[dict[str, Any]]:
    """The same by month: each month's total, and with `settings` a row a setting. The months of a year add up to its bridge, to the penny.

    `steps`: one row a setting × month of one financial year, with one column a step of MONTH_STEPS.
    """
    rows: list[dict[str, Any]] = []
    for month, part in steps.groupby("month"):
        day = pd.Timestamp(str(month))
        where = {"year": financial_year_name(day.year - (day.month < 4)), "month": f"{day:%Y-%m}"}
        found = _total_then_settings("ledger_to_agreements_by_month", where, part, MONTH_STEPS)
        rows += found if settings else found[:1]
    return rows


def _total_then_settings(name: str, where: Mapping[str, Any], part: pd.DataFrame, steps: Mapping[str, str]) -> list[dict[str, Any]]:
    total = part[["agreed_gbp", *steps, "ledger_gbp"]].sum().to_dict()
    rows = [_bridge(name, {**where, "urn": None, "setting_name": "All"}, total, steps)]
    for row in part.to_dict("records"):
        setting = {"urn": _text(row["urn"]), "setting_name": _text(row["setting_name"]) or "No known setting"}
        rows.append(_bridge(name, {**where, **setting}, row, steps))
    return rows


def _bridge(name: str, where: Mapping[str, Any], row: Mapping[Any, Any], steps: Mapping[str, str]) -> dict[str, Any]:
    agreed, ledger = round(float(row["agreed_gbp"]), 2), round(float(row["ledger_gbp"]), 2)
    lines = [{"line": words, "gbp": round(float(row[step]), 2)} for step, words in steps.items() if round(float(row[step]), 2)]
    residual = round(ledger - agreed - sum(float(str(line["gbp"])) for line in lines), 2)
    return {
        "reconciliation": name,
        **where,
        "from": "Agreed cost",
        "from_gbp": agreed,
        "lines": lines,
        "to": "Ledger",
        "to_gbp": ledger,
        "residual_gbp": residual,
    }


def _text(value: object) -> str | None:
    return None if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
