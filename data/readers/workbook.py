"""Excel workbooks: the visible sheet that holds a known header, its cells as text, its rows by their number in the sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum, XmlError, ZipError

from data.errors import InputRejected
from data.readers.archive import damaged, sheet_notes
from data.readers.block import HEAD, MOST_COLUMNS, Block, Guarded, Headers, Opened, gather, is_blank
from data.readers.sheet import SheetNotes

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class _Candidate:
    """A sheet with the record that serves best as its header. `source` is the source of which it is a complete header."""

    sheet: CalamineSheet
    notes: SheetNotes
    header: tuple[str, ...]
    header_row: int
    score: int
    source: str | None


def number_text(value: float) -> str:
    """A number as Excel keeps it, 15 digits: 12345.0 is 12345, 0.1 + 0.2 is 0.3; from 10^15 on digits are lost already, so it stays 1.2E+15."""
    return f"{value:.15g}".upper()


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: str,
}


def open_workbook(file: Guarded, headers: Headers) -> Opened:
    """The sheet whose header is known best; hidden sheets are left alone. InputRejected when two sheets hold the same source, or none can be read."""
    notes, from_1904 = sheet_notes(file.path, file.name)
    try:
        with file.path.open("rb") as data:
            book = CalamineWorkbook.from_filelike(data)  # by its bytes: from a path it would go by the name
        found = _candidates(book, notes, headers)
    except PasswordError as error:
        raise InputRejected(f"{file.name} is protected by a password; save it without one and load that.", "encrypted_workbook") from error
    except (CalamineError, XmlError, ZipError) as error:
        raise damaged(file.name) from error
    refusals = [one.refusal for one in notes.values() if one.refusal]
    if refusals and not any(one.score >= 1000 for one in found):
        raise refusals[0]
    if not found:
        raise InputRejected(f"{file.name} has no visible sheet with cells; save the table again and load that.", "empty")
    best = max(found, key=lambda one: one.score)
    _expect_one(file.name, best, found)
    siblings = tuple(_opened(file.name, one, from_1904) for one in found if one is not best and one.source)
    opened = _opened(file.name, best, from_1904)
    return replace(opened, others=tuple(str(one.part) for one in siblings), siblings=siblings)


def _opened(name: str, chosen: _Candidate, from_1904: bool) -> Opened:
    return Opened(name, chosen.header, lambda: _blocks(chosen), chosen.sheet.name, from_1904=from_1904)


def _candidates(book: CalamineWorkbook, notes: dict[str, SheetNotes], headers: Headers) -> list[_Candidate]:
    visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    found = []
    for name in visible:
        known = notes.get(name)
        if known is None or known.refusal or not known.rows:
            continue
        sheet = book.get_sheet_by_name(name)
        scored = [(headers.score(cells), -number, cells) for number, cells in islice(_rows(sheet, known), HEAD) if not is_blank(cells)]
        if scored:
            score, number, cells = max(scored)
            found.append(_Candidate(sheet, known, tuple(cells), -number, score, headers.source(cells) if score else None))
    return found


def _expect_one(name: str, best: _Candidate, found: list[_Candidate]) -> None:
    same = [one.sheet.name for one in found if best.source and one.source == best.source]
    if len(same) > 1:
        sheets = " and ".join(f"'{sheet}'" for sheet in same)
        raise InputRejected(f"The sheets {sheets} of {name} both hold {best.source}; keep one table in the workbook, or save each on its own.", "two_sheets")


def _rows(sheet: CalamineSheet, notes: SheetNotes) -> Iterator[Row]:
    """Sheet row and texts of each row, all as wide as the sheet; cells that calamine leaves out are put in."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    width = min(max(notes.columns, len(left) + sheet.width), MOST_COLUMNS)
    texts = _TEXTS
    number = 0
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [*left, *[value if type(value) is str else texts[type(value)](value) for value in values]]
        yield number, _completed(cells, width, notes.odd.get(number))
    for row in sorted(row for row in notes.odd if row > number):
        yield row, _completed([], width, notes.odd[row])


def _completed(cells: list[str], width: int, odd: dict[int, str] | None) -> list[str]:
    cells += [""] * (width - len(cells))
    for column, text in (odd or {}).items():
        cells[column] = text
    return cells


def _blocks(chosen: _Candidate) -> Iterator[Block]:
    done = 0

    def rows() -> Iterator[Row]:
        nonlocal done
        for number, cells in _rows(chosen.sheet, chosen.notes):
            done = number
            if number > chosen.header_row:
                yield number, cells

    return gather(rows(), len(chosen.header), lambda: done / max(chosen.notes.rows, 1))
