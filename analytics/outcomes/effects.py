"""A setting's effect: its whole posterior on a grid, shrunken to its group and to the others, with what the variances leave open in it.

The quasi-likelihood of a setting's own children is laid on a grid of effects (exact for yes-or-no outcomes, so small settings keep their skew), blurred by
what the need terms leave uncertain, and weighed by what the rest of its group says; the spreads between settings and between groups are averaged over
how far the data support them, group effects integrated on the same grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.benchmark.henderson import Floats, spread_along, sums_by
from analytics.outcomes import quasi
from analytics.outcomes.design import Rows

POINTS, WIDEST, NARROWEST = 161, 4.0, 1.0
SPREADS = np.geomspace(0.03, 1.3, 16)
GROUP_SHARES = np.array([0.02, 0.25, 0.5, 0.8])
# Prior of the standard deviation between settings, in logits or logs: Maxwell with this scale. It keeps weak data from claiming that settings are alike
# (a boundary-avoiding prior, Chung et al. 2013), and fades where data are many
PRIOR_SD = 0.3


@dataclass(frozen=True)
class Effects:
    """By setting, in logits or logs: posterior mean, standard deviation, 95% interval. `sd`: between settings, 95% interval too."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    sd_between: float
    sd_between_95: tuple[float, float]


def effects(rows: Rows, f: quasi.Fitted) -> Effects:
    """Posterior of each setting's effect, group included, against the average setting."""
    reach = float(np.clip(np.abs(f.effect).max(initial=0) + 8 * np.sqrt(f.var_setting + f.var_group), NARROWEST, WIDEST))
    grid = np.linspace(-reach, reach, POINTS)
    blur, shift = _without_own(rows, f)
    own = _blurred(_own(rows, f, shift, grid), np.sqrt(blur), grid)
    density, spreads, share = _posterior(own, rows.group, grid)
    cdf = density.cumsum(1) - density / 2
    mean = density @ grid
    sd = np.sqrt(np.maximum((density * (grid - mean[:, None]) ** 2).sum(1), 1e-12))
    low, high = (np.array([np.interp(p, row, grid) for row in cdf]) for p in (0.025, 0.975))
    order = np.argsort(spreads)
    ends = np.interp([0.025, 0.975], share[order].cumsum() - share[order] / 2, spreads[order])
    return Effects(mean, sd, low, high, float(share @ spreads), (float(ends[0]), float(ends[1])))


def _own(rows: Rows, f: quasi.Fitted, shift: Floats, grid: Floats) -> Floats:
    """Quasi-likelihood of a setting's own children at each point, scaled to a maximum of 1; `shift` raises what they show by setting."""
    linear = f.linear - shift[rows.setting]
    log = np.zeros((rows.settings, len(grid)))
    for i in range(0, len(rows.y), 8192):
        part = slice(i, i + 8192)
        eta = np.clip(linear[part, None] + grid[None, :], -30, 30)
        if rows.share:
            seen = (rows.y[part] / rows.n[part])[:, None] * eta - np.logaddexp(0, eta)
        else:
            seen = rows.y[part, None] * eta - rows.n[part, None] * np.exp(eta)
        log += sums_by(rows.setting[part], f.weight[part], seen, rows.settings)
    out: Floats = np.exp(log - log.max(1, keepdims=True))
    return out


def _without_own(rows: Rows, f: quasi.Fitted) -> tuple[Floats, Floats]:
    """What the need terms would say of each setting had its own children not helped to estimate them: variance, and shift of what the children show.

    With leverage h, the residual without own data is residual ÷ (1 − h), and its variance likewise.
    """
    mu = quasi.mean(f.linear + f.effect[rows.setting], rows)
    told = f.weight * np.maximum(quasi.slope(mu, rows), 1e-9)
    total = np.bincount(rows.setting, told, rows.settings)
    centre = sums_by(rows.setting, told, rows.x, rows.settings) / total[:, None]
    blur = np.maximum(spread_along(centre, f.covariance), 0.0)
    h = np.clip(blur / (f.var_setting + f.var_group + 1 / total), 0, 0.9)
    seen = f.effect + np.bincount(rows.setting, f.weight * quasi.residual(mu, rows), rows.settings) / total
    return blur / (1 - h), np.clip(seen * h / (1 - h), -1.0, 1.0)


def _blurred(own: Floats, sd: Floats, grid: Floats) -> Floats:
    square = (grid[:, None] - grid[None, :]) ** 2
    least = (grid[1] - grid[0]) / 4
    return np.stack([np.exp(-square / (2 * max(s, least) ** 2)) @ row for s, row in zip(sd, own, strict=True)]) if len(own) else own


def _posterior(own: Floats, group: np.ndarray, grid: Floats) -> tuple[Floats, Floats, Floats]:
    """Each setting's probability over the grid, and total spreads with how far the data support them."""
    groups = int(group.max(initial=-1)) + 1
    shares = GROUP_SHARES if groups < len(own) else GROUP_SHARES[:1]
    density, level, weights, spreads = np.zeros_like(own), -np.inf, [], []
    for total in SPREADS:
        for part in shares:
            log, found = _given(own, group, groups, grid, total * np.sqrt(1 - part), total * np.sqrt(part))
            log += 3 * np.log(total) - total**2 / (2 * PRIOR_SD**2)  # one of the three is the step of the grid
            if log > level:
                density *= np.exp(level - log) if np.isfinite(level) else 0.0
                level = log
            density += np.exp(log - level) * found
            weights.append(log)
            spreads.append(total)
    share = np.exp(np.array(weights) - max(weights))
    return density / density.sum(1, keepdims=True), np.array(spreads), share / share.sum()


def _given(own: Floats, group: np.ndarray, groups: int, grid: Floats, sd_setting: float, sd_group: float) -> tuple[float, Floats]:
    """Log evidence and posteriors for one pair of spreads. A group's effect lies on the same grid and is summed over."""
    kernel = np.exp(-((grid[:, None] - grid[None, :]) ** 2) / (2 * max(sd_setting, (grid[1] - grid[0]) / 3) ** 2))
    kernel /= kernel.sum(0)
    prior = -(grid**2) / (2 * max(sd_group, (grid[1] - grid[0]) / 3) ** 2)
    prior -= np.log(np.exp(prior).sum())
    told = np.log(own @ kernel + 1e-300)  # what a setting says of its group's effect
    together = np.zeros((groups, len(grid)))
    np.add.at(together, group, told)
    whole = together + prior
    top = whole.max(1, keepdims=True)
    evidence = float((np.log(np.exp(whole - top).sum(1)) + top[:, 0]).sum())
    rest = together[group] - told + prior
    found = own * (np.exp(rest - rest.max(1, keepdims=True)) @ kernel.T)
    return evidence, found / np.maximum(found.sum(1, keepdims=True), 1e-300)
