"""What a file would bring, before it is loaded: its source, how its columns map, its first rows and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from data.glimpse import Preview
from data.reading import reading

__all__ = ["Preview", "preview"]


def preview(path: Path, source: str | None = None, profile: str | None = None) -> Preview:
    """Reads the head of a file without loading it, in a child unless it is a small text. InputRejected and WrongUsage as loading would raise them."""
    with reading([path], source, profile) as reader:
        return reader.preview(0)
