"""The long tier: 200 two-way tables up to 12 by 10, 20 of three dimensions and 30 of pounds, none unsafe under the attacker; 40 next-month releases."""

from __future__ import annotations

import numpy as np
import pytest
from disclosure_attacker import unsafe_counts
from disclosure_tables import attack_money, count_table, money_frame, money_table, published_of, truth_of
from measuring import measured

from analytics.disclosure.profile import PROFILES, Profile
from analytics.disclosure.protect import protect

pytestmark = pytest.mark.slow
PROFILE = (PROFILES["exempt"], PROFILES["strict"])


def shape_of(seed: int) -> tuple[int, int]:
    chance = np.random.default_rng(seed)
    return int(chance.integers(2, 13)), int(chance.integers(2, 11))


def looked_at(shape: tuple[int, ...], seed: int, profile: Profile) -> tuple[int, int]:
    """Cells hidden and cells unsafe of a table of counts."""
    table = count_table(shape, seed)
    made = protect(table, profile)
    assert made.verified
    return made.suppressed, len(unsafe_counts(published_of(made), truth_of(table), profile.threshold))


@pytest.mark.parametrize("block", range(10))
def test_two_way_tables(block: int) -> None:
    seeds = range(1000 + 20 * block, 1020 + 20 * block)
    hidden, unsafe = np.sum([looked_at(shape_of(seed), seed, PROFILE[seed % 2]) for seed in seeds], axis=0)
    measured(f"20 two-way tables up to 12 by 10 (seeds {seeds[0]} on): {hidden} cells hidden, {unsafe} unsafe under the attacker")
    assert unsafe == 0


@pytest.mark.parametrize("block", range(4))
def test_three_way_tables(block: int) -> None:
    seeds = range(2000 + 5 * block, 2005 + 5 * block)
    shapes = ((3, 3, 2), (4, 3, 2), (3, 3, 3), (4, 3, 3), (5, 3, 2))
    hidden, unsafe = np.sum([looked_at(shapes[seed % 5], seed, PROFILE[seed % 2]) for seed in seeds], axis=0)
    measured(f"5 three-way tables (seeds {seeds[0]} on): {hidden} cells hidden, {unsafe} unsafe under the attacker, in whole numbers")
    assert unsafe == 0


def test_tables_of_pounds() -> None:
    hidden = unsafe = 0
    for seed in range(3000, 3030):
        shape, profile = ((4, 4), (6, 5), (8, 6))[seed % 3], PROFILE[seed % 2]
        table = money_table(shape, seed)
        made = protect(table, profile)
        assert made.verified
        hidden += made.suppressed
        unsafe += len(attack_money(money_frame(shape, seed), table, made, profile.threshold))
    measured(f"30 tables of pounds: {hidden} cells hidden, {unsafe} unsafe under the attacker, alone or as one of the providers")
    assert unsafe == 0
