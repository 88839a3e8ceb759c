"""What a person records of a payment found wrong: pounds that came back, or why nothing is owed. Kept with who and when, also when taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from data import seal
from data.errors import WrongUsage
from data.naming import expect_no_child

if TYPE_CHECKING:
    from data.store import Cursor, Store

RECOVERED, NOT_OWED = "recovered", "not_owed"
LONGEST_NOTE = 500


def record(store: Store, transaction_id: str, outcome: str, amount_gbp: Decimal | None, on_day: date, note: str, by: str) -> int:
    """Keeps what came of a payment; answers the record's number.

    `outcome` RECOVERED takes pounds above zero, with what came back before no more than the payment; NOT_OWED takes a note that says why. WrongUsage for
    a payment that is not loaded, a day ahead, or a record that says too little.
    """
    note = " ".join(note.split())
    _expect_sound(outcome, amount_gbp, on_day, note)
    expect_no_child(store, note)
    with store.transaction() as cursor:
        paid = cursor.execute("SELECT net_gbp FROM stg_payment WHERE transaction_id = $id", {"id": transaction_id}).fetchall()
        if not paid:
            raise WrongUsage(f"No payment {transaction_id} is loaded; choose one from the list.", "unknown_payment")
        _expect_room(cursor, transaction_id, Decimal(paid[0][0]), amount_gbp)
        number = int(cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM recovery").fetchall()[0][0])
        cursor.execute(
            "INSERT INTO recovery VALUES ($number, $id, $outcome, $amount, $on_day, $note, $by, $now, NULL)",
            {
                "number": number,
                "id": transaction_id,
                "outcome": outcome,
                "amount": amount_gbp if outcome == RECOVERED else None,
                "on_day": on_day,
                "note": note or None,
                "by": by,
                "now": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        seal.changed(cursor)
    store.acknowledge()
    return number


def undo(store: Store, number: int) -> str:
    """Takes a record back; answers its payment. WrongUsage where no record of that number stands."""
    with store.transaction() as cursor:
        found = cursor.execute("SELECT transaction_id FROM recovery WHERE number = $number AND undone_at IS NULL", {"number": number}).fetchall()
        if not found:
            raise WrongUsage("That record is not there any more; reload the page.", "no_record")
        cursor.execute("UPDATE recovery SET undone_at = $now WHERE number = $number", {"now": datetime.now(UTC).replace(tzinfo=None), "number": number})
        seal.changed(cursor)
    store.acknowledge()
    return str(found[0][0])


def state(store: Store) -> str:
    """Changes with every record made or taken back: what a cached answer that holds records is keyed by."""
    with store.cursor() as cursor:
        made, undone = cursor.execute("SELECT count(*), count(undone_at) FROM recovery").fetchall()[0]
    return f"{made}-{undone}"


def _expect_sound(outcome: str, amount_gbp: Decimal | None, on_day: date, note: str) -> None:
    if outcome not in (RECOVERED, NOT_OWED):
        raise WrongUsage(f"'{outcome}' is not an outcome; use {RECOVERED} or {NOT_OWED}.", "outcome")
    if outcome == RECOVERED and (amount_gbp is None or not amount_gbp.is_finite() or amount_gbp <= 0 or amount_gbp != round(amount_gbp, 2)):
        raise WrongUsage("Give the amount that came back, in pounds and pence above zero.", "amount")
    if outcome == NOT_OWED and not note:
        raise WrongUsage("Say why nothing is owed.", "note")
    if len(note) > LONGEST_NOTE:
        raise WrongUsage(f"The note is longer than {LONGEST_NOTE} characters; give a shorter one.", "note_too_long")
    if on_day > datetime.now(UTC).astimezone().date():
        raise WrongUsage("The day lies ahead; record what came back once it has.", "day_ahead")


def _expect_room(cursor: Cursor, transaction_id: str, paid: Decimal, amount_gbp: Decimal | None) -> None:
    before = cursor.execute("SELECT coalesce(sum(amount_gbp), 0) FROM recovery WHERE transaction_id = $id AND undone_at IS NULL", {"id": transaction_id})
    already = Decimal(before.fetchall()[0][0])
    if amount_gbp is not None and already + amount_gbp > paid:
        raise WrongUsage(f"That is more than the payment of £{paid:,.2f}, of which £{already:,.2f} is recorded as recovered already.", "amount")
