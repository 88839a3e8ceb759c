"""Files read for one call: in a child process with limits, or here when they are small plain text.

Small plain text is read here because a child takes 0.4 s to start, and up to `SMALL` bytes the `csv` module needs less than that and some
tens of megabytes, whatever the bytes are. Everything else, above all what a parser in C or Rust reads, is read in the child.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from data import damage
from data.child import Child
from data.errors import Cancelled, InputRejected, UserError
from data.glimpse import Preview, glimpse
from data.keeping import unread
from data.parse import Recognised, recognised
from data.readers.guard import expect_size, fingerprint, guard, is_plain_text
from data.readers.worker import NO_ROOM
from data.spool import Spooled, spool

SMALL = 1_000_000  # bytes of all files of a call together
MEMORY_MB = 1000
SECONDS = 30.0  # for any file, and per megabyte of a large one: three times what the slowest honest one, a workbook, takes on a busy laptop
SECONDS_A_MB = 2.0
_LOOK = 0.01
WORKER = "data.readers.worker"

Tell = Callable[[float], None]
Asked = Callable[[], bool]


@dataclass(frozen=True)
class Known:
    """What a file is. `keeps`: the columns that its rows take from the versions before them."""

    source: str
    profile: str | None
    sha256: str
    keeps: Sequence[str] = ()


class Reader(Protocol):
    """Reads the files of a call by their number. InputRejected as the readers say; Cancelled when asked to stop."""

    def know(self, number: int, cancelled: Asked = ...) -> Known:
        """What a file is, by its header."""

    def read(self, number: int, tell: Tell = ..., cancelled: Asked = ...) -> Spooled:
        """A file's typed rows."""

    def ahead(self, number: int) -> None:
        """This file will be read next: a child may begin."""

    def preview(self, number: int) -> Preview:
        """A file's head."""

    def close(self) -> None:
        """Lets go of whatever reads."""

    def own(self, name: str) -> Path:
        """A private folder, which goes when the call is over."""


def _never() -> bool:
    return False


def _silent(_share: float) -> None:
    return


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


class Here:
    """Reads in this process: the child's own work, small texts, and files that the product itself wrote."""

    def __init__(self, paths: Sequence[Path], source: str | None, profile: str | None, folder: Path) -> None:
        self._paths, self._source, self._profile, self._folder = list(paths), source, profile, folder
        self._last: tuple[int, Recognised] | None = None  # one at a time: an open workbook holds its cells

    def _opened(self, number: int) -> Recognised:
        if self._last is None or self._last[0] != number:
            self._last = None
            self._last = number, recognised(guard(self._paths[number], self.own(str(number))), self._source, self._profile)
        return self._last[1]

    def own(self, name: str) -> Path:
        return _made(self._folder / name)

    def know(self, number: int, cancelled: Asked = _never) -> Known:
        mapping = self._opened(number).mapping
        kept = unread(mapping.source, mapping.picks).columns if mapping.keeps else ()
        return Known(mapping.source.name, mapping.profile, fingerprint(self._paths[number]), kept)

    def read(self, number: int, tell: Tell = _silent, cancelled: Asked = _never) -> Spooled:
        folder = self.own(str(number))
        spool(self._opened(number), folder, tell, cancelled)
        return Spooled(folder)

    def ahead(self, number: int) -> None:
        """Nothing reads beside this process."""

    def preview(self, number: int) -> Preview:
        return glimpse(self._opened(number))

    def close(self) -> None:
        self._last = None


