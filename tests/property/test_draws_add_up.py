"""Whatever the records, draws are finite, add up and do not depend on the order of the rows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.contracts.scope import pool
from analytics.demand import draw, round_keeping_total
from data.domain import Lot

AS_AT = date(2026, 3, 31)
AREAS = ("north", "east")
ROW = st.fixed_dictionaries(
    {
        "urn": st.sampled_from(["100001", "100002", "X1"]),
        "primary_need": st.sampled_from(["ASD", "SEMH", "UNK"]),
        "residence_group": st.sampled_from(["day", "residential"]),
        "area": st.sampled_from([*AREAS, None]),
        "birth_month": st.builds("{:04d}-{:02d}".format, st.integers(2003, 2021), st.integers(1, 12)),
        "entry_date": st.dates(date(2018, 1, 1), date(2026, 6, 30)),
        "leaving_date": st.one_of(st.none(), st.dates(date(2018, 1, 1), date(2026, 12, 31))),
        "named_by": st.sampled_from(["council", "parent", "tribunal", None]),
    }
)
FRAMES = st.lists(ROW, min_size=1, max_size=25).map(
    lambda rows: pd.DataFrame([r | {"leaving_date": r["leaving_date"] and max(r["leaving_date"], r["entry_date"] + timedelta(days=1))} for r in rows])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FRAMES, st.integers(1, 4), st.integers(0, 1000))
def test_draws_are_places_that_exist(frame: pd.DataFrame, years: int, seed: int) -> None:
    found = draw(frame, AS_AT, years=years, draws=5, seed=seed)
    held = int(
        (pd.to_datetime(frame["entry_date"]) <= pd.Timestamp(AS_AT))
        .mul(pd.to_datetime(frame["leaving_date"]).isna() | (pd.to_datetime(frame["leaving_date"]) >= pd.Timestamp(AS_AT)))
        .sum()
    )
    assert found.total.shape == (5, years)
    for part in (found.fillable, found.fixed, found.survivors):
        assert np.isfinite(part).all()
        assert (part >= 0).all()
    survivors = found.survivors.sum(axis=2)
    assert (survivors <= held + 1e-9).all()
    assert (np.diff(survivors, axis=1) <= 1e-9).all()
    assert all(Lot.parse(lot).area in (*AREAS, "any") for lot in found.cells["lot"])
    assert not found.cells.duplicated().any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.floats(0, 30), min_size=6, max_size=6), min_size=1, max_size=8), st.integers(0, 1000))
def test_rounding_moves_no_place_by_one_and_no_total_by_one(rows: list[list[float]], seed: int) -> None:
    places = np.array(rows)
    whole = round_keeping_total(places, np.random.default_rng(seed))
    assert (np.abs(whole - places) < 1 + 1e-6).all()
    assert (np.abs(whole.sum(axis=1) - places.sum(axis=1)) < 1 + 1e-6).all()
    assert (whole >= 0).all()


LOTS = st.builds(
    Lot, st.sampled_from(["ASD", "HI", "VI", "PD"]), st.sampled_from(["primary", "secondary"]), st.sampled_from(["day", "residential"]), st.sampled_from(AREAS)
)


@given(st.dictionaries(LOTS.map(lambda lot: lot.id), st.floats(0, 20), min_size=1, max_size=20))
def test_pooling_keeps_phase_and_residence_and_leaves_large_lots_alone(sizes: dict[str, float]) -> None:
    expected = pd.Series(sizes)
    for lot_id, pooled_id in pool(expected, 5).items():
        lot, pooled = Lot.parse(lot_id), Lot.parse(pooled_id)
        assert (lot.phase, lot.residence) == (pooled.phase, pooled.residence)
        if expected[lot_id] >= 5:
            assert pooled == lot
        else:
            assert pooled.need == "OTHER"
