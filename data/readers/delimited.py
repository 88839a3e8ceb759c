"""Delimited text, streamed. Nothing is guessed from values: the dialect is the one under which a header is known."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data.errors import InputRejected
from data.readers.block import HEAD, LONGEST_CELL, MOST_COLUMNS, Block, Guarded, Headers, Opened, gather

LONGEST_LINE = 1_000_000
DELIMITERS = ",;\t|"
FEW_CONTROLS = 2  # in a small file these are a fault of their cells, not of the file
_STEP = 1 << 20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
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
            characters, controls = _counted(path, encoding)
        except UnicodeError:
            continue
        if controls > max(0.001 * characters, FEW_CONTROLS):
            break
        return encoding
    raise InputRejected(f"{name} is not readable as text; save it as CSV UTF-8.", "undecodable")


def _counted(path: Path, encoding: str) -> tuple[int, int]:
    characters = controls = 0
    with path.open(encoding=encoding, newline="") as file:
        while text := file.read(_STEP):
            characters += len(text)
            if not text.isprintable():  # line ends count as such too, so nearly every text is looked at
                controls += len(_CONTROL.findall(text))
    return characters, controls


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
    """The records after the header, in blocks."""
    with file.path.open("rb") as data:
        text = io.TextIOWrapper(data, encoding=encoding, newline="")
        numbered = records(_short_lines(text, file.name), file.name, dialect.delimiter)
        yield from gather(islice(numbered, dialect.header_record + 1, None), len(dialect.header), lambda: data.tell() / max(file.size, 1))


def _short_lines(lines: Iterable[str], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise InputRejected(f"Line {number} of {name} is longer than 1 MB; the file is not a table with one record a line.", "line_too_long")
        yield line


def records(lines: Iterable[str], name: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the physical line where it begins, blank ones too. InputRejected on an unclosed or stray quote."""
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(lines, delimiter=delimiter, quotechar='"', doublequote=True, strict=True)
    begins = 1
    try:
        for record in reader:
            yield begins, record
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputRejected(
            f"The record that begins at line {begins} of {name} has a quotation mark that is not closed or stands alone; write it twice inside a quoted cell.",
            "unclosed_quote",
        ) from error
