"""What a child's transport costs a year, from the miles between home and setting: fitted on the placements whose transport is agreed.

Method: log(cost) = log(fixed + per mile × miles) + boarding + error, by robust least squares; the mean is put right for the skew of the error
(Duan's smearing). Where too few placements have both a cost and a distance, a published mean stands in (docs/whole-cost.md), and says so.
Distances are straight lines; no distance is stretched beyond what was fitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.params import Parameter

Floats = NDArray[np.float64]
LEAST = 30  # placements with an agreed cost and a distance: below that three numbers and a spread cannot be told from chance
LEAST_BOARDERS = 10
FOLDS = 5
FARTHEST = 0.99  # the quantile of fitted distances beyond which a distance counts as that distance
_Z = 1.6449  # normal, 90% inside
_SOURCE = "LGA and Isos: about £8,900 a child a year, mean one-way distance 9 miles"
PUBLISHED = {
    "mean_gbp": Parameter("mean_gbp", 8_900.0, "£ a child a year", 1_000.0, 40_000.0, _SOURCE, "Mean cost of SEND transport"),
    "mean_miles": Parameter("mean_miles", 9.0, "road miles one way", 1.0, 50.0, _SOURCE, "Mean distance at that cost"),
    "fixed_share": Parameter("fixed_share", 0.4, "share", 0.0, 1.0, "Assumption", "Part of the mean cost that does not grow with distance"),
    "road_factor": Parameter("road_factor", 1.25, "road miles to a straight mile", 1.0, 2.0, "Assumption", "Roads are longer than straight lines"),
    "out_by": Parameter("out_by", 2.0, "times", 1.1, 5.0, "Assumption", "A council's level is between half and twice the published one, nine times in ten"),
    "farthest_miles": Parameter("farthest_miles", 40.0, "straight miles", 10.0, 200.0, "Assumption", "Beyond this a distance counts as this distance"),
}


@dataclass(frozen=True)
class TransportModel:
    """The curve and how sure it is. `fitted`: on this council's own agreements; else the published mean, whose numbers are assumptions.

    `known_miles`: distances of the placements fitted, from which one that is not recorded is drawn. `error`: median miss of placements left
    out, in per cent; `coverage`: share of them inside their 90% interval; both None where nothing was fitted.
    """

    fitted: bool
    n: int
    fixed_gbp: float
    per_mile_gbp: float
    boarding: float
    sd: float
    smear: float
    farthest: float
    known_miles: Floats
    cov: Floats = field(default_factory=lambda: np.zeros((3, 3)))
    error: float | None = None
    coverage: float | None = None

    def expected(self, miles: Floats, boards: NDArray[np.bool_]) -> Floats:
        """Expected £ a year of each placement; a distance that is not recorded (NaN) stands for any of the known ones."""
        any_distance = float(np.mean(self._day(self.known_miles))) if len(self.known_miles) else self._day(np.array([self.farthest / 4]))[0]
        day = np.where(np.isnan(miles), any_distance, self._day(np.nan_to_num(miles)))
        return np.asarray(day * np.where(boards, self.boarding, 1.0) * self.smear, dtype=float)

    def draws(self, miles: Floats, boards: NDArray[np.bool_], count: int, seed: int) -> Floats:
        """`count` plausible £ a year of each placement (draw × placement): the curve's own uncertainty and each child's spread about it."""
        rng = np.random.default_rng(seed)
        if not self.fitted:
            level = np.exp(rng.normal(0.0, self.sd, (count, 1)))
            return np.asarray(level * self.expected(miles, boards), dtype=float)
        middle = np.array([math.log(self.fixed_gbp), math.log(self.per_mile_gbp), math.log(self.boarding)])
        a, b, c = rng.multivariate_normal(middle, self.cov, count).T[:, :, None]
        known = self.known_miles if len(self.known_miles) else np.array([self.farthest / 4])
        filled = np.where(np.isnan(miles), rng.choice(known, (count, len(miles))), np.nan_to_num(miles))
        curve = np.exp(a) + np.exp(b) * np.minimum(filled, self.farthest)
        return np.asarray(curve * np.exp(np.where(boards, c, 0.0)) * np.exp(rng.normal(0.0, self.sd, filled.shape)), dtype=float)

    def interval(self, miles: Floats, boards: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """The 90% interval of each placement's £ a year, for a recorded distance."""
        middle = self._day(np.nan_to_num(miles)) * np.where(boards, self.boarding, 1.0)
        return middle * math.exp(-_Z * self.sd), middle * math.exp(_Z * self.sd)

    def _day(self, miles: Floats) -> Floats:
        return np.asarray(self.fixed_gbp + self.per_mile_gbp * np.minimum(miles, self.farthest), dtype=float)


