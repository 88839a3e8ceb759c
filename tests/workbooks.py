"""Workbooks written by hand, part by part, so that a test says exactly what a file holds."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

HEADER = ("urn", "setting_name", "setting_type")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>
<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"""


class Raw(str):
    """A cell written as XML, attributes and all: `t="e"><v>#REF!</v>`."""


def column(number: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    number += 1
    while number:
        number, left = divmod(number - 1, 26)
        letters = chr(65 + left) + letters
    return letters


def day(serial: float) -> Raw:
    """A number with the format of a date."""
    return Raw(f's="1"><v>{serial}</v>')


def cell(value: object, reference: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Raw):
        return f'<c r="{reference}" {value}</c>'
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value!r}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def sheet_xml(rows: Sequence[Sequence[object]], first_row: int = 1, more: str = "", dimension: str = "", after: str = "") -> str:
    """A sheet with these rows from `first_row` on; `more` follows them as XML, `after` the sheet's data."""
    body = "".join(
        f'<row r="{n}">' + "".join(cell(value, f"{column(i)}{n}") for i, value in enumerate(row)) + "</row>" for n, row in enumerate(rows, first_row)
    )
    told = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<worksheet xmlns="{MAIN}">{told}<sheetData>{body}{more}</sheetData>{after}</worksheet>'


def workbook(
    rows: Sequence[Sequence[object]],
    *,
    header: Sequence[str] = HEADER,
    above: Sequence[Sequence[object]] = (),
    first_row: int = 1,
    more: str = "",
    dimension: str = "",
    after: str = "",
    sheets: Mapping[str, Sequence[Sequence[object]]] | None = None,
    hidden: Sequence[str] = (),
    date1904: bool = False,
    content_type: str = WORKBOOK_TYPE,
    types_prefix: str = "",
    parts: Mapping[str, bytes] | None = None,
    declared: int = 0,
) -> bytes:
    """An .xlsx with a sheet 'Table' (title rows `above`, header, rows) and further `sheets`; `declared`: the size its directory claims for the sheet."""
    further = {name: sheet_xml(more_rows) for name, more_rows in (sheets or {}).items()}
    made = {"Table": sheet_xml([*above, header, *rows], first_row, more, dimension, after)} | further
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(made, 1)
    )
    related = "".join(f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(made) + 1))
    related += f'<Relationship Id="rId99" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SHEET_TYPE}"/>' for n in range(1, len(made) + 1))
    content: dict[str, bytes] = {
        "[Content_Types].xml": f"""{types_prefix}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{content_type}"/>{overrides}</Types>""".encode(),
        "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument"
Target="xl/workbook.xml"/></Relationships>""".encode(),
        "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr{' date1904="1"' if date1904 else ""}/><sheets>{listed}</sheets>
</workbook>""".encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'.encode(),
        "xl/styles.xml": STYLES.encode(),
        **{f"xl/worksheets/sheet{n}.xml": xml.encode() for n, xml in enumerate(made.values(), 1)},
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return _claiming(out.getvalue(), declared) if declared else out.getvalue()


def _claiming(data: bytes, size: int) -> bytes:
    """The archive with another size of its first sheet in the directory."""
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"xl/worksheets/sheet1.xml"))
    return data[: at + 24] + struct.pack("<L", size) + data[at + 28 :]
