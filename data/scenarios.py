"""Saved scenarios: named, frozen inputs to the sizing of contracts, with what they found and on which data. Sealed with the store; none names a child."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data import seal
from data.errors import WrongUsage
from data.naming import expect_no_child

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Store

LONGEST_NAME, LONGEST_REASON = 80, 2000  # characters


@dataclass(frozen=True)
class Override:
    """One input that differs from the base: its value in `unit` beside the base's (None: the base has none), its range, the base's source."""

    parameter: str
    told: str
    value: float
    base: float | None
    unit: str
    low: float | None
    high: float | None
    source: str


@dataclass(frozen=True)
class Scenario:
    """What a person named, why, what was asked (`policy` as JSON text) and found (`figures` as JSON text), on which version of the data."""

    name: str
    reason: str
    phase: str
    area: str
    policy: str
    answer: str
    figures: str
    data_version: str


def save(store: Store, scenario: Scenario, overrides: Sequence[Override], saved_by: str) -> str:
    """Keeps a scenario and answers its id. WrongUsage for a name that stands already, a text that is empty, too long or names a child."""
    _expect_sound(store, scenario)
    scenario_id = uuid.uuid4().hex[:12]
    with store.transaction() as cursor:
        if cursor.execute("SELECT count(*) FROM scenario WHERE taken_back_at IS NULL AND lower(name) = lower(?)", [scenario.name.strip()]).fetchall()[0][0]:
            raise WrongUsage(f"A scenario named “{scenario.name.strip()}” stands already. Give this one another name.", "scenario_name")
        now = datetime.now(UTC).replace(tzinfo=None)
        row = [scenario_id, scenario.name.strip(), scenario.reason.strip(), *astuple(scenario)[2:], saved_by, now]
        cursor.execute("INSERT INTO scenario VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        for override in overrides:
            cursor.execute("INSERT INTO scenario_override VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [scenario_id, *astuple(override)])
        seal.changed(cursor)
    store.acknowledge()
    return scenario_id


def take_back(store: Store, scenario_id: str, taken_back_by: str) -> None:
    """A scenario saved by mistake stands no more; its rows are kept. WrongUsage where no such scenario stands."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.transaction() as cursor:
        if not cursor.execute("SELECT count(*) FROM scenario WHERE scenario_id = ? AND taken_back_at IS NULL", [scenario_id]).fetchall()[0][0]:
            raise WrongUsage("That scenario does not stand any more: it was taken back before. Reload the page.", "no_scenario")
        cursor.execute("UPDATE scenario SET taken_back_at = ?, taken_back_by = ? WHERE scenario_id = ?", [now, taken_back_by, scenario_id])
        seal.changed(cursor)
    store.acknowledge()


def standing(store: Store) -> pd.DataFrame:
    """One row a scenario that stands, the latest first: scenario_id, what `Scenario` holds, saved_by, saved_at."""
    return store.read("scenarios")


def overrides(store: Store) -> pd.DataFrame:
    """One row a scenario that stands × input that differs from the base: scenario_id and what `Override` holds."""
    return store.read("scenario_overrides")


def _expect_sound(store: Store, scenario: Scenario) -> None:
    for what, text in (("a name", scenario.name), ("why it is worth keeping", scenario.reason)):
        if not text.strip():
            raise WrongUsage(f"Give {what}: a scenario without it tells nobody anything later.", "scenario_empty")
    if len(scenario.name) > LONGEST_NAME or len(scenario.reason) > LONGEST_REASON:
        raise WrongUsage(f"A name has at most {LONGEST_NAME} characters and a reason {LONGEST_REASON:,}. Shorten the text.", "scenario_long")
    if "\0" in scenario.name + scenario.reason:
        raise WrongUsage("The text holds a sign that cannot be kept. Type it anew instead of pasting it.", "scenario_text")
    expect_no_child(store, f"{scenario.name}\n{scenario.reason}")
