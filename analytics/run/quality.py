"""What Quality asks for: outcomes adjusted for who the children are, worked out once for a version of the data and kept; early warnings; the frontier."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Finding
from analytics.run.benchmarking import benchmark
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data import kept, schema
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.outcomes.result import Outcomes
    from data.store import Store

_NAME, _PARTS = "outcomes", ("settings", "years", "warnings")
_METHOD = Path(__file__).resolve().parent.parent / "outcomes"
_held: dict[tuple[str, str, str], Any] = {}


def outcomes(session: Session) -> Outcomes | None:
    """Outcomes at the as-at day. None where there are neither outcomes nor placements."""
    require(session, "view_costs")
    key = (session.role.value, str(session.store.path), session.store.costed_version())
    found: Outcomes | None = _held.get(key)
    if found is None:
        found = of_store(session.store)
        if found is not None:
            _held.clear()  # one version is kept, as of the benchmark
            _held[key] = found
    return found


def of_store(store: Store) -> Outcomes | None:
    """The same from what the store keeps, or worked out now and kept there."""
    day = last_day(store)
    if day is None:
        return None
    from analytics.outcomes.result import Outcomes, work_out

    key = f"{store.costed_version()} {day} {schema.digest([*sorted(_METHOD.glob('*.py')), schema.SQL / 'read_outcome_rows.sql'])}"
    found = kept.kept(store, _NAME, key, _PARTS)
    if found is not None:
        frames, note = found
        return Outcomes(frames["settings"], frames["years"], frames["warnings"], note)
    rows = store.read("outcome_rows", as_at=day)
    if rows.empty:
        return None
    result = work_out(rows, day)
    if store.known_day is None:  # a past state is not written to
        kept.keep(store, _NAME, key, {name: getattr(result, name) for name in _PARTS}, result.note)
    return result


def last_day(store: Store) -> date | None:
    """The day that Quality refers to: that of the other pages, or without fees the last that outcomes and placements tell of."""
    day = as_at(store)
    if day is None:
        found = store.read("latest_outcome_day")["as_at"]
        day = None if found.empty or pd.isna(found.iloc[0]) else pd.Timestamp(found.iloc[0]).date()
    return day


def measures(session: Session) -> dict[str, str]:
    """Measures that can be compared, for a choice; those that tell most of settings first."""
    from analytics.outcomes.adjusted import BETTER, WORSE

    found = outcomes(session)
    if found is None:
        return {}
    known = sorted(found.measures, key=lambda m: -int(found.of(m.name)["standing"].isin([BETTER, WORSE]).sum()))
    return {m.name: m.title for m in known}


def quality(session: Session, measure: str | None) -> Finding:
    """Are children doing well there? One measure by setting, adjusted; the frontier against cost; early warnings over every measure."""
    from analytics.findings import quality as finding

    found = outcomes(session)
    store, day = session.store, last_day(session.store)
    if found is None or day is None or measure is None or not found.measures:
        return finding.nothing(store.data_version())
    if measure not in {m.name for m in found.measures}:
        raise WrongUsage(f"There is no measure {measure} here. Choose one from the list.")
    costs = benchmark(session)
    return finding.quality(found, measure, names(session), None if costs is None else costs.settings, day, store.data_version())


def setting_choices(session: Session) -> dict[str, str]:
    """Settings with outcomes, by name, for a choice."""
    found = outcomes(session)
    known = names(session)
    urns = sorted(set(found.settings["urn"].astype(str)) if found else (), key=lambda urn: str(known.get(urn, urn)).casefold())
    return {urn: str(known.get(urn, urn)) for urn in urns}


def setting(session: Session, urn: str, measure: str) -> Finding:
    """One setting: every measure, and the chosen one over time."""
    from analytics.findings import quality as finding

    found = outcomes(session)
    if found is None or urn not in set(found.settings["urn"].astype(str)):
        raise WrongUsage(f"There is no setting {urn} with outcomes here. Choose one from the list.")
    return finding.setting(found, urn, str(names(session).get(urn, urn)), measure, session.store.data_version())


def names(session: Session) -> dict[str, str]:
    """Setting name by URN."""
    require(session, "view_costs")
    rows = session.store.read("stg_setting")
    return dict(zip(rows["urn"].astype(str), rows["setting_name"].astype(str), strict=True))
