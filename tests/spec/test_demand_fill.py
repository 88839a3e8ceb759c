"""What a block can fill, and how long a guaranteed place stands empty: against arithmetic by hand."""

from __future__ import annotations

from datetime import date
from math import exp
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_authority import AS_AT, placement

from analytics.demand import draw, fillable_share
from analytics.demand.entering import start_months
from analytics.demand.fill import STAGE_WORDS, empty_months, fill
from analytics.demand.history import known
from analytics.demand.levers import Levers
from analytics.survival import Hazards


def asked(count: int, urn: str, child: str = "C1", reply: str = "offer", **more: Any) -> list[dict[str, Any]]:
    usual = {"child_id": child, "urn": urn, "sent_on": date(2025, 6, 2), "reply": reply, "refuse_reason": None, "parent_view": None}
    return [usual | more for _ in range(count)]


def children() -> pd.DataFrame:
    rows = [placement(n, child_id=f"C{n}", urn=urn, entry_date=date(2025, 9, 3), named_by="parent") for n, urn in enumerate(["100001", "100002", "100003"])]
    return pd.DataFrame(rows)


def test_a_refusal_for_want_of_room_is_a_suitable_setting_and_one_for_another_reason_is_not() -> None:
    frame = pd.DataFrame(
        asked(4, "100001", parent_view="accepts") + asked(2, "100001", parent_view="declines")
        + asked(2, "100001", reply="refuse", refuse_reason="Full in the year group") + asked(2, "100001", reply="refuse", refuse_reason="Cannot meet need")
    )  # fmt: skip
    placements = children()
    found = fill(known(placements, AS_AT, None, 3), placements, frame)
    assert found.stages[["stage", "asked", "done"]].to_numpy().tolist() == [
        [STAGE_WORDS["suitable"], 10, 8], [STAGE_WORDS["offered"], 8, 6], [STAGE_WORDS["accepted"], 6, 4]
    ]  # fmt: skip
    assert found.overall == pytest.approx(0.8 * 0.75 * (4 / 6))
    assert fillable_share(frame)[0] == pytest.approx(found.overall)


def test_a_setting_asked_often_speaks_for_itself_and_one_asked_seldom_leans_on_all() -> None:
    frame = pd.DataFrame(
        asked(100, "100001", parent_view="accepts") + asked(100, "100002", reply="refuse", refuse_reason="Full") + asked(1, "100003", parent_view="accepts")
    )
    placements = children()
    history = known(placements, AS_AT, None, 3)
    found = fill(history, placements, frame)
    share = dict(zip(history.keys["urn"], found.share[1::3], strict=True))  # secondary is the second of three phases
    assert share["100001"] > 0.9
    assert share["100002"] < 0.1
    assert 0.4 < share["100003"] < 0.9


def test_settings_that_differ_by_chance_alone_are_told_as_one() -> None:
    rng = np.random.default_rng(1)
    rows: list[dict[str, Any]] = []
    for urn in ("100001", "100002", "100003"):
        offers = int(rng.binomial(40, 0.5))
        rows += asked(offers, urn, parent_view="accepts") + asked(40 - offers, urn, reply="none")
    placements = children()
    found = fill(known(placements, AS_AT, None, 3), placements, pd.DataFrame(rows))
    assert np.ptp(found.by_cell["offered"]) < 0.1
    assert found.by_cell["asked"].tolist() == [40, 40, 40]


def test_an_entered_share_takes_the_place_of_consultations_and_places_follow_it() -> None:
    past = pd.DataFrame([placement(n, child_id=f"C{n}", entry_date=date(2025, 9, 3), leaving_date=date(2025, 10, 1), named_by="parent") for n in range(40)])
    for share in (0.2, 0.8):
        levers = Levers.of({"fill_share": (share, "As the panel judged")})
        found = draw(past, AS_AT, years=1, draws=2000, entry_years=1, levers=levers, hazards=Hazards.constant(0.0, 0.0, 2000))
        assert found.fill_share == share
        assert found.fillable.sum(axis=2).mean() == pytest.approx(40 * share, rel=0.06)
        assert "as entered" in found.basis[1]


def test_months_empty_of_the_first_places_by_hand() -> None:
    """All six children of a year come in September: the k-th place waits all twelve months if fewer than k came."""
    september = np.array([1.0] + [0.0] * 11)
    first, second = empty_months(2.0, september, 2)
    assert first == pytest.approx(12 * exp(-2))
    assert second == pytest.approx(12 * (exp(-2) + 2 * exp(-2)))
    halves = np.array([0.5, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0])
    assert empty_months(2.0, halves, 1)[0] == pytest.approx(6 * exp(-1) + 6 * exp(-2))


def test_nobody_comes_and_the_place_is_empty_all_year() -> None:
    assert empty_months(0.0, np.full(12, 1 / 12), 3).tolist() == [12.0, 12.0, 12.0]


def test_months_of_starting_lean_on_all_where_few_have_started() -> None:
    rows = [placement(n, child_id=f"C{n}", entry_date=date(2025, 9, 3)) for n in range(200)]
    rows += [placement(300, child_id="C300", primary_need="HI", entry_date=date(2025, 5, 6))]
    found = start_months(known(pd.DataFrame(rows), AS_AT, None, 3)).set_index("primary_need")
    assert found.loc["ASD", 0] > 0.95
    assert 0.85 < found.loc["HI", 0] < 0.95  # one in May against twenty as everyone
    assert found.loc["HI", 8] > 0.04
    assert found[list(range(12))].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
