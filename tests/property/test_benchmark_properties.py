"""What must hold of the benchmark whatever the placements."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.benchmark import fit

CELLS: dict[str, st.SearchStrategy[object]] = {
    "urn": st.sampled_from(["1", "2", "3", "4", None]),
    "provider_group": st.sampled_from(["G", "H", None]),
    "primary_need": st.sampled_from(["ASD", "SEMH", "UNK", None]),
    "support_band": st.sampled_from([1, 3, 6, None]),
    "one_to_one_hours_week": st.sampled_from([0.0, 2.5, 30.0, -1.0, None]),
    "therapy_hours_year": st.sampled_from([0.0, 20.0, None]),
    "phase": st.sampled_from(["primary", "secondary", None]),
    "residence": st.sampled_from(["day", "52wk"]),
    "area": st.sampled_from(["north", "east", None]),
    "benchmark_gbp": st.one_of(st.floats(1, 1e6), st.sampled_from([0.0, -3.0, None, float("inf")])),
}
PLACEMENT = st.fixed_dictionaries(CELLS)
FRAMES = st.lists(PLACEMENT, max_size=25).map(lambda rows: pd.DataFrame(rows, columns=list(CELLS)).assign(placement_id=range(len(rows))))
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def market(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 150
    urn = rng.integers(0, 15, n)
    cost = 45_000 * np.exp(rng.normal(0, 0.15, 15)[urn] + rng.normal(0, 0.2, n))
    frame = pd.DataFrame({"placement_id": range(n), "urn": urn.astype(str), "provider_group": (urn // 2).astype(str), "benchmark_gbp": cost})
    return frame.assign(primary_need=rng.choice(["ASD", "SEMH", "MLD"], n), one_to_one_hours_week=rng.choice([0.0, 5.0, 10.0], n), therapy_hours_year=10.0)


@QUICK
@given(FRAMES)
def test_any_frame_gets_an_answer_in_which_every_row_is_accounted_for(frame: pd.DataFrame) -> None:
    result = fit(frame)
    assert result.n_placements + sum(result.fit["left_out"].values()) == len(frame) == len(result.placements)
    s = result.settings
    assert ((s["index_low"] <= s["index"]) & (s["index"] <= s["index_high"])).all()
    assert s["p_above"].between(0, 1).all()
    assert not (s["flagged"] & ((s["n"] < 5) | (s["index_low"] <= 1))).any()
    if result.n_placements:
        p = result.placements
        assert ((p["low_gbp"] > 0) & (p["low_gbp"] < p["high_gbp"])).all()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_the_unit_of_money_does_not_matter(seed: int, factor: float) -> None:
    frame = market(seed)
    a, b = fit(frame), fit(frame.assign(benchmark_gbp=frame["benchmark_gbp"] * factor))
    np.testing.assert_allclose(b.settings["index"], a.settings["index"], rtol=2e-3)
    np.testing.assert_allclose(b.placements["expected_gbp"], factor * a.placements["expected_gbp"], rtol=2e-3)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_rows_and_the_names_of_settings_do_not_matter(seed: int) -> None:
    frame = market(seed)
    shuffled = frame.sample(frac=1, random_state=seed)
    shuffled = shuffled.assign(urn="9" + shuffled["urn"].str.zfill(2))
    a, b = fit(frame).settings.set_index("urn"), fit(shuffled).settings.set_index("urn")
    a.index = "9" + a.index.str.zfill(2)
    np.testing.assert_allclose(b["index"].reindex(a.index), a["index"], rtol=1e-6)
