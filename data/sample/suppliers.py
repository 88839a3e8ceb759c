"""How the ledger names those it pays: several spellings, group names, cut names, and what it knows of the placement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample.calibration import World
from data.sample.days import Bools, Ints
from data.sample.settings import Settings

_OPERATORS = ("Zephyr Cars", "Zigzag Minibus Hire", "Zodiac Passenger Services", "Zenith Taxis", "Zinnia Coaches", "Zeal Transport")
_CUT = 35  # some ledgers cut names here
_WHO = (0.62, 0.14, 0.24)  # placement and urn, urn alone, name alone


@dataclass(frozen=True)
class Styles:
    """One entry a setting. The first name is the usual one."""

    names: list[list[str]]
    numbers: list[str]
    tells: Ints  # 0 placement and urn, 1 urn, 2 name only
    by_group: Bools  # paid under the name of the provider group
    monthly: Bools
    operators: tuple[str, ...]


def _spellings(name: str, legal: str) -> list[str]:
    """A name as different clerks write it."""
    upper = name.upper()
    short = upper.replace("SCHOOL", "SCH").replace("COLLEGE", "COLL")
    swapped = name[:3] + name[4] + name[3] + name[5:] if len(name) > 8 else name
    return [upper, name, f"{upper} LTD", f"The {name}", short, swapped.upper(), legal.upper()[:_CUT], f"{upper} LIMITED"[:_CUT]]


def styles(world: World, settings: Settings) -> Styles:
    """Draws the habits of the ledger for each setting."""
    rng, n = world.rng("suppliers"), len(settings)
    grouped = settings.group >= 0
    pooled = rng.random(len(settings.group_names)) < 0.25
    by_group = grouped & pooled[settings.group]
    tells = rng.choice(3, n, p=_WHO).astype(np.int64)
    names, numbers = [], []
    for s in range(n):
        if by_group[s]:
            group = settings.group_names[settings.group[s]]
            names.append([f"{group} Ltd".upper(), f"{group} Limited", group])
            numbers.append(f"5{int(settings.group[s]):05d}")
        else:
            usual, *others = _spellings(settings.name[s], settings.provider[s])
            kept = np.sort(rng.permutation(len(others))[: 1 + int(rng.integers(0, 3))])
            names.append([usual, *[others[k] for k in kept.tolist()]])
            numbers.append(f"4{s:05d}")
    return Styles(names, numbers, tells, by_group, rng.random(n) < 0.18, _OPERATORS)
