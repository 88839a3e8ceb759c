"""A solve on Contracts: begun by the form, watched, stopped, and found again after a reload or in a second tab by the token in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import plan as run
from analytics.run import solving
from pages._frame import show, solve_form

if TYPE_CHECKING:
    from analytics.run.plan import Solved
    from analytics.run.solving import Inputs, Solve
    from pages._frame import Page

_IN_ADDRESS, _KEPT = "solve", "_solve"
_WATCH_SECONDS = 0.5
_GONE = "The plan of this link is not kept any more, or is not yours. Size the contracts again."


def inputs(page: Page, given: Inputs | None = None) -> None:
    """The form, filled with what the solve at hand was asked, or with `given`. Pressing its button starts a solve."""
    found = current(page)
    asked = solve_form.ask(page, given or (found.inputs if found is not None else None))
    if asked is not None:
        begin(page, asked)


def begin(page: Page, asked: Inputs) -> None:
    """Starts a solve in the place of this browser's last one, and puts its token into the address."""
    token = run.begin(page.session, asked, page.state, st.session_state.get(_KEPT))
    st.query_params.pop("scenario", None)
    st.session_state[_KEPT] = st.query_params[_IN_ADDRESS] = token


def forget() -> None:
    """Shows no solve any more; one that runs goes on until another takes its place or the server ends."""
    st.session_state.pop(_KEPT, None)
    st.query_params.pop(_IN_ADDRESS, None)


def current(page: Page) -> Solve | None:
    """The solve of the address, else the last one of this browser; None where it is no longer kept or somebody else's."""
    asked = st.query_params.get(_IN_ADDRESS)
    own = None if "scenario" in st.query_params else st.session_state.get(_KEPT)  # a scenario is looked at, not the last solve
    found = solving.find(page.session, asked or own)
    if asked and found is None:
        st.info(_GONE, icon=":material/info:")
        del st.query_params[_IN_ADDRESS]
    if found is not None:
        token = asked or own
        st.session_state[_KEPT] = token
        if asked != token:
            st.query_params[_IN_ADDRESS] = token
    return found


def solving_now(page: Page) -> bool:
    """Shows the progress of a solve that runs; True while it does."""
    found = current(page)
    if found is None or not found.running:
        return False
    _watch(page, st.session_state[_KEPT])
    return True


def solved(page: Page) -> Solved | None:
    """What the last solve on the same data made; None before one. Raises what kept it from being made."""
    found = current(page)
    if found is None or found.running:
        return None
    if found.state != page.state:
        st.info("The data changed since this plan was made. Size the contracts again.", icon=":material/info:")
        return None
    made: Solved = found.result()
    return made


@st.fragment(run_every=_WATCH_SECONDS)
def _watch(page: Page, token: str) -> None:
    found = solving.find(page.session, token)
    if found is None or not found.running:
        st.rerun()
    fraction, words = found.progress
    st.progress(fraction or 0.0, text=show.literal(f"{words or 'Starting'} · {found.seconds:.0f} s"))
    st.button("Cancel", key="_cancel_solve", on_click=solving.cancel, args=(page.session, token), icon=":material/cancel:")
