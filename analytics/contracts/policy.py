"""What a person may choose or question before places are sized: defaults, overrides by lot and by setting, each with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from analytics.contracts.reading import Reader
from analytics.params import Parameter
from data.domain import PHASES, Lot
from data.errors import InputRejected

DESIGN = "Product default, docs/demand.md"
ASSUMED = "Assumption"


def _parameters(*found: Parameter) -> dict[str, Parameter]:
    return {p.name: p for p in found}


PARAMETERS: dict[str, Parameter] = _parameters(
    Parameter("years", 3, "years", 1, 10, DESIGN, "A block contract commonly runs three years"),
    Parameter("uplift", 0.03, "share a year", -0.2, 0.5, "Kent's mean cost grew 3.0% a year, 2020/21 to 2024/25", "Fees rise each September"),
    Parameter(
        "rate", round(1.035 * 1.02 - 1, 6), "share a year", 0, 0.5, "HM Treasury Green Book 3.5% real; CPI target 2%", "Prices are nominal, so the rate is too"
    ),
    Parameter("fixed", 9_000, "£ a year and contract", 0, 1e6, ASSUMED, "Staff time to let and manage a block contract"),
    Parameter("max_share", 0.25, "share of places", 0, 1, ASSUMED, "No setting should hold more than a quarter of contracted places"),
    Parameter("lambda", 0.25, "weight", 0, 1, ASSUMED, "Weight on the worst futures against the average"),
    Parameter("alpha", 0.9, "share", 0, 0.999, ASSUMED, "The worst futures are the dearest tenth"),
    Parameter("draws", 200, "draws", 1, 5_000, DESIGN, "Futures drawn; places expected are their average"),
    Parameter("scenarios", 30, "draws", 1, 5_000, "Measured: what is solved to proof", "Draws the optimiser sees, spread evenly from fewest to most children"),
    Parameter("seed", 1, "number", 0, 1_000_000, DESIGN, "The same seed gives the same futures"),
    Parameter("over_price_factor", 1.35, "times", 1, 5, ASSUMED, "A place out of area costs this many times the lot's dearest list price"),
    Parameter("travel_range_km", 40, "km", 1, 500, ASSUMED, "Straight line from the area's centre, for day places; about an hour and a quarter by road"),
    Parameter("spare_places", 10, "places", 0, 1_000, ASSUMED, "Room above the most places held, where a setting has not said what it offers"),
    Parameter("offer_years", 2, "years", 0, 10, DESIGN, "A setting is asked where it had a child of the lot this recently"),
    Parameter("held_years", 3, "years", 1, 10, DESIGN, "The most places held is looked for this far back"),
    Parameter("least_for_median", 3, "placements", 1, 50, DESIGN, "Below this a setting's own median says too little, so the benchmark speaks"),
    Parameter("pool_below", 5, "children", 0, 100, DESIGN, "Smaller lots are pooled, need first, then area"),
    Parameter("max_providers", 10, "settings", 1, 500, "Measured: what is solved to proof", "Settings a block is considered at"),
    Parameter("max_offers", 20, "offers", 1, 2_000, "Measured: what is solved to proof", "Offers a block is considered for"),
    Parameter("entry_years", 3, "years", 1, 10, ASSUMED, "New placements are drawn like those of the last few years, to follow change"),
    Parameter("void_share", 1, "share of the price", 0, 1, ASSUMED, "What an empty place costs"),
    Parameter("grace_weeks", 0, "weeks", 0, 52, ASSUMED, "Weeks a place may stand empty before it is charged"),
    Parameter("min_occupancy", 1, "share of blocked places", 0, 1, ASSUMED, "Empty places are charged only below this"),
)
_WHOLE = {"years", "draws", "scenarios", "seed", "spare_places", "offer_years", "held_years", "least_for_median", "max_providers", "max_offers", "entry_years"}
TIERS = ((3, 0.04), (8, 0.07), (15, 0.10))  # assumption: no published discount schedule was found; ask each provider
_OFFER_NUMBERS = {
    **{name: (PARAMETERS[name].low, PARAMETERS[name].high) for name in ("void_share", "grace_weeks", "min_occupancy")},
    "flex_fee": (0.0, 1e6),
    "flex_disc": (0.0, 1.0),
    "max_block": (0.0, 10_000.0),
    "max_flex": (0.0, 10_000.0),
    "spot_available": (0.0, 1.0),
}
_URN_NUMBERS = {"capacity": (0.0, 100_000.0), "quality": (-1e9, 1e9), "fixed": (0.0, 1e6), "list": (0.0, 1e6)}
_LOT_NUMBERS = {"over_price": (0.0, 1e7), "over_price_factor": (1.0, 5.0)}


def _default(name: str) -> float:
    return PARAMETERS[name].value


def _whole(name: str) -> int:
    return int(PARAMETERS[name].value)


@dataclass(frozen=True)
class Policy:
    """How places are to be sized. Defaults are `PARAMETERS`; `lots` and `urns` override them by lot id and by setting.

    A setting's override counts before a lot's, a lot's before the default. `existing_fill_blocks`: today's children may stay in
    their places under a block (otherwise only those already bought by block do).
    """

    years: int = _whole("years")
    uplift: float = _default("uplift")
    rate: float = _default("rate")
    fixed: float = _default("fixed")
    max_share: float = _default("max_share")
    risk_weight: float = _default("lambda")
    alpha: float = _default("alpha")
    draws: int = _whole("draws")
    scenarios: int = _whole("scenarios")
    seed: int = _whole("seed")
    over_price_factor: float = _default("over_price_factor")
    travel_range_km: float = _default("travel_range_km")
    spare_places: int = _whole("spare_places")
    offer_years: int = _whole("offer_years")
    held_years: int = _whole("held_years")
    least_for_median: int = _whole("least_for_median")
    pool_below: float = _default("pool_below")
    max_providers: int = _whole("max_providers")
    max_offers: int = _whole("max_offers")
    entry_years: int = _whole("entry_years")
    void_share: float = _default("void_share")
    grace_weeks: float = _default("grace_weeks")
    min_occupancy: float = _default("min_occupancy")
    tiers: tuple[tuple[int, float], ...] = TIERS
    existing_fill_blocks: bool = True
    min_quality: float | None = None
    phase: str | None = None
    area: str | None = None  # "all" for every area
    builds: tuple[Mapping[str, Any], ...] = ()
    cvar_budget: Mapping[str, float] | None = None
    chance_budget: Mapping[str, float] | None = None
    lots: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    urns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    locks: Mapping[str, int] = field(default_factory=dict)  # guaranteed places of a setting that a person has fixed

    def of(self, name: str, urn: str = "", lot: str = "") -> Any:
        """What holds for `name` at a setting and lot: the setting's override, else the lot's, else the default (None where there is none)."""
        for overrides in (self.urns.get(urn, {}), self.lots.get(lot, {})):
            if overrides.get(name) is not None:
                return overrides[name]
        return getattr(self, name, None)

    @classmethod
    def from_json(cls, doc: object) -> Policy:
        """The policy that a JSON object of defaults and overrides describes; what it does not name keeps its default.

        Raises InputRejected (exit 3) with one sentence a fault.
        """
        read = Reader()
        top = read.record(doc, "The policy", [*PARAMETERS, *_OTHERS])
        known: dict[str, Any] = {_FIELD.get(k, k): _number(read, top, k, "The policy") for k in PARAMETERS if top.get(k) is not None}
        for name, reader in _OTHERS.items():
            if top.get(name) is not None:
                known |= reader(read, top, name)
        faults = [*read.faults, *read.notes]
        if faults:
            raise InputRejected("The policy cannot be used. " + " ".join(faults), "unreadable_policy")
        return replace(cls(), **known)

    @classmethod
    def read(cls, path: Path) -> Policy:
        """The policy in a JSON file. Raises InputRejected when it is not there or is not JSON."""
        try:
            doc = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as e:
            raise InputRejected(f"The policy {path.name} cannot be read as JSON: {e}.", "unreadable_policy") from e
        return cls.from_json(doc)

    def to_json(self) -> dict[str, Any]:
        """The policy as `from_json` reads it."""
        doc = asdict(self)
        doc["lambda"] = doc.pop("risk_weight")
        for holder in (doc, *doc["urns"].values()):
            if "tiers" in holder:
                holder["tiers"] = [{"min": least, "disc": disc} for least, disc in holder["tiers"]]
        doc["builds"] = [dict(b) for b in self.builds]
        return {k: v for k, v in doc.items() if v is not None}


_FIELD = {"lambda": "risk_weight"}


def _number(read: Reader, doc: dict[str, Any], name: str, where: str) -> float | int:
    p = PARAMETERS[name]
    if name in _WHOLE:
        value = read.whole(doc, name, where, low=int(p.low))
        if value > p.high:
            read.fault(where, f"`{name}` must be at most {p.high:,.0f} {p.unit}, not {value:,}.")
        return value
    return read.number(doc, name, where, p.low, p.high)


def _tiers(read: Reader, doc: dict[str, Any], name: str, where: str = "The policy") -> dict[str, Any]:
    found = []
    for n, value in enumerate(read.rows(doc, name, where), 1):
        row = read.record(value, f"{where}, tier {n}", ("min", "disc"))
        found.append((read.whole(row, "min", f"{where}, tier {n}"), read.number(row, "disc", f"{where}, tier {n}", 0.0, 1.0)))
    if sorted(found) != sorted(found, key=lambda t: (t[1], t[0])):
        read.fault(where, "a larger tier gives a smaller discount; a discount may only rise with the number of places.")
    return {name: tuple(sorted(found))}


def _flag(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: read.flag(doc, name, "The policy")}


def _code(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    value = read.text(doc, name, "The policy")
    if name == "phase" and value not in PHASES:
        read.fault("The policy", f"`phase` is one of {', '.join(PHASES)}, not {value!r}.")
    return {name: value}


def _quality(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: read.number(doc, name, "The policy", -1e9, 1e9)}


def _risk(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    row = read.record(doc[name], "The policy, risk", ("lambda", "alpha"))
    return {_FIELD.get(k, k): _number(read, row, k, "The policy, risk") for k in ("lambda", "alpha") if row.get(k) is not None}


def _budget(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    share = "alpha" if name == "cvar_budget" else "prob"
    row = read.record(doc[name], f"The policy, {name}", (share, "limit"))
    return {name: {share: read.number(row, share, name, 0.0, 1.0), "limit": read.number(row, "limit", name, 0.0, 1e15)}}


def _builds(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    rows = [read.record(b, f"build {n}", ("lot", "places", "capital", "unit_cost", "from_year")) for n, b in enumerate(read.rows(doc, name, "The policy"), 1)]
    return {name: tuple(rows)}


def _locks(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    """Guaranteed places by urn, whole numbers."""
    row = read.record(doc[name], "The policy, locks", doc[name] if isinstance(doc[name], dict) else ())
    return {name: {urn: read.whole(row, urn, "The policy, locks") for urn in row}}


def _overrides(read: Reader, doc: dict[str, Any], name: str) -> dict[str, Any]:
    """Overrides by lot id or by urn: numbers within their bounds, `eligible`, and for a setting its own `tiers`."""
    bounds = _OFFER_NUMBERS | (_LOT_NUMBERS if name == "lots" else _URN_NUMBERS)
    found: dict[str, dict[str, Any]] = {}
    for key, value in read.record(doc[name], f"The policy, {name}", doc[name] if isinstance(doc[name], dict) else ()).items():
        where = f"The policy, {name}, {key}"
        if name == "lots":
            _check_lot(read, key, where)
        row = read.record(value, where, [*bounds, "eligible", *(["tiers"] if name == "urns" else [])])
        found[key] = {k: read.number(row, k, where, *bounds[k]) for k in bounds if row.get(k) is not None}
        for k in {"capacity", "max_block", "max_flex", "spot_available"} & set(found[key]):
            found[key][k] = read.whole(row, k, where)
        if row.get("eligible") is not None:
            found[key]["eligible"] = read.flag(row, "eligible", where)
        if row.get("tiers") is not None:
            found[key] |= _tiers(read, row, "tiers", where)
    return {name: found}


def _check_lot(read: Reader, lot: str, where: str) -> None:
    try:
        Lot.parse(lot)
    except ValueError as e:
        read.fault(where, str(e))


_OTHERS = {
    "tiers": _tiers,
    "existing_fill_blocks": _flag,
    "min_quality": _quality,
    "phase": _code,
    "area": _code,
    "risk": _risk,
    "builds": _builds,
    "cvar_budget": _budget,
    "chance_budget": _budget,
    "lots": _overrides,
    "urns": _overrides,
    "locks": _locks,
}
