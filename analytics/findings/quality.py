"""Are children doing well there? Adjusted outcomes in words, never as a ranking."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, format_date, format_value
from analytics.findings import quality_tables as tables
from analytics.findings.quality_tables import SOURCE
from analytics.findings.words import plural
from analytics.outcomes.adjusted import BETTER, WORSE, OutcomesParams
from analytics.outcomes.measures import MEASURES, Measure
from data.domain import academic_year_name

if TYPE_CHECKING:
    from analytics.outcomes.result import Outcomes

_METHOD = """
Each child's outcome is expected from primary need, support band, phase, day or residence and year. A setting's **adjusted rate** is what all children
compared would have there; settings with few children are drawn towards their provider group and the average, and their 95% interval is wider. A child's
years at a setting count as one witness, and children differ among themselves beyond chance, which widens intervals too.

A setting is said to differ only where the whole interval lies away from the average and there are at least five children. **This is no ranking**: most
intervals overlap, and order within them is chance. The list is in alphabetical order.

An **early warning** says that a setting's rate has become worse than its own past by more than chance, uneven children and its usual moves explain,
since one of the last three periods. The chance allowed to each is set so that about two a year
would be raised over all settings and measures if nothing had changed.

The **frontier** compares what a like child would cost at a setting (its index × the average expected cost, see Providers) with its adjusted rate. A
setting is on it in a draw where no other both costs less and does better; the share of joint draws says how sure that is. Cost and outcome are drawn apart.

