"""What settings replied about their index: who, when, what, and what it changes. A later reply is added; no earlier one is changed or removed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from data import seal
from data.errors import WrongUsage
from data.naming import names_a_child

if TYPE_CHECKING:
    from data.store import Cursor, Store

EFFECTS = {
    "explains": "Explains the difference",
    "in_part": "Explains part of the difference",
    "our_data": "Shows that our data are wrong",
    "not_explained": "Does not explain the difference",
}
LONGEST_NAME, LONGEST_REPLY = 120, 2_000


@dataclass(frozen=True)
class Reply:
    """What a person fills in. `replied_by`: who at the setting, by role or name; `effect`: one of EFFECTS."""

    urn: str
    replied_on: date | None
    replied_by: str
    reply: str
    effect: str


@dataclass(frozen=True)
class About:
    """The index that a reply answers, with its 95% interval and the day it is as at."""

    day: date
    index: float
    low: float
    high: float


def check(store: Store, given: Reply, today: date | None = None) -> Reply:
    """The reply with its texts tidied. WrongUsage with one sentence for what is missing, cannot be, or names a child."""
    by, text = _tidy(given.replied_by), _tidy(given.reply)
    if given.effect not in EFFECTS:
        raise WrongUsage("Say what the reply changes: choose one of the four effects.", "no_effect")
    if given.replied_on is None:
        raise WrongUsage("Give the day of the reply.", "no_day")
    if given.replied_on > (today or datetime.now(UTC).astimezone().date()):
        raise WrongUsage("The day of the reply lies ahead; record it when it has come.", "reply_ahead")
    if not by or len(by) > LONGEST_NAME:
        raise WrongUsage(f"Say who at the setting replied, in at most {LONGEST_NAME} characters.", "no_replier")
    if not text or len(text) > LONGEST_REPLY:
        raise WrongUsage(f"Write what the setting replied, in at most {LONGEST_REPLY:,} characters.", "no_reply")
    if store.read("stg_setting")["urn"].astype(str).eq(given.urn).sum() != 1:
        raise WrongUsage(f"No setting has the URN {given.urn}. Load the settings first, or pick another.", "unknown_urn")
    if names_a_child(store, by, text):
        raise WrongUsage("The reply holds the id of a child or a placement; write it without.", "names_a_child")
    return Reply(given.urn, given.replied_on, by, text, given.effect)


def record(store: Store, checked: Reply, about: About, recorded_by: str) -> int:
    """Adds a reply that `check` answered; answers its number within the setting: 1, 2, …"""
    with store.transaction() as cursor:
        number = _next(cursor, checked.urn)
        cursor.execute(
            "INSERT INTO setting_reply VALUES ($urn, $number, $on, $by, $reply, $effect, $day, $index, $low, $high, $recorded_by, $now)",
            {
                "urn": checked.urn,
                "number": number,
                "on": checked.replied_on,
                "by": checked.replied_by,
                "reply": checked.reply,
                "effect": checked.effect,
                "day": about.day,
                "index": about.index,
                "low": about.low,
                "high": about.high,
                "recorded_by": recorded_by,
                "now": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        seal.changed(cursor)
    store.acknowledge()
    return number


def _next(cursor: Cursor, urn: str) -> int:
    return int(cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM setting_reply WHERE urn = $urn", {"urn": urn}).fetchall()[0][0])


def _tidy(text: str) -> str:
    """Spaces at the ends gone; signs that do not show (control, direction) gone, line ends kept."""
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign)[0] != "C").strip()
