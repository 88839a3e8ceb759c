"""Every record of every file accounted for: accepted, a duplicate, or set aside."""

from __future__ import annotations

from typing import Any

import pandas as pd


def records_accounted(batches: pd.DataFrame) -> list[dict[str, Any]]:
    """Records in every source's files, down to what was accepted; £ of the source's control column beside them."""
    standing = batches[batches["withdrawn_by"].isna()]
    found: list[dict[str, Any]] = []
    for source, part in standing.groupby("source", sort=True):
        sums = part[["rows_in", "accepted", "duplicates", "quarantined"]].sum().astype(int)
        gbp = part[["control_in", "control_accepted", "control_duplicates", "control_quarantined"]].apply(pd.to_numeric).sum(min_count=1)
        lines = [
            {"line": "Duplicates", "count": -int(sums["duplicates"]), "gbp": _pounds(-gbp["control_duplicates"])},
            {"line": "Quarantined", "count": -int(sums["quarantined"]), "gbp": _pounds(-gbp["control_quarantined"])},
        ]
        residual = int(sums["accepted"] - sums["rows_in"] + sums["duplicates"] + sums["quarantined"])
        found.append(
            {
                "reconciliation": "records",
                "source": source,
                "from": "Records in files",
                "from_count": int(sums["rows_in"]),
                "from_gbp": _pounds(gbp["control_in"]),
                "lines": lines,
                "to": "Accepted",
                "to_count": int(sums["accepted"]),
                "to_gbp": _pounds(gbp["control_accepted"]),
                "residual_count": residual,
            }
        )
    return found


def _pounds(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 2) + 0.0
