"""What the dossier says of a setting's places: read from the store, worked out, worded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.contracts.policy import PARAMETERS
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data.errors import WrongUsage

if TYPE_CHECKING:
    from analytics.figures import Finding


def places(session: Session, urn: str) -> Finding:
    """Who is placed, block occupancy, distance and transport, who else could be asked. WrongUsage for a setting without placements."""
    from analytics.findings import dossier_places as finding

    require(session, "view_costs")
    store, day = session.store, as_at(session.store)
    if day is None:
        raise WrongUsage("No fees are loaded, so there is no day to look at. Load plans, placements and fees.", "no_fees")
    settings = store.read("settings", as_at=day).astype({"urn": str})
    own, there = settings[settings["urn"] == urn], store.read("setting_open", urn=urn, as_at=day)
    if own.empty or there.empty:
        raise WrongUsage("There is no setting of that reference with placements here. Choose one from the list.", "unknown_setting")
    contracts, returns = store.read("setting_contracts", urn=urn), store.read("latest_returns", as_at=day)
    frames = finding.PlacesFrames(own.iloc[0], there, contracts, settings, returns)
    return finding.places(frames, day, PARAMETERS["travel_range_km"].value, store.data_version())
