"""How fresh and how complete: what is late and what is enough, declared once for every page and command."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from data.sources import SOURCES

# A source that grows with time → days behind the newest that are worth a question: a term for casework, a quarter for what is counted by term.
LATE_DAYS: dict[str, int] = dict.fromkeys(("plans", "placements", "fees", "payments", "outcomes", "consultations", "cases"), 92)
# Source → column that analyses use → (per cent of records with it that is enough, what it is used for).
USED: dict[str, dict[str, tuple[float, str]]] = {
    "settings": {
        "provider_group": (50.0, "groups settings under their parent"),
        "easting": (80.0, "gives distances to schools"),
        "places_offered": (50.0, "bounds the places that a plan can block"),
    },
    "plans": {
        "support_band": (80.0, "lets the benchmark compare like with like"),
        "one_to_one_hours_week": (50.0, "lets the benchmark compare like with like"),
        "home_district": (95.0, "counts the child in its area"),
        "home_easting": (80.0, "gives distances from home"),
    },
    "placements": {
        "named_by": (80.0, "says which placements a block can fill"),
        "purchase_type": (90.0, "tells block, call-off and spot apart"),
    },
    "payments": {"supplier_no": (80.0, "keeps one supplier's spellings together")},
    "consultations": {"reply": (80.0, "gives the chance that a school offers"), "parent_view": (50.0, "gives the chance that a parent accepts")},
    "cases": {"target_start": (40.0, "says when a place is needed")},
}


def used(filled: pd.DataFrame) -> pd.DataFrame:
    """Columns that analyses use, of loaded sources, with the share filled: source, column_name, rows, filled, per_cent, enough, used_for."""
    wanted = [(source, column, enough, words) for source, columns in USED.items() for column, (enough, words) in columns.items()]
    asked = pd.DataFrame(wanted, columns=["source", "column_name", "enough", "used_for"])
    found = asked.merge(filled[filled["rows"] > 0], on=["source", "column_name"])
    return found.assign(per_cent=100.0 * found["filled"] / found["rows"])


def never_filled(filled: pd.DataFrame) -> dict[str, list[str]]:
    """Loaded source → its optional columns without a single value, in the order of the template."""
    empty = filled[(filled["rows"] > 0) & (filled["filled"] == 0)]
    found: dict[str, list[str]] = {}
    for source in dict.fromkeys(filled.loc[filled["rows"] > 0, "source"]):
        without = set(empty.loc[empty["source"] == source, "column_name"])
        found[source] = [c.name for c in SOURCES[source].columns if c.name in without and not c.required]
    return found


def by_source(sources: pd.DataFrame, filled: pd.DataFrame, as_at: date | None) -> list[dict[str, Any]]:
    """A row a source: records, newest day, days behind the as-at day, what is enough, least filled column that analyses use, columns never filled."""
    shares, never = used(filled), never_filled(filled)
    rows = []
    for row in sources.to_dict("records"):
        source, newest = str(row["source"]), row["last_day"]
        behind = (as_at - newest.date()).days if as_at and source in LATE_DAYS and not pd.isna(newest) else None
        part = shares[shares["source"] == source].sort_values("per_cent", kind="stable")
        rows.append(
            {
                "source": source,
                "rows": int(row["rows"]),
                "last_day": newest,
                "days_behind": None if behind is None else max(behind, 0),
                "late": behind is not None and behind > LATE_DAYS[source],
                "short": ", ".join(part.loc[part["per_cent"] < part["enough"], "column_name"]),
                "never": ", ".join(never.get(source, [])),
            }
        )
    return rows
