"""Invented settings: names, groups, places on the map, what they teach, and the effects planted in their fees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from data import domain
from data.sample.calibration import World
from data.sample.days import OPEN, Bools, Floats, Ints, ay_start, day, iso

TYPES = ("ISS", "NMSS", "SPI")
NUMBERS = (70, 12, 22)  # settings of each type
_HARD, _FRAIL = 9, 5  # settings that take harder children; where breakdowns are frequent
FIRST_URN = 900001  # beyond the numbers that GIAS has given out

_FIRST = (
    "Amber", "Barley", "Cobble", "Damson", "Ember", "Flint", "Garnet", "Hollin", "Inkle", "Jasper", "Kelp", "Lantern", "Medlar", "Nettle", "Otter", "Pebble",
    "Quince", "Russet", "Sorrel", "Teasel", "Umber", "Vetch", "Wherry", "Yarrow",
)  # fmt: skip
_LAST = ("acre", "beck", "combe", "dene", "fold", "garth", "holt", "lathe", "mere", "ness", "quay", "reach", "shaw", "stile", "thorpe", "wick")
_KINDS = {
    "ISS": ("School", "House School", "Place School", "Court School", "Farm School", "Learning Centre"),
    "NMSS": ("School", "Trust School"),
    "SPI": ("College", "Specialist College"),
}
_GROUPS = (
    "Brindlegate",
    "Candlemarsh",
    "Dovetail",
    "Eddystow",
    "Fallowhurst",
    "Gladewater",
    "Hawksedge",
    "Ironbrook",
    "Jessamy",
    "Kindlewood",
    "Lodestar",
    "Mossgate",
)
_GROUP_WORDS = ("Education Group", "Learning Trust", "Schools", "Care and Education")
# Outside the county: name, easting, northing, weight, residential only. Approximate town centres.
_AWAY = (
    ("Medway", 576000, 167000, 9.0, False), ("East Sussex", 548000, 121000, 6.0, False), ("Surrey", 539500, 152500, 5.0, False),
    ("Bexley", 549500, 175500, 4.0, False), ("Essex", 567000, 190000, 2.0, False), ("Norfolk", 620000, 300000, 1.5, True),
    ("Somerset", 345000, 132000, 1.5, True), ("Shropshire", 349000, 312000, 1.0, True),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """One entry a setting in every array. Effects are on the log scale of the fee."""

    urn: list[str]
    name: list[str]
    kind: Ints  # index into TYPES
    provider: list[str]
    group: Ints  # −1 where the provider stands alone
    group_names: list[str]
    xy: Floats
    age_low: Ints
    age_high: Ints
    needs: Bools  # setting × need
    boards: Bools
    boards_only: Bools
    opened: Ints
    closed: Ints
    section41_from: Ints  # OPEN where not approved
    size: Floats  # drawing power
    own_effect: Floats
    group_effect: Floats
    hardness: Floats  # bands above what the need explains: takes harder children
    quality: Floats
    breakdown: Floats  # multiplier of the breakdown hazard
    capacity: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    offered: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.urn)

    @property
    def effect(self) -> Floats:
        """The log of a setting's index: its own effect and its group's."""
        return self.own_effect + self.group_effect

    def with_capacity(self, capacity: Ints, offered: Ints) -> Settings:
        """The same settings once it is known how many children they held."""
        return replace(self, capacity=capacity, offered=offered)


def _names(rng: np.random.Generator, kinds: Ints) -> tuple[list[str], list[str]]:
    """Stems (used by providers too) and full names, no two alike."""
    pairs = rng.permutation(len(_FIRST) * len(_LAST))[: len(kinds)]
    stems = [_FIRST[p // len(_LAST)] + _LAST[p % len(_LAST)] for p in pairs.tolist()]
    picks = rng.random(len(kinds)).tolist()
    full = []
    for stem, kind, pick in zip(stems, kinds.tolist(), picks, strict=True):
        words = _KINDS[TYPES[kind]]
        full.append(f"{stem} {words[int(pick * len(words))]}")
    return stems, full


def _own_effects(rng: np.random.Generator, n: int) -> Floats:
    """Most near nothing (sd 0.08), several about +25%, several −15%."""
    effects = rng.normal(0.0, 0.08, n).clip(-0.18, 0.18)
    odd = rng.permutation(n)
    dear, cheap = odd[: max(1, round(n * 0.07))], odd[-max(1, round(n * 0.07)) :]
    effects[dear] = np.log(1.25) + rng.normal(0, 0.03, len(dear))
    effects[cheap] = np.log(0.85) + rng.normal(0, 0.03, len(cheap))
    return effects


def _places(world: World, rng: np.random.Generator, kinds: Ints) -> tuple[Floats, Bools]:
    """Grid references, about seven in ten in the county, and which settings only board."""
    n = len(kinds)
    home = world.published
    away = np.array([(x, y) for _, x, y, _, _ in _AWAY], dtype=float)
    weights = np.concatenate([home.district_weight / home.district_weight.sum() * 0.7, np.array([w for *_, w, _ in _AWAY]) / 30 * 0.3])
    where = rng.choice(len(weights), n, p=weights / weights.sum())
    centres = np.vstack([home.district_xy, away])[where]
    only = np.concatenate([np.zeros(len(home.districts), dtype=bool), np.array([b for *_, b in _AWAY])])[where]
    xy = np.rint((centres + rng.normal(0, 4500, (n, 2))) / 100) * 100
    only[_generalists()] = False
    xy[_generalists()] = home.district_xy[[5, 9, 0, 8, 1, 10]]
    return xy, only & (kinds != 2)


def _ages(rng: np.random.Generator, kinds: Ints) -> tuple[Ints, Ints]:
    """Youngest and oldest age of each setting."""
    choices = np.array([(4, 11), (5, 16), (5, 19), (7, 16), (7, 19), (8, 18), (11, 16), (11, 19)])
    picked = choices[rng.choice(len(choices), len(kinds), p=(0.07, 0.14, 0.17, 0.13, 0.11, 0.08, 0.18, 0.12))]
    picked[kinds == 2] = (16, 25)
    # A few of each kind cover all ages and needs, so that every child has somewhere to go.
    picked[np.isin(np.arange(len(kinds)), _generalists())] = (4, 19)
    return picked[:, 0].astype(np.int64), picked[:, 1].astype(np.int64)


def _generalists() -> list[int]:
    """Positions of the settings that take every age and need."""
    return [0, 1, 2, 3, NUMBERS[0], NUMBERS[0] + 1]


def _needs(world: World, rng: np.random.Generator, kinds: Ints) -> Bools:
    """What each setting provides for, drawn by how common the need is in settings of its type."""
    taught = np.zeros((len(kinds), len(world.published.needs)), dtype=bool)
    mixes = [world.published.need_mix[name] + 1.0 for name in ("iss", "nmss", "spi")]
    for s, kind in enumerate(kinds.tolist()):
        share = mixes[kind] / mixes[kind].sum()
        taught[s, rng.choice(len(share), 3 + int(rng.integers(0, 3)), replace=False, p=share)] = True
    taught[_generalists()] = True
    taught[len(kinds) - 4 :] = True  # colleges
    return taught


def _groups(rng: np.random.Generator, kinds: Ints) -> tuple[Ints, list[str], Floats]:
    """The group of each setting (−1: none), the groups' names, and each setting's effect from its group."""
    n = len(kinds)
    group = np.where(rng.random(n) < np.array([0.6, 0.25, 0.3])[kinds], rng.integers(0, len(_GROUPS), n), -1).astype(np.int64)
    names = [f"{g} {_GROUP_WORDS[i % len(_GROUP_WORDS)]}" for i, g in enumerate(_GROUPS)]
    effect = rng.normal(0.0, 0.05, len(_GROUPS))
    return group, names, np.where(group >= 0, effect[group], 0.0)


def _dates(world: World, rng: np.random.Generator, kinds: Ints) -> tuple[Ints, Ints]:
    """First and last days: some settings open within the sample's years, two independent schools close."""
    n = len(kinds)
    early = ay_start(rng.integers(1985, 2007, n))
    late = ay_start(world.first_ay + rng.integers(1, 8, n))
    lasting = np.isin(np.arange(n), _generalists())
    opened = np.where((rng.random(n) < 0.18) & ~lasting, late, early)
    closed = np.full(n, OPEN, dtype=np.int64)
    old = rng.permutation(np.flatnonzero((kinds == 0) & (opened < ay_start(np.array(2008)))))
    closing = [i for i in old.tolist() if not lasting[i]][:2]
    closed[closing] = [ay_start(np.array(world.last_ay - k)) - 1 for k in (4, 1)]
    return opened.astype(np.int64), closed


