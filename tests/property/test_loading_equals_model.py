"""Loading equals a model of a few lines (`rows_model`), after every step and as known at every earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loading import Desk, codes, desk_without_marts
from rows_model import COLUMNS, ORDER, Model, Row, as_csv

from data.sources import SOURCES
from data.store import Store
from data.withdrawal import withdraw_batch

PLAN = "child_id,birth_month,primary_need,plan_start\nC1,2014-02,ASD,2020-09-01\n"
FIRST_DAY = date(2026, 1, 1)
URNS = st.sampled_from(["701", "702", "703"])
PLACED = st.sampled_from(["P1", "P2"])
ROWS = {
    "settings": st.fixed_dictionaries({"urn": URNS, "setting_name": st.sampled_from(["A", "B"]), "setting_type": st.just("ISS")}),
    "placements": st.fixed_dictionaries(
        {
            "placement_id": PLACED,
            "child_id": st.just("C1"),
            "urn": URNS,
            "entry_date": st.sampled_from(["2024-09-01", "2024-10-01"]),
            "residence": st.just("day"),
            "rank": st.just("2"),
        }
    ),
    "fees": st.fixed_dictionaries(
        {
            "placement_id": PLACED,
            "component": st.sampled_from(["core", "therapy"]),
            "amount_gbp": st.sampled_from(["10.00", "12.50", "0.00"]),
            "unit": st.just("day"),
            "valid_from": st.just("2024-09-01"),
        }
    ),
}
File = tuple[str, list[Row]]


@dataclass(frozen=True)
class Step:
    """One day: files in one call, or none and a withdrawal. `choice` says which standing batch is replaced or withdrawn, if any: 2 the first, 3 the last."""

    files: tuple[File, ...]
    choice: int


FILES = st.sampled_from(ORDER).flatmap(lambda name: st.tuples(st.just(name), st.lists(ROWS[name], min_size=1, max_size=4)))
LOADS = st.builds(Step, st.lists(FILES, min_size=1, max_size=3, unique_by=lambda file: file[0]).map(tuple), st.integers(0, 3))
WITHDRAWALS = st.builds(Step, st.just(()), st.integers(2, 3))
STEPS = st.lists(st.one_of(LOADS, LOADS, LOADS, WITHDRAWALS), min_size=2, max_size=6)

A, B, C = ({"urn": urn, "setting_name": "A", "setting_type": "ISS"} for urn in ("701", "702", "703"))
P1 = {"placement_id": "P1", "child_id": "C1", "urn": "701", "entry_date": "2024-09-01", "residence": "day", "rank": "2"}
FEE = {"placement_id": "P1", "component": "core", "amount_gbp": "10.00", "unit": "day", "valid_from": "2024-09-01"}


def days(*loaded: tuple[list[File], int]) -> list[Step]:
    return [Step(tuple(files), choice) for files, choice in loaded]


# A row that three batches hold outlives two of them.
HELD_BY_THREE = days(*(([("settings", rows)], choice) for rows, choice in [([A, B], 0), ([B, C], 0), ([C, B], 0), ([A], 2), ([A, C], 2)]))
# Children first, their parents days later, then the parents withdrawn and back.
PARENTS_LATER = days(([("fees", [FEE])], 0), ([("placements", [P1])], 0), ([("settings", [A])], 0), ([], 3), ([("settings", [B, A])], 0))
# A, B, A again; then the last taken back.
THERE_AND_BACK = days(*(([("settings", [A | {"setting_name": name}])], 0) for name in "ABA"), ([], 3), ([], 3))


@dataclass
class Town:
    """A desk and the model beside it, day by day; `then` holds the model as it was at the end of each day."""

    desk: Desk
    model: Model = field(default_factory=Model)
    ids: dict[int, str] = field(default_factory=dict)
    then: list[Model] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return datetime.combine(FIRST_DAY + timedelta(days=len(self.then)), datetime.min.time(), UTC) + timedelta(hours=23, minutes=59)

    def live(self, steps: list[Step]) -> None:
        self.desk.load(PLAN, now=self.now)
        self.end_of_day()
        for step in steps:
            self.load(step) if step.files else self.take_back(step.choice)
            self.end_of_day()
            compare(self.desk.store, self.model, self.ids)

    def end_of_day(self) -> None:
        self.then.append(self.model.at_this_step())

    def take_back(self, choice: int) -> None:
        standing = [number for source in ORDER for number in self.model.standing(source)]
        if standing:
            gone = standing[0] if choice == 2 else standing[-1]
            answer = withdraw_batch(self.desk.store, self.ids[gone], now=self.now)
            before = sum(len(self.model.accepted[name]) for name in ORDER)
            self.model.take_back(gone)
            self.ids[len(self.model.batches)] = answer.batch_id
            assert answer.handed_over == sum(len(self.model.accepted[name]) for name in ORDER) - before
            assert withdraw_batch(self.desk.store, self.ids[gone]).already_withdrawn

    def load(self, step: Step) -> None:
        source, rows = step.files[0]
        standing = self.model.standing(source)
        replaced = {2: standing[0], 3: standing[-1]}.get(step.choice) if standing else None
        if self.model.files.get((source, as_csv(source, rows))) in {*standing} - {replaced}:
            replaced = None  # what stands already takes no other batch's place
        reports = self.desk.load_all(*(as_csv(*file) for file in step.files), replace=self.ids[replaced] if replaced else None, now=self.now)
        of_file = {file[0]: (file, report) for file, report in zip(step.files, reports, strict=True)}
        for name in (name for name in ORDER if name in of_file):  # whatever their order in the call, parents come first
            (_, rows), report = of_file[name]
            fates = self.model.load(name, rows, as_csv(name, rows), replaced if name == source else None)
            if fates is None:
                assert report.already_loaded
                continue
            self.ids[len(self.model.batches)] = str(report.batch_id)
            check_report(report, name, rows, fates)


def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    with store.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def compare(store: Store, model: Model, ids: dict[int, str]) -> None:
    """Current rows, records set aside and batches, in the store and in the model."""
    for source in ORDER:
        columns = ", ".join(f"{c}::VARCHAR" for c in COLUMNS[source])
        held = rows(store, f"SELECT batch_id, row_number, {columns} FROM raw_{source} WHERE is_current")  # noqa: S608
        expected = [(ids[batch], number, *(row[c] for c in COLUMNS[source])) for batch, number, row in model.current(source).values()]
        assert sorted(held) == sorted(expected)
    waiting = rows(store, "SELECT batch_id, row_number, code FROM meta_quarantine WHERE resolved_by IS NULL")
    assert sorted(waiting) == sorted((ids[batch], number, code) for batch, number, code in model.open_faults())
    counts = "SELECT batch_id, withdrawn_by, replaces, rows_in, accepted, duplicates, quarantined FROM meta_batch WHERE source <> 'plans' ORDER BY seq"
    expected_batches = []
    for number, batch in model.batches.items():
        by, replaces = model.withdrawn.get(number), batch.replaces
        expected_batches.append((ids[number], ids[by] if by else None, ids[replaces] if replaces else None, *batch.counts()))
    assert rows(store, counts) == expected_batches


def check_report(report: Any, source: str, rows: list[Row], fates: dict[int, str]) -> None:
    found = list(fates.values())
    faults = sorted((number, code) for number, fate in fates.items() if fate not in {"accepted", "duplicate"} for code in fate.split(", "))
    assert (report.rows_in, report.accepted, report.duplicates) == (len(rows), found.count("accepted"), found.count("duplicate"))
    assert report.quarantined == len(rows) - report.accepted - report.duplicates
    assert sorted(codes(report)) == faults
    if source == "fees":
        pounds = dict.fromkeys(("accepted", "duplicates", "quarantined"), 0.0)
        for number, row in enumerate(rows, 2):
            pounds[{"accepted": "accepted", "duplicate": "duplicates"}.get(fates[number], "quarantined")] += float(row["amount_gbp"])
        assert report.control_total == pounds | {"in": sum(pounds.values())}


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that loading writes, of every table."""
    tables = [f"raw_{name}" for name in SOURCES] + ["meta_batch", "meta_quarantine", "meta_duplicate", "supplier_match", "supplier_proposal"]
    return {name: rows(store, f"SELECT * FROM {name} ORDER BY ALL") for name in tables}  # noqa: S608


