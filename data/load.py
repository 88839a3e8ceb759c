"""Files into the store: read and typed by a reader, then checked, settled and written, one transaction a file, then the ledger outside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data import damage, pseudonym
from data.batch import Arrival, LoadReport, recall, write
from data.errors import Cancelled, InputRejected, WrongUsage
from data.jobs import Job, Wanted, Watch, already, jobs_of, standing_of
from data.preview import Preview, preview
from data.profiles import profile_named, source_named
from data.reading import Asked, Here, InChild, Reader, reading
from data.sen2 import Gathered
from data.stopping import stoppable

if TYPE_CHECKING:
    from data.store import Store

__all__ = ["LoadReport", "Preview", "load_files", "preview"]

Progress = Callable[[str, float], None]
READ_UP_TO, _WRITTEN = 0.05, 0.9  # share of the work when the headers are known, and when all files are written
_READ = 0.6  # of one file
_RETURNS_READ = 0.4  # share of the work when SEN2 returns are read


@dataclasses.dataclass(frozen=True)
class _Call:
    """What holds for every file of a call."""

    is_sample: bool
    today: date
    now: datetime | None
    progress: Progress
    cancelled: Asked
    names: pseudonym.Pseudonyms | None
    each: Callable[[LoadReport], None]
    begun: float = READ_UP_TO

    def look(self, paths: Sequence[Path], order: int) -> Asked:
        """Tells that the file at `order` is looked at. Cancelled when asked to stop."""
        if self.cancelled():
            raise Cancelled
        self.progress(f"Looking at {Path(paths[order]).name}", READ_UP_TO * order / len(paths))
        return self.cancelled

    def tell(self, words: str, place: int, jobs: list[Job], share: float) -> None:
        """Tells how far the call is: `share` of the file at `place`."""
        self.progress(f"{words} {jobs[place].path.name}", self.begun + (_WRITTEN - self.begun) * (place + share) / len(jobs))

    def tell_return(self, path: Path, share: float) -> None:
        """Tells how far the SEN2 returns are, which are read before any file is written."""
        self.progress(f"Reading {Path(path).name}", READ_UP_TO + (_RETURNS_READ - READ_UP_TO) * share)


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
    reader: type[Here] | type[InChild] | None = None,
    each: Callable[[LoadReport], None] = lambda _report: None,
) -> list[LoadReport]:
    """Loads files, parents first, each in its own transaction; one report a file in the order given, rejected ones too.

    `replace` withdraws that batch together with the file of its source. `reader` is chosen by the files (`data.reading`) unless named: `Here` for
    files the product wrote itself. WrongUsage for a file that is not there, an unknown source, profile or batch; Cancelled leaves the files
    loaded so far and names them. `each` hears of a file as soon as it is kept or refused.
    `today` is the day that rules compare with; `now` (UTC) the time of loading, the clock's if not given.
    """
    day, tell = today or datetime.now(UTC).astimezone().date(), progress or (lambda _step, _share: None)
    _expect_names(paths, source, profile)
    call = _Call(is_sample, day, now, tell, cancelled or (lambda: False), pseudonym.of(store), each)
    with reading(paths, source, profile, reader) as chosen:
        return _load_all(store, paths, Wanted(source, profile, day), replace, call, chosen)


def _load_all(store: Store, paths: Sequence[Path], wanted: Wanted, replace: str | None, call: _Call, reader: Reader) -> list[LoadReport]:
    reports: dict[int, list[LoadReport]] = {}

    def add(order: int, report: LoadReport) -> None:
        reports.setdefault(order, []).append(report)
        call.each(report)

    watch = Watch(lambda order: call.look(paths, order), lambda order, share: call.tell_return(paths[order], share))
    jobs, gathered = jobs_of(store, paths, wanted, reader, watch)
    if gathered.filled:
        call = dataclasses.replace(call, begun=_RETURNS_READ)
    for order, error in gathered.rejected.items():
        add(order, LoadReport.rejection(str(paths[order]), error))
    replaced_source = _replaced_source(store, replace, jobs)
    for job in jobs:
        if job.source.name == replaced_source:
            already(store, job, replace)  # says before anything is written that it cannot be replaced
    try:
        for place, job in enumerate(jobs):
            replaced = replace if job.source.name == replaced_source else None
            add(job.order, _load_one(store, job, replaced, call, (place, jobs)))
    except Cancelled as stopped:
        _renew(store, _flat(reports), call)
        raise _stopped(_flat(reports)) from stopped
    _renew(store, _flat(reports), call)
    _add_companions(reports, gathered, paths, add)
    return _flat(reports)


def _stopped(reports: list[LoadReport]) -> Cancelled:
    """What a person who stopped a load is told: files loaded before that stay."""
    kept = [Path(report.file).name for report in reports if report.batch_id and not report.already_loaded]
    if not kept:
        return Cancelled()
    return Cancelled(f"Stopped at your request; loaded before that, and kept: {', '.join(kept)}. Nothing else was changed; load the rest when you are ready.")


def _add_companions(reports: dict[int, list[LoadReport]], gathered: Gathered, paths: Sequence[Path], add: Callable[[int, LoadReport], None]) -> None:
    mains = {order: list(reports.get(order, ())) for order in range(len(paths))}
    for companion in gathered.companions:
        read_with = [report for order in companion.mains for report in mains[order]]
        add(companion.order, LoadReport.companion(str(paths[companion.order]), companion, read_with))


def _flat(reports: dict[int, list[LoadReport]]) -> list[LoadReport]:
    return [report for order in sorted(reports) for report in reports[order]]


def _renew(store: Store, reports: list[LoadReport], call: _Call) -> None:
    call.progress("Working out costs", 0.9)
    renew(store, {report.source for report in reports if report.source and not report.already_loaded and not report.rejected})
    call.progress("Done", 1.0)


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


def _replaced_source(store: Store, batch_id: str | None, jobs: list[Job]) -> str | None:
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


def _load_one(store: Store, job: Job, replaced: str | None, call: _Call, among: tuple[int, list[Job]]) -> LoadReport:
    """Loads the file that is `among` the call's jobs at that place; while it is written, the reader may begin with the next one."""
    place, jobs = among
    earlier = already(store, job, replaced)
    if earlier:
        with store.cursor() as cursor:
            return recall(cursor, earlier, str(job.path))
    try:
        rows = job.read(lambda share: call.tell("Reading", place, jobs, _READ * share), call.cancelled)
        pseudonym.pseudonymise(rows, call.names)
    except InputRejected as error:
        return LoadReport.rejection(str(job.path), error, job.source.name, job.sha256)
    except OSError as error:
        raise damage.unwritten(f"The working copy of {job.path.name}", error) from error
    if call.cancelled():
        raise Cancelled
    for following in jobs[place + 1 : place + 2]:
        if not standing_of(store, following):
            following.ahead()
    arrival = Arrival(str(job.path), job.path.name, job.source, job.sha256, job.profile, replaced, call.is_sample, call.today, utc(call.now), job.keeping)
    with store.transaction() as cursor:
        with stoppable(cursor, call.cancelled):
            report = write(cursor, arrival, rows, lambda words, share: call.tell(words, place, jobs, _READ + (1 - _READ) * share))
        if call.cancelled():
            raise Cancelled
    store.acknowledge()
    return report


def utc(now: datetime | None) -> datetime:
    """A time of loading as the store keeps it: UTC to the second, without zone. The clock's where none is given."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None, microsecond=0)