def invent(world: World) -> Settings:
    """Draws every setting with its planted effects."""
    rng = world.rng("settings")
    kinds = np.repeat(np.arange(3), NUMBERS)
    n = len(kinds)
    stems, names = _names(rng, kinds)
    group, group_names, group_effect = _groups(rng, kinds)
    xy, only = _places(world, rng, kinds)
    age_low, age_high = _ages(rng, kinds)
    size = np.exp(rng.normal(0.0, 1.0, n))
    size[_generalists()] = np.exp(rng.normal(0.5, 0.3, len(_generalists())))
    opened, closed = _dates(world, rng, kinds)
    hard = np.zeros(n)
    hard[rng.permutation(n)[:_HARD]] = rng.uniform(0.8, 1.4, _HARD)
    frail = np.exp(rng.normal(0, 0.2, n))
    frail[rng.permutation(NUMBERS[0])[:_FRAIL]] = 2.5
    return Settings(
        urn=[str(FIRST_URN + i) for i in range(n)],
        name=names,
        kind=kinds.astype(np.int64),
        provider=[f"{stem} Education Ltd" if g < 0 else f"{group_names[g]} Ltd" for stem, g in zip(stems, group.tolist(), strict=True)],
        group=group,
        group_names=group_names,
        xy=xy,
        age_low=age_low,
        age_high=age_high,
        needs=_needs(world, rng, kinds),
        boards=only | (rng.random(n) < np.array([0.12, 0.4, 0.0])[kinds]),
        boards_only=only,
        opened=opened,
        closed=closed,
        section41_from=np.where(rng.random(n) < np.array([0.45, 0.0, 0.9])[kinds], np.maximum(opened + 400, day(2014, 9, 1)), OPEN).astype(np.int64),
        size=size,
        own_effect=_own_effects(rng, n),
        group_effect=group_effect,
        hardness=hard,
        quality=rng.normal(0.0, 1.0, n),
        breakdown=frail,
    )


