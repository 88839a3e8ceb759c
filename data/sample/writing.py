"""Columns of text → CSV files that are the same byte for byte, and the truth beside them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from data.sources import SOURCES


def write_source(out_dir: Path, source: str, columns: dict[str, list[str]]) -> int:
    """Writes one source with its columns in the declared order; returns the number of rows."""
    order = SOURCES[source].names
    if set(columns) != set(order):
        raise ValueError(f"{source}: columns differ from the declared ones: {sorted(set(columns) ^ set(order))}")
    with (out_dir / f"{source}.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(order)
        writer.writerows(zip(*(columns[name] for name in order), strict=True))
    return len(columns[order[0]])


def write_truth(out_dir: Path, truth: dict[str, object]) -> None:
    """Writes what was planted, keys sorted."""
    with (out_dir / "truth.json").open("w", encoding="utf-8", newline="\n") as f:
        json.dump(truth, f, indent=1, sort_keys=True, ensure_ascii=False)
        f.write("\n")
