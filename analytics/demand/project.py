"""The futures told to people: places by lot and year, what drives the change, children by age, today's children by setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.demand import basis, futures, survivor_months
from analytics.demand.clock import Clock, Floats, Ints, phase
from analytics.demand.levers import ENTRY_YEARS, Levers
from analytics.demand.simulate import Batch, Model, batches
from analytics.survival import OLDEST

LAST_OF_PRIMARY, LAST_OF_SECONDARY = 10, 15  # academic ages from which the next year leads into another phase
FLOWS = ("entries", "exits", "moves_in", "moves_out", "ageing")


@dataclass(frozen=True)
class Projection:
    """Every future, by lot. Arrays begin with draws × years.

    `months`: place-months of the academic year by lot. `stock`: places on the as-at date (index 0) and on its anniversaries, by lot. `flows`: of the year
    to each anniversary, by lot, one array each of `FLOWS`: stock at its start + entries - exits + moves_in - moves_out + ageing = stock at its end, in
    every draw. `ages`: stock by academic age. `survivors`: today's placements, place-months by cell (`cells`: urn, lot). `by_choice`: average places of
    new children named by a parent or the tribunal, and `could`: those of all that a block could fill, from the first year on.
    """

    as_at: date
    years: tuple[int, ...]
    seed: int
    lots: tuple[str, ...]
    months: Ints
    stock: Ints
    flows: dict[str, Ints]
    ages: Ints
    cells: pd.DataFrame
    survivors: Ints
    by_choice: Floats
    could: Floats
    found: Model
    levers: Levers
    basis: tuple[str, ...]

    @property
    def draws(self) -> int:
        return len(self.months)

    @property
    def places(self) -> Floats:
        """Average places over each academic year: draws × years × lots."""
        return self.months / 12.0


def project(
    placements: pd.DataFrame,
    as_at: date,
    *,
    years: int = 5,
    draws: int = 1000,
    seed: int = 1,
    settings: pd.DataFrame | None = None,
    consultations: pd.DataFrame | None = None,
    entry_years: int = int(ENTRY_YEARS.value),
    levers: Levers = Levers(),  # noqa: B008 - frozen
    tell: Callable[[float], object] | None = None,
    **given: Any,
) -> Projection:
    """What places will be needed, of which kind and when, and why: `draws` futures over `years` academic years. Frames and errors as `demand.draw`.

    `tell` is told the share of the futures that is drawn, and may raise to stop.
    """
    found, flows = futures(
        placements,
        as_at,
        years=years,
        draws=draws,
        seed=seed,
        settings=settings,
        consultations=consultations,
        entry_years=entry_years,
        levers=levers,
        **given,
    )
    tally = _Tally(found)
    for batch in batches(found, flows):
        if tell is not None:
            tell(batch.first / found.draws)
        tally.add(batch)
    return tally.projection(seed, levers, (basis(found.history, as_at, entry_years), found.fill.why))


class _Tally:
    """Counts batch after batch."""

    def __init__(self, found: Model) -> None:
        self.found, self.clock = found, found.clock
        names = found.history.lots
        self.lots, self.lot_of_cell = np.unique(np.array(names, dtype=str), return_inverse=True) if names else (np.array([]), np.zeros(0, dtype=np.int64))
        n, years, size = found.draws, found.clock.years, max(len(self.lots), 1)
        self.months = np.zeros((n, years, size), dtype=np.int32)
        self.stock = np.zeros((n, years + 1, size), dtype=np.int32)
        self.flows = {name: np.zeros((n, years, size), dtype=np.int32) for name in FLOWS}
        self.ages = np.zeros((n, years + 1, OLDEST + 1), dtype=np.int32)
        self.by_choice, self.could = np.zeros((n, years)), np.zeros((n, years))
        kept = _reachable(found)
        self.kept = kept[np.argsort(self.lot_of_cell[kept], kind="stable")]  # cells of a lot side by side
        self.survivors = np.zeros((n, years, len(self.kept)), dtype=np.uint16)

    def add(self, batch: Batch) -> None:
        part, clock, new = slice(batch.first, batch.first + batch.draws), self.clock, batch.spells
        survivors = survivor_months(self.found, batch)[..., self.kept]
        self.survivors[part] = survivors
        if len(self.kept):
            lots, starts = np.unique(self.lot_of_cell[self.kept], return_index=True)
            self.months[part][..., lots] += np.add.reduceat(survivors, starts, axis=2)
        for year in range(clock.years):
            stays = clock.months_in(new.begin, new.gone, year)
            here = np.flatnonzero(stays)
            lot = self._lot(new.key[here], clock.start_ay + year - new.born[here])
            self.months[part, year] += self._sum(batch.draws, new.draw[here], lot, stays[here])
            for chosen, into in ((new.choice[here] & (new.begin[here] >= clock.stub), self.by_choice), (new.block[here], self.could)):
                into[part, year] += np.bincount(new.draw[here], weights=stays[here] * chosen, minlength=batch.draws) / 12.0
        self._flow(part, batch)

    def _flow(self, part: slice, batch: Batch) -> None:
        """Stock and flows of every placement: today's (arrived before the first month) and new ones."""
        today, new = self.found.today, batch.spells
        born, key = today["cohort"].to_numpy(np.int64), today["key"].to_numpy(np.int64)
        draw = np.repeat(np.arange(batch.draws, dtype=np.int32), len(today))
        born, key = np.tile(born.astype(np.int16), batch.draws), np.tile(key.astype(np.int32), batch.draws)
        old = (draw, np.full(len(draw), -1, np.int16), np.zeros(len(draw), np.int16), batch.gone.ravel(), born, key, batch.went.ravel())
        fresh = (new.draw, new.arrive, new.begin, new.gone, new.born, new.key, new.went)
        for rows, came in ((old, None), (fresh, new.came)):
            _Flows(self, part, batch.draws, rows, came).count()

    def _lot(self, key: Ints, age: Ints) -> Ints:
        return np.asarray(self.lot_of_cell[key * 3 + phase(age)])

    def _sum(self, draws: int, draw: Ints, column: Ints, weights: Ints | None = None, size: int | None = None) -> Ints:
        width = size or self.months.shape[2]
        return np.asarray(np.bincount(draw * width + column, weights=weights, minlength=draws * width).reshape(draws, width)).astype(np.int32)

    def projection(self, seed: int, levers: Levers, told: tuple[str, ...]) -> Projection:
        clock, keys = self.clock, self.found.history.keys
        cells = pd.DataFrame(
            {"urn": keys["urn"].to_numpy(dtype=object)[self.kept // 3], "lot": self.lots[self.lot_of_cell[self.kept]].astype(object) if len(self.lots) else []}
        )
        return Projection(
            clock.as_at,
            tuple(range(clock.start_ay, clock.start_ay + clock.years)),
            seed,
            tuple(str(lot) for lot in self.lots),
            self.months,
            self.stock,
            self.flows,
            self.ages,
            cells,
            self.survivors,
            self.by_choice,
            self.could,
            self.found,
            levers,
            told,
        )


class _Flows:
    """Stock and flows of some placements, year by year between anniversaries of the as-at date."""

    def __init__(self, tally: _Tally, part: slice, draws: int, rows: tuple[Ints, ...], came: Ints | None) -> None:
        self.tally, self.part, self.draws, self.came = tally, part, draws, came
        self.draw, self.arrive, self.begin, self.gone, self.born, self.key, self.went = rows

    def count(self) -> None:
        clock = self.tally.clock
        ay_now = clock.start_ay - 1
        for h in range(clock.years + 1):
            there = np.flatnonzero((self.arrive < 12 * h) & (self.gone > 12 * h))
            age = ay_now + h - self.born[there]
            self._into(self.tally.stock, h, there, self.tally._lot(self.key[there], age))
            ages = self.tally._sum(self.draws, self.draw[there], np.clip(age, 0, OLDEST), size=OLDEST + 1)
            self.tally.ages[self.part, h] += ages
        for h in range(clock.years):
            self._year(h, ay_now + h)

    def _year(self, h: int, ay: int) -> None:
        """Flows of the year to anniversary h + 1, by the lot at which each happens; ageing is what moves a child who is there from one lot to the next."""
        begin, end = 12 * h, 12 * h + 12
        lot, clock, flows = self.tally._lot, self.tally.clock, self.tally.flows
        if self.came is not None:
            joined = np.flatnonzero((self.arrive >= begin) & (self.arrive < end))
            at = lot(self.key[joined], np.minimum(clock.ay_of(self.begin[joined]), ay + 1) - self.born[joined])
            for name, chosen in (("entries", ~self.came[joined]), ("moves_in", self.came[joined])):
                self._into(flows[name], h, joined[chosen], at[chosen])
        left = np.flatnonzero((self.arrive < end) & (self.gone > begin) & (self.gone <= end))
        at = lot(self.key[left], clock.ay_of(self.gone[left] - 1) - self.born[left])
        for name, chosen in (("exits", ~self.went[left]), ("moves_out", self.went[left])):
            self._into(flows[name], h, left[chosen], at[chosen])
        age = ay - self.born
        here = np.flatnonzero(((age == LAST_OF_PRIMARY) | (age == LAST_OF_SECONDARY)) & (self.arrive < end) & (self.gone > begin))
        first = np.where(self.arrive[here] < begin, ay, np.minimum(clock.ay_of(self.begin[here]), ay + 1))
        last = np.where(self.gone[here] > end, ay + 1, clock.ay_of(self.gone[here] - 1))
        before, after = (lot(self.key[here], year - self.born[here]) for year in (first, last))
        aged = here[before != after]
        self._into(flows["ageing"], h, aged, after[before != after])
        self._into(flows["ageing"], h, aged, before[before != after], sign=-1)

    def _into(self, target: Ints, h: int, rows: Ints, lots: Ints, sign: int = 1) -> None:
        target[self.part, h] += sign * self.tally._sum(self.draws, self.draw[rows], lots)


def _reachable(found: Model) -> Ints:
    """Cells (key × phase) that today's placements can stand in within the years."""
    today, clock = found.today, found.clock
    born, key = today["cohort"].to_numpy(np.int64), today["key"].to_numpy(np.int64)
    cells = [key * 3 + phase(clock.start_ay + year - born) for year in range(clock.years)]
    return np.unique(np.concatenate(cells)) if cells else np.zeros(0, dtype=np.int64)


def clock_of(projection: Projection) -> Clock:
    """The clock of a projection."""
    return projection.found.clock
