"""What people do with the pages, told to the audit log of the data they look at: pages opened, roles taken, sign-in and sign-out."""

from __future__ import annotations

from analytics.run import audited, stores
from analytics.run.session import Session
from data import audit


def page_opened(session: Session, page: str) -> None:
    """A page opened in a role. StoreUnusable when the log cannot be written."""
    audited.tell(session, "page", page=page)


def person(event: str, role: str, user: str, **about: object) -> None:
    """What a person did before any data were opened: kept with the council's data, or with the sample while there are none. Nothing before that."""
    db = next((path for path in (stores.council_path(), stores.sample_path()) if path.exists()), None)
    if db is not None:
        audit.record(db, event, role, user, about)
