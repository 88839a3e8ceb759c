"""The area's own straight line, with which pooled growth is combined: two views of the same counts, of which neither has been right every year."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.params import Parameter
from analytics.published_demand.pooling import HALF, Floats

LINE = Parameter(
    "line_weight", 0.5, "share", 0.0, 1.0, "Equal weights, as combined forecasts are best given (Timmermann 2006)", "Growth by a number beside growth by a rate"
)
FEWEST = 3  # counts that a line needs


def along(counts: Floats, jumped: npt.NDArray[np.bool_], years: int) -> Floats:
    """Least squares through each area's counts since its last jump, carried `years` on: areas × years. NaN where fewer than three counts tell it.

    `counts`: areas × consecutive years, NaN where there is none; `jumped`: areas × (years − 1), changes that are read as a new level.
    """
    past = counts.shape[1]
    out = np.full((len(counts), years), np.nan)
    ahead = np.arange(past, past + years)
    for row, (values, jumps) in enumerate(zip(counts, jumped, strict=True)):
        start = int(np.flatnonzero(jumps)[-1]) + 1 if jumps.any() else 0
        at = np.flatnonzero(~np.isnan(values[start:])) + start
        if len(at) >= FEWEST:
            out[row] = np.polyval(np.polyfit(at, values[at], 1), ahead)
    return out


def combined(drawn: Floats, line: Floats, weight: float) -> Floats:
    """Draws (draws × areas × years) moved so that their median is the weighted geometric mean of their own and the line; where there is none they stay."""
    middle = np.median(drawn, axis=0) + HALF
    moved = ((np.maximum(line, 0.0) + HALF) / middle) ** weight
    return np.asarray(drawn * np.where(np.isnan(line), 1.0, moved)[None])
