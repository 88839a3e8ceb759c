"""Robust linear mixed model: settings within groups, shrunken need terms with one variance a block, errors a mixture of normal scales.

Restricted maximum likelihood by the generalised Fellner-Schall step (Wood and Fasiolo 2017), and error weights by EM over fixed scale
multiples: a Student-like tail that also fits gross outliers. Frames are not known here; arrays only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.benchmark.henderson import Data, Floats, Ints, Solved, cross_products, solve

SCALES = np.array([1.0, 1.7, 3.0, 6.0, 12.0])
# Placements' worth of belief in each scale before any is seen: nearly all errors are of the core.
SCALE_PRIOR = np.array([20.0, 0.5, 0.3, 0.2, 0.1])
# Belief about unexplained differences before any are seen: three placements' worth at 25%; keeps thin data from claiming certainty
PRIOR_ROWS, PRIOR_SD_RESIDUAL = 3.0, 0.25
# The same for settings and groups: one more of each, differing by this much
PRIOR_SETTING, PRIOR_GROUP = 0.10, 0.07
# Each block of terms must explain this many degrees of freedom more than chance, or it shrinks to nothing: a density θ^(−DOUBT/2) of its variance
DOUBT = 3.0
FLAT_VARIANCE = 1e4  # of a coefficient that is not shrunk, in squared logs
SMALLEST = 1e-8


@dataclass(frozen=True)
class Fit:
    """Estimates in logs. `columns`: those of `x` that are kept (blocks without effect are dropped); `covariance` is of their coefficients."""

    columns: Ints
    coefficients: Floats
    covariance: Floats
    var_block: Floats
    var_setting: float
    var_group: float
    sd_row: Floats  # core error scale of each row
    sd_pattern: Floats
    scale_share: Floats
    weight: Floats  # 1 for a core error, near 0 for a gross outlier
    linear: Floats  # fitted log cost at zero setting and group effect
    residual: Floats  # given setting and group effects too
    df: float  # degrees of freedom used, setting and group effects included
    df_terms: float
    steps: int
    converged: bool


@dataclass
class _State:
    """Estimates as they stand between steps."""

    keep: Ints
    x: Floats
    block: Ints
    theta: Floats
    var_setting: float
    var_group: float
    sd_pattern: Floats
    share: Floats
    weight: Floats
    df: float = 0.0
    df_terms: float = 0.0

    @property
    def level(self) -> Floats:
        """What must settle."""
        return np.concatenate([np.log(self.sd_pattern), [0.5 * np.log(self.var_setting), 0.5 * np.log(self.var_group)], self.share])

    def prune(self) -> bool:
        """Drops columns of blocks that have shrunk to nothing; says whether there were any."""
        lively = (self.block < 0) | (self.theta[self.block] > 1e-6)
        if lively.all():
            return False
        self.keep, self.x, self.block = self.keep[lively], self.x[:, lively], self.block[lively]
        return True


def fit(d: Data, *, max_steps: int = 60, tolerance: float = 1e-3) -> Fit:
    """REML estimates of the coefficients, variances and error mixture. Never fails on a rank-deficient `x`: every column has a prior."""
    now = _start(d)
    for step in range(1, max_steps + 1):
        before = now.level
        s = _variance_steps(d, now)
        linear = now.x @ s.b
        residual = d.y - linear - (s.u + s.g[d.group])[d.setting]
        now.sd_pattern, now.share, now.weight = _errors(residual, now.sd_pattern, d.pattern, now.share, 1 - now.df / len(d.y))
        last = step == max_steps
        if step >= 4 and not last and now.prune():
            continue
        settled = step > 5 and bool(np.abs(now.level - before).max() < tolerance)
        if settled or last:
            break
    errors = (now.sd_pattern[d.pattern], now.sd_pattern, now.share, now.weight)
    return Fit(now.keep, s.b, s.v, now.theta, now.var_setting, now.var_group, *errors, linear, residual, now.df, now.df_terms, step, settled)


def _start(d: Data) -> _State:
    start = max((float(np.var(d.y)) or 0.01) / 4, 1e-4)
    size = np.bincount(d.block[d.block >= 0], minlength=max(1, d.blocks))
    theta = 2 * start / np.maximum(size, 1) / len(size)  # every block begins with the same say, so a simple term is preferred to a pair that holds it
    share = SCALE_PRIOR / SCALE_PRIOR.sum()
    return _State(np.arange(d.x.shape[1]), d.x, d.block, theta, start / 4, start / 4, np.full(d.patterns, np.sqrt(start)), share, np.ones(len(d.y)))


def _variance_steps(d: Data, now: _State, steps: int = 3) -> Solved:
    """Solves and moves every variance, a few times on one weighting of the rows; sets the degrees of freedom used."""
    m = cross_products(d, now.x, now.weight / now.sd_pattern[d.pattern] ** 2)
    shrunk = now.block >= 0
    block, blocks = now.block[shrunk], len(now.theta)
    size = np.bincount(block, minlength=blocks)
    for _ in range(steps):
        prior = np.where(shrunk, 1 / np.maximum(now.theta[now.block], SMALLEST), 1 / FLAT_VARIANCE)
        s = solve(d, m, prior, now.var_setting, now.var_group)
        used = np.clip(size - np.bincount(block, np.diag(s.v)[shrunk], blocks) / now.theta, 1e-6, None)
        used_u = max(len(d.group) - s.trace_u / now.var_setting, 1e-3)
        used_g = max(len(s.g) - s.trace_g / now.var_group, 1e-3)
        now.theta = np.clip(np.bincount(block, s.b[shrunk] ** 2, blocks) / (used + DOUBT), SMALLEST, 10.0)
        now.var_setting = float(np.clip((s.u @ s.u + PRIOR_SETTING**2) / (used_u + 1), 1e-5, 10.0))
        now.var_group = float(np.clip((s.g @ s.g + PRIOR_GROUP**2) / (used_g + 1), 1e-5, 10.0))
    now.df_terms = float(used[size > 0].sum() + (~shrunk).sum())
    now.df = min(now.df_terms + used_u + used_g, len(d.y) - 1.0)
    return s


def _errors(residual: Floats, sd_pattern: Floats, pattern: Ints, share: Floats, free: float) -> tuple[Floats, Floats, Floats]:
    """One EM step of the error mixture: scale of each pattern, share of each multiple, weight of each row."""
    free = max(free, 0.05)
    square = residual**2 / free  # fitting has shortened the residuals
    for _ in range(2):
        sd = sd_pattern[pattern]
        ratio = (square / sd**2)[:, None] / SCALES**2
        log = np.log(share) - np.log(SCALES) - ratio / 2
        chance = np.exp(log - log.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        weight = (chance / SCALES**2).sum(1)
        counts = chance.sum(0) + SCALE_PRIOR
        share = counts / counts.sum()
        size = np.bincount(pattern, minlength=len(sd_pattern)).astype(float)
        by = np.bincount(pattern, weight * square, len(sd_pattern))
        overall = (by.sum() + PRIOR_ROWS * PRIOR_SD_RESIDUAL**2) / (size.sum() + PRIOR_ROWS)
        # A pattern with few rows leans on all rows: twenty placements' worth
        sd_pattern = np.sqrt(np.maximum((by + 20 * overall) / (size + 20), SMALLEST))
    return sd_pattern, share, weight
