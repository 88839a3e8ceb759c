"""Fees that follow a known rule: the yearly cost is log-additive in need and support, with planted setting effects.

log(benchmark cost) = intercept + need + band + one-to-one hours + therapy hours + phase + residence + area + uplifts so far
                      + group effect + setting effect + residual of the placement.
The benchmark cost holds DfE place funding (NMSS and SPI); the council's fees are what is left of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data import domain
from data.sample.calibration import World, rows
from data.sample.children import Children
from data.sample.days import Bools, Floats, Ints, academic_age, ay_end, ay_start, iso
from data.sample.placements import RESIDENCES, Placements
from data.sample.settings import Settings

PER_BAND = 0.075
PER_ONE_TO_ONE_HOUR = 0.0120
PER_THERAPY_HOUR = 0.0016
PHASE = {"primary": 0.0, "secondary": 0.06, "post16": -0.05}
RESIDENCE = {"day": 0.0, "weekly": 0.62, "38wk": 0.80, "44wk": 0.95, "52wk": 1.20}
AREA = {"north": 0.02, "east": -0.02, "south": 0.0, "west": 0.03}
RESIDUAL_SD = 0.15
_LEAST_GBP, _MOST_GBP = 14_000.0, 290_000.0
_SCALE_OF_OUTLIER = 0.5  # smaller authorities have no such placement
_TRANSPORT_BASE, _TRANSPORT_PER_MILE = 2_600.0, 560.0  # before the mean is set to the published one
_METRES_PER_MILE = 1609.344
_ROAD = 1.25  # road miles to a straight mile

COMPONENTS = ("core", "one_to_one", "therapy", "residential", "transport")
FUNDERS = ("education", "social_care", "health", "dfe_place")


@dataclass(frozen=True)
class Years:
    """One entry a placement and academic year with the yearly cost in it."""

    placement: Ints
    ay: Ints
    start: Ints  # first and last day of the fee in that year
    end: Ints
    benchmark: Floats  # £ a full year with place funding, without transport
    share: Floats  # Years × component (core, one_to_one, therapy, residential): how the benchmark cost splits


@dataclass(frozen=True)
class Fees:
    """The fee lines, whole pounds a year, and the rule behind them."""

    years: Years
    year: Ints  # position in `years`
    component: Ints
    funder: Ints
    gbp: Ints
    intercept: float
    outlier: int  # placement planted near the published top fee, −1 where none


def _years(world: World, p: Placements) -> tuple[Ints, Ints, Ints, Ints]:
    """Every placement × academic year it was open in, within the sample's ten years and up to the as-at day."""
    ays = np.arange(world.first_ay, world.last_ay + 1)
    first, last = ay_start(ays), np.minimum(ay_end(ays), world.as_at)
    start = np.maximum(p.entry[:, None], first[None, :])
    end = np.minimum(p.leave[:, None], last[None, :])
    placement, year = np.nonzero(start <= end)
    return placement.astype(np.int64), ays[year], start[placement, year], end[placement, year]


def uplift_logs(world: World) -> Floats:
    """Cumulative log uplift of each academic year over the first."""
    known = world.published.uplifts
    ays = np.arange(world.first_ay + 1, world.last_ay + 1)
    return np.concatenate([[0.0], np.cumsum(np.log1p([known.get(int(a), 0.03) for a in ays]))])


def phases(age: Ints) -> Ints:
    """0 primary, 1 secondary, 2 post-16."""
    return np.where(age <= 10, 0, np.where(age <= 15, 1, 2)).astype(np.int64)


def _table(values: dict[str, float], order: tuple[str, ...]) -> Floats:
    return np.array([values[name] for name in order])


def _parts(world: World, c: Children, p: Placements, placement: Ints, ay: Ints) -> tuple[Floats, Floats]:
    """Everything but intercept, effects and residual; and the logs that belong to one-to-one, therapy and residence."""
    child = p.child[placement]
    areas = np.array([AREA[a] for a in world.published.district_areas])
    hours = PER_ONE_TO_ONE_HOUR * c.one_to_one[child]
    therapy = PER_THERAPY_HOUR * c.therapy[child]
    stay = _table(RESIDENCE, RESIDENCES)[p.residence[placement]]
    rest = (
        np.log(world.published.fee_multiplier)[c.need[child]]
        + PER_BAND * (c.band[child] - 3)
        + _table(PHASE, domain.PHASES)[phases(academic_age(c.birth[child], ay))]
        + areas[c.district[child]]
        + uplift_logs(world)[ay - world.first_ay]
    )
    return rest + hours + therapy + stay, np.column_stack([stay, hours, therapy])


