"""Reads a contract instance (docs/contracts.md) from parsed JSON, checks it, and freezes it; every fault is told at once."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.contracts import terms
from analytics.contracts.problem import Floats, Instance, Ints, Lot, Offer, Plan, Provider, Tier
from analytics.contracts.reading import Reader
from data.errors import InputRejected

__all__ = ["Instance", "Plan", "parse"]

WEEKS_A_YEAR = 52  # a price for a year buys 52 weeks, so a week of grace is worth 1/52 of it
MOST_YEARS = 50
PROBABILITY_TOLERANCE = 1e-9
MOST_FAULTS_TOLD = 20
TOP = [
    "name",
    "years",
    "uplift",
    "rate",
    "lots",
    "providers",
    "offers",
    "scenarios",
    "min_quality",
    "max_share",
    "share_base",
    "builds",
    "risk",
    "cvar_budget",
    "chance_budget",
]


def parse(doc: object) -> Instance:
    """The instance that a JSON document describes (docs/contracts.md).

    Raises InputRejected (exit 3) with one sentence a fault when anything is unreadable or contradicts itself.
    """
    read = Reader()
    top = read.record(doc, "The instance", TOP)
    if not top:
        raise InputRejected("The instance is not a JSON object with fields; see docs/contracts.md.", "unreadable_instance")
    years = read.whole(top, "years", "The instance", low=1)
    if years > MOST_YEARS:
        sentence = f"The instance cannot be used: `years` is {years}, and contracts of more than {MOST_YEARS} years are not planned."
        raise InputRejected(sentence, "unreadable_instance")
    lots = _lots(read, top)
    providers = _providers(read, top)
    scenarios = read.rows(top, "scenarios", "The instance", least=1)
    offers = _offers(read, top, [p.id for p in providers], [lot.id for lot in lots], providers, len(scenarios))
    prob, demand, existing = _scenarios(read, scenarios, years, len(lots), len(offers))
    risk = read.record(top.get("risk"), "risk", ("lambda", "alpha"))
    share_limit = terms.share_limit(read, top)
    instance = Instance(
        name=str(top.get("name") or ""),
        years=years,
        uplift=read.number(top, "uplift", "The instance", -0.99, 10.0),
        rate=read.number(top, "rate", "The instance", -0.99, 10.0),
        lots=lots,
        providers=providers,
        offers=offers,
        prob=prob,
        demand=demand,
        existing=existing,
        min_quality=None if top.get("min_quality") is None else read.number(top, "min_quality", "The instance", -1e9, 1e9),
        max_share=None if share_limit is None else float(top["max_share"]),
        share_limit=share_limit,
        builds=terms.builds(read, top, [lot.id for lot in lots]),
        risk_weight=read.number(risk, "lambda", "risk", 0.0, 1.0),
        alpha=terms.below_one(read, risk, "risk"),
        cvar_budget=terms.cvar_budget(read, top),
        chance_budget=terms.chance_budget(read, top),
        notes=tuple(read.notes),
    )
    if read.faults:
        more = len(read.faults) - MOST_FAULTS_TOLD
        told = read.faults[:MOST_FAULTS_TOLD] + ([f"And {more} more."] if more > 0 else [])
        raise InputRejected("The instance cannot be used. " + " ".join(told), "unreadable_instance")
    return instance


def _unique(read: Reader, ids: list[str], things: str) -> None:
    for name, times in Counter(ids).items():
        if times > 1 and name:
            read.fault(things, f'"{name}" stands there {times} times; each needs its own id.')


def _lots(read: Reader, top: dict[str, Any]) -> tuple[Lot, ...]:
    found = []
    for n, value in enumerate(read.rows(top, "lots", "The instance", least=1), 1):
        row = read.record(value, f"lot {n}", ("id", "over_price"))
        found.append(Lot(read.text(row, "id", f"lot {n}"), read.gbp(row, "over_price", f"lot {n}")))
    _unique(read, [lot.id for lot in found], "lots")
    return tuple(found)


def _providers(read: Reader, top: dict[str, Any]) -> tuple[Provider, ...]:
    wanted = top.get("min_quality")
    floor = wanted if isinstance(wanted, int | float) else float("-inf")  # a floor that cannot be read is told where it is kept
    found = []
    for n, value in enumerate(read.rows(top, "providers", "The instance"), 1):
        where = f"provider {n}"
        row = read.record(value, where, ("id", "capacity", "quality", "fixed", "tiers", *terms.NOT_SIZED))
        quality = read.number(row, "quality", where, -1e9, 1e9)
        tiers = _tiers(read, row, where)
        terms.not_sized(read, row, where)
        found.append(Provider(read.text(row, "id", where), read.whole(row, "capacity", where), quality, read.gbp(row, "fixed", where), tiers, quality >= floor))
    _unique(read, [p.id for p in found], "providers")
    return tuple(found)


def _tiers(read: Reader, row: dict[str, Any], where: str) -> tuple[Tier, ...]:
    """Tiers by rising minimum; one that discounts no more than a smaller one never applies and is left out."""
    best: dict[int, float] = {}
    for n, value in enumerate(read.rows(row, "tiers", where), 1):
        tier = read.record(value, f"{where}, tier {n}", ("min", "disc"))
        least, disc = read.whole(tier, "min", f"{where}, tier {n}"), read.number(tier, "disc", f"{where}, tier {n}", 0.0, 1.0)
        if best.setdefault(least, disc) != disc:
            read.fault(where, f"two tiers begin at {least} places with different discounts.")
    kept: list[Tier] = []
    for least in sorted(best):
        if not kept or best[least] > kept[-1].disc:
            kept.append(Tier(least, best[least]))
    return tuple(kept)


OFFER = [
    "provider",
    "lot",
    "list",
    "min_block",
    "max_block",
    "eligible",
    "max_flex",
    "flex_fee",
    "flex_disc",
    "void_share",
    "grace_weeks",
    "min_occupancy",
    "spot_available",
    *terms.NOT_SIZED,
]


def _offers(
    read: Reader, top: dict[str, Any], provider_ids: list[str], lot_ids: list[str], providers: tuple[Provider, ...], scenarios: int
) -> tuple[Offer, ...]:
    found, pairs = [], []
    for n, value in enumerate(read.rows(top, "offers", "The instance"), 1):
        where = f"offer {n}"
        row = read.record(value, where, OFFER)
        provider, lot = terms.position(read, row, "provider", provider_ids, where), terms.position(read, row, "lot", lot_ids, where)
        pairs.append(f"{row.get('provider')} in {row.get('lot')}")
        eligible = read.flag(row, "eligible", where)
        grace = read.number(row, "grace_weeks", where, 0.0, float(WEEKS_A_YEAR), default=0.0)
        found.append(
            Offer(
                provider=provider,
                lot=lot,
                list=read.gbp(row, "list", where),
                min_block=read.whole(row, "min_block", where, default=0),
                max_block=read.whole(row, "max_block", where),
                eligible=eligible,
                may_take=eligible and bool(providers) and providers[provider].may_contract,
                max_flex=read.whole(row, "max_flex", where, default=0),
                flex_fee=read.gbp(row, "flex_fee", where, default=0.0),
                flex_disc=read.number(row, "flex_disc", where, 0.0, 1.0, default=0.0),
                void_share=read.number(row, "void_share", where, 0.0, 1.0, default=1.0) * (1 - grace / WEEKS_A_YEAR),
                min_occupancy=read.number(row, "min_occupancy", where, 0.0, 1.0, default=1.0),
                spot_open=_spot_open(read, row.get("spot_available"), where, scenarios),
            )
        )
        _running(read, row, found[-1], where)
        terms.not_sized(read, row, where)
    _unique(read, pairs, "offers")
    return tuple(found)


def _running(read: Reader, row: dict[str, Any], offer: Offer, where: str) -> None:
    """A contract that runs already must be one that the other rules allow."""
    if offer.min_block > offer.max_block:
        read.fault(where, f"`min_block` {offer.min_block} is above `max_block` {offer.max_block}.")
    if offer.min_block and not offer.may_take:
        read.fault(where, "`min_block` asks for places where the quality floor or `eligible` allows none.")


def _spot_open(read: Reader, value: object, where: str, scenarios: int) -> NDArray[np.bool_]:
    """Uncertain availability is a fact of each scenario: one 0 or 1 for all, or one for each scenario."""
    everywhere = np.ones(scenarios, dtype=np.bool_)
    if value is None:
        return everywhere
    entries = value if isinstance(value, list) else [value] * scenarios
    if len(entries) != scenarios or any(isinstance(entry, str | list | dict) or entry not in (0, 1) for entry in entries):
        sentence = "`spot_available` must be 0 or 1, or a list of 0 and 1 with one for each scenario; a share in between does not say in which futures."
        read.fault(where, sentence)
        return everywhere
    return np.array([bool(entry) for entry in entries], dtype=np.bool_)


def _scenarios(read: Reader, rows: list[Any], years: int, lots: int, offers: int) -> tuple[Floats, Ints, Ints]:
    prob, demand, existing = [], [], []
    for n, value in enumerate(rows, 1):
        where = f"scenario {n}"
        row = read.record(value, where, ("prob", "demand", "existing"))
        prob.append(read.number(row, "prob", where, 0.0, 1.0))
        demand.append(read.counts(row.get("demand"), years, lots, f"{where}, demand", "lots"))
        existing.append(read.counts(row.get("existing"), years, offers, f"{where}, existing", "offers"))
    total = math.fsum(prob)
    if rows and abs(total - 1) > PROBABILITY_TOLERANCE:
        read.fault("scenarios", f"the probabilities sum to {total:.12g}, not 1.")
    shape = (len(rows), years)
    return (
        np.array(prob, dtype=np.float64),
        np.array(demand, dtype=np.int64).reshape(*shape, lots),
        np.array(existing, dtype=np.int64).reshape(*shape, offers),
    )
