"""A setting's index: the whole posterior of its setting + group effect, with the uncertainty of coefficients and variances in it.

For each setting its own placements' likelihood (error mixture, so one gross outlier cannot drag a small setting) is laid on a grid,
blurred by what the need terms leave uncertain, and weighed by what its group and the market say; the two variances are averaged over
their restricted likelihood instead of fixed at their estimate (Bayesian averaging over a grid, as in INLA, Rue et al. 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.benchmark.henderson import Data, Floats, spread_along, sums_by, totals
from analytics.benchmark.mixed import SCALES, Fit

POINTS = 161
HALF_WIDTH = 8.0  # of the grid, in posterior standard deviations
PRIOR_SD = 0.3  # half-normal prior of the total standard deviation between settings, in logs; tells only when settings are few
GROUP_SHARES = np.array([0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95])
TOTALS = 9


@dataclass(frozen=True)
class Effects:
    """Setting + group effects in logs, by setting; `sd_setting`, `sd_group`: posterior means over the market."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    p_above: Floats
    p_above_one: Floats
    sd_setting: float
    sd_group: float
    sd_total_interval: tuple[float, float]
    centre: Floats  # design of each setting's mean child
    blur: Floats  # variance that need terms and the market's level leave in each setting's mean residual, were its own placements not used for them
    n: Floats  # placements


@dataclass(frozen=True)
class _Market:
    """A setting's mean residual `d`, its variance `c` given the effect, and group of each setting."""

    d: Floats
    c: Floats
    group: NDArray[np.int64]
    groups: int

    def by_group(self, values: Floats) -> Floats:
        return totals(self.group, values, self.groups)


@dataclass(frozen=True)
class _Variances:
    """Pairs of variances worth considering, with how far the data support each (`share` sums to 1)."""

    setting: Floats
    group: Floats
    share: Floats

    @property
    def mean_sd_setting(self) -> float:
        return float(self.share @ np.sqrt(self.setting))

    @property
    def mean_sd_group(self) -> float:
        return float(self.share @ np.sqrt(self.group))

    def total_interval(self) -> tuple[float, float]:
        """95% interval of the standard deviation between settings, group included."""
        sd = np.sqrt(self.setting + self.group)
        order = np.argsort(sd)
        low, high = np.interp([0.025, 0.975], self.share[order].cumsum() - self.share[order] / 2, sd[order])
        return float(low), float(high)


@dataclass(frozen=True)
class _Without:
    """What the need terms would say of a setting had its own placements not helped to estimate them: variance, and shift of its residuals."""

    blur: Floats
    shift: Floats


def effects(d: Data, f: Fit, above: float) -> Effects:
    """Posterior mean, 95% interval and chance of exceeding `above` (a ratio) for each setting."""
    size = len(d.group)
    precision = f.weight / f.sd_row**2
    noise = 1 / totals(d.setting, precision, size)
    left = d.y - f.linear
    x = d.x[:, f.columns]
    rows = sums_by(d.setting, precision, x, size) * noise[:, None]
    contrast = rows - ((1 / noise) @ rows / (1 / noise).sum())
    market = _Market(totals(d.setting, precision * left, size) * noise, noise + spread_along(contrast, f.covariance), d.group, int(d.group.max()) + 1)
    variances = _variances(market)
    without = _without_own(market, f, spread_along(rows, f.covariance), noise)
    centre, spread = _rough(market, without, noise, variances)
    grid = centre[:, None] + spread[:, None] * np.linspace(-HALF_WIDTH, HALF_WIDTH, POINTS)
    own = _blurred(_own(d, f, left + without.shift[d.setting], grid), np.sqrt(without.blur), spread)
    density = _posterior(market, own, grid, variances)
    cdf = density.cumsum(1) - density / 2
    mean = (density * grid).sum(1)
    sd = np.sqrt((density * (grid - mean[:, None]) ** 2).sum(1))
    low, high = (np.array([np.interp(p, cdf[s], grid[s]) for s in range(size)]) for p in (0.025, 0.975))
    over = [1 - np.array([np.interp(np.log(at), grid[s], cdf[s], left=0.0, right=1.0) for s in range(size)]) for at in (above, 1.0)]
    spreads = (variances.mean_sd_setting, variances.mean_sd_group, variances.total_interval())
    return Effects(mean, sd, low, high, over[0], over[1], *spreads, rows, without.blur, totals(d.setting, np.ones(len(d.y)), size))


def _posterior(m: _Market, own: Floats, grid: Floats, variances: _Variances) -> Floats:
    """Each setting's probability over its grid, averaged over the variances."""
    density = np.zeros_like(own)
    for vs, vg, w in zip(variances.setting, variances.group, variances.share, strict=True):
        mean, var = _others(m, vs, vg)
        part = own * np.exp(-((grid - mean[:, None]) ** 2) / (2 * var[:, None]))
        density += w * part / np.maximum(part.sum(1, keepdims=True), 1e-300)
    out: Floats = density / density.sum(1, keepdims=True)
    return out


