"""One setting's places: who holds them, how full its blocks are, how far children travel, and who else could be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.dossier import CONTRACT_KINDS
from analytics.findings.words import AGREEMENTS, number, plural, share
from analytics.reach import alternatives, km_between
from data.domain import PHASE_NAMES, SEN_NAMES, SETTING_TYPE_NAMES

_PLACEMENTS, _SETTINGS = "Placements and plans as loaded", "Settings and schools' returns as loaded"
_RESIDENCES = {"day": "Day", "residential": "Residential"}


@dataclass(frozen=True)
class PlacesFrames:
    """`setting`: its row of the settings read; `open`: one row an open placement there; `contracts`: the setting's; `settings`: every one.

    `returns`: the latest return of each setting that says how many places are free.
    """

    setting: pd.Series[Any]
    open: pd.DataFrame
    contracts: pd.DataFrame
    settings: pd.DataFrame
    returns: pd.DataFrame


def places(frames: PlacesFrames, as_at: date, range_km: float, version: str) -> Finding:
    """The finding. `range_km`: how far a day place may lie from home in a straight line."""
    away = _away(frames)
    others, blocks = _alternatives(frames, as_at, range_km), _blocks(frames, as_at)
    tables = {"placed": _placed(frames.open, as_at), "blocks": blocks, "travel": _travel(frames.open, away, as_at), "others": others}
    kept = {name: table for name, table in tables.items() if len(table.frame)}
    figures = _figures(frames, away, blocks, as_at)
    return Finding(_answer(frames, away, others), figures, kept, _method(range_km), version)


def _away(frames: PlacesFrames) -> pd.Series[Any]:
    """Kilometres from each child's home to the setting; empty where not known."""
    setting = frames.setting
    if pd.isna(setting["easting"]) or pd.isna(setting["northing"]):
        return pd.Series(float("nan"), index=frames.open.index)
    return km_between(frames.open["home_easting"], frames.open["home_northing"], float(setting["easting"]), float(setting["northing"]))


def _answer(frames: PlacesFrames, away: pd.Series[Any], others: Table) -> str:
    held, capacity = len(frames.open), number(frames.setting, "capacity")
    bought = share(float(held), capacity)
    said = f"The council holds {plural(held, 'place')} here"
    said += "" if bought is None else f", {format_value(bought, 'per_cent')} of {plural(int(capacity or 0), 'registered place')}"
    if away.notna().any():
        said += f"; half of the children live within {away.median():,.0f} km in a straight line"
    found = len(others.frame)
    reach = "not known to be out of reach" if others.frame["km"].isna().any() else "in reach"
    return f"{said}; {plural(found, 'other setting')} {reach} {'takes' if found == 1 else 'take'} the needs and ages of some of them." if found else f"{said}."


def _figures(frames: PlacesFrames, away: pd.Series[Any], blocks: Table, as_at: date) -> tuple[Figure, ...]:
    held, capacity = float(len(frames.open)), number(frames.setting, "capacity")
    on = f"snapshot {format_date(as_at)}"
    registered = "number of registered places not known" if capacity is None else f"{capacity:,.0f} registered places, for all councils' children"
    found = [
        Figure("Share of its places", share(held, capacity), "per_cent", f"{held:,.0f} placements of {registered}", as_at, _SETTINGS, "Placements ÷ capacity.")
    ]
    if len(blocks.frame):
        paid, filled = float(blocks.frame["guaranteed_places"].sum()), float(blocks.frame["filled"].sum())
        basis = f"{filled:,.0f} of {paid:,.0f} guaranteed places, {on}"
        found.append(Figure("Block places filled", share(filled, paid), "per_cent", basis, as_at, "Contracts and placements as loaded", "See the table."))
    if away.notna().any():
        basis = f"Median of {plural(int(away.notna().sum()), 'placement')}, straight line, {on}"
        found.append(
            Figure("Distance from home (km)", float(away.median()), "km", basis, as_at, _PLACEMENTS, "From the home's grid reference to the setting's.")
        )
    paid_for = frames.open["transport_gbp"].dropna()
    if len(paid_for):
        basis = f"Mean of {plural(len(paid_for), 'placement')} with transport, full-year equivalent, {on}"
        found.append(Figure("Transport a child", float(paid_for.mean()), "gbp", basis, as_at, AGREEMENTS, "Transport lines valid on the day, annualised."))
    return tuple(found[:4])


def _placed(children: pd.DataFrame, as_at: date) -> Table:
    """Who is placed, counted four ways: one row a value."""
    ways = (
        ("Primary need", children["primary_need"].map(SEN_NAMES).fillna("Need not recorded")),
        ("Phase", children["phase"].map(PHASE_NAMES)),
        ("Day or residential", children["residence_group"].map(_RESIDENCES).fillna("Not known")),
        ("Home district", children["home_district"].fillna("Not known")),
    )
    parts = [pd.DataFrame({"way": way, "value": counts.index, "placements": counts.to_numpy()}) for way, c in ways for counts in [c.value_counts()]]
    frame = pd.concat(parts, ignore_index=True)
    frame["share"] = 100.0 * frame["placements"] / max(len(children), 1)
    columns = {"way": "Counted by", "value": "Value", "placements": "Placements", "share": "Share"}
    units = {"way": "text", "value": "text", "placements": "placements", "share": "per_cent"}
    return Table("Who is placed there", f"Open placements, snapshot {format_date(as_at)}; each way counts every one", _PLACEMENTS, frame, columns, units)


