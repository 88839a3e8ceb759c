"""Ten years of placements: each census year, leavers who move come first, then new children up to the published count."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample import children as kids
from data.sample import lives
from data.sample.calibration import World
from data.sample.choosing import choose
from data.sample.days import OPEN, Bools, Floats, Ints, academic_age, ay_of, ay_start, first_of
from data.sample.settings import Settings

RESIDENCES = ("day", "weekly", "38wk", "44wk", "52wk")
NAMED_BY = ("council", "parent", "tribunal")
NAMED_SHARE = (0.58, 0.32, 0.10)
_FOLLOWS = {lives.MOVED: 1.0, lives.BREAKDOWN: 0.45}  # chance of another placement of the same kind
_FOLLOWS_PRIMARY, _FOLLOWS_CLOSURE = 0.75, 0.9
_CEASED_LATER = 0.12  # a year, of plans that go on after the last placement
_DUAL_SHARE = 0.012
_NEVER = 30_000  # a day far beyond any as-at day
_TO_COLLEGE = 0.40  # of those who leave a school at 16 or later with the plan running
_SEPTEMBER = (0.55, 0.88)  # share of starts in September: other ages, Years 7 and 12
_LEVEL = {0: 3.1, 1: 3.3, 2: 2.5}  # mean band before need, by type of setting


@dataclass
class Placements:
    """One entry a placement in every array; `child` and `setting` are positions."""

    child: Ints
    setting: Ints
    entry: Ints
    leave: Ints
    reason: Ints
    rank: Ints
    residence: Ints
    named: Ints
    follow: Ints  # first day of the next placement of the same kind, 0 where none
    college: Ints  # first day at a college after it, 0 where none

    def __len__(self) -> int:
        return len(self.child)

    @classmethod
    def join(cls, parts: list[Placements]) -> Placements:
        """The placements of all parts, one after another."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def take(self, which: Ints | Bools) -> Placements:
        """The placements at these positions."""
        return Placements(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def open_on(self, day: int) -> Bools:
        """Which placements are open on a day."""
        return (self.entry <= day) & (self.leave >= day)


@dataclass
class Book:
    """What has been drawn so far."""

    children: kids.Children
    placements: Placements

    def add(self, children: kids.Children, placements: Placements) -> None:
        self.children = kids.Children.join([self.children, children])
        self.placements = Placements.join([self.placements, placements])


def simulate(world: World, settings: Settings) -> Book:
    """Draws schools first, then colleges, which take some of the schools' leavers."""
    none = np.zeros(0, dtype=np.int64)
    empty = kids.Children(none, none, none, none, np.zeros(0), none, none, np.zeros((0, 2)), none, none, none)
    book = Book(empty, Placements(*[none] * 10))
    for name in ("nmiss", "spi"):
        rng = world.rng(name)
        for step in range(len(world.census_days) - 1):
            _year(world, settings, book, rng, name, step)
    finish(world, settings, book)
    return book


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
    c.ceased = np.where(leave >= _NEVER, OPEN, ceased)
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
    setting = choose(world, rng, settings, np.zeros(who.size, dtype=np.int64), c.need, c.home, age[who], entry, p.residence[who] > 0, p.setting[who])
    good = np.flatnonzero((setting >= 0) & (entry + 90 < p.leave[who]) & (entry < world.as_at))
    second = p.take(who[good])
    second.setting, second.entry, second.rank = setting[good], entry[good], np.full(good.size, 2, dtype=np.int64)
    second.leave = np.minimum(second.leave, settings.closed[second.setting])
    book.placements = Placements.join([p, second])


def _kinds(settings: Settings, placements: Placements, name: str) -> Bools:
    mine: Bools = (settings.kind[placements.setting] == 2) == (name == "spi")
    return mine


def _year(world: World, settings: Settings, book: Book, rng: np.random.Generator, name: str, step: int) -> None:
    """One census year of schools or colleges."""
    since, census = int(world.census_days[step]), int(world.census_days[step + 1])
    target = world.target("spi")[step] if name == "spi" else world.target("iss")[step] + world.target("nmss")[step]
    _follow(world, settings, book, rng, name, since, census)
    mine = book.placements.take(_kinds(settings, book.placements, name))
    now = mine.take(mine.open_on(census))
    year = int(ay_of(np.array([census]))[0])
    ages = np.bincount(academic_age(book.children.birth[now.child], np.array(year)).clip(0, 25), minlength=26)
    mix = world.published.age_mix[name]
    short = np.maximum(mix / mix.sum() * target - ages, 0) + mix / mix.sum() * 0.02 * target
    needed = int(target - len(now))
    n = max(0, round(needed * 1.3) + 10) if needed > 0 else 0
    if n == 0:
        return
    kind = np.full(n, 2, dtype=np.int64)
    boards = np.zeros(n, dtype=bool)
    if name == "nmiss":
        short_nmss = world.target("nmss")[step] - int((settings.kind[now.setting] == 1).sum())
        kind = (rng.random(n) < np.clip(short_nmss / needed, 0.02, 0.6)).astype(np.int64)
        short_res = world.published.figures["residential_share"] * target - int((now.residence > 0).sum())
        boards = rng.random(n) < np.clip(short_res / needed, 0.002, 0.10)
    _newcomers(world, settings, book, rng, name, kind, boards, short / short.sum(), needed, since, census)


def _entry_days(rng: np.random.Generator, age: Ints, since: int, census: int) -> Ints:
    """First days: most in September, more so in Years 7 and 12; the rest on a school day of the census year."""
    n = len(age)
    year = ay_of(np.array([since, census]))
    september = next(int(d) for d in ay_start(np.arange(year[0], year[1] + 2)) if d > since)
    autumn = september + rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 5], n)
    other = rng.integers(since + 1, census + 1, n)
    summer = ay_of(other + 50) > ay_of(other)  # 13 July or later
    other = np.where(summer, september, other)
    in_september = rng.random(n) < np.where(np.isin(age, (11, 16)), _SEPTEMBER[1], _SEPTEMBER[0])
    return np.where(in_september & (autumn <= census), np.minimum(autumn, census), np.minimum(other, census)).astype(np.int64)


