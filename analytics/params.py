"""Every assumption that a person may question: value, unit, range, source, reason. Frozen; changed only by making a new one."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date

from data.domain import REFERENCE


@dataclass(frozen=True)
class Parameter:
    """One assumption. `low` and `high` bound what a person may enter."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    reason: str


@dataclass(frozen=True)
class PlaceFunding:
    """DfE pays this a place and year from `valid_from`, for these setting types, so that fees compare like for like."""

    valid_from: date
    gbp_per_place_year: float
    setting_types: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class ComplianceRules:
    """The rules in force on a day, by which places are told apart as on a vehicle, with a ground, below the threshold or unexplained."""

    each_day: bool
    ground_tribunal: bool
    ground_parent: bool
    threshold_gbp: float | None
    threshold_vat_basis: str
    threshold_reading: str


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def _by_unit(column: str) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for row in _rows("units_per_year.csv"):
        table.setdefault(row["unit"], {})[row["residence"]] = row[column]
    return table


# What one unit of a fee is worth in a full year, by unit then residence, and how it spreads over the days of the year (data/reference/units_per_year.csv).
UNITS_PER_YEAR: dict[str, dict[str, int]] = {unit: {residence: int(n) for residence, n in row.items()} for unit, row in _by_unit("units_per_year").items()}
SPREAD: dict[str, dict[str, str]] = _by_unit("spread")
PLACE_FUNDING: tuple[PlaceFunding, ...] = tuple(
    PlaceFunding(date.fromisoformat(row["valid_from"]), float(row["gbp_per_place_year"]), (row["setting_type"],), row["source"])
    for row in _rows("place_funding.csv")
)


def place_funding(setting_type: str, on: date) -> float:
    """DfE place funding of a place at such a setting on a day, £ a year: the newest amount that is valid; 0 where DfE pays none."""
    known = [p for p in PLACE_FUNDING if setting_type in p.setting_types and p.valid_from <= on]
    return max(known, key=lambda p: p.valid_from).gbp_per_place_year if known else 0.0


def compliance_rules(on: date) -> ComplianceRules:
    """What data/reference/compliance_rules.csv says for a day; a rule that it does not give counts as the strict answer, as in data/sql/stg_rule.sql."""
    given: dict[str, dict[str, str]] = {}
    for row in sorted(_rows("compliance_rules.csv"), key=lambda r: r["valid_from"]):
        if date.fromisoformat(row["valid_from"]) <= on <= (date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max):
            given[row["rule"]] = row
    said = {rule: row["value"] for rule, row in given.items()}
    return ComplianceRules(
        each_day=said.get("vehicle_day", "each_day") == "each_day",
        ground_tribunal=said.get("ground_tribunal") == "yes",
        ground_parent=said.get("ground_parent") == "yes",
        threshold_gbp=float(said["threshold_gbp"]) if "threshold_gbp" in said else None,
        threshold_vat_basis=given["threshold_gbp"]["vat_basis"] or "including" if "threshold_gbp" in given else "including",
        threshold_reading=said.get("threshold_reading", "provider"),
    )
