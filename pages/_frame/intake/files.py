"""Files to load, each with what it would bring; progress, and what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.findings import intake as finding_of
from analytics.run import intake as run
from analytics.run import stores
from analytics.run.session import Session
from data.errors import Cancelled, UserError, about
from data.scratch import scratch
from data.sources import SOURCES
from pages._frame import access, errors, show, work
from pages._frame.intake import confirm

if TYPE_CHECKING:
    from data.preview import Preview
    from pages._frame import Page


_WORK = "load"
_RECOGNISE = "Recognise by the header"
_BOXES = {True: st.success, False: st.error, None: st.info}


def upload(page: Page) -> None:
    """Files, each with what it would bring; a button that loads them into the council's own store."""
    if work.at_work(_WORK):
        return
    _tell_outcome()
    # Any kind of file: the reader's own sentence says what to do with one it does not read, Streamlit's would name a media type.
    files = st.file_uploader(
        "Files to load, in any order",
        accept_multiple_files=True,
        key=f"_files_{_round()}",
        help="CSV (also as .csv.gz), Excel workbooks (.xlsx) and Parquet, up to 50 MB each. Of a workbook the sheet with a known header is read.",
    )
    if not files:
        return
    named = st.selectbox("What the files hold", [_RECOGNISE, *SOURCES], key="_upload_source")
    source = None if named == _RECOGNISE else named
    paths = [_keep(file) for file in files]
    good = [path for path in paths if _preview(page, path, source)]
    sure = confirm.first(page)
    if st.button(f"Load {len(good)} file{'' if len(good) == 1 else 's'}", type=show.strong(), disabled=not (good and sure), key="_load"):
        begin(page, good, source)
        st.rerun()


def _preview(page: Page, path: Path, source: str | None) -> bool:
    """What a file would bring; False with the reason where it cannot be loaded."""
    try:
        said, mapping, rows, faults = finding_of.previewed(_look(page, path, source))
    except UserError as error:
        st.error(show.literal(about(path.name, error.message)), icon=":material/error:")
        return False
    if rows.frame.empty:
        st.error(show.literal(f"{path.name} has a header but no rows; export it again with its rows."), icon=":material/error:")
        return False
    with st.expander(show.literal(f"{path.name}: {said}"), expanded=True):
        columns = st.tabs(["First records", "Mapping", *(["Faults"] if len(faults.frame) else [])], key=f"_preview_{path.name}")
        columns[0].dataframe(rows.frame, hide_index=True, alt=rows.title)
        columns[1].markdown(show.literal(mapping.subtitle))
        columns[1].dataframe(mapping.frame, hide_index=True, column_config=dict(mapping.columns), alt=mapping.title)
        if len(faults.frame):
            columns[2].markdown(faults.subtitle)
            columns[2].dataframe(faults.frame, hide_index=True, column_config=dict(faults.columns), alt=faults.title)
    return True


def _look(page: Page, path: Path, source: str | None) -> Preview:
    """The file's head, read once in this browser: a workbook takes a process of its own each time."""
    looked: dict[tuple[str, ...], Preview | UserError] = st.session_state.setdefault("_previews", {})
    key = (page.session.role.value, path.name, str(path.stat().st_mtime_ns), str(source))
    if key not in looked:
        try:
            looked[key] = run.preview(page.session.role, path, source, None)
        except UserError as error:
            looked[key] = error
    found = looked[key]
    if isinstance(found, UserError):
        raise found
    return found


def begin(page: Page, paths: list[Path], source: str | None) -> None:
    """Starts to load the files."""
    session = Session(page.session.role, stores.open_council(), page.session.user)
    for name in ("_outcome", "_previews"):
        st.session_state.pop(name, None)
    access.show_data(access.COUNCIL)
    work.begin(_WORK, lambda: run.load(session, paths, source))
    st.session_state["_round"] = _round() + 1


def _tell_outcome() -> None:
    with errors(stop=False):
        if work.finish(_WORK, _keep_outcome):
            st.rerun()
    for well, words in st.session_state.get("_outcome", ()):
        _BOXES[well](show.literal(words))


def _keep_outcome(job: Any) -> None:
    """What became of the files, in sentences that stand until the next load."""
    _sweep()
    try:
        outcome: tuple[tuple[bool | None, str], ...] = finding_of.loaded(job.result())
    except UserError as error:
        outcome = ((None if isinstance(error, Cancelled) else False, error.message),)
    st.session_state["_outcome"] = outcome


def _sweep() -> None:
    """What was uploaded is in the store now, or was refused: no copy of it stays on the disk."""
    for path in folder().iterdir():
        path.unlink()


def _round() -> int:
    return int(st.session_state.get("_round", 0))


def folder() -> Path:
    """This browser's temporary folder; it goes with the session."""
    if "_folder" not in st.session_state:
        st.session_state["_folder"] = scratch("upload")
    return Path(st.session_state["_folder"].name)


def _keep(file: Any) -> Path:
    path = folder() / Path(file.name).name
    if not (path.exists() and st.session_state.get(f"_kept_{path.name}") == file.file_id):  # an upload stays the same from run to run
        path.write_bytes(file.getvalue())
        st.session_state[f"_kept_{path.name}"] = file.file_id
    return path
