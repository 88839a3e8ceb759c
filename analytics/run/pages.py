"""What each page asks for: reads from the store, through the models, into a `Finding`. Each checks the role again."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.figures import Finding, Table
from analytics.findings.dossier import DossierFrames
from analytics.findings.ledger import ledger_alone
from analytics.findings.overview import OverviewFrames
from analytics.findings.spend import DIMENSION_NAMES, SpendFrames
from analytics.params import compliance_rules
from analytics.run import compliance, fairness
from analytics.run.benchmarking import benchmark
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data.domain import financial_year
from data.errors import WrongUsage

__all__ = ["DIMENSION_NAMES", "dossier", "overview", "providers", "setting_names", "spend", "spend_placements"]

Chosen = tuple[tuple[str, tuple[str, ...]], ...]
"""Filters as (dimension, values) pairs, so that they can stand in a cache key."""
DIMENSIONS = ("need", "phase", "residence_group", "setting_type", "urn", "provider_group", "area", "funder", "component", "purchase_type", "compliance")
_LEDGER_DIMENSIONS = ("urn", "setting_type", "provider_group", "compliance")
_YEARS_OF_TREND = 3


def overview(session: Session) -> Finding:
    """Where do we stand, and what needs a decision?"""
    from analytics.findings import overview as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    version = store.data_version()
    if day is None:
        empty, paid = pd.DataFrame(), store.read("years")
        paid = paid[paid["year_kind"] == "FY"]
        if paid.empty:
            return finding.overview(OverviewFrames(empty, empty, empty, empty), None, version)
        year = int(paid["year"].max())
        months = store.read("spend_by_month", from_month=date(year, 4, 1), to_month=date(year + 1, 3, 1), urn=None, setting_type=None, provider_group=None)
        return finding.overview(OverviewFrames(empty, empty, empty, empty, ledger_alone(months, year, version)), None, version)
    year = financial_year(day)
    everything = _read_filters(())
    frames = OverviewFrames(
        row=store.read("overview", as_at=day),
        months=store.read("cost_trend", dimension="total", from_month=date(year - 1, 4, 1), to_month=date(day.year, day.month, 1), **everything),
        counts=store.read("counts", as_at=day),
        settings=store.read("cost_by", year_kind="FY", years=[year - 1, year], dimension="setting", **everything),
        bought=compliance.frames(session, year, day),
    )
    return finding.overview(frames, day, version, compliance_rules(day))


def spend(session: Session, year: int | None, dimension: str, chosen: Chosen, words: str) -> Finding:
    """What do we spend, and why did it change? `words`: the filters as a person reads them."""
    from analytics.findings import spend as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    if year is None:
        empty = pd.DataFrame()
        return finding.spend(SpendFrames(empty, empty, empty, empty, empty), None, dimension, day, words, store.data_version())
    filters = _read_filters(chosen)
    follows = all(name in _LEDGER_DIMENSIONS for name, _ in chosen)
    ledger = {name: filters[name] for name in _LEDGER_DIMENSIONS}
    setting = {name: filters[name] for name in _LEDGER_DIMENSIONS if name != "compliance"}  # without fees no place stands in any class
    last = date(year + 1, 3, 1)
    frames = SpendFrames(
        in_all=store.read("cost_by", year_kind="FY", years=[year - 1, year], dimension="total", **filters),
        by_value=store.read("cost_by", year_kind="FY", years=[year - 1, year], dimension=dimension, **filters),
        trend=store.read("cost_trend", dimension=dimension, from_month=date(year + 1 - _YEARS_OF_TREND, 4, 1), to_month=last, **filters),
        both=store.read("cost_and_spend", year_kind="FY", year=year, **ledger),
        months=pd.DataFrame() if day else store.read("spend_by_month", from_month=date(year + 1 - _YEARS_OF_TREND, 4, 1), to_month=last, **setting),
        ledger_follows=follows,
    )
    return finding.spend(frames, year, dimension, day, words, store.data_version())


def spend_placements(session: Session, year: int, chosen: Chosen, words: str) -> Table:
    """The placements under the total of Spend, at child level."""
    from analytics.findings import spend as finding

    require(session, "view_children")
    return finding.placements(session.store.read("cost_placements", year_kind="FY", year=year, **_read_filters(chosen)), year, words)


def providers(session: Session) -> Finding:
    """Whose cost differs from expected?"""
    from analytics.findings import providers as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    version = store.data_version()
    result = benchmark(session) if day else None
    if result is None or day is None:
        return finding.providers(pd.DataFrame(), pd.Series(dtype=str), {}, None, version)
    looked_at = fairness.explained(store, finding.differing(result.settings, result.fit), day)
    return finding.providers(result.settings, fairness.names(store), result.fit, day, version, store.read("setting_replies", urn=None), looked_at)


def setting_names(session: Session) -> dict[str, str]:
    """Settings with an open placement, by URN, for a choice: most placements first."""
    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        return {}
    frame = session.store.read("settings", as_at=day)
    frame = frame[frame["placements"] > 0].sort_values(["placements", "setting_name"], ascending=[False, True], kind="stable")
    return dict(zip(frame["urn"].astype(str), frame["setting_name"].astype(str), strict=True))


def dossier(session: Session, urn: str) -> Finding:
    """One setting: children's needs, fees over time, comparables, outcomes, inspections."""
    from analytics.findings import dossier as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    settings = store.read("settings", as_at=day) if day else pd.DataFrame(columns=["urn"])
    own = settings[settings["urn"].astype(str) == urn]
    if day is None or own.empty:
        raise WrongUsage(f"There is no setting {urn} with placements here. Choose one from the list.")
    result = benchmark(session)
    index = result.settings[result.settings["urn"].astype(str) == urn] if result else pd.DataFrame()
    frames = DossierFrames(
        setting=own.iloc[0],
        children=store.read("setting_children", urn=urn, as_at=day),
        fees=store.read("setting_fees", urn=urn),
        outcomes=store.read("setting_outcomes", urn=urn),
        inspections=store.read("setting_inspections", urn=urn),
        contracts=store.read("setting_contracts", urn=urn),
        snapshot=store.read("snapshot", as_at=day),
        index=index.iloc[0] if len(index) else None,
        bought=store.read("setting_compliance", urn=urn, as_at=day),
        membership=store.read("setting_membership", urn=urn),
    )
    return finding.dossier(frames, day, store.data_version())


def _read_filters(chosen: Chosen) -> dict[str, list[str] | None]:
    """Every filter parameter that the reads take; None where nothing is chosen."""
    given = dict(chosen)
    return {name: list(given[name]) if given.get(name) else None for name in DIMENSIONS}
