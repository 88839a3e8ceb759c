"""A setting's places: shares, occupancy, distance and who else could be asked, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cost_store import cost_store, fill

from analytics.reach import alternatives, km_between
from analytics.run.dossier_places import places
from analytics.run.session import Session
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.store import Store

DAY = date(2026, 3, 31)


def settings(*rows: tuple[str, str | None, str | None, float | None, float | None, float]) -> pd.DataFrame:
    """urn, needs, residence, age_low, age_high, easting in km from the present setting."""
    frame = pd.DataFrame(rows, columns=["urn", "needs", "residence", "age_low", "age_high", "km"])
    return frame.assign(easting=600_000 + 1000 * frame["km"], northing=150_000.0, closed=pd.NaT).drop(columns="km")


CHILDREN = pd.DataFrame(
    {
        "primary_need": ["ASD", "SEMH", "ASD"],
        "academic_age": [9, 13, 13],
        "residence": ["day", "day", "52wk"],
        "home_easting": [600_000.0, 610_000.0, np.nan],
        "home_northing": [150_000.0, 150_000.0, np.nan],
    }
)
OWN = settings(("1", "ASD;SEMH", "day;52wk", 5, 18, 0.0))


@pytest.mark.parametrize(
    ("needs", "residence", "low", "high", "km", "fits"),
    [
        ("ASD;SEMH", "day;52wk", 5, 18, 5.0, 3),
        ("ASD", "day;52wk", 5, 18, 5.0, 2),
        ("SEMH", "day", 5, 18, 5.0, 1),
        ("HI", "day", 5, 18, 5.0, 0),
        ("ASD;SEMH", "day;52wk", 11, 18, 5.0, 2),  # too old for the child of 9
        ("ASD;SEMH", "day;52wk", 5, 12, 5.0, 1),
        ("ASD;SEMH", "day;52wk", 5, 18, 45.0, 2),  # 45 km from the first home, 35 from the second; distance says nothing of boarding
        ("ASD;SEMH", "day;52wk", 5, 18, 90.0, 1),
        (None, None, None, None, 5.0, 3),  # what it does not say rules nothing out
    ],
)
def test_a_setting_fits_a_child_by_need_age_residence_and_distance(
    needs: str | None, residence: str | None, low: float | None, high: float | None, km: float, fits: int
) -> None:
    found = alternatives(OWN.iloc[0], CHILDREN, pd.concat([OWN, settings(("2", needs, residence, low, high, km))]), DAY, 40.0)
    assert found["fits"].tolist() == ([fits] if fits else [])


def test_a_closed_setting_and_the_setting_itself_are_no_alternative_and_most_children_come_first() -> None:
    rest = settings(("2", "ASD", None, None, None, 1.0), ("3", "ASD;SEMH", None, None, None, 9.0), ("4", "ASD;SEMH", None, None, None, 2.0))
    rest.loc[rest["urn"] == "4", "closed"] = pd.Timestamp("2026-03-30")
    found = alternatives(OWN.iloc[0], CHILDREN, pd.concat([OWN, rest]), DAY, 40.0)
    assert found[["urn", "fits", "km"]].values.tolist() == [["3", 3, 9.0], ["2", 2, 1.0]]


def test_distance_is_a_straight_line_in_kilometres() -> None:
    assert km_between(pd.Series([603_000.0]), pd.Series([154_000.0]), 600_000.0, 150_000.0).tolist() == [5.0]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("places"))
    here = {"easting": 600_000, "northing": 150_000, "needs": "ASD", "residence": "day"}
    homes = ((600_000, "Thanet"), (603_000, "Thanet"), (609_000, "Dover"), (None, None))
    fill(
        made,
        settings=[
            {"urn": "100001", "setting_name": "One School", "capacity": 20, **here},
            {"urn": "100002", "setting_name": "Two School", "capacity": 40, "places_offered": 6, **here, "easting": 612_000},
            {"urn": "100003", "setting_name": "Far School", **here, "easting": 800_000},
        ],
        plans=[
            {"child_id": f"CANARY{n}", "home_easting": east, "home_northing": 150_000 if east else None, "home_district": home}
            for n, (east, home) in enumerate([*homes, (612_000, "Dover")])
        ],
        placements=[
            *({"placement_id": f"P{n}", "child_id": f"CANARY{n}", "urn": "100001", "contract_id": "B1" if n < 2 else None} for n in range(4)),
            {"placement_id": "P4", "child_id": "CANARY4", "urn": "100002"},
        ],
        fees=[
            *({"placement_id": f"P{n}", "valid_to": DAY} for n in range(5)),
            *({"placement_id": f"P{n}", "component": "transport", "amount_gbp": f"{4_000 + 2_000 * n}.00", "valid_to": DAY} for n in range(2)),
        ],
        contracts=[
            {"contract_id": "B1", "urn": "100001", "kind": "block", "guaranteed_places": 5, "starts": date(2024, 9, 1), "ends": date(2027, 8, 31)},
            {"contract_id": "B0", "urn": "100001", "kind": "block", "guaranteed_places": 9, "starts": date(2020, 9, 1), "ends": date(2024, 8, 31)},
        ],
        returns=[
            {"urn": "100002", "return_date": date(2026, 1, 5), "vacancies": 7},
            {"urn": "100002", "return_date": date(2026, 3, 5), "vacancies": 2},
            {"urn": "100002", "return_date": date(2026, 3, 6), "uplift_per_cent": 4.0},
        ],
    )
    yield made
    made.close()


def test_the_places_of_a_setting(store: Store) -> None:
    found = places(Session(Role.COMMISSIONER, store), "100001")
    assert found.answer == (
        "The council holds 4 places here, 20.0% of 20 registered places; half of the children live within 3 km in a straight line; "
        "1 other setting in reach takes the needs and ages of some of them."
    )
    assert [(f.label, f.text) for f in found.figures] == [
        ("Share of its places", "20.0%"),
        ("Block places filled", "40.0%"),
        ("Distance from home (km)", "3"),
        ("Transport a child", "£5,000"),
    ]
    placed = found.tables["placed"].frame
    assert placed.loc[placed["way"] == "Home district", ["value", "placements"]].values.tolist() == [["Thanet", 2], ["Dover", 1], ["Not known", 1]]
    assert placed.groupby("way")["placements"].sum().tolist() == [4, 4, 4, 4]
    blocks = found.tables["blocks"].frame
    assert blocks[["contract_id", "guaranteed_places", "under", "occupancy"]].values.tolist() == [["B1", 5, 2, 40.0]]
    travel = found.tables["travel"].frame
    assert travel[["home", "placements", "km"]].head(2).values.tolist() == [["Thanet", 2, 1.5], ["Dover", 1, 9.0]]
    others = found.tables["others"].frame
    shown = ["setting_name", "fits", "km", "placements", "left", "vacancies", "told_on"]
    assert others[shown].values.tolist() == [["Two School", 4, 12.0, 1, 5.0, 2.0, pd.Timestamp("2026-03-05")]]


def test_no_child_and_no_placement_is_named(store: Store) -> None:
    found = places(Session(Role.FINANCE, store), "100001")
    for table in found.tables.values():
        text = table.frame.to_csv()
        assert "CANARY" not in text
        assert "placement_id" not in text


def test_who_may_not_see_costs_gets_none_and_an_unknown_setting_a_sentence(store: Store, tmp_path: Path) -> None:
    for role in (Role.CABINET, Role.ADMIN):
        with pytest.raises(NotAllowed):
            places(Session(role, store), "100001")
    for urn in ("999", "100003"):
        with pytest.raises(WrongUsage, match="Choose one from the list"):
            places(Session(Role.COMMISSIONER, store), urn)
    empty = cost_store(tmp_path)
    with pytest.raises(WrongUsage, match="No fees are loaded"):
        places(Session(Role.COMMISSIONER, empty), "100001")
    empty.close()
