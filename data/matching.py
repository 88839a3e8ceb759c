"""Which setting does a supplier name in the ledger mean? Proposals with a confidence, and what a person decided.

A proposal is `automatic` only when it is safe without a person: the name is the setting's own (but for words like Ltd or School,
or cut short by the ledger), no other setting open then has that name, and the name is telling enough by itself or the setting lies
near the others that this ledger pays. Names of groups, trusts and councils always wait for a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

import pandas as pd

from data import derived, seal
from data.errors import WrongUsage
from data.likeness import Candidate, Register, candidates, day
from data.names import Name

if TYPE_CHECKING:
    from data.store import Cursor, Store

COLUMNS = ["supplier_name", "payments", "gbp", "urn", "setting_name", "confidence", "automatic"]
NEAR_KM = 120.0  # about two hours' drive; day and weekly places lie well within
LEAST_ANCHORS = 3
NEIGHBOUR_KM, LEAST_NEIGHBOURS = 60.0, 2  # a ledger may have more than one home
TELLING = 2  # words particular to the organisation that make a name safe wherever it lies
LEAST_CONFIDENCE = 0.3  # below this no setting is proposed


def propose(suppliers: pd.DataFrame, settings: pd.DataFrame) -> pd.DataFrame:
    """Which setting does each supplier name most likely mean?

    `suppliers`: one row a name, with supplier_name, payments, gbp, first_paid, last_paid. `settings`: one row a setting, with urn and
    setting_name, and where known provider, provider_group, postcode, easting, northing (metres), opened, closed.
    Answers one row a supplier, dearest first: supplier_name, payments, gbp, urn, setting_name (None where none is likely), confidence
    (the chance that the setting is right, as judged from hand-checked ledgers) and automatic.
    """
    register = Register(settings)
    rows = [(row, candidates(register, Name(str(row["supplier_name"])), day(row["first_paid"]), day(row["last_paid"]))) for row in suppliers.to_dict("records")]
    home = _home(found for _, found in rows)
    answers = [_answer(row, found, register, home) for row, found in rows]
    frame = pd.DataFrame(answers, columns=COLUMNS, dtype=object).astype({"payments": int, "gbp": float, "automatic": bool, "confidence": float})
    return frame.sort_values(["gbp", "supplier_name"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class _Home:
    """Where the ledger's settings lie, by URN: those whose name is met exactly and by one open setting only. km."""

    places: dict[str, tuple[float, float]]

    def near(self, candidate: Candidate) -> bool:
        """Whether a setting lies within reach of the middle of them, or among several of them."""
        place = candidate.setting.place
        others = [there for urn, there in self.places.items() if urn != candidate.setting.urn]
        if place is None or len(self.places) < LEAST_ANCHORS:
            return False
        middle = median(x for x, _ in self.places.values()), median(y for _, y in self.places.values())
        return math.dist(place, middle) <= NEAR_KM or sum(math.dist(place, there) <= NEIGHBOUR_KM for there in others) >= LEAST_NEIGHBOURS


def _home(found: Iterable[list[Candidate]]) -> _Home:
    named = ([c for c in several if c.kind in ("exact", "core", "cut") and c.live] for several in found)
    return _Home({one[0].setting.urn: one[0].setting.place for one in named if len(one) == 1 and one[0].setting.place is not None})


def _answer(row: dict[Any, Any], found: list[Candidate], register: Register, home: _Home) -> list[object]:
    name = Name(str(row["supplier_name"]))
    start = [row["supplier_name"], int(row["payments"]), float(row["gbp"])]
    if not found:
        return [*start, None, None, 0.0, False]
    best, *others = sorted(found, key=lambda c: (-c.likeness * (1.0 if c.live else 0.5) * (1.0 if home.near(c) else 0.8), c.setting.urn))
    # A closed namesake nearby counts too: the ledger may go on writing its name for what came after it under another.
    rivals = [c for c in others if _rivals(best, c) and (c.live or (home.near(c) and not _same_address(best, c)))]
    near = home.near(best)
    confidence, automatic = _judge(name, best, rivals, near, len(register.run_by(name)))
    if rivals and near and not any(home.near(c) for c in rivals):
        confidence = 0.8
    if confidence < LEAST_CONFIDENCE:
        return [*start, None, None, round(confidence, 2), False]
    return [*start, best.setting.urn, best.setting.text, round(confidence, 2), automatic]


