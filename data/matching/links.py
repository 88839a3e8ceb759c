"""Which establishment followed one that closed: reopened under the same name, renamed on the same site, or another on the same site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from data.matching.names import BODY, KIND, PHASES, STYLE, Name
from data.matching.register import Setting

COLUMNS = ["predecessor_urn", "successor_urn", "kind", "confidence", "closed", "opened"]
BEFORE, AFTER = pd.Timedelta(days=31), pd.Timedelta(days=366)  # a successor opens from a month before to a year after the closing
CHANCES = {"reopened": 0.98, "renamed": 0.85, "same site": 0.5}
_FOLLOWED = ("reopened", "renamed")  # kinds that carry a name and a decision over
_DESIGNATION = KIND | STYLE | {"VILLAGE", "THE"}


@dataclass(frozen=True)
class Link:
    """One closed establishment and what followed it; `confidence` is the chance that it is the same school going on."""

    predecessor: Setting
    successor: Setting
    kind: str
    confidence: float


def links(settings: Iterable[Setting]) -> dict[str, Link]:
    """The likeliest successor of each closed establishment, by the predecessor's URN."""
    every = list(settings)
    opened = [s for s in every if s.opened is not None]
    by_site, by_name = _by(opened, lambda s: s.postcode), _by(opened, lambda s: (*_essence(s.name), _area(s)))
    closings = _by([s for s in every if s.closed is not None], lambda s: s.postcode)
    found: dict[str, Link] = {}
    for gone in every:
        if gone.closed is None:
            continue
        here = [s for s in by_site.get(gone.postcode, ()) if _follows(gone, s)] if gone.postcode else []
        named = [s for s in by_name.get((*_essence(gone.name), _area(gone)), ()) if _follows(gone, s) and _same_phase(gone, s)] if _area(gone) else []
        best = max(_links(gone, here, named, closings.get(gone.postcode, [])), key=lambda link: (link.confidence, link.successor.urn), default=None)
        if best:
            found[gone.urn] = best
    return found


def link_table(settings: Iterable[Setting]) -> pd.DataFrame:
    """The links as a table, one row a closed establishment that was followed: predecessor_urn, successor_urn, kind, confidence, closed, opened."""
    rows = [(x.predecessor.urn, x.successor.urn, x.kind, x.confidence, x.predecessor.closed, x.successor.opened) for x in links(settings).values()]
    return pd.DataFrame(rows, columns=COLUMNS)


def following(found: dict[str, Link], setting: Setting, last: pd.Timestamp | None) -> list[Link]:
    """The steps from a setting to the one that goes on under another URN by a day, where the links are safe enough to carry its name over."""
    steps: list[Link] = []
    while setting.closed_before(last):
        link = found.get(setting.urn)
        if link is None or link.kind not in _FOLLOWED or len(steps) > 5 or (last is not None and link.successor.opened and link.successor.opened > last):
            break
        steps.append(link)
        setting = link.successor
    return steps


def _links(gone: Setting, here: list[Setting], named: list[Setting], closings: list[Setting]) -> Iterator[Link]:
    for other in here:
        if _essence(other.name) == _essence(gone.name) and _same_phase(gone, other):
            yield Link(gone, other, "reopened", CHANCES["reopened"])
    for other in named:
        if other.town == gone.town or len(named) == 1:
            yield Link(gone, other, "reopened", 0.9)
    if not here:
        return
    with_it = [s for s in closings if s.closed is not None and gone.closed is not None and abs(s.closed - gone.closed) <= AFTER]
    alone = len(here) == 1 and len(with_it) == 1
    for other in here:
        akin = bool(set(_essence(other.name)) & set(_essence(gone.name)))
        if alone and (_same_phase(gone, other) or akin):
            yield Link(gone, other, "renamed", CHANCES["renamed"])
        elif alone or akin:
            yield Link(gone, other, "same site", CHANCES["same site"])


def _by(settings: Iterable[Setting], key: object) -> dict[object, list[Setting]]:
    found: dict[object, list[Setting]] = defaultdict(list)
    for setting in settings:
        found[key(setting)].append(setting)  # type: ignore[operator]
    return found


def _essence(name: Name) -> tuple[str, ...]:
    """The words of a name that stay when a school becomes an academy or changes its kind."""
    return tuple(sorted(w for w in name.words if w not in _DESIGNATION and w not in PHASES and w not in BODY)) or name.core


def _same_phase(one: Setting, other: Setting) -> bool:
    first, second = ({w for w in s.name.words if w in PHASES} for s in (one, other))
    return not first or not second or bool(first & second)


def _area(setting: Setting) -> str:
    return setting.postcode[:-3]


def _follows(gone: Setting, other: Setting) -> bool:
    if gone.closed is None or other.opened is None or other.urn == gone.urn:
        return False
    return gone.closed - BEFORE <= other.opened <= gone.closed + AFTER and (other.closed is None or other.closed > gone.closed)
