"""Protects tables that are published together: sensitive cells, the cheapest further cells, and the verifier as the last gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.disclosure import rules
from analytics.disclosure.build import THOUSAND, Fact, Public, system
from analytics.disclosure.optimum import Pattern, cheapest
from analytics.disclosure.profile import SYMBOL, TOTAL, Profile
from analytics.disclosure.reader import Unknowns
from analytics.disclosure.verify import Reading, Verdict, verify
from data.errors import NoFeasibleAnswer

if TYPE_CHECKING:
    from analytics.disclosure.system import Flags, Key, System
    from analytics.disclosure.table import Table

ROUNDS = 3  # of choosing and verifying
SECONDS = 15.0
PUBLISHED, PRIMARY, SECONDARY = "published", "primary", "secondary"


@dataclass(frozen=True)
class ProtectedTable:
    """A table that may be published. One row a cell in `cells`: the dimensions, value (missing where hidden), status. No hidden value is anywhere in it."""

    name: str
    measure: str
    dimensions: tuple[str, ...]
    cells: pd.DataFrame
    money: bool
    verified: bool
    symbol: str = SYMBOL

    @property
    def suppressed(self) -> int:
        """How many cells are hidden."""
        return int((self.cells["status"] != PUBLISHED).sum())

    def shown(self) -> pd.DataFrame:
        """One row a cell as a reader sees it: the dimensions and `value` as a text, hidden cells as the symbol, whichever the reason."""
        texts = [self.symbol if pd.isna(value) else f"{value:,.0f}" for value in self.cells["value"]]
        return self.cells[list(self.dimensions)].assign(value=texts)


@dataclass(frozen=True)
class Protection:
    """Tables protected together, how the pattern was found, what the verifier saw, and the status of each cell."""

    tables: tuple[ProtectedTable, ...]
    pattern: Pattern
    verdict: Verdict
    status: dict[Key, str]


def protect(table: Table, profile: Profile, *, public: Public | None = None, seconds: float = SECONDS) -> ProtectedTable:
    """One table for the profile's audience. NoFeasibleAnswer where no pattern passes the verifier: then nothing may be published."""
    return protect_together([table], profile, public=public, seconds=seconds).tables[0]


def protect_together(tables: Sequence[Table], profile: Profile, *, public: Public | None = None, seconds: float = SECONDS) -> Protection:
    """Tables that are published together, one pattern over all: cells they share are hidden in all or in none.

    InputRejected where they disagree; NoFeasibleAnswer where no pattern passes the verifier within three rounds.
    """
    public = public or Public()
    asked = system(tables, profile, public)
    failed: list[Flags] = []
    for _ in range(ROUNDS):
        pattern = cheapest(asked, seconds / ROUNDS if failed else seconds, failed)
        if pattern is None:
            break
        verdict = verify(reading(tables, profile, public, asked, pattern.hidden))
        if verdict.passed:
            return _protection(tables, profile, asked, pattern, verdict)
        failed.append(pattern.hidden)
    raise NoFeasibleAnswer(
        f"No way was found to hide enough of {', '.join(table.name for table in tables)} that nobody can work out a small cell, so nothing of it may be "
        "published; group its categories, or leave out totals that are public elsewhere.",
        "not_protected",
    )


def ranges(tables: Sequence[Table], hidden: frozenset[Key], keys: Sequence[Key]) -> dict[Key, tuple[float, float]]:
    """Between which values a reader of released tables can place those of the keys that are hidden; pounds in thousands."""
    read = _read(tables, hidden)
    unknowns = Unknowns(read.equations(), read.shown, read.hidden, read.whole)
    return {key: unknowns.extent(key) for key in keys if key in hidden}


def reading(tables: Sequence[Table], profile: Profile, public: Public, asked: System, hidden: Flags) -> Reading:
    """What lies before a reader if these cells are hidden, for the verifier."""
    together = [*tables, *public.tables]
    away = frozenset(key for key, place in asked.index.items() if hidden[place])
    unit = {table.measure: THOUSAND if table.money else 1.0 for table in together}
    return replace(
        _read(together, away),
        asked=wanted_ranges(tables, profile, public),
        insiders=[frozenset(asked.keys[cell] for cell in cells) for cells in asked.insiders],
        facts=[Fact(fact.cells, fact.value / unit[next(iter(fact.cells))[0][1]]) for fact in public.facts],
        before=public.hidden - {key for table in tables for key in table.cell_keys()},
        public=frozenset(key for key, place in asked.index.items() if not asked.may_hide[place]),
    )


def _read(tables: Sequence[Table], hidden: frozenset[Key]) -> Reading:
    unit = {table.measure: THOUSAND if table.money else 1.0 for table in tables}
    value = {key: float(number) / unit[table.measure] for table in tables for key, number in zip(table.cell_keys(), table.cells["value"], strict=True)}
    return Reading(
        grids=[(table.measure, {name: [c for c in dict.fromkeys(table.cells[name]) if c != TOTAL] for name in table.dimensions}) for table in tables],
        shown={key: number for key, number in value.items() if key not in hidden},
        hidden={key: number for key, number in value.items() if key in hidden},
        asked={},
        whole=not any(table.money for table in tables),
    )


def wanted_ranges(tables: Sequence[Table], profile: Profile, public: Public) -> dict[Key, tuple[float, float]]:
    """For each sensitive cell the least and greatest value that a reader must be able to take it for, straight from the rules."""
    wanted: dict[Key, tuple[float, float]] = {}
    unit = {table.measure: THOUSAND if table.money else 1.0 for table in [*tables, *public.tables]}

    def ask(key: Key, low: float, high: float) -> None:
        least, most = wanted.get(key, (low, high))
        wanted[key] = (min(least, low), max(most, high))

    for table in [*tables, *public.tables]:
        value, (down, up) = table.cells["value"].to_numpy(dtype=np.float64), rules.doubt(table, profile)
        low, high = (value - down) / unit[table.measure], (value + up) / unit[table.measure]
        for key, is_small, least, most in zip(table.cell_keys(), rules.sensitive(table, profile), low, high, strict=True):
            if is_small:
                ask(key, float(least), float(most))
    for doubt in public.doubts:
        size = unit[doubt.key[0][1]]
        ask(doubt.key, doubt.low / size, doubt.high / size)
    return wanted


def _protection(tables: Sequence[Table], profile: Profile, asked: System, pattern: Pattern, verdict: Verdict) -> Protection:
    primary = {asked.keys[cell] for cell in np.flatnonzero(asked.must_hide)}
    made: list[ProtectedTable] = []
    given: dict[Key, str] = {}
    for table in tables:
        keys = table.cell_keys()
        hidden = np.array([pattern.hidden[asked.index[key]] for key in keys])
        status = np.where(hidden, [PRIMARY if key in primary else SECONDARY for key in keys], PUBLISHED)
        true = table.cells["value"].to_numpy(dtype=np.float64)
        shown = np.round(true / profile.round_gbp) * profile.round_gbp if table.money else true
        cells = table.cells[list(table.dimensions)].assign(value=np.where(hidden, np.nan, shown), status=status)
        made.append(ProtectedTable(table.name, table.measure, table.dimensions, cells, table.money, verdict.passed))
        given.update(zip(keys, status.tolist(), strict=True))
    return Protection(tuple(made), pattern, verdict, given)
