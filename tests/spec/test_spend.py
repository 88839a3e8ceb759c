"""Tables of cost and spend: parts add up to wholes, and every difference has a name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd
import pytest
from cost_store import EVERYTHING, FEE, PAYMENT, PLACEMENT, PLAN, SETTING, cost_store, fill

from analytics.spend import OTHERS, breakdown, cost_against_spend, total_gbp, trend
from data import domain
from data.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("spend"))
    yield made
    made.close()


def _by(year: int, value: str, cost: float, place_years: float = 1.0) -> dict[str, object]:
    return {"year": year, "value": value, "label": value.title(), "cost_gbp": cost, "placements": 1, "children": 1, "place_years": place_years}


def test_a_breakdown_keeps_what_is_new_and_what_is_gone_so_that_changes_add_up() -> None:
    frame = breakdown(pd.DataFrame([_by(2024, "kept", 100.0), _by(2024, "gone", 40.0), _by(2025, "kept", 150.0, 2.0), _by(2025, "new", 50.0)]), 2025)
    assert frame["label"].tolist() == ["Kept", "New", "Gone"]
    assert frame["cost_gbp"].tolist() == [150.0, 50.0, 0.0]
    assert frame["change_gbp"].tolist() == [50.0, 50.0, -40.0]  # together 60 = 200 − 140
    assert frame["share"].tolist() == [75.0, 25.0, 0.0]
    assert frame["per_place_gbp"].tolist()[:2] == [75.0, 50.0]
    assert frame["per_place_gbp"].isna().tolist() == [False, False, True]


def test_a_breakdown_of_nothing_is_empty() -> None:
    assert breakdown(pd.DataFrame([_by(2020, "old", 1.0)]), 2025).empty


def test_a_trend_names_the_dearest_and_adds_the_rest_up() -> None:
    months = pd.DataFrame(
        [{"month": m, "value": v, "label": v.upper(), "cost_gbp": c} for m in (1, 2) for v, c in (("a", 5.0), ("b", 3.0), ("c", 2.0), ("d", 1.0))]
    )
    frame = trend(months, 2)
    assert frame["series"].tolist() == ["A", "A", "B", "B", OTHERS, OTHERS]
    assert frame["cost_gbp"].tolist() == [5.0, 5.0, 3.0, 3.0, 3.0, 3.0]


def test_every_difference_between_agreement_and_ledger_is_named() -> None:
    sides = pd.DataFrame(
        [
            {"urn": "1", "setting_name": "A", "payable_gbp": 100.0, "spend_gbp": 100.0, "payments": 1},
            {"urn": "2", "setting_name": "B", "payable_gbp": 100.0, "spend_gbp": 130.1, "payments": 1},
            {"urn": "3", "setting_name": "C", "payable_gbp": 100.0, "spend_gbp": 80.0, "payments": 1},
            {"urn": "4", "setting_name": "D", "payable_gbp": 10.0, "spend_gbp": 0.0, "payments": 0},
            {"urn": "5", "setting_name": "E", "payable_gbp": 0.0, "spend_gbp": 9.0, "payments": 1},
            {"urn": None, "setting_name": "Not matched to a setting", "payable_gbp": 0.0, "spend_gbp": 7.0, "payments": 1},
        ]
    )
    frame = cost_against_spend(sides)
    assert frame["difference_gbp"].tolist() == [30.1, -20.0, -10.0, 9.0, 7.0, 0.0]
    assert frame["what"].tolist() == [
        "Paid more than agreed",
        "Paid less than agreed",
        "Agreed, nothing paid or not matched",
        "Paid without an agreement loaded",
        "Payments of no known setting",
        "Agrees",
    ]


def test_totals_are_counted_in_whole_pennies() -> None:
    assert total_gbp(pd.Series([0.1] * 3 + [None])) == 0.3


def test_labels_are_the_words_of_the_field() -> None:
    with (domain.REFERENCE / "labels.csv").open(encoding="utf-8", newline="") as f:
        labels: dict[str, dict[str, str]] = {}
        for row in csv.DictReader(f):
            labels.setdefault(row["dimension"], {})[row["value"]] = row["label"]
    assert labels["need"] == domain.SEN_NAMES
    assert labels["phase"] == domain.PHASE_NAMES
    assert labels["component"] == domain.COMPONENT_NAMES
    assert labels["setting_type"] == {str(kind): name for kind, name in domain.SETTING_TYPE_NAMES.items()}
    assert set(labels["funder"]) == set(domain.FUNDERS)
    assert set(labels["purchase_type"]) == set(domain.PURCHASE_TYPES)
    assert labels["compliance"] == domain.COMPLIANCE_NAMES
    assert set(labels["area"]) == set(domain.districts().values())


TWO_SCHOOLS = [SETTING | {"provider_group": "Group A"}, {"urn": "100002", "setting_name": "Two College", "setting_type": "SPI"}]
TWO_PLANS = [PLAN, PLAN | {"child_id": "C2", "birth_month": "2007-05", "primary_need": "SEMH", "home_district": None}]
TWO_PLACEMENTS = [PLACEMENT | {"purchase_type": "spot"}, PLACEMENT | {"placement_id": "P2", "child_id": "C2", "urn": "100002"}]
ENDS = {"valid_to": date(2025, 8, 31)}
THREE_FEES = [
    FEE | ENDS,  # £100 a day: FY 2024 £21,200
    FEE | ENDS | {"component": "transport", "amount_gbp": "3650.00"},  # £10 a day: £2,120
    FEE | ENDS | {"placement_id": "P2", "amount_gbp": "18250.00", "funder": "social_care"},  # £50 a day: £10,600
]


def _cost_by(store: Store, dimension: str, **filters: object) -> dict[str, float]:
    frame = store.read("cost_by", year_kind="FY", years=[2024], dimension=dimension, **(EVERYTHING | filters))
    return dict(zip(frame["label"], frame["cost_gbp"], strict=True))


def test_cost_by_each_dimension_and_with_filters(store: Store) -> None:
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=TWO_PLACEMENTS, fees=THREE_FEES)
    assert _cost_by(store, "need") == {"Autistic spectrum disorder": 23_320.0, "Social, emotional and mental health": 10_600.0}
    assert _cost_by(store, "setting") == {"One School": 23_320.0, "Two College": 10_600.0}
    assert _cost_by(store, "provider_group") == {"Group A": 23_320.0, "Not recorded": 10_600.0}
    assert _cost_by(store, "area") == {"East": 23_320.0, "Not recorded": 10_600.0}
    assert _cost_by(store, "component") == {"Core fee": 31_800.0, "Transport": 2_120.0}
    assert _cost_by(store, "purchase_type") == {"Spot purchase": 23_320.0, "Not recorded": 10_600.0}
    assert _cost_by(store, "total", need=["ASD"]) == {"Total": 23_320.0}
    assert _cost_by(store, "total", area=["not_recorded"]) == {"Total": 10_600.0}
    assert _cost_by(store, "total", component=["core"], funder=["education"]) == {"Total": 21_200.0}
    assert _cost_by(store, "total", phase=["primary"]) == {}
    row = store.read("cost_by", year_kind="FY", years=[2024], dimension="total", **EVERYTHING).iloc[0]
    assert (row["placements"], row["children"], round(row["place_years"], 6)) == (2, 2, round(2 * 212 / 365, 6))


def test_placements_and_months_add_up_to_the_year(store: Store) -> None:
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=TWO_PLACEMENTS, fees=THREE_FEES)
    rows = store.read("cost_placements", year_kind="FY", year=2024, **EVERYTHING)
    assert rows[["placement_id", "core_gbp", "transport_gbp", "cost_gbp", "days_open"]].values.tolist() == [
        ["P1", 21_200.0, 2_120.0, 23_320.0, 212],
        ["P2", 10_600.0, 0.0, 10_600.0, 212],
    ]
    months = store.read("cost_trend", dimension="total", from_month=date(2024, 4, 1), to_month=date(2025, 3, 1), **EVERYTHING)
    assert months["cost_gbp"].tolist() == [160.0 * days for days in (30, 31, 30, 31, 31, 28, 31)]


def test_a_payment_finds_its_setting_by_urn_then_placement_then_person_then_proposal(store: Store) -> None:
    def paid(number: int, **more: object) -> dict[str, object]:
        return PAYMENT | {"transaction_id": f"T{number}", "supplier_name": f"SUPPLIER {number}"} | more

    def decided(number: int, urn: str | None, hour: int = 9, undone: datetime | None = None) -> dict[str, object]:
        at = datetime(2025, 2, 1, hour)  # noqa: DTZ001 - the column has no zone
        return {"supplier_name": f"SUPPLIER {number}", "urn": urn, "decided_by": "finance", "decided_at": at, "undone_at": undone}

    fill(
        store,
        settings=TWO_SCHOOLS,
        payments=[paid(1, urn="100002", placement_id="P1"), paid(2, placement_id="P1"), *(paid(n) for n in range(3, 9))],
        supplier_match=[decided(3, "100001"), decided(3, "100002", hour=10), decided(4, None), decided(5, "100001", undone=datetime(2025, 2, 2))],  # noqa: DTZ001
        supplier_proposal=[
            {"supplier_name": f"SUPPLIER {n}", "urn": "100001", "confidence": 0.99, "automatic": automatic}
            for n, automatic in ((1, True), (4, True), (6, True), (7, False))
        ],
    )
    frame = store.read("mart_payment").sort_values("transaction_id")
    assert list(zip(frame["match_kind"], frame["urn"].fillna("no setting"), strict=True)) == [
        ("given", "100002"),
        ("placement", "100001"),
        ("confirmed", "100002"),  # the later decision
        ("confirmed", "no setting"),  # a person said: no setting
        ("unmatched", "no setting"),  # undone
        ("automatic", "100001"),
        ("unmatched", "no setting"),  # proposed, but not safe without a person
        ("unmatched", "no setting"),
    ]


def test_cost_and_spend_stand_side_by_side(store: Store) -> None:
    payments = [PAYMENT | {"urn": "100001"}, PAYMENT | {"transaction_id": "T2", "net_gbp": "-250.00", "urn": "100001"}, PAYMENT | {"transaction_id": "T3"}]
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=TWO_PLACEMENTS, fees=THREE_FEES, payments=payments)
    nobody = {"urn": None, "setting_type": None, "provider_group": None, "compliance": None}
    frame = store.read("cost_and_spend", year_kind="FY", year=2024, **nobody)
    assert frame[["setting_name", "cost_gbp", "payable_gbp", "spend_gbp", "payments"]].values.tolist() == [
        ["One School", 23_320.0, 21_200.0, 750.0, 2],  # transport is paid to others
        ["Two College", 10_600.0, 0.0, 0.0, 0],  # paid by social care
        ["Not matched to a setting", 0.0, 0.0, 1_000.0, 1],
    ]
    years = store.read("years").set_index(["year_kind", "year"])
    assert years.loc[("FY", 2024), ["cost_gbp", "spend_gbp", "complete"]].tolist() == [33_920.0, 1_750.0, True]
    assert bool(years.loc[("FY", 2025), "complete"]) is False  # fees are loaded to 31 August


def test_headlines_count_to_the_day_and_to_the_same_day_a_year_before(store: Store) -> None:
    fees = [*THREE_FEES, FEE | {"amount_gbp": "36600.00", "valid_from": date(2023, 9, 1), "valid_to": date(2024, 8, 31)}]
    placements = [PLACEMENT | {"entry_date": date(2023, 9, 1)}, *TWO_PLACEMENTS[1:]]
    payments = [PAYMENT | {"paid_on": date(2024, 1, 15)}, PAYMENT | {"transaction_id": "T2", "paid_on": date(2024, 10, 20), "urn": "100001"}]
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=placements, fees=fees, payments=payments)
    row = store.read("overview", as_at=date(2024, 10, 10)).iloc[0]
    # FY 2024 to 10 October: April to August 153 days at £100 (36,600 ÷ 366), then 40 days at £160.
    assert row["cost_to_date_gbp"] == 15_300.0 + 6_400.0
    assert row["cost_last_to_date_gbp"] == 4_000.0  # 1 September to 10 October 2023: 40 days at £100
    assert (row["spend_to_date_gbp"], row["spend_fy_gbp"], row["spend_last_fy_gbp"], row["spend_last_to_date_gbp"]) == (0.0, 1_000.0, 1_000.0, 0.0)
    assert (row["placements"], row["placements_year_ago"], row["children"]) == (2, 1, 2)
    assert row["fye_gbp"] == 36_500.0 + 3_650.0 + 18_250.0
    at_year_end = store.read("overview", as_at=date(2025, 3, 31)).iloc[0]
    assert at_year_end["cost_to_date_gbp"] == at_year_end["cost_fy_gbp"]


def test_counts_name_their_basis(store: Store) -> None:
    left = PLACEMENT | {"placement_id": "P3", "entry_date": date(2024, 4, 10), "leaving_date": date(2024, 5, 1)}
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=[*TWO_PLACEMENTS, left])
    frame = store.read("counts", as_at=date(2025, 3, 31)).set_index(["basis", "age", "scope"])
    found = {key: (int(row["placements"]), int(row["children"])) for key, row in frame.iterrows()}
    assert found["snapshot", "all", "nmiss"] == (1, 1)
    assert found["snapshot", "all", "nmiss_and_spi"] == (2, 2)
    assert found["snapshot", "school_age", "nmiss_and_spi"] == (1, 1)
    assert found["ever_fy", "all", "nmiss"] == (2, 1)  # the same child twice
    assert found["ever_ay", "all", "nmiss"] == (1, 1)


def test_settings_show_open_placements_vehicle_and_block_places(store: Store) -> None:
    fill(
        store,
        settings=TWO_SCHOOLS,
        plans=TWO_PLANS,
        placements=TWO_PLACEMENTS,
        fees=THREE_FEES,
        vehicles=[
            {
                "vehicle_id": "V",
                "vehicle_name": "List",
                "regime": "qualified_list",
                "starts": date(2022, 9, 1),
                "ends": date(2025, 3, 30),
                "extended_to": date(2026, 8, 31),
            }
        ],
        members=[
            {"vehicle_id": "V", "lot": "1", "urn": "100001", "applied_on": date(2022, 6, 1), "decided_on": date(2022, 9, 1), "status": "admitted"},
            {"vehicle_id": "V", "lot": "1", "urn": "100002", "applied_on": date(2022, 6, 1), "decided_on": date(2022, 9, 1), "status": "refused"},
        ],
        contracts=[{"contract_id": "K", "urn": "100001", "kind": "block", "guaranteed_places": 5, "starts": date(2024, 9, 1), "ends": date(2025, 8, 31)}],
    )
    frame = store.read("settings", as_at=date(2025, 3, 31))
    assert frame[["setting_name", "placements", "fye_gbp", "on_vehicle", "block_places"]].values.tolist() == [
        ["One School", 1, 40_150.0, True, 5],
        ["Two College", 1, 18_250.0, False, 0],
    ]
    assert store.read("overview", as_at=date(2025, 3, 31))["compliant_fye_gbp"].iloc[0] == 40_150.0


def test_the_dossier_of_a_setting(store: Store) -> None:
    outcome = {"child_id": "C1", "urn": "100001", "measure": "attendance", "period_end": date(2024, 12, 31)}
    fill(
        store,
        settings=TWO_SCHOOLS,
        plans=TWO_PLANS,
        placements=TWO_PLACEMENTS,
        fees=THREE_FEES,
        outcomes=[
            outcome | {"period_start": date(2024, 9, 1), "numerator": 45, "denominator": 60},
            outcome | {"child_id": "C2", "period_start": date(2024, 11, 1), "numerator": 30, "denominator": 40},
        ],
    )
    on = date(2025, 3, 31)
    assert store.read("setting_children", urn="100001", as_at=on).values.tolist() == [["ASD", "secondary", "day", 1, 40_150.0]]
    assert store.read("setting_placements", urn="100001", as_at=on)[["child_id", "academic_age", "fye_gbp"]].values.tolist() == [["C1", 12, 40_150.0]]
    fees = store.read("setting_fees", urn="100001")
    assert fees[["year", "component", "cost_gbp", "placements", "place_years"]].values.tolist() == [
        [2024, "core", 36_500.0, 1, 1.0],
        [2024, "transport", 3_650.0, 1, 1.0],
    ]
    assert store.read("setting_outcomes", urn="100001").values.tolist() == [["attendance", 2024, 2, 75.0, 100.0, 0.75]]
    assert store.read("setting_contracts", urn="100001").empty
    assert store.read("setting_inspections", urn="100001").empty
    assert store.read("setting_members", urn="100001").empty


def test_filter_values_are_those_that_occur(store: Store) -> None:
    fill(store, settings=TWO_SCHOOLS, plans=TWO_PLANS, placements=TWO_PLACEMENTS, fees=THREE_FEES)
    frame = store.read("filter_values")
    found = {name: dict(zip(part["value"], part["label"], strict=True)) for name, part in frame.groupby("dimension")}
    assert found["urn"] == {"100001": "One School", "100002": "Two College"}
    assert found["area"] == {"east": "East", "not_recorded": "Not recorded"}
    assert found["phase"] == {"secondary": "Secondary", "post16": "Post-16"}


def test_an_empty_store_answers_every_read(store: Store) -> None:
    fill(store, settings=[], plans=[], placements=[], fees=[])
    on, months = date(2025, 3, 31), {"from_month": date(2024, 4, 1), "to_month": date(2025, 3, 1)}
    assert store.read("snapshot", as_at=on).empty
    assert store.read("years").empty
    assert store.read("filter_values").empty
    assert store.read("settings", as_at=on).empty
    assert store.read("cost_by", year_kind="FY", years=[2024], dimension="need", **EVERYTHING).empty
    assert store.read("cost_trend", dimension="need", **months, **EVERYTHING).empty
    assert store.read("spend_by_month", urn=None, setting_type=None, provider_group=None, **months).empty
    assert store.read("spend_by_match", year_kind="FY", year=2024).empty
    assert store.read("counts", as_at=on)["placements"].sum() == 0
    assert store.read("overview", as_at=on)[["cost_fy_gbp", "placements"]].values.tolist() == [[0.0, 0.0]]
