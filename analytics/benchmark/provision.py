"""Provision given need: how much one-to-one, therapy and boarding children get at a setting, against children with like needs at the others.

The other view beside price given provision, and never mixed with it: a setting may itself have proposed the one-to-one that its price is then
compared at. Nobody is flagged here; differences are listed with their intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

Floats = NDArray[np.float64]
NEEDS = ("primary_need", "support_band", "phase")  # each finer than the one before, and leaning on it
LEAN = 10.0  # children's worth of the coarser mean that a finer one leans on
BUCKETS = 5
BELIEF = 20.0  # children's worth of the overall spread that a bucket's leans on
SPREADS = 25
DAY = "day"


@dataclass(frozen=True)
class Measure:
    """One kind of provision: its name, its unit, and whether it is a share of children."""

    name: str
    title: str
    unit: str
    is_share: bool = False


MEASURES = (
    Measure("one_to_one_hours_week", "One-to-one support", "hours a week"),
    Measure("therapy_hours_year", "Therapy", "hours a year"),
    Measure("residential_share", "Residential places", "share of children", is_share=True),
)
COLUMNS = ["urn", "measure", "n", "actual", "expected", "difference", "difference_low", "difference_high", "differs"]


@dataclass(frozen=True, eq=False)
class Provision:
    """`settings`: one row a setting and measure that is recorded for any child there; `not_recorded`: share of children by measure."""

    settings: pd.DataFrame
    not_recorded: dict[str, float]
    withheld: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Of the `benchmark` command, beside price given provision."""
        rows = self.settings.assign(differs=self.settings["differs"].astype(bool)).to_dict("records")
        settings = [{str(c): round(v, 4) if isinstance(v, float) else v for c, v in row.items()} for row in rows]
        return {
            "view": "provision given need",
            "difference": "actual less expected, drawn towards the others' for what few children can say, with a 95% interval",
            "not_recorded": self.not_recorded,
            "differences_withheld": list(self.withheld),
            "settings": settings,
        }


def provision(frame: pd.DataFrame, minimum_n: int = 5, most_unknown: float = 0.30) -> Provision:
    """How much provision do children get at each setting, against children of like needs elsewhere?

    `frame`: one row a placement: urn, residence, and as far as known primary_need, support_band, phase, one_to_one_hours_week and
    therapy_hours_year. Expected: what children at other settings get, by need, then band, then phase, each mean leaning on the coarser one.
    `differs`: the whole 95% interval of the difference lies away from 0, at least `minimum_n` children, and the measure is not recorded for
    at most `most_unknown` of all. Hours a week, hours a year, share of children.
    """
    rows = frame[frame["urn"].notna()].reset_index(drop=True)
    parts, unknown = [], {}
    for measure in MEASURES:
        value = _value(rows, measure)
        unknown[measure.name] = round(float(value.isna().mean()), 4) if len(rows) else 1.0
        have = value.notna()
        if have.sum() >= 2 and rows.loc[have, "urn"].nunique() >= 2:
            parts.append(_one(rows[have].assign(value=value[have].astype(float)), measure))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS[:-1])
    withheld = tuple(name for name, share in unknown.items() if share > most_unknown)
    away = (found["difference_low"].astype(float) > 0) | (found["difference_high"].astype(float) < 0)
    found["differs"] = away & (found["n"].astype(float) >= minimum_n) & ~found["measure"].isin(withheld)
    return Provision(found[COLUMNS], unknown, withheld)


def _value(rows: pd.DataFrame, measure: Measure) -> pd.Series:
    if measure.is_share:
        given = rows["residence"].astype(object) if "residence" in rows else pd.Series(None, rows.index, dtype=object)
        return given.map(lambda r: np.nan if pd.isna(r) else float(r != DAY)).astype(float)
    if measure.name not in rows:
        return pd.Series(np.nan, rows.index)
    number = pd.to_numeric(rows[measure.name], errors="coerce").astype(float)
    return number.where(number >= 0)


def _one(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """One row a setting with children whose measure is recorded."""
    expected, doubt = _elsewhere(rows)
    code, urns = pd.factorize(rows["urn"].astype(str), sort=True)
    n = np.bincount(code).astype(float)
    actual, due = (np.bincount(code, v) / n for v in (rows["value"].to_numpy(float), expected))
    if measure.is_share:
        mean, low, high = _of_share(actual, due, n)
    else:
        left = rows["value"].to_numpy(float) - expected
        gap = actual - due
        spread = _spread(left - gap[code], left, expected, np.sqrt(n / np.maximum(n - 1, 1))[code], (n > 1)[code])
        mean, low, high = _shrunk(gap, np.bincount(code, spread) / n**2 + np.bincount(code, spread * doubt) / n)
    values = [urns, measure.name, n.astype(int), actual, due, mean, low, high]
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=False)))


