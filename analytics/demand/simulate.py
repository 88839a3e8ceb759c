"""Futures drawn in batches: when each of today's children leaves, who comes new, and who moves on to another such place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from analytics.demand.clock import Clock, Floats, Ints, phase
from analytics.demand.entering import Entering, entering
from analytics.demand.fill import Fill
from analytics.demand.history import History, first_cohort, move_shares
from analytics.demand.levers import HISTORY_YEARS, Levers
from analytics.survival import OLDEST, Hazards, Survival, survival

BATCH_ELEMENTS = 100_000  # today's children × draws of a batch: small enough for a processor's cache, whatever the council's size
LEAST_DRAWS = 16  # a batch, since each has tables of its own to make


@dataclass(frozen=True)
class Spells:
    """New placements: one element each. `arrive` is the month in which it joins the stock, the one before `begin` for a move; `born` the birth cohort.

    `choice`: named by a parent or the tribunal; `block`: a block could fill it; `came`, `went`: it began and ended as a move.
    """

    draw: Ints
    begin: Ints
    arrive: Ints
    gone: Ints
    born: Ints
    key: Ints
    choice: Ints
    block: Ints
    came: Ints
    went: Ints

    @classmethod
    def join(cls, parts: list[Spells]) -> Spells:
        """One after another, in numbers no wider than needed: there are tens of millions of them in a large council's futures."""
        narrow = {"begin": np.int16, "arrive": np.int16, "gone": np.int16, "born": np.int16, "draw": np.int32, "key": np.int32}
        return cls(*[np.concatenate([getattr(p, f.name) for p in parts], dtype=narrow.get(f.name, np.bool_), casting="same_kind") for f in fields(cls)])


@dataclass(frozen=True)
class Batch:
    """Some draws: when today's children are gone (draws × children), which of them moved on, and the new placements. `first` is the first draw's number."""

    first: int
    gone: Ints
    went: Ints
    spells: Spells

    @property
    def draws(self) -> int:
        return len(self.gone)


@dataclass(frozen=True)
class Model:
    """All that futures are drawn from, with every draw's own hazards, move shares and entry rates."""

    history: History
    clock: Clock
    hazards: Hazards
    moves: Floats
    entering: Entering
    fill: Fill
    closed_from: Ints  # by key: the month from which nobody is there; far where it stays open
    draws: int

    @cached_property
    def today(self) -> pd.DataFrame:
        """Placements open on the as-at date, one row each, sorted by key."""
        frame = self.history.frame
        return frame[frame["open"]].sort_values(["key", "cohort"], kind="stable")

    @cached_property
    def like(self) -> tuple[Ints, ...]:
        """Of each entry that stands for those to come: month of the academic year, age, key, age limit, named by the council."""
        like = self.entering.like
        council = like["named_by"].eq("council").to_numpy(bool)
        return (*(like[name].to_numpy(np.int64) for name in ("month_of_ay", "age", "key", "limit")), council)

    @cached_property
    def pool(self) -> tuple[Ints, ...]:
        """Of each place that a move may lead to one like: key, age limit, named by the council."""
        pool = self.history.pool
        return pool["key"].to_numpy(np.int64), pool["limit"].to_numpy(np.int64), pool["council"].to_numpy(bool)


def model(history: History, clock: Clock, hazards: Hazards, filled: Fill, levers: Levers, draws: int, entry_years: int, seed: np.random.SeedSequence) -> Model:
    """The model with its parameters drawn. `hazards` has as many draws as asked for."""
    move, come = (np.random.default_rng(s) for s in seed.spawn(2))
    shares = move_shares(history, clock.as_at, int(HISTORY_YEARS.value), draws, move)
    early = levers.value("early_leavers")
    if early:
        hazards = Hazards(hazards.in_year, 1 - (1 - hazards.year_end) * (1 - early))
    far = np.full(len(history.keys), 10 * clock.months, dtype=np.int64)
    for closing in levers.closing:
        far[history.keys["urn"].to_numpy() == closing.urn] = max(clock.stub + 12 * (closing.from_ay - clock.start_ay), 0)
    return Model(history, clock, hazards, shares, entering(history, clock, draws, entry_years, levers, come), filled, far, draws)


