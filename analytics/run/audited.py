"""What is told to the audit log, and by whom: a session's role and signed-in name, or the command and the computer's account."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import audit

if TYPE_CHECKING:
    from analytics.run.session import Session
    from data.store import Store
    from data.withdrawal import Withdrawal

COMMAND = "command"


def tell(session: Session, event: str, **about: object) -> None:
    """One event of a session. StoreUnusable when the log cannot be written: then what was asked for is not done."""
    audit.record(session.store.path, event, session.role.value, session.user, about)


def told_by_command(db: Path, event: str, **about: object) -> None:
    """One event of a command."""
    audit.record(db, event, COMMAND, account(), about)


def account() -> str:
    """The computer's account that runs a command, where the system knows one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a list of users
        return ""


def withdrawn(store: Store, role: str, user: str, done: Withdrawal) -> None:
    """One event for a batch taken back; none where it was taken back before."""
    if not done.already_withdrawn:
        about = {"batch_id": done.withdrawn, "source": done.source, "by": done.batch_id, "rows_left": done.rows_left}
        audit.record(store.path, "withdrawn", role, user, about)
        audit.keep_head(store)


def loaded(store: Store, role: str, user: str, reports: Iterable[Any]) -> None:
    """One event a file: its name, source, batch and counts; of a refused one the code alone, as the sentence may quote a cell."""
    told = 0
    for report in (one if isinstance(one, dict) else one.to_json() for one in reports):
        about: dict[str, object] = {"file": Path(str(report["file"])).name}
        if report["rejected"]:
            audit.record(store.path, "refused", role, user, about | {"code": report["rejected"]["code"]})
        elif not report["already_loaded"]:
            names = ("source", "batch_id", "replaces", "rows_in", "accepted", "duplicates", "quarantined")
            audit.record(store.path, "loaded", role, user, about | {name: report[name] for name in names if report.get(name) is not None})
            told += 1
    if told:
        audit.keep_head(store)
