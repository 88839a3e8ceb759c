"""The verifier: knows nothing of how cells were chosen, reads the tables as published, and asks what each hidden cell could be.

It fails closed. Its equations come from the names of the cells, its unknowns are the values of the hidden cells themselves, and whatever the engine
does not settle counts as a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.disclosure.reader import Unknowns
from analytics.disclosure.system import SMALLEST, Key

if TYPE_CHECKING:
    from analytics.disclosure.build import Fact


@dataclass(frozen=True)
class Reading:
    """What lies before a reader, and what must be kept from them.

    `grids`: each table's measure and the categories of its dimensions. `shown`: cells as published. `hidden`: the true values of the others.
    `asked`: for each sensitive cell the least and the greatest value that must both be possible. `insiders`: cells that each knows.
    `public`: cells shown before, which a reader would know even if everything were hidden now. `before`: cells hidden in earlier tables alone,
    of which only the sensitive ones must stay so.
    """

    grids: Sequence[tuple[str, Mapping[str, Sequence[str]]]]
    shown: Mapping[Key, float]
    hidden: Mapping[Key, float]
    asked: Mapping[Key, tuple[float, float]]
    insiders: Sequence[frozenset[Key]] = ()
    facts: Sequence[Fact] = ()
    public: frozenset[Key] = frozenset()
    before: frozenset[Key] = frozenset()
    whole: bool = True

    def equations(self) -> Iterator[tuple[dict[Key, float], float]]:
        """Each sum that a reader can write down: factors of cells and what they come to."""
        for measure, dimensions in self.grids:
            keys: list[Key] = [(("", measure),)]
            for name in sorted(dimensions):
                keys = [*keys, *((*key, (name, category)) for key in keys for category in dimensions[name])]
            for key in keys:
                for name in dimensions.keys() - dict(key).keys():
                    parts = [(key[0], *sorted((*key[1:], (name, category)))) for category in dimensions[name]]
                    yield dict.fromkeys(parts, 1.0) | {key: -1.0}, 0.0
        for fact in self.facts:
            yield dict(fact.cells), fact.value


@dataclass(frozen=True)
class Failure:
    """A hidden cell that is not safe: why, and which insider knows (-1: nobody need know more than is published)."""

    key: Key
    why: str
    insider: int = -1


@dataclass(frozen=True)
class Verdict:
    """Whether every hidden cell is safe, what is not, and between which values a reader can place each hidden cell."""

    failures: tuple[Failure, ...]
    ranges: Mapping[Key, tuple[float, float]]

    @property
    def passed(self) -> bool:
        return not self.failures


def verify(reading: Reading) -> Verdict:
    """Attacks what would be published: as a reader of all of it, then as each insider. Every hidden cell and every sensitive one is looked at."""
    unknowns = Unknowns(reading.equations(), reading.shown, reading.hidden, reading.whole)
    if not unknowns.consistent:
        return Verdict((Failure(next(iter(reading.shown or reading.hidden)), "what is published does not add up"),), {})
    failures, ranges = [], {}
    for key in reading.hidden:
        low, high = ranges[key] = unknowns.extent(key)
        if key not in reading.asked and key not in reading.before and not high - low > SMALLEST:
            failures.append(Failure(key, "can be worked out"))
    bare = Unknowns(reading.equations(), {}, {**reading.shown, **reading.hidden}, reading.whole, fixed=reading.public)
    for key in reading.asked.keys() - reading.hidden.keys() - reading.public:
        low, high = reading.asked[key]
        if low < reading.shown[key] - SMALLEST or high > reading.shown[key] + SMALLEST:
            failures.append(Failure(key, "is shown"))
    for number, known in ((-1, frozenset()), *enumerate(reading.insiders)):
        failures += [Failure(key, why, number) for key, why in _exposed(reading, unknowns, bare, known)]
    return Verdict(tuple(failures), ranges)


def _exposed(reading: Reading, unknowns: Unknowns, bare: Unknowns, known: frozenset[Key]) -> Iterator[tuple[Key, str]]:
    """Sensitive cells that whoever knows `known` can place too closely, unless they could if everything were hidden."""
    for key, (low, high) in reading.asked.items():
        if key in known or key not in reading.hidden:
            continue
        if not unknowns.may_be(key, low, -1, known) and not unknowns.may_be(key, bare.bound(key, -1, known, low), -1, known):
            yield key, "cannot be as low as it must seem"
        if not unknowns.may_be(key, high, 1, known) and not unknowns.may_be(key, bare.bound(key, 1, known, high), 1, known):
            yield key, "cannot be as high as it must seem"
