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
NO_LIMIT = 99
LEAST_LEAVERS = 100
_FAR = np.datetime64("2200-01-01", "D")
# Ages that share a prior: exits peak where a phase ends (Year 6 is age 10, Year 11 is 15, Year 13 is 17, Year 14 is 18).
_BANDS = np.array([0] * 10 + [1] + [2] * 4 + [3] + [4] + [5] + [6] + [7] * 7)

PRIOR_YEAR_ENDS = Parameter(
    "prior_year_ends", 20.0, "placements at a year's end", 1.0, 500.0, "Assumption", "Weight of the hazard of like ages against an age's own"
)
PRIOR_YEARLY = Parameter("prior_yearly", 0.1, "share", 0.001, 0.9, "Assumption", "Hazard of a year's end where no placement has been seen")
PRIOR_MONTHLY = Parameter("prior_monthly", 0.005, "share", 0.0001, 0.2, "Assumption", "Hazard of a month where no placement has been seen")
PRIOR_MONTHS = Parameter("prior_months", 200.0, "placement months", 10.0, 5000.0, "Assumption", "Weight of the hazard of like ages against an age's own")


@dataclass(frozen=True)
class Hazards:
    """Chance of leaving, by draw (axis 0), below or at the setting's age limit (axis 1) and academic age 0 to 25 (axis 2).

    `in_year`: in one month of September to June. `year_end`: in July or August, when phases end. At the age limit means that the
    setting takes nobody older than the child would be in the next academic year.
    """

    in_year: Floats
    year_end: Floats

    def __post_init__(self) -> None:
        if self.in_year.shape != self.year_end.shape or self.in_year.ndim != 3 or self.in_year.shape[1:] != (2, OLDEST + 1):
            raise ValueError("hazards are draws × 2 × 26 academic ages")
        if min(self.in_year.min(), self.year_end.min()) < 0 or max(self.in_year.max(), self.year_end.max()) > 1:
            raise ValueError("hazards are chances from 0 to 1")

    @classmethod
    def constant(cls, in_year: float, year_end: float, draws: int) -> Hazards:
        """The same chance at every age, setting and draw."""
        shape = (draws, 2, OLDEST + 1)
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


def age_limits(urns: pd.Series, settings: pd.DataFrame | None) -> Ints:
    """The oldest age that each placement's setting admits (age_high of the register); NO_LIMIT where it is not known."""
    if settings is None:
        return np.full(len(urns), NO_LIMIT, dtype=np.int64)
    known = settings.assign(urn=settings["urn"].astype(str)).drop_duplicates("urn").set_index("urn")["age_high"].astype(float)
    return np.asarray(urns.astype(str).map(known).astype(float).fillna(NO_LIMIT), dtype=np.int64)


