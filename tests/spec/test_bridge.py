"""Why did cost change? The example of docs/bridge.md by hand, and what a bar must and must not hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
from bridge_reference import Place, frame
from cost_store import EVERYTHING, FEE, PLACEMENT, PLAN, SETTING, cost_store, fill

from analytics.bridge import CAUSES, Period, bridge
from analytics.bridge.pennies import whole_pennies
from analytics.bridge.periods import offered
from analytics.bridge.shapley import shapley
from analytics.run import bridge as run
from analytics.run.session import Session
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.store import Store

# Two schools, four children; C and B stay at Ash, D leaves Birch, E comes to Ash. A whole academic year costs the fee a year.
ASH, BIRCH = "100001", "100002"
SETTINGS = [SETTING | {"setting_name": "Ash School"}, {"urn": BIRCH, "setting_name": "Birch School", "setting_type": "ISS"}]
PLANS = [PLAN | {"child_id": child, "primary_need": need} for child, need in (("B", "ASD"), ("C", "ASD"), ("D", "SEMH"), ("E", "ASD"))]
FIRST, SECOND, END = date(2024, 9, 1), date(2025, 9, 1), date(2025, 8, 31)


def _placed(child: str, urn: str, entry: date, leaving: date | None = None) -> dict[str, object]:
    return PLACEMENT | {"placement_id": f"P{child}", "child_id": child, "urn": urn, "entry_date": entry, "leaving_date": leaving}


def _fee(child: str, amount: int, starts: date, ends: date | None = None, component: str = "core") -> dict[str, object]:
    return FEE | {"placement_id": f"P{child}", "component": component, "amount_gbp": str(amount), "valid_from": starts, "valid_to": ends}


PLACEMENTS = [_placed("B", ASH, date(2025, 6, 20)), _placed("C", ASH, FIRST), _placed("D", BIRCH, FIRST, END), _placed("E", ASH, SECOND)]
FEES = [
    _fee("B", 36_500, date(2025, 6, 20), END),  # 73 of 365 days: £7,300
    _fee("B", 43_100, SECOND),
    _fee("C", 30_000, FIRST, END),
    _fee("C", 32_000, SECOND),
    _fee("C", 8_000, FIRST, END, "one_to_one"),
    _fee("C", 10_000, SECOND, None, "one_to_one"),
    _fee("D", 68_000, FIRST, END),
    _fee("E", 46_000, SECOND),
]
BARS = {
    "new": 47_000,  # E at the average place: £244,400 ÷ 5.2 years of place
    "left": -47_000,  # D
    "mix_need": -13_000,  # E (42,000 − 47,000) ÷ 2, D −(68,000 − 47,000) ÷ 2: need and setting tell the same, so they share it
    "mix_setting": -13_000,
    "like": 4_000,  # E costs £46,000 where like places cost £42,000; D is the only one of its kind
    "price": 5_960,  # C 2,000; B 6,600 × (0.2 + 1) ÷ 2
    "one_to_one": 2_000,  # C
    "part_year": 31_840,  # B 0.8 × (36,500 + 43,100) ÷ 2
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("bridge"))
    fill(made, settings=SETTINGS, plans=PLANS, placements=PLACEMENTS, fees=FEES)
    yield made
    made.close()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that a test fills anew."""
    made = cost_store(tmp_path_factory.mktemp("scratch"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written past the loader here, so that the version of the data does not tell one filling from another."""
    monkeypatch.setattr(run, "_held", {})


@pytest.fixture(scope="module")
def session(store: Store) -> Session:
    return Session(Role.COMMISSIONER, store)


def _bars(session: Session, *which: str, **filters: tuple[str, ...]) -> dict[str, float]:
    found = run.bridge(session, *which, tuple(sorted(filters.items())), "some" if filters else "").tables["bridge"].frame
    return dict(zip(found["cause"], found["effect_gbp"], strict=True))


def test_the_example_by_hand(session: Session) -> None:
    assert _bars(session, "ay", "2024", "2025") == BARS | {"": 17_800}  # £113,300 to £131,100


def test_each_bar_opens_the_rows_that_make_it_up(session: Session) -> None:
    for cause, gbp in BARS.items():
        table = run.bridge_rows(session, "ay", "2024", "2025", cause, (), "")
        assert round(table.frame["part_gbp"].sum(), 2) == gbp
        assert f"together {'-' if gbp < 0 else ''}£{abs(gbp):,.2f}" in table.subtitle
        assert table.child_level
    price = run.bridge_rows(session, "ay", "2024", "2025", "price", (), "").frame
    assert price[["placements", "part_gbp", "before_gbp", "after_gbp", "change_gbp"]].values.tolist() == [
        ["PB", 3_960.0, 7_300.0, 43_100.0, 35_800.0],
        ["PC", 2_000.0, 38_000.0, 42_000.0, 4_000.0],
    ]


def test_the_answer_tells_the_change_and_its_largest_causes(session: Session) -> None:
    found = run.bridge(session, "ay", "2024", "2025", (), "")
    assert found.answer == (
        "Cost rose by £18k, from £113k in 2024/25 to £131k in 2025/26: £32k more from places open for longer in the period, £26k less from another mix of "
        "needs, phases, residence and settings, £5,960 more from higher fees for the same children at the same settings and £6,000 more from all else. "
        "As agreed and loaded, not a forecast."
    )
    assert [figure.value for figure in found.figures] == [131_100, 3, 131_100 / 3, 5_960]


def test_turned_round_every_bar_turns_its_sign(session: Session) -> None:
    back = _bars(session, "ay", "2025", "2024")
    assert back == {cause: -gbp for cause, gbp in BARS.items()} | {"new": 47_000, "left": -47_000, "": -17_800}


def test_a_period_against_itself_has_no_bar(session: Session) -> None:
    assert _bars(session, "ay", "2025", "2025") == {"": 0}
    assert run.bridge(session, "ay", "2025", "2025", (), "").answer.startswith("Cost did not change, from £131k in 2025/26 to £131k in 2025/26.")


def test_a_filter_of_a_part_leaves_children_where_they_are(session: Session) -> None:
    """A child without one-to-one in one year has not left: with that filter nothing is new or ended but E and D, at no cost."""
    assert _bars(session, "ay", "2024", "2025", component=("one_to_one",))["one_to_one"] == 2_000
    assert _bars(session, "ay", "2024", "2025", urn=(BIRCH,)) == {"left": -68_000, "": -68_000}


def test_a_snapshot_counts_full_years(session: Session) -> None:
    bars = _bars(session, "snapshot", "2025-08-31", "2025-09-01")
    assert bars[""] == (32_000 + 10_000 + 43_100 + 46_000) - (30_000 + 8_000 + 36_500 + 68_000)
    assert (bars["price"], bars["one_to_one"]) == (2_000 + 6_600, 2_000)
    assert "part_year" not in bars


def test_a_child_who_moves_is_told_in_the_rows(scratch: Store) -> None:
    moved = [_placed("C", ASH, FIRST, END), _placed("C", BIRCH, SECOND) | {"placement_id": "PC2"}]
    fees = [_fee("C", 30_000, FIRST, END), _fee("C", 40_000, SECOND) | {"placement_id": "PC2"}]
    fill(scratch, settings=SETTINGS, plans=PLANS, placements=moved, fees=fees)
    rows = run.bridge_rows(Session(Role.FINANCE, scratch), "ay", "2024", "2025", "new", (), "").frame
    assert rows[["placements", "stands"]].values.tolist() == [["PC2", "New, child moved setting"]]


def test_two_placements_of_a_child_at_one_setting_are_one_place(scratch: Store) -> None:
    """A placement written anew at the same setting is no new place: the rise of its fee is price."""
    anew = [_placed("C", ASH, FIRST, END), _placed("C", ASH, SECOND) | {"placement_id": "PC2"}]
    fill(scratch, settings=SETTINGS, plans=PLANS, placements=anew, fees=[_fee("C", 30_000, FIRST, END), _fee("C", 32_000, SECOND) | {"placement_id": "PC2"}])
    assert _bars(Session(Role.FINANCE, scratch), "ay", "2024", "2025") == {"price": 2_000, "": 2_000}


def test_a_child_who_left_and_came_back_has_not_left(scratch: Store) -> None:
    back = [_placed("C", ASH, FIRST, END), _placed("C", ASH, date(2025, 10, 1)) | {"placement_id": "PC2"}]
    fees = [_fee("C", 30_000, FIRST, END), _fee("C", 32_000, date(2025, 10, 1)) | {"placement_id": "PC2"}]
    fill(scratch, settings=SETTINGS, plans=PLANS, placements=back, fees=fees)
    now = scratch.read("bridge_period", first_day=FIRST, last_day=date(2026, 8, 31), is_snapshot=False, **EVERYTHING)
    assert now["leaving_date"].isna().all()


def test_bars_opened_under_a_bridge_do_not_work_it_out_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    run.bridge(session, "ay", "2024", "2025", (), "")
    monkeypatch.setattr(run, "_read", lambda *_: pytest.fail("read again"))
    assert len(run.bridge_rows(session, "ay", "2024", "2025", "price", (), "").frame) == 2


def test_a_longer_share_of_a_term_is_no_dearer_price(scratch: Store) -> None:
    """A fee a term at an unchanged price: a financial year that holds more of its spring terms costs more, and that is time."""
    fees = [_fee("C", 10_000, date(2023, 9, 1), END), _fee("C", 10_000, SECOND)]
    fill(scratch, settings=SETTINGS, plans=PLANS, placements=[_placed("C", ASH, date(2023, 9, 1))], fees=[fee | {"unit": "term"} for fee in fees])
    costs = scratch.read("cost_by", year_kind="FY", years=[2024, 2025], dimension="total", **EVERYTHING)["cost_gbp"].tolist()
    assert costs[0] != costs[1]
    assert _bars(Session(Role.FINANCE, scratch), "fy", "2024", "2025") == dict.fromkeys(("part_year", ""), round(costs[1] - costs[0], 2))


def test_a_role_that_may_not_see_costs_gets_no_bridge(store: Store) -> None:
    for role in (Role.CABINET, Role.ADMIN):
        asked = Session(role, store)
        for call in (
            lambda asked=asked: run.periods(asked, 2025),
            lambda asked=asked: run.bridge(asked, "ay", "2024", "2025", (), ""),
            lambda asked=asked: run.bridge_rows(asked, "ay", "2024", "2025", "price", (), ""),
        ):
            with pytest.raises(NotAllowed):
                call()


@pytest.mark.parametrize(("kind", "code"), [("week", "1"), ("fy", "last"), ("month", "2025-13"), ("snapshot", "31/03/2026")])
def test_a_period_that_there_is_not_gets_a_sentence(kind: str, code: str) -> None:
    with pytest.raises(WrongUsage, match=r"use one of|write it like"):
        Period.read(kind, code)


def test_a_bar_that_there_is_not_gets_a_sentence(session: Session) -> None:
    with pytest.raises(WrongUsage, match="not a bar"):
        run.bridge_rows(session, "ay", "2024", "2025", "weather", (), "")


def test_what_can_be_compared() -> None:
    named = {kind: [p.name for p in offered(kind, date(2023, 4, 1), date(2025, 5, 20))] for kind in ("fy", "ay", "month", "snapshot")}
    assert named["fy"] == ["2025-26", "2024-25", "2023-24"]
    assert named["ay"] == ["2024/25", "2023/24"]
    assert (named["month"][0], named["month"][-1], len(named["month"])) == ("May 2025", "April 2023", 26)
    assert named["snapshot"][:2] == ["20 May 2025", "30 April 2025"]
    befores = [
        Period.read(kind, code).year_before for kind, code in (("fy", "2025"), ("month", "2025-01"), ("snapshot", "2025-02-28"), ("snapshot", "2024-02-29"))
    ]
    assert befores == ["2024", "2024-01", "2024-02-29", "2023-02-28"]


def test_a_bridge_ends_at_the_year_of_the_page_or_the_last_one_that_fees_cover(session: Session) -> None:
    found = run.periods(session, 2024)
    assert found["fy"][1] == "2024"
    assert list(found) == ["fy", "ay", "month", "snapshot"]


def test_pennies_go_to_the_parts_that_rounding_moved_most() -> None:
    parts = np.array([[33.4, 33.3, 33.3], [0.5, 0.5, 0.0], [-0.5, -0.5, 0.0], [1.0, 2.0, 0.0]])
    assert whole_pennies(parts, np.array([100, 1, -1, 3])).tolist() == [[34, 33, 33], [1, 0, 0], [-1, 0, 0], [1, 2, 0]]
    with pytest.raises(ArithmeticError):
        whole_pennies(parts[:1], np.array([120]))


def test_a_cause_that_changes_nothing_gets_nothing_and_equals_share_alike() -> None:
    shares = shapley(("a", "b", "idle"), lambda present: np.array([10.0 if {"a", "b"} <= present else 0.0]))
    assert {cause: amount.tolist() for cause, amount in shares.items()} == {"a": [5.0], "b": [5.0], "idle": [0.0]}


def test_nothing_against_nothing_is_an_empty_bridge() -> None:
    empty = bridge(frame([]), frame([]))
    assert empty.rows.empty
    assert set(empty.bars()) == set(CAUSES)
    grown = bridge(frame([]), frame([Place("C", ASH, fees={("core", "days"): 100})]))
    assert grown.bars() == dict.fromkeys(CAUSES, 0) | {"new": 100}
    assert isinstance(grown.rows, pd.DataFrame)