def _blocks(frames: PlacesFrames, as_at: date) -> Table:
    """Block contracts that run: guaranteed places and how many are filled by a placement under the contract."""
    all_, day = frames.contracts, pd.Timestamp(as_at)
    runs = all_["kind"].isin(["block", "flexi_block"]) & (pd.to_datetime(all_["starts"]) <= day) & (pd.to_datetime(all_["ends"]) >= day)
    frame = all_[runs & all_["guaranteed_places"].notna()].copy()
    placed = frames.open["contract_id"].value_counts()
    frame["under"] = frame["contract_id"].map(placed).fillna(0).astype(int)
    frame["filled"] = frame[["under", "guaranteed_places"]].min(axis=1)
    frame["occupancy"] = 100.0 * frame["filled"] / frame["guaranteed_places"].where(frame["guaranteed_places"] > 0)
    frame["kind"] = frame["kind"].map(CONTRACT_KINDS)
    columns = {
        "contract_id": "Contract",
        "kind": "Kind",
        "guaranteed_places": "Guaranteed places",
        "under": "Placements under it",
        "occupancy": "Filled",
        "ends": "Ends",
    }
    units = {"guaranteed_places": "places", "under": "placements", "occupancy": "per_cent", "ends": "date"}
    subtitle = f"Contracts that run on {format_date(as_at)}; a guaranteed place is paid for whether it is filled or not"
    return Table("How full its block contracts are", subtitle, "Contracts and placements as loaded", frame.reset_index(drop=True), columns, units)


def _travel(children: pd.DataFrame, away: pd.Series[Any], as_at: date) -> Table:
    """Distance and transport by home district."""
    frame = children.assign(home=children["home_district"].fillna("Not known"), km=away).groupby("home")
    counted = {"placements": ("home", "size"), "km": ("km", "median"), "travelling": ("transport_gbp", "count"), "transport_gbp": ("transport_gbp", "mean")}
    out = frame.agg(**counted).reset_index()
    out = out.sort_values("placements", ascending=False, kind="stable").reset_index(drop=True)
    columns = {
        "home": "Home district",
        "placements": "Placements",
        "km": "Median distance (km)",
        "travelling": "With transport",
        "transport_gbp": "Mean transport a child",
    }
    units = {"home": "text", "placements": "placements", "km": "km", "travelling": "placements", "transport_gbp": "gbp"}
    subtitle = f"Straight line from home; transport as a full-year equivalent of those who have it; snapshot {format_date(as_at)}"
    return Table("Distance and transport", subtitle, f"{_PLACEMENTS}; {AGREEMENTS[0].lower()}{AGREEMENTS[1:]}", out, columns, units)


def _alternatives(frames: PlacesFrames, as_at: date, range_km: float) -> Table:
    """Settings that could be asked about children here."""
    found = alternatives(frames.setting, frames.open, frames.settings, as_at, range_km)
    said = frames.returns.astype({"urn": str}).drop_duplicates("urn").set_index("urn")
    frame = found.assign(urn=found["urn"].astype(str), kind=found["setting_type"].map(SETTING_TYPE_NAMES))
    frame["left"] = (frame["places_offered"].astype(float) - frame["placements"].astype(float)).clip(lower=0)
    returned = said.reindex(frame["urn"])  # none may be loaded
    frame["vacancies"] = pd.to_numeric(returned["vacancies"]).to_numpy(float)
    frame["told_on"] = pd.to_datetime(returned["return_date"]).to_numpy()
    columns = {
        "setting_name": "Setting",
        "kind": "Kind",
        "fits": "Children it takes the need and age of",
        "km": "From here (km)",
        "capacity": "Registered places",
        "placements": "Our placements",
        "left": "Places offered and not held",
        "vacancies": "Free by its return",
        "told_on": "Return of",
    }
    units = {"fits": "children", "km": "km", "capacity": "places", "placements": "placements", "left": "places", "vacancies": "places", "told_on": "date"}
    subtitle = f"Same need, age and residence, day places within {range_km:g} km of home; most children first. Whether a place suits a child is not in it"
    return Table("Who else could be asked", subtitle, _SETTINGS, frame, columns, {"setting_name": "text", "kind": "text", **units})


def _method(range_km: float) -> str:
    return f"""
**Share of its places** is the council's open placements ÷ registered places, which are for all councils' children. **Filled**: placements recorded under a
block contract, at most its guaranteed places. **Distance** is a straight line between grid references, homes rounded to a kilometre; roads are longer.

**Who else could be asked** lists open settings that take the need, the age and the residence of children here and, for a day place, lie within {range_km:g} km
of their homes (an assumption, as on Contracts). What a setting does not say of itself rules nothing out. *Places offered and not held* is what it offers this
council less what the council holds; *free by its return* is what the school said on that day. It is a list to ask from, should a place be needed: children
there keep their places, what suits the child and what the parent prefers come first, and no setting is ranked.
"""
