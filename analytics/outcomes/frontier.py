"""Where does a like child cost less and do as well? Settings on the frontier of adjusted cost and adjusted outcome, with how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd

DRAWS, SEED = 4000, 11
_REACH = 1.959964
COLUMNS = ["urn", "n", "cost_gbp", "cost_low_gbp", "cost_high_gbp", "adjusted", "low", "high", "p_frontier"]


def frontier(cost: pd.DataFrame, outcome: pd.DataFrame, *, high_is_good: bool, fewest: int) -> pd.DataFrame:
    """One row a setting with enough placements and children in both: what an average placement would cost there, £ a year, the adjusted outcome per
    100, and the share of joint draws in which no other setting both costs less and does better.

    `cost`: the settings of the benchmark; `outcome`: the settings of one measure (`adjusted.COLUMNS`). The two are drawn apart from each other.
    """
    prices, did = cost[cost["n"] >= fewest], outcome[outcome["n"] >= fewest]
    both = prices.assign(urn=prices["urn"].astype(str)).merge(did.assign(urn=did["urn"].astype(str)), on="urn", suffixes=("_cost", ""))
    if both.empty:
        return pd.DataFrame(columns=COLUMNS)
    typical = float(cost["expected_gbp"].sum() / cost["n"].sum())
    rng = np.random.default_rng(SEED)
    log = np.log(both[["index", "index_low", "index_high"]].to_numpy(float))
    size = (DRAWS, len(both))
    price = log[:, 0] + rng.normal(size=size) * (log[:, 2] - log[:, 1]) / (2 * _REACH)
    good = (1 if high_is_good else -1) * (both["effect"].to_numpy(float) + rng.normal(size=size) * both["effect_sd"].to_numpy(float))
    pounds = typical * np.exp(log)
    values = [both["urn"], both["n"], *pounds.T, both["adjusted"], both["low"], both["high"], on_frontier(price, good).mean(0)]
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True))).sort_values("urn", ignore_index=True)


def on_frontier(price: np.ndarray, good: np.ndarray) -> np.ndarray:
    """For each draw (row), which settings (columns) no other beats on both: cheaper and better."""
    order = np.argsort(price, axis=1)
    sorted_good = np.take_along_axis(good, order, axis=1)
    best = np.maximum.accumulate(sorted_good, axis=1)
    out = np.zeros(price.shape, bool)
    np.put_along_axis(out, order, sorted_good >= best, axis=1)
    return out
