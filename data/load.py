"""Files into the store: read, type, check, settle, one transaction a file with rows, quarantine and manifest, then the ledger outside."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data import pseudonym, sen2
from data.batch import Arrival, LoadReport, recall, write
from data.errors import Cancelled, InputRejected, UserError, WrongUsage
from data.keeping import NOTHING, Keeping, unread
from data.parse import parse, recognised
from data.preview import Preview, preview
from data.profiles import profile_named, source_named
from data.readers import fingerprint, read_bytes
from data.sen2 import Asked, Gathered, Part
from data.sources import SOURCES, Source
from data.typed import Rows

if TYPE_CHECKING:
    from data.store import Store

__all__ = ["LoadReport", "Preview", "load_files", "preview"]

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class _Job:
    """What one file brings to one source. `order` is the file's place in the call; `year` that of a census, so that an older one comes first."""

    order: int
    path: Path
    source: Source
    sha256: str
    profile: str | None
    keeping: Keeping
    rows: Callable[[Callable[[], bool]], Rows]
    year: int = 0


@dataclass(frozen=True)
class _Call:
    """What holds for every file of a call."""

    is_sample: bool
    today: date
    now: datetime | None
    progress: Progress
    cancelled: Callable[[], bool]
    names: pseudonym.Pseudonyms | None


def load_files(
    store: Store,
    paths: Sequence[Path],
    *,
    source: str | None = None,
    profile: str | None = None,
    replace: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    is_sample: bool = False,
    today: date | None = None,
    now: datetime | None = None,
) -> list[LoadReport]:
    """Loads files, parents first, each in its own transaction; one report a file in the order given, rejected ones too.

    `replace` withdraws that batch together with the file of its source. WrongUsage for a file that is not there, an unknown source, profile
    or batch; Cancelled leaves the files loaded so far. `today` is the day that rules compare with; `now` (UTC) the time of loading, the clock's if not given.
    """
    day, tell = today or datetime.now(UTC).astimezone().date(), progress or (lambda _step, _share: None)
    call = _Call(is_sample, day, now, tell, cancelled or (lambda: False), pseudonym.of(store))
    _expect_names(paths, source, profile)
    reports: dict[int, list[LoadReport]] = {}
    jobs, gathered = _jobs(store, paths, source, profile, call.today)
    for order, error in gathered.rejected.items():
        reports[order] = [LoadReport.rejection(str(paths[order]), error)]
    replaced_source = _replaced_source(store, replace, jobs)
    for job in jobs:
        if job.source.name == replaced_source:
            _already(store, job, replace)  # says before anything is written that it cannot be replaced
    rank = list(SOURCES)
    jobs.sort(key=lambda job: (rank.index(job.source.name), job.year, job.order))
    try:
        for done, job in enumerate(jobs):
            call.progress(f"Loading {job.path.name}", 0.9 * done / len(jobs))
            reports.setdefault(job.order, []).append(_load_one(store, job, replace if job.source.name == replaced_source else None, call))
    except Cancelled:
        _renew(store, _flat(reports), call)
        raise
    _renew(store, _flat(reports), call)
    for companion in gathered.companions:
        reports[companion.order] = [LoadReport.companion(companion, [report for order in companion.mains for report in reports[order]])]
    return _flat(reports)


def _flat(reports: dict[int, list[LoadReport]]) -> list[LoadReport]:
    return [report for order in sorted(reports) for report in reports[order]]


def _jobs(store: Store, paths: Sequence[Path], source: str | None, profile: str | None, today: date) -> tuple[list[_Job], Gathered]:
    """What each file brings, and what the SEN2 files among them come to; rejections of all files are in the latter."""
    jobs: list[_Job] = []
    parts: list[Part] = []
    refused: dict[int, UserError] = {}
    for order, path in enumerate(map(Path, paths)):
        try:
            data = read_bytes(path)
            if not profile and source in (None, *sen2.FILLED) and sen2.looks_like(data):
                parts.append(Part(order, path, data))
                continue
            known = recognised(data, path.name, source, profile)
            keeping = unread(known.mapping.source, known.mapping.picks) if known.mapping.keeps else NOTHING
            jobs.append(_Job(order, path, known.mapping.source, fingerprint(data), known.mapping.profile, keeping, partial(parse, known)))
        except InputRejected as error:
            refused[order] = error
    if not parts:
        return jobs, Gathered(rejected=refused)
    with store.cursor() as cursor:
        asked = Asked(source, sen2.standing(cursor), today, partial(pseudonym_key, store))
    gathered = sen2.gather(parts, asked)
    gathered.rejected |= refused
    jobs += [_Job(f.order, f.path, f.source, f.sha256, f.profile, f.keeping, f.rows, f.year) for f in gathered.filled]
    return jobs, gathered


