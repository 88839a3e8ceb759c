"""What Intake asks for: preview, load, mend, match, dictionary, backup."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Finding, Table
from analytics.run import audited
from analytics.run.job import Job
from analytics.run.session import Session, check_role, require
from data import assurance, audit
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
    """Starts to load files; the result is one report a file. WrongUsage before the protection of real data is confirmed.

    StoreUnusable when the audit log cannot be written.
    """
    require(session, "load_data")
    assurance.expect_given(session.store)
    audit.expect_writable(session.store.path)

    def work(progress: Any, cancelled: Any) -> Any:
        from data.load import load_files

        reports = load_files(session.store, list(paths), source=source, progress=progress, cancelled=cancelled)
        audited.loaded(session.store, session.role.value, session.user, reports)
        return reports

    return Job(work)


def to_mend_elsewhere(session: Session, rows: pd.DataFrame, source: str) -> bytes:
    """Records set aside, as a file that leaves the product: told to the audit log first."""
    require(session, "load_data")
    audited.tell(session, "exported", table="Records set aside", source=source, rows=len(rows), form="csv", child_level=True)
    return mended(rows)


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
    audited.tell(session, "matched", supplier=supplier, urn=urn)
    confirm(session.store, supplier, None if urn == NO_SETTING else urn, session.role.value)
    audit.keep_head(session.store)


def take_back(session: Session, supplier: str) -> None:
    """Takes back a decision on a supplier."""
    from data.matching import undo

    require(session, "load_data")
    audited.tell(session, "unmatched", supplier=supplier)
    undo(session.store, supplier)
    audit.keep_head(session.store)


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
    audit.expect_writable(session.store.path)
    made = dict(copies.backup(session.store, backup_dir(session.store.path)))
    audited.tell(session, "backed_up", **made)
    return made


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
