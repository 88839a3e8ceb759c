"""Visits to settings, as people record them: kept beside what was loaded, sealed with it, taken back without being lost. No visit names a child."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from data import seal
from data.errors import WrongUsage
from data.naming import names_a_child

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Store

LONGEST = 4000  # characters of a text
OLDEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Visit:
    """Who went where, when, what was seen, what follows and by when; the last two may be left open."""

    urn: str
    visited_on: date
    visited_by: str
    seen: str
    follows: str = ""
    follow_by: date | None = None


def record(store: Store, visit: Visit, recorded_by: str, *, today: date | None = None) -> str:
    """Keeps a visit and answers its id. WrongUsage for an unknown setting, a day to come, a text that is empty, too long or holds a child's id."""
    _expect_sound(store, visit, today or datetime.now(UTC).astimezone().date())
    visit_id = uuid.uuid4().hex[:12]
    now = datetime.now(UTC).replace(tzinfo=None)
    row = [
        visit_id,
        visit.urn,
        visit.visited_on,
        visit.visited_by.strip(),
        visit.seen.strip(),
        visit.follows.strip() or None,
        visit.follow_by,
        recorded_by,
        now,
    ]
    with store.transaction() as cursor:
        cursor.execute("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        seal.changed(cursor)
    store.acknowledge()
    return visit_id


def take_back(store: Store, visit_id: str, taken_back_by: str) -> None:
    """A visit recorded by mistake stands no more; its row is kept. WrongUsage where no such visit stands."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.transaction() as cursor:
        standing = cursor.execute("SELECT count(*) FROM visit WHERE visit_id = ? AND taken_back_at IS NULL", [visit_id]).fetchall()[0][0]
        if not standing:
            raise WrongUsage("That visit does not stand any more: it was taken back before. Reload the page.", "no_visit")
        cursor.execute("UPDATE visit SET taken_back_at = ?, taken_back_by = ? WHERE visit_id = ?", [now, taken_back_by, visit_id])
        seal.changed(cursor)
    store.acknowledge()


def standing(store: Store, urn: str | None = None) -> pd.DataFrame:
    """One row a visit that stands, the latest first: visit_id, urn, visited_on, visited_by, seen, follows, follow_by, recorded_by, recorded_at."""
    return store.read("visits", urn=urn)


def _expect_sound(store: Store, visit: Visit, today: date) -> None:
    if store.read("named", urns=[visit.urn]).empty:
        raise WrongUsage(f"No setting has the URN {visit.urn}. Choose a setting from the list.", "unknown_urn")
    if not OLDEST <= visit.visited_on <= today:
        raise WrongUsage(
            "The day of a visit lies in the past or is today. Enter the day on which it was made; plan one to come under what follows.", "visit_day"
        )
    if visit.follow_by is not None and visit.follow_by < visit.visited_on:
        raise WrongUsage("What follows cannot be due before the visit. Enter a later day, or none.", "visit_follow_by")
    for what, text in (("who went", visit.visited_by), ("what was seen", visit.seen)):
        if not text.strip():
            raise WrongUsage(f"Say {what}; a visit without it tells nobody anything.", "visit_empty")
    texts = (visit.visited_by, visit.seen, visit.follows)
    if max(len(text) for text in texts) > LONGEST:
        raise WrongUsage(f"A text of a visit is longer than {LONGEST:,} characters. Shorten it, and keep the full report where your council keeps such papers.")
    if any("\0" in text for text in texts):
        raise WrongUsage("A text of a visit holds a sign that cannot be kept. Type it anew instead of pasting it.", "visit_text")
    if names_a_child(store, *texts):
        raise WrongUsage("The text holds the reference of a child, a placement or a case. Say what was seen without naming a child.", "visit_names_child")
