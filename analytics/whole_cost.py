"""What a place costs once every part, purse and place funding is counted, and where that turns a comparison of fees.

A *fee* here is what council, health and social care pay the setting; *whole cost* adds DfE place funding and transport, agreed or estimated
(`analytics.transport`). Settings are compared only over children of the same need, phase and day or residential.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.transport import TransportModel, fit

Floats = NDArray[np.float64]
DRAWS, SEED = 400, 1
LEAST = 3  # children of one kind at each of two settings, below which the pair is not compared
SURE = 0.95  # of the draws in which both the fee and the whole cost must stand as told
ESTIMATE, NONE_TAKEN = "estimate", "none"
KIND = ["primary_need", "phase", "residence_group"]
PURSES = {
    "education_gbp": "Education (high needs), to the setting",
    "transport_whole_gbp": "Transport",
    "place_gbp": "DfE place funding",
    "social_care_gbp": "Social care",
    "health_gbp": "Health",
}


@dataclass(frozen=True)
class WholeCost:
    """`places`: one row a placement (see `whole`); `draws`: transport £ a year, draw × placement; `unpriced`: placements left out for want of a fee."""

    places: pd.DataFrame
    draws: Floats
    model: TransportModel
    unpriced: int

    def chosen(self, keep: NDArray[np.bool_]) -> WholeCost:
        """The same of some placements; the model stays that of all."""
        return WholeCost(self.places[keep].reset_index(drop=True), self.draws[:, keep], self.model, self.unpriced)

    @property
    def total_draws(self) -> Floats:
        """Whole cost of all placements, £ a year, one value a draw."""
        return np.asarray(self.places["without_transport_gbp"].sum() + self.draws.sum(axis=1), dtype=float)


def whole(rows: pd.DataFrame, no_line: str = ESTIMATE, *, count: int = DRAWS, seed: int = SEED) -> WholeCost:
    """Every placement's whole cost. `rows`: the read `whole_cost`; `no_line`: what no agreed transport means, `estimate` or `none`.

    Adds to a row: fee_gbp, without_transport_gbp (fee and place funding), transport_whole_gbp, transport_is (agreed, estimated or none), low and high
    of an estimate (90%), whole_gbp; £ a full year.
    """
    places, model = priced(rows), fit(rows)
    agreed = places["transport_gbp"].to_numpy(float)
    lacking = np.isnan(agreed)
    miles, boards = places["miles"].to_numpy(float), places["residence_group"].to_numpy() == "residential"
    draws = np.tile(np.nan_to_num(agreed), (count, 1))
    places["transport_whole_gbp"] = np.nan_to_num(agreed)
    places["transport_is"] = np.where(lacking, "none", "agreed")
    places["transport_low_gbp"] = places["transport_high_gbp"] = np.nan_to_num(agreed)
    if no_line == ESTIMATE and lacking.any():
        draws[:, lacking] = model.draws(miles[lacking], boards[lacking], count, seed)
        places.loc[lacking, "transport_whole_gbp"] = model.expected(miles[lacking], boards[lacking])
        places.loc[lacking, "transport_is"] = "estimated"
        for name, quantile in (("transport_low_gbp", 0.05), ("transport_high_gbp", 0.95)):
            places.loc[lacking, name] = np.quantile(draws[:, lacking], quantile, axis=0)
    places["whole_gbp"] = places["without_transport_gbp"] + places["transport_whole_gbp"]
    return WholeCost(places, draws, model, len(rows) - len(places))


def priced(rows: pd.DataFrame) -> pd.DataFrame:
    """The placements with an agreed fee, with fee_gbp (every purse but DfE, without transport) and without_transport_gbp (place funding too)."""
    places = rows[rows["priced"].astype(bool)].reset_index(drop=True).copy()
    places["fee_gbp"] = places[["education_gbp", "social_care_gbp", "health_gbp"]].sum(axis=1)
    places["without_transport_gbp"] = places["fee_gbp"] + places["place_gbp"]
    return places


def by_setting(found: WholeCost) -> pd.DataFrame:
    """What does a place cost at each setting? One row a setting, most placements first; £ a place and year.

    n, fee_gbp, place_gbp, transport_gbp, whole_gbp with whole_low and whole_high (95%: what estimated transport leaves open), estimated (placements).
    """
    places = found.places
    groups = places.groupby("urn", sort=False)
    frame = groups.agg(
        setting_name=("setting_name", "first"),
        n=("urn", "size"),
        fee_gbp=("fee_gbp", "mean"),
        place_gbp=("place_gbp", "mean"),
        transport_gbp=("transport_whole_gbp", "mean"),
        whole_gbp=("whole_gbp", "mean"),
        miles=("miles", "median"),
        estimated=("transport_is", lambda is_: int((is_ == "estimated").sum())),
    )
    ends = {
        str(urn): np.quantile(found.draws[:, positions].mean(axis=1), [0.025, 0.975]) + places["without_transport_gbp"].to_numpy()[positions].mean()
        for urn, positions in groups.indices.items()
    }
    frame["whole_low"] = [ends[str(urn)][0] for urn in frame.index]
    frame["whole_high"] = [ends[str(urn)][1] for urn in frame.index]
    return frame.reset_index().sort_values(["n", "setting_name", "urn"], ascending=[False, True, True], kind="stable").reset_index(drop=True)


def by_purse(found: WholeCost) -> pd.DataFrame:
    """Who pays? One row a purse with anything in it: purse, gbp (a year), share (per cent)."""
    frame = pd.DataFrame({"purse": list(PURSES.values()), "gbp": [float(found.places[name].sum()) for name in PURSES]})
    whole_gbp = frame["gbp"].sum()
    frame["share"] = 100.0 * frame["gbp"] / whole_gbp if whole_gbp else 0.0
    return frame[frame["gbp"] != 0].sort_values("gbp", ascending=False, kind="stable").reset_index(drop=True)


def turned_pairs(found: WholeCost, *, seed: int = SEED) -> tuple[pd.DataFrame, int]:
    """Where does the setting with the lower fee cost more once everything is counted? Such pairs, surest first, and how many pairs were compared.

    Compared are pairs with at least LEAST children of one need, phase and residence at each; over several such kinds the differences are
    weighed by n₁n₂ ÷ (n₁ + n₂). One row a pair: dearer, cheaper (urns; `dearer` once all is counted) and their names, kinds, n_dearer,
    n_cheaper, fee_less_gbp (what its fee is lower by), whole_more_gbp with low and high (95%), sure (share of draws in which both
    hold), turned_by (transport, place funding, both together). Draws take the children there as a sample (Bayesian bootstrap, Rubin 1981).
    """
    cells, means = _cells(found, seed)
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for _, part in cells.groupby(KIND, sort=True):
        for one, other in combinations(part.index.tolist(), 2):
            first, second = sorted((one, other), key=lambda i: str(cells.at[i, "urn"]))
            pairs.setdefault((str(cells.at[first, "urn"]), str(cells.at[second, "urn"])), []).append((first, second))
    rows = [row for shared in pairs.values() if (row := _compared(cells, means, shared)) is not None]
    columns = ["dearer", "cheaper", "dearer_name", "cheaper_name", "kinds", "n_dearer", "n_cheaper", "fee_less_gbp", "whole_more_gbp", "low", "high", "sure"]
    frame = pd.DataFrame(rows, columns=[*columns, "turned_by"])
    return frame.sort_values(["sure", "whole_more_gbp"], ascending=False, kind="stable").reset_index(drop=True), len(pairs)


def _cells(found: WholeCost, seed: int) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """One row a setting × kind with enough children (urn, name, n), and its mean fee, place funding and whole cost: draw × cell, the plain mean last."""
    places = found.places
    keys = [*KIND, "urn"]
    sizes = places.groupby(keys)["urn"].transform("size") >= LEAST
    positions = np.flatnonzero(sizes.to_numpy())
    some = places.iloc[positions]
    number = some.groupby(keys, sort=True).ngroup().to_numpy()
    cells = some.groupby(keys, sort=True).agg(name=("setting_name", "first"), n=("fee_gbp", "size")).reset_index()
    count = len(found.draws)
    weights = np.vstack([np.random.default_rng(seed).exponential(1.0, (count, len(some))), np.ones(len(some))])
    transport = np.vstack([found.draws[:, positions], some["transport_whole_gbp"].to_numpy()])
    into = np.zeros((len(some), len(cells)))
    into[np.arange(len(some)), number] = 1.0
    total = weights @ into
    means = {name: (weights * some[f"{name}_gbp"].to_numpy()) @ into / total for name in ("fee", "place")}
    return cells, means | {"transport": (weights * transport) @ into / total}


def _compared(cells: pd.DataFrame, means: dict[str, Floats], shared: list[tuple[int, int]]) -> tuple[object, ...] | None:
    """A pair whose comparison turns; None for one that does not."""
    first, second = [a for a, _ in shared], [b for _, b in shared]
    n = cells["n"].to_numpy(float)
    weight = n[first] * n[second] / (n[first] + n[second])
    fee, place, transport = ((means[name][:, first] - means[name][:, second]) @ weight / weight.sum() for name in ("fee", "place", "transport"))
    sign = 1.0 if fee[-1] < 0 else -1.0
    fee, place, transport = sign * fee, sign * place, sign * transport
    whole_more = fee + place + transport
    if not (fee[-1] < 0 < whole_more[-1]):
        return None
    dearer, cheaper = (first, second) if sign > 0 else (second, first)
    low, high = np.quantile(whole_more[:-1], [0.025, 0.975])
    by = "transport" if fee[-1] + transport[-1] > 0 else "place funding" if fee[-1] + place[-1] > 0 else "both together"
    kinds = "; ".join(" ".join(str(cells.at[i, name]) for name in KIND) for i in dearer)
    who = [str(cells.at[side[0], name]) for name in ("urn", "name") for side in (dearer, cheaper)]
    counts = [int(n[side].sum()) for side in (dearer, cheaper)]
    sure = float(np.mean((fee[:-1] < 0) & (whole_more[:-1] > 0)))
    return (*who, kinds, *counts, float(-fee[-1]), float(whole_more[-1]), float(low), float(high), sure, by)
