"""Five hundred spoilt files: after each, every record is accounted for and nothing else in the store has changed."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loading import Desk, desk_without_marts
from measuring import measured

from data.batch import LoadReport
from data.sources import SOURCES

MUTATIONS = 500
A_GROUP = 50
QUICK = 100  # the rest in the long tier
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


def mutation(number: int) -> bytes:
    """The n-th spoilt file: one to three faults of cells and rows, then often one of bytes."""
    rng = random.Random(number)
    cells = grid(rng.choice(list(SOURCES)))
    for _ in range(rng.randint(1, 3)):
        if len(cells) > 1 and all(cells):
            rng.choice(CELL_MUTATIONS)(rng, cells)
    data = text_of(cells, rng.choice(",,,;\t|"), rng.choice(("\n", "\r\n", "\r"))).encode("utf-8")
    return rng.choice(BYTE_MUTATIONS)(rng, data)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        reports = desk.load_all(*(text_of(grid(source)) for source in SOURCES))
        assert [(r.rejected, r.quarantined) for r in reports] == [(None, 0)] * len(SOURCES)
        yield desk


Contents = dict[str, Counter[tuple[Any, ...]]]


def contents(desk: Desk, but: str | None = None) -> Contents:
    """Every row of every table, without which version is current and what closed a fault; `but` leaves out a batch."""
    found: Contents = {}
    with desk.store.cursor() as cursor:
        tables = {f"raw_{name}": "is_current" for name in SOURCES} | {"meta_batch": "withdrawn_by", "meta_quarantine": "resolved_by"}
        for table, changing in tables.items():
            sql = f"SELECT * EXCLUDE ({changing}) FROM {table} WHERE batch_id IS DISTINCT FROM $but"  # noqa: S608 - names of our own tables
            found[table] = Counter(cursor.execute(sql, {"but": but}).fetchall())
        found["supplier_match"] = Counter(cursor.execute("FROM supplier_match").fetchall())
    return found


def expect_accounted(desk: Desk, report: LoadReport) -> None:
    """Every record of an accepted file is in the store, in quarantine or told as a duplicate, and pounds add up with it."""
    assert report.rows_in == report.accepted + report.duplicates + report.quarantined
    assert report.rows_in > 0
    with desk.store.cursor() as cursor:
        held = cursor.execute(f"SELECT count(*) FROM raw_{report.source} WHERE batch_id = $batch", {"batch": report.batch_id}).fetchall()  # noqa: S608
        aside = cursor.execute("SELECT count(DISTINCT row_number) FROM meta_quarantine WHERE batch_id = $batch", {"batch": report.batch_id}).fetchall()
    assert (held[0][0], aside[0][0]) == (report.accepted, report.quarantined)
    for entry in report.quarantine:
        assert entry["row"] >= 2
        assert entry["code"]
        assert len(entry["message"]) > 15
        assert entry["message"].endswith(".")
    if report.control_total is not None:
        total = report.control_total
        assert round(total["in"] - total["accepted"] - total["duplicates"] - total["quarantined"], 2) == 0


@pytest.mark.parametrize("first", [first if first < QUICK else pytest.param(first, marks=pytest.mark.slow) for first in range(0, MUTATIONS, A_GROUP)])
def test_a_spoilt_file_harms_nothing(desk: Desk, first: int) -> None:
    outcomes = {"rejected": 0, "accepted in part": 0, "accepted": 0}
    before = contents(desk)
    for number in range(first, first + A_GROUP):
        report = desk.load(mutation(number))
        if report.rejected is not None:
            assert contents(desk) == before, f"mutation {number} was rejected and changed the store"
            assert report.rejected["message"].endswith("."), number
            assert (report.rows_in, report.accepted, report.batch_id) == (0, 0, None)
            outcomes["rejected"] += 1
            continue
        if report.already_loaded:
            assert contents(desk) == before, f"mutation {number} was loaded before and changed the store"
        else:
            expect_accounted(desk, report)
            assert contents(desk, but=report.batch_id) == before, f"mutation {number} changed rows of others"
            before = contents(desk)
        outcomes["accepted in part" if report.quarantined else "accepted"] += 1
    measured(f"spoilt files {first} to {first + A_GROUP - 1}: " + ", ".join(f"{count} {name}" for name, count in outcomes.items()))
    assert sum(outcomes.values()) == A_GROUP