def fit(agreed: pd.DataFrame) -> TransportModel:
    """The model of these placements: transport_gbp (£ a year), miles, residence_group; rows without either number are left out.

    The published mean where fewer than LEAST remain, or where all live equally far.
    """
    rows = agreed[(agreed["transport_gbp"] > 0) & agreed["miles"].notna()]
    miles, cost = rows["miles"].to_numpy(float), rows["transport_gbp"].to_numpy(float)
    boards = rows["residence_group"].to_numpy() == "residential"
    if len(rows) < LEAST or np.ptp(miles) < 1.0:
        return published(miles)
    model = _fitted(miles, cost, boards)
    miss, inside = _left_out(miles, cost, boards)
    return TransportModel(**{**model.__dict__, "error": miss, "coverage": inside})


def published(known_miles: Floats) -> TransportModel:
    """The published mean as a curve through it: a labelled stand-in, as wide as its parameter `out_by` says."""
    p = {name: parameter.value for name, parameter in PUBLISHED.items()}
    per_mile = p["mean_gbp"] * (1 - p["fixed_share"]) / p["mean_miles"] * p["road_factor"]
    known = known_miles if len(known_miles) else np.array([p["mean_miles"] / p["road_factor"]])
    return TransportModel(
        False, 0, p["mean_gbp"] * p["fixed_share"], per_mile, 1.0, math.log(p["out_by"]) / _Z, 1.0, p["farthest_miles"], np.asarray(known, dtype=float)
    )


def _fitted(miles: Floats, cost: Floats, boards: NDArray[np.bool_]) -> TransportModel:
    from scipy.optimize import least_squares

    farthest = float(np.quantile(miles, FARTHEST))
    near, log_cost = np.minimum(miles, farthest), np.log(cost)
    with_boarders = bool(boards.sum() >= LEAST_BOARDERS and (~boards).sum() >= LEAST_BOARDERS)

    def residuals(p: Floats) -> Floats:
        boarding = p[2] if with_boarders else 0.0
        return np.asarray(log_cost - np.log(np.exp(p[0]) + np.exp(p[1]) * near) - np.where(boards, boarding, 0.0), dtype=float)

    level = math.log(float(np.median(cost)))
    start = np.array([level - 0.7, level - 0.7 - math.log(max(float(np.median(near)), 0.5)), 0.0])
    low, high = np.array([0.0, -5.0, -5.0]), np.array([15.0, 15.0, 5.0])
    found = least_squares(residuals, np.clip(start, low + 0.01, high - 0.01), bounds=(low, high), loss="soft_l1", f_scale=0.5)
    left = residuals(found.x)
    sd = float(np.sqrt(np.sum(left**2) / max(len(cost) - 3, 1)))
    cov = np.zeros((3, 3))
    size = 3 if with_boarders else 2
    jacobian = _slopes(found.x, near, boards)[:, :size]
    cov[:size, :size] = np.linalg.pinv(jacobian.T @ jacobian) * sd**2
    boarding = math.exp(found.x[2]) if with_boarders else 1.0
    return TransportModel(
        True, len(cost), math.exp(found.x[0]), math.exp(found.x[1]), boarding, sd, float(np.mean(np.exp(left))), farthest, np.sort(miles), cov
    )


def _slopes(p: Floats, miles: Floats, boards: NDArray[np.bool_]) -> Floats:
    """How the log of the curve moves with each parameter."""
    curve = np.exp(p[0]) + np.exp(p[1]) * miles
    return np.column_stack([np.exp(p[0]) / curve, np.exp(p[1]) * miles / curve, boards.astype(float)])


def _left_out(miles: Floats, cost: Floats, boards: NDArray[np.bool_]) -> tuple[float, float]:
    """Placements left out in turn: the median miss in per cent of their cost, and the share inside their 90% interval."""
    order = np.random.default_rng(1).permutation(len(cost))
    miss, inside = np.zeros(len(cost)), np.zeros(len(cost), dtype=bool)
    for fold in range(FOLDS):
        out = np.zeros(len(cost), dtype=bool)
        out[order[fold::FOLDS]] = True
        model = _fitted(miles[~out], cost[~out], boards[~out])
        low, high = model.interval(miles[out], boards[out])
        miss[out] = np.abs(low * math.exp(_Z * model.sd) / cost[out] - 1.0)
        inside[out] = (cost[out] >= low) & (cost[out] <= high)
    return 100.0 * float(np.median(miss)), float(np.mean(inside))
