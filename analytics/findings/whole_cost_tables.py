"""The tables of Whole cost: by setting, by purse, pairs that turn, transport by distance, and the placements behind them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics import whole_cost as model
from analytics.figures import Table, format_date
from analytics.findings.words import AGREEMENTS

SOURCE = f"{AGREEMENTS}; grid references of homes and settings"
CHARTED = 24


def settings(found: model.WholeCost, as_at: date, filters: str) -> Table:
    """What a place costs at each setting, most placements first."""
    columns = {
        "setting_name": "Setting",
        "n": "Placements",
        "fee_gbp": "Fee a place",
        "place_gbp": "DfE place funding",
        "transport_gbp": "Transport",
        "whole_gbp": "Whole cost a place",
        "whole_low": "95% from",
        "whole_high": "95% to",
        "estimated": "Transport estimated",
        "miles": "Median miles",
        "urn": "URN",
    }
    frame = model.by_setting(found)
    frame["label"] = [f"{name} ({n:,})" for name, n in zip(frame["setting_name"], frame["n"], strict=True)]
    frame["miles"] = frame["miles"].round(1)
    money = dict.fromkeys(("fee_gbp", "place_gbp", "transport_gbp", "whole_gbp", "whole_low", "whole_high"), "gbp")
    units = money | {"setting_name": "text", "n": "placements", "estimated": "placements", "miles": "miles", "urn": "text"}
    shown = f"; the chart shows the {CHARTED} with most placements, the table all {len(frame)}" if len(frame) > CHARTED else ""
    return Table(
        "Fee and whole cost of a place, by setting",
        f"Full-year mean of a place, placements in brackets, not adjusted for need; snapshot {format_date(as_at)}, {filters or 'no filter'}{shown}",
        SOURCE,
        frame,
        columns,
        units,
    )


def purses(found: model.WholeCost, as_at: date, filters: str) -> Table:
    """Who pays, over all placements."""
    columns = {"purse": "Purse", "gbp": "A year", "share": "Share of whole cost"}
    return Table(
        "Who pays",
        f"Full-year cost of every placement with a fee, snapshot {format_date(as_at)}, {filters or 'no filter'}",
        SOURCE,
        model.by_purse(found),
        columns,
        {"purse": "text", "gbp": "gbp", "share": "per_cent"},
    )


def pairs(pairs: pd.DataFrame, compared: int, as_at: date) -> Table:
    """Settings whose order turns, surest first."""
    columns = {
        "dearer_name": "Costs more once all is counted",
        "n_dearer": "Its children",
        "cheaper_name": "Than",
        "n_cheaper": "Children there",
        "fee_less_gbp": "Its fee is lower by",
        "whole_more_gbp": "Its whole cost is higher by",
        "low": "95% from",
        "high": "95% to",
        "sure_per_cent": "How sure",
        "turned_by": "Turned by",
        "kinds": "Compared over",
    }
    units = {
        "dearer_name": "text",
        "cheaper_name": "text",
        "turned_by": "text",
        "kinds": "text",
        "n_dearer": "children",
        "n_cheaper": "children",
        "sure_per_cent": "per_cent",
        "fee_less_gbp": "gbp",
        "whole_more_gbp": "gbp",
        "low": "gbp",
        "high": "gbp",
    }
    frame = pairs.assign(sure_per_cent=100.0 * pairs["sure"])
    said = f"Same need, phase and residence, at least {model.LEAST} children at each; {compared:,} pairs compared; £ a place and year, {format_date(as_at)}"
    return Table("Settings whose order turns", said, SOURCE, frame, columns, units)


def distance(found: model.WholeCost, as_at: date, filters: str) -> Table:
    """Transport by distance: what was agreed beside what the curve says for the same placements."""
    places = found.places
    boards = places["residence_group"].to_numpy() == "residential"
    frame = places.assign(curve=found.model.expected(places["miles"].to_numpy(float), boards))
    bands = ["Under 2", "2 to 5", "5 to 10", "10 to 20", "20 and over"]
    frame["band"] = pd.cut(frame["miles"], [0, 2, 5, 10, 20, np.inf], labels=bands, right=False).astype(object).fillna("Not recorded")
    rows = []
    for band in [*bands, "Not recorded"]:
        part = frame[frame["band"] == band]
        agreed = part[part["transport_is"] == "agreed"]
        if len(part):
            means = [float(agreed[name].mean()) if len(agreed) else None for name in ("transport_gbp", "curve")]
            rows.append((band, len(part), len(agreed), *means, int((part["transport_is"] == "estimated").sum())))
    columns = {
        "band": "Straight miles",
        "n": "Placements",
        "agreed": "Agreed",
        "agreed_gbp": "Their mean",
        "curve_gbp": "Curve",
        "estimated": "Estimated",
    }
    units = {"band": "text", "n": "placements", "agreed": "placements", "agreed_gbp": "gbp", "curve_gbp": "gbp", "estimated": "placements"}
    subtitle = f"£ a child and year, snapshot {format_date(as_at)}, {filters or 'no filter'}"
    return Table("Transport by distance", subtitle, SOURCE, pd.DataFrame(rows, columns=list(columns)), columns, units)


def placements(found: model.WholeCost, as_at: date, filters: str) -> Table:
    """The placements behind the page, at child level."""
    columns = {
        "placement_id": "Placement",
        "child_id": "Child",
        "setting_name": "Setting",
        "primary_need": "Need",
        "phase": "Phase",
        "residence": "Residence",
        "area": "Area",
        "miles": "Miles",
        "fee_gbp": "Fee",
        "place_gbp": "DfE place funding",
        "transport_whole_gbp": "Transport",
        "transport_is": "Transport is",
        "transport_low_gbp": "90% from",
        "transport_high_gbp": "90% to",
        "whole_gbp": "Whole cost",
    }
    frame = found.places.sort_values("whole_gbp", ascending=False, kind="stable").reset_index(drop=True).round({"miles": 1})
    units = {name: "gbp" for name in columns if name.endswith("_gbp")} | {"miles": "miles"}
    subtitle = f"Full-year cost, snapshot {format_date(as_at)}, {filters or 'no filter'}"
    return Table("Placements and their whole cost", subtitle, SOURCE, frame, columns, units, child_level=True)
