"""The only home of DuckDB: open, migrate, lock down, a cursor a call, named reads, version of the data."""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from data import kept, ledger, schema
from data.errors import StoreUnusable
from data.ledger import ledger_path
from data.manifest import expect_rows, manifest, version
from data.paths import backup_dir, newest_backup, remove_past

Cursor = duckdb.DuckDBPyConnection
READABLE = ("mart_", "stg_", "ref_", "meta_", "supplier_")
LOCKED = ("could not set lock on file", "being used by another process")
UNWRITABLE = ("permission denied", "access is denied", "read-only file system", "no space left", "not enough space")
HELD = "The database {name} is in use by another process: close the dashboard or load through Intake, then try again."


class Store:
    """One open database. Cursors are a call each; writes of one process take turns.

    `known_day`: the day that a past state is of, `told` what a person is told of it; a store as it is has neither.
    """

    known_day: date | None = None
    told: str = ""

    def __init__(self, path: Path, root: Cursor) -> None:
        self.path = path
        self._root = root
        self._opening = threading.Lock()
        self._writing = threading.RLock()

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Store:
        """Opens a database: migrates, compares manifest and ledger, repairs stale marts, locks it down.

        StoreUnusable when it is absent (without `create`), held by another process, damaged, or at odds with its ledger.
        """
        path = Path(path).expanduser().resolve()
        _expect_database(path, create)
        if path in _open:
            raise StoreUnusable(HELD.format(name=path.name), "store_held")
        store = cls(path, connect(path))
        _open[path] = store
        try:
            remove_past(path)
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self) -> None:
        try:
            with self.transaction() as cursor:
                schema.migrate(cursor)
                ledger.reconcile(ledger_path(self.path), manifest(cursor), _advice(self.path))
                expect_rows(cursor, _advice(self.path))
                schema.load_reference(cursor)
                schema.create_views(cursor)
                self._renew_marts(cursor)
            self._lock_down([backup_dir(self.path)])
        except duckdb.Error as error:
            raise _damaged(self.path, error) from error
        except OSError as error:
            raise StoreUnusable(f"The ledger beside {self.path.name} cannot be used ({error}); mend that and try again.", "ledger_unusable") from error

    def _lock_down(self, folders: list[Path]) -> None:
        """From here on the engine reaches no file but its own and those of `folders`."""
        with self.cursor() as cursor:
            cursor.execute(f"SET allowed_directories = [{', '.join(_literal(str(folder)) for folder in folders)}]")
            for setting in ("enable_external_access = false", "lock_configuration = true"):
                cursor.execute(f"SET {setting}")

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor for one call; statements take parameters, never values in their text. StoreUnusable when the database broke."""
        with self._opening:
            cursor = self._root.cursor()
        try:
            yield cursor
        except (duckdb.FatalException, duckdb.IOException, duckdb.TransactionException) as error:  # the last: a COMMIT that could not be written
            raise _damaged(self.path, error) from error
        finally:
            cursor.close()

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
                    with suppress(duckdb.TransactionException):  # as it has when COMMIT itself failed
                        cursor.execute("ROLLBACK")
                raise

    def checkpoint(self) -> None:
        """Writes the log into the database file, so that the file alone is complete."""
        with self._writing, self.cursor() as cursor:
            cursor.execute("CHECKPOINT")

    def acknowledge(self) -> None:
        """After a commit: checkpoint, then the ledger's line. Only then may a batch be called loaded."""
        with self._writing:
            self.checkpoint()
            with self.cursor() as cursor:
                rows = manifest(cursor)
            try:
                ledger.reconcile(ledger_path(self.path), rows, _advice(self.path))
            except OSError as error:
                raise StoreUnusable(f"The batch is in the database, but its ledger cannot be written ({error}); mend that and open the store again.") from error

    def read(self, name: str, **params: object) -> pd.DataFrame:
        """Answers `data/sql/read_<name>.sql` with its $parameters, or the whole of a table or view named mart_, stg_, ref_, meta_ or supplier_."""
        with self.cursor() as cursor:
            if name.startswith(READABLE):
                return cursor.execute(f"SELECT * FROM {schema.quoted(name)}").df()
            return cursor.execute(schema.statement(f"read_{name}"), params).df()

    def data_version(self) -> str:
        """12 hex characters: the same files and decisions give the same version, any change another."""
        with self.cursor() as cursor:
            return version(cursor)

    def is_sample(self) -> bool:
        """Whether everything loaded came from the made-up authority."""
        with self.cursor() as cursor:
            rows = cursor.execute("SELECT DISTINCT is_sample FROM meta_batch WHERE withdrawn_by IS NULL").fetchall()
        return rows == [(True,)]

    def known_on(self, day: date) -> Store:
        """The store as it was known at the end of a day (UTC); read-only, to be closed. See `data.known`."""
        from data.known import known_on

        return known_on(self, day)

    def rebuild_marts(self) -> None:
        """Makes the marts anew when batches, matches, proposals or their SQL changed."""
        with self.transaction() as cursor:
            self._renew_marts(cursor)

    def _renew_marts(self, cursor: Cursor) -> None:
        sql = schema.digest([*schema.files("int_"), *schema.files("mart_"), *schema.files("stg_"), *sorted(schema.REFERENCE.glob("*.csv"))])
        proposals = cursor.execute("SELECT supplier_name, urn, automatic FROM supplier_proposal ORDER BY ALL").fetchall()
        key = hashlib.sha256(repr((sql, version(cursor), proposals)).encode()).hexdigest()
        if schema.derived(cursor, "marts") != key:
            kept.drop(cursor)
            schema.create_marts(cursor)
            schema.set_derived(cursor, "marts", key)

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
            cursor.execute(f"ATTACH {_literal(str(path))} AS copy")
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
        """Closes the database; cursors taken from it are of no more use."""
        with _sharing:
            if _shared.get(self.path) is self:
                del _shared[self.path]
            _open.pop(self.path, None)
        self._root.close()


