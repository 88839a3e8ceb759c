"""A paper as a Word document: real headings, header rows that repeat, a language, no macros."""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from analytics.briefing.paper import Paper, document

if TYPE_CHECKING:
    from docx.document import Document as Doc

BLUE = RGBColor(0x12, 0x43, 0x6D)
GREY = RGBColor(0x3D, 0x3D, 0x3D)
FIGURES_HEAD = ("Figure", "Value", "What is counted, and source")


def as_docx(paper: Paper) -> bytes:
    """The file's bytes; the same paper gives the same text."""
    said, doc = document(paper), Document()
    _dress(doc, paper)
    doc.add_heading(_xml(said["title"]), 0)
    for line in said["about"]:
        doc.add_paragraph(_xml(line)).paragraph_format.space_after = Pt(2)
    for section in said["sections"]:
        doc.add_heading(_xml(section["heading"]), 1)
        for text in section["text"]:
            doc.add_paragraph(_xml(text))
        for point in section["points"]:
            doc.add_paragraph(_xml(point), style="List Bullet")
        if section["figures"]:
            _figures(doc, section["figures"])
        for table in section["tables"]:
            _table(doc, table)
    doc.save(out := io.BytesIO())
    return out.getvalue()


def _dress(doc: Doc, paper: Paper) -> None:
    """Page, fonts, language and the document's properties."""
    page = doc.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style: Any = doc.styles[name]
        style.font.name = "Arial"
        style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        style.font.color.rgb = GREY if name in ("Normal", "List Bullet") else BLUE
    doc.styles["Normal"].font.size = Pt(10.5)
    doc.styles["Title"].font.size = Pt(22)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    doc.styles["Normal"].element.get_or_add_rPr().append(language)
    about = doc.core_properties
    about.title, about.author, about.language, about.comments = _xml(paper.title), "Special-school placements", "en-GB", ""
    about.created = about.modified = datetime.combine(paper.as_at, time())


def _figures(doc: Doc, figures: list[dict[str, str]]) -> None:
    rows = [[f["label"], "\n".join(p for p in (f["value"], f["interval"]) if p), f"{f['basis']}. {f['source']}"] for f in figures]
    _grid(doc, list(FIGURES_HEAD), [False, True, False], rows, (4.2, 4.0, 8.8))


def _table(doc: Doc, table: dict[str, Any]) -> None:
    doc.add_heading(_xml(table["title"]), 2)
    doc.add_paragraph(_xml(table["subtitle"]))
    wide = len(table["head"])
    first = 17.0 * (0.28 if wide > 2 else 0.5)
    _grid(doc, table["head"], table["right"], table["rows"], (first, *[(17.0 - first) / max(wide - 1, 1)] * (wide - 1)))
    _small(doc.add_paragraph(_xml(f"Source: {table['source']}")))


def _grid(doc: Doc, head: list[str], right: list[bool], rows: list[list[str]], widths: tuple[float, ...]) -> None:
    grid = doc.add_table(rows=1, cols=len(head), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.LEFT
    grid.autofit = False
    for cells, texts in ((grid.rows[0].cells, head), *((grid.add_row().cells, row) for row in rows)):
        for cell, text, to_right, width in zip(cells, texts, right, widths, strict=True):
            cell.width = Cm(width)
            cell.text = _xml(text)
            for paragraph in cell.paragraphs:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if to_right else WD_ALIGN_PARAGRAPH.LEFT
                paragraph.paragraph_format.space_after = Pt(2)
                for run in paragraph.runs:
                    run.font.size = Pt(9)
                    run.font.bold = texts is head
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeat)
    doc.add_paragraph().paragraph_format.space_after = Pt(4)


def _small(paragraph: Any) -> None:
    for run in paragraph.runs:
        run.font.size = Pt(8.5)


def _xml(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")
