"""What a placement is expected to cost, and the range in which nine in ten like it at the same setting would fall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analytics.benchmark import mixed
from analytics.benchmark.henderson import ROWS_AT_ONCE
from analytics.benchmark.index import Effects

Floats = NDArray[np.float64]
FAR = 0.95  # upper end of the 90% placement interval


def smearing(f: mixed.Fit) -> Floats:
    """Duan's (1983) factor by pattern of what is not recorded: mean of exp(error), each error weighted by its chance of being no gross outlier."""
    shape = f.residual / f.sd_row / np.sqrt(max(1 - f.df / len(f.residual), 0.05))
    return np.array([np.average(np.exp(np.clip(shape, -4, 4) * sd), weights=f.weight) for sd in f.sd_pattern])


def at_setting(x: Floats, setting: NDArray[np.int64], f: mixed.Fit, e: Effects) -> tuple[Floats, Floats]:
    """Setting + group effect to expect of each row, and the variance of its log cost before its own error; `setting` −1: not in the fit.

    Need terms and the effect are tied at a setting's mean child, so a row adds what its distance from that child leaves uncertain.
    """
    known = setting >= 0
    effect, variance = np.zeros(len(x)), np.full(len(x), e.sd_setting**2 + e.sd_group**2)
    effect[known], variance[known] = e.mean[setting[known]], e.sd[setting[known]] ** 2
    size, axes = np.linalg.eigh(f.covariance)
    half = axes * np.sqrt(np.maximum(size, 0))
    centre = np.vstack([e.centre @ half, np.zeros(half.shape[1])])  # the last row serves settings that are not in the fit
    for i in range(0, len(x), ROWS_AT_ONCE):
        rows = slice(i, i + ROWS_AT_ONCE)
        variance[rows] += ((x[rows] @ half - centre[setting[rows]]) ** 2).sum(1)
    return effect, variance


def reach(variance: Floats, sd: Floats, share: Floats) -> Floats:
    """Half-width in logs of the 90% interval: its upper point solves P(error ≤ reach) = 0.95 for the normal plus the error mixture."""
    spread = np.sqrt(variance[:, None] + (sd[:, None] * mixed.SCALES) ** 2)
    low: Floats = np.zeros(len(sd))
    high: Floats = 4 * spread.max(1)
    for _ in range(40):
        middle = (low + high) / 2
        inside = (ndtr(middle[:, None] / spread) @ share) < FAR
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return high
