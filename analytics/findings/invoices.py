"""Did we pay what was agreed? What the check of every ledger line says, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date
from analytics.findings.words import AGREEMENTS, LEDGER, gbp, plural, share
from analytics.invoices import KINDS, RECOVERABLE, WRONG
from analytics.invoices.kinds import AGREES, CREDIT, NO_SETTING, WAITED
from analytics.invoices.reasons import reasons
from analytics.spend import total_gbp

RECORDS = "Records of people here"
SOURCE = f"{LEDGER}; {AGREEMENTS[0].lower()}{AGREEMENTS[1:]}"
_CHECKED = (*WRONG, AGREES, CREDIT)
METHOD = """
Every payment to a known setting is held against the agreement of the placement it is for: the fees that the education budget pays there, without
transport. A payment is for the period of its placement (month, term, quarter, half-year or year) whose agreed amount it equals within £1, near the
month its narrative tells or the day it was paid; each period is paid once. Where the ledger names only the setting, the amount must tell the placement.
What fits no period but comes within 30% of the one period left unpaid is a payment at another rate.

**Each line is counted once**: what may be owed is the line's amount above what was due, less the credits set against it, and never more than the line.
A credit is set against the payment it names, or the one whose excess it equals. Refunds that name nothing and equal nothing are set against any excess
of their placement, so that nothing is asked for twice. A credit for a child who left less than 60 days ago is waited for. Payments of no known setting,
such as transport, are not checked here.

Limits: an agreement that was not loaded, or loaded late, looks like a wrong payment, so every line is to be looked at before anything is asked for.
One-to-one is known by the words of the narrative, or by an amount that equals one-to-one that had ended. How often the check finds faults was measured
on the made-up authority alone.
"""


@dataclass(frozen=True)
class InvoiceFrames:
    """`lines`: every ledger line judged; `records`: what people recorded (the read `recoveries`)."""

    lines: pd.DataFrame
    records: pd.DataFrame


def _told_by(named: int, owed: int) -> str:
    if named == owed:
        return "The ledger names each placement."
    if not named:
        return "The ledger names no placement; the amount tells it."
    return f"In {named:,} of them the ledger names the placement; in the others the amount tells it."


def with_records(frames: InvoiceFrames) -> pd.DataFrame:
    """The lines with recovered_gbp, not_owed and open_gbp: what is still to be looked at or asked for."""
    some = frames.records
    back = some[some["outcome"] == "recovered"].groupby("transaction_id")["amount_gbp"].sum()
    closed = set(some.loc[some["outcome"] == "not_owed", "transaction_id"])
    lines = frames.lines.assign(recovered_gbp=frames.lines["transaction_id"].map(back).astype(float).fillna(0.0))
    lines["not_owed"] = lines["transaction_id"].isin(closed)
    left = (lines["recoverable_gbp"] - lines["recovered_gbp"]).clip(lower=0.0)
    return lines.assign(open_gbp=left.where(~lines["not_owed"], 0.0).round(2))


def invoices(frames: InvoiceFrames, scope: str, as_at: date | None, version: str) -> Finding:
    """The page's finding. `scope`: the payments and filters in words."""
    if frames.lines.empty:
        where = "" if scope == "every year" else f" for {scope}"
        return Finding(f"No payment is loaded{where}; load payments, placements and fees to check them.", (), {}, METHOD, version)
    lines = with_records(frames)
    owed = lines[lines["kind"].isin(RECOVERABLE) & (lines["recoverable_gbp"] > 0)]
    tables = {"owed": _by_kind(owed, scope), "settings": _by_setting(owed, scope), "ledger": _ledger(lines, scope)}
    headline = _headline(tables["owed"]) if len(owed) else "Nothing was found that may be owed"
    notes = _notes(frames, lines)
    return Finding(_answer(lines, owed, scope), _figures(lines, owed, scope, as_at), tables, METHOD, version, notes, {"owed": headline})


