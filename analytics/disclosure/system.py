"""What an attacker has to work with: cells, the equations between them, and how far each sensitive cell must stay in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Key = tuple[tuple[str, str], ...]  # the measure, then each dimension and category that is not a total, by name
OUTSIDER = -1
SMALLEST = 1e-5  # what counts as no movement, in the unit of the cells


@dataclass(frozen=True)
class Level:
    """A protection level: some table that fits all that is published has the cell `amount` higher (sign +1) or lower (-1).

    `knows`: the insider in whose eyes this must hold, an index into `System.insiders`; OUTSIDER for someone who knows what is published alone.
    """

    cell: int
    sign: int
    amount: float
    knows: int = OUTSIDER


@dataclass(frozen=True)
class System:
    """Cells (columns) and equations (rows of `matrix`, each adding up to 0) that a reader of all tables together knows.

    `may_hide` is False for what is public already; `must_hide` are sensitive cells. `network`: one two-way table, whose
    alternatives are flows, so that a whole-number table exists wherever a fractional one does. `insiders`: cells that each knows beside what is published.
    """

    keys: tuple[Key, ...]
    values: Floats
    weights: Floats
    matrix: Floats
    may_hide: Flags
    must_hide: Flags
    levels: tuple[Level, ...]
    insiders: tuple[tuple[int, ...], ...] = ()
    network: bool = False
    whole: bool = True
    index: dict[Key, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.values)

    @cached_property
    def reach(self) -> float:
        """A movement larger than any level asks for: stands for no upper bound."""
        return float(10 * max((level.amount for level in self.levels), default=1.0) + self.values.max(initial=0.0))

    def cost(self, hidden: Flags) -> float:
        return float(self.weights[hidden].sum())


def weights(values: Sequence[float] | Floats) -> Floats:
    """What hiding a cell costs: 1 + ln(1 + value), so few cells first, and small ones rather than totals."""
    return np.asarray(1.0 + np.log1p(np.asarray(values, dtype=np.float64)), dtype=np.float64)


def standing(system: System, level: Level) -> tuple[int, ...]:
    """Cells that do not move in the eyes of whoever the level is about."""
    return () if level.knows == OUTSIDER else system.insiders[level.knows]
