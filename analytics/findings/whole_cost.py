"""What does a place cost once everything is counted?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics import whole_cost as model
from analytics.figures import Figure, Finding, format_date, format_value
from analytics.findings import whole_cost_tables as tables_of
from analytics.findings.whole_cost_tables import SOURCE, placements
from analytics.findings.words import AGREEMENTS, gbp, plural
from analytics.transport import PUBLISHED

__all__ = ["NO_LINE_NAMES", "placements", "whole_cost"]
NO_LINE_NAMES = {model.ESTIMATE: "is not recorded: estimate it from the distance", model.NONE_TAKEN: "is none: count £0"}
_METHOD = """
**Fee** is what the council, health and social care pay the setting for a full year. **Whole cost** adds DfE place funding (paid direct to
non-maintained and post-16 settings, so that fees alone make independent schools look dear) and transport, whoever pays.

**Transport** is the agreed amount where fee lines hold one. Where a placement has none, nothing says whether none is taken or it is kept elsewhere: you
choose above, and an estimate is always called one. An interval holds what the estimates leave open, not whether the agreements are right.

**Pairs.** Two settings are compared only over children of the same need, phase, and day or residential, with at least three such children at each. A pair is
told where the lower fee goes with the higher whole cost. The children there are taken as a sample of those who might be: the interval, and how sure a
turn is, come from 400 draws. Transport depends on where today's children live, so a child who lives nearer may cost less; and of many pairs some turn by
chance. Nothing here says which school suits a child.
"""


def whole_cost(found: model.WholeCost | None, other_reading_gbp: float | None, as_at: date | None, no_line: str, filters: str, version: str) -> Finding:
    """The page's finding. `other_reading_gbp`: whole cost of the same placements if no agreed transport meant the other thing."""
    if as_at is None or found is None:
        said = "No open placement has an agreed fee for its setting, so no cost can be added up. Load plans, placements and fees."
        return Finding(said, (), {}, _METHOD, version)
    if found.places.empty:
        return Finding(f"No placement with a fee fits the filters: {filters}. Reset the filters.", (), {}, _METHOD, version)
    pairs, compared = model.turned_pairs(found)
    sure = pairs[pairs["sure"] >= model.SURE]
    tables = {
        "settings": tables_of.settings(found, as_at, filters),
        "purses": tables_of.purses(found, as_at, filters),
        "pairs": tables_of.pairs(pairs, compared, as_at),
        "distance": tables_of.distance(found, as_at, filters),
    }
    headlines = {"settings": _settings_headline(found), "pairs": _pairs_headline(pairs, sure, compared)}
    notes = _notes(found, other_reading_gbp, no_line)
    return Finding(_answer(found, pairs, sure, compared), _figures(found, as_at, filters), tables, _METHOD + _curve(found), version, notes, headlines)


def _ends(found: model.WholeCost) -> tuple[float, float]:
    low, high = np.quantile(found.total_draws, [0.025, 0.975]) / len(found.places)
    return float(low), float(high)


def _answer(found: model.WholeCost, pairs: pd.DataFrame, sure: pd.DataFrame, compared: int) -> str:
    places, (low, high) = found.places, _ends(found)
    estimated = int((places["transport_is"] == "estimated").sum())
    said = f"A place costs {format_value(places['whole_gbp'].mean(), 'gbp')} a year once everything is counted"
    said += f" (95% interval {format_value(low, 'gbp')} to {format_value(high, 'gbp')})" if estimated else ""
    said += f", against a fee of {format_value(places['fee_gbp'].mean(), 'gbp')}: transport adds {format_value(places['transport_whole_gbp'].mean(), 'gbp')}"
    said += f", estimated for {estimated:,} of {plural(len(places), 'placement')}" if estimated else f", as agreed for {plural(len(places), 'placement')}"
    said += f", and DfE place funding {format_value(places['place_gbp'].mean(), 'gbp')}"
    if not compared:
        return f"{said}. No two settings have enough children alike to be compared."
    turned = f"in {len(pairs):,} of {compared:,} like-for-like pairs of settings the lower fee costs more once all is counted"
    return (
        f"{said}; {turned}, {len(sure):,} of them clearly."
        if len(pairs)
        else f"{said}; in none of {compared:,} like-for-like pairs does the order of fees turn."
    )


