"""Fairness of the benchmark: what might explain a difference, the other view, and settings' replies, recorded by a commissioner."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics import explanations as checks
from analytics.figures import Finding, Table
from analytics.findings import provision as provision_words
from analytics.findings import replies as words
from analytics.run import audited
from analytics.run.benchmarking import benchmark
from analytics.run.choices import as_at
from analytics.run.documents import records
from analytics.run.session import Session, allowed, require
from data import audit, replies
from data.domain import financial_year
from data.errors import WrongUsage
from data.replies import EFFECTS, About, Reply

if TYPE_CHECKING:
    from analytics.benchmark import BenchmarkResult
    from analytics.benchmark.provision import Provision
    from data.store import Store

__all__ = ["EFFECTS", "may_record", "of_setting", "provision", "record"]


def explained(store: Store, settings: pd.DataFrame, day: date) -> pd.DataFrame:
    """The five checks of these settings (see `analytics.explanations`), against the ledger of the last financial year that is over at `day`."""
    year = financial_year(day) - (day < date(financial_year(day) + 1, 3, 31))
    paid = store.read("cost_and_spend", year_kind="FY", year=year, urn=None, setting_type=None, provider_group=None, compliance=None)
    return checks.explanations(settings, store.read("setting_evidence", as_at=day), paid, year)


def names(store: Store) -> pd.Series:
    """Setting name by URN."""
    found: pd.Series = store.read("stg_setting").astype({"urn": str}).set_index("urn")["setting_name"]
    return found


def of_setting(session: Session, urn: str) -> Finding:
    """One setting: the checks made before it is asked, its provision against like needs, every reply. Tables `checks`, `provision`, `replies`."""
    require(session, "view_costs")
    from analytics.findings.providers import differing

    store, day, result = session.store, as_at(session.store), benchmark(session)
    tables: dict[str, Table] = {}
    if day and result:
        differ = differing(result.settings, result.fit)
        own = differ[differ["urn"].astype(str) == urn]
        tables["checks"] = words.of_setting(explained(store, own, day), names(store), day)
        tables["provision"] = provision_words.of_setting(_provision(store, day), urn, day)
    tables["replies"] = words.recorded(store.read("setting_replies", urn=urn))
    kept = {name: table for name, table in tables.items() if len(table.frame)}
    return Finding("", (), kept, "", store.data_version())


def provision(session: Session) -> Table:
    """Provision given need, every setting: how much one-to-one, therapy and boarding, against like needs elsewhere."""
    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        raise WrongUsage("No fees are loaded, so there is no day to compare provision on. Load fees, placements and plans.")
    return provision_words.every(_provision(session.store, day), names(session.store), day)


def _provision(store: Store, day: date) -> Provision:
    from analytics.benchmark.provision import provision as given_need

    return given_need(store.read("snapshot", as_at=day))


def document(store: Store, result: BenchmarkResult, day: date) -> dict[str, Any]:
    """What the `benchmark` command adds: the other view, the checks of each setting that differs, replies, and which flags are provisional."""
    from analytics.findings.providers import differing

    told = store.read("setting_replies", urn=None)
    standing = set(words.standing_replies(told, day).index)
    flagged = result.settings.loc[result.settings["flagged"].astype(bool), "urn"].astype(str)
    return {
        "provisional": [urn for urn in flagged if urn not in standing],
        "explanations": records(explained(store, differing(result.settings, result.fit), day).round(6)),
        "replies": records(told.drop(columns=["setting_name", "is_latest"])),
        "provision": _provision(store, day).to_json(),
    }


def may_record(session: Session) -> bool:
    """Whether this person may record a setting's reply here: a commissioner, in the data as they are now."""
    return allowed(session.role, "record_reply") and session.store.known_day is None


def record(session: Session, given: Reply) -> int:
    """Records a setting's reply about its index as it stands; answers the reply's number. Earlier replies stay.

    WrongUsage for what is missing or names a child, or where the setting has no index. Told to the audit log first, without the text.
    """
    require(session, "record_reply")
    store, day, result = session.store, as_at(session.store), benchmark(session)
    checked = replies.check(store, given)
    row = result.settings[result.settings["urn"].astype(str) == given.urn] if result else pd.DataFrame()
    if day is None or row.empty:
        raise WrongUsage(f"The setting {given.urn} has no index to reply to: it has no placement with a fee on the day.", "no_index")
    index, low, high = (float(row.iloc[0][name]) for name in ("index", "index_low", "index_high"))
    audited.tell(session, "replied", urn=checked.urn, effect=checked.effect, replied_on=str(checked.replied_on))
    by = f"{session.role.value} ({session.user})" if session.user else session.role.value
    number = replies.record(store, checked, About(day, index, low, high), by)
    audit.keep_head(store)
    return number
