"""Which source is this file, and which of its columns is which? Templates, synonyms, and mapping profiles for other exports.

A profile (reference/profiles/*.json) names its source, the header cells by which it is recognised, and for each column where its value comes
from: one column, the first non-empty of several (recorded row by row in `origin`), several columns collected into one, or a constant; and
optionally a map of values, with one for all others. What the keys of a profile mean is said in docs/sources.md.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from data.errors import InputRejected, WrongUsage
from data.published import PAGE_OF, PUBLISHED
from data.sources import SOURCES, Source

PROFILES = Path(__file__).parent / "reference" / "profiles"


@dataclass(frozen=True)
class Pick:
    """Where a column's text comes from: the first non-empty of `columns` (positions in the header), else `constant`; then `values` maps it.

    `otherwise` is what any text that `values` does not name becomes. `collected`: the texts of all `columns` that `values` names, joined by ";".
    """

    columns: tuple[int, ...] = ()
    constant: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    collected: bool = False


@dataclass(frozen=True)
class Mapping:
    """How a file's header becomes a source's columns. `ignored` are header cells that are not used.

    `keeps`: the columns that the file does not read are taken from the key's current version, so that a register does not wipe what a council added.
    """

    source: Source
    profile: str | None
    picks: dict[str, Pick]
    ignored: tuple[str, ...]
    keeps: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.source.columns if c.required and c.name not in self.picks)


@dataclass(frozen=True)
class Profile:
    """A saved mapping for another system's export. `header`: the cells it is known by, each one name or several of which one is enough."""

    name: str
    source: Source
    meaning: str
    header: tuple[tuple[str, ...], ...]
    columns: dict[str, dict[str, Any]]
    keeps: bool = False
    rest: bool = False  # the export has further columns that everybody knows are not read; they are not told one by one

    def fits(self, names: set[str]) -> bool:
        return all(any(normal(cell) in names for cell in cells) for cells in self.header)