def _shares(parts: Floats) -> Floats:
    """Core, one-to-one, therapy, residential as shares of the cost: each is what its own factor adds, taken off in turn."""
    stay, hours, therapy = parts.T
    residential = 1 - np.exp(-stay)
    left = np.exp(-stay)
    one_to_one = left * (1 - np.exp(-hours))
    left = left * np.exp(-hours)
    treat = left * (1 - np.exp(-therapy))
    return np.column_stack([left * np.exp(-therapy), one_to_one, treat, residential])


def price(world: World, settings: Settings, c: Children, p: Placements) -> Fees:
    """Prices every placement and year, and splits the price into lines by component and funder."""
    rng = world.rng("fees")
    placement, ay, start, end = _years(world, p)
    rest, parts = _parts(world, c, p, placement, ay)
    residual = rng.normal(0.0, RESIDUAL_SD, len(p)).clip(-0.45, 0.45)
    log_cost = rest + settings.effect[p.setting[placement]] + residual[placement]
    funded = settings.kind[p.setting[placement]] > 0
    place_funding = np.where(funded, world.published.figures["place_funding_gbp"], 0.0)
    now = (start <= world.as_at) & (end >= world.as_at) & (settings.kind[p.setting[placement]] < 2) & (p.rank[placement] == 1)
    intercept = _intercept(world, log_cost[now], place_funding[now])
    cost = np.exp(intercept + log_cost).clip(_LEAST_GBP, _MOST_GBP)
    outlier = -1
    independent = np.flatnonzero(now & ~funded)
    if independent.size and world.scale >= _SCALE_OF_OUTLIER:
        top = int(independent[np.argmax(log_cost[independent])])
        outlier = int(placement[top])
        same = placement == outlier
        cost[same] *= world.published.figures["top_fee_gbp"] / cost[top]
    years = Years(placement, ay, start, end, np.rint(cost), _shares(parts))
    transport = _transport(world, settings, c, p, years)
    year, component, funder, gbp = _lines(world, settings, p, years, place_funding, transport)
    return Fees(years, year, component, funder, gbp, float(intercept), outlier)


def _intercept(world: World, log_cost: Floats, place_funding: Floats) -> float:
    """So that the mean council fee of school placements at the as-at day is the published mean."""
    if log_cost.size == 0:
        return float(np.log(world.published.figures["mean_fee_gbp"]))
    wanted = world.published.figures["mean_fee_gbp"] + place_funding.mean()
    return float(np.log(wanted / np.exp(log_cost).mean()))


def _transport(world: World, settings: Settings, c: Children, p: Placements, years: Years) -> Floats:
    """The yearly transport cost in each year of a placement, from its one-way road miles (0: none)."""
    rng = world.rng("transport")
    home = c.home[p.child]
    metres = np.hypot(home[:, 0] - settings.xy[p.setting, 0], home[:, 1] - settings.xy[p.setting, 1])
    miles = metres / _METRES_PER_MILE * _ROAD
    taken = rng.random(len(p)) < np.where(settings.kind[p.setting] == 2, 0.55, 0.86) * (miles > 1.0) * (p.rank == 1)
    yearly = (_TRANSPORT_BASE + _TRANSPORT_PER_MILE * np.minimum(miles, 40)) * np.exp(rng.normal(0, 0.3, len(p)))
    yearly = np.where(taken, np.where(p.residence > 0, yearly * 0.4, yearly), 0.0)
    now = p.open_on(world.as_at) & taken
    yearly *= world.published.figures["transport_gbp"] / (yearly[now].mean() if now.any() else 9_000.0)
    deflate = np.exp(uplift_logs(world) - uplift_logs(world)[-1])[years.ay - world.first_ay]
    rounded: Floats = np.rint(yearly[years.placement] * deflate)
    return rounded


