"""A table as it would be published if nothing had to be hidden: every combination of categories with every total, checked to add up."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.disclosure.profile import TOTAL
from analytics.disclosure.values import pounds, shown, whole
from data.errors import InputRejected

if TYPE_CHECKING:
    from analytics.disclosure.system import Floats, Key

MOST_CELLS = 600  # with totals; about 20 seconds at the most
MOST_DIMENSIONS = 3
PENNY = 0.005
OTHER_TOTALS = ("all", "totals", "grand total", "overall", "sum", "everyone")
RESERVED = ("status", "value", "group", "gbp", "children", "place", "alone", "groups", "first_gbp", "second_gbp", "part")  # columns of its own


@dataclass(frozen=True)
class Table:
    """One row a cell in `cells`: the dimensions (a total says Total), value, and of money children, groups, first_gbp, second_gbp and alone.

    `measure` says what is counted and on which basis, for example "children, snapshot 31/03/2026": cells of two tables are the same
    cell if measure and categories are the same. `alone` is the only provider group of a cell, empty where there are several.
    """

    name: str
    measure: str
    dimensions: tuple[str, ...]
    cells: pd.DataFrame
    money: bool = False

    def cell_keys(self) -> list[Key]:
        """What each cell is, in order: the measure, and the categories that are not totals."""
        order = sorted(self.dimensions)
        columns = [self.cells[name].tolist() for name in order]
        return [
            (("", self.measure), *((name, category) for name, category in zip(order, row, strict=True) if category != TOTAL))
            for row in zip(*columns, strict=True)
        ]

    def shape(self) -> tuple[int, ...]:
        """How many categories each dimension has, its total included."""
        return tuple(self.cells[name].nunique() for name in self.dimensions)

    def equations(self) -> Floats:
        """One row a sum: along each dimension, the categories less their total, for all that the other dimensions say."""
        shape = self.shape()
        at = np.arange(len(self.cells)).reshape(shape)
        rows = []
        for axis in range(len(shape)):
            for line in np.moveaxis(at, axis, -1).reshape(-1, shape[axis]):
                row = np.zeros(len(self.cells))
                row[line[:-1]], row[line[-1]] = 1.0, -1.0
                rows.append(row)
        return np.array(rows)


def counts(frame: pd.DataFrame, dimensions: Sequence[str], count: str, *, name: str = "table", measure: str = "children") -> Table:
    """A table of counts from one row a cell. Totals are checked where they are given and worked out where none is.

    InputRejected for a count that is none, a cell given twice, some totals without the others, totals that do not add up, a table too small or too large.
    """
    texts = _categories(frame, dimensions, name)
    values = [whole(value, name, place) for value, place in zip(frame[count].tolist(), _places(texts), strict=True)]
    full, names = _grid(texts, values, dimensions, name)
    cells = pd.DataFrame(list(itertools.product(*names)), columns=list(dimensions))
    cells["value"] = full.ravel()
    _expect_given_totals(texts, values, cells, dimensions, name)
    return Table(name, measure, tuple(dimensions), cells)


def money(frame: pd.DataFrame, dimensions: Sequence[str], columns: Mapping[str, str], *, name: str = "table", measure: str = "gbp") -> Table:
    """A table of pounds from one row a cell and provider group. `columns` names those of `group`, `gbp` and `children`.

    A row without a group is a given total, checked against the sum; groups that differ in case and spaces alone are one. InputRejected as for
    counts, and for an amount below 0 or that no provider is named for.
    """
    texts = _categories(frame, dimensions, name)
    rows = texts.assign(
        group=[" ".join(text.split()).casefold() for text in frame[columns["group"]].fillna("").astype(str)],
        gbp=[pounds(value, name, place) for value, place in zip(frame[columns["gbp"]].tolist(), _places(texts), strict=True)],
        children=[whole(value, name, place) for value, place in zip(frame[columns["children"]].tolist(), _places(texts), strict=True)],
    )
    given, records = rows[rows["group"] == ""], rows[rows["group"] != ""]
    for row in given[list(dimensions)].itertuples(index=False, name=None):
        if TOTAL not in row:
            raise InputRejected(f"{name} has an amount at {', '.join(row)} without a provider; name it, or correct the total.", "no_provider")
    if any(TOTAL in row for row in records[list(dimensions)].itertuples(index=False, name=None)):
        raise InputRejected(f"{name} gives a total to a provider; leave the provider empty in rows of totals, or leave such rows out.", "total_of_provider")
    base = records.groupby(list(dimensions), sort=False)["gbp"].sum().reset_index()
    full, names = _grid(base[list(dimensions)], base["gbp"].tolist(), dimensions, name)
    cells = pd.DataFrame(list(itertools.product(*names)), columns=list(dimensions))
    cells["value"] = full.ravel()
    cells = cells.merge(_contributors(records, dimensions), on=list(dimensions), how="left").fillna({"alone": ""}).fillna(0.0)
    _expect_given_totals(given[list(dimensions)], given["gbp"].tolist(), cells, dimensions, name)
    return Table(name, measure, tuple(dimensions), cells, money=True)


def _contributors(records: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """One row a cell that holds pounds, totals too: children, groups, the two largest amounts, and the group that is alone."""
    parts = []
    for summed in itertools.product((False, True), repeat=len(dimensions)):
        part = records.assign(**{name: TOTAL for name, over in zip(dimensions, summed, strict=True) if over})
        parts.append(part.groupby([*dimensions, "group"])[["gbp", "children"]].sum().reset_index())
    each = pd.concat(parts).sort_values("gbp", ascending=False, kind="stable")
    paid = each[each["gbp"] > 0]
    paid = paid.assign(place=paid.groupby(list(dimensions)).cumcount())
    largest = paid[paid["place"] == 0].set_index(list(dimensions))
    groups = paid.groupby(list(dimensions))["group"].nunique()
    found = pd.DataFrame({"children": each.groupby(list(dimensions))["children"].sum(), "groups": groups, "first_gbp": largest["gbp"]})
    found["second_gbp"] = paid[paid["place"] == 1].set_index(list(dimensions))["gbp"]
    found["alone"] = largest["group"].where(groups == 1)
    return found.reset_index()


def _categories(frame: pd.DataFrame, dimensions: Sequence[str], name: str) -> pd.DataFrame:
    if not 2 <= len(dimensions) <= MOST_DIMENSIONS or len(set(dimensions)) < len(dimensions):
        raise InputRejected(f"{name} needs two or three different dimensions; name those of its rows and columns.", "dimensions")
    texts = pd.DataFrame({dimension: frame[dimension].fillna("").astype(str).str.strip() for dimension in dimensions}).reset_index(drop=True)
    for dimension in dimensions:
        if (texts[dimension] == "").any():
            raise InputRejected(f"{name} has a row without a {dimension}; fill it in, or leave the row out.", "no_category")
        formula = [text for text in texts[dimension] if text[0] in "=+@|%"]
        if formula:
            raise InputRejected(
                f"{name} holds {shown(formula[0])} as a {dimension}, which a spreadsheet would take for a formula; correct the name.", "formula"
            )
        texts[dimension] = texts[dimension].where(texts[dimension].str.casefold() != TOTAL.casefold(), TOTAL)
    return texts


def _places(texts: pd.DataFrame) -> list[str]:
    return [", ".join(row) for row in texts.itertuples(index=False)]


def _grid(texts: pd.DataFrame, values: Sequence[float], dimensions: Sequence[str], name: str) -> tuple[Floats, list[list[str]]]:
    """Cells without totals as an array, a combination that is not there as 0, with the totals worked out; the categories of each dimension."""
    twice = texts[texts.duplicated()]
    if len(twice):
        raise InputRejected(f"{name} gives the cell {', '.join(twice.iloc[0])} twice; add the two up or leave one out.", "duplicate_cell")
    names = [[category for category in dict.fromkeys(texts[dimension]) if category != TOTAL] for dimension in dimensions]
    for dimension, found in zip(dimensions, names, strict=True):
        if len(found) < 2:
            only = f"only one {dimension}" if found else f"no {dimension} beside the total"
            raise InputRejected(f"{name} has {only}, so each total would repeat a cell; a table needs at least two.", "too_small")
    size = int(np.prod([len(found) + 1 for found in names]))
    if size > MOST_CELLS:
        raise InputRejected(f"{name} would have {size:,} cells with its totals, more than {MOST_CELLS:,}; group its categories.", "too_many_cells")
    at = [{category: place for place, category in enumerate(found)} for found in names]
    inner = np.zeros([len(found) for found in names])
    for row, value in zip(texts.itertuples(index=False), values, strict=True):
        if TOTAL not in row:
            inner[tuple(places[category] for places, category in zip(at, row, strict=True))] = value
    if not inner.any():
        raise InputRejected(f"Every cell of {name} is 0, so there is nothing to publish or protect; check that the right column is named.", "all_zero")
    _expect_no_other_total(inner, names, dimensions, name)
    for axis in range(len(names)):
        inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
    return inner, [[*found, TOTAL] for found in names]


def _expect_no_other_total(inner: Floats, names: Sequence[Sequence[str]], dimensions: Sequence[str], name: str) -> None:
    """InputRejected for a category that is the sum of the others under another name than Total: its sums would not be known as such."""
    for axis, (found, dimension) in enumerate(zip(names, dimensions, strict=True)):
        lines = np.moveaxis(inner, axis, 0).reshape(len(found), -1)
        rest = lines.sum(axis=0) - lines
        for place, category in enumerate(found):
            named = category.casefold() in OTHER_TOTALS
            if len(found) > 2 and lines[place].any() and (named or lines.shape[1] > 2) and np.abs(lines[place] - rest[place]).max() <= PENNY:
                raise InputRejected(f"In {name} {shown(category)} is the sum of every other {dimension}; write {TOTAL} for it, or leave it out.", "other_total")


def _expect_given_totals(texts: pd.DataFrame, values: Sequence[float], cells: pd.DataFrame, dimensions: Sequence[str], name: str) -> None:
    """InputRejected where totals are given in part, or are not the sum of their cells."""
    given = {row: value for row, value in zip(texts.itertuples(index=False, name=None), values, strict=True) if TOTAL in row}
    if not given:
        return
    for *place, value in cells[[*dimensions, "value"]].itertuples(index=False, name=None):
        key = tuple(place)
        if TOTAL not in key:
            continue
        if key not in given:
            raise InputRejected(f"{name} gives some totals but not {', '.join(key)}; give every total, or none and they are worked out.", "total_missing")
        if abs(given[key] - value) > PENNY:
            raise InputRejected(
                f"{name} says {given[key]:,.10g} for {', '.join(key)}, but its cells add up to {value:,.10g}; correct one or the other.", "total_wrong"
            )
