"""The register of what was published: every cell of every released table, added and never changed, each release chained to the one before.

A later table is checked against it. The true values of hidden cells are in it, for only with them can be told what a reader might work out; so the
register stays in the database, and nothing that leaves the council is made from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from data import seal
from data.errors import StoreUnusable, WrongUsage

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Cursor, Store

FIRST = "0" * 64
CELL = {  # column → how a value is written, so that a digest is the same when it is read back
    "table_number": int,
    "table_name": str,
    "measure": str,
    "money": bool,
    "dimensions": str,
    "categories": str,
    "value": float,
    "status": str,
    "children": float,
    "groups": float,
    "first_gbp": float,
    "second_gbp": float,
    "alone": str,
}


@dataclass(frozen=True)
class Release:
    """What is released: a name, the period its figures are of (one text a period, always written the same way), and its audience's profile."""

    name: str
    period: str
    profile: str


def cells(store: Store) -> pd.DataFrame:
    """One row a cell of every table released so far: release, name, period, profile and the columns of `CELL`. StoreUnusable as `expect_whole`."""
    expect_whole(store)
    return store.read("released_cells")


def releases(store: Store) -> pd.DataFrame:
    """One row a release: number, name, period, profile, recorded_by, recorded_at, digest."""
    return store.read("releases")


def head(store: Store) -> int:
    """The number of the last release; 0 before the first."""
    with store.cursor() as cursor:
        return _head(cursor)[0]


def append(store: Store, release: Release, rows: pd.DataFrame, by: str, checked_against: int) -> int:
    """Adds a release with its cells (the columns of `CELL`); answers its number.

    `checked_against`: the last release when its tables were checked. WrongUsage where another has come since, or a name or period is missing.
    """
    if not release.name.strip() or not release.period.strip():
        raise WrongUsage("Give the release a name and the period its figures are of.", "release_name")
    if rows.empty:
        raise WrongUsage("A release without cells tells nobody anything; choose at least one table.", "release_empty")
    plain = rows[list(CELL)].astype(object).where(rows[list(CELL)].notna(), None)
    values = [_plain(row) for row in plain.itertuples(index=False, name=None)]
    with store.transaction() as cursor:
        last, digest = _head(cursor)
        if last != checked_against:
            raise WrongUsage("Another release was recorded while this one was checked; check it again against that one.", "release_overtaken")
        about = [last + 1, release.name.strip(), release.period.strip(), release.profile, by, datetime.now(UTC).replace(tzinfo=None)]
        cursor.execute("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)", [*about, chained(digest, about, values)])
        cursor.executemany("INSERT INTO released_cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [[last + 1, *row] for row in values])
        seal.changed(cursor)
    store.acknowledge()
    return last + 1


def expect_whole(store: Store) -> None:
    """StoreUnusable where a release was changed or taken out of the register: then nobody knows what readers have seen."""
    digest = FIRST
    with store.cursor() as cursor:
        for number, *about in cursor.execute("SELECT * FROM release ORDER BY number").fetchall():
            values = cursor.execute(f"SELECT {', '.join(CELL)} FROM released_cell WHERE release = $number ORDER BY rowid", {"number": number}).fetchall()
            digest = chained(digest, [number, *about[:-1]], [_plain(row) for row in values])
            if digest != about[-1]:
                raise StoreUnusable(
                    f"The register of releases was changed at release {number}, so what readers have seen is not known; restore the newest good backup.",
                    "register_changed",
                )
        orphans = cursor.execute("SELECT count(*) FROM released_cell WHERE release NOT IN (SELECT number FROM release)").fetchall()[0][0]
    if orphans:
        raise StoreUnusable("The register of releases lost a release whose cells it still has; restore the newest good backup.", "register_changed")


def chained(before: str, about: list[Any], values: list[list[Any]]) -> str:
    """The digest of a release: of its rows and of the digest before it."""
    return hashlib.sha256(json.dumps([before, about, values], default=str).encode()).hexdigest()


def _head(cursor: Cursor) -> tuple[int, str]:
    rows = cursor.execute("SELECT number, digest FROM release ORDER BY number DESC LIMIT 1").fetchall()
    return (int(rows[0][0]), str(rows[0][1])) if rows else (0, FIRST)


def _plain(row: Sequence[Any]) -> list[Any]:
    return [None if value is None else kind(value) for kind, value in zip(CELL.values(), row, strict=True)]
