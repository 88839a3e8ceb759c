"""What takes long is kept in the store, used while it holds, and gone when the data change."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk

from analytics.run import benchmarking
from data import kept


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES)
    return desk


def test_an_answer_is_kept_as_it_was_under_its_key_alone(desk: Desk) -> None:
    frame = pd.DataFrame({"urn": ["1", "2"], "index": [1.25, 0.5]})
    kept.keep(desk.store, "benchmark", "a", {"settings": frame}, {"n": 2, "words": ["x"]})
    desk.reopen()
    found = kept.kept(desk.store, "benchmark", "a", ("settings",))
    assert found is not None
    assert found[0]["settings"].to_dict("list") == frame.to_dict("list")
    assert found[1] == {"n": 2, "words": ["x"]}
    assert kept.kept(desk.store, "benchmark", "b", ("settings",)) is None
    kept.keep(desk.store, "benchmark", "b", {"settings": frame.head(1)}, {})
    again = kept.kept(desk.store, "benchmark", "b", ("settings",))
    assert again is not None
    assert len(again[0]["settings"]) == 1


def test_what_is_kept_goes_when_the_data_change(desk: Desk) -> None:
    kept.keep(desk.store, "benchmark", "a", {"settings": pd.DataFrame({"x": [1]})}, {})
    desk.load(PLANS.replace("ASD", "SEMH"))
    assert kept.kept(desk.store, "benchmark", "a", ("settings",)) is None
    assert desk.rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'kept%'") == []


def test_the_benchmark_is_fitted_once_and_its_kept_answer_is_the_fitted_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = benchmarking.of_store(desk.store)
    monkeypatch.setattr(benchmarking, "fitted", lambda *_: pytest.fail("fitted again"))
    second = benchmarking.of_store(desk.store)
    assert first is not None
    assert second is not None
    pd.testing.assert_frame_equal(first.settings, second.settings, check_dtype=False)
    pd.testing.assert_frame_equal(first.placements, second.placements, check_dtype=False)
    assert second.to_json(pd.Timestamp("2026-03-31").date())["n_placements"] == first.n_placements
