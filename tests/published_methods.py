"""Ways to carry published counts forward, against which the forecast is held, and the looking back over real counts.

Each method takes a table of counts (areas × consecutive years, the last is the origin) and years ahead, and answers a Series by area.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.published_demand import LINE, forecast

Method = Callable[[pd.DataFrame, int], pd.Series]
LEAST = 50  # places at the origin
SERIES = {  # kinds of provision in DfE's caseload: the first is what is forecast, the others help to choose a method
    "independent and non-maintained": ("special_independent", "special_non_maintained"),
    "state special": ("special_la_maintained", "special_academy_free"),
    "mainstream maintained": ("mainstream_la_maintained",),
    "mainstream academy": ("mainstream_academy",),
    "further education": ("general_fe_tertiary_colleges",),
    "specialist post-16": ("specialist_post_16_institutions",),
}


def tables(path: str) -> dict[str, pd.DataFrame]:
    """Counts by council and January for each kind of provision; a council that is never counted is left out."""
    raw = pd.read_csv(path, dtype=str)
    rows = raw[(raw["geographic_level"] == "Local authority") & (raw["breakdown_topic"] == "All EHC plans")]
    year = rows["time_period"].str[:4].astype(int) + 1
    found = {}
    for name, columns in SERIES.items():
        counts = sum(pd.to_numeric(rows[column], errors="coerce") for column in columns)
        table = pd.DataFrame({"area": rows["la_name"], "year": year, "places": counts}).pivot(index="area", columns="year", values="places")
        found[name] = table[table.notna().any(axis=1)]
    return found


def last_value(table: pd.DataFrame, ahead: int) -> pd.Series:
    return table.iloc[:, -1]


def own_growth(table: pd.DataFrame, ahead: int) -> pd.Series:
    """The area's own growth of the last two years (one where there is one) goes on."""
    back = min(2, table.shape[1] - 1)
    return table.iloc[:, -1] * (table.iloc[:, -1] / table.iloc[:, -1 - back].where(lambda v: v > 0)) ** (ahead / back)


def straight_line(table: pd.DataFrame, ahead: int) -> pd.Series:
    """Least squares through all the area's counts."""
    x = np.arange(table.shape[1], dtype=float)
    out = {}
    for area, row in table.iterrows():
        known = row.notna().to_numpy()
        fit = np.polyfit(x[known], row[known].to_numpy(float), 1) if known.sum() > 1 else (np.nan, np.nan)
        out[area] = max(fit[0] * (len(x) - 1 + ahead) + fit[1], 0.0)
    return pd.Series(out)


def national_growth(table: pd.DataFrame, ahead: int) -> pd.Series:
    """The last year's growth of the areas counted in both years goes on in each."""
    both = table.iloc[:, -2:].dropna().sum()
    return table.iloc[:, -1] * (both.iloc[1] / both.iloc[0]) ** ahead


def _departures(table: pd.DataFrame) -> tuple[float, pd.Series, pd.Series]:
    """Common growth a year in logs; each area's mean departure (a year's cut at a fifth); how many years it rests on."""
    logs = np.log(table + 0.5)
    growth = logs.diff(axis=1).iloc[:, 1:]
    common = growth[table.iloc[:, -1] >= 20].median()
    apart = (growth - common).clip(-0.2, 0.2)
    return float(common.mean()), apart.mean(axis=1).fillna(0.0), apart.notna().sum(axis=1)


def shrunken_growth(table: pd.DataFrame, ahead: int) -> pd.Series:
    """Common growth damped by 0.85 a year, and the area's departure times the share of it that lasts if departures spread by 8% and chance by √(0.01 + 1/n)."""
    common, apart, years = _departures(table)
    lasts = 0.08**2 / (0.08**2 + (0.01 + 1 / table.mean(axis=1).clip(lower=1)) / years.clip(lower=1))
    fade = np.cumsum(0.85 ** np.arange(1, ahead + 1))[-1]
    return table.iloc[:, -1] * np.exp(common * fade + lasts * apart * fade)