def batches(found: Model, seed: np.random.SeedSequence) -> Iterator[Batch]:
    """The futures, some draws at a time. The same seed gives the same futures."""
    today = found.today
    size = min(max(BATCH_ELEMENTS // max(len(today), 200), LEAST_DRAWS), found.draws)
    starts = range(0, found.draws, size)
    for first, own in zip(starts, seed.spawn(len(starts)), strict=True):
        part = slice(first, min(first + size, found.draws))
        yield _Drawing(found, part, np.random.default_rng(own)).batch(today)


class _Drawing:
    """One batch at work."""

    def __init__(self, found: Model, part: slice, rng: np.random.Generator) -> None:
        self.found, self.part, self.rng, self.clock = found, part, rng, found.clock
        hazards = Hazards(found.hazards.in_year[part], found.hazards.year_end[part])
        cohorts = range(first_cohort(found.history, self.clock.as_at), self.clock.start_ay + self.clock.years + 1)
        limits = np.concatenate([found.history.frame["limit"].to_numpy(np.int64), found.history.pool["limit"].to_numpy(np.int64)])
        self.survive: Survival = survival(hazards, Clock.month_after(self.clock.as_at), self.clock.months, cohorts, limits)
        self.draws = len(hazards.in_year)

    def batch(self, today: pd.DataFrame) -> Batch:
        born, limit, key = (today[name].to_numpy(np.int64) for name in ("cohort", "limit", "key"))
        draw, column = np.arange(self.draws)[:, None], self.survive.column(born, limit)[None, :]
        gone = self.survive.gone(draw, column, self.rng.random((self.draws, len(today))), np.zeros(1, dtype=np.int64))
        shut = gone > self.found.closed_from[key]
        np.minimum(gone, self.found.closed_from[key], out=gone)
        went = np.zeros(gone.shape, dtype=bool)
        draw, child = np.nonzero(gone < self.clock.months)
        moved = self._moved_on(draw, gone[draw, child], born[child], limit[child], key[child], shut[draw, child])
        went[draw[moved], child[moved]] = True
        draw, child = draw[moved], child[moved]
        onward = (draw, gone[draw, child], born[child], key[child])
        spells, limits = self._entries()
        parts = [spells, *self._chains(onward)]
        parts[0], next_on = self._leave(spells, limits)
        parts += self._chains(next_on)
        return Batch(self.part.start, gone.astype(np.int16), went, Spells.join(parts))

    def _moved_on(self, draw: Ints, gone: Ints, born: Ints, limit: Ints, key: Ints, shut: Ints) -> Ints:
        """Of those gone from a month on, who has moved to another such place: everyone whose setting closed, else by the share of their age.

        Nobody moves for whom no setting is left that takes such children.
        """
        age = np.clip(self.clock.ay_of(gone - 1) - born, 0, OLDEST)
        at_end = self.clock.is_september(gone).astype(np.int64)
        share = self.found.moves[self.part.start + draw, at_end, (age + 1 >= limit).astype(np.int64), age]
        chosen = shut | (self.rng.random(len(draw)) < share)
        older = self.clock.ay_of(gone) - born
        taken = self.found.history.stays[self.found.history.kind_of_key[key] * 3 + phase(older)] > 0
        return np.asarray(chosen & taken & (older <= OLDEST))

    def _entries(self) -> tuple[Spells, Ints]:
        """New children from outside, each like one that came; and the age limit of each one's setting."""
        lots = self.found.entering.lots
        counts = self.found.entering.counts(self.part, self.rng)
        times = counts.reshape(-1)
        place = np.repeat(np.arange(times.size), times)
        lot, offset = place % max(len(lots), 1), place // max(len(lots), 1)
        draw, ay = offset // (self.clock.years + 1), offset % (self.clock.years + 1) - 1
        row = (np.cumsum(lots) - lots)[lot] + (self.rng.random(place.size) * lots[lot]).astype(np.int64)
        month, age, key, limit, council = (values[row] for values in self.found.like)
        begin = self.clock.stub + 12 * ay + month
        ahead = (begin >= 0) & (begin < self.clock.months - 1)  # earlier ones are among today's placements
        draw, begin, key, limit, council = (a[ahead] for a in (draw, begin, key, limit, council))
        born = self.clock.start_ay + ay[ahead] - age[ahead]
        return self._spells(draw, begin, begin, born, key, limit, council, came=False)

    def _spells(self, draw: Ints, begin: Ints, arrive: Ints, born: Ints, key: Ints, limit: Ints, council: Ints, *, came: bool) -> tuple[Spells, Ints]:
        """Placements that have just begun, none of them left yet. One at a setting closed by then goes to another of its kind."""
        group = self.found.history.kind_of_key[key] * 3 + phase(self.clock.ay_of(begin) - born)
        shut = begin >= self.found.closed_from[key]
        closed = np.flatnonzero(shut & (self.found.history.stays[group] > 0))
        if shut.any():
            key[closed], limit[closed], council[closed] = self._place(begin[closed], born[closed], key[closed])
            stay = begin < self.found.closed_from[key]  # for the others no setting is left that takes such children
            draw, begin, arrive, born, key, limit, council = (a[stay] for a in (draw, begin, arrive, born, key, limit, council))
        cell = key * 3 + phase(self.clock.ay_of(begin) - born)
        luck = self.rng.random(len(draw))
        block = (council | (luck < self.found.fill.share[cell])) & (begin >= self.clock.stub)
        nobody = np.zeros(len(draw), dtype=bool)
        return Spells(draw, begin, arrive, begin, born, key, ~council, block, np.full(len(draw), came), nobody), limit

    def _place(self, begin: Ints, born: Ints, key: Ints) -> tuple[Ints, Ints, Ints]:
        """Where children of a kind go who need a place in a month: one like those that such children began lately. Key, age limit, council."""
        history = self.found.history
        group = history.kind_of_key[key] * 3 + phase(self.clock.ay_of(begin) - born)
        keys, limits, council = self.found.pool
        row = history.first[group] + (self.rng.random(len(group)) * history.size[group]).astype(np.int64)
        shut = np.flatnonzero(begin >= self.found.closed_from[keys[row]])
        row[shut] = history.first[group[shut]] + (self.rng.random(len(shut)) * history.stays[group[shut]]).astype(np.int64)
        return keys[row], limits[row], council[row]

    def _leave(self, spells: Spells, limit: Ints) -> tuple[Spells, tuple[Ints, Ints, Ints, Ints]]:
        """When each leaves, and who of them moves on: draw, month gone, cohort, key."""
        draw, column = spells.draw, self.survive.column(spells.born, limit)
        luck = self.rng.random(len(draw)) * self.survive.at(draw, column, spells.begin)
        gone = np.maximum(self.survive.gone(draw, column, luck, spells.begin), spells.begin + 1)
        closes = self.found.closed_from[spells.key]
        shut = gone > closes
        gone = np.minimum(gone, closes)
        left = np.flatnonzero(gone < self.clock.months)
        moved = left[self._moved_on(spells.draw[left], gone[left], spells.born[left], limit[left], spells.key[left], shut[left])]
        went = np.zeros(len(gone), dtype=bool)
        went[moved] = True
        values = {f.name: getattr(spells, f.name) for f in fields(Spells)} | {"gone": gone, "went": went}
        return Spells(**values), (spells.draw[moved], gone[moved], spells.born[moved], spells.key[moved])

    def _chains(self, onward: tuple[Ints, Ints, Ints, Ints]) -> list[Spells]:
        """Moves, and moves after moves: draw, month gone, cohort and key of those who go on."""
        parts = []
        while len(onward[0]):  # each begins later than the one before, so this ends
            draw, begin, born, key = onward
            placed, limit, council = self._place(begin, born, key)
            spells, limit = self._spells(draw, begin, begin - 1, born, placed, limit, council, came=True)
            spells, onward = self._leave(spells, limit)
            parts.append(spells)
        return parts
