"""What should a placement like this cost? Expected cost with its interval, and the nearest placements there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, short_gbp
from analytics.findings.words import AGREEMENTS, gbp, plural
from analytics.shouldcost import NEAREST, OTHER_PHASE
from data.domain import PHASE_NAMES, SEN_NAMES

RESIDENCE_NAMES = {"day": "Day", "weekly": "Weekly boarding", "38wk": "Boarding, 38 weeks", "44wk": "Boarding, 44 weeks", "52wk": "Boarding, 52 weeks"}
_SOURCE = f"{AGREEMENTS}; needs from plans"
_METHOD = """
**Expected cost** is what the benchmark of Providers expects for these needs and this provision at a setting that is neither dear nor cheap; the
**range** is where nine in ten such placements would fall, at the setting named or, where none is named, at any. It is the full-year cost of every part
but transport, for every purse, with DfE place funding put in for non-maintained and post-16 settings; the council does not pay that part.

**Nearest placements**: first those of the same primary need, phase, residence and support band; then of the same need, phase and residence; then,
where ten are not found, of another phase. Within each the nearest come first, by steps: one for each band apart, for each six hours a week of one-to-one
and for each 38 hours a year of therapy; one and a half where one of the two is not recorded.

Limits: a fee that was agreed is not a fee that was right. Needs that are not recorded cannot be allowed for, and provision is taken as given. It is a
range to talk from: what the child needs and what the parent prefers come first, and a suitable place is not refused for its cost.
"""


@dataclass(frozen=True)
class Expectation:
    """What the benchmark says of one placement, £ a year. `index`: the setting's, None without one; `actual_gbp`: None for a proposed placement."""

    expected_gbp: float
    low_gbp: float
    high_gbp: float
    actual_gbp: float | None = None
    setting_name: str | None = None
    index: float | None = None
    place_funding_gbp: float = 0.0


def nothing(version: str) -> Finding:
    """Where nothing can be compared."""
    said = "No placement has both a recorded need and an agreed fee, so nothing can be expected of a new one. Load plans, placements and fees."
    return Finding(said, (), {}, _METHOD, version)


def should_cost(this: pd.Series[Any], said: Expectation, nearest: pd.DataFrame, as_at: date, version: str, notes: tuple[str, ...] = ()) -> Finding:
    """`this`: the placement's row, proposed or existing; `nearest`: as `shouldcost.nearest` answers, with `setting_name`."""
    table = _table(nearest, as_at)
    figures = _figures(said, table.frame, as_at)
    if len(nearest) < NEAREST:
        notes = (
            *notes,
            f"Only {plural(len(nearest), 'placement')} of this need and residence {'has' if len(nearest) == 1 else 'have'} a fee, so little is known.",
        )
    return Finding(_answer(this, said, table.frame), figures, {"nearest": table}, _METHOD, version, notes, {"nearest": _headline(table.frame, said)})


def describe(row: pd.Series[Any]) -> str:
    """ "Autistic spectrum disorder, secondary, day, band 4"."""
    band = row.get("support_band")
    parts = [
        SEN_NAMES.get(str(row["primary_need"]), "Need not recorded"),
        PHASE_NAMES.get(str(row["phase"]), str(row["phase"])).lower(),
        RESIDENCE_NAMES.get(str(row["residence"]), str(row["residence"])).lower(),
        *([] if band is None or pd.isna(band) else [f"band {int(band)}"]),
    ]
    return ", ".join(parts)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _answer(this: pd.Series[Any], said: Expectation, nearest: pd.DataFrame) -> str:
    where = f" at {said.setting_name}" if said.setting_name else ""
    between = f"nine in ten like it{where} would cost {gbp(said.low_gbp)} to {gbp(said.high_gbp)}"
    if said.actual_gbp is None:
        answer = f"A place like this ({_lower(describe(this))}) is expected to cost {gbp(said.expected_gbp)} a year; {between}"
    else:
        inside = "inside" if said.low_gbp <= said.actual_gbp <= said.high_gbp else "outside"
        costs = f"costs {gbp(said.actual_gbp)} a year and {gbp(said.expected_gbp)} is expected"
        answer = f"This placement ({_lower(describe(this))}) {costs}; {between}, so it lies {inside} that range"
    if nearest.empty:
        return f"{answer}. No other placement of this need and residence has a fee."
    ends = (float(nearest["benchmark_gbp"].min()), float(nearest["benchmark_gbp"].max()))
    if len(nearest) == 1:
        return f"{answer}. The one placement like it costs {gbp(ends[0])}."
    return f"{answer}. The {len(nearest)} nearest placements cost {gbp(ends[0])} to {gbp(ends[1])}."


