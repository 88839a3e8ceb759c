"""One number, straight through: three fee rows in a CSV, arithmetic by hand, the same number in the store, in the analysis and on the page.

One child, one placement from Monday 6 January 2025 to 31 August 2025 (238 days), three fee rows:

  core        £36,500.00 a year from 6 January 2025    £100 a day of the 365 days of academic year 2024/25
  one_to_one     £100.00 a school day from 3 March 2025
  transport    £6,400.00 a term from 6 January 2025    the spring term of 2025 has 64 school days, the summer term 53

Financial year 2024-25, 6 January to 31 March 2025:
  core        26 + 28 + 31 = 85 days × £100                                                         £8,500.00
  one_to_one  school days of March 2025: 21 weekdays, none in a holiday                 21 × £100 = £2,100.00
  transport   of the spring term's 64 school days, 9 fall after 31 March (1 to 11 April)
              55 ÷ 64 × £6,400                                                                      £5,500.00
                                                                                                   £16,100.00
Full-year equivalent on 31 March 2025: 36,500 + 190 × 100 + 3 × 6,400 = £74,700; benchmark cost without transport £55,500.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from cost_store import EVERYTHING

from analytics.costs import FeeLine, full_year_equivalent, part_year_cost
from analytics.figures import Figure
from analytics.run.pages import spend
from analytics.run.session import Session
from analytics.spend import breakdown
from data.domain import Role
from data.load import load_files
from data.store import Store

FILES = {
    "settings": "urn,setting_name,setting_type\n700001,One School,ISS\n",
    "plans": "child_id,birth_month,primary_need,plan_start\nC1,2013-02,ASD,2020-09-01\n",
    "placements": "placement_id,child_id,urn,entry_date,leaving_date,residence\nP1,C1,700001,06/01/2025,31/08/2025,day\n",
    "fees": (
        "placement_id,component,amount_gbp,unit,valid_from,valid_to\n"
        'P1,core,"£36,500.00",year,06/01/2025,31/08/2025\n'
        "P1,one_to_one,100.00,day,03/03/2025,31/08/2025\n"
        "P1,transport,6400.00,term,06/01/2025,31/08/2025\n"
    ),
}
PARTS = {"core": 8_500.00, "one_to_one": 2_100.00, "transport": 5_500.00}
COST_FY = 16_100.00


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("one_number")
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    made = Store.open(folder / "one.duckdb", create=True)
    reports = load_files(made, [folder / f"{name}.csv" for name in FILES])
    assert [(r.accepted, r.quarantined, r.rejected) for r in reports] == [(1, 0, None), (1, 0, None), (1, 0, None), (3, 0, None)]
    yield made
    made.close()


def test_in_the_mart(store: Store) -> None:
    mart = store.read("mart_placement_cost").query("year_kind == 'FY' and year == 2024").set_index("component")
    assert mart["part_year_gbp"].to_dict() == PARTS
    assert mart["days_open"].tolist() == [85, 85, 85]


def test_counted_day_by_day() -> None:
    lines = {
        "core": FeeLine(Decimal("36500.00"), "year", "day", date(2025, 1, 6), date(2025, 8, 31)),
        "one_to_one": FeeLine(Decimal("100.00"), "day", "day", date(2025, 3, 3), date(2025, 8, 31)),
        "transport": FeeLine(Decimal("6400.00"), "term", "day", date(2025, 1, 6), date(2025, 8, 31)),
    }
    assert {name: float(part_year_cost(line, date(2024, 4, 1), date(2025, 3, 31))) for name, line in lines.items()} == PARTS
    assert sum(full_year_equivalent(line.amount_gbp, line.unit, line.residence) for line in lines.values()) == 74_700


def test_in_the_reads_and_the_analysis(store: Store) -> None:
    by_component = store.read("cost_by", year_kind="FY", years=[2023, 2024], dimension="component", **EVERYTHING)
    table = breakdown(by_component, 2024).set_index("value")
    assert table["cost_gbp"].to_dict() == PARTS
    assert store.read("overview", as_at=date(2025, 3, 31))["cost_fy_gbp"].tolist() == [COST_FY]
    snapshot = store.read("snapshot", as_at=date(2025, 3, 31))
    assert snapshot[["fye_gbp", "benchmark_gbp"]].values.tolist() == [[74_700.0, 55_500.0]]


def test_in_what_the_page_says(store: Store) -> None:
    finding = spend(Session(Role.COMMISSIONER, store), 2024, "component", (), "")
    cost: Figure = finding.figures[0]
    assert (cost.label, cost.value, cost.text) == ("Cost", COST_FY, "£16,100")
    assert "£16k" in finding.answer
    rows = finding.tables["breakdown"].frame
    assert round(rows["cost_gbp"].sum(), 2) == COST_FY
