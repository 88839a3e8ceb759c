"""Visits to settings: shown on Quality and in the dossier, recorded and taken back by commissioners, told to the audit log."""

from __future__ import annotations

from datetime import date

from analytics.figures import Table, format_date
from analytics.run import audited
from analytics.run.quality import names
from analytics.run.session import Session, allowed, require
from data import audit
from data import visits as kept


def may_record(session: Session) -> bool:
    """Whether this role records visits, in a store that can be written to."""
    return allowed(session.role, "record_visit") and session.store.known_day is None


def visits(session: Session, urn: str | None = None) -> Table:
    """Visits that stand, to one setting or to all."""
    from analytics.findings.quality_tables import visits as table

    require(session, "view_costs")
    return table(kept.standing(session.store, urn), names(session))


def settings(session: Session) -> dict[str, str]:
    """Every setting of the council by name, for a choice."""
    return dict(sorted(names(session).items(), key=lambda item: item[1].casefold()))


def record(session: Session, urn: str, visited_on: date, visited_by: str, seen: str, follows: str, follow_by: date | None) -> str:
    """Keeps a visit and says so in a sentence. NotAllowed for any role but commissioner; WrongUsage as `data.visits.record`."""
    require(session, "record_visit")
    audit.expect_writable(session.store.path)
    visit_id = kept.record(session.store, kept.Visit(urn, visited_on, visited_by, seen, follows, follow_by), session.user or session.role.value)
    audited.tell(session, "visit", visit=visit_id, urn=urn, visited_on=visited_on.isoformat())
    audit.keep_head(session.store)
    return f"The visit of {format_date(visited_on)} to {names(session).get(urn, urn)} is recorded."


def to_take_back(session: Session) -> dict[str, str]:
    """Visits that stand, in words, for a choice."""
    require(session, "record_visit")
    known = names(session)
    rows = kept.standing(session.store)
    rows = rows.assign(at=rows["urn"].astype(str).map(known).fillna(rows["urn"].astype(str)))
    words = [f"{format_date(on)}, {at}, by {by}" for on, at, by in zip(rows["visited_on"], rows["at"], rows["visited_by"], strict=True)]
    return dict(zip(rows["visit_id"].astype(str), words, strict=True))


def take_back(session: Session, visit_id: str) -> None:
    """A visit recorded by mistake stands no more."""
    require(session, "record_visit")
    audit.expect_writable(session.store.path)
    kept.take_back(session.store, visit_id, session.user or session.role.value)
    audited.tell(session, "visit_taken_back", visit=visit_id)
    audit.keep_head(session.store)
