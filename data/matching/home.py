"""Where a ledger's settings lie: near the others that it pays, with few far away."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from data.matching.register import Setting

NEAR_KM = 120.0  # about two hours' drive; said in reasons, nothing hangs on it
LEAST_ANCHORS = 3
_REACH_KM = 30.0  # placements thin out by this much to a third
_HOMES = 2  # a ledger may have two, and settings far away besides: the nearer half of the others counts
_ENGLAND_KM2 = 130_000.0
_FAR_SHARE = 0.1  # of suppliers, how many may lie anywhere in the country


@dataclass(frozen=True)
class Home:
    """Places, in km, of the settings that a ledger surely pays, by URN."""

    places: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, settings: Iterable[Setting]) -> Home:
        return cls({s.urn: s.place for s in settings if s.place is not None})

    def others(self, setting: Setting) -> list[float]:
        """Distances to the places of other settings, nearest first, km."""
        return sorted(math.dist(setting.place, there) for urn, there in self.places.items() if urn != setting.urn) if setting.place else []

    def known(self, setting: Setting) -> bool:
        return setting.place is not None and len(self.places) >= LEAST_ANCHORS

    def weight(self, setting: Setting) -> float:
        """How much likelier this place is than one anywhere in England; as if far where its place is not known; 1 without a home."""
        if not self.known(setting):
            return 1.0 if len(self.places) < LEAST_ANCHORS else _FAR_SHARE
        away = self.others(setting)
        near = away[: max(LEAST_ANCHORS, len(away) // _HOMES)]
        dense = sum(math.exp(-d / _REACH_KM) for d in near) / (len(near) * 2 * math.pi * _REACH_KM**2)
        return _FAR_SHARE + (1 - _FAR_SHARE) * dense * _ENGLAND_KM2

    def typical_km(self, setting: Setting) -> float | None:
        """Distance to the third nearest of the others: what a person is told. None where it cannot be known."""
        away = self.others(setting)
        return away[min(2, len(away) - 1)] if away and self.known(setting) else None
