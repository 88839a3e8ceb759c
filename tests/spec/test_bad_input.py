"""The table of bad input: what each kind of file, record or cell meets with. Ids are stable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk, codes, desk_without_marts, typed

from data.cells import Fault, clean, reader_of
from data.errors import WrongUsage
from data.sources import FEES as FEE_SOURCE
from data.sources import PAYMENTS, Source
from data.sources import PLANS as PLAN_SOURCE
from data.sources import SETTINGS as SETTING_SOURCE

S = "urn,setting_name,setting_type,opened,closed,capacity\n"
P = "child_id,birth_month,primary_need,plan_start,plan_ceased\n"
L = "placement_id,child_id,urn,entry_date,leaving_date,residence,rank\n"
F = "placement_id,component,amount_gbp,unit,valid_from,valid_to\n"
T = "transaction_id,paid_on,supplier_name,net_gbp\n"

REJECTED: dict[str, tuple[bytes, str]] = {
    "B01 empty": (b"", "empty"),
    "B02 only white space": (b"\xef\xbb\xbf \r\n\t\n", "empty"),
    "B03 header only": (S.encode(), "header_only"),
    "B04 undecodable control characters": (b"urn,setting_name,setting_type\n" + b"\x01\x02\x03" * 30 + b",A,ISS\n", "undecodable"),
    "B05 broken UTF-16": (b"\xff\xfe" + S.encode("utf-16-le") + b"\x00", "undecodable"),
    "B06 unclosed quote": (b'urn,setting_name,setting_type\n1,"A,ISS\n2,B,ISS\n', "unclosed_quote"),
    "B07 text after a closing quote": (b'urn,setting_name,setting_type\n1,"A"b,ISS\n', "unclosed_quote"),
    "B08 duplicate header": (b"urn,setting_name,setting_type,URN\n1,A,ISS,2\n", "duplicate_header"),
    "B09 two synonyms of one column": (b"transaction_id,paid_on,supplier_name,net_gbp,amount\nT,2024-01-01,A,1,2\n", "duplicate_header"),
    "B10 required column missing": (b"urn,setting_name\n1,A\n", "column_missing"),
    "B11 over 200 columns": (b"urn,setting_name,setting_type," + b",".join(b"x%d" % i for i in range(200)) + b"\n", "too_many_columns"),
    "B12 a line over 1 MB": (b"urn,setting_name,setting_type\n1," + b"A" * 1_000_001 + b",ISS\n", "line_too_long"),
    "B13 a file over 50 MB": (S.encode() + b"1,A,ISS,,,\n" * 4_600_000, "too_large"),
    "B14 a workbook that is cut off": (b"PK\x03\x04 and so on", "damaged_workbook"),
    "B15 an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "legacy_xls"),
    "B16 HTML, whatever its name": (b"<html><table><tr><td>urn</td></tr></table></html>", "html"),
    "B17 XML with a DTD": (b'<?xml version="1.0"?><!DOCTYPE x><x/>', "xml_entities"),
    "B18 Parquet that is cut off": (b"PAR1....", "damaged_parquet"),
    "B19 PDF": (b"%PDF-1.7", "pdf"),
    "B20 no known header": (b"colour,shape\nred,round\n", "unknown_source"),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_without_marts(tmp_path_factory.mktemp("bad")) as desk:
        desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES)
        desk.load(P + "C8,1998-01,ASD,2015-09-01,\n")
        desk.load(S + "700003,Closed School,ISS,1990-01-01,2022-07-31,\n")
        yield desk


@pytest.mark.parametrize("kind", REJECTED)
def test_a_file_that_cannot_be_used_is_rejected_with_a_sentence(desk: Desk, kind: str) -> None:
    content, code = REJECTED[kind]
    before = desk.rows("SELECT count(*) FROM meta_batch")
    report = desk.load(content)
    assert report.rejected is not None
    assert report.rejected["code"] == code
    assert report.rejected["message"].endswith(".")
    assert len(report.rejected["message"]) > 40
    assert (report.rows_in, report.batch_id, desk.rows("SELECT count(*) FROM meta_batch")) == (0, None, before)


def test_b21_another_sources_template_is_named(desk: Desk) -> None:
    report = desk.load(PLANS, source="settings")
    assert (report.rejected or {})["code"] == "another_source"
    assert "file of plans, not of settings" in (report.rejected or {})["message"]


def test_b22_a_header_that_fits_two_sources_asks_which(desk: Desk) -> None:
    report = desk.load("urn,setting_name,setting_type,provider,postcode,vehicle_id,lot,applied_on,status\n1,A,ISS,B,C,V,L,2024-01-01,applied\n")
    assert (report.rejected or {})["code"] == "ambiguous_source"


def test_b23_a_profile_reads_columns_that_the_file_must_have(desk: Desk) -> None:
    report = desk.load(SETTINGS, profile="nmiss_register_2018")
    assert (report.rejected or {})["code"] == "column_missing"
    with pytest.raises(WrongUsage, match="for settings, not plans"):
        desk.load(SETTINGS, profile="nmiss_register_2018", source="plans")
    with pytest.raises(WrongUsage, match="no mapping profile 'mine'"):
        desk.load(SETTINGS, profile="mine")


QUARANTINED: dict[str, tuple[str, str, str]] = {
    "B30 day that does not exist": (S + "1,A,ISS,31/02/2020,,\n", "opened", "bad_date"),
    "B31 month first": (S + "1,A,ISS,12/31/2020,,\n", "opened", "bad_date"),
    "B32 year of two digits": (S + "1,A,ISS,01/02/20,,\n", "opened", "bad_date"),
    "B33 no date at all": (S + "1,A,ISS,soon,,\n", "opened", "bad_date"),
    "B34 end before start": (S + "1,A,ISS,2020-01-02,2020-01-01,\n", "closed", "end_before_start"),
    "B35 start before birth": (P + "K1,2014-02,ASD,2014-01-31,\n", "plan_start", "start_before_birth"),
    "B36 over 25 at plan start": (P + "K2,1994-08,ASD,2020-09-01,\n", "plan_start", "age_out_of_range"),
    "B37 entry before birth": (L + "Q1,C1,700001,2013-09-01,,day,\n", "entry_date", "start_before_birth"),
    "B38 over 25 at entry": (L + "Q2,C8,700001,2024-02-01,,day,\n", "entry_date", "age_out_of_range"),
    "B39 entry over two years ahead": (L + "Q3,C1,700001,2028-04-01,,day,2\n", "entry_date", "too_far_ahead"),
    "B40 payment over two years ahead": (T + "T1,2028-04-01,A,1\n", "paid_on", "too_far_ahead"),
    "B41 birth over two years ahead": (P + "K3,2028-05,ASD,2028-06-01,\n", "birth_month", "too_far_ahead"),
    "B42 two first placements at once": (L + "Q4,C1,700002,2025-01-01,,day,1\n", "entry_date", "overlap"),
    "B43 key conflict": (F + "P1,core,1,year,2024-09-01,\n", "placement_id", "key_conflict"),
    "B44 two months of birth in one file": (P + "K4,2014-02,ASD,2020-09-01,\nK4,2014-03,ASD,2020-09-01,\n", "birth_month", "birth_month_conflict"),
    "B45 unknown parent": (L + "Q5,C1,799999,2015-01-01,2015-02-01,day,\n", "urn", "unknown_parent"),
    "B46 setting closed before entry": (L + "Q6,C2,700003,2022-08-01,2022-08-31,day,\n", "entry_date", "setting_closed"),
    "B47 unknown code": (S + "1,A,school,,,\n", "setting_type", "unknown_code"),
    "B48 missing key": (S + ",A,ISS,,,\n", "urn", "missing_key"),
    "B49 missing value": (S + "1,,ISS,,,\n", "setting_name", "missing_value"),
    "B50 negative fee": (F + "P1,core,-1,year,2025-09-01,\n", "amount_gbp", "negative_fee"),
    "B51 zero fee": (F + "P1,core,0,year,2025-09-01,\n", "amount_gbp", "zero_fee"),
    "B52 over a million a year": (F + "P1,core,1000000.01,year,2025-09-01,\n", "amount_gbp", "fee_too_large"),
    "B53 over a million a year by the day": (F + "P1,core,5263.16,day,2025-09-01,\n", "amount_gbp", "fee_too_large"),
    "B54 1e308": (F + "P1,core,1e308,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    "B55 infinity": (F + "P1,core,inf,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    "B56 NaN": (F + "P1,core,NaN,year,2025-09-01,\n", "amount_gbp", "not_finite"),
    "B57 reference in scientific notation": (S + "1.23E+05,A,ISS,,,\n", "urn", "id_scientific"),
    "B58 spreadsheet error": (S + "1,#REF!,ISS,,,\n", "setting_name", "sheet_error"),
    "B59 NUL": (S + "1,A\x00B,ISS,,,\n", "setting_name", "nul_character"),
    "B60 bidi control": (S + "1,A\u202eB,ISS,,,\n", "setting_name", "bidi_control"),
    "B61 too few cells": (S + "1,A,ISS\n", "", "ragged"),
    "B62 too many cells": (S + "1,A,ISS,,,,more\n", "", "ragged"),
    "B63 cell above 32,767 characters": (S + "1," + "A" * 32_768 + ",ISS,,,\n", "setting_name", "cell_too_long"),
    "B64 decimal comma": (F + 'P1,core,"1200,50",year,2025-09-01,\n', "amount_gbp", "bad_number"),
    "B65 part of a place": (S + "1,A,ISS,,,7.5\n", "capacity", "bad_number"),
}


@pytest.mark.parametrize("kind", QUARANTINED)
def test_a_record_at_fault_is_kept_out_with_its_reason_and_the_rest_is_loaded(desk: Desk, kind: str) -> None:
    text, column, code = QUARANTINED[kind]
    last = len(text.splitlines())
    report = desk.load(text)
    assert codes(report) == [(last, code)]
    (entry,) = report.quarantine
    assert (entry["column"] or "") == column
    assert entry["message"].endswith(".")
    assert report.rows_in == report.accepted + report.duplicates + report.quarantined
    assert report.quarantined == 1


def test_the_later_starting_of_overlapping_placements_is_kept_out_and_what_follows_it_is_not(tmp_path: Path) -> None:
    rows = [
        "A1,C1,700001,2021-09-01,2022-03-31,day",
        "A2,C1,700002,2022-01-01,2023-08-31,day",
        "A3,C1,700001,2022-09-01,,day",
        "A4,C2,700001,2022-09-01,2023-01-07,day",
    ]
    rows += ["A5,C2,700002,2023-01-01,,day"]  # seven days beside A4: a handover, not a fault
    with desk_without_marts(tmp_path) as own:
        own.load_all(SETTINGS, PLANS)
        report = own.load("placement_id,child_id,urn,entry_date,leaving_date,residence\n" + "\n".join(rows) + "\n")
    assert codes(report) == [(3, "overlap")]


def test_a_version_kept_out_leaves_no_other_version_that_overlaps(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as own:
        own.load_all(SETTINGS, PLANS, PLACEMENTS)
        twice = own.load(L + "A1,C1,700001,2024-10-01,,day,1\nA1,C1,700002,2024-10-01,,day,1\n")
        own.load(L + "A2,C2,700001,2020-09-01,2021-08-31,day,1\nA3,C2,700001,2021-09-01,2023-08-01,day,1\n")
        stands = own.load(L + "A3,C2,700001,2021-01-01,2021-06-30,day,1\nA4,C2,700002,2022-10-01,2023-08-01,day,1\n")
    assert codes(twice) == [(2, "overlap"), (3, "overlap")]
    assert codes(stands) == [(2, "overlap"), (3, "overlap")]  # A3 stays as it was, so A4 overlaps it


def test_a_child_who_may_still_be_25_in_the_month_of_birth_is_accepted(desk: Desk) -> None:
    report = desk.load(P + "Y1,2000-03,ASD,2026-03-01,\nY2,2000-02,ASD,2026-03-01,\n")
    assert codes(report) == [(3, "age_out_of_range")]


def test_a_file_that_may_not_be_read_is_rejected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def held(path: Path, *how: Any, **more: Any) -> Any:
        if path.suffix == ".csv" and how[:1] == ("rb",):
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", held)
    report = desk.load(SETTINGS)
    assert (report.rejected or {})["code"] == "unreadable"


def test_amounts_beyond_what_totals_can_hold_reject_the_file(desk: Desk) -> None:
    report = desk.load(T + "".join(f"H{n},2024-09-01,A,{'-' * (n % 2)}999999999999\n" for n in range(10_002)))
    assert (report.rejected or {})["code"] == "amounts_too_large"


WARNED: dict[str, tuple[str, str]] = {
    "B70 need not recorded": (P + "W1,2014-02,,2020-09-01,\n", "need_not_recorded"),
    "B71 second placement beside the first": (L + "W2,C1,700002,2024-10-01,2024-12-01,day,2\n", "rank_2_overlap"),
    "B72 setting closed after entry": (L + "W3,C2,700003,2021-09-01,2023-03-01,day,2\n", "closed_after_entry"),
    "B73 credit without a named payment": (T + "W4,2024-09-01,A,-5\n", "credit_unnamed"),
    "B74 implausible number": ("urn,setting_name,setting_type,age_low\n2,A,ISS,99\n", "implausible"),
    "B75 column not used": ("urn,setting_name,setting_type,colour\n3,A,ISS,red\n", "columns_ignored"),
    "B75b column without a header": ("urn,setting_name,,setting_type\n3b,A,red,ISS\n", "columns_ignored"),
    "B76 Excel day number": (S + "4,A,ISS,43831,,\n", "excel_serial"),
    "B77 part of a penny": (F + "P1,therapy,1.005,day,2025-09-01,\n", "rounded_to_penny"),
    "B78 word for nothing": (S + "5,A,ISS,N/A,,\n", "placeholder"),
    "B79 further, empty cells": ("urn,setting_name,setting_type\n6,A,ISS,,\n", "trailing_cells"),
}


@pytest.mark.parametrize("kind", WARNED)
def test_an_oddity_is_accepted_and_listed(desk: Desk, kind: str) -> None:
    text, code = WARNED[kind]
    report = desk.load(text)
    assert (report.accepted, report.quarantined) == (1, 0)
    assert code in [w["code"] for w in report.warnings]


def test_b80_a_child_of_another_councils_district_is_listed(desk: Desk) -> None:
    desk.load("child_id,birth_month,primary_need,plan_start,home_district\nD1,2014-02,ASD,2020-09-01,Medway\nD2,2014-02,ASD,2020-09-01,Thanet\n")
    report = desk.load(L + "W5,D1,700001,2024-09-01,,day,\nW6,D2,700001,2024-09-01,,day,\n")
    assert [(w["code"], w["count"], w["rows"]) for w in report.warnings] == [("other_council", 1, [2])]


def test_b81_a_fee_over_ten_times_the_median_is_listed_from_thirty_fees_on(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as own:
        own.load_all(SETTINGS, PLANS, PLACEMENTS)
        days = [date(2024, 9, 1 + day) for day in range(30)]
        lines = [f"P1,core,100,day,{day},\n" for day in days[:29]] + [f"P1,core,1001,day,{days[29]},\n"]
        report = own.load(F + "".join(lines))
        few = own.load(F + "P1,therapy,1,day,2024-09-01,\nP1,therapy,900,day,2024-09-02,\n")
    assert [(w["code"], w["rows"]) for w in report.warnings] == [("fee_unusual", [31])]
    assert few.warnings == ()


ROWS = "urn,setting_name,setting_type\n700001,École,ISS\n"
ACCEPTED: dict[str, bytes] = {
    "B90 UTF-8": ROWS.encode(),
    "B91 UTF-8 with byte order mark": ROWS.encode("utf-8-sig"),
    "B92 UTF-16": ROWS.encode("utf-16"),
    "B93 UTF-16 big-endian": b"\xfe\xff" + ROWS.encode("utf-16-be"),
    "B94 cp1252": ROWS.encode("cp1252"),
    "B95 carriage returns alone": ROWS.replace("\n", "\r").encode(),
    "B96 mixed line ends": ROWS.replace("\n", "\r\n", 1).encode(),
    "B97 semicolon": ROWS.replace(",", ";").encode(),
    "B98 tab": ROWS.replace(",", "\t").encode(),
    "B99 pipe": ROWS.replace(",", "|").encode(),
    "B100 quoted cells": '"urn","setting_name","setting_type"\n"700001","École","ISS"\n'.encode(),
    "B101 trailing blank rows": (ROWS + "\n,,\n  ,\t,\u00a0\n").encode(),
    "B102 title rows above the header": ("Settings of the council\nas at 31 March\n\n" + ROWS).encode(),
    "B103 merged header row above the header": (",School,\n" + ROWS).encode(),
    "B104 non-breaking and zero-width spaces": ROWS.replace("700001", "\u00a0700001\u200b").encode(),
    "B105 decomposed accents": ROWS.replace("É", "E\u0301").encode(),
    "B106 code in another case": ROWS.replace("ISS", "iss").encode(),
    "B107 no newline at the end": ROWS.rstrip().encode(),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_file_is_read_however_it_was_written(kind: str, tmp_path: Path) -> None:
    read = typed(ACCEPTED[kind], tmp_path)
    assert (read.rows_in, read.faults, read.ragged) == (1, [], [])
    table = read.rows
    assert (table["urn"], table["setting_name"], table["setting_type"]) == (["700001"], ["École"], ["ISS"])


CELLS: list[tuple[Source, str, str, Any]] = [
    (FEE_SOURCE, "amount_gbp", "£1,234.50", 123_450),
    (PAYMENTS, "net_gbp", "(1,200)", -120_000),
    (PAYMENTS, "net_gbp", "1200-", -120_000),
    (PAYMENTS, "net_gbp", " £ 12 ", 1_200),
    (FEE_SOURCE, "valid_from", "31/03/2026", date(2026, 3, 31)),
    (FEE_SOURCE, "valid_from", "1/9/2024", date(2024, 9, 1)),
    (FEE_SOURCE, "valid_from", "01-09-2024", date(2024, 9, 1)),
    (FEE_SOURCE, "valid_from", "2024-09-01", date(2024, 9, 1)),
    (FEE_SOURCE, "valid_from", "2024-09-01 00:00:00", date(2024, 9, 1)),
    (FEE_SOURCE, "valid_from", "1 September 2024", date(2024, 9, 1)),
    (FEE_SOURCE, "valid_from", "45536", date(2024, 9, 1)),
    (PLAN_SOURCE, "birth_month", "02/2014", "2014-02"),
    (PLAN_SOURCE, "birth_month", "2014-2", "2014-02"),
    (PLAN_SOURCE, "birth_month", "17/02/2014", "2014-02"),
    (PLAN_SOURCE, "birth_month", "\uff12\uff10\uff11\uff14-02", "2014-02"),  # digits of full width
    (PLAN_SOURCE, "primary_need", "asd", "ASD"),
    (SETTING_SOURCE, "needs", "asd; SEMH;asd", "ASD;SEMH"),
    (SETTING_SOURCE, "section41", "yes", True),
    (SETTING_SOURCE, "section41", "FALSE", False),
    (SETTING_SOURCE, "setting_name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    (SETTING_SOURCE, "setting_name", "=HYPERLINK(1)", "=HYPERLINK(1)"),
]


@pytest.mark.parametrize(("source", "column", "text", "value"), CELLS, ids=[f"{c[1]} {c[2]}" for c in CELLS])
def test_a_cell_is_read_as_it_is_commonly_written(source: Source, column: str, text: str, value: Any) -> None:
    assert reader_of(source.column(column))(clean(text)) == value


@pytest.mark.parametrize("text", ["1.2.3", "12 May", "£", "1,23", "--1", "1e9999999", "twelve"])
def test_what_is_no_number_is_never_guessed(text: str) -> None:
    with pytest.raises(Fault):
        reader_of(FEE_SOURCE.column("amount_gbp"))(clean(text))
