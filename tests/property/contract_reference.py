"""A slow second opinion on contract instances: every plan and every way to place children, straight from the words of docs/contracts.md.

It shares no code with analytics.contracts and reads the JSON document itself. Also draws small instances of every kind.
"""

from __future__ import annotations

import itertools
import math
import random
from functools import cache
from typing import Any

Doc = dict[str, Any]
PlanKey = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def draw_instance(seed: int) -> Doc:
    """A small instance whose kinds (tiers, flex, floor, share, years, builds, risk, budgets, clauses) are chosen by the seed."""
    r = random.Random(seed)
    years, lots, settings, futures = r.choice((1, 1, 2, 3)), r.choice((1, 2)), r.choice((1, 2, 2)), r.choice((1, 2, 3))
    pairs = [(p, n) for p in range(settings) for n in range(lots) if r.random() < 0.8] or [(0, 0)]
    pairs = pairs[:3]
    weights = [r.randint(1, 4) for _ in range(futures)]
    prob = [w / sum(weights) for w in weights]
    prob[-1] = 1 - math.fsum(prob[:-1])
    doc: Doc = {
        "name": f"drawn {seed}",
        "years": years,
        "uplift": r.choice((0, 0.03, 0.1)),
        "rate": r.choice((0, 0.0557)),
        "lots": [{"id": f"lot {n}", "over_price": r.choice((50, 80, 120)) * 1000} for n in range(lots)],
        "providers": [_provider(r, p) for p in range(settings)],
        "offers": [_offer(r, p, n, futures) for p, n in pairs],
        "scenarios": [
            {
                "prob": prob[s],
                "demand": [[r.randint(0, 3) for _ in range(lots)] for _ in range(years)],
                "existing": [[r.choice((0, 0, 1, 2)) for _ in pairs] for _ in range(years)],
            }
            for s in range(futures)
        ],
        "builds": [_build(r, lots) for _ in range(r.choice((0, 0, 1)))],
        "risk": {"lambda": r.choice((0, 0.25, 0.5, 1)), "alpha": r.choice((0, 0.5, 0.7, 0.9))},
    }
    if r.random() < 0.3:
        doc["min_quality"] = 2
    if r.random() < 0.3:
        doc |= {"max_share": r.choice((0.25, 0.5)), "share_base": r.choice((4, 6.4, 8))}
    return _with_running(doc, random.Random(seed + 10_000_000))


def _with_running(doc: Doc, r: random.Random) -> Doc:
    """Now and then a contract that runs already, where a block may be at all."""
    for i, offer in enumerate(doc["offers"]):
        if r.random() < 0.2 and offer["max_block"] and _takes(doc, i):
            offer["min_block"] = r.randint(1, offer["max_block"])
    return doc


def _provider(r: random.Random, p: int) -> Doc:
    tiers = r.choice(([(0, 0.08)], [(1, 0.05), (3, 0.2)], [(0, 0), (2, 0.15)], [(2, 0.3)], [(3, 0.1), (1, 0.1)]))
    quality, fixed = r.choice((1, 2, 3)), r.choice((0, 0, 2000, 9000))
    return {"id": f"school {p}", "capacity": r.randint(2, 7), "quality": quality, "fixed": fixed, "tiers": [{"min": m, "disc": d} for m, d in tiers]}


def _offer(r: random.Random, p: int, n: int, futures: int) -> Doc:
    offer: Doc = {
        "provider": f"school {p}",
        "lot": f"lot {n}",
        "list": r.choice((40, 50, 60, 75)) * 1000,
        "max_block": r.randint(0, 3),
        "eligible": r.random() < 0.85,
    }
    if r.random() < 0.3:
        offer |= {"max_flex": r.randint(0, 2), "flex_fee": r.choice((0, 500, 2500)), "flex_disc": r.choice((0, 0.08, 0.2))}
    if r.random() < 0.3:
        offer["void_share"] = r.choice((0, 0.5, 0.8, 1))
    if r.random() < 0.15:
        offer["grace_weeks"] = r.choice((0, 6, 13))
    if r.random() < 0.15:
        offer["min_occupancy"] = r.choice((0.5, 0.85, 0.9))
    if r.random() < 0.2:
        offer["spot_available"] = r.choice((0, 1, [r.randint(0, 1) for _ in range(futures)]))
    return offer


