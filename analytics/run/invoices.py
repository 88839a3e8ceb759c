"""Did we pay what was agreed? The check of a store's ledger, kept with it, and what people record of its findings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analytics.figures import Finding, Table
from analytics.run import audited
from analytics.run.reads import Chosen
from analytics.run.session import Session, require
from data import audit, kept, recovery, schema
from data.domain import financial_year_name
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.findings.invoices import InvoiceFrames
    from data.store import Store

YEAR, EVERY = "year", "all"
SCOPES = {YEAR: "Of the financial year in the sidebar", EVERY: "Of every year of the ledger"}
OUTCOMES = {recovery.RECOVERED: "It was recovered", recovery.NOT_OWED: "It is not owed"}
_NAME = "invoices"
_ROOT = Path(__file__).resolve().parents[2]
_METHOD = (*_ROOT.glob("analytics/invoices/*.py"), _ROOT / "analytics/costs.py", *_ROOT.glob("data/sql/read_invoice_*.sql"))  # what the lines follow from
_FILTERS = ("urn", "setting_type", "provider_group")


def checked(store: Store) -> pd.DataFrame:
    """Every ledger line judged, from what the store keeps or worked out now and kept there."""
    from analytics import invoices as model

    key = f"{store.costed_version()} {schema.digest(sorted(_METHOD))}"
    found = kept.kept(store, _NAME, key, ("lines",))
    if found is not None:
        return found[0]["lines"]
    lines = model.check(store.read("invoice_lines"), store.read("invoice_fees")).lines
    if store.known_day is None and len(lines):  # a past state is not written to
        kept.keep(store, _NAME, key, {"lines": lines}, {})
    return lines


def invoices(session: Session, year: int | None, which: str, chosen: Chosen, words: str, _state: str) -> Finding:
    """The page's finding. `_state`: of the records, so that a cached answer holds those that stand."""
    from analytics.findings import invoices as finding

    require(session, "view_costs")
    frames, scope = _frames(session, year, which, chosen, words)
    as_at = None if frames.lines.empty else pd.Timestamp(frames.lines["paid_on"].max()).date()
    return finding.invoices(frames, scope, as_at, session.store.data_version())


def lines(session: Session, year: int | None, which: str, chosen: Chosen, words: str, _state: str) -> Table:
    """The payments to look at, one by one, at child level."""
    from analytics.findings import invoices as finding

    require(session, "view_children")
    frames, scope = _frames(session, year, which, chosen, words)
    return finding.lines(frames, scope)


def payments(session: Session, year: int | None, which: str, chosen: Chosen, words: str, _state: str) -> dict[str, str]:
    """The payments to look at, largest first, in words for a choice."""
    from analytics.findings.words import gbp

    rows = lines(session, year, which, chosen, words, _state).frame
    said = rows["what"].astype(str).str[:1].str.lower() + rows["what"].astype(str).str[1:]
    told = zip(rows["transaction_id"].astype(str), rows["net_gbp"].astype(float), rows["setting_name"].astype(str), said, strict=True)
    return {payment: f"{payment}: {gbp(paid)} to {name}, {what}" for payment, paid, name, what in told}


def settings(session: Session, year: int | None, which: str, chosen: Chosen, words: str, _state: str) -> dict[str, str]:
    """Settings with a payment to look at, by URN, those with most open first."""
    from analytics.findings import invoices as finding
    from analytics.invoices import WRONG

    require(session, "view_costs")
    some = finding.with_records(_frames(session, year, which, chosen, words)[0])
    some = (
        some[some["kind"].isin(WRONG)].groupby(["urn", "setting_name"])["open_gbp"].sum().reset_index().sort_values("open_gbp", ascending=False, kind="stable")
    )
    return dict(zip(some["urn"].astype(str), some["setting_name"].astype(str), strict=True))


def setting_lines(session: Session, year: int | None, which: str, chosen: Chosen, words: str, _state: str, urn: str) -> Table:
    """The list for one setting: its own payments and no other's."""
    from analytics.findings import invoices as finding

    require(session, "view_children")
    frames, scope = _frames(session, year, which, chosen, words)
    own = frames.lines[frames.lines["urn"] == urn]
    if own.empty:
        raise WrongUsage(f"There is no payment of setting {urn} here. Choose one from the list.")
    return finding.lines(finding.InvoiceFrames(own.reset_index(drop=True), frames.records), scope, str(own["setting_name"].iloc[0]))


def state(session: Session) -> str:
    """Changes with every record: for the cache."""
    require(session, "view_costs")
    return recovery.state(session.store)


def records(session: Session) -> tuple[Table, dict[str, str]]:
    """What people recorded, and each record by number in words."""
    from analytics.findings import invoices as finding

    require(session, "view_children")
    some = session.store.read("recoveries")
    return finding.records(some), {str(row["number"]): finding.record_words(row) for _, row in some.iloc[::-1].iterrows()}


def record(session: Session, transaction_id: str, outcome: str, amount_gbp: float | None, on_day: date, note: str) -> None:
    """Keeps what came of a payment. WrongUsage as `data.recovery.record`; StoreUnusable when the audit log cannot be written: then nothing is kept."""
    require(session, "view_children")
    audit.expect_writable(session.store.path)
    amount = None if amount_gbp is None else Decimal(str(amount_gbp)).quantize(Decimal("0.01"))
    number = recovery.record(session.store, transaction_id, outcome, amount, on_day, note, session.user or session.role.value)
    about = {"number": number, "payment": transaction_id, "outcome": outcome} | ({} if amount is None else {"gbp": float(amount)})
    audited.tell(session, "recovery", **about)
    audit.keep_head(session.store)


def take_back(session: Session, number: str) -> None:
    """Takes a record back."""
    require(session, "view_children")
    audit.expect_writable(session.store.path)
    payment = recovery.undo(session.store, int(number))
    audited.tell(session, "recovery_undone", number=int(number), payment=payment)
    audit.keep_head(session.store)


def _frames(session: Session, year: int | None, which: str, chosen: Chosen, words: str) -> tuple[InvoiceFrames, str]:
    """The lines of the years and settings chosen, the records, and both in words. Filters of children do not apply to a ledger."""
    from analytics.findings.invoices import InvoiceFrames

    found = checked(session.store)
    scope = "every year"
    if which == YEAR and year is not None and len(found):
        days = pd.to_datetime(found["paid_on"])
        found, scope = found[(days.dt.year - (days.dt.month < 4)) == year], financial_year_name(year)
    given = {name: set(values) for name, values in chosen if name in _FILTERS and values}
    if given and len(found):
        found = found[found["urn"].isin(_settings(session.store, given))]
        scope += f", {words}" if words else ""
    return InvoiceFrames(found.reset_index(drop=True), session.store.read("recoveries")), scope


def _settings(store: Store, given: dict[str, set[str]]) -> set[str]:
    settings = store.read("stg_setting")
    keep = pd.Series(data=True, index=settings.index)
    for name, values in given.items():
        keep &= settings[name].fillna("not_recorded").astype(str).isin(values)
    return set(settings.loc[keep, "urn"].astype(str))
