"""A list for one setting, and what a person records of a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import invoices as run
from pages._frame import choose, show

if TYPE_CHECKING:
    from pages._frame import Page


def setting_list(page: Page, asked: tuple[Any, ...]) -> None:
    """The payments of one setting with reasons and evidence, to look at and then to send."""
    settings = page.run(run.settings, *asked)
    if not settings:
        st.markdown("No setting has a payment to look at.")
        return
    urn = choose("Setting", settings, "list_of", optional=True)
    if urn:
        table = page.run(run.setting_lines, *asked, urn)
        about = {**page.about, "Audience": f"{settings[urn]} and {page.session.role.value} use only"}
        show.rows_of(page.session, table, about, name=f"payments_to_look_at_{urn}")
    else:
        show.small("Choose a setting: its list holds its own payments and no other's.")


def record(page: Page, asked: tuple[Any, ...]) -> None:
    """What came of a payment: an amount that came back, or why nothing is owed; and records to take back."""
    if page.is_past:
        st.markdown("An earlier state is shown, in which nothing can be recorded.")
        return
    open_lines = page.run(run.lines, *asked).frame
    with st.form("_recovery", border=True):
        left, right = st.columns(2)
        payment = left.selectbox("Payment", list(open_lines["transaction_id"]), index=None, placeholder="Choose…", key="_recovery_payment")
        outcome = right.selectbox("What came of it", list(run.OUTCOMES), format_func=run.OUTCOMES.__getitem__, key="_recovery_outcome")
        amount = left.number_input("Amount that came back, £", min_value=0.0, step=0.01, value=None, format="%.2f", key="_recovery_amount")
        day = right.date_input("On", value="today", format="DD/MM/YYYY", key="_recovery_day")
        note = st.text_input("Note, or why it is not owed (name no child)", key="_recovery_note", max_chars=500)
        if st.form_submit_button("Record", type=show.strong()) and payment and day:
            run.record(page.session, str(payment), str(outcome), amount if outcome == "recovered" else None, day, note)
            st.rerun()
    table, numbered = run.records(page.session)
    if table.frame.empty:
        show.small("Nothing is recorded yet.")
        return
    show.rows_of(page.session, table, page.about, name="recorded")
    number = st.selectbox("A record to take back", list(numbered), index=None, format_func=numbered.__getitem__, placeholder="Choose…", key="_recovery_undo")
    if st.button("Take back", key="_recovery_take_back", disabled=number is None):
        run.take_back(page.session, str(number))
        st.rerun()
