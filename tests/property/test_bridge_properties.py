"""A bridge holds for whatever places, periods and filters are drawn: to the penny, in any order, and as every order tried says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bridge_reference import COLUMNS, Place, frame, over_all_orders, reference
from cost_store import EVERYTHING, FEE, PLACEMENT, PLAN, SETTING, cost_store, fill
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.bridge import CAUSES, Period, bridge
from analytics.bridge.pennies import whole_pennies
from analytics.bridge.shapley import shapley
from analytics.run import bridge as run
from analytics.run.session import Session
from data import domain
from data.domain import Role
from data.store import Store

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
PARTS = ("core", "one_to_one", "therapy", "residential", "transport", "other")
SHARES = st.integers(0, 12).map(lambda twelfths: Fraction(twelfths, 12))


@st.composite
def places(draw: st.DrawFn) -> list[Place]:
    """A few children at a few settings, each with up to three fees; no cost where a fee's time is nothing."""
    keys = draw(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("xyz")), unique=True, max_size=5))
    found = []
    for child, urn in keys:
        times = {spread: draw(SHARES) for spread in COLUMNS}
        lines = draw(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(list(COLUMNS))), unique=True, max_size=3))
        fees = {line: draw(st.integers(1, 10_000_000)) for line in lines if times[line[1]]}
        need, phase, residence = (draw(st.sampled_from(some)) for some in (("ASD", "SEMH"), ("primary", "secondary"), ("day", "52wk")))
        found.append(Place(child, urn, need, phase, residence, fees, times))
    return found


@settings(max_examples=12, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(places(), places())
def test_it_equals_every_order_tried_in_exact_fractions(before: list[Place], after: list[Place]) -> None:
    rows = bridge(frame(before), frame(after)).rows
    expected = reference(before, after)
    assert set(zip(rows["child_id"], rows["urn"], strict=True)) == set(expected)
    for row in rows.to_dict("records"):
        exact = [expected[row["child_id"], row["urn"]].get(cause, Fraction(0)) for cause in CAUSES]
        total = row["cost_pence"] - row["cost_before_pence"]
        assert sum(exact) == total
        pennies = whole_pennies(np.array([[float(amount) for amount in exact]]), np.array([total]))[0]
        assert [row[cause] for cause in CAUSES] == pennies.tolist()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places(), places(), st.randoms(use_true_random=False))
def test_rows_add_up_turn_round_and_do_not_depend_on_their_order(before: list[Place], after: list[Place], chance: random.Random) -> None:
    found, back = bridge(frame(before), frame(after)), bridge(frame(after), frame(before))
    rows = found.rows
    assert (rows[list(CAUSES)].sum(axis=1) == rows["cost_pence"] - rows["cost_before_pence"]).all()
    assert sum(found.bars().values()) == sum(p.cost for p in after) - sum(p.cost for p in before)
    turned = {"new": "left", "left": "new"}
    assert {turned.get(cause, cause): -pence for cause, pence in back.bars().items()} == found.bars()
    chance.shuffle(before)
    chance.shuffle(after)
    assert bridge(frame(before), frame(after)).bars() == found.bars()


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(places(), st.sampled_from(PARTS), st.lists(st.integers(0, 500_000), min_size=15, max_size=15))
def test_what_changes_alone_is_the_only_bar(same: list[Place], part: str, more: list[int]) -> None:
    """No change, no bar; a dearer part of the same children's cost at the same settings in the same time shows in its own bar alone."""
    assert set(bridge(frame(same), frame(same)).bars().values()) <= {0}
    dearer = [
        Place(p.child_id, p.urn, p.need, p.phase, p.residence, {k: v + (more[n] if k[0] == part else 0) for k, v in p.fees.items()}, p.times)
        for n, p in enumerate(same)
    ]
    cause = "price" if part == "core" else part
    bars = bridge(frame(same), frame(dearer)).bars()
    assert {name: pence for name, pence in bars.items() if name != cause} == dict.fromkeys(set(CAUSES) - {cause}, 0)
    assert bars[cause] == sum(p.cost for p in dearer) - sum(p.cost for p in same)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(4)), st.lists(st.integers(-1000, 1000), min_size=16, max_size=16))
