"""What was planted in the made-up authority can be found again in its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sample_files import AS_AT, Sample, academic_age, benchmark_costs, figure, full

from data import domain


@pytest.fixture(scope="module")
def fitted() -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Least squares of the log benchmark cost on need, support and a constant for each setting: coefficients, residuals, rows."""
    sample = full()
    b = benchmark_costs(sample).drop(index=sample.truth["fees"]["outlier_placement_id"])
    age = academic_age(b.birth_month, 2025)
    b = b.assign(
        phase=np.where(age <= 10, "primary", np.where(age <= 15, "secondary", "post16")),
        area=b.home_district.map(domain.districts()),
        need=b.primary_need.replace("", "UNK"),
    )
    x = pd.get_dummies(b[["need", "phase", "residence", "area", "urn"]], dtype=float)
    x = x.drop(columns=["need_ASD", "phase_primary", "residence_day", "area_south"])
    x = x.assign(band=b.support_band - 3, hour=b.one_to_one_hours_week, therapy=b.therapy_hours_year)
    beta, *_ = np.linalg.lstsq(x.to_numpy(), np.log(b.benchmark_gbp.to_numpy(dtype=float)), rcond=None)
    return pd.Series(beta, x.columns), np.log(b.benchmark_gbp) - x.to_numpy() @ beta, b


def test_a_regression_finds_the_planted_coefficients(fitted):
    beta, residual, _ = fitted
    planted = full().truth["fees"]
    assert beta["band"] == pytest.approx(planted["support_band_above_3"], abs=0.010)
    assert beta["hour"] == pytest.approx(planted["one_to_one_hour"], abs=0.0012)
    assert beta["therapy"] == pytest.approx(planted["therapy_hour"], abs=0.0006)
    for need in ("SEMH", "SLCN", "MLD", "SPLD"):
        assert beta[f"need_{need}"] == pytest.approx(planted["need"][need], abs=0.06), need
    for stay in ("weekly", "38wk", "44wk", "52wk"):
        assert beta[f"residence_{stay}"] == pytest.approx(planted["residence"][stay], abs=0.25), stay
    for area in ("north", "east", "west"):
        assert beta[f"area_{area}"] == pytest.approx(planted["area"][area], abs=0.035), area
    assert beta["phase_secondary"] == pytest.approx(planted["phase"]["secondary"], abs=0.03)
    assert residual.std() == pytest.approx(planted["residual_sd"], rel=0.06)


def test_setting_effects_come_back_where_there_are_children_enough(fitted):
    beta, _, rows = fitted
    fees, settings = full().truth["fees"], full().truth["settings"]
    many = rows.urn.value_counts().loc[lambda n: n >= 20].index
    base = fees["intercept"] + fees["log_uplift_since_first_year"]["2025"]
    error = pd.Series({urn: beta[f"urn_{urn}"] - base - settings[urn]["effect"] for urn in many})
    assert len(many) >= 30
    assert error.abs().max() < 0.15
    assert error.std() < 0.045


def test_several_settings_are_dear_several_cheap_and_most_near_the_mean():
    own = pd.Series({urn: s["own_effect"] for urn, s in full().truth["settings"].items()})
    assert (own > np.log(1.18)).sum() >= 5
    assert (own < np.log(0.90)).sum() >= 5
    assert own[(own < 0.18) & (own > -0.14)].std() == pytest.approx(0.08, abs=0.02)


def test_some_settings_take_harder_children_without_being_dearer_for_it():
    hard = {urn for urn, s in full().truth["settings"].items() if s["hardness"] > 0}
    placed = full().open_on(AS_AT)
    bands = placed.groupby(placed.urn.isin(hard)).support_band.mean()
    assert len(hard) == 9
    assert bands[True] > bands[False] + 0.5


def test_breakdowns_follow_the_planted_hazard():
    """Expected breakdowns = Σ years at risk × rate × need × setting; the summer is not at risk, a year counts as one."""
    sample, planted = full(), full().truth["leaving"]
    p = sample.placements().query("rank == '1' and setting_type != 'SPI'")
    by_need = p.primary_need.replace("", "UNK").map(lambda n: planted["breakdown_by_need"].get(n, planted["breakdown_by_need"]["others"]))
    by_setting = p.urn.map(lambda urn: sample.truth["settings"][urn]["breakdown_multiplier"])
    since = p.entry_date.clip(lower=pd.Timestamp("2016-09-01"))
    years = (p.leaving_date.fillna(AS_AT) - since).dt.days / 365
    expected = (years * planted["breakdown"]["nmiss"] * by_need * by_setting).sum()
    seen = (p.leaving_reason == "breakdown").sum()
    assert seen == pytest.approx(expected, rel=0.15)


def test_offers_and_acceptances_follow_the_planted_chances():
    """Only settled askings count; the standard error is 0.02 for the few non-maintained schools."""
    sample, planted = full(), full().truth["block_fill"]
    asked = sample["consultations"].query("outcome != ''").merge(sample["settings"][["urn", "setting_type"]], on="urn")
    for kind, chance in planted["offered"].items():
        replies = asked[asked.setting_type == kind]
        assert (replies.reply == "offer").mean() == pytest.approx(chance, abs=0.06 if kind == "NMSS" else 0.03), kind
    offers = asked[asked.reply == "offer"]
    assert (offers.parent_view != "declines").mean() == pytest.approx(planted["accepted"], abs=0.02)
    named = sample["placements"].named_by.value_counts(normalize=True)
    assert named["council"] == pytest.approx(planted["named_by"]["council"], abs=0.03)


