"""The baseline bridge: eight placements, three ways of counting, each step by hand; and the SEN2 return against placements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cost_store import cost_store, fill

from analytics import reconcile
from analytics.findings import agreement as finding
from data.domain import census_day
from data.store import Store

DAY = date(2026, 3, 31)
SETTINGS = [
    {"urn": "100001", "setting_type": "ISS"},
    {"urn": "100002", "setting_name": "Two School", "setting_type": "NMSS"},
    {"urn": "100003", "setting_name": "Three College", "setting_type": "SPI"},
]
PLANS = [
    *({"child_id": f"C{n}", "birth_month": "2012-01"} for n in (1, 3, 4, 5, 7)),
    {"child_id": "C2", "birth_month": "2008-01"},  # academic age 17
    {"child_id": "C6", "birth_month": "2007-01"},
]
PLACEMENTS: list[dict[str, Any]] = [
    {"placement_id": "P1", "child_id": "C1"},
    {"placement_id": "P1b", "child_id": "C1", "rank": "2"},
    {"placement_id": "P2", "child_id": "C2"},
    {"placement_id": "P3", "child_id": "C3", "urn": "100002"},
    {"placement_id": "P4", "child_id": "C4", "leaving_date": date(2026, 2, 10)},
    {"placement_id": "P5", "child_id": "C5", "entry_date": date(2026, 3, 1)},
    {"placement_id": "P6", "child_id": "C6", "urn": "100003"},
    {"placement_id": "P7", "child_id": "C7", "leaving_date": date(2025, 6, 30)},
]
CENSUS = {"census_year": 2026, "rank": "1", "entry_date": date(2024, 9, 1), "residence": "day", "primary_need": "ASD"}
RETURNED: list[dict[str, Any]] = [
    {"child_id": "C1", "urn": "100001"},  # agrees
    {"child_id": "C2", "urn": "100001", "primary_need": "SEMH"},  # need differs
    {"child_id": "C3", "urn": "100001"},  # here at Two School
    {"child_id": "C4", "urn": "100001", "entry_date": date(2024, 9, 2), "residence": "38wk"},  # two differences
    {"child_id": "C6", "urn": "100003", "residence": "52wk"},  # residence differs
    {"child_id": "C7", "urn": "100001", "leaving_date": date(2025, 6, 30)},  # ended before the census
    {"child_id": "C8", "urn": "100001"},  # no placement here
    {"child_id": "C9", "urn": "199999"},  # mainstream
    {"child_id": "C10", "urn": None},  # no setting returned
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("store"))
    fill(made, settings=SETTINGS, plans=PLANS, placements=PLACEMENTS, fees=[], sen2=[{**CENSUS, **row} for row in RETURNED])
    yield made
    made.close()


@pytest.fixture(scope="module")
def steps(store: Store) -> list[reconcile.Step]:
    known = reconcile.bases(store.read("ref_count_bases"))
    return reconcile.bridge(store.read("mart_placement"), [known[name] for name in reconcile.PATH], 2025, DAY)


def test_the_census_is_on_the_third_thursday_of_january() -> None:
    assert [census_day(year) for year in (2024, 2025, 2026)] == [date(2024, 1, 18), date(2025, 1, 16), date(2026, 1, 15)]
    assert all(census_day(year).isoweekday() == 4 for year in range(2000, 2060))


def test_one_way_of_counting_becomes_another_one_change_at_a_time(steps: list[reconcile.Step]) -> None:
    entries = reconcile.baseline(steps, 2025)
    assert [(entry["from_count"], *(line["count"] for line in entry["lines"]), entry["to_count"]) for entry in entries] == [
        (3, -1, 2),  # C1 twice and C5; each child once
        (2, 1, 3),  # C2 is above school age
        (3, 1, 4),  # C3 is in a non-maintained school
        (4, 1, -1, 4),  # on 15 January C4 had not left, C5 not begun
        (4, 1, 5),  # C6 is in specialist post-16
        (5, 2, 7),  # C5 and C7 were there in the year
    ]
    assert (entries[0]["from"], entries[3]["to"], entries[-1]["to"]) == ("Committee basis", "DfE basis", "FOI basis")
    assert [before["to"] for before in entries[:-1]] == [after["from"] for after in entries[1:]]
    assert {entry["residual_count"] for entry in entries} == {0}


def test_each_step_has_its_rows_which_stay_with_those_who_see_children(steps: list[reconcile.Step]) -> None:
    moved = finding.step_rows(steps[3])
    assert moved.child_level
    assert list(zip(moved.frame["placement_id"], moved.frame["sign"], strict=True)) == [("P4", "comes in"), ("P5", "goes out")]


def test_published_counts_stand_beside_the_same_basis_of_the_same_year(store: Store) -> None:
    known, placements = reconcile.bases(store.read("ref_count_bases")), store.read("mart_placement")
    rows = reconcile.published(placements, known, store.read("ref_published_counts"), DAY)
    (dfe,) = [row for row in rows if row["year"] == "2024-25" and row["from"].startswith("DfE")]
    assert (dfe["from_count"], dfe["to_count"], dfe["to"]) == (5, 1623, "Published, Kent")  # C1, C2, C3, C4 and C7 on 16 January 2025
    assert dfe["lines"] == [{"line": "Not explained by the loaded data", "count": 1618}]
    assert {row["year"] for row in rows} == {"2024-25"}  # the only published year with a placement loaded
    elsewhere = placements.assign(home_district="Bradford", area=None)
    assert reconcile.published(elsewhere, known, store.read("ref_published_counts"), DAY) == []


def test_counts_agree_with_those_of_the_overview(store: Store) -> None:
    known = reconcile.bases(store.read("ref_count_bases"))
    shown = store.read("counts", as_at=DAY).set_index(["basis", "age", "scope"])["children"]
    assert len(reconcile.counted(store.read("mart_placement"), known["foi"], 2025, DAY)) == shown["ever_fy", "all", "nmiss_and_spi"]


def sen2(store: Store) -> pd.DataFrame:
    return store.read("sen2_to_placements", census_year=2026, census_day=census_day(2026))


def test_the_return_comes_down_to_the_placements_open_that_day(store: Store) -> None:
    found = reconcile.sen2_counts(sen2(store))
    whole, matched = reconcile.sen2_to_placements(found, 2026, census_day(2026))
    words = reconcile.SEN2_WORDS
    assert (whole["from_count"], whole["to_count"], whole["residual_count"]) == (9, 6, 0)  # P1, P1b, P2, P3, P4 and P6
    assert {line["line"]: line["count"] for line in whole["lines"]} == {
        **dict.fromkeys((words["left"], words["no_setting"], words["setting_not_loaded"], words["only_sen2"]), -1),
        words["only_here"]: 1,  # P1b
    }
    assert (matched["from_count"], matched["to_count"], matched["residual_count"]) == (5, 1, 0)
    assert {line["line"]: line["count"] for line in matched["lines"]} == dict.fromkeys(
        (words["other_setting"], words["need"], words["residence"], words["several"]), -1
    )


def test_both_sides_of_a_difference_stand_beside_each_other(store: Store) -> None:
    names = store.read("stg_setting").set_index("urn")["setting_name"]
    table = finding.sen2_rows(sen2(store), names, "other_setting", 2026)
    assert table.child_level
    row = table.frame.iloc[0]
    assert (row["child_id"], row["sen2_setting"], row["here_setting"]) == ("C3", "One School", "Two School")


def test_a_residence_is_compared_as_the_census_of_that_year_bands_it(store: Store, tmp_path: Path) -> None:
    """44 weeks are band A (38 to 51 weeks) up to 2025, and band B (39 to 52 weeks) from 2026."""
    with Store.opened(tmp_path / "x.duckdb", create=True) as other:
        returned = [{**CENSUS, "census_year": year, "child_id": "C1", "urn": "100001", "residence": "38wk"} for year in (2025, 2026)]
        fill(other, placements=[{"residence": "44wk", "entry_date": date(2024, 9, 1)}], sen2=returned)
        what = [other.read("sen2_to_placements", census_year=year, census_day=census_day(year))["what"].tolist() for year in (2025, 2026)]
    assert what == [["same"], ["residence"]]
