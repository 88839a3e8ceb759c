"""Visits on Quality and in a dossier: those that stand; on Quality the form that records one, and taking one back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import visits as run
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page


def visits(page: Page, urn: str | None) -> None:
    """Visits to the chosen setting or to all, and for a commissioner the form."""
    if said := st.session_state.pop("_visit_said", None):
        st.success(show.literal(said))
    standing(page, urn)
    if run.may_record(page.session):
        with st.expander("Record a visit", key="_visit_box"):
            _form(page, urn)
            _take_back(page)


def standing(page: Page, urn: str | None) -> None:
    """Visits to the chosen setting or to all, as a table."""
    table = run.visits(page.session, urn)
    if table.frame.empty:
        st.markdown("No visit to this setting is recorded yet." if urn else "No visit is recorded yet.")
    else:
        show.rows_of(page.session, table, page.about, name="visits")


def _form(page: Page, urn: str | None) -> None:
    choices = run.settings(page.session)
    at = list(choices).index(urn) if urn in choices else None
    with st.form("_visit", border=False):
        where = st.selectbox("Setting visited", list(choices), index=at, format_func=choices.__getitem__, placeholder="Choose…", key=f"_visit_urn_{urn}")
        left, right = st.columns(2)
        on = left.date_input("Visited on", value=None, max_value=date.today(), format="DD/MM/YYYY", key="_visit_on")  # noqa: DTZ011 - the person's own day
        by = right.text_input("Who went", key="_visit_by")
        seen = st.text_area("What was seen", key="_visit_seen", help="Name no child: describe what was seen of the setting.")
        left, right = st.columns(2)
        follows = left.text_input("What follows", key="_visit_follows")
        due = right.date_input("By when", value=None, format="DD/MM/YYYY", key="_visit_due")
        if st.form_submit_button("Record the visit", type=show.strong(), key="_visit_record"):
            if where is None or on is None:
                st.error("Choose the setting and the day of the visit.", icon=":material/error:")
                return
            st.session_state["_visit_said"] = run.record(page.session, where, on, by, seen, follows, due)
            for name in ("_visit_on", "_visit_by", "_visit_seen", "_visit_follows", "_visit_due"):
                st.session_state.pop(name, None)
            st.rerun()


def _take_back(page: Page) -> None:
    known = run.to_take_back(page.session)
    if known:
        back = st.selectbox(
            "Recorded by mistake", list(known), index=None, format_func=known.__getitem__, placeholder="Choose a visit to take back", key="_visit_back"
        )
        if st.button("Take the visit back", key="_visit_take_back", disabled=back is None):
            run.take_back(page.session, str(back))
            st.session_state["_visit_said"] = "The visit is taken back."
            st.rerun()
