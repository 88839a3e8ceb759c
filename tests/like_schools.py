"""A small council whose schools are alike but one: twelve settings of eight alike children at about £40,000, one of them a half dearer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from cost_store import FEE, PLACEMENT, PLAN, SETTING, Rows, fill

from data.store import Store

DEAR = "100003"


def rows() -> dict[str, Rows]:
    """Rows of each source."""
    rng = np.random.default_rng(2)
    settings = [SETTING | {"urn": str(100000 + k), "setting_name": f"School {k}"} for k in range(12)]
    keys = [(s["urn"], f"{s['urn']}-{c}") for s in settings for c in range(8)]
    amounts = {key: 40_000 * np.exp(rng.normal(0, 0.06)) * (1.5 if urn == DEAR else 1.0) for urn, key in keys}
    return {
        "settings": settings,
        "plans": [PLAN | {"child_id": f"C{key}", "one_to_one_hours_week": 4.0, "therapy_hours_year": 10.0} for _, key in keys],
        "placements": [PLACEMENT | {"placement_id": f"P{key}", "child_id": f"C{key}", "urn": urn} for urn, key in keys],
        "fees": [FEE | {"placement_id": f"P{key}", "amount_gbp": f"{amounts[key]:.2f}"} for _, key in keys],
    }


def market(store: Store) -> None:
    """Puts the rows into a store as they are."""
    fill(store, **rows())


def files() -> list[str]:
    """The same as files to be loaded, parents first."""
    return [pd.DataFrame(some).to_csv(index=False) for some in rows().values()]
