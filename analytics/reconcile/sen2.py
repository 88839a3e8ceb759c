"""From the SEN2 return of a January census to the placements open here on its day, and how far matched ones agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import format_date
from analytics.reconcile.owners import Team
from analytics.reconcile.quality import Check
from analytics.reconcile.questions import INFO, WARNING

ONLY_RETURNED: dict[str, str] = {
    "left": "Returned, but ended before the census day or begun after it",
    "no_setting": "Returned without a setting",
    "setting_not_loaded": "Returned at settings that are not loaded here (mainstream and others)",
    "only_sen2": "Returned, and no placement of the child is open here",
}
ONLY_HERE = {"only_here": "Open here, and not in the return"}
PAIRED: dict[str, str] = {
    "other_setting": "The same child at another setting",
    "rank": "Rank differs",
    "entry_date": "Entry date differs",
    "need": "Primary need differs",
    "residence": "Residence differs",
    "several": "Several of rank, entry date, need and residence differ",
}
WORDS = {**ONLY_RETURNED, **ONLY_HERE, **PAIRED}
MEND = "Find out which is right, the return or the placement here, and correct the other."


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows of each kind. `rows`: read_sen2_to_placements, one a placement of either side with its `what`."""
    return {str(what): int(n) for what, n in rows["what"].value_counts().items()}


def sen2_to_placements(found: Mapping[str, int], year: int, day: date) -> list[dict[str, Any]]:
    """The return's placements down to those open here, then the matched ones down to those that agree in everything. `found`: as `counts`."""
    returned = sum(n for what, n in found.items() if what not in ONLY_HERE)
    paired = sum(found.get(what, 0) for what in (*PAIRED, "same"))
    here = paired + found.get("only_here", 0)
    comes = [{"line": words, "count": -found[what]} for what, words in ONLY_RETURNED.items() if found.get(what)]
    comes += [{"line": words, "count": found[what]} for what, words in ONLY_HERE.items() if found.get(what)]
    differs = [{"line": words, "count": -found[what]} for what, words in PAIRED.items() if found.get(what)]
    return [
        _bridge("sen2_to_placements", year, (f"Placements of the SEN2 return of {year}", returned), comes, (f"Open here on {format_date(day)}", here)),
        _bridge("sen2_matched", year, ("Matched by child", paired), differs, ("Agree in setting, rank, entry date, need and residence", found.get("same", 0))),
    ]


def checks(found: Mapping[str, int], year: int) -> list[Check]:
    """A check a kind of difference that somebody has to look at; what is not loaded here is no fault."""
    asked = {what: words for what, words in WORDS.items() if what not in ("left", "no_setting", "setting_not_loaded")}
    made = []
    for what, words in asked.items():
        count = found.get(what, 0)
        text = f"{count:,} placements at the SEN2 census of {year} differ ({words[0].lower()}{words[1:]})."
        made.append(Check(f"sen2_{what}", WARNING if count else INFO, count, text, Team.CASEWORK.value, MEND if count else "Nothing to do."))
    return made


def _bridge(name: str, year: int, start: tuple[str, int], lines: list[dict[str, Any]], end: tuple[str, int]) -> dict[str, Any]:
    residual = end[1] - start[1] - sum(int(line["count"]) for line in lines)
    where = {"reconciliation": name, "census_year": year}
    return {**where, "from": start[0], "from_count": start[1], "lines": lines, "to": end[0], "to_count": end[1], "residual_count": residual}
