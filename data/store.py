"""The only home of DuckDB: open, migrate, lock down, a cursor a call, named reads, version of the data."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psutil

from data import damage, derived, ledger, manifest, restoring, schema, seal
from data.errors import Cancelled, StoreUnusable
from data.ledger import ledger_path
from data.paths import backup_dir, remove_past
from data.scratch import sweep

Cursor = duckdb.DuckDBPyConnection
READABLE = ("mart_", "total_", "stg_", "ref_", "meta_", "supplier_")
BROKEN = (duckdb.FatalException, duckdb.IOException, duckdb.TransactionException, duckdb.InternalException, duckdb.SerializationException)
DRAIN_SECONDS = 10.0
MEMORY_MB = 4_000  # enough for all of England without much going to disk; the engine alone would take four fifths of the machine


class Store:
    """One open database. Cursors are a call each; writes of one process take turns.

    `known_day`: the day that a past state is of, `told` what a person is told of it; a store as it is has neither.
    """

    known_day: date | None = None
    told: str = ""

    def __init__(self, path: Path, root: Cursor) -> None:
        self.path = path
        self._root = root
        self._opening = threading.Condition()
        self._reading = 0
        self._writing = threading.RLock()
        self.broken = False
        self._prepared = False

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Store:
        """Opens a database: migrates, compares manifest and ledger, repairs stale marts, locks it down.

        StoreUnusable when it is absent (without `create`), held by another process, damaged, or at odds with its ledger.
        """
        path = Path(path).expanduser().resolve()
        restoring.expect_database(path, create)
        if path in _open:
            raise damage.held(path)
        whole = not (path.exists() and seal.untouched(path))
        store = cls(path, connect(path))
        _open[path] = store
        try:
            remove_past(path)
            sweep()
            store._prepare(whole)
            store.renew_proposals()
        except BaseException:
            store.close()
            raise
        store._prepared = True
        return store

    def _prepare(self, whole: bool) -> None:
        try:
            with self.transaction() as cursor:
                schema.migrate(cursor)
                ledger.reconcile(ledger_path(self.path), manifest.manifest(cursor), damage.advice(self.path))
                manifest.expect_rows(cursor, damage.advice(self.path))
                seal.expect_last_change(cursor, self.path)
                if whole:
                    seal.verify(cursor, self.path)
                schema.load_reference(cursor)
                schema.create_views(cursor)
                derived.renew_marts(cursor)
            self._lock_down([backup_dir(self.path)])
        except duckdb.Error as error:
            raise damage.damaged(self.path, error) from error
        except OSError as error:
            raise StoreUnusable(f"The ledger beside {self.path.name} cannot be used ({error}); mend that and try again.", "ledger_unusable") from error

    def _lock_down(self, folders: list[Path]) -> None:
        """From here on the engine reaches no file but its own and those of `folders`."""
        with self.cursor() as cursor:
            cursor.execute(f"SET allowed_directories = [{', '.join(schema.literal(str(folder)) for folder in folders)}]")
            cursor.execute("SET enable_external_access = false; SET lock_configuration = true")

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor for one call; statements take parameters, never values in their text. StoreUnusable when the database broke, Cancelled when interrupted."""
        with self._opening:
            try:
                cursor = self._root.cursor()
            except duckdb.ConnectionException as error:
                raise damage.closed(self.path) from error
            self._reading += 1
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise Cancelled from error
        except duckdb.Error as error:
            self.broken |= isinstance(error, duckdb.FatalException | duckdb.InternalException) or "invalidated" in str(error)
            if isinstance(error, BROKEN) or type(error) is duckdb.Error or any(each in str(error).lower() for each in damage.FULL):
                raise damage.damaged(self.path, error) from error
            raise
        finally:
            cursor.close()
            with self._opening:
                self._reading -= 1
                self._opening.notify_all()

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A cursor inside BEGIN … COMMIT; an exception rolls everything back."""
        with self._writing, self.cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException as error:
                if not isinstance(error, duckdb.FatalException):  # after a fatal error the engine has already given up the transaction
                    with suppress(duckdb.Error):  # as it has when COMMIT itself failed; the first error is the one to tell
                        cursor.execute("ROLLBACK")
                raise

    def acknowledge(self) -> None:
        """After a commit: checkpoint, then the ledger's line and the note of the change. Only then may a batch or a decision be called kept."""
        with self._writing:
            with self.cursor() as cursor:
                cursor.execute("CHECKPOINT")  # the database file alone is complete
                rows = manifest.manifest(cursor)
            try:
                ledger.reconcile(ledger_path(self.path), rows, damage.advice(self.path))
                seal.write_note(self.path, self._change())
            except OSError as error:
                raise StoreUnusable(f"The batch is in the database, but its ledger cannot be written ({error}); mend that and open the store again.") from error

    def _change(self) -> int:
        with self.cursor() as cursor:
            return seal.change(cursor)

    def verify(self) -> None:
        """Reads everything stored and compares it with what was noted when it was loaded. StoreUnusable where it differs or cannot be read."""
        with self.transaction() as cursor:
            seal.verify(cursor, self.path)

    def read(self, name: str, **params: object) -> pd.DataFrame:
        """Answers `data/sql/read_<name>.sql` with its $parameters, or the whole of a table or view named mart_, total_, stg_, ref_, meta_ or supplier_."""
        with self.cursor() as cursor:
            if name.startswith(READABLE):
                return cursor.execute(f"SELECT * FROM {schema.quoted(name)}").df()
            return cursor.execute(schema.statement(f"read_{name}"), params).df()

    def data_version(self) -> str:
        """12 hex characters: the same files and decisions give the same version, any change another."""
        with self.cursor() as cursor:
            return derived.version(cursor)

    def costed_version(self) -> str:
        """The same of what costs follow from, which a setting's reply does not change."""
        with self.cursor() as cursor:
            return derived.costed_version(cursor)

    def is_sample(self) -> bool:
        """Whether everything loaded came from the made-up authority."""
        with self.cursor() as cursor:
            return bool(cursor.execute("SELECT DISTINCT is_sample FROM meta_batch WHERE withdrawn_by IS NULL").fetchall() == [(True,)])

    def known_on(self, day: date) -> Store:
        """The store as it was known at the end of a day (UTC); read-only, to be closed. See `data.known`."""
        from data.known import known_on

        return known_on(self, day)

    def rebuild_marts(self) -> None:
        """Makes the marts anew when batches, matches, proposals or their SQL changed."""
        with self.transaction() as cursor:
            derived.renew_marts(cursor)

    def renew_proposals(self) -> None:
        """Proposes anew for suppliers when settings or payments were loaded since, as after a crash between the two."""
        with self.cursor() as cursor:
            if not derived.proposals_stale(cursor):
                return
        from data import matching  # its string matching is slow to import and needed here alone

        matching.refresh(self)

    def count(self, name: str) -> int:
        """Rows of a table or view that `read` may answer."""
        with self.cursor() as cursor:
            return int(cursor.execute(f"SELECT count(*) FROM {schema.quoted(name)}").fetchall()[0][0])

    def copy_to(self, path: Path) -> int:
        """Writes a complete copy into the backup folder, uncheckpointed rows included; answers how many batches it holds."""
        with self.attached(path) as cursor:
            here = cursor.execute("SELECT current_database()").fetchall()[0][0]
            cursor.execute(f"COPY FROM DATABASE {schema.quoted(str(here))} TO copy")
            return int(cursor.execute("SELECT count(*) FROM copy.meta_batch").fetchall()[0][0])

    @contextmanager
    def attached(self, path: Path) -> Iterator[Cursor]:
        """A cursor that sees another database, in the backup folder, as `copy`; nothing is loaded or decided meanwhile."""
        with self._writing, self.cursor() as cursor:
            cursor.execute(f"ATTACH {schema.literal(str(path))} AS copy")
            try:
                yield cursor
            finally:
                cursor.execute("DETACH copy")

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, create: bool = False) -> Iterator[Store]:
        """A store for one `with` block."""
        store = cls.open(path, create=create)
        try:
            yield store
        finally:
            store.close()

    def close(self) -> None:
        """Closes the database when its writer and its readers are done; cursors taken from it are of no more use."""
        turn = self._writing.acquire(timeout=DRAIN_SECONDS)
        try:
            number = self._change() if self._prepared and not self.broken and seal.is_large(self.path) else None
            self._prepared = False
            with _sharing:
                if _shared.get(self.path) is self:
                    del _shared[self.path]
                _open.pop(self.path, None)
            with self._opening:
                self._opening.wait_for(lambda: not self._reading, timeout=DRAIN_SECONDS)
                self._root.close()
            if number is not None:
                seal.note_closed(self.path, number)
        finally:
            if turn:
                self._writing.release()


