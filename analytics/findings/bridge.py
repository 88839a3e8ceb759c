"""Why did cost change between two periods? The answer in a sentence, the bars, and the placements under each."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.bridge import CAUSES, Bridge, Period
from analytics.figures import Figure, Finding, Table, format_date
from analytics.findings.words import AGREEMENTS, SPREAD, difference, gbp, plural
from data.errors import WrongUsage

CAUSE_NAMES = {
    "new": "New placements",
    "left": "Placements that ended",
    "mix_need": "Mix of needs",
    "mix_phase": "Mix of phases",
    "mix_residence": "Mix of residence",
    "mix_setting": "Mix of settings",
    "like": "New against ended, like for like",
    "price": "Fees for the same children",
    "one_to_one": "One-to-one",
    "therapy": "Therapy",
    "residential": "Residential",
    "transport": "Transport",
    "other": "Other parts of the cost",
    "part_year": "Part-year effects",
}
_WHAT = {
    "new": "Each place that is new, at what the average place costs for the usual time",
    "left": "Each place that is gone, at what the average place costs for the usual time",
    "mix_need": "New and ended placements: what places for their needs cost on average, against all places",
    "mix_phase": "New and ended placements: what places of their phase cost on average, against all places",
    "mix_residence": "New and ended placements: what day, weekly or residential places cost on average, against all places",
    "mix_setting": "New and ended placements: what places at their settings cost on average, against all places",
    "like": "New and ended placements: their own cost against places of the same need, phase, residence and setting",
    "price": "The core fee of the same child at the same setting, at its yearly price",
    "one_to_one": "One-to-one support of the same child at the same setting",
    "therapy": "Therapy of the same child at the same setting",
    "residential": "Residential charges of the same child at the same setting",
    "transport": "Transport of the same child to the same setting",
    "other": "Other charges of the same child at the same setting",
    "part_year": "For how much of the period places were open, and how many school days and terms it held",
}
_STANDS = {"new": "New", "left": "Ended", "stayed": "In both"}
_MOST_NAMED = 3
_SAID = 50  # pence: what rounds to no pound is not spoken of
_METHOD = f"""
The change is split at each child's place at a setting, and the bars are the exact sums of those rows: no remainder. Children at the same setting
in both periods: each part of the cost is a yearly price × the time for which it was paid, and the change of one counts at the mean of the other.
Places of one period alone are set against the average place of both periods: first their number, then, averaged over every order in which these
can be looked at (Shapley's value), for how long they were open, their need, phase, residence and setting, and what is their own. No order of the
causes is preferred. Fractions of a penny go to the parts that rounding moved most, so rows add up. {SPREAD}

A child who moves to another setting counts as one ended and one new placement. With filters on, a place that enters or leaves what is filtered
(as a child who grows out of a phase) counts as new or ended. *Like for like* holds what new places were agreed at above or below those that ended,
the year's uplift included. Causes here are arithmetical: they say where a change stands, not who caused it.
"""


def bridge(split: Bridge, before: Period, after: Period, as_at: date | None, filters: str, version: str) -> Finding:
    """The page's answer for two periods: sentence, four figures, the bars as a table, headline and notes."""
    old, new = _gbp(split.rows["cost_before_pence"]), _gbp(split.rows["cost_pence"])
    if not len(split.rows):
        said = f"No cost fits the filters {before.when} or {after.when}: {filters}." if filters else f"No cost is known {before.when} or {after.when}."
        return Finding(f"{said} Choose other periods or reset the filters.", (), {}, _METHOD, version)
    shown = _bars(split, before, after, filters)
    answer = f"{_change(new - old)}, from {gbp(old)} {before.when} to {gbp(new)} {after.when}{_causes(split)}. As agreed and loaded, not a forecast."
    figures = _figures(split, before, after, filters, as_at)
    headline = f"From {gbp(old)} to {gbp(new)}: what made the difference"
    return Finding(answer, figures, {"bridge": shown}, _METHOD, version, _notes(before, after, as_at), {"bridge": headline})


def rows(split: Bridge, cause: str, before: Period, after: Period, filters: str) -> Table:
    """The placements under one bar, largest part first, at child level. WrongUsage for a cause that there is not."""
    if cause not in CAUSE_NAMES:
        raise WrongUsage(f"'{cause}' is not a bar of the bridge; use one of {', '.join(CAUSE_NAMES)}.")
    frame = split.rows[split.rows[cause] != 0]
    frame = frame.iloc[frame[cause].abs().argsort(kind="stable")[::-1]]
    moved = set(split.rows.loc[split.rows["stands"] == "new", "child_id"]) & set(split.rows.loc[split.rows["stands"] == "left", "child_id"])
    words = [
        f"{_STANDS[stands]}, child moved setting" if stands != "stayed" and child in moved else _STANDS[stands]
        for stands, child in zip(frame["stands"], frame["child_id"], strict=True)
    ]
    pounds = {"part_gbp": cause, "before_gbp": "cost_before_pence", "after_gbp": "cost_pence"}
    told = frame.assign(stands=words, **{name: frame[of] / 100 for name, of in pounds.items()}).reset_index(drop=True)
    told["change_gbp"] = (frame["cost_pence"] - frame["cost_before_pence"]).to_numpy() / 100
    columns = {
        "placements": "Placement",
        "child_id": "Child",
        "setting_name": "Setting",
        "part_gbp": CAUSE_NAMES[cause],
        "stands": "In which period",
        "before_gbp": f"Cost {before.name}",
        "after_gbp": f"Cost {after.name}",
        "change_gbp": "Change",
        "need": "Need",
        "phase": "Phase",
        "residence": "Residence",
        "entry_date": "Entry",
        "leaving_date": "Left",
    }
    units = {name: "gbp" for name in columns if name.endswith("_gbp")} | {"entry_date": "date", "leaving_date": "date"}
    together = _gbp(frame[cause])
    sums = f"{plural(len(told), 'row')}, together {'-' if together < 0 else ''}£{abs(together):,.2f}"
    subtitle = f"{_WHAT[cause]}. {sums}. {_basis(before, after, filters)}"
    return Table(f"{CAUSE_NAMES[cause]}: placements", subtitle, AGREEMENTS, told, columns, units, child_level=True)


def _bars(split: Bridge, before: Period, after: Period, filters: str) -> Table:
    """One row a bar, in order, and the change in all last; bars of nothing are left out."""
    bars = split.bars()
    frame = pd.DataFrame(
        [
            {
                "cause": cause,
                "label": CAUSE_NAMES[cause],
                "effect_gbp": pence / 100,
                "rows": int((split.rows[cause] != 0).sum()),
                "what": _WHAT[cause],
                "is_sum": False,
            }
            for cause, pence in bars.items()
            if pence or (split.rows[cause] != 0).any()
        ]
        + [
            {
                "cause": "",
                "label": "Change in cost",
                "effect_gbp": sum(bars.values()) / 100,
                "rows": len(split.rows),
                "what": "All of these together",
                "is_sum": True,
            }
        ]
    )
    columns = {"label": "Cause", "effect_gbp": "Effect on cost", "rows": "Placements it touches", "what": "What it is"}
    units = {"label": "text", "effect_gbp": "gbp", "rows": "placements", "what": "text"}
    return Table(f"Bridge from {before.name} to {after.name}", _basis(before, after, filters), AGREEMENTS, frame, columns, units)


def _figures(split: Bridge, before: Period, after: Period, filters: str, as_at: date | None) -> tuple[Figure, ...]:
    old, new = _gbp(split.rows["cost_before_pence"]), _gbp(split.rows["cost_pence"])
    count_before, count = (split.count(one) + split.count("stayed") for one in ("left", "new"))
    rate_before, rate = (cost / years if years else None for cost, years in ((old, split.years_before), (new, split.years)))
    basis = f"{after.basis[0].upper()}{after.basis[1:]}, {filters or 'no filter'}"
    since = f"on {before.name}"
    stayed = split.rows[split.rows["stands"] == "stayed"]
    price, paid = _gbp(split.rows["price"]), _gbp(stayed["cost_before_pence"])
    same = f"{plural(len(stayed), 'placement')} of both periods, core fee at its yearly price" + (
        f"; {100 * price / paid:+.1f}% of what they cost" if paid else ""
    )
    return (
        Figure("Cost", new, "gbp", basis, as_at, AGREEMENTS, "Sum of the rows.", change=difference(new, old), change_period=since),
        Figure(
            "Placements",
            float(count),
            "placements",
            f"Open {'' if after.is_snapshot else 'at any time '}{after.when}; a child at one setting counts once",
            as_at,
            AGREEMENTS,
            "Children at a setting.",
            change=difference(float(count), float(count_before)),
            change_period=since,
        ),
        Figure(
            "Cost a place",
            rate,
            "gbp_per_place_year",
            f"A place and year, {after.name}",
            as_at,
            AGREEMENTS,
            "Cost ÷ years of place.",
            change=difference(rate, rate_before),
            change_period=since,
        ),
        Figure("Fees, same children", price, "gbp", same, as_at, AGREEMENTS, "The bar of that name in the bridge."),
    )


def _notes(before: Period, after: Period, as_at: date | None) -> tuple[str, ...]:
    beyond = sorted({p for p in (before, after) if as_at is not None and p.last_day > as_at}, key=lambda p: p.last_day)
    if not beyond or as_at is None:
        return ()
    names = " and ".join(p.name for p in beyond)
    return (f"Fees are known to {format_date(as_at)}; of {names} only what is agreed so far is counted, and part-year effects hold what is not.",)


def _change(gbp_more: float) -> str:
    if abs(gbp_more) * 100 < _SAID:
        return "Cost did not change"
    return f"Cost {'rose' if gbp_more > 0 else 'fell'} by {gbp(abs(gbp_more))}"


def _causes(split: Bridge) -> str:
    """The largest causes in words, and what is left: ": £1.9m more from 41 more placements, £0.2m less from their transport and …"."""
    bars = split.bars()
    more = split.count("new") - split.count("left")
    said = {
        f"{abs(more):,} {'more' if more > 0 else 'fewer'} {'placement' if abs(more) == 1 else 'placements'}": bars["new"] + bars["left"],
        "another mix of needs, phases, residence and settings": sum(bars[cause] for cause in CAUSES if cause.startswith("mix_")),
        "what new places cost against ended ones like them": bars["like"],
        f"{'higher' if bars['price'] > 0 else 'lower'} fees for the same children at the same settings": bars["price"],
        "their one-to-one": bars["one_to_one"],
        "their therapy": bars["therapy"],
        "their residential charges": bars["residential"],
        "their transport": bars["transport"],
        "other parts of their cost": bars["other"],
        f"places open for {'longer' if bars['part_year'] > 0 else 'shorter'} in the period": bars["part_year"],
    }
    ranked = sorted(((words, pence) for words, pence in said.items() if abs(pence) >= _SAID), key=lambda each: -abs(each[1]))
    parts = [f"{_more(pence)} from {words}" for words, pence in ranked[:_MOST_NAMED]]
    if len(ranked) > _MOST_NAMED:
        parts.append(f"{_more(sum(pence for _, pence in ranked[_MOST_NAMED:]))} from all else")
    return f": {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else f": {parts[0]}" if parts else ""


def _more(pence: int) -> str:
    return f"{gbp(abs(pence) / 100)} {'less' if pence < 0 else 'more'}"


def _gbp(pence: pd.Series[int]) -> float:
    return int(pence.sum()) / 100


def _basis(before: Period, after: Period, filters: str) -> str:
    return f"{before.basis[0].upper()}{before.basis[1:]}, against {after.basis}, {filters or 'no filter'}"
