"""What a file would bring, before it is loaded: its source, how its columns map, its first rows and what is wrong with them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from data import sen2
from data.glimpse import Preview
from data.readers.guard import first_bytes
from data.reading import reading

__all__ = ["Preview", "preview"]


def preview(path: Path, source: str | None = None, profile: str | None = None) -> Preview:
    """Reads the head of a file without loading it, in a child unless it is a small text. InputRejected and WrongUsage as loading would raise them."""
    start = b"" if profile else first_bytes(path, sen2.START)
    if start and sen2.looks_like(start):
        from data.sen2.look import preview as look

        found = look(path, start, datetime.now(UTC).astimezone().date(), secrets.token_bytes(16))
        if found is not None:
            return found
    with reading([path], source, profile) as reader:
        return reader.preview(0)
