"""Scenarios of contracts: kept with the seal, told to the audit log, naming no child, opened, compared, stale when the data changed, never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loading import PLACEMENTS, PLANS, SETTINGS, Desk, desk_without_marts

from analytics.figures import Finding
from analytics.run import scenarios as run
from analytics.run.plan import Solved, policy_text
from analytics.run.session import Session
from analytics.run.solving import Inputs
from data import scenarios as kept
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, WrongUsage

POLICY = policy_text({"years": 3, "uplift": 0.04, "max_share": 0.25}, 14_000_000.0, None, None, {"700001": 12})
INPUTS = Inputs(POLICY, "secondary", "east")
FIGURES = {
    "places": {"700001": 12},
    "expected_gbp": 13.0e6,
    "saving_gbp": 150e3,
    "fresh_expected_gbp": 13.1e6,
    "fresh_saving_gbp": 140e3,
    "fresh_chance_of_loss": 0.02,
    "fresh_p10_gbp": 12.0e6,
    "fresh_p50_gbp": 13.0e6,
    "fresh_p90_gbp": 13.9e6,
    "void_share": 0.01,
    "proven_optimal": True,
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(run, "lockable", lambda _session: {"700001": "One School"})
    with desk_without_marts(tmp_path) as made:
        made.load_all(SETTINGS, PLANS.replace("C1,", "CHILD-0001,"), PLACEMENTS.replace("C1,", "CHILD-0001,"))
        yield made


def session(desk: Desk, role: Role = Role.COMMISSIONER) -> Session:
    return Session(role, desk.store, "a.officer@council.example")


def solved(desk: Desk, figures: dict[str, object] | None = None) -> Solved:
    return Solved(Finding("Guarantee 12 places.", (), {}, "", desk.store.data_version()), FIGURES if figures is None else figures)


def save(desk: Desk, name: str = "P90 within £14m", reason: str = "The budget set in February.", **changed: float) -> str:
    return run.save(session(desk), name, reason, INPUTS, solved(desk, {**FIGURES, **changed}))


def test_a_scenario_is_kept_through_a_reopening_with_what_it_changes_of_the_base(desk: Desk) -> None:
    version = desk.store.data_version()
    save(desk)
    assert desk.store.data_version() == version  # figures do not follow from scenarios
    desk.reopen()
    (one,) = run.saved(session(desk))
    assert (one.name, one.reason, one.inputs, one.stale) == ("P90 within £14m", "The budget set in February.", INPUTS, False)
    assert (one.saved_by, one.figures) == ("a.officer@council.example", FIGURES)
    rows = kept.overrides(desk.store).drop(columns=["scenario_id", "told", "source"])
    assert rows.fillna(-1).values.tolist() == [
        ["uplift", 0.04, 0.03, "share a year", -0.2, 0.5],
        ["chance_budget", 14e6, -1, "£ over the term", 0.0, -1],
        ["locks 700001", 12.0, -1, "places", 0.0, -1],
    ]


def test_the_audit_log_hears_of_it_and_it_can_be_taken_back_without_being_lost(desk: Desk) -> None:
    scenario_id = save(desk)
    run.take_back(session(desk), scenario_id)
    assert run.saved(session(desk)) == ()
    assert desk.rows("SELECT name, taken_back_by FROM scenario") == [("P90 within £14m", "a.officer@council.example")]
    log = audit_path(desk.db).read_text()
    assert '"event": "scenario"' in log
    assert '"event": "scenario_taken_back"' in log
    assert "February" not in log
    with pytest.raises(WrongUsage, match="taken back before"):
        run.take_back(session(desk), scenario_id)
    save(desk)  # the name is free again


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [
        ("", "Why", "scenario_empty"),
        ("Name", "  ", "scenario_empty"),
        ("x" * 81, "Why", "scenario_long"),
        ("Name", "For child-0001 alone", "names_a_child"),
        ("CHILD-0001", "Why", "names_a_child"),
        ("Nul\0", "Why", "scenario_text"),
        ("p90 WITHIN £14m", "Why", "scenario_name"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(desk: Desk, name: str, reason: str, code: str) -> None:
    save(desk)
    with pytest.raises(WrongUsage) as refused:
        save(desk, name, reason)
    assert refused.value.code == code
    assert "0001" not in refused.value.message
    assert len(run.saved(session(desk))) == 1


def test_rules_that_contradict_each_other_are_no_scenario(desk: Desk) -> None:
    with pytest.raises(WrongUsage, match="no plan to save"):
        run.save(session(desk), "None", "Why", INPUTS, Solved(Finding("No plan keeps all the rules you set.", (), {}, "", "v"), None))


def test_finance_saves_and_reads_and_nobody_else_does(desk: Desk) -> None:
    run.save(session(desk, Role.FINANCE), "Mine", "Why", INPUTS, solved(desk))
    assert len(run.saved(session(desk, Role.FINANCE))) == 1
    for role in (Role.CABINET, Role.ADMIN):
        with pytest.raises(NotAllowed):
            run.saved(session(desk, role))
        with pytest.raises(NotAllowed):
            run.save(session(desk, role), "Mine too", "Why", INPUTS, solved(desk))


def test_when_the_data_change_a_scenario_says_so_and_keeps_its_figures(desk: Desk) -> None:
    save(desk)
    desk.load_all(SETTINGS.replace("One School", "First School"))
    (one,) = run.saved(session(desk))
    assert one.stale
    told = run.told(session(desk), one)
    assert "The data changed since this scenario was saved" in told.notes[1]
    assert told.tables["saved_places"].frame.values.tolist() == [["One School", 12]]
    assert told.tables["inputs"].frame["value"].tolist() == ["4%", "£14,000,000", "12"]
    assert run.listing(session(desk)).frame["state"].tolist() == ["the data changed since"]


def test_two_to_four_stand_side_by_side(desk: Desk) -> None:
    first = save(desk)
    with pytest.raises(WrongUsage, match="2 to 4"):
        run.compared(session(desk), [first])
    cheap = Inputs(json.dumps({"years": 3, "uplift": 0.03}), "secondary", "east")
    second = run.save(session(desk), "No limit", "To compare with.", cheap, solved(desk, {**FIGURES, "places": {"700001": 9}, "fresh_expected_gbp": 12.9e6}))
    found = run.compared(session(desk), [first, second])
    assert found.answer == "No limit costs least in fresh futures, £200k less than P90 within £14m on average over the term."
    rows = {row[0]: row[1:] for row in found.tables["compared"].frame.values.tolist()}
    heads = list(found.tables["compared"].columns.values())[1:]
    side = {name: dict(zip(heads, cells, strict=True)) for name, cells in rows.items()}
    assert side["Fees rise each September"] == {"P90 within £14m": "4%", "No limit": "3%"}
    assert side["Cost in nine futures out of ten at or below"] == {"P90 within £14m": "£14,000,000", "No limit": "none"}
    assert side["Places at One School"] == {"P90 within £14m": "12", "No limit": "9"}
    assert side["P90 of cost, fresh futures"] == {"P90 within £14m": "£13,900,000", "No limit": "£13,900,000"}


def test_a_past_state_holds_the_scenarios_of_its_day_and_takes_no_new_one(desk: Desk) -> None:
    today = datetime.now(UTC).date()
    first, second = save(desk, "One"), save(desk, "Two")
    run.take_back(session(desk), first)
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE meta_batch SET loaded_at = loaded_at - INTERVAL 5 DAY")
        cursor.execute("UPDATE scenario SET saved_at = saved_at - INTERVAL 3 DAY WHERE scenario_id = ?", [first])
    for back, expected in ((0, [second]), (1, [first]), (4, [])):
        past = desk.store.known_on(today - timedelta(days=back))
        assert kept.standing(past)["scenario_id"].tolist() == expected
        assert set(kept.overrides(past)["scenario_id"]) == set(expected)
        assert not run.may_save(Session(Role.COMMISSIONER, past))
        past.close()
