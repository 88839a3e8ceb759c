"""Actual, committed and forecast outturn of a financial year: committed placements with survival, expected starters, fees that rise in September.

Method (docs/budget.md): agreed cost of the periods passed, plus a simulation of those to go. Seeded: the same data and day give the same figures.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics import survival
from analytics.budget.purses import COUNCIL, PURSES
from analytics.budget.rates import STARTERS_SD, YEARS_SEEN, BudgetData, Floats, Ints, first_rates, month_shares, monthly, uplifts
from data.domain import academic_year

DRAWS, SEED = 400, 1
HISTORY_YEARS = 3
LOW, HIGH = 10, 90
_PURSE = {name: n for n, name in enumerate(PURSES)}
_COUNCIL = [_PURSE[name] for name in COUNCIL]


@dataclass(frozen=True)
class Outturn:
    """`purses`: one row a purse and one for the council's own together (purse "council"): paid_gbp (ledger to date), cost_gbp (agreements to date),
    committed_gbp (agreements for the periods to go), outturn_gbp with low_gbp and high_gbp (P10 to P90). `months`: one row a period of the council's own
    purses, with the same columns and is_forecast; `every`: the same of every purse. `leavers`: one row a placement open at the cutoff: leaves (the chance
    by the year's end), last_month. `starters`: one row a month to go: expected, low, high, named. `uplift`: mean, standard deviation, Septembers seen.
    """

    year: int
    cutoff: date
    purses: pd.DataFrame
    months: pd.DataFrame
    every: pd.DataFrame
    leavers: pd.DataFrame
    starters: pd.DataFrame
    uplift: tuple[float, float, int]
    totals: Floats  # draw × purse: the whole year

    @staticmethod
    def between(drawn: Floats) -> tuple[float, float]:
        """P10 and P90 of draws; where few places could change, the mean may lie beyond nine draws in ten, and is the end then."""
        low, high = np.percentile(drawn, [LOW, HIGH])
        return min(float(low), float(drawn.mean())), max(float(high), float(drawn.mean()))


def forecast(data: BudgetData, year: int, cutoff: date, *, live: bool = True, draws: int = DRAWS, seed: int = SEED) -> Outturn:
    """The outturn of financial year `year` as it can be told at the end of day `cutoff`, the last of a month.

    `live=False` leaves out what was not known by then, as a backtest must: later entries, leaving dates and fee lines.
    """
    known = data if live else data.known_on(cutoff)
    rng = np.random.default_rng(seed)
    months = [date(year + (m < 4), m, 1) for m in (*range(4, 13), 1, 2, 3)]
    ahead = _after(cutoff, year)  # a year that has not begun is reached through the months before it
    to_go = [m for m in months if m > cutoff]
    uplift = uplifts(known.fees, cutoff)
    raises = np.clip(rng.normal(uplift[0], uplift[1], draws), -0.1, 0.3)
    passed = _by_month(data.cost, "cost_gbp", months, cutoff)
    paid = _by_month(data.paid, "paid_gbp", months, cutoff)
    staying, committed, leavers = _committed(known, ahead, cutoff, raises, draws, rng)
    coming, starters = _starters(known, ahead, cutoff, raises, draws, rng)
    drawn = np.zeros((draws, len(months), len(PURSES))) + passed
    drawn[:, len(months) - len(to_go) :] += (staying + coming)[:, len(ahead) - len(to_go) :]
    whole = np.zeros((len(months), len(PURSES)))
    whole[len(months) - len(to_go) :] = committed[len(ahead) - len(to_go) :]
    own, every = (_months(drawn, passed, paid, whole, months, to_go, which) for which in (_COUNCIL, list(_PURSE.values())))
    return Outturn(year, cutoff, _purses(drawn, passed, paid, whole), own, every, leavers, starters, uplift, drawn.sum(axis=1))


def _after(cutoff: date, year: int) -> list[date]:
    """First days of the months after the cutoff, to the end of the financial year."""
    return [day.date() for day in pd.date_range(pd.Timestamp(cutoff) + pd.Timedelta(days=1), date(year + 1, 3, 31), freq="MS")]


def _by_month(frame: pd.DataFrame, column: str, months: list[date], cutoff: date) -> Floats:
    """Month × purse up to the cutoff; lines in no purse are left out."""
    out = np.zeros((len(months), len(PURSES)))
    place = {m: n for n, m in enumerate(months)}
    days = pd.to_datetime(frame["month"]).dt.date
    for day, purse, value in zip(days, frame["purse"], frame[column], strict=True):
        if day in place and day <= cutoff and purse in _PURSE:
            out[place[day], _PURSE[purse]] += value
    return out


def _committed(known: BudgetData, to_go: list[date], cutoff: date, raises: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats, pd.DataFrame]:
    """Draw × month × purse of placements here or named, the same if nobody left and no fee rose, and each open placement's chance of leaving."""
    placements = known.placements.reset_index(drop=True)
    entry, leaving = survival.days(placements["entry_date"]), survival.days(placements["leaving_date"])
    day = np.datetime64(cutoff, "D")
    placements = placements[leaving > day].reset_index(drop=True)
    entry, leaving = entry[leaving > day], leaving[leaving > day]
    nobody = pd.DataFrame(columns=["placement_id", "leaves", "leaving_date"])
    if not to_go or placements.empty:
        return np.zeros((draws, len(to_go), len(PURSES))), np.zeros((len(to_go), len(PURSES))), nobody
    cost = monthly(placements, known.fees, to_go, cutoff)
    may_leave = (entry <= day) & (leaving > np.datetime64("2199-01-01"))
    gone = np.full((draws, len(placements)), len(to_go) + 1, dtype=np.int64)
    if may_leave.any():
        gone[:, may_leave] = _gone(known, placements[may_leave], to_go, cutoff, draws, rng)
    staying = np.zeros((draws, len(to_go), len(PURSES)))
    for m, month in enumerate(to_go):
        here = (gone > m).astype(float) - 0.5 * ((gone == m + 1) & (month.month != 8))
        for step in np.unique(cost.raised[:, m]):
            some = cost.raised[:, m] == step
            staying[:, m] += here[:, some] @ cost.agreed[some, m] + (here[:, some] @ cost.going_on[some, m]) * ((1 + raises) ** step)[:, None]
    leavers = pd.DataFrame(
        {"placement_id": placements["placement_id"], "leaves": (gone <= len(to_go)).mean(axis=0), "leaving_date": placements["leaving_date"]}
    )
    return staying, (cost.agreed + cost.going_on).sum(axis=0), leavers


def _gone(known: BudgetData, placements: pd.DataFrame, to_go: list[date], cutoff: date, draws: int, rng: np.random.Generator) -> Ints:
    """Draw × placement: the first month to go (counted from 0) in which it is no longer there; one more than the months where it stays."""
    counts = survival.exit_counts(known.placements, cutoff, HISTORY_YEARS, known.settings)
    hazards = survival.hazard_draws(counts, draws, rng)
    born, limit = survival.cohort(placements["birth_month"]), survival.age_limits(placements["urn"], known.settings)
    months = survival.survival(hazards, np.datetime64(to_go[0], "M"), len(to_go) + 1, range(int(born.min()), int(born.max()) + 1), limit)
    luck = rng.random((draws, len(placements)))
    return months.gone(np.arange(draws)[:, None], months.column(born, limit)[None, :], luck, np.zeros((1, 1), dtype=np.int64))


def _starters(known: BudgetData, to_go: list[date], cutoff: date, raises: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, pd.DataFrame]:
    """Draw × month × purse of children not yet named: as many as in the last twelve months, more or fewer by as much as years have differed, spread
    over the months as in the last three years, each at the cost of one who came in that month then."""
    entry, day = survival.days(known.placements["entry_date"]), np.datetime64(cutoff, "D")
    past = known.placements[(entry > day - np.timedelta64(365 * HISTORY_YEARS + 1, "D")) & (entry <= day)].reset_index(drop=True)
    came = pd.to_datetime(past["entry_date"])
    behind = academic_year(cutoff) - np.array([academic_year(d) for d in came.dt.date], dtype=float)
    cost = first_rates(past, known.fees) * ((1 + raises.mean()) ** np.maximum(behind, 0))[:, None, None]
    coming, rows = np.zeros((draws, len(to_go), len(PURSES))), []
    ends, shares = month_shares(to_go)
    level, leave = _level(entry, cutoff, draws, rng), _leave_rate(known, cutoff)
    left_of_month = (1 - (came.dt.day - 1) / came.dt.days_in_month).to_numpy(dtype=float)
    for m, month in enumerate(to_go):
        donors = np.flatnonzero((came.dt.month == month.month).to_numpy())
        named = int(((entry >= np.datetime64(month, "D")) & (entry <= np.datetime64(ends[m], "D"))).sum())
        many = np.maximum(rng.poisson(level * len(donors) / max(len(past), 1)) - named, 0)
        rows.append((month, float(many.mean()), *np.percentile(many, [LOW, HIGH]).tolist(), named))
        if not len(donors):
            continue
        draw = np.repeat(np.arange(draws), many)
        who = rng.choice(donors, len(draw))
        for later in range(m, len(to_go)):
            stayed = (1 - leave) ** (later - m) * (1 + raises[draw]) ** (academic_year(to_go[later]) - academic_year(cutoff))
            np.add.at(coming[:, later], draw, (cost @ shares[later])[who] * (stayed * (left_of_month[who] if later == m else 1.0))[:, None])
    return coming, pd.DataFrame(rows, columns=["month", "expected", "low", "high", "named"])


def _level(entry: np.ndarray, cutoff: date, draws: int, rng: np.random.Generator) -> Floats:
    """Children a year by draw: those of the last twelve months, times a factor as far from 1 as each of the last years was from the one before."""
    day = np.datetime64(cutoff, "D")
    counts = [float(((entry > day - np.timedelta64(365 * (k + 1), "D")) & (entry <= day - np.timedelta64(365 * k, "D"))).sum()) for k in range(YEARS_SEEN + 1)]
    changes = [np.log(a / b) for a, b in itertools.pairwise(counts) if a > 0 and b > 0]
    spread = max(float(np.sqrt(np.mean(np.square(changes)))) if changes else 0.0, STARTERS_SD.value)
    return np.asarray(rng.gamma(counts[0] + 0.5, 1.0, draws) * np.exp(rng.normal(0.0, spread, draws) - spread**2 / 2), dtype=np.float64)


def _leave_rate(known: BudgetData, cutoff: date) -> float:
    """The share of placements that ended in a month of September to June of the years before."""
    counts = survival.exit_counts(known.placements, cutoff, HISTORY_YEARS, known.settings).sum()
    return float(counts["in_year_exits"] / max(counts["months"], 1))


def _purses(drawn: Floats, passed: Floats, paid: Floats, committed: Floats) -> pd.DataFrame:
    rows = []
    for name, which in [*((name, [n]) for name, n in _PURSE.items()), ("council", _COUNCIL)]:
        total = drawn[:, :, which].sum(axis=(1, 2))
        rows.append((name, *(float(part[:, which].sum()) for part in (paid, passed, committed)), float(total.mean()), *Outturn.between(total)))
    return pd.DataFrame(rows, columns=["purse", "paid_gbp", "cost_gbp", "committed_gbp", "outturn_gbp", "low_gbp", "high_gbp"]).round(2)


def _months(drawn: Floats, passed: Floats, paid: Floats, committed: Floats, months: list[date], to_go: list[date], which: list[int]) -> pd.DataFrame:
    own = drawn[:, :, which].sum(axis=2)
    low, high = np.percentile(own, [LOW, HIGH], axis=0)
    return pd.DataFrame(
        {
            "period": range(1, 13),
            "month": months,
            "paid_gbp": paid[:, which].sum(axis=1),
            "cost_gbp": passed[:, which].sum(axis=1),
            "committed_gbp": committed[:, which].sum(axis=1),
            "outturn_gbp": own.mean(axis=0),
            "low_gbp": np.minimum(low, own.mean(axis=0)),
            "high_gbp": np.maximum(high, own.mean(axis=0)),
            "is_forecast": [m in to_go for m in months],
        }
    ).round(2)
