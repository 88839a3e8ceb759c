"""From a frame of placements to what the model takes: cleaned columns, stand-ins for what is not recorded, what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.benchmark.design import AMOUNTS, LEVELS, Columns, Plan, amount, columns
from analytics.benchmark.impute import expected_weights
from data.errors import WrongUsage

REQUIRED = ("placement_id", "urn", "benchmark_gbp")
PROVISION = ("one_to_one_hours_week", "therapy_hours_year")
NOT_RECORDED = "not recorded"
FEWEST_RECORDED = 2  # an amount recorded for fewer placements describes nothing


@dataclass(frozen=True)
class Described:
    """All rows with design. `used`: rows the fit may use; `pattern`: which amounts are not recorded, 0 none.

    `unrecorded`: share not recorded by column, among used rows; `constant`: columns that are the same throughout.
    """

    rows: pd.DataFrame
    used: NDArray[np.bool_]
    design: Columns
    pattern: NDArray[np.int64]
    left_out: dict[str, int]
    unrecorded: dict[str, float]
    constant: list[str]

    @property
    def described_by(self) -> list[str]:
        """Columns that are recorded for some placements."""
        return [c for c in (*LEVELS, *AMOUNTS) if self.unrecorded[c] < 1]


def describe(frame: pd.DataFrame) -> Described:
    """Cleans and lays out `frame` (one row a placement); WrongUsage when a column that cannot be done without is absent."""
    absent = [c for c in REQUIRED if c not in frame.columns]
    if absent:
        raise WrongUsage(f"The benchmark needs {', '.join(absent)} for each placement.", "column_missing")
    rows = _clean(frame)
    used, left_out = _usable(rows)
    gone = {c: float(rows.loc[used, c].isna().mean()) if used.any() else 1.0 for c in (*LEVELS, *AMOUNTS)}
    levels = [c for c in LEVELS if rows.loc[used, c].nunique(dropna=False) > 1]
    bases = {c: amount(rows.loc[used, c].dropna().to_numpy(float), root=c != "support_band") for c in AMOUNTS if rows.loc[used, c].count() >= FEWEST_RECORDED}
    amounts = {c: basis for c, basis in bases.items() if basis is not None}
    constant = [c for c in (*LEVELS, *AMOUNTS) if gone[c] < 1 and c not in levels and c not in amounts]
    rows[list(LEVELS)] = rows[list(LEVELS)].fillna(NOT_RECORDED)
    missing = rows[list(amounts)].isna()
    plan = Plan({c: sorted(rows[c].unique()) for c in levels}, amounts, [c for c in amounts if missing.loc[used, c].any()])
    key = missing.to_numpy() @ (1 << np.arange(len(amounts))) if amounts else np.zeros(len(rows), int)
    return Described(
        rows,
        used,
        columns(plan, rows, expected_weights(rows, amounts), missing),
        np.searchsorted(np.unique([0, *key]), key).astype(np.int64),
        left_out,
        gone,
        constant,
    )


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's columns alone; absent ones are empty; text for codes, floats for amounts; impossible amounts count as not recorded."""
    out = pd.DataFrame({"placement_id": _text(frame["placement_id"])})
    out["urn"] = _text(frame["urn"])
    out["provider_group"] = _text(frame["provider_group"]) if "provider_group" in frame else None
    for c in LEVELS:
        out[c] = _text(frame[c]) if c in frame else None
    for c in (*AMOUNTS, "benchmark_gbp"):
        number = pd.to_numeric(frame[c], errors="coerce").to_numpy(float, na_value=np.nan) if c in frame else np.full(len(out), np.nan)
        out[c] = np.where(np.isfinite(number), number, np.nan)
    for c in AMOUNTS:
        out.loc[out[c] < 0, c] = np.nan
    return out.astype(dict.fromkeys(("urn", "provider_group", *LEVELS), object))


def _text(column: pd.Series) -> NDArray[np.object_]:
    given = column.astype(object)
    return given.where(given.isna(), given.astype(str)).where(given.notna() & (given.astype(str).str.strip() != ""), None).to_numpy(object)


def _usable(rows: pd.DataFrame) -> tuple[NDArray[np.bool_], dict[str, int]]:
    cost = rows["benchmark_gbp"]
    homeless = rows["urn"].isna()
    again = rows["placement_id"].duplicated() & rows["placement_id"].notna()
    why = {
        "no cost": cost.isna(),
        "cost not above zero": cost <= 0,
        "no setting": homeless & (cost > 0),
        "the same placement again": again & ~homeless & (cost > 0),
    }
    used = ((cost > 0) & ~homeless & ~again).to_numpy(bool)
    return used, {reason: int(mask.sum()) for reason, mask in why.items() if mask.any()}
