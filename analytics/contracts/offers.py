"""Where a block could be bought: settings and kinds of place, what each costs, how many it can take, what is under contract already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.contracts.policy import Policy
from analytics.figures import format_date
from analytics.params import place_funding
from analytics.survival import cohort, days
from data.domain import Lot, phase_of

if TYPE_CHECKING:
    from analytics.benchmark import BenchmarkResult

NMISS = ("ISS", "NMSS", "SPI")
SCHOOLS = ("ISS", "NMSS")
TERMS = ["void_share", "grace_weeks", "min_occupancy"]
TRANSPORT_PRIOR = 3.0  # a lot's mean transport weighs as much as this many children at the setting


@dataclass(frozen=True)
class PlanningData:
    """What the council's records say, as frames.

    `placements` (mart_placement): one row a placement, past and open. `snapshot`: one row a placement open at `as_at`, with
    costs. `settings`, `contracts`, `consultations`: one row each (staging). `benchmark`: expected costs; None where none could
    be fitted, and then a lot's median stands in.
    """

    as_at: date
    placements: pd.DataFrame
    snapshot: pd.DataFrame
    settings: pd.DataFrame
    contracts: pd.DataFrame
    consultations: pd.DataFrame
    benchmark: BenchmarkResult | None


def nmiss(frame: pd.DataFrame) -> pd.DataFrame:
    """Placements in non-maintained and independent special schools and specialist post-16 institutions, primary need never empty."""
    kept = frame[frame["setting_type"].isin(NMISS)]
    return kept.assign(urn=kept["urn"].astype(str), primary_need=kept["primary_need"].fillna("UNK"))


def setting_names(data: PlanningData) -> dict[str, str]:
    """Setting name by urn."""
    return {str(urn): str(name) for urn, name in zip(data.settings["urn"], data.settings["setting_name"], strict=True)}


def lots_of(frame: pd.DataFrame, phase: pd.Series) -> pd.Series:
    """The lot of each placement in the given phase; an area that is not known is written `any`."""
    area = frame["area"].fillna("any")
    return frame["primary_need"] + "-" + phase + "-" + frame["residence_group"] + "@" + area


def recent_lots(placements: pd.DataFrame, as_at: date, years: int) -> pd.DataFrame:
    """Setting × lot with a placement open at `as_at` or in the `years` before: urn, lot, in the phase of the last day there."""
    entry, leaving = days(placements["entry_date"]), days(placements["leaving_date"])
    today = np.datetime64(as_at, "D")
    last = np.minimum(leaving, today)
    here = (entry <= today) & (last >= today - np.timedelta64(round(365.25 * years), "D"))
    month = last[here].astype("datetime64[M]").astype(int)
    age = 1970 + month // 12 - (month % 12 < 8) - cohort(placements["birth_month"])[here]
    frame = placements[here]
    lots = lots_of(frame, pd.Series([phase_of(a) for a in age], index=frame.index, dtype=object))
    return pd.DataFrame({"urn": frame["urn"], "lot": lots}).drop_duplicates().reset_index(drop=True)


def prices(data: PlanningData, wanted: pd.DataFrame, pooled: dict[str, str], least: int) -> pd.DataFrame:
    """What a place costs the council at each setting and lot (`wanted`: urn, lot), in prices of the as-at date.

    Adds n (children there now), list_gbp (a year, less place funding, without transport), transport_gbp (expected, a child and
    year) and basis. From `least` children on the list price is their median; below, the benchmark's expected cost of the
    children there (else of the lot, else of all) × the setting's index. Transport is the mean there, shrunk to the lot's.
    """
    now = nmiss(data.snapshot)
    now = now.assign(lot=lots_of(now, now["phase"]).map(lambda lot: pooled.get(lot, lot)))
    now["price"] = (now["benchmark_gbp"] - now["dfe_place_gbp"].fillna(0) - now["place_funding_gbp"].fillna(0)).astype(float)
    now["transport"] = now["transport_gbp"].fillna(0).astype(float)
    now = now[now["price"].notna()]
    expected, index = _benchmark(data, now)
    now["expected"] = expected
    here = now.groupby(["urn", "lot"]).agg(n=("price", "size"), median=("price", "median"), expected=("expected", "mean"), transport=("transport", "sum"))
    lot = now.groupby("lot").agg(lot_expected=("expected", "mean"), lot_transport=("transport", "mean"))
    out = wanted.merge(here.reset_index(), how="left", on=["urn", "lot"]).merge(lot.reset_index(), how="left", on="lot")
    out["n"] = out["n"].fillna(0).astype(int)
    kind = data.settings.assign(urn=data.settings["urn"].astype(str)).drop_duplicates("urn").set_index("urn")["setting_type"].to_dict()
    funding = pd.Series([place_funding(str(kind.get(urn)), data.as_at) for urn in out["urn"]], index=out.index, dtype=float)
    cost = out["expected"].fillna(out["lot_expected"]).fillna(now["expected"].mean())
    modelled = (cost * out["urn"].map(index).astype(float).fillna(1.0) - funding).clip(lower=0.0)
    enough = out["n"] >= least
    out["list_gbp"] = out["median"].where(enough, modelled).round(2)
    out["basis"] = np.where(enough, "median of the children there", "expected cost × the setting's index")
    mean = out["lot_transport"].fillna(now["transport"].mean() if len(now) else 0.0)
    out["transport_gbp"] = ((out["transport"].fillna(0) + TRANSPORT_PRIOR * mean) / (out["n"] + TRANSPORT_PRIOR)).round(2)
    return out[["urn", "lot", "n", "list_gbp", "transport_gbp", "basis"]]


def _benchmark(data: PlanningData, now: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Expected cost of each placement with place funding in, and each setting's index; without a benchmark, costs as they are and 1."""
    if data.benchmark is None:
        lot_median = now.groupby("lot")["benchmark_gbp"].transform("median").astype(float)
        return lot_median, pd.Series(dtype=float)
    expected = data.benchmark.placements.set_index("placement_id")["expected_gbp"]
    settings = data.benchmark.settings
    return now["placement_id"].map(expected).astype(float), settings.set_index(settings["urn"].astype(str))["index"]


