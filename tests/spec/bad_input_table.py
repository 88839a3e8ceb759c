"""The table of bad input: what each kind of file, record or cell meets with. Ids are stable; `SAFETY` holds the kinds that must be among them.

Every case brings records of its own, so that all can be loaded into one store: the settings, plans, placements and fees of `BASE` are there before.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Literal

import pyarrow as pa
from bad_files import (
    CELL,
    CFB,
    DTD,
    PLAIN_PARQUET,
    archive,
    encrypted_entry,
    flipped_page,
    lying_size,
    parquet,
    swollen_gzip,
    swollen_workbook,
    whole,
    wrong_checksum,
)
from loading import FEES, PLACEMENTS, PLANS, SETTINGS
from sen2_return import Kid, message, tables
from workbooks import HEADER, Raw, day, workbook

Response = Literal["accept", "warn", "quarantine", "reject"]
S = "urn,setting_name,setting_type,opened,closed,capacity\n"
P = "child_id,birth_month,primary_need,plan_start,plan_ceased\n"
L = "placement_id,child_id,urn,entry_date,leaving_date,residence,rank\n"
F = "placement_id,component,amount_gbp,unit,valid_from,valid_to\n"
T = "transaction_id,paid_on,supplier_name,net_gbp\n"
HOMES = "child_id,birth_month,primary_need,plan_start,home_district\n"
RETURN = message([Kid(1)])
BASE = (
    SETTINGS,
    PLANS + "C8,1998-01,ASD,2015-09-01\n",
    PLACEMENTS,
    FEES,
    S + "700003,Closed School,ISS,1990-01-01,2022-07-31,\n",
    HOMES + "D1,2014-02,ASD,2020-09-01,Medway\n",
    RETURN,
)


@dataclass(frozen=True)
class Case:
    """`what` is wrong or unusual with the file that `make` makes. `safety`: which of the kinds of `SAFETY` it is, if any.

    `holds`: values of the record that is accepted. `column` and `row` (else the file's last) say where a record kept out is at fault.
    `renews`: the table in which the record is a new version of one that stood.
    """

    id: str
    response: Response
    safety: str
    what: str
    make: str | bytes | Callable[[], bytes]
    code: str = ""
    column: str | None = None
    row: int | None = None
    holds: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    suffix: str = "csv"
    renews: str = ""

    @property
    def content(self) -> bytes:
        made = self.make() if callable(self.make) else self.make
        return made.encode() if isinstance(made, str) else made

    @property
    def name(self) -> str:
        """What the person calls the file."""
        return f"export.{self.suffix}"

    def __str__(self) -> str:
        return f"{self.id} {self.what}"


def reject(id_: str, safety: str, what: str, make: str | bytes | Callable[[], bytes], code: str, suffix: str = "csv", **options: str) -> Case:
    return Case(id_, "reject", safety, what, make, code, options=options, suffix=suffix)


def aside(id_: str, safety: str, what: str, text: str | bytes | Callable[[], bytes], column: str | None, code: str, **more: Any) -> Case:
    return Case(id_, "quarantine", safety, what, text, code, column, **more)


def warn(id_: str, safety: str, what: str, text: str | bytes | Callable[[], bytes], code: str, **more: Any) -> Case:
    return Case(id_, "warn", safety, what, text, code, **more)


def as_written(id_: str, safety: str, what: str, change: Callable[[str], str | bytes], name: str = "École", code: str = "") -> Case:
    """A file with one setting, `name` or École, written in an unusual way."""
    text = f"urn,setting_name,setting_type\n{id_},École,ISS\n"
    return Case(id_, "accept", safety, what, change(text), code, holds={"urn": id_, "setting_name": name, "setting_type": "ISS"})


def cell(id_: str, safety: str, what: str, column: str, text: str, value: Any, code: str = "") -> Case:
    """A file with one record of which one cell is written in an unusual way."""
    records: dict[str, dict[str, str]] = {
        "settings": {"urn": id_, "setting_name": "A", "setting_type": "ISS"},
        "plans": {"child_id": id_, "birth_month": "2014-02", "primary_need": "ASD", "plan_start": "2020-09-01"},
        "payments": {"transaction_id": id_, "paid_on": "2024-09-01", "supplier_name": "A", "net_gbp": "1"},
    }
    source = {"birth_month": "plans", "primary_need": "plans", "net_gbp": "payments", "paid_on": "payments", "narrative": "payments"}.get(column, "settings")
    record = records[source] | {column: text}
    quoted = ['"' + value.replace('"', '""') + '"' for value in record.values()]
    return Case(id_, "accept", safety, what, ",".join(record) + "\n" + ",".join(quoted) + "\n", code, holds={column: value})


def from_1904(id_: str) -> bytes:
    return workbook([[id_, "A", "ISS", 44074]], header=(*HEADER, "opened"), date1904=True)


def fees(amounts: list[str], component: str) -> str:
    """Fees of one kind, each from another day."""
    return F + "".join(f"P1,{component},{amount},week,2024-09-{number:02d},\n" for number, amount in enumerate(amounts, 1))


REJECTED = (
    reject("B01", "empty", "An empty file", b"", "empty"),
    reject("B02", "empty", "A file of spaces and line ends alone", b"\xef\xbb\xbf \r\n\t\n", "empty"),
    reject("B03", "header only", "A header without rows", S, "header_only"),
    reject("B04", "undecodable", "Bytes that are no text", b"urn,setting_name,setting_type\n" + b"\x01\x02\x03" * 30 + b",A,ISS\n", "undecodable"),
    reject("B05", "undecodable", "UTF-16 that breaks off inside a character", b"\xff\xfe" + S.encode("utf-16-le") + b"\x00", "undecodable"),
    reject("B06", "unclosed quote", "A quotation mark that is never closed", 'urn,setting_name,setting_type\n1,"A,ISS\n2,B,ISS\n', "unclosed_quote"),
    reject("B07", "unclosed quote", "Text after a closing quotation mark", 'urn,setting_name,setting_type\n1,"A"b,ISS\n', "unclosed_quote"),
    reject("B08", "duplicate header", "A column that stands twice in the header", "urn,setting_name,setting_type,URN\n1,A,ISS,2\n", "duplicate_header"),
    reject("B09", "duplicate header", "Two columns that mean the same", T.replace("\n", ",amount\nT,2024-01-01,A,1,2\n"), "duplicate_header"),
    reject("B10", "required column missing", "A required column is missing", "urn,setting_name\n1,A\n", "column_missing"),
    reject("B11", "over 200 columns", "Over 200 columns", "urn,setting_name,setting_type," + ",".join(f"x{i}" for i in range(200)) + "\n", "too_many_columns"),
    reject("B12", "line over 1 MB", "A line over 1 MB", "urn,setting_name,setting_type\n1," + "A" * 1_000_001 + ",ISS\n", "line_too_long"),
    reject("B13", "file over 50 MB", "A file over 50 MB", lambda: S.encode() + b"1,A,ISS,,,\n" * 4_600_000, "too_large"),
    reject("B14", "truncated workbook", "A workbook of which only the beginning is there", b"PK\x03\x04 and so on", "damaged_workbook", "xlsx"),
    reject("B15", "legacy .xls", "A short workbook of Excel 2003", CFB + "Workbook".encode("utf-16-le"), "legacy_xls", "xls"),
    reject("B16", "HTML named .xls", "A web page saved as .xls", b"<html><table><tr><td>urn</td></tr></table></html>", "html", "xls"),
    reject("B17", "XML with DTD", "XML with a document type", b'<?xml version="1.0"?><!DOCTYPE x><x/>', "xml_entities", "xml"),
    reject("B18", "malformed Parquet", "Parquet of which only the beginning is there", b"PAR1....", "damaged_parquet", "parquet"),
    reject("B19", "", "A PDF", b"%PDF-1.7", "pdf", "pdf"),
    reject("B20", "", "A header that is of no known source", "colour,shape\nred,round\n", "unknown_source"),
    reject("B21", "another source's template", "Another source's template", PLANS, "another_source", source="settings"),
    reject(
        "B22", "", "A header that fits two sources",
        "urn,setting_name,setting_type,provider,postcode,vehicle_id,lot,applied_on,status\n1,A,ISS,B,C,V,L,2024-01-01,applied\n", "ambiguous_source",
    ),
    reject("B23", "required column missing", "A column that the mapping profile reads is missing", SETTINGS, "column_missing", profile="nmiss_register_2018"),
    reject("B24", "undecodable", "Text in no known encoding", b"urn,setting_name,setting_type\n1,\x81\x8d\x8f,ISS\n", "undecodable"),
    reject("B25", "SEN2 of another year", "A SEN2 return whose year is not that of its date", message([Kid(1)], reference="2024-01-18"), "other_year", "xml"),
    reject("B26", "SEN2 of another council", "A SEN2 return of another council", message([Kid(1)], la="887"), "other_council", "xml"),
    reject("B27", "", "Amounts that add up to more than any ledger holds",
           lambda: (T + "".join(f"H{n},2024-09-01,A,{'-' * (n % 2)}999999999999\n" for n in range(10_002))).encode(), "amounts_too_large"),
    reject("B28", "", "A SEN2 table without those that belong to it",
           tables([Kid(1)])["placementdetail"], "companion_missing"),
    reject("B29", "SEN2 of another year", "A SEN2 return of a year that cannot be",
           message([Kid(1)], year="2019", reference="2019-01-17"), "other_year", "xml"),
    reject("B200", "sheet dimension over 1M rows", "A cell in the last corner of a sheet",
           workbook([["1", "A", "ISS"]], more=CELL.format(row=1048576, ref="XFD1048576")), "too_many_rows", "xlsx"),
    reject("B201", "sheet dimension over 1M rows", "A sheet that says it reaches beyond a million rows",
           workbook([["1", "A", "ISS"]], dimension="A1:C1048576"), "too_many_rows", "xlsx"),
    reject("B202", "over 200 columns", "A cell beyond column 200",
           workbook([["1", "A", "ISS"]], more=CELL.format(row=3, ref="GS3")), "too_many_columns", "xlsx"),
    reject("B203", "", "Two cells far apart", workbook([["1", "A", "ISS"]], more=CELL.format(row=900_000, ref="GR900000")), "sheet_too_large", "xlsx"),
    reject("B204", "", "A cell in a column that no sheet has", workbook([["1", "A", "ISS"]], more=CELL.format(row=3, ref="AAAA3")), "damaged_workbook", "xlsx"),
    reject("B205", "zip ratio over 100", "An archive that swells a thousandfold", swollen_workbook, "zip_bomb", "xlsx"),
    reject("B206", "over 400 MB expanded", "An archive that expands beyond 400 MB", workbook([["1", "A", "ISS"]], declared=500_000_000), "zip_bomb", "xlsx"),
    reject("B207", "zip ratio over 100", "An archive that lies about its size", lying_size, "damaged_workbook", "xlsx"),
    reject("B208", "truncated workbook", "A workbook whose end is missing", whole()[:-200], "damaged_workbook", "xlsx"),
    reject("B209", "truncated workbook", "A workbook with a damaged part", wrong_checksum, "damaged_workbook", "xlsx"),
    reject("B210", "encrypted workbook", "A workbook with a password",
           CFB + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "encrypted_workbook", "xlsx"),
    reject("B211", "encrypted workbook", "An archive with a password", encrypted_entry, "encrypted_workbook", "xlsx"),
    reject("B212", "legacy .xls", "A workbook of Excel 2003", CFB + b"\0" * 600 + "Workbook".encode("utf-16-le") + b"\0" * 600, "legacy_xls", "xls"),
    reject("B213", "", "A document of Word 2003", CFB + b"\0" * 600 + "WordDocument".encode("utf-16-le") + b"\0" * 600, "not_a_table", "doc"),
    reject("B214", "macros", "A workbook with macros", workbook([["1", "A", "ISS"]], parts={"xl/vbaProject.bin": b"x"}), "macros", "xlsm"),
    reject("B215", "macros", "A workbook that says it has macros",
           workbook([["1", "A", "ISS"]], content_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macros", "xlsx"),
    reject("B216", "external links", "A workbook with links to other workbooks",
           workbook([["1", "A", "ISS"]], parts={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "external_links", "xlsx"),
    reject("B217", "", "A binary workbook", archive(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}), "xlsb", "xlsb"),
    reject("B218", "", "A zip archive of something else", archive(**{"settings.csv": SETTINGS.encode()}), "not_a_workbook", "zip"),
    reject("B219", "XML entities", "Entities in a workbook's texts", workbook([["1", "A", "ISS"]], parts={"xl/sharedStrings.xml": DTD}), "xml_dtd", "xlsx"),
    reject("B220", "XML with DTD", "A document type in a workbook's list of parts",
           workbook([["1", "A", "ISS"]], types_prefix='<!DOCTYPE x [<!ENTITY a "b">]>'), "xml_dtd", "xlsx"),
    reject("B221", "XML with DTD", "A document type in two-byte letters",
           workbook([["1", "A", "ISS"]], parts={"xl/styles.xml": DTD.decode().encode("utf-16")}), "xml_dtd", "xlsx"),
    reject("B222", "", "An empty archive", b"PK\x05\x06" + b"\0" * 18, "not_a_workbook", "zip"),
    reject("B223", "malformed Parquet", "Parquet whose end is missing", PLAIN_PARQUET[:-40], "damaged_parquet", "parquet"),
    reject("B224", "malformed Parquet", "Parquet with a broken footer", PLAIN_PARQUET[:-60] + b"\xff" * 50 + PLAIN_PARQUET[-10:], "damaged_parquet", "parquet"),
    reject("B225", "nested Parquet", "Parquet with lists in its cells",
           parquet(urn=[["700001"]], setting_name=["A"], setting_type=["ISS"]), "nested_parquet", "parquet"),
    reject("B226", "nested Parquet", "Parquet with records in its cells",
           parquet(urn=[{"a": 1}], setting_name=["A"], setting_type=["ISS"]), "nested_parquet", "parquet"),
    reject("B227", "malformed Parquet", "Encrypted Parquet", b"PARE" + PLAIN_PARQUET[4:-4] + b"PARE", "encrypted_parquet", "parquet"),
    reject("B228", "over 200 columns", "Parquet of over 200 columns", parquet(**{f"c{i}": ["x"] for i in range(201)}), "too_many_columns", "parquet"),
    reject("B229", "zip ratio over 100", "Compressed text that swells", swollen_gzip, "zip_bomb", "csv.gz"),
    reject("B230", "", "Compressed text whose end is missing", gzip.compress(SETTINGS.encode() * 100)[:-20], "damaged_gzip", "csv.gz"),
    reject("B231", "", "A compressed workbook", gzip.compress(whole()), "archive_not_text", "xlsx.gz"),
    reject("B232", "", "Text that was compressed twice", gzip.compress(gzip.compress(SETTINGS.encode())), "archive_not_text", "csv.gz"),
    reject("B233", "empty", "A compressed file of nothing", gzip.compress(b" \n"), "empty", "csv.gz"),
    reject("B234", "XML entities", "XML with entities", DTD, "xml_dtd", "xml", source="settings"),
    reject("B235", "XML with DTD", "XML with a document type after a long comment",
           b'<?xml version="1.0"?><!--' + b"x" * 100_000 + b"--><!DOCTYPE x><x/>", "xml_dtd", "xml", source="settings"),
    reject("B236", "", "XML that nobody knows", b'<?xml version="1.0"?><x/>', "xml_unknown", "xml", source="settings"),
    reject("B237", "", "XML that is broken", b'<?xml version="1.0"?><<', "damaged_xml", "xml", source="settings"),
    reject("B238", "HTML named .xls", "A web page that says it is XML",
           b'<?xml version="1.0"?><!DOCTYPE html><html><table/></html>', "html", "xls"),
    reject("B239", "HTML named .xls", "A table of a web page", b"\xef\xbb\xbf  <TABLE><tr><td>urn</td></tr></TABLE>", "html", "xls"),
    reject("B251", "", "Two sheets that hold the same source",
           workbook([["1", "A", "ISS"]], sheets={"Copy of Table": [HEADER, ["2", "B", "ISS"]]}), "two_sheets", "xlsx"),
    reject("B252", "empty", "A workbook whose sheets are empty", workbook([], header=[]), "empty", "xlsx"),
    reject("B253", "", "A workbook without a known header", workbook([["red", "round"]], header=["colour", "shape"]), "unknown_source", "xlsx"),
    reject("B254", "header only", "A workbook with a header alone", workbook([]), "header_only", "xlsx"),
    reject("B260", "", "Parquet with a column that is no text", parquet(urn=[b"\xff\xfe"], setting_name=["A"], setting_type=["ISS"]), "bad_column", "parquet"),
    reject("B261", "malformed Parquet", "Parquet with a page that does not fit its checksum", flipped_page, "damaged_parquet", "parquet"),
    reject("B262", "header only", "Parquet without records", parquet(**{name: pa.array([], pa.string()) for name in HEADER}), "header_only", "parquet"),
    reject("B270", "XML entities", "A SEN2 message with entities",
           '<?xml version="1.0"?><!DOCTYPE Message [<!ENTITY x "y">]><Message>&x;</Message>', "xml_entities", "xml"),
    reject("B271", "XML with DTD", "A SEN2 message with a document type elsewhere",
           '<!DOCTYPE Message SYSTEM "file:///etc/passwd"><Message/>', "xml_entities", "xml"),
    reject("B272", "XML entities", "A SEN2 message with an entity of its own",
           "<Message><Header><Collection>&own;</Collection></Header></Message>", "xml_unreadable", "xml"),
    reject("B273", "", "A SEN2 message whose end is missing", RETURN[:-40], "xml_unreadable", "xml"),
    reject("B274", "", "A SEN2 message with a part that is not closed", "<Message><Header></Message>", "xml_unreadable", "xml"),
    reject("B275", "", "A message of another return",
           "<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header></Message>", "unknown_source", "xml"),
    reject("B276", "", "XML that is no return", '<?xml version="1.0"?><letter><to>you</to></letter>', "unknown_source", "xml"),
    reject("B277", "header only", "A SEN2 message with nobody in it", message([]), "header_only", "xml"),
)  # fmt: skip

QUARANTINED = (
    aside("B30", "impossible date", "A day that does not exist", S + "1,A,ISS,31/02/2020,,\n", "opened", "bad_date"),
    aside("B31", "month-first date", "A date with the month first", S + "1,A,ISS,12/31/2020,,\n", "opened", "bad_date"),
    aside("B32", "two-digit year", "A year of two digits", S + "1,A,ISS,01/02/20,,\n", "opened", "bad_date"),
    aside("B33", "impossible date", "A word in place of a date", S + "1,A,ISS,soon,,\n", "opened", "bad_date"),
    aside("B34", "end before start", "An end before its start", S + "1,A,ISS,2020-01-02,2020-01-01,\n", "closed", "end_before_start"),
    aside("B35", "start before birth", "A plan that starts before the child was born", P + "K1,2014-02,ASD,2014-01-31,\n", "plan_start", "start_before_birth"),
    aside("B36", "age outside 0–25 at plan start", "A plan that starts after the age of 25",
          P + "K2,1994-08,ASD,2020-09-01,\n", "plan_start", "age_out_of_range"),
    aside("B37", "start before birth", "An entry before the child was born", L + "Q1,C1,700001,2013-09-01,,day,\n", "entry_date", "start_before_birth"),
    aside("B38", "age outside 0–25 at entry", "An entry after the age of 25", L + "Q2,C8,700001,2024-02-01,,day,\n", "entry_date", "age_out_of_range"),
    aside("B39", "entry over two years ahead", "An entry over two years ahead", L + "Q3,C1,700001,2028-04-01,,day,2\n", "entry_date", "too_far_ahead"),
    aside("B40", "payment over two years ahead", "A payment over two years ahead", T + "T1,2028-04-01,A,1\n", "paid_on", "too_far_ahead"),
    aside("B41", "birth over two years ahead", "A birth over two years ahead", P + "K3,2028-05,ASD,2028-06-01,\n", "birth_month", "too_far_ahead"),
    aside("B42", "two rank-1 placements overlapping", "Two first placements at once", L + "Q4,C1,700002,2025-01-01,,day,1\n", "entry_date", "overlap"),
    aside("B43", "key conflict", "The key of another record with other values", F + "P1,core,1,year,2024-09-01,\n", "placement_id", "key_conflict"),
    aside("B44", "another birth month in one file", "Two months of birth of one child in one file",
          P + "K4,2014-02,ASD,2020-09-01,\nK4,2014-03,ASD,2020-09-01,\n", "birth_month", "birth_month_conflict"),
    aside("B45", "unknown parent", "A placement at a setting that is not loaded", L + "Q5,C1,799999,2015-01-01,2015-02-01,day,\n", "urn", "unknown_parent"),
    aside("B46", "setting closed before entry", "An entry after the setting closed",
          L + "Q6,C2,700003,2022-08-01,2022-08-31,day,\n", "entry_date", "setting_closed"),
    aside("B47", "unknown code", "A code that is not known", S + "1,A,school,,,\n", "setting_type", "unknown_code"),
    aside("B48", "missing key", "A record without its key", S + ",A,ISS,,,\n", "urn", "missing_key"),
    aside("B49", "missing key", "A required cell that is empty", S + "1,,ISS,,,\n", "setting_name", "missing_value"),
    aside("B50", "negative fee", "A negative fee", F + "P1,core,-1,year,2025-09-01,\n", "amount_gbp", "negative_fee"),
    aside("B51", "zero fee", "A fee of nothing", F + "P1,core,0,year,2025-09-01,\n", "amount_gbp", "zero_fee"),
    aside("B52", "annualised fee above £1m", "A fee above £1m a year", F + "P1,core,1000000.01,year,2025-09-01,\n", "amount_gbp", "fee_too_large"),
    aside("B53", "annualised fee above £1m", "A fee a day that comes to above £1m a year",
          F + "P1,core,5263.16,day,2025-09-01,\n", "amount_gbp", "fee_too_large"),
    aside("B54", "1e308", "An amount of 1e308", F + "P1,core,1e308,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    aside("B55", "infinity", "An infinite amount", F + "P1,core,inf,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    aside("B56", "NaN", "An amount that is no number (NaN)", F + "P1,core,NaN,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    aside("B57", "id in scientific notation", "A reference in scientific notation", S + "1.23E+05,A,ISS,,,\n", "urn", "id_scientific"),
    aside("B58", "#REF!", "A spreadsheet's error", S + "1,#REF!,ISS,,,\n", "setting_name", "sheet_error"),
    aside("B59", "NUL in a cell", "A NUL character in a cell", S + "1,A\x00B,ISS,,,\n", "setting_name", "nul_character"),
    aside("B60", "bidi control", "A hidden character that turns the direction of writing", S + "1,A\u202eB,ISS,,,\n", "setting_name", "bidi_control"),
    aside("B61", "ragged record", "Too few cells", S + "1,A,ISS\n", None, "ragged"),
    aside("B62", "ragged record", "Too many cells", S + "1,A,ISS,,,,more\n", None, "ragged"),
    aside("B63", "cell above 32,767 characters", "A cell above 32,767 characters", S + "1," + "A" * 32_768 + ",ISS,,,\n", "setting_name", "cell_too_long"),
    aside("B64", "", "A decimal comma", F + 'P1,core,"1200,50",year,2025-09-01,\n', "amount_gbp", "bad_number"),
    aside("B65", "", "Part of a place", S + "1,A,ISS,,,7.5\n", "capacity", "bad_number"),
    aside("B66", "formula without a cached value", "A formula that was never worked out", workbook([["1", Raw("><f>SUM(A1:A2)</f>"), "ISS"]]),
          "setting_name", "formula_without_value", row=2, suffix="xlsx"),
    aside("B67", "#REF!", "A workbook's cell that ends in an error", workbook([["1", Raw('t="e"><v>#REF!</v>'), "ISS"]]),
          "setting_name", "sheet_error", row=2, suffix="xlsx"),
    aside("B68", "", "A flag that is neither yes nor no", "urn,setting_name,setting_type,section41\n1,A,ISS,perhaps\n", "section41", "unknown_code"),
    aside("B69", "", "A word in place of an amount", F + "P1,core,twelve,year,2025-09-01,\n", "amount_gbp", "bad_number"),
    aside("B250", "#REF!", "An error in the last cell of a sheet", workbook([["B250", "A", "ISS"], ["B250b", "B", Raw('t="e"><v>#N/A</v>')]]),
          "setting_type", "sheet_error", row=3, suffix="xlsx"),
    aside("B255", "unknown parent", "A fee of a placement that is not loaded", F + "P99,core,1,year,2025-09-01,\n", "placement_id", "unknown_parent"),
    aside("B256", "id in scientific notation", "A workbook's reference of over 15 digits", workbook([[1.23456789012346e18, "A", "ISS"]]),
          "urn", "id_scientific", row=2, suffix="xlsx"),
    aside("B257", "", "A month that does not exist", P + "K5,2014-13,ASD,2020-09-01,\n", "birth_month", "bad_date"),
    aside("B263", "missing key", "Parquet with a null in a required column",
          parquet(urn=["B263", "1"], setting_name=["A", None], setting_type=["ISS", "ISS"]), "setting_name", "missing_value", row=3, suffix="parquet"),
)  # fmt: skip

WARNED = (
    warn("B70", "need not recorded", "A plan whose need is not recorded", P + "W1,2014-02,,2020-09-01,\n", "need_not_recorded"),
    warn("B71", "rank-2 overlap", "A second placement beside the first", L + "W2,C1,700002,2024-10-01,2024-12-01,day,2\n", "rank_2_overlap"),
    warn("B72", "setting closed after entry", "A setting that closed while the placement was open",
         L + "W3,C2,700003,2021-09-01,2023-03-01,day,2\n", "closed_after_entry"),
    warn("B73", "credit without a named invoice", "A credit that names no payment", T + "W4,2024-09-01,A,-5\n", "credit_unnamed"),
    warn("B74", "other implausible value", "A number outside its range", "urn,setting_name,setting_type,age_low\n2,A,ISS,99\n", "implausible"),
    warn("B75", "", "A column that is not used", "urn,setting_name,setting_type,colour\n3,A,ISS,red\n", "columns_ignored"),
    warn("B77", "", "Part of a penny", F + "P1,therapy,1.005,day,2025-09-01,\n", "rounded_to_penny"),
    warn("B78", "", "A word for nothing", S + "5,A,ISS,N/A,,\n", "placeholder"),
    warn("B79", "", "Further, empty cells", "urn,setting_name,setting_type\n6,A,ISS,,\n", "trailing_cells"),
    warn("B80", "placement of another council's child", "A child of another council's district", L + "W5,D1,700001,2024-09-01,,day,\n", "other_council"),
    warn("B81", "fee over ten times the median", "A fee over ten times the median of thirty",
         partial(str.encode, fees(["100"] * 29 + ["1001"], "transport")), "fee_unusual", row=31),
    warn("B82", "", "A supplier whose name was redacted", T + "W7,2024-09-01,REDACTED PERSONAL DATA,5\n", "supplier_redacted"),
    warn("B83", "other implausible value", "A year that cannot be meant", S + "W8,A,ISS,1066-10-14,,\n", "implausible"),
    warn("B84", "other implausible value", "VAT above the fee",
         "placement_id,component,amount_gbp,vat_gbp,unit,valid_from\nP1,therapy,10,11,day,2025-09-02\n", "implausible"),
    warn("B85", "", "A child's month of birth that was another before", P + "D1,2014-03,ASD,2020-09-01,\n", "birth_month_changed", renews="raw_plans"),
    warn("B86", "", "A column without a header", "urn,setting_name,,setting_type\n3b,A,red,ISS\n", "columns_ignored"),
    warn("B87", "", "A further sheet of another source",
         workbook([["W9", "A", "ISS"]], sheets={"Plans": [P.strip().split(","), ["W9", "2014-02", "ASD", "2020-09-01", ""]]}), "sheets_ignored", suffix="xlsx"),
    warn("B88", "other implausible value", "A decision before its application",
         "case_id,child_id,kind,opened_on,target_start,status\nW10,C1,move,2025-01-10,2025-01-01,open\n", "implausible"),
)  # fmt: skip

ACCEPTED = (
    as_written("B90", "", "UTF-8", str.encode),
    as_written("B91", "UTF-8 BOM", "UTF-8 with a byte order mark", lambda text: text.encode("utf-8-sig")),
    as_written("B92", "UTF-16", "UTF-16", lambda text: text.encode("utf-16")),
    as_written("B93", "UTF-16", "UTF-16, big-endian", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    as_written("B94", "cp1252", "Windows-1252", lambda text: text.encode("cp1252")),
    as_written("B95", "CR-only line ends", "Carriage returns alone", lambda text: text.replace("\n", "\r")),
    as_written("B96", "mixed line ends", "Line ends of two kinds", lambda text: text.replace("\n", "\r\n", 1)),
    as_written("B97", "semicolon", "Semicolons between the cells", lambda text: text.replace(",", ";")),
    as_written("B98", "tab", "Tabs between the cells", lambda text: text.replace(",", "\t")),
    as_written("B99", "pipe", "Pipes between the cells", lambda text: text.replace(",", "|")),
    as_written("B100", "quoted comma", "Quotation marks around cells, with a comma in one",
               lambda text: text.replace("École", '"École, Upper"').replace("urn", '"urn"'), "École, Upper"),
    as_written("B101", "trailing blank rows", "Blank rows at the end", lambda text: text + "\n,,\n  ,\t,\u00a0\n"),
    as_written("B102", "title rows above the header", "Title rows above the header", lambda text: "Settings of the council\nas at 31 March\n\n" + text),
    as_written("B103", "merged header rows", "A merged header row above the header", lambda text: ",School,\n" + text),
    as_written("B104", "non-breaking space", "Non-breaking spaces", lambda text: text.replace("B104", "\u00a0B104\u00a0")),
    as_written("B105", "NFC/NFD names", "Accents that stand apart from their letters", lambda text: text.replace("É", "E\u0301")),
    as_written("B106", "", "A code in small letters", lambda text: text.replace("ISS", "iss")),
    as_written("B107", "", "No line end after the last record", str.rstrip),
    as_written("B108", "zero-width space", "Zero-width spaces", lambda text: text.replace("B108", "\u200bB108\u200b").replace("ISS", "I\u200bSS")),
    as_written("B109", "header case", "A header in capitals, with spaces",
               lambda text: text.replace("urn,setting_name,setting_type", "URN, Setting Name ,SETTING-TYPE")),
    as_written("B110", "header synonyms", "A header of other names", lambda text: text.replace("urn,setting_name", "school_urn,Establishment Name")),
    as_written("B111", "quoted newline", "A line end inside a cell", lambda text: text.replace("École", '"École\nUpper"'), "École\nUpper"),
    cell("B112", "£", "An amount with a pound sign", "net_gbp", "£1234.50", "1234.50"),
    cell("B113", "thousands commas", "An amount with a comma at the thousands", "net_gbp", "£1,234.50", "1234.50"),
    cell("B114", "(1,200) as negative", "A negative amount in brackets", "net_gbp", "(1,200)", "-1200.00", "credit_unnamed"),
    cell("B115", "", "A minus sign after the amount", "net_gbp", "1200-", "-1200.00", "credit_unnamed"),
    cell("B116", "£", "A pound sign that stands apart", "net_gbp", " £ 12 ", "12.00"),
    cell("B117", "dd/mm/yyyy", "A date as dd/mm/yyyy", "opened", "31/03/2024", date(2024, 3, 31)),
    cell("B118", "dd/mm/yyyy", "A date without noughts", "opened", "1/9/2024", date(2024, 9, 1)),
    cell("B119", "dd/mm/yyyy", "A date with hyphens", "opened", "01-09-2024", date(2024, 9, 1)),
    cell("B120", "ISO dates", "An ISO date", "opened", "2024-09-01", date(2024, 9, 1)),
    cell("B121", "ISO dates", "An ISO date with a time", "opened", "2024-09-01 00:00:00", date(2024, 9, 1)),
    cell("B122", "", "A date with the month's name", "opened", "1 September 2024", date(2024, 9, 1)),
    cell("B76", "Excel serials (1900)", "An Excel day number", "opened", "45536", date(2024, 9, 1), "excel_serial"),
    Case("B123", "accept", "Excel serials (1904)", "A day number of a workbook that counts from 1904", partial(from_1904, "B123"), "excel_serial",
         holds={"opened": date(2024, 9, 1)}, suffix="xlsx"),
    Case("B124", "accept", "ISO dates", "A workbook's cell with the format of a date",
         workbook([["B124", "A", "ISS", day(45536)]], header=(*HEADER, "opened")), holds={"opened": date(2024, 9, 1)}, suffix="xlsx"),
    cell("B125", "", "A month as mm/yyyy", "birth_month", "02/2014", "2014-02"),
    cell("B126", "", "A month of one digit", "birth_month", "2014-2", "2014-02"),
    cell("B127", "", "A day in place of a month", "birth_month", "17/02/2014", "2014-02"),
    cell("B128", "", "Digits of full width", "birth_month", "\uff12\uff10\uff11\uff14-02", "2014-02"),
    cell("B129", "need-code case", "A need's code in small letters", "primary_need", "asd", "ASD"),
    cell("B130", "need-code case", "Several codes, one twice", "needs", "asd; SEMH;asd", "ASD;SEMH"),
    cell("B131", "Y/N/TRUE", "Yes in place of Y", "section41", "yes", True),
    cell("B132", "Y/N/TRUE", "FALSE in place of N", "section41", "FALSE", False),
    cell("B133", "Y/N/TRUE", "Y", "section41", "Y", True),
    cell("B134", "script tags", "A script in a name", "setting_name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    cell("B135", "formula-like text", "A text that looks like a formula", "setting_name", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    Case("B140", "accept", "the same file again", "The same file again", BASE[0], "already_loaded"),
    Case("B141", "accept", "", "Numbers and days of Parquet",
         parquet(urn=pa.array([700141]), setting_name=["A"], setting_type=["ISS"], opened=pa.array([date(2024, 9, 1)])), holds={"urn": "700141",
         "opened": date(2024, 9, 1)}, suffix="parquet"),
    Case("B142", "accept", "", "Compressed text", gzip.compress((S + "B142,A,ISS,,,\n").encode(), mtime=0), holds={"urn": "B142"}, suffix="csv.gz"),
)  # fmt: skip

TABLE: tuple[Case, ...] = tuple(sorted((*REJECTED, *QUARANTINED, *WARNED, *ACCEPTED), key=lambda case: int(case.id[1:])))

SAFETY: dict[Response, tuple[str, ...]] = {
    "accept": (
        "UTF-8 BOM", "UTF-16", "cp1252", "CR-only line ends", "mixed line ends", "semicolon", "tab", "pipe", "quoted newline", "quoted comma",
        "trailing blank rows", "non-breaking space", "zero-width space", "£", "thousands commas", "(1,200) as negative", "dd/mm/yyyy", "ISO dates",
        "Excel serials (1900)", "Excel serials (1904)", "Y/N/TRUE", "header case", "header synonyms", "need-code case", "NFC/NFD names",
        "title rows above the header", "merged header rows", "script tags", "formula-like text", "the same file again",
    ),
    "warn": (
        "fee over ten times the median", "need not recorded", "rank-2 overlap", "setting closed after entry", "credit without a named invoice",
        "placement of another council's child", "other implausible value",
    ),
    "quarantine": (
        "impossible date", "month-first date", "two-digit year", "end before start", "start before birth", "age outside 0–25 at plan start",
        "age outside 0–25 at entry", "entry over two years ahead", "payment over two years ahead", "birth over two years ahead",
        "two rank-1 placements overlapping", "key conflict", "another birth month in one file", "unknown parent", "setting closed before entry",
        "unknown code", "missing key", "negative fee", "zero fee", "annualised fee above £1m", "1e308", "infinity", "NaN", "id in scientific notation",
        "#REF!", "formula without a cached value", "NUL in a cell", "bidi control", "ragged record", "cell above 32,767 characters",
    ),
    "reject": (
        "empty", "header only", "undecodable", "unclosed quote", "duplicate header", "required column missing", "over 200 columns", "line over 1 MB",
        "file over 50 MB", "zip ratio over 100", "over 400 MB expanded", "sheet dimension over 1M rows", "truncated workbook", "encrypted workbook",
        "legacy .xls", "HTML named .xls", "macros", "external links", "XML with DTD", "XML entities", "SEN2 of another year", "SEN2 of another council",
        "malformed Parquet", "nested Parquet", "another source's template",
    ),
}  # fmt: skip
