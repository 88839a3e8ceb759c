"""Whose money pays: the purses of a placement, in words."""

from __future__ import annotations

PURSES: dict[str, str] = {
    "high_needs": "High needs block",
    "transport": "Home-to-school transport",
    "social_care": "Social care",
    "health": "Health",
    "dfe_place": "DfE place funding",
}
COUNCIL = ("high_needs", "transport", "social_care")  # what the council itself pays; health and DfE pay their own
NO_PURSE = "no_purse"  # ledger lines of no known setting that no word places
