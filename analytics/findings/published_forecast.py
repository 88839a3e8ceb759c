"""How many places might an area need, from published counts alone?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics import published_demand as model
from analytics.figures import Figure, Finding, Table

RANGE = "P10 to P90"
_METHOD = f"""
**Counts.** Each area's places in January, as published. Nothing of a single child is used, so the forecast knows no ages, needs or lots.

**Method.** All areas share one growth for each past year. An area's own growth departs from it; how far such departures last is learned from all
areas together, and an area's own trend counts only that far. It fades by {1 - model.FADE.value:.0%} a year. The common growth goes on, damped as far as past
years do not contradict it. Jumps that no trend explains are read as a new level. Small counts vary more. What is not known of any of this is in the
range: in one of ten futures the count is below P10, in one of ten above P90.

**Tried on real counts.** Looking back from January 2022 and 2023 on DfE's counts of councils with 50 places or more, about eight in ten counts fell within the
range. Half the forecasts were within 11% of what came a year later and 17% two years later: at two years better than the last value, the council's own
growth, a straight line or national growth; at one year no better than a straight line (docs/published-forecast.md).

Limits: a council's plans, a new school, a change of policy or of recording are not known to it. A forecast is not a target.
"""


def nothing(version: str) -> Finding:
    """What the page says before any counts were added."""
    said = "No published counts are known here. Add a CSV of area, year and places, or DfE's caseload on the page Comparison."
    return Finding(said, (), {}, _METHOD, version)


def published_forecast(history: pd.DataFrame, found: model.PublishedForecast, area: str, source: str, version: str) -> Finding:
    """The page's finding for one area. `history`: one row an area × year (area, year, places), from which `found` was made; `source`: its file."""
    ours = found.areas[found.areas["area"] == area]
    counted = history[(history["area"] == area) & history["places"].notna()].sort_values("year")
    if ours.empty or counted.empty:
        return Finding(f"There is no count of {area} in {source} that a forecast can begin from; choose another area.", (), {}, _METHOD, version)
    tables = {
        "fan": _fan(counted, ours, area, source),
        "index": _index(history, found, counted, ours, area, source),
        "areas": _areas(found, source),
    }
    figures = (_last(counted, area, source), *(_ahead(row, area, source) for row in _first_and_last(ours)), _path(found, source))
    headlines = {"fan": f"{area}: {_range(ours.iloc[-1])} places in January {int(ours['year'].iloc[-1])}"}
    return Finding(_answer(counted, ours, found, area), figures[:4], tables, _METHOD, version, _notes(found, area), headlines)


def _first_and_last(ours: pd.DataFrame) -> list[pd.Series]:
    return [ours.iloc[0]] if len(ours) == 1 else [ours.iloc[0], ours.iloc[-1]]


def _range(row: pd.Series) -> str:
    return f"{row['p10']:,.0f} to {row['p90']:,.0f}"


def _answer(counted: pd.DataFrame, ours: pd.DataFrame, found: model.PublishedForecast, area: str) -> str:
    row, last = ours.iloc[-1], counted.iloc[-1]
    path = found.path.iloc[-1]
    said = f"In January {int(row['year'])} {area} might need {row['p50']:,.0f} places, in eight of ten futures {_range(row)}, "
    said += f"against {last['places']:,.0f} in January {int(last['year'])}"
    return f"{said}." if area == found.path_name else f"{said}; {_together(found)} might need {path['p50']:,.0f} ({_range(path)})."


def _together(found: model.PublishedForecast) -> str:
    return "all areas together" if found.path_name == model.ALL_AREAS else found.path_name


def _last(counted: pd.DataFrame, area: str, source: str) -> Figure:
    last = counted.iloc[-1]
    year = int(last["year"])
    return Figure(area, round(float(last["places"])), "places", f"Counted, January {year}", date(year, 1, 15), source, "As published.")


def _ahead(row: pd.Series, area: str, source: str) -> Figure:
    year = int(row["year"])
    low, value, high = (round(float(row[name])) for name in ("p10", "p50", "p90"))
    return Figure(
        f"{area}, January {year}", value, "places", "Forecast from counts alone", None, source, "Median of draws.", low=low, high=high, interval=RANGE
    )