def most_held(placements: pd.DataFrame, as_at: date, years: int) -> pd.Series:
    """The most places held at once at each setting on the first of any month in the last `years`, and at `as_at`. By urn."""
    entry, leaving = days(placements["entry_date"]), days(placements["leaving_date"])
    month = np.datetime64(as_at, "M")
    moments = [*np.arange(month - 12 * years, month + 1).astype("datetime64[D]"), np.datetime64(as_at, "D")]
    held = pd.DataFrame({n: placements["urn"][(entry <= m) & (leaving >= m)].value_counts() for n, m in enumerate(moments)})
    return held.max(axis=1)


def capacities(data: PlanningData, policy: Policy, urns: list[str]) -> pd.Series:
    """Places each setting can give this council: the override, else places_offered, else the most held in three years + 10. By urn."""
    settings = data.settings.assign(urn=data.settings["urn"].astype(str)).drop_duplicates("urn").set_index("urn")
    held = most_held(nmiss(data.placements), data.as_at, policy.held_years).reindex(urns).fillna(0) + policy.spare_places
    offered = settings["places_offered"].astype(float).reindex(urns)
    own = pd.Series([policy.of("capacity", urn) for urn in urns], index=urns, dtype=float)
    return own.fillna(offered).fillna(held).astype(int)


def distances_km(data: PlanningData, urns: list[str]) -> pd.DataFrame:
    """Straight-line km from each area's centre (median home of its children, else of their day settings) to each setting: urn × area.

    Empty where either place is not known.
    """
    grid = data.settings.assign(urn=data.settings["urn"].astype(str)).drop_duplicates("urn").set_index("urn")[["easting", "northing"]].astype(float)
    now = nmiss(data.snapshot)
    homes = now.groupby("area")[["home_easting", "home_northing"]].median().set_axis(["easting", "northing"], axis=1).astype(float)
    day = now[now["residence_group"] == "day"]
    schools = day[["area", "urn"]].join(grid, on="urn").groupby("area")[["easting", "northing"]].median()
    centre = homes.combine_first(schools)
    to = grid.reindex(urns).to_numpy(float)
    gap = {str(a): np.hypot(*(to - at).T) / 1000 for a, at in zip(centre.index, centre.to_numpy(float), strict=True)}
    return pd.DataFrame(gap, index=urns)


