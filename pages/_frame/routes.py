"""Which pages there are, and that every page is reached through them."""

from __future__ import annotations

import streamlit as st

# No icons: Streamlit would fetch a page's icon from another host to show it in the browser's tab.
PAGES = {
    "overview": "Overview",
    "spend": "Spend",
    "invoices": "Invoices",
    "budget": "Budget",
    "whole_cost": "Whole cost",
    "providers": "Providers",
    "quality": "Quality",
    "shouldcost": "Should-cost",
    "uplift": "Uplift",
    "comparison": "Comparison",
    "bands": "Price bands",
    "demand": "Demand",
    "contracts": "Contracts",
    "intake": "Intake",
}


def navigation() -> st.Page:
    """Declares the pages; answers the one that was asked for."""
    st.session_state["_routed"] = True
    listed = [st.Page(f"pages/{name}.py", title=title, url_path=name) for name, title in PAGES.items()]

    def start() -> None:
        """The bare address opens the first page, whose own address can then be shared."""
        st.switch_page(listed[0], query_params=st.query_params.to_dict())

    first = st.Page(start, title="Special-school placements", url_path="start", default=True, visibility="hidden")
    return st.navigation([first, *listed], expanded=True)  # none behind "View more": each page is a question somebody comes with


def expect_routed() -> None:
    """Until app.py has run once in a server's life, Streamlit takes the files of pages/ for pages of its own; such a visit is sent the right way."""
    if not st.session_state.get("_routed"):
        navigation()
        st.rerun()
