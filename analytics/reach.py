"""Who else could be asked: settings that take the needs, ages and residence of some children, within reach of their homes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.domain import NEED_NOT_RECORDED


def km_between(easting: pd.Series, northing: pd.Series, to_easting: float, to_northing: float) -> pd.Series:
    """Straight-line kilometres from grid references in metres to one place; empty where either is not known."""
    return pd.Series(np.hypot(easting.astype(float) - to_easting, northing.astype(float) - to_northing) / 1000.0, index=easting.index)


def alternatives(setting: pd.Series, children: pd.DataFrame, settings: pd.DataFrame, as_at: date, range_km: float) -> pd.DataFrame:
    """Settings that could be asked about children of one: one row a setting, those that fit most children first.

    `children`: one row a child there (primary_need, academic_age, residence, home_easting, home_northing); `settings`: one row a setting. A setting fits a
    child when it is open, takes the need (one that is not recorded fits), the age and the residence, and, for a day place, lies within `range_km` in a
    straight line of the home, or of the present setting where the home is not known. What a setting does not say of itself rules nothing out.
    Columns of `settings` and fits (children), km (from the present setting).
    """
    others = settings[(settings["urn"].astype(str) != str(setting["urn"])) & ~(pd.to_datetime(settings["closed"]) < pd.Timestamp(as_at))].copy()
    here = (float(setting["easting"]), float(setting["northing"])) if pd.notna(setting["easting"]) and pd.notna(setting["northing"]) else (np.nan, np.nan)
    others["km"] = km_between(others["easting"], others["northing"], *here)
    others["fits"] = [_fitting(row, children, here, range_km) for row in others.itertuples()]
    fitting = others[others["fits"] > 0]
    return fitting.sort_values(["fits", "km", "urn"], ascending=[False, True, True], kind="stable").reset_index(drop=True)


def _fitting(row: object, children: pd.DataFrame, here: tuple[float, float], range_km: float) -> int:
    """How many of the children a setting fits."""
    needs, residences = (_codes(getattr(row, name)) for name in ("needs", "residence"))
    ok = children["primary_need"].isin([*needs, NEED_NOT_RECORDED]) if needs else pd.Series(True, index=children.index)
    if residences:
        ok &= children["residence"].isin(residences)
    low, high = (getattr(row, name) for name in ("age_low", "age_high"))
    if pd.notna(low):
        ok &= children["academic_age"] >= int(low)
    if pd.notna(high):
        ok &= children["academic_age"] <= int(high)
    easting, northing = (children[f"home_{name}"].astype(float).fillna(at) for name, at in zip(("easting", "northing"), here, strict=True))
    away = km_between(easting, northing, float(row.easting), float(row.northing))  # type: ignore[attr-defined]
    return int((ok & ((children["residence"] != "day") | ~(away > range_km))).sum())


def _codes(text: object) -> list[str]:
    return [code.strip() for code in text.split(";") if code.strip()] if isinstance(text, str) else []
