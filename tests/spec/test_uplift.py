"""What an uplift would cost and the range that the rule supports, by arithmetic that a reader can do."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from dashboards import SHARED

from analytics import prices
from analytics.uplift import Pressure, Request, history, in_year, own_fees, position, pressure_of, pressures_of_return, requested_per_cent, settle
from data.errors import WrongUsage

DAY = date(2026, 3, 31)


def index(low: float, high: float, *, flagged: bool = False) -> pd.Series:
    return pd.Series({"index": (low + high) / 2, "index_low": low, "index_high": high, "flagged": flagged, "named": flagged or high < 1.0})


ABOVE, WITHIN, BELOW = index(1.1, 1.3, flagged=True), index(0.9, 1.1), index(0.7, 0.8)


@pytest.mark.parametrize(
    ("asked", "cpi", "pressure", "where", "cap", "low", "high"),
    [
        (6.0, 3.0, None, ABOVE, None, 0.0, 3.0),  # above expected: from nothing to prices
        (6.0, 3.0, 5.0, ABOVE, None, 0.0, 3.0),  # and the costs shown do not lift it
        (2.0, 3.0, None, ABOVE, None, 0.0, 2.0),  # never above what is asked for
        (6.0, 3.0, None, WITHIN, None, 0.0, 3.0),  # within, nothing shown: from nothing
        (6.0, 3.0, 4.0, WITHIN, None, 3.0, 4.0),  # within: between prices and the costs shown
        (6.0, 3.0, 2.0, WITHIN, None, 2.0, 3.0),
        (3.5, 3.0, 4.0, WITHIN, None, 3.0, 3.5),
        (6.0, 3.0, 4.0, None, None, 3.0, 4.0),  # no index: as within
        (40.0, 3.0, 4.0, BELOW, None, 3.0, 25.0),  # below: up to what brings its nearer end to expected, 1 ÷ 0.8
        (6.0, 3.0, 4.0, BELOW, None, 3.0, 6.0),
        (6.0, 3.0, 4.0, WITHIN, 0.0, 0.0, 0.0),  # the council's own cap
        (6.0, -1.0, -2.0, WITHIN, None, 0.0, 0.0),  # falling prices support none
        (-2.0, 3.0, None, WITHIN, None, -2.0, -2.0),  # a fall that is offered is taken
    ],
)
def test_the_range(asked: float, cpi: float, pressure: float | None, where: pd.Series | None, cap: float | None, low: float, high: float) -> None:
    found = settle(asked, cpi, pressure, where, cap)
    assert (round(found.low, 9), round(found.high, 9)) == (low, high)
    assert found.low <= found.high <= asked


@pytest.mark.parametrize(("reply", "high"), [("explains", 5.0), ("our_data", 5.0), ("in_part", 3.0), ("not_explained", 3.0), ("", 3.0)])
def test_a_reply_that_explains_a_difference_lifts_its_bound(reply: str, high: float) -> None:
    assert settle(6.0, 3.0, 5.0, ABOVE, None, reply).high == high


def lines(*rows: tuple[str, str, str, float, str, str]) -> pd.DataFrame:
    """placement, part, purse, £ a year, first day, last day."""
    return pd.DataFrame(rows, columns=["placement_id", "component", "funder", "full_year_gbp", "first_day", "last_day"])


FEES = lines(
    ("P1", "core", "education", 50_000, "2023-09-01", "2025-08-31"),
    ("P1", "core", "education", 51_000, "2025-09-01", "2026-08-31"),
    ("P1", "one_to_one", "health", 9_000, "2025-09-01", "2026-08-31"),
    ("P1", "transport", "education", 7_000, "2023-09-01", "2026-08-31"),
    ("P2", "core", "education", 40_000, "2025-09-01", "2026-08-31"),
    ("P2", "core", "dfe_place", 10_000, "2025-09-01", "2026-08-31"),
)


def test_fees_are_the_schools_own_without_transport_and_place_funding() -> None:
    assert own_fees(FEES, DAY).values.tolist() == [["P1", "core", 51_000.0], ["P1", "one_to_one", 9_000.0], ["P2", "core", 40_000.0]]


def test_history_compares_the_same_children_a_year_apart() -> None:
    rows = history(FEES, DAY, years=1).set_index("day")
    assert rows.loc[DAY, ["children", "mean_gbp", "same_children"]].tolist() == [2, 50_000, 1]
    assert rows.loc[DAY, "like_for_like"] == pytest.approx(20.0)  # £50,000 to £51,000 + £9,000
    assert rows.loc[date(2025, 3, 31), "like_for_like"] == pytest.approx(0.0)


def test_new_fees_are_an_uplift_of_the_whole() -> None:
    fees = own_fees(FEES, DAY)
    asked = Request("1", date(2026, 9, 1), DAY, None, (("core", 50_500.0),))
    assert requested_per_cent(asked, fees) == pytest.approx(10.0)  # two core fees of £50,500 against £91,000: £10,000 more on £100,000
    with pytest.raises(WrongUsage, match="therapy"):
        requested_per_cent(Request("1", DAY, DAY, None, (("therapy", 1.0),)), fees)


@pytest.mark.parametrize(("per_cent", "fees"), [(None, ()), (5.0, (("core", 1.0),)), (500.0, ()), (None, (("core", -1.0),))])
def test_a_request_that_cannot_be_is_refused(per_cent: float | None, fees: tuple[tuple[str, float], ...]) -> None:
    with pytest.raises(WrongUsage):
        Request("1", DAY, DAY, per_cent, fees)


def test_costs_count_by_their_share_and_recovered_vat_lowers_them() -> None:
    given = {
        "pay_rise_per_cent": 4.0, "pay_share_per_cent": 70.0, "national_insurance_gbp": 20_000.0, "rates_gbp": None,
        "recovered_vat_gbp": 10_000.0, "running_cost_gbp": 2_000_000.0,
    }  # fmt: skip
    found, odd = pressures_of_return(given, "Return")
    assert odd == ()
    assert [(p.what, round(p.weighted, 6)) for p in found] == [("Pay", 2.8), ("Employer's National Insurance", 1.0), ("VAT recovered", -0.5)]
    assert pressure_of(found) == pytest.approx(3.3)
    assert [p.what for p in pressures_of_return({**given, "running_cost_gbp": None}, "Return")[0]] == ["Pay"]  # pounds say nothing without the whole
    assert pressure_of(()) is None


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        ({"national_insurance_gbp": 3_000_000.0}, ("Employer's National Insurance",)),  # more than the whole running cost
        ({"recovered_vat_gbp": 2_500_000.0}, ("VAT recovered",)),
        ({"running_cost_gbp": -100.0}, ("Employer's National Insurance", "VAT recovered")),
        ({"running_cost_gbp": 0.0}, ("Employer's National Insurance", "VAT recovered")),
        ({"pay_rise_per_cent": 4_000.0}, ("Pay",)),
    ],
)
def test_amounts_of_a_return_that_cannot_be_right_are_named_and_left_out(change: dict[str, float], odd: tuple[str, ...]) -> None:
    given = {
        "pay_rise_per_cent": 4.0, "pay_share_per_cent": 70.0, "national_insurance_gbp": 20_000.0, "rates_gbp": None,
        "recovered_vat_gbp": 10_000.0, "running_cost_gbp": 2_000_000.0,
    }  # fmt: skip
    found, left = pressures_of_return(given | change, "Return")
    assert left == odd
    assert not {p.what for p in found} & set(odd)


@pytest.mark.parametrize(
    ("named", "level", "expected"), [(None, 1.3, "unknown"), (False, 1.3, "within"), (False, 0.7, "within"), (True, 1.3, "above"), (True, 0.7, "below")]
)
def test_a_setting_stands_where_providers_names_it(named: bool | None, level: float, expected: str) -> None:
    row = pd.Series({"index": level, "index_low": level - 0.1, "index_high": level + 0.1, "flagged": level > 1, "named": named}, dtype=object)
    assert position(row) == expected


@pytest.mark.parametrize(("share", "source"), [(70.0, " "), (170.0, "Accounts"), (-1.0, "Accounts")])
def test_a_cost_without_a_source_or_with_an_impossible_share_is_refused(share: float, source: str) -> None:
    with pytest.raises(WrongUsage):
        Pressure("Pay", 4.0, share, source)


def test_a_part_year_is_counted_by_days() -> None:
    assert in_year(365_000, date(2026, 9, 1)) == 212_000  # 1 September to 31 March: 212 of 365 days
    assert in_year(365_000, date(2026, 4, 1)) == 365_000
    assert in_year(365_000, date(2026, 3, 31)) == 1_000


def test_prices_are_of_the_last_month_over_before_the_request() -> None:
    found = prices.twelve_months(date(2026, 3, 31))
    assert found is not None
    assert (found.month, round(found.per_cent, 2), found.stale) == (date(2026, 2, 1), 3.01, False)  # 140.1 ÷ 136.0
    late = prices.twelve_months(date(2027, 3, 31))
    assert late is not None
    assert late.stale
    assert prices.twelve_months(date(2015, 6, 1)) is None


@pytest.mark.skipif(not (SHARED / "ons_cpi_index_series.csv").exists(), reason="the ONS file is not here")
def test_the_index_is_what_ons_published() -> None:
    months = {month: n for n, month in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)}
    rows = (line.strip().replace('"', "").split(",") for line in (SHARED / "ons_cpi_index_series.csv").read_text(encoding="utf-8-sig").splitlines())
    published = {date(int(r[0][:4]), months[r[0][5:]], 1): float(r[1]) for r in rows if len(r) == 2 and r[0][5:] in months and r[0][:4].isdigit()}
    assert {month: published[month] for month in prices.index()} == prices.index()
    assert max(published) == max(prices.index())
