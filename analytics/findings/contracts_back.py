"""How would contracts chosen in the past have turned out?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.figures import Finding, Table, format_date, format_value
from analytics.findings.words import gbp, plural
from data.domain import academic_year_name

if TYPE_CHECKING:
    from analytics.contracts.replay import Replay

MONTHS = 12
_SOURCE = "Placements, fees, contracts and consultations as loaded, by the dates in them"
_METHOD = """
The blocks are chosen anew on what was known on an earlier day: placements that had begun and the leaving dates up to that day, fees valid then, contracts
signed and consultations answered by then, and futures drawn from these alone. They are then costed on what came: the children who stayed, and the new
ones that a block could take (those the council placed, and of those that a parent or the tribunal named the share that could). A child counts for a month
if it is there on the 15th; a year that still runs counts as it went so far. Buying one by one is costed on the same children.

Prices are those of the earlier day with the assumed uplift, discounts are assumptions then as now, and a setting with few children counts at the median of
its kind of place. Budgets and settings fixed today are left out; places that settings offer are those of today. What was known is told by the dates of
records, not by when they were loaded: records corrected since count as they stand now. One past is one draw: it shows what can go wrong, not how often.
"""


def looking_back(replays: Sequence[Replay], skipped: Sequence[tuple[date, str]], scope: str, version: str) -> Finding:
    """Plans of earlier days against what happened, the latest first. `skipped`: days on which no plan could be made, each with the reason."""
    notes = tuple(f"On {format_date(day)} no plan could be made: {why}" for day, why in skipped)
    if not replays:
        return Finding(f"Nothing to look back on for {scope}.", (), {}, _METHOD, version, notes)
    answer = " ".join(_said(replay) for replay in replays)
    return Finding(answer, (), {"back": _table(replays), "back_empty": _empty(replays)}, _METHOD, version, notes)


def _said(replay: Replay) -> str:
    day, blocks = format_date(replay.day), sum(replay.happened.plan.block)
    if not blocks:
        return f"On {day} the plan would have been to buy one by one, so nothing was at stake."
    place_years, empty = int(replay.empty["places"].sum()), _void(replay)
    saving = replay.happened.saving_gbp
    since = f"over the {plural(len(replay.months), 'academic year')} since{'' if replay.months[-1] == MONTHS else ', the last as it went so far'}"
    came = "" if saving is None else f" they would have {'saved' if saving >= 0 else 'lost'} {gbp(abs(saving))} {since}"
    promised = "" if replay.promised_gbp is None else f" (promised: {gbp(replay.promised_gbp)})"
    return f"{plural(blocks, 'place')} chosen on {day}:{came}{promised}, with {empty:,} of {place_years:,} guaranteed place-years empty."


def _void(replay: Replay) -> int:
    return int((replay.empty["places"] - replay.empty["used"]).sum())


def _table(replays: Sequence[Replay]) -> Table:
    """One row a day on which blocks are chosen."""
    from analytics.contracts.evaluate import voids

    rows = []
    for replay in replays:
        happened = replay.happened
        paid = voids(happened.instance, happened.plan, happened.mine).cost_gbp
        spot = happened.spot.expected_gbp if happened.served else None
        row = (replay.day, sum(happened.plan.block), len(replay.months), replay.promised_gbp, happened.mine.expected_gbp, spot, happened.saving_gbp)
        rows.append((*row, _void(replay), paid))
    columns = {
        "day": "Chosen on",
        "places": "Guaranteed places",
        "years": "Years since",
        "promised": "Promised saving",
        "plan": "Cost of the plan",
        "spot": "Cost of all spot",
        "saving": "Saving that came",
        "empty": "Empty place-years",
        "paid": "Paid for empty places",
    }
    units = {"day": "date", **dict.fromkeys(("promised", "plan", "spot", "saving", "paid"), "gbp")}
    until = format_date(replays[0].until)
    subtitle = f"Discounted pounds over the academic years begun since, until {until}"
    return Table("Contracts chosen in the past, on what then happened", subtitle, _SOURCE, pd.DataFrame(rows, columns=list(columns)), columns, units)


def _empty(replays: Sequence[Replay]) -> Table:
    """One row a day of choice, setting and year."""
    rows = [
        (replay.day, replay.names.get(row["urn"], row["urn"]), _year(replay, int(row["year"])), row["places"], row["used"], row["places"] - row["used"])
        for replay in replays
        for row in replay.empty.to_dict("records")
    ]
    columns = {"day": "Chosen on", "setting_name": "Setting", "year": "Year", "places": "Guaranteed places", "used": "Filled", "empty": "Empty"}
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table("Places filled and empty by contract and year", "On what then happened, whole children", _SOURCE, frame, columns, {"day": "date"})


def _year(replay: Replay, year: int) -> str:
    months = replay.months[year - int(replay.empty["year"].min())]
    return academic_year_name(year) + ("" if months == MONTHS else f" (first {format_value(months, 'places')} months)")