def _build(r: random.Random, lots: int) -> Doc:
    return {
        "lot": f"lot {r.randrange(lots)}",
        "places": r.randint(1, 3),
        "capital": r.choice((5000, 30000)),
        "unit_cost": r.choice((20, 30)) * 1000,
        "from_year": r.choice((0, 0, 1)),
    }


def every_total(doc: Doc) -> dict[PlanKey, list[float]]:
    """Scenario totals of every plan that the first stage allows; plans that some scenario-year cannot serve are left out."""
    offers = doc["offers"]
    block_sizes = [range(o.get("min_block", 0), o["max_block"] + 1) for o in offers]
    flex_sizes = [range((o.get("max_flex") or 0) + 1) for o in offers]
    found: dict[PlanKey, list[float]] = {}
    for b in itertools.product(*block_sizes):
        for f in itertools.product(*flex_sizes):
            if not _may_sign(doc, b, f):
                continue
            for y in itertools.product((0, 1), repeat=len(doc["builds"])):
                totals = [_scenario_total(doc, s, b, f, y) for s in range(len(doc["scenarios"]))]
                if all(map(math.isfinite, totals)):
                    found[b, f, y] = totals
    return found


def _takes(doc: Doc, i: int) -> bool:
    offer = doc["offers"][i]
    quality = next(p["quality"] for p in doc["providers"] if p["id"] == offer["provider"])
    return bool(offer["eligible"]) and quality >= (doc.get("min_quality") or -math.inf)


def _may_sign(doc: Doc, b: tuple[int, ...], f: tuple[int, ...]) -> bool:
    for i in range(len(b)):
        if (b[i] or f[i]) and not _takes(doc, i):
            return False
    for p in doc["providers"]:
        mine = [i for i, o in enumerate(doc["offers"]) if o["provider"] == p["id"]]
        held, blocked = sum(b[i] + f[i] for i in mine), sum(b[i] for i in mine)
        if held > p["capacity"] or (held and blocked < min(t["min"] for t in p["tiers"])):
            return False
        if doc.get("max_share") is not None and held > math.floor(doc["max_share"] * doc["share_base"] + 1e-9):
            return False
    return True


def _scenario_total(doc: Doc, s: int, b: tuple[int, ...], f: tuple[int, ...], y: tuple[int, ...]) -> float:
    total = 0.0
    for t in range(doc["years"]):
        fixed = sum(p["fixed"] for p in doc["providers"] if any(b[i] + f[i] for i, o in enumerate(doc["offers"]) if o["provider"] == p["id"]))
        capital = sum(j["capital"] for j, yes in zip(doc["builds"], y, strict=True) if yes)
        priced = sum(n * (o.get("flex_fee") or 0) for n, o in zip(f, doc["offers"], strict=True)) + _year(doc, s, t, b, f, y)
        total += (fixed + capital + priced * (1 + doc["uplift"]) ** t) / (1 + doc["rate"]) ** t
    return total


