"""Which periods a payment may be for, and what each comes to: months, terms, quarters, half-years and years from the first of a month or from entry."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.invoices.agreed import OPEN, PARTS, Agreed, Floats, Ints

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"\b(20\d\d)-(0[1-9]|1[0-2])(?!\d)")
_WHOLE = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_NAMED = re.compile(rf"\b({'|'.join((*_WHOLE, 'sept', *MONTH_NAMES))})\b\.?[ -]+(20\d\d)\b", re.IGNORECASE)
_TERM = re.compile(r"\b(autumn|spring|summer)(?: term)?[ -]+(20\d\d)\b", re.IGNORECASE)
_TERM_BEGINS = {"autumn": 9, "spring": 1, "summer": 4}

LENGTHS = ("month", "term", "quarter", "half-year", "school half-year", "academic year", "financial year")
# Length → (month of the year in which it may begin → how many months it has); a term's months are those that schools bill.
_BEGINS: dict[str, dict[int, int]] = {
    "month": dict.fromkeys(range(1, 13), 1),
    "term": {9: 4, 1: 3, 4: 5},
    "quarter": {4: 3, 7: 3, 10: 3},  # January's is the spring term's months
    "half-year": {4: 6, 10: 6},
    "school half-year": {9: 6, 3: 6},
    "academic year": {9: 12},
    "financial year": {4: 12},
}
# Ways of a period: 0 spread evenly over the year, by day; 1 as the school calendar has it; 2 equal parts, a twelfth a month.
NO_MONTH = -1


def month_told(narrative: object) -> int:
    """The month that a narrative says a payment is from, counted from January 1970; NO_MONTH where it says none. Reads 2025-09, Sep 2025, Autumn term 2025."""
    text = narrative if isinstance(narrative, str) else ""
    if found := _ISO.search(text):
        return (int(found[1]) - 1970) * 12 + int(found[2]) - 1
    if found := _NAMED.search(text):
        return (int(found[2]) - 1970) * 12 + MONTH_NAMES.index(found[1][:3].lower())
    if found := _TERM.search(text):
        return (int(found[2]) - 1970) * 12 + _TERM_BEGINS[found[1].lower()] - 1
    return NO_MONTH


def months_told(narratives: pd.Series) -> Ints:
    """The same for a column; each wording is read once."""
    codes, texts = pd.factorize(narratives, use_na_sentinel=False)
    return np.array([month_told(text) for text in texts] or [NO_MONTH], dtype=np.int64)[codes] if len(codes) else np.zeros(0, dtype=np.int64)


def month_of(day: Ints) -> Ints:
    """Months counted from January 1970."""
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64), dtype=np.int64)


def first_of(month: Ints) -> Ints:
    """First days of months counted from January 1970."""
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64), dtype=np.int64)


@dataclass(frozen=True)
class Slots:
    """What a payment may be for: one entry a placement × period × way of billing × part, in every array. `gbp` is what it comes to.

    `month`: the one it begins in; `cut`: the period ends on the day the child left, a longer one would not; `after`: it begins after that day.
    """

    code: Ints
    month: Ints
    first: Ints
    last: Ints
    length: Ints
    way: Ints
    part: Ints
    cut: Ints
    after: Ints
    gbp: Floats

    def take(self, which: Ints) -> Slots:
        return Slots(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def slots(agreed: Agreed, until: int) -> Slots:
    """Every period of every placement that begins by the month after day `until`, with what it comes to; those of nothing are left out."""
    code, month, first, last, length = _periods(agreed, until)
    leaving = agreed.placements["leaving"].to_numpy()[code]
    after = (first > leaving).astype(np.int64)
    runs_over = (first <= leaving) & (last > leaving) & (leaving < OPEN)
    whole = np.arange(len(code))
    both = np.concatenate([whole, np.flatnonzero(runs_over)])
    cut = np.concatenate([np.zeros(len(whole), dtype=np.int64), np.ones(int(runs_over.sum()), dtype=np.int64)])
    ends = np.where(cut == 1, leaving[both], last[both])
    base = Slots(code[both], month[both], first[both], ends, length[both], cut, cut, cut, after[both], np.zeros(len(both)))
    return _priced(agreed, base)


def _periods(agreed: Agreed, until: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    entry, known = agreed.placements["entry"].to_numpy(), agreed.placements["last"].to_numpy()
    first_month, last_month = month_of(entry), np.minimum(month_of(np.minimum(known, until)), month_of(np.array([until]))[0] + 2)
    many = np.maximum(last_month - first_month + 1, 0)
    code = np.repeat(np.arange(len(entry)), many)
    month = first_month[code] + (np.arange(len(code)) - np.repeat(np.cumsum(many) - many, many))
    entered = month == first_month[code]
    pieces = []
    for n, name in enumerate(LENGTHS):
        months = np.zeros(12, dtype=np.int64)
        for begins, count in _BEGINS[name].items():
            months[begins - 1] = count
        left = _months_left(months)  # who enters within a period pays for what is left of it
        count = np.where(entered, left[month % 12], months[month % 12])
        there = np.flatnonzero(count > 0)
        begin = np.maximum(first_of(month[there]), entry[code[there]])
        pieces.append((code[there], month[there], begin, first_of(month[there] + count[there]) - 1, np.full(len(there), n, dtype=np.int64)))
    codes, months_, firsts, lasts, lengths = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return codes, months_, firsts, lasts, lengths


def _months_left(months: Ints) -> Ints:
    """For each month of the year, how many months are left of the period that covers it; 0 where none does."""
    left = np.zeros(12, dtype=np.int64)
    for begins in range(12):
        for k in range(int(months[begins])):
            at = (begins + k) % 12
            left[at] = months[begins] - k
    return left


def _priced(agreed: Agreed, base: Slots) -> Slots:
    """The periods at each way of billing and part; a way or part that says nothing new is left out."""
    found: list[Slots] = []
    for part in range(len(PARTS)):
        which = np.arange(len(base.code)) if part == 0 else np.flatnonzero(agreed.rate(base.code, base.first, 1) > 0)
        some = base.take(which)
        even = agreed.between(some.code, some.first, some.last, part, house=False)
        house = agreed.between(some.code, some.first, some.last, part, house=True)
        months = (month_of(some.last + 1) - some.month).astype(float)
        whole_months = (first_of(some.month) == some.first) & (first_of(month_of(some.last + 1)) == some.last + 1)
        equal = np.where(whole_months, agreed.rate(some.code, some.first, part) * months / 12, np.nan)
        thirds = np.where((some.length == LENGTHS.index("term")) & whole_months, agreed.rate(some.code, some.first, part) / 3, np.nan)
        equal = np.where(np.isnan(thirds), equal, thirds)
        for way, gbp in enumerate((even, house, equal)):
            new = (gbp > 0.005) & ((way == 0) | (np.abs(gbp - even) > 0.005))
            at = np.flatnonzero(new)
            fill = np.full(len(at), 0, dtype=np.int64)
            chosen = some.take(at)
            found.append(Slots(chosen.code, chosen.month, chosen.first, chosen.last, chosen.length, fill + way, fill + part, chosen.cut, chosen.after, gbp[at]))
    return Slots(*(np.concatenate([getattr(one, name) for one in found]) for name in Slots.__dataclass_fields__))
