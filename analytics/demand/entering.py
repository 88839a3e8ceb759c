"""How many children come new, by year and kind of place: level and trend from the history, every draw with its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.demand.clock import Clock, Floats, Ints
from analytics.demand.history import ANY, History
from analytics.demand.levers import DRIFT, RECENCY, SHOCK, TREND_DAMPING, TREND_SPREAD, TREND_YEARS, Levers

LOT_AT_ENTRY = ["primary_need", "entry_phase", "residence_group", "area"]
_GROWTH = np.linspace(-0.6, 0.6, 241)
_USUAL_SPREAD = 2.0  # the assumed spread of years counts as much as two years seen


@dataclass(frozen=True)
class Entering:
    """What new children are like and how many come. `like`: one row an entry that stands for those to come, sorted by lot; `lots`: entries of each lot.

    `rate`: children a year, draws × academic years (the first is the one that `as_at` falls in), before lots; `share`: of lots, draws × lots.
    `growth`: mean growth a year found, `windows`: entries by year back.
    """

    like: pd.DataFrame
    lots: Ints
    rate: Floats
    share: Floats
    growth: float
    windows: tuple[int, ...]

    def counts(self, part: slice, rng: np.random.Generator) -> Ints:
        """Entries by draw of this part × academic year × lot: Poisson around the rate."""
        return np.asarray(rng.poisson(self.rate[part, :, None] * self.share[part, None, :]), dtype=np.int64)


def entering(history: History, clock: Clock, draws: int, entry_years: int, levers: Levers, rng: np.random.Generator) -> Entering:
    """The posterior of entries. Conjugate: the level of all entries is Gamma given their growth, growth has a grid of its own, and lots share by Dirichlet."""
    new = history.frame[~history.frame["moved_in"]]
    like = new[new["window"] < entry_years].sort_values(LOT_AT_ENTRY, kind="stable").reset_index(drop=True)
    lots = like.groupby(LOT_AT_ENTRY, sort=True).size().to_numpy(np.int64)
    if not len(like):
        return Entering(like, lots, np.zeros((draws, clock.years + 1)), np.zeros((draws, 0)), 0.0, ())
    windows = _windows(new["window"].to_numpy(np.int64), history.whole_years)
    back, weight = np.arange(len(windows)) + 0.5, RECENCY.value ** np.arange(len(windows))
    chance, spread = _growth(windows, back, weight)
    growth = rng.choice(_GROWTH, draws, p=chance)
    seen = float(weight @ windows)
    tempered = 1.0 + windows.mean() * spread  # counts that vary more than Poisson say less of the level
    level = rng.gamma(seen / tempered, tempered, draws) / _exposure(growth, back, weight)
    ahead = _ahead(clock)
    # What a lognormal adds to a mean is taken off, so that uncertainty of growth widens the futures and does not raise them.
    middle = float(chance @ _GROWTH)
    usual = np.exp(middle * ahead) / _exposure(np.array([middle]), back, weight)
    mean = chance @ (np.exp(_GROWTH[:, None] * ahead) / _exposure(_GROWTH, back, weight)[:, None])
    rate = level[:, None] * np.exp(growth[:, None] * ahead) * usual / mean
    rate *= _wander(rate.shape, spread, rng)
    share = rng.gamma(lots, 1.0, (draws, len(lots)))
    return Entering(like, lots, _moved(rate, levers), share / share.sum(axis=1, keepdims=True), middle, tuple(int(n) for n in windows))


def _exposure(growth: Floats, back: Floats, weight: Floats) -> Floats:
    """Years of the level of today that the windows stand for, under each growth."""
    return np.asarray(np.exp(-growth[:, None] * back) @ weight)


def _wander(shape: tuple[int, ...], spread: float, rng: np.random.Generator) -> Floats:
    """How a year's entries differ from the level: a shock of its own, and a drift that stays and grows."""
    drift = max(DRIFT.value, 1e-3)
    steps = rng.gamma(drift**-2, drift**2, shape)
    return np.asarray(rng.gamma(1 / spread, spread, shape) * np.cumprod(steps, axis=1))


def _windows(window: Ints, whole_years: int) -> Floats:
    """Entries by year back from the as-at date, as far as the records hold who left too: an older year has lost those who came and went."""
    years = int(min(max(whole_years, 1), TREND_YEARS.value))
    counts = np.bincount(window[window < years], minlength=1)
    return np.trim_zeros(counts, "b").astype(float) if counts.any() else np.array([float(len(window)) / (window.max() + 1.0)])


def _growth(windows: Floats, back: Floats, weight: Floats) -> tuple[Floats, float]:
    """How likely each growth is, given entries by year back, and how much years vary beyond Poisson (squared coefficient of variation)."""
    prior = -0.5 * (_GROWTH / max(TREND_SPREAD.value, 1e-6)) ** 2
    seen = float(weight @ windows)
    fit = -_GROWTH * float(weight @ (windows * back)) - seen * np.log(_exposure(_GROWTH, back, weight))
    likely = _GROWTH[np.argmax(fit)]
    best = seen / _exposure(np.array([likely]), back, weight) * np.exp(-likely * back)
    free = max(len(windows) - 2, 0)
    beyond = float(((windows - best) ** 2 / best - 1.0).sum() / windows.mean()) if free else 0.0
    spread = max(SHOCK.value**2, (beyond + _USUAL_SPREAD * SHOCK.value**2) / (free + _USUAL_SPREAD), 1e-6)
    told = prior + fit / (1.0 + windows.mean() * spread)
    chance = np.exp(told - told.max())
    return chance / chance.sum(), spread


def _ahead(clock: Clock) -> Floats:
    """Years of growth from the as-at date to the middle of each academic year; beyond today a trend loses strength."""
    middle = (clock.stub + 12.0 * np.arange(-1, clock.years) + 6.0) / 12.0
    middle[0] = clock.stub / 24.0  # of the running year only the rest is still to come
    keep = TREND_DAMPING.value
    return middle if keep == 1 else (1 - keep**middle) / -np.log(keep)


def _moved(rate: Floats, levers: Levers) -> Floats:
    """The rate under the levers, from the first academic year on."""
    rate = rate.copy()
    rate[:, 1:] *= levers.value("entry_rate")
    if rate.shape[1] > 1:
        rate[:, 1] *= 1.0 + levers.value("growth_shock")
        taken = levers.value("maintained_places")
        expected = rate[:, 1:].mean(axis=0)
        rate[:, 1:] *= np.maximum(1.0 - taken / np.maximum(expected, 1e-9), 0.0)
    return rate


def start_months(history: History) -> pd.DataFrame:
    """When new places begin: one row a lot (need, phase, residence, area) with the share of entries in each month, September first.

    A lot with few entries leans on all: its own count for as much as it is, all for twenty entries.
    """
    new = history.frame[~history.frame["moved_in"]]
    everyone = np.bincount(new["month_of_ay"], minlength=12) + 0.5
    everyone = everyone / everyone.sum()
    counts = new.groupby([*LOT_AT_ENTRY, "month_of_ay"]).size().unstack(fill_value=0).reindex(columns=range(12), fill_value=0)
    out = counts.add(20.0 * everyone, axis=1)
    return out.div(out.sum(axis=1), axis=0).reset_index().replace({"area": {None: ANY}})
