"""Twelve monthly full extracts, worked out by hand: what May knew, what June corrected, and May's figure read again to the penny.

On the first of each month from September 2025 a child starts at One School at £36,500 a year, which is £100 a day of the 365 days of academic year
2025/26. On each month's last day the whole of every table comes again, the fees in the place of last month's. Financial year 2025-26 then costs:

  children who started by March, days to 31 March 2026:  212 + 182 + 151 + 121 + 90 + 59 + 31 = 846 days × £100       £84,600.00

June's extract corrects two things: the first child's fee was £40,150 (£110 a day) all along, and the second child left on 28 February.

  first child   212 × £110 instead of 212 × £100                                                                     + £2,120.00
  second child  151 days (1 October to 28 February) instead of 182                                                   - £3,100.00
                                                                                                                      £83,620.00
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cost_store import cost
from loading import Desk, desk_without_marts

from data import schema
from data.restated import restated
from data.store import Store

STARTS = [date(2025 + (month > 12), (month - 1) % 12 + 1, 1) for month in range(9, 21)]  # September 2025 to August 2026
LAST_DAYS = [*(first - timedelta(days=1) for first in STARTS[1:]), date(2026, 8, 31)]
MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
FY_BY_MONTH = [21_200, 39_400, 54_500, 66_600, 75_600, 81_500, 84_600, 84_600, 84_600, 83_620, 83_620, 83_620]  # as known at each month's end


def extract(last_day: date) -> list[str]:
    """Settings, plans, placements and fees of everybody who had started by a day, as the council's system held them then."""
    children = list(enumerate((first for first in STARTS if first <= last_day), 1))
    corrected = last_day >= JUNE
    plans = [f"C{n},2012-01,ASD,2018-01-01" for n, _ in children]
    placements = [f"P{n},C{n},700001,{first},{'2026-02-28' if n == 2 and corrected else ''},day" for n, first in children]
    fees = [f"P{n},core,{40_150 if n == 1 and corrected else 36_500},year,{first}" for n, first in children]
    heads = ("child_id,birth_month,primary_need,plan_start", "placement_id,child_id,urn,entry_date,leaving_date,residence")
    tables = zip((*heads, "placement_id,component,amount_gbp,unit,valid_from"), (plans, placements, fees), strict=True)
    return ["urn,setting_name,setting_type\n700001,One School,ISS\n", *("\n".join((head, *rows, "")) for head, rows in tables)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, fees = tmp_path_factory.mktemp("year"), None
    with desk_without_marts(folder) as made:
        for last_day in LAST_DAYS:
            now = datetime(last_day.year, last_day.month, last_day.day, 17, tzinfo=UTC)
            reports = made.load_all(*extract(last_day), replace=fees, now=now)
            assert [(report.quarantined, report.rejected) for report in reports] == [(0, None)] * 4
            fees = reports[-1].batch_id
    made.store = Store.open(made.db)
    with made.store.transaction() as cursor:
        schema.create_marts(cursor)  # once, for the last month, and not after every one
    yield made
    made.store.close()


@pytest.mark.slow
def test_each_month_the_year_is_known_as_far_as_it_was(desk: Desk) -> None:
    seen = []
    for last_day in LAST_DAYS[4:]:  # the years of a cost begin where a fee is known
        past = desk.store.known_on(last_day)
        seen.append(cost(past, "FY", 2025))
        past.close()
    assert seen == FY_BY_MONTH[4:]
    assert cost(desk.store, "FY", 2025) == 83_620.00


def test_may_is_read_again_to_the_penny_after_june_corrected_it(desk: Desk) -> None:
    past = desk.store.known_on(MAY)
    assert cost(past, "FY", 2025) == 84_600.00
    snapshot = past.read("snapshot", as_at=MAY)
    assert (len(snapshot), float(snapshot["benchmark_gbp"].sum())) == (9, 9 * 36_500.0)
    today = desk.store.read("snapshot", as_at=MAY)
    assert (len(today), float(today["benchmark_gbp"].sum())) == (8, 40_150.0 + 7 * 36_500.0)
    assert past.read("latest_fee_day")["as_at"][0].date() == MAY  # its today is its own day, not ours
    assert past.data_version() != desk.store.data_version()
    past.close()


def test_a_day_between_two_extracts_knows_the_earlier_one(desk: Desk) -> None:
    past = desk.store.known_on(JUNE - timedelta(days=1))
    assert cost(past, "FY", 2025) == 84_600.00
    assert past.told == "Shown as it was known on 29 June 2026; files loaded since are left out."
    past.close()


def test_what_june_corrected_is_told_by_source_and_column(desk: Desk) -> None:
    found = {tuple(row) for row in restated(desk.store, MAY).fillna("").itertuples(index=False)}
    new = {(source, "new", "", 3) for source in ("plans", "placements", "fees")}  # June, July and August each brought a child
    assert found == new | {("placements", "changed", "leaving_date", 1), ("fees", "changed", "amount_gbp", 1)}
    assert restated(desk.store, LAST_DAYS[-1]).empty


def test_equal_rows_of_versioned_tables_are_not_kept_twice(desk: Desk) -> None:
    assert desk.rows("SELECT count(*) FROM raw_placements") == [(13,)]  # twelve, and the second child's corrected one
    assert desk.rows("SELECT count(*) FROM raw_settings") == [(1,)]
    assert desk.rows("SELECT count(*), count(*) FILTER (is_current) FROM raw_fees") == [(78, 12)]  # 1 + 2 + … + 12


def test_the_chain_of_all_batches_and_withdrawals_holds(desk: Desk) -> None:
    lines = Path(f"{desk.db}.ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == desk.store.count("meta_batch") == 37  # the settings once: the same file again is no new batch
    desk.reopen()
    assert cost(desk.store, "FY", 2025) == 83_620.00
