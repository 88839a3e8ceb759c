"""What each source's columns mean, and an empty file to fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import intake as run
from data.sources import SOURCES
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page


def dictionary(page: Page) -> None:
    """What each source's columns mean, and an empty file to fill."""
    source = st.selectbox("Source", list(SOURCES), key="_dictionary")
    table = run.dictionary(source)
    show.heading(table.title, table.subtitle)
    show.rows_of(page.session, table, page.about, name="dictionary")
    st.download_button(
        f"Template of {source}",
        lambda: run.template(source),
        file_name=f"{source}.csv",
        mime="text/csv",
        key="_template",
        on_click="ignore",
        icon=":material/download:",
    )
