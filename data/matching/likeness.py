"""How much a supplier's name speaks for a setting: words shared, by their rarity, against words dropped, added, cut and misspelt.

The measure is a logarithm of odds: how much likelier a ledger writes this name for the setting than for some other payee (Fellegi and Sunter 1969).
The chances below say how ledgers write names; they are judgements, tried on names spoilt on purpose (docs/matching.md), not on real ledgers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from data.matching.names import BESIDE, BODY, KIND, PHASES, STYLE, Name, is_telling
from data.matching.register import Register, Setting

SCHOOL_WORDS = frozenset({"SCHOOL", "ACADEMY", "COLLEGE", "NURSERY", *PHASES})
_LITTLE = frozenset({"A", "AND", "AT", "FOR", "IN", "OF", "WITH"})
_SCHOOLISH_ELSEWHERE = (0.6, 0.1)  # payees not listed whose name has a word for a school: where the register is short, where it is complete
_TYPO, _PREFIX, _JOINED, _CUT = 0.03, 0.05, 0.2, 0.6
_SAME_PHASE = 0.02  # one word for an age stands where another is expected: infant for primary
_OTHER_PHASE = 0.0005
_ADDED_BODY_OF_OWNER, _NO_BODY_OF_OWNER = 0.9, 0.02
_OWNERS = 0.3  # payees that own a school of such a name, for each that is the school
_JUST_SO = 3.0  # a name written just as a complete register has it: measured on made-up ledgers, beyond what its words say
_POSTCODE, _TOWN = math.log(300), math.log(20)


@dataclass(frozen=True)
class Likeness:
    """`odds` are natural logarithms: for the setting itself, and for an organisation that runs it. `kind`: exact, core, cut, provider, similar."""

    kind: str
    odds: float
    owner: float
    typos: int
    dropped: tuple[str, ...]
    added: tuple[str, ...]


@cache
def _chance(word: str, *, added: bool) -> float:
    """The chance that a ledger leaves a word of the setting's name out, or adds one to it."""
    if word in BODY:
        return 0.01 if added else 0.15
    if word in _LITTLE:
        return 0.5
    if word in BESIDE or word == "ACADEMY":
        return 0.03 if added else 0.2
    if word in PHASES:
        return 0.02 if added else 0.05
    if word in KIND:
        return 0.15 if added else 0.4
    if word in STYLE:
        return 0.15 if added else 0.2
    if is_telling(word):
        return 0.01 if added else 0.015
    return 0.03


def likeness(register: Register, name: Name, setting: Setting, hints: str = "") -> Likeness:
    """What a name says for a setting; `hints`: further text of the payments, in which a town or postcode may stand."""
    pairs, dropped, added, typos, odds = _aligned(register, name, setting)
    town = set(setting.town.split())
    odds += sum(register.weight(word) for word in pairs)
    if set(name.words) & SCHOOL_WORDS:
        short, complete = _SCHOOLISH_ELSEWHERE
        odds -= math.log(complete * register.coverage + short * (1 - register.coverage))
    ages = {PHASES[w] for w in dropped if w in PHASES}, {PHASES[w] for w in added if w in PHASES}
    if all(ages):
        odds += math.log(_SAME_PHASE if ages[0] & ages[1] else _OTHER_PHASE)
    plain = odds + sum(math.log(0.1 if w in town else _chance(w, added=True)) for w in added if not (w in BODY or (all(ages) and w in PHASES)))
    odds = plain + sum(math.log(0.2 if w in town else _chance(w, added=False)) for w in dropped if not (all(ages) and w in PHASES))
    bodies = [w for w in added if w in BODY]
    odds += sum(math.log(_chance(w, added=True)) for w in bodies)
    odds += _TOWN if setting.town and f" {setting.town} " in f" {hints} " else 0.0
    if setting.postcode and setting.postcode in (name.postcode, hints.replace(" ", "")):
        odds += _POSTCODE
    kind = _kind(register, name, setting)
    odds += math.log(1 + (_JUST_SO - 1) * register.coverage) if kind == "exact" else 0.0
    return Likeness(kind, odds, _owner(name, setting, plain, bodies), typos, dropped, added)


def _owner(name: Name, setting: Setting, plain: float, bodies: list[str]) -> float:
    """The odds that the payee runs the setting and is not itself it: a word for a body speaks for that, words for a school that are lacking do not."""
    said = _ADDED_BODY_OF_OWNER if bodies else 0.5 if name.is_body else _NO_BODY_OF_OWNER
    return plain + math.log(_OWNERS * said)


def _kind(register: Register, name: Name, setting: Setting) -> str:
    if name.words == setting.name.words:
        return "exact"
    if name.core == setting.name.core:
        return "core"
    if name.is_start_of(setting.name):
        return "cut"
    return "provider" if setting.urn in register.run_by(name) else "similar"


def _aligned(register: Register, name: Name, setting: Setting) -> tuple[list[str], tuple[str, ...], tuple[str, ...], int, float]:
    """Words of the setting's name that the supplier's has, those it lacks, words it adds, how many are misspelt, and the odds of such slips."""
    mine, theirs = list(name.words), list(setting.name.words)
    pairs: list[str] = []
    for word in list(mine):
        if word in theirs:
            pairs.append(word)
            mine.remove(word)
            theirs.remove(word)
    typos, odds = 0, 0.0
    if name.may_be_cut and mine and mine[-1] == name.words[-1]:
        whole = next((w for w in theirs if w.startswith(mine[-1])), None)
        if whole:
            pairs.append(whole)
            theirs.remove(whole)
            mine.pop()
            odds += math.log(_CUT)
    for split, joined in ((mine, theirs), (theirs, mine)):
        odds += _join(split, joined, pairs, known=theirs)
    for word in list(mine):
        best = max(theirs, key=lambda other: fuzz.ratio(word, other), default=None)
        slip = _slip(word, best) if best else 0.0
        if best and slip:
            pairs.append(best)
            mine.remove(word)
            theirs.remove(best)
            odds += math.log(slip)
            typos += 1
    if name.is_start_of(setting.name):
        theirs = []  # the ledger had no room for the rest
    elif name.may_be_cut:
        theirs = _before_the_cut(setting.name.words, pairs, theirs)
    return pairs, tuple(theirs), tuple(mine), typos, odds


def _before_the_cut(words: tuple[str, ...], pairs: list[str], lacking: list[str]) -> list[str]:
    """Of the words that the supplier's name lacks, those before the last one it has."""
    last = max((i for i, word in enumerate(words) if word in pairs), default=len(words))
    return [word for word in lacking if word in words[:last]]


def _join(split: list[str], joined: list[str], pairs: list[str], known: list[str]) -> float:
    """Two words of one name that the other writes as one become a pair; answers the odds."""
    odds = 0.0
    for first, second in zip(list(split), list(split)[1:], strict=False):
        if first + second in joined and first in split and second in split:
            joined.remove(first + second)
            split.remove(first)
            split.remove(second)
            pairs.extend([first, second] if split is known else [first + second])
            odds += math.log(_JOINED)
    return odds


def _slip(word: str, other: str) -> float:
    """The chance of writing `word` for `other`; 0 where they are two words."""
    if min(len(word), len(other)) >= 3 and other.startswith(word) and is_telling(other):
        return _PREFIX
    if min(len(word), len(other)) >= 4 and fuzz.ratio(word, other) >= 78 and not any(c.isdigit() for c in word + other):
        return _TYPO
    return 0.0
