"""What each source's columns mean, and an empty file to fill."""

from __future__ import annotations

import streamlit as st

from analytics.run import intake as run
from data.sources import SOURCES
from pages._frame import show


def dictionary() -> None:
    """What each source's columns mean, and an empty file to fill."""
    source = st.selectbox("Source", list(SOURCES), key="_dictionary")
    table = run.dictionary(source)
    show.heading(table.title, table.subtitle)
    st.dataframe(table.frame, hide_index=True, column_order=list(table.columns), column_config=dict(table.columns), alt=table.title, key="_dictionary_rows")
    st.download_button(
        f"Template of {source}",
        lambda: run.template(source),
        file_name=f"{source}.csv",
        mime="text/csv",
        key="_template",
        on_click="ignore",
        icon=":material/download:",
    )