def columns(world: World, settings: Settings) -> dict[str, list[str]]:
    """The settings file."""
    needs, n = world.published.needs, len(settings)
    stay = [("" if only else "day;") + "weekly;38wk;52wk" if b else "day" for b, only in zip(settings.boards, settings.boards_only, strict=True)]
    listed = [";".join(c for c, on in zip(needs, row, strict=True) if on and c in domain.SEN_TYPES) for row in settings.needs]
    return {
        "urn": settings.urn,
        "setting_name": settings.name,
        "setting_type": [TYPES[k] for k in settings.kind.tolist()],
        "provider": settings.provider,
        "provider_group": [settings.group_names[g] if g >= 0 else "" for g in settings.group.tolist()],
        "postcode": [""] * n,
        "easting": [str(int(x)) for x in settings.xy[:, 0]],
        "northing": [str(int(y)) for y in settings.xy[:, 1]],
        "capacity": [str(c) for c in settings.capacity.tolist()],
        "places_offered": [str(c) for c in settings.offered.tolist()],
        "age_low": [str(a) for a in settings.age_low.tolist()],
        "age_high": [str(a) for a in settings.age_high.tolist()],
        "needs": listed,
        "residence": stay,
        "section41": ["Y" if d < OPEN else "N" for d in settings.section41_from.tolist()],
        "section41_from": iso(settings.section41_from),
        "opened": iso(settings.opened),
        "closed": iso(settings.closed),
    }


def register(known: dict[str, list[str]]) -> dict[str, list[str]]:
    """The wider register of the made-up authority: its settings and nothing else."""
    empty = [""] * len(known["urn"])
    same = {name: known[name] for name in ("urn", "postcode", "opened", "closed")}
    return same | {"register_name": known["setting_name"], "town": empty, "establishment_type": empty}
