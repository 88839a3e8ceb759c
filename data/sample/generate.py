"""Writes the made-up authority: one CSV a source, and truth.json with what was planted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from data.errors import WrongUsage
from data.sample import calibration, casework, children, fees, flows, outcomes, payments, placements, purchasing, settings, truth
from data.sample.days import Ints, day
from data.sample.writing import write_source, write_truth
from data.sources import SOURCES

DEFAULT_PLANS = 20_635
DEFAULT_AS_AT = date(2026, 3, 31)
_LEAST_PLANS, _MOST_PLANS = 200, 400_000
_EARLIEST = date(2020, 1, 1)


def generate(out_dir: Path, seed: int = 1, plans: int = DEFAULT_PLANS, as_at: date = DEFAULT_AS_AT) -> dict[str, int]:
    """Writes the sample's files to `out_dir`; returns the rows of each source. The same arguments give the same bytes."""
    if not _LEAST_PLANS <= plans <= _MOST_PLANS:
        raise WrongUsage(f"--plans is {plans:,}; give a number from {_LEAST_PLANS:,} to {_MOST_PLANS:,}.")
    if seed < 0 or as_at < _EARLIEST or as_at > date(2035, 12, 31):
        raise WrongUsage("--seed is a number from 0 up, --as-at a day from 2020 to 2035.")
    world = calibration.World(seed, plans, day(as_at.year, as_at.month, as_at.day), calibration.published())
    out_dir.mkdir(parents=True, exist_ok=True)
    files, planted = _draw(world)
    counts = {name: write_source(out_dir, name, files[name]) for name in SOURCES}
    write_truth(out_dir, planted)
    return counts


def _draw(world: calibration.World) -> tuple[dict[str, dict[str, list[str]]], dict[str, object]]:
    """Every file as columns of text, and the truth."""
    made = settings.invent(world)
    book = flows.simulate(world, made)
    p, placed = book.placements, book.children
    elsewhere = children.fill(world, placed)
    begins = children.sample_start(world)
    everyone = children.Children.join([placed, elsewhere.take(np.flatnonzero(elsewhere.ceased >= begins))])
    made = made.with_capacity(*_room(world, made, p))
    child_ids, ids = _numbers(world, "C", len(everyone)), _numbers(world, "P", len(p))
    fee = fees.price(world, made, placed, p)
    bought = purchasing.purchase(world, made, p, _median_fees(world, made, p, fee))
    pipeline = casework.cases(world, made, placed, everyone, p)
    paid = payments.pay(world, made, p, fee, ids, placed.district)
    known = settings.columns(world, made)
    files = {
        "settings": known,
        "register": settings.register(known),
        "inspections": outcomes.inspections(world, made),
        "vehicles": bought.vehicles,
        "members": bought.members,
        "contracts": bought.contracts,
        "plans": children.columns(world, everyone, child_ids),
        "placements": purchasing.placement_columns(world, made, p, ids, child_ids, bought),
        "fees": fees.columns(world, made, p, fee, ids),
        "payments": paid.columns,
        "outcomes": outcomes.outcomes(world, made, placed, p, fee.years, child_ids),
        "consultations": casework.consultations(world, made, everyone, p, child_ids, pipeline),
        "cases": pipeline.columns(made, child_ids),
    }
    return files, truth.truth(world, made, p, fee, paid, ids)


def _numbers(world: calibration.World, letter: str, n: int) -> list[str]:
    """Pseudonymous references in no telling order."""
    return [f"{letter}{k + 1:06d}" for k in world.rng(f"ids {letter}").permutation(n).tolist()]


def _room(world: calibration.World, made: settings.Settings, p: placements.Placements) -> tuple[Ints, Ints]:
    """Registered places and places offered: above the most that this council ever held there, children of other councils apart."""
    rng, n = world.rng("capacity"), len(made)
    peak = np.zeros(n, dtype=np.int64)
    for census in world.census_days[-4:].tolist():
        peak = np.maximum(peak, np.bincount(p.setting[p.open_on(census)], minlength=n))
    capacity = np.maximum(np.rint(peak * rng.uniform(1.3, 2.4, n) / 5) * 5, 20).astype(np.int64)
    return capacity, np.minimum(peak + rng.integers(1, 9, n), capacity).astype(np.int64)


def _median_fees(world: calibration.World, made: settings.Settings, p: placements.Placements, fee: fees.Fees) -> dict[int, float]:
    """Median yearly fee of day placements at each setting in the latest year."""
    now = (fee.years.ay == world.last_ay) & (p.residence[fee.years.placement] == 0)
    setting = p.setting[fee.years.placement[now]]
    gbp = fee.years.benchmark[now] - np.where(made.kind[setting] > 0, world.published.figures["place_funding_gbp"], 0.0)
    return {int(s): float(np.rint(np.median(gbp[setting == s]))) for s in np.unique(setting)}
