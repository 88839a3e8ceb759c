"""How long do the marts take to make, and the reads of the pages to answer, on the sample authority?

    pytest tests/benchmarks/test_read_speed.py -m benchmark -s

One line a mart and a read: median and slowest of nine, in ms. Asserted is a ratio within one run: no read takes longer than making all marts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median

import pytest
from cost_store import EVERYTHING
from measuring import measured

from data import sample, schema
from data.store import Store

AS_AT = date(2026, 3, 31)
MONTHS = {"from_month": date(2023, 4, 1), "to_month": date(2026, 3, 1)}
SETTINGS = {"urn": None, "setting_type": None, "provider_group": None}
YEARS = {"year_kind": "FY", "years": [2024, 2025]}
SOME = EVERYTHING | {"need": ["ASD", "SEMH"], "phase": ["secondary"]}


def timed(name: str, call: Callable[[], object], times: int = 9) -> float:
    """Prints and returns the median time of a call, in ms."""
    call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - started))
    measured(f"{name:28s} median {median(taken):8.1f} ms   slowest {max(taken):8.1f} ms")
    return median(taken)


def reads(store: Store) -> dict[str, tuple[str, dict[str, object]]]:
    """Each read of the pages as the pages call it."""
    urn = store.read("settings", as_at=AS_AT)["urn"].iloc[0]
    plain = {name: (name, {}) for name in ("latest_fee_day", "years", "filter_values")}
    dated = {name: (name, {"as_at": AS_AT}) for name in ("snapshot", "settings", "counts", "overview")}
    dossier = {f"setting_{name}": (f"setting_{name}", {"urn": urn}) for name in ("fees", "contracts", "inspections", "members", "outcomes")}
    placed = {f"setting_{name}": (f"setting_{name}", {"urn": urn, "as_at": AS_AT}) for name in ("children", "placements")}
    by = {f"cost_by {d}": ("cost_by", YEARS | {"dimension": d} | EVERYTHING) for d in ("need", "setting", "component", "total")}
    spend = {
        "cost_by need, filtered": ("cost_by", YEARS | {"dimension": "need"} | SOME),
        "cost_trend need": ("cost_trend", MONTHS | {"dimension": "need"} | EVERYTHING),
        "cost_trend setting, filtered": ("cost_trend", MONTHS | {"dimension": "setting"} | SOME),
        "cost_placements": ("cost_placements", {"year_kind": "FY", "year": 2025} | EVERYTHING),
        "cost_and_spend": ("cost_and_spend", {"year_kind": "FY", "year": 2025, "compliance": None} | SETTINGS),
        "spend_by_month": ("spend_by_month", MONTHS | SETTINGS),
        "cost_by compliance": ("cost_by", YEARS | {"dimension": "compliance"} | EVERYTHING),
        "cost_by need, unexplained": ("cost_by", YEARS | {"dimension": "need"} | EVERYTHING | {"compliance": ["unexplained"]}),
        "compliance": ("compliance", {"year_kind": "FY", "year": 2025, "as_at": AS_AT}),
        "vehicles": ("vehicles", {"as_at": AS_AT}),
        "spend_by_match": ("spend_by_match", {"year_kind": "FY", "year": 2025}),
    }
    return plain | dated | by | spend | dossier | placed


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    built = Store.open(tmp_path_factory.mktemp("reads") / "sample.duckdb", create=True)
    sample.build(built)
    yield built
    built.close()


@pytest.mark.benchmark
def test_no_read_takes_longer_than_making_the_marts(store: Store) -> None:
    def make(file: Path) -> None:
        with store.transaction() as cursor:
            cursor.execute(file.read_text(encoding="utf-8"))

    marts = sum(timed(file.stem, lambda file=file: make(file), times=3) for file in [*schema.in_order(schema.files("int_")), *schema.files("mart_")])
    measured(f"all marts {marts:.0f} ms")
    slowest = max(timed(label, lambda name=name, params=params: store.read(name, **params)) for label, (name, params) in reads(store).items())
    assert slowest < marts
