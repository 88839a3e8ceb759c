"""The payments file: how each line of the ledger is worded, and what was planted in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample.calibration import World
from data.sample.days import Ints, iso, weekday
from data.sample.fees import Fees
from data.sample.ledger import AFTER_LEAVING, CREDIT, DUPLICATE, REFUND, WRONG_RATE, Ledger, planted, transport
from data.sample.placements import Placements
from data.sample.settings import Settings
from data.sample.suppliers import Styles, styles

_OTHER_SPELLING, _UNNAMED_CREDITS = 0.04, 0.15  # shares of payments, of credits
_NARRATIVE = {CREDIT: "Credit: left during the instalment", REFUND: "Refund of overcharge"}
_WORDED = ("supplier_name", "supplier_no", "narrative", "cost_centre", "urn", "placement_id")


@dataclass(frozen=True)
class Paid:
    """The ledger up to the as-at day, what it needs to be worded, and what was planted.

    One entry a line: `mends` the line that it corrects (−1: none), `who` the transport operator paid (−1: a setting), `text` its reference.
    """

    ledger: Ledger
    mends: Ints
    who: Ints
    text: list[str]
    mismatches: dict[str, list[dict[str, str]]]
    styles: Styles


def pay(world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str], district: Ints) -> Paid:
    """Draws the ledger up to the as-at day."""
    style = styles(world, settings)
    whole, gone = planted(world, fees, p, style.monthly)
    operator, first, pence = transport(world, fees, p, district, len(style.operators))
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
    placement = np.where(ledger.year >= 0, fees.years.placement[ledger.year], -1)
    return Paid(ledger, mends, who, text, _told(ledger, mends, text, placement, ids, number, gone, whole, fees), style)


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


def columns(world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str], paid: Paid) -> dict[str, list[str]]:
    """The payments file."""
    style, ledger, mends, who, text = paid.styles, paid.ledger, paid.mends, paid.who, paid.text
    rng = world.rng("ledger wording")
    variant = np.where(rng.random(len(ledger)) < _OTHER_SPELLING, rng.integers(0, 1000, len(ledger)), 0)
    unnamed = world.rng("credits").random(len(ledger)) < _UNNAMED_CREDITS
    placement = np.where(ledger.year < 0, 0, fees.years.placement[ledger.year])
    worded = [
        _transport_line(style, operator, month) if operator >= 0 else _fee_line(settings, style, s, v, kind, month, ids[i])
        for s, v, operator, kind, i, month in zip(
            p.setting[placement].tolist(), variant.tolist(), who.tolist(), ledger.kind.tolist(), placement.tolist(), _months(ledger.first), strict=True
        )
    ]
    worded_columns: dict[str, list[str]] = {name: list(values) for name, values in zip(_WORDED, zip(*worded, strict=True), strict=False)}
    return worded_columns | {
        "transaction_id": text,
        "paid_on": iso(ledger.paid_on),
        "net_gbp": [f"{'-' if x < 0 else ''}{abs(x) // 100}.{abs(x) % 100:02d}" for x in ledger.pence.tolist()],
        "credits_transaction_id": [
            text[m] if m >= 0 and k == CREDIT and not u else "" for m, k, u in zip(mends.tolist(), ledger.kind.tolist(), unnamed.tolist(), strict=True)
        ],
    }


def _months(days: Ints) -> list[str]:
    """YYYY-MM of each day."""
    return [on[:7] for on in iso(days)]


def _transport_line(style: Styles, operator: int, month: str) -> tuple[str, ...]:
    """An operator's monthly invoice: no setting, no placement."""
    return style.operators[operator], f"7{operator:05d}", f"SEN transport {month}", "SEN transport", "", ""


def _fee_line(settings: Settings, style: Styles, s: int, variant: int, kind: int, month: str, placement_id: str) -> tuple[str, ...]:
    """A payment to a setting or its group; how much it tells of the placement is the ledger's habit there."""
    names, tells = style.names[s], int(style.tells[s])
    centre = "Specialist post-16 colleges" if settings.kind[s] == 2 else "Independent special schools"
    urn, placement = settings.urn[s] if tells < 2 else "", placement_id if tells == 0 else ""
    return names[variant % len(names)], style.numbers[s], f"{_NARRATIVE.get(kind, 'Placement fees')} from {month}", centre, urn, placement
