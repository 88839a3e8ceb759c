"""What a file is, by its bytes, and what no parser should see: looked at before anything is read."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from data.errors import InputRejected
from data.readers.block import FileKind, Guarded

MOST_BYTES = 50_000_000
MOST_EXPANDED = 400_000_000
MOST_RATIO = 100
STEP = 1 << 16
_HEAD = 4096
_ENOUGH_TO_JUDGE = 1_000_000  # bytes: below, a ratio says nothing (a column of noughts) and nothing can be exhausted
_ZIP, _CFB, _GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
_BLANK = b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"


def expect_size(path: Path) -> int:
    """Bytes of the file. InputRejected when it is too large or may not be looked at."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size > MOST_BYTES:
        raise InputRejected(f"{path.name} is larger than 50 MB; split it by year and load the parts.", "too_large")
    return size


def unreadable(path: Path, error: OSError) -> InputRejected:
    """The refusal of a file that the system does not let us read."""
    return InputRejected(f"{path.name} cannot be read ({error.strerror}); close the program that holds it, or copy it elsewhere.", "unreadable")


def first_bytes(path: Path, count: int) -> bytes:
    """The file's first bytes. InputRejected when it may not be read."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise unreadable(path, error) from error


def fingerprint(path: Path) -> str:
    """SHA-256 of the file: what makes a batch the same batch. InputRejected when it may not be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def is_plain_text(path: Path) -> bool:
    """Whether the first bytes are of no format but delimited text, which is read without a parser that could run away."""
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if start.lstrip(_BLANK).startswith(b"<"):  # a page, or a message without a declaration
        return False
    return _kind(start) is FileKind.TEXT and not start.startswith((_GZIP, _CFB, b"%PDF"))


def guard(path: Path, folder: Path) -> Guarded:
    """The file's kind by its bytes; a compressed one is inflated, counted, into `folder`. InputRejected with what is wrong and how to mend it."""
    size = expect_size(path)
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD)
            if _is_empty(start, file):
                raise InputRejected(f"{path.name} is empty; save the export again with its header and rows.", "empty")
        if start.startswith(_GZIP):
            return _inflated(path, folder)
        return _guarded(path, path.name, start, size)
    except OSError as error:
        raise unreadable(path, error) from error


def _is_empty(start: bytes, file: BinaryIO) -> bool:
    while start and not start.strip(_BLANK):
        start = file.read(STEP)
    return not start


def _kind(start: bytes) -> FileKind:
    if start.startswith((b"PAR1", b"PARE")):
        return FileKind.PARQUET
    if start.startswith((_ZIP, b"PK\x05\x06")):
        return FileKind.WORKBOOK
    return FileKind.XML if re.match(rb"[\xef\xbb\xbf\s]*<\?xml", start) or _xml_of_two_bytes(start) else FileKind.TEXT


def _xml_of_two_bytes(start: bytes) -> bool:
    return start.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<"))


def _is_markup(start: bytes) -> bool:
    return bool(re.match(rb"[\xef\xbb\xbf\s]*<(!doctype|!--|html|table|meta|head|body|style)", start, re.IGNORECASE))


def _guarded(path: Path, name: str, start: bytes, size: int) -> Guarded:
    """The plain file at `path`, which a person calls `name`."""
    kind = _kind(start)
    if start.startswith(_CFB):
        raise _old_workbook(path, name)
    if start.startswith(b"%PDF"):
        raise InputRejected(f"{name} is a PDF; ask for the table as CSV or Excel workbook and load that.", "pdf")
    if _is_markup(start) or (kind is FileKind.XML and re.search(rb"<(!doctype\s+)?html\b", start, re.IGNORECASE)):
        raise InputRejected(f"{name} is a web page, whatever its name says; open it in Excel, save it as .xlsx or CSV UTF-8 and load that.", "html")
    if kind is FileKind.WORKBOOK:
        from data.readers.archive import guard_workbook

        guard_workbook(path, name)
    if kind is FileKind.XML:
        _expect_plain_xml(path, name)
    return Guarded(path, name, kind, size)


def _old_workbook(path: Path, name: str) -> InputRejected:
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return InputRejected(f"{name} is protected by a password; open it in Excel, remove the password, save it and load that.", "encrypted_workbook")
    if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
        return InputRejected(f"{name} is a workbook of Excel 2003 or older; save it as .xlsx or CSV UTF-8 and load that.", "legacy_xls")
    return InputRejected(f"{name} is an old Office document, not a table; save the table as .xlsx or CSV UTF-8 and load that.", "not_a_table")


def _inflated(path: Path, folder: Path) -> Guarded:
    """The text inside a .gz, inflated in bounded steps. InputRejected when it swells, is cut off, or is no text."""
    size, target = path.stat().st_size, folder / "inflated"
    done = 0
    with path.open("rb") as file, target.open("wb") as out:
        for part in _inflate(file, path.name):
            done += len(part)
            if swells(done, size):
                raise InputRejected(swollen(path.name), "zip_bomb")
            out.write(part)
    with target.open("rb") as file:
        start = file.read(_HEAD)
        if _is_empty(start, file):
            raise InputRejected(f"{path.name} holds an empty file; save the export again with its header and rows.", "empty")
    if _kind(start) is not FileKind.TEXT or start.startswith(_GZIP) or _is_markup(start):
        raise InputRejected(f"{path.name} is a compressed file that holds no CSV; unpack it and load what is inside.", "archive_not_text")
    return _guarded(target, path.name, start, done)


def _inflate(file: BinaryIO, name: str) -> Iterator[bytes]:
    stream, data = zlib.decompressobj(wbits=31), b""
    try:
        while data or (data := file.read(STEP)):
            if stream.eof:  # another member follows, or noughts that fill a block of a tape
                data = data.lstrip(b"\0")
                stream = zlib.decompressobj(wbits=31) if data else stream
            if data:
                yield stream.decompress(data, STEP)
                data = stream.unused_data if stream.eof else stream.unconsumed_tail
        while not stream.eof:
            part = stream.decompress(b"", STEP)
            if not part:
                raise zlib.error("cut off")
            yield part
    except zlib.error as error:
        raise InputRejected(f"{name} is damaged or cut off; compress or download it again.", "damaged_gzip") from error


def swells(expanded: int, size: int) -> bool:
    """Whether an archive of `size` bytes expands beyond what a table does."""
    return expanded > MOST_EXPANDED or (expanded > _ENOUGH_TO_JUDGE and expanded > MOST_RATIO * size)


def swollen(name: str) -> str:
    """The sentence for an archive that swells."""
    return f"{name} expands to more than {MOST_EXPANDED // 1_000_000} MB or {MOST_RATIO} times its size; save the table alone as CSV UTF-8 and load that."


class _Seen(Exception):
    """The root element was reached: no DTD can follow."""


def _expect_plain_xml(path: Path, name: str) -> None:
    def refuse(*_declared: object) -> None:
        raise InputRejected(f"{name} is XML with a document type or entities, which could hide anything; export it again without them.", "xml_dtd")

    def seen(*_element: object) -> None:
        raise _Seen

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = seen
    try:
        with path.open("rb") as file:
            while part := file.read(STEP):
                parser.Parse(part)
            parser.Parse(b"", True)
    except _Seen:
        return
    except expat.ExpatError as error:
        raise InputRejected(f"{name} is XML that is damaged at line {error.lineno}; export it again.", "damaged_xml") from error
