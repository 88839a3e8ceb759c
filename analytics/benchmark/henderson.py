"""Henderson's mixed-model equations with settings and groups absorbed: both are diagonal there, so only need terms are solved densely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Data:
    """`x`: one row a placement, with the `block` of each column (-1: not shrunk); `setting` of each row; `group` of each setting.

    `pattern` of each row says what is not recorded; each of `patterns` has its own error scale, and pattern 0 is fully recorded.
    """

    y: Floats
    x: Floats
    block: Ints
    setting: Ints
    group: Ints
    pattern: Ints
    patterns: int

    @property
    def blocks(self) -> int:
        return int(self.block.max(initial=-1)) + 1


@dataclass(frozen=True)
class Sums:
    """Cross-products of one weighting."""

    xx: Floats
    xy: Floats
    rows: Floats  # setting by column
    precision: Floats  # by setting
    total: Floats  # by setting


@dataclass(frozen=True)
class Solved:
    """Coefficients with covariance, group and setting effects with the sums of their variances."""

    b: Floats
    v: Floats
    g: Floats
    u: Floats
    trace_u: float
    trace_g: float


def sums_by(code: Ints, weight: Floats, values: Floats, size: int) -> Floats:
    """Weighted column sums of `values` within each code."""
    member = sparse.csr_matrix((weight, (code, np.arange(len(code)))), shape=(size, len(code)))
    return np.asarray(member @ values, dtype=np.float64)


def totals(code: Ints, values: Floats, size: int) -> Floats:
    """Sum of `values` within each code."""
    return np.bincount(code, values, size).astype(np.float64)


def spread_along(rows: Floats, v: Floats) -> Floats:
    """Variance of each row's linear combination of coefficients with covariance `v`."""
    return np.asarray(((rows @ v) * rows).sum(1), dtype=np.float64)


def cross_products(d: Data, x: Floats, precision: Floats) -> Sums:
    """All sums that the equations need for one weighting; `precision`: of each row's error."""
    xx = np.zeros((x.shape[1], x.shape[1]))
    for i in range(0, len(x), ROWS_AT_ONCE):
        part = x[i : i + ROWS_AT_ONCE] * np.sqrt(precision[i : i + ROWS_AT_ONCE, None])
        xx += part.T @ part
    size = len(d.group)
    weighted = precision * d.y
    return Sums(xx, x.T @ weighted, sums_by(d.setting, precision, x, size), totals(d.setting, precision, size), totals(d.setting, weighted, size))


def solve(d: Data, m: Sums, prior: Floats, var_setting: float, var_group: float) -> Solved:
    """Best linear unbiased estimates and predictions given the variances; `prior`: precision of each coefficient about 0."""
    groups = int(d.group.max()) + 1
    c = 1 / (m.precision + 1 / var_setting)  # settings absorbed
    left = 1 - m.precision * c
    rg = sums_by(d.group, left, m.rows, groups)
    cg = 1 / (totals(d.group, left * m.precision, groups) + 1 / var_group)  # then groups
    tg = totals(d.group, left * m.total, groups)
    h = m.xx - (m.rows.T * c) @ m.rows - (rg.T * cg) @ rg
    h[np.diag_indices_from(h)] += prior
    scale = 1 / np.sqrt(np.diag(h))
    v = np.linalg.inv(h * scale * scale[:, None]) * scale * scale[:, None]
    v = (v + v.T) / 2
    b = v @ (m.xy - m.rows.T @ (c * m.total) - rg.T @ (cg * tg))
    g = cg * (tg - rg @ b)
    u = c * (m.total - m.rows @ b - m.precision * g[d.group])
    var_g = cg + cg**2 * spread_along(rg, v)
    cgs = cg[d.group]
    both = m.rows - (m.precision * cgs)[:, None] * rg[d.group]
    var_u = c + c**2 * (spread_along(both, v) + m.precision**2 * cgs)
    return Solved(b, v, g, u, float(var_u.sum()), float(var_g.sum()))
