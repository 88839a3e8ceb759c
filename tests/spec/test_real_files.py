"""The published files load as they are, through the shipped mapping profiles."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from loading import desk_without_marts

from data.load import load_files, preview

FILES = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
REGISTER = FILES / "nmiss_register_2018.csv"
BRADFORD = FILES / "payments_bradford_independent_placements.csv"
NEWCASTLE = FILES / "payments_newcastle_independent_placements.csv"

pytestmark = pytest.mark.skipif(not REGISTER.exists(), reason=f"the published files are not at {FILES}; set SHARED_DATA")


def pounds(path: Path, *columns: str) -> float:
    """The total of the first filled of several columns, read here by hand: commas out, brackets negative."""
    with path.open(encoding="utf-8", newline="") as file:
        texts = [next(row[c] for c in columns if row[c]).replace(",", "") for row in csv.DictReader(file)]
    return float(sum(-Decimal(text.strip("()")) if text.startswith("(") else Decimal(text) for text in texts))


def test_register_and_both_payments_files_load_without_a_fault(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        reports = load_files(desk.store, [REGISTER, BRADFORD, NEWCASTLE])
        assert [(r.source, r.rows_in, r.accepted, r.quarantined) for r in reports] == [
            ("settings", 624, 624, 0),
            ("payments", 996, 996, 0),
            ("payments", 770, 770, 0),
        ]
        assert desk.rows("SELECT profile FROM meta_batch ORDER BY seq") == [("nmiss_register_2018",), ("payments_bradford",), ("payments_newcastle",)]
        assert [r.control_total["accepted"] for r in reports if r.control_total] == [
            pounds(BRADFORD, "Net Amount"),
            pounds(NEWCASTLE, "Total (excludes VAT)", "Total"),
        ]
        assert desk.rows("SELECT setting_type, count(*) FROM raw_settings GROUP BY ALL ORDER BY ALL") == [("ISS", 562), ("NMSS", 62)]
        taken = dict(desk.rows("SELECT origin, count(*) FROM raw_payments WHERE origin IS NOT NULL GROUP BY ALL"))
        assert taken == {"net_gbp: Total": 247, "net_gbp: Total (excludes VAT)": 523}


def test_the_preview_says_where_each_column_comes_from(tmp_path: Path) -> None:
    shown = preview(NEWCASTLE)
    assert (shown.source, shown.profile, len(shown.rows)) == ("payments", "payments_newcastle", 20)
    assert {c["column"]: c["from"] for c in shown.columns if c["from"]}["net_gbp"] == "Total (excludes VAT), else Total"
