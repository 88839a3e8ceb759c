"""How a measurement is told: lines that `.ci/run --full` copies into its report."""

from __future__ import annotations


def measured(text: str) -> None:
    """Prints each line of a measurement behind `measured:`; shown by `pytest -s`."""
    print("\n" + "\n".join(f"measured: {line}" for line in text.splitlines()), flush=True)
