"""Contracts before a plan: what is bought one by one now, and what is guaranteed."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.figures import Figure, Finding, format_date, format_value
from analytics.findings.words import AGREEMENTS, gbp, plural, share, total

_METHOD = """
Places in question are open placements at independent and non-maintained special schools. Guaranteed places are those of block and flexible block
contracts that run on the snapshot day. Choose a phase and an area: a plan for one of them is of a size that is solved to proof.
"""


def nothing(version: str) -> Finding:
    return Finding("Contracts are sized from placements and fees, and none are loaded yet. Load plans, placements and fees.", (), {}, _METHOD, version)


def before(places: pd.DataFrame, contracts: pd.DataFrame, as_at: date, version: str) -> Finding:
    """Placements that a block could hold, their cost, and what is guaranteed on the day. `places`: the open_places read."""
    day = pd.Timestamp(as_at)
    running = contracts[(contracts["starts"] <= day) & (contracts["ends"] >= day) & contracts["kind"].isin(["block", "flexi_block"])]
    guaranteed, cost, settings = total(running, "guaranteed_places"), total(places, "fye_gbp"), int(places["urn"].nunique())
    placements = int(total(places, "placements"))
    percent = format_value(share(guaranteed, float(placements)), "per_cent")
    answer = (
        f"{plural(placements, 'independent and non-maintained placement')} cost {gbp(cost)} a year; {guaranteed:,.0f} places ({percent}) are guaranteed. "
        "Choose a phase and an area to see how many to guarantee."
    )
    basis = f"Snapshot {format_date(as_at)}, independent and non-maintained"
    figures = (
        Figure("Placements", float(placements), "placements", basis, as_at, "Placements as loaded", "Placements open on the day."),
        Figure(
            "Cost a year", cost, "gbp", f"Full-year equivalent, {basis[0].lower()}{basis[1:]}", as_at, AGREEMENTS, "Fee lines valid on the day, annualised."
        ),
        Figure("Settings", float(settings), "settings", basis, as_at, "Placements as loaded", "Settings with an open placement."),
        Figure(
            "Guaranteed today",
            guaranteed,
            "places",
            f"Contracts running {format_date(as_at)}",
            as_at,
            "Contracts as loaded",
            "Sum over block and flexible block contracts.",
        ),
    )
    return Finding(answer, figures, {}, _METHOD, version)
