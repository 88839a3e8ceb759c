"""A file's bytes → typed rows. Needs no database, so it can run in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.collecting import collected, mapped, unknown
from data.errors import InputRejected
from data.profiles import Mapping, Pick, header_score, normal, profile_named, recognise, source_named
from data.readers import Opened, Sheet, is_blank, open_csv, read_rows
from data.typed import CellFault, Rows, Warned, type_rows

MOST_PENCE = 10**18  # what a file's control totals can hold


@dataclass(frozen=True)
class Recognised:
    """A file whose header is understood."""

    opened: Opened
    mapping: Mapping


def recognised(data: bytes, name: str, source: str | None = None, profile: str | None = None) -> Recognised:
    """What a file's header means. InputRejected, WrongUsage as `readers` and `profiles` say."""
    wanted_source = source_named(source) if source else None
    wanted_profile = profile_named(profile) if profile else None

    def score(header: list[str]) -> int:
        if wanted_profile and wanted_profile.fits({normal(cell) for cell in header}):
            return 2000
        return header_score(header)

    opened = open_csv(data, name, score)
    try:
        return Recognised(opened, recognise(opened.dialect.header, wanted_source, wanted_profile))
    except InputRejected as error:
        raise InputRejected(f"{name}: {error.message}", error.code) from error


def parse(known: Recognised, cancelled: Callable[[], bool] | None = None) -> Rows:
    """Reads and types a recognised file's rows. InputRejected when there are none or a quote is not closed; Cancelled when `cancelled` says so."""
    sheet = read_rows(known.opened)
    if not len(sheet.lines) and not sheet.ragged:
        raise InputRejected(f"{known.opened.name} has a header but no rows; export it again with its rows.", "header_only")
    texts, origin = picked(sheet, known.mapping)
    rows = type_rows(known.mapping.source, texts, origin, sheet.lines, cancelled)
    if rows.gross >= MOST_PENCE:
        raise InputRejected(f"The amounts of {known.opened.name} add up to more than any real ledger; correct or split it.", "amounts_too_large")
    rows.rows_in += len(sheet.ragged)
    rows.ragged = dict(sheet.ragged)
    rows.faults = sorted([*rows.faults, *(_ragged(line, len(cells), len(sheet.header)) for line, cells in sheet.ragged)], key=lambda f: f.row)
    rows.warnings = [*rows.warnings, *_sheet_warnings(known.mapping, sheet)]
    return rows


def picked(sheet: Sheet, mapping: Mapping) -> tuple[dict[str, pa.DictionaryArray], pa.Array]:
    """Each mapped column's texts, and per record which column a choice was taken from."""
    count = len(sheet.lines)
    texts: dict[str, pa.DictionaryArray] = {}
    notes: list[pa.Array] = []
    for column, pick in mapping.picks.items():
        if pick.collected:
            texts[column] = _encoded(collected([sheet.columns[position] for position in pick.columns], pick))
            continue
        if len(pick.columns) == 1:
            texts[column] = _encoded(sheet.columns[pick.columns[0]])
        elif pick.columns:
            chosen, taken = _first_filled(sheet, pick)
            texts[column] = _encoded(chosen)
            notes.append(pc.binary_join_element_wise(column, taken, ": "))
        else:
            texts[column] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([pick.constant or ""]))
        if pick.values:
            texts[column] = mapped(texts[column], pick)
    if not notes:
        return texts, pa.nulls(count, pa.string())
    return texts, pc.binary_join_element_wise(*notes, "; ") if len(notes) > 1 else notes[0]


def _encoded(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.dictionary_encode()


def _first_filled(sheet: Sheet, pick: Pick) -> tuple[pa.Array, pa.Array]:
    chosen = sheet.columns[pick.columns[0]].combine_chunks()
    taken = pa.array([sheet.header[pick.columns[0]]] * len(chosen), pa.string())
    for position in pick.columns[1:]:
        empty = pc.equal(pc.utf8_trim_whitespace(chosen), "")
        chosen = pc.if_else(empty, sheet.columns[position].combine_chunks(), chosen)
        taken = pc.if_else(empty, sheet.header[position], taken)
    return chosen, taken


def _ragged(line: int, found: int, expected: int) -> CellFault:
    more = "more" if found > expected else "fewer"
    return CellFault(line, None, "ragged", f"The record has {found} cells, {more} than the {expected} of the header; quote text that holds the delimiter.")


def _sheet_warnings(mapping: Mapping, sheet: Sheet) -> list[Warned]:
    found = unknown(mapping, sheet)
    nameless = [i for i, cell in enumerate(sheet.header) if is_blank([cell]) and not is_blank(sheet.columns[i].unique().to_pylist())]
    ignored = [*(cell[:80] for cell in mapping.ignored), *(f"the {i + 1}. column, which has no header but holds values" for i in nameless)]
    if ignored:
        found.append(Warned("columns_ignored", None, f"Columns not used: {', '.join(ignored)}.", len(ignored)))
    if sheet.trailing:
        found.append(Warned("trailing_cells", None, "Records with further, empty cells after the last column.", sheet.trailing))
    return found
