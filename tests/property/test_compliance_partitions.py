"""For any records: each day of a placement has one class, the one that a plain day-by-day count gives, and the classes add up to the penny."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from compliance_reference import FAR, RULES, Authority
from cost_store import FEE, PAYMENT, PLACEMENT, PLAN, SETTING, cost_store, fill
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.costs import FeeLine, part_year_cost
from data.store import Store

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking would take minutes
URNS, DAY = ("100001", "100002", "100003"), timedelta(days=1)
days = st.dates(date(2022, 6, 1), date(2026, 8, 31))
maybe = st.one_of(st.none(), days)
SETTINGS = [
    SETTING | {"urn": "100001", "provider": "A"},
    SETTING | {"urn": "100002", "provider": "A", "setting_type": "NMSS"},
    SETTING | {"urn": "100003", "setting_type": "MSS"},
]
vehicle = st.fixed_dictionaries(
    {
        "regime": st.sampled_from(["pcr2015_dps", "pa2023_open_framework"]),
        "starts": st.dates(date(2022, 1, 1), date(2023, 12, 31)),
        "ends": st.dates(date(2024, 1, 1), date(2031, 1, 1)),
        "extended_to": st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2031, 1, 1))),
    }
)
member = st.fixed_dictionaries(
    {
        "vehicle_id": st.sampled_from(["V0", "V1"]),
        "lot": st.sampled_from(["1", "2"]),
        "urn": st.sampled_from(URNS),
        "status": st.sampled_from(["admitted", "admitted", "suspended", "withdrawn", "refused", "applied"]),
        "decided_on": days,
    }
)
contract = st.fixed_dictionaries(
    {
        "urn": st.sampled_from(URNS),
        "kind": st.sampled_from(["block", "call_off", "spot"]),
        "vehicle_id": st.sampled_from(["V0", "V1", None]),
        "lot": st.sampled_from(["1", "2", None]),
        "starts": days,
        "ends": st.dates(date(2025, 1, 1), date(2029, 1, 1)),
        "off_vehicle_ground": st.sampled_from([None, "Urgent start"]),
    }
)
placement = st.fixed_dictionaries(
    {
        "urn": st.sampled_from(URNS),
        "contract_id": st.sampled_from([None, "K0", "K1", "K2"]),
        "entry_date": days,
        "open_for": st.one_of(st.none(), st.integers(0, 900)),
        "named_by": st.sampled_from([None, "council", "parent", "tribunal"]),
        "amount_gbp": st.decimals(Decimal(20_000), Decimal(400_000), places=2),
        "vat_gbp": st.one_of(st.none(), st.decimals(Decimal(0), Decimal(60_000), places=2)),
        "birth": st.integers(2006, 2016),
        "valid_for": st.one_of(st.none(), st.integers(30, 900)),
    }
)
payment = st.fixed_dictionaries(
    {
        "placement_id": st.sampled_from([None, "P0", "P1"]),
        "urn": st.sampled_from([None, *URNS]),
        "paid_on": days,
        "net_gbp": st.decimals(Decimal(-900), Decimal(9_000), places=2),
    }
)
rules = st.fixed_dictionaries(
    {
        "vehicle_day": st.sampled_from(["placed", "each_day"]),
        "lot": st.sampled_from(["contract", "any"]),
        "member_without_contract": st.sampled_from(["yes", "no"]),
        "ground_on_contract": st.sampled_from(["yes", "no"]),
        "ground_tribunal": st.sampled_from(["yes", "no"]),
        "ground_parent": st.sampled_from(["yes", "no"]),
        "threshold_gbp": st.sampled_from(["663540.00", "250000.00"]),
        "threshold_reading": st.sampled_from(["placement", "provider"]),
        "vat_not_recorded": st.sampled_from(["0.20", "0.00"]),
    }
)
DRAWN = st.fixed_dictionaries(
    {
        "vehicles": st.tuples(vehicle, vehicle),
        "members": st.lists(member, max_size=8, unique_by=lambda m: (m["vehicle_id"], m["lot"], m["urn"], m["decided_on"])),
        "contracts": st.tuples(contract, contract, contract),
        "placements": st.lists(placement, min_size=2, max_size=5),
        "payments": st.lists(payment, max_size=6),
        "rules": st.lists(rules, min_size=1, max_size=2),
        "changed_on": days,
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("partitions"))
    yield made
    made.close()


def records(drawn: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The drawn values as rows of the sources."""
    rows: dict[str, list[dict[str, Any]]] = {"settings": SETTINGS, "plans": [], "placements": [], "fees": []}
    rows["vehicles"] = [v | {"vehicle_id": f"V{n}", "vehicle_name": f"V{n}"} for n, v in enumerate(drawn["vehicles"])]
    rows["members"] = [m | {"applied_on": m["decided_on"] - (n + 1) * DAY} for n, m in enumerate(drawn["members"])]
    rows["contracts"] = [c | {"contract_id": f"K{n}"} for n, c in enumerate(drawn["contracts"])]
    for n, p in enumerate(drawn["placements"]):
        entry = p["entry_date"]
        rows["plans"].append(PLAN | {"child_id": f"C{n}", "birth_month": f"{p['birth']}-03"})
        kept = {k: p[k] for k in ("urn", "contract_id", "entry_date", "named_by")}
        leaves = None if p["open_for"] is None else entry + p["open_for"] * DAY
        rows["placements"].append(PLACEMENT | kept | {"placement_id": f"P{n}", "child_id": f"C{n}", "leaving_date": leaves})
        until = None if p["valid_for"] is None else entry + p["valid_for"] * DAY
        money = {"amount_gbp": str(p["amount_gbp"]), "vat_gbp": None if p["vat_gbp"] is None else str(p["vat_gbp"])}
        rows["fees"].append(FEE | money | {"placement_id": f"P{n}", "valid_from": entry, "valid_to": until})
        rows["fees"].append(FEE | {"placement_id": f"P{n}", "component": "transport", "amount_gbp": "5000.00", "unit": "term", "valid_from": entry})
    rows["payments"] = [PAYMENT | p | {"transaction_id": f"T{n}", "net_gbp": str(p["net_gbp"])} for n, p in enumerate(drawn["payments"])]
    return rows


