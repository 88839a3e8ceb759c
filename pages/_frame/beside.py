"""A published table beside the database: what is kept, adding one, taking it away; several choices kept in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import published as run
from analytics.run.session import allowed
from data.published import PUBLISHED
from data.scratch import scratch
from pages._frame import errors, show

if TYPE_CHECKING:
    from pages._frame import Page


def table(page: Page, name: str, title: str, example: bytes) -> None:
    """Which table is used, a file to put in its place, and the way back to none. `example`: a CSV to begin with."""
    with st.expander(title, key=f"_beside_{name}"):
        with errors(stop=False):
            kept = run.table(page.session, name)
            told = "None was added yet." if kept is None else f"In use: {kept.file}, added {kept.added_on:%d/%m/%Y}, {len(kept.rows):,} rows."
            st.markdown(
                show.literal(f"{PUBLISHED[name].meaning}. {told} It is kept as a file beside the database, not among the council's records, nor of any day.")
            )
        st.download_button(
            "Download a CSV to begin with", example, file_name=f"{name}.csv", mime="text/csv", key=f"_begin_{name}", on_click="ignore", type="tertiary",
            icon=":material/download:",
        )  # fmt: skip
        if page.is_past or not allowed(page.session.role, "load_data"):
            return
        if said := st.session_state.pop(f"_said_{name}", ""):
            st.success(show.literal(said))
        number = int(st.session_state.get(f"_round_{name}", 0))
        file = st.file_uploader("File to use", key=f"_file_{name}_{number}", help="CSV, Excel workbook or Parquet, up to 50 MB")
        with errors(stop=False):
            if file is not None and st.button("Use this file", key=f"_use_{name}", type=show.strong()):
                _add(page, name, file.name, file.getvalue())
                st.session_state[f"_round_{name}"] = number + 1
                st.rerun()
            if kept is not None and st.button("Take it away", key=f"_remove_{name}", type="tertiary", icon=":material/delete:"):
                run.remove(page.session, name)
                st.rerun()


def _add(page: Page, name: str, file: str, content: bytes) -> None:
    """Through a private folder that goes at once: the reader's child opens files by path."""
    with scratch("published") as folder, st.spinner("Reading the file…"):
        path = Path(folder) / Path(file).name
        path.write_bytes(content)
        st.session_state[f"_said_{name}"] = run.add(page.session, name, path)


def several(label: str, options: Mapping[str, str], key: str, default: Sequence[str]) -> tuple[str, ...]:
    """Any of the options, kept in the address where they are not the default."""
    asked = [value for value in st.query_params.get_all(key) if value in options]
    if key not in st.session_state:
        st.session_state[key] = asked or [value for value in default if value in options]
    st.session_state[key] = [value for value in st.session_state[key] if value in options]
    chosen = tuple(st.multiselect(label, list(options), format_func=lambda value: options.get(value, value), key=key, placeholder="Choose…"))
    if sorted(chosen) == sorted(value for value in default if value in options):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = list(chosen)
    return chosen
