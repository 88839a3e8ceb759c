"""Who is asking, which data they look at, and the first start: everything that stands before a page's first number."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import streamlit as st

from analytics.run import session as sessions
from analytics.run.child import Child
from data import paths
from data.domain import Role
from data.ledger import ledger_path
from data.store import Store, shared

IDLE_SECONDS = 15 * 60
SAMPLE, COUNCIL = "sample", "council"
DATA_NAMES = {SAMPLE: "Sample authority (made up)", COUNCIL: "Your council"}
_BUILDING = "sample.building.duckdb"
# One build a process, whichever browser asked first.
_BUILDERS: dict[str, Child] = {}
_LOCK = threading.Lock()


def role() -> Role:
    """The role of the person at this browser; draws "View as" or the sign-in. NotAllowed with a sentence where there is none."""
    if sign_in_is_set_up():
        roles = _signed_in_roles()
    else:
        sessions.check_address(st.get_option("server.address"))
        roles = sessions.local_roles(os.environ.get("PLACEMENTS_ROLE"))
    if len(roles) == 1:
        return roles[0]
    kept = st.session_state.get("_role", roles[0])
    chosen = st.sidebar.selectbox(
        "View as", roles, index=roles.index(kept) if kept in roles else 0, format_func=sessions.ROLE_NAMES.__getitem__, key="_view_as"
    )
    st.session_state["_role"] = chosen
    return Role(chosen)


def sign_in_is_set_up() -> bool:
    """Whether .streamlit/secrets.toml holds an [auth] section."""
    return bool(st.secrets.load_if_toml_exists() and "auth" in st.secrets)


def _signed_in_roles() -> tuple[Role, ...]:
    if not st.user.is_logged_in:
        st.title("Special-school placements")
        st.button("Sign in", on_click=st.login, type="primary")
        st.stop()
    now = time.time()
    if now - st.session_state.get("_last_seen", now) > IDLE_SECONDS:
        st.logout()
    st.session_state["_last_seen"] = now
    st.sidebar.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:")
    return sessions.roles_of_claims(st.user.to_dict(), now)


def sample_path() -> Path:
    return paths.data_dir() / "sample.duckdb"


def council_path() -> Path:
    return paths.default_db()


def chosen_data() -> str:
    """Which data this session looks at: the council's own once something was loaded, else the sample."""
    has_council = council_path().exists()
    kept = st.session_state.get("_data", COUNCIL if has_council else SAMPLE)
    return kept if kept == SAMPLE or has_council else SAMPLE


def choose_data() -> str:
    """Draws the choice between the sample and the council's data where both are there."""
    chosen = chosen_data()
    if council_path().exists():
        options = (COUNCIL, SAMPLE)
        chosen = st.sidebar.selectbox("Data", options, index=options.index(chosen), format_func=DATA_NAMES.__getitem__, key="_which_data")
        st.session_state["_data"] = chosen
    return chosen


def show_data(which: str) -> None:
    """Moves this session to the sample or the council's data; before the choice is drawn again."""
    st.session_state["_data"] = which
    st.session_state.pop("_which_data", None)


def council_store() -> Store:
    """The council's own store, made on first use."""
    return shared(council_path())


def store(which: str) -> Store:
    """The chosen store; on the first start the sample is built, with progress and a way to stop. StoreUnusable if it cannot be opened."""
    if which == COUNCIL:
        return council_store()
    if not sample_path().exists():
        _first_start()
    return shared(sample_path())


def _first_start() -> None:
    """Builds the sample beside its final place and moves it there when it is whole; a stop leaves nothing behind."""
    st.title("Building the sample authority")
    st.markdown(
        "This first start makes a made-up authority of about 20,000 plans, so that every page has something to show. "
        "It takes about half a minute, and once only."
    )
    if said := st.session_state.get("_not_built"):
        st.info(said)
        st.button("Build the sample authority", type="primary", on_click=_resume)
        st.stop()
    with _LOCK:
        if "sample" not in _BUILDERS and not sample_path().exists():
            paths.data_dir().mkdir(parents=True, exist_ok=True)
            _remove_building()
            _BUILDERS["sample"] = Child(["sample", "--db", str(paths.data_dir() / _BUILDING), "--json"], seconds=900)
    _watch_building()
    st.stop()


@st.fragment(run_every=0.5)
def _watch_building() -> None:
    child = _BUILDERS.get("sample")
    if child is None or not child.running:
        _finish_building()
        st.rerun()
    fraction, words = child.progress
    st.progress(fraction or 0.0, text=f"{words or 'Starting'} · {child.seconds:.0f} s")
    st.button("Stop building", on_click=_stop_building, icon=":material/cancel:")


def _finish_building() -> None:
    """Puts the finished sample in its place, or says why there is none. The first browser that comes does it for all."""
    with _LOCK:
        child = _BUILDERS.get("sample")
        if child is None:
            return
        code, _, last_line = child.result()
        if code == 0:
            building = paths.data_dir() / _BUILDING
            building.replace(sample_path())
            ledger_path(building).replace(ledger_path(sample_path()))
        else:
            st.session_state["_not_built"] = (
                f"The sample could not be built: {last_line or f'exit code {code}'} Try again, or load your own files through Intake."
            )
            _remove_building()
        del _BUILDERS["sample"]


def _stop_building() -> None:
    with _LOCK:
        child = _BUILDERS.pop("sample", None)
        if child is not None:
            child.cancel()
            _remove_building()
    st.session_state["_not_built"] = "Building was stopped and nothing was kept."


def _resume() -> None:
    st.session_state.pop("_not_built", None)


def _remove_building() -> None:
    for file in paths.data_dir().glob(f"{_BUILDING}*"):
        file.unlink()