def set_rules(store: Store, dated: list[tuple[date, dict[str, str]]]) -> None:
    with store.transaction() as cursor:
        cursor.execute("DELETE FROM ref_compliance_rules WHERE rule NOT IN ('post16_last_age', 'pcr2015_last_day')")
        for n, (first, values) in enumerate(dated):
            last = (dated[n + 1][0] - DAY).isoformat() if n + 1 < len(dated) else None
            rows = [(name, value, "including", first.isoformat(), last, "drawn") for name, value in values.items()]
            cursor.executemany("INSERT INTO ref_compliance_rules VALUES (?, ?, ?, ?, ?, ?)", rows)


@settings(max_examples=15, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAWN)
def test_each_day_has_the_one_class_that_a_count_by_day_gives_and_all_adds_up(store: Store, drawn: dict[str, Any]) -> None:
    rows = records(drawn)
    dated = list(
        zip([date(1990, 1, 1), drawn["changed_on"]], ({"scope_setting_types": RULES["scope_setting_types"]} | r for r in drawn["rules"]), strict=False)
    )
    set_rules(store, dated)
    fill(store, **rows)
    _each_day(store, Authority(rows, dated), rows)
    _costs(store, rows)
    _spend(store, rows)


def _each_day(store: Store, authority: Authority, rows: dict[str, list[dict[str, Any]]]) -> None:
    with store.cursor() as cursor:
        found = cursor.execute("SELECT placement_id, first_day, last_day, compliance FROM mart_compliance ORDER BY placement_id, first_day").fetchall()
    for p in rows["placements"]:
        runs = [run for run in found if run[0] == p["placement_id"]]
        assert (runs[0][1], runs[-1][2]) == (p["entry_date"], p["leaving_date"] or FAR)
        assert [a[2] + DAY for a in runs[:-1]] == [b[1] for b in runs[1:]]
        day, last = p["entry_date"], min(p["leaving_date"] or FAR, date(2027, 3, 31))
        while day <= last:
            (found_class,) = [run[3] for run in runs if run[1] <= day <= run[2]]
            assert found_class == authority.class_on(day, p), (p, day)
            day += 1 * DAY if day.day in (28, 29, 30, 31, 1) or any(abs((day - run[1]).days) < 3 for run in runs) else 2 * DAY


def _costs(store: Store, rows: dict[str, list[dict[str, Any]]]) -> None:
    """By month and by year, over the classes, the cost is that of each fee line counted day by day."""
    mart, month = store.read("mart_placement_cost"), store.read("mart_cost_month")
    left = {p["placement_id"]: p for p in rows["placements"]}
    expected: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for fee in rows["fees"]:
        p = left[fee["placement_id"]]
        line = FeeLine(Decimal(fee["amount_gbp"]), fee["unit"], "day", fee["valid_from"], min(fee.get("valid_to") or FAR, p["leaving_date"] or FAR))
        for year in (2023, 2024):
            expected[year, fee["component"]] += part_year_cost(line, date(year, 4, 1), date(year + 1, 3, 31))
    for (year, component), gbp in expected.items():
        if date(year + 1, 3, 31) > max(f["valid_from"] for f in rows["fees"]):
            continue  # beyond what is worked out
        part = mart[(mart["year_kind"] == "FY") & (mart["year"] == year) & (mart["component"] == component)]
        assert round(float(part["part_year_gbp"].sum()), 2) == float(gbp)
        assert round(float(month.loc[(month["fy"] == year) & (month["component"] == component), "part_year_gbp"].sum()), 2) == float(gbp)
        opened = part.groupby(["placement_id", "phase", "compliance"])["days_open"].max().groupby(["placement_id"]).sum()
        assert (opened <= 366).all()
    classes = store.read("compliance", year_kind="FY", year=2040, as_at=date(2025, 3, 31))
    for kind in ("cost_gbp", "cost_other_gbp"):
        assert round(classes[kind].sum(), 2) == round(float(mart.loc[mart["year_kind"] == "FY", "part_year_gbp"].sum()), 2)


def _spend(store: Store, rows: dict[str, list[dict[str, Any]]]) -> None:
    paid = store.read("mart_payment")
    assert len(paid) == len(rows["payments"])
    assert paid["compliance"].notna().all()
    classes = store.read("compliance", year_kind="FY", year=2040, as_at=date(2025, 3, 31))
    assert round(classes["spend_gbp"].sum(), 2) == round(float(sum(Decimal(p["net_gbp"]) for p in rows["payments"])), 2)
    known = store.read("mart_compliance")
    for t in paid[paid["placement_id"].notna()].itertuples():
        mine = known[known["placement_id"] == t.placement_id].sort_values("first_day")
        day = max(pd.Timestamp(t.paid_on), pd.Timestamp(mine["entry_date"].iloc[0]))
        assert t.compliance == mine[pd.to_datetime(mine["first_day"]) <= day]["compliance"].iloc[-1]
