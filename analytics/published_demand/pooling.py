"""What the counts say of growth: a state-space model of every area's level, its variances learned from all areas together.

For area a and year t, with y the count: log level(t+1) = log level(t) + m(t) + u(a, t) + e(a, t), and y is the level with counting noise.

- m is the growth common to all areas, one number a year.
- u is how an area's growth departs from it: it lasts, fading by `FADE` a year. Its spread τ is what shrinks an area's own trend to the common one.
- e is a change that does not come back: its variance q0 + q1/n falls with the area's size n, and its tails are those of Student's t, so that a boundary
  change or a change of recording moves the level and not the trend (each jump gets a weight, by expectation-maximisation).
- counting noise has variance c/y in logs: c above 1 is over-dispersed.

(q0, q1, c, τ) are not set but weighed over a grid by their marginal likelihood (empirical Bayes, the prior on τ as named below); the weights are carried into
the draws, and so is what remains unknown of m. See docs/published-forecast.md for how the method was chosen.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analytics.params import Parameter

Floats = npt.NDArray[np.float64]
FADE = Parameter("deviation_fade", 0.85, "a year", 0.0, 1.0, "Assumption, chosen on counts to January 2022", "What sets an area apart from the others fades")
SPREAD = Parameter(
    "deviation_spread", 0.1, "log growth a year", 0.01, 0.5, "Assumption, chosen on counts to January 2022", "Areas' own growth before any count is seen"
)
SPREAD_DOUBT = 0.5  # standard deviation of log τ
FREEDOM = 3  # degrees of freedom of a jump's Student's t
GROWTH = 0.15  # standard deviation of the common growth before any count is seen, and of its years around it
YEARLY = 0.05
STEPS = 5  # of expectation-maximisation
HALF = 0.5  # added to a count before its logarithm, so that nought has one
_UNKNOWN = 1e6  # variance of a count that is not there
LEVEL = 25.0  # variance of the log level before any count is seen
_GRID = list(itertools.product((0.0005, 0.002, 0.006, 0.012), (0.0, 0.5, 1.5, 4.0), (0.1, 0.4, 1.5), (0.03, 0.06, 0.1, 0.14)))


@dataclass(frozen=True)
class Counts:
    """Counts by area (rows) and consecutive year (columns), NaN where there is none. `common`: rows that are themselves the common path (England)."""

    places: Floats
    common: npt.NDArray[np.bool_]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.places)

    @property
    def log(self) -> Floats:
        """log(count + ½), nought where there is none."""
        return np.where(self.known, np.log(np.where(self.known, self.places, 1.0) + HALF), 0.0)

    @property
    def size(self) -> Floats:
        """A typical count of each area: what its variances depend on."""
        return np.asarray(np.exp(self.log.sum(axis=1) / np.maximum(self.known.sum(axis=1), 1)))


@dataclass(frozen=True)
class Solved:
    """One grid point given the counts: its log likelihood, the common growth (mean, factor of its covariance), and each area's matrices."""

    likelihood: float
    common: Floats  # T−1
    root: Floats  # Cholesky factor of the covariance of `common`
    left: Floats  # A × T, log counts less the common path
    inverse: Floats  # A × T × T
    growth: Floats  # A × (T−1) × (T−1), prior covariance of an area's departures
    hyper: tuple[float, float, float, float]


@dataclass(frozen=True)
class Fit:
    """The counts, the weight of every grid point, and the weight of every year's jump (1: as others; near 0: far out)."""

    counts: Counts
    weights: Floats
    jumps: Floats  # A × (T−1)

    def solved(self, point: int) -> Solved:
        return _solve(self.counts, _GRID[point], self.jumps)


def cumulate(years: int) -> Floats:
    """years × (years − 1): the level of each year, from the first, out of yearly growths."""
    return np.tril(np.ones((years, years)), -1)[:, : years - 1]