def why_not(data: PlanningData, policy: Policy, offers: pd.DataFrame, from_date: date) -> pd.Series:
    """Why a setting × lot (urn, lot) takes no new child; empty where it does. Index of `offers`."""
    settings = data.settings.assign(urn=data.settings["urn"].astype(str)).drop_duplicates("urn").set_index("urn")
    closed = pd.to_datetime(settings["closed"]).reindex(offers["urn"]).to_numpy() < np.datetime64(from_date)
    km = distances_km(data, sorted(offers["urn"].unique()))
    reasons = []
    for urn, lot_id, shut in zip(offers["urn"], offers["lot"], closed, strict=True):
        lot, chosen = Lot.parse(lot_id), policy.of("eligible", urn, lot_id)
        away = float(km[lot.area].loc[urn]) if lot.area in km.columns else 0.0
        far = lot.residence == "day" and away > policy.travel_range_km
        reasons.append(
            "" if chosen else "the policy says so" if chosen is False else "the setting has closed" if shut else f"{away:.0f} km away" if far else ""
        )
    return pd.Series(reasons, index=offers.index, dtype=object)


def running(data: PlanningData, from_date: date, to_date: date, pooled: dict[str, str]) -> pd.DataFrame:
    """Block contracts of today: guaranteed places that still bind when the plan starts, by setting and lot, and what to know about each.

    One row a contract × urn × lot: places (0 where it ends before the plan starts), its terms, note (a sentence or empty). A contract
    whose lot is not written as a demand lot is shared out over the lots of the children placed under it, empty places over those of all its children.
    """
    table, today, names = data.contracts, pd.Timestamp(data.as_at), setting_names(data)
    live = table[table["kind"].isin(["block", "flexi_block"]) & (pd.to_datetime(table["starts"]) <= today) & (pd.to_datetime(table["ends"]) >= today)]
    now = nmiss(data.snapshot)
    now = now.assign(lot=lots_of(now, now["phase"]).map(lambda lot: pooled.get(lot, lot)))
    rows = []
    for c in ({str(k): v for k, v in row.items()} for row in live[live["guaranteed_places"].fillna(0) > 0].to_dict("records")):
        ends, places, note = pd.Timestamp(c["ends"]).date(), int(c["guaranteed_places"]), ""
        what = f"The block contract {c['contract_id']} for {places} places at {names.get(str(c['urn']), c['urn'])} ends on {format_date(ends)}"
        if ends < from_date:
            note = f"{what}, before the plan starts, so it binds nothing."
        elif ends < to_date:
            note = f"{what}; the plan holds one number for all its years, so they stay in it to the end."
        terms = {k: (None if pd.isna(c[k]) else float(c[k])) for k in TERMS}
        for lot, share in _contract_lots(c, now, pooled, places).items():
            rows.append({"urn": str(c["urn"]), "lot": lot, "places": share if ends >= from_date else 0, **terms, "note": note})
    return pd.DataFrame(rows, columns=["urn", "lot", "places", *TERMS, "note"])


def _contract_lots(contract: dict[str, Any], now: pd.DataFrame, pooled: dict[str, str], places: int) -> dict[str, int]:
    """Lot → places of one contract, whole and summing to `places`."""
    try:
        lot = Lot.parse(str(contract["lot"])).id
    except ValueError:
        here = now[now["urn"] == str(contract["urn"])]
        everyone = here["lot"].value_counts().sort_index()
        under = here.loc[here["contract_id"] == contract["contract_id"], "lot"].value_counts().reindex(everyone.index).fillna(0.0)
        weight = under + max(places - under.sum(), 0.0) * everyone / max(everyone.sum(), 1)
        cuts = np.floor(np.cumsum(weight.to_numpy()) * places / max(weight.sum(), 1.0) + 0.5).astype(int)
        return {str(lot): int(n) for lot, n in zip(weight.index, np.diff(cuts, prepend=0), strict=True) if n}
    return {pooled.get(lot, lot): places}
