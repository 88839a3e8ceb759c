"""What the commands do: the store opened, one job done, the result as a document ready for JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
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
def opened(db: Path, *, create: bool = False, known_on: date | None = None, verify: bool = False) -> Iterator[Store]:
    """The store for one job, or its state as known at the end of a day; closed afterwards. With `verify` every stored row is read first.

    StoreUnusable when it is absent (unless `create`), held or damaged.
    """
    from data.store import Store

    with Store.opened(db, create=create) as store:
        if verify:
            store.verify()
        if known_on is None:
            yield store
            return
        with closing(store.known_on(known_on)) as past:
            yield past


def of_day(store: Store) -> dict[str, Any]:
    """What a document says of the past state that it was made from; nothing where it was made from the store as it is."""
    return {"known_on": store.known_day, "known": store.told} if store.known_day else {}


def no_fees(store: Store, otherwise: str) -> WrongUsage:
    """Why nothing can be costed: in a past state with what had been loaded by then."""
    return WrongUsage(f"{store.told} No fees were loaded by then, so nothing can be costed; name a later day." if store.known_day else otherwise, "no_fees")


def sample(db: Path, seed: int, plans: int, as_at: date | None, progress: Progress) -> dict[str, Any]:
    """Builds the sample authority in a database without data; rows per source. WrongUsage when data is there already."""
    from analytics.run.benchmarking import prepare
    from data.sample import build
    from data.sample.generate import DEFAULT_AS_AT

    with opened(db, create=True) as store:
        if len(store.read("meta_batch")):
            raise WrongUsage(f"{db.name} holds data already; name a new database for the sample.", "not_empty")
        counts = build(store, seed=seed, plans=plans, as_at=as_at or DEFAULT_AS_AT, progress=lambda words, share: progress(0.96 * share, words))
        prepare(store, lambda words, share: progress(share, words))
        return dict(counts)


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
    from analytics.run.benchmarking import prepare
    from data import assurance, audit
    from data.load import load_files
    from data.profiles import source_named

    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise WrongUsage(f"There is no file {', '.join(missing)}.", "no_file")
    name = source_named(source).name if source is not None else None
    with opened(db, create=True) as store:
        audit.expect_writable(store.path)
        reports = load_files(
            store,
            list(files),
            source=name,
            profile=profile,
            replace=replace,
            progress=lambda words, share: progress(0.96 * share, words),
            each=lambda report: audited.loaded(store, audited.COMMAND, audited.account(), [report]),
        )
        prepare(store, lambda words, share: progress(share, words))
        if assurance.needed(store) and any(report.batch_id for report in reports):
            say(TO_CONFIRM.format(db=db))
        return [report.to_json() for report in reports]


def match(db: Path, known_on: date | None = None) -> dict[str, Any]:
    """A proposal for each supplier name of payments without setting or placement that nobody has decided on, dearest first."""
    from data import matching

    with opened(db, known_on=known_on) as store:
        found = matching.undecided(store) if known_on else matching.refresh(store)
        return {"suppliers": records(found), **of_day(store)}


def withdraw(db: Path, batch_id: str) -> dict[str, Any]:
    """Withdraws a batch without another in its place; what left, and whose parent it was. WrongUsage when there is no such batch to withdraw.

    StoreUnusable when the audit log cannot be written.
    """
    from data import audit
    from data.withdrawal import withdraw_batch

    with opened(db) as store:
        audit.expect_writable(store.path)
        done = withdraw_batch(store, batch_id)
        audited.withdrawn(store, audited.COMMAND, audited.account(), done)
        return done.to_json()


def check(db: Path, *, months: bool = False, known_on: date | None = None, since: date | None = None) -> dict[str, Any]:
    """Data quality and reconciliation, from the store as it is or was known, every stored row read and compared with its note first; with `months`
    every setting's months too, with `since` also which records changed after that day."""
    from analytics.run.checking import check_store
    from data.restated import restated

    with opened(db, known_on=known_on, verify=True) as store:
        changes = {"restated": records(restated(store, since))} if since else {}
        return {**check_store(store, months=months), **changes, **of_day(store)}


def benchmark(db: Path, as_at: date | None, known_on: date | None = None) -> dict[str, Any]:
    """Cost of each setting's placements against what needs explain, at `as_at`, with what might explain a difference, the provision given, and replies.

    WrongUsage when no placement has a fee that day."""
    from analytics.run import fairness
    from analytics.run.benchmarking import fitted
    from analytics.run.choices import as_at as latest

    with opened(db, known_on=known_on) as store:
        day = as_at or latest(store)
        if day is None:
            raise no_fees(store, "No fees are loaded, so no placement can be compared. Load fees, placements, plans and settings.")
        result = fitted(store, day)
        return {**result.to_json(day), **fairness.document(store, result, day), **of_day(store)}


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
