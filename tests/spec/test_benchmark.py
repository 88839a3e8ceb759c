"""What the benchmark says on small markets that a reader can follow, and on thin or faulty data."""

from __future__ import annotations

import json
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest
from fee_simulator import simulate

from analytics.benchmark import BenchmarkParams, comparables, fit
from analytics.benchmark.result import PLACEMENT_COLUMNS, SETTING_COLUMNS
from data.errors import WrongUsage


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return simulate(1, hard=False, placements=120, settings=12).frame


def dear_and_usual(n_dear: int, ratio: float) -> pd.DataFrame:
    """Twenty settings of ten alike children at about £50,000, and setting D with `n_dear` at `ratio` times that."""
    rng = np.random.default_rng(5)
    urn = [f"S{i:02d}" for i in range(20) for _ in range(10)] + ["D"] * n_dear
    n = len(urn)
    cost = 50_000 * np.exp(rng.normal(0, 0.1, n)) * np.where(np.array(urn) == "D", ratio, 1.0)
    base = {"placement_id": [f"P{i}" for i in range(n)], "urn": urn, "benchmark_gbp": cost, "primary_need": rng.choice(["ASD", "SEMH"], n)}
    return pd.DataFrame(base | {"one_to_one_hours_week": rng.choice([0.0, 5.0, 10.0], n), "therapy_hours_year": 20.0, "phase": "secondary", "residence": "day"})


def test_a_setting_a_third_dearer_than_like_ones_is_flagged_with_its_excess() -> None:
    s = fit(dear_and_usual(10, 1.35)).settings.set_index("urn").loc["D"]
    assert 1.2 < s["index"] < 1.37
    assert s["raw_index"] == pytest.approx(s["actual_gbp"] / s["expected_gbp"])
    assert s["excess_gbp"] == pytest.approx((s["index"] - 1) * s["expected_gbp"])
    assert s["index_low"] > 1
    assert s["p_above"] > 0.99
    assert s["flagged"]


def test_a_setting_below_the_minimum_number_is_never_flagged() -> None:
    frame = dear_and_usual(4, 1.5)
    assert not fit(frame).settings["flagged"].any()
    assert fit(frame, BenchmarkParams(minimum_n=4)).settings.set_index("urn").loc["D", "flagged"]


def test_few_children_shrink_an_index_towards_one() -> None:
    one, ten = (fit(dear_and_usual(n, 1.35)).settings.set_index("urn").loc["D"] for n in (1, 10))
    assert 1 < one["index"] < ten["index"] < ten["raw_index"] * 1.02


def test_a_provider_group_lends_its_settings_strength() -> None:
    rng = np.random.default_rng(3)
    urns = [f"{g}{i}" for g in "ABCDEFGHIJ" for i in range(4)]
    level = dict(zip("ABCDEFGHIJ", [0.4, *rng.normal(0, 0.2, 9)], strict=True))
    urn = [u for u in urns for _ in range(1 if u == "A0" else 8)]
    cost = [50_000 * np.exp((0.0 if u == "A0" else level[u[0]]) + rng.normal(0, 0.1)) for u in urn]
    frame = pd.DataFrame({"placement_id": range(len(urn)), "urn": urn, "provider_group": [u[0] for u in urn], "benchmark_gbp": cost})
    with_group = fit(frame).settings.set_index("urn").loc["A0", "index"]
    without = fit(frame.drop(columns="provider_group")).settings.set_index("urn").loc["A0", "index"]
    assert with_group > without + 0.05


def test_one_gross_outlier_hardly_moves_a_small_setting(small: pd.DataFrame) -> None:
    frame = simulate(4, hard=False).frame
    size = frame["urn"].value_counts()
    urn = size.index[size == 5][0]
    first = frame.index[frame["urn"] == urn][0]
    before = fit(frame).settings.set_index("urn").loc[urn]
    spoilt = frame.copy()
    spoilt.loc[first, "benchmark_gbp"] *= 10
    result = fit(spoilt)
    after = result.settings.set_index("urn").loc[urn]
    assert abs(np.log(after["index"] / before["index"])) < 0.06
    assert after["raw_index"] > 1.5 * before["raw_index"]
    assert any("far outside" in note for note in result.fit["notes"])


