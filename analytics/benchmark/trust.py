"""How far the benchmark may be trusted: placements left out against their interval, what a flag would find, and the interval of a sum of settings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analytics.benchmark import mixed
from analytics.benchmark.index import Effects

Floats = NDArray[np.float64]
FAR = 1.959964  # standard deviations to the end of a 95% interval
PARTS = 5
POWER_AT = (5, 8, 12, 20, 40)
POWER_FOR = (1.10, 1.25)


def left_out(log_actual: Floats, log_fitted: Floats, variance: Floats, half_width: Floats, smear: Floats, f: mixed.Fit) -> dict[str, object]:
    """Each placement against what the others say of it: share inside its 90% interval, and by fifth of the predicted cost also actual ÷ predicted.

    Its own cost is taken out of the estimates by its leverage (Cook and Weisberg 1982), without a refit; `log_fitted`: with setting and group effect.
    """
    leverage = np.clip(variance * f.weight / f.sd_row**2, 0, 0.95)
    miss = (log_actual - log_fitted) / (1 - leverage)
    inside = np.abs(miss) <= half_width
    predicted, actual = np.exp(log_actual - miss) * smear, np.exp(log_actual)
    parts = [part for part in np.array_split(np.argsort(predicted, kind="stable"), PARTS) if len(part)]
    rows = [
        {
            "predicted_gbp": _rounded(predicted[part].mean()),
            "placements": len(part),
            "inside": _rounded(inside[part].mean()),
            "actual_over_predicted": _rounded(actual[part].sum() / predicted[part].sum()),
        }
        for part in parts
    ]
    return {"inside": _rounded(inside.mean()), "by_predicted_cost": rows}


def power(f: mixed.Fit, e: Effects) -> list[dict[str, object]]:
    """Chance that a setting of n children is flagged if its cost is truly so much above expected; 1.00: flagged though as expected.

    From this market's own error and spread between settings; need terms as uncertain as they are at its settings of about n children.
    """
    error = 1 / float((f.weight / f.sd_row**2).mean())
    spread = e.sd_setting**2 + e.sd_group**2
    out: list[dict[str, object]] = []
    for n in POWER_AT:
        near = np.abs(np.log(e.n / n)) < np.log(2)
        noise = error / n + (float(np.median(e.blur[near])) if near.any() else 0.0)
        kept = spread / (spread + noise)
        found = {f"{ratio:.2f}": _rounded(ndtr(np.log(ratio) / np.sqrt(noise) - FAR / np.sqrt(kept))) for ratio in (1.0, *POWER_FOR)}
        out.append({"n": n, "settings": int((e.n >= n).sum()), "found": found})
    return out


def together(chosen: NDArray[np.bool_], expected_gbp: Floats, e: Effects, covariance: Floats) -> dict[str, object]:
    """Pounds a year above expected of the chosen settings in all, with a 95% interval: their own uncertainty, and the need terms' that they share."""
    if not chosen.any():
        return {"settings": 0, "excess_gbp": 0.0, "low_gbp": 0.0, "high_gbp": 0.0}
    index, due = np.exp(e.mean[chosen]), expected_gbp[chosen]
    total = float(((index - 1) * due).sum())
    pull = 1 - np.clip(e.sd[chosen] ** 2 / (e.sd_setting**2 + e.sd_group**2), 0, 1)
    shared = (pull * index * due) @ e.centre[chosen]
    own = (index * due * e.sd[chosen]) ** 2
    already = (pull * index * due) ** 2 * ((e.centre[chosen] @ covariance) * e.centre[chosen]).sum(1)
    reach = FAR * float(np.sqrt(np.maximum(own - already, 0).sum() + shared @ covariance @ shared))
    return {
        "settings": int(chosen.sum()),
        "excess_gbp": round(total, 2),
        "low_gbp": round(total - reach, 2),
        "high_gbp": round(total + reach, 2),
        "by_chance": _rounded((1 - e.p_above_one[chosen]).sum()),
    }


def _rounded(value: float) -> float:
    return round(float(value), 4)
