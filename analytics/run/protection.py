"""Real data under protection: what was confirmed, pseudonyms, records past their time, the audit log. For commands and for Intake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.run import audited
from analytics.run.commands import opened
from analytics.run.session import Session, require
from data import assurance, audit, pseudonym, retention, rewriting
from data.errors import StoreUnusable, WrongUsage

if TYPE_CHECKING:
    from data.store import Store

NO_HOLD = "The database is in use, so the copy of the log's head that it holds was not compared."
OTHER_COPIES = "Copies in other folders, on other disks and in the computer's own backups are not known here; the audit log names each backup's folder."


def assure(db: Path, wish: assurance.Wish | None) -> dict[str, Any]:
    """Confirms (with a wish), or says what is confirmed. WrongUsage for what is missing; StoreUnusable for another key."""
    with opened(db, create=wish is not None) as store:
        if wish is not None:
            confirm(store, wish, audited.COMMAND, audited.account())
        return confirmed(store)


def expect_complete(wish: assurance.Wish) -> None:
    """WrongUsage with one sentence for what a confirmation lacks."""
    assurance.check(wish, _today())


def confirm(store: Store, wish: assurance.Wish, role: str, user: str) -> None:
    """Keeps a confirmation and tells it to the audit log, which must be writable first."""
    audit.expect_writable(store.path)
    given = assurance.give(store, wish, f"{role} {user}".strip())
    about = {"assessment": given.assessment, "assessed_on": given.assessed_on, "lies_at": given.lies_at, "keep_years": given.keep_years}
    audit.record(store.path, "confirmed", role, user, about | {"pseudonyms": given.fingerprint or "no"})
    audit.keep_head(store)


def confirmed(store: Store) -> dict[str, Any]:
    """What is confirmed for a store, where it lies, and where the key of pseudonyms is."""
    given = assurance.given(store)
    document = {"confirmed": given is not None, "needed": assurance.needed(store), "lies_at": str(store.path)}
    if given is None:
        return document
    names = ("given_at", "given_by", "assessment", "assessed_on", "keep_years", "fingerprint")
    return document | {name: getattr(given, name) for name in names} | {"key": str(pseudonym.key_path()) if given.fingerprint else None}


def years_kept(store: Store, named: int | None) -> tuple[int, str]:
    """Years that placements are kept after they end, and where the number comes from. WrongUsage outside 1 to 25."""
    given = assurance.given(store)
    years, why = (given.keep_years, "as confirmed") if given else (assurance.KEEP_YEARS, "an assumption, until it is confirmed")
    if named is not None:
        years, why = named, "as named"
    if not assurance.LEAST_YEARS <= years <= assurance.MOST_YEARS:
        raise WrongUsage(f"Placements can be kept for {assurance.LEAST_YEARS} to {assurance.MOST_YEARS} years after they end.", "keep_years")
    return years, why


def due(store: Store, named: int | None = None, today: date | None = None) -> dict[str, Any]:
    """What would be removed today: a dry run."""
    day = today or _today()
    years, why = years_kept(store, named)
    found = rewriting.planned(store, retention.day_before(day, years))
    return {"as_at": day, "keep_years": years, "keep_years_is": why, "done": False, **found.to_json()}


def retain(db: Path, years: int | None, *, dry_run: bool, backups: bool, today: date | None = None) -> dict[str, Any]:
    """Removes placements that ended over so many years ago, and says what it did. With `backups` the copies from before go too, after a fresh one."""
    db = db.expanduser().resolve()
    with opened(db) as store:
        document = due(store, years, today)
        since = rewriting.last_removal(store)
    if not dry_run:
        audit.expect_writable(db)
        gone = rewriting.carry_out(db, document["ended_before"], partial(_tell, db))
        document |= gone.to_json() | {"done": True}
    if any(document["rows"].values()) or document["payments_detached"] or document["set_aside"]:
        since = datetime.now(UTC).replace(tzinfo=None)
    return document | _copies(db, since, backups and not dry_run)


def _tell(db: Path, event: str, about: dict[str, Any]) -> None:
    audited.told_by_command(db, event, **about)


def _copies(db: Path, since: datetime | None, delete: bool) -> dict[str, Any]:
    """Copies beside the database that hold what went; deleted on request. `since`: when something went last, None if nothing ever did."""
    copies = rewriting.older_copies(db, since) if since else []
    told: dict[str, Any] = {"copies": [{"file": str(path), "deleted": delete} for path in copies], "fresh_backup": None}
    if delete and copies:
        with opened(db) as store:
            told["fresh_backup"] = str(rewriting.delete_copies(store, copies))
            audited.told_by_command(db, "backups_deleted", files=len(copies))
            audit.keep_head(store)
    return told | {"note": OTHER_COPIES}


def look_up(db: Path, text: str, kind: str) -> dict[str, str]:
    """The pseudonym of an id in a database. WrongUsage for another kind, for no id, and where ids are kept as given."""
    with opened(db) as store:
        return {"pseudonym": _pseudonym(store, text, kind, partial(audited.told_by_command, store.path))}


def _pseudonym(store: Store, text: str, kind: str, tell: Callable[..., None]) -> str:
    if kind not in pseudonym.KINDS:
        raise WrongUsage(f"'{kind}' is not a kind of id; use {', '.join(pseudonym.KINDS)}.")
    names = pseudonym.of(store)
    if names is None:
        raise WrongUsage(f"{store.path.name} keeps ids as they were given; there is no pseudonym to look up.", "no_pseudonyms")
    found = names.of(pseudonym.KINDS[kind], text)
    if not found:
        raise WrongUsage("That is no id; give it as the case system writes it.", "no_id")
    tell("pseudonym", kind=kind)
    return found


def log(db: Path) -> dict[str, Any]:
    """The audit log's events, oldest first, and whether it is whole. StoreUnusable when there is no database."""
    db, notes = db.expanduser().resolve(), []
    heads: list[audit.Head] = []
    try:
        with opened(db) as store:
            heads = audit.heads_in(store)
    except StoreUnusable as error:
        if error.code != "store_held":
            raise
        notes.append(NO_HOLD)
    found = audit.verify(db, heads)
    return {"holds": found.holds, "faults": list(found.faults), "notes": [*found.notes, *notes], "events": list(found.events)}