def _newcomers(
    world: World,
    settings: Settings,
    book: Book,
    rng: np.random.Generator,
    name: str,
    kind: Ints,
    boards: Bools,
    age_share: Floats,
    needed: int,
    since: int,
    census: int,
) -> None:
    """New children until `needed` are open on the census day."""
    n, year = len(kind), int(ay_of(np.array([census]))[0])
    at_census = rng.choice(26, n, p=age_share).astype(np.int64)
    entry = _entry_days(rng, at_census, since, census)
    age = at_census - (year - ay_of(entry))
    birth = kids.births(rng, at_census, np.full(n, year))
    need = np.zeros(n, dtype=np.int64)
    for k, mix_name in enumerate(("iss", "nmss", "spi")):
        mix = world.published.need_mix[mix_name]
        need[kind == k] = rng.choice(len(mix), int((kind == k).sum()), p=mix / mix.sum())
    district, home = kids.homes(world, rng, n)
    setting = choose(world, rng, settings, kind, need, home, age, entry, boards, np.full(n, -1))
    level = np.array([_LEVEL[k] for k in kind.tolist()]) + settings.hardness[setting] + np.where(boards, 0.8, 0.0)
    band, hours, therapy = kids.support(world, rng, need, level)
    start = kids.plan_starts(rng, entry, birth)
    zeros = np.zeros(n, dtype=np.int64)
    second = kids.second_needs(world, rng, need)
    children = kids.Children(birth, need, second, band, hours, therapy, district, home, start, np.full(n, OPEN), zeros)
    residence = np.where(boards, rng.choice([1, 2, 3, 4], n, p=(0.26, 0.38, 0.12, 0.24)), 0)
    drawn = _placements(world, settings, rng, name, np.arange(n), children, setting, entry, residence)
    there = np.cumsum(drawn.open_on(census) & (setting >= 0))
    kept = np.flatnonzero((there <= needed) & (setting >= 0))
    placements = drawn.take(kept)
    placements.child = np.arange(len(kept)) + len(book.children)
    book.add(children.take(kept), placements)


