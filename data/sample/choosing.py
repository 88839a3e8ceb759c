"""Which setting a child goes to: type, need, age, residence and distance decide; size draws."""

from __future__ import annotations

import numpy as np

from data.sample.calibration import World
from data.sample.days import Bools, Floats, Ints
from data.sample.settings import Settings

_REACH_M = {"nmiss": 11_000.0, "spi": 14_000.0}
_NOT_TAUGHT = 0.02  # weight of a setting that does not list the need


def distances(settings: Settings, home: Floats) -> Floats:
    """Straight-line metres, child × setting."""
    gap: Floats = np.hypot(home[:, None, 0] - settings.xy[None, :, 0], home[:, None, 1] - settings.xy[None, :, 1])
    return gap


def fits(settings: Settings, kind: Ints, age: Ints, boards: Bools, entry: Ints) -> Bools:
    """Which settings could take each child at all: type, age, residence, open then and for a year more."""
    s = settings
    ok: Bools = s.kind[None, :] == kind[:, None]
    ok &= (s.age_low[None, :] <= age[:, None]) & (age[:, None] < s.age_high[None, :])
    ok &= (s.opened[None, :] <= entry[:, None]) & (s.closed[None, :] > entry[:, None] + 365)
    return ok & np.where(boards[:, None], s.boards[None, :], ~s.boards_only[None, :])


def choose(
    world: World, rng: np.random.Generator, settings: Settings, kind: Ints, need: Ints, home: Floats, age: Ints, entry: Ints, boards: Bools, avoid: Ints
) -> Ints:
    """A setting for each child; `avoid` is one it has left (−1: none). −1 where no setting fits."""
    reach = _REACH_M["spi"] if kind.size and kind[0] == 2 else _REACH_M["nmiss"]
    near = np.exp(-distances(settings, home) / np.where(boards[:, None], 200_000.0, reach))
    weight = fits(settings, kind, age, boards, entry) * near * settings.size[None, :]
    weight *= np.where(settings.needs[:, need].T, 1.0, _NOT_TAUGHT)
    left = np.flatnonzero(avoid >= 0)
    weight[left, avoid[left]] = 0
    total = np.cumsum(weight, axis=1)
    picked = (total < rng.random(len(need))[:, None] * total[:, -1:]).sum(axis=1)
    return np.where(total[:, -1] > 0, picked.clip(0, len(settings) - 1), -1).astype(np.int64)
