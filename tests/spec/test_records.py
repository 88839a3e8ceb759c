"""What people record of payments and budgets: kept, taken back, told to the audit log, cut to the day in a past state, forgotten when its time has come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk

from analytics.run import budget as budgets
from analytics.run import invoices
from analytics.run.session import Session
from data import budget, recovery
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.rewriting import carry_out

PAYMENTS = (
    "transaction_id,paid_on,supplier_name,net_gbp,urn,placement_id,narrative\n"
    "T1,2024-09-10,ONE SCHOOL,15041.10,700001,P1,Fees from 2024-09\nT2,2024-09-12,ONE SCHOOL,15041.10,700001,P1,Fees from 2024-09\n"
    "T3,2024-09-12,TWO SCHOOL,15000.00,700002,P2,Fees autumn term 2024\nT4,2024-10-12,TWO SCHOOL,15000.00,700002,P2,Fees autumn term 2024\n"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("records"))
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES, PAYMENTS)
    yield desk
    desk.store.close()


@pytest.fixture
def session(desk: Desk) -> Session:
    return Session(Role.FINANCE, desk.store, "pat")


def state(session: Session) -> tuple[int | None, str, tuple[()], str, str]:
    return None, invoices.EVERY, (), "", invoices.state(session)


def events(desk: Desk) -> list[dict[str, object]]:
    log = audit_path(desk.store.path)
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line for line in map(json.loads, lines) if line["event"] in ("recovery", "recovery_undone", "budget")]


def changes(desk: Desk) -> int:
    return int(desk.rows("SELECT number FROM meta_change")[0][0])


def test_a_record_is_kept_counted_told_and_taken_back(desk: Desk, session: Session) -> None:
    before, told = changes(desk), len(events(desk))
    assert [figure.value for figure in invoices.invoices(session, *state(session)).figures[:2]] == [30_041.10, 0.0]
    invoices.record(session, "T2", recovery.RECOVERED, 41.1, date(2025, 1, 6), "cheque")
    assert [figure.value for figure in invoices.invoices(session, *state(session)).figures[:2]] == [30_000.0, 41.1]
    assert changes(desk) == before + 1
    desk.reopen()
    again = Session(Role.FINANCE, desk.store, "pat")
    _, numbered = invoices.records(again)
    assert list(numbered.values()) == ["T2: £41 recovered, 6 January 2025"]
    invoices.take_back(again, next(iter(numbered)))
    assert invoices.records(again)[1] == {}
    assert changes(desk) == before + 2
    assert [(line["event"], line["user"], line["about"]) for line in events(desk)[told:]] == [
        ("recovery", "pat", {"number": int(next(iter(numbered))), "payment": "T2", "outcome": "recovered", "gbp": 41.1}),
        ("recovery_undone", "pat", {"number": int(next(iter(numbered))), "payment": "T2"}),
    ]


def test_not_owed_needs_a_reason_and_closes_the_payment(desk: Desk) -> None:
    session = Session(Role.COMMISSIONER, desk.store)
    with pytest.raises(WrongUsage, match="Say why"):
        invoices.record(session, "T2", recovery.NOT_OWED, None, date(2025, 1, 6), " ")
    invoices.record(session, "T2", recovery.NOT_OWED, None, date(2025, 1, 6), "A second child of that fee")
    assert invoices.invoices(session, *state(session)).figures[0].value == 15_000.0
    invoices.take_back(session, next(iter(invoices.records(session)[1])))


@pytest.mark.parametrize(
    ("payment", "gbp", "day", "words"),
    [
        ("T9", 1.0, date(2025, 1, 6), "No payment T9"),
        ("T2", None, date(2025, 1, 6), "Give the amount"),
        ("T2", 0.0, date(2025, 1, 6), "Give the amount"),
        ("T2", 15_041.11, date(2025, 1, 6), "more than the payment"),
        ("T2", 1.0, date(2999, 1, 6), "lies ahead"),
    ],
)
def test_a_record_that_cannot_be_is_refused_in_a_sentence(desk: Desk, payment: str, gbp: float | None, day: date, words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        invoices.record(Session(Role.FINANCE, desk.store), payment, recovery.RECOVERED, gbp, day, "")
    assert desk.store.read("recoveries").empty


def test_the_list_of_a_setting_holds_its_own_payments_and_no_other_name(desk: Desk) -> None:
    session = Session(Role.FINANCE, desk.store)
    assert set(invoices.settings(session, *state(session))) == {"700001", "700002"}
    for urn, own, other in (("700001", "T2", "Two"), ("700002", "T4", "One")):
        table = invoices.setting_lines(session, *state(session), urn)
        assert list(table.frame["transaction_id"]) == [own]
        assert other not in repr(table.frame.to_dict()) + table.title + table.subtitle
        assert table.child_level


def test_cabinet_and_administrator_see_and_record_nothing(desk: Desk) -> None:
    for role in (Role.CABINET, Role.ADMIN):
        session = Session(role, desk.store)
        for call in (
            lambda s=session: invoices.invoices(s, None, invoices.EVERY, (), "", ""),
            lambda s=session: invoices.lines(s, None, invoices.EVERY, (), "", ""),
            lambda s=session: invoices.record(s, "T2", recovery.RECOVERED, 1.0, date(2025, 1, 6), ""),
            lambda s=session: budgets.outturn_of(s, 2025, 0, ""),
            lambda s=session: budgets.accruals(s, 2025, 0),
            lambda s=session: budgets.enter(s, 2025, "health", 1.0, ""),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_a_budget_is_kept_replaced_and_taken_away(desk: Desk, session: Session) -> None:
    before = changes(desk)
    for gbp in (1_000.0, 2_000.5):
        budgets.enter(session, 2025, "high_needs", gbp, "Council, February")
    assert list(desk.store.read("budgets", fy=2025)["amount_gbp"]) == [2_000.5]
    assert desk.store.read("budgets", fy=2024).empty
    budgets.enter(session, 2025, "high_needs", None, "")
    assert desk.store.read("budgets", fy=2025).empty
    assert changes(desk) == before + 3
    assert events(desk)[-2]["about"] == {"year": "2025-26", "purse": "high_needs", "gbp": 2_000.5}
    for purse, amount in (("other", Decimal(1)), ("health", Decimal(0)), ("health", Decimal("NaN"))):
        with pytest.raises(WrongUsage):
            budget.enter(desk.store, 2025, purse, amount, "", "finance")
    with pytest.raises(WrongUsage, match="No budget"):
        budget.remove(desk.store, 2025, "health")


def test_a_past_state_knows_what_was_recorded_by_then(desk: Desk, session: Session) -> None:
    invoices.record(session, "T2", recovery.RECOVERED, 10.0, date(2025, 1, 6), "")
    budgets.enter(session, 2026, "health", 5.0, "")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE meta_batch SET loaded_at = loaded_at - INTERVAL 2 DAY")
    for day, records in ((yesterday.date(), 0), (datetime.now(UTC).date(), 1)):
        past = desk.store.known_on(day)
        try:
            assert len(past.read("recoveries")) == len(past.read("budgets", fy=2026)) == records
        finally:
            past.close()
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE meta_batch SET loaded_at = loaded_at + INTERVAL 2 DAY")
    invoices.take_back(session, next(iter(invoices.records(session)[1])))


def test_when_a_placement_goes_the_words_recorded_of_its_payments_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    left = PLACEMENTS.replace("entry_date,residence", "entry_date,leaving_date,residence").replace("2024-09-01,day", "2024-09-01,2024-12-31,day")
    desk.load_all(SETTINGS, PLANS, left.replace("2023-09-01,38wk", "2023-09-01,,38wk"), FEES, PAYMENTS)
    for payment in ("T2", "T4"):
        recovery.record(desk.store, payment, recovery.NOT_OWED, None, date(2025, 1, 6), "said by phone", "finance")
    desk.store.close()
    carry_out(desk.db, date(2025, 6, 1), lambda event, about: None)
    desk.reopen()
    assert desk.rows("SELECT transaction_id, note FROM recovery ORDER BY ALL") == [("T2", None), ("T4", "said by phone")]
    desk.store.close()
