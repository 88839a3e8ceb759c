"""What a fee costs in a period, worked out by hand. Full years of £36,500 make £100 a day (365 days), £99.73 in a leap year."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from cost_store import FEE, PLACEMENT, PLAN, cost, cost_store, fill

from analytics.params import UNITS_PER_YEAR, place_funding
from data import domain
from data.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("costs"))
    yield made
    made.close()


def test_every_academic_year_of_the_calendar_has_three_terms_38_weeks_and_190_school_days() -> None:
    with (domain.REFERENCE / "calendar.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    spans = [(r, date.fromisoformat(r["first_day"]), date.fromisoformat(r["last_day"])) for r in rows]
    closed = {first + timedelta(n) for r, first, last in spans if r["kind"] != "term" for n in range((last - first).days + 1)}
    terms, days, staff = Counter(), Counter(), Counter()
    for r, first, last in spans:
        year = int(r["academic_year"])
        assert date(year, 9, 1) <= first <= last <= date(year + 1, 8, 31)
        staff[year] += r["kind"] == "staff_day"
        if r["kind"] == "term":
            terms[year] += 1
            open_days = [first + timedelta(n) for n in range((last - first).days + 1)]
            days[year] += sum(d.weekday() < 5 and d not in closed for d in open_days)
    assert set(days) == set(range(2013, 2033))
    assert set(terms.values()) == {3}
    assert set(days.values()) == {190}  # 38 weeks of five days
    assert set(staff.values()) == {5}
    assert all("ssumption" in r["source"] for r, first, _ in spans if int(r["academic_year"]) >= 2026)


@pytest.mark.parametrize("year", [2013, 2024, 2027, 2032])
def test_a_whole_academic_year_costs_the_full_year_equivalent_for_every_unit_and_residence(store: Store, year: int) -> None:
    kinds = [(unit, residence) for unit in domain.UNITS for residence in domain.RESIDENCES]
    entry = date(year, 9, 1)
    fill(
        store,
        placements=[PLACEMENT | {"placement_id": f"{unit} {residence}", "residence": residence, "entry_date": entry} for unit, residence in kinds],
        fees=[
            FEE | {"placement_id": f"{unit} {residence}", "unit": unit, "amount_gbp": "123.45", "valid_from": entry, "valid_to": date(year + 1, 8, 31)}
            for unit, residence in kinds
        ],
    )
    frame = store.read("mart_placement_cost")
    whole = frame[(frame["year_kind"] == "AY") & (frame["year"] == year)].set_index("placement_id")
    for unit, residence in kinds:
        expected = round(123.45 * UNITS_PER_YEAR[unit][residence], 2)
        assert whole.loc[f"{unit} {residence}", "part_year_gbp"] == expected
        assert whole.loc[f"{unit} {residence}", "fye_gbp"] == expected


def test_a_year_fee_follows_the_days_of_its_academic_year(store: Store) -> None:
    fill(store, fees=[FEE | {"valid_to": date(2025, 8, 31)}])
    assert cost(store, "AY", 2024) == 36_500.00
    assert cost(store, "FY", 2024) == 21_200.00  # September to March: 30 + 31 + 30 + 31 + 31 + 28 + 31 = 212 days
    assert cost(store, "FY", 2025) == 15_300.00  # April to August: 153 days


def test_a_leap_year_spreads_the_fee_over_366_days(store: Store) -> None:
    fill(store, placements=[PLACEMENT | {"entry_date": date(2023, 9, 1)}], fees=[FEE | {"valid_from": date(2024, 2, 29), "valid_to": date(2024, 2, 29)}])
    assert cost(store, "AY", 2023) == 99.73  # 36,500 ÷ 366 = 99.727


def test_a_day_fee_counts_school_days_alone(store: Store) -> None:
    # October 2024: 23 weekdays, less 28 to 31 October in half term, is 19.
    fill(store, fees=[FEE | {"unit": "day", "amount_gbp": "100.00", "valid_from": date(2024, 10, 1), "valid_to": date(2024, 10, 31)}])
    assert cost(store, "FY", 2024) == 1_900.00


def test_a_week_fee_counts_school_days_in_fifths(store: Store) -> None:
    fill(store, fees=[FEE | {"unit": "week", "amount_gbp": "500.00", "valid_from": date(2024, 10, 1), "valid_to": date(2024, 10, 31)}])
    assert cost(store, "FY", 2024) == 1_900.00  # 19 ÷ 5 = 3.8 weeks


def test_a_term_fee_is_paid_in_full_for_a_whole_term_and_by_its_school_days_for_part(store: Store) -> None:
    autumn = FEE | {"unit": "term", "amount_gbp": "7300.00"}
    fill(store, fees=[autumn | {"valid_to": date(2024, 12, 31)}])
    assert cost(store, "FY", 2024) == 7_300.00
    # The autumn term of 2024 has 73 school days: 3 September to 20 December less half term, and staff days on 2 September and 4 November.
    fill(store, fees=[autumn | {"valid_to": date(2024, 9, 6)}])
    assert cost(store, "FY", 2024) == 400.00  # 3 to 6 September: 4 of 73


def test_a_44_week_day_fee_is_308_days_spread_over_the_year(store: Store) -> None:
    fee = FEE | {"unit": "day", "amount_gbp": "365.00", "valid_from": date(2024, 12, 24), "valid_to": date(2024, 12, 26)}
    fill(store, placements=[PLACEMENT | {"residence": "44wk"}], fees=[fee])
    assert cost(store, "FY", 2024) == 924.00  # 308 ÷ 365 days of fee a day × £365 × 3 days


def test_both_last_days_are_inclusive(store: Store) -> None:
    fill(store, fees=[FEE | {"valid_from": date(2024, 11, 5), "valid_to": date(2024, 11, 5)}])
    assert cost(store, "FY", 2024) == 100.00
    fill(store, placements=[PLACEMENT | {"leaving_date": date(2024, 9, 3)}], fees=[FEE])
    assert cost(store, "FY", 2024) == 300.00


def test_a_fee_counts_only_while_the_placement_is_open(store: Store) -> None:
    placement = PLACEMENT | {"entry_date": date(2024, 10, 1), "leaving_date": date(2024, 10, 10)}
    fill(store, placements=[placement], fees=[FEE | {"valid_to": date(2025, 8, 31)}])
    assert cost(store, "FY", 2024) == 1_000.00
    row = store.read("mart_placement_cost").query("year_kind == 'FY'").iloc[0]
    assert (row["days_open"], row["fye_gbp"]) == (10, 0.0)


def test_lines_that_overlap_all_count_and_lines_that_follow_each_have_their_days(store: Store) -> None:
    first = FEE | {"valid_to": date(2024, 9, 10)}
    fill(store, fees=[first, FEE | {"valid_from": date(2024, 9, 6), "valid_to": date(2024, 9, 10)}])
    assert cost(store, "FY", 2024) == 1_500.00  # 10 days and 5 days
    fill(store, fees=[first, FEE | {"amount_gbp": "73000.00", "valid_from": date(2024, 9, 11), "valid_to": date(2024, 9, 12)}])
    assert cost(store, "FY", 2024) == 1_400.00  # 10 days at £100 and 2 at £200


def test_a_line_without_an_end_runs_to_the_year_after_the_last_one_that_starts(store: Store) -> None:
    fill(store, fees=[FEE])
    years = store.read("mart_placement_cost").groupby("year_kind")["year"].agg(["min", "max"])
    assert years.loc["FY"].tolist() == [2024, 2025]  # the line starts in September 2024: financial and academic year 2024
    assert years.loc["AY"].tolist() == [2024, 2025]
    assert cost(store, "FY", 2025) == 36_500.00  # a whole year, not cut where the academic year ends
    assert cost(store, "AY", 2025) == 36_500.00


def test_a_start_beyond_the_calendar_does_not_stretch_the_years(store: Store) -> None:
    fill(store, fees=[FEE, FEE | {"component": "therapy", "valid_from": date(2205, 9, 1)}])
    assert store.read("mart_placement_cost")["year"].max() == 2034  # the calendar ends in July 2033


def test_second_placements_count_and_superseded_rows_do_not(store: Store) -> None:
    second = PLACEMENT | {"placement_id": "P2", "rank": "2"}
    lines = [FEE, FEE | {"placement_id": "P2"}, FEE | {"component": "other", "is_current": False}]
    fill(store, placements=[PLACEMENT, second], fees=[line | {"valid_to": date(2025, 8, 31)} for line in lines])
    assert cost(store, "AY", 2024) == 73_000.00


def test_cost_belongs_to_the_phase_of_its_days(store: Store) -> None:
    # Born January 2014: academic age 10 in 2024/25, 11 in 2025/26.
    fill(store, plans=[PLAN | {"birth_month": "2014-01"}], fees=[FEE | {"valid_to": date(2026, 8, 31)}])
    assert cost(store, "FY", 2025, phase="primary") == 15_300.00  # April to August
    assert cost(store, "FY", 2025, phase="secondary") == 21_200.00  # September to March
    frame = store.read("mart_placement_cost").query("year_kind == 'FY' and year == 2025").set_index("phase")
    assert frame["days_open"].to_dict() == {"primary": 153, "secondary": 212}
    assert frame["fye_gbp"].to_dict() == {"primary": 0.0, "secondary": 36_500.0}  # on 31 March the child is in the secondary phase


def _snapshot(store: Store, setting_type: str, fees: list[dict[str, object]], on: date = date(2025, 3, 31)) -> dict[str, object]:
    setting = {"urn": "100001", "setting_name": "One School", "setting_type": setting_type}
    fill(store, settings=[setting], fees=fees)
    return store.read("snapshot", as_at=on).iloc[0].to_dict()


def test_benchmark_cost_is_everything_but_transport_with_place_funding_where_no_line_carries_it(store: Store) -> None:
    lines = [
        FEE | {"amount_gbp": "30000.00"},
        FEE | {"component": "one_to_one", "unit": "week", "amount_gbp": "100.00"},  # 38 × £100
        FEE | {"component": "therapy", "unit": "term", "amount_gbp": "400.00", "funder": "health"},  # 3 × £400
        FEE | {"component": "transport", "unit": "day", "amount_gbp": "40.00"},  # 190 × £40
    ]
    row = _snapshot(store, "ISS", lines)
    assert (row["fye_gbp"], row["transport_gbp"], row["health_gbp"]) == (42_600.0, 7_600.0, 1_200.0)
    assert (row["place_funding_gbp"], row["benchmark_gbp"]) == (0.0, 35_000.0)
    for kind in ("NMSS", "SPI"):
        row = _snapshot(store, kind, lines)
        assert (row["place_funding_gbp"], row["benchmark_gbp"]) == (10_000.0, 45_000.0)
    row = _snapshot(store, "NMSS", [*lines, FEE | {"amount_gbp": "9000.00", "funder": "dfe_place"}])
    assert (row["place_funding_gbp"], row["benchmark_gbp"]) == (0.0, 44_000.0)


def test_a_placement_without_a_fee_that_day_has_no_benchmark_cost(store: Store) -> None:
    row = _snapshot(store, "NMSS", [FEE | {"component": "transport"}])
    assert row["fye_gbp"] == 36_500.0
    assert row["benchmark_gbp"] is None or row["benchmark_gbp"] != row["benchmark_gbp"]


def test_a_snapshot_holds_the_placements_open_that_day_with_age_and_phase_that_day(store: Store) -> None:
    fill(store, plans=[PLAN | {"birth_month": "2013-08"}], placements=[PLACEMENT | {"leaving_date": date(2025, 9, 1)}], fees=[FEE])
    on = {day: store.read("snapshot", as_at=day) for day in (date(2024, 8, 31), date(2025, 8, 31), date(2025, 9, 1), date(2025, 9, 2))}
    assert [len(frame) for frame in on.values()] == [0, 1, 1, 0]
    assert on[date(2025, 8, 31)][["academic_age", "phase"]].values.tolist() == [[11, "secondary"]]  # born August 2013: 11 on 31 August 2024
    assert on[date(2025, 9, 1)][["academic_age", "phase"]].values.tolist() == [[12, "secondary"]]


def test_the_latest_fee_day_is_the_last_day_covered_or_today(store: Store) -> None:
    fill(store, fees=[FEE | {"valid_to": date(2025, 8, 31)}])
    assert store.read("latest_fee_day")["as_at"].iloc[0].date() == date(2025, 8, 31)
    fill(store, fees=[FEE])
    assert store.read("latest_fee_day")["as_at"].iloc[0].date() == date.today()  # noqa: DTZ011 - the store's own day
    fill(store, fees=[])
    assert store.read("latest_fee_day").empty


def test_place_funding_is_for_non_maintained_and_specialist_post_16_settings() -> None:
    assert [place_funding(kind, date(2025, 3, 31)) for kind in ("ISS", "NMSS", "SPI", "MSS")] == [0.0, 10_000.0, 10_000.0, 0.0]
    assert place_funding("NMSS", date(2010, 1, 1)) == 0.0


def test_days_open_end_with_the_last_agreed_day_so_that_a_year_partly_agreed_does_not_look_cheap(store: Store) -> None:
    # Open-ended placement from 1 September 2024; the fee is agreed to 31 March 2025: 212 days of 365, cost 36,500 × 212 ÷ 365 = 21,200.
    fill(store, fees=[{"valid_to": date(2025, 3, 31)}])
    row = store.read("mart_placement_cost").query("year_kind == 'AY' and year == 2024").iloc[0]
    assert (row["days_open"], float(row["part_year_gbp"])) == (212, 21200.0)
