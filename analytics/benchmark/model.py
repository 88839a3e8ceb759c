"""The benchmark from end to end: describe, fit, index, expected cost, intervals, account."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from analytics.benchmark import account, mixed
from analytics.benchmark.describe import PROVISION, Described, describe
from analytics.benchmark.index import Effects, effects
from analytics.benchmark.result import PLACEMENT_COLUMNS, SETTING_COLUMNS, BenchmarkParams, BenchmarkResult

Floats = NDArray[np.float64]
FAR = 0.95  # upper end of the 90% placement interval


def fit(frame: pd.DataFrame, params: BenchmarkParams | None = None) -> BenchmarkResult:
    """Whose cost differs from what children's needs and given provision explain, by how much, and how sure is that?

    `frame`: one row a placement, columns placement_id, urn, benchmark_gbp (full-year equivalent, £ a year, transport out, place funding
    in), and as far as known provider_group, primary_need, support_band, one_to_one_hours_week, therapy_hours_year, phase, residence,
    area. Rows without a positive cost or a setting do not enter the fit and are counted in `fit["left_out"]`. The model is a robust
    hierarchical one of log cost: docs/benchmark.md. WrongUsage when one of the first three columns is absent; never fails on thin data.
    """
    params = params or BenchmarkParams()
    d = describe(frame)
    if not d.used.any():
        return _nothing(d, params)
    rows = d.rows[d.used]
    setting, urns = pd.factorize(rows["urn"], sort=True)
    group = _groups(rows, urns)
    _, pattern = np.unique(np.concatenate([[0], d.pattern]), return_inverse=True)
    pattern = pattern[1:]
    alive = np.abs(d.design.x).max(0) > 0
    block = _compact(d.design.block[alive])
    x = d.design.x[:, alive]
    log = np.log(rows["benchmark_gbp"].to_numpy(float))
    data = mixed.Data(log, x[d.used], block, setting.astype(np.int64), group, pattern[d.used])
    f = mixed.fit(data)
    e = effects(data, f, params.above)
    linear = x[:, f.columns] @ f.coefficients
    blur = _row_variance(x[:, f.columns], f.covariance)
    smear = _smearing(f)
    expected = np.exp(linear) * smear[pattern]
    reach = _reach(blur + e.sd_setting**2 + e.sd_group**2, f.sd_pattern[pattern], f.scale_share)
    actual = d.rows["benchmark_gbp"].to_numpy(float)
    values = [d.rows["placement_id"].to_numpy(), actual, expected, np.exp(linear - reach), np.exp(linear + reach)]
    placements = pd.DataFrame(dict(zip(PLACEMENT_COLUMNS, values, strict=True)))
    trusted = max(d.unrecorded[c] for c in PROVISION) <= params.most_unknown_provision
    settings = _settings(urns, setting, actual[d.used], expected[d.used], e, params, trusted)
    covered = _coverage(data, f, blur[d.used], reach[d.used])
    names = [n for n, a in zip(d.design.names, alive, strict=True) if a]
    doc = account.account(d, data, f, e, names, params, smearing=float(smear[0]), coverage=covered, trusted=trusted)
    return BenchmarkResult(settings, placements, doc)


def _nothing(d: Described, params: BenchmarkParams) -> BenchmarkResult:
    empty = pd.DataFrame({c: pd.Series(dtype=float) for c in SETTING_COLUMNS}).astype({"urn": object, "n": int, "flagged": bool})
    placements = pd.DataFrame({c: d.rows["placement_id"] if c == "placement_id" else np.nan for c in PLACEMENT_COLUMNS})
    return BenchmarkResult(empty, placements, account.nothing(d, params))


def _groups(rows: pd.DataFrame, urns: pd.Index) -> NDArray[np.int64]:
    """Group of each setting: the one most of its placements name; a setting that names none stands alone."""
    named = rows.groupby("urn")["provider_group"].agg(_most_named).reindex(urns)
    label = ["group " + str(g) if isinstance(g, str) else f"alone {u}" for u, g in named.items()]
    return pd.factorize(np.array(label, object))[0].astype(np.int64)


def _most_named(groups: pd.Series) -> object:
    counts = groups.value_counts()
    return counts.index[0] if len(counts) else None


def _compact(block: NDArray[np.int64]) -> NDArray[np.int64]:
    """Blocks renumbered without gaps; -1 stays."""
    seen = np.unique(block[block >= 0])
    return np.where(block < 0, -1, np.searchsorted(seen, block)).astype(np.int64)


def _row_variance(x: Floats, covariance: Floats) -> Floats:
    size, axes = np.linalg.eigh(covariance)
    half = axes * np.sqrt(np.maximum(size, 0))
    out = np.empty(len(x))
    for i in range(0, len(x), mixed.ROWS_AT_ONCE):
        out[i : i + mixed.ROWS_AT_ONCE] = ((x[i : i + mixed.ROWS_AT_ONCE] @ half) ** 2).sum(1)
    return out


def _smearing(f: mixed.Fit) -> Floats:
    """Duan's (1983) factor by pattern of what is not recorded: mean of exp(error), each error weighted by its chance of being no gross outlier."""
    shape = f.residual / f.sd_row / np.sqrt(max(1 - f.df / len(f.residual), 0.05))
    return np.array([np.average(np.exp(np.clip(shape, -4, 4) * sd), weights=f.weight) for sd in f.sd_pattern])


def _reach(variance: Floats, sd: Floats, share: Floats) -> Floats:
    """Half-width in logs of the 90% interval: its upper point solves P(error ≤ reach) = 0.95 for the normal plus the error mixture."""
    spread = np.sqrt(variance[:, None] + (sd[:, None] * mixed.SCALES) ** 2)
    low: Floats = np.zeros(len(sd))
    high: Floats = 4 * spread.max(1)
    for _ in range(40):
        middle = (low + high) / 2
        inside = (ndtr(middle[:, None] / spread) @ share) < FAR
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return high


def _coverage(d: mixed.Data, f: mixed.Fit, blur: Floats, reach: Floats) -> float:
    """Share of placements inside their 90% interval when their own cost is taken out of the need terms (by leverage, no refit)."""
    leverage = np.clip(blur * f.weight / f.sd_row**2, 0, 0.95)
    return float(np.mean(np.abs((d.y - f.linear) / (1 - leverage)) <= reach))


def _settings(urns: pd.Index, setting: NDArray[np.int64], actual: Floats, expected: Floats, e: Effects, params: BenchmarkParams, trusted: bool) -> pd.DataFrame:
    size = len(urns)
    n = np.bincount(setting, minlength=size)
    paid, due = np.bincount(setting, actual, size), np.bincount(setting, expected, size)
    index, low, high = np.exp(e.mean), np.exp(np.minimum(e.low, e.mean)), np.exp(np.maximum(e.high, e.mean))
    flagged = (low > 1) & (n >= params.minimum_n) & trusted
    values = [urns.to_numpy(object), n, paid, due, paid / due, index, low, high, (index - 1) * due, np.clip(e.p_above, 0, 1), flagged]
    return pd.DataFrame(dict(zip(SETTING_COLUMNS, values, strict=True)))
