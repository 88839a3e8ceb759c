"""From rows of outcomes to what the model takes: usable rows, what describes each child as shrunken columns, settings and groups as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.benchmark.henderson import Floats, Ints, sums_by, totals
from analytics.outcomes.measures import Measure

NOT_RECORDED = "not recorded"
BELIEF = 5.0  # children's worth of belief in the general mean where a setting's own level of band stands in for one that is not recorded


@dataclass(frozen=True)
class Rows:
    """One entry a row: `y` of `n`, columns `x` in blocks (-1: not shrunk), `setting` of each row, `group` of each setting, `share` as the measure.

    `child` numbers a child at a setting; `period` the academic year, or the term, in which the row's period begins.
    """

    y: Floats
    n: Floats
    x: Floats
    block: Ints
    setting: Ints
    group: Ints
    child: Ints
    period: Ints
    share: bool
    urns: pd.Index

    @property
    def settings(self) -> int:
        return len(self.urns)


def academic_year(days: pd.Series) -> NDArray[np.int64]:
    """The academic year in which each day lies, by its first calendar year."""
    return np.asarray(days.dt.year - (days.dt.month < 9), dtype=np.int64)


def usable(frame: pd.DataFrame, measure: Measure) -> tuple[pd.DataFrame, dict[str, int]]:
    """The measure's rows that can be counted, with `ay`, `y` and `n`; and how many were left out, by reason. A count's `n` is in years."""
    rows = frame[frame["measure"] == measure.name].reset_index(drop=True)
    y, n = (pd.to_numeric(rows[c], errors="coerce").to_numpy(float, na_value=np.nan) for c in ("numerator", "denominator"))
    if not measure.share and measure.name != "ended_early":  # denominators of counts are children; what counts is how long they were watched
        n = np.where(n > 0, ((rows["period_end"] - rows["period_start"]).dt.days.to_numpy(float) + 1) / 365.25, n)
    why = {
        "no number": np.isnan(y) | np.isnan(n),
        "denominator not above zero": n <= 0,
        "numerator below zero": y < 0,
        "numerator above the denominator": measure.share & (y > n),
    }
    good = ~np.logical_or.reduce(list(why.values())) if len(rows) else np.zeros(0, bool)
    left_out = {reason: int(mask.sum()) for reason, mask in why.items() if mask.any()}
    return rows.assign(y=y, n=n, ay=academic_year(rows["period_start"]))[good].reset_index(drop=True), left_out


def by_period(rows: pd.DataFrame, measure: Measure, period: NDArray[np.int64]) -> Rows:
    """One row a child at a setting and period. Rows of one child and period are added up."""
    key = rows["child_id"].astype(str) + "\0" + rows["urn"].astype(str)
    return _gathered(rows, measure, pd.factorize(key)[0].astype(np.int64), period)


def by_child(rows: pd.DataFrame, measure: Measure) -> Rows:
    """One row a child at a setting, over all the periods given: a child's years are no separate witnesses."""
    return by_period(rows, measure, np.zeros(len(rows), dtype=np.int64))


def _gathered(rows: pd.DataFrame, measure: Measure, child: NDArray[np.int64], period: NDArray[np.int64]) -> Rows:
    x, block = columns(rows)
    both = child * (int(period.max(initial=0)) + 1) + period
    _, first, code = np.unique(both, return_index=True, return_inverse=True)
    size = len(first)
    n, y = (totals(code.astype(np.int64), rows[c].to_numpy(float), size) for c in ("n", "y"))
    x = sums_by(code.astype(np.int64), rows["n"].to_numpy(float), x, size) / n[:, None]
    setting, urns = pd.factorize(rows["urn"].astype(str), sort=True)
    return Rows(y, n, x, block, setting[first].astype(np.int64), _groups(rows, urns), child[first], period[first], measure.share, pd.Index(urns))


def columns(rows: pd.DataFrame) -> tuple[Floats, Ints]:
    """Design: level, then blocks for need, band (line and levels), phase, residence, year, need × phase and need × band."""
    need, phase, residence, year = (_levels(rows[c]) for c in ("primary_need", "phase", "residence", "ay"))
    band = pd.to_numeric(rows["support_band"], errors="coerce").to_numpy(float, na_value=np.nan) if "support_band" in rows else np.full(len(rows), np.nan)
    line = _line(band, rows["urn"])
    parts = [need, line, _levels(pd.Series(band)), phase, residence, year, _pairs(need, phase), _pairs(need, line)]
    x = np.hstack([np.ones((len(rows), 1)), *parts])
    block = np.concatenate([[-1], *[np.full(p.shape[1], k) for k, p in enumerate(parts)]]).astype(np.int64)
    alive = np.abs(x).max(0) > 0
    return x[:, alive], np.where(block[alive] < 0, -1, np.unique(block[alive], return_inverse=True)[1] - 1).astype(np.int64)


def _levels(values: pd.Series) -> Floats:
    """A column for each level, what is not recorded being one."""
    text = values.astype(object).where(values.notna(), NOT_RECORDED).astype(str)
    code, names = pd.factorize(text, sort=True)
    return (code[:, None] == np.arange(len(names))[None, :]).astype(float) if len(names) > 1 else np.zeros((len(values), 0))


def _pairs(a: Floats, b: Floats) -> Floats:
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


def _line(band: Floats, urn: pd.Series) -> Floats:
    """Band as a straight line; one not recorded stands at its setting's own level, shrunken, since a setting that takes harder children takes them here too."""
    known = ~np.isnan(band)
    if known.sum() < 2 or np.nanstd(band) == 0:
        return np.zeros((len(band), 0))
    mean, sd = float(np.nanmean(band)), float(np.nanstd(band))
    code, names = pd.factorize(urn)
    count, total = (np.bincount(code[known], w, len(names)) for w in (None, band[known] - mean))
    own = mean + total / (count + BELIEF)
    return ((np.where(known, band, own[code]) - mean) / sd)[:, None]


def _groups(rows: pd.DataFrame, urns: pd.Index) -> Ints:
    """Group of each setting: the one most of its rows name; one that names none stands alone."""
    named = rows.groupby(rows["urn"].astype(str))["provider_group"].agg(_most_named).reindex(urns)
    label = [f"group {g}" if isinstance(g, str) and g else f"alone {u}" for u, g in named.items()]
    return pd.factorize(np.array(label, object))[0].astype(np.int64)


def _most_named(groups: pd.Series) -> object:
    counts = groups.value_counts()
    return counts.index[0] if len(counts) else None
