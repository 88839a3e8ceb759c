"""What every reader yields: a file with its header found, and its rows in blocks of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BLOCK = 20_000  # rows; 600,000 rows as one list of lists took 640 MB
MOST_COLUMNS = 200
LONGEST_CELL = 32_767
FORMULA = "#FORMULA!"  # the text of a formula without a value; `data.cells` keeps its record out
HEAD = 30  # records in which a header is looked for
_BLANK = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")


class FileKind(StrEnum):
    """What a file is by its bytes, whatever its name."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    XML = "xml"


@dataclass(frozen=True)
class Guarded:
    """A file that passed the guard. `path` holds the bytes to read (of a .gz those inflated), `size` how many; `name` is what a person calls it."""

    path: Path
    name: str
    kind: FileKind
    size: int


class Headers(Protocol):
    """What is known of headers; `data.parse` gives one to each reader."""

    def score(self, record: Sequence[str]) -> int:
        """How well a record serves as a header; 0 not at all, from 1000 nothing required is missing."""

    def source(self, record: Sequence[str]) -> str | None:
        """The source of which this record is a complete header, None when of none."""


@dataclass(frozen=True)
class Block:
    """Up to `BLOCK` rows. `columns`: one array of texts a header cell; `lines`: physical line or sheet row where each record begins.

    `ragged`: line and cells of records with too few or too many cells; `trailing`: records with further, empty cells; `share`: how much of
    the file is read with this block, 0 to 1.
    """

    columns: tuple[pa.Array, ...]
    lines: npt.NDArray[np.int64]
    ragged: tuple[tuple[int, tuple[str, ...]], ...] = ()
    trailing: int = 0
    share: float = 1.0


@dataclass(frozen=True)
class Opened:
    """A file whose header is found. `blocks()` reads its rows from the first on, each call anew.

    `part` is the sheet or table chosen, `others` those that were not read although their header is known, `siblings` the same ones opened.
    `from_1904`: day numbers count from 1904, not 1900.
    """

    name: str
    header: tuple[str, ...]
    blocks: Callable[[], Iterator[Block]]
    part: str | None = None
    others: tuple[str, ...] = ()
    from_1904: bool = False
    siblings: tuple[Opened, ...] = ()


def is_blank(record: Iterable[str]) -> bool:
    """Whether a record holds nothing but white space."""
    return not any(cell and cell.translate(_BLANK).strip() for cell in record)


def gather(records: Iterable[tuple[int, list[str]]], width: int, share: Callable[[], float] = lambda: 1.0) -> Iterator[Block]:
    """Records with their lines → blocks, at least one."""
    source = iter(records)
    numbered = list(islice(source, BLOCK))
    while True:
        following = list(islice(source, BLOCK))
        rows = [record for _, record in numbered]
        yield shape(rows, np.array([line for line, _ in numbered], np.int64), width, share() if following else 1.0)
        if not following:
            return
        numbered = following


def shape(rows: list[list[str]], lines: npt.NDArray[np.int64], width: int, share: float) -> Block:
    """Records → a block: blank ones left out, further empty cells cut off, ragged ones set apart."""
    ragged: list[tuple[int, tuple[str, ...]]] = []
    trailing = 0
    odd = [i for i, record in enumerate(rows) if len(record) != width or not record[0][:1].isalnum()]
    if odd:
        keep = np.ones(len(rows), bool)
        for i in odd:
            record = rows[i]
            if is_blank(record):
                keep[i] = False
            elif len(record) > width and is_blank(record[width:]):
                trailing += 1
                rows[i] = record[:width]
            elif len(record) != width:
                keep[i] = False
                ragged.append((int(lines[i]), tuple(record)))
        if not keep.all():
            rows, lines = [rows[i] for i in np.flatnonzero(keep)], lines[keep]
    columns = tuple(pa.array(column, pa.string()) for column in zip(*rows, strict=True)) if rows else (pa.array([], pa.string()),) * width
    return Block(columns, lines, tuple(ragged), trailing, share)
