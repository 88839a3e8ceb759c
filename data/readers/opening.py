"""A guarded file → the reader of its kind. Readers are imported when a file needs them: calamine and Parquet are slow to start."""

from __future__ import annotations

from data.errors import InputRejected
from data.readers.block import FileKind, Guarded, Headers, Opened


def open_file(file: Guarded, headers: Headers) -> Opened:
    """The file read as far as its header. InputRejected with what is wrong and how to mend it."""
    if file.kind is FileKind.WORKBOOK:
        from data.readers.workbook import open_workbook

        return open_workbook(file, headers)
    if file.kind is FileKind.PARQUET:
        from data.readers.parquet import open_parquet

        return open_parquet(file, headers)
    if file.kind is FileKind.XML:
        raise InputRejected(f"{file.name} is XML of a kind that is not known here; save the table as .xlsx or CSV UTF-8 and load that.", "xml_unknown")
    from data.readers.delimited import open_text

    return open_text(file, headers)
