"""Places ahead from published counts by area and year alone, for a council without child-level data: pooled growth, with its uncertainty.

`forecast` is the boundary. An area's own trend is shrunk towards the growth common to all areas as far as the counts say that trends last; the common
growth is damped, and the whole is combined with the area's own straight line. No count after the last year given is used, nothing of a single child is.
See docs/published-forecast.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.params import Parameter
from analytics.published_demand.line import LINE, along, combined
from analytics.published_demand.paths import draw
from analytics.published_demand.pooling import FADE, HALF, Counts, Floats, fit
from data.errors import InputRejected

__all__ = ["ALL_AREAS", "DRAWS", "FADE", "JUMP_SAID", "LINE", "MOST_YEARS", "PublishedForecast", "forecast"]
DRAWS = 2000
MOST_YEARS = 10
NATIONAL = ("england", "total", "e92000001")  # an area of one of these names is the path of all areas, not one of them
ALL_AREAS = "All areas"
HISTORY = Parameter("published_history", 12, "years", 2, 20, "Assumption", "Older counts are not read: growth of long ago says little of growth now")
GAP = 3  # an area without a count in so many of the last years is told
_JUMP, _JUMP_SIZE = 0.25, 0.4
JUMP_SAID = "read as a new level, not as growth."  # how a sentence about a jump ends


@dataclass(frozen=True)
class PublishedForecast:
    """`areas`: one row an area × year ahead: area, year, p10, p50, p90 (places). `path`: the same for England where the file has it, else the areas together.

    `origin`: the last year with a count. `path_name` says which path. `told`: what a reader must know of the counts, one sentence each.
    """

    areas: pd.DataFrame
    path: pd.DataFrame
    path_name: str
    origin: int
    told: tuple[str, ...]


def forecast(history: pd.DataFrame, years: int = 3, *, draws: int = DRAWS, seed: int = 1, line: float = LINE.value) -> PublishedForecast:
    """P10, P50 and P90 of each area's places in the `years` Januaries after the last one in `history`.

    `history`: one row an area × year: area, year, places (missing where not published). The order of rows makes no difference; the same seed gives the
    same numbers. `line`: weight of the area's own straight line. ValueError when `years` is not 1 to 10; InputRejected when the last 12 years hold
    counts of fewer than two.
    """
    if not 1 <= years <= MOST_YEARS:
        raise ValueError(f"years ahead must be 1 to {MOST_YEARS}")
    known = history.dropna(subset=["places"])
    origin = int(known["year"].max()) if len(known) else 0
    recent = known[known["year"] > origin - int(HISTORY.value)]
    if recent["year"].nunique() < 2:
        raise InputRejected(f"There are counts of fewer than two years within {HISTORY.value:.0f}; growth needs two at least.", "one_year")
    table = recent.pivot(index="area", columns="year", values="places").astype(float)
    table = table.reindex(columns=range(int(recent["year"].min()), origin + 1)).sort_index()
    national = np.array([str(name).strip().casefold() in NATIONAL for name in table.index])
    counts = Counts(table.to_numpy(), national)
    found = fit(counts)
    drawn = draw(found, years, draws, np.random.default_rng(seed))
    drawn = combined(drawn, along(counts.places, _jumped(table, found.jumps), years), line)
    ahead = list(range(origin + 1, origin + years + 1))
    path_name, path = _path(drawn, table, national)
    quantiles = pd.concat([_quantiles(str(area), drawn[:, row], ahead) for row, area in enumerate(table.index)], ignore_index=True)
    told = (*_told_of_years(known, table, origin), *_told_of_jumps(table, found.jumps))
    return PublishedForecast(quantiles, _quantiles(path_name, path, ahead), path_name, origin, told)


def _quantiles(area: str, drawn: Floats, ahead: list[int]) -> pd.DataFrame:
    low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)
    return pd.DataFrame({"area": area, "year": ahead, "p10": low, "p50": middle, "p90": high})


def _path(drawn: Floats, table: pd.DataFrame, national: np.ndarray) -> tuple[str, Floats]:
    """England's draws where it is an area of the file; else the sum over areas with a count in the last year."""
    if national.any():
        row = int(np.flatnonzero(national)[0])
        return str(table.index[row]), drawn[:, row]
    return ALL_AREAS, np.asarray(drawn[:, table.iloc[:, -1].notna().to_numpy()].sum(axis=1))


def _told_of_years(known: pd.DataFrame, table: pd.DataFrame, origin: int) -> list[str]:
    said = []
    first = int(table.columns[0])
    if int(known["year"].min()) < first:
        said.append(f"Counts before January {first} are not used.")
    lost = sorted(set(known["area"].astype(str)) - set(table.index.astype(str)))
    if lost:
        said.append(f"No forecast for {_listed(lost)}: no count since January {first}.")
    ended = [str(area) for area, row in table.iterrows() if row.iloc[-GAP:].isna().all()]
    if ended:
        said.append(f"No count in the last {GAP} years to January {origin} for {_listed(ended)}: if the area has ended, leave it out.")
    once = [str(area) for area, row in table.iterrows() if row.notna().sum() == 1]
    if once:
        said.append(f"One count only for {_listed(once)}: the growth common to all areas stands for its own.")
    return said


def _jumped(table: pd.DataFrame, jumps: Floats) -> np.ndarray:
    """Changes of one year that no trend explains, by area and year: they look like a new boundary or a new way of recording."""
    change = np.diff(np.log(table.to_numpy(float) + HALF), axis=1)
    return np.asarray((jumps < _JUMP) & (np.abs(change) > _JUMP_SIZE))


def _told_of_jumps(table: pd.DataFrame, jumps: Floats) -> list[str]:
    said = []
    for row, step in np.argwhere(_jumped(table, jumps)):
        counts = table.iloc[row]
        before, after = counts.iloc[step], counts.iloc[step + 1]
        said.append(f"{table.index[row]}: {before:,.0f} in January {counts.index[step]}, {after:,.0f} the year after; {JUMP_SAID}")
    return said


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
