"""Reads JSON values of a contract instance and collects every fault as a sentence, so that all of them are told at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

LARGEST_GBP = 1e9  # a place dearer than this is a typing error, and sums stay exact to the penny in binary floats
LARGEST_COUNT = 1_000_000


class Reader:
    """Takes values out of parsed JSON. Each method returns a usable value whatever it found, and records what was wrong.

    `where` is the words for the place in the instance ("offer 2"), put at the front of each sentence.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.notes: list[str] = []

    def fault(self, where: str, sentence: str) -> None:
        self.faults.append(f"{where}: {sentence}")

    def record(self, value: object, where: str, known: Iterable[str]) -> dict[str, Any]:
        """An object; fields that nobody reads are noted, not refused, since fields may be added."""
        if not isinstance(value, dict):
            self.fault(where, f"an object is needed, not {_shown(value)}.")
            return {}
        strange = sorted(str(key) for key in value if key not in set(known))
        if strange:
            self.notes.append(f"{where}: {', '.join(strange)} {'is' if len(strange) == 1 else 'are'} not known and not used.")
        return value

    def rows(self, doc: Mapping[str, Any], key: str, where: str, least: int = 0) -> list[Any]:
        value = doc.get(key)
        if not isinstance(value, list):
            self.fault(where, f"`{key}` must be a list, not {_shown(value)}.")
            return []
        if len(value) < least:
            self.fault(where, f"`{key}` needs at least {least} {'entry' if least == 1 else 'entries'}.")
        return value

    def text(self, doc: Mapping[str, Any], key: str, where: str) -> str:
        value = doc.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(where, f"`{key}` must be a name, not {_shown(value)}.")
            return ""
        return value

    def number(self, doc: Mapping[str, Any], key: str, where: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number from low to high. A default makes the field optional: absent or null gives the default."""
        value = doc.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            self.fault(where, f"`{key}` must be a number, not {_shown(value)}.")
            return low if default is None else default
        if not low <= value <= high:
            self.fault(where, f"`{key}` must be from {low:,g} to {high:,g}, not {_shown(value)}.")
            return low if default is None else default
        return float(value)

    def gbp(self, doc: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
        return self.number(doc, key, where, 0.0, LARGEST_GBP, default)

    def whole(self, doc: Mapping[str, Any], key: str, where: str, low: int = 0, default: int | None = None) -> int:
        value = self.number(doc, key, where, low, LARGEST_COUNT, None if default is None else float(default))
        if value != int(value):
            self.fault(where, f"`{key}` must be a whole number, not {value:g}.")
        return int(value)

    def flag(self, doc: Mapping[str, Any], key: str, where: str) -> bool:
        value = doc.get(key)
        if not isinstance(value, bool):
            self.fault(where, f"`{key}` must be true or false, not {_shown(value)}.")
        return value is True

    def counts(self, value: object, years: int, width: int, where: str, things: str) -> list[list[int]]:
        """A table of whole numbers, one row a year and one column a lot or offer."""
        empty = [[0] * width for _ in range(years)]
        if not isinstance(value, list) or len(value) != years:
            self.fault(where, f"a list with one row for each of the {years} years is needed, not {_shown(value)}.")
            return empty
        for t, row in enumerate(value):
            if not isinstance(row, list) or len(row) != width:
                self.fault(where, f"year {t} needs one number for each of the {width} {things}, not {_shown(row)}.")
                return empty
            wrong = [entry for entry in row if not _is_count(entry)]
            if wrong:
                self.fault(where, f"year {t} holds {_shown(wrong[0])}, which is not a whole number of children from 0 to {LARGEST_COUNT:,}.")
                return empty
        return [[int(entry) for entry in row] for row in value]


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def _is_count(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        return False
    return 0 <= value <= LARGEST_COUNT and value == int(value)


def _shown(value: object) -> str:
    """The value as a person would recognise it, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, int | float):
        return repr(value) if not isinstance(value, int) or abs(value) < 10**15 else "a very large number"
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
