"""How many places, of which kind, when? The forecast of a store, by command and for the page; kept by role, data version and parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.run.choices import as_at as latest
from analytics.run.session import Session, require
from data import kept, schema
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.demand.backtest import Backtest
    from analytics.demand.levers import Levers
    from analytics.demand.project import Projection
    from data.store import Store

YEARS, DRAWS, SEED = 5, 1000, 1
_LOOK_BACK = "look_back"
_ROOT = Path(__file__).resolve().parents[2]
_METHOD = (*_ROOT.glob("analytics/demand/*.py"), _ROOT / "analytics/survival.py")  # what the look back follows from
_MOST_HELD = 2
Tell = Callable[[str, float], object]
_held: dict[tuple[str, ...], tuple[Projection, Backtest]] = {}  # forecasts by role, store, data version and parameters


@dataclass(frozen=True)
class DemandData:
    """What a forecast is made of: independent and non-maintained placements, past and open, settings, consultations."""

    placements: pd.DataFrame
    settings: pd.DataFrame
    consultations: pd.DataFrame


def data_of(store: Store) -> DemandData:
    """Placements at independent and non-maintained special schools and specialist colleges; the others are not bought."""
    from analytics.contracts.offers import nmiss

    return DemandData(nmiss(store.read("mart_placement")), store.read("stg_setting"), store.read("stg_consultation"))


def day_of(store: Store, placements: pd.DataFrame) -> date | None:
    """The day that a forecast starts from: the last one covered by fees, else the last on which a placement began or ended, never after today."""
    day = latest(store)
    if day is not None or placements.empty:
        return day
    today = datetime.now(UTC).date()
    known = pd.to_datetime(pd.concat([placements["entry_date"], placements["leaving_date"]])).dropna().dt.date
    known = known[known <= today]
    return known.max() if len(known) else None


def forecast(db: Path, as_at: date | None, years: int = YEARS, draws: int = DRAWS, seed: int = SEED, known_on: date | None = None) -> dict[str, Any]:
    """The forecast document (INTERFACE): places by lot and year, survivors by setting, the whole, and how well it did looking back.

    WrongUsage when no placement is open on the day.
    """
    from analytics.demand.backtest import backtest
    from analytics.demand.forecast import document
    from analytics.demand.project import project
    from analytics.run.commands import of_day, opened

    with opened(db, known_on=known_on) as store:
        data, known = data_of(store), of_day(store)
        day = as_at or day_of(store, data.placements)
        expect_open(data.placements, day)
    assert day is not None  # noqa: S101 - expect_open has refused it
    found = project(data.placements, day, years=years, draws=draws, seed=seed, settings=data.settings, consultations=data.consultations)
    looked = backtest(data.placements, day, settings=data.settings, seed=seed)
    return {**document(found, looked.to_json()), **known}


def expect_open(placements: pd.DataFrame, day: date | None) -> None:
    """WrongUsage where no placement is open on the day."""
    if day is None or placements.empty:
        raise WrongUsage("No independent or non-maintained placement is loaded, so nothing can be forecast. Load plans, settings and placements.", "nothing")
    today = pd.Timestamp(day)
    leaving = pd.to_datetime(placements["leaving_date"])
    here = (pd.to_datetime(placements["entry_date"]) <= today) & (leaving.isna() | (leaving >= today))
    if not bool(np.asarray(here).any()):
        raise WrongUsage(f"No independent or non-maintained placement is open on {day:%d/%m/%Y}; name another day with --as-at.", "none_open")


def _looked_back(store: Store, data: DemandData, day: date, tell: Tell) -> Backtest:
    """The look back from what the store keeps, or worked out now and kept there."""
    from analytics.demand.backtest import Backtest, backtest

    key = f"{store.costed_version()} {day} {schema.digest(sorted(_METHOD))}"
    found = kept.kept(store, _LOOK_BACK, key, ("rows",))
    if found is not None:
        return Backtest(found[0]["rows"].assign(origin=lambda rows: pd.to_datetime(rows["origin"]).dt.date))
    looked = backtest(data.placements, day, settings=data.settings, seed=SEED, tell=lambda share: tell("Looking back on earlier years", 0.4 * share))
    if store.known_day is None and len(looked.rows):  # a past state is not written to
        kept.keep(store, _LOOK_BACK, key, {"rows": looked.rows}, {})
    return looked


def _key(session: Session, levers: Levers) -> tuple[str, ...]:
    return (session.role.value, str(session.store.path), session.store.data_version(), repr((levers.to_json(), YEARS, DRAWS, SEED)))


def is_drawn(session: Session, levers: Levers) -> bool:
    """Whether the forecast under the levers is held already."""
    require(session, "view_costs")
    return _key(session, levers) in _held


def worked_out(session: Session, levers: Levers, tell: Tell = lambda _words, _share: None) -> tuple[Projection, Backtest]:
    """The forecast under the levers and its look back, drawn once for a role, data version and parameters. WrongUsage as `forecast`.

    `tell` is told what is happening and the share that is done, and may raise to stop.
    """
    from analytics.demand.project import project

    require(session, "view_costs")
    store, key = session.store, _key(session, levers)
    found = _held.get(key)
    if found is None:
        data = data_of(store)
        day = day_of(store, data.placements)
        expect_open(data.placements, day)
        assert day is not None  # noqa: S101 - expect_open has refused it
        same_data = next((held for of, held in _held.items() if of[:3] == key[:3]), None)
        looked = same_data[1] if same_data else _looked_back(store, data, day, tell)
        drawn = project(
            data.placements,
            day,
            years=YEARS,
            draws=DRAWS,
            seed=SEED,
            settings=data.settings,
            consultations=data.consultations,
            levers=levers,
            tell=lambda share: tell(f"Drawing {DRAWS:,} futures", 0.4 + 0.6 * share),
        )
        found = (drawn, looked)
        if len(_held) >= _MOST_HELD:
            _held.clear()
        _held[key] = found
    return found
