"""Which setting does a supplier name in the ledger mean? A proposal each, with the chance that it is right and the reason in words.

For each setting that the name may mean: what its words say (likeness), where the ledger's other settings lie (home), and whether it was open
when it was paid. These make the chance of each against the others, against an organisation that runs it, and against a payee that is not listed.
A proposal is `automatic` only when it is safe without a person: the chance is high enough, and no rule speaks against it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from data.matching.home import Home
from data.matching.likeness import Likeness, likeness
from data.matching.links import Link, following, links
from data.matching.names import BESIDE, BODY, PHASES, Name, is_telling
from data.matching.reasons import reason
from data.matching.register import LISTED, Register, Setting, day

COLUMNS = ["supplier_name", "payments", "gbp", "urn", "setting_name", "confidence", "automatic"]
MORE = [*COLUMNS, "reason"]
SAFE = 0.8  # of hundredths, the least chance at which 98 of 100 automatic proposals were right on made-up ledgers (tests/matching_noise.py)
_COMPLETE = 0.5  # of England's open establishments, the share at which a register shows who shares a name
LEAST_CONFIDENCE = 0.15  # below this no setting is proposed
_CLOSED = 0.02  # a school closed before the first payment, that nothing followed
_NOT_YET = 0.005  # one that opened after the last
_FORMER = 0.3  # the ledger goes on writing a school's former name


@dataclass(frozen=True)
class Meant:
    """One setting that a name may mean. `steps`: from the setting that has the name to the one that goes on; `chance`: that it is right."""

    setting: Setting
    like: Likeness
    live: bool
    steps: tuple[Link, ...] = ()
    chance: float = 0.0
    owner: float = 0.0


def propose(suppliers: pd.DataFrame, settings: pd.DataFrame, register: pd.DataFrame | None = None) -> pd.DataFrame:
    """Which setting does each supplier name most likely mean?

    `suppliers`: one row a name, with supplier_name, payments, gbp, first_paid, last_paid, and where there is any, narrative. `settings`: one row
    a setting of the council, with urn and setting_name, and where known provider, provider_group, postcode, easting, northing (metres), opened,
    closed. `register`: one row an establishment of the wider register, with urn, register_name, and where known town, postcode, opened, closed.
    Answers one row a supplier, dearest first: supplier_name, payments, gbp, urn, setting_name (None where none is likely), confidence
    (the chance that the setting is right), automatic, and reason (in words, for a person).
    """
    return Matcher(settings, register).propose(suppliers)


class Matcher:
    """Settings and register, indexed once."""

    def __init__(self, settings: pd.DataFrame, register: pd.DataFrame | None = None) -> None:
        self.register = Register(settings, register)
        self.links = links(self.register.settings)

    def propose(self, suppliers: pd.DataFrame, decided: Mapping[str, str | None] | None = None) -> pd.DataFrame:
        """As `propose`. `decided`: supplier names that a person has decided on, with the URN; they tell where the ledger lies."""
        rows = suppliers.to_dict("records")
        found = [self.meant(row) for row in rows]
        sure = [self.register.settings[self.register.number[urn]] for urn in (decided or {}).values() if urn in self.register.number]
        home = Home.of([*(one[0].setting for one in map(_named, found) if len(one) == 1), *sure])
        answers = [self._answer(row, self.judged(row, some, home), home) for row, some in zip(rows, found, strict=True)]
        frame = pd.DataFrame(answers, columns=MORE, dtype=object).astype({"payments": int, "gbp": float, "automatic": bool, "confidence": float})
        return frame.sort_values(["gbp", "supplier_name"], ascending=[False, True], ignore_index=True)

    def following(self, urn: str | None, last: object) -> tuple[Link, ...]:
        """The steps from a setting that closed to the one that goes on by a day; none where it is open, not followed or not known."""
        number = self.register.number.get(urn or "")
        return () if number is None else tuple(following(self.links, self.register.settings[number], day(last)))

    def meant(self, row: dict[Any, Any]) -> list[Meant]:
        """Every setting that a name may mean, by its words and days; of those that follow one another, the one that goes on."""
        first, last = day(row["first_paid"]), day(row["last_paid"])
        hints = str(row.get("narrative") or "").upper()
        best: dict[str, Meant] = {}
        for form in Name(str(row["supplier_name"])).forms:
            for setting in self.register.candidates(form):
                steps = tuple(following(self.links, setting, last))
                now = steps[-1].successor if steps else setting
                one = Meant(now, likeness(self.register, form, setting, hints), now.open_between(first, last), steps)
                if now.urn not in best or _odds(one, first) > _odds(best[now.urn], first):
                    best[now.urn] = one
        return list(best.values())

    def judged(self, row: dict[Any, Any], found: list[Meant], home: Home) -> list[Meant]:
        """The same with their chances, likeliest first."""
        first = day(row["first_paid"])
        name = Name(str(row["supplier_name"]))
        weights, owners = [], []
        for one in found:
            prior = math.log(self.register.prior(one.setting) * home.weight(one.setting))
            weights.append(math.exp(min(prior + _odds(one, first), 50)))
            only = self.register.run_by(name) == {one.setting.urn}
            owners.append(0.0 if only else math.exp(min(prior + one.like.owner, 50)))
        whole = sum(weights) + max(owners, default=0.0) + 1 - LISTED
        judged = [replace(one, chance=w / whole, owner=o / whole) for one, w, o in zip(found, weights, owners, strict=True)]
        return sorted(judged, key=lambda one: (-one.chance, one.setting.urn))

    def _answer(self, row: dict[Any, Any], judged: list[Meant], home: Home) -> list[object]:
        start = [row["supplier_name"], int(row["payments"]), float(row["gbp"])]
        name = Name(str(row["supplier_name"]))
        run = self.register.run_by(name)
        if judged and len(run) == 1 and judged[0].setting.urn in run and judged[0].like.kind == "provider":
            return [*start, judged[0].setting.urn, judged[0].setting.text, 0.8, False, reason(name, judged, home, run)]
        if not judged or judged[0].chance < LEAST_CONFIDENCE:
            return [*start, None, None, round(judged[0].chance, 2) if judged else 0.0, False, reason(name, judged, home, run)]
        best = judged[0]
        shared = name.telling == 0 and self.register.coverage < _COMPLETE  # others of such a name may lie outside a short list
        safe = best.chance >= SAFE and best.live and len(run) <= 1 and not (shared or _doubtful(best) or _beside(best, judged[1:]))
        return [*start, best.setting.urn, best.setting.text, round(min(best.chance, 0.99), 2), safe, reason(name, judged, home, run)]


def _doubtful(one: Meant) -> bool:
    """Whether a name says something else: a body, a centre or college for a school, or several words (one perhaps misspelt) not the setting's."""
    said = set(one.like.added)
    telling = [word for word in (*one.like.added, *one.like.dropped) if is_telling(word)]
    return bool(said & BODY) or bool(said & BESIDE and "SCHOOL" in one.like.dropped) or len(telling) + one.like.typos > 1


def _beside(best: Meant, others: list[Meant]) -> bool:
    """Whether another open setting at the same address, for the same ages, bears the same telling words: the payee may be what runs both."""
    words, ages = {word for word in best.setting.name.core if is_telling(word)}, _ages(best)
    same = [o for o in others if o.live and o.setting.postcode == best.setting.postcode != "" and words <= set(o.setting.name.core)]
    return any(not ages or not _ages(o) or ages & _ages(o) for o in same)


def _ages(one: Meant) -> set[str]:
    return {word for word in one.setting.name.words if word in PHASES}


def _named(found: list[Meant]) -> list[Meant]:
    """The open settings that have just the name: where there is one alone, it tells where the ledger lies."""
    return [one for one in found if one.like.kind in ("exact", "core", "cut") and one.live]


def _odds(one: Meant, first: pd.Timestamp | None) -> float:
    """Logarithm of the odds by name and days."""
    when = 1.0 if one.live else _CLOSED if one.setting.closed_before(first) else _NOT_YET
    return one.like.odds + math.log(when * (_FORMER if one.steps else 1.0))