def _judge(name: Name, best: Candidate, rivals: list[Candidate], near: bool, runs: int) -> tuple[float, bool]:
    """The chance that the best candidate is right, and whether it is safe without a person. `runs`: settings run by a body of that name."""
    if not best.live:
        return 0.2, False
    if best.kind == "similar":
        return 0.75 * (min(best.likeness, 0.5) if name.is_body else best.likeness), False
    if best.kind == "provider":
        return 0.8, False
    if rivals:
        return 0.9 / (1 + len(rivals)), False
    if runs > 1:
        return 0.4, False
    if name.is_body and best.kind != "exact":
        return 0.6, False
    telling = name.telling >= TELLING or best.kind == "cut"
    if name.telling == 0 or not (near or telling):
        return 0.6, False
    return (0.99 if near and best.kind == "exact" else 0.97), True


def _rivals(best: Candidate, other: Candidate) -> bool:
    """Whether another setting might be meant as well: it has the same name, or much the same at the same address."""
    if best.kind == "similar" or (other.kind == "similar" and other.likeness < LEAST_CONFIDENCE):
        return False
    return _same_address(best, other) or other.kind in {best.kind, "exact"}


def _same_address(one: Candidate, other: Candidate) -> bool:
    return bool(one.setting.postcode) and one.setting.postcode == other.setting.postcode


def refresh(store: Store) -> pd.DataFrame:
    """Proposes anew for every supplier name of payments that name neither setting nor placement, and keeps the proposals in the store.

    Answers the proposals (as `propose`) for names that nobody has decided on. Decisions of people stand and help to place the ledger.
    """
    proposals = propose(store.read("suppliers"), store.read("stg_setting"))
    rows = [(r.supplier_name, r.urn, r.confidence, bool(r.automatic)) for r in proposals.itertuples()]
    with store.transaction() as cursor:
        cursor.execute("DELETE FROM supplier_proposal")
        if rows:
            cursor.executemany("INSERT INTO supplier_proposal VALUES (?, ?, ?, ?)", rows)
        derived.note_proposals(cursor)
    store.rebuild_marts()
    return proposals[~proposals["supplier_name"].isin(decided(store)["supplier_name"])].reset_index(drop=True)


def decided(store: Store) -> pd.DataFrame:
    """Decisions that stand: supplier_name, urn (None: no setting), decided_by, decided_at."""
    matches = store.read("supplier_match")
    return matches[matches["undone_at"].isna()].reset_index(drop=True)


def confirm(store: Store, supplier_name: str, urn: str | None, decided_by: str) -> None:
    """A person says which setting a supplier name means; urn None says that it is no setting. Replaces an earlier decision, which is kept as undone.

    WrongUsage when no payment has that supplier name or no setting that URN.
    """
    if urn is not None and urn not in set(store.read("stg_setting")["urn"]):
        raise WrongUsage(f"No setting has the URN {urn}. Load the settings first, or pick another.", "unknown_urn")
    if supplier_name not in set(store.read("stg_payment")["supplier_name"]):
        raise WrongUsage(f"No payment has the supplier name '{supplier_name}'.", "unknown_supplier")
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.transaction() as cursor:
        _undo(cursor, supplier_name, now)
        cursor.execute("INSERT INTO supplier_match VALUES (?, ?, ?, ?, NULL)", [supplier_name, urn, decided_by, now])
        seal.changed(cursor)
    store.rebuild_marts()
    store.acknowledge()


def undo(store: Store, supplier_name: str) -> bool:
    """Takes back the decision on a supplier name, so that the proposal counts again; False when there was none."""
    with store.transaction() as cursor:
        undone = _undo(cursor, supplier_name, datetime.now(UTC).replace(tzinfo=None))
        seal.changed(cursor)
    if undone:
        store.rebuild_marts()
        store.acknowledge()
    return undone


def _undo(cursor: Cursor, supplier_name: str, now: datetime) -> bool:
    standing = cursor.execute("SELECT count(*) FROM supplier_match WHERE supplier_name = ? AND undone_at IS NULL", [supplier_name]).fetchall()
    cursor.execute("UPDATE supplier_match SET undone_at = ? WHERE supplier_name = ? AND undone_at IS NULL", [now, supplier_name])
    return bool(standing[0][0])
