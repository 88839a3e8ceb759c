"""How many checked rows a second loading takes in, from bytes to acknowledged batch, marts apart; and the memory it needs.

Run: pytest tests/benchmarks -m benchmark -s
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loading import PLANS, SETTINGS, desk_without_marts
from measuring import measured
from workbooks import day, workbook

from data.reading import MEMORY_MB, InChild

ROOT = Path(__file__).parents[2]
ROWS, EVERY = 400_000, 50  # one record in 50 is at fault: 2%
TIMES = 3
FULL = 50_000_000  # bytes
HEADER = "transaction_id,paid_on,supplier_name,net_gbp,narrative,cost_centre"
SCRIPT = """
import resource, sys
from pathlib import Path
from data.load import load_files
from data.reading import InChild
from data.store import Store
with Store.opened(Path(sys.argv[1]), create=True) as store:
    (report,) = load_files(store, [Path(sys.argv[2])], reader=InChild)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own = int(status["VmHWM"].split()[0])  # getrusage would tell the peak of whoever started this process, where that was higher
    peaks = [own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
print(report.rejected, report.rows_in, report.accepted, *peaks)
"""


@pytest.mark.benchmark
@pytest.mark.slow
def test_fees_are_checked_at_fifty_thousand_rows_a_second(tmp_path: Path) -> None:
    placements = "placement_id,child_id,urn,entry_date,residence,rank\n" + "".join(f"P{i},C1,700001,2024-09-01,day,2\n" for i in range(ROWS // 4))
    components = ("core", "one_to_one", "therapy", "transport")
    fees = "placement_id,component,amount_gbp,unit,funder,valid_from,valid_to\n" + "".join(
        f"P{i // 4},{components[i % 4]},{'to follow' if i % EVERY == 0 else 30_000 + i % 20_000},year,education,01/09/2024,31/08/2025\n" for i in range(ROWS)
    )
    speeds, processor = [], []
    for turn in range(TIMES):
        (tmp_path / str(turn)).mkdir()
        with desk_without_marts(tmp_path / str(turn)) as desk:
            desk.load_all(SETTINGS, PLANS, placements)
            before, began = os.times(), time.perf_counter()
            report = desk.load(fees, reader=InChild)
            speeds.append(ROWS / (time.perf_counter() - began))
            after = os.times()
            processor.append(sum(after[:4]) - sum(before[:4]))
            assert (report.accepted, report.quarantined) == (ROWS - ROWS // EVERY, ROWS // EVERY)
            assert desk.rows("SELECT count(*), count(record) FROM meta_quarantine") == [(ROWS // EVERY, ROWS // EVERY)]
    measured(
        f"{ROWS:,} fees, 2% of them set aside with their texts: {max(speeds):,.0f} rows a second at best, {statistics.median(speeds):,.0f} in the middle of "
        f"{TIMES}; {min(processor):.1f} s of processor time, parent and child, on a machine with a load of {os.getloadavg()[0]:.0f}"
    )
    assert ROWS / (min(processor) / 2) > 50_000  # what two free cores would make of it, if other work holds them now
    if os.getloadavg()[0] < 2:
        assert max(speeds) > 50_000


def payments(count: int) -> Iterable[tuple[str, date, str, Decimal, str, str]]:
    for i in range(count):
        amount = Decimal(100_000 + i * 37 % 9_000_000) / 100
        yield f"T{i:08d}", date(2024, 4, 1) + timedelta(i % 365), f"School {i % 400} Ltd", amount, f"Placement fees, invoice {i:07d}", f"CC{i % 90:03d}"


def full_csv() -> bytes:
    lines = (",".join([a, b.isoformat(), c, str(d), f'"{e}"', f]) for a, b, c, d, e, f in payments(610_000))
    return (HEADER + "\n" + "\n".join(lines)).encode()[: FULL - 1].rpartition(b"\n")[0]


def full_workbook() -> bytes:
    rows = [[a, day((b - date(1899, 12, 30)).days), c, float(d), e, f] for a, b, c, d, e, f in payments(125_000)]
    return workbook(rows, header=HEADER.split(","))


def full_parquet() -> bytes:
    table = pa.table(dict(zip(HEADER.split(","), map(pa.array, zip(*payments(600_000), strict=True)), strict=True)))
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.benchmark
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are told in kilobytes on Linux alone")
@pytest.mark.parametrize(("what", "made"), [("a CSV of 50 MB", full_csv), ("a workbook of 50 MB of XML", full_workbook), ("Parquet", full_parquet)])
def test_a_full_file_is_loaded_within_a_gigabyte(tmp_path: Path, what: str, made: Callable[[], bytes]) -> None:
    path = tmp_path / "payments"
    path.write_bytes(made())
    began = time.perf_counter()
    told = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "db.duckdb"), str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    rejected, rows, accepted, parent, child = told.stdout.split()
    measured(
        f"{what}, {int(rows):,} payments, in {seconds:.0f} s: {int(parent) / 1000:,.0f} MB at most in the parent, {int(child) / 1000:,.0f} MB in the child"
    )
    assert (rejected, rows) == ("None", accepted)
    assert int(rows) > 100_000
    assert max(int(parent), int(child)) / 1000 < MEMORY_MB
