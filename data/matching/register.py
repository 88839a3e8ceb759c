"""The settings and the wider register, indexed by name and word, so that a supplier's name finds the few that it may mean."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from data.domain import REFERENCE
from data.matching.names import Name, is_telling, place_of

_TYPO = 84.0  # similarity in per cent at which two words are one, misspelt
_RARE_ENOUGH = 700  # a word in more names than this does not bring candidates by itself
_CANDIDATES = 40
_NOT_LETTERS = re.compile(r"[^A-Z]+")
_UNSEEN = 7000  # names that a short list would need to show how rare its words are: measured on the 2018 register of special schools against GIAS
LEAST_SETTINGS, LEAST_REGISTER = 500, 25_000  # special schools, and open establishments, among which a council's suppliers may lie
LISTED = 0.4  # of suppliers, how many are single schools


@dataclass(frozen=True)
class Setting:
    """One establishment. `place` in km; `own` where the council lists it among its settings."""

    urn: str
    text: str
    name: Name
    place: tuple[float, float] | None
    postcode: str
    town: str
    opened: pd.Timestamp | None
    closed: pd.Timestamp | None
    own: bool
    kind: str = ""

    def open_between(self, first: pd.Timestamp | None, last: pd.Timestamp | None) -> bool:
        """Whether it was open at any time from the first to the last payment."""
        return not (self.closed_before(first) or (self.opened is not None and last is not None and self.opened > last))

    def closed_before(self, day: pd.Timestamp | None) -> bool:
        return self.closed is not None and day is not None and self.closed < day


class Register:
    """Settings and register together; of one URN in both, the council's own setting counts."""

    def __init__(self, settings: pd.DataFrame, register: pd.DataFrame | None = None) -> None:
        own = _settings(settings, own=True)
        known = {setting.urn for setting in own}
        others = [] if register is None else [setting for setting in _settings(register, own=False) if setting.urn not in known]
        self.settings = own + others
        self.number = {setting.urn: number for number, setting in enumerate(self.settings)}
        self.by_core: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.by_word: dict[str, list[int]] = defaultdict(list)
        for number, setting in enumerate(self.settings):
            self.by_core[setting.name.core].append(number)
            for word in set(setting.name.words):
                self.by_word[word].append(number)
        self._bodies = _bodies(settings)
        self._share = {True: LISTED / max(len(own), LEAST_SETTINGS), False: LISTED / max(len(others), LEAST_REGISTER)}
        self.coverage = min(1.0, len(others) / LEAST_REGISTER)

    @cached_property
    def words(self) -> list[str]:
        return sorted(self.by_word)

    def prior(self, setting: Setting) -> float:
        """The chance that a supplier is this setting, before its name, place and days are looked at."""
        return self._share[setting.own]

    def weight(self, word: str) -> float:
        """How much it proves that two names share a word: the logarithm of its rarity."""
        share = (len(self.by_word.get(word, ())) + 0.5) / (len(self.settings) + _UNSEEN)
        return -math.log(max(share, common_words().get(word, 0.0)))

    def run_by(self, name: Name) -> set[str]:
        """URNs of the settings that a provider or group of that name runs."""
        return self._bodies.get(name.core, set())

    def like(self, word: str) -> dict[str, float]:
        """Words of the register that are this word, or this word misspelt, with their likeness."""
        found = {word: 1.0} if word in self.by_word else {}
        if not found and len(word) >= 4 and not any(c.isdigit() for c in word):
            near = process.extract(word, self.words, scorer=fuzz.ratio, score_cutoff=_TYPO, limit=4)
            found = {other: score / 100 for other, score, _ in near}
        return found

    def candidates(self, name: Name) -> list[Setting]:
        """Settings that the name may mean by its words, at most a few dozen."""
        numbers = set(self.by_core.get(name.core, ()))
        numbers |= {self.number[urn] for urn in self.run_by(name)}
        shared: dict[int, float] = defaultdict(float)
        for word, likeness in self._wanted(name).items():
            found = self.by_word[word]
            if len(found) <= _RARE_ENOUGH:
                for number in found:
                    shared[number] += likeness * self.weight(word)
        best = sorted(shared.items(), key=lambda item: (-item[1], len(self.settings[item[0]].name.words), item[0]))[:_CANDIDATES]
        return [self.settings[number] for number in sorted(numbers | {number for number, _ in best})]

    def _wanted(self, name: Name) -> dict[str, float]:
        """The register's words by which to look: the name's own, misspelt ones, two written as one, one as two, a cut last word completed."""
        words, wanted = name.words, dict[str, float]()
        for i, word in enumerate(words):
            wanted |= self.like(word)
            if i + 1 < len(words) and (joined := word + words[i + 1]) in self.by_word and len(joined) >= 6:
                wanted[joined] = 1.0
            if i == len(words) - 1 and name.may_be_cut and word not in self.by_word and len(word) >= 3:
                wanted |= {w: 0.9 for w in self.words if w.startswith(word)}
            if word not in self.by_word and len(word) >= 8:
                wanted |= dict.fromkeys(self._halves(word), 0.9)
        return wanted

    def _halves(self, word: str) -> list[str]:
        pairs = ((word[:i], word[i:]) for i in range(3, len(word) - 2))
        return [part for pair in pairs if all(p in self.by_word for p in pair) for part in pair if is_telling(part)]


def _settings(frame: pd.DataFrame, *, own: bool) -> list[Setting]:
    """The rows as settings; columns that are not there are empty."""
    empty = [None] * len(frame)
    columns = {name: _plain(frame[name]) if name in frame else empty for name in ("town", "postcode", "establishment_type", "easting", "northing")}
    days = [[day(value) for value in _plain(frame[name])] if name in frame else empty for name in ("opened", "closed")]
    rows = zip(_plain(frame["urn"]), _plain(frame["setting_name" if own else "register_name"]), *columns.values(), *days, strict=True)
    return [_setting(*row, own=own) for row in rows]


def _setting(urn: Any, text: Any, town: Any, postcode: Any, kind: Any, east: Any, north: Any, opened: Any, closed: Any, *, own: bool) -> Setting:
    code = str(postcode or "")
    place = place_of(code) if east is None or north is None else (float(east) / 1000, float(north) / 1000)
    plain = _NOT_LETTERS.sub(" ", str(town or "").upper()).strip()
    return Setting(str(urn), str(text or ""), Name(str(text or "")), place, code.replace(" ", "").upper(), plain, opened, closed, own, str(kind or ""))


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Values with None for what is missing."""
    return list(column.astype(object).where(column.notna(), None))


def _bodies(frame: pd.DataFrame) -> dict[tuple[str, ...], set[str]]:
    """Providers and groups by name, with the settings each runs."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for column in ("provider", "provider_group"):
        if column in frame:
            named = frame[frame[column].notna()]
            for urn, body in zip(named["urn"], named[column], strict=True):
                found[Name(str(body)).core].add(str(urn))
    return dict(found)


@cache
def common_words() -> dict[str, float]:
    """Share of all establishments' names that have a word, for words in many of them: a short list of schools would show these as rare."""
    with (REFERENCE / "name_words.csv").open(encoding="utf-8", newline="") as f:
        return {row["word"]: float(row["share"]) for row in csv.DictReader(f)}


def day(value: object) -> pd.Timestamp | None:
    """A day, or None where there is none."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return pd.Timestamp(value)  # type: ignore[arg-type]
