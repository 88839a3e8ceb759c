"""How places are bought, drawn by hand: each class, and each edge at which an answer turns.

One school, one child born January 2012 (secondary until 31 August 2028), a day place at £36,500 a year from 1 September 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from compliance_reference import RULES
from cost_store import EVERYTHING, FEE, PAYMENT, PLACEMENT, SETTING, cost_store, fill

from analytics.params import compliance_rules
from analytics.run.compliance import compliance
from analytics.run.pages import overview
from analytics.run.session import Session
from data import schema
from data.domain import Role
from data.errors import NotAllowed
from data.store import Store

VEHICLE = {"vehicle_id": "V", "vehicle_name": "DPS", "regime": "pcr2015_dps", "starts": date(2022, 9, 1), "ends": date(2025, 8, 31)}
MEMBER = {"vehicle_id": "V", "lot": "1", "urn": "100001", "applied_on": date(2022, 6, 1), "decided_on": date(2022, 9, 1), "status": "admitted"}
CONTRACT = {"contract_id": "K", "urn": "100001", "kind": "call_off", "vehicle_id": "V", "lot": "1", "starts": date(2022, 9, 1), "ends": date(2025, 8, 31)}
SPOT = CONTRACT | {"kind": "spot", "vehicle_id": None, "lot": None, "starts": date(2024, 9, 1), "ends": date(2028, 8, 31)}
DEAR = FEE | {"amount_gbp": "200000.00", "vat_gbp": "0.00"}
HELD = PLACEMENT | {"contract_id": "K"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("compliance"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def usual_rules(store: Store) -> Iterator[None]:
    with store.cursor() as cursor:
        kept = cursor.execute("SELECT * FROM ref_compliance_rules").fetchall()
    yield
    _rules(store, kept)


def _rules(store: Store, rows: list[tuple[str | None, ...]]) -> None:
    with store.transaction() as cursor:
        cursor.execute("DELETE FROM ref_compliance_rules")
        cursor.executemany("INSERT INTO ref_compliance_rules VALUES (?, ?, ?, ?, ?, ?)", rows)


def rule(store: Store, name: str, value: str, since: date | None = None, vat_basis: str | None = None) -> None:
    """Sets a rule, for all days or from a day on."""
    with store.cursor() as cursor:
        rows = [tuple(row) for row in cursor.execute("SELECT * FROM ref_compliance_rules").fetchall()]
    changed = []
    for row in rows:
        if row[0] == name and since is None:
            continue
        changed.append((*row[:4], (since - timedelta(1)).isoformat(), row[5]) if row[0] == name and since else row)
    _rules(store, [*changed, (name, value, vat_basis, (since or date(1990, 1, 1)).isoformat(), None, "test")])


def runs(store: Store, **given: Any) -> list[tuple[str, str, str]]:
    """First day, class and reason of each run of days of placement P1."""
    fill(store, **{"fees": [DEAR]} | given)
    frame = store.read("mart_compliance")
    frame = frame[frame["placement_id"] == "P1"].sort_values("first_day")
    ends = [*(pd.to_datetime(frame["first_day"]).iloc[1:] - pd.Timedelta(days=1)).dt.date.astype(str)]
    assert [str(day)[:10] for day in frame["last_day"]][:-1] == ends  # no gap, no overlap
    return [(str(day)[:10], c, r) for day, c, r in zip(frame["first_day"], frame["compliance"], frame["reason"], strict=True)]


def one(store: Store, **given: Any) -> str:
    """The class of P1, where it has one for all its days."""
    ((_, found, _),) = runs(store, **given)
    return found


def on(store: Store, vehicle: dict[str, Any] | None = None, members: Any = None, **given: Any) -> str:
    return one(store, vehicles=[VEHICLE | (vehicle or {})], members=[MEMBER] if members is None else members, **given)


def test_each_class(store: Store) -> None:
    assert on(store, placements=[HELD], contracts=[CONTRACT]) == "on_vehicle"
    assert on(store, placements=[HELD], contracts=[SPOT | {"off_vehicle_ground": "Only setting able to meet need"}]) == "off_vehicle_with_ground"
    assert one(store, fees=[FEE]) == "below_threshold"
    assert one(store) == "unexplained"
    assert one(store, settings=[SETTING | {"setting_type": "MSS"}]) == "not_bought"


def test_a_member_setting_without_a_contract_on_the_day_the_place_began(store: Store) -> None:
    assert on(store) == "on_vehicle"
    assert on(store, members=[MEMBER | {"decided_on": date(2024, 9, 1)}]) == "on_vehicle"
    assert on(store, members=[MEMBER | {"decided_on": date(2024, 9, 2)}]) == "unexplained"
    assert on(store, members=[MEMBER | {"status": "refused"}]) == "unexplained"
    assert on(store, members=[MEMBER | {"status": "applied", "decided_on": None}]) == "unexplained"
    rule(store, "member_without_contract", "no")
    assert on(store) == "unexplained"


@pytest.mark.parametrize(("ends", "extended_to", "found"), [
    (date(2024, 9, 1), None, "on_vehicle"),
    (date(2024, 8, 31), None, "unexplained"),
    (date(2024, 8, 31), date(2024, 9, 1), "on_vehicle"),
])  # fmt: skip
def test_the_last_day_of_a_vehicle_and_its_extension_count(store: Store, ends: date, extended_to: date | None, found: str) -> None:
    assert on(store, {"ends": ends, "extended_to": extended_to}) == found


def test_a_system_under_the_old_regulations_ends_with_them(store: Store) -> None:
    late = {"placements": [PLACEMENT | {"entry_date": date(2029, 2, 24)}], "fees": [DEAR | {"valid_from": date(2029, 2, 1), "amount_gbp": "900000.00"}]}
    long = {"ends": date(2030, 8, 31)}
    assert on(store, long, **late) == "unexplained"
    assert on(store, long | {"regime": "pa2023_open_framework"}, **late) == "on_vehicle"
    late["placements"] = [PLACEMENT | {"entry_date": date(2029, 2, 23)}]
    assert on(store, long, **late) == "on_vehicle"


def test_a_suspension_leaves_a_place_called_off_before_and_stops_the_next(store: Store) -> None:
    suspended = [MEMBER, MEMBER | {"applied_on": date(2025, 1, 1), "decided_on": date(2025, 1, 1), "status": "suspended"}]
    assert on(store, members=suspended) == "on_vehicle"
    late = {"placements": [PLACEMENT | {"entry_date": date(2025, 1, 1)}], "fees": [DEAR | {"valid_from": date(2025, 1, 1)}]}
    assert on(store, members=suspended, **late) == "unexplained"
    held = {"placements": [HELD | {"entry_date": date(2025, 1, 1)}], "fees": late["fees"], "contracts": [CONTRACT]}
    assert on(store, members=suspended, **held) == "unexplained"  # a call-off is made when the place begins
    assert on(store, members=suspended, **{**held, "contracts": [CONTRACT | {"kind": "block"}]}) == "on_vehicle"  # bought when the block was let
    again = [*suspended, MEMBER | {"applied_on": date(2024, 12, 1), "decided_on": date(2025, 3, 1)}]
    assert on(store, members=again, placements=[PLACEMENT | {"entry_date": date(2025, 2, 28)}], fees=late["fees"]) == "unexplained"
    assert on(store, members=again, placements=[PLACEMENT | {"entry_date": date(2025, 3, 1)}], fees=late["fees"]) == "on_vehicle"


def test_by_the_stricter_rule_a_place_is_on_its_vehicle_only_on_days_of_membership(store: Store) -> None:
    rule(store, "vehicle_day", "each_day")
    members = [
        MEMBER,
        MEMBER | {"applied_on": date(2025, 1, 1), "decided_on": date(2025, 1, 1), "status": "suspended"},
        MEMBER | {"applied_on": date(2025, 2, 1), "decided_on": date(2025, 3, 1)},
    ]
    found = runs(store, vehicles=[VEHICLE], members=members)
    assert [(day, name) for day, name, _ in found] == [
        ("2024-09-01", "on_vehicle"), ("2025-01-01", "unexplained"), ("2025-03-01", "on_vehicle"), ("2025-09-01", "unexplained")
    ]  # fmt: skip


def test_an_admission_superseded_by_its_own_suspension_still_counts_until_then(store: Store) -> None:
    """The register gives one row an application: the version before it is how the admission is known."""
    versions = [MEMBER | {"is_current": False, "seq": 1}, MEMBER | {"status": "suspended", "decided_on": date(2025, 1, 1), "seq": 2}]
    assert on(store, members=[m | {"batch_id": "B"} for m in versions]) == "on_vehicle"
    assert on(store, members=[m | {"batch_id": "B"} for m in (versions[0], MEMBER | {"status": "refused", "seq": 2})]) == "unexplained"  # a slip, mended


def test_a_contract_must_be_let_under_a_vehicle_that_ran_to_a_member_of_its_lot(store: Store) -> None:
    held = {"placements": [HELD], "contracts": [CONTRACT]}
    assert on(store, members=[MEMBER | {"lot": "2"}], **held) == "unexplained"
    assert on(store, members=[MEMBER | {"lot": "2"}], placements=[HELD], contracts=[CONTRACT | {"lot": None}]) == "on_vehicle"
    rule(store, "lot", "any")
    assert on(store, members=[MEMBER | {"lot": "2"}], **held) == "on_vehicle"
    assert on(store, members=[], **held) == "unexplained"
    assert on(store, placements=[HELD], contracts=[CONTRACT | {"vehicle_id": None}]) == "unexplained"  # let outside, though the school is a member
    assert on(store, placements=[HELD | {"contract_id": "not loaded"}]) == "unexplained"
    assert on(store, placements=[HELD], contracts=[CONTRACT | {"urn": "100009"}]) == "unexplained"
    assert on(store, placements=[HELD], contracts=[CONTRACT | {"ends": date(2024, 8, 31)}]) == "unexplained"


def test_a_place_that_a_later_contract_takes_over(store: Store) -> None:
    block = CONTRACT | {"kind": "block", "starts": date(2025, 1, 1)}
    found = runs(store, vehicles=[VEHICLE], members=[MEMBER], placements=[HELD], contracts=[block])
    assert found == [("2024-09-01", "unexplained", "value_not_below"), ("2025-01-01", "on_vehicle", "contract_on_vehicle")]
    ground = SPOT | {"starts": date(2025, 1, 1), "off_vehicle_ground": "Named by tribunal order"}
    found = runs(store, placements=[HELD], contracts=[ground])
    assert [(day, name) for day, name, _ in found] == [("2024-09-01", "unexplained"), ("2025-01-01", "off_vehicle_with_ground")]
    frame = store.read("cost_by", year_kind="FY", years=[2024], dimension="compliance", **EVERYTHING).set_index("value")
    assert frame["cost_gbp"].sum() == pytest.approx(200_000 * 212 / 365, abs=0.01)
    assert (frame["place_years"] * 365).round(6).to_dict() == {"unexplained": 122, "off_vehicle_with_ground": 90}
    whole = store.read("cost_by", year_kind="FY", years=[2024], dimension="total", **EVERYTHING).iloc[0]
    assert (round(whole["place_years"] * 365, 6), whole["fye_gbp"]) == (212, 200_000)


def test_who_named_the_setting_is_a_ground_only_where_the_rules_say_so(store: Store) -> None:
    named = {"placements": [PLACEMENT | {"named_by": "tribunal"}]}
    assert one(store, **named) == "unexplained"
    rule(store, "ground_tribunal", "yes", since=date(2025, 4, 1))
    assert runs(store, **named) == [("2024-09-01", "unexplained", "value_not_below"), ("2025-04-01", "off_vehicle_with_ground", "named_by_tribunal")]
    rule(store, "ground_parent", "yes")
    assert {name for _, name, _ in runs(store, placements=[PLACEMENT | {"named_by": "parent"}])} == {"off_vehicle_with_ground"}


@pytest.mark.parametrize(("amount", "vat", "basis", "found"), [
    # £x a year over the four academic years from 1 September 2024 to 31 August 2028
    ("165884.99", "0.00", "including", "below_threshold"),
    ("165885.00", "0.00", "including", "unexplained"),
    ("138237.49", "27647.50", "including", "below_threshold"),
    ("138237.50", "27647.50", "including", "unexplained"),
    ("138237.50", "27647.50", "excluding", "below_threshold"),
    ("138237.50", None, "including", "unexplained"),
    ("138237.49", None, "including", "below_threshold"),
])  # fmt: skip
def test_the_threshold_is_compared_on_its_own_vat_basis(store: Store, amount: str, vat: str | None, basis: str, found: str) -> None:
    rule(store, "threshold_gbp", "663540.00", vat_basis=basis)
    assert one(store, fees=[FEE | {"amount_gbp": amount, "vat_gbp": vat}]) == found


def test_the_value_is_that_of_the_fee_to_the_setting_over_the_life_of_the_place(store: Store) -> None:
    ended = {"placements": [PLACEMENT | {"leaving_date": date(2025, 8, 31)}]}
    assert one(store, **ended) == "below_threshold"  # £200,000 in all
    transport = FEE | {"component": "transport", "amount_gbp": "900000.00"}
    assert one(store, fees=[FEE, transport]) == "below_threshold"
    agreed = SPOT | {"ends": date(2026, 8, 31)}
    assert one(store, placements=[HELD], contracts=[agreed]) == "below_threshold"  # two years as agreed
    assert one(store, fees=[DEAR | {"valid_to": date(2025, 8, 31)}]) == "unexplained"  # an open place goes on at the last agreed fee
    assert one(store, fees=[]) == "unexplained"


def test_by_the_other_reading_all_places_of_the_provider_are_compared(store: Store) -> None:
    both = {
        "placements": [PLACEMENT, PLACEMENT | {"placement_id": "P2", "entry_date": date(2025, 3, 31), "rank": "2"}],
        "fees": [FEE | {"amount_gbp": "100000.00", "placement_id": p, "vat_gbp": "0.00"} for p in ("P1", "P2")],
    }
    assert one(store, **both) == "below_threshold"
    frame = store.read("mart_compliance")
    assert frame["other_compared_gbp"].astype(float).tolist() == pytest.approx([400_000 + 100_000 * (3 + 154 / 365)] * 2, abs=0.01)
    rule(store, "threshold_reading", "provider")
    assert one(store, **both) == "unexplained"
    both["placements"][1]["entry_date"] = date(2025, 4, 1)  # in the next financial year
    assert one(store, **both) == "below_threshold"


def _paid(store: Store, payments: list[dict[str, Any]], **given: Any) -> list[tuple[str, str]]:
    numbered = [PAYMENT | {"transaction_id": f"T{n}"} | p for n, p in enumerate(payments)]
    fill(store, **{"fees": [DEAR]} | given, payments=numbered)
    frame = store.read("mart_payment").sort_values("transaction_id")
    assert round(frame["net_gbp"].astype(float).sum(), 2) == round(sum(float(p["net_gbp"]) for p in numbered), 2)
    return list(zip(frame["compliance"], frame["compliance_reason"], strict=True))


def test_spend_follows_the_placement_else_the_places_of_the_setting(store: Store) -> None:
    member = {"vehicles": [VEHICLE], "members": [MEMBER]}
    old = PLACEMENT | {"placement_id": "P0", "entry_date": date(2021, 9, 1), "leaving_date": date(2025, 2, 1)}
    fees = [DEAR, DEAR | {"placement_id": "P0", "valid_from": date(2021, 9, 1)}]
    setting = {"urn": "100001"}
    payments = [
        {"placement_id": "P1"},
        {"placement_id": "P0", "paid_on": date(2026, 1, 1)},
        setting,
        setting | {"paid_on": date(2025, 3, 1)},
        setting | {"paid_on": date(2020, 3, 1)},
        {},
    ]
    assert _paid(store, payments, placements=[PLACEMENT, old], fees=fees, **member) == [
        ("on_vehicle", "its_placement"),
        ("unexplained", "its_placement"),  # paid after it ended: as on its last day
        ("places_differ", "places_there_differ"),
        ("on_vehicle", "every_place_there"),
        ("unexplained", "no_place_no_member"),
        ("not_matched", "setting_not_known"),
    ]
    nobody = {"placements": [], "fees": []}
    assert _paid(store, [setting], **nobody, **member) == [("on_vehicle", "setting_member")]
    assert _paid(store, [setting], **nobody, contracts=[SPOT | {"off_vehicle_ground": "x"}]) == [("off_vehicle_with_ground", "ground_at_setting")]
    assert _paid(store, [setting], **nobody, settings=[SETTING | {"setting_type": "MSS"}]) == [("not_bought", "setting_out_of_scope")]


def test_the_pages_tell_the_classes_and_the_vehicle(store: Store) -> None:
    vehicle = VEHICLE | {"authorised_gbp": "500000.00", "authorised_vat_basis": "excluding VAT", "reopens": None}
    fill(store, vehicles=[vehicle], members=[MEMBER], fees=[FEE | {"valid_to": date(2025, 3, 31)}], payments=[PAYMENT | {"urn": "100001"}])
    session = Session(Role.COMMISSIONER, store)
    found = compliance(session)
    assert found.answer == (
        "Of £21k for bought places in 2024-25, 100.0% is on a vehicle, 0.0% has a recorded ground, 0.0% is below the threshold, 0.0% has no ground recorded."
    )
    row = found.tables["bought"].frame.iloc[0]
    assert row[["compliance", "cost_gbp", "share", "spend_gbp", "placements"]].tolist() == ["on_vehicle", 21_200.0, 100.0, 1_000.0, 1]
    assert found.tables["vehicles"].frame[["settings", "to_date_gbp", "left_gbp"]].values.tolist() == [[1, 21_200.0, 478_800.0]]
    page = overview(session)
    assert next(f.value for f in page.figures if f.label == "On a vehicle") == 100.0
    assert page.tables["bought"].frame.equals(found.tables["bought"].frame)
    assert "£663,540 including VAT" in page.method
    with pytest.raises(NotAllowed):
        compliance(Session(Role.CABINET, store))


def test_what_is_unexplained_asks_for_attention_and_says_nothing_about_the_law(store: Store) -> None:
    fill(store, fees=[DEAR | {"valid_to": date(2025, 3, 31)}])
    page = overview(Session(Role.COMMISSIONER, store))
    item = page.tables["attention"].frame.query("compliance == 'unexplained'").iloc[0]
    assert item["what"].endswith("by vehicle, ground or value: check that each has a recorded ground")
    assert item["gbp"] == 200_000
    assert not any(word in (page.answer + page.method + item["what"]).lower() for word in ("illegal", "breach", "non-compliant", "is unlawful"))


def test_the_rule_file_in_python_and_in_sql_are_one(store: Store) -> None:
    with store.cursor() as cursor:
        (period,) = cursor.execute("SELECT * FROM stg_rule WHERE DATE '2026-03-31' BETWEEN first_day AND last_day").df().to_dict("records")
    rules = compliance_rules(date(2026, 3, 31))
    assert (rules.threshold_gbp, rules.threshold_reading, rules.each_day) == (float(period["threshold_gbp"]), period["threshold_reading"], period["each_day"])
    assert (rules.ground_tribunal, rules.ground_parent) == (period["ground_tribunal"], period["ground_parent"])
    with (schema.REFERENCE / "compliance_rules.csv").open(encoding="utf-8") as file:
        frame = pd.read_csv(file, dtype=str)
    assert RULES.items() <= dict(zip(frame["rule"], frame["value"], strict=True)).items()
