"""The cost mart and a count day by day must agree to the penny; months must add up to years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from cost_store import EVERYTHING, FEE, PLACEMENT, cost_store, fill
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.costs import FeeLine, full_year_equivalent, part_year_cost
from data import domain
from data.store import Store

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a third of a second; shrinking would take minutes
CALENDAR_ENDS = date(2033, 7, 21)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "unit": st.sampled_from(domain.UNITS),
            "residence": st.sampled_from(domain.RESIDENCES),
            "amount": st.decimals(min_value=Decimal("0.01"), max_value=Decimal("90000"), places=2),
            "entry": st.dates(date(2011, 1, 1), date(2034, 6, 30)),  # also years that the calendar lacks
            "valid_after": st.integers(-200, 200),
            "valid_for": st.integers(0, 700),
            "open_for": st.integers(0, 900),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("costs"))
    yield made
    made.close()


def _fill(store: Store, drawn: list[dict[str, object]]) -> list[FeeLine]:
    placements, fees, lines = [], [], []
    for n, row in enumerate(drawn):
        entry, leaving = row["entry"], row["entry"] + timedelta(row["open_for"])
        valid_from = entry + timedelta(row["valid_after"])
        valid_to = valid_from + timedelta(row["valid_for"])
        placements.append(PLACEMENT | {"placement_id": f"P{n}", "residence": row["residence"], "entry_date": entry, "leaving_date": leaving})
        fees.append(FEE | {"placement_id": f"P{n}", "unit": row["unit"], "amount_gbp": str(row["amount"]), "valid_from": valid_from, "valid_to": valid_to})
        lines.append(FeeLine(row["amount"], row["unit"], row["residence"], max(entry, valid_from), min(leaving, valid_to)))
    fill(store, placements=placements, fees=fees)
    return lines


@settings(max_examples=25, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES)
def test_the_mart_equals_a_count_of_days(store: Store, drawn: list[dict[str, object]]) -> None:
    lines = _fill(store, drawn)
    mart = store.read("mart_placement_cost")
    found = {
        (r.placement_id, r.year_kind, r.year): (r.part_year_gbp, r.fye_gbp)
        for r in mart.groupby(["placement_id", "year_kind", "year"]).sum(numeric_only=True).reset_index().itertuples()
    }
    last_start = min(max((line.first_day for line in lines if line.first_day <= line.last_day), default=CALENDAR_ENDS), CALENDAR_ENDS)
    expected = {}
    for n, line in enumerate(lines):
        if line.first_day > line.last_day:
            continue
        for kind, of, start in (("FY", domain.financial_year, (4, 1)), ("AY", domain.academic_year, (9, 1))):
            for year in range(of(line.first_day), min(of(line.last_day), of(last_start) + 1) + 1):
                starts, ends = date(year, *start), date(year + 1, *start) - timedelta(1)
                open_at_end = line.first_day <= ends <= line.last_day
                full = full_year_equivalent(line.amount_gbp, line.unit, line.residence) if open_at_end else Decimal(0)
                expected[f"P{n}", kind, year] = (float(part_year_cost(line, starts, ends)), float(full))
    assert {key: (round(a, 2), round(b, 2)) for key, (a, b) in found.items()} == expected


@settings(max_examples=10, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES)
def test_years_by_phase_and_in_all_are_the_exact_sum_of_their_months(store: Store, drawn: list[dict[str, object]]) -> None:
    _fill(store, drawn)
    yearly, monthly = store.read("mart_placement_cost"), store.read("mart_cost_month")
    for kind, column in (("FY", "fy"), ("AY", "ay")):
        years = yearly[yearly["year_kind"] == kind]
        by_year = years.groupby(["year", "phase"])["part_year_gbp"].sum().round(2).to_dict()
        by_month = monthly.groupby([column, "phase"])["part_year_gbp"].sum().round(2).to_dict()
        assert by_year == {key: gbp for key, gbp in by_month.items() if key[0] <= years["year"].max()}


@settings(max_examples=5, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sampled_from(["need", "phase", "residence_group", "setting_type", "setting", "area", "funder", "component", "purchase_type"]))
def test_every_breakdown_adds_up_to_the_total(store: Store, drawn: list[dict[str, object]], dimension: str) -> None:
    _fill(store, drawn)
    years = store.read("years").query("year_kind == 'FY'")
    rows = [store.read("cost_by", year_kind="FY", years=years["year"].tolist(), dimension=d, **EVERYTHING) for d in ("total", dimension)]
    total, parts = (frame.groupby("year")["cost_gbp"].sum().round(2) for frame in rows)
    pd.testing.assert_series_equal(total, parts)
    pd.testing.assert_series_equal(total, years.set_index("year")["cost_gbp"].round(2), check_index_type=False)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(domain.UNITS),
    st.sampled_from(domain.RESIDENCES),
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal("90000"), places=2),
    st.dates(date(2012, 9, 1), date(2033, 8, 31)),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_two_adjoining_periods_cost_what_the_whole_does(unit: str, residence: str, amount: Decimal, first: date, days: int, cut: int) -> None:
    last = first + timedelta(days)
    line = FeeLine(amount, unit, residence, first, last)
    middle = first + timedelta(min(cut, days))
    parts = part_year_cost(line, first, middle) + part_year_cost(line, middle + timedelta(1), last)
    assert parts == part_year_cost(line, first, last)
