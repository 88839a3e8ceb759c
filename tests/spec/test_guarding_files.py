"""What is looked at before any parser; each kind of evil, cut off or mistaken file is in the table of bad input."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_input_table import TABLE
from loading import SETTINGS, Desk, desk_without_marts
from workbooks import HEADER, workbook

CASES = {case.id: case for case in TABLE}


def test_the_evil_ones_are_small() -> None:
    """As measured: 300 MB in a few hundred kilobytes, the last corner of a sheet in five."""
    assert len(CASES["B205"].content) < 400_000
    assert len(CASES["B200"].content) < 5_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def test_through_the_child_nothing_of_a_refused_file_is_written_and_the_others_are_loaded(desk: Desk) -> None:
    evil = [CASES[id_].content for id_ in ("B200", "B229", "B225")]
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
