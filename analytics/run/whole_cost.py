"""What Whole cost asks for: the placements of the as-at day, through the transport model, into a `Finding`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.findings.whole_cost import NO_LINE_NAMES
from analytics.run.choices import as_at
from analytics.run.session import Session, require

if TYPE_CHECKING:
    import pandas as pd

    from analytics.figures import Finding, Table
    from analytics.run.reads import Chosen
    from analytics.whole_cost import WholeCost

__all__ = ["APPLIES", "NO_LINE_NAMES", "placements", "whole_cost"]

APPLIES = "Filters of year, part of the cost, purse, and on or off a vehicle do not apply here: every part and purse of a place is counted, on one day."
_COLUMNS = {
    "need": "primary_need",
    "phase": "phase",
    "residence_group": "residence_group",
    "setting_type": "setting_type",
    "urn": "urn",
    "provider_group": "provider_group",
    "area": "area",
    "purchase_type": "purchase_type",
}


def whole_cost(session: Session, no_line: str, chosen: Chosen, words: str) -> Finding:
    """What does a place cost once everything is counted? `no_line`: what no agreed transport means, `estimate` or `none`."""
    from analytics import whole_cost as model
    from analytics.findings import whole_cost as finding

    require(session, "view_costs")
    day, found = as_at(session.store), _found(session, no_line, chosen)
    other = None if found is None else _found(session, model.NONE_TAKEN if no_line == model.ESTIMATE else model.ESTIMATE, chosen)
    other_gbp = None if other is None else float(other.places["whole_gbp"].sum())
    return finding.whole_cost(found, other_gbp, day, no_line, words, session.store.data_version())


def placements(session: Session, no_line: str, chosen: Chosen, words: str) -> Table:
    """The placements behind the page, at child level."""
    from analytics.findings import whole_cost as finding
    from data.errors import WrongUsage

    require(session, "view_children")
    day, found = as_at(session.store), _found(session, no_line, chosen)
    if day is None or found is None:
        raise WrongUsage("No placement open on the day has an agreed fee. Load plans, placements and fees, or check the dates of the fees.", "no_fees")
    return finding.placements(found, day, words)


def _found(session: Session, no_line: str, chosen: Chosen) -> WholeCost | None:
    """The model is fitted on every placement of the council, whatever the filters leave."""
    from analytics import whole_cost as model

    day = as_at(session.store)
    if day is None:
        return None
    found = model.whole(session.store.read("whole_cost", as_at=day), no_line)
    return found.chosen(kept(found.places, chosen)) if not found.places.empty else None


def kept(rows: pd.DataFrame, chosen: Chosen) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which placements pass the filters that apply to them."""
    keep = np.ones(len(rows), dtype=bool)
    for name, values in chosen:
        if name in _COLUMNS:
            keep &= rows[_COLUMNS[name]].fillna("not_recorded").astype(str).isin(values).to_numpy()
    return keep
