"""A flat Parquet file becomes text as a person would write it, and its records count as if a header stood above."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loading import Desk, codes, desk_without_marts, typed

from data import reading
from data.readers import FileKind, Guarded
from data.readers.parquet import open_parquet
from data.reading import Here


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process: what the child adds has tests of its own."""
    monkeypatch.setattr(reading, "suited", lambda _paths: Here)


class _Nothing:
    def score(self, _record: object) -> int:
        return 0

    def source(self, _record: object) -> None:
        return None


def written(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def texts(folder: Path, column: pa.Array) -> list[str]:
    path = folder / "one.parquet"
    path.write_bytes(written(pa.table({"a": column, "b": pa.array(["x"] * len(column))})))
    opened = open_parquet(Guarded(path, path.name, FileKind.PARQUET, path.stat().st_size), _Nothing())
    return [text for block in opened.blocks() for text in block.columns[0].to_pylist()]


MOMENT = datetime(2024, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["a", None, ""]), ["a", "", ""]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array(["a", None], pa.large_string()), ["a", ""]),
        (pa.array(["é".encode(), b"b"]), ["é", "b"]),
        (pa.array([1, None, 10**15]), ["1", "", "1000000000000000"]),
        (pa.array([12345.0, 0.1 + 0.2, 1e-7, None]), ["12345", "0.3", "1E-07", ""]),
        (pa.array([1e16, float("nan"), float("inf")]), ["1E+16", "NAN", "INF"]),
        (pa.array([np.float32(0.1), np.float32(16_777_216)], pa.float32()), ["0.1", "16777216"]),
        (pa.array([Decimal("1200.50"), Decimal("0.0000001"), Decimal("1E+3")], pa.decimal128(20, 7)), ["1200.5", "0.0000001", "1000"]),
        (pa.array([Decimal("12345678901234567.89")], pa.decimal256(40, 2)), ["12345678901234567.89"]),
        (pa.array([date(2024, 9, 1), None]), ["2024-09-01", ""]),
        (pa.array([date(2024, 9, 1)], pa.date64()), ["2024-09-01"]),
        (pa.array([MOMENT.replace(tzinfo=None), datetime(2024, 9, 1, 13, 45)], pa.timestamp("us")), ["2024-09-01", "2024-09-01 13:45:00"]),  # noqa: DTZ001
        (pa.array([datetime(2024, 8, 31, 23, tzinfo=UTC)], pa.timestamp("ms", "Europe/London")), ["2024-09-01"]),
        (pa.array([MOMENT], pa.timestamp("ns", "UTC")), ["2024-09-01"]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.nulls(2), ["", ""]),
    ],
    ids=str,
)
def test_values_become_the_text_a_person_would_write(tmp_path: Path, column: pa.Array, expected: list[str]) -> None:
    assert texts(tmp_path, column) == expected


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


def test_a_parquet_file_is_loaded_and_a_fault_stands_at_the_records_number_plus_one(desk: Desk) -> None:
    table = pa.table(
        {
            "URN": pa.array([700001, 700002, 700003]),
            "Setting name": pa.array(["A", None, "C"]),
            "setting_type": pa.array(["ISS", "ISS", "NMSS"]).dictionary_encode(),
            "opened": pa.array([date(1990, 9, 1), None, None]),
        }
    )
    report = desk.load(written(table))
    assert (report.source, report.rows_in, report.accepted) == ("settings", 3, 2)
    assert codes(report) == [(3, "missing_value")]
    assert desk.rows("SELECT urn, opened::VARCHAR FROM raw_settings ORDER BY urn") == [("700001", "1990-09-01"), ("700003", None)]


def test_pounds_as_decimals_add_up_exactly(desk: Desk) -> None:
    amounts = [Decimal("0.10")] * 30_000  # more than a block
    table = pa.table(
        {
            "transaction_id": pa.array([f"T{i}" for i in range(len(amounts))]),
            "paid_on": pa.array([date(2024, 9, 1)] * len(amounts)),
            "supplier_name": pa.array(["A"] * len(amounts)),
            "net_gbp": pa.array(amounts, pa.decimal128(12, 2)),
        }
    )
    report = desk.load(written(table, row_group_size=7_000))
    assert (report.accepted, report.control_total) == (30_000, {"in": 3000.0, "accepted": 3000.0, "duplicates": 0.0, "quarantined": 0.0})
    assert desk.rows("SELECT min(row_number), max(row_number), count(DISTINCT row_number) FROM raw_payments") == [(2, 30_001, 30_000)]


def test_a_record_of_nothing_is_left_out_as_a_blank_line_is(tmp_path: Path) -> None:
    found = typed(written(pa.table({"urn": ["1", None, "2"], "setting_name": ["A", "", "B"], "setting_type": ["ISS", None, "ISS"]})), tmp_path)
    assert (found.rows_in, found.rows["row_number"]) == (2, [2, 4])
