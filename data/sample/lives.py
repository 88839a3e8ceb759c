"""How long a placement or a plan lasts: planted hazards within the year, and leaving at the end of a school year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample.days import OPEN, Floats, Ints, ay_end, ay_of

REASONS = ("", "phase_end", "moved", "breakdown", "plan_ceased", "other")
PHASE_END, MOVED, BREAKDOWN, CEASED, OTHER = 1, 2, 3, 4, 5
_SETTLE_DAYS = 14  # nobody leaves in the first fortnight
_SUMMER_DAYS = 40  # nor in the summer, but at the end of the year
_SCHOOL_DAYS = 365 - _SETTLE_DAYS - _SUMMER_DAYS

# Planted chances a year, outside the summer.
MOVED_RATE = 0.010
BREAKDOWN_RATE = {"nmiss": 0.030, "spi": 0.030}
CEASED_RATE = {"nmiss": 0.014, "spi": 0.02, "plan": 0.028}
BREAKDOWN_BY_NEED = {"SEMH": 1.4, "ASD": 1.0, "SLCN": 0.8}
OTHER_NEEDS = 0.7

# Planted chances of leaving on 31 August, by academic age. Row 0: the setting goes on beyond 16; row 1: it ends at 16; row 2: it ends at 11.
_AFTER_14 = 0.06  # before the examination years, to another kind of setting
_LATE = {16: 0.12, 17: 0.60, 18: 0.62, 19: 0.45, 20: 0.5, 21: 0.5, 22: 0.5, 23: 0.5, 24: 1.0}


def end_tables(kind: str) -> Floats:
    """Chance of leaving at the end of the year: class of setting × academic age 0–39."""
    table = np.zeros((3, 40))
    if kind == "spi":
        for age, chance in {16: 0.10, 17: 0.30, 18: 0.30, 19: 0.42, 20: 0.30, 21: 0.45, 22: 0.5, 23: 0.5, 24: 1.0}.items():
            table[:, age] = chance
    elif kind == "plan":
        for age, chance in {15: 0.05, 16: 0.06, 17: 0.14, 18: 0.30, 19: 0.50, 20: 0.4, 21: 0.4, 22: 0.5, 23: 0.5, 24: 1.0}.items():
            table[:, age] = chance
    else:
        for age, chance in _LATE.items():
            table[:, age] = chance
        table[:, 14:16] = _AFTER_14, 0.42
        table[1, 15:] = 1.0
        table[2, 10:] = 1.0
    table[:, 24:] = 1.0
    return table


@dataclass(frozen=True)
class Ends:
    """The last day of each life and why it ended."""

    leave: Ints
    reason: Ints


def breakdown_factor(needs: tuple[str, ...]) -> Floats:
    """Multiplier of the breakdown hazard by need."""
    return np.array([BREAKDOWN_BY_NEED.get(n, OTHER_NEEDS) for n in needs])


def live(rng: np.random.Generator, entry: Ints, age: Ints, hazards: Floats, table: Floats, group: Ints) -> Ends:
    """Draws the end of each life.

    `age` is the academic age in the year of entry; `hazards` has a column each for moved, breakdown and plan_ceased;
    `table`[`group`, age] is the chance of leaving at the end of the year.
    """
    n = len(entry)
    leave, reason = np.full(n, OPEN, dtype=np.int64), np.zeros(n, dtype=np.int64)
    alive, start, ages = np.arange(n), entry.copy(), age.copy()
    while alive.size:
        end = ay_end(ay_of(start))
        total = hazards[alive].sum(axis=1) / _SCHOOL_DAYS
        waited = rng.standard_exponential(alive.size) / np.maximum(total, 1e-12)
        day = start + _SETTLE_DAYS + np.minimum(waited, 10_000).astype(np.int64)
        during = day <= end - _SUMMER_DAYS
        cause = rng.random(alive.size)[:, None] * hazards[alive].sum(axis=1)[:, None] > np.cumsum(hazards[alive], axis=1)
        why = MOVED + cause.sum(axis=1).clip(0, 2)
        at_end = ~during & (rng.random(alive.size) < table[group[alive], ages.clip(0, 39)])
        ceased = rng.random(alive.size) < np.where(ages >= 18, 0.75, np.where(ages == 17, 0.35, 0.0))
        end_reason = np.where(ceased, CEASED, np.where((ages == 14) & (group[alive] < 2), OTHER, PHASE_END))
        leave[alive] = np.where(during, day, np.where(at_end, end, OPEN))
        reason[alive] = np.where(during, why, np.where(at_end, end_reason, 0))
        stay = ~during & ~at_end
        alive, start, ages = alive[stay], end[stay] + 1, ages[stay] + 1
    return Ends(leave, reason)
