"""A SEN2 return as large as a file may be is read within the memory that a reader has, and the process that asked for it stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from measuring import measured
from sen2_return import Kid, Place, message, tables

from data.readers.guard import MOST_BYTES
from data.reading import seconds_for

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 1_000_000_000  # bytes a reader may use
SMALL = 100_000_000  # bytes that reading a return may add to the process that asks for it
CODE = """
import json, re, resource, sys
from datetime import date
from pathlib import Path
import psutil
from data import reading
from data.sen2 import Asked, Standing
def peak(process):
    found = re.search(r"VmHWM:\\s+(\\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) * 1024 if found else 0
def look(_share):
    child = psutil.Process().children()
    if child:
        seen.append(peak(child[0].pid))
seen = []
paths = [Path(text) for text in sys.argv[1:]]
before = peak("self")
reading.SECONDS = 570.0  # what it may take is held against processor time below: this machine may be busy
with reading.reading(paths, None, None) as reader:
    found = reader.gather(range(len(paths)), Asked(None, Standing(), date(2026, 3, 31), b"key"), look)
    spools = {one.source: reader.filled(one.order, one.source) for one in found.filled}
    rows = {name: [one.rows_in, [block.num_rows for block in one.blocks("rows")]] for name, one in spools.items()}
used = resource.getrusage(resource.RUSAGE_CHILDREN)
own = peak("self") - before
said = {"rows": rows, "child": max(seen), "own": own, "whole": before + own, "seconds": used.ru_utime + used.ru_stime}
print(json.dumps(said | {"rejected": [error.message for error in found.rejected.values()]}))
"""


def read(paths: list[Path]) -> dict[str, Any]:
    run = subprocess.run([sys.executable, "-c", CODE, *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    return dict(json.loads(run.stdout))


def children(of_size: int, form: Any) -> list[Kid]:
    """As many children as make a return of nearly that size."""
    kids = [Kid(n, born=f"20{8 + n % 10:02d}-0{1 + n % 9}-11", needs=("ASD", "SLCN"), places=(Place(res="A"), Place(rank="2"))) for n in range(10_000, 200_000)]
    each = size(form(kids[:101])) - size(form(kids[:1]))  # a hundred children
    return kids[: of_size * 100 // each]


def size(written: str | dict[str, str]) -> int:
    return len(written) if isinstance(written, str) else sum(map(len, written.values()))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the system does not say how much memory a process used")
@pytest.mark.parametrize("form", [message, tables], ids=["message", "tables"])
def test_a_return_of_49_mb_is_read_within_a_gigabyte_and_leaves_its_asker_small(tmp_path: Path, form: Any) -> None:
    kids = children(MOST_BYTES - 1_000_000, form)
    written = form(kids)
    paths = []
    for name, text in ({"message": written} if isinstance(written, str) else written).items():
        paths.append(tmp_path / f"{name}.{'xml' if form is message else 'csv'}")
        paths[-1].write_text(text, encoding="utf-8")
    whole = sum(path.stat().st_size for path in paths)
    assert 0.95 * MOST_BYTES < whole <= MOST_BYTES
    told = read(paths)
    assert told["rejected"] == []
    assert {name: rows_in for name, (rows_in, _) in told["rows"].items()} == {"plans": len(kids), "placements": 2 * len(kids), "sen2": 2 * len(kids)}
    assert {name: sum(blocks) for name, (_, blocks) in told["rows"].items()} == {"plans": len(kids), "placements": 2 * len(kids), "sen2": 2 * len(kids)}
    assert max(max(blocks) for _, blocks in told["rows"].values()) <= 20_000
    assert told["child"] < MEMORY
    assert told["own"] < SMALL
    assert told["seconds"] < seconds_for(*paths)
    what = f"A SEN2 message of {whole / 1e6:.0f} MB" if form is message else f"{len(paths)} SEN2 tables of {whole / 1e6:.0f} MB together"
    measured(
        f"{what} ({len(kids):,} children) read in a child: {told['child'] / 1e6:.0f} MB of memory at its peak, {told['seconds']:.0f} s of processor time; "
        f"the process that asked grew by {told['own'] / 1e6:.0f} MB to {told['whole'] / 1e6:.0f} MB"
    )
