"""What earlier releases told readers, and what that asks of a new one.

Tables of the same period are attacked together with the new ones: a cell that was shown is known, a cell that was hidden must not come out. Against other
periods the change of each cell counts: a small one (1 to the threshold less 1) must stay in doubt as a small count would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.disclosure.build import THOUSAND, Doubt, Public
from analytics.disclosure.protect import PUBLISHED, ranges
from analytics.disclosure.table import Table

if TYPE_CHECKING:
    from analytics.disclosure.build import Fact
    from analytics.disclosure.profile import Profile
    from analytics.disclosure.system import Key

SEEN = {"strict": ("strict",), "exempt": ("strict", "exempt")}  # an audience → profiles of the releases it can read
STATS = ("children", "groups", "first_gbp", "second_gbp", "alone")


@dataclass(frozen=True, eq=False)
class Earlier:
    """A table released before: as it was, and the cells that were hidden in it."""

    release: int
    period: str
    profile: str
    table: Table
    hidden: frozenset[Key]


def earlier(cells: pd.DataFrame) -> list[Earlier]:
    """The tables of the register's cells (`data.releases.cells`), in the order of their release."""
    found = []
    for _, part in cells.groupby(["release", "table_number"], sort=True):
        first = part.iloc[0]
        dimensions = tuple(json.loads(first["dimensions"]))
        rows = pd.DataFrame([json.loads(text) for text in part["categories"]], columns=list(dimensions))
        rows["value"] = part["value"].to_numpy(dtype=np.float64)
        if first["money"]:
            for name in STATS:
                rows[name] = part[name].to_numpy()
        table = Table(str(first["table_name"]), str(first["measure"]), dimensions, rows, bool(first["money"]))
        hidden = frozenset(key for key, status in zip(table.cell_keys(), part["status"], strict=True) if status != PUBLISHED)
        found.append(Earlier(int(first["release"]), str(first["period"]), str(first["profile"]), table, hidden))
    return found


def known_from(released: Sequence[Earlier], tables: Sequence[Table], period: str, profile: Profile, facts: Sequence[Fact] = ()) -> Public:
    """What a reader of this profile's audience knows from earlier releases when these tables of a period come out."""
    read = [each for each in released if each.profile in SEEN[profile.name]]
    value = _values(tables)
    same = _linked([each for each in read if each.period == period and not _restated(each.table, value)], value)
    together = value | {key: number for each in same for key, number in _values([each.table]).items()}
    shown = {key for each in same for key in each.table.cell_keys() if key not in each.hidden}
    hidden = frozenset(key for each in same for key in each.hidden) - shown
    children = _children([*tables, *(each.table for each in same)])
    others = _at_one([each for each in read if each not in same])
    doubts = [doubt for group in others for doubt in _changes(group, together, children, profile) if doubt.key not in shown]
    return Public(facts=tuple(facts), tables=tuple(each.table for each in same), hidden=hidden, doubts=tuple(doubts))


def _values(tables: Sequence[Table]) -> dict[Key, float]:
    return {key: float(number) for table in tables for key, number in zip(table.cell_keys(), table.cells["value"], strict=True)}


def _children(tables: Sequence[Table]) -> dict[Key, float]:
    """Children behind each cell of pounds."""
    return {key: float(number) for table in tables if table.money for key, number in zip(table.cell_keys(), table.cells["children"], strict=True)}


def _restated(table: Table, value: Mapping[Key, float]) -> bool:
    """Whether a cell has another value than it was published or hidden with."""
    return any(key in value and abs(value[key] - number) > 0.005 for key, number in _values([table]).items())


def _linked(candidates: Sequence[Earlier], value: Mapping[Key, float]) -> list[Earlier]:
    """Tables that share a cell with the new ones, or with one that does."""
    keys, found, left = set(value), [], list(candidates)
    while near := [each for each in left if not keys.isdisjoint(each.table.cell_keys())]:
        found += near
        left = [each for each in left if each not in near]
        keys |= {key for each in near for key in each.table.cell_keys()}
    return sorted(found, key=lambda each: (each.release, each.table.name))


def _at_one(read: Sequence[Earlier]) -> list[list[Earlier]]:
    """Tables that a reader puts together: those of a period, or of a release where a period's releases contradict each other."""
    periods: dict[str, list[Earlier]] = {}
    for each in read:
        periods.setdefault(each.period, []).append(each)
    groups = []
    for group in periods.values():
        value = _values([each.table for each in group])
        if any(_restated(each.table, value) for each in group):
            groups += [[each for each in group if each.release == number] for number in sorted({each.release for each in group})]
        else:
            groups.append(group)
    return groups


def _changes(group: Sequence[Earlier], value: Mapping[Key, float], children: Mapping[Key, float], profile: Profile) -> list[Doubt]:
    """Cells that changed by few since another period, with the least and greatest value that must both be possible now."""
    tables = [each.table for each in group]
    before, then = _values(tables), _children(tables)
    changed = {}
    for key in value.keys() & before.keys():
        change = value[key] - before[key]
        by = children[key] - then[key] if key in children and key in then else change
        if abs(change) > 0.005 and 0 < abs(by) < profile.threshold:
            changed[key] = change
    if not changed:
        return []
    shown = {key for each in group for key in each.table.cell_keys() if key not in each.hidden}
    reach = ranges(tables, frozenset(key for each in group for key in each.hidden) - shown, list(changed))
    doubts = []
    for key, change in sorted(changed.items()):
        unit = THOUSAND if key in children else 1.0
        low, high = (edge * unit for edge in reach.get(key, (before[key] / unit, before[key] / unit)))
        if key in children:
            margin = profile.p * abs(change)
            doubts.append(Doubt(key, max(high + change - margin, 0.0), low + change + margin))
        elif change > 0:
            doubts.append(Doubt(key, high, low + profile.threshold))
        else:
            doubts.append(Doubt(key, max(high - profile.threshold, 0.0), low))
    return doubts


def rows(tables: Sequence[Table], status: Mapping[Key, str]) -> pd.DataFrame:
    """One row a cell as the register keeps it (`data.releases.CELL`)."""
    parts = []
    for number, table in enumerate(tables):
        part = pd.DataFrame(
            {
                "table_number": number,
                "table_name": table.name,
                "measure": table.measure,
                "money": table.money,
                "dimensions": json.dumps(list(table.dimensions)),
                "categories": [json.dumps(list(row)) for row in table.cells[list(table.dimensions)].itertuples(index=False, name=None)],
                "value": table.cells["value"].to_numpy(dtype=np.float64),
                "status": [status[key] for key in table.cell_keys()],
            }
        )
        for name in STATS:
            part[name] = table.cells[name].to_numpy() if table.money else None
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
