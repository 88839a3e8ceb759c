"""The needs-adjusted benchmark of a store, fitted once for a version of the data and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data import kept, schema
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.benchmark import BenchmarkResult
    from data.store import Store

_NAME, _PARTS = "benchmark", ("settings", "placements")
VERY_LARGE = 50_000  # beyond that, outcomes and invoices take minutes: they wait until their page is opened
LARGE = 5_000  # placements: below that the benchmark takes well under a second
_METHOD = Path(__file__).resolve().parent.parent / "benchmark"
_fitted: dict[tuple[str, str, str], Any] = {}


def benchmark(session: Session) -> BenchmarkResult | None:
    """The needs-adjusted benchmark at the as-at day. None where no placement can be compared."""
    require(session, "view_costs")
    key = (session.role.value, str(session.store.path), session.store.costed_version())
    held: BenchmarkResult | None = _fitted.get(key)
    if held is not None:
        return held
    found = of_store(session.store)
    if found is not None:
        _fitted.clear()  # one version is kept; another session may clear it at any time, so what is answered does not pass through it
        _fitted[key] = found
    return found


def of_store(store: Store) -> BenchmarkResult | None:
    """The same from what the store keeps, or fitted now and kept there."""
    day = as_at(store)
    if day is None:
        return None
    from analytics.benchmark import BenchmarkResult

    key = f"{store.costed_version()} {day} {schema.digest(sorted(_METHOD.glob('*.py')))}"
    found = kept.kept(store, _NAME, key, _PARTS)
    if found is not None:
        frames, note = found
        return BenchmarkResult(frames["settings"], frames["placements"], note)
    try:
        result = fitted(store, day)
    except WrongUsage:  # no placement has a fee that day, so there is nothing to compare
        return None
    if store.known_day is None:  # a past state is not written to
        kept.keep(store, _NAME, key, {"settings": result.settings, "placements": result.placements}, result.fit)
    return result


def fitted(store: Store, day: date) -> BenchmarkResult:
    """The benchmark fitted on the placements that are open and have a fee at `day`. WrongUsage where none has."""
    from analytics import benchmark as model

    snapshot = store.read("snapshot", as_at=day)
    if not snapshot["benchmark_gbp"].notna().any():
        raise WrongUsage(f"No placement has a fee on {day:%d/%m/%Y}, so none can be compared. Name another day with --as-at.", "no_fees")
    return model.fit(snapshot)


def prepare(store: Store, tell: Callable[[str, float], None]) -> None:
    """Works out after loading what a page would otherwise wait for; a small store's pages need not wait."""
    if store.count("mart_placement") >= LARGE:
        tell("Comparing cost with need", 0.97)
        of_store(store)
    if LARGE <= store.count("mart_placement") < VERY_LARGE:
        from analytics.run import invoices, outlook, quality  # they ask for the benchmark too

        outlook.outlook(store)
        tell("Comparing outcomes with who the children are", 0.98)
        quality.of_store(store)
        tell("Holding payments against agreements", 0.99)
        invoices.checked(store)
    tell("Ready", 1.0)
