"""The long tier: 200 two-way tables up to 12 by 10, 20 of three dimensions and 30 of pounds, none unsafe under the attacker; 40 next-month releases."""

from __future__ import annotations

import numpy as np
import pytest
from disclosure_attacker import Attacker, unsafe_changes, unsafe_counts
from disclosure_tables import attack_money, count_frame, count_table, money_frame, money_table, published_of, truth_of
from measuring import measured

from analytics.disclosure.history import earlier, known_from, rows
from analytics.disclosure.profile import PROFILES, Profile
from analytics.disclosure.protect import protect, protect_together
from analytics.disclosure.table import counts

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


def test_next_month() -> None:
    """A release, and one a month later in which some children came and went: alone the second would tell of changes of 1 to 4."""
    told_alone = told = hidden_alone = hidden = 0
    for seed in range(4000, 4040):
        profile, first = PROFILE[0], count_frame((6, 5), seed)
        chance = np.random.default_rng(seed)
        moved = np.where(chance.random(len(first)) < 0.2, chance.integers(-3, 4, len(first)), 0)
        second = first.assign(n=np.maximum(first["n"] + moved, 0))
        before, after = (counts(frame, ["need", "district"], "n") for frame in (first, second))
        change = {cell: value - truth_of(before)[cell] for cell, value in truth_of(after).items()}
        made = protect_together([before], profile)
        register = rows([before], made.status).assign(release=1, period="March", profile=profile.name)
        known = Attacker(published_of(made.tables[0]), whole=True)
        for public, which in ((None, "alone"), (known_from(earlier(register), [after], "April", profile), "against")):
            later = protect(after, profile, public=public)
            found = unsafe_changes(known, Attacker(published_of(later), whole=True), change, profile.threshold)
            if which == "alone":
                told_alone, hidden_alone = told_alone + bool(found), hidden_alone + later.suppressed
            else:
                told, hidden = told + bool(found), hidden + later.suppressed
                assert unsafe_counts(published_of(later), truth_of(after), profile.threshold) == []
    measured(
        f"40 releases a month later, tables of 6 by 5: a small change told by {told_alone} if each is looked at alone, by {told} held against the register; "
        f"{hidden_alone} and {hidden} of 1,680 cells hidden"
    )
    assert told == 0
    assert told_alone >= 30
