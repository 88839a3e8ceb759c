"""Suppliers that wait for a person, and decisions to take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import intake as run
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page


def match(page: Page) -> None:
    """Suppliers that wait for a person, the proposed setting beside each, and decisions to take back."""
    waiting = run.proposals(page.session)
    if waiting.frame.empty:
        st.markdown("No supplier waits to be matched.")
    else:
        show.rows_of(page.session, waiting, page.about, name="suppliers_to_match")
        _decide(page, waiting.frame)
    decided = run.decisions(page.session)
    if decided:
        back = st.selectbox(
            "Decisions taken", list(decided), format_func=decided.__getitem__, key="_decided", index=None, placeholder="Choose a decision to take back"
        )
        if st.button("Take back", key="_take_back", disabled=back is None):
            run.take_back(page.session, str(back))
            st.rerun()


def _decide(page: Page, frame: Any) -> None:
    supplier = st.selectbox("Supplier to match", list(frame["supplier_name"]), key="_supplier")
    row = frame[frame["supplier_name"] == supplier].iloc[0]
    proposed = row["urn"] if isinstance(row["urn"], str) else None
    if row["reason"]:
        said = f"Proposed: {row['setting_name']}. Why: {row['reason']}." if proposed else f"Nothing proposed: {row['reason']}."
        st.markdown(show.literal(said))
    words = st.text_input(
        "Look in the wider register", key="_look_in_register", placeholder="Name, town or postcode", help="Shows up to 50 that hold every word"
    )
    choices = run.setting_choices(page.session, words, proposed)
    first = list(choices).index(proposed) if proposed in choices else None
    urn = st.selectbox("This supplier is", list(choices), index=first, format_func=choices.__getitem__, key=f"_is_{supplier}", placeholder="Choose…")
    if st.button("Confirm the match", type=show.strong(), key="_confirm", disabled=urn is None):
        run.decide(page.session, str(supplier), str(urn))
        st.rerun()
