"""One cell's text → its typed value, one function a kind. Each distinct text of a column is read once.

A reader returns the value, or raises `Fault` with a stable code and a sentence. Dates and months become text (ISO), money pence.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from data.readers import FORMULA, LONGEST_CELL
from data.sources import Column, Kind

Value = str | int | float | bool | date | None
Reader = Callable[[str], Value]


class Fault(Exception):
    """Why a cell cannot be read: a stable code and a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


INVISIBLE = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad"} | {ord(c): " " for c in "\u00a0\u2007\u202f\u2009"}
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
SHEET_ERRORS = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)", re.IGNORECASE)
PLACEHOLDERS = {"n/a", "na", "null", "nil", "-", "--", "."}
SCIENTIFIC_ID = re.compile(r"[+-]?\d([.,]\d+)?[eE][+-]?\d+")
MOST_GBP = Decimal(10) ** 12
SERIAL_1900 = date(1899, 12, 30)


def clean(text: str) -> str:
    """The text as a person sees it: composed (NFC), without invisible characters, trimmed. Fault for what no cell may hold."""
    if text.isascii() and text.isprintable():
        text = text.strip()
    else:
        if len(text) > LONGEST_CELL:
            raise Fault("cell_too_long", f"The cell holds {len(text):,} characters, more than {LONGEST_CELL:,}; shorten it.")
        if "\x00" in text:
            raise Fault("nul_character", "The cell holds a character that is not text (NUL); export the file again from its source.")
        if BIDI.search(text):
            raise Fault("bidi_control", "The cell holds a hidden character that turns the direction of writing; type it again.")
        text = unicodedata.normalize("NFC", text.translate(INVISIBLE)).strip()
    if len(text) > LONGEST_CELL:
        raise Fault("cell_too_long", f"The cell holds {len(text):,} characters, more than {LONGEST_CELL:,}; shorten it.")
    if text == FORMULA:
        raise Fault("formula_without_value", "The cell holds a formula whose value was never worked out; open the workbook in Excel, save it and load that.")
    if text.startswith("#") and SHEET_ERRORS.fullmatch(text):
        raise Fault("sheet_error", f"The cell holds the spreadsheet error {text}; correct the formula in the spreadsheet and export again.")
    return text


def shown(text: str) -> str:
    """A cell's text as a message quotes it."""
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


def read_id(text: str) -> str:
    if SCIENTIFIC_ID.fullmatch(text):
        raise Fault("id_scientific", f"{shown(text)} is a reference that a spreadsheet turned into a number; format the column as text and export again.")
    return text


def read_text(text: str) -> str:
    return text


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?")
_SHORT_YEAR = re.compile(r"\d{1,2}[/.\-](\d{1,2}|[A-Za-z]{3,9})[/.\-]\d{2}")
_SERIAL = re.compile(r"\d{5}(\.0+)?")
_DAY_NUMBER = re.compile(r"\d{4,5}(\.\d+)?")
_FROM_1904 = 1462  # days between the two first days of workbooks
_NAMED = ("%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%B-%Y")


def read_date(text: str) -> date:
    """ISO, day first, day with the month's name, or an Excel serial number."""
    iso = _ISO.fullmatch(text)
    day_first = None if iso else _DAY_FIRST.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif day_first:
        day, month, year = (int(part) for part in day_first.groups())
        if month > 12 >= day:
            raise Fault("bad_date", f"{shown(text)} has the month first; write the day first (dd/mm/yyyy) or as 2026-03-31.")
    else:
        return _other_date(text)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Fault("bad_date", f"{shown(text)} is not a day of the calendar; correct the date.") from error


def from_1904(text: str) -> str:
    """A day number of a workbook that counts from 1904 as one that counts from 1900; any other text as it is."""
    return f"{float(text) + _FROM_1904:.15g}" if _DAY_NUMBER.fullmatch(text.strip()) else text


def _other_date(text: str) -> date:
    if _SERIAL.fullmatch(text):
        return SERIAL_1900 + timedelta(days=int(float(text)))
    if _SHORT_YEAR.fullmatch(text):
        raise Fault("bad_date", f"{shown(text)} has a year of two digits; write all four, as in 31/03/2026.")
    for form in _NAMED:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise Fault("bad_date", f"{shown(text)} is not a date; write it as 31/03/2026 or 2026-03-31.")


