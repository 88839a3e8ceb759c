"""Forecasts as they were shown: kept beside what was loaded, sealed with it, never changed, so that what came can be held against them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from data import seal
from data.errors import WrongUsage
from data.naming import expect_no_child

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Store

LONGEST_NOTE = 500
WHOLE = "All"  # the lot of the rows that hold all places


@dataclass(frozen=True)
class Frozen:
    """What a forecast was made of: the day, the data's version, draws, seed and levers with their reasons, and who froze it with which note."""

    as_at: date
    data_version: str
    draws: int
    seed: int
    levers: tuple[dict[str, Any], ...]
    frozen_by: str
    note: str = ""


def freeze(store: Store, forecast: Frozen, lots: pd.DataFrame) -> str:
    """Keeps a forecast and answers its id. `lots`: one row a lot × year: lot, year, p10, p50, p90.

    WrongUsage for a note that is too long, or a note or reason that names a child.
    """
    note = " ".join(forecast.note.split())
    if len(note) > LONGEST_NOTE:
        raise WrongUsage(f"The note is longer than {LONGEST_NOTE} characters; give a shorter one.", "note_too_long")
    levers = json.dumps(list(forecast.levers), sort_keys=True)
    for text in (note, *(str(lever.get("reason", "")) for lever in forecast.levers)):
        expect_no_child(store, text)
    forecast_id, now = uuid.uuid4().hex[:12], datetime.now(UTC).replace(tzinfo=None)
    head = {
        "forecast_id": forecast_id,
        "frozen_at": now,
        "frozen_by": forecast.frozen_by,
        "note": note or None,
        "as_at": forecast.as_at,
        "data_version": forecast.data_version,
        "draws": forecast.draws,
        "seed": forecast.seed,
        "levers": levers,
    }
    rows = lots[["lot", "year", "p10", "p50", "p90"]].reset_index(drop=True)
    with store.transaction() as cursor:
        cursor.register("frozen_rows", rows)
        given = ", ".join(f"${name} AS {name}" for name in head)
        cursor.execute(f"INSERT INTO frozen_forecast BY NAME SELECT {given}, lot, year, p10, p50, p90 FROM frozen_rows", head)  # noqa: S608 - our own names
        cursor.unregister("frozen_rows")
        seal.changed(cursor)
    store.acknowledge()
    return forecast_id


def state(store: Store) -> str:
    """Changes with every forecast frozen: what a cached scorecard is keyed by."""
    with store.cursor() as cursor:
        return str(cursor.execute("SELECT count(DISTINCT forecast_id) FROM frozen_forecast").fetchall()[0][0])
