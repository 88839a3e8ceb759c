"""Five hundred spoilt files: after each block, every record is accounted for and nothing else in the store has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from loading import Desk, desk_without_marts
from measuring import measured
from spoilt_files import grid, mutation, text_of
from store_contents import Watched, changed, expect_accounted

from data import reading
from data.reading import InChild
from data.sources import SOURCES

MUTATIONS = 500
A_GROUP = 50
A_BLOCK = 25  # files of one call, which share the process that reads them
QUICK = 100  # the rest in the long tier
# What a version, a mended record or a known reference changes in the records of others.
MAY_CHANGE = dict.fromkeys((f"raw_{name}" for name in SOURCES), "is_current") | {"meta_batch": "withdrawn_by", "meta_quarantine": "resolved_by"}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(reading, "seconds_for", lambda path: 300.0)  # what is looked for is a reader that ends, not one that waits for a busy machine
    with desk_without_marts(tmp_path) as desk:
        reports = desk.load_all(*(text_of(grid(source)) for source in SOURCES))
        assert [(r.rejected, r.quarantined) for r in reports] == [(None, 0)] * len(SOURCES)
        yield desk


@pytest.mark.parametrize("first", [first if first < QUICK else pytest.param(first, marks=pytest.mark.slow) for first in range(0, MUTATIONS, A_GROUP)])
def test_a_spoilt_file_harms_nothing(desk: Desk, first: int) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    watched = Watched(desk, but=MAY_CHANGE)
    for begin in range(first, first + A_GROUP, A_BLOCK):
        numbers = range(begin, begin + A_BLOCK)
        formats, files = zip(*map(mutation, numbers), strict=True)
        reports = desk.load_all(*files, reader=InChild)
        before, after = watched.after(*reports)
        assert changed(before, after) <= {"meta_content"}, f"one of {numbers} changed rows of others"
        for number, kind, report in zip(numbers, formats, reports, strict=True):
            if report.rejected is not None:
                assert report.rejected["code"] not in ("reader_failed", "reader_limit"), f"the reader did not survive mutation {number}"
                assert report.rejected["message"].endswith("."), number
                assert (report.rows_in, report.accepted, report.batch_id) == (0, 0, None)
            elif not report.already_loaded:
                expect_accounted(desk, report)
            outcomes[kind, "rejected" if report.rejected else "accepted in part" if report.quarantined else "accepted"] += 1
    told = ", ".join(f"{count} {kind} {became}" for (kind, became), count in sorted(outcomes.items()))
    measured(f"spoilt files {first} to {first + A_GROUP - 1}: {told}")
    assert outcomes.total() == A_GROUP
