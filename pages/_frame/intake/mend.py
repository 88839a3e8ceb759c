"""Records set aside: what is wrong, to mend here or in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.findings import intake as finding_of
from analytics.run import intake as run
from data.sources import SOURCES
from pages._frame import show
from pages._frame.intake.files import begin, folder

if TYPE_CHECKING:
    from analytics.figures import Finding
    from pages._frame import Page


def mend(page: Page, finding: Finding) -> None:
    """Records set aside: what is wrong, to mend here or in a spreadsheet."""
    waiting = finding.tables["waiting"]
    if waiting.frame.empty:
        st.markdown("No record is set aside.")
        return
    page.table(waiting, "set_aside")
    sources = list(dict.fromkeys(waiting.frame["source"]))
    source = SOURCES[st.selectbox("Mend records of", sources, key="_mend_source")]
    rows = finding_of.to_mend(waiting, source)
    edited = st.data_editor(rows, key=f"_mend_{source.name}", hide_index=True, num_rows="dynamic")
    with st.container(horizontal=True):
        if st.button("Load mended records", key="_load_mended", type=show.strong()):
            path = folder() / f"mended_{source.name}.csv"
            path.write_bytes(run.mended(edited))
            begin(page, [path], source.name)
            st.rerun()
        st.download_button(
            "Download to mend elsewhere",
            lambda: run.to_mend_elsewhere(page.session, rows, source.name),
            file_name=f"to_mend_{source.name}.csv",
            mime="text/csv",
            key="_download_mend",
            on_click="ignore",
            type="tertiary",
        )