def _figures(said: Expectation, nearest: pd.DataFrame, as_at: date) -> tuple[Figure, ...]:
    basis = f"Full-year equivalent without transport, snapshot {format_date(as_at)}"
    interval = {"low": said.low_gbp, "high": said.high_gbp, "interval": "90% range for one placement"}
    figures = []
    if said.actual_gbp is not None:
        figures.append(
            Figure("Cost a year", said.actual_gbp, "gbp", basis, as_at, AGREEMENTS, "Fee lines valid on the day, annualised, with DfE place funding.")
        )
    method = "Benchmark of Providers: what these needs and this provision cost at a setting neither dear nor cheap."
    figures.append(Figure("Expected cost", said.expected_gbp, "gbp", basis, as_at, _SOURCE, method, **interval))  # type: ignore[arg-type]
    if said.index is not None:
        there, how = said.expected_gbp * said.index, "Expected cost × the setting's index, which is provisional until its reply is recorded."
        figures.append(Figure("Expected at this setting", there, "gbp", f"{said.setting_name}; {_lower(basis)}", as_at, _SOURCE, how))
    if len(nearest):
        middle = float(nearest["benchmark_gbp"].median())
        figures.append(Figure("Middle of the nearest", middle, "gbp", f"Median of {plural(len(nearest), 'placement')}", as_at, AGREEMENTS, "See below."))
    if said.place_funding_gbp and len(figures) < 4:
        figures.append(
            Figure(
                "DfE place funding", said.place_funding_gbp, "gbp", "Paid to the setting by DfE, in each cost here", as_at, "Place funding", "An assumption."
            )
        )
    return tuple(figures[:4])


def _table(nearest: pd.DataFrame, as_at: date) -> Table:
    columns = {
        "setting_name": "Setting",
        "benchmark_gbp": "Cost a year",
        "alike": "Alike in",
        "support_band": "Band",
        "one_to_one_hours_week": "One-to-one hours a week",
        "therapy_hours_year": "Therapy hours a year",
        "phase": "Phase",
        "steps_away": "Steps away",
    }
    units = {
        "setting_name": "text",
        "benchmark_gbp": "gbp_per_place_year",
        "alike": "text",
        "support_band": "band",
        "one_to_one_hours_week": "hours",
        "therapy_hours_year": "hours",
        "phase": "text",
        "steps_away": "steps",
    }
    frame = nearest.assign(phase=nearest["phase"].map(PHASE_NAMES).fillna(nearest["phase"]))
    frame["label"] = [f"{place}. {name}" for place, name in enumerate(frame["setting_name"], 1)]
    for name in ("support_band", "one_to_one_hours_week", "therapy_hours_year", "steps_away"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
    frame["alike"] = [
        "Need, residence" if a == OTHER_PHASE else f"Need, phase, residence{', band' if a == 'Same band' else ''}" for a in frame["alike"].astype(str)
    ]
    subtitle = f"Full-year cost without transport, with DfE place funding; 1 is the nearest; snapshot {format_date(as_at)}"
    kept = frame[[c for c in (*columns, "label") if c in frame]]  # the references of placements are left behind
    return Table("Nearest placements", subtitle, AGREEMENTS, kept, columns, units, child_level=True)


def _headline(nearest: pd.DataFrame, said: Expectation) -> str:
    if nearest.empty:
        return "Nothing like it has a fee"
    dearer = int((nearest["benchmark_gbp"] > said.expected_gbp).sum())
    return f"{dearer} of the {len(nearest)} nearest cost more than the {short_gbp(said.expected_gbp)} expected"
