"""What is paid and when: instalments in advance that reconcile to the agreements, credits, and planted mismatches.

An instalment is the year's education-funded fee (without transport) × days open ÷ days of the academic year, so that over any
financial or academic year the payments of a placement add up to its part-year cost, but for what is planted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample.calibration import World
from data.sample.days import Bools, Floats, Ints, ay_end, ay_start, weekday
from data.sample.fees import Fees
from data.sample.placements import Placements

NORMAL, CREDIT, AFTER_LEAVING, WRONG_RATE, DUPLICATE, REFUND = 0, 1, 2, 3, 4, 5
_TERMS = ((0, 4), (4, 3), (7, 5))  # months after September in which a termly instalment begins, and its months
# Planted shares: of leavers with a credit due (the first two), of instalments (the others).
RATES = {"paid_after_leaving": 0.12, "missing_credit": 0.10, "wrong_rate": 0.0011, "duplicate_term": 0.0006, "missing_instalment": 0.0005, "refund": 0.0004}


@dataclass
class Ledger:
    """One entry a payment in every array."""

    year: Ints  # position in fees.years, −1 for transport
    first: Ints  # first day paid for
    paid_on: Ints
    pence: Ints
    kind: Ints
    mends: Ints  # position of the payment that this one credits or repeats, −1 where none

    def __len__(self) -> int:
        return len(self.year)

    @classmethod
    def join(cls, parts: list[Ledger]) -> Ledger:
        """All parts, one after another; positions in `mends` refer to the joined whole."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def take(self, which: Ints | Bools) -> Ledger:
        """The payments at these positions."""
        return Ledger(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def education_gbp(fees: Fees) -> Floats:
    """Yearly education-funded fee of each placement-year, without transport."""
    paid = (fees.funder == 0) & (fees.component != 4)
    return np.bincount(fees.year[paid], weights=fees.gbp[paid].astype(float), minlength=len(fees.years.placement)).astype(np.float64)


def _months(months: Ints) -> Ints:
    """First days of months counted from January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _instalments(fees: Fees, p: Placements, monthly: Bools, as_at: int) -> tuple[Ints, Ints, Ints]:
    """Every instalment begun by the as-at day: placement-year, first and last day of the block it pays for."""
    y, found = fees.years, list[tuple[Ints, Ints, Ints]]()
    by_month = monthly[p.setting[y.placement]]
    for chosen, blocks in ((by_month, tuple((k, 1) for k in range(12))), (~by_month, _TERMS)):
        for offset, length in blocks:
            september = (y.ay - 1970) * 12 + 8
            begins, after = _months(september + offset), _months(september + offset + length)
            year = np.flatnonzero(chosen & (y.end >= begins) & (y.start < after) & (begins <= as_at))
            found.append((year, begins[year], after[year] - 1))
    year, begins, ends = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((begins, year))
    return year[order], begins[order], ends[order]


def _pence_of(fees: Fees, yearly: Floats, year: Ints, days: Ints) -> Ints:
    """Pence for a number of days of a placement-year."""
    ay = fees.years.ay[year]
    return np.rint(yearly[year] * 100 * days / (ay_end(ay) - ay_start(ay) + 1)).astype(np.int64)


def _normal(world: World, fees: Fees, p: Placements, monthly: Bools, yearly: Floats, rng: np.random.Generator) -> tuple[Ledger, Ledger, Ints]:
    """Instalments and the returns of those who left within one; also the last day each instalment pays for."""
    y = fees.years
    year, begins, ends = _instalments(fees, p, monthly, world.as_at)
    first = np.maximum(begins, y.start[year])
    leave = p.leave[y.placement[year]]
    termly = ~monthly[p.setting[y.placement[year]]]
    last = np.where(termly, ends, np.minimum(ends, leave))
    paid_on = weekday(first + rng.integers(5, 16, len(year)))
    pence = _pence_of(fees, yearly, year, last - first + 1)
    none = np.full(len(year), -1, dtype=np.int64)
    ledger = Ledger(year, first, paid_on, pence, np.zeros(len(year), dtype=np.int64), none)
    over = np.flatnonzero(leave < last)
    credit_on = weekday(leave[over] + rng.integers(20, 60, over.size))
    returns = Ledger(year[over], first[over], credit_on, -_pence_of(fees, yearly, year[over], last[over] - leave[over]), np.full(over.size, CREDIT), over)
    return ledger, returns, last


def _after_leaving(fees: Fees, p: Placements, ledger: Ledger, returns: Ledger, last: Ints, yearly: Floats, rng: np.random.Generator) -> Ledger:
    """One more instalment, in full, for some who left before it began; never credited."""
    y = fees.years
    who = returns.mends[rng.random(len(returns)) < RATES["paid_after_leaving"]]
    begins = last[who] + 1
    kept = who[begins <= ay_end(y.ay[ledger.year[who]])]
    begins = last[kept] + 1
    ends = np.minimum(begins + 89, ay_end(y.ay[ledger.year[kept]]))
    pence = _pence_of(fees, yearly, ledger.year[kept], ends - begins + 1)
    return Ledger(ledger.year[kept], begins, weekday(begins + 8), pence, np.full(kept.size, AFTER_LEAVING), np.full(kept.size, -1, dtype=np.int64))


def planted(world: World, fees: Fees, p: Placements, monthly: Bools) -> tuple[Ledger, dict[str, Ints]]:
    """The whole ledger before transport, and the positions of what was planted where the kind does not say it."""
    rng, yearly = world.rng("payments"), education_gbp(fees)
    ledger, returns, last = _normal(world, fees, p, monthly, yearly, rng)
    n = len(ledger)
    extra = _after_leaving(fees, p, ledger, returns, last, yearly, rng)
    wrong = np.flatnonzero(rng.random(n) < RATES["wrong_rate"])
    ledger.pence[wrong] = np.rint(ledger.pence[wrong] * rng.choice([0.9, 0.95, 1.05, 1.1], wrong.size)).astype(np.int64)
    ledger.kind[wrong] = WRONG_RATE
    twice = np.flatnonzero((rng.random(n) < RATES["duplicate_term"]) & (ledger.kind == NORMAL))
    double = ledger.take(twice)
    later = np.where(rng.random(twice.size) < 0.5, rng.integers(1, 30, twice.size), 0)  # half are keyed twice on one day
    double.paid_on, double.kind, double.mends = weekday(double.paid_on + later), np.full(twice.size, DUPLICATE), twice
    back = np.flatnonzero((rng.random(n) < RATES["refund"]) & (ledger.kind == NORMAL))
    refund = ledger.take(back)
    refund.paid_on = weekday(refund.paid_on + rng.integers(30, 120, back.size))
    refund.pence = -np.rint(refund.pence * 0.1).astype(np.int64)
    refund.kind, refund.mends = np.full(back.size, REFUND), np.full(back.size, -1, dtype=np.int64)
    uncredited = rng.random(len(returns)) < RATES["missing_credit"]
    missing_credit = returns.mends[uncredited]
    whole = Ledger.join([ledger, returns.take(~uncredited), extra, double, refund])
    missing = (rng.random(n) < RATES["missing_instalment"]) & (ledger.kind == NORMAL)
    missing[returns.mends] = False
    missing[twice] = False
    gone = {"missing_credit": missing_credit, "missing_instalment": np.flatnonzero(missing)}
    return whole, gone


def transport(world: World, fees: Fees, p: Placements, district: Ints, operators: int) -> tuple[Ints, Ints, Ints]:
    """Monthly transport by operator: operator, first day of the month, pence."""
    y = fees.years
    lines = fees.component == 4
    yearly = np.zeros(len(y.placement))
    yearly[fees.year[lines]] = fees.gbp[lines]
    who = np.flatnonzero(yearly > 0)
    months = ((y.ay[who, None] - 1970) * 12 + 8 + np.arange(12)[None, :]).astype(np.int64)
    begins, ends = _months(months), _months(months + 1) - 1
    days = (np.minimum(y.end[who, None], ends) - np.maximum(y.start[who, None], begins) + 1).clip(0)
    pence = yearly[who, None] * 100 * days / (ay_end(y.ay[who]) - ay_start(y.ay[who]) + 1)[:, None]
    operator = district[p.child[y.placement[who]]] % operators
    month0 = int(months.min()) if who.size else 0
    slot = operator[:, None] * 1000 + (months - month0)
    total = np.bincount(slot.ravel(), weights=pence.ravel())
    used = np.flatnonzero(total > 0)
    return (used // 1000).astype(np.int64), _months(used % 1000 + month0), np.rint(total[used]).astype(np.int64)
