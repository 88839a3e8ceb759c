"""Ledger by month, and agreements against placements: every difference named, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest
from cost_store import cost_store, fill

from analytics import reconcile
from data.store import Store

DAY = date(2026, 3, 31)
# 100 pounds a day; September to March has 30, 31, 30, 31, 31, 28 and 31 days.
YEARLY = {"amount_gbp": "36500.00", "unit": "year"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("store"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def months(store: Store) -> pd.DataFrame:
    settings = [{"urn": "100001", "setting_name": "One School"}, {"urn": "100002", "setting_name": "Two School"}]
    fill(
        store,
        settings=settings,
        plans=[{"child_id": f"C{n}"} for n in (1, 2, 3)],
        placements=[{"placement_id": f"P{n}", "child_id": f"C{n}", "urn": "100002" if n == 3 else "100001", "entry_date": date(2025, 9, 1)} for n in (1, 2, 3)],
        fees=[
            {"placement_id": "P1", **YEARLY, "valid_from": date(2025, 9, 1), "valid_to": DAY},  # 21,200
            {"placement_id": "P2", **YEARLY, "valid_from": date(2026, 2, 1), "valid_to": DAY},  # 2,800 and 3,100
            {"placement_id": "P3", **YEARLY, "valid_from": date(2025, 9, 1), "valid_to": date(2025, 9, 30)},  # 3,000
        ],
        payments=[
            {"transaction_id": "T1", "paid_on": date(2025, 9, 10), "net_gbp": "12200.00", "placement_id": "P1"},  # the autumn, in advance
            {"transaction_id": "T2", "paid_on": date(2026, 1, 10), "net_gbp": "9000.00", "placement_id": "P1"},  # the spring
            {"transaction_id": "T3", "paid_on": date(2026, 3, 1), "net_gbp": "6490.00", "placement_id": "P2"},  # a tenth too much
            {"transaction_id": "T4", "paid_on": date(2025, 10, 1), "net_gbp": "3200.00", "urn": "100002"},  # names the school alone
            {"transaction_id": "T5", "paid_on": date(2025, 11, 1), "net_gbp": "9.00", "supplier_name": "OUTSIDE PAYEE"},
        ],
    )
    return store.read("ledger_by_month", fy=2025)


@pytest.fixture(scope="module")
def yearly(store: Store, months: pd.DataFrame) -> pd.DataFrame:
    assert len(months)
    return store.read("ledger_to_agreements")


def of(months: pd.DataFrame, step: str, urn: str | None) -> dict[str, float]:
    part = months[months["urn"].isna() if urn is None else months["urn"] == urn]
    return {f"{month:%b}": float(gbp) for month, gbp in zip(part["month"], part[step], strict=True) if gbp}


def test_terms_paid_in_advance_are_timing_and_come_to_nothing_over_the_year(months: pd.DataFrame) -> None:
    timing = of(months, "paid_other_month", "100001")
    assert {month: timing[month] for month in ("Sep", "Oct", "Nov", "Dec", "Jan")} == {"Sep": 9200, "Oct": -3100, "Nov": -3000, "Dec": -3100, "Jan": 5900}
    assert (timing["Feb"], timing["Mar"]) == (-2800 - 3080, -3100 + 3080)  # of P1 and of P2, whose two months were paid in March
    assert sum(timing.values()) == 0


def test_a_years_difference_is_spread_as_the_agreement_is(months: pd.DataFrame) -> None:
    assert of(months, "paid_above_agreed", "100001") == {"Feb": 280, "Mar": 310}


def test_a_payment_that_names_the_school_alone_meets_the_agreement_of_another_month(months: pd.DataFrame) -> None:
    assert of(months, "paid_other_month", "100002") == {"Sep": -3000, "Oct": 3000}
    assert of(months, "paid_no_placement", "100002") == {"Oct": 200}


def test_a_payment_of_no_known_setting_stands_in_its_month(months: pd.DataFrame) -> None:
    assert of(months, "paid_unmatched", None) == {"Nov": 9}


def test_the_months_add_up_to_the_years_bridge_and_each_ends_at_zero(yearly: pd.DataFrame, months: pd.DataFrame) -> None:
    steps = ["agreed_gbp", *reconcile.LEDGER_STEPS, "ledger_gbp"]
    pd.testing.assert_frame_equal(months.groupby("urn", dropna=False)[steps].sum(), yearly.set_index("urn")[steps], check_like=True)
    entries = reconcile.ledger_by_month(months, settings=True)
    assert {entry["residual_gbp"] for entry in entries} == {0.0}
    assert [entry["month"] for entry in entries if entry["setting_name"] == "All"] == [
        *("2025-09", "2025-10", "2025-11", "2025-12"),
        *("2026-01", "2026-02", "2026-03"),
    ]
    assert len(reconcile.ledger_by_month(months, settings=False)) == 7


# Each placement but the last of a pair has one thing wrong on 31 March 2026; pounds a year of its lines in the comment.
PLACEMENTS: list[dict[str, Any]] = [
    {"placement_id": "A", "leaving_date": date(2026, 2, 28)},  # 36,500 still agreed after leaving
    {"placement_id": "B", "entry_date": date(2026, 9, 1)},  # 40,000 agreed before entry
    {"placement_id": "C"},  # therapy alone, 5,000
    {"placement_id": "D", "residence": "38wk"},  # a core fee alone, 50,000
    {"placement_id": "E"},  # 30,000 and from January 33,000 beside
    {"placement_id": "F"},  # 36,500, ten days missing
    {"placement_id": "G", "contract_id": "K9"},  # 20,000, contract not loaded
    {"placement_id": "H", "purchase_type": "block"},  # 21,000, no contract
    {"placement_id": "I", "contract_id": "K2", "entry_date": date(2024, 9, 1)},  # 22,000 under another setting's contract, which has ended
    {"placement_id": "J", "contract_id": "K2", "entry_date": date(2025, 9, 1), "urn": "100002"},  # 25,000, second of one place
    {"placement_id": "K"},  # no fee at all
]
FEES: list[dict[str, Any]] = [
    {"placement_id": "A", "amount_gbp": "36500"},
    {"placement_id": "B", "amount_gbp": "40000", "valid_from": date(2026, 3, 1)},
    {"placement_id": "Z", "amount_gbp": "1000"},
    {"placement_id": "C", "component": "therapy", "amount_gbp": "5000"},
    {"placement_id": "D", "amount_gbp": "50000"},
    {"placement_id": "E", "amount_gbp": "30000"},
    {"placement_id": "E", "amount_gbp": "33000", "valid_from": date(2026, 1, 1)},
    {"placement_id": "F", "amount_gbp": "36500", "valid_to": date(2025, 8, 31)},
    {"placement_id": "F", "amount_gbp": "36500", "valid_from": date(2025, 9, 11)},
    {"placement_id": "G", "amount_gbp": "20000"},
    {"placement_id": "H", "amount_gbp": "21000"},
    {"placement_id": "I", "amount_gbp": "22000"},
    {"placement_id": "J", "amount_gbp": "25000"},
]
CONTRACT = {
    "contract_id": "K2",
    "urn": "100002",
    "kind": "block",
    "max_places": 1,
    "price_gbp_per_place_year": "25000",
    "starts": date(2023, 1, 1),
    "ends": date(2025, 12, 31),
}


@pytest.fixture(scope="module")
def agreed(store: Store, yearly: pd.DataFrame) -> Store:
    assert len(yearly)  # the first store has been read before it is filled anew
    fill(
        store,
        settings=[{"urn": "100001"}, {"urn": "100002", "setting_name": "Two School", "setting_type": "NMSS"}],
        plans=[{"child_id": f"C-{row['placement_id']}"} for row in PLACEMENTS],
        placements=[{"child_id": f"C-{row['placement_id']}", **row} for row in PLACEMENTS],
        fees=FEES,
        contracts=[CONTRACT],
    )
    return store


@pytest.mark.parametrize(
    ("code", "records", "gbp"),
    [
        ("agreements_after_leaving", 1, 36_500),
        ("agreements_before_entry", 1, 40_000),
        ("agreements_without_placement", 1, 1_000),
        ("agreements_core_missing", 1, 5_000),
        ("agreements_residential_missing", 1, 50_000),
        ("agreements_overlapping_now", 1, 30_000),
        ("agreements_gap", 1, 1_000),  # 10 of 365 days of 36,500
        ("contracts_not_loaded", 1, 20_000),
        ("contracts_block_unnamed", 1, 21_000),
        ("contracts_other_setting", 1, 22_000),
        ("contracts_not_running", 2, 47_000),
        ("contracts_over_places", 1, 25_000),
        ("contracts_price_differs", 1, -3_000),  # 22,000 for a place of 25,000
    ],
)
def test_each_finding_of_agreements_names_its_records_and_pounds(agreed: Store, code: str, records: int, gbp: float) -> None:
    found = reconcile.by_code(agreed.read("agreement_findings", as_at=DAY)).set_index("code")
    assert set(found.index) == set(reconcile.AGREEMENTS)
    assert (found.loc[code, "records"], found.loc[code, "gbp"]) == (records, gbp)


def test_agreed_pounds_come_down_to_those_of_open_placements(agreed: Store) -> None:
    whole, core, therapy = reconcile.agreements_to_placements(agreed.read("agreements_to_placements", as_at=DAY), DAY)
    assert (whole["from_count"], whole["from_gbp"], whole["to_count"], whole["to_gbp"]) == (12, 320_000, 9, 242_500)
    words = reconcile.NOT_COUNTED
    assert {line["line"]: (line["count"], line["gbp"]) for line in whole["lines"]} == {
        words["ended"]: (-1, -36_500),
        words["to_begin"]: (-1, -40_000),
        words["unknown"]: (-1, -1_000),
    }
    assert [(row["component"], row["residual_count"], row["residual_gbp"]) for row in (whole, core, therapy)] == [
        ("All", 0, 0),
        ("Core fee", 0, 0),
        ("Therapy", 0, 0),
    ]
    snapshot = agreed.read("snapshot", as_at=DAY)
    assert len(snapshot) == 9  # C to K are open: what the bridge ends at is the cost of these


def test_open_placements_come_down_to_those_with_a_fee(agreed: Store) -> None:
    whole, independent, non_maintained = reconcile.placements_to_agreements(agreed.read("placements_with_fee", as_at=DAY), DAY)
    assert (whole["from_count"], whole["to_count"], whole["residual_count"]) == (9, 8, 0)
    assert whole["lines"] == [{"line": reconcile.WITHOUT_FEE["never"], "count": -1}]  # K
    assert (independent["from_count"], independent["to_count"]) == (8, 7)
    assert (non_maintained["from_count"], non_maintained["to_count"]) == (1, 1)