def checks(store: Store) -> list[dict[str, Any]]:
    """Checks of protection: confirmation, audit log, notes of what was removed."""
    missing = assurance.needed(store)
    said = "Real data are loaded, but their protection is not confirmed; confirm it on Intake or with the command assure."
    found = [_check("assurance_not_given", "warning", int(missing), said if missing else "No confirmation of data protection is missing.")]
    verdict = audit.verify(store.path, audit.heads_in(store))
    found.append(_check("audit_log", "error", len(verdict.faults), " ".join(verdict.faults) or "The audit log is whole."))
    notes = store.read("meta_removed")
    broken = not retention.notes_hold(notes)
    found.append(_check("removal_notes", "error", int(broken), _NOTES[broken]))
    done = [event["about"].get("newest_note") for event in verdict.events if event["event"] == "retention_done"]
    back = bool(done) and done[-1] not in set(notes["hash"])
    words = "A copy from before the last removal was put in place, so removed records are here again; run retain." if back else "No removed record is back."
    return [*found, _check("removal_undone", "warning", int(back), words)]


_MEND = "Follow what the sentence says; docs/data-protection.md explains each."
_NOTES = {True: "The notes of removed records were changed.", False: "The notes of removed records are whole."}


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _check(code: str, level: str, count: int, message: str) -> dict[str, Any]:
    from analytics.reconcile import Check

    return asdict(Check(code, level if count else "info", count, message, mend=_MEND if count else Check.mend))


def due_now(session: Session) -> dict[str, Any]:
    """What would be removed today, for Intake."""
    require(session, "load_data")
    return due(session.store)


def pseudonym_of(session: Session, text: str) -> str:
    """The pseudonym of a child's id, for Intake. WrongUsage for what is no id."""
    require(session, "load_data")
    return _pseudonym(session.store, text, "child", partial(audited.tell, session))


def log_of(session: Session) -> dict[str, Any]:
    """The audit log of the session's data, and whether it is whole."""
    require(session, "view_audit")
    found = audit.verify(session.store.path, audit.heads_in(session.store))
    return {"holds": found.holds, "faults": list(found.faults), "notes": list(found.notes), "events": list(found.events)}


def log_file(session: Session) -> bytes:
    """The audit log as it lies; its leaving is an event of its own."""
    require(session, "view_audit")
    audited.tell(session, "exported", table="Audit log", form="jsonl")
    return audit.audit_path(session.store.path).read_bytes()
