"""What a placement is in the sample, and how one is drawn: its end, what follows it, who named it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample import children as kids
from data.sample import lives
from data.sample.calibration import World
from data.sample.days import FAR, Bools, Floats, Ints, academic_age, ay_of, ay_start
from data.sample.settings import Settings

RESIDENCES = ("day", "weekly", "38wk", "44wk", "52wk")
NAMED_BY = ("council", "parent", "tribunal")
NAMED_SHARE = (0.58, 0.32, 0.10)
FOLLOWS = {lives.MOVED: 1.0, lives.BREAKDOWN: 0.5}  # chance of another placement of the same kind
FOLLOWS_PRIMARY, FOLLOWS_CLOSURE = 0.75, 0.9
FOLLOWS_YEAR_11 = 0.12  # to another school's sixth form
TO_COLLEGE = 0.40  # of those who leave a school at 16 or later with the plan running


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
        """More children and their placements."""
        self.children = kids.Children.join([self.children, children])
        self.placements = Placements.join([self.placements, placements])


def hazards(settings: Settings, world: World, name: str, need: Ints, setting: Ints) -> Floats:
    """Planted chances a year of moved, breakdown, plan_ceased."""
    breakdown = lives.BREAKDOWN_RATE[name] * lives.breakdown_factor(world.published.needs)[need] * settings.breakdown[setting]
    return np.column_stack([np.full(len(need), lives.MOVED_RATE), breakdown, np.full(len(need), lives.CEASED_RATE[name])])


def draw(
    world: World, settings: Settings, rng: np.random.Generator, name: str, child: Ints, c: kids.Children, setting: Ints, entry: Ints, residence: Ints
) -> Placements:
    """Placements with their ends and what follows them."""
    n, top = len(child), settings.age_high[setting]
    group = np.where(top <= 11, 2, np.where(top <= 16, 1, 0))
    age = academic_age(c.birth, ay_of(entry))
    ends = lives.live(rng, entry, age, hazards(settings, world, name, c.need, setting), lives.end_tables(name), group)
    shut = settings.closed[setting]
    leave = np.minimum(ends.leave, shut)
    leave += leave == world.as_at  # nobody leaves on the as-at day itself: whoever is there that day is open
    reason = np.where(shut < ends.leave, lives.OTHER, ends.reason)
    left_at = age + ay_of(np.minimum(leave, FAR)) - ay_of(entry)
    follow = _next(rng, leave, reason, left_at, shut < ends.leave)
    leaver = (reason == lives.PHASE_END) & (left_at >= 15) & (name == "nmiss") & (follow == 0)
    college = np.where(leaver & (rng.random(n) < TO_COLLEGE), leave + 1 + rng.integers(0, 5, n), 0)
    named = rng.choice(3, n, p=NAMED_SHARE).astype(np.int64)
    rank = np.ones(n, dtype=np.int64)
    return Placements(child, setting, entry, leave, reason.astype(np.int64), rank, residence.astype(np.int64), named, follow, college)


def _next(rng: np.random.Generator, leave: Ints, reason: Ints, left_at: Ints, shut: Bools) -> Ints:
    """First day of the next placement of the same kind, never in the summer; 0 where none follows."""
    n = len(leave)
    chance = np.zeros(n)
    for why, share in FOLLOWS.items():
        chance[reason == why] = share
    chance[shut] = FOLLOWS_CLOSURE
    chance[(reason == lives.PHASE_END) & (left_at <= 10)] = FOLLOWS_PRIMARY
    chance[(reason == lives.PHASE_END) & (left_at == 15)] = FOLLOWS_YEAR_11
    left = leave.clip(0, FAR)
    at_year_end = ay_of(left + 45) > ay_of(left)
    day = left + np.where(at_year_end, 1 + rng.integers(0, 4, n), rng.integers(3, 40, n))
    day = np.where(ay_of(day + 50) > ay_of(day), ay_start(ay_of(day) + 1), day)
    return np.where((rng.random(n) < chance) & (leave < FAR), day, 0)
