"""The other view: how much provision children get at a setting against children of like needs elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.benchmark.provision import COLUMNS, provision

HOURS = "one_to_one_hours_week"


def alike(**more: float) -> pd.DataFrame:
    """Twenty settings of ten children; hours follow the band, and at the settings named come `more` on top."""
    rng = np.random.default_rng(4)
    urn = np.repeat([f"S{k:02d}" for k in range(20)], 10)
    band = rng.integers(1, 7, 200)
    hours = np.maximum(2.0 * band + rng.normal(0, 2, 200) + np.array([more.get(u, 0.0) for u in urn]), 0)
    return pd.DataFrame(
        {"urn": urn, "primary_need": "ASD", "support_band": band, "phase": "secondary", "residence": "day", HOURS: hours, "therapy_hours_year": 20.0}
    )


def hours_of(frame: pd.DataFrame) -> pd.DataFrame:
    found = provision(frame).settings
    return found[found["measure"] == HOURS].set_index("urn")


def test_a_setting_that_gives_more_than_like_needs_get_elsewhere_is_told_with_its_interval() -> None:
    found = hours_of(alike(S03=6.0)).loc["S03"]
    assert found["actual"] - found["expected"] == pytest.approx(6, abs=1.5)
    assert 3 < found["difference"] < 7
    assert found["difference_low"] > 0
    assert found["differs"]


def test_a_setting_whose_children_need_more_does_not_differ_for_it() -> None:
    frame = alike()
    frame.loc[frame["urn"] == "S05", "support_band"] = 6
    frame.loc[frame["urn"] == "S05", HOURS] = 12.0 + np.tile([-1.0, 1.0], 5)
    found = hours_of(frame).loc["S05"]
    assert found["actual"] == pytest.approx(12)
    assert not found["differs"]


def test_expected_is_what_others_get_so_a_setting_does_not_set_its_own_measure() -> None:
    frame = alike()
    frame["support_band"], frame[HOURS] = 3, np.where(frame["urn"] == "S00", 30.0, 6.0)
    assert hours_of(frame).loc["S00", "expected"] == pytest.approx(6, abs=0.7)  # the coarsest mean, of everyone, still leans in a little


def test_few_children_say_little() -> None:
    frame = pd.concat([alike(), alike(S03=6.0).query("urn == 'S03'").head(1).assign(urn="ONE")])
    found = hours_of(frame)
    assert not found.loc["ONE", "differs"]
    width = found["difference_high"] - found["difference_low"]
    assert width["ONE"] > width["S01"]


def test_boarding_is_a_share_of_children_within_nought_and_one() -> None:
    frame = alike()
    frame.loc[(frame["urn"] == "S07") & (frame.index % 2 == 0), "residence"] = "38wk"
    found = provision(frame).settings
    board = found[found["measure"] == "residential_share"].set_index("urn")
    assert board.loc["S07", "differs"]
    assert board.loc["S07", "actual"] == 0.5
    for end in ("difference", "difference_low", "difference_high"):
        assert (board["expected"] + board[end]).between(-1e-9, 1 + 1e-9).all()


@pytest.mark.parametrize("residence", ["day", "38wk"])
def test_where_every_child_boards_or_none_does_no_setting_differs(residence: str) -> None:
    found = provision(alike().assign(residence=residence)).settings
    boarding = found[found["measure"] == "residential_share"]
    assert len(boarding) == 20
    assert (boarding["difference"] == 0).all()
    assert not boarding["differs"].any()


def test_settings_of_one_child_each_say_next_to_nothing() -> None:
    frame = alike().groupby("urn").head(1).assign(**{HOURS: np.tile([0.0, 5.0, 20.0, 30.0], 5)})
    found = hours_of(frame)
    assert ((found["difference_high"] - found["difference_low"]) > 1.0).all()


def test_where_hours_are_not_recorded_for_over_30_per_cent_differences_are_listed_and_none_is_told_apart() -> None:
    frame = alike(S03=6.0)
    gone = np.arange(len(frame)) % 10 < 4
    result = provision(frame.assign(**{HOURS: frame[HOURS].mask(gone)}))
    assert result.withheld == (HOURS,)
    mine = result.settings[result.settings["measure"] == HOURS]
    assert len(mine) == 20
    assert not mine["differs"].any()
    assert result.to_json()["differences_withheld"] == [HOURS]


@pytest.mark.parametrize("frame", [alike().head(0), alike().head(1), alike().assign(urn="1"), alike()[["urn"]], alike().assign(residence=None)])
def test_thin_data_give_a_careful_answer(frame: pd.DataFrame) -> None:
    result = provision(frame)
    assert list(result.settings.columns) == COLUMNS
    numbers = result.settings[["difference", "difference_low", "difference_high"]].astype(float)
    assert np.isfinite(numbers.to_numpy()).all()
    assert result.to_json()["view"] == "provision given need"


def skewed(seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Half of the children get none, the others very unequal hours; settings differ by three hours or so. With the true difference by setting."""
    rng = np.random.default_rng(seed)
    raw = rng.lognormal(0, 1.3, 100)
    setting = np.repeat(np.arange(100), np.maximum(1, np.round(raw / raw.sum() * 2000)).astype(int))
    n = len(setting)
    need = rng.choice(["ASD", "SEMH", "SLCN", "MLD"], n, p=[0.45, 0.3, 0.15, 0.1])
    band = np.clip(np.round(rng.normal(3 + rng.normal(0, 0.6, 100)[setting], 1.1)), 1, 6)
    due = 1 + 1.4 * band + 2 * (need == "SEMH")
    mean = np.maximum(due + rng.normal(0, 3, 100)[setting], 0.3)
    hours = np.where(rng.random(n) < 0.5, 0, rng.gamma(2, mean))
    frame = pd.DataFrame({"urn": setting.astype(str), "primary_need": need, "support_band": band, "residence": "day", HOURS: hours})
    return frame, pd.Series(mean - due).groupby(setting.astype(str)).mean()


def test_intervals_hold_the_true_difference_and_its_sign_is_right_where_it_is_told() -> None:
    inside, wrong, told = [], 0, 0
    for seed in range(8):
        frame, truth = skewed(seed)
        found = hours_of(frame).assign(true=truth)
        inside.append(((found["difference_low"] <= found["true"]) & (found["true"] <= found["difference_high"])).mean())
        differs = found["differs"].astype(bool)
        told += int(differs.sum())
        wrong += int((differs & (np.sign(found["difference"]) != np.sign(found["true"]))).sum())
    assert 0.90 <= np.mean(inside) <= 0.99
    assert told >= 8
    assert wrong <= 0.05 * told
