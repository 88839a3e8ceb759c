"""Ways to tell what a setting costs given need, to be compared on markets of known truth: each answers setting effects with 95% intervals, by urn.

All see the same placements. What is not recorded gets the mean and a mark of its own, except in the benchmark itself, which has its own way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import pandas as pd
from fee_simulator import Simulated, limit

from analytics.benchmark import design, fit

AMOUNTS = ["support_band", "one_to_one_hours_week", "therapy_hours_year"]
LEVELS = ["primary_need", "phase", "residence", "area"]
FAR = 1.959964
Effects = pd.DataFrame


def effects(urns: pd.Index, mean: np.ndarray, sd: np.ndarray) -> Effects:
    return pd.DataFrame({"mean": mean, "low": mean - FAR * sd, "high": mean + FAR * sd}, index=urns)


def benchmark(sim: Simulated) -> Effects:
    s = fit(sim.frame).settings.set_index("urn")
    return pd.DataFrame({"mean": np.log(s["index"]), "low": np.log(s["index_low"]), "high": np.log(s["index_high"])})


def benchmark_with_straight_lines(sim: Simulated) -> Effects:
    """The same robust hierarchy of settings and errors, but needs act on their own and in straight lines."""
    with patch.object(design, "PAIRED", ()), patch.object(design, "BENDS", 0):
        return benchmark(sim)


def raw_means(sim: Simulated) -> Effects:
    """Mean log cost of each setting, needs unseen."""
    log = np.log(sim.frame["benchmark_gbp"])
    left = log - log.mean()
    by = left.groupby(sim.frame["urn"])
    within = float(np.sqrt(((left - by.transform("mean")) ** 2).sum() / (len(log) - by.ngroups)))
    return effects(by.mean().index, by.mean().to_numpy(), within / np.sqrt(by.size().to_numpy()))


def setting_means(sim: Simulated) -> Effects:
    """Least squares with need terms and one level a setting: no shrinkage, so small settings swing."""
    x, y, code, urns = columns(sim)
    one = np.eye(len(urns))[code]
    whole = np.hstack([x, one])
    inverse = np.linalg.pinv(whole.T @ whole)
    b = inverse @ whole.T @ y
    left = y - whole @ b
    error = left @ left / (len(y) - np.linalg.matrix_rank(whole))
    share = np.bincount(code) / len(code)
    contrast = np.hstack([np.zeros((len(urns), x.shape[1])), np.eye(len(urns)) - share])
    return effects(urns, contrast @ b, np.sqrt(error * ((contrast @ inverse) * contrast).sum(1)))


def ridge(sim: Simulated) -> Effects:
    """Penalised least squares: every level, line, bend and pair, and every setting, under two penalties chosen by generalised cross-validation."""
    x, y, code, urns = columns(sim, pairs=True)
    one = np.eye(len(urns))[code]
    mean, spread = x.mean(0), x.std(0)
    x = ((x - mean) / np.where(spread > 0, spread, 1))[:, spread > 0]
    y = y - y.mean()
    whole = np.hstack([x, one])
    inner, right = whole.T @ whole, whole.T @ y
    best: tuple[float, np.ndarray, np.ndarray, float] | None = None
    for of_needs in np.geomspace(1, 1000, 7):
        for of_settings in (0.5, 1.0, 2.0, 4.0, 8.0):
            penalty = np.diag(np.r_[np.full(x.shape[1], of_needs), np.full(len(urns), of_settings)])
            inverse = np.linalg.inv(inner + penalty)
            b = inverse @ right
            used = float((inverse * inner).sum())
            left = y - whole @ b
            score = float(left @ left) / (len(y) - used) ** 2
            if best is None or score < best[0]:
                best = (score, inverse, b, float(left @ left) / (len(y) - used))
    assert best is not None
    _, inverse, b, error = best
    return effects(urns, b[x.shape[1] :], np.sqrt(error * np.diag(inverse)[x.shape[1] :]))


def plain_mixed_model(sim: Simulated) -> Effects:
    """statsmodels: straight lines, normal errors, setting within group."""
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
        spread = model.random_effects_cov
    rows = {}
    for group, values in model.random_effects.items():
        v = np.asarray(spread[group])
        for k, name in enumerate(values.index):
            if name.startswith("s["):
                sd = float(np.sqrt(max(v[0, 0] + v[k, k] + 2 * v[0, k], 0)))
                rows[name.split("[")[-1].rstrip("]")] = (values.iloc[k] + values.iloc[0], sd)
    found = pd.DataFrame(rows, index=["mean", "sd"]).T
    return effects(found.index, found["mean"].to_numpy(), found["sd"].to_numpy())


def columns(sim: Simulated, *, pairs: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.Index]:
    """Design, log cost, setting of each row, urns. With `pairs` every product of two, and squares."""
    f = sim.frame
    parts = [pd.get_dummies(f[LEVELS], dtype=float, drop_first=not pairs).to_numpy()]
    parts += [f[[c]].isna().to_numpy(float) for c in AMOUNTS[:2] if f[c].isna().any()]
    amounts = f[AMOUNTS].fillna(f[AMOUNTS].mean()).to_numpy(float)
    amounts = (amounts - amounts.mean(0)) / amounts.std(0)
    x = np.hstack([*parts, amounts])
    if pairs:
        products = x[:, :, None] * x[:, None, :]
        x = np.hstack([x, products[:, *np.triu_indices(x.shape[1])]])
    else:
        x = np.hstack([np.ones((len(f), 1)), x])
    code, urns = pd.factorize(f["urn"], sort=True)
    return x, np.log(f["benchmark_gbp"].to_numpy(float)), code, pd.Index(urns)


METHODS: dict[str, Callable[[Simulated], Effects]] = {
    "limit": limit,
    "strict limit": lambda sim: limit(sim, robust=True),
    "this benchmark": benchmark,
    "same, needs in straight lines": benchmark_with_straight_lines,
    "plain mixed model": plain_mixed_model,
    "ridge, all pairs": ridge,
    "least squares, setting means": setting_means,
    "raw means": raw_means,
}


def compared(method: Callable[[Simulated], Effects], sims: list[Simulated]) -> pd.DataFrame:
    """One row a setting and market: effect found with its interval, the true one, and placements."""
    rows = []
    for sim in sims:
        n = sim.frame["urn"].value_counts()
        rows.append(method(sim).reindex(n.index).assign(true=sim.effect.reindex(n.index), n=n))
    return pd.concat(rows)


def scored(c: pd.DataFrame, minimum_n: int = 5) -> dict[str, float]:
    """Error, coverage, width, and flags (whole interval above, enough children): how many a market, how many of them not truly above, and how many
    of the settings truly 15% or more above are found."""
    flagged = (c["low"] > 0) & (c["n"] >= minimum_n)
    dear = (c["true"] >= np.log(1.15)) & (c["n"] >= minimum_n)
    return {
        "error": float(np.sqrt(((c["mean"] - c["true"]) ** 2).mean())),
        "coverage": float(((c["low"] <= c["true"]) & (c["true"] <= c["high"])).mean()),
        "width": float((c["high"] - c["low"]).mean()),
        "flags": 100 * float(flagged.mean()),
        "flagged wrongly": float((flagged & (c["true"] <= 0)).sum() / max(flagged.sum(), 1)),
        "dear found": float((flagged & dear).sum() / max(dear.sum(), 1)),
    }