def _year(doc: Doc, s: int, t: int, b: tuple[int, ...], f: tuple[int, ...], y: tuple[int, ...]) -> float:
    """Least cost of block places, call-offs, spot, builds and out-of-area places in one scenario-year, in year-0 prices."""
    offers, scenario = doc["offers"], doc["scenarios"][s]
    lots, providers = [lot["id"] for lot in doc["lots"]], [p["id"] for p in doc["providers"]]
    room = [p["capacity"] - sum(b[i] + f[i] for i, o in enumerate(offers) if o["provider"] == p["id"]) for p in doc["providers"]]
    price = []
    for o in offers:
        p = doc["providers"][providers.index(o["provider"])]
        blocked = sum(b[k] for k, other in enumerate(offers) if other["provider"] == p["id"])
        price.append(o["list"] * (1 - max((tier["disc"] for tier in p["tiers"] if tier["min"] <= blocked), default=0)))

    def block_cost(i: int, used: int) -> float:
        o = offers[i]
        charged = math.ceil((1.0 if o.get("min_occupancy") is None else o["min_occupancy"]) * b[i] - 1e-9)
        void = 1.0 if o.get("void_share") is None else o["void_share"]
        return price[i] * (used + void * (1 - (o.get("grace_weeks") or 0) / 52) * max(charged - used, 0))

    def spot_open(i: int) -> bool:
        value = offers[i].get("spot_available")
        return bool(value[s] if isinstance(value, list) else 1 if value is None else value)

    @cache
    def rest(i: int, new: tuple[int, ...], left: tuple[int, ...]) -> float:
        if i == len(offers):
            return sum(_elsewhere(doc, t, n, y, lots[k]) for k, n in enumerate(new))
        o, stay = offers[i], scenario["existing"][t][i]
        lot, p, best = lots.index(o["lot"]), providers.index(o["provider"]), math.inf
        for u, c in itertools.product(range(b[i] + 1), range(f[i] + 1)):
            for x in range(left[p] + 1):
                more = u + c + x - stay
                if more < 0 or more > (new[lot] if _takes(doc, i) else 0) or (x > stay and not spot_open(i)):
                    continue
                cost = block_cost(i, u) + c * o["list"] * (1 - (o.get("flex_disc") or 0)) + x * o["list"]
                after = tuple(n - more if k == lot else n for k, n in enumerate(new))
                best = min(best, cost + rest(i + 1, after, tuple(n - x if k == p else n for k, n in enumerate(left))))
        return best

    return rest(0, tuple(scenario["demand"][t]), tuple(room))


def _elsewhere(doc: Doc, t: int, children: int, y: tuple[int, ...], lot: str) -> float:
    over = next(n["over_price"] for n in doc["lots"] if n["id"] == lot)
    places = [over] * children
    for build, yes in zip(doc["builds"], y, strict=True):
        if yes and build["lot"] == lot and t >= build["from_year"]:
            places += [build["unit_cost"]] * build["places"]
    return float(sum(sorted(places)[:children]))


def tail_mean(totals: list[float], prob: list[float], alpha: float) -> float:
    """CVaR by its other definition: the least over thresholds of threshold + expected excess ÷ (1 − alpha)."""
    return min(z + sum(q * max(c - z, 0) for c, q in zip(totals, prob, strict=True)) / (1 - alpha) for z in totals)


def objective(doc: Doc, totals: list[float]) -> float:
    prob = [s["prob"] for s in doc["scenarios"]]
    weight = doc["risk"]["lambda"]
    return (1 - weight) * sum(q * c for q, c in zip(prob, totals, strict=True)) + weight * tail_mean(totals, prob, doc["risk"]["alpha"])


def within_budgets(doc: Doc, totals: list[float]) -> bool:
    prob = [s["prob"] for s in doc["scenarios"]]
    tail, chance = doc.get("cvar_budget"), doc.get("chance_budget")
    if tail and tail_mean(totals, prob, tail["alpha"]) > tail["limit"] + 0.01:
        return False
    return not chance or sum(q for c, q in zip(totals, prob, strict=True) if c <= chance["limit"] + 0.01) >= chance["prob"] - 1e-9


def best(doc: Doc, plans: dict[PlanKey, list[float]]) -> float | None:
    """The least objective of all plans within the budgets; None when there is none."""
    return min((objective(doc, totals) for totals in plans.values() if within_budgets(doc, totals)), default=None)


def with_budgets(doc: Doc, plans: dict[PlanKey, list[float]], seed: int) -> Doc:
    """The instance with budgets that bite: limits between what the plans cost at best and at worst, now and then out of reach."""
    r = random.Random(seed + 1)
    if not plans or r.random() < 0.4:
        return doc
    prob = [s["prob"] for s in doc["scenarios"]]
    kind, found = r.choice(("tail", "chance", "both")), dict(doc)
    if kind != "chance":
        alpha = r.choice((0.5, 0.9))
        tails = sorted(tail_mean(totals, prob, alpha) for totals in plans.values())
        found["cvar_budget"] = {"alpha": alpha, "limit": r.choice((tails[len(tails) // 3], (tails[0] + tails[-1]) / 2, max(tails[0] - 1000, 0)))}
    if kind != "tail":
        tops = sorted(sorted(totals)[len(totals) // 2] for totals in plans.values())
        found["chance_budget"] = {"prob": r.choice((0.5, 0.75, 1)), "limit": r.choice((tops[len(tops) // 4], tops[-1], tops[0] + 5000))}
    return found
