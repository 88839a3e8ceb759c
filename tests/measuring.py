"""How a measurement is told: lines that `.ci/run --full` copies into its report."""

from __future__ import annotations

import os
from pathlib import Path


def measured(text: str) -> None:
    """Prints each line of a measurement behind `measured:`, shown by `pytest -s`, and adds it to the file that MEASURED names."""
    lines = [f"measured: {line}" for line in text.splitlines()]
    print("\n" + "\n".join(lines), flush=True)
    if os.environ.get("MEASURED"):
        with Path(os.environ["MEASURED"]).open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
