"""How like is a supplier's name to each setting's: the same, the same but for its kind, cut short, or sharing rare words."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from data.names import BODY, COMMON, KIND, Name, place_of

_TYPO = 88.0  # similarity in per cent at which two words are one, misspelt
_RARE_ENOUGH = 600  # a word in more settings than this does not bring candidates
_CANDIDATES = 30


@dataclass(frozen=True)
class Setting:
    urn: str
    text: str
    name: Name
    place: tuple[float, float] | None
    postcode: str
    opened: pd.Timestamp | None
    closed: pd.Timestamp | None

    def open_between(self, first: pd.Timestamp | None, last: pd.Timestamp | None) -> bool:
        """Whether it was open at any time from the first to the last payment."""
        closed_before = self.closed is not None and first is not None and self.closed < first
        opened_after = self.opened is not None and last is not None and self.opened > last
        return not (closed_before or opened_after)


@dataclass(frozen=True)
class Candidate:
    setting: Setting
    kind: str  # exact, core, cut, provider, similar
    likeness: float  # 0 to 1
    live: bool


class Register:
    """The settings, indexed by name and word."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.settings = [_setting(row) for row in frame.to_dict("records")]
        self.by_urn = {setting.urn: setting for setting in self.settings}
        self.by_core: dict[tuple[str, ...], list[Setting]] = defaultdict(list)
        self.by_word: dict[str, list[int]] = defaultdict(list)
        for number, setting in enumerate(self.settings):
            self.by_core[setting.name.core].append(setting)
            for word in set(setting.name.core):
                self.by_word[word].append(number)
        self._bodies = _bodies(frame)

    @cached_property
    def words(self) -> list[str]:
        return sorted(self.by_word)

    def weight(self, word: str) -> float:
        """Rarity of a word among the settings; words that many organisations share count little."""
        rarity = math.log((len(self.settings) + 1) / (len(self.by_word.get(word, ())) + 0.5))
        return max(rarity, 0.1) * (0.25 if word in COMMON or word in BODY or word in KIND else 1.0)

    def run_by(self, name: Name) -> set[str]:
        """URNs of the settings that a provider or group of that name runs."""
        return self._bodies.get(name.core, set())

    def like(self, word: str) -> dict[str, float]:
        """Words of the register that are this word, or this word misspelt, with their likeness."""
        if word in self.by_word:
            return {word: 1.0}
        if len(word) < 5:
            return {}
        return {found: score / 100 for found, score, _ in process.extract(word, self.words, scorer=fuzz.ratio, score_cutoff=_TYPO, limit=3)}


def _setting(row: dict[Any, Any]) -> Setting:
    east, north = row.get("easting"), row.get("northing")
    known = east is not None and north is not None and not pd.isna(east) and not pd.isna(north)
    postcode = "" if pd.isna(row.get("postcode")) else str(row.get("postcode"))
    place = (float(east) / 1000, float(north) / 1000) if known and east is not None and north is not None else place_of(postcode)
    text = str(row["setting_name"])
    return Setting(str(row["urn"]), text, Name(text), place, postcode.replace(" ", "").upper(), day(row.get("opened")), day(row.get("closed")))


def _bodies(frame: pd.DataFrame) -> dict[tuple[str, ...], set[str]]:
    """Providers and groups by name, with the settings each runs."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for column in ("provider", "provider_group"):
        if column in frame:
            named = frame[frame[column].notna()]
            for urn, body in zip(named["urn"], named[column], strict=True):
                found[Name(str(body)).core].add(str(urn))
    return dict(found)


def day(value: object) -> pd.Timestamp | None:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return pd.Timestamp(value)  # type: ignore[arg-type]


def candidates(register: Register, name: Name, first: pd.Timestamp | None, last: pd.Timestamp | None) -> list[Candidate]:
    """Settings that the name may mean, likeliest first: live ones before closed ones of the same likeness."""
    found: dict[str, Candidate] = {}
    for setting in register.by_core.get(name.core, []):
        exact = setting.name.words == name.words
        found[setting.urn] = Candidate(setting, "exact" if exact else "core", 1.0 if exact else 0.97, setting.open_between(first, last))
    for number, likeness in _similar(register, name).items():
        setting = register.settings[number]
        if setting.urn not in found:
            cut = name.is_start_of(setting.name)
            found[setting.urn] = Candidate(setting, "cut" if cut else "similar", 0.97 if cut else 0.9 * likeness, setting.open_between(first, last))
    run = register.run_by(name)
    if len(run) == 1 and not run & {urn for urn, c in found.items() if c.kind != "similar"}:
        (only,) = run
        setting = register.by_urn[only]
        found[only] = Candidate(setting, "provider", 0.9, setting.open_between(first, last))
    return sorted(found.values(), key=lambda c: (-c.likeness * (1.0 if c.live else 0.5), c.setting.urn))[:_CANDIDATES]


def _similar(register: Register, name: Name) -> dict[int, float]:
    """Setting number → share of the rarity-weighted words that both names have."""
    shared: dict[int, float] = defaultdict(float)
    mine = 0.0
    for word, alternatives in _word_matches(register, name):
        mine += max((register.weight(found) for found in alternatives), default=register.weight(word))
        for found, likeness in alternatives.items():
            if len(register.by_word[found]) <= _RARE_ENOUGH:
                for number in register.by_word[found]:
                    shared[number] += likeness * register.weight(found)
    best = sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:40]
    totals = {number: sum(register.weight(w) for w in register.settings[number].name.core) for number, _ in best}
    return {number: value / max(mine + totals[number] - value, value) for number, value in best}


def _word_matches(register: Register, name: Name) -> list[tuple[str, dict[str, float]]]:
    """Each word of the name with the register's words it may be; two words written as one there are joined, a cut last word completed."""
    words, matches, skip = name.core, [], False
    for i, word in enumerate(words):
        if skip:
            skip = False
            continue
        joined = word + words[i + 1] if i + 1 < len(words) else ""
        if joined in register.by_word and len(joined) >= 7:
            matches.append((joined, {joined: 1.0}))
            skip = True
        elif i == len(words) - 1 and name.may_be_cut and word not in register.by_word:
            matches.append((word, dict.fromkeys((w for w in register.words if len(word) >= 2 and w.startswith(word)), 0.9)))
        else:
            matches.append((word, register.like(word)))
    return matches
