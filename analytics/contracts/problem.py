"""The problem: which places to block, reserve or build, against what may happen. Frozen records, no reading and no solving."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lot:
    id: str
    over_price: float  # year-0 price of an out-of-area place, of which there is no end


@dataclass(frozen=True)
class Tier:
    min: int  # blocked places of the provider from which the discount applies to all of them
    disc: float


@dataclass(frozen=True)
class Provider:
    """Whoever signs one contract, usually a setting. `may_contract`: at or above the quality floor."""

    id: str
    capacity: int
    quality: float
    fixed: float  # a year while a contract is open, not uplifted
    tiers: tuple[Tier, ...]  # by rising min and rising disc; empty: spot only
    may_contract: bool

    def discount(self, blocked: int) -> float:
        """The share off list price for this many blocked places."""
        return max((tier.disc for tier in self.tiers if tier.min <= blocked), default=0.0)


@dataclass(frozen=True)
class Offer:
    """Places of one provider in one lot. `may_take`: eligible and at or above the quality floor."""

    provider: int
    lot: int
    list: float
    min_block: int  # places under contract already
    max_block: int
    eligible: bool
    may_take: bool
    max_flex: int
    flex_fee: float
    flex_disc: float
    void_share: float  # share of the price charged for an empty place, grace already taken off
    min_occupancy: float  # empty places are charged only below this share of the blocked places
    spot_open: NDArray[np.bool_]  # [scenario]: may a new child buy a spot place here

    @property
    def call_off(self) -> float:
        return self.list * (1 - self.flex_disc)

    def charged_places(self, block: int) -> int:
        """How many of the blocked places are charged even when empty."""
        return math.ceil(self.min_occupancy * block - 1e-9)


@dataclass(frozen=True)
class Build:
    lot: int
    places: int
    capital: float  # in every year, not uplifted
    unit_cost: float
    from_year: int


@dataclass(frozen=True)
class CvarBudget:
    alpha: float
    limit: float


@dataclass(frozen=True)
class ChanceBudget:
    prob: float
    limit: float


@dataclass(frozen=True)
class Instance:
    """Everything the decision depends on. Counts are children; money is year-0 pounds; year t runs from 0."""

    name: str
    years: int
    uplift: float
    rate: float
    lots: tuple[Lot, ...]
    providers: tuple[Provider, ...]
    offers: tuple[Offer, ...]
    prob: Floats  # [scenario]
    demand: Ints  # [scenario, year, lot]: new children
    existing: Ints  # [scenario, year, offer]: children who stay
    min_quality: float | None
    max_share: float | None
    share_limit: int | None  # most blocked and reserved places at any one provider
    builds: tuple[Build, ...]
    risk_weight: float
    alpha: float
    cvar_budget: CvarBudget | None
    chance_budget: ChanceBudget | None
    notes: tuple[str, ...] = ()

    @property
    def price_level(self) -> Floats:
        """[year]: (1 + uplift)^t."""
        return np.asarray((1 + self.uplift) ** np.arange(self.years), dtype=np.float64)

    @property
    def discount_factor(self) -> Floats:
        """[year]: (1 + rate)^-t."""
        return np.asarray((1 + self.rate) ** -np.arange(self.years, dtype=np.float64), dtype=np.float64)

    def offers_of(self, provider: int) -> list[int]:
        return [i for i, offer in enumerate(self.offers) if offer.provider == provider]

    def offers_in(self, lot: int) -> list[int]:
        return [i for i, offer in enumerate(self.offers) if offer.lot == lot]


@dataclass(frozen=True)
class Plan:
    """A first stage: blocked and reserved places by offer, builds yes (1) or no (0). It holds for every year."""

    block: tuple[int, ...]
    flex: tuple[int, ...]
    builds: tuple[int, ...]

    @classmethod
    def least(cls, instance: Instance) -> Plan:
        """No more than the contracts that run already."""
        return cls(tuple(offer.min_block for offer in instance.offers), (0,) * len(instance.offers), (0,) * len(instance.builds))

    @classmethod
    def all_spot(cls, instance: Instance) -> Plan:
        return cls((0,) * len(instance.offers), (0,) * len(instance.offers), (0,) * len(instance.builds))
