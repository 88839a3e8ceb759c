"""The tables behind Quality: adjusted rates, rates over time, the frontier, early warnings, what is recorded, visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Table
from analytics.outcomes.adjusted import BETTER, FEW, WITHIN, WORSE
from analytics.outcomes.measures import MEASURES, Measure
from data.domain import academic_year_name

if TYPE_CHECKING:
    from analytics.outcomes.result import Outcomes

SOURCE = "Outcomes as reported and loaded; needs from plans; endings from placements"
STANDING = {
    BETTER: "Better than expected",
    WORSE: "Less good than expected",
    WITHIN: "Within what chance explains",
    FEW: "Too few children to tell",
}
CHARTED = 24
ALL, EXPECTED = "All settings", "Expected for its children"


def named(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Settings in alphabetical order; `charted` marks those of surest difference, where a chart cannot show all."""
    frame = frame.assign(urn=frame["urn"].astype(str))
    frame["setting_name"] = frame["urn"].map(names).fillna(frame["urn"])
    frame["label"] = [f"{name} ({n:,.0f})" for name, n in zip(frame["setting_name"], frame["n"], strict=True)]
    frame["apart"] = frame["standing"].isin([BETTER, WORSE])
    sure = (frame["effect"] / frame["effect_sd"]).abs().where(frame["standing"] != FEW, -1.0)
    frame["charted"] = sure.rank(ascending=False, method="first") <= CHARTED
    return frame.sort_values("setting_name", kind="stable", key=lambda c: c.str.casefold()).reset_index(drop=True)


def adjusted(frame: pd.DataFrame, m: Measure, note: dict[str, Any]) -> Table:
    """Every setting, those charted first, each part in alphabetical order."""
    years = f"{academic_year_name(int(note['first_ay']))} to {academic_year_name(int(note['last_ay']))}"
    rows = frame.sort_values("charted", ascending=False, kind="stable").reset_index(drop=True)
    rows["standing_words"] = rows["standing"].map(STANDING)
    columns = {
        "setting_name": "Setting",
        "n": "Children",
        "adjusted": "Adjusted",
        "low": "95% from",
        "high": "95% to",
        "raw": "As reported",
        "expected": "Expected for its children",
        "standing_words": "Against expected",
        "urn": "URN",
    }
    units = {"n": "children", **dict.fromkeys(("adjusted", "low", "high", "raw", "expected"), m.unit)}
    which = f"; the chart shows the {CHARTED} of surest difference, the table all {len(rows)}" if len(rows) > CHARTED else ""
    subtitle = f"{m.scale}: adjusted rate with 95% interval, children in brackets, {years}, in alphabetical order{which}; no ranking"
    return Table("Adjusted outcome by setting", subtitle, SOURCE, rows, columns, units)


def trend(years: pd.DataFrame, m: Measure, urn: str = "", name: str = "") -> Table:
    """The rate by period: of all settings, or of one beside what is expected for its children and all settings."""
    mine = years[years["measure"] == m.name].sort_values("period", kind="stable")
    whole, own = mine[mine["urn"].astype(str) == ""], mine[mine["urn"].astype(str) == urn]
    parts = [(ALL, whole, "raw")] if not urn else [(name, own, "raw"), (EXPECTED, own, "expected"), (ALL, whole, "raw")]
    found = [part[["period_name", "n"]].assign(series=title, rate=part[column]) for title, part, column in parts]
    frame = pd.concat(found, ignore_index=True)
    if urn:  # only the years that the setting has
        frame = frame[frame["period_name"].isin(set(own["period_name"]))].reset_index(drop=True)
    frame["short_name"] = frame["period_name"].str[2:]  # 24/25, so that eight years stand beside each other on a phone
    columns = {"period_name": "Period", "series": "Of", "n": "Children", "rate": m.title}
    words = "as reported, not adjusted" if not urn else "as reported, beside what is expected for its children"
    return Table(f"{m.title} over time", f"{m.scale}, {words}", SOURCE, frame, columns, {"n": "children", "rate": m.unit})


def frontier(frame: pd.DataFrame, m: Measure, costs: pd.DataFrame | None, names: dict[str, str], fewest: int) -> Table:
    """Settings with enough placements and children: cost of a like child, adjusted rate, chance of being on the frontier; in alphabetical order."""
    from analytics.outcomes.frontier import COLUMNS
    from analytics.outcomes.frontier import frontier as worked_out

    columns = {
        "setting_name": "Setting",
        "cost_gbp": "Cost of a like child",
        "cost_low_gbp": "Cost, 95% from",
        "cost_high_gbp": "Cost, 95% to",
        "adjusted": "Adjusted outcome",
        "low": "Outcome, 95% from",
        "high": "Outcome, 95% to",
        "p_frontier": "Chance of being on the frontier",
        "n": "Children",
    }
    money = dict.fromkeys(("cost_gbp", "cost_low_gbp", "cost_high_gbp"), "gbp_per_place_year")
    units = {**money, **dict.fromkeys(("adjusted", "low", "high"), m.unit), "p_frontier": "per_cent", "n": "children"}
    rows = pd.DataFrame(columns=COLUMNS) if costs is None else worked_out(costs, frame, high_is_good=m.high_is_good, fewest=fewest)
    rows = rows.assign(p_frontier=100 * rows["p_frontier"].astype(float), setting_name=rows["urn"].map(names).fillna(rows["urn"]))
    rows = rows.sort_values("setting_name", kind="stable").reset_index(drop=True)
    better = "up" if m.high_is_good else "down"
    subtitle = (
        f"Cost a year of a child with average needs, and {m.title.lower()} adjusted ({better} is better; the cheapest is on the frontier whatever it does)"
    )
    subtitle += f"; {len(rows)} settings with {fewest} children or more in both"
    return Table("Cost and outcome together", subtitle, f"{SOURCE}; agreed fees", rows, columns, units)


