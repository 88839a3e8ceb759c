"""The decision looked back at on Contracts: asked for, watched, stopped, shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import looking_back as run
from pages import _frame as frame
from pages._frame import show, solve

if TYPE_CHECKING:
    from analytics.figures import Finding
    from pages._frame import Page


def back(page: Page) -> None:
    """What contracts chosen two and three years ago, under the assumptions of the plan at hand, would have come to."""
    planned = solve.SIZING.current(page)
    if planned is None:
        return
    show.heading("Would it have worked before?", "The same assumptions, on what was known two and three years ago, costed on what then happened")
    if solve.BACK.running(page):
        return
    with frame.errors(stop=False):
        finding: Finding | None = solve.BACK.made(page)
        if finding is not None:
            _told(page, finding)
            return
    if st.button("Look back", key="_look_back", help="Chooses the blocks anew for each year, which takes as long as two plans"):
        solve.BACK.keep(run.begin(page.session, planned.inputs, page.state, solve.BACK.token))
        st.rerun()


def _told(page: Page, finding: Finding) -> None:
    st.markdown(f"**{show.literal(finding.answer)}**")
    for note in finding.notes:
        show.small(note)
    page.listing(finding, "back")
    if "back_empty" in finding.tables:
        page.section(finding.tables["back_empty"].title, lambda: finding.tables["back_empty"], "back_empty")
    frame.method(finding, "How this was looked back at")
