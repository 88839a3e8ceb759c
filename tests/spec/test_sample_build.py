"""The made-up authority goes through the loader like a council's own files, and keeps to itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.errors import Cancelled, WrongUsage
from data.load import load_files
from data.sample import build
from data.store import Store

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    opened = Store.open(tmp_path_factory.mktemp("sample") / "sample.duckdb", create=True)
    yield opened
    opened.close()


def test_every_source_loads_without_a_record_in_quarantine(store: Store):
    told: list[tuple[str, float]] = []
    counts = build(store, seed=5, plans=600, progress=lambda words, share: told.append((words, share)))
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT source, sum(rows_in), sum(accepted), sum(quarantined) FROM meta_batch GROUP BY source").fetchall()
    assert {source: (int(rows_in), int(accepted), int(bad)) for source, rows_in, accepted, bad in rows} == {name: (n, n, 0) for name, n in counts.items()}
    assert store.is_sample()
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1][1] == pytest.approx(1.0)


def test_the_same_sample_again_changes_nothing(store: Store):
    before = store.data_version()
    build(store, seed=5, plans=600)
    assert store.data_version() == before


def test_another_sample_is_refused_where_one_is_loaded(store: Store):
    with pytest.raises(WrongUsage, match="database of its own"):
        build(store, seed=6, plans=600)


def test_a_councils_own_data_is_never_mixed_with_the_sample(tmp_path: Path):
    own = tmp_path / "own.csv"
    own.write_text("urn,setting_name,setting_type\n700001,One School,ISS\n", encoding="utf-8")
    with Store.opened(tmp_path / "own.duckdb", create=True) as opened:
        load_files(opened, [own], today=TODAY)
        with pytest.raises(WrongUsage, match="database of its own"):
            build(opened, plans=300)
        assert opened.count("meta_batch") == 1


def test_building_can_be_stopped(tmp_path: Path):
    with Store.opened(tmp_path / "stopped.duckdb", create=True) as opened, pytest.raises(Cancelled):
        build(opened, plans=300, cancelled=lambda: True)
