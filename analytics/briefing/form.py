"""The return form for a school: a workbook made for one setting that loads back as the source `returns`."""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from data.sources import SOURCES, Column, Kind
from data.templates import form as written

if TYPE_CHECKING:
    from datetime import date

FORM, HELP = "returns", "How to fill it in"
_BLUE, _PALE = PatternFill("solid", fgColor="12436D"), PatternFill("solid", fgColor="FFF7D6")
_FORMATS = {Kind.DATE: "dd/mm/yyyy", Kind.MONEY: "#,##0.00", Kind.INTEGER: "0", Kind.NUMBER: "0.0##", Kind.ID: "@", Kind.TEXT: "@"}
_STEPS = (
    "Fill in the yellow cells of the first sheet, in one row. Leave empty what you do not know.",
    "Do not rename the headings or change the reference: they bring your answers to the right place.",
    "Give no child's name or reference anywhere in this form.",
    "Ask for an uplift by its per cent and first day; leave both empty if you ask for none.",
    "Show the rises in cost behind it: the rise in pay and the share that pay has in your running cost, and in pounds a year what else rose.",
    "VAT that you now recover lowers your cost, and is counted against the rises.",
    "Save it as a workbook and send it back to the council.",
)


def return_form(urn: str, setting_name: str, made_on: date) -> bytes:
    """The workbook's bytes: one sheet with the headings of `returns` and a row that holds the URN, one that explains each cell."""
    book = Workbook()
    sheet, legend = book.active, book.create_sheet(HELP)
    sheet.title = FORM
    for place, column in enumerate(SOURCES["returns"].columns, 1):
        _column(sheet, place, column, urn)
    sheet.row_dimensions[1].height = 48
    sheet.freeze_panes = "B2"
    sheet.protection.sheet = True  # without a password: it keeps headings from being typed over, and no more
    sheet.print_options.gridLines = True
    sheet.page_setup.orientation = "landscape"
    _legend(legend, setting_name)
    about = book.properties
    about.title, about.creator, about.language = f"Return form: {setting_name}", "Special-school placements", "en-GB"
    about.created = about.modified = datetime.combine(made_on, time())
    book.save(out := io.BytesIO())
    return out.getvalue()


def heading(column: Column) -> str:
    """A column's name as a person reads it; the reader knows it all the same: "uplift_per_cent" → "Uplift per cent"."""
    words = column.name.replace("_", " ")
    return words.upper() if column.name == "urn" else words[0].upper() + words[1:]


def _column(sheet: Any, place: int, column: Column, urn: str) -> None:
    head, cell = sheet.cell(1, place, heading(column)), sheet.cell(2, place)
    head.font, head.fill = Font(bold=True, color="FFFFFF"), _BLUE
    head.alignment = Alignment(wrap_text=True, vertical="top")
    cell.number_format = _FORMATS[column.kind]
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if column.name == "urn":
        cell.value = urn
    else:
        cell.fill, cell.protection = _PALE, Protection(locked=False)
        sheet.add_data_validation(_prompt(column, cell.coordinate))
    sheet.column_dimensions[get_column_letter(place)].width = 34 if column.kind is Kind.TEXT else 17


def _prompt(column: Column, where: str) -> DataValidation:
    """What to put there, shown when the cell is chosen; a number or a date is checked as it is typed."""
    kinds = {Kind.DATE: "date", Kind.MONEY: "decimal", Kind.NUMBER: "decimal", Kind.INTEGER: "whole"}
    kind = kinds.get(column.kind)
    bounds: dict[str, Any] = {}
    if kind == "date":
        bounds = {"operator": "between", "formula1": "DATE(2015,1,1)", "formula2": "DATE(2060,12,31)"}
    elif kind:
        bounds = {"operator": "between", "formula1": str(column.low if column.low is not None else 0), "formula2": str(column.high or 1_000_000_000)}
    check = DataValidation(type=kind, allow_blank=True, showErrorMessage=kind is not None, showInputMessage=True, **bounds)
    check.promptTitle, check.prompt = heading(column)[:32], f"{column.meaning}. {written(column).capitalize()}."[:255]
    check.errorTitle, check.error = "Please look again", f"{heading(column)} is {written(column)}."[:255]
    check.add(where)
    return check


def _legend(sheet: Any, setting_name: str) -> None:
    sheet.cell(1, 1, f"Return form of {setting_name}").font = Font(bold=True, size=14)
    for row, text in enumerate(_STEPS, 2):
        sheet.cell(row, 1, f"{row - 1}. {text}")
    first = len(_STEPS) + 3
    for place, text in enumerate(("Heading", "What to put there", "How to write it"), 1):
        cell = sheet.cell(first, place, text)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _BLUE
    for row, column in enumerate(SOURCES["returns"].columns, first + 1):
        for place, text in enumerate((heading(column), f"{column.meaning}{' (needed)' if column.required else ''}", written(column)), 1):
            sheet.cell(row, place, text).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABC", (34, 70, 40), strict=True):
        sheet.column_dimensions[letter].width = width
