"""Children's, placements' and cases' ids replaced by keyed hashes before anything is stored. The key lies apart from the database.

A pseudonym is a letter, 16 characters of HMAC-SHA-256 of the id (80 bits) and 4 that prove it was made with this key: so a pseudonym that is loaded
again, for example in a mended record, stays as it is, and the same id is the same child in every file. Without the key nobody can go from id to
pseudonym; nobody at all can go back but by trying ids, which needs the key.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from data.cells import Fault, clean, read_id
from data.errors import InputRejected, StoreUnusable, WrongUsage
from data.paths import config_dir
from data.sources import SOURCES, Kind
from data.spool import KEY, Spooled
from data.typed import KEY_MARK

if TYPE_CHECKING:
    from data.store import Store

COLUMNS = {"child_id": "C", "placement_id": "P", "case_id": "K"}  # column → the letter its pseudonyms begin with
KINDS = {"child": "child_id", "placement": "placement_id", "case": "case_id"}
HASHED = tuple(name for name, source in SOURCES.items() if set(source.names) & set(COLUMNS))
KEY_BYTES, BODY, PROOF = 32, 16, 4
TOKEN = re.compile(r"\w[\w./-]*\w")
LEAST_TOKEN = 4  # characters: a shorter word in a text may be anything


@dataclass(frozen=True)
class Pseudonyms:
    """Ids → pseudonyms with one key."""

    key: bytes

    @property
    def fingerprint(self) -> str:
        """Tells this key from another without giving it away."""
        return self._digest("fingerprint", "")[:BODY]

    def of(self, column: str, text: str) -> str:
        """The pseudonym of an id as a cell holds it; a pseudonym of this key stays what it is. Empty for what is no id."""
        text = _readable(text)
        return text if not text or self.made(column, text) else self._whole(column, self._digest(column, text)[:BODY])

    def made(self, column: str, text: str) -> bool:
        """Whether a text is a pseudonym of this key."""
        letter, _, rest = text.partition("-")
        return letter == COLUMNS[column] and len(rest) == BODY + PROOF and hmac.compare_digest(self._whole(column, rest[:BODY]).encode(), text.encode())

    def _whole(self, column: str, body: str) -> str:
        return f"{COLUMNS[column]}-{body}{self._digest('proof ' + column, body)[:PROOF]}"

    def _digest(self, purpose: str, text: str) -> str:
        return base64.b32encode(hmac.digest(self.key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), "sha256")).decode()


def pseudonymise(rows: Spooled, names: Pseudonyms | None) -> None:
    """Puts pseudonyms for ids into a file's rows as read: in the typed rows, in the texts that quarantine keeps, and where an id of the file stands in
    other text.

    Faults quote no cell any more, and records whose columns cannot be told apart (ragged) keep their row alone. InputRejected when two ids of
    the file get one pseudonym.
    """
    columns = [name for name in rows.source.names if name in COLUMNS]
    if names is None or not columns:
        return
    known = {column: _known(rows, column, names) for column in columns}
    new = _changes(rows, names, {text: made for ids in known.values() for text, made in ids.items() if len(text) >= LEAST_TOKEN})
    typed = {column.name for column in rows.source.columns if column.kind in (Kind.ID, Kind.TEXT)} | set(columns)
    rows.rewritten("rows", partial(_changed, {name: change for name, change in new.items() if name in typed}))
    parts = [new[name] if name in typed and name in new else str for name in rows.source.key]

    def key(text: str) -> str:
        return KEY_MARK.join(change(part) for change, part in zip(parts, text.split(KEY_MARK), strict=True))

    rows.rewritten("texts", partial(_changed, {**new, KEY: key}))
    rows.rewritten("faults", partial(_unquoted_faults, rows))


def _changes(rows: Spooled, names: Pseudonyms, anywhere: dict[str, str]) -> dict[str, Callable[[str], str]]:
    """What becomes of the texts of each column that may hold an id."""
    wrong = {name for block in rows.blocks("faults") for name in block.column("column_name").unique().to_pylist()}
    new: dict[str, Callable[[str], str]] = {}
    for column in rows.source.columns:
        if column.name in COLUMNS:
            new[column.name] = partial(names.of, column.name)
        elif column.kind is Kind.ID:  # a number may be a setting's as well as a child's
            new[column.name] = partial(_without_ids, {text: made for text, made in anywhere.items() if not text.isdigit()})
        elif column.kind is Kind.TEXT or column.name in wrong:
            new[column.name] = partial(_without_ids, anywhere)
    return new


def _changed(new: dict[str, Callable[[str], str]], table: pa.Table) -> pa.Table:
    for at, name in enumerate(table.schema.names):
        if name in new:
            table = table.set_column(at, name, _mapped(table[name].combine_chunks().dictionary_encode(), new[name]).cast(pa.string()))
    return table


def _unquoted_faults(rows: Spooled, table: pa.Table) -> pa.Table:
    """A block of faults with records and keys as the rewritten texts have them."""
    listed = table.to_pylist()
    held = rows.records(fault["row_number"] for fault in listed if fault["code"] != "ragged")
    for fault in listed:
        fault["message"] = _unquoted(fault["message"])
        if fault["row_number"] in held:
            fault["record"], fault["record_key"] = held[fault["row_number"]]
        else:
            fault["record"], fault["record_key"] = json.dumps({"cells": ["" for _ in json.loads(fault["record"])["cells"]]}), None
    return pa.Table.from_pylist(listed, schema=table.schema)


def _known(rows: Spooled, column: str, names: Pseudonyms) -> dict[str, str]:
    """The file's readable ids of a column with their pseudonyms."""
    given: set[str] = set()
    if column in rows.schema("texts").names:
        for block in rows.blocks("texts"):
            given |= {_readable(text) for text in block.column(column).unique().to_pylist()}
    found = {text: names.of(column, text) for text in given if text and not names.made(column, text)}
    if len(set(found.values())) < len(found):
        raise InputRejected(f"Two values of {column} get the same pseudonym, so nothing was loaded; give one of them another id.", "pseudonym_collision")
    return found


