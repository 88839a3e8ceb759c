"""Ledger lines drawn by hand against agreements drawn by hand: what each line is, what may be owed, each pound once."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.findings import invoices as finding
from analytics.invoices import KINDS, check
from analytics.invoices.periods import NO_MONTH, month_told
from analytics.invoices.reasons import reasons

# £36,500 a year is £100 a day in 2024/25 (365 days): September to December 2024 are 122 days, January to March 2025 90, April to August 153.
LINE = {
    "transaction_id": "T1", "paid_on": date(2024, 9, 10), "net_gbp": 12_200.0, "narrative": "Placement fees from 2024-09", "cost_centre": "Schools",
    "supplier_name": "ONE SCHOOL", "urn": "100001", "setting_name": "One School", "match_kind": "given", "placement_id": "P1", "credits_transaction_id": None,
}  # fmt: skip
FEE = {
    "placement_id": "P1", "urn": "100001", "component": "core", "amount_gbp": 36_500.0, "unit": "year", "spread": "even", "units_per_year": 1,
    "full_year_gbp": 36_500.0, "first_day": date(2024, 9, 1), "last_day": date(2025, 8, 31), "entry_date": date(2024, 9, 1), "leaving_date": None,
}  # fmt: skip
AUTUMN = {"net_gbp": 12_200.0, "narrative": "Placement fees from 2024-09", "paid_on": date(2024, 9, 10)}
SPRING = {"net_gbp": 9_000.0, "narrative": "Placement fees from 2025-01", "paid_on": date(2025, 1, 10)}
SUMMER = {"net_gbp": 15_300.0, "narrative": "Placement fees from 2025-04", "paid_on": date(2025, 4, 10)}
LATER = {"net_gbp": 1.0, "narrative": "Placement fees", "paid_on": date(2025, 8, 1), "urn": None, "placement_id": None}  # the ledger goes on until then


def fees(*changes: dict[str, Any]) -> pd.DataFrame:
    """Fee lines of P1 at £36,500 a year, in 2024/25, changed as given."""
    return pd.DataFrame([FEE | change for change in changes or ({},)])


def ledger(*changes: dict[str, Any]) -> pd.DataFrame:
    """Ledger lines T1, T2 …, each the autumn term of P1 changed as given, in order of payment."""
    frame = pd.DataFrame([LINE | {"transaction_id": f"T{n}"} | change for n, change in enumerate(changes, 1)])
    frame["paid_on"] = pd.to_datetime(frame["paid_on"])
    return frame


def judged(lines: pd.DataFrame, agreements: pd.DataFrame) -> pd.DataFrame:
    return check(lines, agreements).lines.set_index("transaction_id")


def told(found: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(found["kind"], found["recoverable_gbp"], strict=True))


def test_terms_paid_as_agreed_agree() -> None:
    assert told(judged(ledger(AUTUMN, SPRING, SUMMER), fees())) == [("agrees", 0.0)] * 3


@pytest.mark.parametrize(
    ("gbp", "words"),
    [(3_000.0, "2024-09"), (3_041.67, "2024-09"), (12_166.67, "Autumn term 2024"), (36_500.0, "September 2024"), (18_100.0, "Sept 2024")],
)
def test_a_month_a_term_a_half_year_and_a_year_are_each_known_by_their_amount(gbp: float, words: str) -> None:
    """30 days; a twelfth; a third; 365 days; and September to February, 181 days."""
    assert told(judged(ledger({"net_gbp": gbp, "narrative": f"Fees {words}"}), fees())) == [("agrees", 0.0)]


def test_a_term_paid_twice_is_owed_once() -> None:
    found = judged(ledger(AUTUMN, AUTUMN | {"paid_on": date(2024, 9, 30)}, SPRING), fees())
    assert told(found) == [("agrees", 0.0), ("duplicate", 12_200.0), ("agrees", 0.0)]
    assert found.loc["T2", "of_transaction"] == "T1"


def test_two_children_with_one_fee_are_not_one_paid_twice() -> None:
    unnamed = AUTUMN | {"placement_id": None}
    two = fees({}, {"placement_id": "P2"})
    assert told(judged(ledger(unnamed, unnamed), two)) == [("agrees", 0.0)] * 2
    assert told(judged(ledger(unnamed, unnamed, unnamed), two)) == [("agrees", 0.0)] * 2 + [("duplicate", 12_200.0)]


LEFT = {"leaving_date": date(2024, 10, 31), "last_day": date(2024, 10, 31)}  # 61 of the 122 days


def test_what_was_paid_in_advance_for_a_child_who_left_is_owed_unless_credited() -> None:
    assert told(judged(ledger(AUTUMN, LATER), fees(LEFT)))[0] == ("missing_credit", 6_100.0)
    credit = {"net_gbp": -6_100.0, "paid_on": date(2024, 11, 20), "narrative": "Credit"}
    for names in ({"credits_transaction_id": "T1"}, {}, {"placement_id": None}):
        assert told(judged(ledger(AUTUMN, credit | names, LATER), fees(LEFT)))[:2] == [("agrees", 0.0), ("credit", 0.0)]
    part = credit | {"net_gbp": -2_000.0, "credits_transaction_id": "T1"}
    assert told(judged(ledger(AUTUMN, part, LATER), fees(LEFT)))[0] == ("missing_credit", 4_100.0)


def test_a_credit_is_waited_for_for_sixty_days() -> None:
    assert told(judged(ledger(AUTUMN, LATER | {"paid_on": date(2024, 12, 29)}), fees(LEFT)))[0] == ("credit_awaited", 0.0)
    assert told(judged(ledger(AUTUMN, LATER | {"paid_on": date(2024, 12, 31)}), fees(LEFT)))[0] == ("missing_credit", 6_100.0)


def test_a_term_after_the_child_left_is_owed_whole() -> None:
    found = judged(ledger(SPRING, LATER), fees(LEFT))
    assert told(found)[0] == ("paid_after_leaving", 9_000.0)


def test_a_payment_above_and_below_the_rate() -> None:
    found = judged(ledger(AUTUMN | {"net_gbp": 13_420.0}, SPRING | {"net_gbp": 8_550.0}, SUMMER), fees())
    assert told(found) == [("above_agreed", 1_220.0), ("below_agreed", 0.0), ("agrees", 0.0)]


def test_a_wrong_rate_for_a_child_who_left_is_one_amount_not_two() -> None:
    """£13,420 was paid where £6,100 was due: £7,320 once, and no more than that."""
    found = judged(ledger(SPRING | {"placement_id": "P2"}, AUTUMN | {"net_gbp": 13_420.0}, LATER), fees(LEFT, {"placement_id": "P2"}))
    assert told(found)[1] == ("above_agreed", 7_320.0)


def test_one_to_one_is_owed_where_none_was_agreed_and_agrees_where_it_was() -> None:
    extra = {"net_gbp": 1_220.0, "narrative": "1:1 support 2024-09"}
    assert told(judged(ledger(AUTUMN, extra), fees()))[1] == ("one_to_one_not_agreed", 1_220.0)
    own = {"component": "one_to_one", "amount_gbp": 3_650.0, "full_year_gbp": 3_650.0}
    assert told(judged(ledger(AUTUMN, extra), fees({}, own)))[1] == ("agrees", 0.0)


def test_one_to_one_that_ended_is_known_by_its_amount() -> None:
    """£10 a day of one-to-one to the end of December; it was paid for the 90 days after."""
    own = {"component": "one_to_one", "amount_gbp": 3_650.0, "full_year_gbp": 3_650.0, "last_day": date(2024, 12, 31)}
    found = judged(ledger(AUTUMN | {"net_gbp": 13_420.0}, SPRING | {"net_gbp": 9_900.0}), fees({}, own))
    assert told(found) == [("agrees", 0.0), ("one_to_one_not_agreed", 900.0)]


def test_a_refund_that_names_nothing_is_said_and_taken_off_what_its_placement_owes() -> None:
    back = {"net_gbp": -500.0, "narrative": "Refund", "paid_on": date(2025, 2, 1)}
    assert told(judged(ledger(AUTUMN, back), fees())) == [("agrees", 0.0), ("refund_without_payment", 0.0)]
    twice = judged(ledger(AUTUMN, AUTUMN, back), fees())
    assert told(twice) == [("agrees", 0.0), ("duplicate", 11_700.0), ("refund_without_payment", 0.0)]


def test_lines_to_which_nothing_applies_say_so() -> None:
    nothing = {"urn": None, "placement_id": None}
    odd = (nothing, {"placement_id": None, "net_gbp": 77.0}, {"net_gbp": 77.0}, {"paid_on": date(2026, 1, 5), "narrative": "2026-01"})
    found = judged(ledger(*odd), fees())
    assert list(found["kind"]) == ["no_setting", "no_placement", "not_explained", "no_agreement"]
    assert found["recoverable_gbp"].sum() == 0


def test_without_fees_or_without_payments_nothing_is_claimed() -> None:
    assert list(judged(ledger(AUTUMN), fees().iloc[:0])["kind"]) == ["no_agreement"]
    assert check(ledger(AUTUMN).iloc[:0], fees()).lines.empty


def test_each_line_is_once_in_the_totals_and_they_are_the_ledger_to_the_penny() -> None:
    lines = ledger(AUTUMN, AUTUMN, SPRING | {"net_gbp": 9_900.01}, SUMMER, {"urn": None, "placement_id": None, "net_gbp": 0.33}, {"net_gbp": -500.17})
    frames = finding.InvoiceFrames(check(lines, fees()).lines, records())
    table = finding.invoices(frames, "every year", date(2025, 4, 10), "v").tables["ledger"].frame
    assert table["lines"].iloc[-1] == len(lines) == table["lines"].iloc[:-1].sum()
    assert round(table["net_gbp"].iloc[:-1].sum(), 2) == table["net_gbp"].iloc[-1] == round(lines["net_gbp"].sum(), 2)


def records(*some: dict[str, Any]) -> pd.DataFrame:
    usual = {"number": 1, "transaction_id": "T2", "outcome": "recovered", "amount_gbp": 200.0, "on_day": date(2025, 5, 1), "note": None,
             "recorded_by": "finance", "urn": "100001", "setting_name": "One School", "is_loaded": True}  # fmt: skip
    return pd.DataFrame([usual | one for one in some], columns=list(usual))


def test_what_came_back_and_what_is_not_owed_leave_what_is_open() -> None:
    lines = check(ledger(AUTUMN, AUTUMN, SPRING | {"net_gbp": 9_900.0}), fees()).lines
    some = records({}, {"number": 2, "amount_gbp": 300.0}, {"number": 3, "transaction_id": "T3", "outcome": "not_owed", "amount_gbp": np.nan})
    found = finding.with_records(finding.InvoiceFrames(lines, some)).set_index("transaction_id")
    assert list(found["open_gbp"]) == [0.0, 11_700.0, 0.0]
    answer = finding.invoices(finding.InvoiceFrames(lines, some), "2024-25", None, "v")
    assert [figure.value for figure in answer.figures[:2]] == [11_700.0, 500.0]


def test_each_reason_is_one_sentence_with_its_evidence() -> None:
    lines = check(ledger(AUTUMN, AUTUMN, SPRING | {"net_gbp": 9_900.0}, LATER), fees()).lines
    said = reasons(lines, lines)
    assert said[0] == "Agrees with the agreement."
    assert said[1] == "£12,200.00 for 1 September 2024 to 31 December 2024 was paid again: T1 paid for it on 10 September 2024."
    assert said[2] == ("The agreement comes to £9,000.00 for 1 January 2025 to 31 March 2025 (£36,500.00 a year); £9,900.00 was paid, £900.00 more.")
    assert all("overcharge" not in one.lower() for one in [*said, *KINDS.values()])


@pytest.mark.parametrize(
    ("narrative", "month"),
    [("Fees 2025-09", (2025, 9)), ("Sept 2025 fees", (2025, 9)), ("SPRING TERM 2026", (2026, 1)), ("Inv 20250912", None), ("Fees", None), (None, None)],
)
def test_the_month_a_narrative_tells(narrative: str | None, month: tuple[int, int] | None) -> None:
    assert month_told(narrative) == (NO_MONTH if month is None else (month[0] - 1970) * 12 + month[1] - 1)


@pytest.mark.parametrize("credited", ["T1", "T2"])
def test_a_credit_that_names_either_of_two_equal_payments_settles_the_one_paid_twice(credited: str) -> None:
    back = AUTUMN | {"net_gbp": -12_200.0, "paid_on": date(2024, 10, 1), "credits_transaction_id": credited}
    found = judged(ledger(AUTUMN, AUTUMN, back), fees())
    assert told(found) == [("agrees", 0.0), ("duplicate", 0.0), ("credit", 0.0)]


def test_agreements_that_begin_after_the_last_payment_judge_none() -> None:
    later = {"first_day": date(2026, 9, 1), "last_day": date(2027, 8, 31), "entry_date": date(2026, 9, 1)}
    assert told(judged(ledger(AUTUMN), fees(later))) == [("no_agreement", 0.0)]


@pytest.mark.parametrize("narrative", ["Marsh 2025", "Decision 2024", "Mayfield 2025", "Augustine 2024"])
def test_a_word_that_begins_like_a_month_is_none(narrative: str) -> None:
    assert month_told(narrative) == NO_MONTH