def test_the_order_in_which_causes_are_named_does_not_matter(order: list[int], worths: list[int]) -> None:
    names = ["a", "b", "c", "d"]

    def worth(present: frozenset[str]) -> int:
        return worths[sum(2**n for n, name in enumerate(names) if name in present)]

    told = shapley([names[n] for n in order], lambda present: np.array([float(worth(present))]))
    exact = over_all_orders(names, lambda present: Fraction(worth(present)))
    assert {name: round(float(told[name][0]), 9) for name in names} == {name: round(float(amount), 9) for name, amount in exact.items()}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Sixty children at six settings over four years, of every unit, residence and purse, drawn once."""
    chance = random.Random(7)
    schools = [SETTING | {"urn": f"10000{n}", "setting_name": f"School {n}", "setting_type": kind} for n, kind in enumerate(("ISS", "NMSS", "SPI") * 2)]
    plans, placed, fees = [], [], []
    for n in range(60):
        need, birth = chance.choice(["ASD", "SEMH", "SLCN"]), f"{chance.randint(2006, 2016)}-{chance.randint(1, 12):02d}"
        plans.append(PLAN | {"child_id": f"C{n}", "primary_need": need, "birth_month": birth, "home_district": chance.choice(["Thanet", "Dover", None])})
        entry = date(2022, 4, 1) + timedelta(chance.randint(0, 1200))
        leaving = chance.choice([None, entry + timedelta(chance.randint(20, 900))])
        row = {"placement_id": f"P{n}", "child_id": f"C{n}", "urn": chance.choice(schools)["urn"], "entry_date": entry, "leaving_date": leaving}
        placed.append(PLACEMENT | row | {"residence": chance.choice(domain.RESIDENCES), "purchase_type": chance.choice(domain.PURCHASE_TYPES)})
        for part in chance.sample(PARTS, chance.randint(0, 4)):
            line = {"placement_id": f"P{n}", "component": part, "unit": chance.choice(domain.UNITS), "funder": chance.choice(domain.FUNDERS)}
            cut = date(chance.choice([2023, 2024, 2025]), 9, 1)
            for starts, ends in ((entry, cut - timedelta(1)), (max(cut, entry), None)):
                fees.append(FEE | line | {"amount_gbp": f"{chance.randint(100, 999_999) / 100:.2f}", "valid_from": starts, "valid_to": ends})
    made = cost_store(tmp_path_factory.mktemp("bridges"))
    fill(made, settings=schools, plans=plans, placements=placed, fees=[fee for fee in fees if fee["valid_to"] is None or fee["valid_to"] >= fee["valid_from"]])
    yield Session(Role.COMMISSIONER, made)
    made.close()


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "need": st.just(("ASD", "SEMH")),
        "phase": st.sampled_from([("primary",), ("secondary", "post16")]),
        "residence_group": st.just(("day",)),
        "component": st.sampled_from([("core",), ("one_to_one", "transport")]),
        "funder": st.just(("education",)),
        "area": st.sampled_from([("east",), ("not_recorded",)]),
        "urn": st.just(("100000", "100001", "100002")),
        "compliance": st.sampled_from([("unexplained",), ("below_threshold", "not_bought")]),
    },
)
PAIRS = st.one_of(
    st.tuples(st.just("fy"), *[st.integers(2022, 2026).map(str)] * 2),
    st.tuples(st.just("ay"), *[st.integers(2022, 2026).map(str)] * 2),
    st.tuples(st.just("month"), *[st.integers(0, 40).map(lambda n: f"{2022 + n // 12}-{n % 12 + 1:02d}")] * 2),
    st.tuples(st.just("snapshot"), *[st.integers(0, 1400).map(lambda n: (date(2022, 6, 1) + timedelta(n)).isoformat())] * 2),
)


def _cost(store: Store, period: Period, filters: dict[str, Any]) -> float:
    """The cost that other reads give a period."""
    if period.kind in ("fy", "ay"):
        found = store.read("cost_by", year_kind=period.kind.upper(), years=[int(period.code)], dimension="total", **filters)
    else:
        found = store.read("cost_trend", dimension="total", from_month=period.first_day, to_month=period.first_day, **filters)
    return round(float(found["cost_gbp"].sum()), 2)


@settings(max_examples=25, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PAIRS, FILTERS)
def test_any_two_periods_and_filters_to_the_penny(session: Session, pair: tuple[str, str, str], chosen: dict[str, tuple[str, ...]]) -> None:
    kind, start, end = pair
    before, after = Period.read(kind, start), Period.read(kind, end)
    found = run.bridge(session, kind, start, end, tuple(sorted(chosen.items())), "some" if chosen else "")
    filters = EVERYTHING | {name: list(values) for name, values in chosen.items()}
    if kind != "snapshot":
        old, new = (_cost(session.store, period, filters) for period in (before, after))
    elif not chosen:
        old, new = (round(float(session.store.read("snapshot", as_at=p.first_day)["fye_gbp"].sum()), 2) for p in (before, after))
    else:
        return
    bars = found.tables["bridge"].frame if found.tables else pd.DataFrame({"is_sum": [True], "effect_gbp": [0.0]})
    assert round(bars.loc[bars["is_sum"], "effect_gbp"].iloc[0], 2) == round(new - old, 2)
    assert round(bars.loc[~bars["is_sum"], "effect_gbp"].sum(), 2) == round(new - old, 2)


@settings(max_examples=4, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PAIRS, FILTERS)
def test_the_rows_of_each_bar_add_up_to_it(session: Session, pair: tuple[str, str, str], chosen: dict[str, tuple[str, ...]]) -> None:
    filters = tuple(sorted(chosen.items()))
    found = run.bridge(session, *pair, filters, "")
    for bar in found.tables["bridge"].frame.itertuples() if found.tables else ():
        if bar.cause:
            rows = run.bridge_rows(session, *pair, str(bar.cause), filters, "").frame
            assert len(rows) == bar.rows
            assert (rows["part_gbp"] * 100).round().sum() == round(100 * float(bar.effect_gbp))