def _answer(lines: pd.DataFrame, owed: pd.DataFrame, scope: str) -> str:
    paid = total_gbp(lines["net_gbp"])
    whole = f"{plural(len(lines), 'ledger line')} ({gbp(paid)}, {scope})"
    if owed.empty:
        checked = lines["kind"].isin(_CHECKED).sum()
        return f"Of {whole}, {checked:,} could be held against an agreement and none of these is owed back."
    named = owed[~owed["by_amount"]]
    return (
        f"Of {whole}, {len(owed):,} may be owed back in part or whole: {gbp(total_gbp(owed['recoverable_gbp']))} at "
        f"{plural(owed['urn'].nunique(), 'setting')}, "
        f"of which {gbp(total_gbp(owed['recovered_gbp']))} is recorded as recovered. {_told_by(len(named), len(owed))} "
        "Each is to be looked at before it is asked for."
    )


def _figures(lines: pd.DataFrame, owed: pd.DataFrame, scope: str, as_at: date | None) -> tuple[Figure, ...]:
    checked = lines[lines["kind"].isin(_CHECKED)]
    to_settings = lines[lines["kind"] != NO_SETTING]
    percent = share(total_gbp(checked["net_gbp"].abs()), total_gbp(to_settings["net_gbp"].abs()))
    waited = lines[lines["kind"] == WAITED]
    owed_how = "Each line's amount above what was due, less credits, what came back and what a person found not owed."
    looked_at = f"Payments of {scope}; with those below the rate and {len(waited):,} awaiting a credit"
    held_how = "Lines whose period and placement were found ÷ all lines of known settings, credits counted as pounds too."
    count, back = float(lines["kind"].isin(WRONG).sum()), total_gbp(lines["recovered_gbp"])
    return (
        Figure("May be owed, open", total_gbp(owed["open_gbp"]), "gbp", f"Payments of {scope}; less what is recorded", as_at, SOURCE, owed_how),
        Figure("Recorded as recovered", back, "gbp", f"Of payments of {scope}", as_at, RECORDS, "Sum of the amounts recorded below."),
        Figure("Payments to look at", count, "records", looked_at, as_at, SOURCE, "Lines that differ from their agreement in one of eight ways."),
        Figure("Held against an agreement", percent, "per_cent", f"Of pounds paid to known settings, {scope}", as_at, SOURCE, held_how),
    )


def _notes(frames: InvoiceFrames, lines: pd.DataFrame) -> tuple[str, ...]:
    known = set(lines.loc[lines["recoverable_gbp"] > 0, "transaction_id"])
    gone = frames.records[
        ~frames.records["is_loaded"] | (frames.records["transaction_id"].isin(lines["transaction_id"]) & ~frames.records["transaction_id"].isin(known))
    ]
    if gone.empty:
        return ()
    return (f"{plural(len(gone), 'record')} below is of a payment that is no longer loaded or no longer found wrong; each stays until a person takes it back.",)


def _headline(table: Table) -> str:
    first = table.frame.iloc[0]
    return f"{first['what']}: {gbp(float(first['recoverable_gbp']))}, the most of the reasons" if len(table.frame) > 1 else str(first["what"])


def _by_kind(owed: pd.DataFrame, scope: str) -> Table:
    frame = owed.groupby("kind").agg(lines=("kind", "size"), recoverable_gbp=("recoverable_gbp", total_gbp), open_gbp=("open_gbp", total_gbp)).reset_index()
    frame["what"] = frame["kind"].map(KINDS)
    frame = frame.sort_values("recoverable_gbp", ascending=False, kind="stable").reset_index(drop=True)
    columns = {"what": "Reason", "lines": "Payments", "recoverable_gbp": "May be owed", "open_gbp": "Of it open"}
    return Table(
        "What may be owed, by reason",
        f"Amounts above what was due, less credits; payments of {scope}",
        SOURCE,
        frame[["kind", *columns]],
        columns,
        _units(columns),
    )


def _by_setting(owed: pd.DataFrame, scope: str) -> Table:
    frame = owed.groupby(["urn", "setting_name"]).agg(
        lines=("kind", "size"), recoverable_gbp=("recoverable_gbp", total_gbp), recovered_gbp=("recovered_gbp", total_gbp), open_gbp=("open_gbp", total_gbp)
    )
    frame = frame.reset_index().sort_values(["open_gbp", "recoverable_gbp"], ascending=False, kind="stable").reset_index(drop=True)
    columns = {
        "setting_name": "Setting",
        "lines": "Payments",
        "recoverable_gbp": "May be owed",
        "recovered_gbp": "Recovered",
        "open_gbp": "Of it open",
    }
    return Table("What may be owed, by setting", f"In order of what is open; payments of {scope}", SOURCE, frame[["urn", *columns]], columns, _units(columns))


