"""The SEN2 files of one call taken together: all table files are one return, each XML message is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from data.errors import InputRejected, UserError
from data.keeping import Keeping
from data.profiles import header_score
from data.readers import FileKind, Guarded, Opened
from data.readers.delimited import open_text
from data.readers.guard import expect_size, fingerprint
from data.sen2.assemble import BUILD, MAIN, WITH, Joined, rows_of
from data.sen2.census import Census, Standing, census_of, keeping_of, profile_name
from data.sen2.message import is_message, read_message
from data.sen2.tables import Secret, Table, read_table, shape_of
from data.sources import Source
from data.spool import Whole
from data.typed import Warned

FILLED = tuple(MAIN)  # the sources that a return fills
START = 16_384
KNOWN = 3000  # score of a header that is a table of a return


@dataclass(frozen=True)
class Part:
    """One file of a call that belongs to a return. `order`: its place in the call; `start`: its first bytes."""

    order: int
    path: Path
    start: bytes


@dataclass(frozen=True)
class Filled:
    """One source that a return fills, from the file at `order`; `rows` reads it."""

    order: int
    path: Path
    source: Source
    sha256: str
    profile: str
    year: int
    keeping: Keeping
    rows: Callable[[Callable[[], bool]], Whole]


@dataclass(frozen=True)
class Companion:
    """A table of a return that brings no rows of its own. `mains`: the places in the call of the files that it was read with."""

    order: int
    path: Path
    sha256: str
    mains: tuple[int, ...]
    warnings: tuple[Warned, ...]


@dataclass
class Gathered:
    """What the SEN2 files of a call come to; `rejected` by place in the call."""

    filled: list[Filled] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    rejected: dict[int, UserError] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a call asks of the SEN2 files: one source or all, against what stands in the store."""

    source: str | None
    standing: Standing
    today: date
    secret: Secret

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(name for name in FILLED if self.source in (None, name))


def looks_like(start: bytes) -> bool:
    """Whether a file begins like a table or a message of SEN2: by its first `START` bytes."""
    return is_message(start) or b"tableid" in start[:START].replace(b"\x00", b"").lower().replace(b"_", b"").replace(b" ", b"")


class _Headers:
    """What the reader of delimited text asks: the header of a table of a return before any other."""

    def score(self, record: Sequence[str]) -> int:
        return KNOWN if shape_of(record) else header_score(list(record))

    def source(self, record: Sequence[str]) -> str | None:
        return "sen2" if shape_of(record) else None


def open_table(path: Path) -> Opened | None:
    """The file as a table of a return, read as far as its header; None when it is none. InputRejected when it is too large or no text."""
    opened = open_text(Guarded(path, path.name, FileKind.TEXT, expect_size(path)), _Headers())
    return opened if shape_of(opened.header) else None


def gather(parts: Sequence[Part], asked: Asked) -> Gathered:
    """Reads the SEN2 files of a call. A fault of a whole return rejects each of its files; the caller reads and writes the rows."""
    found = Gathered()
    tables = [part for part in parts if not is_message(part.start)]
    if tables:
        _gather_tables(tables, asked, found)
    la = asked.standing.la or next((filled.profile[10:] for filled in found.filled if len(filled.profile) > 9), None)
    for part in parts:
        if is_message(part.start):
            la = _gather_message(part, asked, Standing(la, asked.standing.newest), found)
    return found


def _gather_message(part: Part, asked: Asked, standing: Standing, found: Gathered) -> str | None:
    """Reads one message; answers the council that the call's returns are of."""
    try:
        tables = read_message(part.path, asked.secret)
        census = census_of(tables, standing, asked.today, part.path.name)
        joined = Joined(tables, census)
        filled = [name for name in asked.wanted if len(tables[MAIN[name]])]
        if not filled:
            raise InputRejected(f"{part.path.name} holds no plans and no placements to load; export the return with them.", "header_only")
    except InputRejected as error:
        found.rejected[part.order] = error
        return standing.la
    found.filled += [_filled(part, name, fingerprint(part.path), joined, asked) for name in filled]
    return census.la or standing.la


