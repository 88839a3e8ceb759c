"""Files into the store: read and typed by a reader, then checked, settled and written, one transaction a file, then the ledger outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data.batch import Arrival, LoadReport, recall, write
from data.errors import Cancelled, InputRejected, WrongUsage
from data.preview import Preview, preview
from data.profiles import profile_named, source_named
from data.reading import Here, InChild, Known, Reader, reading
from data.sources import SOURCES, Source
from data.stopping import stoppable

if TYPE_CHECKING:
    from data.store import Store

__all__ = ["LoadReport", "Preview", "load_files", "preview"]

Progress = Callable[[str, float], None]
READ_UP_TO, _WRITTEN = 0.05, 0.9  # share of the work when the headers are known, and when all files are written
_READ = 0.6  # of one file


@dataclass(frozen=True)
class _Job:
    """One file of a call; `order` is its place in the call."""

    order: int
    path: Path
    known: Known

    @property
    def source(self) -> Source:
        return SOURCES[self.known.source]


@dataclass(frozen=True)
class _Call:
    """What holds for every file of a call."""

    is_sample: bool
    today: date
    progress: Progress
    cancelled: Callable[[], bool]
    reader: Reader

    def tell(self, words: str, place: int, jobs: list[_Job], share: float) -> None:
        """Tells how far the call is: `share` of the file at `place`."""
        self.progress(f"{words} {jobs[place].path.name}", READ_UP_TO + (_WRITTEN - READ_UP_TO) * (place + share) / len(jobs))


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
    reader: type[Here] | type[InChild] | None = None,
) -> list[LoadReport]:
    """Loads files, parents first, each in its own transaction; one report a file in the order given, rejected ones too.

    `replace` withdraws that batch together with the file of its source. `reader` is chosen by the files (`data.reading`) unless named: `Here` for
    files the product wrote itself. WrongUsage for a file that is not there, an unknown source, profile or batch; Cancelled leaves the files
    loaded so far.
    """
    _expect_names(paths, source, profile)
    with reading(paths, source, profile, reader) as chosen:
        day = today or datetime.now(UTC).astimezone().date()
        call = _Call(is_sample, day, progress or (lambda _step, _share: None), cancelled or (lambda: False), chosen)
        reports: dict[int, LoadReport] = {}
        jobs = _known(paths, call, reports)
        replaced_source = _replaced_source(store, replace, jobs)
        for job in jobs:
            if job.source.name == replaced_source:
                _already(store, job, replace)  # says before anything is written that it cannot be replaced
        try:
            for done, job in enumerate(jobs):
                replaced = replace if job.source.name == replaced_source else None
                reports[job.order] = _load_one(store, job, replaced, call, (done, jobs))
        except Cancelled:
            _renew(store, list(reports.values()), call)
            raise
        _renew(store, list(reports.values()), call)
    return [reports[order] for order in sorted(reports)]


def _known(paths: Sequence[Path], call: _Call, reports: dict[int, LoadReport]) -> list[_Job]:
    """What each file is, in the order of loading: parents first. A file that is refused gets its report."""
    jobs = []
    for order, path in enumerate(paths):
        if call.cancelled():
            raise Cancelled
        call.progress(f"Looking at {Path(path).name}", READ_UP_TO * order / len(paths))
        try:
            jobs.append(_Job(order, Path(path), call.reader.know(order, call.cancelled)))
        except InputRejected as error:
            reports[order] = LoadReport.rejection(str(path), error)
    rank = list(SOURCES)
    return sorted(jobs, key=lambda job: (rank.index(job.source.name), job.order))


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


def _load_one(store: Store, job: _Job, replaced: str | None, call: _Call, among: tuple[int, list[_Job]]) -> LoadReport:
    """Loads the file that is `among` the call's jobs at that place; while it is written, the reader may begin with the next one."""
    place, jobs = among
    earlier = _already(store, job, replaced)
    if earlier:
        with store.cursor() as cursor:
            return recall(cursor, earlier, str(job.path))
    try:
        rows = call.reader.read(job.order, lambda share: call.tell("Reading", place, jobs, _READ * share), call.cancelled)
    except InputRejected as error:
        return LoadReport.rejection(str(job.path), error, job.source.name, job.known.sha256)
    if call.cancelled():
        raise Cancelled
    for following in jobs[place + 1 : place + 2]:
        if not _standing(store, following, None):
            call.reader.ahead(following.order)
    arrival = Arrival(str(job.path), job.path.name, job.source, job.known.sha256, job.known.profile, replaced, call.is_sample, call.today)
    with store.transaction() as cursor:
        with stoppable(cursor, call.cancelled):
            report = write(cursor, arrival, rows, lambda words, share: call.tell(words, place, jobs, _READ + (1 - _READ) * share))
        if call.cancelled():
            raise Cancelled
    store.acknowledge()
    return report


def _already(store: Store, job: _Job, replaced: str | None) -> str | None:
    """The batch that these bytes made before, if it stands. A batch to be replaced must stand too, unless these bytes replaced it before."""
    standing = _standing(store, job, replaced)
    if standing and replaced not in (None, standing[0][1]):
        raise WrongUsage(f"{job.path.name} is loaded already, as batch {standing[0][0]}; it cannot take the place of batch {replaced}.", "loaded_elsewhere")
    if standing:
        return str(standing[0][0])
    with store.cursor() as cursor:
        gone = cursor.execute("SELECT withdrawn_by FROM meta_batch WHERE batch_id = $replaced AND withdrawn_by IS NOT NULL", {"replaced": replaced}).fetchall()
    if gone:
        raise WrongUsage(f"Batch {replaced} was already replaced by batch {gone[0][0]}.", "batch_withdrawn")
    return None


def _standing(store: Store, job: _Job, replaced: str | None) -> list[tuple[str, str | None]]:
    """The batches that these bytes made before and that stand, with the batch each replaced; one to be replaced apart."""
    with store.cursor() as cursor:
        return cursor.execute(
            "SELECT batch_id, replaces FROM meta_batch "
            "WHERE sha256 = $sha AND source = $source AND withdrawn_by IS NULL AND batch_id IS DISTINCT FROM $replaced",
            {"sha": job.known.sha256, "source": job.source.name, "replaced": replaced},
        ).fetchall()
