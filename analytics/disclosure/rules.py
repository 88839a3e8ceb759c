"""Which cells are sensitive by themselves, and how far their values must stay in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.disclosure.profile import TOTAL

if TYPE_CHECKING:
    from analytics.disclosure.profile import Profile
    from analytics.disclosure.system import Flags, Floats
    from analytics.disclosure.table import Table


def sensitive(table: Table, profile: Profile) -> Flags:
    """Cells that must be hidden for what they hold, in the order of the table's cells."""
    values = table.cells["value"].to_numpy(dtype=np.float64)
    if not table.money:
        return small(values, profile)
    first, second = (table.cells[name].to_numpy(dtype=np.float64) for name in ("first_gbp", "second_gbp"))
    few = (table.cells["groups"].to_numpy(dtype=np.float64) < profile.groups) | (table.cells["children"].to_numpy(dtype=np.float64) < profile.threshold)
    close = values - first - second < profile.p * first
    dominated = first + second > profile.dominance * values
    return np.asarray((values > 0) & (few | close | dominated))


def small(values: Floats, profile: Profile) -> Flags:
    """Counts from 1 to the threshold less 1; a true 0 is published."""
    return np.asarray((values > 0) & (values < profile.threshold))


def doubt(table: Table, profile: Profile) -> tuple[Floats, Floats]:
    """How much lower and higher than its value a reader must be able to take each cell for, if it is sensitive.

    A count: down to 0 and up to the threshold. Pounds: as far either way as the p% rule and the dominance rule ask, and p of the cell at least.
    """
    values = table.cells["value"].to_numpy(dtype=np.float64)
    if not table.money:
        return values, np.maximum(1.0, profile.threshold - values)
    first, second = (table.cells[name].to_numpy(dtype=np.float64) for name in ("first_gbp", "second_gbp"))
    asked = np.maximum.reduce([profile.p * first - (values - first - second), (first + second) / profile.dominance - values, profile.p * values])
    return np.minimum(asked, values), asked


def base(table: Table) -> Flags:
    """Cells that are no totals."""
    return np.array([TOTAL not in row for row in table.cells[list(table.dimensions)].itertuples(index=False, name=None)])
