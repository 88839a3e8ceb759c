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
from analytics.run.outlook import outlook
from analytics.run.reads import Chosen, cost_by, cost_trend, filters
from analytics.run.session import Session, require
from data.domain import financial_year
from data.errors import WrongUsage

__all__ = ["DIMENSION_NAMES", "dossier", "overview", "providers", "setting_names", "spend", "spend_placements"]

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
    frames = OverviewFrames(
        row=store.read("overview", as_at=day),
        months=cost_trend(store, "total", date(year - 1, 4, 1), date(day.year, day.month, 1)),
        counts=store.read("counts", as_at=day),
        settings=cost_by(store, [year - 1, year], "setting"),
        bought=compliance.frames(session, year, day),
        outlook=outlook(store),
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
    given = filters(chosen)
    follows = all(name in _LEDGER_DIMENSIONS for name, _ in chosen)
    ledger = {name: given[name] for name in _LEDGER_DIMENSIONS}
    setting = {name: given[name] for name in _LEDGER_DIMENSIONS if name != "compliance"}  # without fees no place stands in any class
    last = date(year + 1, 3, 1)
    frames = SpendFrames(
        in_all=cost_by(store, [year - 1, year], "total", chosen),
        by_value=cost_by(store, [year - 1, year], dimension, chosen),
        trend=cost_trend(store, dimension, date(year + 1 - _YEARS_OF_TREND, 4, 1), last, chosen),
        both=store.read("cost_and_spend", year_kind="FY", year=year, **ledger),
        months=pd.DataFrame() if day else store.read("spend_by_month", from_month=date(year + 1 - _YEARS_OF_TREND, 4, 1), to_month=last, **setting),
        ledger_follows=follows,
    )
    return finding.spend(frames, year, dimension, day, words, store.data_version())


def spend_placements(session: Session, year: int, chosen: Chosen, words: str) -> Table:
    """The placements under the total of Spend, at child level."""
    from analytics.findings import spend as finding

    require(session, "view_children")
    return finding.placements(session.store.read("cost_placements", year_kind="FY", year=year, **filters(chosen)), year, words)


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
    from analytics.findings.providers import row_of

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    settings = store.read("settings", as_at=day) if day else pd.DataFrame(columns=["urn"])
    own = settings[settings["urn"].astype(str) == urn]
    if day is None or own.empty:
        raise WrongUsage(f"There is no setting {urn} with placements here. Choose one from the list.")
    result = benchmark(session)
    alike = store.read("alike", urn=urn, as_at=day)
    alike = alike.merge(result.placements[["placement_id", "actual_gbp"]], on="placement_id") if result else alike.head(0)
    frames = DossierFrames(
        setting=own.iloc[0],
        children=store.read("setting_children", urn=urn, as_at=day),
        fees=store.read("setting_fees", urn=urn),
        outcomes=store.read("setting_outcomes", urn=urn),
        inspections=store.read("setting_inspections", urn=urn),
        contracts=store.read("setting_contracts", urn=urn),
        alike=alike,
        index=row_of(result.settings, result.fit, urn) if result else None,
        bought=store.read("setting_compliance", urn=urn, as_at=day),
        membership=store.read("setting_membership", urn=urn),
    )
    return finding.dossier(frames, day, store.data_version())
