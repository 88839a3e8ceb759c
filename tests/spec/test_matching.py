"""Which setting a supplier name means: what is safe without a person and what never is, on names a reader can judge."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from loading import PLANS, SETTINGS, Desk, desk_without_marts

from data.errors import WrongUsage
from data.matching import COLUMNS, confirm, decided, link_table, propose, refresh, undo
from data.matching.register import Register

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
    assert list(found.columns) == [*COLUMNS, "reason"]
    return found[found["supplier_name"] == name].iloc[0].to_dict()


@pytest.mark.parametrize(
    "name",
    ["HASKEL SCHOOL", "Haskel School Ltd", "THE HASKEL SCHOOL LIMITED", "haskel", "Haskel  Special-School"],
)
def test_a_name_that_differs_in_form_only_is_safe(name: str) -> None:
    found = judged(name, ("9", "Haskel School", "NE8 4DR"))
    assert (found["urn"], found["automatic"]) == ("9", True)
    assert found["confidence"] >= 0.9


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


def test_of_two_open_schools_of_one_name_the_near_one_is_meant_and_two_near_ones_wait_for_a_person() -> None:
    near, far = ("9", "Belmont School", "NE3 1AA"), ("8", "Belmont School", "RH5 6LT")
    found = judged("BELMONT SCHOOL", far, near)
    assert (found["urn"], found["automatic"]) == ("9", True)
    assert "far from others of that name" in found["reason"]
    found = judged("BELMONT SCHOOL", ("8", "Belmont School", "DH1 1AA"), near)
    assert not found["automatic"]
    assert "or Belmont School" in found["reason"]


def test_a_town_or_postcode_in_the_name_tells_two_schools_of_one_name_apart() -> None:
    """Both lie nearby; the town, or the postcode, decides."""
    rows = [("8", "Belmont Juniper School", "Durham", "DH1 1AA"), ("9", "Belmont Juniper School", "Hexham", "NE46 1AA")]
    both = pd.DataFrame(rows, columns=["urn", "register_name", "town", "postcode"])
    for name, urn in (
        ("BELMONT JUNIPER SCHOOL HEXHAM", "9"),
        ("BELMONT JUNIPER SCHOOL, DURHAM", "8"),
        ("BELMONT JUNIPER SCHOOL NE46 1AA", "9"),
        ("BELMONT JUNIPER SCHOOL (DH1 1AA)", "8"),
    ):
        found = propose(ledger(name), register(), both).set_index("supplier_name").loc[name]
        assert found["urn"] == urn, name
    plain = (
        propose(ledger("BELMONT JUNIPER SCHOOL").assign(narrative="Term fees, Hexham"), register(), both)
        .set_index("supplier_name")
        .loc["BELMONT JUNIPER SCHOOL"]
    )
    assert plain["urn"] == "9"


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


def test_a_misspelt_name_and_two_words_for_one_are_found_and_far_away_wait_for_a_person() -> None:
    for name in ("MEADOWCORFT SCHOOL", "MEADOW CROFT SCHOOL"):
        assert judged(name, ("9", "Meadowcroft School", "NE1 4AD"))["urn"] == "9", name
        assert not judged(name, ("9", "Meadowcroft School", "CT9 2QJ"))["automatic"], name


@pytest.mark.parametrize("name", ["HASKEL SPEC SCH", "ABC LTD T/A HASKEL SCHOOL", "HASKEL SCHOOL, NEWCASTLE"])
def test_abbreviations_trading_names_and_a_town_do_not_hide_a_school(name: str) -> None:
    frame = pd.DataFrame([("9", "Haskel School", "Newcastle", "NE8 4DR")], columns=["urn", "register_name", "town", "postcode"])
    found = propose(ledger(name), register(), frame).set_index("supplier_name").loc[name]
    assert found["urn"] == "9"


def test_a_setting_of_the_council_counts_before_the_same_urn_in_the_register() -> None:
    frame = pd.DataFrame([("9", "Old Name House", "Newcastle", "NE8 4DR")], columns=["urn", "register_name", "town", "postcode"])
    found = propose(ledger("HASKEL SCHOOL"), register(("9", "Haskel School", "NE8 4DR")), frame).set_index("supplier_name").loc["HASKEL SCHOOL"]
    assert (found["urn"], found["setting_name"]) == ("9", "Haskel School")
    assert propose(ledger("OLD NAME HOUSE"), register(("9", "Haskel School", "NE8 4DR")), frame).set_index("supplier_name").loc["OLD NAME HOUSE", "urn"] is None


# A school reopened as an academy, one renamed on its site, two merged into one, one that just closed.
FOLLOWED = [
    ("91", "Hilltop Quarry School", "Hexham", "NE46 1AA", None, "2019-01-31"),
    ("92", "Hilltop Quarry Academy", "Hexham", "NE46 1AA", "2019-02-01", None),
    ("93", "Riverbank Quarry School", "Hexham", "NE46 2BB", None, "2019-08-31"),
    ("94", "Discovery College", "Hexham", "NE46 2BB", "2019-09-01", None),
    ("95", "Meadow Infant School", "Hexham", "NE46 3CC", None, "2019-08-31"),
    ("96", "Meadow Junior School", "Hexham", "NE46 3CC", None, "2019-08-31"),
    ("97", "Meadow Primary School", "Hexham", "NE46 3CC", "2019-09-01", None),
    ("98", "Lonely Quarry School", "Hexham", "NE46 4DD", None, "2019-08-31"),
    ("910", "Late School", "Hexham", "NE46 4DD", "2022-09-01", None),
]


def followed() -> pd.DataFrame:
    frame = pd.DataFrame(FOLLOWED, columns=["urn", "register_name", "town", "postcode", "opened", "closed"])
    return frame.assign(opened=pd.to_datetime(frame["opened"]), closed=pd.to_datetime(frame["closed"]))


def test_closed_schools_are_linked_to_what_followed_them() -> None:
    table = link_table(Register(register().iloc[:0], followed()).settings)
    found = {row.predecessor_urn: (row.successor_urn, row.kind) for row in table.itertuples()}
    assert found == {"91": ("92", "reopened"), "93": ("94", "renamed"), "95": ("97", "same site"), "96": ("97", "same site")}
    assert table.set_index("predecessor_urn").loc["91", "confidence"] > table.set_index("predecessor_urn").loc["93", "confidence"]


def proposed(name: str, first: date, last: date) -> dict[str, Any]:
    return propose(ledger(name, first=first, last=last), register(), followed()).set_index("supplier_name").loc[name].to_dict()


def test_payments_under_a_former_name_go_to_the_school_that_followed() -> None:
    found = proposed("HILLTOP QUARRY SCHOOL", date(2019, 9, 1), date(2020, 3, 1))
    assert (found["urn"], found["setting_name"]) == ("92", "Hilltop Quarry Academy")
    assert "closed 31/01/2019, followed by Hilltop Quarry Academy" in found["reason"]
    assert proposed("HILLTOP QUARRY SCHOOL", date(2018, 1, 1), date(2018, 12, 1))["urn"] == "91"
    assert proposed("RIVERBANK QUARRY SCHOOL", date(2020, 1, 1), date(2020, 3, 1))["urn"] == "94"
    assert not proposed("LONELY QUARRY SCHOOL", date(2020, 1, 1), date(2020, 3, 1))["automatic"]


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


def test_decisions_outlive_the_session_and_a_none_stays_none(tmp_path: Any) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PLANS, PAYMENTS)
        confirm(desk.store, "ONE SCHOOL LTD", None, "finance")
        desk.reopen()
        (kept,) = decided(desk.store).to_dict("records")
        assert (kept["supplier_name"], kept["urn"], kept["decided_by"]) == ("ONE SCHOOL LTD", None, "finance")
        assert kept["decided_at"] is not None
        assert "ONE SCHOOL LTD" not in set(refresh(desk.store)["supplier_name"])  # though One School is there
        assert undo(desk.store, "ONE SCHOOL LTD")
        desk.reopen()
        assert decided(desk.store).empty


NUMBERED = (
    "transaction_id,paid_on,supplier_name,supplier_no,net_gbp\n"
    "T1,2025-05-01,ONE SCHOOL LTD,77,1.00\nT2,2025-06-01,ONE SCHOOL LIMITED,77,2.00\nT3,2025-06-01,ZEBRA CARS,77,3.00\nT4,2025-06-01,ONE SCHOOL LTD.,88,4.00\n"
)


def test_a_decision_holds_for_another_spelling_with_the_same_number(tmp_path: Any) -> None:
    """ZEBRA CARS has the number but another name, and ONE SCHOOL LTD. another number."""
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, NUMBERED)
        confirm(desk.store, "ONE SCHOOL LTD", "700002", "finance")
        held = decided(desk.store).set_index("supplier_name")
        assert set(held.index) == {"ONE SCHOOL LTD", "ONE SCHOOL LIMITED"}
        assert tuple(held.loc["ONE SCHOOL LIMITED", ["urn", "decided_name"]]) == ("700002", "ONE SCHOOL LTD")
        confirm(desk.store, "ONE SCHOOL LIMITED", "700001", "finance")  # its own decision counts before
        assert decided(desk.store).set_index("supplier_name").at["ONE SCHOOL LIMITED", "urn"] == "700001"
        undo(desk.store, "ONE SCHOOL LIMITED")
        undo(desk.store, "ONE SCHOOL LTD")
        assert decided(desk.store).empty


def test_a_decision_reaches_the_payments_of_both_spellings_and_the_register_names_them(tmp_path: Any) -> None:
    desk = Desk(tmp_path)
    desk.load_all("urn,register_name,town\n900001,Faraway School,Hexham\n", NUMBERED)
    confirm(desk.store, "ONE SCHOOL LTD", "900001", "finance")
    rows = desk.rows("SELECT supplier_name, urn, setting_name, setting_type, match_kind FROM mart_payment ORDER BY transaction_id")
    assert rows[:3] == [
        ("ONE SCHOOL LTD", "900001", "Faraway School", None, "confirmed"),
        ("ONE SCHOOL LIMITED", "900001", "Faraway School", None, "confirmed"),
        ("ZEBRA CARS", None, None, None, "unmatched"),
    ]
    assert desk.rows("SELECT count(*) FROM stg_setting") == [(0,)]  # the register adds no setting
    desk.store.close()


def test_what_followed_a_school_is_offered_for_the_decision_until_a_person_stands_by_it(tmp_path: Any) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(followed().to_csv(index=False))
        desk.load("transaction_id,paid_on,supplier_name,net_gbp\nT1,2018-05-01,THE HILL,1.00\n")
        confirm(desk.store, "THE HILL", "91", "finance")
        offered = "SELECT supplier_name, urn, automatic, follows FROM supplier_proposal WHERE follows IS NOT NULL"
        refresh(desk.store)
        assert desk.rows(offered) == []  # Hilltop School was open when it was paid
        desk.load("transaction_id,paid_on,supplier_name,net_gbp\nT2,2020-05-01,THE HILL,1.00\n")
        assert desk.rows(offered) == [("THE HILL", "92", False, "91")]
        assert decided(desk.store).iloc[0]["urn"] == "91"  # nothing moves by itself
        confirm(desk.store, "THE HILL", "91", "finance")
        refresh(desk.store)
        assert desk.rows(offered) == []
        confirm(desk.store, "THE HILL", "92", "finance")
        assert decided(desk.store).iloc[0]["urn"] == "92"


def test_a_decision_names_a_known_setting_and_supplier(tmp_path: Any) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load_all(SETTINGS, PAYMENTS)
        with pytest.raises(WrongUsage, match="No setting has the URN 999"):
            confirm(desk.store, "ONE SCHOOL LTD", "999", "finance")
        with pytest.raises(WrongUsage, match="No payment has the supplier name"):
            confirm(desk.store, "NOBODY", "700001", "finance")
