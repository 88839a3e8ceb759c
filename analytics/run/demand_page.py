"""What the Demand page asks for: the finding under levers, what can be chosen, freezing a forecast and its scorecard. Each checks the role again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Finding, Table
from analytics.run import audited, demand
from analytics.run.choices import as_at as latest
from analytics.run.session import Session, allowed, require
from data import audit, forecasts
from data.domain import academic_year, academic_year_name
from data.errors import WrongUsage

if TYPE_CHECKING:
    from datetime import date

    from analytics.demand.levers import Levers
    from analytics.params import Parameter

APPLIES = "This page shows the whole authority; choose a kind of place below. Your filters are kept, and apply on Spend."
YEARS_BEFORE = 5  # academic years that the fan shows before the forecast


def is_drawn(session: Session, levers: Levers) -> bool:
    """Whether there is nothing to wait for: the futures are held, or nothing can be forecast."""
    return not _is_open(session) or demand.is_drawn(session, levers)


def draw(session: Session, levers: Levers, tell: demand.Tell) -> None:
    """Draws the futures and holds them. `tell` is told how far it is and may raise to stop; WrongUsage as `finding`."""
    demand.worked_out(session, levers, tell)


def kinds(session: Session, levers: Levers) -> dict[str, str]:
    """Kinds of place to choose from; empty where nothing can be forecast."""
    from analytics.findings import demand as finding

    require(session, "view_costs")
    if not _is_open(session):
        return {}
    return finding.kinds(demand.worked_out(session, levers)[0])


def finding(session: Session, levers: Levers, kind: str) -> Finding:
    """How many places, of which kind, when? For one kind of place under the levers. WrongUsage for a closing that cannot be."""
    from analytics.demand.entering import start_months
    from analytics.findings import demand as told

    require(session, "view_costs")
    version = session.store.data_version()
    if not _is_open(session):
        return told.nothing(version)
    projection, looked = demand.worked_out(session, levers)
    past = _past(session, projection.as_at)
    return told.demand(
        told.DemandFrames(projection, looked, past, _names(session), start_months(projection.found.history), _prices(session, projection.as_at)), kind, version
    )


def levers() -> dict[str, Parameter]:
    """Every lever with its unit, range, source and what it is, the fill share last."""
    from analytics.demand.levers import FILL_SHARE, LEVERS

    return {**LEVERS, "fill_share": FILL_SHARE}


def lever_words() -> dict[str, str]:
    """Levers by name, as a person reads them."""
    from analytics.demand.levers import WORDS

    return dict(WORDS)


def as_found() -> Levers:
    """No lever moved."""
    from analytics.demand.levers import Levers

    return Levers()


def moved(values: dict[str, tuple[float, str]], closing: tuple[str, int, str] | None) -> Levers:
    """The levers that a form asks for. WrongUsage for a value outside its range, or one moved without a reason."""
    from analytics.demand.levers import Closing, Levers

    return Levers.of(values, (Closing(*closing),) if closing else ())


def to_close(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    """Settings that a person may think closed, by URN, those with most children first, and the academic years to choose from."""
    require(session, "view_costs")
    data = demand.data_of(session.store)
    day = demand.day_of(session.store, data.placements)
    if day is None:
        return {}, {}
    here = data.placements[pd.to_datetime(data.placements["leaving_date"]).isna()]
    names = _names(session)
    first = academic_year(day) + 1
    return {str(u): names.get(str(u), str(u)) for u in here["urn"].value_counts().index}, {
        str(y): academic_year_name(y) for y in range(first, first + demand.YEARS)
    }


def may_freeze(session: Session) -> bool:
    """Whether this role freezes forecasts, in a store that can be written to."""
    return allowed(session.role, "freeze_forecast") and session.store.known_day is None


def freeze(session: Session, moved_levers: Levers, note: str) -> str:
    """Keeps the forecast under the levers as it is now, and says so. NotAllowed for any role but commissioner; WrongUsage as `data.forecasts.freeze`."""
    from analytics.demand import forecast

    require(session, "freeze_forecast")
    if session.store.known_day is not None:
        raise WrongUsage("An earlier state is shown, in which no forecast can be frozen. Go back to today's data.", "past")
    audit.expect_writable(session.store.path)
    projection, _ = demand.worked_out(session, moved_levers)
    lots = pd.concat([forecast.total_frame(projection).assign(lot=forecasts.WHOLE), forecast.lots_frame(projection)], ignore_index=True)
    made = forecasts.Frozen(
        projection.as_at,
        session.store.data_version(),
        projection.draws,
        projection.seed,
        tuple(projection.levers.to_json()),
        session.user or session.role.value,
        note,
    )
    forecast_id = forecasts.freeze(session.store, made, lots)
    audited.tell(session, "forecast_frozen", forecast=forecast_id, data_version=made.data_version)
    audit.keep_head(session.store)
    return "The forecast is frozen: what comes will be held against it."


def frozen_state(session: Session) -> str:
    """Changes with every forecast frozen: for the cache."""
    require(session, "view_costs")
    return forecasts.state(session.store)


def frozen(session: Session, _state: str) -> tuple[Table, Table]:
    """Forecasts frozen so far, and the scorecard. `_state`: so that a cached answer holds those that stand."""
    from analytics.demand.past import scored
    from analytics.findings import demand_tables

    require(session, "view_costs")
    rows = session.store.read("frozen_forecasts")
    data = demand.data_of(session.store)
    day = demand.day_of(session.store, data.placements)
    came = scored(rows, data.placements, day) if day else rows.head(0).assign(came=[], months=[], held=[])
    return demand_tables.standing(rows), demand_tables.scorecard(came)


def _is_open(session: Session) -> bool:
    data = demand.data_of(session.store)
    try:
        demand.expect_open(data.placements, demand.day_of(session.store, data.placements))
    except WrongUsage:
        return False
    return True


def _past(session: Session, day: date) -> dict[int, pd.Series]:
    """Average places by lot of the academic years before the forecast; the running one so far."""
    from analytics.demand.past import average_places

    placements = demand.data_of(session.store).placements
    running = academic_year(day)
    found: dict[int, Any] = {year: average_places(placements, year, day) for year in range(running - YEARS_BEFORE + 1, running + 1)}
    return {year: came for year, (came, months) in found.items() if months and len(came)}


def _prices(session: Session, day: date) -> pd.Series:
    """What a place costs the council on the day by lot, £ a year: the median of the children there, without transport and place funding."""
    from analytics.contracts.offers import lots_of, nmiss

    if latest(session.store) is None:
        return pd.Series(dtype=float)
    now = nmiss(session.store.read("snapshot", as_at=day))
    price = (now["benchmark_gbp"] - now["dfe_place_gbp"].fillna(0) - now["place_funding_gbp"].fillna(0)).astype(float)
    return price.groupby(lots_of(now, now["phase"])).median()


def _names(session: Session) -> dict[str, str]:
    settings = session.store.read("stg_setting")
    return dict(zip(settings["urn"].astype(str), settings["setting_name"].astype(str), strict=True))
