"""How many places to block, where, and why?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_value
from analytics.findings import contracts_evidence as evidence
from analytics.findings import contracts_why as reasons
from analytics.findings.words import gbp, plural

if TYPE_CHECKING:
    from analytics.contracts.evaluate import Voids
    from analytics.contracts.signing import Margin
    from analytics.contracts.unseen import Beside

SOURCE = "Placements, fees, contracts and consultations as loaded; futures drawn with a seed"
_CAUTION = "Discounts, contract costs and out-of-area prices are assumptions, not offers: ask each setting before relying on the saving."
_METHOD = """
Futures are drawn from how placements began and ended in recent years. For each setting and kind of place the plan chooses how many places to
guarantee for the whole term; in each future children then take the cheapest suitable place that is free, guaranteed or spot. A guaranteed place is
paid for empty or filled, as the void terms say. The plan has the least weighted cost: the average of all futures and, with the weight that was set,
the average of the dearest ones. Every plan is costed again by code that knows no solver, and it is called proven only where two independent ways
agree.

What one place more or fewer would do is found by costing that plan exactly, in the futures the plan was sized on; a difference is of the weighted cost
over the whole term, discounted. Fresh futures are drawn with another seed, and the plan and buying one by one are costed in the same ones. "Loses money"
counts the futures in which the plan turns out dearer than buying one by one.

Buying nothing in advance is always among the answers. The plan sizes volumes; it awards nothing: a call-off follows the vehicle's published criteria,
and a share limit must stand in the tender documents. A child fills a guaranteed place only if the setting is suitable, offers, and the parent accepts.
The saving is the council's high needs budget before any contribution by health or social care.
"""


@dataclass(frozen=True)
class Asked:
    """What the reader's side of a plan is: settings by name, what was assumed, offers considered, the first academic year, dates, data version."""

    names: Mapping[str, str]
    notes: tuple[str, ...]
    offers: pd.DataFrame
    phase: str
    first_ay: int
    as_at: date
    running: pd.DataFrame
    locked: frozenset[str]
    version: str


def contracts(sized: Beside, fresh: Beside, document: Mapping[str, Any], asked: Asked) -> Finding:
    """The solved plan in words. Money is discounted over the term.

    `sized`: the plan and buying one by one in the futures it was sized on, `fresh` in futures it was not; `document` is the solver's answer.
    """
    from analytics.contracts import evaluate, signing

    instance, plan, names = sized.instance, sized.plan, asked.names
    voids = evaluate.voids(instance, plan, sized.mine)
    margins = signing.margins(instance, plan, sized.mine, asked.locked)
    rows = _rows(sized, voids, margins, names)
    spreads = evidence.spreads(sized, fresh, SOURCE)
    when, commit = evidence.by_when(asked.phase, asked.first_ay, asked.as_at, evidence.committed(sized), _running_there(asked, margins), names, SOURCE)
    nones = signing.none_chosen(instance, plan, sized.mine)
    tables = {
        "plan": rows,
        "spread": spreads,
        "none_sized": reasons.refusals(nones, asked.offers.iloc[:0], names, SOURCE),
        "none": reasons.refusals(nones, asked.offers, names, SOURCE),
        "offers": _offers(sized, voids, names),
    }
    if margins:
        tables |= {"voids": evidence.voids(fresh, names, asked.first_ay, SOURCE), "when": when}
    headlines = {"plan": _headline(rows, voids), "spread": _spread_headline(fresh)}
    said = (*_certainty(document), *_placed_already(sized), *((commit,) if margins else ()))
    return Finding(_answer(sized, fresh, document, rows), _figures(sized, fresh, voids), tables, _method(asked.notes), asked.version, said, headlines)


def _running_there(asked: Asked, margins: list[Margin]) -> pd.DataFrame:
    return asked.running[asked.running["urn"].astype(str).isin({margin.provider for margin in margins})] if len(asked.running) else asked.running


def _placed_already(sized: Beside) -> tuple[str, ...]:
    """How many guaranteed places hold children who are there today: for these the saving is only the discount."""
    instance, plan = sized.instance, sized.plan
    held = float(instance.prob @ (instance.existing.clip(max=list(plan.block))).mean(axis=1).sum(axis=1))
    if not sum(plan.block) or held < 0.5:
        return ()
    return (
        f"On average {held:,.0f} of the {sum(plan.block):,} places hold children already placed there. For these the saving is the discount alone: "
        "it comes only if the setting agrees to lower a price it is paid today.",
    )


