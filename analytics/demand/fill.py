"""What a block can fill: suitable × offered × accepted, by setting and lot, from consultations; and how long a guaranteed place stands empty at first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.demand.clock import Floats, phase
from analytics.demand.history import ANY, KIND, History, academic_month
from analytics.demand.levers import FILL_SHARE
from analytics.survival import cohort, days
from data.domain import Lot

STAGES = ("suitable", "offered", "accepted")
STAGE_WORDS = {"suitable": "The setting is suitable", "offered": "It offers a place", "accepted": "The parent accepts"}
LEAST_PRIOR, MOST_PRIOR = 2.0, 500.0
_FULL = "full|capacity|no place|no space|vacanc|oversubscribed"


@dataclass(frozen=True)
class Fill:
    """The share of parent- and tribunal-named children a block could fill. `share` by cell (key × phase); `overall` over all; `why` in a sentence.

    `stages`: one row a stage: asked, done, share. `by_cell`: one row a setting × lot asked: urn, lot, asked, and the three shares, shrunken.
    """

    share: Floats
    overall: float
    why: str
    stages: pd.DataFrame
    by_cell: pd.DataFrame


def fillable_share(consultations: pd.DataFrame | None) -> tuple[float, str]:
    """Of places that a parent or the tribunal named, the share a block could have filled over all, and where it is from.

    `consultations`: one row a setting asked for a child, with reply and parent_view, and refuse_reason where it is recorded.
    """
    if consultations is None or not len(consultations):
        return FILL_SHARE.value, f"No consultations are loaded: {FILL_SHARE.value:.0%} of parent- and tribunal-named entries are assumed able to fill a block."
    done, asked = _counts(consultations)
    shares = [float(d.sum() / a.sum()) if a.sum() else 1.0 for d, a in zip(done, asked, strict=True)]
    share = float(np.prod(shares))
    told = f"settings offered in {shares[0] * shares[1]:.0%} of consultations and parents accepted {shares[2]:.0%} of offers"
    return share, f"{share:.0%} of parent- and tribunal-named entries could fill a block: {told}."


def fill(history: History, placements: pd.DataFrame, consultations: pd.DataFrame | None, override: float | None = None) -> Fill:
    """What a block could fill at each setting and lot: each stage Beta-Binomial, a setting and lot leaning on the lot, the lot on all.

    `override`: a share that takes the place of all three. How strongly each leans is read from how much they differ (moments).
    """
    cells = len(history.keys) * 3
    overall, why = fillable_share(consultations)
    nothing = pd.DataFrame(columns=["urn", "lot", "asked", *STAGES])
    if override is not None:
        told = f"{override:.0%} of parent- and tribunal-named entries are taken to be able to fill a block, as entered."
        return Fill(np.full(cells, override), override, told, pd.DataFrame(columns=["stage", "asked", "done", "share"]), nothing)
    if consultations is None or not len(consultations):
        return Fill(np.full(cells, overall), overall, why, pd.DataFrame(columns=["stage", "asked", "done", "share"]), nothing)
    done, asked = _counts(consultations)
    stages = pd.DataFrame({"stage": [STAGE_WORDS[s] for s in STAGES], "asked": [int(a.sum()) for a in asked], "done": [int(d.sum()) for d in done]})
    stages["share"] = stages["done"] / stages["asked"].clip(lower=1)
    where = _where(placements, consultations)
    if where is None:
        return Fill(np.full(cells, overall), overall, why, stages, nothing)
    target = pd.DataFrame({"urn": np.repeat(history.keys["urn"].to_numpy(), 3), "lot": history.lots})
    share, table = np.ones(cells), target.drop_duplicates()
    for name, d, a in zip(STAGES, done, asked, strict=True):
        found = _shrunken(where.assign(done=d.to_numpy(float), asked=a.to_numpy(float)), target)
        share *= found
        table = table.assign(**{name: found[table.index]})
    asked_here = where.assign(n=1).groupby(["urn", "lot"])["n"].sum().rename("asked").reset_index()
    return Fill(share, overall, why, stages, table.merge(asked_here, on=["urn", "lot"]))


def _counts(consultations: pd.DataFrame) -> tuple[list[pd.Series], list[pd.Series]]:
    """For each stage what was done and of how many, a consultation. A refusal counts as not suitable by its reason, unless that is a want of room."""
    reply = consultations["reply"]
    offered = reply.eq("offer")
    reason = consultations["refuse_reason"] if "refuse_reason" in consultations.columns else pd.Series(None, index=consultations.index, dtype=object)
    unsuitable = reply.eq("refuse") & reason.notna() & ~reason.astype(str).str.contains(_FULL, case=False, regex=True)
    viewed = offered & consultations["parent_view"].notna()
    accepted = viewed & consultations["parent_view"].isin(["prefers", "accepts"])
    every = pd.Series(True, index=consultations.index)
    return [~unsuitable, offered, accepted], [every, ~unsuitable, viewed]


def _where(placements: pd.DataFrame, consultations: pd.DataFrame) -> pd.DataFrame | None:
    """Setting and lot of each consultation; the lot is empty where the child has no placement here. None where neither can be told."""
    if not {"child_id", "urn", "sent_on"} <= set(consultations.columns) or "child_id" not in placements.columns:
        return None
    child = placements.drop_duplicates("child_id").set_index("child_id")[[*KIND, "birth_month"]]
    of = child.reindex(consultations["child_id"]).reset_index(drop=True)
    known = of["birth_month"].notna().to_numpy()
    ay, _ = academic_month(days(consultations["sent_on"]))
    lot = np.full(len(of), None, dtype=object)
    age = ay[known] - cohort(of.loc[known, "birth_month"])
    columns = (of.loc[known, "primary_need"], of.loc[known, "residence_group"], of.loc[known, "area"].fillna(ANY), phase(age))
    names = ("primary", "secondary", "post16")
    lot[known] = [Lot(str(need), names[p], str(residence), str(area)).id for need, residence, area, p in zip(*columns, strict=True)]
    return pd.DataFrame({"urn": consultations["urn"].astype(str).to_numpy(), "lot": lot})


def _shrunken(rows: pd.DataFrame, target: pd.DataFrame) -> Floats:
    """The share at each target setting × lot: own counts, leaning on the lot's, and the lot on all."""
    every = float((rows["done"].sum() + 0.5) / (rows["asked"].sum() + 1.0))
    lots = rows.groupby("lot")[["done", "asked"]].sum()
    weight = _weight(lots, np.full(len(lots), every))
    of_lot = ((lots["done"] + weight * every) / (lots["asked"] + weight)).to_dict()
    here = rows.groupby(["urn", "lot"])[["done", "asked"]].sum()
    prior = here.index.get_level_values("lot").map(of_lot).to_numpy(float)
    weight = _weight(here, prior)
    own = dict(zip(here.index, (here["done"].to_numpy() + weight * prior) / (here["asked"].to_numpy() + weight), strict=True))
    keys = zip(target["urn"], target["lot"], strict=True)
    return np.array([own.get((urn, lot), of_lot.get(lot, every)) for urn, lot in keys])


