"""The latest SEN2 census of the made-up authority: its own placements as they stood on census day, in the codes of that return."""

from __future__ import annotations

from datetime import date

from data.domain import census_day

LA = "886"
RETURNED = {"day": "day", "weekly": "38wk", "38wk": "38wk", "44wk": "52wk", "52wk": "52wk"}  # the return knows up to 38 weeks, and more

Columns = dict[str, list[str]]


def columns(as_at: date, plans: Columns, placements: Columns) -> Columns:
    """The sen2 file, one row a placement open on the last census day up to `as_at`; what happened after that day is not in it."""
    on = census_day(as_at.year) if census_day(as_at.year) <= as_at else census_day(as_at.year - 1)
    day = on.isoformat()
    entries, leavings = placements["entry_date"], placements["leaving_date"]
    open_ = [i for i, entry in enumerate(entries) if entry <= day and not ("" < leavings[i] < day)]
    at = {child: i for i, child in enumerate(plans["child_id"])}
    plan = [at[placements["child_id"][i]] for i in open_]
    of_plan = {name: [plans[name][i] for i in plan] for name in ("birth_month", "primary_need", "secondary_need", "plan_start")}
    shared = {name: [placements[name][i] for i in open_] for name in ("child_id", "urn", "rank", "entry_date")}
    empty = [""] * len(open_)
    stays = [RETURNED[placements["residence"][i]] for i in open_]
    head = {"census_year": [str(on.year)] * len(open_), "la": [LA] * len(open_), "sen_setting": empty, "leaving_date": empty}
    return head | of_plan | shared | {"residence": stays}
