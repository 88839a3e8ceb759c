"""A small council whose schools are alike but one: a store that a benchmark can be made of in a moment."""

from __future__ import annotations

import numpy as np
from cost_store import FEE, PLACEMENT, PLAN, SETTING, fill

from data.store import Store

DEAR = "100003"


def market(store: Store) -> None:
    """Twelve settings of eight alike children at about £40,000; 100003 a half dearer."""
    rng = np.random.default_rng(2)
    settings = [SETTING | {"urn": str(100000 + k), "setting_name": f"School {k}"} for k in range(12)]
    keys = [(s["urn"], f"{s['urn']}-{c}") for s in settings for c in range(8)]
    plans = [PLAN | {"child_id": f"C{key}", "one_to_one_hours_week": 4.0, "therapy_hours_year": 10.0} for _, key in keys]
    placements = [PLACEMENT | {"placement_id": f"P{key}", "child_id": f"C{key}", "urn": urn} for urn, key in keys]
    amount = {key: 40_000 * np.exp(rng.normal(0, 0.06)) * (1.5 if urn == DEAR else 1.0) for urn, key in keys}
    fees = [FEE | {"placement_id": f"P{key}", "amount_gbp": f"{amount[key]:.2f}"} for _, key in keys]
    fill(store, settings=settings, plans=plans, placements=placements, fees=fees)
