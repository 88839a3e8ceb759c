"""Looking back: forecasts from what was known one, two and three years ago, held against what then came, and against simpler ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.demand.clock import phase
from analytics.demand.forecast import records
from analytics.demand.history import ANY
from analytics.demand.project import project
from analytics.survival import cohort, days
from data.domain import Lot, academic_year

ORIGINS = (1, 2, 3)  # years back
DRAWS = 200
WAYS = ("forecast", "last_value", "straight_line")
_LEAST_OPEN = 20  # placements at an origin below which nothing is looked back on
_LINE_YEARS = 2  # the straight line goes through the count so many years before the origin


@dataclass(frozen=True)
class Backtest:
    """One row an origin × horizon × lot, all together as lot `All`: origin, years_ahead, on, lot, came, p10, p50, p90, last_value, straight_line."""

    rows: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """How near each way came: one row a scope (all, lots) × horizon: n, mean error of each way (places), bias, coverage of P10 to P90, skill.

        Errors weigh each forecast alike; `bias_pct`: forecast less what came, of what came; skill: 1 - error of the forecast ÷ error of the simpler way.
        """
        out = []
        for scope, rows in (("all", self.rows[self.rows["lot"] == "All"]), ("lots", self.rows[self.rows["lot"] != "All"])):
            for ahead, part in rows.groupby("years_ahead"):
                error = {way: float((part[_COLUMN[way]] - part["came"]).abs().mean()) for way in WAYS}
                came = float(part["came"].sum())
                out.append(
                    {
                        "scope": scope,
                        "years_ahead": int(str(ahead)),
                        "n": len(part),
                        **{f"error_{way}": round(error[way], 2) for way in WAYS},
                        "error_pct": round(100 * float((part["p50"] - part["came"]).abs().sum()) / came, 2) if came else None,
                        "bias_pct": round(100 * float((part["p50"] - part["came"]).sum()) / came, 2) if came else None,
                        "coverage_pct": round(100 * float(part["came"].between(part["p10"], part["p90"]).mean()), 1),
                        **{f"skill_{way}": round(1 - error["forecast"] / error[way], 3) if error[way] else None for way in WAYS[1:]},
                    }
                )
        return pd.DataFrame(out)

    def to_json(self) -> dict[str, Any]:
        """Rows of the whole, and the summary; empty where there is nothing to look back on."""
        if self.rows.empty:
            return {"origins": [], "summary": [], "why_not": "The records do not reach back far enough, or hold no placement that ended."}
        everything = self.rows[self.rows["lot"] == "All"].drop(columns="lot")
        return {"origins": records(everything.round(2)), "summary": records(self.summary())}


_COLUMN = {"forecast": "p50", "last_value": "last_value", "straight_line": "straight_line"}


def backtest(
    placements: pd.DataFrame,
    as_at: date,
    *,
    settings: pd.DataFrame | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    origins: Sequence[int] = ORIGINS,
    tell: Callable[[float], object] | None = None,
) -> Backtest:
    """Forecasts from earlier days, with only what had happened by then, against places that came on the anniversaries up to `as_at`.

    Frames and `tell` as `project`. An origin without placements or leavers before it is left out: a register of open placements says nothing of the past.
    """
    found = []
    for place, back in enumerate(origins):
        if tell is not None:
            tell(place / len(origins))
        origin = _years_before(as_at, back)
        stock = _stock(placements, origin)
        left = (days(placements["leaving_date"]) < np.datetime64(origin, "D")).sum()
        if stock.sum() < _LEAST_OPEN or not left:
            continue
        seen = project(placements, origin, years=back, draws=draws, seed=seed, settings=settings)
        before = _stock(placements, _years_before(origin, _LINE_YEARS))
        for ahead in range(1, back + 1):
            came = _stock(placements, _years_before(as_at, back - ahead))
            drawn = pd.DataFrame(seen.stock[:, ahead], columns=list(seen.lots))
            found.append(_rows(drawn, came, stock, before, origin, ahead))
    return Backtest(pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_ROWS))


_ROWS = ["origin", "years_ahead", "lot", "came", "p10", "p50", "p90", "last_value", "straight_line"]


def _rows(drawn: pd.DataFrame, came: pd.Series, stock: pd.Series, before: pd.Series, origin: date, ahead: int) -> pd.DataFrame:
    """One row a kind of place, small ones left out, and one for all. Kinds are need × phase × residence here: areas alone are too small to score."""
    frames = [s.groupby(_kind).sum() for s in (came, stock, before)]
    kinds = drawn.T.groupby(_kind).sum().T
    names = [name for name in frames[1].index if frames[1][name] >= _LEAST_OPEN]
    out = []
    for name in ["All", *names]:
        column = drawn.sum(axis=1) if name == "All" else kinds[name] if name in kinds else pd.Series(0.0, index=drawn.index)
        was, last, earlier = (float(f.sum() if name == "All" else f.get(name, 0.0)) for f in frames)
        low, middle, high = np.percentile(column, (10, 50, 90))
        line = max(last + (last - earlier) * ahead / _LINE_YEARS, 0.0)
        out.append(dict(zip(_ROWS, (origin, ahead, name, was, low, middle, high, last, line), strict=True)))
    return pd.DataFrame(out)


def _kind(lot: str) -> str:
    return lot.partition("@")[0]


def _stock(placements: pd.DataFrame, on: date) -> pd.Series:
    """Places open on a day by lot."""
    today = np.datetime64(on, "D")
    here = placements[(days(placements["entry_date"]) <= today) & (days(placements["leaving_date"]) >= today)]
    if here.empty:
        return pd.Series(dtype=float)
    at = phase(academic_year(on) - cohort(here["birth_month"]))
    columns = (here["primary_need"], here["residence_group"], here["area"].fillna(ANY), at)
    lots = [Lot(str(need), ("primary", "secondary", "post16")[p], str(residence), str(area)).id for need, residence, area, p in zip(*columns, strict=True)]
    return pd.Series(1.0, index=lots).groupby(level=0).sum()


def _years_before(day: date, years: int) -> date:
    """The same day some years before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
