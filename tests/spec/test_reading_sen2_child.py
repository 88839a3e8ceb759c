"""SEN2 returns are read in the child like every other format: compressed, as workbooks and as Parquet too, each at its own risk, and nothing on the disk."""

from __future__ import annotations

import gzip
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loading import SETTINGS, Desk, desk_without_marts
from sen2_return import Kid, Place, message, tables
from workbooks import workbook

from data import here, reading
from data.errors import Cancelled
from data.preview import preview
from data.reading import Here, InChild, suited

KIDS = (
    Kid(1, needs=("ASD", "SLCN"), places=(Place(res="A"), Place(urn="700002", entry="2025-09-01", rank="2"))),
    Kid(2, born="2008-11-03", start="2015-01-05", ceased="2025-08-31", reason="1", needs=(), places=()),
    Kid(3, needs=("SEMH",), places=(Place(urn="", setting="EHE", entry="2023-01-09", leaving="2025-07-18"),)),
)
HELD = (
    "SELECT child_id, birth_month, primary_need, secondary_need, plan_start, plan_ceased, cease_reason FROM stg_plan ORDER BY ALL",
    "SELECT placement_id, child_id, urn, entry_date, leaving_date, rank, residence FROM stg_placement ORDER BY ALL",
    "SELECT census_year, la, child_id, primary_need, urn, sen_setting, rank, entry_date, leaving_date, residence FROM stg_sen2 ORDER BY ALL",
)
INSTEAD = """
import sys, time
from pathlib import Path
from data import here
from data.readers import worker
real = here.Here.gather
def gather(self, numbers, *rest):
    if "file1" in self._paths[numbers[0]].name:
        {instead}
    return real(self, numbers, *rest)
here.Here.gather = gather
worker.main(Path(sys.argv[1]))
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(reading, "SECONDS", 300.0)  # what a child may take is tested elsewhere; this machine may be busy
    with desk_without_marts(tmp_path) as desk:
        yield desk
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The child with something else in it: what it does `instead` of reading the return of the first file."""

    def write(code: str) -> None:
        (tmp_path / "stand_in_worker.py").write_text(INSTEAD.format(instead=code), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(reading, "WORKER", "stand_in_worker")

    return write


def rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def parquet(text: str) -> bytes:
    header, *records = rows(text)
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([record[i] for record in records], pa.string()) for i, name in enumerate(header)}), out)
    return out.getvalue()


def numbers(text: str) -> list[list[object]]:
    """Cells as a spreadsheet keeps them: numbers as numbers."""
    return [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows(text)]


def one_book(files: dict[str, str], **options: Any) -> bytes:
    """A workbook with a sheet a table, the first under another name."""
    first, *others = files
    header, *records = numbers(files[first])
    return workbook(records, header=[str(cell) for cell in header], sheets={name: numbers(files[name]) for name in others}, **options)


FORMS: dict[str, Callable[[dict[str, str]], list[bytes]]] = {
    "compressed": lambda files: [gzip.compress(text.encode()) for text in files.values()],
    "a workbook a table": lambda files: [workbook(numbers(text)[1:], header=rows(text)[0]) for text in files.values()],
    "a workbook with a sheet a table": lambda files: [one_book(files)],
    "Parquet": lambda files: [parquet(text) for text in files.values()],
    "mixed": lambda files: [parquet(files["person"]), one_book({n: t for n, t in files.items() if n not in ("person", "sen2")}), files["sen2"].encode()],
}


def counts(reports: list[Any]) -> list[tuple[Any, ...]]:
    return sorted((r.source, r.rows_in, r.accepted, r.quarantined, [entry["code"] for entry in r.quarantine]) for r in reports if r.batch_id)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_return_in_another_form_brings_what_its_tables_bring(desk: Desk, tmp_path: Path, form: Callable[[dict[str, str]], list[bytes]]) -> None:
    files = tables(KIDS)
    (tmp_path / "other").mkdir()
    with desk_without_marts(tmp_path / "other") as plain:
        plain.load(SETTINGS)
        wanted = counts(plain.load_all(*files.values()))
        held = [plain.rows(sql) for sql in HELD]
    desk.load(SETTINGS)
    reports = desk.load_all(*form(files))
    assert [r.rejected for r in reports if r.rejected] == []
    assert counts(reports) == wanted
    assert [desk.rows(sql) for sql in HELD] == held
    assert sum("Read together with" in warned["message"] for r in reports for warned in r.warnings) == 7


