"""A store as it was known at the end of a day: what had been loaded, decided and withdrawn by then, and nothing else.

The past state is a database of its own, filled from the raw tables, manifest and decisions of the store by the batch through which each row became
known; views, proposals and marts are then made by the code that makes them always. So it equals a store into which only those files were loaded.
Reference files and rules of calculation are today's; where a figure would refer to today, it refers to that day. Days are UTC, as `loaded_at` is.
"""

from __future__ import annotations

import hashlib
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from data import schema
from data.errors import StoreUnusable, WrongUsage
from data.paths import past_path
from data.sources import SOURCES, Source
from data.store import Store, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.store import Cursor


@dataclass(frozen=True)
class Cut:
    """Where a day divides the batches: the last one loaded by its end (0: none), how many came since, the first and last day of loading."""

    last_seq: int
    since: int
    first_day: date | None
    last_day: date | None

    def told(self, day: date) -> str:
        """What a person is told of the state at the end of `day`."""
        if self.first_day is None:
            return "Nothing is loaded, so there is no earlier state to show."
        if self.last_seq == 0:
            return f"Nothing had been loaded by {_said(day)}; the first file came on {_said(self.first_day)}."
        rest = "files loaded since are left out" if self.since else "no file has been loaded since"
        return f"Shown as it was known on {_said(day)}; {rest}."


class KnownStore(Store):
    """A past state; read-only. Its file goes when it is closed, or when nothing refers to it any more."""

    def __init__(self, path: Path, root: Cursor, day: date, cut: Cut) -> None:
        super().__init__(path, root)
        self.known_day = day
        self.told = cut.told(day)
        self._sealed = False
        self._remove = weakref.finalize(self, _discard, root, path)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """WrongUsage: what was known cannot be changed."""
        if self._sealed:
            raise WrongUsage(f"This is the state of {self.known_day:%d/%m/%Y}, which cannot be changed. Go back to today, then load or decide.", "past_state")
        with super().transaction() as cursor:
            yield cursor

    def close(self) -> None:
        """Closes the past state and removes its file."""
        self._remove()

    def derive(self) -> None:
        """Makes reference tables, views, proposals for suppliers and marts; from then on nothing can be written."""
        with self.transaction() as cursor:
            schema.load_reference(cursor)
            schema.create_views(cursor)
        if len(self.read("suppliers")):
            from data import matching  # slow to import, and needed only where payments name no setting

            matching.refresh(self)
        else:
            self.rebuild_marts()
        self._lock_down([])
        self._sealed = True


def cut(store: Store, day: date) -> Cut:
    """Where a day divides the batches of a store."""
    with store.cursor() as cursor:
        last_seq, since, first_day, last_day = cursor.execute(schema.statement("known_cut"), {"day": day}).fetchall()[0]
    return Cut(int(last_seq), int(since), first_day, last_day)


def fingerprint(store: Store, day: date) -> str:
    """Changes when the past state of that day does: a file loaded that day, a decision taken or undone, a reply. Much quicker than the state."""
    with store.cursor() as cursor:
        seq = cut(store, day).last_seq
        loaded = cursor.execute("SELECT hash FROM meta_batch WHERE seq = $seq", {"seq": seq}).fetchall()
        decided = cursor.execute(
            "SELECT supplier_name, urn FROM supplier_match WHERE decided_at::DATE <= $day AND coalesce(undone_at::DATE > $day, true) ORDER BY ALL", {"day": day}
        ).fetchall()
        recorded = [
            cursor.execute(f"SELECT number, undone_at::DATE <= $day FROM {table} WHERE recorded_at::DATE <= $day ORDER BY ALL", {"day": day}).fetchall()
            for table in ("recovery", "budget")
        ]
        replied = cursor.execute("SELECT urn, number FROM setting_reply WHERE recorded_at::DATE <= $day ORDER BY ALL", {"day": day}).fetchall()
        visited = cursor.execute(
            "SELECT visit_id FROM visit WHERE recorded_at::DATE <= $day AND coalesce(taken_back_at::DATE > $day, true) ORDER BY ALL", {"day": day}
        ).fetchall()
        frozen = cursor.execute("SELECT DISTINCT forecast_id FROM frozen_forecast WHERE frozen_at::DATE <= $day ORDER BY ALL", {"day": day}).fetchall()
        saved = cursor.execute(
            "SELECT scenario_id FROM scenario WHERE saved_at::DATE <= $day AND coalesce(taken_back_at::DATE > $day, true) ORDER BY ALL", {"day": day}
        ).fetchall()
    return hashlib.sha256(repr((loaded, decided, replied, visited, recorded, frozen, saved)).encode()).hexdigest()


def days_of_loading(store: Store) -> list[date]:
    """Days (UTC) on which a file was loaded or a batch withdrawn, newest first."""
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT DISTINCT max(loaded_at) OVER (ORDER BY seq)::DATE AS day FROM meta_batch ORDER BY day DESC").fetchall()
    return [day for (day,) in rows]


def known_on(store: Store, day: date) -> KnownStore:
    """The store as it was known at the end of `day` (UTC), to be closed after use. Empty where nothing had been loaded by then.

    StoreUnusable when its folder or file cannot be written.
    """
    path = past_path(store.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The folder {path.parent} for past states cannot be made ({error}); get the right to write there.", "no_folder") from error
    try:
        _empty(path)
        with store.attached(path) as cursor:
            at = cut(store, day)  # again, now that nothing is loaded meanwhile
            _fill(cursor, at.last_seq, day)
        past = KnownStore(path, connect(path), day, at)
    except BaseException:
        _unlink(path)
        raise
    try:
        past.derive()
    except BaseException:
        past.close()
        raise
    return past


def _empty(path: Path) -> None:
    root = connect(path)
    try:
        schema.migrate(root)
    finally:
        root.close()


def _fill(cursor: Cursor, last_seq: int, day: date) -> None:
    for source in SOURCES.values():
        cursor.execute(f"INSERT INTO copy.raw_{source.name} BY NAME {as_known(source)}", {"seq": last_seq})
    for name in ("batch", "quarantine", "duplicate"):
        cursor.execute(schema.statement(f"known_{name}"), {"seq": last_seq})
    for name in ("match", "reply", "visit", "recovery", "budget", "forecast", "scenario", "scenario_override", "release", "released_cell"):
        cursor.execute(schema.statement(f"known_{name}"), {"day": day})
    cursor.execute("INSERT INTO copy.meta_known VALUES ($day)", {"day": day})


def as_known(source: Source) -> str:
    """SQL for the raw rows known at $seq; current is what stood then: of a versioned source's key the version of the latest batch and row."""
    raw, standing = f"raw_{source.name}", "(w.seq IS NULL OR w.seq > $seq)"
    newest = f" AND row_number() OVER (PARTITION BY {standing}, {', '.join(f'r.{key}' for key in source.key)} ORDER BY r.seq DESC, r.row_number DESC) = 1"
    return f"""SELECT r.* REPLACE (({standing}{newest if source.versioned else ""}) AS is_current)
        FROM {raw} AS r JOIN meta_batch AS b ON b.batch_id = r.batch_id LEFT JOIN meta_batch AS w ON w.batch_id = b.withdrawn_by
        WHERE r.known_seq <= $seq"""


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _discard(root: Cursor, path: Path) -> None:
    root.close()
    _unlink(path)


def _unlink(path: Path) -> None:
    for file in (path, path.with_name(path.name + ".wal")):
        file.unlink(missing_ok=True)
