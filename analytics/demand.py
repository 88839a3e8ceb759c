"""How many places are needed, of which kind and where: seeded draws of survivors and of entries.

`draw` is the boundary: whatever method stands behind it, the optimiser reads `Draws` and nothing else. The method here is simple:
survivors by exit hazards at each academic age; entries as Gamma-Poisson counts by lot, each entry like one that happened
(its age, month, setting and who named it). See docs/demand.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.figures import format_date
from analytics.params import Parameter
from analytics.survival import Floats, Hazards, Ints, Survival, age_limits, cohort, days, exit_counts, hazard_draws, survival
from data.domain import PHASES, Lot, academic_year

ANY = "any"  # area of a child whose home is not known, and of lots pooled over areas
LOT_AT_ENTRY = ["primary_need", "entry_phase", "residence_group", "area"]
HISTORY_YEARS = Parameter("history_years", 5, "years", 2, 10, "Assumption", "Exits are read from this many years before the as-at date")
ENTRY_YEARS = Parameter("entry_years", 3, "years", 1, 10, "Assumption", "New placements are drawn like those of the last few years, to follow change")
SHOCK = Parameter("entry_shock", 0.05, "coefficient of variation", 0.0, 0.5, "Assumption", "All entries of a year vary together by at least this share")
FILL_SHARE = Parameter(
    "fill_share", 0.3, "share", 0.0, 1.0, "Assumption, for want of consultations", "Share of parent- or tribunal-named entries that a block could fill"
)


@dataclass(frozen=True)
class Draws:
    """Places needed by draw, year and cell: average places over the academic year, not rounded.

    `years` are academic years, the first beginning on or after the day after `as_at`. `cells` has one row a column of the
    arrays: urn, lot. `fillable`: new placements from the first year that a block could fill, at the setting where the draw
    would put them. `fixed`: other new placements, and all that begin between `as_at` and the first year. `survivors`: today's
    placements still there. Arrays are draws × years × cells.
    """

    as_at: date
    years: tuple[int, ...]
    seed: int
    cells: pd.DataFrame
    fillable: Floats
    fixed: Floats
    survivors: Floats
    fill_share: float
    basis: tuple[str, ...]

    @property
    def total(self) -> Floats:
        """All places, draws × years."""
        return np.asarray((self.fillable + self.fixed + self.survivors).sum(axis=2))


def fillable_share(consultations: pd.DataFrame | None) -> tuple[float, str]:
    """Of places that a parent or the tribunal named, the share a block could have filled: offered × accepted, and where it is from.

    `consultations`: one row a setting asked for a child, with reply and parent_view.
    """
    if consultations is None or not len(consultations):
        return FILL_SHARE.value, f"No consultations are loaded: {FILL_SHARE.value:.0%} of parent- and tribunal-named entries are assumed able to fill a block."
    offered = consultations["reply"].eq("offer")
    views = consultations.loc[offered, "parent_view"].dropna()
    accepted = views.isin(["prefers", "accepts"]).mean() if len(views) else 1.0
    share = float(offered.mean() * accepted)
    asked = f"settings offered in {offered.mean():.0%} of consultations and parents accepted {accepted:.0%} of offers"
    return share, f"{share:.0%} of parent- and tribunal-named entries could fill a block: {asked}."


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
) -> Draws:
    """What places will be needed in the next `years` academic years, in `draws` futures.

    `placements`: one row a placement, past and open, with urn, primary_need, residence_group, area, birth_month, entry_date,
    leaving_date, named_by. `settings` (urn, age_high): a child leaves more surely where the setting takes nobody older. `hazards`
    replaces those worked out from the history. The same seed gives the same draws.
    Raises ValueError when `years` or `draws` is below 1.
    """
    if years < 1 or draws < 1:
        raise ValueError("at least one year and one draw")
    exits, stay, come = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    history = _history(placements, as_at, settings)
    hazards = hazards or hazard_draws(exit_counts(placements, as_at, int(HISTORY_YEARS.value), settings), draws, exits)
    first = np.datetime64(as_at, "M") + 1
    start_ay = academic_year(as_at) + 1
    stub = int((np.datetime64(f"{start_ay}-09", "M") - first).astype(int))
    low = int(history["cohort"].min()) if len(history) else start_ay
    alive = survival(hazards, first, stub + 12 * years, range(low, start_ay + years + 1), history["limit"].to_numpy(np.int64))
    clock = _Clock(start_ay, years, stub)
    keys = history.drop_duplicates("key")[["key", "urn", "primary_need", "residence_group", "area"]].sort_values("key")
    share, why = fillable_share(consultations)
    survivors = _survivors(history[history["open"]], alive, clock, len(keys), stay)
    fillable, fixed = _entries(history, alive, clock, len(keys), share, entry_years, come)
    cells, kept = _cells(keys, survivors, fillable, fixed)
    recent = int(history["window"].lt(entry_years).sum())
    told = f"{int(history['open'].sum()):,} placements are open on {format_date(as_at)}"
    basis = (f"{told}; {recent:,} began in the {entry_years} years before and stand for those to come.", why)
    return Draws(as_at, tuple(range(start_ay, start_ay + years)), seed, cells, fillable[..., kept], fixed[..., kept], survivors[..., kept], share, basis)


def round_keeping_total(places: Floats, rng: np.random.Generator) -> Ints:
    """Whole places from fractions, along the last axis: each is rounded up or down, right on average, and each row's total too.

    Systematic rounding with one random start a row: the running total is cut at whole numbers from that start, in a seeded
    order of the columns so that no neighbour is favoured.
    """
    order = rng.permutation(places.shape[-1])
    running = np.cumsum(places[..., order], axis=-1) + rng.random((*places.shape[:-1], 1))
    whole = np.floor(running + 1e-9).astype(np.int64)
    out = np.empty_like(whole)
    out[..., order] = np.diff(whole, axis=-1, prepend=0)
    return out


@dataclass(frozen=True)
class _Clock:
    """Months counted from the first after the as-at date; `stub` of them come before the first year."""

    start_ay: int
    years: int
    stub: int

    def share(self, begin: Ints, gone: Ints, year: int) -> Floats:
        """The share of year `year` for which a placement open from month `begin` until before month `gone` counts."""
        first = self.stub + 12 * year
        return np.asarray(np.maximum(np.minimum(gone, first + 12) - np.maximum(begin, first), 0) / 12.0)

    def phase(self, born: Ints, year: int) -> Ints:
        """0 primary, 1 secondary, 2 post-16, in year `year` of the plan."""
        age = self.start_ay + year - born
        return np.asarray(np.where(age <= 10, 0, np.where(age <= 15, 1, 2)), dtype=np.int64)


def _history(placements: pd.DataFrame, as_at: date, settings: pd.DataFrame | None) -> pd.DataFrame:
    """One row a placement begun by `as_at`: cohort, the setting's age limit, key (setting, need, residence, area), entry, open, window (years ago)."""
    entry, leaving = days(placements["entry_date"]), days(placements["leaving_date"])
    today = np.datetime64(as_at, "D")
    known = entry <= today
    frame = placements.loc[known, ["urn", "primary_need", "residence_group", "area", "named_by"]].reset_index(drop=True)
    frame["area"] = frame["area"].fillna(ANY)
    frame["cohort"] = cohort(placements["birth_month"])[known]
    frame["limit"] = age_limits(frame["urn"], settings)
    entry, leaving = entry[known], leaving[known]
    frame["open"] = leaving >= today
    month = entry.astype("datetime64[M]").astype(int)
    frame["entry_ay"] = 1970 + month // 12 - (month % 12 < 8)
    frame["month_of_ay"] = (month + 4) % 12  # September is 0
    frame["window"] = ((today - entry).astype(int) / 365.25).astype(int)
    frame["key"] = frame.groupby(["urn", "primary_need", "residence_group", "area"], sort=True).ngroup()
    age = frame["entry_ay"] - frame["cohort"]
    frame["entry_phase"] = np.where(age <= 10, 0, np.where(age <= 15, 1, 2))
    return frame


