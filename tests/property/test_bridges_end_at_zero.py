"""Whatever a council loads, every bridge ends at nothing left, and the months of a ledger add up to its year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from cost_store import cost_store, fill
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics import reconcile
from analytics.run.checking import check_store
from data import domain
from data.store import Store

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a second; shrinking would take minutes
URNS = ("100001", "100002", "100003")
DAYS = st.dates(date(2024, 4, 1), date(2026, 8, 31))
MONEY = st.integers(1, 9_000_000).map(lambda pence: f"{pence / 100:.2f}")
PLACED = st.fixed_dictionaries(
    {
        "child_id": st.sampled_from(["C0", "C1", "C2", "C3"]),
        "urn": st.sampled_from(URNS),
        "entry_date": DAYS,
        "rank": st.sampled_from(["1", "2"]),
        "residence": st.sampled_from(domain.RESIDENCES),
        "purchase_type": st.sampled_from([None, *domain.PURCHASE_TYPES]),
        "contract_id": st.sampled_from([None, "K1", "K9"]),
        "days": st.none() | st.integers(0, 600),
    }
)
AGREED = st.fixed_dictionaries(
    {
        "placement_id": st.sampled_from(["P0", "P1", "P2", "P3", "P9"]),  # P9 is never loaded
        "component": st.sampled_from(domain.COMPONENTS),
        "funder": st.sampled_from(domain.FUNDERS),
        "unit": st.sampled_from(domain.UNITS),
        "amount_gbp": MONEY,
        "valid_from": DAYS,
        "days": st.none() | st.integers(0, 500),
    }
)
PAID = st.fixed_dictionaries(
    {
        "paid_on": DAYS,
        "net_gbp": MONEY | MONEY.map(lambda text: f"-{text}"),
        "placement_id": st.sampled_from([None, "P0", "P1", "P2", "P3"]),
        "urn": st.sampled_from([None, *URNS]),
        "supplier_name": st.sampled_from(["ONE SCHOOL LTD", "OUTSIDE PAYEE"]),
    }
)
RETURNED = st.fixed_dictionaries(
    {
        "child_id": st.sampled_from(["C0", "C1", "C2", "C7"]),
        "urn": st.sampled_from([None, *URNS, "199999"]),
        "rank": st.sampled_from(["1", "2"]),
        "entry_date": st.none() | DAYS,
        "leaving_date": st.none() | DAYS,
        "residence": st.sampled_from(["day", "38wk", "52wk"]),
        "primary_need": st.sampled_from(["ASD", "SEMH"]),
    }
)
LOADED = st.fixed_dictionaries(
    {
        "placements": st.lists(PLACED, min_size=1, max_size=4),
        "fees": st.lists(AGREED, min_size=1, max_size=8),
        "payments": st.lists(PAID, max_size=10),
        "sen2": st.lists(RETURNED, max_size=6),
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("bridges"))
    yield made
    made.close()


def _until(row: dict[str, Any], first: str, last: str) -> dict[str, Any]:
    days = row["days"]
    return {**{name: value for name, value in row.items() if name != "days"}, last: None if days is None else row[first] + timedelta(days)}


def _fill(store: Store, drawn: dict[str, list[dict[str, Any]]]) -> None:
    kinds = ("ISS", "NMSS", "SPI")
    fill(
        store,
        settings=[{"urn": urn, "setting_name": f"School {urn}", "setting_type": kind} for urn, kind in zip(URNS, kinds, strict=True)],
        plans=[{"child_id": f"C{n}", "birth_month": f"{2006 + 3 * n}-0{n + 6}"} for n in range(4)],
        placements=[{"placement_id": f"P{n}", **_until(row, "entry_date", "leaving_date")} for n, row in enumerate(drawn["placements"])],
        fees=[_until(row, "valid_from", "valid_to") for row in drawn["fees"]],
        payments=[{"transaction_id": f"T{n}", **row} for n, row in enumerate(drawn["payments"])],
        sen2=[{"census_year": 2026, **row} for row in drawn["sen2"]],
        contracts=[{"contract_id": "K1", "urn": "100001", "kind": "block", "starts": date(2024, 9, 1), "ends": date(2026, 8, 31), "guaranteed_places": 1}],
        supplier_proposal=[],
    )


@settings(max_examples=3, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOADED)
def test_every_bridge_ends_at_nothing_left(store: Store, drawn: dict[str, list[dict[str, Any]]]) -> None:
    _expect_nothing_left(store, drawn)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOADED)
def test_every_bridge_of_many_draws_ends_at_nothing_left(store: Store, drawn: dict[str, list[dict[str, Any]]]) -> None:
    _expect_nothing_left(store, drawn)


def _expect_nothing_left(store: Store, drawn: dict[str, list[dict[str, Any]]]) -> None:
    _fill(store, drawn)
    lines = check_store(store, months=True)["reconciliation"]
    assert [line for line in lines if line.get("residual_gbp") or line.get("residual_count")] == []
    _expect_months_to_add_up(store, drawn)
    _expect_chains(lines)


def _expect_months_to_add_up(store: Store, drawn: dict[str, list[dict[str, Any]]]) -> None:
    steps = ["agreed_gbp", *reconcile.LEDGER_STEPS, "ledger_gbp"]
    yearly = store.read("ledger_to_agreements")
    paid = round(sum(float(row["net_gbp"]) for row in drawn["payments"]), 2)
    assert round(float(yearly["ledger_gbp"].sum()), 2) == paid
    for year, part in yearly.groupby("fy"):
        months = store.read("ledger_by_month", fy=year)
        # a year of payments of no known setting alone has no text in `urn`, so the two are set side by side as text
        added = months.groupby(months["urn"].astype(object).fillna(""))[[*steps, "paid_other_month"]].sum().round(2)
        whole = part.groupby(part["urn"].astype(object).fillna(""))[steps].sum().round(2)
        pd.testing.assert_frame_equal(added[steps], whole, check_like=True, check_index_type=False)
        assert (added["paid_other_month"] == 0).all()


def _expect_chains(lines: list[dict[str, Any]]) -> None:
    """The bridge of counts goes from each count to the very next."""
    steps = [line for line in lines if line["reconciliation"] == "baseline"]
    assert [(s["to"], s["to_count"]) for s in steps[:-1]] == [(s["from"], s["from_count"]) for s in steps[1:]]


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "child_id": st.sampled_from(["C0", "C1", "C2", "C3", "C4"]),
            "setting_type": st.sampled_from(["ISS", "NMSS", "SPI", "MSS"]),
            "rank": st.sampled_from(["1", "2"]),
            "birth_month": st.sampled_from(["2021-09", "2012-01", "2010-08", "2010-09", "2006-05"]),
            "entry_date": DAYS,
            "days": st.none() | st.integers(0, 600),
        }
    ),
    min_size=1,
    max_size=12,
)
WAYS = st.builds(
    reconcile.Basis,
    name=st.sampled_from(["A way", "Another way"]),
    definition=st.just(""),
    counted=st.just("snapshot"),
    day=st.sampled_from(["year_end", "census"]),
    types=st.sampled_from([("ISS",), ("ISS", "NMSS"), ("ISS", "NMSS", "SPI")]),
    ages=st.sampled_from([(0, 99), (4, 15)]),
    unit=st.sampled_from(["placements", "first", "children"]),
    source=st.just(""),
)


@settings(max_examples=100, deadline=None)
@given(PEOPLE, st.lists(WAYS, min_size=2, max_size=3))
def test_any_two_ways_of_counting_are_bridged_to_nothing_left(drawn: list[dict[str, Any]], path: list[reconcile.Basis]) -> None:
    rows = [{"placement_id": f"P{n}", "setting_name": "A School", **_until(row, "entry_date", "leaving_date")} for n, row in enumerate(drawn)]
    placements = pd.DataFrame(rows).astype({"entry_date": "datetime64[us]", "leaving_date": "datetime64[us]"})
    as_at = date(2026, 3, 31)
    steps = reconcile.bridge(placements, path, 2025, as_at)
    entries = reconcile.baseline(steps, 2025)
    assert {entry["residual_count"] for entry in entries} <= {0}
    for basis, count in ((path[0], steps[0].from_count), (path[-1], steps[-1].to_count)) if steps else ():
        assert count == _counted_one_by_one(rows, basis, as_at)


def _counted_one_by_one(rows: list[dict[str, Any]], basis: reconcile.Basis, as_at: date) -> int:
    day = domain.census_day(2026) if basis.day == "census" else as_at
    there = [
        row
        for row in rows
        if row["entry_date"] <= day <= (row["leaving_date"] or day)
        and row["setting_type"] in basis.types
        and basis.ages[0] <= domain.academic_age(row["birth_month"], day) <= basis.ages[1]
    ]
    if basis.unit == "first":
        return sum(row["rank"] == "1" for row in there)
    return len({row["child_id"] for row in there}) if basis.unit == "children" else len(there)
