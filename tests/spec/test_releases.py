"""What was published counts: an overlapping table gives nothing away, a later release does not expose a small change, and the register cannot be altered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from disclosure_attacker import TOTAL, Attacker, Cell, cube, unsafe_changes, unsafe_counts
from disclosure_tables import money_frame, published_of, truth_of
from loading import Desk, desk_without_marts

from analytics.disclosure.build import Fact
from analytics.disclosure.profile import PROFILES
from analytics.disclosure.protect import protect
from analytics.disclosure.table import Table, counts, money
from analytics.run import releasing
from analytics.run.session import Session
from data import releases
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, StoreUnusable, WrongUsage
from data.releases import Release

EXEMPT = PROFILES["exempt"]
MARCH, APRIL = (Release("Placements", period, "exempt") for period in ("2026-03-31", "2026-04-30"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_without_marts(tmp_path) as made:
        yield made


def session(desk: Desk, role: Role = Role.COMMISSIONER) -> Session:
    return Session(role, desk.store, "a.officer@council.example")


def released(desk: Desk, release: Release, *tables: Table) -> list[dict[Cell, float | None]]:
    checked = releasing.check(session(desk), release, tables)
    releasing.publish(session(desk), checked)
    return [published_of(table) for table in checked.protection.tables]


def drawn(seed: int, shape: tuple[int, ...] = (5, 4), mean: float = 12.0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, shape)


def table(values: np.ndarray, dimensions: tuple[str, str] = ("need", "district")) -> Table:
    rows = [(f"{dimensions[0]}{i}", f"{dimensions[1]}{j}", int(values[i, j])) for i in range(values.shape[0]) for j in range(values.shape[1])]
    return counts(pd.DataFrame(rows, columns=[*dimensions, "n"]), dimensions, "n")


def next_month(values: np.ndarray, seed: int) -> np.ndarray:
    """A few children come and go."""
    chance = np.random.default_rng(seed + 1000)
    return np.maximum(values + np.where(chance.random(values.shape) < 0.25, chance.integers(-3, 4, values.shape), 0), 0)


@pytest.mark.parametrize("seed", range(4))
def test_a_later_release_tells_no_small_change(desk: Desk, seed: int) -> None:
    first, second = table(drawn(seed)), table(next_month(drawn(seed), seed))
    change = {cell: value - truth_of(first)[cell] for cell, value in truth_of(second).items()}
    (before,) = released(desk, MARCH, first)
    (after,) = released(desk, APRIL, second)
    known, alone = Attacker(before, whole=True), published_of(protect(second, EXEMPT))
    assert unsafe_changes(known, Attacker(after, whole=True), change, 5) == []
    assert unsafe_counts(after, truth_of(second), 5) == []
    assert unsafe_changes(known, Attacker(alone, whole=True), change, 5)  # looked at by itself it would have told


def by_need_district_and_phase(seed: int) -> np.ndarray:
    """Children by need, district and phase, two needs of few children."""
    chance = [np.random.default_rng(seed) for _ in range(3)]
    people = chance[0].poisson(2.0, (4, 3, 2))
    people[0], people[1] = chance[1].poisson(0.4, (3, 2)), chance[2].poisson(0.4, (3, 2))
    return people


def put_together(people: np.ndarray, by_district: dict[Cell, float | None], by_phase: dict[Cell, float | None]) -> int:
    """What the attacker finds who reads need by district and need by phase: both add up to the same needs."""
    seen = {(need, district, TOTAL): value for (need, district), value in by_district.items()}
    for (need, phase), value in by_phase.items():
        seen[need, TOTAL, phase] = seen.get((need, TOTAL, phase)) if value is None else value
    inner = {(f"need{i}", f"district{j}", f"phase{k}"): float(people[i, j, k]) for i in range(4) for j in range(3) for k in range(2)}
    truth = {cell: value for cell, value in cube(inner).items() if cell in seen}
    return len(unsafe_counts(seen, truth, 5, inner=list(inner)))


@pytest.mark.parametrize("seed", [5, 6, 11])
def test_an_overlapping_table_gives_nothing_away(desk: Desk, seed: int) -> None:
    """Each table is safe by itself; read together, they give small cells away unless the later one is held against the earlier."""
    people = by_need_district_and_phase(seed)
    first, second = table(people.sum(axis=2)), table(people.sum(axis=1), ("need", "phase"))
    (by_district,) = released(desk, MARCH, first)
    (by_phase,) = released(desk, MARCH, second)
    assert put_together(people, by_district, by_phase) == 0
    assert put_together(people, published_of(protect(first, EXEMPT)), published_of(protect(second, EXEMPT))) > 0


def test_what_is_public_is_not_hidden_and_counts_as_known(desk: Desk) -> None:
    values = np.array([[3, 20, 30], [25, 4, 40], [28, 12, 40]])
    key = (("", "children"), ("district", "district0"), ("need", "need0"))
    checked = releasing.check(session(desk), MARCH, [table(values)], [Fact({key: 1.0}, 3.0)])
    (made,) = checked.protection.tables
    published = published_of(made)
    assert published["need0", "district0"] == 3
    assert published["need1", "district1"] is None
    truth = truth_of(table(values))
    assert unsafe_counts(published, {cell: value for cell, value in truth.items() if cell != ("need0", "district0")} | {("need0", "district0"): 0}, 5) == []


def test_each_audience_is_held_against_what_it_can_read(desk: Desk) -> None:
    """A paper that is not public shows a 7; the public's table hides it all the same, and only then is it known to all."""
    values = np.array([[7, 20, 30], [25, 14, 40], [28, 12, 40]])
    (paper,) = released(desk, MARCH, table(values))
    (public,) = released(desk, Release("Placements", "2026-03-31", "strict"), table(values))
    assert paper["need0", "district0"] == 7
    assert public["need0", "district0"] is None
    (again,) = released(desk, MARCH, table(values))
    assert again == paper


