"""Draws of the years ahead: levels and departures as the fit leaves them, the common growth carried on and damped, jumps and counting noise as before."""

from __future__ import annotations

import itertools

import numpy as np

from analytics.params import Parameter
from analytics.published_demand.pooling import FADE, FREEDOM, HALF, LEVEL, Fit, Floats, Solved, cumulate, fading, spread_variance, step_variance

POINTS = 40  # grid points drawn, each as often as its weight says
CARRY = Parameter(
    "growth_carry", 0.5, "share", 0.0, 1.0, "Assumption, chosen on counts to January 2022", "Half of what set the last year's common growth apart goes on"
)
DAMPING = (0.7, 0.85, 1.0)  # of the common growth a year
_DAMPING_PRIOR = (0.1, 0.6, 0.3)
_SHOCKS = (0.002, 0.01, 0.02, 0.035, 0.05, 0.08)  # standard deviation of a year's common growth around what was to be expected
_SHOCKS_PRIOR = (0.03, 0.05, 0.12, 0.3, 0.3, 0.2)
_DAMPED_SHOCKS = list(itertools.product(DAMPING, _SHOCKS))
_DAMPED_SHOCKS_PRIOR = [damping * shock for damping, shock in itertools.product(_DAMPING_PRIOR, _SHOCKS_PRIOR)]
_MOST_LOG = 25.0  # no draw overflows


def draw(fit: Fit, years: int, draws: int, rng: np.random.Generator) -> Floats:
    """Counts in each draw, of each area (rows of the fit), in the `years` years after the last: draws × areas × years."""
    points = np.searchsorted(np.cumsum(fit.weights), (np.arange(POINTS) + rng.random()) / POINTS).clip(0, len(fit.weights) - 1)
    share = np.diff(np.linspace(0, draws, POINTS + 1).astype(int))
    times = {int(k): int(share[points == k].sum()) for k in np.unique(points)}
    return np.concatenate([_draw_at(fit, fit.solved(k), years, n, rng) for k, n in times.items() if n])


def _draw_at(fit: Fit, at: Solved, years: int, draws: int, rng: np.random.Generator) -> Floats:
    counts = fit.counts
    areas, past = counts.places.shape
    common = at.common + rng.standard_normal((draws, past - 1)) @ at.root.T
    level, departures = _states(fit, at, common, years, rng)
    growth = common_growth(at.common, common, years, rng)
    step = np.sqrt(step_variance(counts.size, counts.common, at.hyper))[None, :, None]
    changes = rng.standard_t(FREEDOM, (draws, areas, years)) * step
    logs = level[:, :, None] + np.cumsum(departures + changes + growth[:, None, :], axis=2)
    places = np.exp(np.minimum(logs, _MOST_LOG))
    noise = np.sqrt(at.hyper[2] * places) * rng.standard_normal(places.shape)
    return np.asarray(np.maximum(places + noise - HALF, 0.0))


def _states(fit: Fit, at: Solved, common: Floats, years: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Log level of the last year (draws × areas) and departures of the years ahead (draws × areas × years), given each draw's common growth."""
    counts = fit.counts
    areas, past = counts.places.shape
    levels, last = cumulate(past), cumulate(past)[-1]
    spread = spread_variance(counts.common, at.hyper)
    ahead = np.asarray(FADE.value ** (past - 1 + np.arange(years)[:, None] - np.arange(past - 1)[None, :]))
    size = 1 + years
    before = np.zeros((areas, size, size))
    before[:, 0, 0] = np.einsum("s,asu,u->a", last, at.growth, last)
    before[:, 0, 1:] = before[:, 1:, 0] = spread[:, None] * (ahead @ last)
    before[:, 1:, 1:] = spread[:, None, None] * fading(years)
    with_counts = np.zeros((areas, size, past))
    with_counts[:, 0] = np.einsum("s,asu,tu->at", last, at.growth, levels)
    with_counts[:, 1:] = spread[:, None, None] * (ahead @ levels.T)
    before[:, 0, 0] += LEVEL
    with_counts[:, 0] += LEVEL
    weights = with_counts @ at.inverse
    after = before - weights @ with_counts.transpose(0, 2, 1)
    root = np.linalg.cholesky(after + 1e-10 * np.eye(size))
    moved = (common - at.common) @ levels.T  # how each draw's common path differs from the one the counts were compared with
    left = at.left[None] - moved[:, None, :] * counts.known
    state = np.einsum("ast,dat->das", weights, left) + np.einsum("ast,dat->das", root, rng.standard_normal((len(common), areas, size)))
    return state[:, :, 0] + np.log(counts.size) + (common @ last)[:, None], state[:, :, 1:]


def common_growth(known: Floats, common: Floats, years: int, rng: np.random.Generator) -> Floats:
    """The common growth of the years ahead, draws × years: its mean, damped, part of the last year's departure, and shocks.

    `known`: the likeliest growth of each past year; `common`: draws of it. Damping and the size of shocks are drawn by how well they would have foretold
    the past years one by one, so that growth that was the same every year goes on.
    """
    draws, past = common.shape
    damping, shock = _damping_and_shock(known, draws, rng)
    base = common.mean(axis=1) + shock / np.sqrt(past) * rng.standard_normal(draws)
    departure = common[:, -1] - base
    out = np.zeros((draws, years))
    for year in range(years):
        departure = CARRY.value * departure + shock * rng.standard_normal(draws)
        out[:, year] = base * damping ** (year + 1) + departure
    return out


def _damping_and_shock(known: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    chance = []
    for (damping, shock), prior in zip(_DAMPED_SHOCKS, _DAMPED_SHOCKS_PRIOR, strict=True):
        score = np.log(prior)
        for year in range(1, len(known)):
            mean = known[:year].mean()
            error = known[year] - damping * mean - CARRY.value * (known[year - 1] - mean)
            spread = shock * np.sqrt(1 + 1 / year)
            score -= 0.5 * (error / spread) ** 2 + np.log(spread)
        chance.append(score)
    weights = np.exp(np.array(chance) - max(chance))
    both = np.array(_DAMPED_SHOCKS)[rng.choice(len(chance), size=draws, p=weights / weights.sum())]
    return both[:, 0], both[:, 1]
