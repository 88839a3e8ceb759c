"""Which setting a child goes to: type, need, age, residence and distance decide; size draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample.days import Bools, Floats, Ints
from data.sample.settings import Settings

_REACH_M = np.array([9_000.0, 9_000.0, 12_000.0])  # by type of setting: where the pull of a day place has fallen to 37%
_BOARDING_REACH_M = 200_000.0
_NOT_TAUGHT = 0.02  # weight of a setting that does not list the need
_BLOCK = 2_000  # children at a time, to keep memory small


@dataclass(frozen=True)
class Seekers:
    """Children who look for a setting, one entry each; `avoid` is one that they have left (−1: none)."""

    kind: Ints
    need: Ints
    home: Floats
    age: Ints
    entry: Ints
    boards: Bools
    avoid: Ints


def choose(rng: np.random.Generator, settings: Settings, seekers: Seekers) -> Ints:
    """A setting for each child; −1 where none fits."""
    n = len(seekers.kind)
    draw = rng.random(n)
    picked = np.full(n, -1, dtype=np.int64)
    for first in range(0, n, _BLOCK):
        part = slice(first, min(first + _BLOCK, n))
        total = np.cumsum(_weights(settings, seekers, part), axis=1)
        found = (total < draw[part, None] * total[:, -1:]).sum(axis=1)
        picked[part] = np.where(total[:, -1] > 0, found.clip(0, len(settings) - 1), -1)
    return picked


def _weights(settings: Settings, seekers: Seekers, part: slice) -> Floats:
    """Child × setting: how strongly each setting draws each child."""
    s, boards = settings, seekers.boards[part, None]
    age, entry, home = seekers.age[part, None], seekers.entry[part, None], seekers.home[part]
    fits = (s.kind == seekers.kind[part, None]) & (s.age_low <= age) & (age < s.age_high)
    fits &= (s.opened <= entry) & (s.closed > entry + 365)
    fits &= np.where(boards, s.boards, ~s.boards_only)
    metres = np.hypot(home[:, 0, None] - s.xy[:, 0], home[:, 1, None] - s.xy[:, 1])
    weight: Floats = fits * s.size * np.exp(-metres / np.where(boards, _BOARDING_REACH_M, _REACH_M[s.kind]))
    weight *= np.where(s.needs[:, seekers.need[part]].T, 1.0, _NOT_TAUGHT)
    left = np.flatnonzero(seekers.avoid[part] >= 0)
    weight[left, seekers.avoid[part][left]] = 0
    return weight
