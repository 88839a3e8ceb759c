"""A setting's reply about its index: who, when, what and what it changes; added and never changed, told to the audit log, known from its day."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cost_store import FEE, PLACEMENT, PLAN, SETTING, cost_store, fill
from like_schools import DEAR, market

from analytics.run import benchmarking, fairness
from analytics.run import pages as run
from analytics.run.session import Session
from data import audit, replies
from data.domain import Role
from data.errors import NotAllowed, StoreUnusable, WrongUsage
from data.replies import About, Reply
from data.store import Store

TODAY = date(2026, 4, 20)
SAID = Reply(DEAR, date(2026, 4, 2), "Business manager", "Our rent rose.", "in_part")
ABOUT = About(date(2026, 3, 31), 1.3, 1.2, 1.4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = cost_store(tmp_path)
    market(opened)
    benchmarking._fitted.clear()
    yield opened
    opened.close()


def session(store: Store, role: Role = Role.COMMISSIONER, user: str = "") -> Session:
    return Session(role, store, user)


def test_a_reply_is_kept_with_who_when_what_and_what_it_changes_and_a_later_one_is_added(store: Store) -> None:
    assert fairness.record(session(store, user="Jo Clerk"), SAID) == 1
    assert fairness.record(session(store), replace(SAID, reply="The rent is in dispute.", effect="not_explained")) == 2
    found = store.read("setting_replies", urn=DEAR)
    assert found[["number", "replied_by", "reply", "effect", "recorded_by", "is_latest"]].values.tolist() == [
        [2, "Business manager", "The rent is in dispute.", "not_explained", "commissioner", True],
        [1, "Business manager", "Our rent rose.", "in_part", "commissioner (Jo Clerk)", False],
    ]
    assert found["about_index"].iloc[0] == pytest.approx(1.5, abs=0.1)
    assert (found["about_low"] > 1).all()
    assert store.read("setting_replies", urn="100001").empty


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"effect": "done"}, "no_effect"),
        ({"replied_on": None}, "no_day"),
        ({"replied_on": TODAY + timedelta(days=1)}, "reply_ahead"),
        ({"replied_by": " \u202e "}, "no_replier"),
        ({"replied_by": "x" * 121}, "no_replier"),
        ({"reply": ""}, "no_reply"),
        ({"reply": "x" * 2001}, "no_reply"),
        ({"urn": "999999"}, "unknown_urn"),
        ({"reply": "It is for (c100003-2)."}, "names_a_child"),
        ({"reply": "See P100003-1"}, "names_a_child"),
    ],
)
def test_a_reply_that_lacks_something_or_names_a_child_is_refused_in_a_sentence(store: Store, change: dict[str, object], code: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        replies.check(store, replace(SAID, **change), TODAY)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert "C100003" not in refused.value.message.upper()


def test_only_a_commissioner_may_record_and_nothing_is_kept_otherwise(store: Store) -> None:
    for role in (Role.FINANCE, Role.CABINET, Role.ADMIN):
        with pytest.raises(NotAllowed):
            fairness.record(session(store, role), SAID)
    assert not fairness.may_record(session(store, Role.FINANCE))
    assert store.read("setting_replies", urn=None).empty
    assert not audit.audit_path(store.path).exists()


def test_the_audit_log_tells_of_a_reply_and_not_its_words(store: Store) -> None:
    fairness.record(session(store, user="Jo Clerk"), SAID)
    (event,) = audit.verify(store.path).events
    assert (event["event"], event["role"], event["user"]) == ("replied", "commissioner", "Jo Clerk")
    assert event["about"] == {"urn": DEAR, "effect": "in_part", "replied_on": "2026-04-02"}


def test_a_reply_gives_the_data_another_version_and_leaves_costs_as_they_were(store: Store) -> None:
    before = store.data_version(), store.costed_version()
    replies.record(store, SAID, ABOUT, "commissioner")
    assert store.data_version() != before[0]
    assert store.costed_version() == before[1]


def test_a_database_put_back_without_a_reply_is_noticed(store: Store, tmp_path: Path) -> None:
    store.close()
    older = tmp_path / "older"
    shutil.copy(store.path, older)
    with Store.opened(store.path) as again:
        replies.record(again, SAID, ABOUT, "commissioner")
    with Store.opened(store.path) as whole:
        assert len(whole.read("setting_replies", urn=None)) == 1
    shutil.copy(older, store.path)
    with pytest.raises(StoreUnusable, match="lacks the last 1 change"):
        Store.open(store.path)


def test_a_reply_is_known_from_its_day_and_a_past_state_takes_none(store: Store) -> None:
    replies.record(store, SAID, ABOUT, "commissioner")
    today = datetime.now(UTC).date()
    for day, count in ((today - timedelta(days=1), 0), (today, 1)):
        with closing(store.known_on(day)) as past:
            assert len(past.read("setting_replies", urn=None)) == count
            assert not fairness.may_record(session(past))
            with pytest.raises(WrongUsage, match="cannot be changed"):
                replies.record(past, SAID, ABOUT, "commissioner")


def test_a_flag_is_provisional_until_the_setting_has_replied(store: Store) -> None:
    found = run.providers(session(store))
    assert found.answer.startswith("1 of 12 settings cost more than expected for their children's needs; together about £")
    assert "none has replied yet" in found.answer
    assert "Provisional until each school's reply is recorded." in found.answer
    row = found.tables["index"].frame.set_index("urn").loc[DEAR]
    assert (row["standing"], row["reply"]) == ("Above expected", "provisional, no reply yet")
    fairness.record(session(store), replace(SAID, effect="explains"))
    found = run.providers(session(store))
    assert "; 1 has replied, 1 of them with an explanation of all of it." in found.answer
    assert found.tables["index"].frame.set_index("urn").loc[DEAR, "reply"] == "explained by its reply"


def test_a_reply_about_an_index_of_over_a_year_ago_is_shown_and_settles_nothing_new(store: Store) -> None:
    replies.record(store, SAID, replace(ABOUT, day=date(2024, 3, 31)), "commissioner")
    assert "none has replied yet" in run.providers(session(store)).answer
    assert len(fairness.of_setting(session(store), DEAR).tables["replies"].frame) == 1


def test_the_evidence_is_of_the_cost_that_the_benchmark_compares(store: Store) -> None:
    fees = [FEE | {"placement_id": "P1", "amount_gbp": "40000"}, FEE | {"placement_id": "P1", "component": "transport", "amount_gbp": "9000"}]
    fees += [FEE | {"placement_id": "P2", "amount_gbp": "30000"}, FEE | {"placement_id": "P2", "component": "one_to_one", "amount_gbp": "8000", "vat_gbp": "0"}]
    fees += [FEE | {"placement_id": "P2", "funder": "dfe_place", "amount_gbp": "10000"}]
    fees += [FEE | {"placement_id": "P2", "amount_gbp": "29000", "valid_from": date(2024, 9, 1)}]
    fees[2] |= {"valid_from": date(2025, 9, 1)}
    places = [PLACEMENT, PLACEMENT | {"placement_id": "P2", "child_id": "C2"}]
    fill(store, settings=[SETTING | {"setting_type": "NMSS"}], plans=[PLAN, PLAN | {"child_id": "C2"}], placements=places, fees=fees)
    (row,) = store.read("setting_evidence", as_at=ABOUT.day).to_dict("records")
    assert row["actual_gbp"] == store.read("snapshot", as_at=ABOUT.day)["benchmark_gbp"].sum() == 40_000 + 10_000 + 30_000 + 8_000 + 10_000 + 29_000
    assert (row["n"], row["assumed"], row["place_funding_gbp"], row["recorded"]) == (2, 1, 10_000, 1)
    assert (row["unseen"], row["unseen_gbp"]) == (1, 8_000), "the plan of P2 records no hours"
    assert (row["doubled"], row["doubled_gbp"]) == (1, 29_000), "the fee of 2024 still runs beside that of 2025"
    assert (row["lines"], row["vat_recorded"], row["vat_unknown_gbp"], row["vat_charged_gbp"]) == (4, 1, 99_000, 0)


def test_the_command_tells_which_flags_are_provisional_and_what_might_explain_them(store: Store) -> None:
    result = benchmarking.fitted(store, ABOUT.day)
    assert fairness.document(store, result, ABOUT.day)["provisional"] == [DEAR]
    replies.record(store, SAID, ABOUT, "commissioner")
    document = fairness.document(store, result, ABOUT.day)
    assert document["provisional"] == []
    assert [(r["urn"], r["effect"]) for r in document["replies"]] == [(DEAR, "in_part")]
    assert {c["urn"] for c in document["explanations"]} == {DEAR}
    assert len(document["explanations"]) == 5
    assert document["provision"]["view"] == "provision given need"