def _ledger(lines: pd.DataFrame, scope: str) -> Table:
    """Every line once, by what it is, with its total: the ledger's own."""
    frame = lines.groupby("kind").agg(lines=("kind", "size"), net_gbp=("net_gbp", total_gbp), recoverable_gbp=("recoverable_gbp", total_gbp)).reset_index()
    order = {name: n for n, name in enumerate(KINDS)}
    frame = frame.sort_values("kind", key=lambda c: c.map(order), kind="stable").assign(what=lambda f: f["kind"].map(KINDS))
    whole = {"what": "The ledger", "lines": len(lines), "net_gbp": total_gbp(lines["net_gbp"]), "recoverable_gbp": total_gbp(lines["recoverable_gbp"])}
    frame = pd.concat([frame, pd.DataFrame([whole])], ignore_index=True)
    columns = {"what": "What the line is", "lines": "Lines", "net_gbp": "Net amount", "recoverable_gbp": "May be owed"}
    return Table(
        "Every line of the ledger, once",
        f"Lines and net amounts add up to the ledger, to the penny; payments of {scope}",
        SOURCE,
        frame[list(columns)],
        columns,
        _units(columns),
    )


def _units(columns: dict[str, str]) -> dict[str, str]:
    return {name: "gbp" if name.endswith("_gbp") else "records" if name == "lines" else "text" for name in columns}


_LINE_COLUMNS = {
    "transaction_id": "Payment",
    "paid_on": "Paid",
    "net_gbp": "Net amount",
    "what": "What it is",
    "recoverable_gbp": "May be owed",
    "open_gbp": "Of it open",
    "reason": "Why",
    "placement_id": "Placement",
    "first_day": "Pays from",
    "last_day": "To",
    "agreed_gbp": "Agreed for that time",
    "leaving_date": "Left",
    "of_transaction": "Other payment",
}


def lines(frames: InvoiceFrames, scope: str, setting: str = "") -> Table:
    """The payments to look at, one by one, with reason and evidence, largest first. `setting`: the name, where they are one setting's own."""
    every = with_records(frames)
    some = every[every["kind"].isin(WRONG)].sort_values(["recoverable_gbp", "net_gbp"], ascending=False, kind="stable").reset_index(drop=True)
    frame = some.assign(what=some["kind"].map(KINDS), reason=np.array(reasons(some, frames.lines), dtype=object))
    columns = dict(_LINE_COLUMNS) if setting else {"setting_name": "Setting", **_LINE_COLUMNS}
    units = {name: "gbp" if name.endswith("_gbp") else "text" for name in columns} | dict.fromkeys(("paid_on", "first_day", "last_day", "leaving_date"), "date")
    title = f"Payments to look at: {setting}" if setting else "Payments to look at"
    return Table(
        title,
        f"{'This setting alone; ' if setting else ''}payments of {scope}, largest amount that may be owed first",
        SOURCE,
        frame[list(columns)],
        columns,
        units,
        child_level=True,
    )


def records(some: pd.DataFrame) -> Table:
    """What people recorded, newest first."""
    words = {"recovered": "Recovered", "not_owed": "Not owed"}
    frame = some.sort_values("number", ascending=False).reset_index(drop=True).assign(what=lambda f: f["outcome"].map(words))
    columns = {
        "transaction_id": "Payment",
        "setting_name": "Setting",
        "what": "What came of it",
        "amount_gbp": "Amount",
        "on_day": "On",
        "note": "Note",
        "recorded_by": "Recorded by",
    }
    units = {"amount_gbp": "gbp", "on_day": "date"}
    return Table(
        "What was recorded",
        "Records in force, newest first",
        "Records of people here",
        frame[["number", *columns]],
        columns,
        {**dict.fromkeys(columns, "text"), **units},
        child_level=True,
    )


def record_words(row: pd.Series) -> str:
    """A record as a choice shows it."""
    said = f"{gbp(float(row['amount_gbp']))} recovered" if row["outcome"] == "recovered" else "not owed"
    return f"{row['transaction_id']}: {said}, {format_date(pd.Timestamp(row['on_day']).date())}"
