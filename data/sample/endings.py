"""After the placements: when plans cease, what lies before the sample, and dual placements."""

from __future__ import annotations

import numpy as np

from data.sample import children as kids
from data.sample import lives
from data.sample.calibration import World
from data.sample.choosing import Seekers, choose
from data.sample.days import FAR, OPEN, academic_age, ay_of, first_of
from data.sample.placements import Book, Placements
from data.sample.settings import Settings

_CEASED_LATER = 0.12  # a year, of plans that go on after the last placement
_DUAL_SHARE = 0.008


def finish(world: World, settings: Settings, book: Book) -> None:
    """Ends plans with their last placement or some time after it, and drops what ended before the sample begins."""
    rng, p, c = world.rng("finish"), book.placements, book.children
    last = np.zeros(len(c), dtype=np.int64)
    order = np.argsort(p.entry, kind="stable")
    last[p.child[order]] = order
    leave, reason = p.leave[last], p.reason[last]
    after = leave + rng.exponential(365 / _CEASED_LATER, len(c)).astype(np.int64)
    limit = first_of(c.birth // 12 + 25, 8) + 30  # 31 August of the year in which the child turns 25
    ceased = np.where(reason == lives.CEASED, leave, np.minimum(after, np.maximum(limit, leave)))
    ceased += ceased == world.as_at
    c.ceased = np.where(leave >= FAR, OPEN, ceased)
    drawn = rng.choice([2, 3, 4, 5, 6, 9], len(c), p=(0.25, 0.08, 0.17, 0.2, 0.2, 0.1))
    c.cease_reason = np.where(c.ceased >= OPEN, 0, np.where(c.ceased >= limit, 1, drawn))
    begins = kids.sample_start(world)
    book.placements = p.take(p.leave >= begins)
    kept = np.unique(book.placements.child)
    position = np.full(len(c), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    book.children = c.take(kept)
    book.placements.child = position[book.placements.child]
    _second(world, settings, book)


def _second(world: World, settings: Settings, book: Book) -> None:
    """A few dual placements: part of the week at a second school, the record of which has rank 2."""
    rng, p = world.rng("rank 2"), book.placements
    age = academic_age(book.children.birth[p.child], ay_of(p.entry))
    may = np.flatnonzero((settings.kind[p.setting] == 0) & (p.residence == 0) & (age < 15) & (p.entry >= kids.sample_start(world)))
    who = may[rng.random(may.size) < _DUAL_SHARE]
    c = book.children.take(p.child[who])
    entry = p.entry[who] + 42
    setting = choose(rng, settings, Seekers(np.zeros(who.size, dtype=np.int64), c.need, c.home, age[who], entry, p.residence[who] > 0, p.setting[who]))
    good = np.flatnonzero((setting >= 0) & (entry + 90 < p.leave[who]) & (entry < world.as_at))
    second = p.take(who[good])
    second.setting, second.entry, second.rank = setting[good], entry[good], np.full(good.size, 2, dtype=np.int64)
    second.leave = np.minimum(second.leave, settings.closed[second.setting])
    book.placements = Placements.join([p, second])
