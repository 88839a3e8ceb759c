"""What the files of one call bring to which sources, in the order of loading: by the reader of ordinary files, or as parts of a SEN2 return."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data import sen2
from data.errors import InputRejected, UserError, WrongUsage
from data.keeping import Keeping
from data.readers.guard import first_bytes
from data.reading import Asked, Reader, Tell
from data.sen2 import Filled, Gathered
from data.sources import SOURCES, Source
from data.spool import Spooled

if TYPE_CHECKING:
    from data.store import Store


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Job:
    """What one file brings to one source. `order` is the file's place in the call; `year` that of a census, so that an older one comes first.

    `read` reads the rows; `ahead` says that they are wanted next, so that a child may begin.
    """

    order: int
    path: Path
    source: Source
    sha256: str
    profile: str | None
    keeping: Keeping
    read: Callable[[Tell, Asked], Spooled]
    ahead: Callable[[], None] = _nothing
    year: int = 0


@dataclass(frozen=True)
class Wanted:
    """What a call asks of its files: the source and profile that a person named, and the day it is."""

    source: str | None
    profile: str | None
    today: date

    def start_of(self, path: Path) -> bytes:
        """The first bytes of a file that may be part of a return, nothing of another. InputRejected when it may not be read."""
        return first_bytes(path, sen2.START) if sen2.may_fill(self.source, self.profile) else b""


@dataclass(frozen=True)
class Watch:
    """Whoever waits. `look` is told before each file which one it is, and answers how to ask whether to stop; `read` hears how far a return is read,
    by the place of its first file and the share of all returns of the call."""

    look: Callable[[int], Asked]
    read: Callable[[int, float], None]


def jobs_of(store: Store, paths: Sequence[Path], wanted: Wanted, reader: Reader, watch: Watch) -> tuple[list[Job], Gathered]:
    """What each file brings, parents first, and what the SEN2 files among them come to; rejections of all files are in the latter."""
    jobs: list[Job] = []
    tables: list[int] = []
    messages: list[int] = []
    refused: dict[int, UserError] = {}
    cancelled: Asked = lambda: False  # noqa: E731
    for order, path in enumerate(map(Path, paths)):
        cancelled = watch.look(order)
        try:
            start = wanted.start_of(path)
            if sen2.is_message(start):
                messages.append(order)
                continue
            known = None if sen2.looks_like(start) else reader.know(order, cancelled)
            if known is None or known.of_return:
                tables.append(order)
                continue
            keeping = Keeping(tuple(known.keeps))
            read, ahead = partial(reader.read, order), partial(reader.ahead, order)
            jobs.append(Job(order, path, SOURCES[known.source], known.sha256, known.profile, keeping, read, ahead))
        except InputRejected as error:
            refused[order] = error
    returns = [*([tables] if tables else []), *([message] for message in messages)]
    gathered = _gathered(store, wanted, reader, returns, watch, cancelled) if returns else Gathered()
    for f in gathered.filled:
        jobs.append(Job(f.order, Path(paths[f.order]), SOURCES[f.source], f.sha256, f.profile, f.keeping, partial(_filled, f, reader), year=f.year))
    gathered.rejected |= refused
    rank = list(SOURCES)
    return sorted(jobs, key=lambda job: (rank.index(job.source.name), job.year, job.order)), gathered


def _gathered(store: Store, wanted: Wanted, reader: Reader, returns: list[list[int]], watch: Watch, cancelled: Asked) -> Gathered:
    """Reads the returns one after the other, each by the places of its files; the first that says its council says it for those after it."""
    gathered = Gathered()
    with store.cursor() as cursor:
        there = sen2.standing(cursor)
    asked = sen2.Asked(wanted.source, there, wanted.today, pseudonym_key(store))
    for place, numbers in enumerate(returns):
        share_of_all = partial(_share_of_all, watch, numbers[0], place, len(returns))
        gathered.add(reader.gather(numbers, asked, share_of_all, cancelled))
        la = there.la or next((one.la for one in gathered.filled if one.la), None)
        asked = replace(asked, standing=replace(there, la=la))
    return gathered


def _share_of_all(watch: Watch, number: int, place: int, returns: int, share: float) -> None:
    watch.read(number, (place + share) / returns)


def _filled(filled: Filled, reader: Reader, tell: Tell, cancelled: Asked) -> Spooled:
    if filled.refusal:
        raise InputRejected(*filled.refusal)
    tell(1.0)
    return reader.filled(filled.order, filled.source)


def pseudonym_key(store: Store) -> bytes:
    """The store's key for pseudonyms of children who come without a reference of the council's own; made with the first return."""
    with store.transaction() as cursor:
        rows = cursor.execute("SELECT key FROM meta_sen2_key").fetchall()
        if not rows:
            rows = [(secrets.token_hex(32),)]
            cursor.execute("INSERT INTO meta_sen2_key VALUES ($key)", {"key": rows[0][0]})
    return bytes.fromhex(str(rows[0][0]))


def already(store: Store, job: Job, replaced: str | None) -> str | None:
    """The batch that these bytes made before, if it stands. A batch to be replaced must stand too, unless these bytes replaced it before."""
    standing = standing_of(store, job, replaced)
    if standing and replaced not in (None, standing[0][1]):
        raise WrongUsage(f"{job.path.name} is loaded already, as batch {standing[0][0]}; it cannot take the place of batch {replaced}.", "loaded_elsewhere")
    if standing:
        return str(standing[0][0])
    with store.cursor() as cursor:
        gone = cursor.execute("SELECT withdrawn_by FROM meta_batch WHERE batch_id = $replaced AND withdrawn_by IS NOT NULL", {"replaced": replaced}).fetchall()
    if gone:
        raise WrongUsage(f"Batch {replaced} was already replaced by batch {gone[0][0]}.", "batch_withdrawn")
    return None


def standing_of(store: Store, job: Job, replaced: str | None = None) -> list[tuple[str, str | None]]:
    """The batches that these bytes made before and that stand, with the batch each replaced; one to be replaced apart."""
    with store.cursor() as cursor:
        return cursor.execute(
            "SELECT batch_id, replaces FROM meta_batch "
            "WHERE sha256 = $sha AND source = $source AND withdrawn_by IS NULL AND batch_id IS DISTINCT FROM $replaced",
            {"sha": job.sha256, "source": job.source.name, "replaced": replaced},
        ).fetchall()
