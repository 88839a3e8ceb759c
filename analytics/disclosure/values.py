"""A cell of a table that a person hands in → a count or pounds. Every fault is one sentence that names the cell."""

from __future__ import annotations

import math

from data.errors import InputRejected

MOST_CHILDREN = 10_000_000
MOST_GBP = 1e12


def whole(value: object, name: str, place: str) -> int:
    """A count. InputRejected unless it is a whole number from 0 up."""
    number = _number(value, name, place)
    if number != int(number):
        raise InputRejected(f"{name} holds {shown(value)} at {place}; a count is a whole number.", "not_whole")
    if number > MOST_CHILDREN:
        raise InputRejected(f"{name} holds {shown(value)} at {place}, more than {MOST_CHILDREN:,}; check the count.", "too_large")
    return int(number)


def pounds(value: object, name: str, place: str) -> float:
    """Pounds. InputRejected unless it is a number from 0 up."""
    number = _number(value, name, place)
    if number > MOST_GBP:
        raise InputRejected(f"{name} holds {shown(value)} at {place}, more than £{MOST_GBP:,.0f}; check the amount.", "too_large")
    return number


def _number(value: object, name: str, place: str) -> float:
    text = str(value).strip().replace(",", "").removeprefix("£")
    try:
        number = float(text) if text.isascii() and "_" not in text else float("nan")
    except ValueError:
        number = float("nan")
    if not math.isfinite(number):
        raise InputRejected(f"{name} holds {shown(value)} at {place}, which is not a number; correct it.", "not_a_number")
    if number < 0:
        raise InputRejected(f"{name} holds {shown(value)} at {place}; a cell cannot be below 0.", "negative")
    return number


def shown(value: object) -> str:
    """A value as a sentence quotes it."""
    text = str(value)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"
