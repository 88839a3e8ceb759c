"""Who a table is for and what that allows: the thresholds of each audience, and what may be published at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data.errors import WrongUsage

SYMBOL: Final = "c"  # confidential, as DfE writes it; one for both kinds, so that it does not tell a small cell from one that covers it
TOTAL: Final = "Total"
STATISTICS: Final = ("count", "sum", "rate", "mean", "median")


@dataclass(frozen=True)
class Profile:
    """Thresholds of an audience. A count from 1 to `threshold` - 1 is small. Money: see `analytics.disclosure.rules`."""

    name: str
    threshold: int  # children
    groups: int = 3  # provider groups
    p: float = 0.10  # of the p% rule
    dominance: float = 0.90  # share that the two largest may hold
    round_gbp: int = 1_000


PROFILES: Final = {profile.name: profile for profile in (Profile("exempt", 5), Profile("strict", 10))}


def profile_named(name: str) -> Profile:
    """The profile of that name. WrongUsage where there is none."""
    if name not in PROFILES:
        raise WrongUsage(f"'{name}' is not a profile; use {' or '.join(PROFILES)}.", "profile")
    return PROFILES[name]


def expect_publishable(statistic: str) -> None:
    """WrongUsage for a statistic that is never published: a least or greatest value is one child's or one provider's."""
    if statistic not in STATISTICS:
        raise WrongUsage(f"A {statistic} is one child's or one provider's value and is never published; use {', '.join(STATISTICS)}.", "statistic")
