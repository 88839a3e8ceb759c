"""Rates, means and medians of published tables: hidden where a part they are made of is, and worked out from published values alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.disclosure.build import THOUSAND
from analytics.disclosure.profile import TOTAL
from analytics.disclosure.protect import PUBLISHED, SECONDS, ProtectedTable, Protection, protect_together
from analytics.disclosure.table import Table, counts
from data.errors import InputRejected

if TYPE_CHECKING:
    from analytics.disclosure.build import Public
    from analytics.disclosure.profile import Profile

PART, WITH, WITHOUT = "part", "with", "without"


def parts(frame: pd.DataFrame, dimensions: Sequence[str], numerator: str, denominator: str, *, name: str = "table", measure: str = "children") -> Table:
    """The table behind a rate: those who have something, those who have not, and their total, from one row a cell (no totals).

    InputRejected where more have it than there are, and as `counts`.
    """
    more = frame[numerator].astype(float) > frame[denominator].astype(float)
    if more.any():
        place = ", ".join(str(part) for part in frame.loc[more, list(dimensions)].iloc[0])
        raise InputRejected(f"{name} counts more with than there are at {place}; correct one of the two.", "more_than_all")
    rest = frame[denominator].astype(float) - frame[numerator].astype(float)
    both = [frame[list(dimensions)].assign(part=part, n=values) for part, values in ((WITH, frame[numerator]), (WITHOUT, rest))]
    return counts(pd.concat(both), [*dimensions, PART], "n", name=name, measure=measure)


def rates(table: Table, profile: Profile, *, public: Public | None = None, seconds: float = SECONDS) -> tuple[pd.DataFrame, Protection]:
    """One row a cell of `parts`: its dimensions, `numerator`, `denominator` and `rate`, missing where hidden. A rate needs all three of its counts."""
    made = protect_together([table], profile, public=public, seconds=seconds)
    return shown_rates(made.tables[0]), made


def shown_rates(made: ProtectedTable) -> pd.DataFrame:
    """The rates that a protected table of `parts` lets be told."""
    names = [name for name in made.dimensions if name != PART]
    wide = made.cells.pivot_table(index=names, columns=PART, values="value", aggfunc="first", sort=False, dropna=False)
    whole = wide[[WITH, WITHOUT, TOTAL]].notna().all(axis=1) & (wide[TOTAL] > 0)
    out = pd.DataFrame({"numerator": wide[WITH], "denominator": wide[TOTAL], "rate": (wide[WITH] / wide[TOTAL]).where(whole)})
    return out.reset_index()


def means(gbp: ProtectedTable, children: ProtectedTable) -> pd.DataFrame:
    """One row a cell: the dimensions and `value`, pounds a child from the published values; missing where pounds or children are hidden."""
    joined = _joined(gbp, children)
    value = (joined["value_gbp"] / joined["value_children"]).where(joined["value_children"] > 0)
    return joined[list(gbp.dimensions)].assign(value=np.round(value, 0))


def medians(values: Mapping[tuple[str, ...], float], gbp: ProtectedTable, children: ProtectedTable) -> pd.DataFrame:
    """One row a cell: the dimensions and `value`, the median given for it, rounded like pounds; missing where its pounds or its children are hidden."""
    joined = _joined(gbp, children)
    shown = (joined["status_gbp"] == PUBLISHED) & (joined["status_children"] == PUBLISHED) & (joined["value_children"] > 0)
    given = [round(values.get(tuple(row), float("nan")) / THOUSAND, 0) * THOUSAND for row in joined[list(gbp.dimensions)].itertuples(index=False, name=None)]
    return joined[list(gbp.dimensions)].assign(value=pd.Series(given, index=joined.index, dtype=float).where(shown))


def _joined(gbp: ProtectedTable, children: ProtectedTable) -> pd.DataFrame:
    return gbp.cells.merge(children.cells, on=list(gbp.dimensions), how="left", suffixes=("_gbp", "_children"))