def _of_share(actual: Floats, due: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Difference of a share with its 95% interval, from a weak belief in the expected share (two children's worth, at least half a child each way).

    Settings are not drawn together here: most board nobody and a few board many, so there is no usual departure to draw towards.
    """
    yes = actual * n + np.maximum(2 * due, 0.5)
    no = (1 - actual) * n + np.maximum(2 * (1 - due), 0.5)
    low, high = (betaincinv(yes, no, p) - due for p in (0.025, 0.975))
    mean = n / (n + 2.0) * (actual - due)  # nothing where what is seen is what is expected, whatever the belief leans to
    return mean, np.minimum(low, mean), np.maximum(high, mean)


def _elsewhere(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """For each child the mean of children at other settings with like needs, and its variance in children's variances."""
    value = rows["value"].to_numpy(float)
    urn = pd.factorize(rows["urn"].astype(str))[0]
    mean, doubt = np.full(len(rows), value.mean()), np.full(len(rows), 1 / len(rows))
    cell = np.zeros(len(rows), np.int64)
    for level in range(len(NEEDS) + 1):
        if level:
            named = NEEDS[level - 1]
            given = rows[named].astype(object).where(rows[named].notna(), "not recorded").astype(str) if named in rows else pd.Series("", rows.index)
            cell = pd.factorize(pd.MultiIndex.from_arrays([cell, given]))[0]
        own = pd.factorize(pd.MultiIndex.from_arrays([cell, urn]))[0]
        count = np.bincount(cell)[cell] - np.bincount(own)[own]
        total = np.bincount(cell, value)[cell] - np.bincount(own, value)[own]
        mean, doubt = (total + LEAN * mean) / (count + LEAN), (count + LEAN**2 * doubt) / (count + LEAN) ** 2
    return mean.astype(np.float64), doubt.astype(np.float64)


def _spread(within: Floats, left: Floats, expected: Floats, stretch: Floats, several: NDArray[np.bool_]) -> Floats:
    """Variance of a child's own value about what is expected, by fifth of the expected value: provision that is seldom given varies less.

    `within`: about the setting's own mean; `left`: about what is expected, which counts where no setting has several children.
    """
    square = (within * stretch) ** 2
    overall = float(square[several].mean()) if several.any() else float(np.mean(left**2)) or 1e-6
    edges = np.quantile(expected, np.linspace(0, 1, BUCKETS + 1)[1:-1])
    bucket = np.searchsorted(edges, expected)
    count = np.bincount(bucket[several], minlength=BUCKETS)
    total = np.bincount(bucket[several], square[several], BUCKETS)
    by: Floats = (total + BELIEF * overall) / (count + BELIEF)
    return np.maximum(by[bucket], 1e-9)


def _shrunk(gap: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Each setting's difference with what few children can say drawn towards the settings' mean; averaged over how far settings may differ."""
    scale = max(float(np.std(gap)), float(np.sqrt(noise.min())), 1e-6)
    spreads = np.geomspace(0.02, 2.0, SPREADS) * scale
    precision = 1 / (spreads[:, None] ** 2 + noise)
    centre = (precision * gap).sum(1) / precision.sum(1)
    log = 0.5 * np.log(precision).sum(1) - 0.5 * np.log(precision.sum(1)) - 0.5 * (precision * (gap - centre[:, None]) ** 2).sum(1)
    log += np.log(spreads)  # evenly spread belief about how far settings differ (Gelman 2006), on a grid of even ratios
    share = np.exp(log - log.max())
    share /= share.sum()
    kept = spreads[:, None] ** 2 * precision
    means = centre[:, None] + kept * (gap - centre[:, None])
    sds = np.sqrt(kept * noise + ((1 - kept) ** 2) / precision.sum(1)[:, None])
    low, high = (_quantile(means, sds, share, p) for p in (0.025, 0.975))
    return share @ means, low, high


def _quantile(means: Floats, sds: Floats, share: Floats, p: float) -> Floats:
    """Where a mixture of normals reaches a probability."""
    low, high = (means - 6 * sds).min(0), (means + 6 * sds).max(0)
    for _ in range(50):
        middle = (low + high) / 2
        below = (share[:, None] * ndtr((middle - means) / sds)).sum(0) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    out: Floats = (low + high) / 2
    return out
