"""Which period of which placement a payment is for: by its amount, the month its narrative tells and the day it was paid; each period once."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from analytics.invoices.agreed import Ints
from analytics.invoices.periods import LENGTHS, NO_MONTH, Slots

NEAR_PENCE, EXACT_PENCE = 100, 2  # how far an amount may be from its period's; where the amount alone tells the placement, what is exact comes first
LOW, HIGH = 0.7, 1.3  # a payment within these of its period's amount is one at another rate
BEFORE_DAYS, AHEAD_DAYS, AHEAD_MONTHLY = 120, 75, 20  # without a month told: how long before the payment its period may begin, and how long after
NONE = -1


@dataclass(frozen=True)
class Payments:
    """The payments to check, in order of payment, one entry each: setting and placement as codes (NONE: not known), pence, day paid, month told, part."""

    setting: Ints
    code: Ints
    pence: Ints
    paid: Ints
    told: Ints
    one_to_one: Ints

    def __len__(self) -> int:
        return len(self.setting)


@dataclass
class Found:
    """For each payment its period (an entry of the slots), the payment it repeats, and whether its amount fits (`near` where it only comes close)."""

    slot: Ints
    repeats: Ints
    near: Ints


class Covered:
    """Which days of each placement are paid for, and by which payment."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._held: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)

    def free(self, slot: int) -> bool:
        """Whether no payment covers any day of the period, for that part."""
        s = self._slots
        first, last, part = int(s.first[slot]), int(s.last[slot]), int(s.part[slot])
        return not any(f <= last and first <= e and _same(part, p) for f, e, p, _ in self._held[int(s.code[slot])])

    def payer(self, slot: int) -> int:
        """The payment that already covers all of the period; NONE."""
        s = self._slots
        first, last, part = int(s.first[slot]), int(s.last[slot]), int(s.part[slot])
        return next((line for f, e, p, line in self._held[int(s.code[slot])] if f <= first and last <= e and _same(part, p)), NONE)

    def take(self, slot: int, line: int) -> None:
        s = self._slots
        self._held[int(s.code[slot])].append((int(s.first[slot]), int(s.last[slot]), int(s.part[slot]), line))


def _same(part: int, other: int) -> bool:
    return part == other or 0 in (part, other)


def match(payments: Payments, slots: Slots, setting_of: Ints) -> Found:
    """Each payment's period. `setting_of`: the setting's code of each placement.

    First the payments that name their placement, then those that name only the setting; in order of payment; what fits to the penny before what comes close.
    """
    n = len(payments)
    found = Found(np.full(n, NONE), np.full(n, NONE), np.zeros(n, dtype=np.int64))
    covered = Covered(slots)
    by_setting = setting_of[slots.code]
    priced = _by_amount(slots, by_setting)
    for named, tolerance in ((True, NEAR_PENCE), (False, EXACT_PENCE), (False, NEAR_PENCE)):
        chosen = np.flatnonzero(((payments.code != NONE) == named) & (found.slot == NONE))
        _fit(payments, slots, priced, covered, found, chosen, tolerance)
    habits = _habits(payments, slots, found)
    for named in (True, False):
        chosen = np.flatnonzero(((payments.code != NONE) == named) & (found.slot == NONE) & (found.repeats == NONE) & (payments.setting != NONE))
        _come_close(payments, slots, by_setting, covered, found, chosen, habits)
    return found


def _by_amount(slots: Slots, by_setting: Ints) -> tuple[Ints, Ints, Ints]:
    """Periods in order of setting and amount: which, their keys to search, and each one's pence."""
    pence = np.rint(slots.gbp * 100).astype(np.int64)
    keys = (by_setting << 36) + pence
    order = np.argsort(keys, kind="stable")
    return order, keys[order], pence


def _fit(payments: Payments, slots: Slots, priced: tuple[Ints, Ints, Ints], covered: Covered, found: Found, chosen: Ints, tolerance: int) -> None:
    order, keys, pence = priced
    low = np.searchsorted(keys, (payments.setting[chosen] << 36) + payments.pence[chosen] - tolerance, side="left")
    high = np.searchsorted(keys, (payments.setting[chosen] << 36) + payments.pence[chosen] + tolerance, side="right")
    many = np.maximum(high - low, 0)
    line = np.repeat(chosen, many)
    slot = order[np.repeat(low, many) + np.arange(len(line)) - np.repeat(np.cumsum(many) - many, many)]
    keep = _possible(payments, slots, line, slot)
    line, slot = line[keep], slot[keep]
    distance = np.abs(slots.first[slot] - payments.paid[line])
    rank = np.lexsort((np.abs(pence[slot] - payments.pence[line]), slots.way[slot], slots.cut[slot], distance, slots.after[slot], line))
    _assign(line[rank], slot[rank], covered, found)