def leavers_from(leaving: npt.NDArray[np.datetime64], as_at: date) -> np.datetime64:
    """The day from which the records hold who left: about the first leaving date. A register kept from some day on has lost those who left before it.

    Far in the past where fewer than a hundred have left, since the first of few may simply be late.
    """
    known = np.sort(leaving[leaving <= np.datetime64(as_at, "D")])
    return known[len(known) // 100] if len(known) >= LEAST_LEAVERS else np.datetime64("1900-01-01", "D")


def exit_counts(placements: pd.DataFrame, as_at: date, history_years: int, settings: pd.DataFrame | None = None) -> pd.DataFrame:
    """How many placements were there to leave, and did, in the years up to `as_at`.

    `placements`: one row a placement with urn, birth_month, entry_date, leaving_date; `settings`: urn, age_high. Returns one row an
    at_limit (False, True) × academic age 0 to 25: months (placement months of September to June), in_year_exits, year_ends
    (placements open on 1 July), year_end_exits (of those, left by 31 August).
    """
    entry, leaving, born = days(placements["entry_date"]), days(placements["leaving_date"]), cohort(placements["birth_month"])
    leaving = np.where(leaving > np.datetime64(as_at, "D"), _FAR, leaving)
    limit = age_limits(placements["urn"], settings)
    since = leavers_from(leaving, as_at)
    counts = np.zeros((4, 2 * (OLDEST + 1)))
    end = np.datetime64(as_at, "M")
    for month in np.arange(end - 12 * history_years, end + 1):
        number = int(month.astype(int)) % 12 + 1
        if number == 8:
            continue  # July and August are one: the year's end
        first, last = month.astype("datetime64[D]"), (month + (2 if number == 7 else 1)).astype("datetime64[D]") - 1
        if last > np.datetime64(as_at, "D") or first < since:
            continue
        at_risk = (entry <= first) & (leaving >= first)
        age = np.clip(academic_year(first.item()) - born, 0, OLDEST)
        cell = age + np.where(age + 1 >= limit, OLDEST + 1, 0)
        row = 2 if number == 7 else 0
        counts[row] += np.bincount(cell[at_risk], minlength=counts.shape[1])
        counts[row + 1] += np.bincount(cell[at_risk & (leaving <= last)], minlength=counts.shape[1])
    index = pd.MultiIndex.from_product([[False, True], range(OLDEST + 1)], names=["at_limit", "academic_age"])
    return pd.DataFrame(counts.T, index=index, columns=["months", "in_year_exits", "year_ends", "year_end_exits"]).astype("int64")


def banded(events: Floats, at_risk: Floats, unknown: float) -> Floats:
    """An age's prior: the share of its band of ages, half an event at the rate `unknown` added."""
    found = (np.bincount(_BANDS, weights=events) + 0.5) / (np.bincount(_BANDS, weights=at_risk) + 0.5 / unknown)
    return np.asarray(found[_BANDS])


def _pooled(exits: Floats, at_risk: Floats, unknown: float) -> Floats:
    """The prior below and at the age limit: 2 × ages."""
    return np.asarray([banded(e, n, unknown) for e, n in zip(exits, at_risk, strict=True)])


def hazard_draws(counts: pd.DataFrame, draws: int, rng: np.random.Generator) -> Hazards:
    """Hazards with their uncertainty: conjugate posteriors, each age shrunk to ages like it. `counts` as `exit_counts` gives."""
    months, in_year, at_risk, at_end = (
        counts[name].to_numpy(float).reshape(2, OLDEST + 1) for name in ("months", "in_year_exits", "year_ends", "year_end_exits")
    )
    shape = (draws, 2, OLDEST + 1)
    monthly = rng.gamma(PRIOR_MONTHS.value * _pooled(in_year, months, PRIOR_MONTHLY.value) + in_year, 1.0, shape) / (PRIOR_MONTHS.value + months)
    prior = _pooled(at_end, at_risk, PRIOR_YEARLY.value)
    yearly = rng.beta(PRIOR_YEAR_ENDS.value * prior + at_end, PRIOR_YEAR_ENDS.value * (1 - prior) + at_risk - at_end, shape)
    yearly[..., OLDEST] = 1.0
    return Hazards(np.minimum(monthly, 1.0), yearly)


@dataclass(frozen=True)
class Survival:
    """Chance that a placement open at the start of the first month is still open in each month, by draw, birth cohort and age limit.

    `alive` has a row a draw × column (`column` finds the second) and a column a month; nought beyond the last, their number a power of two. A placement
    that leaves in a month counts in that month; one that leaves at the year's end counts to the end of August.
    """

    alive: Floats
    first_cohort: int
    cohorts: int
    limits: Ints

    @property
    def columns(self) -> int:
        return self.cohorts * len(self.limits)

    def column(self, born: Ints, limit: Ints) -> Ints:
        """Where children of a birth cohort, at a setting with an age limit, stand."""
        at = np.clip(born - self.first_cohort, 0, self.cohorts - 1)
        return np.asarray(np.searchsorted(self.limits, limit) * self.cohorts + at, dtype=np.int64)

    def at(self, draw: Ints, column: Ints, month: Ints) -> Floats:
        """The chance of being there in a month."""
        return np.asarray(self.alive.ravel().take((draw * self.columns + column) * self.alive.shape[1] + month))

    def gone(self, draw: Ints, column: Ints, luck: Floats, begin: Ints) -> Ints:
        """The first month from `begin` in which `luck` is no longer below the chance of being there.

        `luck` is below the chance in month `begin`, and chances only fall; so that month is as many as have a chance above it, found by halving steps.
        """
        width, flat = self.alive.shape[1], self.alive.ravel()
        start = np.broadcast_to(np.asarray((draw * self.columns + column) * width), luck.shape)
        at = start.astype(np.int64)
        step = width // 2
        while step:
            at += (luck < flat.take(at + (step - 1), mode="clip")) * step
            step //= 2
        return np.asarray(np.maximum(at - start, begin), dtype=np.int64)


def survival(hazards: Hazards, first_month: np.datetime64, months: int, cohorts: range, limits: Ints) -> Survival:
    """Survival from the start of `first_month` over `months` months, for these birth cohorts at settings with these age limits."""
    limits = np.unique(limits)
    born, limit = np.tile(np.arange(cohorts.start, cohorts.stop), len(limits)), np.repeat(limits, len(cohorts))
    alive = np.ones((months, hazards.in_year.shape[0], len(born)))
    for m in range(1, months):
        before = first_month + (m - 1)
        number = int(before.astype(int)) % 12 + 1
        age = np.clip(academic_year(before.astype("datetime64[D]").item()) - born, 0, OLDEST)
        at_limit = (age + 1 >= limit).astype(np.int64)
        leave = hazards.year_end[:, at_limit, age] if number == 8 else hazards.in_year[:, at_limit, age] if number != 7 else 0.0
        alive[m] = alive[m - 1] * (1.0 - leave)
    by_row = np.zeros((hazards.in_year.shape[0] * len(born), 1 << months.bit_length()))
    by_row[:, :months] = alive.reshape(months, -1).T
    return Survival(by_row, cohorts.start, len(cohorts), limits)
