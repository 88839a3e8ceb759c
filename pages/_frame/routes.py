"""Which pages there are, and that every page is reached through them."""

from __future__ import annotations

import streamlit as st

# No icons: Streamlit would fetch a page's icon from another host to show it in the browser's tab.
PAGES = {"overview": "Overview", "spend": "Spend", "providers": "Providers", "contracts": "Contracts", "intake": "Intake"}


def navigation() -> st.Page:
    """Declares the pages; answers the one that was asked for."""
    st.session_state["_routed"] = True
    return st.navigation([st.Page(f"pages/{name}.py", title=title, default=name == "overview") for name, title in PAGES.items()])


def expect_routed() -> None:
    """Until app.py has run once in a server's life, Streamlit takes the files of pages/ for pages of its own; such a visit is sent the right way."""
    if not st.session_state.get("_routed"):
        navigation()
        st.rerun()
