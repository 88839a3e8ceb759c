"""A council small enough to work out by hand, drawn as frames. As at 31 March 2026, so the plan's first year is 2026/27."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.contracts.offers import PlanningData

AS_AT = date(2026, 3, 31)
COLUMNS = ["placement_id", "urn", "primary_need", "residence_group", "area", "birth_month", "entry_date", "leaving_date", "named_by", "setting_type"]


@dataclass(frozen=True)
class Benchmark:
    """What build reads of a benchmark: a setting's index, a placement's expected cost."""

    settings: pd.DataFrame
    placements: pd.DataFrame


def placement(n: int, **changes: Any) -> dict[str, Any]:
    """A child of Year 8 (academic age 12 in 2025/26), autistic, day, living east, at setting 100001 since September 2024."""
    usual = {
        "placement_id": f"P{n}",
        "urn": "100001",
        "primary_need": "ASD",
        "residence_group": "day",
        "area": "east",
        "birth_month": "2013-05",
        "entry_date": date(2024, 9, 2),
        "leaving_date": None,
        "named_by": "council",
        "setting_type": "ISS",
        "rank": "1",
        "contract_id": None,
        "phase": "secondary",
        "home_easting": 600_000.0,
        "home_northing": 150_000.0,
        "benchmark_gbp": 60_000.0,
        "dfe_place_gbp": 0.0,
        "place_funding_gbp": 0.0,
        "transport_gbp": 8_000.0,
    }
    return usual | changes


def setting(urn: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "urn": urn,
        "setting_name": f"School {urn}",
        "setting_type": "ISS",
        "easting": 600_000.0,
        "northing": 150_000.0,
        "places_offered": None,
        "age_high": None,
        "closed": None,
    }
    return usual | changes


CONTRACT = {
    "contract_id": "K1",
    "urn": "100001",
    "kind": "block",
    "lot": None,
    "guaranteed_places": 4,
    "void_share": 0.8,
    "grace_weeks": 6,
    "min_occupancy": 0.9,
    "starts": date(2024, 9, 1),
    "ends": date(2029, 8, 31),
}


def authority(placements: list[dict[str, Any]], settings: list[dict[str, Any]] | None = None, contracts: list[dict[str, Any]] | None = None) -> PlanningData:
    """PlanningData of these records; the snapshot is the placements without a leaving date. Every index is 1.1, every expected cost £50,000."""
    frame = pd.DataFrame(placements)
    urns = sorted(frame["urn"].unique())
    benchmark = Benchmark(pd.DataFrame({"urn": urns, "index": 1.1}), pd.DataFrame({"placement_id": frame["placement_id"], "expected_gbp": 50_000.0}))
    return PlanningData(
        as_at=AS_AT,
        placements=frame[[c for c in frame.columns if not c.endswith("_gbp") and c != "phase"]],
        snapshot=frame[frame["leaving_date"].isna()],
        settings=pd.DataFrame(settings or [setting(urn) for urn in urns]),
        contracts=pd.DataFrame(contracts or [], columns=list(CONTRACT)),
        consultations=pd.DataFrame({"reply": ["offer", "refuse"], "parent_view": ["accepts", None]}),
        benchmark=benchmark,  # type: ignore[arg-type]
    )
