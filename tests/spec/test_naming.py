"""What people write down is refused where it holds an id that is loaded, also where the store holds pseudonyms in its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from loading import SETTINGS, Desk, desk_without_marts

from data import budget, pseudonym, recovery
from data.errors import WrongUsage
from data.naming import names_a_child

PLANS = "child_id,birth_month,primary_need,plan_start\n{child},2014-02,ASD,2020-09-01\n"
PAYMENT = "transaction_id,paid_on,supplier_name,net_gbp,urn\nT1,2024-09-10,ONE SCHOOL,100.00,700001\n"
NAMES = pseudonym.Pseudonyms(b"k" * 32)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as desk:
        yield desk


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Spoke about CHILD-77.", True),
        ("(child-77)", True),
        ("CHILD-77/CHILD-78", True),
        ("CHILD-7 and CHILD-770", False),
        ("77 places, 2024/25", False),
        ("", False),
    ],
)
def test_a_text_names_a_child_by_a_whole_id_whatever_stands_around_it(desk: Desk, text: str, named: bool) -> None:
    desk.load(PLANS.format(child="CHILD-77"))
    assert names_a_child(desk.store, "nothing", text) is named


def test_an_id_is_found_where_the_store_knows_its_pseudonym_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.load(PLANS.format(child=NAMES.of("child_id", "CHILD-77")))
    assert not names_a_child(desk.store, "CHILD-77")
    monkeypatch.setattr(pseudonym, "of", lambda _store: NAMES)
    assert names_a_child(desk.store, "CHILD-77")
    assert not names_a_child(desk.store, "CHILD-78")


def test_notes_on_payments_and_budgets_name_no_child(desk: Desk) -> None:
    desk.load_all(SETTINGS, PLANS.format(child="CHILD-77"), PAYMENT)
    with pytest.raises(WrongUsage, match="holds the reference of a child"):
        recovery.record(desk.store, "T1", recovery.NOT_OWED, None, date(2025, 1, 6), "A term of CHILD-77", "pat")
    with pytest.raises(WrongUsage, match="holds the reference of a child"):
        budget.enter(desk.store, 2025, "high_needs", Decimal(1_000), "With CHILD-77", "pat")
    assert desk.rows("SELECT (SELECT count(*) FROM recovery) + (SELECT count(*) FROM budget)") == [(0,)]
    assert budget.enter(desk.store, 2025, "high_needs", Decimal(1_000), "Council, February", "pat") == 1
