"""Reconciliations end at zero with every difference named: four placements and seven payments, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from loading import Desk

from analytics import reconcile
from analytics.reconcile import quality as checking
from analytics.run.checking import check_store
from data import matching

SETTINGS = "urn,setting_name,setting_type,closed\n700001,One School,ISS,\n700002,Two Juniper School,NMSS,2025-06-30\n700003,Three College,SPI,\n"
PLANS = (
    "child_id,birth_month,primary_need,plan_start\nC1,2014-02,ASD,2020-09-01\nC2,2012-11,,2019-09-01\nC3,2008-01,SEMH,2019-09-01\nC4,2013-05,ASD,2020-01-01\n"
)
# C1 and C4 at One School, C2 at Two Juniper School (which closes), C3 at Three College until July; P5 is a second placement of C1.
PLACEMENTS = """placement_id,child_id,urn,entry_date,leaving_date,residence,rank
P1,C1,700001,2024-09-01,,day,1
P2,C2,700002,2024-09-01,,day,1
P3,C3,700003,2024-09-01,2025-07-31,day,1
P4,C4,700001,2025-09-01,,day,1
P5,C1,700003,2025-09-01,,day,2
"""
# A year from 1 September 2024 and one from 1 September 2025: the financial year 2025-26 takes 153 of 365 days of the first and 212 of 365 of the second.
FEES = """placement_id,component,amount_gbp,unit,funder,valid_from,valid_to
P1,core,36500,year,education,2024-09-01,2025-08-31
P1,core,36500,year,education,2025-09-01,2026-03-31
P1,transport,3650,year,education,2025-09-01,2026-03-31
P2,core,36500,year,education,2025-09-01,2026-03-31
P2,core,3650,year,dfe_place,2025-09-01,2026-03-31
P4,core,36500,year,education,2025-09-01,2026-03-31
P4,therapy,3650,year,health,2025-09-01,2026-03-31
P3,core,100,year,education,2026-01-01,2026-02-01
"""
# 2025-26 agreed: P1 core 36,500 + transport 2,120; P2 21,200 + 2,120; P4 21,200 + 2,120. One School: 61,940; Two Juniper School: 23,320.
PAYMENTS = """transaction_id,paid_on,supplier_name,net_gbp,urn,placement_id,credits_transaction_id
T1,2025-06-01,ONE SCHOOL,37000.00,,P1,
T2,2025-10-01,ONE SCHOOL,21000.00,700001,,
T3,2025-10-01,TWO JUNIPER SCHOOL LTD,22000.00,,,
T4,2025-10-01,ZIGZAG CARS,500.00,,,
T5,2025-11-01,ZIGZAG CARS,-20.00,,,
T6,2025-11-01,THREE COLLEGE,100.00,,P3,
T7,2025-11-01,OUTSIDE PAYEE,9.00,,,
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES, PAYMENTS)
    matching.confirm(desk.store, "TWO JUNIPER SCHOOL LTD", "700002", "finance")
    matching.confirm(desk.store, "ZIGZAG CARS", None, "finance")
    document = check_store(desk.store)
    desk.store.close()
    return document


def bridge(found: dict[str, Any], urn: str | None, name: str) -> dict[str, Any]:
    (row,) = [
        r
        for r in found["reconciliation"]
        if r["reconciliation"] == "ledger_to_agreements" and (r["year"], r["urn"], r["setting_name"]) == ("2025-26", urn, name)
    ]
    return row | {"lines": {line["line"]: line["gbp"] for line in row["lines"]}}


def test_one_school_from_agreed_cost_to_the_ledger(found: dict[str, Any]) -> None:
    row = bridge(found, "700001", "One School")
    words = reconcile.LEDGER_STEPS
    assert (row["from_gbp"], row["to_gbp"], row["residual_gbp"]) == (61_940.0, 58_000.0, 0.0)
    assert row["lines"] == {
        words["less_transport"]: -2_120.0,
        words["less_other_purses"]: -2_120.0,
        words["agreed_not_paid"]: -200.0,  # P4's 21,200 against the 21,000 that names the school alone
        words["paid_above_agreed"]: 500.0,  # P1: 37,000 against 36,500
    }


def test_a_confirmed_supplier_counts_for_its_setting(found: dict[str, Any]) -> None:
    row = bridge(found, "700002", "Two Juniper School")
    assert row["lines"] == {reconcile.LEDGER_STEPS["less_dfe_place"]: -2_120.0, reconcile.LEDGER_STEPS["paid_no_placement"]: 800.0}
    assert (row["from_gbp"], row["to_gbp"], row["residual_gbp"]) == (23_320.0, 22_000.0, 0.0)


