"""A SEN2 message as large as a file may be is read within the memory that a reader has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from measuring import measured
from sen2_return import Kid, Place, message

from data.readers.guard import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 1_000_000_000  # bytes a reader may use
CODE = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from data.sen2.assemble import Joined, rows_of
from data.sen2.census import Standing, census_of
from data.sen2.message import read_message
begin = time.process_time()
tables = read_message(Path(sys.argv[1]), b"key")
parsed = time.process_time() - begin
joined = Joined(tables, census_of(tables, Standing(), date(2026, 3, 31), "large.xml"))
rows = {name: rows_of(joined, name) for name in ("plans", "placements", "sen2")}
said = {name: [len(one.rows.lines) + len(one.ragged), one.rows.table.num_rows] for name, one in rows.items()}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"rows": said, "peak": peak, "parsed": parsed, "seconds": time.process_time() - begin}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say how much memory a process used")
def test_a_message_of_50_mb_is_read_within_a_gigabyte(tmp_path: Path) -> None:
    kids = [Kid(n, born=f"20{8 + n % 10:02d}-0{1 + n % 9}-11", needs=("ASD", "SLCN"), places=(Place(res="A"), Place(rank="2"))) for n in range(10_000, 70_000)]
    each = len(message(kids[:101])) - len(message(kids[:1]))  # a hundred children
    kids = kids[: (MOST_BYTES - 1_000_000) * 100 // each]
    path = tmp_path / "large.xml"
    text = message(kids)
    path.write_text(text, encoding="utf-8")
    assert 0.95 * MOST_BYTES < path.stat().st_size <= MOST_BYTES
    run = subprocess.run([sys.executable, "-c", CODE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    told = json.loads(run.stdout)
    assert told["rows"] == {"plans": [len(kids)] * 2, "placements": [2 * len(kids)] * 2, "sen2": [2 * len(kids)] * 2}
    assert told["peak"] < MEMORY
    measured(
        f"A SEN2 message of {path.stat().st_size / 1e6:.0f} MB ({len(kids):,} children) is read in {told['seconds']:.0f} s "
        f"({told['parsed']:.0f} s of it parsing; processor time) with {told['peak'] / 1e6:.0f} MB of memory"
    )
