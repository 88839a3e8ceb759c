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


@dataclass(frozen=True)
class Paid:
    """The ledger with the wording of each line and what was planted."""

    ledger: Ledger
    columns: dict[str, list[str]]
    mismatches: dict[str, list[dict[str, str]]]
    styles: Styles


def pay(world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str], district: Ints) -> Paid:
    """Writes the ledger up to the as-at day."""
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
