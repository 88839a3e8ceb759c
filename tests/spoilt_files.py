"""Spoilt files by number: faults of cells and rows in a sound table, written as text, workbook or Parquet, then often faults of the format or its bytes."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from workbooks import Raw, column, day, workbook

from data.sources import SOURCES

# Two to four sound records a source, each a child, setting and placement of the same small authority.
SOUND: dict[str, list[dict[str, str]]] = {
    "settings": [
        {"urn": "700001", "setting_name": "One, School", "setting_type": "ISS", "opened": "2001-09-01", "capacity": "40", "needs": "ASD;SEMH",
         "section41": "Y"},
        {"urn": "700002", "setting_name": "Two School", "setting_type": "NMSS", "opened": "01/09/1990", "postcode": "ZZ1 1ZZ"},
        {"urn": "700003", "setting_name": 'Three "Hill"', "setting_type": "SPI", "age_low": "16", "age_high": "25"},
    ],
    "register": [{"urn": "700009", "register_name": "Nine, School", "town": "Zedtown", "opened": "01/09/1990", "closed": "2019-08-31"}],
    "inspections": [{"urn": "700001", "framework": "EIF", "area": "Overall effectiveness", "grade": "Good", "inspected_on": "2024-05-01"}],
    "vehicles": [{"vehicle_id": "V1", "vehicle_name": "DPS", "regime": "pcr2015_dps", "starts": "2022-09-01", "ends": "2025-08-31",
                  "authorised_gbp": "50000000"}],
    "members": [{"vehicle_id": "V1", "lot": "1", "urn": "700001", "applied_on": "2022-07-01", "decided_on": "2022-08-01", "status": "admitted"}],
    "contracts": [
        {"contract_id": "K1", "urn": "700001", "kind": "block", "guaranteed_places": "5", "price_gbp_per_place_year": "48,000.00", "starts": "2024-09-01",
         "ends": "2027-08-31", "void_share": "0.75"},
    ],
    "plans": [
        {"child_id": "C1", "birth_month": "2014-02", "primary_need": "ASD", "plan_start": "2020-09-01", "support_band": "4", "home_district": "Thanet"},
        {"child_id": "C2", "birth_month": "2012-11", "primary_need": "semh", "plan_start": "01/09/2019", "one_to_one_hours_week": "12.5"},
        {"child_id": "C3", "birth_month": "2010-01", "primary_need": "", "plan_start": "2018-01-31", "plan_ceased": "2025-08-31", "cease_reason": "2"},
    ],
    "placements": [
        {"placement_id": "P1", "child_id": "C1", "urn": "700001", "entry_date": "2024-09-01", "residence": "day", "named_by": "council"},
        {"placement_id": "P2", "child_id": "C2", "urn": "700002", "entry_date": "2023-09-01", "residence": "38wk", "leaving_date": "2025-07-31"},
        {"placement_id": "P3", "child_id": "C3", "urn": "700003", "entry_date": "2024-09-02", "residence": "day", "rank": "1"},
    ],
    "fees": [
        {"placement_id": "P1", "component": "core", "amount_gbp": "£45,000.50", "unit": "year", "valid_from": "2024-09-01"},
        {"placement_id": "P1", "component": "transport", "amount_gbp": "38.20", "unit": "day", "valid_from": "2024-09-01", "valid_to": "2025-07-31"},
        {"placement_id": "P2", "component": "core", "amount_gbp": "15000", "unit": "term", "valid_from": "2023-09-01", "funder": "health"},
    ],
    "payments": [
        {"transaction_id": "T1", "paid_on": "2024-10-01", "supplier_name": "ONE SCHOOL LTD", "net_gbp": "15000.17", "placement_id": "P1"},
        {"transaction_id": "T2", "paid_on": "31/01/2025", "supplier_name": "Two, School", "net_gbp": "(1,200)", "urn": "700002"},
        {"transaction_id": "T3", "paid_on": "2025-02-03", "supplier_name": "Somebody", "net_gbp": "1", "narrative": "=SUM(A1)\nsecond line"},
    ],
    "outcomes": [
        {"child_id": "C1", "urn": "700001", "measure": "attendance", "period_start": "2024-09-01", "period_end": "2025-07-31", "numerator": "350",
         "denominator": "380"},
    ],
    "consultations": [{"child_id": "C1", "urn": "700001", "sent_on": "2024-03-01", "replied_on": "2024-03-20", "reply": "offer", "parent_view": "accepts"}],
    "sen2": [
        {"census_year": "2025", "la": "886", "child_id": "C1", "birth_month": "2014-02", "primary_need": "ASD", "urn": "700001", "rank": "1",
         "entry_date": "2024-09-01", "residence": "day"},
    ],
    "returns": [
        {"urn": "700001", "return_date": "2026-02-10", "vacancies": "3", "uplift_per_cent": "5.5", "uplift_from": "01/09/2026",
         "running_cost_gbp": "£2,500,000"},
    ],
    "cases": [{"case_id": "Q1", "child_id": "C2", "kind": "move", "opened_on": "2025-01-10", "status": "open"}],
}  # fmt: skip
NASTY = (
    "31/02/2020", "12/31/2020", "01/02/20", "2020-13-01", "1e308", "inf", "NaN", "-1", "0", "1.23E+05", "#REF!", "#N/A", "A\x00B", "A\u202eB", "\u200b",
    "\u00a0", "£", "1200,50", "9" * 40, "-", "n/a", "TRUE", "É", "E\u0301", "<script>alert(1)</script>", "=1+1", "@x", "\t", "'", '"', "a\nb", "a\rb",
    "A" * 33_000, "799999", "2099-01-01", "1899-01-01", "45536", "60", "0x1F", "\uff11\uff12", "\U0001f469\u200d\U0001f467", "\ufeff",
    "Robert'); DROP TABLE raw_plans;--", "day;52wk", "ASD;", "1,000,000.01", "(5)", "--5",
)  # fmt: skip
Grid = list[list[str]]


def grid(source: str) -> Grid:
    """The source's sound records as a header and rows of cells."""
    names = list(SOURCES[source].names)
    return [names, *([record.get(name, "") for name in names] for record in SOUND[source])]


