"""Everything the product says of outcomes at once: adjusted rates, rates over time, early warnings, and what is not recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from analytics.outcomes import adjusted, panel, warning
from analytics.outcomes.adjusted import OutcomesParams
from analytics.outcomes.design import usable
from analytics.outcomes.measures import MEASURES, Measure
from data.domain import academic_year as academic_year_of

PLACED_YEARS = 60 / 365.25  # in a setting for a shorter part of a year nothing is expected to be reported


@dataclass(frozen=True, eq=False)
class Outcomes:
    """`settings`: `adjusted.COLUMNS`; `years`: `panel.YEAR_COLUMNS`; `warnings`: `warning.COLUMNS`; all over every measure. `note`: JSON-ready, by measure."""

    settings: pd.DataFrame
    years: pd.DataFrame
    warnings: pd.DataFrame
    note: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def measures(self) -> list[Measure]:
        """Those for which anything could be compared."""
        return [m for m in MEASURES.values() if self.note.get(m.name, {}).get("settings")]

    def of(self, measure: str) -> pd.DataFrame:
        """The settings of one measure."""
        return self.settings[self.settings["measure"] == measure].reset_index(drop=True)


def work_out(frame: pd.DataFrame, as_at: date, params: OutcomesParams | None = None) -> Outcomes:
    """How are children doing at each setting, given who they are, and where has it become worse?

    `frame`: one row a child × setting × measure × period as `read_outcome_rows.sql` answers it. Method: docs/outcomes.md. Never fails on thin data.
    """
    params = params or OutcomesParams()
    last_ay = academic_year_of(as_at)
    placed = _placed(frame, last_ay, params)
    present = [m for m in MEASURES.values() if (frame["measure"] == m.name).any()]
    settings, years, warnings, note = [], [], [], {}
    for m in present:
        found, said = adjusted.adjusted(frame, m, last_ay, params)
        past = panel.panel(frame, m, last_ay)
        if past is not None:
            raised, tested = warning.warnings(past, m, params.false_warnings_a_year / len(present))
            years.append(panel.years(past, m))
            warnings.append(raised)
            said |= {"warning": tested}
        settings.append(found)
        note[m.name] = said | {"coverage": _coverage(frame, m, placed)}
    return Outcomes(_joined(settings, adjusted.COLUMNS), _joined(years, panel.YEAR_COLUMNS), _joined(warnings, warning.COLUMNS), note)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame({c: pd.Series(dtype="str" if c in ("measure", "urn") else "float64") for c in columns})


def _placed(frame: pd.DataFrame, last_ay: int, params: OutcomesParams) -> pd.DataFrame:
    """Children placed in the window for long enough, by setting and year."""
    placed, _ = usable(frame, MEASURES["ended_early"])
    return placed[(placed["ay"] > last_ay - params.window_years) & (placed["ay"] <= last_ay) & (placed["n"] >= PLACED_YEARS)]


def _coverage(frame: pd.DataFrame, measure: Measure, placed: pd.DataFrame) -> dict[str, object]:
    """Of the children placed: how many have the measure with a number that counts; and settings that have none."""
    rows, _ = usable(frame, measure)
    seen = set(zip(rows["child_id"], rows["urn"], rows["ay"].tolist(), strict=True))
    has = np.array([key in seen for key in zip(placed["child_id"], placed["urn"], placed["ay"].tolist(), strict=True)], dtype=bool)
    by_setting = pd.Series(has, dtype=bool).groupby(placed["urn"].to_numpy()).any()
    return {"expected": len(placed), "recorded": int(has.sum()), "settings": len(by_setting), "settings_without": int((~by_setting).sum())}
