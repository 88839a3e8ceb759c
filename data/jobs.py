"""What the files of one call bring to which sources, in the order of loading: by the reader of ordinary files, or as parts of a SEN2 return."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data import sen2
from data.errors import InputRejected, UserError, WrongUsage
from data.keeping import Keeping
from data.readers.guard import first_bytes
from data.reading import Asked, Reader, Tell
from data.sen2 import Filled, Gathered, Part
from data.sources import SOURCES, Source
from data.spool import Spooled, spool_whole

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

    def may_be_sen2(self, path: Path) -> bool:
        """Whether a file is to be looked at as part of a return. InputRejected when it may not be read."""
        return not self.profile and self.source in (None, *sen2.FILLED) and sen2.looks_like(first_bytes(path, sen2.START))


def jobs_of(store: Store, paths: Sequence[Path], wanted: Wanted, reader: Reader, look: Callable[[int], Asked]) -> tuple[list[Job], Gathered]:
    """What each file brings, parents first, and what the SEN2 files among them come to; rejections of all files are in the latter.

    `look` is told before each file which one it is, and answers how to ask whether to stop.
    """
    jobs: list[Job] = []
    parts: list[Part] = []
    refused: dict[int, UserError] = {}
    for order, path in enumerate(map(Path, paths)):
        cancelled = look(order)
        try:
            if wanted.may_be_sen2(path):
                parts.append(Part(order, path, first_bytes(path, sen2.START)))
                continue
            known = reader.know(order, cancelled)
            keeping = Keeping(tuple(known.keeps))
            read, ahead = partial(reader.read, order), partial(reader.ahead, order)
            jobs.append(Job(order, path, SOURCES[known.source], known.sha256, known.profile, keeping, read, ahead))
        except InputRejected as error:
            refused[order] = error
    gathered = Gathered()
    if parts:
        with store.cursor() as cursor:
            asked = sen2.Asked(wanted.source, sen2.standing(cursor), wanted.today, partial(pseudonym_key, store))
        gathered = sen2.gather(parts, asked)
        jobs += [Job(f.order, f.path, f.source, f.sha256, f.profile, f.keeping, partial(_spooled, f, reader), year=f.year) for f in gathered.filled]
    gathered.rejected |= refused
    rank = list(SOURCES)
    return sorted(jobs, key=lambda job: (rank.index(job.source.name), job.year, job.order)), gathered


def _spooled(filled: Filled, reader: Reader, tell: Tell, cancelled: Asked) -> Spooled:
    spooled = spool_whole(filled.rows(cancelled), reader.own(f"{filled.order}-{filled.source.name}"))
    tell(1.0)
    return spooled


def pseudonym_key(store: Store) -> bytes:
    """The store's key for pseudonyms of children who come without a reference of the council's own; made when first needed."""
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
