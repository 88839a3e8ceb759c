"""Measures the benchmark on markets of known truth: method by data, error against the limit, coverage, width, time.

    pytest tests/benchmarks/test_benchmark_methods.py -m benchmark -s     (a few minutes; BENCH_SEEDS=50 for more markets)

The plain mixed model is statsmodels': straight lines, normal errors, means for what is not recorded.
"""

from __future__ import annotations

import os
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from fee_simulator import Simulated, limit, simulate
from measuring import measured

from analytics.benchmark import fit

SEEDS = range(1000, 1000 + int(os.environ.get("BENCH_SEEDS", "20")))
AMOUNTS = ["support_band", "one_to_one_hours_week", "therapy_hours_year"]


def ours(sim: Simulated) -> pd.DataFrame:
    s = fit(sim.frame).settings.set_index("urn")
    return pd.DataFrame({"mean": np.log(s["index"]), "low": np.log(s["index_low"]), "high": np.log(s["index_high"])})


def plain_mixed_model(sim: Simulated) -> pd.DataFrame:
    import statsmodels.formula.api as smf

    f = sim.frame.assign(log=np.log(sim.frame["benchmark_gbp"]))
    gaps = [c for c in AMOUNTS[:2] if f[c].isna().any()]
    f = f.assign(**{f"{c}_gone": f[c].isna().astype(float) for c in gaps})
    f[AMOUNTS] = f[AMOUNTS].fillna(f[AMOUNTS].mean())
    f["within"] = f["provider_group"].where(f["provider_group"].notna(), "alone " + f["urn"])
    formula = " + ".join(["log ~ primary_need + phase + residence + area", *AMOUNTS, *(f"{c}_gone" for c in gaps)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm(formula, f, groups="within", re_formula="1", vc_formula={"s": "0 + C(urn)"}).fit()
    mean = {k.split("[")[-1].rstrip("]"): v + e.iloc[0] for e in model.random_effects.values() for k, v in e.items() if k.startswith("s[")}
    return pd.DataFrame({"mean": mean}).assign(low=np.nan, high=np.nan)


def raw(sim: Simulated) -> pd.DataFrame:
    log = np.log(sim.frame["benchmark_gbp"])
    mean = (log - log.mean()).groupby(sim.frame["urn"]).mean()
    return pd.DataFrame({"mean": mean, "low": np.nan, "high": np.nan})


METHODS = {"limit": limit, "limit, strict": lambda s: limit(s, robust=True), "this benchmark": ours, "plain mixed model": plain_mixed_model, "raw means": raw}


@pytest.mark.benchmark
@pytest.mark.parametrize("hard", [False, True], ids=["plain", "hard"])
def test_methods_against_the_limit(hard: bool) -> None:
    sims = [simulate(seed, hard=hard) for seed in SEEDS]
    table = {}
    for name, method in METHODS.items():
        start = time.perf_counter()
        got = pd.concat([method(s).reindex(s.effect.index.intersection(s.frame["urn"])).assign(true=s.effect) for s in sims])
        seconds = (time.perf_counter() - start) / len(sims)
        error = np.sqrt(((got["mean"] - got["true"]) ** 2).mean())
        inside = ((got["low"] <= got["true"]) & (got["true"] <= got["high"])).where(got["low"].notna()).mean()
        table[name] = {"error": error, "coverage": inside, "width": (got["high"] - got["low"]).mean(), "seconds": seconds}
    out = pd.DataFrame(table).T
    out.insert(1, "against limit", out["error"] / out.loc["limit", "error"])
    out.insert(2, "against strict", out["error"] / out.loc["limit, strict", "error"])
    measured(f"{'hard' if hard else 'plain'}, {len(SEEDS)} markets of 2,000 placements at 100 settings\n{out.round(3).to_string()}")
    assert out.loc["this benchmark", "against limit"] <= 1.12
    assert 0.92 <= out.loc["this benchmark", "coverage"] <= 0.98
    assert out.loc["this benchmark", "width"] <= 1.25 * out.loc["limit", "width"]


@pytest.mark.benchmark
@pytest.mark.parametrize("hard", [False, True], ids=["plain", "hard"])
def test_prediction_intervals_of_placements_left_out(hard: bool) -> None:
    inside = []
    for seed in SEEDS:
        sim = simulate(seed, hard=hard)
        out = np.random.default_rng(seed).random(len(sim.frame)) < 0.1
        held = fit(sim.frame.assign(benchmark_gbp=sim.frame["benchmark_gbp"].mask(out))).placements[out]
        truth = sim.frame.loc[out, "benchmark_gbp"]
        inside.append(((held["low_gbp"] <= truth) & (truth <= held["high_gbp"])).mean())
    kind = "hard" if hard else "plain"
    measured(f"{kind}: 90% intervals hold {np.mean(inside):.1%} of placements left out (by market {min(inside):.1%} to {max(inside):.1%})")
    assert 0.86 <= np.mean(inside) <= 0.94


@pytest.mark.benchmark
@pytest.mark.parametrize(("placements", "settings", "most_seconds"), [(2_000, 100, 2), (20_000, 600, 10), (100_000, 3_000, 30)])
def test_time_by_size(placements: int, settings: int, most_seconds: float) -> None:
    sim = simulate(1, hard=True, placements=placements, settings=settings)
    start = time.perf_counter()
    fit(sim.frame)
    seconds = time.perf_counter() - start
    measured(f"{placements:,} placements at {settings:,} settings: {seconds:.2f} s")
    assert seconds <= most_seconds
