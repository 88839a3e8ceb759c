"""Looking back at the decision: blocks chosen on what was known some years ago, costed on what then happened (docs/contracts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics import demand
from analytics.contracts import offers as market
from analytics.contracts.build import Built, build_instance, with_places
from analytics.contracts.instance import parse
from analytics.contracts.offers import PlanningData
from analytics.contracts.policy import Policy
from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE
from analytics.contracts.unseen import Beside, beside, chosen_plan
from analytics.demand import Draws, round_keeping_total
from analytics.survival import Floats, cohort, days
from data.domain import academic_year, phase_of

MONTHS = 12
ENTRY_MONTH, MIDDLE = 9, 15  # a child counts for a month in which it is there on the 15th
ROUNDING_SEED = 2


@dataclass(frozen=True)
class Replay:
    """What blocks chosen on `day` came to by `until`: the plan and all spot in the one future that happened.

    `months`: months of each academic year that are over; a year that still runs is costed as if it went on as it has. `promised_gbp`: what the plan
    was expected to save over these years. `empty`: one row a setting and year (urn, year, places, used). Money is discounted to the first year.
    """

    day: date
    until: date
    months: tuple[int, ...]
    happened: Beside
    promised_gbp: float | None
    empty: pd.DataFrame
    names: Mapping[str, str]


def known_then(data: PlanningData, snapshot: pd.DataFrame, day: date) -> PlanningData:
    """The council's records as they stood on a day: nothing entered, sent, signed or closed later. `snapshot`: placements open that day, with costs.

    Told by the dates in the records, not by when they were loaded. No benchmark is fitted, so a setting with few children counts at its lot's median.
    """
    then = pd.Timestamp(day)
    placements = data.placements[pd.to_datetime(data.placements["entry_date"]) <= then].copy()
    later = pd.to_datetime(placements["leaving_date"]) > then
    placements["leaving_date"] = placements["leaving_date"].mask(later)
    settings = data.settings.copy()
    settings["closed"] = settings["closed"].mask(pd.to_datetime(settings["closed"]) > then)
    contracts = data.contracts[pd.to_datetime(data.contracts["starts"]) <= then]
    asked = data.consultations
    if "sent_on" in asked.columns:
        heard = ~(pd.to_datetime(asked["replied_on"]) > then)  # one that was never answered stays; one answered later was still open
        asked = asked[(pd.to_datetime(asked["sent_on"]) <= then) & heard]
    return PlanningData(day, placements, snapshot, settings, contracts, asked, None)


def horizon(day: date, until: date) -> tuple[int, ...]:
    """Months that are over by `until` of each academic year that begins after `day`: a month counts once its 15th has passed."""
    found = []
    for year in range(academic_year(day) + 1, academic_year(until) + 1):
        found.append(sum(bool(middle <= np.datetime64(until, "D")) for middle in _middles(year)))
    return tuple(n for n in found if n)


def _middles(year: int) -> list[np.datetime64]:
    first = np.datetime64(f"{year}-{ENTRY_MONTH:02d}", "M")
    return [(first + n).astype("datetime64[D]") + (MIDDLE - 1) for n in range(MONTHS)]


def what_happened(data: PlanningData, day: date, fill_share: float) -> Draws:
    """The one future that came: average places by year and cell over the months that are over, as `demand.draw` gives them.

    A new child that the council placed could fill a block; of those that a parent or the tribunal named, the share that could.
    """
    frame = market.nmiss(data.placements)
    months = horizon(day, data.as_at)
    entry, leaving, born = days(frame["entry_date"]), days(frame["leaving_date"]), cohort(frame["birth_month"])
    first_ay = academic_year(day) + 1
    begins = np.datetime64(f"{first_ay}-{ENTRY_MONTH:02d}-01", "D")
    council = (frame["named_by"] == "council").to_numpy()
    before, new = entry <= np.datetime64(day, "D"), entry >= begins
    share = np.where(new, np.where(council, 1.0, fill_share), 0.0)
    parts = []
    for t, over in enumerate(months):
        middles = _middles(first_ay + t)[:over]
        there = np.mean([(entry <= m) & (leaving >= m) for m in middles], axis=0)
        phases = pd.Series([phase_of(int(age)) for age in first_ay + t - born], index=frame.index, dtype=object)
        cell = pd.DataFrame({"urn": frame["urn"].to_numpy(), "lot": market.lots_of(frame, phases).to_numpy(), "year": t})
        parts.append(cell.assign(fillable=there * share, fixed=there * np.where(before, 0.0, 1.0 - share), survivors=there * before))
    rows = pd.concat(parts, ignore_index=True)
    cells = rows[["urn", "lot"]].drop_duplicates().reset_index(drop=True)
    keys = pd.MultiIndex.from_frame(cells)

    def table(name: str) -> Floats:
        wide = rows.pivot_table(index=["urn", "lot"], columns="year", values=name, aggfunc="sum", fill_value=0.0).reindex(keys).to_numpy(float)
        return np.asarray(wide.T[None], dtype=np.float64)

    years = tuple(range(first_ay, first_ay + len(months)))
    return Draws(day, years, ROUNDING_SEED, cells, table("fillable"), table("fixed"), table("survivors"), fill_share, ())


def chosen_then(data: PlanningData, policy: Policy, phase: str, area: str) -> tuple[Built, Policy]:
    """The instance of that day, for the years that have happened since. Budgets, fixed settings and builds of today are left out: they are in today's terms."""
    then = replace(policy, chance_budget=None, cvar_budget=None, locks={}, builds=())
    return build_instance(data, then, phase, area), then


def judged(data: PlanningData, then: PlanningData, policy: Policy, built: Built, result: Mapping[str, Any]) -> Replay:
    """A plan chosen on `then` against what happened by today. `result`: the solver's answer to `built`.

    Whole children by seeded rounding that keeps totals; a setting's capacity is raised where children in fact were there.
    """
    share, _ = demand.fillable_share(then.consultations)
    actual = what_happened(data, then.as_at, share)
    whole = round_keeping_total(built.layout.places(actual), np.random.default_rng([ROUNDING_SEED, 1]))
    blocks = {(b["provider"], b["lot"]): b["block"] for b in result["blocks"]}
    happened = beside(parse(with_places(policy, built, whole, blocks)), chosen_plan(built.instance, result))
    promised = beside(parse(built.instance), chosen_plan(built.instance, result)).saving_gbp
    return Replay(then.as_at, data.as_at, horizon(then.as_at, data.as_at), happened, promised, _empty(happened, actual.years), built.names)


def _empty(happened: Beside, years: tuple[int, ...]) -> pd.DataFrame:
    """One row a setting with guaranteed places and year: places, and how many of them children used."""
    instance, plan = happened.instance, happened.plan
    used = happened.mine.recourse.places[0][:, :, [BLOCK_CHARGED, BLOCK_FREE]].sum(axis=2)
    rows = []
    for p, provider in enumerate(instance.providers):
        mine = instance.offers_of(p)
        places = sum(plan.block[i] for i in mine)
        rows += [(provider.id, year, places, int(used[t, mine].sum())) for t, year in enumerate(years) if places]
    return pd.DataFrame(rows, columns=["urn", "year", "places", "used"])
