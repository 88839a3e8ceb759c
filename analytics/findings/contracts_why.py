"""Why each setting has the places it has, and why others have none, in sentences that a councillor can read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analytics.contracts.explain import article, ordinal
from analytics.figures import Table, format_value
from data.domain import PHASE_NAMES, Lot

if TYPE_CHECKING:
    from analytics.contracts.signing import Margin, NoContract

EVEN_GBP = 0.5  # rounds to no pound


def kind(lot: str) -> str:
    """ASD-secondary-day@east → "ASD secondary day east"; a lot that is not written so stays as it is."""
    try:
        parts = Lot.parse(lot)
    except ValueError:
        return lot
    return " ".join((parts.need, PHASE_NAMES.get(parts.phase, parts.phase).lower(), parts.residence, parts.area))


def why(margin: Margin) -> str:
    """One contract: what it is, how often its last place is filled, what one fewer and one more would do, what holds it there."""
    text = _what(margin) + f" The {ordinal(margin.last)}{_of(margin)} is expected to be filled in {margin.chance:.0%} of futures."
    text += _fewer(margin) + _more(margin)
    if margin.fixed:
        return text + " The number is fixed by you, not chosen."
    without = margin.without_gbp
    return text + (
        f" Without any contract here the plan would {change(without)}." if without is not None else " Without this contract the rules cannot be kept."
    )


def _what(margin: Margin) -> str:
    price = f" at {margin.discount:.0%} below list price" if margin.discount else " at list price"
    kinds = ", ".join(f"{n} {kind(lot)}" for lot, n in margin.kinds)
    return f"{_places(margin.places)}{price} ({kinds})."


def _of(margin: Margin) -> str:
    return f" {kind(margin.lot)} place" if len(margin.kinds) > 1 else ""


def _fewer(margin: Margin) -> str:
    if margin.fewer_gbp is None:
        return " One fewer is not allowed: the contract would fall below its smallest size, or a budget would be broken."
    lost = ", since a larger discount on every place would be lost" if margin.tier_lost and margin.fewer_gbp >= EVEN_GBP else ""
    return f" With one fewer the plan would {change(margin.fewer_gbp)}{lost}."


def _more(margin: Margin) -> str:
    held = " and ".join(margin.held_by)
    if margin.more_gbp is None:
        return f" One more is not allowed: it is held at {margin.places} by {held}." if held else " One more is not allowed by the rules."
    filled = "" if margin.more_chance is None else f": {article(margin.last + 1)} would be filled in {margin.more_chance:.0%} of futures"
    return f" With one more it would {change(margin.more_gbp)}{filled}."


def why_not(none: NoContract) -> str:
    """Why a setting that was considered has no guaranteed place."""
    if none.more_gbp is None or none.chance is None:
        return f"None: {none.barred}."
    if none.more_gbp < EVEN_GBP:
        return f"None: {_places(none.places)} here would {change(none.more_gbp)}; the plan is not proven to be the best."
    least = f"Even the best contract here, {_places(none.places)}, would make the plan cost {format_value(none.more_gbp, 'gbp')} more"
    return f"None: {least[0].lower()}{least[1:]}; its last place would be filled in {none.chance:.0%} of futures."


def refusals(nones: list[NoContract], offers: pd.DataFrame, names: Mapping[str, str], source: str) -> Table:
    """One row a setting without a guaranteed place: those sized and not chosen, then those left out before, each with the reason."""
    rows = [(names.get(none.provider, none.provider), why_not(none)) for none in nones]
    seen = {none.provider for none in nones}
    left = offers[~offers["kept"].astype(bool)] if len(offers) else offers
    kept = set(offers.loc[offers["kept"].astype(bool), "urn"].astype(str)) if len(offers) else set()
    for urn, part in left.groupby("urn", sort=False) if len(left) else ():
        if str(urn) not in seen | kept:
            name = str(part["setting_name"].iloc[0]) if pd.notna(part["setting_name"].iloc[0]) else str(urn)
            rows.append((name, _left_out(part)))
    frame = pd.DataFrame(rows, columns=["setting_name", "why"])
    return Table(
        "Settings with no guaranteed place",
        "Every setting that had a child of this phase and area lately; raise “Settings considered” to size more of them",
        source,
        frame,
        {"setting_name": "Setting", "why": "Why none"},
    )


def _left_out(part: pd.DataFrame) -> str:
    reasons = sorted({str(reason) for reason in part["why_not"] if reason})
    if reasons and part["why_not"].astype(bool).all():
        return f"None: {'; '.join(reasons)}."
    places = float(part["places"].sum())
    children = f"{places:,.1f} children" if places >= 0.05 else "hardly any child"
    return f"Not sized: a block could hold {children} on average, fewer than elsewhere."


def change(gbp: float) -> str:
    """ "cost £4,100 more", "save £300" or "cost the same"."""
    if abs(gbp) < EVEN_GBP:
        return "cost the same"
    return f"cost {format_value(gbp, 'gbp')} more" if gbp > 0 else f"save {format_value(-gbp, 'gbp')}"


def _places(n: int) -> str:
    return f"{n} place" if n == 1 else f"{n} places"
