"""What is looked at before any parser: each kind of evil, cut off or mistaken file meets its refusal. Ids are those of the table of bad input."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loading import SETTINGS, Desk, desk_without_marts
from workbooks import HEADER, workbook

from data.errors import InputRejected
from data.parse import recognised
from data.readers.guard import guard


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def whole() -> bytes:
    return workbook([["700001", "A", "ISS"]])


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def encrypted_entry() -> bytes:
    """A zip whose first entry says that it is encrypted."""
    data = bytearray(whole())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    return bytes(data)


def wrong_checksum() -> bytes:
    data = bytearray(archive(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}))
    data[data.index(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(data)


def lying_size() -> bytes:
    """An archive whose directory says 10 bytes of a sheet that inflates to 2 MB."""
    data = bytearray(workbook([["700001", "A" * 30_000, "ISS"]] * 70))
    at = data.rindex(b"PK\x01\x02", 0, data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02")))
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CELL = '<row r="{row}"><c r="{ref}"><v>1</v></c></row>'
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><sst>&b;</sst>'
PLAIN_PARQUET = parquet(urn=["700001"], setting_name=["A"], setting_type=["ISS"])

REFUSED: dict[str, tuple[bytes, str]] = {
    "B200 a cell in the last corner of a sheet": (workbook([["1", "A", "ISS"]], more=CELL.format(row=1048576, ref="XFD1048576")), "too_many_rows"),
    "B201 a sheet that says it reaches beyond a million rows": (workbook([["1", "A", "ISS"]], dimension="A1:C1048576"), "too_many_rows"),
    "B202 a cell beyond column 200": (workbook([["1", "A", "ISS"]], more=CELL.format(row=3, ref="GS3")), "too_many_columns"),
    "B203 two cells far apart": (workbook([["1", "A", "ISS"]], more=CELL.format(row=900_000, ref="GR900000")), "sheet_too_large"),
    "B204 a cell whose row is no row": (workbook([["1", "A", "ISS"]], more=CELL.format(row=3, ref="AAAA3")), "damaged_workbook"),
    "B205 an archive that swells a thousandfold": (workbook([["1", "A", "ISS"]], parts={"xl/media/x.bin": b"\0" * 300_000_000}), "zip_bomb"),
    "B206 an archive that expands beyond 400 MB": (workbook([["1", "A", "ISS"]], declared=500_000_000), "zip_bomb"),
    "B207 an archive that lies about its size": (lying_size(), "damaged_workbook"),
    "B208 a workbook cut off": (whole()[:-200], "damaged_workbook"),
    "B209 a workbook with a hole": (wrong_checksum(), "damaged_workbook"),
    "B210 a workbook with a password": (CFB + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "encrypted_workbook"),
    "B211 an archive with a password": (encrypted_entry(), "encrypted_workbook"),
    "B212 an old workbook": (CFB + b"\0" * 600 + "Workbook".encode("utf-16-le") + b"\0" * 600, "legacy_xls"),
    "B213 an old document": (CFB + b"\0" * 600 + "WordDocument".encode("utf-16-le") + b"\0" * 600, "not_a_table"),
    "B214 macros": (workbook([["1", "A", "ISS"]], parts={"xl/vbaProject.bin": b"x"}), "macros"),
    "B215 a workbook that says it has macros": (workbook([["1", "A", "ISS"]], content_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macros"),
    "B216 links to other workbooks": (workbook([["1", "A", "ISS"]], parts={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "external_links"),
    "B217 a binary workbook": (archive(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}), "xlsb"),
    "B218 an archive of something else": (archive(**{"settings.csv": SETTINGS.encode()}), "not_a_workbook"),
    "B219 entities in a workbook's texts": (workbook([["1", "A", "ISS"]], parts={"xl/sharedStrings.xml": DTD}), "xml_dtd"),
    "B220 a document type in the workbook's directory": (
        workbook([["1", "A", "ISS"]], types_prefix='<!DOCTYPE Types [<!ENTITY a "b">]>'),
        "xml_dtd",
    ),
    "B221 a document type in two-byte letters": (workbook([["1", "A", "ISS"]], parts={"xl/styles.xml": DTD.decode().encode("utf-16")}), "xml_dtd"),
    "B222 an empty archive": (b"PK\x05\x06" + b"\0" * 18, "not_a_workbook"),
    "B223 Parquet cut off": (PLAIN_PARQUET[:-40], "damaged_parquet"),
    "B224 Parquet with a broken footer": (PLAIN_PARQUET[:-60] + b"\xff" * 50 + PLAIN_PARQUET[-10:], "damaged_parquet"),
    "B225 nested Parquet": (parquet(urn=[["700001"]], setting_name=["A"], setting_type=["ISS"]), "nested_parquet"),
    "B226 records in Parquet's cells": (parquet(urn=[{"a": 1}], setting_name=["A"], setting_type=["ISS"]), "nested_parquet"),
    "B227 encrypted Parquet": (b"PARE" + PLAIN_PARQUET[4:-4] + b"PARE", "encrypted_parquet"),
    "B228 Parquet of over 200 columns": (parquet(**{f"c{i}": ["x"] for i in range(201)}), "too_many_columns"),
    "B229 compressed text that swells": (gzip.compress(SETTINGS.encode() + b"\n" * 60_000_000), "zip_bomb"),
    "B230 compressed text cut off": (gzip.compress(SETTINGS.encode() * 100)[:-20], "damaged_gzip"),
    "B231 a compressed workbook": (gzip.compress(whole()), "archive_not_text"),
    "B232 compressed twice": (gzip.compress(gzip.compress(SETTINGS.encode())), "archive_not_text"),
    "B233 compressed nothing": (gzip.compress(b" \n"), "empty"),
    "B234 XML with entities": (DTD, "xml_dtd"),
    "B235 XML with a document type after a long comment": (b'<?xml version="1.0"?><!--' + b"x" * 100_000 + b"--><!DOCTYPE x><x/>", "xml_dtd"),
    "B236 XML that nobody knows": (b'<?xml version="1.0"?><x/>', "xml_unknown"),
    "B237 broken XML": (b'<?xml version="1.0"?><<', "damaged_xml"),
    "B238 a web page that says it is XML": (b'<?xml version="1.0"?><!DOCTYPE html><html><table/></html>', "html"),
    "B239 a table of a web page": (b"\xef\xbb\xbf  <TABLE><tr><td>urn</td></tr></TABLE>", "html"),
    "B240 PDF": (b"%PDF-1.7\n", "pdf"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_no_parser_should_see_is_refused_with_a_sentence(tmp_path: Path, kind: str) -> None:
    content, code = REFUSED[kind]
    path = tmp_path / "export.xls"  # the name says nothing
    path.write_bytes(content)
    with pytest.raises(InputRejected) as refusal:
        recognised(guard(path, tmp_path))
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert "export.xls" in refusal.value.message


def test_the_evil_ones_are_small() -> None:
    """As measured: 300 MB in a few hundred kilobytes, the last corner of a sheet in five."""
    assert len(REFUSED["B205 an archive that swells a thousandfold"][0]) < 400_000
    assert len(REFUSED["B200 a cell in the last corner of a sheet"][0]) < 5_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def test_through_the_child_nothing_of_a_refused_file_is_written_and_the_others_are_loaded(desk: Desk) -> None:
    evil = [REFUSED[kind][0] for kind in ("B200 a cell in the last corner of a sheet", "B229 compressed text that swells", "B225 nested Parquet")]
    reports = desk.load_all(*evil, SETTINGS)
    assert [(report.rejected or {}).get("code") for report in reports] == ["too_many_rows", "zip_bomb", "nested_parquet", None]
    assert desk.rows("SELECT source, accepted FROM meta_batch") == [("settings", 2)]


def test_compressed_text_of_several_members_is_read_to_its_end(desk: Desk) -> None:
    first, rest = SETTINGS.encode()[:30], SETTINGS.encode()[30:]
    report = desk.load(gzip.compress(first) + gzip.compress(rest) + b"\0" * 512)
    assert (report.source, report.accepted, report.rejected) == ("settings", 2, None)


def test_a_wide_sheet_beside_the_table_does_no_harm(desk: Desk) -> None:
    beside = [[str(n) for n in range(250)]]
    report = desk.load(workbook([["700001", "A", "ISS"]], sheets={"Pivot": beside}))
    assert (report.accepted, report.warnings) == (1, ())


def test_the_header_of_the_made_workbooks_is_that_of_settings() -> None:
    assert ",".join(HEADER) in SETTINGS
