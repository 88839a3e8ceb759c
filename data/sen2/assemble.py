"""The tables of a return joined into the rows of plans, placements and the census snapshot: one row a named plan, or a placement detail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from data.cells import Fault, clean, read_date
from data.errors import Cancelled, InputRejected
from data.sen2.census import Census, local_urns, residences
from data.sen2.tables import Table, day_of
from data.sources import PLACEMENTS, PLANS, SEN2, Source
from data.typed import MOST_LISTED, CellFault, Typist, Warned, Whole

MAIN = {"plans": "namedplan", "placements": "placementdetail", "sen2": "placementdetail"}  # source → the table whose records are its rows
WITH = {  # the tables that a main table cannot do without
    "namedplan": ("assessment", "requests", "person", "activeplans", "senneed"),
    "placementdetail": ("activeplans", "requests", "person"),
}
_CHILD_UNKNOWN = "The record belongs to no child of the return: its {parent} leads to no record of {tables}; export the tables again together."
_NO_SETTING = "The record has neither a URN nor a UKPRN nor a setting code of SEN2 ({codes}), so its setting is unknown."


@dataclass(frozen=True)
class Child:
    """A child of the return: its pseudonymous reference and month of birth."""

    child_id: str = ""
    birth_month: str = ""


@dataclass
class Joined:
    """The return's tables joined: whose each request and active plan is, its needs, its plan's start."""

    tables: Mapping[str, Table]
    census: Census
    child_of: dict[str, Child] = field(default_factory=dict)  # by request
    request_of: dict[str, str] = field(default_factory=dict)  # by active plan
    residence_of: dict[str, str] = field(default_factory=dict)  # residential code by active plan, where the return gives it there
    needs_of: dict[str, dict[str, str]] = field(default_factory=dict)  # rank → type, by request and by child
    start_of: dict[str, str] = field(default_factory=dict)  # by request and by child: the latest plan's first day

    def __post_init__(self) -> None:
        people = self._pairs("person", "persontableid", "child_id", "birth_month")
        persons = {number: Child(child, born) for number, child, born in people}
        self.child_of = {request: persons[person] for request, person in self._pairs("requests", "requeststableid", "persontableid") if person in persons}
        for active, request, residence in self._pairs("activeplans", "activeplanstableid", "requeststableid", "res"):
            self.request_of[active], self.residence_of[active] = request, residence
        for active, request, need, rank in self._pairs("senneed", "activeplanstableid", "requeststableid", "sentype", "sentyperank"):
            self._need(self.request_of.get(active, request), need, rank.removesuffix(".0"))
        self._starts()

    def _pairs(self, table: str, *columns: str) -> list[tuple[str, ...]]:
        found = self.tables.get(table)
        return list(zip(*(found.column(column) for column in columns), strict=True)) if found else []

    def _need(self, request: str, need: str, rank: str) -> None:
        for key in (request, _of(self.child(request))):
            ranked = self.needs_of.setdefault(key, {})
            ranked.setdefault(rank or str(len(ranked) + 1), need)

    def _starts(self) -> None:
        requests = self.requests_of_plans()
        for request, start in zip(requests, self.tables["namedplan"].column("startdate") if "namedplan" in self.tables else [], strict=True):
            day = iso(start)
            for key in (request, _of(self.child(request))):
                self.start_of[key] = max(day, self.start_of.get(key, ""))

    def requests_of_plans(self) -> list[str]:
        """The request behind each named plan."""
        by_assessment = {row[0]: row[1] for row in self._pairs("assessment", "assessmenttableid", "requeststableid")}
        return [by_assessment.get(assessment, "") for (assessment,) in self._pairs("namedplan", "assessmenttableid")]

    def child(self, request: str) -> Child:
        return self.child_of.get(request, Child())

    def needs(self, request: str) -> tuple[str, str]:
        """First and second need of the active plan under a request, else of the child's."""
        ranked = self.needs_of.get(request) or self.needs_of.get(_of(self.child(request))) or {}
        return ranked.get("1", ""), ranked.get("2", "")

    def start(self, request: str) -> str:
        return self.start_of.get(request) or self.start_of.get(_of(self.child(request)), "")


def _of(child: Child) -> str:
    """A key for a child beside those of requests."""
    return "\x1f" + child.child_id if child.child_id else "\x1f?"


def iso(text: str) -> str:
    """A day of the return as YYYY-MM-DD where it can be read, else as it is."""
    try:
        return str(read_date(clean(day_of(text)))) if text.strip() else ""
    except Fault:
        return text


Texts = dict[str, list[str]]


def plans(joined: Joined) -> Texts:
    """One row a named plan. Of a child's several plans the latest comes last, so that it is the current version."""
    table, requests = joined.tables["namedplan"], joined.requests_of_plans()
    children, needs = [joined.child(request) for request in requests], [joined.needs(request) for request in requests]
    texts = {
        "child_id": [child.child_id for child in children],
        "birth_month": [child.birth_month for child in children],
        "primary_need": [first for first, _ in needs],
        "secondary_need": [second for _, second in needs],
        "plan_start": _read_once(table.column("startdate"), iso),
        "plan_ceased": _read_once(table.column("ceasedate"), iso),
        "cease_reason": [text.strip().removesuffix(".0") for text in table.column("ceasereason")],
    }
    return _latest_last(texts)


