"""The part of a setting's dossier that is about its places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.run.dossier_places import places
from pages import _frame as frame

if TYPE_CHECKING:
    from pages._frame import Page


def draw(page: Page, urn: str) -> None:
    """Who holds its places, how full its blocks are, how far children travel, and who else could be asked."""
    finding = page.run(places, urn)
    frame.answer(finding)
    frame.tiles(finding, "places")
    left, right = frame.columns(1, 1)
    with left:
        page.listing(finding, "placed")
    with right:
        page.listing(finding, "travel")
        page.listing(finding, "blocks")
    page.listing(finding, "others")
    frame.method(finding, "How the places were worked out")
