"""Made-up outcomes with known setting effects: children of uneven need, steady from year to year, some settings taking harder ones.

The mean of a child's outcome is logit (a share) or log (a count) of need + band + phase + residence + year + setting effect; children vary about it
by a beta or gamma distribution that stays theirs, and again from year to year.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

NEEDS = np.array(["ASD", "SEMH", "SLCN", "MLD", "SLD", "PD"])
NEED_SHARE = np.array([0.45, 0.28, 0.12, 0.06, 0.05, 0.04])
NEED_LOGIT = np.array([0.0, -0.55, 0.25, 0.1, 0.15, -0.1])
SD_SETTING, SD_GROUP = 0.3, 0.18
PER_BAND = -0.3
FIRST_AY = 2018


@dataclass(frozen=True)
class Kind:
    """How a measure behaves: middle (logit or log), trials a child and year, what stays a child's own (`lasting`) and what changes with the year."""

    measure: str
    level: float
    trials: int
    lasting: float
    passing: float
    asked: float = 1.0  # share of children with a row in a year
    sign: float = 1.0  # -1: harder children have more of it


KINDS = {
    "attendance": Kind("attendance", 2.0, 380, 0.2, 0.02),
    "outcomes_met": Kind("outcomes_met", 0.8, 6, 0.08, 0.03),
    "parent_satisfaction": Kind("parent_satisfaction", 1.0, 1, 0.1, 0.0, asked=0.3),
    "suspensions": Kind("suspensions", -1.2, 0, 0.8, 0.2, sign=-1.0),
    "ended_early": Kind("ended_early", -2.7, 0, 0.0, 0.0, sign=-1.0),
}


@dataclass(frozen=True)
class Simulated:
    """`frame` as the model takes it; `effect` the true setting + group effect by urn; `harder` the urns that take harder children."""

    frame: pd.DataFrame
    effect: pd.Series
    harder: set[str] = field(default_factory=set)


def simulate(
    seed: int, kind: str, *, settings: int = 100, children: int = 1500, years: int = 3, drop: dict[str, tuple[int, float]] | None = None, even: int = 0
) -> Simulated:
    """One made-up market. `drop`: urn → (year from which, by how much in logits or logs) outcomes are worse there; `even`: children at every setting."""
    k = KINDS[kind]
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    group_of, alone = rng.integers(0, max(1, settings // 5), settings), rng.random(settings) < 0.4
    g = rng.normal(0, SD_GROUP, settings)
    effect = rng.normal(0, SD_SETTING, settings) + np.where(alone, g, g[group_of])
    hardness = np.where(rng.random(settings) < 0.33, rng.uniform(0.8, 1.6, settings), rng.normal(0, 0.3, settings))
    raw = rng.lognormal(0, 1.3, settings)
    sizes = np.full(settings, even) if even else np.maximum(1, np.round(raw / raw.sum() * children)).astype(int)
    s = np.repeat(np.arange(settings), sizes)
    size = len(s)
    need = rng.choice(len(NEEDS), size, p=NEED_SHARE)
    band = np.clip(np.round(rng.normal(3 + hardness[s], 1.1)), 1, 6)
    age = rng.integers(5, 17, size)
    away = rng.random(size) < 0.05
    first, last = np.zeros(size, int), np.full(size, years)
    first[:] = rng.integers(-3, years, size).clip(0)
    last = np.minimum(first + rng.integers(1, 6, size), years)
    still = _frailty(rng, k, size)
    parts = []
    for year in range(years):
        here = np.flatnonzero((first <= year) & (last > year) & (rng.random(size) < k.asked))
        phase = np.where(age[here] + year <= 10, "primary", np.where(age[here] + year <= 15, "secondary", "post16"))
        lean = NEED_LOGIT[need[here]] + PER_BAND * (band[here] - 3) + np.where(phase == "post16", -0.15, 0.0) + 0.1 * away[here] + 0.03 * year
        worse = np.zeros(settings)
        for urn, (since, much) in (drop or {}).items():
            worse[int(urn) - 100000] = much if year >= since else 0.0
        line = k.level + k.sign * (lean - worse[s[here]]) + effect[s[here]]
        y, n = _drawn(rng, k, line, still[here])
        parts.append(
            pd.DataFrame(
                {
                    "child_id": [f"C{i:05d}" for i in here], "urn": [f"{100000 + i}" for i in s[here]], "measure": k.measure,
                    "period_start": pd.Timestamp(FIRST_AY + year, 9, 1), "period_end": pd.Timestamp(FIRST_AY + year + 1, 8, 31),
                    "numerator": y, "denominator": n, "residence": np.where(away[here], "38wk", "day"),
                    "provider_group": [None if alone[i] else f"Group {group_of[i]}" for i in s[here]],
                    "primary_need": NEEDS[need[here]], "support_band": band[here], "phase": phase,
                }
            )
        )  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    urns = [f"{100000 + i}" for i in range(settings)]
    return Simulated(frame, pd.Series(effect, urns), {u for u, h in zip(urns, hardness, strict=True) if h > 0.7})


def _frailty(rng: np.random.Generator, k: Kind, size: int) -> np.ndarray:
    """What stays a child's own: a rank for shares, a factor for counts."""
    return rng.random(size) if k.trials else rng.gamma(1 / k.lasting, k.lasting, size) if k.lasting else np.ones(size)


def _drawn(rng: np.random.Generator, k: Kind, line: np.ndarray, still: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import beta

    if not k.trials:
        passing = rng.gamma(1 / k.passing, k.passing, len(line)) if k.passing else 1.0
        return rng.poisson(np.exp(line) * still * passing).astype(float), np.ones(len(line))
    mu = 1 / (1 + np.exp(-line))
    size = 1 / k.lasting - 1
    own = beta.ppf(still, mu * size, (1 - mu) * size).clip(1e-6, 1 - 1e-6)
    if k.passing:
        size = 1 / k.passing - 1
        own = rng.beta(own * size, (1 - own) * size)
    return rng.binomial(k.trials, own).astype(float), np.full(len(line), float(k.trials))