def test_only_a_commissioner_publishes_and_the_log_tells(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        releasing.check(session(desk, Role.FINANCE), MARCH, [table(drawn(1))])
    released(desk, MARCH, table(drawn(1)))
    assert '"event": "released"' in audit_path(desk.store.path).read_text(encoding="utf-8")


def test_a_release_that_another_overtook_is_checked_again(desk: Desk) -> None:
    late = releasing.check(session(desk), MARCH, [table(drawn(1))])
    released(desk, APRIL, table(drawn(2)))
    with pytest.raises(WrongUsage, match="check it again"):
        releasing.publish(session(desk), late)
    assert len(releases.releases(desk.store)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE released_cell SET value = value + 1 WHERE status = 'published'",
        "UPDATE released_cell SET status = 'published'",
        "DELETE FROM released_cell WHERE table_number = 0 AND categories LIKE '%need0%'",
        "UPDATE release SET profile = 'strict'",
        "DELETE FROM release WHERE number = 1",
    ],
)
def test_a_register_that_was_altered_is_not_believed(desk: Desk, statement: str) -> None:
    released(desk, MARCH, table(drawn(1)))
    released(desk, APRIL, table(next_month(drawn(1), 1)))
    assert len(releases.cells(desk.store)) == 60
    with desk.store.transaction() as cursor:
        cursor.execute(statement)
    with pytest.raises(StoreUnusable, match="register of releases"):
        releasing.check(session(desk), APRIL, [table(drawn(3))])


def test_the_register_outlives_a_reopening_and_a_look_back(desk: Desk) -> None:
    released(desk, MARCH, table(drawn(1)))
    desk.reopen()
    assert releases.head(desk.store) == 1
    with closing(desk.store.known_on(datetime.now(UTC).date())) as past:
        assert len(releases.cells(past)) == 30


def test_a_later_release_tells_no_fee_of_a_child_that_came(desk: Desk) -> None:
    """One child comes to a provider that has many: the change of the cell's pounds would be that child's fee."""
    before = money_frame((4, 4), 1, groups=8).assign(children=9)
    after = before.copy()
    after.loc[3, ["gbp", "children"]] = [before.loc[3, "gbp"] + 51_000.0, 10]
    names = {"group": "group", "gbp": "gbp", "children": "children"}
    first, second = (money(frame, ["need", "district"], names) for frame in (before, after))
    (shown_before,) = released(desk, MARCH, first)
    (shown_after,) = released(desk, APRIL, second)
    place = (before.loc[3, "need"], before.loc[3, "district"])
    for cell in (place, (place[0], TOTAL), (TOTAL, place[1]), (TOTAL, TOTAL)):
        assert shown_before[cell] is None or shown_after[cell] is None
    alone = published_of(protect(second, EXEMPT))
    assert any(shown_before[cell] is not None and alone[cell] is not None for cell in (place, (TOTAL, TOTAL)))
    then, now = (
        Attacker({cell: None if value is None else truth_of(table)[cell] for cell, value in shown.items()}, whole=False)
        for shown, table in ((shown_before, first), (shown_after, second))
    )
    for cell in (place, (place[0], TOTAL), (TOTAL, place[1]), (TOTAL, TOTAL)):
        low, high = now.edge(cell, -1, {}) - then.edge(cell, 1, {}), now.edge(cell, 1, {}) - then.edge(cell, -1, {})
        assert low <= 0.9 * 51_000 + 1
        assert high >= 1.1 * 51_000 - 1


def test_two_tables_of_one_name_in_a_release_leave_the_next_one_possible(desk: Desk) -> None:
    rows = [(f"r{i}", f"c{j}", 20 + i + j) for i in range(3) for j in range(4)]
    fine = pd.DataFrame(rows, columns=["need", "district", "n"])
    coarse = (
        fine.assign(district=fine["district"].map({"c0": "west", "c1": "west", "c2": "east", "c3": "east"})).groupby(["need", "district"]).sum().reset_index()
    )
    tables = [counts(frame, ["need", "district"], "n") for frame in (fine, coarse)]
    releasing.publish(session(desk), releasing.check(session(desk), MARCH, tables))
    assert releasing.check(session(desk), APRIL, tables).tables
