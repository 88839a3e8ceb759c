"""Budgets as a person enters them: pounds of a purse and financial year. The newest holds; earlier ones are kept with who entered them and when."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from data import seal
from data.domain import financial_year_name
from data.errors import WrongUsage
from data.naming import expect_no_child

if TYPE_CHECKING:
    from data.store import Store

PURSES = ("high_needs", "transport", "social_care", "health", "dfe_place")
LONGEST_NOTE = 500
MOST_GBP = Decimal(10_000_000_000)


def enter(store: Store, financial_year: int, purse: str, amount_gbp: Decimal, note: str, by: str) -> int:
    """Keeps a budget in the place of an earlier one; answers its number. WrongUsage for a purse there is not or an amount that is none."""
    note = " ".join(note.split())
    if purse not in PURSES:
        raise WrongUsage(f"'{purse}' is not a purse; use {', '.join(PURSES)}.", "purse")
    if not amount_gbp.is_finite() or amount_gbp <= 0 or amount_gbp >= MOST_GBP or amount_gbp != round(amount_gbp, 2):
        raise WrongUsage("Give the budget in pounds and pence above zero.", "amount")
    if len(note) > LONGEST_NOTE:
        raise WrongUsage(f"The note is longer than {LONGEST_NOTE} characters; give a shorter one.", "note_too_long")
    expect_no_child(store, note)
    with store.transaction() as cursor:
        number = int(cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM budget").fetchall()[0][0])
        cursor.execute(
            "INSERT INTO budget VALUES ($number, $year, $purse, $amount, $note, $by, $now, NULL)",
            {
                "number": number,
                "year": financial_year,
                "purse": purse,
                "amount": amount_gbp,
                "note": note or None,
                "by": by,
                "now": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        seal.changed(cursor)
    store.acknowledge()
    return number


def remove(store: Store, financial_year: int, purse: str) -> None:
    """Takes the budget of a purse and year away, earlier ones too. WrongUsage where there is none."""
    where = {"year": financial_year, "purse": purse}
    with store.transaction() as cursor:
        standing = cursor.execute("SELECT count(*) FROM budget WHERE financial_year = $year AND purse = $purse AND undone_at IS NULL", where).fetchall()
        if not standing[0][0]:
            raise WrongUsage(f"No budget of that purse is entered for {financial_year_name(financial_year)}.", "no_budget")
        now = datetime.now(UTC).replace(tzinfo=None)
        cursor.execute("UPDATE budget SET undone_at = $now WHERE financial_year = $year AND purse = $purse AND undone_at IS NULL", where | {"now": now})
        seal.changed(cursor)
    store.acknowledge()


def state(store: Store) -> str:
    """Changes with every budget entered or taken away: what a cached answer that holds budgets is keyed by."""
    with store.cursor() as cursor:
        made, undone = cursor.execute("SELECT count(*), count(undone_at) FROM budget").fetchall()[0]
    return f"{made}-{undone}"