_MONTH_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})")
_MONTH_FIRST = re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})")


def read_month(text: str) -> str:
    """YYYY-MM from YYYY-MM, mm/yyyy or a whole date."""
    found = _MONTH_ISO.fullmatch(text) or _MONTH_FIRST.fullmatch(text)
    if not found:
        return read_date(text).isoformat()[:7]
    year, month = found["year"], found["month"]
    if not 1 <= int(month) <= 12 or int(year) < 1900:
        raise Fault("bad_date", f"{shown(text)} is not a month; write it as 2014-02.")
    return f"{int(year)}-{int(month):02d}"


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?)([eE][+-]?\d{1,4})?")


def decimal_of(text: str) -> Decimal:
    """A number with or without £, thousands commas, or brackets for a negative. Fault when it is none or not finite."""
    number = text.replace("£", "").replace("GBP", "").replace(" ", "")
    if number.startswith("(") and number.endswith(")"):
        number = "-" + number[1:-1]
    elif number.endswith("-") and len(number) > 1:
        number = "-" + number[:-1]
    if number.lower().strip("+-") in {"inf", "infinity", "nan"}:
        raise Fault("not_finite", f"{shown(text)} is not a number that can be used; write it in figures, for example 1200.50.")
    if not _NUMBER.fullmatch(number):
        hint = "write 1200.50, not 1200,50" if re.search(r",\d{1,2}$", number) else "write it in figures, for example 1200.50"
        raise Fault("bad_number", f"{shown(text)} is not a number; {hint}.")
    value = Decimal(number.replace(",", ""))
    if abs(value) >= MOST_GBP:
        raise Fault("not_finite", f"{shown(text)} is larger than any real amount; correct it.")
    return value


def read_money(text: str) -> int:
    """Pence, rounded half up."""
    return int((decimal_of(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def read_number(text: str) -> float:
    value = float(decimal_of(text))
    if not math.isfinite(value):
        raise Fault("not_finite", f"{shown(text)} is not a number that can be used; write it in figures, for example 1200.50.")
    return value


def read_integer(text: str) -> int:
    value = decimal_of(text)
    if value != value.to_integral_value() or abs(value) > 2_147_483_647:
        raise Fault("bad_number", f"{shown(text)} is not a whole number; write it in figures without a decimal point, for example 12.")
    return int(value)


_FLAGS = {"y": True, "yes": True, "true": True, "t": True, "1": True, "n": False, "no": False, "false": False, "f": False, "0": False}


def read_flag(text: str) -> bool:
    if text.casefold() not in _FLAGS:
        raise Fault("unknown_code", f"{shown(text)} is neither Y nor N; write one of them.")
    return _FLAGS[text.casefold()]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", text.casefold())


def code_reader(column: Column) -> Callable[[str], str]:
    """Reads one of the column's codes, whatever its case."""
    codes = {_squeezed(code): str(code) for code in column.codes}

    def read_code(text: str) -> str:
        code = codes.get(_squeezed(text)) or codes.get(text.removesuffix(".0"))
        if code is None:
            raise Fault("unknown_code", f"{shown(text)} is not a code of {column.name}; use one of {', '.join(column.codes)}.")
        return code

    return read_code


def _several(read: Callable[[str], str]) -> Callable[[str], str]:
    def read_several(text: str) -> str:
        return ";".join(dict.fromkeys(read(part.strip()) for part in text.split(";") if part.strip()))

    return read_several


def reader_of(column: Column) -> Reader:
    """The function that reads a cleaned, non-empty text of a column."""
    simple: dict[Kind, Reader] = {
        Kind.ID: read_id,
        Kind.TEXT: read_text,
        Kind.DATE: read_date,
        Kind.MONTH: read_month,
        Kind.MONEY: read_money,
        Kind.NUMBER: read_number,
        Kind.INTEGER: read_integer,
        Kind.FLAG: read_flag,
        Kind.DATES: _several(lambda part: read_date(part).isoformat()),
    }
    if column.kind is Kind.CODE:
        return code_reader(column)
    if column.kind is Kind.CODES:
        return _several(code_reader(column))
    return simple[column.kind]
