"""How many places to block, where, and why?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_value
from analytics.findings.words import gbp, plural
from data.domain import PHASE_NAMES, Lot

if TYPE_CHECKING:
    from analytics.contracts.evaluate import Costing, Voids
    from analytics.contracts.problem import Instance, Plan

_SOURCE = "Placements, fees, contracts and consultations as loaded; futures drawn with a seed"
_CAUTION = "Discounts, contract costs and out-of-area prices are assumptions, not offers: ask each setting before relying on the saving."
_METHOD = """
Futures are drawn from how placements began and ended in recent years. For each setting and kind of place the plan chooses how many places to
guarantee for the whole term; in each future children then take the cheapest suitable place that is free, guaranteed or spot. A guaranteed place is
paid for empty or filled, as the void terms say. The plan has the least weighted cost: the average of all futures and, with the weight that was set,
the average of the dearest ones. Every plan is costed again by code that knows no solver, and it is called proven only where two independent ways
agree.

Buying nothing in advance is always among the answers. The plan sizes volumes; it awards nothing: a call-off follows the vehicle's published criteria.
A child fills a guaranteed place only if the setting is suitable, offers, and the parent accepts. The saving is the council's high needs budget before
any contribution by health or social care.
"""


def contracts(
    instance: Instance,
    plan: Plan,
    document: Mapping[str, Any],
    fresh: Mapping[str, Any],
    names: Mapping[str, str],
    notes: tuple[str, ...],
    version: str,
) -> Finding:
    """The solved plan in words; plan and buying one by one are costed again here. Money is discounted over the term.

    `document` is the solver's answer, `fresh` the plan's cost in `fresh["draws"]` futures that it was not sized on, `names` URN → setting.
    """
    from analytics.contracts import evaluate
    from analytics.contracts.problem import Plan

    costing, spot = evaluate.cost(instance, plan), evaluate.cost(instance, Plan.all_spot(instance))
    voids = evaluate.voids(instance, plan, costing)
    rows = _rows(instance, plan, voids, document, names)
    spreads = _spreads(instance, costing, spot)
    saving = None if document["all_spot"] is None else float(spot.expected_gbp - costing.expected_gbp)
    figures = _figures(instance, plan, costing, voids, saving, fresh, spreads)
    tables = {"plan": rows, "spread": spreads, "offers": _offers(instance, plan, voids, names)}
    headlines = {"plan": _headline(rows, voids), "spread": "What the term costs in most futures"}
    said = (*_certainty(document), *_placed_already(instance, plan))
    return Finding(_answer(instance, plan, saving, fresh, document, rows), figures, tables, _method(notes), version, said, headlines)


def _placed_already(instance: Instance, plan: Plan) -> tuple[str, ...]:
    """How many guaranteed places hold children who are there today: for these the saving is only the discount."""
    held = float(instance.prob @ (instance.existing.clip(max=list(plan.block))).mean(axis=1).sum(axis=1))
    if not sum(plan.block) or held < 0.5:
        return ()
    return (
        f"On average {held:,.0f} of the {sum(plan.block):,} places hold children already placed there. For these the saving is the discount alone: "
        "it comes only if the setting agrees to lower a price it is paid today.",
    )


def _answer(instance: Instance, plan: Plan, saving: float | None, fresh: Mapping[str, Any], document: Mapping[str, Any], rows: Table) -> str:
    places = sum(plan.block) + sum(plan.flex)
    term = plural(instance.years, "year")
    if not places:
        return f"Guarantee no places for {instance.name}: buying one by one is cheapest over {term}{_proven(document)}."
    saved = "" if saving is None else f", {_saved(saving)} on average{_elsewhere(fresh)}"
    return f"Guarantee {plural(places, 'place')} at {plural(len(rows.frame), 'setting')} for {term} ({instance.name}){saved}{_proven(document)}."


def _saved(saving: float) -> str:
    """A plan may cost more on average where weight is put on the dearest futures."""
    return f"saving {gbp(saving)} against buying one by one" if saving >= 0 else f"costing {gbp(-saving)} more than buying one by one"


def _elsewhere(fresh: Mapping[str, Any]) -> str:
    """A plan looks best in the futures it was sized on; what it saves in others stands beside it."""
    saving = fresh.get("saving_gbp")
    return "" if saving is None else f" ({gbp(float(saving))} in {fresh['draws']:,} futures it was not sized on)"


def _proven(document: Mapping[str, Any]) -> str:
    if document["proven_optimal"]:
        return "; proven to be the least-cost plan"
    gap = document.get("gap_over_saving")
    return (
        f"; not proven, at most {format_value(100 * float(gap), 'per_cent')} of the saving is left"
        if gap is not None
        else "; not proven to be the least-cost plan"
    )


def _certainty(document: Mapping[str, Any]) -> tuple[str, ...]:
    if document["proven_optimal"]:
        return (_CAUTION,)
    return (_CAUTION, "This plan is not proven to be the best. Choose fewer settings, or one phase and area, for a proven answer.")


def _figures(
    instance: Instance, plan: Plan, costing: Costing, voids: Voids, saving: float | None, fresh: Mapping[str, Any], spreads: Table
) -> tuple[Figure, ...]:
    term = f"Over {plural(instance.years, 'year')}, discounted"
    row = spreads.frame.iloc[0]
    method = "See how this was worked out."
    return (
        Figure("Guaranteed places", float(sum(plan.block) + sum(plan.flex)), "places", "In every year of the term", None, _SOURCE, method),
        Figure(
            "Saving", saving, "gbp", f"{term}; average, against all spot{_elsewhere(fresh)}", None, _SOURCE, "Expected cost of all spot less that of the plan."
        ),
        Figure(
            "Cost of the plan",
            costing.expected_gbp,
            "gbp",
            f"{term}; average",
            None,
            _SOURCE,
            method,
            low=float(row["low"]),
            high=float(row["high"]),
            interval="P10 to P90",
        ),
        Figure(
            "Empty guaranteed places",
            100.0 * voids.share,
            "per_cent",
            f"Of guaranteed place-years; costs {gbp(voids.cost_gbp)}",
            None,
            _SOURCE,
            "Average over futures.",
        ),
    )


def _rows(instance: Instance, plan: Plan, voids: Voids, document: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    """One row a setting with a contract: places, expected fill, voids, why."""
    why = {str(c["provider"]): _in_words(str(c["why"]), str(c["provider"]), instance) for c in document["contracts"]}
    found: dict[str, list[float]] = {}
    for offer, block, flex, empty in zip(instance.offers, plan.block, plan.flex, voids.by_offer, strict=True):
        urn = instance.providers[offer.provider].id
        if block + flex:
            sums = found.setdefault(urn, [0.0, 0.0, 0.0])
            sums[0] += block
            sums[1] += block - float(empty) / instance.years
            sums[2] += flex
    rows = [
        (names.get(urn, urn), block, fill, 100.0 * fill / block if block else None, flex, why.get(urn, ""), urn) for urn, (block, fill, flex) in found.items()
    ]
    columns = {
        "setting_name": "Setting",
        "places": "Guaranteed places",
        "filled": "Expected filled",
        "fill_share": "Expected fill",
        "flex": "Reserved places",
        "why": "Why",
        "urn": "URN",
    }
    frame = pd.DataFrame(rows, columns=list(columns)).sort_values("places", ascending=False, kind="stable").reset_index(drop=True)
    units = {"places": "places", "filled": "places", "fill_share": "per_cent", "flex": "places"}
    return Table("Places to guarantee", f"Places in each year of the term; filled on average over {len(instance.prob)} futures", _SOURCE, frame, columns, units)


def _kind(lot: str) -> str:
    """ASD-secondary-day@east → "ASD secondary day east"; a lot that is not written so stays as it is."""
    try:
        parts = Lot.parse(lot)
    except ValueError:
        return lot
    return " ".join((parts.need, PHASE_NAMES.get(parts.phase, parts.phase).lower(), parts.residence, parts.area))


def _in_words(why: str, provider: str, instance: Instance) -> str:
    """A reason with kinds of place in words; the setting is named where the reason is shown."""
    text = why.replace(f" blocked at {provider}", " guaranteed", 1)
    for lot in instance.lots:
        text = text.replace(lot.id, _kind(lot.id))
    return text


def _offers(instance: Instance, plan: Plan, voids: Voids, names: Mapping[str, str]) -> Table:
    """Every offer that was considered, with what was chosen of it."""
    rows = [
        (
            names.get(instance.providers[o.provider].id, instance.providers[o.provider].id),
            _kind(instance.lots[o.lot].id),
            o.list,
            instance.providers[o.provider].capacity,
            block,
            block - float(empty) / instance.years,
        )
        for o, block, empty in zip(instance.offers, plan.block, voids.by_offer, strict=True)
        if o.may_take
    ]
    columns = {
        "setting_name": "Setting",
        "lot": "Kind of place",
        "list": "List price",
        "capacity": "Places there",
        "block": "Guaranteed",
        "filled": "Expected filled",
    }
    units = {"list": "gbp_per_place_year", "capacity": "places", "block": "places", "filled": "places"}
    return Table(
        "Offers considered", "Settings and kinds of place where a guarantee was considered", _SOURCE, pd.DataFrame(rows, columns=list(columns)), columns, units
    )


def _spreads(instance: Instance, costing: Costing, spot: Costing) -> Table:
    from analytics.contracts.evaluate import quantile

    rows = []
    for name, found in (("This plan", costing), ("All spot", spot)):
        if found.total_gbp.size and found.recourse.served.all():
            low, middle, high = (quantile(found.total_gbp, instance.prob, at) for at in (0.1, 0.5, 0.9))
            rows.append((name, found.expected_gbp, low, middle, high, found.cvar_gbp))
    columns = {
        "what": "What",
        "mean": "Average",
        "low": "P10",
        "middle": "P50",
        "high": "P90",
        "worst": f"Average of the dearest {100 * (1 - instance.alpha):.0f}%",
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table(
        "Cost of the term",
        f"P50 with P10 to P90, discounted over {plural(instance.years, 'year')}",
        _SOURCE,
        frame,
        columns,
        {name: "gbp" for name in columns if name != "what"},
    )


def _headline(rows: Table, voids: Voids) -> str:
    if rows.frame.empty:
        return "No place to guarantee"
    return f"{format_value(100.0 * (1 - voids.share), 'per_cent')} of guaranteed places are expected to be filled"


def _method(notes: tuple[str, ...]) -> str:
    return _METHOD + "\n" + "\n".join(f"- {note}" for note in notes)
