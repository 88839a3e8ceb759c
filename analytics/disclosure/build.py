"""Tables that are published together → one system: a cell that several share is one cell, and whoever reads one reads all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.disclosure import rules
from analytics.disclosure.movement import Movement
from analytics.disclosure.system import OUTSIDER, SMALLEST, Flags, Floats, Key, Level, System, standing, weights
from data.errors import InputRejected

if TYPE_CHECKING:
    from analytics.disclosure.profile import Profile
    from analytics.disclosure.table import Table

THOUSAND = 1_000.0  # pounds are worked with in thousands, so that their movements and those of counts are of one size


@dataclass(frozen=True)
class Fact:
    """What is public beside the tables: the sum of some cells, each times a factor. A fact of one cell says that cell."""

    cells: Mapping[Key, float]
    value: float


@dataclass(frozen=True)
class Doubt:
    """How far a cell must stay in doubt for another reason than its own size: at most `low` and at least `high` must both be possible."""

    key: Key
    low: float
    high: float


@dataclass(frozen=True)
class Public:
    """What else a reader knows and what else must stay hidden.

    `facts`: equations known. `tables`: earlier tables of the same period, and `hidden`: their hidden cells. `doubts`: cells whose change since
    an earlier period is small. All in the units of the tables.
    """

    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    hidden: frozenset[Key] = frozenset()
    doubts: tuple[Doubt, ...] = ()


def system(tables: Sequence[Table], profile: Profile, public: Public | None = None) -> System:
    """All cells of the tables and their equations, with the levels that keep each sensitive cell in doubt.

    InputRejected where two tables give one cell different values.
    """
    public = public or Public()
    together = [*tables, *public.tables]
    at, values = _joined(together, public)
    matrix = _equations(together, public, at)
    small, low, high = _sensitive(tables, public, profile, at, values)
    known, new = _known(tables, public, at), {key for table in tables for key in table.cell_keys()}
    insiders = _insiders(together, at, values)
    price = np.array([1.0 if key in new else 1e-3 for key in at]) * weights(values)
    made = System(
        keys=tuple(at),
        values=values / _units(at, together, public),
        weights=price,
        matrix=matrix,
        may_hide=~known,
        must_hide=(small & ~known) | np.array([key in public.hidden and key not in new for key in at]),
        levels=(),
        insiders=tuple(insiders),
        network=len(together) == 1 and len(together[0].dimensions) == 2 and not public.facts,
        whole=not any(table.money for table in together),
        index=at,
    )
    return replace(made, levels=tuple(_levels(made, small, low, high)))


def _joined(tables: Sequence[Table], public: Public) -> tuple[dict[Key, int], Floats]:
    at: dict[Key, int] = {}
    values: list[float] = []
    for table in tables:
        for key, value in zip(table.cell_keys(), table.cells["value"].tolist(), strict=True):
            if key not in at:
                at[key] = len(at)
                values.append(float(value))
            elif abs(values[at[key]] - value) > 0.005:
                where = ", ".join(category for _, category in key[1:]) or "the grand total"
                raise InputRejected(
                    f"Two tables disagree about {where}: {values[at[key]]:,.10g} and {value:,.10g}; use tables of one basis and day.", "tables_disagree"
                )
    for number, fact in enumerate(public.facts):
        at[("", "fact"), ("", str(number))] = len(at)
        values.append(fact.value)
    return at, np.array(values)


def _units(at: Mapping[Key, int], tables: Sequence[Table], public: Public) -> Floats:
    """What the value of each cell is divided by; a fact is of the unit of its cells."""
    pounds = {table.measure for table in tables if table.money}
    first: dict[Key, Key] = {(("", "fact"), ("", str(number))): next(iter(fact.cells)) for number, fact in enumerate(public.facts)}
    return np.array([THOUSAND if first.get(key, key)[0][1] in pounds else 1.0 for key in at])


def _equations(tables: Sequence[Table], public: Public, at: Mapping[Key, int]) -> Floats:
    rows: dict[bytes, Floats] = {}
    for table in tables:
        places = [at[key] for key in table.cell_keys()]
        for equation in table.equations():
            row = np.zeros(len(at))
            row[places] = equation
            rows[row.tobytes()] = row
    for number, fact in enumerate(public.facts):
        row = np.zeros(len(at))
        for key, factor in fact.cells.items():
            if key not in at:
                raise InputRejected("A public fact names a cell that none of the tables has; leave it out.", "fact_elsewhere")
            row[at[key]] = factor
        row[at[("", "fact"), ("", str(number))]] = -1.0
        rows[row.tobytes()] = row
    return np.array(list(rows.values()))


def _sensitive(tables: Sequence[Table], public: Public, profile: Profile, at: Mapping[Key, int], values: Floats) -> tuple[Flags, Floats, Floats]:
    """Which cells are sensitive, and how much lower and higher each must be possible."""
    small, low, high = np.zeros(len(at), dtype=bool), np.zeros(len(at)), np.zeros(len(at))
    for table in [*tables, *public.tables]:
        unit = THOUSAND if table.money else 1.0
        down, up = rules.doubt(table, profile)
        for key, is_small, fall, rise in zip(table.cell_keys(), rules.sensitive(table, profile), down / unit, up / unit, strict=True):
            if is_small:
                place = at[key]
                small[place], low[place], high[place] = True, max(low[place], fall), max(high[place], rise)
    units = _units(at, [*tables, *public.tables], public)
    for doubt in public.doubts:
        place = at[doubt.key]
        fall, rise = (values[place] - doubt.low) / units[place], (doubt.high - values[place]) / units[place]
        if fall > SMALLEST or rise > SMALLEST:
            small[place], low[place], high[place] = True, max(low[place], fall), max(high[place], rise)
    return small, low, high


def _known(tables: Sequence[Table], public: Public, at: Mapping[Key, int]) -> Flags:
    """Cells that are public already: named by a fact alone, or shown in an earlier table."""
    known = np.zeros(len(at), dtype=bool)
    for table in public.tables:
        known[[at[key] for key in table.cell_keys() if key not in public.hidden]] = True
    for number, fact in enumerate(public.facts):
        known[at[("", "fact"), ("", str(number))]] = True
        if len(fact.cells) == 1:
            known[at[next(iter(fact.cells))]] = True
    return known


def _insiders(tables: Sequence[Table], at: Mapping[Key, int], values: Floats) -> list[tuple[int, ...]]:
    """A family knows the cell of its only child; a provider knows the cells in which it is alone."""
    found: dict[tuple[int, ...], None] = {}
    for table in tables:
        places = np.array([at[key] for key in table.cell_keys()])
        if table.money:
            alone = table.cells["alone"].to_numpy()
            for group in dict.fromkeys(name for name in alone if name):
                found[tuple(places[alone == group].tolist())] = None
        else:
            for place in places[rules.base(table) & (values[places] == 1.0)]:
                found[(int(place),)] = None
    return list(found)


def _levels(made: System, small: Flags, low: Floats, high: Floats) -> list[Level]:
    """What each attacker must leave open, never more than what they would leave open if everything were hidden."""
    movement = Movement(made)
    everything = (made.may_hide | made.must_hide).astype(np.float64)
    limited = bool((~made.may_hide).any())
    sets = [frozenset(key) for key in made.keys]
    levels = []
    for knows in (OUTSIDER, *range(len(made.insiders))):
        own = standing(made, Level(0, 1, 0.0, knows))
        for cell in np.flatnonzero(small & made.must_hide):
            if cell in own:
                continue
            related = limited or any(sets[cell] < sets[place] or sets[place] < sets[cell] for place in own)
            for sign, amount in ((1, float(high[cell])), (-1, float(low[cell]))):
                level = Level(int(cell), sign, amount, knows)
                if related and amount > SMALLEST:
                    level = replace(level, amount=min(amount, movement.furthest(level, everything)[0]))
                if level.amount > SMALLEST:
                    levels.append(level)
    return levels