def test_the_same_workbook_again_changes_nothing(desk: Desk) -> None:
    whole = one_book(tables(KIDS))
    assert len(desk.load_all(whole)) == 10  # three sources, seven tables that were read with them
    again = desk.load_all(whole)
    assert [r.already_loaded for r in again] == [True] * 10


def test_a_message_is_read_in_the_child_however_small(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here.sen2, "gather_message", None)  # whoever reads one here fails
    assert suited([desk.write(message(KIDS))]) is InChild
    assert suited([desk.write(message(KIDS).partition("\n")[2])]) is InChild
    assert [r.source for r in desk.load_all(message(KIDS))] == ["plans", "placements", "sen2"]


def test_messages_that_cannot_be_read_are_refused_by_the_child_each_in_its_sentence(desk: Desk) -> None:
    broken = {
        '<?xml version="1.0"?><!DOCTYPE Message [<!ENTITY x "y">]><Message>&x;</Message>': "xml_entities",
        message(KIDS)[:-40]: "xml_unreadable",
        message(KIDS, reference="2024-01-18"): "other_year",
        message([]): "header_only",
    }
    reports = desk.load_all(*broken, message(KIDS), message(KIDS, la="887"))
    assert [r.rejected["code"] if r.rejected else r.source for r in reports] == [*broken.values(), "plans", "placements", "sen2", "other_council"]
    assert all(len(r.rejected["message"].splitlines()) == 1 for r in reports if r.rejected)


def test_a_workbook_with_a_table_twice_or_none_of_its_companions_is_refused(desk: Desk) -> None:
    files = tables(KIDS)
    twice = one_book({"one": files["senneed"], "two": files["senneed"]})
    alone = workbook(numbers(files["placementdetail"])[1:], header=rows(files["placementdetail"])[0])
    assert [(r.rejected or {})["code"] for r in (desk.load(twice), desk.load(alone))] == ["two_sheets", "companion_missing"]


@pytest.mark.parametrize(
    ("instead", "code"), [("held = b'x' * 1_600_000_000; time.sleep(60)", "reader_limit"), ("import os; os.abort()", "reader_failed")], ids=["memory", "abort"]
)
def test_a_return_that_ends_the_child_is_refused_whole_and_the_next_file_is_loaded(desk: Desk, worker: Callable[[str], None], instead: str, code: str) -> None:
    worker(instead)
    reports = desk.load_all(*tables(KIDS).values(), SETTINGS, reader=InChild)
    assert [(r.rejected or {}).get("code") for r in reports] == [code] * 9 + [None]
    assert "XML message" in (reports[0].rejected or {})["message"]
    assert reports[-1].accepted == 2


def test_a_return_tells_how_far_it_is_stops_when_asked_and_leaves_the_key_off_the_disk(desk: Desk) -> None:
    told: list[tuple[str, float]] = []
    keys: list[bytes] = []

    def tell(words: str, share: float) -> None:
        told.append((words, share))
        keys.extend(path.read_bytes() for path in Path(tempfile.gettempdir()).rglob("*.json") if path.exists())

    desk.load_all(message(KIDS), reader=InChild, progress=tell)
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert [words.split()[0] for words, _ in told][:2] == ["Looking", "Reading"]
    ((key,),) = desk.rows("SELECT key FROM meta_sen2_key")
    assert keys
    assert not any(str(key).encode() in text for text in keys)
    with pytest.raises(Cancelled):
        desk.load_all(
            message([Kid(9)]), reader=InChild, progress=lambda words, _: told.append((words, 2.0)), cancelled=lambda: any(share == 2.0 for _, share in told)
        )
    assert desk.rows("SELECT count(*) FROM meta_batch") == [(3,)]


def test_the_preview_of_a_message_and_of_a_workbook_comes_from_the_child_without_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Here, "preview", None)
    paths = [desk.write(message(KIDS)), desk.write(one_book({name: tables(KIDS)[name] for name in ("person", "senneed")}))]
    found = [preview(path) for path in paths]
    assert [(one.source, one.part, len(one.rows)) for one in found] == [("sen2", None, 3), ("sen2", "Table", 3)]
    assert "Canary" not in repr(found)


def test_days_of_a_workbook_that_counts_from_1904_are_those_it_shows(desk: Desk) -> None:
    files = {name: text.replace("2020-09-01", "42613") for name, text in tables([Kid(1)]).items()}  # 1 September 2020, counted from 1904
    desk.load_all(one_book(files, date1904=True))
    assert [str(day) for (day,) in desk.rows("SELECT plan_start FROM stg_plan")] == ["2020-09-01"]
