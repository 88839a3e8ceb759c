"""What a forecast assumes, and the levers that a person may move: each with unit, range, source and the reason why it was moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analytics.params import Parameter
from data.errors import WrongUsage

LONGEST_REASON = 300
HISTORY_YEARS = Parameter("history_years", 5, "years", 2, 10, "Assumption", "Exits are read from this many years before the as-at date")
ENTRY_YEARS = Parameter("entry_years", 3, "years", 1, 10, "Assumption", "New placements are drawn like those of the last few years, to follow change")
TREND_YEARS = Parameter("trend_years", 5, "years", 1, 10, "Assumption", "Level and trend of entries are read from this many years")
RECENCY = Parameter("recency", 0.75, "weight kept a year", 0.1, 1.0, "Assumption", "What a year says of entries to come counts for less the older it is")
TREND_SPREAD = Parameter("trend_spread", 0.05, "growth a year", 0.0, 0.5, "Assumption", "How far entries may be thought to grow or shrink before looking")
DRIFT = Parameter("entry_drift", 0.05, "coefficient of variation a year", 0.0, 0.5, "Assumption", "The level of entries wanders by this much more each year")
TREND_DAMPING = Parameter("trend_damping", 0.6, "share kept a year", 0.1, 1.0, "Assumption", "A trend loses strength: this share of it is left after a year")
SHOCK = Parameter("entry_shock", 0.05, "coefficient of variation", 0.0, 0.5, "Assumption", "All entries of a year vary together by at least this share")
FILL_SHARE = Parameter(
    "fill_share", 0.3, "share", 0.0, 1.0, "Assumption, for want of consultations", "Share of parent- or tribunal-named entries that a block could fill"
)
_PLAIN = "The records as they are"
LEVERS: dict[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("entry_rate", 1.0, "times the rate found", 0.0, 3.0, _PLAIN, "New children of every year from the first"),
        Parameter("growth_shock", 0.0, "share of a year's entries", -0.5, 1.0, _PLAIN, "More or fewer new children in the first year alone"),
        Parameter("maintained_places", 0.0, "places a year", 0.0, 2000.0, _PLAIN, "New children who take a maintained or mainstream place instead, a year"),
        Parameter("early_leavers", 0.0, "share a year", 0.0, 0.5, _PLAIN, "Children who leave at a year's end beside those who would anyway"),
    )
}
WORDS = {
    "entry_rate": "New children, times the rate found",
    "growth_shock": "More or fewer new children in the first year, share",
    "maintained_places": "Maintained or mainstream places taken instead, a year",
    "early_leavers": "Children who leave early, share a year",
    "fill_share": "Parent- and tribunal-named children a block could fill, share",
}


@dataclass(frozen=True)
class Closing:
    """A setting that holds nobody from 1 September of an academic year on; its children move to other settings."""

    urn: str
    from_ay: int
    reason: str


@dataclass(frozen=True)
class Levers:
    """Levers as they stand; those not named stand where the records put them. `fill_share` takes the place of what consultations show."""

    moved: Mapping[str, Parameter] = field(default_factory=dict)
    closing: tuple[Closing, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, tuple[float, str]], closing: tuple[Closing, ...] = ()) -> Levers:
        """Levers from value and reason by name; one that stands where it stood is left out.

        Raises WrongUsage for a lever there is not, a value outside its range, or a lever moved without a reason.
        """
        moved = {}
        for name, (value, reason) in values.items():
            lever = LEVERS.get(name, FILL_SHARE if name == "fill_share" else None)
            if lever is None:
                raise WrongUsage(f"'{name}' is not a lever; use {', '.join([*LEVERS, 'fill_share'])}.", "lever")
            if not lever.low <= value <= lever.high:
                raise WrongUsage(f"{WORDS[name]}: {value:g} is outside {lever.low:g} to {lever.high:g}; enter a value between.", "lever_range")
            if name == "fill_share" or value != lever.value:
                moved[name] = replace(lever, value=float(value), source="Moved by a person", reason=_reason(WORDS[name], reason))
        told = tuple(replace(c, reason=_reason(f"The closing of {c.urn}", c.reason)) for c in closing)
        return cls(moved, told)

    def value(self, name: str) -> float:
        """Where a lever stands."""
        return (self.moved.get(name) or LEVERS[name]).value

    @property
    def fill_share(self) -> float | None:
        """The fill share that a person entered; None where consultations speak."""
        return self.moved["fill_share"].value if "fill_share" in self.moved else None

    def to_json(self) -> list[dict[str, Any]]:
        """One record a lever moved or setting closed, with its reason."""
        moved = [{"lever": p.name, "value": p.value, "unit": p.unit, "reason": p.reason} for p in self.moved.values()]
        return moved + [{"lever": "closing", "urn": c.urn, "from_year": c.from_ay, "reason": c.reason} for c in self.closing]


def _reason(what: str, reason: str) -> str:
    told = " ".join(reason.split())
    if not told:
        raise WrongUsage(f"{what}: say why it is moved; a forecast shows the reason beside the number.", "no_reason")
    if len(told) > LONGEST_REASON:
        raise WrongUsage(f"{what}: the reason is longer than {LONGEST_REASON} characters; shorten it.", "reason_too_long")
    return told