def check_town(steps: list[Step], looked_at: int, *, every_day: bool) -> None:
    """Lives the steps, then looks back: at one day, which is also lived anew in a fresh store, and with `every_day` at all of them."""
    with TemporaryDirectory() as one, TemporaryDirectory() as two, desk_without_marts(Path(one)) as desk:
        town = Town(desk)
        town.live(steps)
        chosen = looked_at % len(town.then)
        for number in range(len(town.then)) if every_day else [chosen]:
            past = desk.store.known_on(FIRST_DAY + timedelta(days=number))
            compare(past, town.then[number], town.ids)
            if number == chosen:
                with desk_without_marts(Path(two)) as fresh:
                    Town(fresh).live(steps[:number])
                    assert everything(past) == everything(fresh.store)
                    assert past.data_version() == fresh.store.data_version()
            past.close()
        before = everything(desk.store)
        forget_what_is_known(desk.store)
        desk.reopen()  # manifest, ledger and rows agree, and what was known when follows from them
        compare(desk.store, town.model, town.ids)
        assert everything(desk.store) == before


def forget_what_is_known(store: Store) -> None:
    """Makes the store one of before the migration that keeps what was known when."""
    with store.transaction() as cursor:
        for table in (*(f"raw_{name}" for name in SOURCES), "meta_quarantine", "meta_duplicate"):
            cursor.execute(f"ALTER TABLE {table} DROP COLUMN known_seq")
        cursor.execute("DROP TABLE meta_known")
        cursor.execute("DELETE FROM meta_schema WHERE number = 3")


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 6))
@example(HELD_BY_THREE, 3)
@example(PARENTS_LATER, 2)
@example(THERE_AND_BACK, 3)
def test_loading_equals_the_model_now_and_as_known_on_a_day(steps: list[Step], looked_at: int) -> None:
    check_town(steps, looked_at, every_day=False)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(LOADS, LOADS, LOADS, WITHDRAWALS), min_size=4, max_size=12), st.integers(0, 12))
def test_long_histories_equal_the_model_now_and_as_known_on_every_day(steps: list[Step], looked_at: int) -> None:
    check_town(steps, looked_at, every_day=True)
