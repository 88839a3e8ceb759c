"""Why a setting is proposed, in words that a person can judge by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from data.matching.home import Home
from data.matching.names import BODY, Name

if TYPE_CHECKING:
    from data.matching.links import Link
    from data.matching.matcher import Meant

_NAMED = {"exact": "same name", "core": "same name but for the kind of place", "cut": "name cut short by the ledger", "provider": "name of its provider"}
_NEARLY = 0.05  # another setting with at least this chance is named as a rival


def reason(name: Name, judged: list[Meant], home: Home, run: set[str]) -> str:
    """Why the likeliest setting is proposed, or why none is; a phrase without a capital or full stop."""
    if len(run) > 1:
        return f"a body that runs {len(run)} of the settings"
    if not judged or judged[0].chance < 0.01:
        return "no setting of such a name" if not name.is_body else "reads like a group, trust, council or service"
    best, *others = judged
    parts = [_name_words(best), _day_words(best), *_place_words(best, home), *_rival_words(best, others), *_owner_words(best)]
    return "; ".join(part for part in parts if part)


def _name_words(best: Meant) -> str:
    if best.like.kind in _NAMED:
        said = _NAMED[best.like.kind]
    else:
        changed = [f"without {_listed(best.like.dropped)}"] if best.like.dropped else []
        changed += [f"with {_listed(best.like.added)}"] if best.like.added else []
        said = "name shared " + " and ".join(changed) if changed else "same words"
        said += ", spelt otherwise" if best.like.typos else ""
    return said


def _listed(words: tuple[str, ...]) -> str:
    return f"'{' '.join(words).title()}'"


def _day_words(best: Meant) -> str:
    if best.steps:
        return followed(best.steps)
    if not best.live:
        closed = best.setting.closed is not None and (best.setting.opened is None or best.setting.closed >= best.setting.opened)
        return f"closed {shown(best.setting.closed)}, before it was paid" if closed else f"opened {shown(best.setting.opened)}, after it was paid"
    return f"closed {shown(best.setting.closed)}" if best.setting.closed is not None else ""


def followed(steps: Sequence[Link]) -> str:
    """That a school closed and what came after it."""
    gone, goes_on = steps[0].predecessor, steps[-1].successor
    return f"formerly {gone.text} ({gone.urn}), closed {shown(gone.closed)}, followed by {goes_on.text} ({goes_on.urn}), {steps[-1].kind}"


def shown(day: pd.Timestamp | None) -> str:
    """A day as people write it."""
    return "on an unknown day" if day is None else f"{day:%d/%m/%Y}"


def _place_words(best: Meant, home: Home) -> list[str]:
    away = home.typical_km(best.setting)
    town = f"in {best.setting.town.title()}" if best.setting.town else ""
    if away is None:
        return [town]
    return [f"{town}{', ' if town else ''}{away:.0f} km from other settings you pay" if away >= 1 else f"{town}{', ' if town else ''}among settings you pay"]


def _rival_words(best: Meant, others: list[Meant]) -> list[str]:
    near = [one for one in others if one.chance >= _NEARLY * best.chance and one.chance > 0.01]
    if not near:
        same = any(one.like.kind == best.like.kind for one in others) and best.like.kind in ("exact", "core")
        return ["far from others of that name"] if same else ["only open school of that name"] if best.like.kind == "exact" and best.live else []
    named = ", ".join(f"{one.setting.text}{f' ({one.setting.town.title()})' if one.setting.town else ''}" for one in near[:2])
    return [f"or {named}{f' or {len(near) - 2} more' if len(near) > 2 else ''}"]


def _owner_words(best: Meant) -> list[str]:
    bodies = any(word in BODY for word in best.like.added)
    return ["may be an organisation that runs it"] if bodies or best.owner > best.chance else []
