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
from analytics.run import audited
from analytics.run.job import Job
from analytics.run.session import Session, check_role, require
from data import assurance, audit
from data.domain import Role
from data.sources import SOURCES

if TYPE_CHECKING:
    from data.preview import Preview

NO_SETTING = "none"
MOST_FOUND = 50


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
        from analytics.run.benchmarking import prepare
        from data.load import load_files

        reports = load_files(
            session.store,
            list(paths),
            source=source,
            progress=lambda words, share: progress(words, 0.96 * share),
            cancelled=cancelled,
            each=lambda report: audited.loaded(session.store, session.role.value, session.user, [report]),
        )
        prepare(session.store, progress)
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
    """Suppliers that wait for a person, with the setting proposed and why."""
    from analytics.findings import intake as finding

    require(session, "load_data")
    found = _to_match(session)
    return finding.proposals(found, session.store.read("named", urns=[str(urn) for urn in found["urn"].dropna().unique()]))


def decisions(session: Session) -> dict[str, str]:
    """Supplier names that a person has decided on, with the decision in words."""
    from analytics.findings import intake as finding
    from data.matching import decided

    require(session, "load_data")
    found = decided(session.store)
    return finding.decisions(found[found["supplier_name"] == found["decided_name"]])


def setting_choices(session: Session, words: str = "", proposed: str | None = None) -> dict[str, str]:
    """By URN: that a supplier is no setting, the setting proposed, every setting of the council, and establishments of the wider register with these words."""
    from analytics.findings import intake as finding

    require(session, "load_data")
    own = session.store.read("stg_setting").rename(columns={"setting_name": "name"})
    named = session.store.read("named", urns=[proposed]) if proposed else own.iloc[:0]
    looked_up = session.store.read("register_named", words=" ".join(words.split()), most=MOST_FOUND) if words.strip() else own.iloc[:0]
    return {NO_SETTING: "Not a setting (transport, therapy, agency…)", **finding.choices(named, looked_up, own)}


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
    audit.expect_writable(session.store.path)
    done = withdraw_batch(session.store, batch_id)
    audited.withdrawn(session.store, session.role.value, session.user, done)
    return finding.withdrawn(done)


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


def _to_match(session: Session) -> pd.DataFrame:
    """Suppliers of payments that name no setting, neither decided on nor matched safely without a person; and those whose school was followed by another."""
    from data.matching import decided

    suppliers = session.store.read("suppliers")
    proposed = session.store.read("supplier_proposal")
    found = suppliers.merge(proposed, on="supplier_name", how="left")
    known = found["supplier_name"].isin(decided(session.store)["supplier_name"]) & found["follows"].isna()
    return found[~known & ~found["automatic"].fillna(False).astype(bool)].reset_index(drop=True)
