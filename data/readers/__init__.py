"""Bytes → rows of text with their physical line numbers, one module a format."""

from data.readers.delimited import (
    BLOCK,
    LONGEST_CELL,
    MOST_BYTES,
    Dialect,
    Opened,
    Sheet,
    fingerprint,
    is_blank,
    open_csv,
    read_bytes,
    read_rows,
)

__all__ = ["BLOCK", "LONGEST_CELL", "MOST_BYTES", "Dialect", "Opened", "Sheet", "fingerprint", "is_blank", "open_csv", "read_bytes", "read_rows"]
