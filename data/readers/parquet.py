"""Parquet files: flat columns as text. A record has no line, so its row is its number plus one, as if a header stood above."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputRejected
from data.readers.block import BLOCK, MOST_COLUMNS, Block, Guarded, Headers, Opened
from data.readers.guard import MOST_EXPANDED, swollen

MOST_RECORDS = 5_000_000  # a run of equal values weighs nothing in the file
_MARK = 4  # bytes of the magic number
_BROKEN = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowSerializationError, OSError, UnicodeDecodeError)


def open_parquet(file: Guarded, _headers: Headers) -> Opened:
    """A flat Parquet file. InputRejected when it is encrypted, cut off, damaged, nested or too large."""
    name = file.name
    _expect_whole(file)
    try:
        table = pq.ParquetFile(file.path, page_checksum_verification=True)
        schema, metadata = table.schema_arrow, table.metadata
    except _BROKEN as error:
        raise _damaged(name) from error
    nested = next((field.name for field in schema if pa.types.is_nested(_plain(field.type))), None)
    if nested is not None:
        raise InputRejected(f"The column '{nested}' of {name} holds lists or records in its cells; write flat columns and load that.", "nested_parquet")
    if len(schema) > MOST_COLUMNS:
        raise InputRejected(f"{name} has {len(schema)} columns, more than {MOST_COLUMNS}; keep those of the template.", "too_many_columns")
    if metadata.num_rows > MOST_RECORDS:
        raise InputRejected(f"{name} holds more than {MOST_RECORDS:,} records; split it by year and load the parts.", "too_many_rows")
    if sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)) > MOST_EXPANDED:
        raise InputRejected(swollen(name), "zip_bomb")
    return Opened(name, tuple(schema.names), lambda: _blocks(file, metadata.num_rows))


def _expect_whole(file: Guarded) -> None:
    with file.path.open("rb") as data:
        first = data.read(_MARK)
        data.seek(max(file.size - _MARK, 0))
        last = data.read(_MARK)
    if b"PARE" in (first, last):
        raise InputRejected(f"{file.name} is an encrypted Parquet file; write it without encryption and load that.", "encrypted_parquet")
    if (first, last) != (b"PAR1", b"PAR1") or file.size < 3 * _MARK:
        raise _damaged(file.name)


def _damaged(name: str) -> InputRejected:
    return InputRejected(f"{name} is a Parquet file that is damaged or cut off; write or copy it again and load that.", "damaged_parquet")


def _blocks(file: Guarded, records: int) -> Iterator[Block]:
    done = 0
    try:
        table = pq.ParquetFile(file.path, page_checksum_verification=True)
        for batch in table.iter_batches(batch_size=BLOCK, use_threads=False):
            columns = tuple(_texts(column, name, file.name) for column, name in zip(batch.columns, batch.schema.names, strict=True))
            lines = np.arange(done + 2, done + 2 + batch.num_rows, dtype=np.int64)
            filled = ~np.logical_and.reduce([pc.equal(column, "").to_numpy(zero_copy_only=False) for column in columns])
            done += batch.num_rows
            keep = pa.array(filled)
            yield Block(tuple(column.filter(keep) for column in columns), lines[filled], share=done / max(records, 1))
    except _BROKEN as error:
        raise _damaged(file.name) from error


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of the values behind an extension type or a dictionary."""
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type)
    return _plain(kind.value_type) if pa.types.is_dictionary(kind) else kind


def _texts(column: pa.Array, name: str, file: str) -> pa.Array:
    """The column's values as text; an empty one is ''. InputRejected for a type that is no cell, or text that is not UTF-8."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    try:
        return pc.fill_null(_as_text(column), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputRejected(f"The column '{name}' of {file} ({column.type}) cannot be read as text; write it as text and load that.", "bad_column") from error


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_floating(kind):
        return _distinct(column, _number if kind == pa.float64() else _short_number)
    if pa.types.is_decimal(kind):
        return _distinct(column, lambda value: format(Decimal(value).normalize(), "f"))
    if pa.types.is_date64(kind):
        column = column.cast(pa.date32())
    if pa.types.is_timestamp(kind):
        local = pc.local_timestamp(column) if kind.tz else column
        return pc.replace_substring_regex(local.cast(pa.string()), r"( 00:00:00)?(\.0+)?$", "")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        column = column.cast(pa.binary())
    return column.cast(pa.string())


def _distinct(column: pa.Array, text: Callable[[float], str]) -> pa.Array:
    coded = column.dictionary_encode()
    return pa.array([None if value is None else text(value) for value in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _number(value: float) -> str:
    return f"{value:.15g}".upper()


def _short_number(value: float) -> str:
    return str(np.format_float_positional(np.float32(value), trim="-")) if np.isfinite(value) else str(value)
