"""Writes the made-up authority: one CSV a source, and truth.json with what was planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from data.errors import Cancelled, WrongUsage
from data.sample import calibration, casework, census, children, fees, flows, outcomes, payments, placements, purchasing, returns, settings, truth
from data.sample.days import Ints, as_date, day
from data.sample.writing import write_source, write_truth
from data.sources import SOURCES

DEFAULT_PLANS = 20_635
DEFAULT_AS_AT = date(2026, 3, 31)
LEAST_PLANS, MOST_PLANS = 200, 700_000  # England had 638,745 in January 2025
_EARLIEST = date(2020, 1, 1)


Columns = dict[str, list[str]]
Progress = Callable[[str, float], None]


def generate(
    out_dir: Path,
    seed: int = 1,
    plans: int = DEFAULT_PLANS,
    as_at: date = DEFAULT_AS_AT,
    tell: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, int]:
    """Writes the sample's files to `out_dir`; returns the rows of each source. The same arguments give the same bytes.

    A source is one file, or several of at most 40 MB (`writing.written` lists them). `tell` hears what is written and the share done; Cancelled
    when `cancelled` says so between two sources.
    """
    if not LEAST_PLANS <= plans <= MOST_PLANS:
        raise WrongUsage(f"--plans is {plans:,}; give a number from {LEAST_PLANS:,} to {MOST_PLANS:,}.")
    if seed < 0 or as_at < _EARLIEST or as_at > date(2035, 12, 31):
        raise WrongUsage("--seed is a number from 0 up, --as-at a day from 2020 to 2035.")
    world = calibration.World(seed, plans, day(as_at.year, as_at.month, as_at.day), calibration.published())
    out_dir.mkdir(parents=True, exist_ok=True)
    files, planted = _draw(world)
    counts: dict[str, int] = {}
    suppliers: set[str] = set()
    for done, name in enumerate(SOURCES):
        if cancelled and cancelled():
            raise Cancelled
        if tell:
            tell(f"Inventing {name}", done / len(SOURCES))
        columns = files.pop(name)()  # one source's texts at a time: England's would not fit together
        counts[name] = write_source(out_dir, name, columns)
        suppliers.update(columns.get("supplier_name", ()))
    write_truth(out_dir, planted(suppliers))
    return counts


def _draw(world: calibration.World) -> tuple[dict[str, Callable[[], Columns]], Callable[[set[str]], dict[str, object]]]:
    """Every file as a call that answers its columns of text, and the truth, given the supplier names in the ledger."""
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
    files: dict[str, Callable[[], Columns]] = {
        "settings": lambda: known,
        "register": lambda: settings.register(known),
        "inspections": lambda: outcomes.inspections(world, made),
        "vehicles": lambda: bought.vehicles,
        "members": lambda: bought.members,
        "contracts": lambda: bought.contracts,
        "plans": lambda: children.columns(world, everyone, child_ids),
        "placements": lambda: purchasing.placement_columns(world, made, p, ids, child_ids, bought),
        "fees": lambda: fees.columns(world, made, p, fee, ids),
        "payments": lambda: payments.columns(world, made, p, fee, ids, paid),
        "outcomes": lambda: outcomes.outcomes(world, made, placed, p, fee.years, child_ids),
        "consultations": lambda: casework.consultations(world, made, everyone, p, child_ids, pipeline),
        "cases": lambda: pipeline.columns(made, child_ids),
    }
    plans, placed_at = files["plans"], files["placements"]
    files["returns"] = lambda: returns.columns(world, made, p)
    files["sen2"] = lambda: census.columns(as_date(world.as_at), plans(), placed_at())
    return files, lambda suppliers: truth.truth(world, made, p, fee, paid, ids, suppliers)


def _numbers(world: calibration.World, letter: str, n: int) -> list[str]:
    """Pseudonymous references in no telling order."""
    return [f"{letter}{k + 1:06d}" for k in world.rng(f"ids {letter}").permutation(n).tolist()]


def _room(world: calibration.World, made: settings.Settings, p: placements.Placements) -> tuple[Ints, Ints]:
    """Registered places and places offered: above the most that this council ever held there, children of other councils apart."""
    rng, n = world.rng("capacity"), len(made)
    peak = np.zeros(n, dtype=np.int64)
    for census_day in world.census_days[-4:].tolist():
        peak = np.maximum(peak, np.bincount(p.setting[p.open_on(census_day)], minlength=n))
    capacity = np.maximum(np.rint(peak * rng.uniform(1.3, 2.4, n) / 5) * 5, 20).astype(np.int64)
    return capacity, np.minimum(peak + rng.integers(1, 9, n), capacity).astype(np.int64)


def _median_fees(world: calibration.World, made: settings.Settings, p: placements.Placements, fee: fees.Fees) -> dict[int, float]:
    """Median yearly fee of day placements at each setting in the latest year."""
    now = (fee.years.ay == world.last_ay) & (p.residence[fee.years.placement] == 0)
    setting = p.setting[fee.years.placement[now]]
    gbp = fee.years.benchmark[now] - np.where(made.kind[setting] > 0, world.published.figures["place_funding_gbp"], 0.0)
    return {int(s): float(np.rint(np.median(gbp[setting == s]))) for s in np.unique(setting)}
