"""A store of a few rows written down in a test, its marts made."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from data import schema
from data.sources import SOURCES
from data.store import Store

SETTING = {"urn": "100001", "setting_name": "One School", "setting_type": "ISS"}
PLAN = {"child_id": "C1", "birth_month": "2012-01", "primary_need": "ASD", "plan_start": date(2018, 1, 1), "home_district": "Thanet"}
PLACEMENT = {"placement_id": "P1", "child_id": "C1", "urn": "100001", "entry_date": date(2024, 9, 1), "residence": "day"}
FEE = {"placement_id": "P1", "component": "core", "amount_gbp": "36500.00", "unit": "year", "valid_from": date(2024, 9, 1)}
PAYMENT = {"transaction_id": "T1", "paid_on": date(2025, 1, 15), "supplier_name": "ONE SCHOOL LTD", "net_gbp": "1000.00"}
EVERYTHING = dict.fromkeys(
    ("need", "phase", "residence_group", "setting_type", "urn", "provider_group", "area", "funder", "component", "purchase_type", "compliance")
)
Rows = list[dict[str, Any]]


def cost_store(folder: Path) -> Store:
    """An empty store; `fill` gives it rows."""
    return Store.open(folder / "costs.duckdb", create=True)


def fill(store: Store, **given: Rows) -> None:
    """Replaces all that the store holds, and makes its marts.

    A row is its few telling columns; the rest come from the rows above. Settings, plans, placements and fees that are not given
    have that one row; everything else has none.
    """
    empty: dict[str, Rows] = {name: [] for name in (*SOURCES, "supplier_match", "supplier_proposal")}
    rows = empty | {"settings": [SETTING], "plans": [PLAN], "placements": [PLACEMENT], "fees": [FEE]} | given
    defaults = {"settings": SETTING, "plans": PLAN, "placements": PLACEMENT, "fees": FEE, "payments": PAYMENT}
    with store.transaction() as cursor:
        for source, some in rows.items():
            table, current = (source, {}) if source.startswith("supplier_") else (f"raw_{source}", {"is_current": True})
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a test's own name
            for row in some:
                whole = {**defaults.get(source, {}), **current, **row}
                marks = ", ".join("?" * len(whole))
                cursor.execute(f"INSERT INTO {table} ({', '.join(whole)}) VALUES ({marks})", list(whole.values()))  # noqa: S608
        schema.create_marts(cursor)


def cost(store: Store, year_kind: str, year: int, **where: str) -> float:
    """The part-year cost of a year in `mart_placement_cost`, for rows that have the values given."""
    frame = store.read("mart_placement_cost")
    frame = frame[(frame["year_kind"] == year_kind) & (frame["year"] == year)]
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return round(float(frame["part_year_gbp"].sum()), 2)