def _path(found: model.PublishedForecast, source: str) -> Figure:
    row = found.path.iloc[-1]
    low, value, high = (round(float(row[name])) for name in ("p10", "p50", "p90"))
    label = f"{found.path_name}, January {int(row['year'])}"
    return Figure(label, value, "places", "Forecast from counts alone", None, source, "Median of draws.", low=low, high=high, interval=RANGE)


def _notes(found: model.PublishedForecast, area: str) -> tuple[str, ...]:
    """Of jumps only the area's own; they are all in the command's answer."""
    own = [told for told in found.told if told.startswith(f"{area}: ") or not told.endswith(model.JUMP_SAID)]
    return ("Children's ages and needs are not known to this forecast; load plans and placements for a forecast by lot.", *own)


def _fan(counted: pd.DataFrame, ours: pd.DataFrame, area: str, source: str) -> Table:
    """One row a January, counted then forecast. Counted rows have no range."""
    past = pd.DataFrame({"year": counted["year"], "what": "counted", "low": float("nan"), "middle": counted["places"].astype(float), "high": float("nan")})
    ahead = pd.DataFrame({"year": ours["year"], "what": "forecast", "low": ours["p10"], "middle": ours["p50"], "high": ours["p90"]})
    frame = pd.concat([past, ahead], ignore_index=True)
    frame["year"] = frame["year"].astype(int).astype(str)
    frame[["low", "middle", "high"]] = frame[["low", "middle", "high"]].astype(float).round()
    columns = {"year": "January", "what": "Counted or forecast", "middle": "Places", "low": "P10", "high": "P90"}
    units = {"year": "text", "what": "text", "middle": "places", "low": "places", "high": "places"}
    return Table(f"Places of {area}", "Places in January, counted and forecast, with P10 to P90", source, frame, columns, units)


def _index(history: pd.DataFrame, found: model.PublishedForecast, counted: pd.DataFrame, ours: pd.DataFrame, area: str, source: str) -> Table:
    """One row a series × January: the area and the path of all, each with its last count (or the last year's) as 100."""
    known = history.dropna(subset=["places"])
    if found.path_name == model.ALL_AREAS:
        whole = _chained(known, found.origin)
    else:
        whole = known[known["area"] == found.path_name].set_index("year")["places"].astype(float)
    parts = [_series(area, counted.set_index("year")["places"].astype(float), ours)]
    if area != found.path_name:
        parts.append(_series(found.path_name, whole, found.path))
    frame = pd.concat(parts, ignore_index=True)
    columns, units = {"series": "Area", "year": "January", "index": "Index"}, {"series": "text", "year": "text", "index": "records"}
    title = f"{area} beside {_together(found)}"
    return Table(title, "Places in January, the last count of each being 100; medians after it", source, frame, columns, units)


def _chained(known: pd.DataFrame, origin: int) -> pd.Series:
    """All areas by year: yearly growths of those counted in both years, chained back from the last year's sum, so that a missing area is no fall."""
    table = known.pivot(index="area", columns="year", values="places").astype(float)
    level = {origin: float(table[origin].sum())}
    for year in sorted((y for y in known["year"].astype(int).unique() if y < origin), reverse=True):
        after = min(level)
        both = table[[year, after]].dropna()
        level[year] = level[after] * float(both[year].sum() / both[after].sum()) if both[after].sum() else level[after]
    return pd.Series(level).sort_index()


def _series(name: str, counts: pd.Series, ahead: pd.DataFrame) -> pd.DataFrame:
    level = pd.concat([counts, ahead.set_index("year")["p50"].astype(float)])
    base = float(counts.iloc[-1]) or 1.0
    return pd.DataFrame({"series": name, "year": level.index.astype(int).astype(str), "index": (100 * level / base).round(1).to_numpy()})


def _areas(found: model.PublishedForecast, source: str) -> Table:
    """One row an area × year ahead."""
    frame = found.areas.assign(year=found.areas["year"].astype(int).astype(str))
    frame[["p10", "p50", "p90"]] = frame[["p10", "p50", "p90"]].round()
    columns = {"area": "Area", "year": "January", "p10": "P10", "p50": "P50", "p90": "P90"}
    units = {"area": "text", "year": "text", "p10": "places", "p50": "places", "p90": "places"}
    return Table("Forecast by area", "Places in January; one of ten futures is below P10, one of ten above P90", source, frame, columns, units)