def _expect_database(path: Path, create: bool) -> None:
    if path.exists():
        return
    if ledger_path(path).exists():
        raise StoreUnusable(f"The ledger {ledger_path(path).name} is there but its database is not. {_advice(path)}", "ledger_without_database")
    if not create:
        raise StoreUnusable(f"There is no database at {path}. Load a file or build the sample authority first.", "no_database")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The folder {path.parent} cannot be made ({error}); name another place for the database.", "no_folder") from error


def connect(path: Path) -> Cursor:
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        if any(words in str(error).lower() for words in LOCKED):
            raise StoreUnusable(HELD.format(name=path.name), "store_held") from error
        raise _damaged(path, error) from error
    if connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchall() == [(None,)]:
        connection.close()
        raise StoreUnusable(f"{path.name} is not a database; name another file for it.", "not_a_database")
    return connection


def expect_free(path: Path) -> None:
    """StoreUnusable when another process (or this one) holds the database; a damaged or absent one is free."""
    if not path.exists():
        return
    if path in _open:
        raise StoreUnusable(HELD.format(name=path.name), "store_held")
    try:
        connect(path).close()
    except StoreUnusable as error:
        if error.code == "store_held":
            raise


def _damaged(path: Path, error: duckdb.Error) -> StoreUnusable:
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    if any(words in str(error).lower() for words in UNWRITABLE):
        return StoreUnusable(f"The database {path.name} cannot be written ({first_line}). Make room or get the right to write there.", "store_unwritable")
    return StoreUnusable(f"The database {path.name} cannot be used ({first_line}). {_advice(path)}", "store_damaged")


def _advice(path: Path) -> str:
    newest = newest_backup(path)
    return f"Restore the newest backup, {newest}." if newest else f"Restore a backup, or move {path.name} and its ledger away and load the files again."


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_open: weakref.WeakValueDictionary[Path, Store] = weakref.WeakValueDictionary()  # the engine itself lets one process open a file twice
_shared: dict[Path, Store] = {}
_sharing = threading.RLock()


def shared(path: Path) -> Store:
    """The process's one store for a path, opened (and made, if absent) on first use; safe to call from any thread."""
    path = Path(path).expanduser().resolve()
    with _sharing:
        if path not in _shared:
            _shared[path] = Store.open(path, create=True)
        return _shared[path]