def _latest_last(texts: Texts) -> Texts:
    rows: dict[str, list[int]] = {}
    for i, child in enumerate(texts["child_id"]):
        if child:
            rows.setdefault(child, []).append(i)
    order = list(range(len(texts["child_id"])))
    for places in rows.values():
        if len(places) > 1:
            for place, row in zip(places, sorted(places, key=lambda i: (texts["plan_start"][i], i)), strict=True):
                order[place] = row
    return {name: [cells[i] for i in order] for name, cells in texts.items()}


def _details(joined: Joined) -> tuple[Texts, list[str]]:
    """What placements and snapshot share of each placement detail, and the request behind it."""
    table = joined.tables["placementdetail"]
    active = table.column("activeplanstableid")
    requests = [joined.request_of.get(number, "") for number in active]
    codes = residences(joined.census.year)
    given = zip(table.column("res"), active, strict=True)
    stays = [codes.get((own.strip() or joined.residence_of.get(number, "").strip()).upper(), "day") for own, number in given]
    shared = {
        "child_id": [joined.child(request).child_id for request in requests],
        "urn": [text.strip().removesuffix(".0") for text in table.column("urn")],
        "entry_date": _read_once(table.column("entrydate"), iso),
        "leaving_date": _read_once(table.column("leavingdate"), iso),
        "rank": [text.strip().removesuffix(".0") for text in table.column("placementrank")],
        "residence": stays,
    }
    return shared, requests


def placements(joined: Joined) -> Texts:
    """One row a placement detail; without a URN the setting is X and the UKPRN, or the local number of its setting code."""
    texts, _ = _details(joined)
    table, local = joined.tables["placementdetail"], local_urns()
    ukprns = [text.strip().removesuffix(".0") for text in table.column("ukprn")]
    codes = [text.strip().upper() for text in table.column("sensetting")]
    texts["urn"] = [urn or (f"X{ukprn}" if ukprn else local.get(code, "")) for urn, ukprn, code in zip(texts["urn"], ukprns, codes, strict=True)]
    named = zip(texts["child_id"], texts["urn"], texts["entry_date"], texts["rank"], strict=True)
    texts["placement_id"] = ["S" + hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:15] if cells[0] else "" for cells in named]
    return texts


def snapshot(joined: Joined) -> Texts:
    """One row a placement detail, as the return has it."""
    texts, requests = _details(joined)
    count, children, needs = len(requests), [joined.child(request) for request in requests], [joined.needs(request) for request in requests]
    return texts | {
        "census_year": [str(joined.census.year)] * count,
        "la": [joined.census.la or ""] * count,
        "birth_month": [child.birth_month for child in children],
        "primary_need": [first for first, _ in needs],
        "secondary_need": [second for _, second in needs],
        "plan_start": [joined.start(request) for request in requests],
        "sen_setting": [text.strip() for text in joined.tables["placementdetail"].column("sensetting")],
    }


BUILD: dict[str, tuple[Source, Callable[[Joined], Texts]]] = {"plans": (PLANS, plans), "placements": (PLACEMENTS, placements), "sen2": (SEN2, snapshot)}


def _read_once(texts: list[str], read: Callable[[str], str]) -> list[str]:
    known: dict[str, str] = {}
    return [known[text] if text in known else known.setdefault(text, read(text)) for text in texts]


def rows_of(joined: Joined, source: str, cancelled: Callable[[], bool] = lambda: False) -> Whole:
    """The typed rows that a return brings to a source. InputRejected (header_only) when its main table has none; Cancelled when asked to stop."""
    declared, build = BUILD[source]
    table = joined.tables[MAIN[source]]
    if not len(table) and not table.ragged:
        raise InputRejected(f"{table.file} holds no record of the SEN2 table {table.shape.name}; export it again with its records.", "header_only")
    texts = {name: pa.array(cells, pa.string()).dictionary_encode() for name, cells in build(joined).items()}
    if cancelled():
        raise Cancelled
    typist = Typist(declared)
    rows = typist.rows(texts, pa.nulls(len(table), pa.string()), np.array(table.lines, np.int64))
    childless = {fault.row for fault in rows.faults if fault.column == "child_id"}  # whose month of birth cannot be known either
    rows.faults = [_explained(fault, table) for fault in rows.faults if not (fault.column == "birth_month" and fault.row in childless)]
    warnings = [*typist.warnings, *(_several(texts["child_id"].to_pylist(), table) if source == "plans" else ())]
    return Whole(rows, tuple(_ragged(line) for line in table.ragged), tuple(warnings))


def _explained(fault: CellFault, table: Table) -> CellFault:
    if fault.code.startswith("missing_") and fault.column == "child_id":
        tables = " and ".join(WITH[table.shape.name][:3])
        return CellFault(fault.row, fault.column, fault.code, _CHILD_UNKNOWN.format(parent=table.shape.needs[0], tables=tables))
    if fault.code == "missing_value" and fault.column == "urn":
        return CellFault(fault.row, fault.column, fault.code, _NO_SETTING.format(codes=", ".join(local_urns())))
    return fault


def _ragged(line: int) -> CellFault:
    return CellFault(line, None, "ragged", "The record has more or fewer cells than the header; its cells were not kept. Export the table again.")


def _several(children: list[str], table: Table) -> list[Warned]:
    seen: dict[str, int] = {}
    for child in children:
        seen[child] = seen.get(child, 0) + 1
    rows = [line for child, line in zip(children, table.lines, strict=True) if child and seen[child] > 1]
    told = "Children with several plans in the return; the one that started last is their plan, the others are earlier versions."
    return [Warned("several_plans", "child_id", told, len(rows), tuple(rows[:MOST_LISTED]))] if rows else []
