"""Invented children: homes, needs, support, and the plans file; plans of children placed elsewhere fill the count up."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.sample import lives
from data.sample.calibration import World
from data.sample.days import FAR, OPEN, Floats, Ints, academic_age, ay_of, ay_start, iso, month_text

_ONE_TO_ONE_NEEDS = {"PMLD": 1.5, "MSI": 1.5, "SLD": 1.0, "SEMH": 0.6, "ASD": 0.4, "PD": 0.6}
_THERAPY_NEEDS = {"SLCN": 1.4, "PD": 1.4, "PMLD": 1.6, "MSI": 1.3, "ASD": 0.9, "HI": 1.0, "DS": 1.0, "SLD": 1.0}
_BAND_OF_NEED = {"PMLD": 1.3, "MSI": 1.1, "SLD": 0.7, "PD": 0.5, "SEMH": 0.3, "ASD": 0.1, "SPLD": -0.8, "MLD": -0.5, "SLCN": -0.3}


@dataclass
class Children:
    """One entry a child in every array; births are year × 12 + month − 1."""

    birth: Ints
    need: Ints
    second: Ints  # −1 where none
    band: Ints
    one_to_one: Floats
    therapy: Ints
    district: Ints
    home: Floats
    start: Ints
    ceased: Ints
    cease_reason: Ints  # 0 while the plan runs

    def __len__(self) -> int:
        return len(self.birth)

    @classmethod
    def join(cls, parts: list[Children]) -> Children:
        """The children of all parts, one after another."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def take(self, which: Ints) -> Children:
        """The children at these positions."""
        return Children(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def by_need(world: World, table: dict[str, float], default: float) -> Floats:
    """A number for each need, in the order of the calibration file."""
    return np.array([table.get(n, default) for n in world.published.needs])


def homes(world: World, rng: np.random.Generator, n: int) -> tuple[Ints, Floats]:
    """District and home, rounded to 1 km."""
    weight = world.published.district_weight
    district = rng.choice(len(weight), n, p=weight / weight.sum())
    spread = rng.normal(0, 4000, (n, 2))
    return district.astype(np.int64), np.rint((world.published.district_xy[district] + spread) / 1000) * 1000


def births(rng: np.random.Generator, age: Ints, year: Ints) -> Ints:
    """Birth months of children of an academic age in an academic year."""
    month = rng.integers(0, 12, len(age))  # 0 is September
    return ((year - age - 1) * 12 + 8 + month).astype(np.int64)


def support(world: World, rng: np.random.Generator, need: Ints, level: Floats) -> tuple[Ints, Floats, Ints]:
    """Band 1–6, one-to-one hours a week and therapy hours a year; `level` is the mean band before need."""
    n = len(need)
    pull = by_need(world, _BAND_OF_NEED, 0.0)[need]
    band = np.rint(level + pull + rng.normal(0, 1.0, n)).clip(1, 6).astype(np.int64)
    chance = 1 / (1 + np.exp(-(-2.6 + 0.55 * band + by_need(world, _ONE_TO_ONE_NEEDS, 0.0)[need])))
    hours = np.rint((4 + 2.6 * band + rng.normal(0, 4, n)).clip(2.5, 35) * 2) / 2
    some = rng.random(n) < 0.25 + 0.35 * by_need(world, _THERAPY_NEEDS, 0.2)[need]
    therapy = np.rint(rng.gamma(2.0, 7.0 + 1.8 * band)).clip(4, 150).astype(np.int64)
    return band, np.where(rng.random(n) < chance, hours, 0.0), np.where(some, therapy, 0).astype(np.int64)


def second_needs(world: World, rng: np.random.Generator, need: Ints) -> Ints:
    """A secondary need for about four in ten, never the primary one."""
    mix = world.published.need_mix["plans"].copy()
    mix[world.published.needs.index("UNK")] = 0
    drawn = rng.choice(len(mix), len(need), p=mix / mix.sum())
    return np.where((rng.random(len(need)) < 0.42) & (drawn != need), drawn, -1).astype(np.int64)


def plan_starts(rng: np.random.Generator, entry: Ints, birth: Ints) -> Ints:
    """First issue of the plan: between the third birthday and the day before the placement."""
    third = ((birth // 12 + 3 - 1970) * 12 + birth % 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 30
    latest = entry - 8
    share = rng.beta(1.3, 1.2, len(entry))
    recent = rng.random(len(entry)) < 0.22
    start = np.where(recent, latest - rng.integers(0, 90, len(entry)), third + (latest - third) * share)
    return np.minimum(np.maximum(start, np.minimum(third, latest - 30)), latest).astype(np.int64)


def _elsewhere(world: World, rng: np.random.Generator, start: Ints, age: Ints) -> Children:
    """Children with a plan at other settings; `age` is the academic age at the start of the plan."""
    n = len(start)
    mixes = world.published.need_mix
    mix = np.maximum(mixes["plans"] - mixes["iss"] - mixes["nmss"] - mixes["spi"], 0)
    need = rng.choice(len(mix), n, p=mix / mix.sum()).astype(np.int64)
    hazards = np.zeros((n, 3))
    hazards[:, 2] = lives.CEASED_RATE["plan"]
    ends = lives.live(rng, start, age, hazards, lives.end_tables("plan"), np.zeros(n, dtype=np.int64))
    leave = ends.leave + (ends.leave == world.as_at)
    band, hours, therapy = support(world, rng, need, np.full(n, 2.0))
    district, home = homes(world, rng, n)
    reason = rng.choice([2, 3, 4, 5, 6, 7, 9], n, p=(0.3, 0.05, 0.1, 0.3, 0.15, 0.04, 0.06))
    left_at = age + ay_of(np.minimum(leave, FAR)) - ay_of(start)
    reason = np.where(left_at >= 24, 1, reason)
    birth = births(rng, age, ay_of(start))
    return Children(birth, need, second_needs(world, rng, need), band, hours, therapy, district, home, start, leave, np.where(leave < OPEN, reason, 0))


def fill(world: World, placed: Children) -> Children:
    """Other children's plans, so that plans open on each census day are as published in number and age."""
    rng = world.rng("plans")
    mix = np.maximum(world.published.age_mix["plans"] - world.published.age_mix["nmiss"] - world.published.age_mix["spi"], 0)
    days, targets, made = world.census_days, world.target("plans"), list[Children]()
    for step, target in enumerate(targets.tolist()):
        census = int(days[step + 1])
        year = ay_of(np.array([census]))[0]
        have = sum(int(((c.start <= census) & (c.ceased >= census)).sum()) for c in [placed, *made])
        ages = np.zeros(26)
        for c in made:
            there = (c.start <= census) & (c.ceased >= census)
            ages += np.bincount(academic_age(c.birth[there], year).clip(0, 25), minlength=26)
        short = np.maximum(mix / mix.sum() * (target - have + ages.sum()) - ages, 0) + 1e-6
        short[[0, 1, 2]] = 0
        made.append(_new_plans(world, rng, (target - have), short, int(days[step]) if step else None, census))
    return Children.join(made)


def _new_plans(world: World, rng: np.random.Generator, needed: int, short: Floats, since: int | None, census: int) -> Children:
    """As many new plans as leave `needed` open on the census day; `since` None spreads the first ones over the years before."""
    n = max(0, round(needed * 1.25) + 20)
    age = rng.choice(26, n, p=short / short.sum()).astype(np.int64)
    year = int(ay_of(np.array([census]))[0])
    start = census - rng.integers(0, np.maximum((age - 2) * 330, 60)) if since is None else rng.integers(since + 1, census + 1, n)
    children = _elsewhere(world, rng, start, age - (year - ay_of(start)))
    running = np.cumsum(children.ceased >= census)
    return children.take(np.flatnonzero(running <= needed) if needed > 0 else np.zeros(0, dtype=np.int64))


def columns(world: World, children: Children, ids: list[str]) -> dict[str, list[str]]:
    """The plans file."""
    p = world.published
    open_now = children.ceased > world.as_at
    return {
        "child_id": ids,
        "birth_month": month_text(children.birth),
        "primary_need": ["" if p.needs[k] == "UNK" else p.needs[k] for k in children.need.tolist()],
        "secondary_need": [p.needs[k] if k >= 0 else "" for k in children.second.tolist()],
        "support_band": [str(b) for b in children.band.tolist()],
        "one_to_one_hours_week": [f"{h:g}" for h in children.one_to_one.tolist()],
        "therapy_hours_year": [str(h) for h in children.therapy.tolist()],
        "home_district": [p.districts[d] for d in children.district.tolist()],
        "home_easting": [str(int(x)) for x in children.home[:, 0].tolist()],
        "home_northing": [str(int(y)) for y in children.home[:, 1].tolist()],
        "plan_start": iso(children.start),
        "plan_ceased": ["" if o else d for o, d in zip(open_now.tolist(), iso(children.ceased), strict=True)],
        "cease_reason": ["" if o else str(r) for o, r in zip(open_now.tolist(), children.cease_reason.tolist(), strict=True)],
    }


def sample_start(world: World) -> int:
    """The first day the sample covers: 1 September of its first academic year."""
    return int(ay_start(np.array([world.first_ay]))[0])
