"""What the optimiser reads of a forecast, and whole places from fractions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.survival import Floats, Ints


@dataclass(frozen=True)
class Draws:
    """Places needed by draw, year and cell: average places over the academic year, not rounded.

    `years` are academic years, the first beginning on or after the day after `as_at`. `cells` has one row a column of the
    arrays: urn, lot. `fillable`: new placements from the first year that a block could fill, at the setting where the draw
    would put them. `fixed`: other new placements, and all that begin between `as_at` and the first year. `survivors`: today's
    placements still there. Arrays are draws × years × cells.
    """

    as_at: date
    years: tuple[int, ...]
    seed: int
    cells: pd.DataFrame
    fillable: Floats
    fixed: Floats
    survivors: Floats
    fill_share: float
    basis: tuple[str, ...]

    @property
    def total(self) -> Floats:
        """All places, draws × years."""
        return np.asarray((self.fillable + self.fixed + self.survivors).sum(axis=2))


def round_keeping_total(places: Floats, rng: np.random.Generator) -> Ints:
    """Whole places from fractions, along the last axis: each is rounded up or down, right on average, and each row's total too.

    Systematic rounding with one random start a row: the running total is cut at whole numbers from that start, in a seeded
    order of the columns so that no neighbour is favoured.
    """
    order = rng.permutation(places.shape[-1])
    running = np.cumsum(places[..., order], axis=-1) + rng.random((*places.shape[:-1], 1))
    whole = np.floor(running + 1e-9).astype(np.int64)
    out = np.empty_like(whole)
    out[..., order] = np.diff(whole, axis=-1, prepend=0)
    return out
