"""What a reader must know before quoting a plan: assumptions made, data that was missing."""

from __future__ import annotations

import pandas as pd

from analytics.contracts.offers import PlanningData, nmiss
from analytics.contracts.policy import Policy
from analytics.contracts.scope import Scope, scope_name
from analytics.demand import Draws
from analytics.figures import format_date

PLACED_NOW = (
    "Children placed now may fill a block at their own setting, so part of the saving is a discount on places bought already; "
    "`existing_fill_blocks: false` shows new children alone."
)


def told(data: PlanningData, policy: Policy, table: pd.DataFrame, scope: Scope, draws: Draws) -> tuple[str, ...]:
    """What was assumed and what was missing, a sentence each. `table`: offers as in `Built`."""
    may = table[table["why_not"] == ""]
    away = int(table["why_not"].str.endswith("km away").sum())
    other = nmiss(data.placements)
    dropped = len(data.placements) - len(other)
    unknown = data.settings.loc[data.settings["urn"].astype(str).isin(scope.settings) & data.settings["easting"].isna(), "urn"]
    kept = f"{len(scope.settings)} of {may['urn'].nunique()} settings ({int(table['kept'].sum())} of {len(may)} offers)"
    found = [
        f"Planned for {scope_name(scope.phase, scope.area)}: {scope.children:,.0f} places in {scope.years[0]}; {scope.placements_now:,} are open now.",
        f"A block is considered at {kept}, those where it could hold most children; children at the others stay on spot there, at the same cost in every plan.",
        f"Prices are those of {format_date(data.as_at)}, before the next uplift. Each counts what its transport differs from the "
        "average of its lot; that average is the same in every plan and is left out.",
        f"{policy.draws:,} futures were drawn; the optimiser sees {min(policy.scenarios, policy.draws)}, spread evenly from the cheapest to the dearest.",
        "Discounts for volume, contract cost and out-of-area prices are assumptions, not offers from providers.",
        PLACED_NOW if policy.existing_fill_blocks else "Only new children fill a block; those placed now stay on spot.",
        *draws.basis,
    ]
    said = [
        (away, f"{away} offers are left out as more than {policy.travel_range_km:g} km from the area's centre."),
        (len(unknown), f"The grid reference of {', '.join(map(str, unknown))} is not known, so it counts as within range."),
        (dropped, f"{dropped:,} placements at maintained and other settings are left out."),
        (data.benchmark is None, "No benchmark could be fitted, so a setting with few children is priced at its lot's median."),
    ]
    return (*found, *(sentence for count, sentence in said if count))
