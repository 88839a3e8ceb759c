"""Every ledger line against its agreement: what it is, what of it may be owed to the council, and on what evidence. Each line once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.invoices import kinds, settling
from analytics.invoices.agreed import OPEN, Agreed, Floats, Ints, agreed, day_number, day_numbers
from analytics.invoices.matching import NONE, Found, Payments, match
from analytics.invoices.periods import NO_MONTH, Slots, first_of, months_told, slots

ONE_TO_ONE = re.compile(r"\b(?:1[:-]1|1 to 1|one[ -]to[ -]one)\b", re.IGNORECASE)
CREDIT_DAYS = 60  # a credit is waited for so long after the child left before it counts as missing
PENNY = 0.005
LEAST_GBP = 1.0  # a difference up to this is rounding


@dataclass(frozen=True)
class Checked:
    """`lines`: one row a ledger line in the order of the ledger; `agreed`: the rates it was held against; `as_at`: the last day of the ledger.

    Columns of `lines`: transaction_id, paid_on, net_gbp, urn, setting_name, placement_id (named by the ledger, or told by the amount), by_amount, kind,
    recoverable_gbp, over_gbp (above what was due, credits apart), credited_gbp, agreed_gbp (for the period), due_gbp (of it up to leaving), first_day,
    last_day, leaving_date, yearly_gbp (the rate), of_transaction (the payment repeated or credited).
    """

    lines: pd.DataFrame
    as_at: date | None


def check(lines: pd.DataFrame, fees: pd.DataFrame) -> Checked:
    """Judges every ledger line. `lines`, `fees`: the reads `invoice_lines` and `invoice_fees`."""
    if lines.empty:
        return Checked(_empty(lines), None)
    as_at = pd.Timestamp(lines["paid_on"].max()).date()
    frame = lines.reset_index(drop=True)
    if fees.empty:
        return Checked(_without_agreements(frame), as_at)
    rates = agreed(fees)
    periods = slots(rates, day_number(as_at))
    if not len(periods.code):  # what is agreed begins after the last payment
        return Checked(_without_agreements(frame), as_at)
    settings = pd.Index(sorted({*rates.placements["urn"], *frame["urn"].dropna()}))
    payments = _payments(frame, rates, settings)
    paid = np.flatnonzero((payments.setting != NONE) & (payments.pence > 0))
    some = Payments(*(getattr(payments, name)[paid] for name in Payments.__dataclass_fields__))
    found = match(some, periods, np.asarray(settings.get_indexer(rates.placements["urn"]), dtype=np.int64))
    judged = _judged(frame, payments, paid, found, periods, rates)
    return Checked(settling.settled(judged, day_number(as_at) - CREDIT_DAYS), as_at)


def _payments(frame: pd.DataFrame, rates: Agreed, settings: pd.Index) -> Payments:
    places = pd.Index(rates.placements["placement_id"])
    codes = np.where(frame["placement_id"].notna(), places.get_indexer(pd.Index(frame["placement_id"])), NONE)
    words = frame["narrative"].fillna("") + " " + frame["cost_centre"].fillna("")
    return Payments(
        setting=np.where(frame["urn"].notna(), settings.get_indexer(pd.Index(frame["urn"])), NONE).astype(np.int64),
        code=codes.astype(np.int64),
        pence=np.rint(frame["net_gbp"].to_numpy(dtype=float) * 100).astype(np.int64),
        paid=day_numbers(frame["paid_on"]),
        told=months_told(frame["narrative"]),
        one_to_one=words.str.contains(ONE_TO_ONE).to_numpy(dtype=bool).astype(np.int64),
    )


def _judged(frame: pd.DataFrame, payments: Payments, paid: Ints, found: Found, periods: Slots, rates: Agreed) -> pd.DataFrame:
    """The frame with each line's period, what was agreed for it and what it is, before credits."""
    n = len(frame)
    slot, repeats, near = np.full(n, NONE), np.full(n, NONE), np.zeros(n, dtype=np.int64)
    slot[paid], near[paid] = found.slot, found.near
    repeats[paid] = np.where(found.repeats == NONE, NONE, paid[found.repeats])
    has = slot != NONE
    at = np.where(has, slot, 0)
    code = np.where(has, periods.code[at], payments.code)
    known = code != NONE
    safe = np.where(known, code, 0)
    told_first = np.where(payments.told != NO_MONTH, first_of(np.maximum(payments.told, 0)), payments.paid)
    first = np.where(has, periods.first[at], np.maximum(told_first, np.where(known, rates.placements["entry"].to_numpy()[safe], 0)))
    last = np.where(has, periods.last[at], first)
    leaving = np.where(known, rates.placements["leaving"].to_numpy()[safe], OPEN)
    amount = frame["net_gbp"].to_numpy(dtype=float)
    whole = np.where(has, periods.gbp[at], 0.0)
    due = np.where(has, _due(periods, rates, at, leaving), 0.0)
    kind = _kinds(payments, has, near, repeats, known, safe, first, leaving, amount, whole, rates)
    over = _over(kind, amount, whole, due, near)
    kind = np.where((kind == kinds.ABOVE) & _was_one_to_one(rates, safe, first, last, amount - whole), kinds.ONE_TO_ONE, kind)
    return frame.assign(
        placement_id=np.where(known, rates.placements["placement_id"].to_numpy(dtype=object)[safe], np.array(None, dtype=object)),
        by_amount=known & (payments.code == NONE), kind=kind, over_gbp=over.round(2), agreed_gbp=np.where(has, whole.round(2), np.nan),
        due_gbp=np.where(has, due.round(2), np.nan), first=first, last=last, has_period=has, leaving=leaving, paid=payments.paid,
        yearly_gbp=np.where(known, rates.rate(safe, first, 0), np.nan), of=repeats,
    )  # fmt: skip


