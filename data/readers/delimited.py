"""Bytes → rows of text with their physical line numbers. Nothing is guessed from values: the dialect is the one under which a header is known."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.errors import InputRejected

MOST_BYTES = 50_000_000
MOST_COLUMNS = 200
LONGEST_LINE = 1_000_000
LONGEST_CELL = 32_767
BLOCK = 20_000
DELIMITERS = ",;\t|"
FEW_CONTROLS = 2  # in a small file these are a fault of their cells, not of the file
HEAD = 30  # records in which a header is looked for
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANK = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")

Score = Callable[[list[str]], int]  # how well a record serves as a header; 0 not at all


@dataclass(frozen=True)
class Sheet:
    """The rows of one table of a file. `columns` are texts, one array a header cell; `lines` the physical line where each record begins."""

    header: tuple[str, ...]
    header_line: int
    columns: tuple[pa.ChunkedArray, ...]
    lines: npt.NDArray[np.int64]
    ragged: tuple[tuple[int, tuple[str, ...]], ...]  # line and cells of records with too few or too many cells
    trailing: int  # records with further, empty cells
    encoding: str
    delimiter: str


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    header: tuple[str, ...]
    header_record: int
    score: int


def fingerprint(data: bytes) -> str:
    """SHA-256 of the file: what makes a batch the same batch."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """The file's bytes. InputRejected when it is too large, empty, or may not be read."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise InputRejected(f"{path.name} cannot be read ({error.strerror}); close the program that holds it, or copy it elsewhere.", "unreadable") from error
    if size > MOST_BYTES:
        raise InputRejected(f"{path.name} is larger than 50 MB; split it by year and load the parts.", "too_large")
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise InputRejected(f"{path.name} is empty; save the export again with its header and rows.", "empty")
    return data


SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
)


def expect_text(data: bytes, name: str) -> None:
    """InputRejected when the bytes are those of a workbook, an archive, a web page or another file that is not text."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, kind in SIGNATURES:
        if start.startswith(signature):
            raise InputRejected(f"{name} is {kind}; save the table as CSV UTF-8 and load that.", "not_csv")
    if re.match(rb"<(!doctype|html|\?xml|table)", start, re.IGNORECASE):
        raise InputRejected(f"{name} is a web page or XML, whatever its name says; save the table as CSV UTF-8 and load that.", "not_csv")


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and encoding: by byte order mark, else strict UTF-8, else strict cp1252. InputRejected when none reads it as text."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    encodings = next(([encoding] for mark, encoding in marks if data.startswith(mark)), ["utf-8", "cp1252"])
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text)) > max(0.001 * len(text), FEW_CONTROLS):
            break
        return text, encoding
    raise InputRejected(f"{name} is not readable as text; save it as CSV UTF-8.", "undecodable")


@dataclass(frozen=True)
class Opened:
    """A file read as text, its header found, its rows not yet read."""

    name: str
    text: str
    encoding: str
    dialect: Dialect


def open_csv(data: bytes, name: str, score: Score) -> Opened:
    """Reads a delimited text file as far as its header; `score` knows one. InputRejected with what is wrong and how to mend it."""
    expect_text(data, name)
    text, encoding = decode(data, name)
    _expect_short_lines(text, name)
    dialect = find_dialect(text, score)
    if len(dialect.header) > MOST_COLUMNS:
        raise InputRejected(f"{name} has {len(dialect.header)} columns, more than {MOST_COLUMNS}; keep those of the template.", "too_many_columns")
    return Opened(name, text, encoding, dialect)


def find_dialect(text: str, score: Score) -> Dialect:
    """The delimiter and record under which the header is best known; the first record and its commonest delimiter when none is."""
    best = Dialect(",", (), -1, -1)
    for delimiter in DELIMITERS:
        for number, record in enumerate(_head(text, delimiter)):
            found = score(record) if any(cell.strip() for cell in record) else -1
            if found > best.score or (found == best.score == 0 and number == best.header_record and len(record) > len(best.header)):
                best = Dialect(delimiter, tuple(record), number, found)
    return best


def _head(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from islice(_reader(text[: 4 * LONGEST_CELL], delimiter), HEAD)
    except csv.Error:
        return  # an unclosed quote here shows again, with its line, when the whole file is read


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar='"', doublequote=True, strict=True)


def _expect_short_lines(text: str, name: str) -> None:
    if len(text) <= LONGEST_LINE:
        return
    lengths = list(map(len, io.StringIO(text, newline="")))
    if max(lengths) > LONGEST_LINE:
        number = lengths.index(max(lengths)) + 1
        raise InputRejected(f"Line {number} of {name} is longer than 1 MB; the file is not a table with one record a line.", "line_too_long")


def records(text: str, name: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the physical line where it begins, blank ones too. InputRejected on an unclosed or stray quote."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar='"', doublequote=True, strict=True)
    csv.field_size_limit(LONGEST_LINE)
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


def is_blank(record: list[str]) -> bool:
    """Whether a record holds nothing but white space."""
    return not any(cell and cell.translate(_BLANK).strip() for cell in record)


def read_rows(opened: Opened, most: int | None = None) -> Sheet:
    """The records after the header, all or the first `most`. InputRejected on an unclosed quote."""
    dialect = opened.dialect
    width = len(dialect.header)
    blocks: list[list[pa.Array]] = []
    block: list[list[str]] = []
    lines: list[int] = []
    ragged: list[tuple[int, tuple[str, ...]]] = []
    trailing = header_line = 0
    for number, (line, record) in enumerate(records(opened.text, opened.name, dialect.delimiter)):
        if number <= dialect.header_record:
            header_line = line
            continue
        if len(record) != width:
            if is_blank(record):
                continue
            if len(record) < width or not is_blank(record[width:]):
                ragged.append((line, tuple(record)))
                continue
            trailing += 1
            record = record[:width]
        elif not record[0][:1].isalnum() and is_blank(record):
            continue
        block.append(record)
        lines.append(line)
        if len(lines) == most:
            break
        if len(block) == BLOCK:
            blocks.append(_arrays(block))
            block = []
    if block or not blocks:
        blocks.append(_arrays(block) if block else [pa.array([], pa.string())] * width)
    columns = tuple(pa.chunked_array([part[i] for part in blocks]) for i in range(width))
    return Sheet(dialect.header, header_line, columns, np.array(lines, np.int64), tuple(ragged), trailing, opened.encoding, dialect.delimiter)


def _arrays(block: list[list[str]]) -> list[pa.Array]:
    return [pa.array(column, pa.string()) for column in zip(*block, strict=True)]