def warnings(raised: pd.DataFrame, names: dict[str, str]) -> Table:
    """Early warnings over every measure."""
    rows = raised.assign(urn=raised["urn"].astype(str))
    rows["setting_name"] = rows["urn"].map(names).fillna(rows["urn"])
    rows["measure_name"] = [MEASURES[str(name)].title for name in rows["measure"]]
    rows["one_in"] = (1 / rows["p_value"].astype(float)).round(-1)
    columns = {
        "setting_name": "Setting",
        "measure_name": "Measure",
        "since_name": "Since",
        "children": "Children since",
        "before": "Rate before",
        "now": "Rate since",
        "expected_now": "Expected since",
        "one_in": "Where nothing changed, one in",
    }
    units = {"children": "children", **dict.fromkeys(("before", "now", "expected_now"), "rate"), "one_in": "draws"}
    subtitle = (
        "Worse than the setting's own past by more than chance explains; rates per 100; about two a year would be raised by chance alone: ask, do not conclude"
    )
    return Table("Early warnings", subtitle, SOURCE, rows.sort_values(["setting_name", "measure_name"]).reset_index(drop=True), columns, units)


def measures(rows: pd.DataFrame, found: Outcomes) -> Table:
    """One setting's measures in the house's order."""
    rows = rows.assign(order=[list(MEASURES).index(str(name)) for name in rows["measure"]]).sort_values("order")
    rows["measure_name"] = [MEASURES[str(name)].title for name in rows["measure"]]
    rows["average"] = [float(str(found.note[str(name)]["average"])) for name in rows["measure"]]
    rows["standing_words"] = rows["standing"].map(STANDING)
    columns = {
        "measure_name": "Measure",
        "n": "Children",
        "adjusted": "Adjusted",
        "low": "95% from",
        "high": "95% to",
        "average": "Average setting",
        "raw": "As reported",
        "expected": "Expected for its children",
        "standing_words": "Against expected",
    }
    units = {"n": "children", **dict.fromkeys(("adjusted", "low", "high", "average", "raw", "expected"), "rate")}
    return Table(
        "Every measure",
        "Per cent, or a year for every 100 children; adjusted for who the children are, with 95% interval",
        SOURCE,
        rows.reset_index(drop=True),
        columns,
        units,
    )


def coverage(found: Outcomes) -> Table:
    """What is recorded of each measure; destinations only of children who left at 16 or later, so not counted against all."""
    rows = []
    for m in MEASURES.values():
        told: dict[str, Any] = dict(found.note.get(m.name, {}).get("coverage") or {})  # type: ignore[call-overload]
        known = bool(told) and m.name != "destination_sustained"
        rows.append(
            {
                "measure_name": m.title,
                "recorded": told.get("recorded", 0) if known else found.note.get(m.name, {}).get("children"),
                "expected": told.get("expected") if known else None,
                "share": 100.0 * told["recorded"] / told["expected"] if known and told["expected"] else None,
                "settings_without": told.get("settings_without") if known else None,
                "left_out": sum(dict(found.note.get(m.name, {}).get("left_out") or {}).values()),  # type: ignore[call-overload]
                "add": _would_add(m, told, known),
            }
        )
    columns = {
        "measure_name": "Measure",
        "recorded": "Recorded",
        "expected": "Years of children placed",
        "share": "Share",
        "settings_without": "Settings without any",
        "left_out": "Rows that cannot be counted",
        "add": "What one more file would add",
    }
    units = {"recorded": "records", "expected": "records", "share": "per_cent", "settings_without": "settings", "left_out": "records", "add": "text"}
    return Table("What is recorded", "By child, setting and academic year, over the years compared", SOURCE, pd.DataFrame(rows), columns, units)


def _would_add(m: Measure, told: dict[str, Any], known: bool) -> str:
    if not told:
        return f"An outcomes file with {m.title.lower()}: nothing is known of it now"
    short = told["expected"] - told["recorded"] if known else 0
    if short <= 0:
        return "Nothing is missing" if known else "Leavers who are not in the file"
    without = f"; {told['settings_without']:,} settings have none yet" if told["settings_without"] else ""
    return f"{short:,} more years of children{without}"


def visits(frame: pd.DataFrame, names: dict[str, str]) -> Table:
    """Visits, the latest first."""
    rows = frame.assign(setting_name=frame["urn"].astype(str).map(names).fillna(frame["urn"].astype(str)))
    columns = {
        "setting_name": "Setting",
        "visited_on": "Visited on",
        "visited_by": "By",
        "seen": "What was seen",
        "follows": "What follows",
        "follow_by": "By when",
        "recorded_by": "Recorded by",
    }
    units = {"visited_on": "date", "follow_by": "date"}
    return Table("Visits", "Latest first, as recorded here", "Visits recorded by commissioners", rows, columns, units)
