"""Dated vehicles, their members, contracts, and how each placement was bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample.calibration import World
from data.sample.days import OPEN, Ints, as_date, day, iso
from data.sample.lives import REASONS
from data.sample.placements import NAMED_BY, RESIDENCES, Placements
from data.sample.settings import Settings

DPS, FRAMEWORK = "V2022", "V2026"
DPS_STARTS, DPS_ENDS, DPS_EXTENDED = day(2022, 9, 1), day(2025, 8, 31), day(2026, 8, 31)
FRAMEWORK_STARTS, FRAMEWORK_ENDS = day(2026, 9, 1), day(2030, 8, 31)
_EXTENDED_ON, _TENDERED = day(2025, 3, 1), day(2026, 1, 12)
_GROUNDS = ("Named by tribunal order", "Parental preference, section 38", "Urgent start after a breakdown", "Only setting able to meet need")
_GUARANTEES = ((12, 12), (9, 9), (7, 7), (6, 6), (4, 9), (3, 8), (5, 10))  # guaranteed and most places; the last three are flexi-blocks

Columns = dict[str, list[str]]


@dataclass(frozen=True)
class Purchasing:
    """How each placement was bought, and the three files about it."""

    bought: Ints  # 0 block, 1 call_off, 2 spot
    contract: list[str]
    vehicles: Columns
    members: Columns
    contracts: Columns


def _vehicles(world: World) -> Columns:
    """The vehicles known by the as-at day, with the extensions taken up by then."""
    extended = world.as_at >= _EXTENDED_ON
    rows = [
        (DPS, "Special school placements dynamic purchasing system", "pcr2015_dps", iso([DPS_STARTS])[0], iso([DPS_ENDS])[0],
         iso([DPS_EXTENDED])[0] if extended else "", "Two of one year, to 31 August 2028" if extended else "Three of one year, to 31 August 2028", "",
         "50000000.00", "excluding VAT"),
        (FRAMEWORK, "Special school placements open framework", "pa2023_open_framework", iso([FRAMEWORK_STARTS])[0], iso([FRAMEWORK_ENDS])[0], "",
         "One further framework of four years, to 31 August 2034", "2028-09-01;2030-09-01", "876000000.00", "including VAT"),
    ]  # fmt: skip
    known = [r for r, since in zip(rows, (day(2022, 3, 1), _TENDERED), strict=True) if world.as_at >= since]
    names = ("vehicle_id", "vehicle_name", "regime", "starts", "ends", "extended_to", "extension_options", "reopens", "authorised_gbp", "authorised_vat_basis")
    return {name: [r[i] for r in known] for i, name in enumerate(names)}


def _members(world: World, settings: Settings, used: Ints) -> tuple[Columns, Ints]:
    """Applications, and the day each setting was admitted to lot 1 of the DPS (OPEN: not)."""
    rng, n = world.rng("members"), len(settings)
    score = (55 + 9 * settings.quality + rng.normal(0, 8, n)).clip(12, 97)
    wants = used[rng.permutation(len(used))][: round(len(used) * 0.42)]
    admitted = np.full(n, OPEN, dtype=np.int64)
    rows: list[tuple[str, str, int, int, int, str, float]] = []
    for place, s in enumerate(wants.tolist()):
        applied = int(max(DPS_STARTS - 120 if place % 3 else DPS_STARTS + 200 + 7 * place, settings.opened[s] + 30))
        decided = applied + 45 + int(rng.integers(0, 40))
        draw, status = rng.random(), "admitted"
        if score[s] < 38 or draw < 0.08:
            status = "refused" if draw < 0.6 else "withdrawn"
        if decided > world.as_at:
            status = "applied"
        rows.append((DPS, "1", s, applied, decided, status, round(float(score[s]) if status != "refused" else min(float(score[s]), 29.0), 1)))
        if status == "admitted":
            admitted[s] = max(decided, DPS_STARTS)
            if score[s] >= 60:
                rows.append((DPS, "2", s, applied, decided, "admitted", round(float(score[s]), 1)))
    for s in used[rng.permutation(len(used))][: round(len(used) * 0.45)].tolist():
        applied = _TENDERED + int(rng.integers(10, 75))
        rows.append((FRAMEWORK, "A" if score[s] >= 65 else "B", s, applied, OPEN, "applied", 0.0))
    rows = [r for r in rows if r[3] <= world.as_at]
    decided_on = [r[4] if r[4] <= world.as_at else OPEN for r in rows]
    return {
        "vehicle_id": [r[0] for r in rows],
        "lot": [r[1] for r in rows],
        "urn": [settings.urn[r[2]] for r in rows],
        "applied_on": iso([r[3] for r in rows]),
        "decided_on": iso(decided_on),
        "status": [r[5] for r in rows],
        "quality_score": ["" if r[5] == "applied" else f"{r[6]:.1f}" for r in rows],
    }, admitted


class _Contracts:
    """Collects rows of the contracts file."""

    names = ("contract_id", "urn", "kind", "vehicle_id", "lot", "guaranteed_places", "max_places", "price_gbp_per_place_year", "void_share", "grace_weeks",
             "min_occupancy", "notice_terms", "break_on", "starts", "ends", "off_vehicle_ground")  # fmt: skip

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def columns(self) -> Columns:
        return {name: [row[i] for row in self.rows] for i, name in enumerate(self.names)}


def purchase(world: World, settings: Settings, placements: Placements, core_gbp: dict[int, float]) -> Purchasing:
    """Decides how each placement was bought. `core_gbp`: the median yearly fee at each setting, for contract prices."""
    p = placements
    used = np.unique(p.setting[p.open_on(world.as_at)])
    members, admitted = _members(world, settings, used)
    bought, contract = np.full(len(p), 2, dtype=np.int64), [""] * len(p)
    book = _Contracts()
    on_vehicle = (p.entry >= admitted[p.setting]) & (p.entry <= DPS_EXTENDED)
    for s in np.flatnonzero(admitted < OPEN).tolist():
        book.rows.append((f"CO-{settings.urn[s]}", settings.urn[s], "call_off", DPS, "1", "", "", "", "", "", "", "1", "", iso([admitted[s]])[0],
                          iso([DPS_EXTENDED if world.as_at >= _EXTENDED_ON else DPS_ENDS])[0], ""))  # fmt: skip
    for i in np.flatnonzero(on_vehicle).tolist():
        bought[i], contract[i] = 1, f"CO-{settings.urn[p.setting[i]]}"
    _blocks(world, settings, p, admitted, core_gbp, book, bought, contract)
    _spots(world, settings, p, core_gbp, book, bought, contract)
    return Purchasing(bought, contract, _vehicles(world), members, book.columns())


def _blocks(
    world: World, settings: Settings, p: Placements, admitted: Ints, core_gbp: dict[int, float], book: _Contracts, bought: Ints, contract: list[str]
) -> None:
    """Block and flexi-block contracts with the biggest members; new children named by the council fill them."""
    starts = [day(2023, 9, 1), day(2024, 9, 1), day(2024, 9, 1), day(2025, 9, 1)]
    now = np.bincount(p.setting[p.open_on(world.as_at) & (p.rank == 1)], minlength=len(settings))
    ranked = [s for s in np.argsort(-now, kind="stable").tolist() if admitted[s] < day(2024, 9, 1) and settings.kind[s] < 2]
    for k, (s, (least, most)) in enumerate(zip(ranked, _GUARANTEES, strict=False)):
        begins = max(starts[k % 4], int(admitted[s]))
        if begins > world.as_at:
            continue
        name, flexi = f"BL-{settings.urn[s]}", most > least
        book.rows.append((name, settings.urn[s], "flexi_block" if flexi else "block", DPS, "2", str(least), str(most), f"{core_gbp.get(s, 45000.0) * 0.93:.2f}",
                          "0.75" if k % 2 else "1", str((6, 12)[k % 2]), ("0.9", "0.85")[k % 2], "2", iso([begins + 730])[0], iso([begins])[0],
                          iso([DPS_EXTENDED if k % 3 else day(as_date(begins).year + 3, 8, 31)])[0], ""))  # fmt: skip
        mine = np.flatnonzero((p.setting == s) & (p.entry >= begins) & (p.named == 0) & (p.rank == 1) & (p.residence == 0))
        filled: list[int] = []
        for i in mine[np.argsort(p.entry[mine], kind="stable")].tolist():
            filled = [j for j in filled if p.leave[j] >= p.entry[i]]  # entries come in order, so whoever has left is of no more account
            if len(filled) < most:
                bought[i], contract[i] = 0, name
                filled.append(i)


def _spots(world: World, settings: Settings, p: Placements, core_gbp: dict[int, float], book: _Contracts, bought: Ints, contract: list[str]) -> None:
    """Some spot placements since the vehicle began have a contract of their own, most with a recorded ground."""
    rng = world.rng("spots")
    late = np.flatnonzero((bought == 2) & (p.entry >= DPS_STARTS) & (p.rank == 1) & (p.entry <= world.as_at))
    for k, i in enumerate(late[rng.random(late.size) < 0.4].tolist()):
        name, draw = f"SP-{k + 1:05d}", rng.random()
        ground = "" if draw < 0.25 else _GROUNDS[0] if p.named[i] == 2 else _GROUNDS[1] if p.named[i] == 1 else _GROUNDS[2 + int(draw * 100) % 2]
        contract[i] = name
        ends = int(p.leave[i]) if p.leave[i] <= world.as_at else day(as_date(int(p.entry[i])).year + 5, 8, 31)
        price = core_gbp.get(int(p.setting[i]), 45000.0)
        book.rows.append(
            (name, settings.urn[p.setting[i]], "spot", "", "", "", "", f"{price:.2f}", "", "", "", "1", "", iso([p.entry[i]])[0], iso([ends])[0], ground)
        )


def placement_columns(world: World, settings: Settings, p: Placements, ids: list[str], child_ids: list[str], bought: Purchasing) -> Columns:
    """The placements file."""
    still = p.leave > world.as_at
    return {
        "placement_id": ids,
        "child_id": [child_ids[c] for c in p.child.tolist()],
        "urn": [settings.urn[s] for s in p.setting.tolist()],
        "entry_date": iso(p.entry),
        "leaving_date": iso(p.leave, none_from=world.as_at + 1),
        "leaving_reason": ["" if o else REASONS[r] for o, r in zip(still.tolist(), p.reason.tolist(), strict=True)],
        "rank": [str(r) for r in p.rank.tolist()],
        "residence": [RESIDENCES[r] for r in p.residence.tolist()],
        "named_by": [NAMED_BY[k] for k in p.named.tolist()],
        "purchase_type": [("block", "call_off", "spot")[b] for b in bought.bought.tolist()],
        "contract_id": bought.contract,
    }
