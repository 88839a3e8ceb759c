"""How long placements last: exit hazards by academic age from the council's own history, and survival month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.params import Parameter
from data.domain import academic_year

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OLDEST = 25  # academic age at which an EHC plan ends whatever else happens
_FAR = np.datetime64("2200-01-01", "D")
# Ages that share a prior: exits peak where a phase ends (Year 6 is age 10, Year 11 is 15, Year 13 is 17, Year 14 is 18).
_BANDS = np.array([0] * 10 + [1] + [2] * 4 + [3] + [4] + [5] + [6] + [7] * 7)

PRIOR_YEAR_ENDS = Parameter(
    "prior_year_ends", 20.0, "placements at a year's end", 1.0, 500.0, "Assumption", "Weight of the hazard of like ages against an age's own"
)
PRIOR_MONTHS = Parameter("prior_months", 200.0, "placement months", 10.0, 5000.0, "Assumption", "Weight of the hazard of like ages against an age's own")


@dataclass(frozen=True)
class Hazards:
    """Chance of leaving, by draw (axis 0) and academic age 0 to 25 (axis 1).

    `in_year`: in one month of September to June. `year_end`: in July or August, when phases end.
    """

    in_year: Floats
    year_end: Floats

    def __post_init__(self) -> None:
        if self.in_year.shape != self.year_end.shape or self.in_year.ndim != 2 or self.in_year.shape[1] != OLDEST + 1:
            raise ValueError("hazards are draws × 26 academic ages")
        if min(self.in_year.min(), self.year_end.min()) < 0 or max(self.in_year.max(), self.year_end.max()) > 1:
            raise ValueError("hazards are chances from 0 to 1")

    @classmethod
    def constant(cls, in_year: float, year_end: float, draws: int) -> Hazards:
        """The same chance at every age and in every draw."""
        shape = (draws, OLDEST + 1)
        return cls(np.full(shape, in_year), np.full(shape, year_end))


def days(column: pd.Series) -> npt.NDArray[np.datetime64]:
    """Dates as days; an empty date is far in the future (open)."""
    out = pd.to_datetime(column).to_numpy().astype("datetime64[D]")
    out[np.isnat(out)] = _FAR
    return out


def cohort(birth_month: pd.Series) -> Ints:
    """Birth cohort: academic age = academic year − cohort. Reads "YYYY-MM"."""
    text = birth_month.astype(str)
    return np.asarray(text.str[:4].astype("int64") + (text.str[5:7].astype("int64") > 8), dtype=np.int64)


def exit_counts(placements: pd.DataFrame, as_at: date, history_years: int) -> pd.DataFrame:
    """How many placements were there to leave, and did, by academic age, in the years up to `as_at`.

    `placements`: one row a placement with birth_month, entry_date, leaving_date. Returns one row an academic age 0 to 25:
    months (placement months of September to June), in_year_exits, year_ends (placements open on 1 July), year_end_exits
    (of those, left by 31 August).
    """
    entry, leaving, born = days(placements["entry_date"]), days(placements["leaving_date"]), cohort(placements["birth_month"])
    leaving = np.where(leaving > np.datetime64(as_at, "D"), _FAR, leaving)
    counts = np.zeros((4, OLDEST + 1))
    end = np.datetime64(as_at, "M")
    for month in np.arange(end - 12 * history_years, end + 1):
        number = int(month.astype(int)) % 12 + 1
        if number == 8:
            continue  # July and August are one: the year's end
        first, last = month.astype("datetime64[D]"), (month + (2 if number == 7 else 1)).astype("datetime64[D]") - 1
        if last > np.datetime64(as_at, "D"):
            continue
        at_risk = (entry <= first) & (leaving >= first)
        age = np.clip(academic_year(first.item()) - born, 0, OLDEST)
        row = 2 if number == 7 else 0
        counts[row] += np.bincount(age[at_risk], minlength=OLDEST + 1)
        counts[row + 1] += np.bincount(age[at_risk & (leaving <= last)], minlength=OLDEST + 1)
    frame = pd.DataFrame(counts.T, columns=["months", "in_year_exits", "year_ends", "year_end_exits"]).astype("int64")
    return frame.rename_axis("academic_age")


def _pooled(exits: Floats, at_risk: Floats) -> Floats:
    """An age's prior: the hazard of its band, kept off 0 and 1."""
    by_band = np.bincount(_BANDS, weights=exits) + 0.5
    return np.asarray((by_band / (np.bincount(_BANDS, weights=at_risk) + 5.0))[_BANDS])


def hazard_draws(counts: pd.DataFrame, draws: int, rng: np.random.Generator) -> Hazards:
    """Hazards with their uncertainty: conjugate posteriors, each age shrunk to ages like it. `counts` as `exit_counts` gives."""
    months, in_year = counts["months"].to_numpy(float), counts["in_year_exits"].to_numpy(float)
    at_risk, at_end = counts["year_ends"].to_numpy(float), counts["year_end_exits"].to_numpy(float)
    monthly = rng.gamma(PRIOR_MONTHS.value * _pooled(in_year, months) + in_year, 1.0, (draws, OLDEST + 1)) / (PRIOR_MONTHS.value + months)
    prior = _pooled(at_end, at_risk)
    yearly = rng.beta(PRIOR_YEAR_ENDS.value * prior + at_end, PRIOR_YEAR_ENDS.value * (1 - prior) + at_risk - at_end, (draws, OLDEST + 1))
    yearly[:, OLDEST] = 1.0
    return Hazards(np.minimum(monthly, 1.0), yearly)


def survival(hazards: Hazards, first_month: np.datetime64, months: int, first_cohort: int, cohorts: int) -> Floats:
    """Chance that a placement open at the start of `first_month` is still open in each month: months × draws × birth cohorts.

    A placement that leaves in a month counts in that month; one that leaves at the year's end counts to the end of August.
    """
    born = np.arange(first_cohort, first_cohort + cohorts)
    alive = np.ones((months, hazards.in_year.shape[0], cohorts))
    for m in range(1, months):
        before = first_month + (m - 1)
        number = int(before.astype(int)) % 12 + 1
        age = np.clip(academic_year(before.astype("datetime64[D]").item()) - born, 0, OLDEST)
        leave = hazards.year_end[:, age] if number == 8 else hazards.in_year[:, age] if number != 7 else 0.0
        alive[m] = alive[m - 1] * (1.0 - leave)
    return alive
