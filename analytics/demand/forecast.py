"""A projection as a document and as tables: lots pooled, percentiles, today's children by setting, drivers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.contracts.scope import pool
from analytics.demand.clock import Floats, Ints
from analytics.demand.project import FLOWS, Projection
from data.domain import PHASE_NAMES, Lot

POOL_BELOW = 5.0  # lots with fewer expected children are pooled, need first, then area
POINTS = (10, 50, 90)


def pooled_lots(projection: Projection) -> dict[str, str]:
    """Lot → the lot under which it is told."""
    mean = projection.places.mean(axis=(0, 1))
    return pool(pd.Series(mean, index=list(projection.lots)), POOL_BELOW) if projection.lots else {}


def grouped(values: Ints | Floats, names: list[str]) -> tuple[list[str], Floats]:
    """The last axis added up by name, names in order."""
    found, number = np.unique(np.array(names, dtype=str), return_inverse=True)
    out = np.zeros((*values.shape[:-1], len(found)))
    for k in range(len(found)):
        out[..., k] = values[..., number == k].sum(axis=-1)
    return [str(name) for name in found], out


def points(draws: Floats) -> Floats:
    """P10, P50 and P90 over the draws (the first axis)."""
    return np.asarray(np.percentile(draws, POINTS, axis=0))


def lots_frame(projection: Projection, pooled: dict[str, str] | None = None) -> pd.DataFrame:
    """Places by lot and academic year: one row a lot × year: lot, year, p10, p50, p90, mean (average places over the year)."""
    pooled = pooled if pooled is not None else pooled_lots(projection)
    names, places = grouped(projection.places, [pooled[lot] for lot in projection.lots])
    return _percentiles(places, projection.years, pd.DataFrame({"lot": names}))


def total_frame(projection: Projection) -> pd.DataFrame:
    """All places: one row an academic year: year, p10, p50, p90, mean."""
    return _percentiles(projection.places.sum(axis=2, keepdims=True), projection.years, pd.DataFrame(index=[0]))


def survivors_frame(projection: Projection, pooled: dict[str, str] | None = None) -> pd.DataFrame:
    """Today's children still at each setting: one row a urn × lot × year: survivors_p10, survivors_p50, survivors_p90 (average places over the year)."""
    pooled = pooled if pooled is not None else pooled_lots(projection)
    if not len(projection.cells):
        return pd.DataFrame(columns=["urn", "lot", "year", "survivors_p10", "survivors_p50", "survivors_p90"])
    keys = pd.DataFrame({"urn": projection.cells["urn"].astype(str), "lot": projection.cells["lot"].map(lambda lot: pooled[lot])})
    number = keys.groupby(["urn", "lot"], sort=True).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    cells = keys.iloc[order[starts]].reset_index(drop=True)
    rows = []
    for t, year in enumerate(projection.years):
        months = np.add.reduceat(projection.survivors[:, t, order].astype(np.int32), starts, axis=1)
        low, middle, high = points(months / 12.0)
        rows.append(cells.assign(year=year, survivors_p10=low, survivors_p50=middle, survivors_p90=high))
    out = pd.concat(rows, ignore_index=True)
    return out.sort_values(["urn", "lot", "year"], kind="stable").round(2).reset_index(drop=True)


def _percentiles(places: Floats, years: tuple[int, ...], names: pd.DataFrame) -> pd.DataFrame:
    low, middle, high = points(places)
    mean = places.mean(axis=0)
    rows = [names.assign(year=year, p10=low[t], p50=middle[t], p90=high[t], mean=mean[t]) for t, year in enumerate(years)]
    out = pd.concat(rows, ignore_index=True)
    return out.sort_values([c for c in ("lot", "year") if c in out.columns], kind="stable").round(2).reset_index(drop=True)


def drivers_frame(projection: Projection, *, by_phase: bool = False) -> pd.DataFrame:
    """Why places change, on average over the draws: one row a year (to the anniversary of the as-at date) and, if asked, phase.

    Columns: year (ends in), start, entries, exits, moves_in, moves_out, ageing, end: start + entries - exits + moves_in - moves_out + ageing = end, exactly.
    """
    names = [PHASE_NAMES[Lot.parse(lot).phase] for lot in projection.lots] if by_phase else ["All"] * len(projection.lots)
    found, stock = grouped(projection.stock, names)
    flows = {name: grouped(projection.flows[name], names)[1].mean(axis=0) for name in FLOWS}
    level = stock.mean(axis=0)
    rows = [
        {"ends": projection.as_at.year + h + 1, "phase": name, "start": level[h, k], **{f: flows[f][h, k] for f in FLOWS}, "end": level[h + 1, k]}
        for k, name in enumerate(found)
        for h in range(len(projection.years))
    ]
    return pd.DataFrame(rows)


def ages_frame(projection: Projection) -> pd.DataFrame:
    """Children by academic age on the as-at date and its anniversaries: one row an age × date: ends (calendar year), age, mean, p10, p90."""
    low, _, high = points(projection.ages)
    mean = projection.ages.mean(axis=0)
    rows = [
        {"ends": projection.as_at.year + h, "age": age, "mean": mean[h, age], "p10": low[h, age], "p90": high[h, age]}
        for h in range(mean.shape[0])
        for age in range(mean.shape[1])
    ]
    return pd.DataFrame(rows)


def document(projection: Projection, backtest: dict[str, Any]) -> dict[str, Any]:
    """What the forecast command answers."""
    pooled = pooled_lots(projection)
    entering, filled = projection.found.entering, projection.found.fill
    return {
        "as_at": projection.as_at,
        "draws": projection.draws,
        "seed": projection.seed,
        "lots": records(lots_frame(projection, pooled)),
        "settings": records(survivors_frame(projection, pooled)),
        "total": records(total_frame(projection)),
        "drivers": records(drivers_frame(projection).drop(columns="phase").round(2)),
        "entries": {"by_year_back": list(entering.windows), "growth_a_year": round(entering.growth, 4)},
        "fill": {"share": round(filled.overall, 4), "stages": records(filled.stages.round(4))},
        "levers": projection.levers.to_json(),
        "basis": list(projection.basis),
        "backtest": backtest,
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain records, numpy's numbers as Python's."""
    return [{str(k): (v.item() if isinstance(v, np.generic) else v) for k, v in row.items()} for row in frame.to_dict("records")]
