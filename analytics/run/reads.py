"""Reads of costs that answer from totals made with the marts where nothing is filtered, and from the marts themselves where something is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Store

Chosen = tuple[tuple[str, tuple[str, ...]], ...]
"""Filters as (dimension, values) pairs, so that they can stand in a cache key."""
DIMENSIONS = ("need", "phase", "residence_group", "setting_type", "urn", "provider_group", "area", "funder", "component", "purchase_type", "compliance")


def filters(chosen: Chosen) -> dict[str, list[str] | None]:
    """Every filter parameter that the reads take; None where nothing is chosen."""
    given = dict(chosen)
    return {name: list(given[name]) if given.get(name) else None for name in DIMENSIONS}


def cost_by(store: Store, years: list[int], dimension: str, chosen: Chosen = ()) -> pd.DataFrame:
    """One row a financial year × value of the dimension: see read_cost_by."""
    wanted: dict[str, object] = {"year_kind": "FY", "years": years, "dimension": dimension}
    return store.read("cost_by", **wanted, **filters(chosen)) if chosen else store.read("unfiltered_cost", **wanted)


def cost_trend(store: Store, dimension: str, first: date, last: date, chosen: Chosen = ()) -> pd.DataFrame:
    """One row a month × value of the dimension: see read_cost_trend."""
    wanted: dict[str, object] = {"dimension": dimension, "from_month": first, "to_month": last}
    return store.read("cost_trend", **wanted, **filters(chosen)) if chosen else store.read("unfiltered_trend", **wanted)
