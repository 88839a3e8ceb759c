"""Evil, cut off and mistaken files, made byte by byte."""

from __future__ import annotations

import gzip
import io
import zipfile
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq
from loading import SETTINGS
from workbooks import workbook


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


def swollen_gzip() -> bytes:
    return gzip.compress(SETTINGS.encode() + b"\n" * 60_000_000, 1)


@cache
def swollen_workbook() -> bytes:
    """300 MB of noughts in a few hundred kilobytes."""
    return workbook([["1", "A", "ISS"]], parts={"xl/media/x.bin": b"\0" * 300_000_000})


def flipped_page() -> bytes:
    """Parquet whose page has a checksum that no longer fits."""
    out = io.BytesIO()
    table = pa.table({"urn": ["1"], "setting_name": ["Abcdefgh"], "setting_type": ["ISS"]})
    pq.write_table(table, out, write_page_checksum=True, compression="none")
    data = bytearray(out.getvalue())
    data[data.index(b"Abcdefgh")] ^= 0x20
    return bytes(data)