def test_plain_data_without_groups_agree_with_statsmodels() -> None:
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(11)
    setting = rng.integers(0, 60, 1500)
    effect = rng.normal(0, 0.15, 60)
    need = rng.choice(["ASD", "SEMH", "MLD"], 1500, p=[0.5, 0.3, 0.2])
    hours = rng.choice([0.0, 4.0, 9.0, 16.0], 1500)
    log = 10.8 + effect[setting] + 0.2 * (need == "SEMH") - 0.15 * (need == "MLD") + 0.08 * np.sqrt(hours) + rng.normal(0, 0.2, 1500)
    frame = pd.DataFrame({"placement_id": range(1500), "urn": [f"{s:02d}" for s in setting], "benchmark_gbp": np.exp(log)})
    frame = frame.assign(primary_need=need, one_to_one_hours_week=hours, root=np.sqrt(hours), log=log)
    other = smf.mixedlm("log ~ primary_need + root", frame, groups="urn").fit()
    ours = fit(frame)
    blup = pd.Series({u: float(v.iloc[0]) for u, v in other.random_effects.items()})
    mine = np.log(ours.settings.set_index("urn")["index"])
    assert (mine - blup).abs().max() < 0.02
    assert mine.corr(blup) > 0.998
    both = np.hypot(ours.fit["sd_setting"], ours.fit["sd_group"])
    assert both == pytest.approx(float(np.sqrt(other.cov_re.iloc[0, 0])), rel=0.08)
    assert ours.fit["sd_residual"] == pytest.approx(float(np.sqrt(other.scale)), rel=0.05)
    line = next(c for c in ours.fit["coefficients"] if c["name"] == "One-to-one hours a week, per standard deviation")
    assert line["log"] == pytest.approx(other.params["root"] * frame["root"].std(ddof=0), rel=0.1)
    against = next(c for c in ours.fit["coefficients"] if c["name"].startswith("Primary need: SEMH, against ASD"))
    assert against["log"] == pytest.approx(other.params["primary_need[T.SEMH]"], abs=0.02)
    assert against["standard_error"] == pytest.approx(other.bse["primary_need[T.SEMH]"], rel=0.15)
    assert line["standard_error"] == pytest.approx(other.bse["root"] * frame["root"].std(ddof=0), rel=0.25)


def test_costs_that_are_missing_or_not_above_zero_are_left_out_and_counted(small: pd.DataFrame) -> None:
    cost = small["benchmark_gbp"].to_numpy().copy()
    cost[:4] = [np.nan, 0, -5, np.inf]
    again = pd.concat([small.assign(benchmark_gbp=cost), small.tail(1)])
    result = fit(again)
    assert result.fit["left_out"] == {"no cost": 2, "cost not above zero": 2, "the same placement again": 1}
    assert result.n_placements == result.fit["n_placements"] == 116
    held = result.placements.iloc[0]
    assert np.isnan(held["actual_gbp"])
    assert 0 < held["low_gbp"] < held["expected_gbp"] < held["high_gbp"]
    assert "Left out, no cost: 2 placements." in result.fit["notes"]


@pytest.mark.parametrize("column", ["one_to_one_hours_week", "therapy_hours_year"])
def test_nobody_is_flagged_where_provision_is_unknown_for_over_30_per_cent(column: str) -> None:
    frame = dear_and_usual(10, 1.35)
    gaps = np.arange(len(frame)) % 10
    assert fit(frame.assign(**{column: frame[column].mask(gaps < 3)})).settings["flagged"].any()
    result = fit(frame.assign(**{column: frame[column].mask(gaps < 4)}))
    assert not result.settings["flagged"].any()
    assert result.settings["p_above"].max() > 0.99, "differences are still listed"
    assert result.fit["flags_withheld"]
    assert any("nobody is flagged" in note for note in result.fit["notes"])


def test_what_described_need_is_said_in_words(small: pd.DataFrame) -> None:
    assert fit(small).fit["need_described_by"] == "Need described by primary need, support band, one-to-one hours a week and therapy hours a year."
    only = fit(small[["placement_id", "urn", "benchmark_gbp", "primary_need"]])
    assert only.fit["need_described_by"] == "Need described by primary need only."
    assert only.fit["not_recorded"]["support_band"] == 1.0
    widths = [(r.settings["index_high"] / r.settings["index_low"]).mean() for r in (fit(small), only)]
    assert widths[1] > widths[0]


def test_a_plain_difference_is_put_down_to_the_plain_term_not_to_a_pair_that_holds_it() -> None:
    sim = simulate(3, hard=False)
    found = fit(sim.frame).fit
    lines = {c["name"]: c["log"] for c in found["coefficients"]}
    rise = 0.0012 * sim.frame["therapy_hours_year"]  # what was planted, straight in hours; the line is in their square root
    root = np.sqrt(sim.frame["therapy_hours_year"])
    assert lines["Therapy hours a year, per standard deviation"] == pytest.approx(np.polyfit(root, rise, 1)[0] * root.std(), rel=0.3)
    assert lines["Phase: post16, against secondary"] == pytest.approx(0.07, abs=0.03)
    assert lines["Support band, per standard deviation"] == pytest.approx(0.09 * sim.frame["support_band"].std(), rel=0.1)


def test_the_document_has_the_agreed_fields_and_no_nan(small: pd.DataFrame) -> None:
    doc = fit(small.assign(benchmark_gbp=small["benchmark_gbp"].mask(small.index == 0))).to_json(date(2026, 3, 31))
    assert list(doc) == ["as_at", "n_placements", "settings", "placements", "fit"]
    assert list(doc["settings"][0]) == SETTING_COLUMNS
    assert list(doc["placements"][0]) == PLACEMENT_COLUMNS
    assert doc["placements"][0]["actual_gbp"] is None
    assert json.loads(json.dumps(doc, allow_nan=False)) == doc
    assert all(round(s["actual_gbp"], 2) == s["actual_gbp"] for s in doc["settings"])


