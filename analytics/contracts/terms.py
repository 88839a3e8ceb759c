"""Reads the parts of an instance that are not offers: the share limit, builds, and budgets."""

from __future__ import annotations

import math
from typing import Any

from analytics.contracts.problem import Build, ChanceBudget, CvarBudget
from analytics.contracts.reading import LARGEST_COUNT, Reader


def position(read: Reader, row: dict[str, Any], key: str, ids: list[str], where: str) -> int:
    name = read.text(row, key, where)
    if name and name not in ids:
        read.fault(where, f'`{key}` "{name}" is not among the {key}s.')
    return ids.index(name) if name in ids else 0


def share_limit(read: Reader, top: dict[str, Any]) -> int | None:
    if top.get("max_share") is None:
        return None
    if top.get("share_base") is None:
        read.fault("The instance", "`max_share` needs `share_base`, the number of places it is a share of.")
        return None
    before = len(read.faults)
    share = read.number(top, "max_share", "The instance", 0.0, 1.0)
    base = read.number(top, "share_base", "The instance", 0.0, float(LARGEST_COUNT))
    return math.floor(share * base + 1e-9) if len(read.faults) == before else None


def builds(read: Reader, top: dict[str, Any], lot_ids: list[str]) -> tuple[Build, ...]:
    found = []
    for n, value in enumerate(read.rows(top, "builds", "The instance"), 1):
        where = f"build {n}"
        row = read.record(value, where, ("lot", "places", "capital", "unit_cost", "from_year"))
        lot, places = position(read, row, "lot", lot_ids, where), read.whole(row, "places", where)
        found.append(Build(lot, places, read.gbp(row, "capital", where), read.gbp(row, "unit_cost", where), read.whole(row, "from_year", where)))
    return tuple(found)


NOT_SIZED = {
    "ring_fenced": "places that several lots may share are not sized; leave the field out, and each block is fenced for the need and phase of its lot",
    "notice_terms": "ending a contract early by notice is not sized; leave the field out, and the contract runs for all `years`",
    "break_on": "a break is not sized; leave the field out, and the contract runs for all `years`, or ask for as many years as run before it",
}


def not_sized(read: Reader, row: dict[str, Any], where: str) -> None:
    """Clauses that would change the answer and that no plan could keep are refused rather than passed over."""
    for field, sentence in NOT_SIZED.items():
        if row.get(field) is not None and not (field == "ring_fenced" and row[field] is True):
            read.fault(where, f"`{field}`: {sentence}.")


def below_one(read: Reader, row: dict[str, Any], where: str) -> float:
    alpha = read.number(row, "alpha", where, 0.0, 1.0)
    if alpha > 1 - 1e-9:
        read.fault(where, "`alpha` must be below 1: at 1 there is no worst share of futures left to average.")
        return 0.0
    return alpha


def cvar_budget(read: Reader, top: dict[str, Any]) -> CvarBudget | None:
    if top.get("cvar_budget") is None:
        return None
    row = read.record(top["cvar_budget"], "cvar_budget", ("alpha", "limit"))
    return CvarBudget(below_one(read, row, "cvar_budget"), read.number(row, "limit", "cvar_budget", 0.0, 1e15))


def chance_budget(read: Reader, top: dict[str, Any]) -> ChanceBudget | None:
    if top.get("chance_budget") is None:
        return None
    row = read.record(top["chance_budget"], "chance_budget", ("prob", "limit"))
    return ChanceBudget(read.number(row, "prob", "chance_budget", 0.0, 1.0), read.number(row, "limit", "chance_budget", 0.0, 1e15))