def _survivors(open_now: pd.DataFrame, survive: Survival, clock: _Clock, keys: int, rng: np.random.Generator) -> Floats:
    """Average places of today's placements: draws × years × (key, phase). One random number a child and draw fixes when the child leaves."""
    draws = survive.alive.shape[1]
    out = np.zeros((draws, clock.years, keys * 3))
    if not len(open_now):
        return out
    born, key = open_now["cohort"].to_numpy(), open_now["key"].to_numpy()
    column = survive.column(born, open_now["limit"].to_numpy())
    everyone, now = np.arange(draws)[:, None], np.zeros(1, dtype=np.int64)
    gone = survive.gone(everyone, column[None, :], rng.random((draws, len(open_now))), now)
    for year in range(clock.years):
        cell = key * 3 + clock.phase(born, year)
        order = np.argsort(cell, kind="stable")
        starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
        out[:, year, cell[order][starts]] = np.add.reduceat(clock.share(now, gone, year)[:, order], starts, axis=1)
    return out


def _entry_counts(history: pd.DataFrame, draws: int, years: int, entry_years: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Ints]:
    """How many entries a draw, year (the first is the one that `as_at` falls in) and lot: Gamma-Poisson, with a shock that all lots of a year share."""
    recent = history[history["window"] < entry_years].sort_values(LOT_AT_ENTRY, kind="stable").reset_index(drop=True)
    lots = recent.groupby(LOT_AT_ENTRY, sort=True).size().to_numpy()
    windows = history.loc[history["window"] < HISTORY_YEARS.value, "window"].value_counts().reindex(range(int(HISTORY_YEARS.value)), fill_value=0)
    mean, extra = windows.mean(), windows.var() - windows.mean()
    spread = max(SHOCK.value**2, extra / mean**2 if mean else 0.0)
    shock = rng.gamma(1 / spread, spread, (draws, years + 1, 1)) if spread else np.ones((draws, years + 1, 1))
    rate = rng.gamma(lots, 1.0 / entry_years, (draws, 1, len(lots)))
    return recent, rng.poisson(rate * shock)