Limits: what is not recorded cannot be allowed for; a difference may come from who is admitted, from the area or from how things are recorded; attendance
reflects what came before; settings report some of it themselves. Method and tests: docs/outcomes.md.
"""
NOT_A_RANKING = "This is no ranking. Rates are adjusted for who the children are as far as it is recorded; most intervals overlap; few children tell little."


def nothing(version: str) -> Finding:
    """What a page says without outcomes and placements."""
    said = "Nothing is known of how children are doing. Load settings, plans, placements and an outcomes file (attendance, reviews, outcomes met…)."
    return Finding(said, (), {}, _METHOD, version)


def quality(found: Outcomes, measure: str, names: dict[str, str], costs: pd.DataFrame | None, as_at: date, version: str) -> Finding:
    """One measure by setting, with what else the page shows. `costs`: the settings of the benchmark, where there are fees."""
    m, note = MEASURES[measure], found.note[measure]
    frame = tables.named(found.of(measure), names)
    parts = {
        "adjusted": tables.adjusted(frame, m, note),
        "trend": tables.trend(found.years, m),
        "frontier": tables.frontier(frame, m, costs, names, OutcomesParams().fewest),
        "warnings": tables.warnings(found.warnings, names),
        "coverage": tables.coverage(found),
    }
    heads = {"adjusted": _headline(frame, m), "frontier": _frontier_headline(parts["frontier"].frame)}
    kept = {name: table for name, table in parts.items() if len(table.frame)}
    return Finding(
        _answer(frame, m, note, len(found.warnings)), _figures(frame, m, note, len(found.warnings), as_at), kept, _METHOD, version, _notes(found, m), heads
    )


def setting(found: Outcomes, urn: str, name: str, measure: str, version: str) -> Finding:
    """One setting over every measure, and one measure over time."""
    rows = found.settings[found.settings["urn"].astype(str) == urn]
    apart = rows[rows["standing"].isin([BETTER, WORSE])]
    told = "; ".join(f"{MEASURES[str(r.measure)].title.lower()} {'better' if r.standing == BETTER else 'less good'}" for r in apart.itertuples())
    warned = int((found.warnings["urn"].astype(str) == urn).sum())
    end = "than expected for its children" if told else "differs from what is expected for its children by more than chance would"
    said = f"{name}: of {plural(len(rows), 'measure')}, {told or 'none'} {end}"
    said += f"; {plural(warned, 'early warning')}" if warned else ""
    parts = {"measures": tables.measures(rows, found), "own_trend": tables.trend(found.years, MEASURES[measure], urn, name)}
    return Finding(f"{said}.", (), {k: t for k, t in parts.items() if len(t.frame)}, _METHOD, version)


def _answer(frame: pd.DataFrame, m: Measure, note: dict[str, Any], warned: int) -> str:
    better, worse = (int((frame["standing"] == s).sum()) for s in (BETTER, WORSE))
    end = f" {plural(warned, 'early warning')} over all measures." if warned else " No early warning on any measure."
    about = f"{m.title}: {format_value(float(note['average']), m.unit)}{'' if m.share else ' a year for every 100'} at an average setting"
    if not better and not worse:
        return f"{about}; none of {plural(len(frame), 'setting')} differs from what is expected for its children by more than chance would.{end}"
    rest = len(frame) - better - worse
    said = f"{better} of {plural(len(frame), 'setting')} do better than expected for their children and {worse} less well"
    return f"{about}; {said} (95% intervals); of the other {rest} it cannot be told.{end}"


def _figures(frame: pd.DataFrame, m: Measure, note: dict[str, Any], warned: int, as_at: date) -> tuple[Figure, ...]:
    basis = f"{academic_year_name(int(note['first_ay']))} to {academic_year_name(int(note['last_ay']))}, to {format_date(as_at)}"
    cover, differ = note["coverage"], int(frame["standing"].isin([BETTER, WORSE]).sum())
    share = 100.0 * cover["recorded"] / cover["expected"] if cover["expected"] and m.name != "destination_sustained" else None
    figures = [
        Figure(
            "At an average setting",
            float(note["average"]),
            m.unit,
            f"{m.scale}; {basis}",
            as_at,
            SOURCE,
            "Expected for all children compared.",
        ),
        Figure(
            "Children compared",
            float(note["children"]),
            "children",
            f"At {plural(len(frame), 'setting')}; {basis}",
            as_at,
            SOURCE,
            "Children with the measure.",
        ),
        Figure(
            "Differ from expected",
            float(differ),
            "settings",
            "Whole 95% interval away from the average, five children or more",
            as_at,
            SOURCE,
            "See the method.",
        ),
    ]
    if share is not None:
        figures.append(
            Figure("Recorded", share, "per_cent", f"Of {cover['expected']:,} years of children at settings; {basis}", as_at, SOURCE,
                   "Children placed for 60 days of an academic year or more, by setting and year, that have the measure.")
        )  # fmt: skip
    else:
        figures.append(Figure("Early warnings", float(warned), "settings", "Over all measures", as_at, SOURCE, "See the method."))
    return tuple(figures)


def _headline(frame: pd.DataFrame, m: Measure) -> str:
    apart = int(frame["standing"].isin([BETTER, WORSE]).sum())
    if not apart:
        return f"{m.title}: no setting stands apart from chance"
    return f"{m.title}: {plural(apart, 'setting')} stand{'s' if apart == 1 else ''} apart from the average by more than chance"


def _frontier_headline(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    sure, top = int((frame["p_frontier"] >= 50).sum()), float(frame["p_frontier"].max())
    if not sure:
        return f"No setting is likelier than not to be on the frontier; the surest has a chance of {format_value(round(top), 'per_cent').replace('.0%', '%')}"
    return f"{plural(sure, 'setting')} of {len(frame)} {'is' if sure == 1 else 'are'} likelier than not to be on the frontier of cost and outcome"


def _notes(found: Outcomes, m: Measure) -> tuple[str, ...]:
    note: dict[str, Any] = found.note[m.name]
    out = [f"{NOT_A_RANKING} {m.caution}"]
    gone = note["coverage"]
    if gone["settings_without"] and m.name != "destination_sustained":
        out.append(
            f"{gone['settings_without']} of {plural(gone['settings'], 'setting')} with placements have no {m.title.lower()} recorded; "
            "an outcomes file with them would bring them in."
        )
    if float(note.get("band_not_recorded", 0)) > 0.3:
        out.append(
            "Support band is not recorded for over 30% of children, so who they are is described by need, phase and residence; plans with bands would add it."
        )
    missing = [one.title.lower() for name, one in MEASURES.items() if name not in {x.name for x in found.measures}]
    if missing:
        out.append(f"Not loaded: {', '.join(missing)}. An outcomes file with them would add them here.")
    return tuple(out)
