"""A store in a temporary folder and files written as the test draws them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from data import schema
from data.load import LoadReport, load_files
from data.parse import Parsing, recognised
from data.readers.guard import guard
from data.store import Store
from data.typed import CellFault

TODAY = date(2026, 3, 31)

SETTINGS = "urn,setting_name,setting_type\n700001,One School,ISS\n700002,Two School,NMSS\n"
PLANS = "child_id,birth_month,primary_need,plan_start\nC1,2014-02,ASD,2020-09-01\nC2,2012-11,SEMH,2019-09-01\n"
PLACEMENTS = "placement_id,child_id,urn,entry_date,residence\nP1,C1,700001,2024-09-01,day\nP2,C2,700002,2023-09-01,38wk\n"
FEES = "placement_id,component,amount_gbp,unit,valid_from\nP1,core,45000,year,2024-09-01\nP2,core,15000,term,2023-09-01\n"


@cache
def _new_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.duckdb"
        Store.open(path, create=True).close()
        return path.read_bytes()


class Desk:
    """Where a person loads files: `load` takes a text or bytes and answers its report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "desk.duckdb"
        self.db.write_bytes(_new_database())
        self.store = Store.open(self.db)
        self._files = 0

    def write(self, content: str | bytes) -> Path:
        self._files += 1
        path = self.folder / f"file{self._files}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load_all(self, *contents: str | bytes, **options: Any) -> list[LoadReport]:
        return load_files(self.store, [self.write(content) for content in contents], today=TODAY, **options)

    def load(self, content: str | bytes, **options: Any) -> LoadReport:
        (report,) = self.load_all(content, **options)
        return report

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.store.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.db)


@dataclass(frozen=True)
class Typed:
    """What a file's bytes become before the store sees them: `rows` without a fault by column, `records` the texts of those with one."""

    rows_in: int
    rows: dict[str, list[Any]]
    faults: list[CellFault]
    ragged: list[int]
    records: dict[int, str]


def typed(content: bytes, folder: Path, name: str = "file.csv") -> Typed:
    """Reads and types a file in this process. InputRejected as the readers say."""
    path = folder / name
    path.write_bytes(content)
    parsing = Parsing(recognised(guard(path, folder)))
    blocks = list(parsing.blocks(lambda: False))
    faults = [fault for rows, _ in blocks for fault in rows.faults]
    records = {row: text for rows, _ in blocks for row, text in rows.records(fault.row for fault in rows.faults).items()}
    table = pa.concat_tables([rows.table for rows, _ in blocks]).to_pydict()
    return Typed(parsing.rows_in, table, faults, [line for _, block in blocks for line, _ in block.ragged], records)


@contextmanager
def desk_without_marts(folder: Path) -> Iterator[Desk]:
    """A desk whose store keeps rows but works out no costs: what loading is about, and quick."""
    with patch.object(schema, "create_marts", lambda cursor: None):
        desk = Desk(folder)
        try:
            yield desk
        finally:
            desk.store.close()


def codes(report: LoadReport) -> list[tuple[int, str]]:
    """Row and code of each fault."""
    return [(entry["row"], entry["code"]) for entry in report.quarantine]
