"""A measure over time: what was seen and what was expected at each setting in each period, and how its periods hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.benchmark.henderson import Floats, totals
from analytics.outcomes import quasi
from analytics.outcomes.design import Rows, by_period, usable
from analytics.outcomes.measures import Measure
from data.domain import academic_year_name

YEARS = 8  # academic years looked back on
TERM_DAYS = 140  # periods that are shorter in the middle are terms
TERMS = ("autumn", "spring", "summer")
_TERM = np.array([1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0])  # by month from January
YEAR_COLUMNS = ["measure", "urn", "period", "period_name", "n", "raw", "expected"]
DRIFTS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6])
UNSEEN = 1e6  # variance of a period without children


@dataclass(frozen=True)
class Panel:
    """`rows`: one a child at a setting and period; `names` of the periods. `d`, `told`: by setting and period, the departure from the setting's own
    level in logits or logs, and its precision. `together`: covariance of the departures, since children stay. `lasting`: how much of the unevenness
    stays a child's own. `drift`: standard deviation by which a setting moves from period to period beyond its children.
    """

    rows: Rows
    fit: quasi.Fitted
    names: list[str]
    d: Floats
    told: Floats
    together: Floats
    lasting: float
    drift: float

    @property
    def looks_a_year(self) -> int:
        return len(TERMS) if any(" " in name for name in self.names) else 1


def panel(frame: pd.DataFrame, measure: Measure, last_ay: int) -> Panel | None:
    """The measure's last academic years; None where there are no rows."""
    rows, _ = usable(frame, measure)
    rows = rows[(rows["ay"] > last_ay - YEARS) & (rows["ay"] <= last_ay)].reset_index(drop=True)
    if rows.empty:
        return None
    period, names = periods(rows)
    r = by_period(rows, measure, period)
    f = quasi.fit(r)
    mu = quasi.mean(f.linear + f.effect[r.setting], r)
    steps = np.maximum(quasi.slope(mu, r), 1e-6)
    cell, shape = r.setting * len(names) + r.period, (r.settings, len(names))
    told, off = (totals(cell, w, shape[0] * shape[1]).reshape(shape) for w in (f.weight * steps, f.weight * quasi.residual(mu, r)))
    d = off / np.where(told > 0, told, 1.0)
    lasting = _lasting(mu, r, f.spread)
    together = _together(r, f, mu, told, lasting)
    drift = _drift(d, together, f.var_setting + f.var_group, told)
    return Panel(r, f, names, d, told, together, lasting, drift)


def periods(rows: pd.DataFrame) -> tuple[NDArray[np.int64], list[str]]:
    """Number of each row's period from the first, and their names: academic years, or terms where most periods are that short."""
    ay = rows["ay"].to_numpy(np.int64)
    if float((rows["period_end"] - rows["period_start"]).dt.days.median()) > TERM_DAYS:
        return ay - ay.min(), [academic_year_name(int(year)) for year in range(int(ay.min()), int(ay.max()) + 1)]
    at = ay * len(TERMS) + _TERM[rows["period_start"].dt.month.to_numpy() - 1]
    return at - at.min(), [f"{academic_year_name(int(k) // len(TERMS))} {TERMS[int(k) % len(TERMS)]}" for k in range(int(at.min()), int(at.max()) + 1)]


def years(p: Panel, measure: Measure) -> pd.DataFrame:
    """One row a setting and period, and with an empty urn one for all: children, rate per 100 as reported, and expected for those children."""
    r, last = p.rows, len(p.names)
    mu = quasi.mean(p.fit.linear, r) * (r.n if r.share else 1.0)
    parts = []
    for urns, setting in ((np.array([""], object), np.zeros(len(r.y), np.int64)), (r.urns.to_numpy(object), r.setting)):
        cell = setting * last + r.period
        n, y, size, due = (np.bincount(cell, w, len(urns) * last) for w in (None, r.y, r.n, mu))
        on = np.flatnonzero(n)
        values = [measure.name, urns[on // last], on % last, np.array(p.names, object)[on % last], n[on], 100 * y[on] / size[on], 100 * due[on] / size[on]]
        parts.append(pd.DataFrame(dict(zip(YEAR_COLUMNS, values, strict=True))))
    return pd.concat(parts, ignore_index=True)


def _lasting(mu: Floats, r: Rows, spread: float) -> float:
    """The part of ρ or α that two periods of one child share, by moments over pairs."""
    e = quasi.residual(mu, r) / (np.sqrt(np.maximum(mu * (1 - mu), quasi.LEAST_MEAN)) if r.share else np.maximum(mu, 1e-6))
    weight = np.ones(len(e)) if r.share else mu
    size = int(r.child.max()) + 1
    pairs = np.bincount(r.child, weight, size) ** 2 - np.bincount(r.child, weight**2, size)
    products = np.bincount(r.child, weight * e, size) ** 2 - np.bincount(r.child, (weight * e) ** 2, size)
    return float(np.clip(products.sum() / pairs.sum(), 0.0, spread)) if pairs.sum() > 0 else 0.0


def _together(r: Rows, f: quasi.Fitted, mu: Floats, told: Floats, lasting: float) -> Floats:
    """Covariance of a setting's departures: their own chance, and what children who stay carry from one period to the next."""
    last = told.shape[1]
    part = np.zeros((int(r.child.max()) + 1, last))
    part[r.child, r.period] = f.weight * (np.sqrt(np.maximum(quasi.slope(mu, r), 0)) if r.share else mu)
    setting = np.zeros(len(part), np.int64)
    setting[r.child] = r.setting
    shared = np.zeros((len(told), last, last))
    np.add.at(shared, setting, lasting * part[:, :, None] * part[:, None, :])
    scale = np.where(told > 0, told, np.inf)
    out = shared / scale[:, :, None] / scale[:, None, :]
    diagonal = np.arange(last)
    out[:, diagonal, diagonal] = np.where(told > 0, 1 / np.where(told > 0, told, 1.0), UNSEEN)
    return np.asarray(out, dtype=np.float64)


def _drift(d: Floats, together: Floats, between: float, told: Floats) -> float:
    """Standard deviation of a setting's moves from period to period, by likelihood over a few values."""

    def log_likelihood(drift: float) -> float:
        whole = omega(together, between, drift)
        _, size = np.linalg.slogdet(whole)
        return float(-0.5 * (size + (d * solved(whole, d)).sum(1)).sum())

    seen = (told > 0).sum(1) > 1
    if not seen.any():
        return 0.0
    d, together = d[seen], together[seen]
    log = np.array([log_likelihood(v) for v in DRIFTS])
    share = np.exp(log - log.max())
    return float(share @ DRIFTS / share.sum())


def omega(together: Floats, between: float, drift: float) -> Floats:
    """Covariance of departures over periods where nothing changed: chance, children who stay, moves from period to period, and the setting's level."""
    return together + drift**2 * np.eye(together.shape[1]) + between


def solved(whole: Floats, d: Floats) -> Floats:
    """Ω⁻¹ d for each setting."""
    return np.asarray(np.linalg.solve(whole, d[..., None])[..., 0], dtype=np.float64)
