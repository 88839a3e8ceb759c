"""Files read in this process: the child's own work, small texts, and files that the product itself wrote."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from data import sen2
from data.errors import Cancelled
from data.glimpse import Preview, glimpse
from data.keeping import unread
from data.parse import Recognised, opened, understood
from data.readers import Opened
from data.readers.guard import fingerprint, first_bytes, guard
from data.sen2.tables import shape_of
from data.spool import Spooled, spool, spool_whole
from data.typed import Whole

Tell = Callable[[float], None]
Asked = Callable[[], bool]


@dataclass(frozen=True)
class Known:
    """What a file is. `keeps`: the columns that its rows take from the versions before them. `of_return`: a table of SEN2, read with the others."""

    source: str
    profile: str | None
    sha256: str
    keeps: Sequence[str] = ()
    of_return: bool = False


def never() -> bool:
    """Nobody asks to stop."""
    return False


def silent(_share: float) -> None:
    """Nobody hears how far it is."""


def made(folder: Path) -> Path:
    """A folder of the call's own."""
    folder.mkdir(exist_ok=True)
    return folder


def filled_folder(order: int, source: str) -> str:
    """Where the rows lie that a return, read from the file at `order`, brings to a source."""
    return f"{order}-{source}"


class Here:
    """Reads in this process; what it answers, and what it raises, is said at `reading.Reader`."""

    def __init__(self, paths: Sequence[Path], source: str | None, profile: str | None, folder: Path) -> None:
        self._paths, self._source, self._profile, self._folder = list(paths), source, profile, folder
        self._may_fill = sen2.may_fill(source, profile)
        self._last: tuple[int, Opened] | None = None  # one at a time: an open workbook holds its cells

    def _opened(self, number: int) -> Opened:
        if self._last is None or self._last[0] != number:
            self._last = None
            self._last = number, opened(guard(self._paths[number], self.own(str(number))), self._source, self._profile)
        return self._last[1]

    def _is_message(self, number: int) -> bool:
        return self._may_fill and sen2.is_message(first_bytes(self._paths[number], sen2.START))

    def _is_table(self, number: int) -> bool:
        return self._may_fill and shape_of(self._opened(number).header) is not None

    def _understood(self, number: int) -> Recognised:
        return understood(self._opened(number), self._source, self._profile)

    def own(self, name: str) -> Path:
        return made(self._folder / name)

    def know(self, number: int, cancelled: Asked = never) -> Known:
        if self._is_table(number):
            return Known("", None, fingerprint(self._paths[number]), of_return=True)
        mapping = self._understood(number).mapping
        kept = unread(mapping.source, mapping.picks).columns if mapping.keeps else ()
        return Known(mapping.source.name, mapping.profile, fingerprint(self._paths[number]), kept)

    def read(self, number: int, tell: Tell = silent, cancelled: Asked = never) -> Spooled:
        folder = self.own(str(number))
        spool(self._understood(number), folder, tell, cancelled)
        return Spooled(folder)

    def gather(self, numbers: Sequence[int], asked: sen2.Asked, tell: Tell = silent, cancelled: Asked = never) -> sen2.Gathered:
        def step(share: float) -> None:
            if cancelled():
                raise Cancelled
            tell(share)

        def keep(order: int, source: str, whole: Whole) -> None:
            spool_whole(whole, self.own(filled_folder(order, source)))

        means = sen2.Means(keep, step)
        self._last = None
        if len(numbers) == 1 and self._is_message(numbers[0]):
            return sen2.gather_message(numbers[0], self._paths[numbers[0]], asked, means)
        files = [sen2.File(number, self._paths[number], partial(self._opened, number)) for number in numbers]
        found = sen2.gather_tables(files, asked, means)
        self._last = None
        return found

    def filled(self, order: int, source: str) -> Spooled:
        return Spooled(self.own(filled_folder(order, source)))

    def ahead(self, number: int) -> None:
        """Nothing reads beside this process."""

    def preview(self, number: int) -> Preview:
        from data.sen2 import look

        if self._is_message(number):
            return look.look_at_message(self._paths[number], datetime.now(UTC).astimezone().date(), secrets.token_bytes(16))
        if self._is_table(number):
            return look.look_at_table(self._opened(number), secrets.token_bytes(16))
        return glimpse(self._understood(number))

    def close(self) -> None:
        self._last = None