def _readable(text: str) -> str:
    """An id as loading reads it; empty for what is no id, which must not become a sound one by this: whoever mends the record types it again."""
    try:
        return read_id(clean(text))
    except Fault:
        return ""


def _without_ids(known: dict[str, str], text: str) -> str:
    return TOKEN.sub(lambda found: known.get(found[0], found[0]), text)


def _unquoted(message: str) -> str:
    """A fault's sentence begins with the cell it quotes, which may be an id that slipped into another column."""
    return "The cell " + message.rpartition("' ")[2] if message.startswith("'") else message


def _mapped(column: pa.DictionaryArray, new: Callable[[str], str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(column.indices, pa.array([new(text) for text in column.dictionary.to_pylist()], pa.string()))


def key_path() -> Path:
    """Where the key lies on this computer."""
    return config_dir() / "pseudonym.key"


def of(store: Store) -> Pseudonyms | None:
    """The pseudonyms of a database, or None where ids are kept as given. StoreUnusable when the key is absent, open to others, or another one."""
    with store.cursor() as cursor:
        known = [str(row[0]) for row in cursor.execute("SELECT fingerprint FROM meta_pseudonym").fetchall()]
    if not known:
        return None
    names = Pseudonyms(_read_key())
    if names.fingerprint not in known:
        raise StoreUnusable(
            f"The key {key_path()} is not the one that this database's pseudonyms were made with (fingerprint {known[0]}). "
            "Put that key in its place, or begin a new database.",
            "other_key",
        )
    return names


def settle(store: Store, wanted: bool | None) -> None:
    """Pseudonyms from the first load, or never (None: as decided before). Makes the key where there is none.

    WrongUsage when that was decided otherwise before.
    """
    with store.cursor() as cursor:
        has = bool(cursor.execute("SELECT count(*) FROM meta_pseudonym").fetchall()[0][0])
        loaded = {str(row[0]) for row in cursor.execute("SELECT DISTINCT source FROM meta_batch").fetchall()}
    if wanted is None or wanted == has:
        of(store)
        return
    if has:
        raise WrongUsage("This database holds pseudonyms. To keep ids as given, begin a new database and load the files again.", "pseudonyms_fixed")
    if loaded & set(HASHED):
        raise WrongUsage(
            "This database holds children's ids as given, so new ones cannot become pseudonyms. Begin a new database and load the files again.",
            "pseudonyms_fixed",
        )
    names = Pseudonyms(_read_key() if key_path().exists() else _make_key(store.path))
    with store.transaction() as cursor:
        cursor.execute("INSERT INTO meta_pseudonym VALUES ($now, $fingerprint)", {"now": _now(), "fingerprint": names.fingerprint})


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _make_key(db: Path) -> bytes:
    path = key_path()
    if path.is_relative_to(db.parent):
        raise WrongUsage(
            f"The key must lie apart from the data, but {path.parent} is the data's folder. Name another with PLACEMENTS_CONFIG_DIR.", "key_beside_data"
        )
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:  # another process was first
        return _read_key()
    except OSError as error:
        raise StoreUnusable(f"The key of pseudonyms cannot be written to {path} ({error.strerror}); mend that and try again.", "key_unwritable") from error
    return key


def _read_key() -> bytes:
    path = key_path()
    try:
        text = path.read_text(encoding="ascii").strip()
        open_to = path.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnusable(
            f"This database's ids are pseudonyms, and their key cannot be read at {path}. Put the copy of the key back; without it no file can be loaded.",
            "no_key",
        ) from error
    if open_to and sys.platform != "win32":
        raise StoreUnusable(f"The key {path} can be read by others on this computer. Close it to them (chmod 600) and try again.", "key_open")
    key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES and set(text) <= set("0123456789abcdef") else b""
    if not key:
        raise StoreUnusable(f"{path} is not a key of pseudonyms. Put the copy of the key back.", "no_key")
    return key
