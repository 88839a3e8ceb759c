"""Answers that take long, kept in the store beside the data they follow from, and used only while data and method are the same.

They are derived like the marts: losing them loses nothing, and they are dropped when the data change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from data import schema

if TYPE_CHECKING:
    from data.store import Cursor, Store

PREFIX = "kept_"


def keep(store: Store, name: str, key: str, frames: Mapping[str, pd.DataFrame], note: Mapping[str, Any]) -> None:
    """Keeps an answer's frames and a JSON-ready note under `name`, in the place of what was kept there. `key` says what it follows from."""
    with store.transaction() as cursor:
        drop(cursor, name)
        for part, frame in {**frames, "note": pd.DataFrame({"note": [json.dumps(dict(note))]})}.items():
            cursor.register("answer", frame)
            cursor.execute(f"CREATE TABLE {schema.quoted(f'{PREFIX}{name}_{part}')} AS FROM answer")
            cursor.unregister("answer")
        schema.set_derived(cursor, f"{PREFIX}{name}", key)


def kept(store: Store, name: str, key: str, parts: tuple[str, ...]) -> tuple[dict[str, pd.DataFrame], dict[str, Any]] | None:
    """The frames and the note kept under `name`; None where nothing is, or it follows from something else than `key`."""
    with store.cursor() as cursor:
        if schema.derived(cursor, f"{PREFIX}{name}") != key:
            return None
        frames = {part: cursor.execute(f"FROM {schema.quoted(f'{PREFIX}{name}_{part}')}").df() for part in parts}
        note = cursor.execute(f"FROM {schema.quoted(f'{PREFIX}{name}_note')}").fetchall()
    return frames, dict(json.loads(note[0][0]))


def drop(cursor: Cursor, name: str = "") -> None:
    """Drops what is kept under `name`, or everything kept."""
    tables = cursor.execute(
        "SELECT table_name FROM information_schema.tables WHERE starts_with(table_name, $start)", {"start": f"{PREFIX}{name}{'_' if name else ''}"}
    ).fetchall()
    for (table,) in tables:
        cursor.execute(f"DROP TABLE {schema.quoted(table)}")
    cursor.execute("DELETE FROM meta_derived WHERE starts_with(name, $start)", {"start": f"{PREFIX}{name}"})
