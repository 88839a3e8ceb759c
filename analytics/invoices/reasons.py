"""Why a line of the ledger was marked, in one sentence with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analytics.figures import format_date
from analytics.invoices import kinds

Row = Mapping[str, Any]
BY_AMOUNT = " The ledger names only the setting; the amount tells the placement."


def reasons(lines: pd.DataFrame, every: pd.DataFrame) -> list[str]:
    """One sentence a line of `lines` (as `check.Checked` has them); `every` holds the payments that they refer to."""
    paid = dict(zip(every["transaction_id"], every["paid_on"], strict=True)) if lines["of_transaction"].notna().any() else {}
    return [_reason(row, paid) for row in lines.to_dict("records")]


def _reason(row: Mapping[Any, Any], paid: Mapping[str, Any]) -> str:
    words = _WORDS.get(str(row["kind"]))
    if words is None:
        return f"{kinds.KINDS[str(row['kind'])]}."
    credited = f" Credits of {_gbp(row['credited_gbp'])} are taken off." if row["credited_gbp"] > 0 and row["kind"] in kinds.RECOVERABLE else ""
    return words(row, paid) + credited + (BY_AMOUNT if row["by_amount"] else "")


def _twice(row: Row, paid: Mapping[str, Any]) -> str:
    other = row["of_transaction"]
    return f"{_gbp(row['net_gbp'])} for {_period(row)} was paid again: {other} paid for it on {_day(paid.get(str(other)))}."


def _after(row: Row, paid: Mapping[str, Any]) -> str:
    when = f"for {_period(row)}" if _is_day(row["first_day"]) else f"on {_day(row['paid_on'])}"
    return f"{_gbp(row['net_gbp'])} was paid {when}; the placement ended on {_day(row['leaving_date'])}, so nothing was agreed after it."


def _one_to_one(row: Row, paid: Mapping[str, Any]) -> str:
    if _is_day(row["first_day"]) and row["agreed_gbp"] > 0:
        extra = _gbp(row["net_gbp"] - row["agreed_gbp"])
        return f"The agreement comes to {_gbp(row['agreed_gbp'])} for {_period(row)}; {extra} more was paid, which equals one-to-one that had ended by then."
    return f"{_gbp(row['net_gbp'])} was paid for one-to-one on {_day(row['paid_on'])}; no one-to-one was agreed for that time."


def _rate(row: Row, paid: Mapping[str, Any]) -> str:
    differs = row["net_gbp"] - row["agreed_gbp"]
    left = f" The child left on {_day(row['leaving_date'])}, within that time." if _left_within(row) else ""
    return (
        f"The agreement comes to {_gbp(row['agreed_gbp'])} for {_period(row)} ({_gbp(row['yearly_gbp'])} a year); {_gbp(row['net_gbp'])} was paid, "
        f"{_gbp(abs(differs))} {'more' if differs > 0 else 'less'}.{left}"
    )


def _credit(row: Row, paid: Mapping[str, Any]) -> str:
    sought = "no credit was found" if row["kind"] == kinds.CREDIT_DUE else "a credit is not yet expected"
    return (
        f"{_gbp(row['net_gbp'])} was paid for {_period(row)}; the child left on {_day(row['leaving_date'])}, up to when {_gbp(row['due_gbp'])} was due; "
        f"{sought} for the other {_gbp(row['over_gbp'])}."
    )


def _refund(row: Row, paid: Mapping[str, Any]) -> str:
    set_off = f" It is taken off what {row['of_transaction']} may owe." if isinstance(row["of_transaction"], str) else ""
    return f"{_gbp(-row['net_gbp'])} came back on {_day(row['paid_on'])} without naming a payment, and equals nothing that is due; ask what it is for.{set_off}"


_WORDS: dict[str, Callable[[Row, Mapping[str, Any]], str]] = {
    kinds.TWICE: _twice,
    kinds.AFTER: _after,
    kinds.ONE_TO_ONE: _one_to_one,
    kinds.ABOVE: _rate,
    kinds.BELOW: _rate,
    kinds.CREDIT_DUE: _credit,
    kinds.WAITED: _credit,
    kinds.REFUND: _refund,
}


def _left_within(row: Row) -> bool:
    return _is_day(row["leaving_date"]) and bool(row["first_day"] <= row["leaving_date"] < row["last_day"])


def _period(row: Row) -> str:
    return f"{_day(row['first_day'])} to {_day(row['last_day'])}" if _is_day(row["first_day"]) else "a time not told"


def _is_day(value: object) -> bool:
    return value is not None and not pd.isna(value)  # type: ignore[call-overload]


def _day(value: Any) -> str:
    return format_date(pd.Timestamp(value).date()) if _is_day(value) else "a day not known"


def _gbp(value: float) -> str:
    return f"-£{-value:,.2f}" if value < 0 else f"£{value:,.2f}"