def fading(years: int) -> Floats:
    """Correlation of an area's departures between years."""
    apart = np.abs(np.arange(years)[:, None] - np.arange(years)[None, :])
    return np.asarray(FADE.value**apart, dtype=float)


def step_variance(size: Floats, common: npt.NDArray[np.bool_], hyper: tuple[float, float, float, float]) -> Floats:
    """Variance of a lasting change of one year; a hundredth of it for a row that is the common path itself."""
    return np.asarray((hyper[0] + hyper[1] / size) * _own(common))


def spread_variance(common: npt.NDArray[np.bool_], hyper: tuple[float, float, float, float]) -> Floats:
    """Variance of an area's departures: τ²."""
    return np.asarray(hyper[3] ** 2 * _own(common))


def _own(common: npt.NDArray[np.bool_]) -> Floats:
    return np.where(common, 0.01, 1.0)


def fit(counts: Counts) -> Fit:
    """Weighs the grid. `counts`: at least one count in every row; columns are consecutive years."""
    found = Fit(counts, np.ones(len(_GRID)), np.ones((len(counts.places), counts.places.shape[1] - 1)))
    prior = np.array([-0.5 * (np.log(h[3] / SPREAD.value) / SPREAD_DOUBT) ** 2 for h in _GRID])
    steps = STEPS if counts.places.shape[1] > 1 else 1
    for step in range(steps):
        scores = prior + np.array([found.solved(k).likelihood for k in range(len(_GRID))])
        found = replace(found, weights=np.exp(scores - scores.max()))
        if step < steps - 1:
            found = replace(found, jumps=_jump_weights(counts, found.solved(int(scores.argmax())), found.jumps))
    return replace(found, weights=found.weights / found.weights.sum())


def _solve(counts: Counts, hyper: tuple[float, float, float, float], jumps: Floats) -> Solved:
    years = counts.places.shape[1]
    levels, known = cumulate(years), counts.known
    step = step_variance(counts.size, counts.common, hyper)[:, None] / jumps
    growth = spread_variance(counts.common, hyper)[:, None, None] * fading(years - 1) + step[:, :, None] * np.eye(years - 1)
    noise = np.where(known, hyper[2] / (np.where(known, counts.places, 1.0) + HALF), _UNKNOWN)
    full = levels @ growth @ levels.T + noise[:, :, None] * np.eye(years) + LEVEL
    inverse = np.asarray(np.linalg.inv(full), dtype=np.float64)
    centred = np.where(known, counts.log - np.log(counts.size)[:, None], 0.0)
    prior = np.linalg.inv(GROWTH**2 * np.ones((years - 1, years - 1)) + YEARLY**2 * np.eye(years - 1))
    weighed = levels.T @ inverse
    precision = (weighed @ levels).sum(axis=0) + prior
    common = np.linalg.solve(precision, np.einsum("ast,at->s", weighed, centred))
    left = centred - (levels @ common) * known
    size = np.linalg.slogdet(full)[1].sum() - np.log(_UNKNOWN) * (~known).sum() + np.linalg.slogdet(precision)[1] - np.linalg.slogdet(prior)[1]
    quadratic = np.einsum("as,ast,at->", left, inverse, left) + common @ prior @ common
    root = np.asarray(np.linalg.cholesky(np.linalg.inv(precision)), dtype=np.float64)
    return Solved(float(-0.5 * (quadratic + size)), common, root, left, inverse, growth, hyper)


def _jump_weights(counts: Counts, at: Solved, jumps: Floats) -> Floats:
    """How far each year's lasting change lies out, as the weight that Student's t gives it."""
    usual = step_variance(counts.size, counts.common, at.hyper)[:, None]
    step = usual / jumps
    reach = step[:, :, None] * cumulate(counts.places.shape[1]).T
    change = np.einsum("ast,atu,au->as", reach, at.inverse, at.left)
    doubt = step - np.einsum("ast,atu,asu->as", reach, at.inverse, reach)
    return np.asarray((FREEDOM + 1) / (FREEDOM + (change**2 + doubt) / usual))
