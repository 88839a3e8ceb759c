"""A small CSV of which a person names the columns: read as text, strictly, and only those columns."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.cells import Fault, clean
from data.errors import InputRejected, WrongUsage
from data.readers.block import FileKind
from data.readers.delimited import open_text
from data.readers.guard import guard

MOST_BYTES = 5_000_000
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Wanted:
    """A header is the record that holds the columns a person named."""

    names: tuple[str, ...]

    def score(self, record: Sequence[str]) -> int:
        there = {plain(cell) for cell in record}
        found = sum(plain(name) in there for name in self.names)
        return found + 1000 * (found == len(self.names))

    def source(self, record: Sequence[str]) -> str | None:
        return None


def plain(name: str) -> str:
    """A column's name without what does not matter: case, spaces, underscores."""
    return "".join(name.split()).replace("_", "").casefold()


def read_columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """One row a record: the columns named, as texts, invisible characters removed.

    WrongUsage where there is no such file; InputRejected where it is no plain CSV, lacks a column, or a record or cell cannot be read.
    """
    if not path.is_file():
        raise WrongUsage(f"There is no file {path}; check its name and folder.", "no_file")
    if path.stat().st_size > MOST_BYTES:
        raise InputRejected(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB; a table to publish is small, so add its rows up first.", "too_large")
    with tempfile.TemporaryDirectory(prefix="columns-") as folder:
        file = guard(path, Path(folder))
        if file.kind is not FileKind.TEXT:
            raise InputRejected(f"{path.name} is not a CSV file; save the table as CSV UTF-8 and use that.", "not_csv")
        opened = open_text(file, Wanted(tuple(names)))
        places = {name: _place(path.name, opened.header, name) for name in names}
        texts: dict[str, list[str]] = {name: [] for name in names}
        for block in opened.blocks():
            if block.ragged:
                line = block.ragged[0][0]
                raise InputRejected(f"Line {line} of {path.name} has more or fewer cells than the header; correct that line.", "ragged")
            for name, place in places.items():
                texts[name] += [_clean(path.name, name, text) for text in block.columns[place].to_pylist()]
            if len(texts[names[0]]) > MOST_ROWS:
                raise InputRejected(f"{path.name} has more than {MOST_ROWS:,} rows; a table to publish is small, so add its rows up first.", "too_many_rows")
    if not texts[names[0]]:
        raise InputRejected(f"{path.name} has a header and no rows; save it again with its rows.", "no_rows")
    return pd.DataFrame(texts)


def _place(file: str, header: Sequence[str], name: str) -> int:
    found = [place for place, cell in enumerate(header) if plain(cell) == plain(name)]
    if len(found) != 1:
        there = ", ".join(cell.strip()[:30] for cell in header[:12] if cell.strip())
        why = "has no column" if not found else "has more than one column"
        raise InputRejected(f"{file} {why} '{name[:40]}'; its columns are {there}.", "no_column")
    return found[0]


def _clean(file: str, column: str, text: str | None) -> str:
    try:
        return clean(text or "")
    except Fault as fault:
        raise InputRejected(f"{file}, column {column}: {fault.message}", fault.code) from fault