THIN = {
    "one placement": lambda f: f.head(1),
    "two placements": lambda f: f.head(2),
    "no placement": lambda f: f.head(0),
    "one setting": lambda f: f.assign(urn="1"),
    "every placement its own setting": lambda f: f.assign(urn=range(len(f))),
    "no groups": lambda f: f.assign(provider_group=None),
    "one group": lambda f: f.assign(provider_group="G"),
    "all of one residence and phase": lambda f: f.assign(residence="day", phase="primary", area=None),
    "a need seen once": lambda f: f.assign(primary_need=["VI"] + ["ASD"] * (len(f) - 1)),
    "all hours missing": lambda f: f.assign(one_to_one_hours_week=np.nan, therapy_hours_year=np.nan),
    "one hour recorded": lambda f: f.assign(one_to_one_hours_week=[5.0] + [np.nan] * (len(f) - 1)),
    "never recorded together": lambda f: f.assign(
        one_to_one_hours_week=f["one_to_one_hours_week"].mask(f.index % 2 == 0), support_band=f["support_band"].mask(f.index % 2 == 1)
    ),
    "costs alone": lambda f: f[["placement_id", "urn", "benchmark_gbp"]],
    "one cost for all": lambda f: f.assign(benchmark_gbp=50_000.0),
    "costs of a penny and a trillion": lambda f: f.assign(benchmark_gbp=[0.01, 1e12, *f["benchmark_gbp"].tolist()[2:]]),
    "no positive cost": lambda f: f.assign(benchmark_gbp=0.0),
    "Arrow columns": lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
    "categories and decimals": lambda f: f.astype({"primary_need": "category", "urn": "category", "benchmark_gbp": object}),
}


@pytest.mark.parametrize("thin", THIN)
def test_thin_data_give_a_careful_answer_not_a_crash(small: pd.DataFrame, thin: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fit(THIN[thin](small))
    s = result.settings
    assert np.isfinite(s.drop(columns="urn").astype(float).to_numpy()).all()
    assert ((s["index_low"] <= s["index"]) & (s["index"] <= s["index_high"])).all()
    assert s["p_above"].between(0, 1).all()
    assert json.dumps(result.to_json(date(2026, 3, 31)), allow_nan=False)


@pytest.mark.parametrize(
    ("thin", "said"),
    [
        ("one setting", "one setting"),
        ("no groups", "No two settings share a provider group"),
        ("all of one residence and phase", "The same for every placement"),
        ("a need seen once", "Seen once"),
        ("all hours missing", "nobody is flagged"),
        ("no positive cost", "nothing could be compared"),
        ("costs alone", "Primary need is not recorded"),
    ],
)
def test_thin_data_are_named_in_the_notes(small: pd.DataFrame, thin: str, said: str) -> None:
    assert any(said in note for note in fit(THIN[thin](small)).fit["notes"])


def test_one_setting_alone_is_told_as_hardly_known(small: pd.DataFrame) -> None:
    s = fit(small.assign(urn="1")).settings.iloc[0]
    assert s["index"] == pytest.approx(1, abs=0.02)
    assert s["index_high"] / s["index_low"] > 1.3


def test_a_frame_without_costs_is_refused_in_a_sentence(small: pd.DataFrame) -> None:
    with pytest.raises(WrongUsage, match="needs benchmark_gbp"):
        fit(small.drop(columns="benchmark_gbp"))


def test_comparables_are_of_the_same_need_phase_and_residence_nearest_first() -> None:
    row = {
        "urn": "1",
        "primary_need": "ASD",
        "phase": "secondary",
        "residence": "day",
        "support_band": 3,
        "one_to_one_hours_week": 6.0,
        "benchmark_gbp": 50_000.0,
    }
    frame = pd.DataFrame(
        [
            row | {"placement_id": "this"},
            row | {"placement_id": "two bands", "support_band": 5},
            row | {"placement_id": "an hour", "one_to_one_hours_week": 7.0},
            row | {"placement_id": "same"},
            row | {"placement_id": "unknown band", "support_band": None},
            row | {"placement_id": "boards", "residence": "52wk"},
            row | {"placement_id": "SEMH", "primary_need": "SEMH"},
            row | {"placement_id": "no cost", "benchmark_gbp": None},
        ]
    )
    near = comparables(frame, "this")
    assert near["placement_id"].tolist() == ["same", "an hour", "unknown band", "two bands"]
    assert near["steps_away"].tolist() == pytest.approx([0, 1 / 6, 1.5, 2])
    assert comparables(frame, "this", n=2)["placement_id"].tolist() == ["same", "an hour"]
    with pytest.raises(WrongUsage, match="no placement ghost"):
        comparables(frame, "ghost")
