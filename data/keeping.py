"""Columns that a file does not read are carried forward from the key's current version, so that a register does not wipe what a council added.

Done in SQL on `staged`, before duplicates and versions are told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.profiles import profiles
from data.sources import Source

if TYPE_CHECKING:
    from data.store import Cursor


@dataclass(frozen=True)
class Keeping:
    """What a batch takes from the current version of a key: `columns` always, `if_empty` where its own cell is empty (or the column's default).

    `only_new`: of a key that is there already every column is kept, so that an older return adds records and changes none.
    """

    columns: tuple[str, ...] = ()
    if_empty: tuple[str, ...] = ()
    only_new: bool = False


NOTHING = Keeping()


def unread(source: Source, read: Mapping[str, object]) -> Keeping:
    """Keeps every column of the source that is not read."""
    return Keeping(tuple(name for name in source.names if name not in read and name not in source.key))


def of_profile(source: Source, profile: str | None) -> Keeping:
    """What a batch loaded through a mapping profile keeps."""
    known = profiles().get(profile or "")
    return unread(source, known.columns) if known and known.keeps and known.source is source else Keeping()


def carry_forward(cursor: Cursor, source: Source, keeping: Mapping[str, Keeping]) -> None:
    """Fills kept columns of `staged` from the current versions; `keeping` by batch."""
    for batch, kept in keeping.items():
        always = [name for name in source.names if name not in source.key] if kept.only_new else kept.columns
        filled = [] if kept.only_new else kept.if_empty
        cells = [f"{name} = r.{name}" for name in always]
        cells += [f"{name} = coalesce(nullif(s.{name}, {_default(source, name)}), r.{name}, s.{name})" for name in filled]
        if cells:
            same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM r.{name}" for name in source.key)
            cursor.execute(
                f"UPDATE staged AS s SET {', '.join(cells)} FROM raw_{source.name} AS r WHERE r.is_current AND s.batch_id = $batch AND {same}", {"batch": batch}
            )


def _default(source: Source, name: str) -> str:
    default = source.column(name).default
    return f"'{default}'" if default else "NULL"