def _weight(counts: pd.DataFrame, prior: Floats) -> float:
    """How many consultations the prior counts for: few where shares differ more than chance would have it (moments of the Beta-Binomial)."""
    n, share = counts["asked"].to_numpy(float), counts["done"].to_numpy(float) / counts["asked"].clip(lower=1.0).to_numpy(float)
    seen = n > 0
    if seen.sum() < 2:
        return 20.0
    chance = prior[seen] * (1 - prior[seen])
    between = (n[seen] * (share[seen] - prior[seen]) ** 2).sum() - chance.sum()
    room = ((n[seen] - 1.0) * chance).sum()
    if between <= 0 or room <= 0:
        return MOST_PRIOR
    return float(np.clip(room / between - 1.0, LEAST_PRIOR, MOST_PRIOR))


def empty_months(entries_a_year: float, by_month: Floats, places: int) -> Floats:
    """Months of its first year that each of `places` guaranteed places stands empty before it is first filled, on average.

    Children who could fill it come as a Poisson process of `entries_a_year` with the share `by_month` in each month from September; the first
    to come takes the first place. The k-th is empty through every month by whose end fewer than k have come.
    """
    come = entries_a_year * np.cumsum(np.asarray(by_month, dtype=float))
    count = np.arange(places)
    logs = -come[:, None] + count * np.log(np.maximum(come[:, None], 1e-300)) - np.cumsum(np.log(np.maximum(count, 1)))
    fewer = np.minimum(np.cumsum(np.exp(logs), axis=1), 1.0)  # month × place: fewer than k by the month's end
    return np.asarray(fewer.sum(axis=0))
