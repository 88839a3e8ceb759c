"""Draws of survivors and entries, against arithmetic that a reader can do by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from small_authority import AS_AT, placement

from analytics.demand import draw, fillable_share, round_keeping_total
from analytics.survival import Hazards, exit_counts, hazard_draws

LONG_AGO = date(2019, 9, 2)  # before the years that entries are drawn from
NONE_ASKED = pd.DataFrame({"reply": ["refuse"], "parent_view": [None]})  # nobody offered: no parent's choice could fill a block


def children(count: int, **changes: object) -> pd.DataFrame:
    return pd.DataFrame([placement(n, **changes) for n in range(count)])


def test_ten_children_of_whom_a_fifth_leave_each_summer() -> None:
    found = draw(children(10, entry_date=LONG_AGO), AS_AT, draws=4_000, hazards=Hazards.constant(0.0, 0.2, 4_000))
    assert found.years == (2026, 2027, 2028)
    assert found.survivors.sum(axis=2).mean(axis=0) == pytest.approx([8.0, 6.4, 5.12], abs=0.1)
    assert found.fillable.sum() == found.fixed.sum() == 0


def test_a_monthly_hazard_counts_the_months_from_september_to_june() -> None:
    stay = 0.95
    found = draw(children(10, entry_date=LONG_AGO), AS_AT, years=1, draws=4_000, hazards=Hazards.constant(1 - stay, 0.0, 4_000))
    # April, May and June come before the year; then each month is entered with one more chance to have left, July and August with none.
    alive = [stay ** (3 + min(month, 10)) for month in range(12)]
    assert found.survivors.sum(axis=2).mean() == pytest.approx(10 * sum(alive) / 12, abs=0.1)


def test_a_child_ages_into_the_next_phase() -> None:
    year_11 = children(4, entry_date=LONG_AGO, birth_month="2010-05")
    found = draw(year_11, AS_AT, years=1, draws=1, hazards=Hazards.constant(0.0, 0.0, 1))
    assert found.cells["lot"].tolist() == ["ASD-post16-day@east"]
    assert found.survivors[0, 0].tolist() == [4.0]


def test_a_child_born_in_september_is_a_school_year_younger_than_one_born_in_august() -> None:
    eldest, youngest = children(1, entry_date=LONG_AGO, birth_month="2010-08"), children(1, entry_date=LONG_AGO, birth_month="2010-09")
    lots = [draw(frame, AS_AT, years=1, draws=1, hazards=Hazards.constant(0.0, 0.0, 1)).cells["lot"][0] for frame in (eldest, youngest)]
    assert lots == ["ASD-post16-day@east", "ASD-secondary-day@east"]


def test_entries_follow_the_rate_of_the_last_three_years() -> None:
    past = pd.concat([children(12, entry_date=date(year, 9, 3), leaving_date=date(year, 12, 1)) for year in (2023, 2024, 2025)])
    found = draw(past, AS_AT, draws=4_000, hazards=Hazards.constant(0.0, 0.0, 4_000))
    fillable = found.fillable.sum(axis=2)
    assert fillable.mean(axis=0) == pytest.approx([12.0, 24.0, 36.0], rel=0.03)  # nobody leaves, so they add up
    assert fillable[:, 0].var() > 12 * 1.1  # wider than Poisson: the rate itself is uncertain


def test_a_place_taken_in_may_counts_four_months_of_its_first_year() -> None:
    past = pd.concat([children(30, entry_date=date(year, 5, 5), leaving_date=date(year, 7, 1)) for year in (2023, 2024, 2025)])
    found = draw(past, AS_AT, years=1, draws=2_000, hazards=Hazards.constant(0.0, 0.0, 2_000))
    assert found.fillable.sum(axis=2).mean() == pytest.approx(30 * 4 / 12, rel=0.05)
    assert found.fixed.sum(axis=2).mean() == pytest.approx(30, rel=0.05)  # this May's come before any new block starts


def test_only_places_the_council_chose_fill_a_block_unless_schools_and_parents_would_agree() -> None:
    past = pd.concat([children(20, entry_date=date(2025, 9, 3), named_by=who, leaving_date=date(2025, 10, 1)) for who in ("council", "parent")])
    found = draw(past, AS_AT, years=1, draws=2_000, consultations=NONE_ASKED, entry_years=1, hazards=Hazards.constant(0.0, 0.0, 2_000))
    assert found.fillable.sum(axis=2).mean() == pytest.approx(20, rel=0.05)
    assert found.fixed.sum(axis=2).mean() == pytest.approx(20, rel=0.05)


def test_the_share_that_could_fill_a_block_is_offered_times_accepted() -> None:
    asked = pd.DataFrame({"reply": ["offer", "offer", "refuse", "none"], "parent_view": ["accepts", "declines", None, None]})
    share, why = fillable_share(asked)
    assert share == 0.25
    assert "50% of consultations" in why
    assert fillable_share(None)[0] == 0.3


def test_new_children_go_where_such_children_went() -> None:
    past = pd.concat([children(n, urn=urn, entry_date=date(2025, 9, 3), leaving_date=date(2025, 10, 1)) for urn, n in (("100001", 30), ("100002", 10))])
    found = draw(past, AS_AT, years=1, draws=500, entry_years=1, hazards=Hazards.constant(0.0, 0.0, 500))
    by_urn = pd.Series(found.fillable.mean(axis=(0, 1)), index=found.cells["urn"])
    assert by_urn["100001"] / by_urn.sum() == pytest.approx(0.75, abs=0.02)


def test_the_same_seed_gives_the_same_draws() -> None:
    frame = children(10)
    one, same, other = (draw(frame, AS_AT, draws=20, seed=seed) for seed in (7, 7, 8))
    assert np.array_equal(one.total, same.total)
    assert not np.array_equal(one.total, other.total)


def test_nothing_after_the_as_at_date_is_looked_at() -> None:
    before = children(10)
    after = pd.concat([before.assign(leaving_date=date(2026, 7, 20)), children(5, entry_date=date(2026, 4, 20))])
    assert np.array_equal(draw(before, AS_AT, draws=10).total, draw(after, AS_AT, draws=10).total)


def test_exits_are_counted_by_academic_age() -> None:
    stayed = children(3, entry_date=date(2024, 9, 2), birth_month="2013-05")  # age 11 in 2024/25
    left_in_may = children(1, entry_date=date(2024, 9, 2), birth_month="2013-05", leaving_date=date(2025, 5, 20))
    left_in_summer = children(2, entry_date=date(2024, 9, 2), birth_month="2013-05", leaving_date=date(2025, 7, 22))
    counts = exit_counts(pd.concat([stayed, left_in_may, left_in_summer]), AS_AT, 5)
    # Of 6 children 8 months from October to May and 5 in June (September began on the 2nd); on 1 July 5, of whom 2 left.
    assert counts.loc[(False, 11)].to_dict() == {"months": 8 * 6 + 5, "in_year_exits": 1, "year_ends": 5, "year_end_exits": 2}
    assert counts.loc[(False, 12)].to_dict() == {"months": 7 * 3, "in_year_exits": 0, "year_ends": 0, "year_end_exits": 0}


def test_hazards_lie_between_an_ages_own_and_that_of_ages_like_it() -> None:
    counts = exit_counts(children(1), AS_AT, 5) * 0
    ages = [(False, age) for age in range(11, 15)]
    counts.loc[ages, "year_ends"] = [100, 100, 100, 20]
    counts.loc[ages, "year_end_exits"] = [10, 10, 10, 10]
    mean = hazard_draws(counts, 4_000, np.random.default_rng(1)).year_end.mean(axis=0)
    band = (40 + 0.5) / (320 + 5)
    assert mean[0, 14] == pytest.approx((20 * band + 10) / (20 + 20), abs=0.01)  # 20 placements' worth of its band, 20 of its own
    assert mean[1, 14] == pytest.approx(0.5 / 5, abs=0.01)  # nothing known at the limit
    assert mean[0, 25] == 1.0


def test_children_at_a_schools_age_limit_have_their_own_hazard() -> None:
    year_11 = {"birth_month": "2009-05", "entry_date": date(2021, 9, 2)}  # academic age 15 in 2024/25
    to_16 = children(30, leaving_date=date(2025, 7, 22), **year_11)
    to_19 = children(30, urn="100002", **year_11)
    limits = pd.DataFrame({"urn": ["100001", "100002"], "age_high": [16, 19]})
    counts = exit_counts(pd.concat([to_16, to_19]), AS_AT, 5, limits)
    assert counts.loc[(True, 15), ["year_ends", "year_end_exits"]].tolist() == [30, 30]
    assert counts.loc[(False, 15), ["year_ends", "year_end_exits"]].tolist() == [30, 0]
    now = pd.concat(
        [to_16, to_19, children(10, birth_month="2010-05", entry_date=LONG_AGO), children(10, urn="100002", birth_month="2010-05", entry_date=LONG_AGO)]
    )
    found = draw(now, AS_AT, years=1, draws=500, settings=limits)
    stay = pd.Series(found.survivors.mean(axis=(0, 1)), index=found.cells["urn"]).groupby(level=0).sum()
    assert stay["100001"] < 2  # of 10 in Year 11 where the school ends at 16
    assert stay["100002"] > 30  # of 30 in Year 12 and 10 in Year 11 where it goes on


def test_rounding_keeps_each_total_and_is_right_on_average() -> None:
    places = np.tile([0.25, 0.5, 3.1, 0.15], (20_000, 1))
    whole = round_keeping_total(places, np.random.default_rng(3))
    assert set(whole.sum(axis=1)) == {4}
    assert whole.mean(axis=0) == pytest.approx([0.25, 0.5, 3.1, 0.15], abs=0.02)


def test_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw(children(1), AS_AT, draws=0)
