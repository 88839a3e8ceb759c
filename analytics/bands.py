"""What price bands would change: placements above the maximum of their band, and who would need a new place if the settings concerned left.

A band is a proposal until it is law; a maximum is held against fees as agreed today. Nothing here says what a place is worth, or that a setting would leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.params import Parameter

APPLIES_TO = ("ISS",)  # the bands were announced for independent special schools
TRAVEL = Parameter("travel", 20.0, "straight miles", 1.0, 200.0, "Assumption", "A new place within this distance of home counts as near")
SHIFT = Parameter("shift", 0.10, "share of the maximum", 0.0, 0.5, "Assumption", "How far the maxima may come out higher or lower than the table says")
WHOLE_FEE, CORE_FEE = "fee_gbp", "core_gbp"
_METRES_A_MILE = 1609.344


@dataclass(frozen=True)
class Holding:
    """Placements held against the bands in force on a day. `places`: one row a placement in `APPLIES_TO` with a fee: band, maximum_gbp, price_gbp, above_gbp.

    `unbanded`: placements for which the table has no band; they are in `places` without a maximum.
    """

    places: pd.DataFrame
    bands: pd.DataFrame
    on: date
    unbanded: int


def first_days(bands: pd.DataFrame) -> list[str]:
    """The days on which maxima change, newest first, as ISO text."""
    return sorted(set(bands["valid_from"].astype(str)), reverse=True)


def in_force(bands: pd.DataFrame, on: date) -> pd.DataFrame:
    """Of each band and residence the row that holds on a day: the latest that has begun."""
    begun = bands[bands["valid_from"].astype(str) <= on.isoformat()]
    return begun.sort_values("valid_from", kind="stable").drop_duplicates(["band", "residence"], keep="last").reset_index(drop=True)


def hold(places: pd.DataFrame, bands: pd.DataFrame, on: date, price: str = WHOLE_FEE, shift: float = 0.0) -> Holding:
    """Holds placements against the bands in force on a day, £ a full year. `places`: as `whole_cost.priced`; `price`: the column compared.

    `shift`: the share by which every maximum moves. A need belongs to the band that names it, of several the one that began
    last; else to the one without needs.
    """
    now = in_force(bands, on)
    bound: dict[tuple[str, str], tuple[str, float]] = {}
    for row in now.sort_values("valid_from", kind="stable").to_dict("records"):
        for need in str(row["needs"] or "").split(";"):
            bound[need.strip(), str(row["residence"])] = str(row["band"]), float(row["maximum_gbp"]) * (1.0 + shift)
    rows = places[places["setting_type"].isin(APPLIES_TO)].reset_index(drop=True).copy()
    found = [
        bound.get((str(need), str(residence)), bound.get(("", str(residence))))
        for need, residence in zip(rows["primary_need"], rows["residence_group"], strict=True)
    ]
    rows["band"] = [None if f is None else f[0] for f in found]
    rows["maximum_gbp"] = [np.nan if f is None else f[1] for f in found]
    rows["price_gbp"] = rows[price].astype(float)
    rows["above_gbp"] = (rows["price_gbp"] - rows["maximum_gbp"]).clip(lower=0.0).fillna(0.0).round(2)
    return Holding(rows, now, on, int(rows["band"].isna().sum()))


def by_setting(held: Holding) -> pd.DataFrame:
    """One row a setting, most £ above first: n, above (placements), above_gbp, price_gbp, share (above ÷ fees from this council), £ a full year."""
    rows = held.places.assign(is_above=held.places["above_gbp"] > 0)
    frame = rows.groupby("urn").agg(
        setting_name=("setting_name", "first"),
        n=("urn", "size"),
        above=("is_above", "sum"),
        above_gbp=("above_gbp", "sum"),
        price_gbp=("price_gbp", "sum"),
        fee_gbp=("fee_gbp", "sum"),
    )
    frame["share"] = (frame["above_gbp"] / frame["fee_gbp"].where(frame["fee_gbp"] > 0)).fillna(0.0)
    return frame.reset_index().sort_values(["above_gbp", "setting_name", "urn"], ascending=[False, True, True], kind="stable").reset_index(drop=True)


def by_band(held: Holding) -> pd.DataFrame:
    """One row a band in force × residence, as in the table, with its placements: n, above, above_gbp, median price; and one of placements without a band."""
    places = held.places.assign(is_above=held.places["above_gbp"] > 0, band=held.places["band"].fillna(""))
    counted = (
        places.groupby(["band", "residence_group"])
        .agg(n=("urn", "size"), above=("is_above", "sum"), above_gbp=("above_gbp", "sum"), median_gbp=("price_gbp", "median"))
        .reset_index()
    )
    frame = held.bands.merge(counted, how="outer", left_on=["band", "residence"], right_on=["band", "residence_group"])
    frame["residence"] = frame["residence"].fillna(frame["residence_group"])
    frame[["n", "above", "above_gbp"]] = frame[["n", "above", "above_gbp"]].fillna(0)
    frame["band"] = frame["band"].replace("", "No band in the table")
    return frame.drop(columns="residence_group").sort_values(["residence", "band"], kind="stable").reset_index(drop=True)


def might_leave(settings: pd.DataFrame, share: float) -> list[str]:
    """URNs of settings with anything above a maximum that would lose `share` or more of their fees. `settings`: `by_setting`."""
    chosen = settings[(settings["above_gbp"] > 0) & (settings["share"] >= share)]
    return [str(urn) for urn in chosen["urn"]]


@dataclass(frozen=True)
class Leaving:
    """Who would need a new place. `children`: one row a placement concerned; `kinds`: need × phase × residence with the free places that fit each.

    `found`: how many of the children could have a free place at once, anywhere; `near`: within the distance of home; `unknown`: settings that
    stay and whose places offered are not recorded, which count as none.
    """

    children: pd.DataFrame
    kinds: pd.DataFrame
    found: int
    near: int
    unknown: int


def leaving(places: pd.DataFrame, settings: pd.DataFrame, leavers: list[str], on: date, miles: float = TRAVEL.value) -> Leaving:
    """Were the `leavers` to leave, who would need a new place, and where are places free? Whole assignments, no place counted twice (maximum flow).

    `places`: every placement open with a fee; `settings`: the read `settings`. A free place is one offered to this council and not taken, at a setting
    that stays open and admits the child's need, age, and day or residential; what a setting does not record counts as admitted.
    """
    children = places[places["urn"].astype(str).isin(leavers)].reset_index(drop=True)
    others = settings[~settings["urn"].astype(str).isin(leavers) & (settings["closed"].isna() | (pd.to_datetime(settings["closed"]) >= pd.Timestamp(on)))]
    unknown = int((others["places_offered"].isna() & others["setting_type"].isin(["ISS", "NMSS", "SPI"])).sum())
    free = (others["places_offered"] - others["placements"]).fillna(0).clip(lower=0).astype(int)
    open_now = others[free > 0].reset_index(drop=True)
    room: NDArray[np.int64] = np.asarray(free[free > 0], dtype=np.int64)
    fits = _fits(children, open_now)
    near = fits & (_miles(children, open_now) <= miles)
    kind = ["primary_need", "phase", "residence_group"]
    rows = []
    for key, part in children.groupby(kind, sort=True):
        reach = fits[part.index].any(axis=0)
        rows.append((*key, len(part), int(reach.sum()), int(room[reach].sum())))
    kinds = pd.DataFrame(rows, columns=[*kind, "children", "settings", "free"]).sort_values("children", ascending=False, kind="stable").reset_index(drop=True)
    return Leaving(children, kinds, _most(fits, room), _most(near, room), unknown)


def _fits(children: pd.DataFrame, settings: pd.DataFrame) -> NDArray[np.bool_]:
    """Child × setting: whether the setting admits the child's need, age and residence."""
    fits = np.ones((len(children), len(settings)), dtype=bool)
    need, residence = children["primary_need"].to_numpy(), children["residence_group"].to_numpy()
    age = children["academic_age"].to_numpy(float)
    for j, setting in enumerate(settings.to_dict("records")):
        needs, stays = _listed(setting["needs"]), _listed(setting["residence"])
        groups = {"day" if stay == "day" else "residential" for stay in stays}
        if needs:
            fits[:, j] &= np.isin(need, [*needs, "UNK"])
        if groups:
            fits[:, j] &= np.isin(residence, list(groups))
        low, high = setting["age_low"], setting["age_high"]
        fits[:, j] &= ~(age < low) if pd.notna(low) else True
        fits[:, j] &= ~(age > high) if pd.notna(high) else True
    return fits