def _renew(store: Store, reports: list[LoadReport], call: _Call) -> None:
    call.progress("Working out costs", 0.9)
    renew(store, {report.source for report in reports if report.source and not report.already_loaded and not report.rejected})
    call.progress("Loaded", 1.0)


def renew(store: Store, sources: set[str]) -> None:
    """Proposals for suppliers and the marts follow from what was loaded or withdrawn of these sources."""
    if sources:
        store.renew_proposals()
        store.rebuild_marts()


def _expect_names(paths: Sequence[Path], source: str | None, profile: str | None) -> None:
    if source:
        source_named(source)
    if profile:
        profile_named(profile)
    absent = [str(path) for path in paths if not Path(path).is_file()]
    if absent:
        raise WrongUsage(f"There is no file {', '.join(absent)}.", "no_file")


def _replaced_source(store: Store, batch_id: str | None, jobs: list[_Job]) -> str | None:
    """The source of the batch to be replaced. WrongUsage when there is no such batch, or not exactly one readable file to take its place."""
    if batch_id is None:
        return None
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT source, rows_in, replaces FROM meta_batch WHERE batch_id = $batch", {"batch": batch_id}).fetchall()
    if not rows:
        raise WrongUsage(f"There is no batch '{batch_id}' to replace.", "unknown_batch")
    source, rows_in, withdrawn = str(rows[0][0]), *rows[0][1:]
    if not rows_in:
        raise WrongUsage(f"Batch {batch_id} is the withdrawal of batch {withdrawn} and holds no rows; load the file without --replace.", "is_withdrawal")
    if jobs and len([job for job in jobs if job.source.name == source]) != 1:
        raise WrongUsage(f"Batch {batch_id} holds {source}; name exactly one file of {source} to replace it.", "replace_one_file")
    return source


def _load_one(store: Store, job: _Job, replaced: str | None, call: _Call) -> LoadReport:
    earlier = _already(store, job, replaced)
    if earlier:
        with store.cursor() as cursor:
            return recall(cursor, earlier, str(job.path))
    try:
        rows = pseudonym.pseudonymise(job.rows(call.cancelled), call.names)
    except InputRejected as error:
        return LoadReport.rejection(str(job.path), error, job.source.name, job.sha256)
    if call.cancelled():
        raise Cancelled
    arrival = Arrival(str(job.path), job.path.name, job.source, job.sha256, job.profile, replaced, call.is_sample, call.today, utc(call.now), job.keeping)
    with store.transaction() as cursor:
        report = write(cursor, arrival, rows)
        if call.cancelled():
            raise Cancelled
    store.acknowledge()
    return report


def pseudonym_key(store: Store) -> bytes:
    """The store's key for pseudonyms of children who come without a reference of the council's own; made when first needed."""
    with store.transaction() as cursor:
        rows = cursor.execute("SELECT key FROM meta_sen2_key").fetchall()
        if not rows:
            rows = [(secrets.token_hex(32),)]
            cursor.execute("INSERT INTO meta_sen2_key VALUES ($key)", {"key": rows[0][0]})
    return bytes.fromhex(str(rows[0][0]))


def utc(now: datetime | None) -> datetime:
    """A time of loading as the store keeps it: UTC to the second, without zone. The clock's where none is given."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _already(store: Store, job: _Job, replaced: str | None) -> str | None:
    """The batch that these bytes made before, if it stands. A batch to be replaced must stand too, unless these bytes replaced it before."""
    with store.cursor() as cursor:
        standing = cursor.execute(
            "SELECT batch_id, replaces FROM meta_batch "
            "WHERE sha256 = $sha AND source = $source AND withdrawn_by IS NULL AND batch_id IS DISTINCT FROM $replaced",
            {"sha": job.sha256, "source": job.source.name, "replaced": replaced},
        ).fetchall()
        if standing and replaced not in (None, standing[0][1]):
            raise WrongUsage(f"{job.path.name} is loaded already, as batch {standing[0][0]}; it cannot take the place of batch {replaced}.", "loaded_elsewhere")
        if standing:
            return str(standing[0][0])
        gone = cursor.execute("SELECT withdrawn_by FROM meta_batch WHERE batch_id = $replaced AND withdrawn_by IS NOT NULL", {"replaced": replaced}).fetchall()
    if gone:
        raise WrongUsage(f"Batch {replaced} was already replaced by batch {gone[0][0]}.", "batch_withdrawn")
    return None
