"""What Intake asks for: preview, load, mend, match, dictionary, backup."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Finding, Table, format_date
from analytics.run.job import Job
from analytics.run.session import Session, check_role, require
from data.domain import Role
from data.sources import SOURCES

if TYPE_CHECKING:
    from data.preview import Preview

NO_SETTING = "none"


def intake(session: Session) -> Finding:
    """Is our data in, and right?"""
    from analytics.findings import intake as finding

    require(session, "load_data")
    store = session.store
    return finding.intake(store.read("meta_batch"), store.read("meta_quarantine"), _to_match(session), store.data_version())


def preview(role: Role, path: Path, source: str | None, profile: str | None) -> Preview:
    """What a file would bring, without loading it. InputRejected as loading would raise it."""
    from data.preview import preview as look

    check_role(role, "load_data")
    return look(path, source, profile)


def load(session: Session, paths: Sequence[Path], source: str | None = None) -> Job:
    """Starts to load files; the result is one report a file."""
    require(session, "load_data")

    def work(progress: Any, cancelled: Any) -> Any:
        from data.load import load_files

        return load_files(session.store, list(paths), source=source, progress=progress, cancelled=cancelled)

    return Job(work)


def mended(rows: pd.DataFrame) -> bytes:
    """Mended records as a CSV of the source, ready to be loaded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows.columns)
    writer.writerows(rows.fillna("").itertuples(index=False))
    return out.getvalue().encode("utf-8")


def proposals(session: Session) -> Table:
    """Suppliers that wait for a person, with the setting proposed."""
    from analytics.findings import intake as finding

    require(session, "load_data")
    return finding.proposals(_to_match(session), session.store.read("stg_setting"))


def decisions(session: Session) -> dict[str, str]:
    """Supplier names that a person has decided on, with the decision in words."""
    from data.matching import decided

    require(session, "load_data")
    names = _names(session)
    return {
        str(r.supplier_name): f"{r.supplier_name}: {names.get(str(r.urn), 'no setting') if r.urn else 'no setting'}"
        for r in decided(session.store).itertuples()
    }


def setting_choices(session: Session) -> dict[str, str]:
    """Every setting by URN, and that a supplier is no setting."""
    require(session, "load_data")
    return {NO_SETTING: "Not a setting (transport, therapy, agency…)", **dict(sorted(_names(session).items(), key=lambda item: item[1]))}


def decide(session: Session, supplier: str, urn: str) -> None:
    """A person says which setting a supplier is, or that it is none."""
    from data.matching import confirm

    require(session, "load_data")
    confirm(session.store, supplier, None if urn == NO_SETTING else urn, session.role.value)


def take_back(session: Session, supplier: str) -> None:
    """Takes back a decision on a supplier."""
    from data.matching import undo

    require(session, "load_data")
    undo(session.store, supplier)


def days_of_loading(session: Session) -> dict[str, str]:
    """Days on which something was loaded, newest first, as ISO text and in words."""
    from data import known

    require(session, "load_data")
    return {day.isoformat(): format_date(day) for day in known.days_of_loading(session.store)}


def changed_since(session: Session, day: str) -> Table:
    """Which records are other than they were known at the end of a day (ISO text)."""
    from analytics.findings import intake as finding
    from data.restated import restated

    require(session, "load_data")
    return finding.changes(restated(session.store, date.fromisoformat(day)), date.fromisoformat(day))


def withdrawable(session: Session) -> dict[str, str]:
    """Batches that stand, newest first, in words."""
    from analytics.findings import intake as finding

    require(session, "load_data")
    return finding.standing_batches(session.store.read("meta_batch"))


def withdraw(session: Session, batch_id: str) -> str:
    """Takes a batch back without another in its place; answers what left, in a sentence."""
    from analytics.findings import intake as finding
    from data.withdrawal import withdraw_batch

    require(session, "load_data")
    return finding.withdrawn(withdraw_batch(session.store, batch_id))


def dictionary(source: str) -> Table:
    """The columns of a source."""
    from analytics.findings import intake as finding

    return finding.dictionary(SOURCES[source])


def template(source: str) -> bytes:
    """The source's CSV with its header alone."""
    from data.templates import header_line

    return (header_line(SOURCES[source]) + "\r\n").encode("utf-8-sig")


def backup(session: Session) -> dict[str, Any]:
    """A complete copy of the store in its backup folder."""
    from data import backup as copies
    from data.paths import backup_dir

    require(session, "load_data")
    return dict(copies.backup(session.store, backup_dir(session.store.path)))


def _names(session: Session) -> dict[str, str]:
    settings = session.store.read("stg_setting")
    return {str(urn): f"{name} ({urn})" for urn, name in zip(settings["urn"], settings["setting_name"], strict=True)}


def _to_match(session: Session) -> pd.DataFrame:
    """Suppliers of payments that name no setting, not decided on, and not matched safely without a person."""
    from data.matching import decided

    suppliers = session.store.read("suppliers")
    proposed = session.store.read("supplier_proposal")
    found = suppliers.merge(proposed, on="supplier_name", how="left")
    open_ones = ~found["supplier_name"].isin(decided(session.store)["supplier_name"]) & ~found["automatic"].fillna(False).astype(bool)
    return found[open_ones].reset_index(drop=True)