def _entries(
    history: pd.DataFrame, survive: Survival, clock: _Clock, keys: int, share: float, entry_years: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Average places of new placements that a block could fill, and of the others: draws × years × (key, phase)."""
    draws, size = survive.alive.shape[1], keys * 3
    recent, counts = _entry_counts(history, draws, clock.years, entry_years, rng)
    out = np.zeros((2, clock.years, draws * size))
    lots = recent.groupby(LOT_AT_ENTRY, sort=True).size().to_numpy()
    times = counts.reshape(-1)
    if not times.sum():
        return out[0].reshape(draws, clock.years, size), out[1].reshape(draws, clock.years, size)
    place = np.repeat(np.arange(times.size), times)
    lot, offset = place % len(lots), place // len(lots)
    who, ay = offset // (clock.years + 1), offset % (clock.years + 1) - 1
    like = (np.cumsum(lots) - lots)[lot] + (rng.random(place.size) * lots[lot]).astype(np.int64)
    begin = clock.stub + 12 * ay + recent["month_of_ay"].to_numpy()[like]
    born = clock.start_ay + ay - (recent["entry_ay"] - recent["cohort"]).to_numpy()[like]
    block = recent["named_by"].eq("council").to_numpy()[like] | (rng.random(place.size) < share)
    ahead = begin >= 0  # those that would have begun before the as-at date are in today's placements
    who, begin, born, block, like = who[ahead], begin[ahead], born[ahead], block[ahead], like[ahead]
    key, column = recent["key"].to_numpy()[like], survive.column(born, recent["limit"].to_numpy()[like])
    gone = survive.gone(who, column, rng.random(who.size) * survive.alive[begin, who, column], begin)
    kind = np.where(block & (begin >= clock.stub), 0, 1)
    for year in range(clock.years):
        stays = clock.share(begin, gone, year)
        cell = who * size + key * 3 + clock.phase(born, year)
        for k in (0, 1):
            out[k, year] = np.bincount(cell[kind == k], weights=stays[kind == k], minlength=draws * size)
    fillable, fixed = (a.reshape(clock.years, draws, size).transpose(1, 0, 2) for a in out)
    return fillable, fixed


def _cells(keys: pd.DataFrame, *arrays: Floats) -> tuple[pd.DataFrame, Ints]:
    """The columns in which anything ever happens: their urn and lot, and where they stand."""
    kept = np.flatnonzero(sum(a.sum(axis=(0, 1)) for a in arrays))
    of = keys.iloc[kept // 3]
    lots = [Lot(n, PHASES[k % 3], r, a).id for n, r, a, k in zip(of["primary_need"], of["residence_group"], of["area"], kept, strict=True)]
    return pd.DataFrame({"urn": of["urn"].to_numpy(dtype=object), "lot": lots}), kept
