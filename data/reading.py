"""Files read for one call: in a child process with limits, or here when they are small plain text.

Small plain text is read here because a child takes 0.4 s to start, and up to `SMALL` bytes the `csv` module needs less than that and some
tens of megabytes, whatever the bytes are. Everything else, above all what a parser in C or Rust reads, is read in the child.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from data import damage, sen2
from data.child import Child
from data.errors import Cancelled, InputRejected, UserError
from data.glimpse import Preview
from data.here import Asked, Here, Known, Tell, filled_folder, made, never, silent
from data.readers.guard import expect_size, is_plain_text
from data.readers.worker import NO_ROOM
from data.scratch import scratch, sweep
from data.spool import Spooled

__all__ = ["Asked", "Here", "InChild", "Known", "Reader", "Tell", "reading", "seconds_for", "suited"]

SMALL = 1_000_000  # bytes of all files of a call together
MEMORY_MB = 1000
SECONDS = 30.0  # for any file, and per megabyte of a large one: three times what the slowest honest one, a workbook, takes on a busy laptop
SECONDS_A_MB = 2.0
_LOOK = 0.01
WORKER = "data.readers.worker"
_MEND = "split it by year, or save the table as CSV UTF-8, and load that"
_MEND_RETURN = "export the return again, and load its tables as CSV UTF-8 or else its XML message"


class Reader(Protocol):
    """Reads the files of a call by their number. InputRejected as the readers say; Cancelled when asked to stop."""

    def know(self, number: int, cancelled: Asked = ...) -> Known:
        """What a file is, by its header."""

    def read(self, number: int, tell: Tell = ..., cancelled: Asked = ...) -> Spooled:
        """A file's typed rows."""

    def gather(self, numbers: Sequence[int], asked: sen2.Asked, tell: Tell = ..., cancelled: Asked = ...) -> sen2.Gathered:
        """What a return comes to that these files are: its tables, or one message. Its rows are kept for `filled`."""

    def filled(self, order: int, source: str) -> Spooled:
        """The rows that a gathered return brings to a source from the file at `order`."""

    def ahead(self, number: int) -> None:
        """This file will be read next: a child may begin."""

    def preview(self, number: int) -> Preview:
        """A file's head."""

    def close(self) -> None:
        """Lets go of whatever reads."""

    def own(self, name: str) -> Path:
        """A private folder, which goes when the call is over."""


class InChild:
    """Reads in a child with limits. A child that dies takes only the file it was reading with it: the next file gets a new one."""

    def __init__(self, paths: Sequence[Path], source: str | None, profile: str | None, folder: Path) -> None:
        self._paths, self._folder = list(paths), folder
        self._child: Child | None = None
        self._under_way: tuple[str, int] | None = None
        self._allowed = SECONDS
        self._mend = _MEND
        call = {"paths": [str(Path(path).resolve()) for path in paths], "source": source, "profile": profile}
        (folder / "call.json").write_text(json.dumps(call), encoding="utf-8")

    def know(self, number: int, cancelled: Asked = never) -> Known:
        expect_size(self._paths[number])
        return Known(**self._answer("know", number, silent, cancelled))

    def read(self, number: int, tell: Tell = silent, cancelled: Asked = never) -> Spooled:
        self._answer("read", number, tell, cancelled)
        return Spooled(self._folder / str(number))

    def gather(self, numbers: Sequence[int], asked: sen2.Asked, tell: Tell = silent, cancelled: Asked = never) -> sen2.Gathered:
        files = [self._paths[number] for number in numbers]
        seconds = seconds_for(*files)
        detail = json.dumps(asked.to_json() | {"numbers": list(numbers)})
        self._mend = _MEND_RETURN
        try:
            found = sen2.Gathered.from_json(self._answer("gather", numbers[0], tell, cancelled, detail, seconds))
        except InputRejected as error:
            return sen2.together_rejected(numbers, error)
        finally:
            self._mend = _MEND
        if sum(path.stat().st_size for path in files) > SMALL:
            self.close()  # the next file gets the whole of the memory
        return found

    def filled(self, order: int, source: str) -> Spooled:
        return Spooled(self.own(filled_folder(order, source)))

    def ahead(self, number: int) -> None:
        self._begin("read", number)

    def preview(self, number: int) -> Preview:
        expect_size(self._paths[number])
        return Preview.from_json(self._answer("preview", number, silent, never))

    def own(self, name: str) -> Path:
        return made(self._folder / name)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _begin(self, order: str, number: int, detail: str = "", seconds: float = 0.0) -> Child:
        if self._child is None:
            self._child = Child(WORKER, [str(self._folder)], seconds=SECONDS, memory_mb=MEMORY_MB, orders=True)
        if self._under_way != (order, number):
            self._under_way = order, number
            self._allowed = seconds or seconds_for(self._paths[number])
            self._child.allow(self._allowed)
            self._child.order(f"{order} {number} {detail}")
        return self._child

    def _answer(self, order: str, number: int, tell: Tell, cancelled: Asked, detail: str = "", seconds: float = 0.0) -> dict[str, Any]:
        """Waits for the child's answer to an order. InputRejected when it refuses the file or dies of it; Cancelled when asked to stop."""
        child = self._begin(order, number, detail, seconds)
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
            return self._over(number, f"{self._allowed:.0f} seconds")
        if reason == "memory":
            return self._over(number, "1 GB of memory")
        if code == NO_ROOM:
            return damage.unwritten(f"The working copy of {self._paths[number].name}", OSError(code, last_line))
        told = f"{self._paths[number].name} made the program that reads files end; it is damaged or far too large; {self._mend}."
        return InputRejected(told, "reader_failed")

    def _over(self, number: int, limit: str) -> InputRejected:
        name = self._paths[number].name
        return InputRejected(f"{name} could not be read within {limit}; {self._mend}.", "reader_limit")


def seconds_for(*paths: Path) -> float:
    """How long reading a file, or the files of a return, may take."""
    return SECONDS + SECONDS_A_MB * sum(path.stat().st_size for path in paths) / 1e6


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
    sweep()
    with scratch("read") as folder:
        reader: Reader = (kind or suited(files))(files, source, profile, Path(folder))
        try:
            yield reader
        finally:
            reader.close()
