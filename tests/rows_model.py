"""What a store should hold, in dictionaries, one row at a time and without a database: INTERFACE "Rows" for settings, placements and fees.

A row stands as (batch, row number, values). Batches are numbered as they come; a withdrawal is a batch too, of no rows.
"""

from __future__ import annotations

import copy
import csv
import io
from dataclasses import dataclass, field

Row = dict[str, str]
Standing = tuple[int, int, Row]

COLUMNS = {
    "settings": ("urn", "setting_name", "setting_type"),
    "placements": ("placement_id", "child_id", "urn", "entry_date", "residence", "rank"),
    "fees": ("placement_id", "component", "amount_gbp", "unit", "valid_from"),
}
KEYS = {"settings": ("urn",), "placements": ("placement_id",), "fees": ("placement_id", "component", "valid_from")}
PARENTS = {"settings": {}, "placements": {"urn": "settings"}, "fees": {"placement_id": "placements"}}
VERSIONED = {"settings", "placements"}
ORDER = ("settings", "placements", "fees")
WAITING = "unknown_parent"


@dataclass
class Aside:
    """One fault of a record set aside. `keyed`: found when its file was loaded, so that the record is known by its key and can be mended."""

    source: str
    batch: int
    number: int
    row: Row
    code: str
    keyed: bool = True
    open: bool = True


@dataclass
class Batch:
    """One batch: what became of its rows on arrival; `replaces` is the batch it withdrew."""

    source: str
    fates: dict[int, str]
    replaces: int | None = None

    def counts(self) -> tuple[int, int, int, int]:
        found = list(self.fates.values())
        accepted, same = found.count("accepted"), found.count("duplicate")
        return len(found), accepted, same, len(found) - accepted - same


@dataclass
class Model:
    """Per source the accepted rows and which row each duplicate equals; what was set aside; the batches, and those withdrawn."""

    accepted: dict[str, list[Standing]] = field(default_factory=lambda: {name: [] for name in ORDER})
    equal: dict[str, list[tuple[tuple[int, int], Standing]]] = field(default_factory=lambda: {name: [] for name in ORDER})  # of → duplicate
    aside: list[Aside] = field(default_factory=list)
    batches: dict[int, Batch] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    files: dict[tuple[str, str], int] = field(default_factory=dict)

    def at_this_step(self) -> Model:
        """A copy that later steps leave alone."""
        return copy.deepcopy(self)

    def standing(self, source: str) -> list[int]:
        """Batches of files of a source that are not withdrawn."""
        return [number for number, batch in self.batches.items() if batch.source == source and batch.fates and number not in self.withdrawn]

    def current(self, source: str) -> dict[tuple[str, ...], Standing]:
        standing = [entry for entry in self.accepted[source] if entry[0] not in self.withdrawn]
        return {key_of(source, entry[2]): entry for entry in sorted(standing, key=lambda entry: entry[:2])}

    def open_faults(self) -> list[tuple[int, int, str]]:
        return sorted((fault.batch, fault.number, fault.code) for fault in self.aside if fault.open)

    def faults(self, source: str, row: Row) -> list[str]:
        zero = ["zero_fee"] if float(row.get("amount_gbp", 1)) == 0 else []
        return zero + [WAITING for column, parent in PARENTS[source].items() if (row[column],) not in self.current(parent)]

    def settle(self, source: str, rows: list[Standing], *, keyed: bool) -> dict[tuple[int, int], str]:
        """What becomes of rows that come together, in their order. Each is compared with the version before it, or with what was accepted first."""
        before = self.current(source)
        fates = {}
        for batch, number, row in rows:
            codes = self.faults(source, row)
            key = key_of(source, row)
            held = before.get(key)
            if not codes and held and held[2] == row:
                self.equal[source].append((held[:2], (batch, number, row)))
                fates[batch, number] = "duplicate"
            elif not codes and (held is None or source in VERSIONED):
                before[key] = (batch, number, row)
                self.accepted[source].append(before[key])
                fates[batch, number] = "accepted"
            else:
                codes = codes or ["key_conflict"]
                self.aside += [Aside(source, batch, number, row, code, keyed) for code in codes]
                fates[batch, number] = ", ".join(codes)
        return fates

    def withdraw(self, source: str, batch: int, by: int) -> None:
        """A row of the batch that others hold too passes to the earliest of them; the rest are then duplicates of that one."""
        self.withdrawn[batch] = by
        for fault in self.aside:
            fault.open &= fault.batch != batch
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
        batch = self.files[source, content] = len(self.batches) + 1
        if replaced is not None:
            self.withdraw(source, replaced, batch)
        settled = self.settle(source, [(batch, number, row) for number, row in enumerate(rows, 2)], keyed=True)
        fates = {number: fate for (_, number), fate in settled.items()}
        self.batches[batch] = Batch(source, fates, replaced)
        self.mend(source, batch)
        self.look_again()
        return fates

    def mend(self, source: str, batch: int) -> None:
        """What an earlier file set aside is mended where its key is accepted now; conflicts and orphans wait on."""
        mended = {key_of(source, row) for own, _, row in self.accepted[source] if own == batch}
        for fault in self.aside:
            if fault.source == source and fault.batch != batch and fault.keyed and fault.code == "zero_fee" and key_of(source, fault.row) in mended:
                fault.open = False

    def look_again(self) -> None:
        """Records that wait for a parent alone, and whose parent is there by now."""
        for source in ORDER:
            records: dict[tuple[int, int], list[Aside]] = {}
            for fault in self.aside:
                if fault.open and fault.source == source:
                    records.setdefault((fault.batch, fault.number), []).append(fault)
            ready = {place: found for place, found in sorted(records.items()) if self._ready(source, found)}
            for found in ready.values():
                for fault in found:
                    fault.open = False
            self.settle(source, [(*place, found[0].row) for place, found in ready.items()], keyed=False)

    def _ready(self, source: str, faults: list[Aside]) -> bool:
        return all(fault.code == WAITING for fault in faults) and WAITING not in self.faults(source, faults[0].row)

    def take_back(self, batch: int) -> None:
        """A withdrawal without another file in the batch's place."""
        by, source = len(self.batches) + 1, self.batches[batch].source
        self.batches[by] = Batch(source, {}, batch)
        self.withdraw(source, batch, by)


def key_of(source: str, row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEYS[source])


def as_csv(source: str, rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[source], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
