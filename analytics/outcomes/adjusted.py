"""How children do at each setting, allowing for who they are: adjusted rates with intervals, and what a reader must know of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.benchmark.henderson import Floats
from analytics.outcomes import quasi
from analytics.outcomes.design import Rows, by_child, usable
from analytics.outcomes.effects import Effects, effects
from analytics.outcomes.measures import Measure

BETTER, WORSE, WITHIN, FEW = "better", "worse", "within", "few"
COLUMNS = [
    "measure", "urn", "n", "numerator", "denominator", "raw", "expected", "adjusted", "low", "high", "effect", "effect_sd", "effect_low",
    "effect_high", "standing",
]  # fmt: skip
MAP_POINTS = 81
LEAST_YEARS = 1.0  # of all children together, below which no rate a year is told


@dataclass(frozen=True)
class OutcomesParams:
    """Assumptions a person may question."""

    window_years: int = 3  # academic years of outcomes that are compared, the current one among them
    fewest: int = 5  # children below which a setting is never told apart
    false_warnings_a_year: float = 2.0  # early warnings that chance alone may raise in a year, over all settings and measures


def adjusted(frame: pd.DataFrame, measure: Measure, last_ay: int, params: OutcomesParams) -> tuple[pd.DataFrame, dict[str, object]]:
    """One row a setting with the measure's outcomes in the window, and a JSON-ready account. Empty frame where nothing can be compared.

    `frame`: as `read_outcome_rows.sql`; rates per 100 (`raw` as reported, `expected` of its own children at an average setting, `adjusted` with its
    95% interval: what all children compared would have there). `effect`, its deviation and ends are in logits of a share, logs of a count.
    """
    rows, left_out = usable(frame, measure)
    inside = rows[(rows["ay"] > last_ay - params.window_years) & (rows["ay"] <= last_ay)].reset_index(drop=True)
    note: dict[str, object] = {"left_out": left_out, "first_ay": last_ay - params.window_years + 1, "last_ay": last_ay, "children": 0, "settings": 0}
    if inside.empty or (not measure.share and inside["n"].sum() < LEAST_YEARS):
        return pd.DataFrame(columns=COLUMNS), note
    r = by_child(inside, measure)
    f = quasi.fit(r)
    e = effects(r, f)
    at, rate = _map(r, f, e)
    found = _settings(r, f, e, at, rate, measure, params)
    band = pd.to_numeric(inside["support_band"], errors="coerce").isna().mean() if "support_band" in inside else 1.0
    return found, note | {
        "children": int(inside["child_id"].nunique()),
        "settings": r.settings,
        "average": _number(float(np.interp(0.0, at, rate))),
        "sd_between": _number(e.sd_between),
        "sd_between_95": [_number(v) for v in e.sd_between_95],
        "spread": _number(f.spread),
        "band_not_recorded": _number(float(band)),
        "settled": f.settled,
    }


def _map(r: Rows, f: quasi.Fitted, e: Effects) -> tuple[Floats, Floats]:
    """Effects, and the rate per 100 that all the children compared would have under each: direct standardisation."""
    reach = float(max(np.abs(np.concatenate([e.low, e.high])).max(), 0.5)) * 1.2
    at = np.linspace(-reach, reach, MAP_POINTS)
    total = r.n.sum()
    each = [quasi.mean(f.linear + step, r) for step in at]
    return at, np.array([100 * float((mu * (r.n if r.share else 1.0)).sum()) / total for mu in each])


def _settings(r: Rows, f: quasi.Fitted, e: Effects, at: Floats, rate: Floats, measure: Measure, params: OutcomesParams) -> pd.DataFrame:
    n = np.bincount(r.setting, minlength=r.settings)
    y, size = (np.bincount(r.setting, w, r.settings) for w in (r.y, r.n))
    mu = quasi.mean(f.linear, r)
    due = np.bincount(r.setting, mu * (r.n if r.share else 1.0), r.settings)
    out = e.low > 0, e.high < 0
    standing = np.where(out[0], BETTER if measure.high_is_good else WORSE, np.where(out[1], WORSE if measure.high_is_good else BETTER, WITHIN))
    standing = np.where(n < params.fewest, FEW, standing)
    rates = [np.interp(v, at, rate) for v in (e.mean, e.low, e.high)]
    values = [measure.name, r.urns.to_numpy(object), n, y, size, 100 * y / size, 100 * due / size, *rates, e.mean, e.sd, e.low, e.high, standing]
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _number(value: float) -> float:
    return round(float(value), 6)
