"""Made-up placements whose need effects, setting effects and variances are known, and the limit: the estimate of someone who knows them.

`plain`: needs add up in logs. `hard`: needs interact and bend, 3% of fees are gross outliers of more than twofold,
15% of bands and 20% of hours are not recorded. A third of settings take harder children; sizes are skewed, many below four.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SD_SETTING, SD_GROUP, SD_RESIDUAL = 0.12, 0.08, 0.18
NEEDS = np.array(["ASD", "SEMH", "SLCN", "MLD", "SPLD", "SLD", "PD", "PMLD", "HI", "MSI"])
NEED_SHARE = np.array([0.42, 0.24, 0.12, 0.05, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01])
NEED_LOG = dict(zip(NEEDS, np.log([1.0, 1.06, 0.9, 0.85, 0.75, 1.2, 1.3, 1.5, 1.1, 1.5]), strict=True))
PHASES = np.array(["primary", "secondary", "post16"])
AREAS = np.array(["north", "east", "south", "west"])
RESIDENCES = np.array(["day", "weekly", "38wk", "52wk"])


@dataclass(frozen=True)
class Simulated:
    """`frame` as the benchmark takes it; `log_expected` the true need effects; `effect` the true setting + group effect by urn."""

    frame: pd.DataFrame
    log_expected: np.ndarray
    effect: pd.Series
    outlier: np.ndarray
    sd_setting: float
    sd_group: float
    sd_residual: float
    outlier_share: float
    harder: set[str]


def _sizes(rng: np.random.Generator, settings: int, total: int) -> np.ndarray:
    raw = rng.lognormal(0.0, 1.5, settings)
    sizes = np.maximum(1, np.round(raw / raw.sum() * total)).astype(int)
    sizes[np.argmax(sizes)] += total - sizes.sum()
    return sizes


def _log_need(f: pd.DataFrame, hard: bool) -> np.ndarray:
    need = f["primary_need"].map(NEED_LOG).to_numpy(float)
    band, hours, therapy = (f[c].to_numpy(float) for c in ("support_band", "one_to_one_hours_week", "therapy_hours_year"))
    phase = f["phase"].map({"primary": 0.0, "secondary": 0.05, "post16": 0.12}).to_numpy(float)
    home = f["residence"].map({"day": 0.0, "weekly": 0.7, "38wk": 0.9, "52wk": 1.2}).to_numpy(float)
    area = f["area"].map({"north": 0.04, "east": -0.03, "south": 0.0, "west": 0.02}).to_numpy(float)
    base = 10.6 + need + phase + home + area
    if not hard:
        return base + 0.09 * (band - 3) + 0.012 * hours + 0.0012 * therapy
    is_ = {code: (f["primary_need"] == code).to_numpy() for code in NEEDS}
    boarding = home > 0
    bend = 0.035 * (band - 1) ** 1.6 + 0.15 * ((band >= 5) & is_["SEMH"]) - 0.04 * (band - 3) * is_["SLCN"]
    hourly = 0.55 * (1 - np.exp(-hours / 12)) * (1 + 0.5 * is_["ASD"] - 0.6 * is_["SPLD"] - 0.5 * boarding)
    talk = 0.22 * np.sqrt(therapy / 60) * (1 + 0.7 * is_["SLCN"] + 0.5 * is_["PD"]) - 0.004 * hours * (band >= 5)
    age = 0.15 * ((f["phase"] == "post16").to_numpy() & is_["SEMH"]) - 0.12 * ((f["phase"] == "primary").to_numpy() & is_["ASD"])
    return base - 0.35 + bend + hourly + talk + age - 0.2 * (boarding & is_["SEMH"]) + 0.25 * (boarding & is_["PMLD"])


def simulate(
    seed: int,
    *,
    hard: bool,
    placements: int = 2000,
    settings: int = 100,
    missing: bool = True,
    sd_residual: float = SD_RESIDUAL,
    planted: dict[int, float] | None = None,
    children: int = 8,
) -> Simulated:
    """One made-up market. `planted`: true effects, in logs, of these settings by number; each has `children` placements and no group."""
    rng = np.random.default_rng([seed, int(hard)])
    groups = max(1, settings // 4)
    group_of = rng.integers(0, groups, settings)
    g = rng.normal(0, SD_GROUP, groups)
    u = rng.normal(0, SD_SETTING, settings)
    alone = rng.random(settings) < 0.25
    effect = u + np.where(alone, rng.normal(0, SD_GROUP, settings), g[group_of])
    for k, value in (planted or {}).items():
        effect[k], alone[k] = value, True
    hardness = np.where(rng.random(settings) < 0.34, rng.uniform(0.8, 1.6, settings), rng.normal(0, 0.3, settings))
    mix = rng.dirichlet(NEED_SHARE * 8, settings)
    residential = rng.random(settings) < 0.1
    sizes = _sizes(rng, settings, placements)
    sizes[list(planted or {})] = children
    s = np.repeat(np.arange(settings), sizes)
    n = len(s)
    lean = hardness[s]
    band = np.clip(np.round(rng.normal(3 + lean, 1.1)), 1, 6)
    f = pd.DataFrame(
        {
            "placement_id": [f"P{i:06d}" for i in range(n)],
            "urn": [f"{100000 + k}" for k in s],
            "provider_group": [None if alone[k] else f"Group {group_of[k]}" for k in s],
            "primary_need": NEEDS[(mix[s].cumsum(1) < rng.random(n)[:, None]).sum(1).clip(0, len(NEEDS) - 1)],
            "support_band": band,
            "one_to_one_hours_week": np.where(rng.random(n) < 0.45 - 0.1 * lean, 0.0, np.round(rng.gamma(2, 3.5 + 0.8 * band), 1).clip(0, 60)),
            "therapy_hours_year": np.round(rng.gamma(1.5, 22 + 8 * lean.clip(-1, 2)), 0),
            "phase": PHASES[rng.choice(3, n, p=[0.2, 0.65, 0.15])],
            "residence": np.where(residential[s] & (rng.random(n) < 0.6), RESIDENCES[rng.integers(1, 4, n)], "day"),
            "area": AREAS[rng.integers(0, 4, n)],
        }
    )
    log_expected = _log_need(f, hard)
    outlier = (rng.random(n) < 0.03) if hard else np.zeros(n, bool)
    jump = np.where(outlier, rng.choice([-1, 1], n) * rng.uniform(np.log(2), np.log(4), n), 0.0)
    f["benchmark_gbp"] = np.round(np.exp(log_expected + effect[s] + rng.normal(0, sd_residual, n) + jump), 2)
    if hard and missing:
        f.loc[rng.random(n) < 0.15, "support_band"] = np.nan
        gone = rng.random(n) < 0.20
        f.loc[gone, ["one_to_one_hours_week", "therapy_hours_year"]] = np.nan
    return Simulated(
        f,
        log_expected,
        pd.Series(effect, [f"{100000 + k}" for k in range(settings)]),
        outlier,
        SD_SETTING,
        SD_GROUP,
        sd_residual,
        0.03 if hard else 0.0,
        {f"{100000 + k}" for k in np.flatnonzero(hardness > 0.7)},
    )


def limit(sim: Simulated, *, robust: bool = False) -> pd.DataFrame:
    """Setting effects as estimated by someone who knows the true need effects (what is not recorded too) and the variances: mean, low, high, by urn.

    The best linear unbiased prediction; with `robust` also the share and spread of gross outliers, each placement weighed by its chance of
    being none (variational EM), which is stricter on hard data.
    """
    r = np.log(sim.frame["benchmark_gbp"].to_numpy(float)) - sim.log_expected
    code, urns = pd.factorize(sim.frame["urn"])
    group = sim.frame.groupby("urn")["provider_group"].first().reindex(urns)
    group = group.where(group.notna(), other=[f"alone {u}" for u in urns])
    prior = sim.sd_setting**2 * np.eye(len(urns)) + sim.sd_group**2 * (group.to_numpy()[:, None] == group.to_numpy()[None, :])
    core = sim.sd_residual**2
    wide = core + 7 / 3 * np.log(2) ** 2  # a jump of log 2 to log 4, evenly spread
    precision = np.full(len(r), 1 / (core + sim.outlier_share * (wide - core)))
    for _ in range(30 if robust and sim.outlier_share else 1):
        total = np.bincount(code, precision, len(urns))
        covariance = np.linalg.inv(np.linalg.inv(prior) + np.diag(total))
        mean = covariance @ np.bincount(code, precision * r, len(urns))
        if robust and sim.outlier_share:
            odds = sim.outlier_share / (1 - sim.outlier_share) * np.sqrt(core / wide) * np.exp((r - mean[code]) ** 2 / 2 * (1 / core - 1 / wide))
            precision = (1 / core + odds / wide) / (1 + odds)
    reach = 1.959964 * np.sqrt(np.diag(covariance))
    return pd.DataFrame({"mean": mean, "low": mean - reach, "high": mean + reach}, index=urns)
