"""What Price bands asks for: the table that a person put in, else the example, held against the placements of the as-at day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.findings.bands import LEAVE_NAMES, PRICE_NAMES
from analytics.run import published
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from analytics.run.whole_cost import APPLIES, kept
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.bands import Holding
    from analytics.figures import Finding, Table
    from analytics.run.reads import Chosen

__all__ = ["APPLIES", "LEAVE_NAMES", "PRICE_NAMES", "TABLE", "bands", "first_days", "placements", "to_edit"]

TABLE = "price_bands"


def first_days(session: Session, _stamp: str) -> dict[str, str]:
    """The days on which the table's maxima change, newest first, as ISO text and in words."""
    from analytics import bands as model
    from analytics.figures import format_date

    return {day: format_date(date.fromisoformat(day)) for day in model.first_days(_bands(session)[0])}


def bands(session: Session, on: str, price: str, leave: str, chosen: Chosen, words: str, _stamp: str) -> Finding:
    """What would price bands change? `on`: a first day (ISO); `leave`: share of fees at which a setting might leave; `_stamp`: which table, for the cache."""
    from analytics import bands as model
    from analytics.findings import bands as finding

    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        return finding.bands(None, None, leave, price, words, session.store.data_version())
    (table, file), places = _bands(session), _places(session, day)
    held = [_held(table, places, on, price, chosen, shift) for shift in (0.0, model.SHIFT.value, -model.SHIFT.value)]
    leavers = model.might_leave(model.by_setting(_held(table, places, on, price, (), 0.0)), float(leave))
    within = places[kept(places, chosen)]
    left = model.leaving(within, session.store.read("settings", as_at=day), leavers, day)
    concerned = [urn for urn in leavers if urn in set(within["urn"].astype(str))]
    frames = finding.BandFrames(held[0], held[1], held[2], left, concerned, file)
    return finding.bands(frames, day, leave, price, words, session.store.data_version())


def placements(session: Session, on: str, price: str, chosen: Chosen, words: str) -> Table:
    """The placements held against the bands, at child level."""
    from analytics.findings import bands as finding

    require(session, "view_children")
    day = as_at(session.store)
    if day is None:
        raise WrongUsage("No placement open on the day has an agreed fee. Load plans, placements and fees, or check the dates of the fees.", "no_fees")
    return finding.placements(_held(_bands(session)[0], _places(session, day), on, price, chosen, 0.0), day, words)


def to_edit(session: Session) -> bytes:
    """The table in use as a CSV, ready to be edited and put in again."""
    return published.template(TABLE, _bands(session)[0])


def _bands(session: Session) -> tuple[pd.DataFrame, str]:
    """The table, and its file's name, empty for the example."""
    found = published.table(session, TABLE)
    if found is not None:
        return found.rows, found.file
    rows = session.store.read("ref_price_bands")
    return rows.assign(maximum_gbp=rows["maximum_gbp"].astype(float), needs=rows["needs"].fillna("")), ""


def _places(session: Session, day: date) -> pd.DataFrame:
    """Every open placement with a fee."""
    from analytics import whole_cost as model

    return model.priced(session.store.read("whole_cost", as_at=day))


def _held(table: pd.DataFrame, places: pd.DataFrame, on: str, price: str, chosen: Chosen, shift: float) -> Holding:
    from analytics import bands as model

    return model.hold(places[kept(places, chosen)], table, date.fromisoformat(on), price, shift)
