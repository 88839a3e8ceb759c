"""What should a placement like this cost: the row of a proposed placement, and the placements nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.benchmark import comparables
from data.errors import WrongUsage

PROPOSED = "proposed"  # stands for a placement that is not there yet
SAME_BAND, SAME_KIND, OTHER_PHASE = "Same band", "Another band", "Another phase"
NEAREST = 10


@dataclass(frozen=True)
class Proposal:
    """A placement that is thought of. None where not known; `urn` None: at no particular setting. Hours of one-to-one a week, of therapy a year."""

    need: str
    phase: str
    residence: str
    band: int | None = None
    one_to_one_hours_week: float | None = None
    therapy_hours_year: float | None = None
    district: str | None = None
    urn: str | None = None

    def __post_init__(self) -> None:
        for name, value, most in (("one-to-one", self.one_to_one_hours_week, 168), ("therapy", self.therapy_hours_year, 8784)):
            if value is not None and not 0 <= value <= most:
                raise WrongUsage(f"Hours of {name} lie between 0 and {most}; {value:g} was given.", "hours")


def with_proposed(snapshot: pd.DataFrame, proposal: Proposal, areas: dict[str, str], groups: dict[str, str | None]) -> pd.DataFrame:
    """The snapshot (one row an open placement) and one row more, `placement_id` "proposed", without a cost.

    `areas`: area by home district; `groups`: provider group by urn.
    """
    row = {
        "placement_id": PROPOSED,
        "urn": proposal.urn,
        "provider_group": groups.get(proposal.urn) if proposal.urn else None,
        "primary_need": proposal.need,
        "support_band": proposal.band,
        "one_to_one_hours_week": proposal.one_to_one_hours_week,
        "therapy_hours_year": proposal.therapy_hours_year,
        "phase": proposal.phase,
        "residence": proposal.residence,
        "area": areas.get(proposal.district) if proposal.district else None,
        "benchmark_gbp": np.nan,
    }
    columns = [c for c in snapshot.columns if c in row or c in ("setting_name", "entry_date")]
    there = snapshot[columns].astype({c: object for c in columns if c not in ("benchmark_gbp", "entry_date")})
    return pd.concat([there, pd.DataFrame([row]).astype({"benchmark_gbp": float})], ignore_index=True)


def nearest(frame: pd.DataFrame, placement_id: str, n: int = NEAREST) -> pd.DataFrame:
    """The `n` placements most like one of `frame`, nearest first, with what they cost.

    First those of the same primary need, phase, residence and band, then of the same need, phase and residence, then of another phase; within each
    by `steps_away` (see `benchmark.comparables`). One row a placement: the columns of `comparables` and `alike`, how it was chosen. Fewer rows where
    there are no more of the same need and residence. WrongUsage if the placement is not in `frame`.
    """
    this = frame.loc[frame["placement_id"].astype(str) == placement_id]
    rows = comparables(frame, placement_id, len(frame))
    band = this["support_band"].iloc[0] if len(this) and "support_band" in frame else None
    same_band = rows["support_band"].eq(band) if band is not None and not pd.isna(band) else pd.Series(False, index=rows.index)
    rows = rows.assign(alike=np.where(same_band, SAME_BAND, SAME_KIND), order=np.where(same_band, 0, 1))
    if len(rows) < n:
        others = comparables(frame.assign(phase="any"), placement_id, len(frame))
        others = others[~others["placement_id"].isin(rows["placement_id"])].drop(columns="phase")
        others = others.merge(frame[["placement_id", "phase"]], on="placement_id").assign(alike=OTHER_PHASE, order=2)
        rows = pd.concat([rows, others], ignore_index=True)
    return rows.sort_values(["order", "steps_away", "placement_id"], kind="stable").head(n).drop(columns="order").reset_index(drop=True)
