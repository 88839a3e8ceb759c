"""How fractions of a penny become whole pennies so that every row adds up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NOISE = 6  # decimals of a penny beyond which a number of floating point says nothing


def whole_pennies(parts: NDArray[np.float64], totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """The parts of each row in whole pennies, adding up to the row's total exactly.

    The rule: each part is rounded to the nearest penny (a half to the even one); the pennies then missing, or too many, go one each to
    the parts that rounding moved furthest the other way, of equal ones to the first. A part of exactly nothing stays so, and a change
    turned round gives the same pennies with the other sign. ArithmeticError where the parts do not add up to the total to begin with.
    """
    exact = np.round(parts, _NOISE)
    kept = np.rint(exact).astype(np.int64)
    missing = totals - kept.sum(axis=1)
    if np.any(np.abs(missing) * 2 > parts.shape[1] + 1):
        raise ArithmeticError("The parts of a row do not add up to its total.")
    step = np.sign(missing)[:, None]
    moved = np.where(exact == 0, -np.inf, step * np.round(exact - kept, _NOISE))
    place = np.argsort(np.argsort(-moved, axis=1, kind="stable"), axis=1, kind="stable")
    adjusted: NDArray[np.int64] = kept + step * (place < np.abs(missing)[:, None])
    return adjusted
