"""What an amount that was not recorded may have been: expected weights on its knots, preferring the setting's own level.

Costs are not looked at, so a dear setting neither gains nor loses by what it did not record. A predicted amount (regression on what is
recorded, plus the setting's shrunken departure) is turned into a distribution by how recorded amounts spread about the same prediction
(regression calibration, Carroll et al. 2006, on the whole curve instead of the amount).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.benchmark.design import Amount

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PREDICTORS = ("primary_need", "phase", "residence")
PLACES = 25  # predictions at which the distribution is worked out; between them it is joined by straight lines


def expected_weights(rows: pd.DataFrame, amounts: dict[str, Amount]) -> dict[str, Floats]:
    """Weights on knots, one row a placement, for each amount; recorded values keep their own."""
    missing = rows[list(amounts)].isna()
    key = missing.to_numpy() @ (1 << np.arange(len(amounts))) if amounts else np.zeros(len(rows))
    out = {}
    for c, basis in amounts.items():
        have = ~missing[c].to_numpy()
        weights = np.zeros((len(rows), len(basis.knots)))
        weights[have] = basis.weights(rows.loc[have, c].to_numpy(float))
        for pattern in np.unique(key[~have]):
            take = ~have & (key == pattern)
            known = [k for k in amounts if not missing.loc[take, k].any()]
            able = have & ~missing[known].any(axis=1).to_numpy()
            if not able.any():  # never recorded together: nothing else is known
                known, able = [], have
            guess = _predict(rows, known, basis.knots @ weights.T, able)
            weights[take] = _spread(guess, weights, able, take)
        out[c] = weights
    return out


def _predict(rows: pd.DataFrame, known: list[str], y: Floats, use: Flags) -> Floats:
    """Mean of an amount given what else is recorded, plus the setting's shrunken departure; `use`: rows where all of it is recorded."""
    wide = pd.get_dummies(rows[list(PREDICTORS)].astype(str), dtype=float).to_numpy()
    x = np.hstack([np.ones((len(rows), 1)), wide, np.sqrt(rows[known].fillna(0).to_numpy(float))])
    inner = x[use].T @ x[use]
    inner[np.diag_indices_from(inner)] += 1.0
    guess = y[use].mean() + x @ np.linalg.solve(inner, x[use].T @ (y[use] - y[use].mean()))
    left = y[use] - guess[use]
    code, urns = pd.factorize(rows["urn"], use_na_sentinel=False)
    n = np.bincount(code[use], minlength=len(urns)).astype(float)
    total = np.bincount(code[use], left, len(urns))
    mean = total / np.maximum(n, 1)
    many = (n > 0).sum()
    within = float(np.sum((left - mean[code[use]]) ** 2) / max(use.sum() - many, 1))
    between = float((np.sum(n * mean**2) - many * within) / max(n.sum() - np.sum(n**2) / n.sum(), 1))
    if between > 0:
        guess = guess + (total / np.maximum(n + within / between, 1e-9))[code]
    return np.asarray(guess, dtype=np.float64)


def _spread(guess: Floats, weights: Floats, able: Flags, take: Flags) -> Floats:
    """Expected weights at each guess of `take`: a normal-kernel mean over recorded rows with a near guess."""
    at = guess[able]
    sd = max(float(at.std()), 1e-9)
    width = 1.06 * sd * len(at) ** -0.2
    places = np.unique(np.quantile(at, np.linspace(0, 1, PLACES)))
    near = np.exp(-(((places[:, None] - at[None, :]) / width) ** 2) / 2)
    curve = (near @ weights[able]) / near.sum(1, keepdims=True)
    return np.column_stack([np.interp(guess[take], places, column) for column in curve.T])
