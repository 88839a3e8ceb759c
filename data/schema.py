"""Tables and views of a store, made from `SOURCES`, the numbered migrations, the reference files and the SQL of staging and marts."""

from __future__ import annotations

import csv
import hashlib
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import StoreUnusable
from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.store import Cursor

SQL = Path(__file__).parent / "sql"
REFERENCE = Path(__file__).parent / "reference"
KNOWN = "known_seq"
LOADED = {
    "batch_id": "VARCHAR",
    "seq": "BIGINT",
    "row_number": "BIGINT",
    "is_current": "BOOLEAN",
    "origin": "VARCHAR",
    KNOWN: "BIGINT",
}  # beside a source's own


def raw_columns(source: Source) -> dict[str, str]:
    """Column → DuckDB type of `raw_<source>`. `origin` says which column a mapping profile took a value from, where it had a choice.

    `known_seq` is the batch through which the row came into use: its own, or a later one that brought its parent or withdrew the row it equals.
    """
    return {c.name: c.sql_type for c in source.columns} | LOADED


def files(prefix: str) -> list[Path]:
    """The SQL files that start with `prefix`, in order of name."""
    return sorted(SQL.glob(f"{prefix}*.sql"))


@cache
def statement(name: str) -> str:
    """Text of `data/sql/<name>.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def digest(paths: list[Path]) -> str:
    """Changes when a file's name or content does."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def migrate(cursor: Cursor) -> None:
    """Runs the numbered migrations that are not yet in, then gives each source its raw table. StoreUnusable for a newer store."""
    cursor.execute("CREATE TABLE IF NOT EXISTS meta_schema (number INTEGER NOT NULL, name VARCHAR NOT NULL)")
    done = {row[0] for row in cursor.execute("SELECT number FROM meta_schema").fetchall()}
    known = {int(path.name[:3]): path for path in files("[0-9][0-9][0-9]_")}
    if done - set(known):
        raise StoreUnusable("This database was made by a newer version of the product; update the product to open it.", "newer_store")
    for number in sorted(set(known) - done):
        cursor.execute(known[number].read_text(encoding="utf-8"))
        cursor.execute("INSERT INTO meta_schema VALUES (?, ?)", [number, known[number].stem])
    _raw_tables(cursor)


def _raw_tables(cursor: Cursor) -> None:
    rows = cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_name LIKE 'raw_%'").fetchall()
    there: dict[str, set[str]] = {}
    for table, column in rows:
        there.setdefault(table, set()).add(column)
    for source in SOURCES.values():
        table, columns = f"raw_{source.name}", raw_columns(source)
        if table not in there:
            cursor.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
            continue
        for name in [name for name in columns if name not in there[table]]:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}")
        if KNOWN not in there[table]:
            _fill_known(cursor, source)


def _fill_known(cursor: Cursor, source: Source) -> None:
    """`known_seq` of rows accepted before it was kept, from what the manifest tells: who brought the parent, and who withdrew the row they equal."""
    cursor.execute(f"UPDATE raw_{source.name} SET {KNOWN} = seq")
    cursor.execute(
        f"""UPDATE raw_{source.name} AS r SET {KNOWN} = k.seq FROM (
            SELECT t.batch_id, t.row_number, max(b.seq) AS seq FROM (
                SELECT batch_id, row_number, resolved_by AS by FROM meta_quarantine WHERE source = $source AND code = 'unknown_parent'
                UNION ALL SELECT batch_id, row_number, handed_by FROM meta_duplicate WHERE source = $source
            ) AS t JOIN meta_batch AS b ON b.batch_id = t.by GROUP BY ALL
        ) AS k WHERE k.batch_id = r.batch_id AND k.row_number = r.row_number""",
        {"source": source.name},
    )


def derived(cursor: Cursor, name: str) -> str | None:
    """Digest under which something derived was last made."""
    rows = cursor.execute("SELECT digest FROM meta_derived WHERE name = ?", [name]).fetchall()
    return str(rows[0][0]) if rows else None


def set_derived(cursor: Cursor, name: str, value: str) -> None:
    """Notes the digest under which something derived was made."""
    cursor.execute("DELETE FROM meta_derived WHERE name = ?", [name])
    cursor.execute("INSERT INTO meta_derived VALUES (?, ?)", [name, value])


def load_reference(cursor: Cursor) -> bool:
    """Each `reference/*.csv` becomes a table `ref_<stem>` of texts; answers whether anything changed."""
    paths = sorted(REFERENCE.glob("*.csv"))
    key = digest(paths)
    if derived(cursor, "reference") == key:
        return False
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = [row for row in csv.reader(file, strict=True) if row]
        table = f"ref_{path.stem}"
        cursor.execute(f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{quoted(name)} VARCHAR' for name in header)})")
        if rows:
            values = ", ".join(["(" + ", ".join("?" * len(header)) + ")"] * len(rows))
            cursor.execute(f"INSERT INTO {table} VALUES {values}", [cell if cell else None for row in rows for cell in row])
    set_derived(cursor, "reference", key)
    return True


def create_views(cursor: Cursor) -> bool:
    """Runs `macro_*.sql`, rules that statements share, and `stg_*.sql`, each after those it reads, when one of them changed; answers whether it did."""
    rules, paths = files("macro_"), files("stg_")
    key = digest([*rules, *paths])
    if derived(cursor, "views") == key:
        return False
    for path in [*rules, *in_order(paths)]:
        cursor.execute(path.read_text(encoding="utf-8"))
    set_derived(cursor, "views", key)
    return True


def create_marts(cursor: Cursor) -> None:
    """Runs `int_*.sql`, what several marts work from, `mart_*.sql`, and `total_*.sql`, small sums of marts; each makes one table anew.

    The first are dropped when the marts are made.
    """
    shared = in_order(files("int_"))
    for path in [*shared, *files("mart_"), *files("total_")]:
        cursor.execute(path.read_text(encoding="utf-8"))
    for path in shared:
        cursor.execute(f"DROP TABLE {path.stem}")


def in_order(paths: list[Path]) -> list[Path]:
    """The files so that each comes after those of them whose view or table it reads."""
    known = {path.stem: path for path in paths}
    words = {name: set(re.findall(r"\w+", re.sub("--.*", "", path.read_text(encoding="utf-8")))) for name, path in known.items()}
    return [known[name] for name in TopologicalSorter({name: (known.keys() & read) - {name} for name, read in words.items()}).static_order()]


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, where a statement takes no parameter."""
    return "'" + text.replace("'", "''") + "'"