def text_of(cells: Grid, delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(cells)
    return out.getvalue()


def spoil_a_cell(rng: random.Random, cells: Grid) -> None:
    row = rng.randrange(1, len(cells))
    cells[row][rng.randrange(len(cells[row]))] = rng.choice(NASTY)


def lose_a_cell(rng: random.Random, cells: Grid) -> None:
    row = rng.randrange(1, len(cells))
    del cells[row][rng.randrange(len(cells[row]))]


def add_a_cell(rng: random.Random, cells: Grid) -> None:
    row = rng.randrange(len(cells))
    cells[row].insert(rng.randrange(len(cells[row]) + 1), rng.choice(("", "x", "2024-09-01")))


def drop_a_column(rng: random.Random, cells: Grid) -> None:
    column = rng.randrange(len(cells[0]))
    for row in cells:
        del row[column : column + 1]


def rename_a_column(rng: random.Random, cells: Grid) -> None:
    cells[0][rng.randrange(len(cells[0]))] = rng.choice(("", "unknown", cells[0][0], cells[0][-1].upper(), " urn "))


def swap_columns(rng: random.Random, cells: Grid) -> None:
    left, right = rng.randrange(len(cells[0])), rng.randrange(len(cells[0]))
    for row in cells:
        if max(left, right) < len(row):
            row[left], row[right] = row[right], row[left]


def repeat_a_row(rng: random.Random, cells: Grid) -> None:
    cells.insert(rng.randrange(1, len(cells) + 1), list(cells[rng.randrange(len(cells))]))


def blank_a_row(rng: random.Random, cells: Grid) -> None:
    cells.insert(rng.randrange(len(cells) + 1), rng.choice(([], [""], [" "] * len(cells[0]), ["Title of the export"])))


def blank_a_cell(rng: random.Random, cells: Grid) -> None:
    row = rng.randrange(1, len(cells))
    cells[row][rng.randrange(len(cells[row]))] = ""


def mix_sources(rng: random.Random, cells: Grid) -> None:
    cells.append(grid(rng.choice(list(SOURCES)))[1])


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def flip(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def splice(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.choice((b'"', b"\x00", b"\xff\xfe", b"\r", b"\x1a", b",,,,", b"\n\n", b"PK\x03\x04", b"\x80\x81", b'"\n"')) + data[at:]


def re_encode(rng: random.Random, data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-8-sig", "utf-16-be", "cp1252")), "replace")


def as_it_is(_rng: random.Random, data: bytes) -> bytes:
    return data


CELL_MUTATIONS: tuple[Callable[[random.Random, Grid], None], ...] = (
    spoil_a_cell, spoil_a_cell, spoil_a_cell, lose_a_cell, add_a_cell, drop_a_column, rename_a_column, swap_columns, repeat_a_row, blank_a_row, blank_a_cell,
    mix_sources,
)  # fmt: skip
BYTE_MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (as_it_is, as_it_is, as_it_is, cut, flip, splice, re_encode)


def as_text(rng: random.Random, cells: Grid) -> bytes:
    return text_of(cells, rng.choice(",,,;\t|"), rng.choice(("\n", "\r\n", "\r"))).encode("utf-8")


NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # a workbook cannot hold them; a few are left in to spoil its XML
ISO = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)")
FORMULAS = (Raw("><f>A1</f>"), Raw("><f>A1</f><v></v>"), Raw('t="str"><f>"A"</f><v>A</v>'), Raw("><f>1+1</f><v>2</v>"), Raw('t="e"><f>1/0</f><v>#DIV/0!</v>'))
EXTRA: tuple[dict[str, list[list[object]]], ...] = (
    {"Notes": [["About this workbook"], ["urn", "is the reference"]]},
    {"Plans": [*map(list, grid("plans"))]},
    {"Wide": [list(range(250))]},
    {"Empty": []},
    {"Copy": [*map(list, grid("settings"))]},
)


def as_cell(rng: random.Random, text: str, from_1904: bool) -> object:
    """A cell as Excel would keep it: a day as a number with a date's format, a number as one, with a float's digits, and now and then a formula."""
    if rng.random() < 0.02:
        return rng.choice(FORMULAS)
    if ISO.fullmatch(text) and rng.random() < 0.7:
        number = (date.fromisoformat(text) - date(1899, 12, 30)).days - 1462 * from_1904
        return day(number + 0.5 * (rng.random() < 0.1)) if rng.random() < 0.8 else number
    if re.fullmatch(r"-?\d{1,15}(\.\d+)?", text) and rng.random() < 0.7:
        return float(text)
    if text in ("Y", "TRUE") and rng.random() < 0.5:
        return True
    return NO_XML.sub("", text) if rng.random() < 0.99 else text


def as_workbook(rng: random.Random, cells: Grid) -> bytes:
    from_1904 = rng.random() < 0.3
    rows = [[as_cell(rng, text, from_1904) for text in row] for row in cells]
    header = [str(NO_XML.sub("", text)) for text in cells[0]] if cells else []
    wide, high = max(map(len, cells), default=1), len(cells)
    options: dict[str, Any] = {}
    for name, chance, value in (
        ("above", 0.2, [["Title of the export"], [], ["", "Merged", ""]]),
        ("first_row", 0.2, rng.randint(2, 9)),
        ("sheets", 0.3, rng.choice(EXTRA)),
        ("hidden", 0.2, ["Notes", "Copy", "Plans"]),
        ("after", 0.2, f'<mergeCells count="1"><mergeCell ref="A1:{column(max(wide - 1, 1))}1"/></mergeCells>'),
        ("after", 0.1, f'<mergeCells count="1"><mergeCell ref="A2:A{high + 3}"/></mergeCells>'),
        ("more", 0.1, f'<row r="{high + 40}"><c r="{column(wide)}{high + 40}"><v>1</v></c></row>'),
        ("dimension", 0.1, rng.choice(("A1", "A1:B2", "A1:C900", "A1:XFD1048576", "nowhere"))),
        ("declared", 0.03, 500_000_000),
        ("parts", 0.05, {"xl/vbaProject.bin": b"x"}),
    ):
        if rng.random() < chance:
            options[name] = value
    return workbook(rows[1:], header=header, date1904=from_1904, **options)


DAYS = (pa.date32(), pa.date64(), pa.timestamp("us"), pa.timestamp("ns", "UTC"))


def typed_column(rng: random.Random, texts: list[str]) -> pa.Array:
    """A column in one of the types that could hold it; where it cannot, as text."""
    given = [text or None for text in texts] if rng.random() < 0.7 else texts
    as_type: tuple[Callable[[], pa.Array], ...] = (
        lambda: pa.array(given, pa.string()),
        lambda: pa.array(given, pa.large_string()),
        lambda: pa.array(given, pa.string()).dictionary_encode(),
        lambda: pa.array([text and int(text) for text in given], pa.int64()),
        lambda: pa.array([text and float(text) for text in given], rng.choice((pa.float64(), pa.float32()))),
        lambda: pa.array([text and Decimal(text) for text in given], pa.decimal128(30, 6)),
        lambda: pa.array([text and date.fromisoformat(text) for text in given], rng.choice(DAYS)),
        lambda: pa.array([text and text.encode("utf-8", "surrogatepass") for text in given], pa.binary()),
    )
    for _ in range(4):
        try:
            return rng.choice(as_type)()
        except (ValueError, ArithmeticError, TypeError, pa.ArrowInvalid):
            continue
    return pa.array(texts, pa.string())


def as_parquet(rng: random.Random, cells: Grid) -> bytes:
    wide = len(cells[0])
    columns = [typed_column(rng, [row[at] if at < len(row) else "" for row in cells[1:]]) for at in range(wide)]
    if columns and rng.random() < 0.15:
        count = len(cells) - 1
        wrong = pa.array([b"\xff\xfe"] * count, pa.binary())
        odd = (pa.nulls(count), pa.array([["a", "b"]] * count), pa.array([{"a": 1}] * count), wrong, pa.array([True] * count))
        columns[rng.randrange(wide)] = rng.choice(odd)
    out = io.BytesIO()
    table = pa.Table.from_arrays(columns, names=cells[0])
    pq.write_table(table, out, compression=rng.choice(("snappy", "zstd", "none")), write_page_checksum=rng.random() < 0.5, row_group_size=rng.choice((1, 1000)))
    return out.getvalue()


def inside(rng: random.Random, data: bytes) -> bytes:
    """A workbook of which one part is spoilt while its archive is whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        parts = {part.filename: whole.read(part) for part in whole.infolist() if part.file_size < 1_000_000}
        chosen = rng.choice([name for name in parts if parts[name]])
        parts[chosen] = rng.choice((cut, flip, splice))(rng, parts[chosen])
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


Write = Callable[[random.Random, Grid], bytes]
Spoil = Callable[[random.Random, bytes], bytes]
# Two in five files are text, two in five workbooks, one in five Parquet.
FORMATS: tuple[tuple[str, Write, tuple[Spoil, ...]], ...] = (
    ("text", as_text, BYTE_MUTATIONS),
    ("text", as_text, BYTE_MUTATIONS),
    ("workbook", as_workbook, (*[as_it_is] * 6, cut, flip, inside)),
    ("parquet", as_parquet, (*[as_it_is] * 6, cut, flip, splice)),
    ("workbook", as_workbook, (*[as_it_is] * 6, inside, inside, splice)),
)


def mutation(number: int) -> tuple[str, bytes]:
    """The n-th spoilt file and its format: one to three faults of cells and rows, those of the format, then often one of bytes."""
    rng = random.Random(number)
    cells = grid(rng.choice(list(SOURCES)))
    for _ in range(rng.randint(1, 3)):
        if len(cells) > 1 and all(cells):
            rng.choice(CELL_MUTATIONS)(rng, cells)
    name, write, spoil = FORMATS[number % len(FORMATS)]
    return name, rng.choice(spoil)(rng, write(rng, cells))