def normal(header: str) -> str:
    """A header cell without case, spaces, underscores and punctuation: `Child ID`, `child_id` and `CHILD-ID` are one."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header).casefold())


@cache
def profiles() -> dict[str, Profile]:
    """The shipped mapping profiles by name."""
    found = {}
    for path in sorted(PROFILES.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        header = tuple((cell,) if isinstance(cell, str) else tuple(cell) for cell in document["header"])
        options = {name: bool(document.get(name)) for name in ("keeps", "rest")}
        found[path.stem] = Profile(path.stem, SOURCES[document["source"]], document["meaning"], header, document["columns"], **options)
    return found


def profile_named(name: str) -> Profile:
    """The profile of that name. WrongUsage when there is none."""
    if name not in profiles():
        raise WrongUsage(f"There is no mapping profile '{name}'; the profiles are {', '.join(profiles())}.", "unknown_profile")
    return profiles()[name]


def source_named(name: str) -> Source:
    """The source of that name. WrongUsage when there is none."""
    if name not in SOURCES:
        raise WrongUsage(f"There is no source '{name}'; the sources are {', '.join(SOURCES)}.", "unknown_source")
    return SOURCES[name]


def source_or_table(name: str) -> Source:
    """The source of that name, or the published table, which is read alike and kept elsewhere. WrongUsage when there is neither."""
    return PUBLISHED[name] if name in PUBLISHED else source_named(name)


@cache
def _names(source: str) -> dict[str, str]:
    """Normalised header or synonym → column; a column's own name wins over another's synonym."""
    columns = source_or_table(source).columns
    return {normal(s): c.name for c in columns for s in c.synonyms} | {normal(c.name): c.name for c in columns}


def template_mapping(source: Source, header: Iterable[str]) -> Mapping:
    """The mapping of a header that follows the template, synonyms included. InputRejected when two cells mean one column."""
    names, picks, ignored = _names(source.name), dict[str, Pick](), list[str]()
    first: dict[str, str] = {}
    for position, cell in enumerate(header):
        column = names.get(normal(cell))
        if column is None:
            ignored.append(cell.strip())
        elif column in picks:
            raise InputRejected(
                f"The columns '{first[column].strip()}' and '{cell.strip()}' both mean {column}; keep one of them, or load with a mapping profile.",
                "duplicate_header",
            )
        else:
            picks[column], first[column] = Pick((position,)), cell
    return Mapping(source, None, picks, tuple(cell for cell in ignored if cell))


def profile_mapping(profile: Profile, header: Iterable[str]) -> Mapping:
    """The mapping a profile makes of a header. InputRejected when the header lacks a column that the profile reads."""
    cells = list(header)
    positions = {normal(cell): i for i, cell in reversed(list(enumerate(cells)))}
    picks: dict[str, Pick] = {}
    for column, rule in profile.columns.items():
        pick = _pick(profile, rule, positions)
        if pick is not None:
            picks[column] = pick
    used = {position for pick in picks.values() for position in pick.columns}
    ignored = () if profile.rest else tuple(cell.strip() for i, cell in enumerate(cells) if i not in used and cell.strip())
    return Mapping(profile.source, profile.name, picks, ignored, profile.keeps)


def _pick(profile: Profile, rule: dict[str, Any], positions: dict[str, int]) -> Pick | None:
    """Where one column comes from; None for an optional one that the header lacks. `any`: the first of several names that the header has."""
    several = rule.get("any") or rule.get("collect") or ()
    wanted = [name for name in several if normal(name) in positions] or list(several[:1]) or rule.get("first") or ([rule["from"]] if "from" in rule else [])
    if "any" in rule:
        wanted = wanted[:1]
    absent = [name for name in wanted if normal(name) not in positions]
    if absent and rule.get("optional"):
        return None
    if absent:
        told = f"The profile {profile.name} reads a column '{absent[0]}' that this file does not have; add the column, or load the file without the profile."
        raise InputRejected(told, "column_missing")
    values = {normal(text): code for text, code in rule.get("values", {}).items()}
    return Pick(tuple(positions[normal(name)] for name in wanted), rule.get("constant"), values, rule.get("otherwise"), "collect" in rule)


def header_score(header: list[str]) -> int:
    """How well a record serves as a header: the columns known in the best fitting source, far more when nothing required is missing."""
    names = {normal(cell) for cell in header if cell.strip()}
    best = 1000 + len(names) if any(profile.fits(names) for profile in profiles().values()) else 0
    for source in SOURCES.values():
        known = {_names(source.name)[name] for name in names & set(_names(source.name))}
        complete = all(c.name in known for c in source.columns if c.required)
        if complete or len(known) >= 2:
            best = max(best, len(known) + (1000 if complete else 0))
    return best


def recognise(header: tuple[str, ...], source: Source | None = None, profile: Profile | None = None) -> Mapping:
    """The mapping for a file's header: the profile or source named, else the profile that fits, else the source whose template fits best.

    InputRejected: repeated header cells, a required column missing, another source's template, or no source recognised.
    """
    _expect_single(header)
    names = {normal(cell) for cell in header if cell.strip()}
    if profile:
        if source and source is not profile.source:
            raise WrongUsage(f"The profile {profile.name} is for {profile.source.name}, not {source.name}.", "profile_of_other_source")
        return profile_mapping(profile, header)
    fitting = [p for p in profiles().values() if p.fits(names) and (source is None or p.source is source)]
    if fitting:
        return profile_mapping(max(fitting, key=lambda p: len(p.header)), header)
    if source:
        mapping = template_mapping(source, header)
        return mapping if not mapping.missing else _reject_missing(mapping, header)
    return _best_template(header)


def _expect_single(header: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for cell in header:
        name = normal(cell)
        if name and name in seen:
            raise InputRejected(f"The column '{cell.strip()}' appears twice in the header; keep one of them.", "duplicate_header")
        seen.add(name)


def _best_template(header: tuple[str, ...]) -> Mapping:
    names = {normal(cell) for cell in header}
    known = {s.name: len({_names(s.name)[n] for n in names & set(_names(s.name))}) for s in SOURCES.values()}
    complete = [s for s in SOURCES.values() if _fits(s, names)]
    if complete:
        most = max(known[s.name] for s in complete)
        best = [s for s in complete if known[s.name] == most]
        if len(best) > 1:
            raise InputRejected(f"The header fits {' and '.join(s.name for s in best)} alike; name the source when you load the file.", "ambiguous_source")
        return template_mapping(best[0], header)
    for table in PUBLISHED.values():
        if _fits(table, names):
            told = f"This is a published table ({table.meaning}), not one of the council's own records; add it on the page {PAGE_OF[table.name]}."
            raise InputRejected(told, "published_table")
    nearest = max(SOURCES.values(), key=lambda s: known[s.name])
    if known[nearest.name] < 2:
        raise InputRejected(
            "The header is not that of a known source; start from a template (in Intake, or by the command template) or use a mapping profile.",
            "unknown_source",
        )
    return _reject_missing(template_mapping(nearest, header), header)


def _fits(source: Source, names: set[str]) -> bool:
    known = {_names(source.name)[name] for name in names & set(_names(source.name))}
    return all(c.name in known for c in source.columns if c.required)


def _reject_missing(mapping: Mapping, header: tuple[str, ...]) -> Mapping:
    others = [s.name for s in SOURCES.values() if s is not mapping.source and _fits(s, {normal(cell) for cell in header})]
    if others:
        raise InputRejected(f"This is a file of {others[0]}, not of {mapping.source.name}; load it as {others[0]}.", "another_source")
    several, lacking = "s" * (len(mapping.missing) > 1), ", ".join(mapping.missing)
    raise InputRejected(
        f"A file of {mapping.source.name} needs the column{several} {lacking}; add what is missing, or use a mapping profile.", "column_missing"
    )
