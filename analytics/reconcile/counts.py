"""From every placement loaded down to the counts that papers quote."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import format_date
from data.domain import academic_age, financial_year, financial_year_name


def counts_to_placements(placements: pd.DataFrame, as_at: date) -> list[dict[str, Any]]:
    """From every placement loaded down to the counts that papers quote, each step named. `placements`: mart_placement."""
    day, year = pd.Timestamp(as_at), financial_year(as_at)
    started, open_now = placements["entry_date"] <= day, placements["leaving_date"].isna() | (placements["leaving_date"] >= day)
    in_year = started & (placements["leaving_date"].isna() | (placements["leaving_date"] >= pd.Timestamp(year, 4, 1)))
    ages = placements["birth_month"].map(lambda month: academic_age(month, as_at) if isinstance(month, str) else -1)
    nmiss = placements["setting_type"].isin(["ISS", "NMSS"])
    spi = placements["setting_type"] == "SPI"
    rank1 = placements["rank"].astype(str) == "1"
    school_age = (ages >= 4) & (ages <= 15)
    snapshot = in_year & open_now
    steps = [
        ("All placements loaded", pd.Series(True, index=placements.index)),
        (f"Open at any time in {financial_year_name(year)} up to {format_date(as_at)}", in_year),
        (f"Open on {format_date(as_at)}", snapshot),
        ("of which in independent, non-maintained and specialist post-16 settings", snapshot & (nmiss | spi)),
        ("of which without specialist post-16", snapshot & nmiss),
        ("of which first placements (one a child)", snapshot & nmiss & rank1),
        ("of which of school age (academic age 4 to 15)", snapshot & nmiss & rank1 & school_age),
    ]
    why = (
        "Ended before the year, or not yet begun",
        "Ended in the year",
        "In maintained and other settings",
        "In specialist post-16 settings",
        "Second placements of a child",
        "Above or below school age",
    )
    found = []
    for (start, before), (end, after), reason in zip(steps, steps[1:], why, strict=False):
        lines = [{"line": reason, "count": -int((before & ~after).sum())}]
        residual = int(after.sum()) - int(before.sum()) - lines[0]["count"]  # type: ignore[operator]
        found.append({"reconciliation": "counts_to_placements", "from": start, "from_count": int(before.sum()), "lines": lines})
        found[-1] |= {"to": end, "to_count": int(after.sum()), "children": int(placements.loc[after, "child_id"].nunique()), "residual_count": residual}
    return found