class InChild:
    """Reads in a child with limits. A child that dies takes only the file it was reading with it: the next file gets a new one."""

    def __init__(self, paths: Sequence[Path], source: str | None, profile: str | None, folder: Path) -> None:
        self._paths, self._folder = list(paths), folder
        self._child: Child | None = None
        self._under_way: tuple[str, int] | None = None
        call = {"paths": [str(Path(path).resolve()) for path in paths], "source": source, "profile": profile}
        (folder / "call.json").write_text(json.dumps(call), encoding="utf-8")

    def know(self, number: int, cancelled: Asked = _never) -> Known:
        expect_size(self._paths[number])
        return Known(**self._answer("know", number, _silent, cancelled))

    def read(self, number: int, tell: Tell = _silent, cancelled: Asked = _never) -> Spooled:
        self._answer("read", number, tell, cancelled)
        return Spooled(self._folder / str(number))

    def ahead(self, number: int) -> None:
        self._begin("read", number)

    def preview(self, number: int) -> Preview:
        expect_size(self._paths[number])
        return Preview.from_json(self._answer("preview", number, _silent, _never))

    def own(self, name: str) -> Path:
        return _made(self._folder / name)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _begin(self, order: str, number: int) -> Child:
        if self._child is None:
            self._child = Child(WORKER, [str(self._folder)], seconds=SECONDS, memory_mb=MEMORY_MB, orders=True)
        if self._under_way != (order, number):
            self._under_way = order, number
            self._child.allow(seconds_for(self._paths[number]))
            self._child.order(f"{order} {number}")
        return self._child

    def _answer(self, order: str, number: int, tell: Tell, cancelled: Asked) -> dict[str, Any]:
        """Waits for the child's answer to an order. InputRejected when it refuses the file or dies of it; Cancelled when asked to stop."""
        child = self._begin(order, number)
        answer, rejected = (self._folder / str(number) / f"{name}.json" for name in (order, "rejected"))
        while True:
            alive = child.running  # before looking, so that an answer given with the last breath is seen
            if answer.exists() or rejected.exists():
                break
            if not alive:
                raise self._died(number)
            if cancelled():
                self.close()
                raise Cancelled
            tell(child.progress[0] or 0.0)
            time.sleep(_LOOK)
        self._under_way = None
        child.rest()
        if rejected.exists():
            document = json.loads(rejected.read_text(encoding="utf-8"))
            rejected.unlink()
            raise InputRejected(document["message"], document["code"]) if document["message"] else self._over(number, "1 GB of memory")
        return dict(json.loads(answer.read_text(encoding="utf-8")))

    def _died(self, number: int) -> UserError:
        reason = self._child.ended_for if self._child else ""
        code, _, last_line = self._child.result() if self._child else (0, "", "")
        self.close()
        self._under_way = None
        if reason == "time":
            return self._over(number, f"{seconds_for(self._paths[number]):.0f} seconds")
        if reason == "memory":
            return self._over(number, "1 GB of memory")
        if code == NO_ROOM:
            return damage.unwritten(f"The working copy of {self._paths[number].name}", OSError(code, last_line))
        told = f"{self._paths[number].name} made the program that reads files end; it is damaged or far too large. Save the table as CSV UTF-8 and load that."
        return InputRejected(told, "reader_failed")

    def _over(self, number: int, limit: str) -> InputRejected:
        name = self._paths[number].name
        return InputRejected(f"{name} could not be read within {limit}; split it by year, or save the table as CSV UTF-8, and load that.", "reader_limit")


def seconds_for(path: Path) -> float:
    """How long reading a file may take."""
    return SECONDS + SECONDS_A_MB * path.stat().st_size / 1e6


def suited(paths: Sequence[Path]) -> type[Here] | type[InChild]:
    """The reader for these files: `Here` when they are plain text and small together."""
    try:
        if sum(path.stat().st_size for path in paths) <= SMALL and all(map(is_plain_text, paths)):
            return Here
    except OSError:
        return Here  # what cannot be looked at is refused there with its sentence
    return InChild


@contextmanager
def reading(paths: Sequence[Path], source: str | None, profile: str | None, kind: type[Here] | type[InChild] | None = None) -> Iterator[Reader]:
    """A reader for the files of one call, with a private folder that goes when the call is over."""
    files = [Path(path) for path in paths]
    with tempfile.TemporaryDirectory(prefix="placements-read-", ignore_cleanup_errors=True) as folder:
        reader: Reader = (kind or suited(files))(files, source, profile, Path(folder))
        try:
            yield reader
        finally:
            reader.close()
