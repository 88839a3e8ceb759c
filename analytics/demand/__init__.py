"""How many places are needed, of which kind and where: stock and flow of children, in seeded futures (docs/demand.md).

`draw` is the boundary to the optimiser, which reads `Draws` and nothing else; `analytics.demand.project` tells people the same futures by lot and year.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics.demand.clock import Clock, Ints, phase
from analytics.demand.draws import Draws, round_keeping_total
from analytics.demand.fill import fill, fillable_share
from analytics.demand.history import ANY, History, known
from analytics.demand.levers import ENTRY_YEARS, HISTORY_YEARS, Levers
from analytics.demand.simulate import Batch, Model, batches, model
from analytics.figures import format_date
from analytics.survival import Hazards, exit_counts, hazard_draws
from data.errors import WrongUsage

__all__ = ["ANY", "Draws", "draw", "fillable_share", "futures", "round_keeping_total"]


def futures(
    placements: pd.DataFrame,
    as_at: date,
    *,
    years: int,
    draws: int,
    seed: int,
    settings: pd.DataFrame | None = None,
    consultations: pd.DataFrame | None = None,
    hazards: Hazards | None = None,
    entry_years: int = int(ENTRY_YEARS.value),
    levers: Levers = Levers(),  # noqa: B008 - frozen
) -> tuple[Model, np.random.SeedSequence]:
    """The model that futures are drawn from, every draw with parameters of its own, and the seed to draw them with.

    Raises ValueError when `years` or `draws` is below 1, WrongUsage for a closing of a setting there is not or before the first year.
    """
    if years < 1 or draws < 1:
        raise ValueError("at least one year and one draw")
    leave, parameters, flows = np.random.SeedSequence(seed).spawn(3)
    clock = Clock.at(as_at, years)
    history = known(placements, as_at, settings, entry_years, frozenset(c.urn for c in levers.closing))
    for closing in levers.closing:
        if closing.urn not in set(history.keys["urn"]) or not clock.start_ay <= closing.from_ay < clock.start_ay + years:
            told = "choose a setting with placements and a year of the forecast"
            raise WrongUsage(f"Setting {closing.urn} cannot close in {closing.from_ay}: {told}.", "closing")
    hazards = hazards or hazard_draws(exit_counts(placements, as_at, int(HISTORY_YEARS.value), settings), draws, np.random.default_rng(leave))
    filled = fill(history, placements, consultations, levers.fill_share)
    return model(history, clock, hazards, filled, levers, draws, entry_years, parameters), flows


def draw(
    placements: pd.DataFrame,
    as_at: date,
    *,
    years: int = 3,
    draws: int = 200,
    seed: int = 1,
    settings: pd.DataFrame | None = None,
    consultations: pd.DataFrame | None = None,
    hazards: Hazards | None = None,
    entry_years: int = int(ENTRY_YEARS.value),
    levers: Levers = Levers(),  # noqa: B008 - frozen
) -> Draws:
    """What places will be needed in the next `years` academic years, in `draws` futures.

    `placements`: one row a placement, past and open, with urn, primary_need, residence_group, area, birth_month, entry_date,
    leaving_date, named_by, and child_id where moves are to be told from entries. `settings` (urn, age_high): a child leaves more surely
    where the setting takes nobody older. `hazards` replaces those worked out from the history. The same seed gives the same draws.
    Raises ValueError and WrongUsage as `futures`.
    """
    found, flows = futures(
        placements,
        as_at,
        years=years,
        draws=draws,
        seed=seed,
        settings=settings,
        consultations=consultations,
        hazards=hazards,
        entry_years=entry_years,
        levers=levers,
    )
    size = len(found.history.keys) * 3
    months = np.zeros((3, draws, years, size), dtype=np.int32)
    for batch in batches(found, flows):
        _count(found, batch, months)
    return _cells(found, months, seed, entry_years)


def _count(found: Model, batch: Batch, months: Ints) -> None:
    """Adds a batch's place-months: fillable, fixed, survivors × draws × years × cells."""
    part = slice(batch.first, batch.first + batch.draws)
    size, clock, new = months.shape[-1], found.clock, batch.spells
    months[2, part] = survivor_months(found, batch)
    kind = np.where(new.block, 0, 1)
    for year in range(clock.years):
        stays = clock.months_in(new.begin, new.gone, year)
        here = np.flatnonzero(stays)
        cell = new.key[here] * 3 + phase(clock.start_ay + year - new.born[here])
        at = (kind[here] * batch.draws + new.draw[here]) * size + cell
        counted = np.bincount(at, weights=stays[here], minlength=2 * batch.draws * size)
        months[:2, part, year] = counted.reshape(2, batch.draws, size)


def survivor_months(found: Model, batch: Batch) -> Ints:
    """Place-months of today's placements: draws × years × cells (key × phase)."""
    today, clock = found.today, found.clock
    born, key = today["cohort"].to_numpy(np.int64), today["key"].to_numpy(np.int64)
    out = np.zeros((batch.draws, clock.years, len(found.history.keys) * 3), dtype=np.int32)
    if not len(today):
        return out
    for year in range(clock.years):
        cell = key * 3 + phase(clock.start_ay + year - born)
        order = np.argsort(cell, kind="stable")
        starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
        stays = clock.months_in(np.zeros(1, dtype=batch.gone.dtype), batch.gone, year)
        out[:, year, cell[order][starts]] = np.add.reduceat(stays[:, order], starts, axis=1, dtype=np.int32)
    return out


def _cells(found: Model, months: Ints, seed: int, entry_years: int) -> Draws:
    """The draws over the columns in which anything ever happens."""
    history, clock = found.history, found.clock
    kept, lots = np.flatnonzero(months.any(axis=(0, 1, 2))), history.lots
    cells = pd.DataFrame({"urn": history.keys["urn"].to_numpy(dtype=object)[kept // 3], "lot": [lots[k] for k in kept]})
    fillable, fixed, survivors = (part[..., kept] / 12.0 for part in months)
    years = tuple(range(clock.start_ay, clock.start_ay + clock.years))
    return Draws(clock.as_at, years, seed, cells, fillable, fixed, survivors, found.fill.overall, (basis(history, clock.as_at, entry_years), found.fill.why))


def basis(history: History, as_at: date, entry_years: int) -> str:
    """What the futures rest on, in a sentence."""
    recent = history.frame["window"].lt(entry_years)
    told = f"{int(history.frame['open'].sum()):,} placements are open on {format_date(as_at)}"
    return f"{told}; {int(recent.sum()):,} began in the {entry_years} years before and stand for those to come."
