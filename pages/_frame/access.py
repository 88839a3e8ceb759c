"""Who is asking, which data they look at, and the first start: everything that stands before a page's first number."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import session as sessions
from analytics.run import stores
from data.domain import Role
from pages._frame import filters, show, watch

if TYPE_CHECKING:
    from pathlib import Path

    from data.store import Store

IDLE_SECONDS = 15 * 60
SAMPLE, COUNCIL = "sample", "council"
DATA_NAMES = {SAMPLE: "Sample authority (made up)", COUNCIL: "Your council"}


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
    watch.role_taken(chosen, user())
    return Role(chosen)


def user() -> str:
    """The signed-in person's name or address; empty without sign-in."""
    return str(st.user.get("name") or st.user.get("email") or "") if sign_in_is_set_up() else ""


def sign_in_is_set_up() -> bool:
    """Whether .streamlit/secrets.toml holds an [auth] section."""
    return bool(st.secrets.load_if_toml_exists() and "auth" in st.secrets)


def _signed_in_roles() -> tuple[Role, ...]:
    if not st.user.is_logged_in:
        st.title("Special-school placements")
        st.button("Sign in", on_click=st.login, type=show.strong())
        st.stop()
    now = time.time()
    if now - st.session_state.get("_last_seen", now) > IDLE_SECONDS:
        _sign_out("idle")
    st.session_state["_last_seen"] = now
    watch.signed_in(user())
    st.sidebar.button("Sign out", on_click=_sign_out, args=("asked",), type="tertiary", icon=":material/logout:")
    return sessions.roles_of_claims(st.user.to_dict(), now)


def _sign_out(why: str) -> None:
    watch.signed_out(user(), why)
    st.logout()


def chosen_data() -> str:
    """Which data this session looks at: the council's own once something was loaded, else the sample."""
    has_council = stores.has_council()
    kept = st.session_state.get("_data", COUNCIL if has_council else SAMPLE)
    return kept if kept == SAMPLE or has_council else SAMPLE


def choose_data() -> str:
    """Draws the choice between the sample and the council's data where both are there."""
    chosen = chosen_data()
    if stores.has_council():
        options = (COUNCIL, SAMPLE)
        chosen = st.sidebar.selectbox(
            "Data", options, index=options.index(chosen), format_func=DATA_NAMES.__getitem__, key="_which_data", on_change=filters.forget
        )
        st.session_state["_data"] = chosen
    return chosen


def show_data(which: str) -> None:
    """Moves this session to the sample or the council's data; before the choice is drawn again."""
    st.session_state["_data"] = which
    st.session_state.pop("_which_data", None)
    filters.forget()


def path_of(which: str) -> Path:
    """Where the chosen store lies."""
    return stores.council_path() if which == COUNCIL else stores.sample_path()


def store(which: str, build: bool) -> Store:
    """The chosen store; on the first start the sample is built, with progress and a way to stop. StoreUnusable if it cannot be opened.

    Without `build`, the council's store stands in for a sample that is not there.
    """
    if which == COUNCIL:
        return stores.open_council()
    if not stores.is_there(stores.sample_path()):
        if not build:
            return stores.open_council()
        _first_start()
    return stores.open_sample()


def _first_start() -> None:
    """Builds the sample with progress and a way to stop; a stop leaves nothing behind."""
    st.title("Building the sample authority", anchor=False)
    st.markdown(
        "This first start makes a made-up authority of about 20,000 plans, so that every page has something to show. "
        "It takes half a minute to two minutes, and once only."
    )
    if said := st.session_state.get("_not_built"):
        st.info(said)
        st.button("Build the sample authority", type=show.strong(), on_click=_resume)
        st.page_link("pages/intake.py", label="Load your own files instead")
        st.stop()
    stores.build_sample()
    _watch_building()
    st.stop()


@st.fragment(run_every=0.5)
def _watch_building() -> None:
    child = stores.building()
    if child is None or not child.running:
        if fault := stores.finish_building():
            st.session_state["_not_built"] = f"The sample could not be built: {fault}"
        st.rerun()
    fraction, words = child.progress
    st.progress(fraction or 0.0, text=f"{words or 'Starting'} · {child.seconds:.0f} s")
    st.button("Stop building", on_click=_stop_building, icon=":material/cancel:")


def _stop_building() -> None:
    stores.stop_building()
    st.session_state["_not_built"] = "Building was stopped and nothing was kept."


def _resume() -> None:
    st.session_state.pop("_not_built", None)
