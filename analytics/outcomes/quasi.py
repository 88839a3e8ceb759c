"""What is expected of each child: a hierarchical quasi-likelihood model of shares (logit) or counts (log), overdispersed between children.

Only means and variances are assumed, not a distribution: a child's share has variance μ(1−μ)(1/n + ρ(1−1/n)), a count μ + αμ² (Williams 1982,
Breslow 1984), ρ and α by moments. Coefficients are shrunken by block, settings lie within groups; all by penalised iteration on Henderson's equations
(Breslow and Clayton 1993), which the benchmark uses too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.benchmark.henderson import Data, Floats, cross_products, solve
from analytics.outcomes.design import Rows

MOST_STEPS, TOLERANCE = 40, 1e-3
FLAT_VARIANCE = 1e2  # of the level, which is not shrunk, in squared logits or logs
FURTHEST = 7.0  # logits or logs from the middle
# One more setting and group, differing by this much; and degrees of freedom a block of terms must explain beyond chance
PRIOR_SETTING, PRIOR_GROUP, DOUBT = 0.2, 0.1, 2.0
LEAST_MEAN = 0.005  # of a share, where its variance is used to judge how uneven children are


@dataclass(frozen=True)
class Fitted:
    """`linear`: logit or log expected of each row without its setting's effect; `effect`: of each setting, group included; `spread`: ρ or α.

    `weight`: of a row's residual, so that each row counts for what it tells: effective trials of a share, or a factor of a count.
    """

    b: Floats
    covariance: Floats
    linear: Floats
    effect: Floats
    spread: float
    weight: Floats
    var_setting: float
    var_group: float
    settled: bool


def mean(linear: Floats, rows: Rows) -> Floats:
    """Expected share, or expected count over the row's years."""
    at = np.clip(linear, -FURTHEST, FURTHEST)
    return np.asarray(1 / (1 + np.exp(-at)) if rows.share else rows.n * np.exp(at), dtype=np.float64)


def residual(mu: Floats, rows: Rows) -> Floats:
    """What was seen less what was expected: of a share, or a count."""
    return (rows.y / rows.n if rows.share else rows.y) - mu


def slope(mu: Floats, rows: Rows) -> Floats:
    """How fast the mean moves with its logit or log: also the variance of one trial, or of a count without overdispersion."""
    return mu * (1 - mu) if rows.share else mu


def spread_of(mu: Floats, rows: Rows, df: float) -> float:
    """ρ or α by moments: how uneven children are beyond chance. 0 where one trial a child cannot tell."""
    scale = len(mu) / max(len(mu) - df, 1.0)
    square = residual(mu, rows) ** 2 * scale
    if not rows.share:
        return float(np.clip((square - mu).sum() / max(float((mu**2).sum()), 1e-12), 0.0, 50.0))
    inner = np.clip(mu, LEAST_MEAN, 1 - LEAST_MEAN)
    more = 1 - 1 / np.maximum(rows.n, 1.0)
    if more.sum() < 1:
        return 0.0
    return float(np.clip(((square / (inner * (1 - inner)) - 1 / np.maximum(rows.n, 1.0)) * more).sum() / (more**2).sum(), 0.0, 0.95))


def weights(mu: Floats, rows: Rows, spread: float) -> Floats:
    """Effective trials of each share, or the factor by which a count's residual counts."""
    n = np.maximum(rows.n, 1.0)
    return np.asarray(n / (1 + (n - 1) * spread) if rows.share else 1 / (1 + spread * mu), dtype=np.float64)


def fit(rows: Rows) -> Fitted:
    """Penalised quasi-likelihood estimates. Never fails on thin data: every coefficient has a prior."""
    overall = float(rows.y.sum() / rows.n.sum())
    level = np.log((overall + 1e-4) / (1 - overall + 1e-4)) if rows.share else np.log(overall + 1e-4)
    size, shrunk = len(rows.y), rows.block >= 0
    blocks = int(rows.block.max(initial=-1)) + 1
    theta, var_setting, var_group, df = np.full(max(blocks, 1), 0.05), 0.05, 0.02, 1.0
    columns = np.bincount(rows.block[shrunk], minlength=max(blocks, 1))
    linear, effect, before, settled = np.full(size, level), np.zeros(rows.settings), np.zeros(0), False
    for _ in range(MOST_STEPS):
        eta = linear + effect[rows.setting]
        mu = mean(eta, rows)
        spread = spread_of(mu, rows, df)
        weight = weights(mu, rows, spread)
        moves = np.maximum(slope(mu, rows), 1e-5)
        data = Data(np.clip(eta, -FURTHEST, FURTHEST) + residual(mu, rows) / moves, rows.x, rows.block, rows.setting, rows.group, _one(size), 1)
        sums = cross_products(data, rows.x, weight * moves)
        for _ in range(2):
            s = solve(data, sums, np.where(shrunk, 1 / theta[rows.block], 1 / FLAT_VARIANCE), var_setting, var_group)
            used = np.clip(columns - np.bincount(rows.block[shrunk], np.diag(s.v)[shrunk], len(theta)) / theta, 1e-6, None)
            used_u, used_g = max(rows.settings - s.trace_u / var_setting, 1e-3), max(len(s.g) - s.trace_g / var_group, 1e-3)
            theta = np.clip(np.bincount(rows.block[shrunk], s.b[shrunk] ** 2, len(theta)) / (used + DOUBT), 1e-8, 10.0)
            var_setting = float(np.clip((s.u @ s.u + PRIOR_SETTING**2) / (used_u + 1), 1e-4, 10.0))
            var_group = float(np.clip((s.g @ s.g + PRIOR_GROUP**2) / (used_g + 1), 1e-4, 10.0))
        df = min(float(used.sum()) + 1 + used_u + used_g, 0.5 * size)
        linear, effect = rows.x @ s.b, s.u + s.g[rows.group]
        now = np.concatenate([[spread], effect, np.sqrt([var_setting, var_group])])
        settled = len(before) > 0 and bool(np.abs(now - before).max() < TOLERANCE)
        if settled:
            break
        before = now
    return Fitted(s.b, s.v, linear, effect, spread, weight, var_setting, var_group, settled)


def _one(size: int) -> np.ndarray:
    return np.zeros(size, dtype=np.int64)