def _due(periods: Slots, rates: Agreed, at: Ints, leaving: Ints) -> Floats:
    """What of a period's amount was due up to the day the child left: as its days are to the days of the period."""
    end = np.minimum(periods.last[at], leaving)
    parts = np.zeros(len(at))
    for part in range(3):
        for house in (True, False):
            which = np.flatnonzero((periods.part[at] == part) & ((periods.way[at] == 1) == house) & (end >= periods.first[at]))
            code, first = periods.code[at[which]], periods.first[at[which]]
            spent = rates.between(code, first, end[which], part, house=house)
            full = rates.between(code, first, periods.last[at[which]], part, house=house)
            parts[which] = periods.gbp[at[which]] * np.divide(spent, full, out=np.ones(len(which)), where=full > PENNY)
    return np.asarray(parts, dtype=np.float64)


def _kinds(
    payments: Payments, has: Ints, near: Ints, repeats: Ints, known: Ints, safe: Ints, first: Ints, leaving: Ints, amount: Floats, whole: Floats, rates: Agreed
) -> np.ndarray:
    """What each line is, before credits."""
    priced = known & (rates.rate(safe, first, 0) > PENNY)
    own_rate = known & (rates.rate(safe, first, 1) > PENNY)
    late = known & ((first > leaving) | ((payments.told == NO_MONTH) & ~has & (payments.paid > leaving + 31)))
    conditions = (
        (payments.setting == NONE, kinds.NO_SETTING),
        (amount <= 0, kinds.REFUND),
        (repeats != NONE, kinds.TWICE),
        (late, kinds.AFTER),
        (known & (payments.one_to_one == 1) & ~has & ~own_rate, kinds.ONE_TO_ONE),
        (has & (near == 0), kinds.AGREES),
        (has & (amount > whole), kinds.ABOVE),
        (has, kinds.BELOW),
        (~known & (payments.code == NONE), kinds.NO_PLACE),
        (~priced, kinds.NO_AGREEMENT),
    )
    kind = np.full(len(amount), kinds.NOT_EXPLAINED, dtype=object)
    for condition, name in reversed(conditions):  # the first that holds
        kind[np.asarray(condition, dtype=bool)] = name
    return kind


def _over(kind: np.ndarray, amount: Floats, whole: Floats, due: Floats, near: Ints) -> Floats:
    """£ of a line above what was due; all of it where nothing was."""
    none_due = np.isin(kind, [kinds.TWICE, kinds.AFTER, kinds.ONE_TO_ONE])
    compared = np.isin(kind, [kinds.AGREES, kinds.ABOVE, kinds.BELOW])
    cut_off = whole - due  # of a period paid in full for a child who left within it
    over = np.where(none_due, amount, np.where(compared, np.where(near == 1, amount - due, cut_off), 0.0))
    return np.asarray(np.where(over > LEAST_GBP, np.minimum(over, amount), 0.0), dtype=np.float64)


def _was_one_to_one(rates: Agreed, code: Ints, first: Ints, last: Ints, excess: Floats) -> np.ndarray:
    """Whether what a payment is above the agreement equals one-to-one that was agreed up to a year earlier and no longer is."""
    before = np.maximum(rates.rate(code, first - 31, 1), rates.rate(code, first - 365, 1)) * (rates.rate(code, first, 1) <= PENNY)
    share = rates.spread.before(last + 1)[0] - rates.spread.before(first)[0]
    return np.asarray((before > PENNY) & (np.abs(excess - before * share) <= np.maximum(LEAST_GBP, 0.01 * np.abs(excess))))


def _without_agreements(frame: pd.DataFrame) -> pd.DataFrame:
    kind = np.where(frame["urn"].isna(), kinds.NO_SETTING, kinds.NO_AGREEMENT)
    blank = dict.fromkeys(("agreed_gbp", "due_gbp", "yearly_gbp"), np.nan)
    return settling.shown(
        frame.assign(
            by_amount=False, kind=kind, over_gbp=0.0, credited_gbp=0.0, recoverable_gbp=0.0, first=0, last=0, has_period=False, leaving=OPEN, of=NONE, **blank
        )
    )


def _empty(lines: pd.DataFrame) -> pd.DataFrame:
    return settling.shown(
        lines.assign(
            by_amount=False, kind="", over_gbp=0.0, credited_gbp=0.0, recoverable_gbp=0.0, first=0, last=0, has_period=False, leaving=OPEN, of=NONE,
            agreed_gbp=0.0, due_gbp=0.0, yearly_gbp=0.0,
        )
    )  # fmt: skip


__all__ = ["CREDIT_DAYS", "LEAST_GBP", "Checked", "check"]
