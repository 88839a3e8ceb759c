"""How the data are protected: what was confirmed, where they lie, what is past its time, who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.findings import protection as finding_of
from analytics.run import protection as run
from analytics.run.session import allowed
from pages._frame import show
from pages._frame.intake import confirm

if TYPE_CHECKING:
    from pages._frame import Page


def protect(page: Page) -> None:
    """What was confirmed, where the file lies, what would be removed today, and the audit log for those who may see it."""
    given = run.confirmed(page.session.store)
    _confirmed(page, given)
    _retention(page)
    if given.get("fingerprint"):
        _look_up(page)
    if allowed(page.session.role, "view_audit"):
        _audit(page)


def _confirmed(page: Page, given: dict[str, Any]) -> None:
    for line in finding_of.confirmed(given, page.session.store.is_sample()):
        st.markdown(show.literal(line))
    if given["confirmed"]:
        box = st.expander("Change what was confirmed", key="_change", on_change="rerun")
        if box.open:
            with box:
                confirm.form(page, given)


def _retention(page: Page) -> None:
    box = st.expander("What would be removed today", key="_due", on_change="rerun")
    if box.open:
        with box:
            said, table = finding_of.due(page.run(run.due_now))
            st.markdown(show.literal(said))
            if len(table.frame):
                page.table(table, "due")


def _look_up(page: Page) -> None:
    with st.popover("Find a child's pseudonym", icon=":material/search:"), st.form("_look_up", border=False):
        text = st.text_input("The id as the case system writes it", key="_look_up_id")
        if st.form_submit_button("Show the pseudonym"):
            found = run.pseudonym_of(page.session, text)
            st.code(found, language=None)


def _audit(page: Page) -> None:
    box = st.expander("Audit log", key="_audit", on_change="rerun")
    if box.open:
        with box:
            said, faults, table = finding_of.log(run.log_of(page.session))
            if faults:
                st.error(show.literal(" ".join(faults)), icon=":material/error:")
            st.markdown(show.literal(said))
            st.dataframe(table.frame.head(20), hide_index=True, column_config=dict(table.columns), alt=table.title, key="_audit_rows")
            st.download_button(
                "Download the audit log",
                lambda: run.log_file(page.session),
                file_name="audit.jsonl",
                mime="application/jsonl",
                key="_audit_download",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )
