"""An uplift that a school asks for: what is known when it is looked at, what the page says, and the pack in two editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.figures import Finding
from analytics.findings import uplift as finding
from analytics.findings.providers import row_of
from analytics.findings.replies import standing_replies
from analytics.findings.uplift_figures import Case
from analytics.findings.words import number
from analytics.prices import twelve_months
from analytics.run import audited
from analytics.run.benchmarking import benchmark
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from analytics.run.shouldcost import settings_with_fees
from analytics.uplift import Pressure, Request, own_fees, pressures_of_return
from data.domain import COMPONENT_NAMES
from data.errors import WrongUsage

__all__ = ["EDITIONS", "FORMS", "Asked", "Pressure", "Request", "asked", "expect_sendable", "nothing", "pack", "return_form", "settings_with_fees", "uplift"]

EDITIONS = {"internal": "Internal edition", "school": "Edition for the school"}
FORMS = {"pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
_USUAL = 5.0  # per cent in the form until a school's own request is known


@dataclass(frozen=True)
class Asked:
    """What the form starts from: the school's latest return that asks for an uplift, where one is loaded. `parts`: (part, its name, mean fee where charged)."""

    per_cent: float
    from_day: date
    asked_on: date
    reason: str
    pressures: tuple[Pressure, ...]
    parts: tuple[tuple[str, str, float], ...]
    told: str
    assumed: bool = False


def asked(session: Session, urn: str) -> Asked:
    """Where the form of a setting starts. WrongUsage for a setting without a fee."""
    require(session, "view_costs")
    day = _day(session)
    fees = own_fees(session.store.read("setting_fee_lines", urn=urn), day)
    means = fees.groupby("component")["gbp"].mean().sort_values(ascending=False)
    parts = tuple((str(part), COMPONENT_NAMES.get(str(part), str(part)), float(gbp)) for part, gbp in means.items())
    september = date(day.year if day.month < 9 else day.year + 1, 9, 1)
    returns = session.store.read("setting_returns", urn=urn, as_at=day)
    wanting = returns[returns["uplift_per_cent"].notna()]
    if wanting.empty:
        return Asked(_USUAL, september, day, "", (), parts, "No return of this school asks for an uplift: enter what it asked for.", assumed=True)
    row = wanting.iloc[0]
    filled = pd.Timestamp(row["return_date"]).date()
    told = f"The school's return of {filled:%d/%m/%Y}"
    costs = ("pay_rise_per_cent", "pay_share_per_cent", "national_insurance_gbp", "rates_gbp", "recovered_vat_gbp", "running_cost_gbp")
    start = row["uplift_from"]
    pressures, odd = pressures_of_return({name: number(row, name) for name in costs}, told)
    left = f" Left out, as the amounts cannot be right: {', '.join(odd)}; ask the school, then enter them." if odd else ""
    return Asked(
        float(row["uplift_per_cent"]),
        september if pd.isna(start) else pd.Timestamp(start).date(),
        filled,
        "" if pd.isna(row["uplift_reason"]) else str(row["uplift_reason"]),
        pressures,
        parts,
        f"Filled in from the school's return of {filled:%d/%m/%Y}.{left}",
    )


def uplift(session: Session, request: Request) -> Finding:
    """What a request would cost, what supports it, and the range to settle in."""
    require(session, "view_costs")
    return finding.uplift(case(session, request))


def nothing(session: Session) -> Finding:
    """Where no setting has a fee."""
    require(session, "view_costs")
    return finding.nothing(session.store.data_version())


def case(session: Session, request: Request) -> Case:
    """Everything known of a request. WrongUsage for a setting that is not there or has no fee."""
    require(session, "view_costs")
    day, store = _day(session), session.store
    settings = store.read("settings", as_at=day).astype({"urn": str})
    own = settings[settings["urn"] == request.urn]
    lines = store.read("setting_fee_lines", urn=request.urn)
    if own.empty or own_fees(lines, day).empty:
        raise WrongUsage("That setting has no placement with a fee on the day of the snapshot. Choose one from the list.", "no_fees")
    result = benchmark(session)
    row = row_of(result.settings, result.fit, request.urn) if result else None
    reply = standing_replies(store.read("setting_replies", urn=request.urn), day).get(request.urn, "")
    return Case(request, own.iloc[0], lines, row, twelve_months(request.asked_on), day, store.data_version(), str(reply))


def pack(session: Session, request: Request, edition: str, form: str) -> bytes:
    """The pack as a file, told to the audit log. `edition`: internal or school; `form`: pdf or docx.

    The school's edition is refused with WrongUsage where it would name another setting or provider, as a typed reason might.
    """
    from analytics.briefing import uplift as papers
    from analytics.briefing.docx import as_docx
    from analytics.briefing.pdf import as_pdf

    require(session, "view_costs")
    if edition not in EDITIONS or form not in FORMS:
        raise WrongUsage(f"'{edition}' as '{form}' is no edition of the pack; use internal or school, and pdf or docx.")
    if request.assumed:
        raise WrongUsage("Enter what the school asked for first: a pack is about a request.", "no_request")
    known = case(session, request)
    if edition == "internal":
        paper = papers.internal(known)
    else:
        paper = papers.for_school(known)
        papers.expect_no_other(paper, known, session.store.read("stg_setting"))
    made = as_pdf(paper) if form == "pdf" else as_docx(paper)
    audited.tell(session, "exported", table=f"Uplift pack, {EDITIONS[edition].lower()}", urn=request.urn, audience=edition, form=form, child_level=False)
    return made


def expect_sendable(session: Session, request: Request) -> None:
    """WrongUsage where the school's edition may not leave: it would name another setting or provider."""
    from analytics.briefing import uplift as papers

    require(session, "view_costs")
    known = case(session, request)
    papers.expect_no_other(papers.for_school(known), known, session.store.read("stg_setting"))


def return_form(session: Session, urn: str) -> bytes:
    """The form that a school fills in, as a workbook that loads back in Intake; told to the audit log."""
    from analytics.briefing.form import return_form as made

    require(session, "view_costs")
    settings = session.store.read("stg_setting").astype({"urn": str}).set_index("urn")["setting_name"]
    if urn not in settings.index:
        raise WrongUsage("That setting is not loaded. Choose one from the list.", "unknown_setting")
    book = made(urn, str(settings[urn]), _day(session))
    audited.tell(session, "exported", table="Return form", urn=urn, audience="school", form="xlsx", child_level=False)
    return book


def _day(session: Session) -> date:
    day = as_at(session.store)
    if day is None:
        raise WrongUsage("No fees are loaded, so no uplift can be costed. Load plans, placements and fees.", "no_fees")
    return day
