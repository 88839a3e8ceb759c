"""What the commands do: the store opened, one job done, the result as a document ready for JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.run import audited
from analytics.run.documents import records
from data.errors import WrongUsage

if TYPE_CHECKING:
    from data.store import Store

Progress = Callable[[float, str], None]
Say = Callable[[str], None]
TO_CONFIRM = (
    "If these are real data, confirm the data-protection impact assessment and the encrypted disk: "
    "python -m analytics assure --db {db} --assessed-on YYYY-MM-DD --encrypted-disk (template: docs/data-protection.md)."
)


@contextmanager
def opened(db: Path, *, create: bool = False) -> Iterator[Store]:
    """The store for one job, closed afterwards. StoreUnusable when it is absent (unless `create`), held or damaged."""
    from data.store import Store

    store = Store.open(db, create=create)
    try:
        yield store
    finally:
        store.close()


def sample(db: Path, seed: int, plans: int, as_at: date | None, progress: Progress) -> dict[str, Any]:
    """Builds the sample authority in a database without data; rows per source. WrongUsage when data is there already."""
    from data.sample import build
    from data.sample.generate import DEFAULT_AS_AT

    with opened(db, create=True) as store:
        if len(store.read("meta_batch")):
            raise WrongUsage(f"{db.name} holds data already; name a new database for the sample.", "not_empty")
        return dict(build(store, seed=seed, plans=plans, as_at=as_at or DEFAULT_AS_AT, progress=lambda words, share: progress(share, words)))


def load(
    db: Path,
    files: Sequence[Path],
    source: str | None,
    profile: str | None,
    replace: str | None,
    progress: Progress,
    say: Say = lambda _: None,
) -> list[dict[str, Any]]:
    """Loads files, each in its own transaction, parents first; one report a file. `say` is told what is still to be confirmed.

    WrongUsage when a file is not there; StoreUnusable when the audit log cannot be written.
    """
    from data import assurance, audit
    from data.load import load_files
    from data.profiles import source_named

    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise WrongUsage(f"There is no file {', '.join(missing)}.", "no_file")
    name = source_named(source).name if source is not None else None
    with opened(db, create=True) as store:
        audit.expect_writable(store.path)
        reports = load_files(store, list(files), source=name, profile=profile, replace=replace, progress=lambda words, share: progress(share, words))
        audited.loaded(store, audited.COMMAND, audited.account(), reports)
        if assurance.needed(store) and any(report.batch_id for report in reports):
            say(TO_CONFIRM.format(db=db))
        return [report.to_json() for report in reports]


def match(db: Path) -> dict[str, Any]:
    """A proposal for each supplier name of payments without setting or placement that nobody has decided on, dearest first."""
    from data import matching

    with opened(db) as store:
        return {"suppliers": records(matching.refresh(store))}


def check(db: Path) -> dict[str, Any]:
    """Data quality and reconciliation, from the store as it is."""
    with opened(db) as store:
        return check_store(store)


def check_store(store: Store) -> dict[str, Any]:
    """The same for a store that is open."""
    from analytics import reconcile
    from analytics.run import protection
    from analytics.run.choices import as_at

    batches = store.read("meta_batch")
    day = as_at(store) or date(1900, 1, 1)  # without fees no placement is costed, and questions of a day concern nothing
    found = reconcile.checks(store.read("sources"), batches, store.read("meta_quarantine"), store.read("quality", as_at=day))
    lines = reconcile.records_accounted(batches)
    lines += reconcile.counts_to_placements(store.read("mart_placement"), day) if as_at(store) else []
    lines += reconcile.ledger_to_agreements(store.read("ledger_to_agreements"))
    return {"checks": [*found, *protection.checks(store)], "reconciliation": lines}


def benchmark(db: Path, as_at: date | None) -> dict[str, Any]:
    """Cost of each setting's placements against what needs explain, at `as_at`. WrongUsage when no placement has a fee that day."""
    from analytics.run.choices import as_at as latest

    with opened(db) as store:
        day = as_at or latest(store)
        if day is None:
            raise WrongUsage("No fees are loaded, so no placement can be compared. Load fees, placements, plans and settings.", "no_fees")
        document: dict[str, Any] = fitted(store, day).to_json(day)
        return document


def fitted(store: Store, day: date) -> Any:
    """The benchmark fitted on the placements that are open and have a fee at `day`."""
    from analytics import benchmark as model

    snapshot = store.read("snapshot", as_at=day)
    if not snapshot["benchmark_gbp"].notna().any():
        raise WrongUsage(f"No placement has a fee on {day:%d/%m/%Y}, so none can be compared. Name another day with --as-at.", "no_fees")
    return model.fit(snapshot)


def backup(db: Path, to: Path) -> dict[str, Any]:
    """A complete copy of the database and its ledger in the folder `to`."""
    from data import audit
    from data import backup as copies

    with opened(db) as store:
        audit.expect_writable(store.path)
        made = dict(copies.backup(store, to))
        audited.told_by_command(store.path, "backed_up", **made)
        return made


def restore(from_file: Path, db: Path) -> dict[str, Any]:
    """Puts a backup in the place of the database; what was there is replaced only when the backup verifies."""
    from data import audit
    from data import backup as copies

    if not from_file.is_file():
        raise WrongUsage(f"There is no file {from_file}.", "no_file")
    if db.parent.is_dir():
        audit.expect_writable(db.resolve())
    made = dict(copies.restore(from_file, db))
    audited.told_by_command(db.resolve(), "restored", backup=from_file.name, batches=made["batches"])
    return made
