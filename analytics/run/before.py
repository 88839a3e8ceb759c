"""What Contracts says before anything is sized: the places in question and what is guaranteed today."""

from __future__ import annotations

from analytics.figures import Finding
from analytics.run.choices import as_at
from analytics.run.session import Session, require


def before(session: Session) -> Finding:
    """Open independent and non-maintained placements, their cost, and the places guaranteed by running contracts."""
    from analytics.findings import before as finding

    require(session, "plan_contracts")
    store, day = session.store, as_at(session.store)
    version = store.data_version()
    if day is None:
        return finding.nothing(version)
    return finding.before(store.read("open_places", as_at=day), store.read("stg_contract"), day, version)
