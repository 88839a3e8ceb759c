"""What a page opens on, totals made with the marts, is what the reads below them answer when nothing is filtered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from cost_store import EVERYTHING

from analytics.run import reads
from data import sample
from data.store import Store

DIMENSIONS = [*(name for name in reads.DIMENSIONS if name != "urn"), "setting", "total"]
YEARS = list(range(2015, 2031))
MONTHS = {"from_month": date(2015, 4, 1), "to_month": date(2030, 3, 1)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    built = Store.open(tmp_path_factory.mktemp("totals") / "sample.duckdb", create=True)
    sample.build(built, plans=1_200)
    yield built
    built.close()


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_totals_by_year_are_the_sums_of_the_rows_below(store: Store, dimension: str) -> None:
    for kind in ("FY", "AY"):
        wanted = {"year_kind": kind, "years": YEARS, "dimension": dimension}
        below, above = store.read("cost_by", **wanted, **EVERYTHING), store.read("unfiltered_cost", **wanted)
        assert len(above)
        pd.testing.assert_frame_equal(above, below, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_totals_by_month_are_the_sums_of_the_rows_below(store: Store, dimension: str) -> None:
    below = store.read("cost_trend", dimension=dimension, **MONTHS, **EVERYTHING)
    above = store.read("unfiltered_trend", dimension=dimension, **MONTHS)
    assert len(above)
    pd.testing.assert_frame_equal(above, below, check_dtype=False, rtol=1e-12)


def test_a_filter_is_answered_from_the_rows_and_no_filter_from_the_totals(store: Store) -> None:
    whole, some = reads.cost_by(store, [2024], "need"), reads.cost_by(store, [2024], "need", (("need", ("ASD",)),))
    assert some["value"].tolist() == ["ASD"]
    pd.testing.assert_frame_equal(some, whole[whole["value"] == "ASD"].reset_index(drop=True), check_dtype=False)


def test_payments_add_up_to_the_ledger_by_month(store: Store) -> None:
    paid, totals = store.read("mart_payment"), store.read("total_spend_month")
    keys = ["month", "urn", "match_kind", "compliance"]
    left = paid.groupby(keys, dropna=False)["net_gbp"].agg(["sum", "count"]).reset_index()
    right = totals.groupby(keys, dropna=False)[["spend_gbp", "payments"]].sum().reset_index()
    assert left[keys].equals(right[keys])
    assert (left["sum"] - right["spend_gbp"]).abs().max() < 0.005
    assert left["count"].tolist() == right["payments"].tolist()
