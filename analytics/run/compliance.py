"""How places are bought, for any page: the four classes of cost and spend, by year, and each vehicle's days and value."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.params import compliance_rules
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data.domain import financial_year

if TYPE_CHECKING:
    from analytics.figures import Finding
    from analytics.findings.compliance import ComplianceFrames


def compliance(session: Session, year: int | None = None) -> Finding:
    """How are places bought? `year`: a financial year; without it that of the as-at day."""
    from analytics.findings import compliance as finding

    require(session, "view_costs")
    day = as_at(session.store)
    year = year if year is not None or day is None else financial_year(day)
    return finding.compliance(frames(session, year, day), year, day, compliance_rules(day or date.max), session.store.data_version())


def frames(session: Session, year: int | None, day: date | None) -> ComplianceFrames:
    """The reads behind `compliance`; empty without fees."""
    from analytics.findings.compliance import ComplianceFrames

    require(session, "view_costs")
    if day is None or year is None:
        return ComplianceFrames(pd.DataFrame(), pd.DataFrame())
    return ComplianceFrames(session.store.read("compliance", year_kind="FY", year=year, as_at=day), session.store.read("vehicles", as_at=day))