def education_cost(sample: Sample, since: str, until: str) -> pd.Series:
    """Part-year cost of year-quoted placements between two days: education-funded, without transport; days open ÷ days of the academic year."""
    lines = sample.lines().query("funder == 'education' and component != 'transport'")
    lines = lines[~lines.placement_id.isin(lines.placement_id[lines.unit != "year"])]
    ay = lines.valid_from.dt.year - (lines.valid_from.dt.month < 9)
    days_of_ay = pd.to_datetime((ay + 1).astype(str) + "-09-01") - pd.to_datetime(ay.astype(str) + "-09-01")
    first, last = lines.valid_from.clip(lower=pd.Timestamp(since)), lines.valid_to.clip(upper=pd.Timestamp(until))
    days = ((last - first).dt.days + 1).clip(lower=0)
    return (lines.gbp_year * days / days_of_ay.dt.days).groupby(lines.placement_id).sum()


@pytest.mark.parametrize("year", [2018, 2022, 2024])
def test_payments_reconcile_to_the_penny_but_for_what_was_planted(year: int):
    sample, since, until = full(), f"{year}-04-01", f"{year + 1}-03-31"
    cost = education_cost(sample, since, until)
    told = sample["payments"].query("placement_id != ''")
    paid = told[told.paid_on.between(since, until)].groupby("placement_id").net_gbp.sum()
    placements = sample["placements"].set_index("placement_id")
    planted = {row["placement_id"] for rows in sample.truth["payments"].values() for row in rows}
    left, came = placements.leaving_date, placements.entry_date
    near_year_end = [pd.Timestamp(f"{y}-04-01") for y in (year, year + 1)]
    # Who came or left within ten weeks of the year end is paid or credited in the neighbouring year.
    moved = pd.concat([(left - end).dt.days.between(-70, 0) | (came - end).dt.days.between(-30, 0) for end in near_year_end], axis=1).any(axis=1)
    planted_or_moved = planted | set(moved.index[moved])
    paid_here = set(told.placement_id)
    compared = [i for i in cost.index if i in paid_here and i not in planted_or_moved and cost[i] > 0]
    difference = paid.reindex(compared).fillna(0) - cost.reindex(compared)
    assert len(compared) > 200
    assert difference.abs().max() < 0.06


def test_mismatches_are_where_the_truth_says():
    sample = full()
    payments, planted = sample["payments"].set_index("transaction_id"), sample.truth["payments"]
    placements = sample["placements"].set_index("placement_id")
    assert all(len(rows) >= 20 for rows in planted.values())
    late, twice, kept, back = (pd.DataFrame(planted[name]) for name in ("paid_after_leaving", "duplicate_term", "missing_credit", "refund"))
    paid = payments.loc[late.transaction_id]
    assert (paid.net_gbp > 0).all()
    assert (paid.paid_on.to_numpy() > placements.leaving_date[late.placement_id].to_numpy()).all()
    repeats = twice.dropna(subset="repeats")
    assert (payments.net_gbp[repeats.transaction_id].to_numpy() == payments.net_gbp[repeats.repeats].to_numpy()).all()
    assert not set(kept.transaction_id) & set(payments.credits_transaction_id)
    assert (payments.net_gbp[back.transaction_id] < 0).all()
    assert len({row["transaction_id"] for rows in planted.values() for row in rows if "transaction_id" in row}) >= 200


def test_credits_name_the_payment_they_mend_in_most_cases():
    payments = full()["payments"]
    returned = payments[payments.narrative.str.startswith("Credit")]
    named = returned.credits_transaction_id != ""
    assert 0.75 < named.mean() < 0.95
    first = payments.set_index("transaction_id").net_gbp[returned[named].credits_transaction_id]
    assert (-returned[named].net_gbp.to_numpy() <= first.to_numpy() + 0.01).all()


def test_suppliers_are_spelled_several_ways_and_some_are_groups():
    sample = full()
    meant = sample.truth["suppliers"]
    assert set(meant) == set(sample["payments"].supplier_name)
    spellings = pd.Series([urns[0] for urns in meant.values() if len(urns) == 1]).value_counts()
    assert (spellings >= 2).sum() >= 50
    assert any(len(urns) > 1 for urns in meant.values())
    unmatched = sample["payments"].query("urn == '' and placement_id == ''")
    assert 0.1 < len(unmatched) / len(sample["payments"]) < 0.5
    assert (sample["payments"].placement_id != "").mean() > 0.4


def test_transport_invoices_add_up_to_the_transport_fees():
    """Operators invoice by the month, five weeks late: February and March 2026 are still to come."""
    sample = full()
    invoiced = sample["payments"].query("cost_centre == 'SEN transport'").net_gbp.sum()
    lines = sample.lines().query("component == 'transport'")
    until = pd.Timestamp("2026-02-28")
    days = ((lines.valid_to.clip(upper=until) - lines.valid_from).dt.days + 1).clip(lower=0)
    assert invoiced == pytest.approx((lines.gbp_year * days / 365.2).sum(), rel=0.002)


def test_one_placement_is_planted_at_the_published_top_fee():
    sample = full()
    costs = benchmark_costs(sample)
    assert costs.council_gbp[sample.truth["fees"]["outlier_placement_id"]] == pytest.approx(figure("top_fee_gbp"), rel=0.02)


def test_the_page_about_the_sample_explains_every_planted_entry():
    page = (Path(__file__).resolve().parents[2] / "docs" / "sample.md").read_text(encoding="utf-8")
    truth = full().truth
    missing = [
        name for name in ("fees", "settings", "leaving", "block_fill", "outcomes", "payments", "suppliers", *truth["payments"]) if f"`{name}" not in page
    ]
    assert not missing