def _follow(world: World, settings: Settings, book: Book, rng: np.random.Generator, name: str, since: int, census: int) -> None:
    """Children who leave one placement for another in this census year; school leavers who go on to a college."""
    p = book.placements
    school = settings.kind[p.setting] != 2
    start = np.where(_kinds(settings, p, name), p.follow, np.where(school & (name == "spi"), p.college, 0))
    who = np.flatnonzero((start > since) & (start <= census))
    if who.size == 0:
        return
    child, entry = p.child[who], start[who]
    kind = settings.kind[p.setting[who]] if name == "nmiss" else np.full(who.size, 2, dtype=np.int64)
    c = book.children.take(child)
    age = academic_age(c.birth, ay_of(entry))
    residence = p.residence[who] if name == "nmiss" else np.zeros(who.size, dtype=np.int64)
    setting = choose(world, rng, settings, kind, c.need, c.home, age, entry, residence > 0, p.setting[who])
    found = np.flatnonzero((setting >= 0) & (age <= 24))
    c = book.children.take(child[found])
    drawn = _placements(world, settings, rng, name, child[found], c, setting[found], entry[found], residence[found])
    book.placements = Placements.join([book.placements, drawn])


def hazards(settings: Settings, world: World, name: str, need: Ints, setting: Ints) -> Floats:
    """Planted chances a year of moved, breakdown, plan_ceased."""
    breakdown = lives.BREAKDOWN_RATE[name] * lives.breakdown_factor(world.published.needs)[need] * settings.breakdown[setting]
    return np.column_stack([np.full(len(need), lives.MOVED_RATE), breakdown, np.full(len(need), lives.CEASED_RATE[name])])


def _placements(
    world: World, settings: Settings, rng: np.random.Generator, name: str, child: Ints, c: kids.Children, setting: Ints, entry: Ints, residence: Ints
) -> Placements:
    """Placements with their ends and what follows them."""
    n = len(child)
    top = settings.age_high[setting]
    group = np.where(top <= 11, 2, np.where(top <= 16, 1, 0))
    age = academic_age(c.birth, ay_of(entry))
    ends = lives.live(rng, entry, age, hazards(settings, world, name, c.need, setting), lives.end_tables(name), group)
    shut = settings.closed[setting]
    leave, reason = np.minimum(ends.leave, shut), np.where(shut < ends.leave, lives.OTHER, ends.reason)
    left_at = age + ay_of(np.minimum(leave, _NEVER)) - ay_of(entry)
    chance = np.zeros(n)
    for why, share in _FOLLOWS.items():
        chance[reason == why] = share
    chance[shut < ends.leave] = _FOLLOWS_CLOSURE
    chance[(reason == lives.PHASE_END) & (left_at <= 10)] = _FOLLOWS_PRIMARY
    summer = ay_of(leave.clip(0, _NEVER) + 45) > ay_of(leave.clip(0, _NEVER))
    gap = np.where(summer, 1 + rng.integers(0, 4, n), rng.integers(3, 40, n))
    next_day = leave + gap
    in_holiday = ay_of(next_day.clip(0, _NEVER) + 50) > ay_of(next_day.clip(0, _NEVER))
    next_day = np.where(in_holiday, ay_start(ay_of(next_day.clip(0, _NEVER)) + 1), next_day)
    follow = np.where((rng.random(n) < chance) & (leave < _NEVER), next_day, 0)
    leaver = (reason == lives.PHASE_END) & (left_at >= 15) & (name == "nmiss")
    college = np.where(leaver & (rng.random(n) < _TO_COLLEGE), leave + 1 + rng.integers(0, 5, n), 0)
    named = rng.choice(3, n, p=NAMED_SHARE).astype(np.int64)
    return Placements(child, setting, entry, leave, reason.astype(np.int64), np.ones(n, dtype=np.int64), residence.astype(np.int64), named, follow, college)
