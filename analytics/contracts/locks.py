"""Settings whose places a person has fixed: the plan may neither guarantee more nor fewer there, and works out the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.errors import WrongUsage


def locked(
    instance: dict[str, Any], locks: Mapping[str, int], places: Mapping[tuple[str, str], float], names: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """The instance with those settings' blocks held at their number, and what to know about each.

    `locks`: guaranteed places by urn. `places`: places a block could hold on average by (urn, lot); a setting's number is shared out over its
    kinds of place in that proportion, never below a contract that runs already. Raises WrongUsage with every lock that the rules forbid.
    """
    if not locks:
        return instance, []
    offers, told, faults = [dict(o) for o in instance["offers"]], [], []
    for urn, wanted in locks.items():
        mine = [o for o in offers if o["provider"] == urn and o["eligible"]]
        provider = next((p for p in instance["providers"] if p["id"] == urn), None)
        if fault := _fault(instance, provider, mine, wanted, names.get(urn, urn)):
            faults.append(fault)
            continue
        shares = _share(wanted, [o.get("min_block", 0) for o in mine], [places.get((urn, o["lot"]), 0.0) for o in mine])
        for offer, share in zip(mine, shares, strict=True):
            offer["min_block"] = offer["max_block"] = share
        split = f", shared over {sum(n > 0 for n in shares)} kinds of place by how many children each could hold" if sum(n > 0 for n in shares) > 1 else ""
        told.append(f"{names.get(urn, urn)} is fixed at {wanted} guaranteed {'place' if wanted == 1 else 'places'}{split}.")
    if faults:
        raise WrongUsage(" ".join(faults), "lock_forbidden")
    return instance | {"offers": offers}, told


def _fault(instance: Mapping[str, Any], provider: Mapping[str, Any] | None, mine: list[dict[str, Any]], wanted: int, name: str) -> str:
    """Why a setting cannot be fixed at so many places; empty where it can."""
    if provider is None or not mine:
        return f"{name} cannot be fixed at {wanted}: it takes no new child of this phase and area. Take the line out, or choose another area."
    signed = sum(o.get("min_block", 0) for o in mine)
    if wanted < signed:
        return f"{name} cannot be fixed at {wanted}: {signed} places are under contract there already. Fix it at {signed} or more."
    least = min((t["min"] for t in provider["tiers"]), default=0)
    if 0 < wanted < least:
        return f"{name} cannot be fixed at {wanted}: a contract begins at {least} places. Fix it at 0, or at {least} or more."
    if wanted > provider["capacity"]:
        return f"{name} cannot be fixed at {wanted}: it can give {provider['capacity']} places to these children. Fix it at {provider['capacity']} or fewer."
    limit = int(instance["max_share"] * instance["share_base"] + 1e-9) if instance.get("max_share") is not None else wanted
    if wanted > limit:
        return (
            f"{name} cannot be fixed at {wanted}: the share limit of {instance['max_share']:.0%} is {limit} places. Raise the limit, or fix {limit} or fewer."
        )
    floor = instance.get("min_quality")
    if wanted and floor is not None and provider["quality"] < floor:
        return f"{name} cannot be fixed at {wanted}: its quality is {provider['quality']:g}, below the floor of {floor:g}. Lower the floor, or fix it at 0."
    return ""


def _share(wanted: int, least: list[int], weight: list[float]) -> list[int]:
    """Whole places that sum to `wanted`: each kind's least first, the rest by weight, largest remainders first."""
    rest = wanted - sum(least)
    weights = np.array(weight, dtype=float)
    exact = rest * (weights / weights.sum() if weights.sum() > 0 else np.full(len(least), 1.0 / len(least)))
    whole = np.floor(exact + 1e-9).astype(int)
    for n in np.argsort(-(exact - whole), kind="stable")[: rest - int(whole.sum())]:
        whole[n] += 1
    return [a + int(b) for a, b in zip(least, whole, strict=True)]
