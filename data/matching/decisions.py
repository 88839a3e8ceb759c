"""What people decided on supplier names: kept, used again, taken back; and the proposals for the rest, kept in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from data import derived, seal
from data.errors import WrongUsage
from data.matching.matcher import Matcher
from data.matching.reasons import followed

if TYPE_CHECKING:
    from data.store import Cursor, Store


def refresh(store: Store) -> pd.DataFrame:
    """Proposes anew for every supplier name of payments that name neither setting nor placement, and keeps the proposals in the store.

    Answers the proposals (as `propose`) for names that nobody has decided on. Decisions of people stand and help to place the ledger; where
    the school decided on closed and another followed it, that one is offered in its place (`supplier_proposal.follows`).
    """
    matcher, suppliers, decisions = _asked(store)
    proposals = _waiting(matcher, suppliers, decisions)
    rows: list[tuple[object, ...]] = [(r.supplier_name, r.urn, r.confidence, bool(r.automatic), r.reason, None) for r in proposals.itertuples()]
    rows += _offers(matcher, suppliers, decisions)
    with store.transaction() as cursor:
        cursor.execute("DELETE FROM supplier_proposal")
        if rows:
            cursor.executemany("INSERT INTO supplier_proposal (supplier_name, urn, confidence, automatic, reason, follows) VALUES (?, ?, ?, ?, ?, ?)", rows)
        derived.note_proposals(cursor)
    store.rebuild_marts()
    return proposals


def undecided(store: Store) -> pd.DataFrame:
    """The proposals (as `propose`) for names that nobody has decided on; nothing is kept."""
    return _waiting(*_asked(store))


def _asked(store: Store) -> tuple[Matcher, pd.DataFrame, pd.DataFrame]:
    """Sorted, so that sums of odds come out the same to the last bit whatever order the engine answers in."""
    settings, register = (store.read(name).sort_values("urn", ignore_index=True) for name in ("stg_setting", "stg_register"))
    return Matcher(settings, register), store.read("suppliers").sort_values("supplier_name", ignore_index=True), decided(store)


def _waiting(matcher: Matcher, suppliers: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    proposals = matcher.propose(suppliers, dict(zip(decisions["supplier_name"], decisions["urn"], strict=True)))
    return proposals[~proposals["supplier_name"].isin(decisions["supplier_name"])].reset_index(drop=True)


def _offers(matcher: Matcher, suppliers: pd.DataFrame, decisions: pd.DataFrame) -> list[tuple[object, ...]]:
    """For decided names whose school closed before the last payment: what followed it, unless a person stood by the decision."""
    last_paid = dict(zip(suppliers["supplier_name"], suppliers["last_paid"], strict=True))
    rows: list[tuple[object, ...]] = []
    for one in decisions.to_dict("records"):
        steps = matcher.following(one["urn"], last_paid.get(one["supplier_name"])) if not one["stood_by"] else ()
        if steps:
            chance = round(min(link.confidence for link in steps), 2)
            rows.append((one["supplier_name"], steps[-1].successor.urn, chance, False, followed(steps), one["urn"]))
    return rows


def decided(store: Store) -> pd.DataFrame:
    """Decisions in force, also on another spelling with the same supplier number.

    One row a supplier name: supplier_name, urn (None: no setting), setting_name, closed, decided_name (the spelling decided on), decided_by,
    decided_at, stood_by (the same was decided twice).
    """
    found = store.read("decisions")
    urns = found["urn"].astype(object)
    return found.assign(urn=urns.where(urns.notna(), None))


def confirm(store: Store, supplier_name: str, urn: str | None, decided_by: str) -> None:
    """A person says which setting a supplier name means; urn None says that it is no setting. Replaces an earlier decision, which is kept as undone.

    WrongUsage when no payment has that supplier name or no setting that URN.
    """
    if urn is not None and store.read("named", urns=[urn]).empty:
        raise WrongUsage(f"No setting has the URN {urn}. Load the settings first, or pick another.", "unknown_urn")
    if supplier_name not in set(store.read("stg_payment")["supplier_name"]):
        raise WrongUsage(f"No payment has the supplier name '{supplier_name}'.", "unknown_supplier")
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.transaction() as cursor:
        _undo(cursor, supplier_name, now)
        cursor.execute("INSERT INTO supplier_match VALUES (?, ?, ?, ?, NULL)", [supplier_name, urn, decided_by, now])
        cursor.execute("DELETE FROM supplier_proposal WHERE supplier_name = ? AND follows IS NOT NULL", [supplier_name])
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