def _figures(found: model.WholeCost, as_at: date, filters: str) -> tuple[Figure, ...]:
    places, (low, high) = found.places, _ends(found)
    basis = f"Full-year equivalent, snapshot {format_date(as_at)}, {filters or 'no filter'}"
    estimated = places["transport_is"] == "estimated"
    kinds = places["transport_is"].value_counts()
    counted = ", ".join(f"{kinds[kind]:,} {kind}" for kind in ("agreed", "estimated", "none") if kind in kinds)
    return (
        Figure(
            "Whole cost of a place",
            float(places["whole_gbp"].mean()),
            "gbp_per_place_year",
            basis,
            as_at,
            SOURCE,
            "Fee, place funding and transport of all purses ÷ placements.",
            low=low if estimated.any() else None,
            high=high if estimated.any() else None,
            interval="95% interval of what estimated transport leaves open",
        ),
        Figure("Fee", float(places["fee_gbp"].mean()), "gbp_per_place_year", "Paid to the setting, all purses but DfE", as_at, AGREEMENTS, "Mean."),
        Figure(
            "Transport of a place",
            float(places["transport_whole_gbp"].mean()),
            "gbp_per_place_year",
            f"Placements: {counted}",
            as_at,
            SOURCE,
            "Agreed, else as chosen above.",
        ),
        Figure(
            "Whole cost, a year",
            float(places["whole_gbp"].sum()),
            "gbp",
            f"{plural(len(places), 'placement')}; every purse",
            as_at,
            SOURCE,
            "Sum of placements.",
            low=low * len(places) if estimated.any() else None,
            high=high * len(places) if estimated.any() else None,
            interval="95% interval of what estimated transport leaves open",
        ),
    )


def _notes(found: model.WholeCost, other_reading_gbp: float | None, no_line: str) -> tuple[str, ...]:
    places, notes = found.places, []
    without = int((places["transport_is"] != "agreed").sum())
    if without and other_reading_gbp is not None:
        other = "were none" if no_line == model.ESTIMATE else "were estimated from the distance"
        notes.append(
            f"{plural(without, 'placement')} of {len(places):,} {'has' if without == 1 else 'have'} no transport agreed. "
            f"If that {other}, all places together would cost {gbp(other_reading_gbp)} a year instead of {gbp(float(places['whole_gbp'].sum()))}. "
            "Load transport as fee lines of its own to settle it."
        )
    if no_line == model.ESTIMATE and without and not found.model.fitted:
        notes.append(
            "Too few placements have both agreed transport and a distance to fit a curve, so the estimates rest on a published mean "
            f"({PUBLISHED['mean_gbp'].source}) and on assumptions; read them as half to twice."
        )
    far = int(places.loc[places["transport_is"] == "estimated", "miles"].isna().sum())
    if far:
        notes.append(f"Of the estimates {far:,} have no distance, because a grid reference is missing, and stand for any distance.")
    if found.unpriced:
        notes.append(f"{plural(found.unpriced, 'open placement')} of the council without an agreed fee {'is' if found.unpriced == 1 else 'are'} left out.")
    return tuple(notes)


def _curve(found: model.WholeCost) -> str:
    """The transport model in numbers."""
    m = found.model
    if not m.fitted:
        return "\n\n**Estimates** rest on a published mean, not on this council: " + "; ".join(
            f"{p.reason.lower()}: {p.value:,g} {p.unit} ({p.source})" for p in PUBLISHED.values()
        )
    boards = f" A child who boards costs {m.boarding:.2f} times as much." if m.boarding != 1.0 else ""
    return (
        f"\n\n**Estimates** follow a curve fitted on {m.n:,} placements with agreed transport and a distance: "
        f"£{m.fixed_gbp * m.smear:,.0f} a year and £{m.per_mile_gbp * m.smear:,.0f} more for each straight mile, up to {m.farthest:.0f} miles.{boards} "
        f"Of placements left out of the fit, half are missed by less than {m.error or 0:.0f}% of their cost and {100 * (m.coverage or 0):.0f}% lie inside "
        "their 90% interval. A placement without transport may differ from those with it in ways that no distance shows."
    )


def _settings_headline(found: model.WholeCost) -> str:
    places = found.places
    more = 100.0 * (places["whole_gbp"].sum() / places["fee_gbp"].sum() - 1.0)
    return f"Whole cost is {more:.0f}% more than the fee, and by how much differs from setting to setting"


def _pairs_headline(pairs: pd.DataFrame, sure: pd.DataFrame, compared: int) -> str:
    if pairs.empty:
        return "No setting with a lower fee costs more once all is counted"
    if sure.empty:
        return f"{len(pairs):,} of {compared:,} pairs turn, none by more than which children happen to be there could explain"
    by = sure["turned_by"].value_counts()
    which = ", ".join(f"{count:,} by {name}" for name, count in by.items())
    return f"{plural(len(sure), 'pair')} clearly turn{'s' if len(sure) == 1 else ''} once all is counted: {which}"