def connect(path: Path) -> Cursor:
    """A connection to a database file, with a limit of memory. StoreUnusable when it is held, damaged or no database."""
    limit = min(MEMORY_MB, psutil.virtual_memory().total * 6 // 10 // 10**6)
    try:
        connection = duckdb.connect(str(path), config={"memory_limit": f"{limit}MB"})
    except duckdb.Error as error:
        raise damage.damaged(path, error) from error
    if connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchall() == [(None,)]:
        connection.close()
        raise StoreUnusable(f"{path.name} is not a database; name another file for it.", "not_a_database")
    return connection


def look(backup_file: Path) -> list[dict[str, Any]]:
    """The manifest of a backup, which is opened to read and not changed. StoreUnusable when it is no database of the product."""
    try:
        with duckdb.connect(str(backup_file), read_only=True) as connection:
            return manifest.manifest(connection)
    except duckdb.Error as error:
        raise damage.damaged(backup_file, error) from error


def expect_free(path: Path) -> None:
    """StoreUnusable when another process (or this one) holds the database; a damaged or absent one is free."""
    if not path.exists():
        return
    if path in _open:
        raise damage.held(path)
    try:
        connect(path).close()
    except StoreUnusable as error:
        if error.code == "store_held":
            raise


_open: weakref.WeakValueDictionary[Path, Store] = weakref.WeakValueDictionary()  # the engine itself lets one process open a file twice
_shared: dict[Path, Store] = {}
_sharing = threading.RLock()


def shared(path: Path) -> Store:
    """The process's one store for a path, opened (and made, if absent) on first use; safe to call from any thread."""
    path = Path(path).expanduser().resolve()
    with _sharing:
        if path in _shared and _shared[path].broken:  # after a fatal error, as on a full disk, the engine wants every handle closed first
            _shared[path].close()
        if path not in _shared:
            _shared[path] = Store.open(path, create=True)
        return _shared[path]


@contextmanager
def set_aside(path: Path) -> Iterator[None]:
    """For one `with` block this process's shared store of the path is closed and stays so; the next `shared` opens what is there then."""
    path = Path(path).expanduser().resolve()
    with _sharing:
        if path in _shared:
            _shared[path].close()
        yield