def _lines(world: World, settings: Settings, p: Placements, years: Years, place_funding: Floats, transport: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """The benchmark cost of each year as whole-pound lines; the core takes the rounding, so they add up exactly."""
    rng = world.rng("funders")
    amounts = np.rint(years.benchmark[:, None] * years.share).astype(np.int64)
    amounts[:, 1:] = np.where(amounts[:, 1:] < 100, 0, amounts[:, 1:])
    amounts[:, 0] = years.benchmark.astype(np.int64) - amounts[:, 1:].sum(axis=1) - place_funding.astype(np.int64)
    short = np.minimum(amounts[:, 0] - 2000, 0)  # the core stays at £2,000 or more; the largest other part gives way
    largest = 1 + amounts[:, 1:].argmax(axis=1)
    amounts[np.arange(len(short)), largest] += short
    amounts[:, 0] -= short
    pieces: list[tuple[Ints, int, int, Bools]] = []
    care = rng.random(len(p))[years.placement]
    boards = p.residence[years.placement] >= 2
    health = rng.random(len(p))[years.placement] < np.where(amounts[:, 2] > 2500, 0.22, 0.05)
    for k, name in enumerate(COMPONENTS[:4]):
        education = amounts[:, k].copy()
        if name == "residential":
            social = np.where(boards & (care < 0.6), np.rint(education * 0.5), 0).astype(np.int64)
            pieces.append((social, k, 1, social > 0))
            education -= social
        if name == "therapy":
            part = np.where(health, np.rint(education * 0.5), 0).astype(np.int64)
            pieces.append((part, k, 2, part > 0))
            education -= part
        pieces.append((education, k, 0, education > 0))
    recorded = (rng.random(len(settings)) < 0.5)[p.setting[years.placement]] & (place_funding > 0)
    pieces.append((place_funding.astype(np.int64), 0, 3, recorded))
    pieces.append((transport.astype(np.int64), 4, 0, transport > 0))
    year = np.concatenate([np.flatnonzero(on) for *_, on in pieces])
    component = np.concatenate([np.full(int(on.sum()), k) for _, k, _, on in pieces])
    funder = np.concatenate([np.full(int(on.sum()), f) for _, _, f, on in pieces])
    gbp = np.concatenate([amount[on] for amount, _, _, on in pieces])
    order = np.lexsort((funder, component, years.ay[year], years.placement[year]))
    return year[order], component[order], funder[order], gbp[order]


_QUOTED = (("day", 2), ("week", 3), ("term", 5))  # how many settings quote their fees so; the others by the year


def fee_units(world: World, settings: Settings) -> list[str]:
    """How each setting quotes its fees."""
    units = ["year"] * len(settings)
    order = iter(world.rng("units").permutation(len(settings)).tolist())
    for unit, count in _QUOTED:
        for _ in range(count):
            units[next(order)] = unit
    return units


def columns(world: World, settings: Settings, p: Placements, fees: Fees, ids: list[str]) -> dict[str, list[str]]:
    """The fees file: each line from 1 September or entry to 31 August, leaving or the as-at day, the last day the sample knows."""
    per_year = {(r["unit"], r["residence"]): float(r["units_per_year"]) for r in rows("units_per_year")}
    quoted = fee_units(world, settings)
    years, line = fees.years, fees.year
    placement = years.placement[line]
    setting, residence = p.setting[placement].tolist(), p.residence[placement].tolist()
    plain = (fees.component == 4) | (fees.funder == 3)
    unit = ["year" if fixed else quoted[s] for fixed, s in zip(plain.tolist(), setting, strict=True)]
    divisor = np.array([per_year[u, RESIDENCES[r]] for u, r in zip(unit, residence, strict=True)])
    amount = np.rint(fees.gbp / divisor * 100) / 100
    taxed = (years.ay[line] >= 2025) & (fees.component == 0) & (fees.funder == 0) & (settings.kind[p.setting[placement]] < 2) & (p.residence[placement] == 0)
    return {
        "placement_id": [ids[i] for i in placement.tolist()],
        "component": [COMPONENTS[k] for k in fees.component.tolist()],
        "amount_gbp": [f"{a:.2f}" for a in amount.tolist()],
        "vat_gbp": [f"{a * 0.2:.2f}" if t else "0.00" for a, t in zip(amount.tolist(), taxed.tolist(), strict=True)],
        "unit": unit,
        "funder": [FUNDERS[k] for k in fees.funder.tolist()],
        "valid_from": iso(years.start[line]),
        "valid_to": iso(years.end[line]),
    }
