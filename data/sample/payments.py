"""The ledger: instalments in advance that reconcile to the agreements, credits, and planted mismatches.

An instalment is the year's education-funded fee (without transport) × days open ÷ days of the academic year, so that over any
financial or academic year the payments of a placement add up to its part-year cost, but for what is planted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample.calibration import World
from data.sample.days import Bools, Floats, Ints, ay_end, ay_start, first_of, iso, weekday
from data.sample.fees import Fees
from data.sample.placements import Placements
from data.sample.settings import Settings
from data.sample.suppliers import Styles, styles

NORMAL, CREDIT, AFTER_LEAVING, WRONG_RATE, DUPLICATE, REFUND = 0, 1, 2, 3, 4, 5
TERM_NAMES = ("Autumn term", "Spring term", "Summer term")
_TERM_MONTHS = (0, 4, 7)  # months after September in which an instalment begins
# Shares of the rows that could go wrong in each way.
_RATES = {"paid_after_leaving": 0.05, "missing_credit": 0.10, "wrong_rate": 0.0011, "duplicate_term": 0.0006, "missing_instalment": 0.0005, "refund": 0.0004}


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
    return np.bincount(fees.year[paid], weights=fees.gbp[paid].astype(float), minlength=len(fees.years.placement))


def _instalments(fees: Fees, p: Placements, monthly: Bools, as_at: int) -> tuple[Ints, Ints, Ints]:
    """Every instalment begun by the as-at day: placement-year, first and last day of the block it pays for."""
    y = fees.years
    months = np.arange(12)
    begins = first_of(y.ay[:, None] + (months[None, :] >= 4), 1)  # shape only; replaced below
    begins = ((y.ay[:, None] - 1970) * 12 + 8 + months[None, :]).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    pays = monthly[p.setting[y.placement]][:, None] | np.isin(months, _TERM_MONTHS)[None, :]
    step = np.where(monthly[p.setting[y.placement]][:, None], 1, np.array([4, 3, 2, 1, 3, 2, 1, 5, 4, 3, 2, 1])[None, :])
    after = ((y.ay[:, None] - 1970) * 12 + 8 + months[None, :] + step).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    wanted = pays & (np.minimum(y.end[:, None], p.leave[y.placement][:, None]) >= begins) & (y.start[:, None] < after) & (begins <= as_at)
    year, month = np.nonzero(wanted)
    return year.astype(np.int64), begins[year, month], after[year, month] - 1


def _gbp_of(fees: Fees, yearly: Floats, year: Ints, days: Ints) -> Ints:
    """Pence for a number of days of a placement-year."""
    ay = fees.years.ay[year]
    return np.rint(yearly[year] * 100 * days / (ay_end(ay) - ay_start(ay) + 1)).astype(np.int64)


@dataclass(frozen=True)
class Paid:
    """The ledger with the wording of each line and what was planted."""

    ledger: Ledger
    columns: dict[str, list[str]]
    mismatches: dict[str, list[dict[str, str]]]
    styles: Styles


def _normal(world: World, fees: Fees, p: Placements, monthly: Bools, yearly: Floats, rng: np.random.Generator) -> tuple[Ledger, Ledger, Ints]:
    """Instalments and the credits of those who left within one; also the last day each instalment pays for."""
    y = fees.years
    year, begins, ends = _instalments(fees, p, monthly, world.as_at)
    first = np.maximum(begins, y.start[year])
    leave = p.leave[y.placement[year]]
    termly = ~monthly[p.setting[y.placement[year]]]
    last = np.where(termly, ends, np.minimum(ends, leave))
    paid_on = weekday(first + rng.integers(5, 16, len(year)))
    pence = _gbp_of(fees, yearly, year, last - first + 1)
    none = np.full(len(year), -1, dtype=np.int64)
    ledger = Ledger(year, first, paid_on, pence, np.zeros(len(year), dtype=np.int64), none)
    over = np.flatnonzero(leave < last)
    credit_on = weekday(leave[over] + rng.integers(20, 60, over.size))
    credits = Ledger(year[over], first[over], credit_on, -_gbp_of(fees, yearly, year[over], last[over] - leave[over]), np.full(over.size, CREDIT), over)
    return ledger, credits, last


def _after_leaving(fees: Fees, p: Placements, ledger: Ledger, credits: Ledger, last: Ints, yearly: Floats, rng: np.random.Generator) -> Ledger:
    """One more instalment, in full, for some who left before it began; never credited."""
    y = fees.years
    who = credits.mends[rng.random(len(credits)) < _RATES["paid_after_leaving"]]
    begins = last[who] + 1
    kept = who[begins <= ay_end(y.ay[ledger.year[who]])]
    begins = last[kept] + 1
    ends = np.minimum(begins + 89, ay_end(y.ay[ledger.year[kept]]))
    pence = _gbp_of(fees, yearly, ledger.year[kept], ends - begins + 1)
    return Ledger(ledger.year[kept], begins, weekday(begins + 8), pence, np.full(kept.size, AFTER_LEAVING), np.full(kept.size, -1, dtype=np.int64))


def _planted(world: World, fees: Fees, p: Placements, monthly: Bools) -> tuple[Ledger, dict[str, Ints]]:
    """The whole ledger before transport, and the positions of what was planted where the kind does not say it."""
    rng, yearly = world.rng("payments"), education_gbp(fees)
    ledger, credits, last = _normal(world, fees, p, monthly, yearly, rng)
    n = len(ledger)
    extra = _after_leaving(fees, p, ledger, credits, last, yearly, rng)
    wrong = np.flatnonzero(rng.random(n) < _RATES["wrong_rate"])
    ledger.pence[wrong] = np.rint(ledger.pence[wrong] * rng.choice([0.9, 0.95, 1.05, 1.1], wrong.size)).astype(np.int64)
    ledger.kind[wrong] = WRONG_RATE
    twice = np.flatnonzero((rng.random(n) < _RATES["duplicate_term"]) & (ledger.kind == NORMAL))
    double = ledger.take(twice)
    double.paid_on, double.kind, double.mends = weekday(double.paid_on + rng.integers(1, 30, twice.size)), np.full(twice.size, DUPLICATE), twice
    back = np.flatnonzero((rng.random(n) < _RATES["refund"]) & (ledger.kind == NORMAL))
    refund = ledger.take(back)
    refund.paid_on = weekday(refund.paid_on + rng.integers(30, 120, back.size))
    refund.pence = -np.rint(refund.pence * 0.1).astype(np.int64)
    refund.kind, refund.mends = np.full(back.size, REFUND), np.full(back.size, -1, dtype=np.int64)
    uncredited = rng.random(len(credits)) < _RATES["missing_credit"]
    missing_credit = credits.mends[uncredited]
    whole = Ledger.join([ledger, credits.take(~uncredited), extra, double, refund])
    missing = (rng.random(n) < _RATES["missing_instalment"]) & (ledger.kind == NORMAL)
    missing[credits.mends] = False
    missing[twice] = False
    gone = {"missing_credit": missing_credit, "missing_instalment": np.flatnonzero(missing)}
    return whole, gone


def _transport(world: World, fees: Fees, p: Placements, district: Ints, operators: int) -> tuple[Ints, Ints, Ints]:
    """Monthly transport by operator: operator, first day of the month, pence."""
    y = fees.years
    lines = fees.component == 4
    yearly = np.zeros(len(y.placement))
    yearly[fees.year[lines]] = fees.gbp[lines]
    who = np.flatnonzero(yearly > 0)
    months = ((y.ay[who, None] - 1970) * 12 + 8 + np.arange(12)[None, :]).astype(np.int64)
    begins = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    ends = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    days = (np.minimum(y.end[who, None], ends) - np.maximum(y.start[who, None], begins) + 1).clip(0)
    pence = yearly[who, None] * 100 * days / (ay_end(y.ay[who]) - ay_start(y.ay[who]) + 1)[:, None]
    operator = district[p.child[y.placement[who]]] % operators
    month0 = int(months.min()) if who.size else 0
    slot = operator[:, None] * 1000 + (months - month0)
    total = np.bincount(slot.ravel(), weights=pence.ravel())
    used = np.flatnonzero(total > 0)
    first = (used % 1000 + month0).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return (used // 1000).astype(np.int64), first, np.rint(total[used]).astype(np.int64)


def pay(world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str], district: Ints) -> Paid:
    """Writes the ledger up to the as-at day."""
    style = styles(world, settings)
    whole, gone = _planted(world, fees, p, style.monthly)
    operator, first, pence = _transport(world, fees, p, district, len(style.operators))
    n, none = len(whole), np.full(len(operator), -1, dtype=np.int64)
    whole = Ledger.join([whole, Ledger(none, first, weekday(first + 35), pence, np.zeros(len(operator), dtype=np.int64), none)])
    keep = (whole.paid_on <= world.as_at) & (whole.pence != 0)
    keep[gone["missing_instalment"]] = False
    order = np.lexsort((np.arange(len(whole)), whole.paid_on))
    order = order[keep[order]]
    number = np.full(len(whole), -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    text = [f"T{k + 1:07d}" for k in range(len(order))]
    who = np.concatenate([np.full(n, -1, dtype=np.int64), operator])[order]
    ledger = whole.take(order)
    mends = np.where(ledger.mends >= 0, number[ledger.mends], -1)
    columns = _columns(world, settings, p, fees, ids, style, ledger, mends, who, text)
    placement = np.where(ledger.year >= 0, fees.years.placement[ledger.year], -1)
    return Paid(ledger, columns, _told(ledger, mends, text, placement, ids, number, gone, whole, fees), style)


def _told(
    ledger: Ledger, mends: Ints, text: list[str], placement: Ints, ids: list[str], number: Ints, gone: dict[str, Ints], whole: Ledger, fees: Fees
) -> dict[str, list[dict[str, str]]]:
    """Every planted mismatch with its transaction and placement."""
    names = {AFTER_LEAVING: "paid_after_leaving", WRONG_RATE: "wrong_rate", DUPLICATE: "duplicate_term", REFUND: "refund"}
    out: dict[str, list[dict[str, str]]] = {name: [] for name in (*names.values(), *gone)}
    for kind, name in names.items():
        for i in np.flatnonzero(ledger.kind == kind).tolist():
            row = {"transaction_id": text[i], "placement_id": ids[placement[i]]}
            if kind == DUPLICATE and mends[i] >= 0:
                row["repeats"] = text[mends[i]]
            out[name].append(row)
    for i in gone["missing_credit"].tolist():
        if number[i] >= 0:
            out["missing_credit"].append({"transaction_id": text[number[i]], "placement_id": ids[fees.years.placement[whole.year[i]]]})
    for i in gone["missing_instalment"].tolist():
        out["missing_instalment"].append({"first_day": iso([whole.first[i]])[0], "placement_id": ids[fees.years.placement[whole.year[i]]]})
    return out


def _columns(
    world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str], style: Styles, ledger: Ledger, mends: Ints, who: Ints, text: list[str]
) -> dict[str, list[str]]:
    """The payments file."""
    rng = world.rng("ledger wording")
    road = ledger.year < 0
    placement = np.where(road, 0, fees.years.placement[ledger.year])
    setting = p.setting[placement]
    tells = np.where(road, 2, style.tells[setting])  # 0 placement and urn, 1 urn, 2 name only
    variant = np.where(rng.random(len(ledger)) < 0.04, rng.integers(0, 1000, len(ledger)), 0)
    names, numbers, narrative, centre, urns, places = [], [], [], [], [], []
    wording = {CREDIT: "Credit: left during the instalment", DUPLICATE: "Placement fees", AFTER_LEAVING: "Placement fees", REFUND: "Refund of overcharge"}
    zipped = zip(setting.tolist(), tells.tolist(), variant.tolist(), who.tolist(), ledger.kind.tolist(), placement.tolist(), ledger.first.tolist(), strict=True)
    months = {d: f"{m[:4]}-{m[5:7]}" for d, m in zip(sorted(set(ledger.first.tolist())), iso(sorted(set(ledger.first.tolist()))), strict=True)}
    for s, tell, v, operator, kind, i, first in zipped:
        if operator >= 0:
            names.append(style.operators[operator])
            numbers.append(f"7{operator:05d}")
            narrative.append(f"SEN transport {months[first]}")
            centre.append("SEN transport")
            urns.append("")
            places.append("")
            continue
        options = style.names[s]
        names.append(options[v % len(options)] if v else options[0])
        numbers.append(style.numbers[s])
        narrative.append(f"{wording.get(kind, 'Placement fees')} from {months[first]}")
        centre.append("Specialist post-16 colleges" if settings.kind[s] == 2 else "Independent special schools")
        urns.append(settings.urn[s] if tell < 2 else "")
        places.append(ids[i] if tell == 0 else "")
    unnamed = world.rng("credits").random(len(ledger)) < 0.15
    return {
        "transaction_id": text,
        "paid_on": iso(ledger.paid_on),
        "supplier_name": names,
        "supplier_no": numbers,
        "net_gbp": [f"{'-' if x < 0 else ''}{abs(x) // 100}.{abs(x) % 100:02d}" for x in ledger.pence.tolist()],
        "narrative": narrative,
        "cost_centre": centre,
        "urn": urns,
        "placement_id": places,
        "credits_transaction_id": [
            text[m] if m >= 0 and k == CREDIT and not u else "" for m, k, u in zip(mends.tolist(), ledger.kind.tolist(), unnamed.tolist(), strict=True)
        ],
    }
