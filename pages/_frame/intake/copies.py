"""Backups of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import intake as run
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page


def backup(page: Page) -> None:
    """A complete copy of the store."""
    show.small(f"Data lie in {page.session.store.path.parent}")
    if st.button("Make a backup now", key="_backup"):
        made = run.backup(page.session)
        st.success(show.literal(f"Backup of {made['batches']} files written to {made['file']}."))
