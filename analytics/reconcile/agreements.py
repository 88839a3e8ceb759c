"""From every fee line agreed for a day to the cost counted on placements open that day, and from open placements to those with a fee."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import format_date
from data.domain import COMPONENT_NAMES, SETTING_TYPE_NAMES

NOT_COUNTED: dict[str, str] = {
    "ended": "Agreed beyond the leaving date of the placement",
    "to_begin": "Agreed for placements that have not yet begun",
    "unknown": "Agreed for placements that are not loaded",
}
WITHOUT_FEE: dict[str, str] = {
    "never": "Open with no fee line at all, transport apart",
    "ended": "Open with fee lines that have all ended",
    "to_begin": "Open with fee lines that begin later",
}


def agreements_to_placements(lines: pd.DataFrame, as_at: date) -> list[dict[str, Any]]:
    """Fee lines valid on the day, in number and £ a year, down to those that count because their placement is open; all, then by component.

    `lines`: one row a component with `<part>_count` and `<part>_gbp` for agreed, counted and each of NOT_COUNTED.
    """
    if lines.empty:
        return []
    totals = {str(name): value for name, value in lines.drop(columns="component").sum().items()}
    rows = [("All", totals)] + [(COMPONENT_NAMES.get(str(r["component"]), str(r["component"])), r) for r in lines.to_dict("records")]
    return [_lines_bridge(component, row, as_at) for component, row in rows]


def _lines_bridge(component: str, row: Mapping[Any, Any], as_at: date) -> dict[str, Any]:
    lines = [{"line": words, "count": -int(row[f"{part}_count"]), "gbp": -_pounds(row[f"{part}_gbp"]) + 0.0} for part, words in NOT_COUNTED.items()]
    lines = [line for line in lines if line["count"]]
    agreed, counted = _pounds(row["agreed_gbp"]), _pounds(row["counted_gbp"])
    return {
        "reconciliation": "agreements_to_placements",
        "component": component,
        "from": f"Fee lines valid on {format_date(as_at)}, £ a year",
        "from_count": int(row["agreed_count"]),
        "from_gbp": agreed,
        "lines": lines,
        "to": "Counted, on placements open that day",
        "to_count": int(row["counted_count"]),
        "to_gbp": counted,
        "residual_count": int(row["counted_count"]) - int(row["agreed_count"]) - sum(int(str(line["count"])) for line in lines),
        "residual_gbp": round(counted - agreed - sum(float(str(line["gbp"])) for line in lines), 2) + 0.0,
    }


def placements_to_agreements(kinds: pd.DataFrame, as_at: date) -> list[dict[str, Any]]:
    """Placements open on the day down to those with a fee that counts; all, then by kind of setting.

    `kinds`: one row a setting_type (`kind`) with open_count, with_fee and one column each of WITHOUT_FEE.
    """
    if kinds.empty:
        return []
    totals = {str(name): value for name, value in kinds.drop(columns="kind").sum().items()}
    rows = [("All", totals)] + [(SETTING_TYPE_NAMES.get(str(r["kind"]), str(r["kind"])), r) for r in kinds.to_dict("records")]
    found = []
    for kind, row in rows:
        lines = [{"line": words, "count": -int(row[part])} for part, words in WITHOUT_FEE.items() if row[part]]
        start, end = int(row["open_count"]), int(row["with_fee"])
        found.append(
            {
                "reconciliation": "placements_to_agreements",
                "setting_type": kind,
                "from": f"Placements open on {format_date(as_at)}",
                "from_count": start,
                "lines": lines,
                "to": "With a fee that counts that day",
                "to_count": end,
                "residual_count": end - start - sum(int(str(line["count"])) for line in lines),
            }
        )
    return found


def by_code(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings of agreements as code, records, gbp: what the checks count. `findings`: one row a finding × placement, with gbp."""
    found = findings.groupby("code")["gbp"].agg(["size", "sum"]).reset_index()
    return found.set_axis(["code", "records", "gbp"], axis=1)


def _pounds(value: Any) -> float:
    return round(float(value), 2)
