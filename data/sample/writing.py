"""Columns of text → CSV files that are the same byte for byte, and the truth beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data.sources import SOURCES

MOST_BYTES = 40_000_000  # a file; beyond it a source goes on in a further file, well below what the loader takes
_BLOCK = 20_000  # rows written at a time


def part_path(out_dir: Path, source: str, number: int) -> Path:
    """The n-th file of a source: `fees.csv`, then `fees_2.csv`."""
    return out_dir / (f"{source}.csv" if number == 1 else f"{source}_{number}.csv")


def written(out_dir: Path) -> list[Path]:
    """The files in a folder that `write_source` filled, by source and part."""
    found = []
    for source in SOURCES:
        number = 1
        while (path := part_path(out_dir, source, number)).exists():
            found.append(path)
            number += 1
    return found


def write_source(out_dir: Path, source: str, columns: dict[str, list[str]]) -> int:
    """Writes one source with its columns in the declared order, in files of at most 40 MB; returns the number of rows."""
    order = SOURCES[source].names
    if set(columns) != set(order):
        raise ValueError(f"{source}: columns differ from the declared ones: {sorted(set(columns) ^ set(order))}")
    header = _encoded([order])
    rows = zip(*(columns[name] for name in order), strict=True)
    block, number = _next(rows), 1
    while True:
        with part_path(out_dir, source, number).open("wb") as file:
            size = file.write(header)
            while block and size + len(block) <= MOST_BYTES:
                size += file.write(block)
                block = _next(rows)
        if not block:
            return len(columns[order[0]])
        number += 1


def _next(rows: Iterator[tuple[str, ...]]) -> bytes:
    return _encoded(list(islice(rows, _BLOCK)))


def _encoded(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def write_truth(out_dir: Path, truth: dict[str, object]) -> None:
    """Writes what was planted, keys sorted."""
    with (out_dir / "truth.json").open("w", encoding="utf-8", newline="\n") as f:
        json.dump(truth, f, indent=1, sort_keys=True, ensure_ascii=False)
        f.write("\n")
