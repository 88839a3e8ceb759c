"""Robust linear mixed model: settings within groups, shrunken need terms with one variance a block, errors a mixture of normal scales.

Henderson's mixed-model equations with settings and groups absorbed (both are diagonal there), restricted maximum likelihood by the
generalised Fellner-Schall step (Wood and Fasiolo 2017), and error weights by EM over fixed scale multiples: a Student-like tail
that also fits gross outliers. Frames are not known here; arrays only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALES = np.array([1.0, 1.7, 3.0, 6.0, 12.0])
# Placements' worth of belief in each scale before any is seen: nearly all errors are of the core.
SCALE_PRIOR = np.array([20.0, 0.5, 0.3, 0.2, 0.1])
# Belief about unexplained differences before any are seen: three placements' worth at 25%; keeps thin data from claiming certainty
PRIOR_ROWS, PRIOR_SD_RESIDUAL = 3.0, 0.25
# The same for settings and groups: one more of each, differing by this much
PRIOR_SETTING, PRIOR_GROUP = 0.10, 0.07
# Each block of terms must explain this many degrees of freedom more than chance, or it shrinks to nothing: a density θ^(−DOUBT/2) of its variance
DOUBT = 2.0
FLAT_VARIANCE = 1e4  # of a coefficient that is not shrunk, in squared logs
SMALLEST = 1e-8
ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Data:
    """`x` one row a placement; `block` of each column (-1: not shrunk); `setting` of each row; `group` of each setting; `pattern` of each row
    (what is not recorded: each pattern has its own error scale, pattern 0 is fully recorded)."""

    y: Floats
    x: Floats
    block: Ints
    setting: Ints
    group: Ints
    pattern: Ints

    @property
    def blocks(self) -> int:
        return int(self.block.max(initial=-1)) + 1


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
class _Sums:
    """Cross-products of one weighting."""

    xx: Floats
    xy: Floats
    rows: Floats  # setting by column
    precision: Floats  # by setting
    total: Floats  # by setting


@dataclass
class _Solved:
    b: Floats
    v: Floats
    g: Floats
    u: Floats
    trace_u: float
    trace_g: float
    var_effect: Floats  # of setting + group, by setting


def sums_by(code: Ints, values: Floats, size: int) -> Floats:
    """Column sums of `values` within each code."""
    out = np.zeros((size, values.shape[1]))
    np.add.at(out, code, values)
    return out


def totals(code: Ints, values: Floats, size: int) -> Floats:
    """Sum of `values` within each code."""
    return np.bincount(code, values, size).astype(np.float64)


def _sums(d: Data, x: Floats, precision: Floats, order: Ints, starts: Ints) -> _Sums:
    n, q = x.shape
    xx, rows = np.zeros((q, q)), np.zeros((len(d.group), q))
    for i in range(0, n, ROWS_AT_ONCE):
        part = x[i : i + ROWS_AT_ONCE] * np.sqrt(precision[i : i + ROWS_AT_ONCE, None])
        xx += part.T @ part
    weighted = precision * d.y
    ends = np.append(starts[1:], n)
    for s, (a, z) in enumerate(zip(starts, ends, strict=True)):
        rows[s] = precision[order[a:z]] @ x[order[a:z]]
    size = len(d.group)
    return _Sums(xx, x.T @ weighted, rows, totals(d.setting, precision, size), totals(d.setting, weighted, size))


def _solve(d: Data, m: _Sums, prior: Floats, var_setting: float, var_group: float) -> _Solved:
    groups = int(d.group.max()) + 1
    c = 1 / (m.precision + 1 / var_setting)
    left = 1 - m.precision * c
    rg = sums_by(d.group, left[:, None] * m.rows, groups)
    pg = np.bincount(d.group, left * m.precision, groups)
    tg = np.bincount(d.group, left * m.total, groups)
    cg = 1 / (pg + 1 / var_group)
    h = m.xx - (m.rows.T * c) @ m.rows - (rg.T * cg) @ rg
    h[np.diag_indices_from(h)] += prior
    scale = 1 / np.sqrt(np.diag(h))
    v = np.linalg.inv(h * scale * scale[:, None]) * scale * scale[:, None]
    v = (v + v.T) / 2
    b = v @ (m.xy - m.rows.T @ (c * m.total) - rg.T @ (cg * tg))
    g = cg * (tg - rg @ b)
    u = c * (m.total - m.rows @ b - m.precision * g[d.group])
    var_g = cg + cg**2 * np.einsum("ij,jk,ik->i", rg, v, rg, optimize=True)
    cgs = cg[d.group]
    q_u = m.rows - (m.precision * cgs)[:, None] * rg[d.group]
    var_u = c + c**2 * (np.einsum("ij,jk,ik->i", q_u, v, q_u, optimize=True) + m.precision**2 * cgs)
    # setting + group = c·total + (1 − c·precision)·group − c·rows·b, with group = cg·(tg − rg·b) + noise of variance cg
    q_e = c[:, None] * m.rows + (left * cgs)[:, None] * rg[d.group]
    var_e = c + left**2 * cgs + np.einsum("ij,jk,ik->i", q_e, v, q_e, optimize=True)
    return _Solved(b, v, g, u, float(var_u.sum()), float(var_g.sum()), var_e)


def fit(d: Data, *, max_steps: int = 60, tolerance: float = 1e-3) -> Fit:
    """REML estimates of the coefficients, variances and error mixture. Never fails on a rank-deficient `x`: every column has a prior."""
    n = len(d.y)
    order = np.argsort(d.setting, kind="stable").astype(np.int64)
    starts = np.searchsorted(d.setting[order], np.arange(len(d.group))).astype(np.int64)
    keep = np.arange(d.x.shape[1])
    x, block = d.x, d.block
    spread = float(np.var(d.y)) or 0.01
    start = max(spread / 4, 1e-4)
    theta = np.full(max(1, d.blocks), start / max(1, d.blocks) * 2)
    var_setting = var_group = start / 4
    sd_pattern = np.full(int(d.pattern.max()) + 1, np.sqrt(start))
    share = SCALE_PRIOR / SCALE_PRIOR.sum()
    weight = np.ones(n)
    converged = False
    step = 0
    for step in range(1, max_steps + 1):
        sd_row = sd_pattern[d.pattern]
        m = _sums(d, x, weight / sd_row**2, order, starts)
        before = np.concatenate([np.log(sd_pattern), [0.5 * np.log(var_setting), 0.5 * np.log(var_group)], share])
        for _ in range(3):
            shrunk = block >= 0
            prior = np.where(shrunk, 1 / np.maximum(theta[block], SMALLEST), 1 / FLAT_VARIANCE)
            s = _solve(d, m, prior, var_setting, var_group)
            square = np.bincount(block[shrunk], s.b[shrunk] ** 2, len(theta))
            trace = np.bincount(block[shrunk], np.diag(s.v)[shrunk], len(theta))
            size = np.bincount(block[shrunk], minlength=len(theta))
            used = np.clip(size - trace / theta, 1e-6, None)
            theta = np.clip(square / (used + DOUBT), SMALLEST, 10.0)
            used_u = max(len(d.group) - s.trace_u / var_setting, 1e-3)
            used_g = max(len(s.g) - s.trace_g / var_group, 1e-3)
            var_setting = float(np.clip((s.u @ s.u + PRIOR_SETTING**2) / (used_u + 1), 1e-5, 10.0))
            var_group = float(np.clip((s.g @ s.g + PRIOR_GROUP**2) / (used_g + 1), 1e-5, 10.0))
        df_terms = float(used[size > 0].sum() + (~shrunk).sum())
        df = min(df_terms + used_u + used_g, n - 1.0)
        linear = x @ s.b
        residual = d.y - linear - (s.u + s.g[d.group])[d.setting]
        sd_pattern, share, weight = _errors(residual, s.var_effect[d.setting], sd_pattern, d.pattern, share, 1 - df / n)
        after = np.concatenate([np.log(sd_pattern), [0.5 * np.log(var_setting), 0.5 * np.log(var_group)], share])
        lively = ~shrunk | (theta[block] > 1e-6)
        if not lively.all() and step >= 4:
            keep, x, block = keep[lively], x[:, lively], block[lively]
            continue
        if step > 5 and np.abs(after - before).max() < tolerance:
            converged = True
            break
    return Fit(keep, s.b, s.v, theta, var_setting, var_group, sd_pattern[d.pattern], sd_pattern, share, weight, linear, residual, df, df_terms, step, converged)


def _errors(residual: Floats, var_effect: Floats, sd_pattern: Floats, pattern: Ints, share: Floats, free: float) -> tuple[Floats, Floats, Floats]:
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
        size = np.bincount(pattern, minlength=len(sd_pattern))
        by = np.bincount(pattern, weight * square, len(sd_pattern))
        overall = (by.sum() + PRIOR_ROWS * PRIOR_SD_RESIDUAL**2) / (size.sum() + PRIOR_ROWS)
        # A pattern with few rows leans on all rows: twenty placements' worth
        sd_pattern = np.sqrt(np.maximum((by + 20 * overall) / (size + 20), SMALLEST))
    return sd_pattern, share, weight
