"""The tables of a SEN2 return: how each is known, which columns are read, and the child's pseudonym in place of everything that names it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from data.cells import Fault, clean, from_1904, read_month
from data.errors import InputRejected
from data.profiles import normal
from data.readers import Opened


@dataclass(frozen=True)
class Shape:
    """One table. `key` its own id, `parent` the table it belongs to, `needs` the columns it cannot do without, `reads` further ones; all else is dropped."""

    name: str
    key: str
    parent: str | None
    needs: tuple[str, ...]
    reads: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.key, *self.needs, *self.reads)))


_DETAIL = ("urn", "ukprn", "sensetting", "placementrank", "leavingdate", "res")
SHAPES = {
    shape.name: shape
    for shape in (  # the deepest first: a table holds its parents' ids as well
        Shape("senneed", "senneedtableid", "activeplans", ("activeplanstableid", "sentype"), ("sentyperank",)),
        Shape("placementdetail", "placementdetailtableid", "activeplans", ("activeplanstableid", "entrydate"), _DETAIL),
        Shape("plandetail", "plandetailtableid", "namedplan", ("namedplantableid",)),
        Shape("namedplan", "namedplantableid", "assessment", ("assessmenttableid", "startdate"), ("ceasedate", "ceasereason")),
        Shape("assessment", "assessmenttableid", "requests", ("assessmenttableid", "requeststableid"), ("assessmentoutcomedate",)),
        Shape("activeplans", "activeplanstableid", "requests", ("activeplanstableid", "requeststableid"), ("res", "lastreview")),
        Shape("requests", "requeststableid", "person", ("requeststableid", "persontableid"), ("receiveddate", "requestoutcomedate")),
        Shape("person", "persontableid", None, ("persontableid", "personbirthdate"), ("sourceid",)),
        Shape("sen2", "sen2tableid", None, (), ("collection", "year", "referencedate", "lea")),
    )
}
LEAVES = {"senneed": {"activeplanstableid", "sentype"}, "placementdetail": {"activeplanstableid", "entrydate"}}  # known without an id of their own
NAMING = ("upn", "uniquelearnernumber", "surname", "forename", "postcode", "personbirthdate")  # read to make the pseudonym, then dropped
HAPPENED = ("receiveddate", "requestoutcomedate", "assessmentoutcomedate", "startdate", "ceasedate", "lastreview", "entrydate", "leavingdate")
DAYS = (*HAPPENED, "personbirthdate", "referencedate")
NO_DAY = "not a date"  # stands for a birth date that cannot be read, so that no part of it is kept
_UPN = re.compile(r"[A-Z]\d{11}[0-9A-Z]", re.IGNORECASE)
_BLADE = re.compile(r"(\d{4}-[A-Za-z]{3,9}-\d{1,2})( 00:00:00)?")  # as COLLECT's export writes a day: 2022-Sep-28 00:00:00

FILLED = ("plans", "placements", "sen2")  # the sources that a return fills

Step = Callable[[float], None]  # hears the share read; raises Cancelled when asked to stop


@dataclass
class Table:
    """The records of one table as columns of text. `lines`: where each record begins in its file; `ragged`: lines of records that could not be read."""

    shape: Shape
    file: str
    columns: dict[str, list[str]]
    lines: list[int] = field(default_factory=list)
    ragged: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        return self.columns.get(name) or [""] * len(self.lines)


def shape_of(header: Iterable[str]) -> Shape | None:
    """The table whose header this is, None when it is no table of a SEN2 return."""
    names = {normal(cell) for cell in header}
    for name in ("senneed", "placementdetail", "plandetail"):
        if SHAPES[name].key in names:
            return SHAPES[name]
    for name, marks in LEAVES.items():
        if marks <= names:
            return SHAPES[name]
    return next((shape for shape in SHAPES.values() if shape.key in names), None)


def may_fill(source: str | None, profile: object) -> bool:
    """Whether a call that names this source and profile, or none, takes the files of a return."""
    return not profile and source in (None, *FILLED)


def tables_of(opened: Opened) -> tuple[Opened, ...]:
    """The tables of a return in a file: of a workbook every sheet that is one. InputRejected when there is none."""
    found = tuple(one for one in (opened, *opened.siblings) if shape_of(one.header))
    if not found:
        raise InputRejected(f"{opened.name} is not a table of a SEN2 return.", "unknown_source")
    return found


def read_table(opened: Opened, secret: bytes, step: Step = lambda _share: None) -> Table:
    """A table of a return. InputRejected when a column that it needs is missing, or as reading says."""
    shape = shape_of(opened.header)
    name_of_file = f"{opened.name} (sheet '{opened.part}')" if opened.part else opened.name
    if shape is None:
        raise InputRejected(f"{name_of_file} is not a table of a SEN2 return.", "unknown_source")
    at = {normal(cell): i for i, cell in reversed(list(enumerate(opened.header)))}
    lacking = [name for name in shape.needs if name not in at]
    if lacking:
        raise InputRejected(
            f"{name_of_file} holds the SEN2 table {shape.name} without {', '.join(lacking)}; export the table with all its columns.", "column_missing"
        )
    wanted = [name for name in (*shape.columns, *(NAMING if shape.name == "person" else ())) if name in at]
    columns: dict[str, list[str]] = {name: [] for name in wanted}
    lines: list[int] = []
    ragged: list[int] = []
    for block in opened.blocks():
        for name in columns:
            cells = block.columns[at[name]].to_pylist()
            columns[name] += map(from_1904, cells) if opened.from_1904 and name in DAYS else cells
        lines += block.lines.tolist()
        ragged += [line for line, _ in block.ragged]
        step(block.share)
    if shape.name == "person":
        columns = _without_names(columns, len(lines), secret)
    return Table(shape, name_of_file, columns, lines, tuple(ragged))


def _without_names(columns: Mapping[str, list[str]], count: int, secret: bytes) -> dict[str, list[str]]:
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
    people = [unnamed(row, secret) for row in rows]
    return chosen_references([*columns["persontableid"]] if count else [], people)


def unnamed(person: Mapping[str, str], secret: bytes) -> dict[str, str]:
    """What is kept of a person: references that name nobody, and the month of birth.

    A reference that is the child's UPN, ULN, name, postcode or birth date is replaced by a keyed digest of it: the same child has the same one again.
    """
    named = {person.get(name, "").strip().casefold() for name in NAMING} - {""}

    def safe(text: str) -> str:
        text = text.strip()
        return _digest(text, secret) if text and (text.casefold() in named or _UPN.fullmatch(text)) else text

    own = safe(person.get("persontableid", ""))
    if not own:
        alone = "|".join(person.get(name, "") for name in ("surname", "forename", "personbirthdate"))
        identity = person.get("upn") or person.get("uniquelearnernumber") or alone
        own = _digest(identity.strip().casefold(), secret) if identity.strip("| ") else ""
    return {"own": own, "source": safe(person.get("sourceid", "")), "birth_month": month_of(person.get("personbirthdate", ""))}


def chosen_references(ids: list[str], people: list[dict[str, str]]) -> dict[str, list[str]]:
    """The person table as kept: its ids, the child's reference, the month of birth.

    The reference is `sourceid` where every person has one of their own, else the person's id in the return.
    """
    sources = [person["source"] for person in people]
    name = "source" if all(sources) and len(set(sources)) == len(sources) > 1 else "own"
    return {"persontableid": ids, "child_id": [person[name] for person in people], "birth_month": [person["birth_month"] for person in people]}


def _digest(text: str, secret: bytes) -> str:
    return "S" + hmac.new(secret, text.casefold().encode(), hashlib.sha256).hexdigest()[:16]


def month_of(text: str) -> str:
    """YYYY-MM of a birth date; a text that is no date becomes a fixed word, never itself."""
    if not text.strip():
        return ""
    try:
        return read_month(clean(day_of(text)))
    except Fault:
        return NO_DAY


def day_of(text: str) -> str:
    """A day as COLLECT's export writes it (2022-Sep-28 00:00:00), turned so that it is read like any other; other texts as they are."""
    found = _BLADE.fullmatch(text.strip())
    if not found:
        return text
    year, month, day = found[1].split("-")
    return f"{day} {month} {year}"
