"""A file's blocks of text → typed rows. Needs no database, so it runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cells import from_1904
from data.collecting import Unknown, collected, mapped
from data.errors import Cancelled, InputRejected, about
from data.profiles import Mapping, Pick, Profile, header_score, normal, profile_named, recognise, source_or_table
from data.readers import Block, Guarded, Opened, is_blank
from data.readers.opening import open_file
from data.sen2.tables import may_fill, shape_of
from data.sources import Kind, Source
from data.typed import CellFault, Rows, Typist, Warned

MOST_PENCE = 10**18  # what a file's control totals can hold
_OF_A_RETURN = 10_000  # score of a table of a SEN2 return: before any template that shares columns with it


@dataclass(frozen=True)
class Recognised:
    """A file whose header is understood."""

    opened: Opened
    mapping: Mapping


@dataclass(frozen=True)
class _Known:
    """What readers ask of headers: templates and profiles, the tables of a SEN2 return, and first of all the source or profile that the person named."""

    source_wanted: Source | None
    profile: Profile | None

    def score(self, record: Sequence[str]) -> int:
        if self._return_table(record):
            return _OF_A_RETURN
        if self.profile and self.profile.fits({normal(cell) for cell in record}):
            return 2000
        return header_score(list(record)) + (2000 if self.source_wanted and self.source(record) else 0)

    def source(self, record: Sequence[str]) -> str | None:
        if table := self._return_table(record):
            return f"the SEN2 table {table}"
        try:
            return recognise(tuple(record), self.source_wanted, self.profile).source.name
        except InputRejected:
            return None

    def _return_table(self, record: Sequence[str]) -> str | None:
        found = shape_of(record) if may_fill(self.source_wanted.name if self.source_wanted else None, self.profile) else None
        return found.name if found else None


def opened(file: Guarded, source: str | None = None, profile: str | None = None) -> Opened:
    """The file read as far as the header that is known best. InputRejected, WrongUsage as `readers` and `profiles` say."""
    return open_file(file, _Known(source_or_table(source) if source else None, profile_named(profile) if profile else None))


def understood(opened: Opened, source: str | None = None, profile: str | None = None) -> Recognised:
    """What an opened file's header means as that of a source. InputRejected, WrongUsage as `profiles` says."""
    try:
        return Recognised(opened, recognise(opened.header, source_or_table(source) if source else None, profile_named(profile) if profile else None))
    except InputRejected as error:
        raise InputRejected(about(opened.name, error.message), error.code) from error


def recognised(file: Guarded, source: str | None = None, profile: str | None = None) -> Recognised:
    """What a file's header means. InputRejected, WrongUsage as `readers` and `profiles` say."""
    return understood(opened(file, source, profile), source, profile)


class Parsing:
    """The rows of a recognised file, typed block by block; what holds for the whole file stands when the blocks are through."""

    def __init__(self, known: Recognised) -> None:
        self.mapping = known.mapping
        self.rows_in = self.gross = 0
        self.control_in: int | None = None
        self._opened = known.opened
        self._typist = Typist(known.mapping.source)
        self._unknown = Unknown(known.mapping)
        self._trailing = 0
        self._nameless: set[int] = set()

    def blocks(self, cancelled: Callable[[], bool]) -> Iterator[tuple[Rows, Block]]:
        """Typed rows of each block, and the block. InputRejected when there are no rows or they cannot be read; Cancelled when asked to stop."""
        for block in self._opened.blocks():
            if cancelled():
                raise Cancelled
            texts, origin = picked(block, self._opened, self.mapping)
            rows = self._typist.rows(texts, origin, block.lines)
            self._count(rows, block)
            yield rows, block
        name = self._opened.name
        if not self.rows_in:
            raise InputRejected(f"{name} has a header but no rows; export it again with its rows.", "header_only")
        if self.gross >= MOST_PENCE:
            raise InputRejected(f"The amounts of {name} add up to more than any real ledger; correct them, or split the file.", "amounts_too_large")

    def _count(self, rows: Rows, block: Block) -> None:
        self.rows_in += len(block.lines) + len(block.ragged)
        self.gross += rows.gross
        self.control_in = None if rows.control is None else (self.control_in or 0) + rows.control
        self._trailing += block.trailing
        self._unknown.note(block)
        for position, cell in enumerate(self._opened.header):
            if position not in self._nameless and is_blank([cell]) and not is_blank(block.columns[position].unique().to_pylist()):
                self._nameless.add(position)

    @property
    def warnings(self) -> list[Warned]:
        """The oddities of cells, then those of the whole file."""
        found = [*self._typist.warnings, *self._unknown.warnings]
        nameless = [f"column {i + 1}, which has no header but holds values" for i in sorted(self._nameless)]
        ignored = [*(cell[:80] for cell in self.mapping.ignored), *nameless]
        if ignored:
            told = f"Columns not used: {', '.join(ignored)}. If one should be read, give it its name in the template."
            found.append(Warned("columns_ignored", None, told, len(ignored)))
        if self._trailing:
            found.append(Warned("trailing_cells", None, "Records have further, empty cells after the last column; they were left out.", self._trailing))
        if others := self._opened.others:
            told = f"Only '{self._opened.part}' was read; not read: {', '.join(others)}. Name their source to load them, or save each on its own."
            found.append(Warned("sheets_ignored", None, told, len(others)))
        return found


def ragged_fault(line: int, found: int, expected: int) -> CellFault:
    """The fault of a record with another number of cells than the header."""
    mend = "put quotation marks around text that holds a comma or another separator" if found > expected else "add the cells that are missing"
    return CellFault(line, None, "ragged", f"The record has {found} cells, but the header has {expected}; {mend}.")


def picked(block: Block, opened: Opened, mapping: Mapping) -> tuple[dict[str, pa.DictionaryArray], pa.Array]:
    """Each mapped column's texts, and per record which column a choice was taken from."""
    count = len(block.lines)
    texts: dict[str, pa.DictionaryArray] = {}
    notes: list[pa.Array] = []
    for column, pick in mapping.picks.items():
        if pick.collected:
            texts[column] = collected([block.columns[position] for position in pick.columns], pick).dictionary_encode()
            continue
        if len(pick.columns) == 1:
            texts[column] = block.columns[pick.columns[0]].dictionary_encode()
        elif pick.columns:
            chosen, taken = _first_filled(block, opened.header, pick)
            texts[column] = chosen.dictionary_encode()
            notes.append(pc.binary_join_element_wise(column, taken, ": "))
        else:
            texts[column] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([pick.constant or ""]))
        if pick.values:
            texts[column] = mapped(texts[column], pick)
        if opened.from_1904 and mapping.source.column(column).kind in (Kind.DATE, Kind.MONTH, Kind.DATES):
            texts[column] = _changed(texts[column], from_1904)
    if not notes:
        return texts, pa.nulls(count, pa.string())
    return texts, pc.binary_join_element_wise(*notes, "; ") if len(notes) > 1 else notes[0]


def _changed(texts: pa.DictionaryArray, change: Callable[[str], str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(texts.indices, pa.array([change(text) for text in texts.dictionary.to_pylist()], pa.string()))


def _first_filled(block: Block, header: tuple[str, ...], pick: Pick) -> tuple[pa.Array, pa.Array]:
    chosen = block.columns[pick.columns[0]]
    taken = pa.array([header[pick.columns[0]]] * len(chosen), pa.string())
    for position in pick.columns[1:]:
        empty = pc.equal(pc.utf8_trim_whitespace(chosen), "")
        chosen = pc.if_else(empty, block.columns[position], chosen)
        taken = pc.if_else(empty, header[position], taken)
    return chosen, taken
