"""Ten years of placements: each census year, leavers who move come first, then new children up to the published count."""

from __future__ import annotations

import numpy as np

from data.sample import children as kids
from data.sample.calibration import World
from data.sample.choosing import Seekers, choose
from data.sample.days import OPEN, Bools, Floats, Ints, academic_age, ay_of, ay_start
from data.sample.endings import finish
from data.sample.placements import Book, Placements, draw
from data.sample.settings import Settings

_SEPTEMBER = (0.55, 0.88)  # share of starts in September: other ages, Years 7 and 12
_LEVEL = {0: 3.1, 1: 3.3, 2: 2.5}  # mean band before need, by type of setting
_BOARDERS_LEVEL = 0.8  # more for children who board
_BOARDING = (0.26, 0.38, 0.12, 0.24)  # weekly, 38, 44 and 52 weeks


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


def _kinds(settings: Settings, placements: Placements, name: str) -> Bools:
    """Which placements are at schools, or at colleges."""
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
    n = len(kind)
    at_census = rng.choice(26, n, p=age_share).astype(np.int64)
    entry = _entry_days(rng, at_census, since, census)
    children, setting = _arrivals(world, settings, rng, kind, boards, at_census, entry, int(ay_of(np.array([census]))[0]))
    residence = np.where(boards, rng.choice([1, 2, 3, 4], n, p=_BOARDING), 0)
    drawn = draw(world, settings, rng, name, np.arange(n), children, setting, entry, residence)
    there = np.cumsum(drawn.open_on(census) & (setting >= 0))
    kept = np.flatnonzero((there <= needed) & (setting >= 0))
    placements = drawn.take(kept)
    placements.child = np.arange(len(kept)) + len(book.children)
    book.add(children.take(kept), placements)


def _arrivals(
    world: World, settings: Settings, rng: np.random.Generator, kind: Ints, boards: Bools, at_census: Ints, entry: Ints, year: int
) -> tuple[kids.Children, Ints]:
    """Children for a type of setting, and the setting that each goes to; needs and support follow from both."""
    n = len(kind)
    birth = kids.births(rng, at_census, np.full(n, year))
    need = np.zeros(n, dtype=np.int64)
    for k, mix_name in enumerate(("iss", "nmss", "spi")):
        mix = world.published.need_mix[mix_name]
        need[kind == k] = rng.choice(len(mix), int((kind == k).sum()), p=mix / mix.sum())
    district, home = kids.homes(world, rng, n)
    age = at_census - (year - ay_of(entry))
    setting = choose(rng, settings, Seekers(kind, need, home, age, entry, boards, np.full(n, -1)))
    level = np.array([_LEVEL[k] for k in kind.tolist()]) + settings.hardness[setting] + np.where(boards, _BOARDERS_LEVEL, 0.0)
    band, hours, therapy = kids.support(world, rng, need, level)
    start = kids.plan_starts(rng, entry, birth)
    second = kids.second_needs(world, rng, need)
    running = np.full(n, OPEN)
    return kids.Children(birth, need, second, band, hours, therapy, district, home, start, running, np.zeros(n, dtype=np.int64)), setting


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
    setting = choose(rng, settings, Seekers(kind, c.need, c.home, age, entry, residence > 0, p.setting[who]))
    found = np.flatnonzero((setting >= 0) & (age <= 24))
    c = book.children.take(child[found])
    drawn = draw(world, settings, rng, name, child[found], c, setting[found], entry[found], residence[found])
    book.placements = Placements.join([book.placements, drawn])
