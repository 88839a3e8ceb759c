"""Stand-ins for amounts that were not recorded: like placements where they were, preferring a setting's own level."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
DONORS = 12


def _predict(rows: pd.DataFrame, known: list[str], levels: list[str], target: str, use: NDArray[np.bool_]) -> Floats:
    """Mean of `target` given what else is recorded, plus the setting's shrunken departure; `use`: rows where all of it is recorded."""
    wide = pd.get_dummies(rows[levels].astype(str), dtype=float).to_numpy() if levels else np.zeros((len(rows), 0))
    x = np.hstack([np.ones((len(rows), 1)), wide, *(np.sqrt(rows[[c]].fillna(0).to_numpy(float)) for c in known)])
    y = rows[target].to_numpy(float)
    inner = x[use].T @ x[use]
    inner[np.diag_indices_from(inner)] += 1.0
    beta = np.linalg.solve(inner, x[use].T @ (y[use] - y[use].mean()))
    guess = y[use].mean() + x @ beta
    left = y[use] - guess[use]
    code, _ = pd.factorize(rows["urn"])
    n = np.bincount(code[use], minlength=code.max() + 1).astype(float)
    total = np.bincount(code[use], left, code.max() + 1)
    mean = total / np.maximum(n, 1)
    many = n > 0
    within = float(np.sum((left - mean[code[use]]) ** 2) / max(use.sum() - many.sum(), 1))
    between = max(float((np.sum(n * mean**2) - many.sum() * within) / max(n.sum() - np.sum(n**2) / max(n.sum(), 1), 1)), 0.0)
    if between > 0:
        guess = guess + (total / (n + within / between))[code]
    return np.asarray(guess, dtype=np.float64)


def donors(rows: pd.DataFrame, amounts: list[str], levels: list[str]) -> tuple[NDArray[np.int64], list[pd.DataFrame]]:
    """Row numbers with something not recorded, and `DONORS` filled copies of them; recorded values are never changed.

    Predictive mean matching (Little 1988) within each pattern of missing amounts: a stand-in is a value that was recorded for a
    placement whose predicted amount is nearest. Costs are not looked at, so a dear setting does not gain or lose by it.
    """
    missing = rows[amounts].isna()
    key = missing.to_numpy() @ (1 << np.arange(len(amounts)))
    need = np.flatnonzero(key > 0).astype(np.int64)
    copies = [rows.iloc[need].copy() for _ in range(DONORS)]
    place = np.full(len(rows), -1)
    place[need] = np.arange(len(need))
    for pattern in np.unique(key[need]):
        gone = [c for i, c in enumerate(amounts) if pattern >> i & 1]
        known = [c for c in amounts if c not in gone]
        able = ~missing[gone].any(axis=1).to_numpy() & ~missing[known].any(axis=1).to_numpy()
        take = np.flatnonzero(key == pattern)
        if not able.any():  # never recorded together: each amount from its own stand-ins, with nothing else known
            for c in gone:
                _fill(rows, [c], [], levels, ~missing[c].to_numpy(), take, copies, place)
            continue
        _fill(rows, gone, known, levels, able, take, copies, place)
    return need, copies


def _fill(
    rows: pd.DataFrame,
    gone: list[str],
    known: list[str],
    levels: list[str],
    able: NDArray[np.bool_],
    take: NDArray[np.int64],
    copies: list[pd.DataFrame],
    place: NDArray[np.int64],
) -> None:
    """Writes into each copy the amounts in `gone` of rows `take`, from the nearest rows where they are recorded (`able`)."""
    guess = np.column_stack([_predict(rows, known, levels, c, able) for c in gone])
    guess = guess / np.maximum(rows.loc[able, gone].to_numpy(float).std(0), 1e-9)
    pool = np.flatnonzero(able)
    k = min(DONORS, len(pool))
    _, near = cKDTree(guess[pool]).query(guess[take], k=k)
    near = pool[np.reshape(near, (len(take), k))]
    for j in range(DONORS):
        copies[j].loc[copies[j].index[place[take]], gone] = rows[gone].to_numpy()[near[:, j % k]]
