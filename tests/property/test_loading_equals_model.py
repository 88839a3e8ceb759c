"""Loading equals a model of a few lines: dictionaries, one row at a time, no database."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loading import Desk, codes, desk_without_marts

Row = dict[str, str]

COLUMNS = {
    "settings": ("urn", "setting_name", "setting_type"),
    "placements": ("placement_id", "child_id", "urn", "entry_date", "residence", "rank"),
    "fees": ("placement_id", "component", "amount_gbp", "unit", "valid_from"),
}
KEYS = {"settings": ("urn",), "placements": ("placement_id",), "fees": ("placement_id", "component", "valid_from")}
PARENTS = {"settings": {}, "placements": {"urn": "settings"}, "fees": {"placement_id": "placements"}}
VERSIONED = {"settings", "placements"}
ORDER = ("settings", "placements", "fees")


@dataclass
class Model:
    """What a store should hold: per source the accepted rows (order of arrival, row) and the waiting ones."""

    accepted: dict[str, list[tuple[int, int, Row]]] = field(default_factory=lambda: {name: [] for name in ORDER})
    waiting: dict[str, list[tuple[int, int, Row]]] = field(default_factory=lambda: {name: [] for name in ORDER})
    equal: dict[str, list[tuple[tuple[int, int], tuple[int, int, Row]]]] = field(default_factory=lambda: {name: [] for name in ORDER})  # of → duplicate
    withdrawn: set[int] = field(default_factory=set)
    files: dict[tuple[str, str], int] = field(default_factory=dict)
    batches: int = 0

    def current(self, source: str) -> dict[tuple[str, ...], tuple[int, int, Row]]:
        standing = [entry for entry in self.accepted[source] if entry[0] not in self.withdrawn]
        return {tuple(entry[2][k] for k in KEYS[source]): entry for entry in sorted(standing, key=lambda entry: entry[:2])}

    def lacks(self, source: str, row: Row) -> list[str]:
        return [column for column, parent in PARENTS[source].items() if (row[column],) not in self.current(parent)]

    def place(self, source: str, batch: int, number: int, row: Row) -> str:
        if self.lacks(source, row):
            self.waiting[source].append((batch, number, row))
            return "unknown_parent"
        key = tuple(row[k] for k in KEYS[source])
        held = self.current(source).get(key)
        if held and held[2] == row:
            self.equal[source].append((held[:2], (batch, number, row)))
            return "duplicate"
        if held and source not in VERSIONED:
            return "key_conflict"
        self.accepted[source].append((batch, number, row))
        return "accepted"

    def withdraw(self, source: str, batch: int) -> None:
        """A row of the batch that others hold too passes to the earliest of them; the rest are then duplicates of that one."""
        self.withdrawn.add(batch)
        for gone in [entry for entry in self.accepted[source] if entry[0] == batch]:
            others = sorted((e for of, e in self.equal[source] if of == gone[:2] and e[0] not in self.withdrawn), key=lambda entry: entry[:2])
            if others:
                heir = others[0]
                self.accepted[source].append(heir)
                kept = [(of, e) for of, e in self.equal[source] if e is not heir]
                self.equal[source] = [(heir[:2] if of == gone[:2] else of, e) for of, e in kept]

    def load(self, source: str, rows: list[Row], content: str, replaced: int | None = None) -> dict[int, str] | None:
        """What becomes of each row by its line; None when these bytes are there already."""
        seen = self.files.get((source, content))
        if seen is not None and seen not in self.withdrawn and seen != replaced:
            return None
        self.batches += 1
        batch = self.files[(source, content)] = self.batches
        if replaced is not None:
            self.withdraw(source, replaced)
        fates = {number: self.place(source, batch, number, row) for number, row in enumerate(rows, 2)}
        for child in ORDER:
            again, self.waiting[child] = self.waiting[child], []
            for entry in sorted(again, key=lambda entry: entry[:2]):
                if entry[0] not in self.withdrawn:
                    self.place(child, *entry)
        return fates


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
            "amount_gbp": st.sampled_from(["10.00", "12.50"]),
            "unit": st.just("day"),
            "valid_from": st.just("2024-09-01"),
        }
    ),
}
FILES = st.sampled_from(ORDER).flatmap(lambda name: st.tuples(st.just(name), st.lists(ROWS[name], min_size=1, max_size=4)))
STEPS = st.lists(st.tuples(FILES, st.integers(0, 3)), min_size=2, max_size=6)

A, B, C = ({"urn": urn, "setting_name": "A", "setting_type": "ISS"} for urn in ("701", "702", "703"))
HELD_BY_THREE = [(("settings", rows), choice) for rows, choice in [([A, B], 0), ([B, C], 0), ([C, B], 0), ([A], 2), ([A, C], 2)]]  # B outlives two batches


def as_csv(source: str, rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[source], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def compare(desk: Desk, model: Model, batch_ids: dict[int, str]) -> None:
    for source in ORDER:
        columns = ", ".join(f"{c}::VARCHAR" for c in COLUMNS[source])
        held = desk.rows(f"SELECT batch_id, row_number, {columns} FROM raw_{source} WHERE is_current")  # noqa: S608
        expected = [(batch_ids[batch], number, *(row[c] for c in COLUMNS[source])) for batch, number, row in model.current(source).values()]
        assert sorted(held) == sorted(expected)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
@example(HELD_BY_THREE)
def test_loading_equals_the_model(steps: list[tuple[tuple[str, list[Row]], int]]) -> None:
    with TemporaryDirectory() as folder, desk_without_marts(Path(folder)) as desk:
        desk.load("child_id,birth_month,primary_need,plan_start\nC1,2014-02,ASD,2020-09-01\n")
        model, batch_ids, sources = Model(), dict[int, str](), dict[int, str]()
        for (source, rows), choice in steps:
            standing = [b for b, name in sources.items() if name == source and b not in model.withdrawn]
            replaced = {2: standing[0], 3: standing[-1]}.get(choice) if standing else None
            if model.files.get((source, as_csv(source, rows))) in {*standing} - {replaced}:
                replaced = None  # what stands already takes no other batch's place
            report = desk.load(as_csv(source, rows), replace=batch_ids[replaced] if replaced else None)
            fates = model.load(source, rows, as_csv(source, rows), replaced)
            if fates is None:
                assert report.already_loaded
                continue
            batch_ids[model.batches], sources[model.batches] = str(report.batch_id), source
            check_report(report, source, rows, fates)
            compare(desk, model, batch_ids)


def check_report(report: Any, source: str, rows: list[Row], fates: dict[int, str]) -> None:
    found = list(fates.values())
    faults = sorted((number, fate) for number, fate in fates.items() if fate in {"unknown_parent", "key_conflict"})
    assert (report.rows_in, report.accepted, report.duplicates) == (len(rows), found.count("accepted"), found.count("duplicate"))
    assert report.quarantined == len(rows) - report.accepted - report.duplicates
    assert codes(report) == faults
    if source == "fees":
        pounds = dict.fromkeys(("accepted", "duplicates", "quarantined"), 0.0)
        for number, row in enumerate(rows, 2):
            pounds[{"accepted": "accepted", "duplicate": "duplicates"}.get(fates[number], "quarantined")] += float(row["amount_gbp"])
        assert report.control_total == pounds | {"in": sum(pounds.values())}
