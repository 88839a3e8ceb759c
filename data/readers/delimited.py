"""Delimited text, streamed. Nothing is guessed from values: the dialect is the one under which a header is known."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import InputRejected
from data.readers.block import BLOCK, HEAD, LONGEST_CELL, MOST_COLUMNS, Block, Guarded, Headers, Opened, shape

LONGEST_LINE = 1_000_000
DELIMITERS = ",;\t|"
FEW_CONTROLS = 2  # in a small file these are a fault of their cells, not of the file
_STEP = LONGEST_LINE // 2 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    header: tuple[str, ...]
    header_record: int
    score: int


def open_text(file: Guarded, headers: Headers) -> Opened:
    """Reads a delimited text file as far as its header. InputRejected with what is wrong and how to mend it."""
    encoding = find_encoding(file.path, file.name)
    with file.path.open(encoding=encoding, newline="") as text:
        dialect = find_dialect(text.read(4 * LONGEST_CELL), headers)
    if len(dialect.header) > MOST_COLUMNS:
        raise InputRejected(f"{file.name} has {len(dialect.header)} columns, more than {MOST_COLUMNS}; keep those of the template.", "too_many_columns")
    return Opened(file.name, dialect.header, lambda: _blocks(file, encoding, dialect))


def find_encoding(path: Path, name: str) -> str:
    """By byte order mark, else strict UTF-8, else strict cp1252; the whole file is decoded. InputRejected when none reads it as text."""
    with path.open("rb") as file:
        start = file.read(4)
    for encoding in next(([encoding] for mark, encoding in _MARKS if start.startswith(mark)), ["utf-8", "cp1252"]):
        try:
            characters, controls = _counted(path, encoding, name)
        except UnicodeError:
            continue
        if controls > max(0.001 * characters, FEW_CONTROLS):
            break
        return encoding
    raise InputRejected(f"{name} is not readable as text; save it as CSV UTF-8 and load that.", "undecodable")


def _counted(path: Path, encoding: str, name: str) -> tuple[int, int]:
    """Characters and control characters of the whole file. InputRejected for a line that is too long."""
    characters = controls = run = 0
    with path.open(encoding=encoding, newline="") as file:
        while text := file.read(_STEP):
            characters += len(text)
            controls += len(_CONTROL.findall(text))
            ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]  # a step is shorter than half a line that is too long
            run += min(ends) if ends else len(text)
            if run > LONGEST_LINE:
                raise _too_long(path, encoding, name)
            if ends:
                run = len(text) - 1 - max(text.rfind("\n"), text.rfind("\r"))
    return characters, controls


def _too_long(path: Path, encoding: str, name: str) -> InputRejected:
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        number = next((number for number, line in enumerate(file, 1) if len(line) >= LONGEST_LINE), 0)
    return InputRejected(f"Line {number} of {name} is longer than 1 MB; put each record on a line of its own.", "line_too_long")


def find_dialect(text: str, headers: Headers) -> Dialect:
    """The delimiter and record under which the header is best known; the first record and its commonest delimiter when none is."""
    best = Dialect(",", (), -1, -1)
    for delimiter in DELIMITERS:
        for number, record in enumerate(_head(text, delimiter)):
            found = headers.score(record) if any(cell.strip() for cell in record) else -1
            if found > best.score or (found == best.score == 0 and number == best.header_record and len(record) > len(best.header)):
                best = Dialect(delimiter, tuple(record), number, found)
    return best


def _head(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        csv.field_size_limit(LONGEST_LINE)
        yield from islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar='"', doublequote=True, strict=True), HEAD)
    except csv.Error:
        return  # an unclosed quote here shows again, with its line, when the whole file is read


def _blocks(file: Guarded, encoding: str, dialect: Dialect) -> Iterator[Block]:
    """The records after the header, in blocks, with the physical line where each begins. InputRejected on an unclosed or stray quote."""
    csv.field_size_limit(LONGEST_LINE)
    with file.path.open("rb") as data:
        text = io.TextIOWrapper(data, encoding=encoding, newline="")
        reader = csv.reader(text, delimiter=dialect.delimiter, quotechar='"', doublequote=True, strict=True)
        _take(reader, dialect.header_record + 1, 0, file.name)
        begins = told = 0
        while rows := _take(reader, BLOCK, begins := reader.line_num, file.name):
            yield shape(rows, _lines(rows, begins, reader.line_num), len(dialect.header), data.tell() / max(file.size, 1))
            told += 1
        if not told:
            yield shape([], np.array([], np.int64), len(dialect.header), 1.0)


def _take(reader: Any, most: int, before: int, name: str) -> list[list[str]]:
    """The next records. `before`: lines read so far."""
    rows: list[list[str]] = []
    try:
        rows.extend(islice(reader, most))
    except csv.Error as error:
        begins = before + 1 + sum(1 + _breaks(record) for record in rows)
        raise InputRejected(
            f"The record that begins at line {begins} of {name} has a quotation mark that is not closed or stands alone; close it, or write it twice.",
            "unclosed_quote",
        ) from error
    return rows


def _lines(rows: list[list[str]], before: int, after: int) -> npt.NDArray[np.int64]:
    """The line where each record begins: one a record, unless cells hold line ends."""
    if after - before == len(rows):
        return np.arange(before + 1, after + 1, dtype=np.int64)
    breaks = np.array([_breaks(record) for record in rows], np.int64)
    return before + 1 + np.arange(len(rows)) + np.cumsum(breaks) - breaks


def _breaks(record: list[str]) -> int:
    return sum(len(_LINE_END.findall(cell)) for cell in record if "\n" in cell or "\r" in cell)
