"""The made-up authority looks like the published one: counts, needs, ages, money, distance, outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sample_files import AS_AT, academic_age, benchmark_costs, figure, full, reference

SCHOOLS = ["ISS", "NMSS"]


def active(plans: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return plans[(plans.plan_start <= day) & ~(plans.plan_ceased < day)]


def test_plans_and_placements_on_the_as_at_day_are_exactly_as_published():
    sample, last = full(), reference("sample_counts").iloc[-1]
    by_type = sample.open_on(AS_AT).setting_type.value_counts()
    assert len(active(sample["plans"], AS_AT)) == last.plans == 20_635
    assert by_type.ISS + by_type.NMSS == last.iss + last.nmss == 1_623
    assert by_type.SPI == last.spi == 928
    assert abs(by_type.NMSS / last.nmss - 1) < 0.15


@pytest.mark.parametrize("years_ago", range(1, 9))
def test_growth_over_ten_years_follows_the_published_counts(years_ago: int):
    sample, then = full(), reference("sample_counts").iloc[-1 - years_ago]
    day = AS_AT - pd.DateOffset(years=years_ago)
    by_type = sample.open_on(day).setting_type.value_counts()
    assert len(active(sample["plans"], day)) == pytest.approx(then.plans, rel=0.01)
    assert abs((by_type.ISS + by_type.NMSS) / (then.iss + then.nmss) - 1) < 0.02
    assert abs(by_type.SPI / then.spi - 1) < 0.10


@pytest.mark.parametrize(("kinds", "column"), [(["ISS"], "iss"), (["NMSS"], "nmss"), (["SPI"], "spi")])
def test_need_mix_of_each_type_of_setting(kinds: list[str], column: str):
    wanted = reference("sample_needs").set_index("need")[column]
    placed = full().open_on(AS_AT)
    got = placed[placed.setting_type.isin(kinds)].primary_need.replace("", "UNK").value_counts().reindex(wanted.index).fillna(0)
    # Four standard errors of a draw of this size from the published mix.
    share = wanted / wanted.sum()
    allowed = 4 * np.sqrt(share * (1 - share) * wanted.sum()) + 4
    assert ((got - wanted).abs() <= allowed).all()


def test_need_mix_of_all_plans_is_within_about_one_point():
    wanted = reference("sample_needs").set_index("need").plans
    got = active(full()["plans"], AS_AT).primary_need.replace("", "UNK").value_counts(normalize=True)
    assert (got.reindex(wanted.index).fillna(0) - wanted / wanted.sum()).abs().max() < 0.0125


def test_age_curve_of_school_placements():
    wanted = reference("sample_ages").set_index("age")
    placed = full().open_on(AS_AT)
    age = academic_age(placed.birth_month, 2025)
    for kinds, column, most in ((SCHOOLS, "nmiss", 0.10), (["SPI"], "spi", 0.10)):
        got = age[placed.setting_type.isin(kinds)].value_counts().reindex(wanted.index).fillna(0)
        moved = (got - wanted[column]).abs().sum() / 2 / wanted[column].sum()
        assert moved < most, f"{column}: {moved:.1%} of children would have to change age"


def test_one_setting_in_fifty_placements_is_residential():
    placed = full().open_on(AS_AT)
    assert (placed[placed.setting_type.isin(SCHOOLS)].residence != "day").mean() == pytest.approx(figure("residential_share"), abs=0.004)


def test_mean_fee_and_its_tail():
    fees = benchmark_costs(full())
    schools = fees[fees.setting_type.isin(SCHOOLS)].council_gbp
    assert schools.mean() == pytest.approx(figure("mean_fee_gbp"), rel=0.01)
    assert schools.median() == pytest.approx(45_000, rel=0.05)
    assert schools.max() == pytest.approx(figure("top_fee_gbp"), rel=0.02)
    assert (schools > 300_000).sum() == 1
    assert 1 <= (schools > 200_000).sum() <= figure("placements_above_200k")
    assert fees[fees.setting_type == "SPI"].council_gbp.mean() < 0.7 * schools.mean()


def test_fees_rise_by_the_uplift_and_not_by_growth():
    """The same placement two years running, same phase: the ratio of its fees is the uplift, but for rounding."""
    sample = full()
    now, then = benchmark_costs(sample), benchmark_costs(sample, pd.Timestamp("2025-03-31"))
    both = now.join(then[["benchmark_gbp"]].add_suffix("_then"), how="inner")
    same_phase = ~academic_age(both.birth_month, 2025).isin([11, 16])
    ratio = (both.benchmark_gbp / both.benchmark_gbp_then)[same_phase]
    assert ratio.median() == pytest.approx(1.03, abs=0.0005)
    assert len(ratio) > 1_000


def test_uplift_is_about_three_per_cent_a_year():
    uplifts = reference("sample_uplifts").set_index("academic_year").uplift_per_cent
    assert uplifts.loc[2021:2024].mean() == pytest.approx(3.0, abs=0.25)


def test_transport_costs_and_distances():
    sample = full()
    lines = sample.lines()
    transport = lines[(lines.component == "transport") & (lines.valid_to >= AS_AT) & lines.leaving_date.isna()]
    assert transport.gbp_year.mean() == pytest.approx(figure("transport_gbp"), rel=0.02)
    day = sample.open_on(AS_AT).query("residence == 'day' and setting_type != 'SPI'")
    miles = np.hypot(day.home_easting - day.easting, day.home_northing - day.northing) / 1609.344
    assert miles.mean() == pytest.approx(figure("distance_miles"), rel=0.25)


def test_settings_are_as_many_as_kent_uses_and_a_third_are_on_the_vehicle():
    sample = full()
    used = sample.open_on(AS_AT).urn.unique()
    members = sample["members"].query("vehicle_id == 'V2022' and lot == '1' and status == 'admitted'").urn.unique()
    assert 90 <= len(used) <= 110
    assert len(set(members) & set(used)) / len(used) == pytest.approx(figure("vehicle_share"), abs=0.06)


def test_vehicle_dates_are_the_real_ones():
    vehicles = full()["vehicles"].set_index("vehicle_id")
    shown = {v: tuple(str(d.date()) if pd.notna(d) else "" for d in (row.starts, row.ends, row.extended_to)) for v, row in vehicles.iterrows()}
    assert shown == {"V2022": ("2022-09-01", "2025-08-31", "2026-08-31"), "V2026": ("2026-09-01", "2030-08-31", "")}
    early = full()["placements"].query("entry_date < '2022-09-01'")
    assert set(early.purchase_type) == {"spot"}


def test_starts_peak_in_september_and_at_11_and_16():
    sample = full()
    started = sample.placements().query("entry_date >= '2016-09-01' and rank == '1'")
    age = academic_age(started.birth_month, started.entry_date.dt.year - (started.entry_date.dt.month < 9))
    assert (started.entry_date.dt.month == 9).mean() > 0.5
    schools = age[started.setting_type.isin(SCHOOLS)].value_counts()
    assert schools.idxmax() == 11
    assert age[started.setting_type == "SPI"].value_counts().idxmax() == 16
    assert schools[16] > schools[17]


def test_leaving_rates_of_schools():
    """Per placement open in the middle of the year, mean of the last five academic years."""
    schools = full().placements().query("setting_type != 'SPI' and rank == '1'")
    rates = []
    for year in range(2020, 2025):
        middle = pd.Timestamp(year + 1, 3, 31)
        stock = ((schools.entry_date <= middle) & ~(schools.leaving_date < middle)).sum()
        left = schools[(schools.leaving_date >= pd.Timestamp(year, 9, 1)) & (schools.leaving_date <= pd.Timestamp(year + 1, 8, 31))]
        later = schools.merge(left[["child_id", "leaving_date"]], on="child_id", suffixes=("", "_before"))
        again = later[(later.entry_date > later.leaving_date_before) & (later.entry_date <= later.leaving_date_before + pd.Timedelta(days=75))].child_id
        gone = ~left.child_id.isin(again)
        rates.append({"all": gone.sum() / stock, **(left.leaving_reason.value_counts() / stock).to_dict()})
    mean = pd.DataFrame(rates).mean()
    assert figure("exits_low") <= mean["all"] <= figure("exits_high") + 0.02
    assert figure("breakdown_low") <= mean["breakdown"] <= figure("breakdown_high")
    assert mean["plan_ceased"] == pytest.approx(figure("plan_ceased_rate"), abs=0.01)


def test_outcomes_match_the_published_rates():
    outcomes = full()["outcomes"]
    attended = outcomes[outcomes.measure == "attendance"]
    absent = 1 - attended.numerator / attended.denominator
    assert 1 - attended.numerator.sum() / attended.denominator.sum() == pytest.approx(figure("absence_rate"), abs=0.006)
    assert (absent >= 0.1).mean() == pytest.approx(figure("persistent_absence"), abs=0.02)
    reviews = outcomes[outcomes.measure == "review_on_time"]
    assert reviews.numerator.sum() / reviews.denominator.sum() == pytest.approx(figure("reviews_on_time"), abs=0.015)


def test_appeals_by_year_are_as_published():
    cases = full()["cases"]
    by_year = cases[cases.kind == "appeal"].opened_on.dt.year.value_counts()
    for row in reference("sample_appeals").itertuples():
        assert by_year[row.year] == row.appeals


def test_every_calibration_row_names_its_source():
    for name in ("counts", "needs", "ages", "districts", "appeals", "uplifts", "figures"):
        assert (reference(f"sample_{name}").source.str.len() > 10).all(), name
