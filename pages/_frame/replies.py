"""What might explain a difference, and recording what a setting replied about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from analytics.findings import replies as words
from analytics.run import fairness as run
from data.errors import UserError
from data.replies import LONGEST_NAME, LONGEST_REPLY, Reply
from pages._frame import show

if TYPE_CHECKING:
    from analytics.figures import Finding
    from pages._frame import Page


def might(page: Page, finding: Finding) -> None:
    """What could explain a difference, in sentences, above the table of every check."""
    if "explanations" in finding.tables:
        table = finding.tables["explanations"]
        show.heading(table.title, table.subtitle)
        for said in words.sentences(table):
            st.markdown(f"- {show.literal(said)}")
        page.section("Every check, setting by setting", lambda: table, "explanations")


def form(page: Page, urn: str) -> None:
    """A form for a commissioner; others, and a past state, see the replies alone."""
    told = st.session_state.pop("_reply_told", None)
    if told:
        st.success(told, icon=":material/check:")
    if not run.may_record(page.session):
        return
    with st.expander("Record the setting's reply", icon=":material/edit_note:"), st.form(f"_reply_form_{urn}", border=False):
        st.markdown("Write no child's name or id. An earlier reply stays; this one is added to it.")
        on = st.date_input("Replied on", value=None, max_value=datetime.now(UTC).astimezone().date(), format="DD/MM/YYYY")
        by = st.text_input("Who at the setting replied", max_chars=LONGEST_NAME, placeholder="Business manager", help="Their role is enough.")
        said = st.text_area("What they replied", max_chars=LONGEST_REPLY)
        effect = st.radio("What it changes", list(run.EFFECTS), format_func=run.EFFECTS.__getitem__, index=None)
        if st.form_submit_button("Record the reply", type=show.strong()):
            _record(page, Reply(urn, on, by, said, effect or ""))


def _record(page: Page, given: Reply) -> None:
    try:
        number = run.record(page.session, given)
    except UserError as error:  # the form keeps what was written
        st.error(show.literal(error.message), icon=":material/error:")
        return
    st.session_state["_reply_told"] = f"Reply {number} is recorded."
    st.rerun()
