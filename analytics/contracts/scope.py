"""Which children and settings a plan is about, and in which column of the instance each drawn place counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.demand import Draws
from analytics.survival import Floats, Ints
from data.domain import PHASE_NAMES, PHASES, Lot
from data.errors import WrongUsage

POOLED_NEED, POOLED_AREA, ALL = "OTHER", "any", "all"
OTHER_SETTINGS = "other-settings"  # stands for every setting where no block is considered
FIXED = ":fixed"  # ends the id of a lot whose children may not fill a block


def pool(expected: pd.Series, below: float) -> dict[str, str]:
    """Lot → the lot it is planned in. Lots with fewer expected children than `below` are pooled, need first, then area.

    `expected`: children by lot id. A pooled need is OTHER, a pooled area `any`.
    """
    lots = {lot: Lot.parse(str(lot)) for lot in expected.index}
    needs = {k: v if expected[k] >= below else Lot(POOLED_NEED, v.phase, v.residence, v.area) for k, v in lots.items()}
    size = expected.groupby({k: v.id for k, v in needs.items()}).sum()
    areas = {k: v if v.need != POOLED_NEED or size[v.id] >= below else Lot(POOLED_NEED, v.phase, v.residence, POOLED_AREA) for k, v in needs.items()}
    return {str(k): v.id for k, v in areas.items()}


def choose(snapshot: pd.DataFrame, schools: tuple[str, ...], phase: str | None, area: str | None) -> tuple[str, str]:
    """The phase and area to plan for: those asked for, else those with most placements at schools now. `all` means every one.

    `schools`: the setting types that count as such (colleges would always make it post-16); where there are none, all count.

    Raises WrongUsage when there is no placement of that phase and area.
    """
    for asked, known, what in ((phase, PHASES, "phase"), (area, sorted(snapshot["area"].dropna().unique()), "area")):
        if asked not in (None, ALL, *known):
            raise WrongUsage(f"'{asked}' is not {'an' if what == 'area' else 'a'} {what} with placements here; it is one of {', '.join(known)} or all.")
    here = snapshot.dropna(subset=["area"])
    here = here[(here["phase"] == phase) | (phase in (None, ALL))]
    here = here[(here["area"] == area) | (area in (None, ALL))]
    if here["setting_type"].isin(schools).any():
        here = here[here["setting_type"].isin(schools)]
    if here.empty:
        raise WrongUsage("There is no open placement of that phase and area, so there is nothing to plan from.")
    largest = (
        here.groupby([*(["phase"] if phase != ALL else []), *(["area"] if area != ALL else []), *(["rank"] if phase == area == ALL else [])]).size().idxmax()
    )
    found = list(largest) if isinstance(largest, tuple) else [largest]
    return (ALL if phase == ALL else str(found[0])), (ALL if area == ALL else str(found[-1]))


def scope_name(phase: str, area: str) -> str:
    """ "Secondary, east"."""
    return f"{PHASE_NAMES.get(phase, 'All phases')}, {area if area != ALL else 'all areas'}"


def in_scope(lot_id: str, phase: str, area: str) -> bool:
    lot = Lot.parse(lot_id)
    return phase in (ALL, lot.phase) and area in (ALL, lot.area)


@dataclass(frozen=True)
class Scope:
    """What the plan is about. `children`: average places in the first year; `placements_now`: open at the as-at date."""

    phase: str
    area: str
    years: tuple[str, ...]
    lots: tuple[str, ...]
    settings: tuple[str, ...]
    children: float
    placements_now: int


@dataclass(frozen=True)
class Layout:
    """Columns of an instance: new children by lot, then children who stay by offer.

    `offers` (urn, lot) take blocks; `fixed` (urn, lot) hold, at the same settings, children who may not fill one; the last
    column holds everyone at other settings. A drawn place in a lot outside `phase` and `area` counts nowhere.
    """

    phase: str
    area: str
    pooled: dict[str, str]
    lots: tuple[str, ...]
    offers: tuple[tuple[str, str], ...]
    fixed: tuple[tuple[str, str], ...]
    left_out: frozenset[str]  # settings left out for size alone: new children drawn there stay with them

    @property
    def width(self) -> int:
        return len(self.lots) + len(self.offers) + len(self.fixed) + 1

    def lot_of(self, lot: str) -> str:
        """The planned lot of a drawn lot; one that was never seen when lots were pooled is pooled by need."""
        if lot in self.pooled:
            return self.pooled[lot]
        other = Lot.parse(lot)
        return Lot(POOLED_NEED, other.phase, other.residence, other.area).id

    def columns(self, draws: Draws) -> tuple[Ints, Ints, Ints]:
        """For each drawn cell the column of its fillable, fixed and surviving places; −1 outside the scope."""
        lots = {lot: n for n, lot in enumerate(self.lots)}
        offers = {key: len(lots) + n for n, key in enumerate(self.offers)}
        fixed = {key: len(lots) + len(offers) + n for n, key in enumerate(self.fixed)}
        rest, found = self.width - 1, []
        for urn, drawn in zip(draws.cells["urn"], draws.cells["lot"], strict=True):
            lot = self.lot_of(drawn)
            if not in_scope(lot, self.phase, self.area):
                found.append((-1, -1, -1))
                continue
            here = fixed.get((urn, lot), rest)
            new = lots[lot] if lot in lots and urn not in self.left_out else here
            found.append((new, here, offers.get((urn, lot), here)))
        table = np.array(found, dtype=np.int64).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def places(self, draws: Draws) -> Floats:
        """Average places of each draw and year by column: draws × years × width."""
        out = np.zeros((*draws.total.shape, self.width))
        for values, column in zip((draws.fillable, draws.fixed, draws.survivors), self.columns(draws), strict=True):
            to = np.zeros((len(column), self.width))
            to[np.flatnonzero(column >= 0), column[column >= 0]] = 1.0
            out += values @ to
        return out
