"""Why did cost change between two periods? Reads of both, through the bridge, into a finding; and the rows under each bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analytics.bridge import KINDS, Period
from analytics.bridge.periods import offered
from analytics.findings.bridge import CAUSE_NAMES
from analytics.run.benchmarking import VERY_LARGE
from analytics.run.choices import as_at
from analytics.run.reads import Chosen, filters
from analytics.run.session import Session, require

if TYPE_CHECKING:
    from analytics.bridge import Bridge
    from analytics.figures import Finding, Table

__all__ = ["CAUSE_NAMES", "KINDS", "bridge", "bridge_rows", "is_quick", "periods"]
_held: dict[tuple[object, ...], Bridge] = {}


def periods(session: Session, year: int | None) -> dict[str, tuple[dict[str, str], str]]:
    """What can be compared: kind → (code → name, newest first; the code to end at unless another is asked for).

    Periods have begun by the as-at day and hold cost. A bridge ends at the page's financial `year`, else at the last period that fees cover.
    """
    require(session, "view_costs")
    day = as_at(session.store)
    years = session.store.read("years")
    costly = years[(years["year_kind"] == "FY") & (years["cost_gbp"].fillna(0) != 0)]
    if day is None or costly.empty:
        return {}
    first = pd.Timestamp(costly["starts"].min()).date()
    found = {kind: offered(kind, first, day) for kind in KINDS}
    ends = {kind: next((p.code for p in some if p.last_day <= day), some[0].code) for kind, some in found.items() if some}
    if year is not None and any(p.code == str(year) for p in found["fy"]):
        ends["fy"] = str(year)
    return {kind: ({p.code: p.name for p in some}, ends[kind]) for kind, some in found.items() if some}


def start_of(kind: str, code: str) -> str:
    """The code of the period a year before, at which a bridge begins unless another is asked for."""
    return Period.read(kind, code).year_before


def is_quick(session: Session) -> bool:
    """Whether a bridge of this authority takes a second or two rather than ten."""
    require(session, "view_costs")
    return session.store.count("mart_placement") < VERY_LARGE


def bridge(session: Session, kind: str, start: str, end: str, chosen: Chosen, words: str) -> Finding:
    """Why did cost change from the period `start` to the period `end`? `words`: the filters as a person reads them. WrongUsage for an unknown period."""
    from analytics.findings import bridge as finding

    require(session, "view_costs")
    before, after = Period.read(kind, start), Period.read(kind, end)
    day = as_at(session.store)
    return finding.bridge(_split(session, before, after, chosen), before, after, day, words, session.store.data_version())


def bridge_rows(session: Session, kind: str, start: str, end: str, cause: str, chosen: Chosen, words: str) -> Table:
    """The placements under one bar, at child level; their amounts add up to the bar to the penny. WrongUsage for an unknown period or cause."""
    from analytics.findings import bridge as finding

    require(session, "view_children")
    before, after = Period.read(kind, start), Period.read(kind, end)
    return finding.rows(_split(session, before, after, chosen), cause, before, after, words)


def _split(session: Session, before: Period, after: Period, chosen: Chosen) -> Bridge:
    """The bridge, held for the bars that are opened under it."""
    from analytics.bridge import bridge as split

    key = (session.role.value, str(session.store.path), session.store.data_version(), before, after, chosen)
    found = _held.get(key)
    if found is None:
        found = split(*(_read(session, period, chosen) for period in (before, after)))
        _held.clear()  # one is kept; another session may clear it at any time, so what is answered does not pass through it
        _held[key] = found
    return found


def _read(session: Session, period: Period, chosen: Chosen) -> pd.DataFrame:
    return session.store.read("bridge_period", first_day=period.first_day, last_day=period.last_day, is_snapshot=period.is_snapshot, **filters(chosen))
