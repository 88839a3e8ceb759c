"""Files into the store: read, type, check, settle, one transaction a file with rows, quarantine and manifest, then the ledger outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data import pseudonym
from data.batch import Arrival, LoadReport, recall, write
from data.errors import Cancelled, InputRejected, WrongUsage
from data.parse import Recognised, parse, recognised
from data.preview import Preview, preview
from data.profiles import profile_named, source_named
from data.readers import fingerprint, read_bytes
from data.sources import SOURCES, Source

if TYPE_CHECKING:
    from data.store import Store

__all__ = ["LoadReport", "Preview", "load_files", "preview"]

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class _Job:
    """One file of a call. `order` is its place in the call; `data` its bytes, read once."""

    order: int
    path: Path
    known: Recognised
    sha256: str

    @property
    def source(self) -> Source:
        return self.known.mapping.source


@dataclass(frozen=True)
class _Call:
    """What holds for every file of a call."""

    is_sample: bool
    today: date
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
) -> list[LoadReport]:
    """Loads files, parents first, each in its own transaction; one report a file in the order given, rejected ones too.

    `replace` withdraws that batch together with the file of its source. WrongUsage for a file that is not there, an unknown source, profile
    or batch; Cancelled leaves the files loaded so far.
    """
    day, tell = today or datetime.now(UTC).astimezone().date(), progress or (lambda _step, _share: None)
    call = _Call(is_sample, day, tell, cancelled or (lambda: False), pseudonym.of(store))
    _expect_names(paths, source, profile)
    reports: dict[int, LoadReport] = {}
    jobs: list[_Job] = []
    for order, path in enumerate(paths):
        try:
            data = read_bytes(Path(path))
            jobs.append(_Job(order, Path(path), recognised(data, Path(path).name, source, profile), fingerprint(data)))
        except InputRejected as error:
            reports[order] = LoadReport.rejection(str(path), error)
    replaced_source = _replaced_source(store, replace, jobs)
    for job in jobs:
        if job.source.name == replaced_source:
            _already(store, job, replace)  # says before anything is written that it cannot be replaced
    rank = list(SOURCES)
    jobs.sort(key=lambda job: (rank.index(job.source.name), job.order))
    try:
        for done, job in enumerate(jobs):
            call.progress(f"Loading {job.path.name}", 0.9 * done / len(jobs))
            reports[job.order] = _load_one(store, job, replace if job.source.name == replaced_source else None, call)
    except Cancelled:
        _renew(store, list(reports.values()), call)
        raise
    _renew(store, list(reports.values()), call)
    return [reports[order] for order in sorted(reports)]


def _renew(store: Store, reports: list[LoadReport], call: _Call) -> None:
    """Proposals for suppliers and the marts follow from what was loaded."""
    loaded = {report.source for report in reports if not report.already_loaded and not report.rejected}
    call.progress("Working out costs", 0.9)
    if loaded & {"settings", "payments"}:
        from data import matching  # its string matching is slow to import and needed here alone

        matching.refresh(store)
    elif loaded:
        store.rebuild_marts()
    call.progress("Loaded", 1.0)


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
        rows = cursor.execute("SELECT source FROM meta_batch WHERE batch_id = $batch", {"batch": batch_id}).fetchall()
    if not rows:
        raise WrongUsage(f"There is no batch '{batch_id}' to replace.", "unknown_batch")
    source = str(rows[0][0])
    if jobs and len([job for job in jobs if job.source.name == source]) != 1:
        raise WrongUsage(f"Batch {batch_id} holds {source}; name exactly one file of {source} to replace it.", "replace_one_file")
    return source


def _load_one(store: Store, job: _Job, replaced: str | None, call: _Call) -> LoadReport:
    earlier = _already(store, job, replaced)
    if earlier:
        with store.cursor() as cursor:
            return recall(cursor, earlier, str(job.path))
    try:
        rows = pseudonym.pseudonymise(parse(job.known, call.cancelled), call.names)
    except InputRejected as error:
        return LoadReport.rejection(str(job.path), error, job.source.name, job.sha256)
    if call.cancelled():
        raise Cancelled
    mapping = job.known.mapping
    arrival = Arrival(str(job.path), job.path.name, mapping.source, job.sha256, mapping.profile, replaced, call.is_sample, call.today)
    with store.transaction() as cursor:
        report = write(cursor, arrival, rows)
        if call.cancelled():
            raise Cancelled
    store.acknowledge()
    return report


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
