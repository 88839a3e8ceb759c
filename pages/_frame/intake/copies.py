"""Backups of the store: making one, and restoring one, also when the store itself cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import intake as run
from analytics.run import restoring
from data.errors import UserError
from pages._frame import access, filters, show

if TYPE_CHECKING:
    from data.domain import Role
    from pages._frame import Page


def backup(page: Page) -> None:
    """A complete copy of the store, and the way back to an earlier one."""
    path = page.session.store.path
    show.small(f"Data lie in {path.parent}")
    if st.button("Make a backup now", key="_backup"):
        made = run.backup(page.session)
        st.success(show.literal(f"Backup of {made['batches']} files written to {made['file']}."))
    box = st.expander("Restore a backup", key="_restore_part", on_change="rerun")
    if box.open:
        with box:
            offer(page.session.role, path)


def offer(role: Role, db: Path) -> None:
    """The backups, what restoring one takes away, and the button that does it once a person has said yes."""
    found = restoring.copies(role, db)
    if found.table.frame.empty:
        st.markdown("There is no backup in the database's own folder yet.")
        return
    table = found.table
    show.heading("Go back to a backup", table.subtitle)
    st.dataframe(table.frame, key="_backups", hide_index=True, column_config=dict(table.columns), alt=f"{table.title}. {table.subtitle}")
    if not found.good:
        st.markdown("None of these backups can be trusted.")
        return
    good = {copy.file.name: copy for copy in found.good}  # the choice is kept by name: what is lost is told as it is now
    chosen = good[st.selectbox("Backup to restore", good, format_func=lambda name: good[name].name, key="_restore_which")]
    st.markdown(show.literal(chosen.lost))
    done = st.session_state.get("_restores", 0)  # a yes holds for one restore
    sure = st.checkbox("Put this backup in the place of the data that are there now", key=f"_restore_sure_{chosen.file.name}_{done}")
    if st.button("Restore this backup", type=show.strong(), disabled=not sure, key="_restore"):
        try:
            with st.spinner("Restoring…"):
                said = restoring.restore(role, db, chosen.file, access.user())
        except UserError as error:
            st.error(show.literal(error.message), icon=":material/error:")
            return
        st.session_state["_restored"], st.session_state["_restores"] = said, done + 1
        filters.forget()
        st.rerun()


def tell_restored() -> None:
    """At the top of the page after a restore, once: what is there now."""
    if said := st.session_state.pop("_restored", ""):
        st.success(show.literal(said))
