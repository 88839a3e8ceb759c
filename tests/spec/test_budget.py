"""A year's outturn worked out by hand, what stands beside it, and on the sample how near the forecasts of past years came."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from measuring import measured

from analytics.budget import COUNCIL, BudgetData, forecast
from analytics.budget.accruals import accruals, transport
from analytics.budget.joint import joint
from analytics.costs import units_between
from analytics.findings import budget as finding
from analytics.findings import overview
from analytics.run.budget import data_of
from data.sample import build
from data.store import Store

PLACEMENT = {"placement_id": "P1", "urn": "100001", "birth_month": "2012-01", "entry_date": date(2019, 9, 1), "leaving_date": date(2025, 9, 30)}
FEE = {"placement_id": "P1", "purse": "high_needs", "full_year_gbp": 36_500.0, "spread": "even", "first_day": date(2019, 9, 1), "last_day": None}
MARCH = date(2025, 3, 31)


def data(placements: list[dict[str, Any]], fees: list[dict[str, Any]], cost: list[Any] = [], paid: list[Any] = []) -> BudgetData:  # noqa: B006
    """`cost` and `paid`: (month, purse, pounds)."""
    frames = [
        pd.DataFrame(
            [{"month": pd.Timestamp(m), "fy": m.year - (m.month < 4), "purse": p, name: gbp} for m, p, gbp in rows], columns=["month", "fy", "purse", name]
        )
        for name, rows in (("cost_gbp", cost), ("paid_gbp", paid))
    ]
    settings = pd.DataFrame({"urn": ["100001"], "age_high": [16.0]})
    return BudgetData(pd.DataFrame([PLACEMENT | p for p in placements]), pd.DataFrame([FEE | f for f in fees]), *frames, settings)


def purse(found: Any, name: str = "council") -> pd.Series:
    return found.purses.set_index("purse").loc[name]


def test_a_child_with_a_known_last_day_costs_what_its_days_cost() -> None:
    """£100 a day from 1 April to 30 September 2025: 153 days of one academic year and 30 of the next."""
    found = forecast(data([{}], [{}]), 2025, MARCH)
    assert tuple(purse(found)[["outturn_gbp", "low_gbp", "high_gbp", "committed_gbp"]]) == (18_300.0,) * 4
    assert list(found.months["outturn_gbp"][:6]) == [3_000.0, 3_100.0, 3_000.0, 3_100.0, 3_100.0, 3_000.0]
    assert found.months["outturn_gbp"][6:].sum() == 0


def test_a_fee_with_no_later_line_goes_on_and_rises_in_september() -> None:
    """The last line ends on 31 August; September goes on at it (£3,000), raised by the assumed 3% as no September was seen."""
    found = forecast(data([{}], [{"last_day": date(2025, 8, 31)}]), 2025, MARCH)
    assert purse(found)["committed_gbp"] == 18_300.0
    assert purse(found)["outturn_gbp"] == pytest.approx(15_300 + 3_000 * 1.03, abs=20)


def test_terms_and_school_days_fall_where_the_calendar_has_them() -> None:
    """Of a fee by the term nothing falls in August; April to July come to the terms that fall in them, counted day by day."""
    found = forecast(data([{}], [{"spread": "term", "full_year_gbp": 30_000.0}]), 2025, MARCH)
    assert found.months["outturn_gbp"][4] == 0.0
    counted = float(units_between("term", "day", date(2025, 4, 1), date(2025, 7, 31)))
    assert found.months["outturn_gbp"][:4].sum() == pytest.approx(10_000 * counted, abs=0.05)


def test_months_passed_are_what_was_agreed_and_the_rest_is_forecast() -> None:
    passed = [(date(2025, 4, 1), "high_needs", 3_000.0), (date(2025, 5, 1), "high_needs", 3_100.0), (date(2025, 6, 1), "high_needs", 99.0)]
    found = forecast(data([{}], [{}], passed, [(date(2025, 4, 1), "high_needs", 2_500.0), (date(2025, 6, 1), "high_needs", 9.0)]), 2025, date(2025, 5, 31))
    assert tuple(purse(found)[["paid_gbp", "cost_gbp", "committed_gbp", "outturn_gbp"]]) == (2_500.0, 6_100.0, 12_200.0, 18_300.0)
    assert list(found.months["is_forecast"]) == [False] * 2 + [True] * 10


def test_the_year_of_every_purse_counts_health_too_and_stands_on_overview() -> None:
    """A child of £100 a day from 1 April to 30 September, half of it paid by health: 18,300 of every purse, 9,150 of the council's own."""
    fees = [{"full_year_gbp": 18_250.0}, {"full_year_gbp": 18_250.0, "purse": "health"}]
    found = forecast(data([{}], fees), 2025, MARCH)
    assert (found.every["outturn_gbp"].sum(), found.months["outturn_gbp"].sum()) == (18_300.0, 9_150.0)
    outlook = overview.Outlook(2025, found.every, 18_300.0, 18_300.0, 18_300.0)
    assert outlook.said() == "2025-26 is forecast to cost £18k (80% interval £18k to £18k)."
    told = pd.DataFrame({"month": pd.to_datetime(["2025-03-01", "2025-04-01"]), "fy": [2024, 2025], "cost_gbp": [1.0, 2.0]})
    shown = overview._months(told, 2024, outlook).frame
    ahead = shown[shown["year"] == "2025-26 forecast"]
    assert list(ahead["name"]) == ["May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]  # April is told by agreements
    assert ahead["cost_gbp"].sum() == pytest.approx(18_300 - 3_000)
    assert shown["low_gbp"].notna().sum() == len(ahead)


def test_a_child_may_leave_and_may_come_and_the_interval_says_so() -> None:
    """Twenty children open, none with a last day; each year two came in September."""
    children = [{"placement_id": f"P{n}", "leaving_date": None, "entry_date": date(2023 + n % 2, 9, 1)} for n in range(20)]
    found = forecast(data(children, [{"placement_id": f"P{n}"} for n in range(20)]), 2025, MARCH)
    row = purse(found)
    assert row["committed_gbp"] == 20 * 36_500
    assert row["low_gbp"] < row["outturn_gbp"] < row["high_gbp"]
    assert found.starters.loc[found.starters["expected"].idxmax(), "month"] == date(2025, 9, 1)
    assert found.leavers["leaves"].between(0, 1).all()
    pd.testing.assert_frame_equal(found.purses, forecast(data(children, [{"placement_id": f"P{n}"} for n in range(20)]), 2025, MARCH).purses)


def test_an_earlier_day_knows_no_later_start_last_day_or_fee() -> None:
    some = data(
        [{"leaving_date": date(2025, 7, 31)}, {"placement_id": "P2", "entry_date": date(2025, 5, 1)}],
        [{}, {"first_day": date(2025, 6, 1)}, {"placement_id": "P2"}],
    )
    known = some.known_on(MARCH)
    assert list(known.placements["placement_id"]) == ["P1"]
    assert known.placements["leaving_date"].isna().all()
    assert len(known.fees) == 2  # P1's first line, and P2's, of whom no placement is known


def test_the_answer_names_budget_difference_and_chance() -> None:
    found = forecast(data([{}], [{}]), 2025, MARCH)
    budgets = pd.DataFrame({"purse": list(COUNCIL), "amount_gbp": [18_000.0, 100.0, 100.0]})
    frames = finding.BudgetFrames(found, budgets, data([{}], [{}]).paid, 0.0)
    assert "£100 over the budget of £18k; the chance of ending within it is under 1%" in finding.budget(frames, "v").answer
    none = finding.budget(finding.BudgetFrames(found, budgets.iloc[:0], data([{}], [{}]).paid, 0.0), "v")
    assert "No budget is entered yet" in none.answer
    assert none.figures[1].value is None


def test_what_is_received_and_not_paid() -> None:
    """£100 a day. To 30 June 91 days are agreed; paid are 1 March to 31 May (61 days of the year) and, on 2 June, July (none of them)."""
    one = {"urn": "1", "setting_name": "One"}
    months = pd.to_datetime(["2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01"])
    cost = pd.DataFrame(one | {"placement_id": "P1", "month": months, "cost_gbp": [3_000.0, 3_100.0, 3_000.0, 3_100.0]})
    days = [("2025-03-05", "2025-03-01", "2025-05-31"), ("2025-06-02", "2025-07-01", "2025-07-31"), ("2025-06-03", None, None)]
    told = {name: pd.to_datetime([day[n] for day in days]) for n, name in enumerate(("paid_on", "first_day", "last_day"))}
    lines = pd.DataFrame(one | {"placement_id": ["P1", "P1", None], "net_gbp": [9_200.0, 3_100.0, 50.0]} | told)
    found = accruals(cost, lines, 2025, date(2025, 6, 30))
    assert list(found[["placement_id", "agreed_gbp", "paid_gbp", "accrual_gbp"]].itertuples(index=False, name=None)) == [
        ("P1", 9_100.0, 6_100.0, 3_000.0),
        ("", 0.0, 50.0, -50.0),
    ]


def test_transport_counts_by_the_month_it_was_for() -> None:
    cost = data([{}], [{}], [(date(2025, 3, 1), "transport", 7.0), (date(2025, 4, 1), "transport", 10.0), (date(2025, 5, 1), "transport", 10.0)]).cost
    paid = pd.DataFrame({"narrative": ["Transport 2025-03", "Transport 2025-04", "Taxi"], "paid_on": pd.to_datetime(["2025-04-04", "2025-05-04", "2025-05-05"]),
                         "net_gbp": [7.0, 10.0, 4.0]})  # fmt: skip
    assert transport(cost, paid, 2025, date(2025, 5, 31)) == (20.0, 14.0)


def test_money_in_pays_the_oldest_share_first() -> None:
    """Health agreed £10 in each of three months; £15 came in: five pounds of the second month and all of the last are open."""
    some = data(
        [{}],
        [{}],
        [(date(2024, 1, 1), "health", 10.0), (date(2024, 10, 1), "health", 10.0), (date(2025, 2, 1), "health", 10.0)],
        [(date(2025, 1, 1), "health", -15.0)],
    )
    row = joint(some.cost, some.paid, MARCH).set_index("funder").loc["health"]
    assert (row["agreed_gbp"], row["billed_gbp"], row["open_gbp"]) == (30.0, 15.0, 15.0)
    assert (row["to_3_months_gbp"], row["to_6_months_gbp"], row["to_12_months_gbp"], row["older_gbp"]) == (10.0, 5.0, 0.0, 0.0)


def _errors(some: BudgetData, years: range, period: int) -> pd.DataFrame:
    rows = []
    for year in years:
        month = 3 + period
        cutoff = date(year + month // 12, month % 12 + 1, 1) - pd.Timedelta(days=1)
        own = purse(forecast(some, year, cutoff, live=False))
        cost = some.cost.loc[(some.cost["fy"] == year) & some.cost["purse"].isin(COUNCIL), "cost_gbp"].sum()
        rows.append((own["outturn_gbp"] / cost - 1, own["low_gbp"] <= cost <= own["high_gbp"]))
    return pd.DataFrame(rows, columns=["error", "within"])


@pytest.mark.slow
def test_forecasts_of_past_years_came_near(tmp_path: Path) -> None:
    """Only what could be known at the time is used. The first year grew by over a quarter, as published figures did: no history told of it."""
    store = Store.open(tmp_path / "sample.duckdb", create=True)
    build(store)
    some = data_of(store)
    store.close()
    found = {period: _errors(some, range(2020, 2026), period) for period in (0, 3, 6, 9)}
    for period, errors in found.items():
        measured(
            f"outturn forecast, made-up authority, 2020-21 to 2025-26, at period {period}: mean absolute error {100 * errors['error'].abs().mean():.1f}%, "
            f"bias {100 * errors['error'].mean():+.1f}%, actual within the 80% interval in {int(errors['within'].sum())} of {len(errors)} years"
        )
    straight = np.mean([abs(_last_year(some, year)) for year in range(2020, 2026)])
    measured(f"outturn forecast, made-up authority, last year's cost taken for the next: mean absolute error {100 * straight:.1f}%")
    assert found[0]["error"].abs().mean() < straight
    assert found[6]["error"].abs().mean() < 0.01
    assert sum(errors["within"].sum() for errors in found.values()) >= 15


def _last_year(some: BudgetData, year: int) -> float:
    own = some.cost[some.cost["purse"].isin(COUNCIL)].groupby("fy")["cost_gbp"].sum()
    return float(own[year - 1] / own[year] - 1)
