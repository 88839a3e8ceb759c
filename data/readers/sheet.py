"""One sheet's XML, streamed: how far its cells reach, and the cells whose formula has no value or ends in an error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from data.errors import InputRejected
from data.readers.block import FORMULA, MOST_COLUMNS

MOST_ROWS = 1_000_000
MOST_CELLS = 20_000_000  # of the rectangle that calamine lays out, at 32 bytes a cell
_DIGITS = "0123456789"


@dataclass
class SheetNotes:
    """`odd`: sheet row → column (both from 1 and 0) → text of a cell whose value calamine leaves out: an error, or a formula without value.

    `refusal`: why calamine must not see the sheet; another sheet may still hold the table.
    """

    rows: int = 0
    columns: int = 0
    refusal: InputRejected | None = None
    odd: dict[int, dict[int, str]] = field(default_factory=dict)


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26, XFD → 16383."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def scan(steps: Iterable[bytes], name: str, sheet: str) -> SheetNotes:
    """Reads a sheet's XML without keeping it. InputRejected when it holds a document type or is broken."""
    scanner = _Scanner(name, sheet)
    try:
        for step in steps:
            scanner.parser.Parse(step)
        scanner.parser.Parse(b"", True)
    except _TooFar as error:
        scanner.notes.refusal = error.refusal
    except (expat.ExpatError, ValueError) as error:
        raise InputRejected(f"The sheet '{sheet}' of {name} is damaged; open it in Excel, save it again and load that.", "damaged_workbook") from error
    scanner.end_cell()
    return scanner.notes


class _TooFar(Exception):
    """The sheet reaches too far to be laid out."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.refusal = InputRejected(message, code)


class _Scanner:
    """Element by element: a cell is judged when the next one begins."""

    def __init__(self, name: str, sheet: str) -> None:
        self.notes = SheetNotes()
        self._name, self._sheet = name, sheet
        self._row, self._column, self._kind = 0, -1, "n"
        self._holds = self._formula = self._in_value = False
        self._text: list[str] = []
        self._known: dict[str, int] = {}
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.StartDoctypeDeclHandler = self._refuse_dtd

    def _refuse_dtd(self, *_declared: object) -> None:
        raise InputRejected(f"{self._name} holds XML with a document type; save the table as CSV UTF-8 and load that.", "xml_dtd")

    def _first(self, name: str, _attributes: list[str]) -> None:
        prefix = name[: name.rfind(":") + 1]
        self._names = tuple(prefix + local for local in ("c", "v", "f", "is", "row", "dimension"))
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: list[str]) -> None:
        cell, value, formula, inline, row, dimension = self._names
        if name == cell:
            if self._formula or self._kind == "e":
                self.end_cell()
            self._begin_cell(attributes)
        elif name in (value, inline):
            self._hold()
            if self._formula or self._kind == "e":
                self._in_value = name == value
                self.parser.CharacterDataHandler = self._read
        elif name == formula:
            self._hold()
            self._formula = True
        elif name == row:
            if self._formula or self._kind == "e":
                self.end_cell()
            given = _attribute(attributes, "r")
            self._row, self._column = int(given) if given.isdigit() else self._row + 1, -1
        elif name == dimension:
            self._expect_bearable(_attribute(attributes, "ref").rpartition(":")[2])

    def _begin_cell(self, attributes: list[str]) -> None:
        self._holds, self._kind = False, "n"
        self._column += 1
        for position in range(0, len(attributes), 2):
            if attributes[position] == "r":
                self._place(attributes[position + 1])
            elif attributes[position] == "t":
                self._kind = attributes[position + 1]

    def _place(self, reference: str) -> None:
        letters = reference.rstrip(_DIGITS)
        if letters not in self._known:
            if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
                raise InputRejected(f"The sheet '{self._sheet}' of {self._name} is damaged; open it in Excel, save it again and load that.", "damaged_workbook")
            self._known[letters] = column_number(letters.upper())
        self._column, self._row = self._known[letters], int(reference[len(letters) :] or 0)

    def _hold(self) -> None:
        """The current cell holds something: how far does the sheet reach with it?"""
        if self._holds:
            return
        self._holds = True
        notes = self.notes
        if self._row > notes.rows or self._column >= notes.columns:
            notes.rows, notes.columns = max(notes.rows, self._row), max(notes.columns, self._column + 1)
            if notes.rows > MOST_ROWS:
                raise self._too_many_rows()
            if notes.columns > MOST_COLUMNS:
                told = f"The sheet '{self._sheet}' of {self._name} holds cells beyond column {MOST_COLUMNS} (row {self._row}); keep those of the template."
                raise _TooFar(told, "too_many_columns")
            if notes.rows * notes.columns > MOST_CELLS:
                told = f"The sheet '{self._sheet}' of {self._name} spans {notes.rows:,} rows by {notes.columns} columns; save it as CSV UTF-8 and load that."
                raise _TooFar(told, "sheet_too_large")

    def _expect_bearable(self, last: str) -> None:
        digits = last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
        if digits.isdigit() and int(digits) > MOST_ROWS:
            raise self._too_many_rows()

    def _too_many_rows(self) -> _TooFar:
        told = f"The sheet '{self._sheet}' of {self._name} reaches beyond row {MOST_ROWS:,}; delete the empty rows below the table, or save it as CSV UTF-8."
        return _TooFar(told, "too_many_rows")

    def _read(self, text: str) -> None:
        if self._in_value and len(self._text) < 8:
            self._text.append(text)

    def end_cell(self) -> None:
        """Notes a cell that ended as an error, or as a formula without value (a formula may well give an empty text)."""
        text = "".join(self._text).strip()
        if self._kind == "e" and self._holds:
            self._note(text[:20] if text.startswith("#") else FORMULA)
        elif self._formula and not text and not (self._kind == "str" and self._in_value):
            self._note(FORMULA)
        self._formula = self._in_value = False
        self._kind = "n"
        self._text = []
        self.parser.CharacterDataHandler = None

    def _note(self, text: str) -> None:
        self.notes.odd.setdefault(self._row, {})[self._column] = text


def _attribute(attributes: list[str], name: str) -> str:
    return next((attributes[at + 1] for at in range(0, len(attributes), 2) if attributes[at] == name), "")
