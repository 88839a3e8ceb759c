"""How long does it take to look back, on the sample authority and on eight million payments?

    pytest tests/benchmarks/test_looking_back_speed.py -m benchmark -s

Asserted are ratios within one run: making a past state takes less than three times what making the marts takes, which every load does as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from measuring import measured

from data import manifest, sample, schema
from data.store import Store

TODAY = date(2999, 1, 1)
PAYMENTS = 8_000_000
MOST_TIMES = 3.0


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def make_marts(store: Store) -> None:
    with store.transaction() as cursor:
        schema.create_marts(cursor)


def look_back(store: Store) -> None:
    store.known_on(TODAY).close()


def compare(store: Store, what: str) -> None:
    make_marts(store)
    marts, back = seconds(lambda: make_marts(store)), seconds(lambda: look_back(store))
    measured(f"looking back, {what}: {back:.1f} s; making the marts alone {marts:.1f} s")
    assert back < MOST_TIMES * marts


@pytest.mark.slow
@pytest.mark.benchmark
def test_looking_back_on_the_sample(tmp_path: Path) -> None:
    with Store.opened(tmp_path / "sample.duckdb", create=True) as store:
        sample.build(store)
        compare(store, "sample authority")


@pytest.mark.slow
@pytest.mark.benchmark
def test_looking_back_on_eight_million_payments(tmp_path: Path) -> None:
    with Store.opened(tmp_path / "england.duckdb", create=True) as store:
        names = "batch_id, source, file_name, sha256, warnings"
        row = dict(zip(names.split(", "), ("000001-england0", "payments", "england.csv", "0" * 64, "[]"), strict=True))
        counts = {"rows_in": PAYMENTS, "accepted": PAYMENTS, "duplicates": 0, "quarantined": 0, "seq": 1, "profile": None, "replaces": None, "is_sample": False}
        pounds = dict.fromkeys(("control_in", "control_accepted", "control_duplicates", "control_quarantined"), Decimal("0.00"))
        with store.transaction() as cursor:
            manifest.add(cursor, {**row, **counts, **pounds, "previous_hash": "0" * 64}, datetime(2026, 3, 31))  # noqa: DTZ001 - as the store keeps it
            cursor.execute(
                "INSERT INTO raw_payments BY NAME SELECT 'T' || i AS transaction_id, DATE '2020-04-01' + (i % 2000)::INT AS paid_on, "
                "'SUPPLIER ' || (i % 5000) AS supplier_name, (i % 100000) AS net_gbp, '000001-england0' AS batch_id, 1 AS seq, i + 2 AS row_number, "
                "true AS is_current, 1 AS known_seq FROM range($rows) AS r (i)",
                {"rows": PAYMENTS},
            )
        compare(store, f"{PAYMENTS:,} payments")
