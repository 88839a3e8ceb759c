"""What a placement should cost: who is nearest, that asking changes nothing, and that no reference leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import cost_store, fill

from analytics import benchmark
from analytics.run import shouldcost as run
from analytics.run.session import Session
from analytics.shouldcost import PROPOSED, Proposal, nearest, with_proposed
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.store import Store

ASD = Proposal("ASD", "secondary", "day", 3, 6.0, 0.0, "Thanet")
AREAS = {"Thanet": "east"}


def placements(*rows: tuple[str, str, str, int, float, float]) -> pd.DataFrame:
    """reference, need, phase, band, one-to-one hours, cost."""
    frame = pd.DataFrame(rows, columns=["placement_id", "primary_need", "phase", "support_band", "one_to_one_hours_week", "benchmark_gbp"])
    return frame.assign(urn="1", setting_name="One School", provider_group=None, residence="day", therapy_hours_year=0.0, area="east")


def test_the_nearest_are_of_the_same_band_first_then_by_steps_then_of_another_phase() -> None:
    frame = placements(
        ("far_in_hours", "ASD", "secondary", 3, 30.0, 60_000),  # same band, four steps of six hours away
        ("next_band", "ASD", "secondary", 4, 6.0, 61_000),  # one step away, but another band
        ("same", "ASD", "secondary", 3, 6.0, 62_000),
        ("younger", "ASD", "primary", 3, 6.0, 63_000),
        ("other_need", "SEMH", "secondary", 3, 6.0, 64_000),
        ("unpriced", "ASD", "secondary", 3, 6.0, np.nan),
    )
    found = nearest(with_proposed(frame, ASD, AREAS, {}), PROPOSED)
    assert found["placement_id"].tolist() == ["same", "far_in_hours", "next_band", "younger"]
    assert found["alike"].tolist() == ["Same band", "Same band", "Another band", "Another phase"]
    assert found["steps_away"].tolist() == [0, 4, 1, 0]
    assert found["phase"].tolist() == ["secondary"] * 3 + ["primary"]


def test_ten_are_enough_and_another_phase_is_not_looked_at_then() -> None:
    same = [(f"P{n:02d}", "ASD", "secondary", 3, 6.0 * n, 50_000.0) for n in range(14)]
    found = nearest(with_proposed(placements(*same, ("younger", "ASD", "primary", 3, 6.0, 1.0)), ASD, AREAS, {}), PROPOSED)
    assert found["placement_id"].tolist()[:3] == ["P01", "P00", "P02"]
    assert len(found) == 10
    assert "younger" not in set(found["placement_id"])


def test_without_a_band_no_placement_counts_as_of_the_same() -> None:
    found = nearest(with_proposed(placements(("P1", "ASD", "secondary", 3, 6.0, 1.0)), replace(ASD, band=None), AREAS, {}), PROPOSED)
    assert found[["alike", "steps_away"]].values.tolist() == [["Another band", 1.5]]


def test_asking_moves_no_other_placement_and_harder_needs_cost_more() -> None:
    rng = np.random.default_rng(4)
    band = rng.integers(1, 6, 150)
    frame = placements(*((f"P{n}", "ASD", "secondary", int(b), 0.0, 20_000 * np.exp(0.2 * b + rng.normal(0, 0.1))) for n, b in enumerate(band)))
    frame["urn"] = [str(n % 12) for n in range(150)]
    before = benchmark.fit(frame).placements.set_index("placement_id")
    asked = {b: benchmark.fit(with_proposed(frame, Proposal("ASD", "secondary", "day", b, 0.0, 0.0), {}, {})).placements for b in (1, 5)}
    for result in asked.values():
        after = result.set_index("placement_id").drop(PROPOSED)
        assert np.allclose(after[["expected_gbp", "low_gbp", "high_gbp"]], before[["expected_gbp", "low_gbp", "high_gbp"]], rtol=1e-6)
    easy, hard = (asked[b].set_index("placement_id").loc[PROPOSED] for b in (1, 5))
    assert easy["expected_gbp"] < 30_000 < 45_000 < hard["expected_gbp"]
    assert easy["low_gbp"] < easy["expected_gbp"] < easy["high_gbp"]


@pytest.mark.parametrize("hours", [-1.0, 200.0])
def test_impossible_hours_are_refused_in_words(hours: float) -> None:
    with pytest.raises(WrongUsage, match="between 0 and 168"):
        replace(ASD, one_to_one_hours_week=hours)


CHILDREN = [f"CANARY{n}" for n in range(8)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("shouldcost"))
    plan = {"birth_month": "2012-01", "primary_need": "ASD", "plan_start": date(2018, 1, 1), "home_district": "Thanet", "support_band": 3}
    fill(
        made,
        settings=[{"urn": "100001", "setting_name": "One School"}, {"urn": "100002", "setting_name": "Two School", "setting_type": "NMSS"}],
        plans=[{"child_id": child, **plan} for child in CHILDREN],
        placements=[{"placement_id": f"REF{n}", "child_id": child, "urn": f"10000{1 + n % 2}"} for n, child in enumerate(CHILDREN)],
        fees=[{"placement_id": f"REF{n}", "amount_gbp": f"{40_000 + 1_000 * n}.00", "valid_to": date(2026, 3, 31)} for n in range(8)],
    )
    yield made
    made.close()


def test_what_a_person_sees_names_settings_and_never_a_child_or_a_placement(store: Store) -> None:
    session = Session(Role.COMMISSIONER, store)
    terms = run.terms(session)
    assert terms.usual == Proposal("ASD", "secondary", "day", 3)
    offered = run.placements_at(session, "100001")
    assert list(offered) == ["REF6", "REF4", "REF2", "REF0"]
    assert offered["REF6"] == "£46,000: Autistic spectrum disorder, secondary, day, band 3, since September 2024"
    for found in (run.proposed(session, terms.usual), run.existing(session, "REF6")):
        shown = " ".join([found.answer, *found.notes, *found.headlines.values(), found.tables["nearest"].frame.to_csv()])
        assert "One School" in shown
        assert not any(reference in shown for reference in (*CHILDREN, "REF"))
    old = run.existing(session, "REF6")
    assert (old.figures[0].label, old.figures[0].text) == ("Cost a year", "£46,000")
    assert len(old.tables["nearest"].frame) == 7
    at_two = run.proposed(session, replace(terms.usual, urn="100002"))
    assert [f.label for f in at_two.figures] == ["Expected cost", "Expected at this setting", "Middle of the nearest", "DfE place funding"]
    assert 30_000 < at_two.figures[0].low < at_two.figures[0].value < at_two.figures[0].high < 80_000


@pytest.mark.parametrize("role", [Role.CABINET, Role.ADMIN])
def test_who_may_not_see_costs_gets_none(store: Store, role: Role) -> None:
    session = Session(role, store)
    for ask in (run.terms, run.settings_with_fees, lambda s: run.proposed(s, ASD), lambda s: run.existing(s, "REF6"), lambda s: run.placements_at(s, "100001")):
        with pytest.raises(NotAllowed):
            ask(session)


def test_a_reference_or_setting_that_is_not_there_gets_a_sentence_without_it(store: Store) -> None:
    session = Session(Role.FINANCE, store)
    with pytest.raises(WrongUsage, match="Choose another") as said:
        run.existing(session, "CANARY9")
    assert "CANARY" not in said.value.message
    with pytest.raises(WrongUsage, match="no setting 999"):
        run.proposed(session, replace(ASD, urn="999"))


def test_without_fees_the_page_says_what_to_load(tmp_path: Path) -> None:
    empty = cost_store(tmp_path)
    session = Session(Role.COMMISSIONER, empty)
    assert run.terms(session).usual is None
    assert "Load plans, placements and fees" in run.proposed(session, ASD).answer
    empty.close()
