"""How many places, of which kind, when? The forecast in a sentence, four figures and the tables behind its charts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.demand import forecast
from analytics.demand.backtest import Backtest
from analytics.demand.past import told_as
from analytics.demand.project import FLOWS, Projection
from analytics.figures import Figure, Finding, format_date, format_value
from analytics.findings import demand_tables as tables
from data.domain import PHASE_NAMES, PHASES, academic_year_name

ALL = "all"
SOURCE = "Plans, placements and settings as loaded"
METHOD = """
Children are followed by year of age, need, day or residential, home area and setting, month by month, in seeded futures. In each, today's children
leave by the chances of their age (Year 11 and Year 14 most), some of them move on to another such place, and new children come at a rate read from the
last years, like those who came. Every future has rates of its own, drawn from what the records leave uncertain, so the interval holds chance and
ignorance of the rates, and no surprise of policy or law: move a lever for that. P10 to P90 should hold what comes four times in five; looking back shows
how often it did.

Placements are those at independent and non-maintained special schools and specialist colleges. A year's places are an average over the twelve months of
the academic year; stock is taken on the day and its anniversaries. Kinds of place with fewer than five expected children are pooled as other needs, then
over areas. New children less leavers, moves and ageing make the change exactly, in every future. Details: docs/demand.md.
"""


@dataclass(frozen=True)
class DemandFrames:
    """What the page is made of. `past`: average places by lot of academic years that are over: year → series; `names`: setting name by urn;
    `start_months`: as `entering.start_months`; `prices`: what a place costs the council now, £ a year by lot, empty without fees.
    """

    projection: Projection
    backtest: Backtest
    past: dict[int, pd.Series]
    names: dict[str, str]
    start_months: pd.DataFrame
    prices: pd.Series


def nothing(version: str) -> Finding:
    return Finding(
        "No independent or non-maintained placement is loaded, 0 in all, so nothing can be forecast. Load plans, settings and placements.",
        (),
        {},
        METHOD,
        version,
    )


def kinds(projection: Projection) -> dict[str, str]:
    """What a person can choose: everything, a phase, or a lot (those with most expected children first), in words."""
    pooled = forecast.pooled_lots(projection)
    names, places = forecast.grouped(projection.places, [pooled[lot] for lot in projection.lots])
    order = np.argsort(-places.mean(axis=(0, 1)), kind="stable")
    return {ALL: "All kinds", **PHASE_NAMES, **{names[k]: tables.lot_words(names[k]) for k in order}}


def chosen_lots(projection: Projection, kind: str) -> list[bool]:
    """Which lots a chosen kind holds."""
    if kind == ALL:
        return [True] * len(projection.lots)
    if kind in PHASES:
        return [f"-{kind}-" in lot for lot in projection.lots]
    pooled = forecast.pooled_lots(projection)
    return [pooled[lot] == kind for lot in projection.lots]


def demand(frames: DemandFrames, kind: str, version: str) -> Finding:
    """The finding for a chosen kind of place (a key of `kinds`)."""
    projection = frames.projection
    mask = np.array(chosen_lots(projection, kind), dtype=bool)
    words = kinds(projection).get(kind, kind)
    places = projection.places[..., mask].sum(axis=2)
    low, middle, high = forecast.points(places)
    now = float(projection.stock[:, 0, mask].sum(axis=1).mean())
    figures = _figures(projection, mask, now, (low, middle, high))
    found = {
        "fan": tables.fan(projection, frames.past, mask, words, lambda lot: _of_kind(projection, kind, lot)),
        "drivers": tables.drivers(projection, mask, words),
        "waves": tables.waves(projection),
        "by_lot": tables.by_lot(projection),
        "survivors": tables.survivors(projection, frames.names),
        "backtest": tables.summary(frames.backtest, projection.as_at),
        "origins": tables.origins(frames.backtest),
        "fill": tables.fill(projection, frames.start_months, frames.prices),
    }
    notes = (f"{projection.basis[1]} {_ten_points(projection)}", *_levers(projection))
    headlines = {
        "fan": f"{words}: from {now:,.0f} places to {middle[-1]:,.0f} in {academic_year_name(projection.years[-1])}",
        "drivers": _drivers_said(projection, mask),
        "waves": _waves_said(projection),
    }
    return Finding(
        _answer(frames, words, now, (low, middle, high)), figures, {k: t for k, t in found.items() if t is not None}, METHOD, version, notes, headlines
    )


def _ten_points(projection: Projection) -> str:
    """What ten points of the fill share are in places."""
    places = 0.1 * float(projection.by_choice[:, -1].mean())
    could = float(projection.could[:, -1].mean())
    last = academic_year_name(projection.years[-1])
    return f"In {last} a block could fill {could:,.0f} of the places begun by then; ten points of that share more or less are {places:,.0f} places."


def _of_kind(projection: Projection, kind: str, lot: str) -> bool:
    """Whether a lot of the past belongs to the chosen kind."""
    if kind == ALL or kind in PHASES:
        return kind == ALL or f"-{kind}-" in lot
    return told_as(lot, set(forecast.pooled_lots(projection).values())) == kind


def _answer(frames: DemandFrames, words: str, now: float, drawn: tuple[np.ndarray, ...]) -> str:
    projection, (low, middle, high) = frames.projection, drawn
    last = academic_year_name(projection.years[-1])
    change = 100 * (middle[-1] / now - 1) if now else 0.0
    direction = "about as many" if abs(change) < 1 else f"{abs(change):.0f}% {'more' if change > 0 else 'fewer'}"
    kind = "" if words == "All kinds" else f" ({words})"
    said = (
        f"{now:,.0f} places{kind} at independent and non-maintained special schools and specialist colleges are held on {format_date(projection.as_at)}; "
        f"in {last} about {middle[-1]:,.0f} will be needed, {direction} (P10 to P90: {low[-1]:,.0f} to {high[-1]:,.0f})."
    )
    summary = frames.backtest.summary() if len(frames.backtest.rows) else pd.DataFrame()
    if summary.empty:
        return f"{said} The records do not reach back far enough to test this."
    whole = summary[summary["scope"] == "all"].sort_values("years_ahead")
    near, far = whole.iloc[0], whole.iloc[-1]
    after = f" and {far['error_pct']:.1f}% after {int(far['years_ahead'])} years" if far["years_ahead"] > near["years_ahead"] else ""
    return f"{said} Looking back, such forecasts were {near['error_pct']:.1f}% out one year ahead{after}."


def _figures(projection: Projection, mask: np.ndarray, now: float, drawn: tuple[np.ndarray, ...]) -> tuple[Figure, ...]:
    low, middle, high = drawn
    day, first, last = format_date(projection.as_at), academic_year_name(projection.years[0]), academic_year_name(projection.years[-1])
    how = f"Average over the academic year, middle of {projection.draws:,} futures, seed {projection.seed}."
    new = projection.flows["entries"][:, :, mask].sum(axis=2)
    entries = [float(v) for v in forecast.points(new[:, 0])]

    def ahead(name: str, t: int) -> Figure:
        return Figure(
            f"Places {name}",
            float(round(middle[t])),
            "places",
            f"P10 to P90: {low[t]:,.0f} to {high[t]:,.0f}; average over the year",
            projection.as_at,
            SOURCE,
            how,
            float(low[t]),
            float(high[t]),
            "P10 to P90",
            float(round(middle[t] - now)),
            f"on {day}",
        )

    return (
        Figure(
            "Places now", now, "places", f"Snapshot {day}", projection.as_at, SOURCE, "Placements open on the day at schools and colleges that are bought from."
        ),
        ahead(first, 0),
        ahead(last, -1),
        Figure(
            "New children",
            float(round(entries[1])),
            "children",
            f"P10 to P90: {entries[0]:,.0f} to {entries[2]:,.0f}; in the year from {day}",
            projection.as_at,
            SOURCE,
            "New placements that are no move from another, middle of the futures.",
            entries[0],
            entries[2],
            "P10 to P90",
        ),
    )


def _drivers_said(projection: Projection, mask: np.ndarray) -> str:
    flow = {name: float(projection.flows[name][:, :, mask].sum(axis=(1, 2)).mean()) for name in FLOWS}
    years = len(projection.years)
    net = flow["entries"] - flow["exits"]
    aged = flow["ageing"] + flow["moves_in"] - flow["moves_out"]
    beside = f"; moves and birthdays bring {aged:+,.0f}" if abs(aged) >= 0.5 else ""
    return f"Over {years} years {flow['entries']:,.0f} children come new and {flow['exits']:,.0f} leave: {net:+,.0f}{beside}"


def _waves_said(projection: Projection) -> str:
    """Year 7 (academic age 11) and Year 11 (15) today and at the end."""
    ages = projection.ages.mean(axis=0)
    seven, eleven = (f"Year {age - 4}: {ages[0, age]:,.0f} children now, {ages[-1, age]:,.0f}" for age in (11, 15))
    return f"{seven} in {projection.as_at:%B} {projection.as_at.year + len(projection.years)}; {eleven} then"


def _levers(projection: Projection) -> list[str]:
    from analytics.demand.levers import WORDS

    moved = [f"{WORDS[p.name]}: moved to {format_value(p.value, 'index')}. Reason: {p.reason}" for p in projection.levers.moved.values()]
    return moved + [f"Setting {c.urn} closes in September {c.from_ay}. Reason: {c.reason}" for c in projection.levers.closing]