def _listed(text: object) -> list[str]:
    return [part.strip() for part in str(text).split(";") if part.strip()] if isinstance(text, str) else []


def _miles(children: pd.DataFrame, settings: pd.DataFrame) -> NDArray[np.float64]:
    """Straight miles from each home to each setting; a distance that is not recorded is taken for far."""
    east = children["home_easting"].to_numpy(float)[:, None] - settings["easting"].to_numpy(float)[None, :]
    north = children["home_northing"].to_numpy(float)[:, None] - settings["northing"].to_numpy(float)[None, :]
    return np.asarray(np.nan_to_num(np.hypot(east, north) / _METRES_A_MILE, nan=np.inf), dtype=float)


def _most(fits: NDArray[np.bool_], room: NDArray[np.int64]) -> int:
    """How many children can have one of the places at once."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    children, settings = fits.shape
    if not children or not settings:
        return 0
    size = children + settings + 2
    child, setting = np.nonzero(fits)
    start = np.concatenate([np.zeros(children, int), child + 1, np.arange(settings) + children + 1])
    end = np.concatenate([np.arange(children) + 1, setting + children + 1, np.full(settings, size - 1)])
    capacity = np.concatenate([np.ones(children + len(child), int), room]).astype(np.int32)
    return int(maximum_flow(csr_array((capacity, (start, end)), shape=(size, size)), 0, size - 1).flow_value)
