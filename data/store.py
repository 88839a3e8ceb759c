"""The only home of DuckDB: open, migrate, lock down, a cursor a call, named reads, version of the data."""

from __future__ import annotations

import hashlib
import json
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data import ledger, schema
from data.errors import Cancelled, StoreUnusable
from data.ledger import ledger_path
from data.paths import backup_dir, newest_backup
from data.sources import SOURCES

Cursor = duckdb.DuckDBPyConnection
READABLE = ("mart_", "stg_", "ref_", "meta_", "supplier_")
LOCKED = ("could not set lock on file", "being used by another process")
UNWRITABLE = ("permission denied", "access is denied", "read-only file system", "no space left", "not enough space")
HELD = "The database {name} is in use by another process: close the dashboard or load through Intake, then try again."


class Store:
    """One open database. Cursors are a call each; writes of one process take turns."""

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
        store = cls(path, _connect(path))
        _open[path] = store
        try:
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
                _expect_rows(cursor, self.path)
                schema.load_reference(cursor)
                schema.create_views(cursor)
                self._renew_marts(cursor)
            with self.cursor() as cursor:
                cursor.execute(f"SET allowed_directories = [{_literal(str(backup_dir(self.path)))}]")
                for setting in ("enable_external_access = false", "lock_configuration = true"):
                    cursor.execute(f"SET {setting}")
        except duckdb.Error as error:
            raise _damaged(self.path, error) from error
        except OSError as error:
            raise StoreUnusable(f"The ledger beside {self.path.name} cannot be used ({error}); mend that and try again.", "ledger_unusable") from error

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor for one call; statements take parameters, never values in their text. StoreUnusable when the database broke, Cancelled when interrupted."""
        with self._opening:
            cursor = self._root.cursor()
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise Cancelled from error
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
            return _version(cursor)

    def is_sample(self) -> bool:
        """Whether everything loaded came from the made-up authority."""
        with self.cursor() as cursor:
            return bool(cursor.execute("SELECT DISTINCT is_sample FROM meta_batch WHERE withdrawn_by IS NULL").fetchall() == [(True,)])

    def rebuild_marts(self) -> None:
        """Makes the marts anew when batches, matches, proposals or their SQL changed."""
        with self.transaction() as cursor:
            self._renew_marts(cursor)

    def _renew_marts(self, cursor: Cursor) -> None:
        sql = schema.digest([*schema.files("mart_"), *schema.files("stg_"), *sorted(schema.REFERENCE.glob("*.csv"))])
        proposals = cursor.execute("SELECT supplier_name, urn, automatic FROM supplier_proposal ORDER BY ALL").fetchall()
        key = hashlib.sha256(repr((sql, _version(cursor), proposals)).encode()).hexdigest()
        if schema.derived(cursor, "marts") != key:
            schema.create_marts(cursor)
            schema.set_derived(cursor, "marts", key)

    def batch_count(self) -> int:
        """How many batches were ever loaded."""
        with self.cursor() as cursor:
            return int(cursor.execute("SELECT count(*) FROM meta_batch").fetchall()[0][0])

    def copy_to(self, path: Path) -> int:
        """Writes a complete copy into the backup folder, uncheckpointed rows included; answers how many batches it holds."""
        with self._writing, self.cursor() as cursor:
            here = cursor.execute("SELECT current_database()").fetchall()[0][0]
            cursor.execute(f"ATTACH {_literal(str(path))} AS copy")
            try:
                cursor.execute(f"COPY FROM DATABASE {schema.quoted(str(here))} TO copy")
                return int(cursor.execute("SELECT count(*) FROM copy.meta_batch").fetchall()[0][0])
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


def manifest(cursor: Cursor) -> list[dict[str, Any]]:
    """The rows of meta_batch in the order of loading, one dict a batch."""
    cursor.execute("SELECT * FROM meta_batch ORDER BY seq")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _version(cursor: Cursor) -> str:
    batches = cursor.execute("SELECT source, sha256, profile, replaces FROM meta_batch ORDER BY seq").fetchall()
    matches = cursor.execute("SELECT supplier_name, urn FROM supplier_match WHERE undone_at IS NULL ORDER BY ALL").fetchall()
    return hashlib.sha256(json.dumps([batches, matches]).encode()).hexdigest()[:12]


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


def _connect(path: Path) -> Cursor:
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
        _connect(path).close()
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


def _expect_rows(cursor: Cursor, path: Path) -> None:
    counts = "SELECT batch_id, -count(*) AS rows FROM meta_duplicate WHERE handed_by IS NOT NULL GROUP BY ALL"  # rows taken over, beside those accepted
    counts += "".join(f" UNION ALL SELECT batch_id, count(*) FROM raw_{name} GROUP BY ALL" for name in SOURCES)
    short = cursor.execute(
        f"SELECT b.batch_id FROM meta_batch AS b LEFT JOIN ({counts}) AS r USING (batch_id) "
        "GROUP BY b.seq, b.batch_id, b.accepted HAVING coalesce(sum(r.rows), 0) < b.accepted ORDER BY b.seq"
    ).fetchall()
    if short:
        raise StoreUnusable(f"Rows of batch {short[0][0]} are missing from the database. {_advice(path)}", "rows_missing")


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
