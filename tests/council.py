"""Made-up councils of any size for contracts, drawn with a seed: settings that offer places in a few lots, demand that swings, today's children who leave."""

from __future__ import annotations

from typing import Any

import numpy as np

Doc = dict[str, Any]
SMALL, MIDDLE, LARGE = (20, 12, 100), (60, 24, 200), (120, 40, 500)  # providers, lots, scenarios


def council(providers: int, lots: int, futures: int, seed: int = 1, years: int = 3, clauses: bool = False) -> Doc:
    """One council. With `clauses`, also reserves, void shares, grace, minimum occupancy, closed spot, running blocks and a build."""
    r = np.random.default_rng([seed, providers, lots, futures])
    level = r.uniform(45_000, 75_000, lots)
    pairs = _pairs(r, providers, lots)
    stay = r.poisson(2.2, len(pairs))
    shock = r.gamma(25.0, 1 / 25.0, (futures, years, 1)) * r.gamma(12.0, 1 / 12.0, (futures, 1, lots))
    demand = r.poisson(r.uniform(4, 14, lots) * np.array([1, 1.4, 1.7, *[1.9] * 7])[:years, None] * shock)
    leave = r.binomial(stay, 0.93, (futures, len(pairs)))
    existing = [leave := r.binomial(leave, 0.85) if t else leave for t in range(years)]
    dear = r.lognormal(0, 0.12, providers)
    offers = [
        {"provider": f"school {p}", "lot": f"lot {n}", "list": round(float(level[n] * dear[p] * r.lognormal(0, 0.04)), -2), "max_block": 20, "eligible": True}
        for p, n in pairs
    ]
    per = np.bincount([p for p, _ in pairs], weights=stay, minlength=providers)
    places = round(float(demand[:, 0].sum(axis=1).mean() + stay.sum()), 3)
    doc: Doc = {
        "name": f"council {seed}",
        "years": years,
        "uplift": 0.03,
        "rate": 0.0557,
        "lots": [{"id": f"lot {n}", "over_price": round(float(level[n] * 1.6), -2)} for n in range(lots)],
        "providers": [_provider(r, p, int(per[p]), places / providers) for p in range(providers)],
        "offers": offers,
        "scenarios": [{"prob": 1 / futures, "demand": demand[s].tolist(), "existing": [existing[t][s].tolist() for t in range(years)]} for s in range(futures)],
        "min_quality": 2,
        "max_share": round(min(0.25, 30 / places), 4),
        "share_base": places,
        "builds": [],
        "risk": {"lambda": 0.25, "alpha": 0.9},
    }
    return _with_clauses(r, doc, futures) if clauses else doc


def _pairs(r: np.random.Generator, providers: int, lots: int) -> list[tuple[int, int]]:
    """Two to four lots a setting, next to each other in kind; every lot somewhere."""
    found = {(p, (p * lots // providers + k) % lots) for p in range(providers) for k in range(int(r.integers(2, 5)))}
    return sorted(found | {(n % providers, n) for n in range(lots)})


def _provider(r: np.random.Generator, p: int, stay: int, mean: float) -> Doc:
    first, second, third = r.choice([3, 4, 5]), r.choice([8, 10]), r.choice([15, 18])
    cut = np.round(np.cumsum(r.uniform(0.02, 0.05, 3)), 3)
    return {
        "id": f"school {p}",
        "capacity": int(stay + r.integers(6, 14 + int(mean))),
        "quality": int(r.integers(1, 6)),
        "fixed": 9000,
        "tiers": [{"min": int(m), "disc": float(d)} for m, d in zip((first, second, third), cut, strict=True)],
    }


def _with_clauses(r: np.random.Generator, doc: Doc, futures: int) -> Doc:
    for n, offer in enumerate(doc["offers"]):
        if n % 5 == 1:
            offer |= {"max_flex": 4, "flex_fee": 2500, "flex_disc": 0.03}
        if n % 4 == 2:
            offer |= {"void_share": 0.7, "grace_weeks": 6}
        if n % 6 == 3:
            offer["min_occupancy"] = 0.85
        if n % 3 == 0:
            offer["spot_available"] = r.integers(0, 2, futures).tolist()
        if n % 11 == 4 and n % 5 != 1:
            offer["eligible"] = False
    running = next(o for o in doc["offers"] if o["eligible"] and next(p for p in doc["providers"] if p["id"] == o["provider"])["quality"] >= 2)
    running["min_block"] = 3
    signer = next(p for p in doc["providers"] if p["id"] == running["provider"])
    signer["tiers"][0]["min"] = 3  # what runs already is a contract that could be signed
    doc["builds"] = [{"lot": "lot 1", "places": 8, "capital": 90_000, "unit_cost": 30_000, "from_year": 1}]
    return doc
