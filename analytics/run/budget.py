"""Will we end the year within budget? The forecast of a store, what stands beside it, and budgets as people enter them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from analytics.figures import Finding, Table
from analytics.run import audited, invoices
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data import audit, budget
from data.domain import financial_year, financial_year_name

if TYPE_CHECKING:
    from analytics.budget import BudgetData, Outturn
    from data.store import Store

YEARS_BACK = 5
_MOST_HELD = 8
_held: dict[tuple[str, ...], Outturn] = {}  # forecasts by role, store, data version, year and period


def years(session: Session) -> dict[str, str]:
    """Financial years to choose from: the one that the day after the as-at day is in, then earlier ones."""
    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        return {}
    first = pd.to_datetime(session.store.read("budget_cost")["month"]).min()
    newest = financial_year(day + timedelta(days=1))
    return {str(y): financial_year_name(y) for y in range(newest, max(newest - YEARS_BACK, financial_year(first.date())) - 1, -1)}


def periods(session: Session, year: int) -> dict[str, str]:
    """Periods of a year that have ended by the as-at day, latest first; 0 is the end of the year before."""
    require(session, "view_costs")
    last = _last_period(session.store, year)
    return {str(n): f"{n}: end of {_cutoff(year, n):%B %Y}" if n else f"Before the year, end of {_cutoff(year, 0):%B %Y}" for n in range(last, -1, -1)}


def outturn_of(session: Session, year: int, period: int, _state: str) -> Finding:
    """The page's finding. `_state`: of the budgets, so that a cached answer holds those in force."""
    from analytics.findings import budget as finding

    require(session, "view_costs")
    store = session.store
    version = store.data_version()
    if as_at(store) is None:
        return finding.nothing(version)
    cost = store.read("budget_cost")
    before = cost[(cost["fy"] == year - 1) & cost["purse"].isin(_own())]["cost_gbp"].sum()
    frames = finding.BudgetFrames(_outturn(session, year, period), store.read("budgets", fy=year), store.read("budget_paid"), float(before))
    return finding.budget(frames, version)


def leavers(session: Session, year: int, period: int) -> Table:
    """Leavers named and expected, at child level."""
    from analytics.findings import budget_beside as finding

    require(session, "view_children")
    return finding.leavers(_outturn(session, year, period), session.store.read("mart_placement"))


def named(session: Session, year: int, period: int) -> Table:
    """Starters already named, and open cases, at child level."""
    from analytics.findings import budget_beside as finding

    require(session, "view_children")
    store, found = session.store, _outturn(session, year, period)
    cases = store.read("budget_cases", since=found.cutoff + timedelta(days=1), until=date(year + 1, 3, 31))
    return finding.named(store.read("mart_placement"), cases, found)


def accruals(session: Session, year: int, period: int) -> tuple[str, Table]:
    """What is received and not paid at the end of a period: a sentence and the rows, at child level."""
    from analytics.budget import accruals as model
    from analytics.findings import budget_beside as finding

    require(session, "view_children")
    store, found = session.store, _outturn(session, year, period)
    rows = model.accruals(store.read("budget_placement_cost", fy=year), invoices.checked(store), year, found.cutoff)
    payments = store.read("transport_payments")
    return finding.accruals(rows, model.transport(store.read("budget_cost"), payments, year, found.cutoff), found)


def joint(session: Session) -> tuple[tuple[str, Table], tuple[str, Table]]:
    """Shares of health and social care against money in; placements of 52 weeks without one."""
    from analytics.budget.joint import joint as model
    from analytics.findings import budget_beside as finding

    require(session, "view_children")
    store, day = session.store, as_at(session.store) or date.min
    ages = finding.joint(model(store.read("budget_cost"), store.read("budget_paid"), day), day)
    return ages, finding.whole_year(store.read("whole_year_places", as_at=day), day)


def state(session: Session) -> str:
    """Changes with every budget entered: for the cache."""
    require(session, "view_costs")
    return budget.state(session.store)


def purses() -> dict[str, str]:
    """Purses that can have a budget, in words."""
    from analytics.budget import PURSES

    return dict(PURSES)


def enter(session: Session, year: int, purse: str, amount_gbp: float | None, note: str) -> None:
    """Keeps a budget; without an amount takes the one there away. WrongUsage as `data.budget`; StoreUnusable when the audit log cannot be written."""
    require(session, "view_costs")
    audit.expect_writable(session.store.path)
    if amount_gbp is None:
        budget.remove(session.store, year, purse)
    else:
        budget.enter(session.store, year, purse, Decimal(str(amount_gbp)).quantize(Decimal("0.01")), note, session.user or session.role.value)
    audited.tell(session, "budget", year=financial_year_name(year), purse=purse, gbp="taken away" if amount_gbp is None else amount_gbp)
    audit.keep_head(session.store)


def data_of(store: Store) -> BudgetData:
    """What the forecast is made of."""
    from analytics.budget import BudgetData

    return BudgetData(store.read("mart_placement"), store.read("budget_fees"), store.read("budget_cost"), store.read("budget_paid"), store.read("stg_setting"))


def _outturn(session: Session, year: int, period: int) -> Outturn:
    """One forecast serves the page and its sections."""
    from analytics.budget import forecast

    store = session.store
    key = (session.role.value, str(store.path), store.data_version(), str(year), str(period))
    found = _held.get(key)
    if found is None:
        is_latest = year >= financial_year(latest_cutoff(store) + timedelta(days=1)) and period == _last_period(store, year)
        found = forecast(data_of(store), year, latest_cutoff(store) if is_latest else _cutoff(year, period), live=is_latest)
        if len(_held) >= _MOST_HELD:
            _held.clear()
        _held[key] = found
    return found


def latest_cutoff(store: Store) -> date:
    """The last end of a month by the as-at day."""
    day = as_at(store) or date.min
    return day if (day + timedelta(days=1)).day == 1 else day.replace(day=1) - timedelta(days=1)


def _last_period(store: Store, year: int) -> int:
    day = latest_cutoff(store)
    return max(0, min(12, (day.year - year) * 12 + day.month - 3))


def _cutoff(year: int, period: int) -> date:
    """The last day of a period; 0: of the year before."""
    month = 3 + period
    first_after = date(year + month // 12, month % 12 + 1, 1)
    return first_after - timedelta(days=1)


def _own() -> tuple[str, ...]:
    from analytics.budget import COUNCIL

    return COUNCIL