def _answer(sized: Beside, fresh: Beside, document: Mapping[str, Any], rows: Table) -> str:
    instance, plan = sized.instance, sized.plan
    places = sum(plan.block) + sum(plan.flex)
    term = plural(instance.years, "year")
    if not places:
        return f"Buy one by one: no block pays. For {instance.name}, a guarantee of any size would cost more over {term}{_proven(document)}."
    saved = "" if sized.saving_gbp is None else f", {_saved(sized.saving_gbp)} on average{_elsewhere(fresh)}"
    return f"Guarantee {plural(places, 'place')} at {plural(len(rows.frame), 'setting')} for {term} ({instance.name}){saved}{_proven(document)}."


def _saved(saving: float) -> str:
    """A plan may cost more on average where weight is put on the dearest futures."""
    return f"saving {gbp(saving)} against buying one by one" if saving >= 0 else f"costing {gbp(-saving)} more than buying one by one"


def _elsewhere(fresh: Beside) -> str:
    """A plan looks best in the futures it was sized on; what it saves in others stands beside it."""
    return "" if fresh.saving_gbp is None else f" ({gbp(fresh.saving_gbp)} in {fresh.draws:,} futures it was not sized on)"


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


def _figures(sized: Beside, fresh: Beside, voids: Voids) -> tuple[Figure, ...]:
    from analytics.contracts.evaluate import quantile

    plan, costing, instance = sized.plan, sized.mine, sized.instance
    term = f"Over {plural(instance.years, 'year')}, discounted"
    method = "See how this was worked out."
    low, high = (quantile(costing.total_gbp, instance.prob, at) for at in (0.1, 0.9))
    loss = "" if fresh.chance_of_loss is None else f"; loses money in {_losing(fresh)}"
    cost = costing.expected_gbp
    empty = f"Of guaranteed place-years; costs {gbp(voids.cost_gbp)}"
    return (
        Figure("Guaranteed places", float(sum(plan.block) + sum(plan.flex)), "places", "In every year of the term", None, SOURCE, method),
        Figure(
            "Saving",
            sized.saving_gbp,
            "gbp",
            f"{term}; average, against all spot{_elsewhere(fresh)}{loss}",
            None,
            SOURCE,
            "Expected cost of all spot less that of the plan.",
        ),
        Figure("Cost of the plan", cost, "gbp", f"{term}; average", None, SOURCE, method, low=low, high=high, interval="P10 to P90"),
        Figure("Empty guaranteed places", 100.0 * voids.share, "per_cent", empty, None, SOURCE, "Average over futures."),
    )


def _rows(sized: Beside, voids: Voids, margins: list[Margin], names: Mapping[str, str]) -> Table:
    """One row a setting with a contract: places, expected fill, voids, why."""
    instance, plan = sized.instance, sized.plan
    said = {margin.provider: reasons.why(margin) for margin in margins}
    found: dict[str, list[float]] = {}
    for offer, block, flex, empty in zip(instance.offers, plan.block, plan.flex, voids.by_offer, strict=True):
        urn = instance.providers[offer.provider].id
        if block + flex:
            sums = found.setdefault(urn, [0.0, 0.0, 0.0])
            sums[0] += block
            sums[1] += block - float(empty) / instance.years
            sums[2] += flex
    rows = [
        (names.get(urn, urn), block, fill, 100.0 * fill / block if block else None, flex, said.get(urn, "Reserved places only."), urn)
        for urn, (block, fill, flex) in found.items()
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
    return Table("Places to guarantee", f"Places in each year of the term; filled on average over {len(instance.prob)} futures", SOURCE, frame, columns, units)


def _offers(sized: Beside, voids: Voids, names: Mapping[str, str]) -> Table:
    """Every offer that was considered, with what was chosen of it."""
    instance = sized.instance
    rows = [
        (
            names.get(instance.providers[o.provider].id, instance.providers[o.provider].id),
            reasons.kind(instance.lots[o.lot].id),
            o.list,
            instance.providers[o.provider].capacity,
            block,
            block - float(empty) / instance.years,
        )
        for o, block, empty in zip(instance.offers, sized.plan.block, voids.by_offer, strict=True)
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
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table("Offers considered", "Settings and kinds of place where a guarantee was considered", SOURCE, frame, columns, units)


def _headline(rows: Table, voids: Voids) -> str:
    if rows.frame.empty:
        return "No place to guarantee"
    return f"{format_value(100.0 * (1 - voids.share), 'per_cent')} of guaranteed places are expected to be filled"


def _spread_headline(fresh: Beside) -> str:
    if fresh.chance_of_loss is None or not sum(fresh.plan.block):
        return "What the term costs in most futures"
    return f"The plan loses money against all spot in {_losing(fresh)}"


def _losing(fresh: Beside) -> str:
    """Fresh futures are equally likely, so their number tells the chance."""
    return f"{round((fresh.chance_of_loss or 0.0) * fresh.draws):,} of {fresh.draws:,} fresh futures"


def _method(notes: tuple[str, ...]) -> str:
    return _METHOD + "\n" + "\n".join(f"- {note}" for note in notes)
