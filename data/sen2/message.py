"""The XML message of a SEN2 return, read as it streams by: no tree is built, no DTD or entity is followed, and nothing that names a child is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from data.errors import InputRejected
from data.profiles import normal
from data.readers import LONGEST_CELL
from data.readers.guard import expect_size, unreadable
from data.sen2.tables import NAMING, SHAPES, Shape, Step, Table, chosen_references, unnamed

CHUNK = 1 << 16
_ALIASES = {"familyname": "surname", "firstname": "forename", "uln": "uniquelearnernumber"}
_ALIASES |= dict.fromkeys(("persontableid", "personid", "localid", "lachildid"), "reference")  # the council's own reference, where a system writes one
_HEAD = SHAPES["sen2"].reads
_WANTED = {shape.name: {*shape.columns, *(("reference", *NAMING) if shape.name == "person" else ())} for shape in SHAPES.values()}
_NOT_OURS = {b"html", b"workbook", b"table"}  # web pages and spreadsheets in disguise; the reader of tables says what to do with them


def is_message(data: bytes) -> bool:
    """Whether the bytes begin like XML that is no web page and no spreadsheet."""
    start = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not re.match(rb"<(\?xml|!doctype|message)", start, re.IGNORECASE):
        return False
    root = re.search(rb"<(?![?!])(?:\w+:)?(\w+)", start)
    doctype = re.search(rb"<!doctype\s+(\w+)", start, re.IGNORECASE)
    return not {found[1].lower() for found in (root, doctype) if found} & _NOT_OURS


def read_message(path: Path, secret: bytes, step: Step = lambda _share: None) -> dict[str, Table]:
    """The tables of an XML return, `sen2` (its header) among them; lines are those where each element begins, or the records' numbers
    where several begin on one line.

    InputRejected: DTD or entities (xml_entities), not well formed (xml_unreadable), another collection's message (unknown_source).
    """
    name = path.name
    size, done = expect_size(path), 0
    reader = _Reader(name, secret)
    parser: Any = DefusedXMLParser(target=reader, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    reader.listen(parser.parser)
    try:
        for chunk in _chunks(path):
            parser.feed(chunk)
            done += len(chunk)
            step(done / max(size, 1))
        parser.close()
    except DefusedXmlException as error:
        raise InputRejected(f"{name} holds a DTD or entities, which no SEN2 message needs; export it again from the case system.", "xml_entities") from error
    except (ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (None,))[0]
        where = f" at line {line}" if line else ""
        raise InputRejected(f"{name} is XML that is damaged{where}; export it again from the case system.", "xml_unreadable") from error
    return reader.tables()


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise unreadable(path, error) from error


class _Reader:
    """Target of the parser: open records on a stack, finished ones as columns of their table."""

    def __init__(self, name: str, secret: bytes) -> None:
        self.expat: Any = None
        self._name, self._secret = name, secret
        self._stack: list[tuple[Shape, dict[str, str]]] = []
        self._found = {shape.name: Table(shape, name, {column: [] for column in _kept(shape)}) for shape in SHAPES.values()}
        self._people: list[dict[str, str]] = []
        self._head: dict[str, str] = {}
        self._text: list[str] | None = None
        self._length = 0
        self._seen: dict[str, str] = {}  # one object a distinct text
        self._names: dict[str, str] = {}
        self._in_header = False

    def _normal(self, tag: str) -> str:
        if tag not in self._names:
            name = normal(tag.rpartition("}")[2])
            self._names[tag] = _ALIASES.get(name, name)
        return self._names[tag]

    def listen(self, expat: Any) -> None:
        """Takes elements straight from expat, whose guards against DTD and entities stay: a layer less for each of a million elements."""
        self.expat = expat
        expat.StartElementHandler, expat.EndElementHandler = self.start, self.end

    def start(self, tag: str, attributes: list[str]) -> None:
        name = self._normal(tag)
        self._text, self._length = None, 0
        if name == "header":
            self._in_header = True
        elif name in SHAPES and name != "sen2":
            self._begin(SHAPES[name], attributes)
        elif self._in_header or (self._stack and name in _WANTED[self._stack[-1][0].name]):
            self._text = []

    def _begin(self, shape: Shape, attributes: list[str]) -> None:
        table = self._found[shape.name]
        table.lines.append(self.expat.CurrentLineNumber)
        record = {parent.key: open_record[parent.key] for parent, open_record in self._stack if parent.key in table.columns}
        record[shape.key] = str(len(table.lines))
        if shape.name == "person":
            record |= {self._normal(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        self._stack.append((shape, record))

    def data(self, text: str) -> None:
        if self._text is not None and self._length <= LONGEST_CELL:
            self._text.append(text)
            self._length += len(text)

    def end(self, tag: str) -> None:
        name = self._normal(tag)
        if self._stack and name == self._stack[-1][0].name:
            self._finish(*self._stack.pop())
        elif name == "header":
            self._in_header = False
        elif self._text is not None:
            text = "".join(self._text).strip()
            if self._in_header:
                self._head.setdefault(name, text)
            else:
                self._stack[-1][1].setdefault(name, self._seen.setdefault(text, text))
        self._text = None

    def close(self) -> None:
        """Nothing is left to do at the end of the message."""

    def _finish(self, shape: Shape, record: dict[str, str]) -> None:
        if shape.name == "person":
            self._people.append(unnamed({**record, shape.key: record.get("reference", "")}, self._secret))
            return
        for column, cells in self._found[shape.name].columns.items():
            cells.append(record.get(column, ""))

    def tables(self) -> dict[str, Table]:
        """The tables found. InputRejected when the message is another collection's."""
        collection = self._head.get("collection", "")
        if not normal(collection).startswith("sen2") and (collection or not self._people):
            told = f"is a return of {collection}" if collection else "is an XML file"
            raise InputRejected(f"{self._name} {told}, not a SEN2 message; load the SEN2 return.", "unknown_source")
        person = self._found["person"]
        person.columns = chosen_references([str(i + 1) for i in range(len(person.lines))], self._people)
        for table in self._found.values():
            if len(set(table.lines)) < len(table.lines):
                table.lines[:] = range(1, len(table.lines) + 1)
        head = self._found["sen2"]
        head.columns, head.lines = {name: [self._head.get(name, "")] for name in _HEAD}, [1]
        return self._found


def _kept(shape: Shape) -> tuple[str, ...]:
    return () if shape.name in ("person", "sen2") else (*shape.columns, *(("requeststableid",) if shape.name == "senneed" else ()))
