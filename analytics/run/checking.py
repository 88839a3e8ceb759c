"""The document of `check`: every check of data quality with its owner, and every reconciliation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from analytics.run.choices import as_at
from data.domain import census_day

if TYPE_CHECKING:
    import pandas as pd

    from data.store import Store

NEVER = date(1900, 1, 1)  # without fees no placement is costed, and questions of a day concern nothing


def check_store(store: Store, *, months: bool = False) -> dict[str, Any]:
    """Checks and reconciliations of a store that is open. With `months` every setting's months of every year, else all settings' of the latest year."""
    return {"checks": checks_of(store), "reconciliation": _reconciliation(store, months)}


def checks_of(store: Store) -> list[dict[str, Any]]:
    """Every check of data quality, each with its owner."""
    from analytics import reconcile
    from analytics.run import protection

    day = as_at(store) or NEVER
    frames = reconcile.Frames(
        sources=store.read("sources"),
        batches=store.read("meta_batch"),
        quarantine=store.read("meta_quarantine"),
        quality=store.read("quality", as_at=day),
        agreements=reconcile.by_code(store.read("agreement_findings", as_at=day)),
        filled=store.read("filled"),
        months=store.read("ledger_gaps"),
    )
    found = reconcile.checks(frames)
    if store.known_day is None:
        found += protection.checks(store)
    year = latest_census(store)
    if year is not None:
        found += [asdict(check) for check in reconcile.sen2_checks(reconcile.sen2_counts(sen2_rows(store, year)), year)]
    return found


def latest_census(store: Store) -> int | None:
    """The year of the latest SEN2 return that is loaded."""
    years = store.read("sen2_years")
    return None if years.empty else int(years["census_year"].iloc[0])


def sen2_rows(store: Store, year: int) -> pd.DataFrame:
    """The return of a census year beside the placements open here on its day, one row a placement of either side."""
    return store.read("sen2_to_placements", census_year=year, census_day=census_day(year))


def _reconciliation(store: Store, months: bool) -> list[dict[str, Any]]:
    from analytics import reconcile

    day = as_at(store)
    lines = reconcile.records_accounted(store.read("meta_batch"))
    if day is not None:
        placements = store.read("mart_placement")
        lines += reconcile.counts_to_placements(placements, day)
        lines += _baseline(store, placements, day)
        lines += reconcile.agreements_to_placements(store.read("agreements_to_placements", as_at=day), day)
        lines += reconcile.placements_to_agreements(store.read("placements_with_fee", as_at=day), day)
    census = latest_census(store)
    if census is not None:
        lines += reconcile.sen2_to_placements(reconcile.sen2_counts(sen2_rows(store, census)), census, census_day(census))
    yearly = store.read("ledger_to_agreements")
    lines += reconcile.ledger_to_agreements(yearly)
    years = sorted({int(year) for year in yearly["fy"]})
    for year in years if months else years[-1:]:
        lines += reconcile.ledger_by_month(store.read("ledger_by_month", fy=year), settings=months)
    return lines


def _baseline(store: Store, placements: Any, day: date) -> list[dict[str, Any]]:
    """The bridge of the latest financial year whose census is past; published counts only beside a council's own data."""
    from analytics import reconcile

    known, years = reconcile.bases(store.read("ref_count_bases")), reconcile.years(placements, day)
    if not years:
        return []
    path = [known[name] for name in reconcile.PATH]
    lines = reconcile.baseline(reconcile.bridge(placements, path, years[0], day), years[0])
    return lines if store.is_sample() else lines + reconcile.published(placements, known, store.read("ref_published_counts"), day)
