"""The instance (docs/contracts.md) as a JSON document: lots, providers, offers and whole-number scenarios."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.contracts.policy import Policy
from analytics.contracts.scope import FIXED, OTHER_SETTINGS, Layout
from analytics.survival import Ints

_TERMS = ("void_share", "grace_weeks", "min_occupancy")
_EXTRAS = ("max_flex", "flex_fee", "flex_disc", "spot_available")

Held = dict[tuple[str, str], int]


def spread(whole: Ints, price_gbp: pd.Series, wanted: int) -> Ints:
    """Which draws stand for all: ordered from the cheapest to the dearest, one from the middle of each of `wanted` equal groups."""
    cost = whole.sum(axis=1) @ price_gbp.to_numpy(float)
    order, count = np.argsort(cost, kind="stable"), min(wanted, len(cost))
    return np.asarray(np.sort(order[((np.arange(count) + 0.5) * len(cost) / count).astype(np.int64)]), dtype=np.int64)


def signed_places(table: pd.DataFrame, limit: int) -> Held:
    """Places under contract already at each kept offer, no setting above the share limit. `table`: urn, lot, kept, min_block."""
    left: dict[str, int] = {}
    held: Held = {}
    for urn, lot, places in table.loc[table["kept"], ["urn", "lot", "min_block"]].itertuples(index=False):
        held[urn, lot] = min(int(places), left.get(urn, limit))
        left[urn] = left.get(urn, limit) - held[urn, lot]
    return held


def hold_back(whole: Ints, layout: Layout, policy: Policy, held: Held) -> Ints:
    """Where today's children may not fill a block, moves them to the fixed column of their setting, but for places under contract already."""
    if policy.existing_fill_blocks:
        return whole
    out = whole.copy()
    first, fixed = len(layout.lots), len(layout.lots) + len(layout.offers)
    for n, key in enumerate(layout.offers):
        stay = np.minimum(whole[..., first + n], held.get(key, 0))
        out[..., fixed + layout.fixed.index(key)] += whole[..., first + n] - stay
        out[..., first + n] = stay
    return out


def needed(whole: Ints, layout: Layout, held: Held) -> dict[str, int]:
    """Places each provider must have in the fullest draw and year: children who stay, and places held whether filled or not."""
    total: dict[str, Ints] = {}
    for n, (urn, lot) in enumerate((*layout.offers, *layout.fixed, (OTHER_SETTINGS, FIXED))):
        least = held.get((urn, lot), 0) if n < len(layout.offers) else 0
        total[urn] = total.get(urn, np.zeros(whole.shape[:2], dtype=np.int64)) + np.maximum(whole[..., len(layout.lots) + n], least)
    return {urn: int(places.max()) for urn, places in total.items()}


def scenarios(whole: Ints, layout: Layout) -> list[dict[str, Any]]:
    """One scenario a draw, all equally likely."""
    lots, stay = len(layout.lots), slice(len(layout.lots), layout.width)
    nothing = [0] * (len(_lot_ids(layout)) - lots)
    return [{"prob": 1.0 / len(whole), "demand": [[*year[:lots], *nothing] for year in d.tolist()], "existing": d[:, stay].tolist()} for d in whole]


def _lot_ids(layout: Layout) -> list[str]:
    return [*layout.lots, *sorted({lot + FIXED for _, lot in layout.fixed}), OTHER_SETTINGS + FIXED]


def lots(policy: Policy, layout: Layout, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each lot with the price of a place out of area: 1.35 × its dearest list price, or as the policy says. Nobody needs one in a fixed lot."""
    dearest = table[table["why_not"] == ""].groupby("lot")["list_gbp"].max()
    found = []
    for lot in _lot_ids(layout):
        own = policy.of("over_price", lot=lot)
        price = own if own is not None else policy.of("over_price_factor", lot=lot) * float(dearest.get(lot.removesuffix(FIXED), 0.0))
        found.append({"id": lot, "over_price": round(price, 2)})
    return found


def providers(policy: Policy, capacity: dict[str, int], signed: dict[str, int]) -> list[dict[str, Any]]:
    """Each setting as a provider; quality is 0 unless the policy gives one (it counts only against `min_quality`).

    `signed`: places under contract already; fewer than the smallest tier are allowed there, at no discount.
    """
    found = []
    for urn, places in capacity.items():
        quality = policy.of("quality", urn) if urn != OTHER_SETTINGS else policy.min_quality
        tiers = [{"min": least, "disc": disc} for least, disc in policy.of("tiers", urn)]
        if 0 < signed.get(urn, 0) < min((t["min"] for t in tiers), default=0):
            tiers.insert(0, {"min": signed[urn], "disc": 0.0})
        found.append({"id": urn, "capacity": places, "quality": quality or 0.0, "fixed": policy.of("fixed", urn), "tiers": tiers})
    return found


def offers(
    policy: Policy, layout: Layout, table: pd.DataFrame, price: pd.Series, whole: Ints, capacity: dict[str, int], limit: int, held: Held
) -> list[dict[str, Any]]:
    """Offers in the order of the layout's columns. `price` has a row a column; `limit` is the share limit in places."""
    rows = {(str(r["urn"]), str(r["lot"])): r for r in table.to_dict("records")}
    first, found = len(layout.lots), []
    for n, (urn, lot) in enumerate((*layout.offers, *layout.fixed, (OTHER_SETTINGS, OTHER_SETTINGS))):
        eligible = n < len(layout.offers)
        fields: dict[str, Any] = {"provider": urn, "lot": lot if eligible else lot + FIXED, "list": float(price.iloc[first + n])}
        fields |= {"max_block": 0, "eligible": eligible}
        if eligible:
            row = rows[urn, lot]
            most = int((whole[..., layout.lots.index(lot)] + whole[..., first + n]).max())
            own = policy.of("max_block", urn, lot)
            least = held[urn, lot]
            fields |= {"min_block": least, "max_block": max(least, min(most if own is None else int(own), capacity[urn], limit))}
            for term in _TERMS:
                chosen = policy.urns.get(urn, {}).get(term, policy.lots.get(lot, {}).get(term))
                contract = None if pd.isna(row[term]) else float(row[term])
                fields[term] = next(v for v in (chosen, contract, getattr(policy, term)) if v is not None)
            fields |= {name: policy.of(name, urn, lot) for name in _EXTRAS if policy.of(name, urn, lot) is not None}
        found.append(fields)
    return found