def _possible(payments: Payments, slots: Slots, line: Ints, slot: Ints) -> Ints:
    """Pairs of payment and period that agree in placement, part and time."""
    placed = (payments.code[line] == NONE) | (payments.code[line] == slots.code[slot])
    part = np.where(payments.one_to_one[line] == 1, slots.part[slot] == 1, slots.part[slot] != 1)
    ahead = slots.first[slot] - payments.paid[line]
    near = (ahead >= -BEFORE_DAYS) & (ahead <= np.where(slots.length[slot] == LENGTHS.index("month"), AHEAD_MONTHLY, AHEAD_DAYS))
    in_time = np.where(payments.told[line] == NO_MONTH, near, slots.month[slot] == payments.told[line])
    return np.asarray(np.flatnonzero(placed & part & in_time), dtype=np.int64)


def _assign(line: Ints, slot: Ints, covered: Covered, found: Found) -> None:
    """Gives each payment the best period that is free; where all are paid for, the payment repeats the one that paid."""
    at, lines, candidates = 0, line.tolist(), slot.tolist()
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end] == lines[at]:
            end += 1
        own = candidates[at:end]
        free = next((one for one in own if covered.free(one)), NONE)
        if free != NONE:
            covered.take(free, lines[at])
            found.slot[lines[at]] = free
        else:
            first = next(((one, by) for one in own if (by := covered.payer(one)) != NONE), None)
            if first is not None:
                found.slot[lines[at]], found.repeats[lines[at]] = first
        at = end


def _habits(payments: Payments, slots: Slots, found: Found) -> dict[int, tuple[int, int]]:
    """How each setting bills: the length and way of most of its payments that fit."""
    fits = np.flatnonzero((found.slot != NONE) & (found.repeats == NONE))
    counts: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    slot = found.slot[fits]
    for setting, length, way in zip(payments.setting[fits].tolist(), slots.length[slot].tolist(), slots.way[slot].tolist(), strict=True):
        counts[setting][length, way] += 1
    return {setting: count.most_common(1)[0][0] for setting, count in counts.items()}


def _come_close(payments: Payments, slots: Slots, by_setting: Ints, covered: Covered, found: Found, chosen: Ints, habits: dict[int, tuple[int, int]]) -> None:
    """A payment whose amount fits nothing is for the one period left unpaid near it, billed as the setting bills, if it comes close to it."""
    wanted = np.zeros(len(slots.code), dtype=bool)
    settings = set(payments.setting[chosen].tolist())
    usual = np.full(max(int(by_setting.max(initial=0)), max(settings, default=0)) + 1, NONE)
    for setting, (length, way) in habits.items():
        usual[setting] = length * 8 + way
    of_habit = np.flatnonzero((usual[by_setting] == slots.length * 8 + slots.way) | ((usual[by_setting] // 8 == slots.length) & (slots.way == 0)))
    wanted[of_habit] = True
    at: dict[tuple[int, int], list[int]] = defaultdict(list)
    for slot in np.flatnonzero(wanted & np.isin(by_setting, list(settings))).tolist():
        at[int(by_setting[slot]), int(slots.month[slot])].append(slot)
    for line in chosen.tolist():
        months = [int(payments.told[line])] if payments.told[line] != NO_MONTH else _months_near(int(payments.paid[line]))
        for month in months:
            slot = _one_left(payments, slots, covered, line, at.get((int(payments.setting[line]), month), []))
            if slot != NONE:
                covered.take(slot, line)
                found.slot[line], found.near[line] = slot, 1
                break


def _months_near(paid: int) -> list[int]:
    """The month of payment, the one after, then those before."""
    month = int(np.int64(paid).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))
    return [month, month + 1, month - 1, month - 2, month - 3]


def _one_left(payments: Payments, slots: Slots, covered: Covered, line: int, candidates: list[int]) -> int:
    """The free period of these that the payment comes close to. Where the ledger does not name the placement it must be the only one."""
    own = [s for s in candidates if payments.code[line] in (NONE, slots.code[s]) and (slots.part[s] == 1) == bool(payments.one_to_one[line])]
    close = [s for s in own if LOW <= payments.pence[line] / (100 * slots.gbp[s]) <= HIGH and covered.free(s)]
    if payments.code[line] == NONE:  # a child who had left is not told by an amount that only comes close
        close = [s for s in close if not slots.after[s]]
    if not close or (payments.code[line] == NONE and len({int(slots.code[s]) for s in close}) > 1):
        return NONE
    return min(close, key=lambda s: (int(slots.after[s]), int(slots.cut[s]), int(slots.part[s]), int(slots.way[s])))