def shrunken_line(table: pd.DataFrame, ahead: int) -> pd.Series:
    """The same number of places more each year: 0.6 of the common slope for the area's size, 0.4 of its own."""
    common, _, _ = _departures(table)
    span = table.shape[1] - 1
    slope = (1 - np.exp(-common * span)) / span
    own = ((table.iloc[:, -1] - table.iloc[:, 0]) / span / table.iloc[:, -1].where(lambda v: v > 0)).clip(slope - 0.25, slope + 0.25).fillna(slope)
    return table.iloc[:, -1] * (1 + ahead * (slope + 0.4 * (own - slope)))


def ranges(table: pd.DataFrame, years: int, line: float = LINE.value) -> pd.DataFrame:
    """The product's forecast from a table: area, year, p10, p50, p90."""
    return forecast(table.stack().rename("places").rename_axis(["area", "year"]).reset_index(), years, line=line).areas


def pooled_growth(table: pd.DataFrame, ahead: int) -> pd.Series:
    """The product's pooled growth without the line."""
    return ranges(table, ahead, line=0.0).pivot(index="area", columns="year", values="p50").iloc[:, -1]


BASELINES: dict[str, Method] = {
    "last value": last_value,
    "own two-year growth": own_growth,
    "straight line": straight_line,
    "national growth": national_growth,
}
OTHERS: dict[str, Method] = {"shrunken growth": shrunken_growth, "shrunken line": shrunken_line, "pooled growth, no line": pooled_growth}
MINE = "this forecast"


def looked_back(table: pd.DataFrame, origin: int, years: int) -> pd.DataFrame:
    """One row a council of 50 places or more at `origin` × year ahead: origin, ahead, actual, each method's number, low, high. Counts up to the origin only."""
    known = table.loc[:, :origin]
    known = known[known.notna().any(axis=1)]
    drawn = ranges(known, years).set_index(["area", "year"])
    parts = []
    for ahead in range(1, years + 1):
        if origin + ahead not in table:
            continue
        part = pd.DataFrame({name: method(known, ahead) for name, method in {**BASELINES, **OTHERS}.items()})
        mine = drawn.xs(origin + ahead, level="year")
        part = part.assign(**{MINE: mine["p50"], "low": mine["p10"], "high": mine["p90"], "actual": table[origin + ahead], "origin": origin, "ahead": ahead})
        parts.append(part[known[origin].ge(LEAST) & part.notna().all(axis=1) & part["actual"].gt(0)].reset_index(names="area"))
    return pd.concat(parts, ignore_index=True)


def errors(rows: pd.DataFrame, name: str) -> pd.Series:
    """Absolute error as a share of what came."""
    return (rows[name] - rows["actual"]).abs() / rows["actual"]


def log_errors(rows: pd.DataFrame, name: str) -> pd.Series:
    """Absolute error in logs, each cut at a half: its mean is steadier than a median of few, and not ruled by the worst."""
    return np.log(rows[name].clip(lower=0.5) / rows["actual"]).abs().clip(upper=0.5)


def difference(
    rows: pd.DataFrame, name: str, error: Callable[[pd.DataFrame, str], pd.Series], middle: Callable[..., float], times: int = 2000, seed: int = 1
) -> tuple[float, float, float]:
    """The forecast's `middle` error less that of a baseline, and its 95% interval over councils drawn again whole, with all their origins."""
    mine, other = error(rows, MINE).to_numpy(), error(rows, name).to_numpy()
    places = [np.flatnonzero(rows["area"] == area) for area in rows["area"].unique()]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(times):
        take = np.concatenate([places[k] for k in rng.integers(len(places), size=len(places))])
        drawn.append(middle(mine[take]) - middle(other[take]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(middle(mine) - middle(other)), float(low), float(high)