def test_payments_of_no_setting_stand_by_themselves(found: dict[str, Any]) -> None:
    row = bridge(found, None, "No known setting")
    assert row["lines"] == {reconcile.LEDGER_STEPS["paid_no_setting"]: 480.0, reconcile.LEDGER_STEPS["paid_unmatched"]: 9.0}


def test_a_payment_for_days_without_agreement_is_named(found: dict[str, Any]) -> None:
    row = bridge(found, "700003", "Three College")
    assert row["lines"] == {reconcile.LEDGER_STEPS["paid_not_agreed"]: 100.0}


def test_the_whole_ledger_is_accounted_for(found: dict[str, Any]) -> None:
    row = bridge(found, None, "All")
    assert (row["to_gbp"], row["residual_gbp"]) == (80_589.0, 0.0)
    assert all(not r.get("residual_gbp") and not r.get("residual_count") for r in found["reconciliation"])


def test_counts_step_down_to_the_one_that_papers_quote(found: dict[str, Any]) -> None:
    steps = [r for r in found["reconciliation"] if r["reconciliation"] == "counts_to_placements"]
    assert [s["from_count"] for s in steps] == [5, 5, 4, 4, 3, 3]  # P3 ended; P5 is post-16; no other second placement; all of school age
    assert steps[-1]["to_count"] == 3
    assert [s["lines"][0]["count"] for s in steps] == [0, -1, 0, -1, 0, 0]


def level(found: dict[str, Any], code: str) -> tuple[str, int]:
    (check,) = [c for c in found["checks"] if c["code"] == code]
    return check["level"], check["count"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("rows_payments", ("info", 7)),
        ("rows_cases", ("warning", 0)),
        ("plans_need_not_recorded", ("warning", 1)),
        ("fees_outside_placement", ("error", 1)),  # P3's line begins after the child left
        ("placements_open_without_fee", ("error", 1)),  # P5
        ("placements_rank2_overlap", ("warning", 1)),
        ("placements_setting_closed", ("warning", 1)),  # P2
        ("payments_unmatched", ("warning", 1)),
        ("payments_no_setting", ("info", 2)),
        ("credits_without_invoice", ("info", 1)),
        ("fees_overlapping", ("info", 0)),
        ("batches_add_up", ("info", 0)),
        ("quarantine", ("info", 0)),
    ],
)
def test_each_question_of_quality_finds_its_record(found: dict[str, Any], code: str, expected: tuple[str, int]) -> None:
    assert level(found, code) == expected


def test_codes_are_each_there_once_and_messages_name_no_file_or_batch(found: dict[str, Any]) -> None:
    codes = [c["code"] for c in found["checks"]]
    assert len(codes) == len(set(codes))
    assert set(reconcile.QUALITY) <= set(codes)
    assert not [c for c in found["checks"] if ".csv" in c["message"] or "-0000" in c["message"] or "/" in c["message"] or ":" in c["message"]]


def test_the_same_data_gives_the_same_document(tmp_path: Path) -> None:
    documents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name)
        desk.load_all(SETTINGS, PLANS, PLACEMENTS)
        documents.append(check_store(desk.store))
        desk.store.close()
    assert documents[0] == documents[1]


def test_a_source_far_behind_the_newest_is_a_warning() -> None:
    days = pd.to_datetime(["2026-03-31", "2025-12-30", "2025-12-29"])
    sources = pd.DataFrame({"source": ["payments", "fees", "plans"], "rows": [1, 1, 1], "last_day": days})
    assert [(c.code, c.level, c.count) for c in checking._freshness(sources)] == [
        ("freshness_payments", "info", 0),
        ("freshness_fees", "info", 91),
        ("freshness_plans", "info", 92),
    ]
    later = sources.assign(last_day=[days[0], days[0], pd.Timestamp("2025-12-28")])
    assert [c.level for c in checking._freshness(later)] == ["info", "info", "warning"]


def test_a_batch_that_does_not_add_up_is_an_error() -> None:
    batches = pd.DataFrame({"rows_in": [3], "accepted": [1], "duplicates": [1], "quarantined": [0], "withdrawn_by": [None]})
    (check,) = checking._manifest(batches)
    assert (check.level, check.count) == ("error", 1)