def _gather_tables(parts: Sequence[Part], asked: Asked, found: Gathered) -> None:
    read: dict[str, tuple[Part, Table]] = {}
    try:
        for part in parts:
            opened = open_table(part.path)
            if opened is None:
                raise InputRejected(f"{part.path.name} is not a table of a SEN2 return; load it on its own.", "unknown_source")
            table = read_table(opened, asked.secret)
            if table.shape.name in read:
                other = read[table.shape.name][0].path.name
                raise InputRejected(f"{part.path.name} and {other} both hold the SEN2 table {table.shape.name}; name one return.", "duplicate_table")
            read[table.shape.name] = (part, table)
        tables = {name: table for name, (_, table) in read.items()}
        mains = _mains(tables, asked)
        census = census_of(tables, asked.standing, asked.today, "the files" if len(parts) > 1 else parts[0].path.name)
    except InputRejected as error:
        told = error.message if len(parts) == 1 or "The files" in error.message else f"The SEN2 files of this call are read together. {error.message}"
        found.rejected |= {part.order: InputRejected(told, error.code) for part in parts}
        return
    joined, sha256 = Joined(tables, census), _digest(parts)
    found.filled += [_filled(read[MAIN[name]][0], name, sha256, joined, asked) for name in mains]
    found.companions += _companions(read, mains, sha256)


def _mains(tables: dict[str, Table], asked: Asked) -> list[str]:
    """The sources that the tables can fill. InputRejected (companion_missing) naming the tables that a main table lacks."""
    mains = [name for name in asked.wanted if MAIN[name] in tables]
    files = ", ".join(table.file for table in tables.values())
    if not mains:
        wanted = " or ".join(dict.fromkeys(MAIN[name] for name in asked.wanted))
        raise InputRejected(f"There are no records to load without the table {wanted}; load its file together with {files}.", "companion_missing")
    lacking = {main: [name for name in WITH[main] if name not in tables] for main in dict.fromkeys(MAIN[name] for name in mains)}
    for main, names in lacking.items():
        if names:
            wanted = f"table{'s' * (len(names) > 1)} {', '.join(names)} of the same return"
            told = f"{tables[main].file} (the SEN2 table {main}) cannot be read without the {wanted}; load all the files together."
            raise InputRejected(told, "companion_missing")
    return mains


def _filled(part: Part, name: str, sha256: str, joined: Joined, asked: Asked) -> Filled:
    source, census = BUILD[name][0], joined.census
    profile = profile_name(census)
    keeping = keeping_of(source, profile, asked.standing.newest)
    return Filled(part.order, part.path, source, sha256, profile, census.year, keeping, partial(_read, joined, name, _told(census, keeping, asked.standing)))


def _read(joined: Joined, name: str, told: list[Warned], cancelled: Callable[[], bool]) -> Whole:
    whole = rows_of(joined, name, cancelled)
    return replace(whole, warnings=(*whole.warnings, *told))


def _told(census: Census, keeping: Keeping, standing: Standing) -> list[Warned]:
    told = []
    if census.inferred:
        text = f"The return does not say its year; by its dates it was read as the census of January {census.year}."
        told.append(Warned("census_year_inferred", None, text, 1))
    if census.year < standing.newest:
        text = f"The census of {census.year} is older than that of {standing.newest}, which is loaded"
        text += "; plans and placements that are there already stay as they are and count as duplicates." if keeping.only_new else "."
        told.append(Warned("older_year", None, text, 1))
    return told


def _companions(read: dict[str, tuple[Part, Table]], mains: Iterable[str], sha256: str) -> list[Companion]:
    filled: dict[str, list[str]] = {}
    for name in mains:
        filled.setdefault(MAIN[name], []).append(name)
    places = tuple(read[main][0].order for main in filled)
    with_files = " and ".join(f"{read[main][1].file} ({', '.join(names)})" for main, names in filled.items())
    found = []
    for name, (part, table) in read.items():
        if name in filled:
            continue
        text = f"Read together with {with_files}: {len(table):,} record{'' if len(table) == 1 else 's'} of the table {name}."
        if name == "person":
            text += " Names, UPN, ULN, postcode and the day of birth were not kept."
        warnings = [Warned("read_together", None, text, len(table))]
        if table.ragged:
            text = "Records with more or fewer cells than the header were left out."
            warnings.append(Warned("ragged", None, text, len(table.ragged), table.ragged[:20]))
        found.append(Companion(part.order, part.path, fingerprint(part.path), places, tuple(warnings)))
    return found


def _digest(parts: Sequence[Part]) -> str:
    """One fingerprint of the files read together, whatever their order: a change in any of them makes another batch."""
    each = sorted(fingerprint(part.path) for part in parts)
    return hashlib.sha256("".join(each).encode()).hexdigest()
