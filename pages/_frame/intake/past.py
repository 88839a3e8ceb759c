"""Looking back, and taking back: what changed since a day, batches that can be withdrawn, and what Intake is while a past state is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import intake as run
from pages._frame import access, show

if TYPE_CHECKING:
    from pages._frame import Page


def looking_back() -> None:
    """Why there is nothing to press while a past state is shown."""
    st.info("An earlier state is shown, so nothing can be loaded, matched, mended or withdrawn here. Go back to today first.", icon=":material/history:")


def changed(page: Page) -> None:
    """What differs from the records known on a day."""
    days = run.days_of_loading(page.session)
    day = st.selectbox("Since the end of", list(days), format_func=days.__getitem__, key="_changed_since", index=None, placeholder="Choose a day of loading")
    if day is None:
        return
    table = page.run(run.changed_since, day)
    if table.frame.empty:
        st.markdown("No record differs from those known on that day.")
    else:
        show.small(table.subtitle)
        page.table(table, "changed")


def withdraw(page: Page) -> None:
    """A batch taken back without a corrected file in its place."""
    if said := st.session_state.pop("_withdrawn", None):
        st.success(show.literal(said))
    if page.which != access.COUNCIL:
        st.markdown("The made-up authority's files stay as they are.")
        return
    batches = run.withdrawable(page.session)
    show.small("For a file that should not have been loaded. For a corrected one, load the corrected file instead.")
    batch = st.selectbox("Batch", list(batches), format_func=batches.__getitem__, key="_withdraw_batch", index=None, placeholder="Choose a batch")
    sure = st.checkbox("Its records are used no more, and what belongs to them loses them. The file can be loaded again.", key="_withdraw_sure")
    if st.button("Withdraw the batch", key="_withdraw", disabled=batch is None or not sure):
        with st.spinner("Withdrawing, and working out costs anew…"):
            st.session_state["_withdrawn"] = run.withdraw(page.session, str(batch))
        for name in ("_withdraw_batch", "_withdraw_sure"):
            st.session_state.pop(name, None)
        st.rerun()
