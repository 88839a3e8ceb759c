"""Small contract instances drawn by hand, as JSON documents (docs/contracts.md)."""

from __future__ import annotations

import math
from typing import Any

Doc = dict[str, Any]


def one_school(
    demand: list[tuple[int, float]], *, disc: float = 0.12, most: int = 20, tiers: list[tuple[int, float]] | None = None, weight: float = 0.0
) -> Doc:
    """One school in one lot for one year: list price £60,000, out of area £90,000, and so many new children with such a probability."""
    return {
        "name": "one school",
        "years": 1,
        "uplift": 0,
        "rate": 0,
        "lots": [{"id": "L", "over_price": 90000}],
        "providers": [{"id": "A", "capacity": 200, "quality": 3, "fixed": 0, "tiers": [{"min": m, "disc": d} for m, d in tiers or [(0, disc)]]}],
        "offers": [{"provider": "A", "lot": "L", "list": 60000, "max_block": most, "eligible": True}],
        "scenarios": [{"prob": q, "demand": [[n]], "existing": [[0]]} for n, q in demand],
        "builds": [],
        "risk": {"lambda": weight, "alpha": 0.9},
    }


def uniform(low: int, high: int) -> list[tuple[int, float]]:
    return [(n, 1 / (high - low + 1)) for n in range(low, high + 1)]


def poisson(mean: float) -> list[tuple[int, float]]:
    """Poisson demand, its tail beyond 1e-12 cut off and the rest brought back to 1."""
    chance, n, found = math.exp(-mean), 0, []
    while n <= mean or chance > 1e-12:
        found.append((n, chance))
        n += 1
        chance *= mean / n
    total = math.fsum(q for _, q in found)
    return [(n, q / total) for n, q in found]
