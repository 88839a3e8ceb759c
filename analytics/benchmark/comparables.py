"""What do the most similar placements cost?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import WrongUsage

SAME = ("primary_need", "phase", "residence")
# What counts as one step away, by column: a band, six hours of one-to-one a week, a therapy hour a week
STEP = {"support_band": 1.0, "one_to_one_hours_week": 6.0, "therapy_hours_year": 38.0}
UNKNOWN_STEPS = 1.5  # a pair of which one is not recorded


def comparables(frame: pd.DataFrame, placement_id: str, n: int = 10) -> pd.DataFrame:
    """The `n` placements most like this one, with what they cost, nearest first.

    One row a placement of the same primary need, phase and residence with a cost above zero (fewer than `n` when there are no more): the
    columns of `frame` that describe it, `benchmark_gbp`, and `steps_away`: the sum over support band, one-to-one hours and therapy hours of
    the difference in steps (one band; six hours a week; 38 hours a year). Ties by placement_id. WrongUsage if the placement is not in `frame`.
    """
    found = frame.loc[frame["placement_id"].astype(str) == str(placement_id)]
    if found.empty:
        raise WrongUsage(f"There is no placement {placement_id}.", "unknown_placement")
    this = found.iloc[0]
    like = pd.to_numeric(frame["benchmark_gbp"], errors="coerce").gt(0) & (frame["placement_id"].astype(str) != str(placement_id))
    for c in SAME:
        if c in frame:
            like &= frame[c].isna() if pd.isna(this[c]) else frame[c].eq(this[c])
    rows = frame.loc[like]
    steps = np.zeros(len(rows))
    for c, step in STEP.items():
        if c in frame:
            apart = (pd.to_numeric(rows[c], errors="coerce") - pd.to_numeric(pd.Series([this[c]]), errors="coerce").iloc[0]).abs() / step
            both_unknown = rows[c].isna() & pd.isna(this[c])
            steps += apart.fillna(UNKNOWN_STEPS).mask(both_unknown, 0.0).to_numpy(float)
    shown = [c for c in ("placement_id", "urn", "setting_name", *SAME, *STEP, "benchmark_gbp") if c in frame]
    out = rows[shown].assign(steps_away=steps)
    return out.sort_values(["steps_away", "placement_id"]).head(n).reset_index(drop=True)
