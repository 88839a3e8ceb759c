"""A workbook's archive, checked before calamine sees it: its size, its parts, and every cell reference of its sheets."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from data.errors import InputRejected
from data.readers.guard import STEP, swells, swollen
from data.readers.sheet import SheetNotes, scan

MOST_PARTS = 10_000
_DTD = tuple(text.encode(encoding) for text in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_MACROS = ("xl/vbaproject", "xl/macrosheets/", "xl/dialogsheets/")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def guard_workbook(path: Path, name: str) -> None:
    """InputRejected unless the archive is a whole, plain .xlsx of bearable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            _expect_bearable(archive, path, name)
            _expect_workbook(archive, name)
            for part in archive.infolist():
                _read_through(archive, part, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise damaged(name) from error


def damaged(name: str) -> InputRejected:
    """The refusal of a workbook that is cut off or broken."""
    return InputRejected(f"{name} is damaged or cut off; open it in Excel, save it again (or as CSV UTF-8) and load that.", "damaged_workbook")


def _expect_bearable(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or swells(sum(part.file_size for part in parts), path.stat().st_size):
        raise InputRejected(swollen(name), "zip_bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise InputRejected(f"{name} is protected by a password; save it without one and load that.", "encrypted_workbook")


def _expect_workbook(archive: zipfile.ZipFile, name: str) -> None:
    names = {part.filename.replace("\\", "/").lower(): part.filename for part in archive.infolist()}
    if "xl/workbook.bin" in names:
        raise InputRejected(f"{name} is a binary workbook (.xlsb); save it as .xlsx or CSV UTF-8 and load that.", "xlsb")
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise InputRejected(f"{name} is a zip archive but no Excel workbook; take the table out of it and load that.", "not_a_workbook")
    types = _tree(archive, names["[content_types].xml"], name)
    if any(part.startswith(_MACROS) for part in names) or any("macroenabled" in element.get("ContentType", "").lower() for element in types):
        raise InputRejected(f"{name} holds macros; save it as a plain workbook (.xlsx) and load that.", "macros")
    if any(part.startswith("xl/externallinks/") for part in names):
        raise InputRejected(f"{name} draws on other workbooks; in Excel break the links (Data, Edit Links), save it and load that.", "external_links")


def _read_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Inflates a part to its end, so that its size and checksum are as declared, and looks for a document type."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    tail = b""
    with archive.open(part) as file:
        while block := file.read(STEP):
            if is_xml and any(mark in tail + block for mark in _DTD):
                raise _with_dtd(name)
            tail = block[-32:]


def _with_dtd(name: str) -> InputRejected:
    return InputRejected(f"{name} holds XML with a document type or entities, which Excel never writes; save the table as CSV UTF-8 and load that.", "xml_dtd")


def _tree(archive: zipfile.ZipFile, part: str, name: str) -> Element:
    try:
        root: Element = ElementTree.fromstring(archive.read(part), forbid_dtd=True)
    except DefusedXmlException as error:
        raise _with_dtd(name) from error
    except (ParseError, KeyError) as error:
        raise damaged(name) from error
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def workbook_parts(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, str], bool]:
    """Sheet name → its part in the archive, in the workbook's order; and whether its day numbers count from 1904."""
    book = _tree(archive, "xl/workbook.xml", name)
    relations = {r.get("Id"): r.get("Target", "") for r in _tree(archive, "xl/_rels/workbook.xml.rels", name)}
    sheets: dict[str, str] = {}
    from_1904 = False
    for element in book.iter():
        if _local(element) == "workbookPr":
            from_1904 = element.get("date1904", "0").lower() in ("1", "true", "on")
        if _local(element) == "sheet":
            target = relations.get(element.get(_RELATION) or element.get(_STRICT_RELATION), "")
            sheets[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return sheets, from_1904


def sheet_notes(path: Path, name: str) -> tuple[dict[str, SheetNotes], bool]:
    """What calamine does not tell of each sheet (see `sheet`), and whether day numbers count from 1904. InputRejected for broken XML."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts, from_1904 = workbook_parts(archive, name)
            there = set(archive.namelist())
            return {sheet: scan(_steps(archive, part), name, sheet) for sheet, part in parts.items() if part in there and "worksheets/" in part}, from_1904
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise damaged(name) from error


def _steps(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with archive.open(part) as file:
        while block := file.read(STEP):
            yield block