def _others(m: _Market, var_setting: float, var_group: float) -> tuple[Floats, Floats]:
    """What a setting's group tells of its effect without its own placements: mean and variance."""
    a = 1 / (var_setting + m.c)
    rest, rest_d = m.by_group(a)[m.group] - a, m.by_group(a * m.d)[m.group] - a * m.d
    var = 1 / (1 / var_group + np.maximum(rest, 0))
    return var * rest_d, var + var_setting


def _log_likelihood(m: _Market, var_setting: float, var_group: float) -> float:
    """Restricted log likelihood of the two variances given the settings' mean residuals."""
    a = 1 / (var_setting + m.c)
    sa, sd = m.by_group(a), m.by_group(a * m.d)
    held = 1 / (1 + var_group * sa)
    mean, weight = float((sd * held).sum()), float((sa * held).sum())
    inner = float((a * m.d**2).sum() - (var_group * sd**2 * held).sum()) - mean**2 / weight
    return 0.5 * float(np.log(a).sum() + np.log(held).sum()) - 0.5 * inner - 0.5 * float(np.log(weight))


def _log_posterior(m: _Market, spreads: Floats) -> Floats:
    out = [[_log_likelihood(m, t**2 * (1 - r), t**2 * r) for r in GROUP_SHARES] for t in spreads]
    return np.array(out) + (np.log(spreads) - spreads**2 / (2 * PRIOR_SD**2))[:, None]


def _variances(m: _Market) -> _Variances:
    """A grid of total spread by share that is between groups, kept where the data lend any support."""
    wide = np.geomspace(0.005, 1.5, 25)
    log = _log_posterior(m, wide).max(1)
    able = np.flatnonzero(log > log.max() - 6)
    spreads = np.geomspace(wide[max(able[0] - 1, 0)], wide[min(able[-1] + 1, len(wide) - 1)], TOTALS)
    log = _log_posterior(m, spreads)
    share = np.exp(log - log.max())
    if m.groups == len(m.d):  # no two settings share a group: the split is unknown and does not matter
        share[:, 1:] = 0
    share /= share.sum()
    var_group = spreads[:, None] ** 2 * GROUP_SHARES
    var_setting = spreads[:, None] ** 2 * (1 - GROUP_SHARES)
    on = share > 1e-4
    return _Variances(var_setting[on], var_group[on], share[on] / share[on].sum())


def _without_own(m: _Market, f: Fit, blur: Floats, noise: Floats) -> _Without:
    """Leverage step: with leverage h, the residual without own data is residual ÷ (1 − h) and the variance likewise."""
    mean, var = _others(m, f.var_setting, f.var_group)
    h = np.clip(blur / (var + noise), 0, 0.98)
    return _Without(blur / (1 - h), (m.d - mean) * h / (1 - h))


def _rough(m: _Market, w: _Without, noise: Floats, v: _Variances) -> tuple[Floats, Floats]:
    """Centre and scale of each setting's grid."""
    mean, var = _others(m, float(v.share @ v.setting), float(v.share @ v.group))
    c = noise + w.blur
    post = 1 / (1 / var + 1 / c)
    return post * (mean / var + (m.d + w.shift) / c), np.sqrt(post)


def _own(d: Data, f: Fit, left: Floats, grid: Floats) -> Floats:
    """Likelihood of a setting's own placements at each point of its grid, scaled to a maximum of 1."""
    log = np.zeros_like(grid)
    height = np.log(f.scale_share) - np.log(SCALES)
    for i in range(0, len(left), 4096):
        rows = slice(i, i + 4096)
        square = ((left[rows, None] - grid[d.setting[rows]]) / f.sd_row[rows, None]) ** 2 / 2
        mixed = sum(np.exp(h - square / s**2) for h, s in zip(height, SCALES, strict=True))
        np.add.at(log, d.setting[rows], np.log(mixed + 1e-300))
    out: Floats = np.exp(log - log.max(1, keepdims=True))
    return out


def _blurred(own: Floats, sd: Floats, spread: Floats) -> Floats:
    """`own` convolved with a normal of standard deviation `sd` (what the need terms leave uncertain); the grid's step is in `spread`."""
    step = 2 * HALF_WIDTH / (POINTS - 1)
    apart = np.arange(POINTS)[:, None] - np.arange(POINTS)[None, :]
    out = np.empty_like(own)
    for s in range(len(own)):
        wide = sd[s] / (spread[s] * step)
        kernel = np.exp(-(apart**2) / (2 * max(wide, 0.05) ** 2))
        out[s] = kernel @ own[s]
    return out
