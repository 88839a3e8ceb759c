"""What a call asks of the files of a return and what they come to, as it crosses from one process to the other. Rows go in Arrow files beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from data.errors import InputRejected, UserError
from data.keeping import Keeping
from data.sen2.census import Standing
from data.sen2.tables import FILLED
from data.typed import Warned


@dataclass(frozen=True)
class Asked:
    """What a call asks of the SEN2 files: one source or all, against what stands in the store. `secret` is the store's key for pseudonyms."""

    source: str | None
    standing: Standing
    today: date
    secret: bytes

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(name for name in FILLED if self.source in (None, name))

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "standing": asdict(self.standing), "today": self.today.isoformat(), "secret": self.secret.hex()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Asked:
        """What another process asks."""
        standing, today = Standing(**document["standing"]), date.fromisoformat(document["today"])
        return cls(document["source"], standing, today, bytes.fromhex(document["secret"]))


@dataclass(frozen=True)
class Filled:
    """One source that a return fills, from the file at `order`. `refusal`: message and code where its rows could not be made."""

    order: int
    source: str
    sha256: str
    profile: str
    year: int
    keeping: Keeping
    refusal: tuple[str, str] | None = None

    @property
    def la(self) -> str | None:
        """The council of the return, None where nothing says it."""
        return self.profile[10:] or None


@dataclass(frozen=True)
class Companion:
    """A table of a return that brings no rows of its own. `mains`: the places in the call of the files that it was read with."""

    order: int
    sha256: str
    mains: tuple[int, ...]
    warnings: tuple[Warned, ...]


@dataclass
class Gathered:
    """What the SEN2 files of a call come to; `rejected` by place in the call."""

    filled: list[Filled] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    rejected: dict[int, UserError] = field(default_factory=dict)

    def add(self, other: Gathered) -> None:
        """Takes in what further files of the call come to."""
        self.filled += other.filled
        self.companions += other.companions
        self.rejected |= other.rejected

    def to_json(self) -> dict[str, Any]:
        rejected = {order: (error.message, error.code) for order, error in self.rejected.items()}
        return {"filled": [asdict(one) for one in self.filled], "companions": [asdict(one) for one in self.companions], "rejected": rejected}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Gathered:
        """What came from another process."""
        filled = [Filled(**{**one, "keeping": _keeping(one["keeping"]), "refusal": one["refusal"] and tuple(one["refusal"])}) for one in document["filled"]]
        companions = [
            Companion(**{**one, "mains": tuple(one["mains"]), "warnings": tuple(Warned(**{**w, "rows": tuple(w["rows"])}) for w in one["warnings"])})
            for one in document["companions"]
        ]
        return cls(filled, companions, {int(order): InputRejected(*told) for order, told in document["rejected"].items()})


def _keeping(document: dict[str, Any]) -> Keeping:
    return Keeping(tuple(document["columns"]), tuple(document["if_empty"]), document["only_new"])
