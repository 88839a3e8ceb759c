"""The bridge a second time: in exact fractions, by trying every order in which the causes can come. Written from docs/bridge.md alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from math import factorial

import pandas as pd

MIX = {"mix_need": "need", "mix_phase": "phase", "mix_residence": "residence", "mix_setting": "urn"}
NAMES = {"core": "price"}
COLUMNS = {"days": "years", "terms": "years_by_terms", "school_days": "years_by_school_days"}


@dataclass(frozen=True)
class Place:
    """A child at a setting in one period: pence by (part of the cost, spread), and the share of a year it was open, by spread."""

    child_id: str
    urn: str
    need: str = "ASD"
    phase: str = "secondary"
    residence: str = "day"
    fees: dict[tuple[str, str], int] = field(default_factory=dict)
    times: dict[str, Fraction] = field(default_factory=lambda: dict.fromkeys(COLUMNS, Fraction(1)))

    @property
    def cost(self) -> int:
        return sum(self.fees.values())

    @property
    def price(self) -> Fraction:
        return sum((Fraction(pence) / self.times[spread] for (_, spread), pence in self.fees.items() if self.times[spread]), Fraction(0))

    @property
    def time(self) -> Fraction:
        return Fraction(self.cost) / self.price if self.price else self.times["days"]


def frame(places: Iterable[Place]) -> pd.DataFrame:
    """The places as the read `bridge_period` gives them."""
    rows = []
    for p in places:
        who = {
            "child_id": p.child_id,
            "urn": p.urn,
            "setting_name": p.urn,
            "placements": p.child_id,
            "need": p.need,
            "phase": p.phase,
            "residence": p.residence,
        }
        times = {column: float(p.times[spread]) for spread, column in COLUMNS.items()}
        told = who | {"entry_date": pd.NaT, "leaving_date": pd.NaT} | times
        rows += [told | {"component": c, "spread": s, "cost_pence": pence} for (c, s), pence in p.fees.items()] or [
            told | {"component": None, "spread": None, "cost_pence": 0}
        ]
    columns = ["child_id", "urn", "setting_name", "placements", "need", "phase", "residence", "entry_date", "leaving_date", *COLUMNS.values()]
    typed = {"cost_pence": "int64"} | dict.fromkeys(COLUMNS.values(), "float64")
    return pd.DataFrame(rows, columns=[*columns, "component", "spread", "cost_pence"]).astype(typed)


def over_all_orders(causes: Sequence[str], worth: Callable[[frozenset[str]], Fraction]) -> dict[str, Fraction]:
    """What each cause adds to those before it, on average over every order."""
    added = dict.fromkeys(causes, Fraction(0))
    for order in permutations(causes):
        for place, cause in enumerate(order):
            added[cause] += worth(frozenset(order[: place + 1])) - worth(frozenset(order[:place]))
    return {cause: amount / factorial(len(causes)) for cause, amount in added.items()}


def reference(before: Sequence[Place], after: Sequence[Place]) -> dict[tuple[str, str], dict[str, Fraction]]:
    """Pence by child and setting, then by cause; causes of nothing may be absent."""
    old, new = ({(p.child_id, p.urn): p for p in side} for side in (before, after))
    pool = [*before, *after]
    found = {key: _stayed(old[key], new[key]) for key in old.keys() & new.keys()}
    left, came = ([p for key, p in side.items() if key not in other] for side, other in ((old, new), (new, old)))
    spans = [sum((p.time for p in side), Fraction(0)) / len(side) for side in (left, came) if side]
    usual = sum(spans, Fraction(0)) / len(spans) if spans else Fraction(0)
    for name, side, sign in (("left", left, -1), ("new", came, 1)):
        for p in side:
            parts = _against_average(p, pool, usual)
            found[p.child_id, p.urn] = {name if cause == "" else cause: sign * amount for cause, amount in parts.items()}
    return found


def _stayed(old: Place, new: Place) -> dict[str, Fraction]:
    keys = sorted(old.fees.keys() | new.fees.keys())

    def price(place: Place, other: Place, key: tuple[str, str]) -> Fraction:
        of = place if place.times[key[1]] else other
        return Fraction(of.fees.get(key, 0)) / of.times[key[1]] if of.times[key[1]] else Fraction(0)

    def worth(present: frozenset[str]) -> Fraction:
        return sum(
            (
                (new if "part_year" in present else old).times[key[1]]
                * (price(new, old, key) if NAMES.get(key[0], key[0]) in present else price(old, new, key))
                for key in keys
            ),
            Fraction(0),
        )

    return over_all_orders(["part_year", *sorted({NAMES.get(part, part) for part, _ in keys})], worth)


def _against_average(place: Place, pool: Sequence[Place], usual: Fraction) -> dict[str, Fraction]:
    def mean(causes: Iterable[str]) -> Fraction:
        like = [p for p in pool if all(getattr(p, MIX[cause]) == getattr(place, MIX[cause]) for cause in causes)]
        time = sum((p.time for p in like), Fraction(0))
        return sum((p.cost for p in like), Fraction(0)) / time if time else Fraction(0)

    means = {frozenset(cause for cause, bit in zip(MIX, f"{n:04b}", strict=True) if bit == "1"): Fraction(0) for n in range(16)}
    means = {some: mean(some) for some in means}

    def worth(present: frozenset[str]) -> Fraction:
        own = place.price - means[frozenset(MIX)] if "like" in present else Fraction(0)
        return (place.time if "part_year" in present else usual) * (means[present & frozenset(MIX)] + own)

    return {"": usual * means[frozenset()], **over_all_orders(["part_year", *MIX, "like"], worth)}
