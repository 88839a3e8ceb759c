"""Published tables kept as files beside the database, one a table, written whole or not at all: the folder `published`.

A file says where it came from (name, SHA-256, day) and carries the rows that are used with a digest of them, so that a damaged one is told.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data import damage
from data.errors import InputRejected, StoreUnusable, about
from data.paths import folder_of
from data.published import PUBLISHED, checked
from data.readers.guard import fingerprint
from data.reading import reading
from data.spool import Spooled


@dataclass(frozen=True)
class Kept:
    """A published table: its rows, and the file they were taken from. `sha256` is the file's."""

    rows: pd.DataFrame
    file: str
    sha256: str
    added_on: date


def place(db: Path, name: str) -> Path:
    """Where a table lies for the databases of a folder and their past states. KeyError for a table that does not exist."""
    return folder_of(db) / "published" / f"{PUBLISHED[name].name}.json"


def read_file(name: str, path: Path) -> Kept:
    """A file read and checked, not yet kept. InputRejected with one sentence when it is not that table, or has any fault."""
    with reading([path], name, None) as reader:
        spooled = reader.read(0)
        _expect_no_fault(path, spooled)
        rows = pa.Table.from_batches(list(spooled.blocks("rows"))).to_pandas(date_as_object=True)
    try:
        return Kept(checked(name, rows), path.name, fingerprint(path), datetime.now(UTC).astimezone().date())
    except InputRejected as error:
        raise InputRejected(about(path.name, error.message), error.code) from error


def keep(db: Path, name: str, table: Kept) -> None:
    """Puts a table in its place, and the one before it away. StoreUnusable when it cannot be written."""
    target = place(db, name)
    plain = table.rows.astype(object).where(table.rows.notna(), None)
    rows: dict[str, list[object]] = {str(name): plain[name].tolist() for name in plain}
    document = {"table": name, "file": table.file, "sha256": table.sha256, "added_on": table.added_on.isoformat(), "digest": _digest(rows), "rows": rows}
    draft = target.with_suffix(".draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise damage.unwritten(f"The table beside {db.name}", error) from error


def kept(db: Path, name: str) -> Kept | None:
    """The table that is kept; None where none is. StoreUnusable with the way out when its file is damaged."""
    target = place(db, name)
    try:
        document = json.loads(target.read_text(encoding="utf-8"))
        rows = document["rows"]
        if document["table"] != name or document["digest"] != _digest(rows):
            raise ValueError("its rows are not those that were kept")
        return Kept(pd.DataFrame(rows), str(document["file"]), str(document["sha256"]), date.fromisoformat(document["added_on"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StoreUnusable(f"The file {target.name} in {target.parent} cannot be read; remove it and add the table again.", "published_damaged") from error


def remove(db: Path, name: str) -> None:
    """Takes a table away; none is there afterwards."""
    place(db, name).unlink(missing_ok=True)


def stamp(db: Path, name: str) -> str:
    """Changes when the table does: its size and time of writing; empty where none is kept. A part of cache keys."""
    try:
        found = place(db, name).stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def _expect_no_fault(path: Path, spooled: Spooled) -> None:
    if not spooled.fault_rows:
        return
    first = pa.Table.from_batches(list(spooled.blocks("faults"))).slice(0, 1).to_pylist()[0]
    others = f" {spooled.fault_rows - 1:,} further lines have a fault." if spooled.fault_rows > 1 else ""
    raise InputRejected(f"{path.name}, line {first['row_number']}: {first['message']}{others} Nothing of it was kept.", str(first["code"]))


def _digest(rows: dict[str, list[object]]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
