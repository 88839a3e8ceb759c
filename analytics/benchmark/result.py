"""What the benchmark says, and the assumptions it was asked to say it under."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import pandas as pd

SETTING_COLUMNS = ["urn", "n", "actual_gbp", "expected_gbp", "raw_index", "index", "index_low", "index_high", "excess_gbp", "p_above", "flagged", "p_above_one"]
PLACEMENT_COLUMNS = ["placement_id", "actual_gbp", "expected_gbp", "low_gbp", "high_gbp"]


@dataclass(frozen=True)
class BenchmarkParams:
    """Assumptions a person may question. `above`: p_above is the chance that the index exceeds it."""

    minimum_n: int = 5  # placements at a setting below which it is never flagged
    above: float = 1.05
    most_unknown_provision: float = 0.30  # share of placements without recorded provision above which nobody is flagged


@dataclass(frozen=True, eq=False)
class BenchmarkResult:
    """`settings`: one row a setting with a usable cost. `placements`: one row a placement of the input, `actual_gbp` empty where no cost is
    known (its expected cost and interval still stand). Pounds a year, full-year equivalent. `fit`: JSON-ready account of the model."""

    settings: pd.DataFrame
    placements: pd.DataFrame
    fit: dict[str, object]

    @property
    def n_placements(self) -> int:
        """Placements that the fit used."""
        return int(self.settings["n"].sum())

    def to_json(self, as_at: date) -> dict[str, object]:
        """The document of the `benchmark` command: money to the penny, null where not known, never NaN."""
        return {
            "as_at": as_at.isoformat(),
            "n_placements": self.n_placements,
            "settings": _records(self.settings),
            "placements": _records(self.placements),
            "fit": self.fit,
        }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    kinds = {str(c): 2 if str(c).endswith("_gbp") else 6 for c in frame.columns}
    return [{c: _plain(v, kinds[c]) for c, v in zip(kinds, row, strict=True)} for row in frame.itertuples(index=False, name=None)]


def _plain(value: object, places: int) -> object:
    if isinstance(value, float):
        return round(value, places) if math.isfinite(value) else None
    return value
