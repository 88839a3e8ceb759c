"""Every column of every source comes out of the store as it went in: no working column of the loader may stand in a source's place."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from data import sample
from data.sources import SOURCES, Kind
from data.store import Store

AS_TEXT = {Kind.ID, Kind.TEXT, Kind.CODE, Kind.MONTH, Kind.DATES}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path]:
    folder = tmp_path_factory.mktemp("sample")
    sample.generate(folder, seed=2, plans=400)
    store = Store.open(folder / "s.duckdb", create=True)
    sample.build(store, seed=2, plans=400)
    return store, folder


@pytest.mark.parametrize("name", SOURCES)
def test_text_columns_come_back_as_they_were(loaded: tuple[Store, Path], name: str) -> None:
    store, folder = loaded
    source = SOURCES[name]
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        given = pd.DataFrame(csv.DictReader(f))
    stored = store.read(f"stg_{name.removesuffix('s')}")
    assert len(stored) == len(given)
    for column in source.columns:
        if column.kind in AS_TEXT and column.name in given:
            came = stored[column.name].fillna("").astype(str).value_counts()
            went = given[column.name].replace("", column.default or "").value_counts()
            pd.testing.assert_series_equal(came.sort_index(), went.sort_index(), check_names=False, check_index_type=False, obj=f"{name}.{column.name}")
