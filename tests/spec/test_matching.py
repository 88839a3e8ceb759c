"""Which setting a supplier name means: what is safe without a person and what never is, on names a reader can judge."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loading import PLANS, SETTINGS, desk_without_marts

from data.errors import WrongUsage
from data.likeness import Register
from data.matching import COLUMNS, NEAR_KM, confirm, decided, propose, refresh, undo
from data.names import Name, place_of

# Four schools around Newcastle whose names are met exactly, so that a ledger paying them lies there.
HOME = [("1", "Nunnykirk Dyslexia Centre", "NE61 4PB"), ("2", "Percy Hedley School", "NE12 7BH"), ("3", "Thornhill Juniper School", "SR2 7LA")]
HOME_NAMES = ["NUNNYKIRK DYSLEXIA CENTRE", "PERCY HEDLEY SCHOOL", "THORNHILL JUNIPER SCHOOL"]


def register(*more: tuple[Any, ...]) -> pd.DataFrame:
    rows = [(*row, None, None, None, None)[:7] for row in (*HOME, *more)]
    frame = pd.DataFrame(rows, columns=["urn", "setting_name", "postcode", "opened", "closed", "provider", "provider_group"])
    return frame.assign(opened=pd.to_datetime(frame["opened"]), closed=pd.to_datetime(frame["closed"]))


def ledger(*names: str, first: date = date(2018, 1, 1), last: date = date(2019, 1, 1)) -> pd.DataFrame:
    every = [*HOME_NAMES, *names]
    frame = pd.DataFrame({"supplier_name": every, "payments": 1, "gbp": 100.0})
    return frame.assign(first_paid=pd.Timestamp(first), last_paid=pd.Timestamp(last))


def judged(name: str, *more: tuple[Any, ...], **days: Any) -> dict[str, Any]:
    found = propose(ledger(name, **days), register(*more))
    assert list(found.columns) == COLUMNS
    return found[found["supplier_name"] == name].iloc[0].to_dict()


@pytest.mark.parametrize(
    "name",
    ["HASKEL SCHOOL", "Haskel School Ltd", "THE HASKEL SCHOOL LIMITED", "haskel", "Haskel  Special-School"],
)
def test_a_name_that_differs_in_form_only_is_safe(name: str) -> None:
    found = judged(name, ("9", "Haskel School", "NE8 4DR"))
    assert (found["urn"], found["automatic"]) == ("9", True)
    assert found["confidence"] >= 0.97


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("St Johns Catholic School for the De", "St John's Catholic School for the Deaf (Boston Spa)"),
        ("EXETER ROYAL ACADEMY FOR DEAF EDUCA", "Exeter Royal Academy for Deaf Education"),
        ("WEST OAKS SEN SPECIALIST SCHOOL & C", "West Oaks SEN Specialist School and College"),
    ],
)
def test_a_name_cut_off_by_the_ledger_is_completed(name: str, full: str) -> None:
    assert judged(name, ("9", full, "LS23 6DF"))["automatic"]


@pytest.mark.parametrize(
    "name",
    ["HASKEL GROUP LTD", "HASKEL TRUST", "HASKEL CARE AND EDUCATION LTD", "HASKEL SCHOOLS LTD", "HASKEL FOUNDATION", "GATESHEAD COUNCIL"],
)
def test_a_group_trust_or_council_waits_for_a_person(name: str) -> None:
    assert not judged(name, ("9", "Haskel School", "NE8 4DR"))["automatic"]


def test_a_trust_that_is_called_like_one_school_is_safe_only_if_it_runs_no_other() -> None:
    school = ("9", "Talbot Mulberry Trust", "NE15 8HW", None, None, "Talbot Mulberry Trust")
    other = ("10", "Rowan Mulberry School", "NE1 1AA", None, None, "Talbot Mulberry Trust")
    assert judged("TALBOT MULBERRY TRUST", school)["automatic"]
    assert not judged("TALBOT MULBERRY TRUST", school, other)["automatic"]


def test_a_provider_that_runs_one_setting_is_proposed_for_it_and_waits_for_a_person() -> None:
    one = ("9", "Riverbank School", "NE1 1AA", None, None, "Acme Cobalt Learning Ltd", "Acme Holdings")
    found = judged("ACME COBALT LEARNING LIMITED", one)
    assert (found["urn"], found["confidence"], found["automatic"]) == ("9", 0.8, False)
    other = ("10", "Hilltop School", "NE1 1AA", None, None, "Acme Cobalt Learning Ltd", None)
    assert judged("ACME COBALT LEARNING LIMITED", one, other)["urn"] is None


def test_two_open_schools_of_one_name_wait_for_a_person_and_the_near_one_is_proposed() -> None:
    found = judged("BELMONT SCHOOL", ("8", "Belmont School", "RH5 6LT"), ("9", "Belmont School", "NE3 1AA"))
    assert (found["urn"], found["automatic"]) == ("9", False)


def test_a_school_closed_before_the_first_payment_is_not_meant() -> None:
    gone = ("8", "Frederick Holmes School", "NE1 1AA", None, "2017-08-31")
    assert not judged("FREDERICK HOLMES SCHOOL", gone)["automatic"]
    found = judged("FREDERICK HOLMES SCHOOL", gone, ("9", "Frederick Holmes School", "NE1 1AA", "2017-09-01"))
    assert (found["urn"], found["automatic"]) == ("9", True)


def test_a_closed_namesake_nearby_makes_a_far_one_unsafe() -> None:
    far = ("9", "Hilton Cobnut School", "DE65 5GH")
    assert judged("HILTON COBNUT SCHOOL", far)["automatic"]
    assert not judged("HILTON COBNUT SCHOOL", far, ("8", "Hilton Cobnut School", "NE5 3RN", None, "2012-11-30"))["automatic"]


def test_a_ledger_may_have_two_homes() -> None:
    """A one-word name is safe among two others that the ledger pays, though far from the middle of all."""
    south = [
        ("5", "Amber Kestrel School", "ME1 1AA"),
        ("6", "Copper Linnet School", "CT1 1AA"),
        ("7", "Silver Plover School", "TN24 8AA"),
        ("9", "Haskel School", "CT9 2QJ"),
    ]
    names = ["AMBER KESTREL SCHOOL", "COPPER LINNET SCHOOL"]
    found = propose(ledger("HASKEL SCHOOL", *names), register(*south)).set_index("supplier_name")
    assert found.at["HASKEL SCHOOL", "automatic"]
    assert not judged("HASKEL SCHOOL", *south)["automatic"]


def test_a_school_closed_while_it_was_paid_is_meant() -> None:
    assert judged("FREDERICK HOLMES SCHOOL", ("8", "Frederick Holmes School", "NE1 1AA", None, "2018-08-31"))["automatic"]


def test_a_name_of_one_telling_word_far_away_waits_for_a_person() -> None:
    assert judged("LIGHTHOUSE SCHOOL", ("9", "Lighthouse School", "NE3 1AA"))["automatic"]
    assert not judged("LIGHTHOUSE SCHOOL", ("9", "Lighthouse School", "CT9 2QJ"))["automatic"]
    assert not judged("LIGHTHOUSE SCHOOL", ("9", "Lighthouse School", None))["automatic"]


def test_a_name_of_common_words_waits_for_a_person() -> None:
    assert not judged("THE NEW BRIDGE SCHOOL", ("9", "New Bridge School", "NE3 1AA"))["automatic"]


def test_a_neighbour_under_nearly_the_same_name_makes_it_unsafe() -> None:
    found = judged("THE DAVID LEWIS CENTRE", ("8", "David Lewis School", "SK9 7UD"), ("9", "The David Lewis Centre", "SK9 7UD"))
    assert not found["automatic"]


def test_a_misspelt_name_and_two_words_for_one_are_proposed_not_decided() -> None:
    for name in ("MEADOWCORFT SCHOOL", "MEADOW CROFT SCHOOL"):
        found = judged(name, ("9", "Meadowcroft School", "NE1 4AD"))
        assert (found["urn"], found["automatic"]) == ("9", False), name


def test_a_name_that_shares_only_common_words_is_proposed_nothing() -> None:
    assert judged("PARK HOUSE NURSERY", ("9", "Westfield House School", "NE1 1AA"))["urn"] is None


def test_rarer_words_weigh_more() -> None:
    known = Register(register(("9", "Meadowcroft School", "NE1 4AD"), ("10", "Percy Grove School", "NE1 4AD")))
    assert known.weight("MEADOWCROFT") > known.weight("PERCY") > known.weight("CENTRE")


@given(st.text(max_size=60))
def test_any_text_is_a_name_and_reading_it_twice_changes_nothing(text: str) -> None:
    words = Name(text).words
    assert Name(" ".join(words)).words == words or not words


def test_postcodes_lie_where_they_lie() -> None:
    newcastle, bradford, london = place_of("NE1 1AA"), place_of("bd5 0be"), place_of("E2 8AA")
    assert newcastle is not None
    assert bradford is not None
    assert london is not None
    assert abs(newcastle[1] - bradford[1]) == pytest.approx(131, abs=15)
    assert newcastle[1] - london[1] > NEAR_KM
    assert place_of("not a postcode") is None
    assert place_of(None) is None


PAYMENTS = (
    "transaction_id,paid_on,supplier_name,net_gbp,urn\n"
    "T1,2025-05-01,ONE SCHOOL LTD,100.00,\nT2,2025-06-01,ONE SCHOOL LTD,50.00,\nT3,2025-06-01,ANOTHER PAYEE,7.00,\nT4,2025-06-01,TWO SCHOOL,9.00,700002\n"
)


def test_decisions_are_kept_reused_and_undone(tmp_path: Any) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PLANS, PAYMENTS)
        first = refresh(desk.store).set_index("supplier_name")
        assert list(first.index) == ["ONE SCHOOL LTD", "ANOTHER PAYEE"]  # T4 names its setting
        assert (first.at["ONE SCHOOL LTD", "payments"], first.at["ONE SCHOOL LTD", "gbp"]) == (2, 150.0)

        before = desk.store.data_version()
        confirm(desk.store, "ONE SCHOOL LTD", "700001", "finance")
        confirm(desk.store, "ANOTHER PAYEE", None, "finance")
        assert refresh(desk.store).empty
        assert dict(zip(decided(desk.store)["supplier_name"], decided(desk.store)["urn"], strict=True))["ONE SCHOOL LTD"] == "700001"
        assert desk.store.data_version() != before

        desk.load("transaction_id,paid_on,supplier_name,net_gbp\nT9,2025-07-01,ONE SCHOOL LTD,25.00\n")
        assert refresh(desk.store).empty  # the decision is used again for a new payment

        confirm(desk.store, "ONE SCHOOL LTD", "700002", "commissioner")
        assert len(decided(desk.store)) == 2
        assert undo(desk.store, "ONE SCHOOL LTD")
        assert not undo(desk.store, "ONE SCHOOL LTD")
        assert list(refresh(desk.store)["supplier_name"]) == ["ONE SCHOOL LTD"]
        assert desk.rows("SELECT count(*), count(undone_at) FROM supplier_match") == [(3, 2)]


def test_a_decision_names_a_known_setting_and_supplier(tmp_path: Any) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PAYMENTS)
        with pytest.raises(WrongUsage, match="No setting has the URN 999"):
            confirm(desk.store, "ONE SCHOOL LTD", "999", "finance")
        with pytest.raises(WrongUsage, match="No payment has the supplier name"):
            confirm(desk.store, "NOBODY", "700001", "finance")
