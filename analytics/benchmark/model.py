"""The benchmark from end to end: describe, fit, index, expected cost, intervals, account."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.benchmark import account, interval, mixed, trust
from analytics.benchmark.describe import PROVISION, Described, describe
from analytics.benchmark.henderson import Data, Floats
from analytics.benchmark.index import Effects, effects
from analytics.benchmark.result import PLACEMENT_COLUMNS, SETTING_COLUMNS, BenchmarkParams, BenchmarkResult


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
    data, x, names, urns = _data(d)
    f = mixed.fit(data)
    e = effects(data, f, params.above)
    setting = urns.get_indexer(pd.Index(d.rows["urn"])).astype(np.int64)
    placements, smear, held = _placements(d, x[:, f.columns], setting, f, e)
    trusted = max(d.unrecorded[c] for c in PROVISION) <= params.most_unknown_provision
    settings = _settings(urns, data.setting, placements[d.used], e, params, trusted)
    doc = account.account(d, data, f, e, names, params, smearing=smear, trusted=trusted)
    summed = trust.together(settings["flagged"].to_numpy(bool), settings["expected_gbp"].to_numpy(float), e, f.covariance)
    checks = {"coverage_left_out": held["inside"], "left_out_check": held, "flagged_together": summed, "power": trust.power(f, e)}
    return BenchmarkResult(settings, placements, doc | checks)


def _data(d: Described) -> tuple[Data, Floats, list[str], pd.Index]:
    """What the fit takes, the design of all rows with its columns' names (those that are 0 throughout are gone), and the settings' urns."""
    rows = d.rows[d.used]
    setting, urns = pd.factorize(rows["urn"], sort=True)
    alive = np.abs(d.design.x).max(0) > 0
    x = d.design.x[:, alive]
    log = np.log(rows["benchmark_gbp"].to_numpy(float))
    data = Data(log, x[d.used], _compact(d.design.block[alive]), setting.astype(np.int64), _groups(rows, urns), d.pattern[d.used], int(d.pattern.max()) + 1)
    return data, x, [n for n, a in zip(d.design.names, alive, strict=True) if a], urns


def _placements(d: Described, x: Floats, setting: NDArray[np.int64], f: mixed.Fit, e: Effects) -> tuple[pd.DataFrame, float, dict[str, object]]:
    """One row a placement of the input, the smearing factor of a fully recorded one, and how left-out placements fare."""
    effect, variance = interval.at_setting(x, setting, f, e)
    half_width = interval.reach(variance, f.sd_pattern[d.pattern], f.scale_share)
    linear = x @ f.coefficients
    smear = interval.smearing(f)
    expected = np.exp(linear) * smear[d.pattern]
    low, high = np.exp(linear + effect - half_width), np.exp(linear + effect + half_width)
    actual = d.rows["benchmark_gbp"].to_numpy(float)
    values = [d.rows["placement_id"].to_numpy(), actual, expected, np.minimum(low, expected), np.maximum(high, expected)]
    u = d.used
    held = trust.left_out(np.log(actual[u]), (linear + effect)[u], variance[u], half_width[u], smear[d.pattern[u]], f)
    return pd.DataFrame(dict(zip(PLACEMENT_COLUMNS, values, strict=True))), float(smear[0]), held


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


def _settings(urns: pd.Index, setting: NDArray[np.int64], placements: pd.DataFrame, e: Effects, params: BenchmarkParams, trusted: bool) -> pd.DataFrame:
    size = len(urns)
    n = np.bincount(setting, minlength=size)
    paid, due = (np.bincount(setting, placements[c].to_numpy(float), size) for c in ("actual_gbp", "expected_gbp"))
    index, low, high = np.exp(e.mean), np.exp(np.minimum(e.low, e.mean)), np.exp(np.maximum(e.high, e.mean))
    flagged = (low > 1) & (n >= params.minimum_n) & trusted
    chances = [np.clip(e.p_above, 0, 1), flagged, np.clip(e.p_above_one, 0, 1)]
    values = [urns.to_numpy(object), n, paid, due, paid / due, index, low, high, (index - 1) * due, *chances]
    return pd.DataFrame(dict(zip(SETTING_COLUMNS, values, strict=True)))
