"""The SEN2 files of one call taken together: all table files are one return, each XML message is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import InputRejected
from data.keeping import Keeping
from data.readers import Opened
from data.readers.guard import fingerprint
from data.sen2.assemble import BUILD, MAIN, WITH, Joined, rows_of
from data.sen2.census import Census, Standing, census_of, keeping_of, profile_name
from data.sen2.message import read_message
from data.sen2.outcome import Asked, Companion, Filled, Gathered
from data.sen2.tables import Step, Table, read_table, tables_of
from data.typed import Warned, Whole

START = 16_384
_READ = 0.7  # share of the work when all files are read, before their rows are made


@dataclass(frozen=True)
class File:
    """One file of a call that holds tables of a return. `order`: its place in the call; `open` reads it as far as its header."""

    order: int
    path: Path
    open: Callable[[], Opened]


@dataclass(frozen=True)
class Means:
    """How a return is read: `keep` takes the rows of a source from the file at a place, `step` hears the share done and may stop the work."""

    keep: Callable[[int, str, Whole], None]
    step: Step

    def part(self, begin: float, end: float) -> Step:
        """The step of a part of the work."""
        return lambda share: self.step(begin + (end - begin) * share)


def looks_like(start: bytes) -> bool:
    """Whether a file begins like a table of SEN2, as text that is not compressed: by its first `START` bytes."""
    return b"tableid" in start[:START].replace(b"\x00", b"").lower().replace(b"_", b"").replace(b" ", b"")


def gather_message(order: int, path: Path, asked: Asked, means: Means) -> Gathered:
    """Reads one XML message. A fault of it is its rejection; Cancelled as `means.step` says."""
    found = Gathered()
    try:
        tables = read_message(path, asked.secret, means.part(0, _READ))
        census = census_of(tables, asked.standing, asked.today, path.name)
        names = [name for name in asked.wanted if len(tables[MAIN[name]])]
        if not names:
            raise InputRejected(f"{path.name} holds no plans and no placements to load; export the return with them.", "header_only")
        joined, sha256 = Joined(tables, census), fingerprint(path)
    except InputRejected as error:
        return Gathered(rejected={order: error})
    _fill(found, dict.fromkeys(names, order), joined, sha256, asked, means)
    return found


def gather_tables(files: Sequence[File], asked: Asked, means: Means) -> Gathered:
    """Reads the tables of a call as one return. A fault of the whole rejects each of the files; Cancelled as `means.step` says."""
    read: dict[str, tuple[File, Table]] = {}
    try:
        for place, file in enumerate(files):
            _read_file(file, read, asked, means.part(_READ * place / len(files), _READ * (place + 1) / len(files)))
        tables = {name: table for name, (_, table) in read.items()}
        mains = _mains(tables, asked)
        census = census_of(tables, asked.standing, asked.today, "the files" if len(files) > 1 else files[0].path.name)
        sha256 = _digest(files)
        companions = _companions(read, mains)
    except InputRejected as error:
        return together_rejected([file.order for file in files], error)
    found = Gathered(companions=companions)
    _fill(found, {name: read[MAIN[name]][0].order for name in mains}, Joined(tables, census), sha256, asked, means)
    return found


def together_rejected(orders: Sequence[int], error: InputRejected) -> Gathered:
    """The rejection of every file of a return, of which one or the whole is at fault."""
    told = error.message if len(orders) == 1 or "The files" in error.message else f"The SEN2 files of this call are read together. {error.message}"
    return Gathered(rejected={order: InputRejected(told, error.code) for order in orders})


def _read_file(file: File, read: dict[str, tuple[File, Table]], asked: Asked, step: Step) -> None:
    for opened in tables_of(file.open()):
        table = read_table(opened, asked.secret, step)
        if table.shape.name in read:
            other = read[table.shape.name][1].file
            raise InputRejected(f"{table.file} and {other} both hold the SEN2 table {table.shape.name}; name one return.", "duplicate_table")
        read[table.shape.name] = (file, table)


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


def _fill(found: Gathered, orders: dict[str, int], joined: Joined, sha256: str, asked: Asked, means: Means) -> None:
    """Makes and keeps the rows of each source, one after the other, so that only one source's rows are held."""
    census, profile = joined.census, profile_name(joined.census)
    for place, (name, order) in enumerate(orders.items(), 1):
        keeping, refusal = keeping_of(BUILD[name][0], profile, asked.standing.newest), None
        try:
            whole = rows_of(joined, name)
            means.keep(order, name, replace(whole, warnings=(*whole.warnings, *_told(census, keeping, asked.standing))))
        except InputRejected as error:
            refusal = (error.message, error.code)
        found.filled.append(Filled(order, name, sha256, profile, census.year, keeping, refusal))
        means.step(_READ + (1 - _READ) * place / len(orders))


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


def _companions(read: dict[str, tuple[File, Table]], mains: Iterable[str]) -> list[Companion]:
    filled: dict[str, list[str]] = {}
    for name in mains:
        filled.setdefault(MAIN[name], []).append(name)
    places = tuple(dict.fromkeys(read[main][0].order for main in filled))
    with_files = " and ".join(f"{read[main][1].file} ({', '.join(names)})" for main, names in filled.items())
    found = []
    for name, (file, table) in read.items():
        if name in filled:
            continue
        text = f"Read together with {with_files}: {len(table):,} record{'' if len(table) == 1 else 's'} of the table {name}."
        if name == "person":
            text += " Names, UPN, ULN, postcode and the day of birth were not kept."
        warnings = [Warned("read_together", None, text, len(table))]
        if table.ragged:
            text = "Records with more or fewer cells than the header were left out."
            warnings.append(Warned("ragged", None, text, len(table.ragged), table.ragged[:20]))
        found.append(Companion(file.order, fingerprint(file.path), places, tuple(warnings)))
    return found


def _digest(files: Sequence[File]) -> str:
    """One fingerprint of the files read together, whatever their order: a change in any of them makes another batch."""
    each = sorted(fingerprint(file.path) for file in files)
    return hashlib.sha256("".join(each).encode()).hexdigest()
