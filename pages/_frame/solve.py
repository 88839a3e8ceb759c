"""Long work on Contracts: begun, watched, stopped, and found again after a reload or in a second tab by a token in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import plan as run
from analytics.run import solving
from pages._frame import show, solve_form

if TYPE_CHECKING:
    from analytics.run.plan import Solved
    from analytics.run.solving import Inputs, Solve
    from pages._frame import Page

_WATCH_SECONDS = 0.5
_GONE = "What this link leads to is not kept any more, or is not yours. Size the contracts again."
_SCENARIO = "scenario"  # in the address: a saved scenario is looked at, not the last solve


@dataclass(frozen=True)
class Slot:
    """One kind of work of a browser: the name of its token in the address, kept in the session too."""

    name: str

    def keep(self, token: str) -> None:
        """Puts a token into the address and remembers it for this browser."""
        st.session_state[f"_{self.name}"] = token
        if st.query_params.get(self.name) != token:
            st.query_params[self.name] = token

    @property
    def token(self) -> str | None:
        """The token of the address, else of this browser's last work."""
        own = None if _SCENARIO in st.query_params else st.session_state.get(f"_{self.name}")
        return st.query_params.get(self.name) or own

    def forget(self) -> None:
        """Shows this work no more; what runs goes on until other work takes its place or the server ends."""
        st.session_state.pop(f"_{self.name}", None)
        st.query_params.pop(self.name, None)

    def current(self, page: Page) -> Solve | None:
        """The work at hand; None where there is none, or it is no longer kept or somebody else's."""
        token = self.token
        found = solving.find(page.session, token)
        if token is not None and found is None:
            if self.name in st.query_params:
                st.info(_GONE, icon=":material/info:")
            self.forget()
        elif token is not None:
            self.keep(token)
        return found

    def running(self, page: Page) -> bool:
        """Shows the progress of work that runs; True while it does."""
        found = self.current(page)
        if found is None or not found.running:
            return False
        _watch(page, self.name, str(self.token))
        return True

    def made(self, page: Page) -> Any:
        """What the work made, on the same data; None before any. Raises what kept it from being made."""
        found = self.current(page)
        if found is None or found.running:
            return None
        if found.state != page.state:
            st.info("The data changed since this was worked out. Start it again.", icon=":material/info:")
            return None
        return found.result()


SIZING, BACK = Slot("solve"), Slot("back")


def inputs(page: Page, given: Inputs | None = None) -> None:
    """The form, filled with what the solve at hand was asked, or with `given`. Pressing its button starts a solve."""
    found = SIZING.current(page)
    asked = solve_form.ask(page, given or (found.inputs if found is not None else None))
    if asked is not None:
        begin(page, asked)


def begin(page: Page, asked: Inputs) -> None:
    """Starts a solve in the place of this browser's last one, and puts its token into the address."""
    before = SIZING.token
    st.query_params.pop(_SCENARIO, None)
    BACK.forget()
    SIZING.keep(run.begin(page.session, asked, page.state, before))


def solved(page: Page) -> Solved | None:
    """What the last solve on the same data made; None before one. Raises what kept it from being made."""
    made: Solved | None = SIZING.made(page)
    return made


@st.fragment(run_every=_WATCH_SECONDS)
def _watch(page: Page, name: str, token: str) -> None:
    found = solving.find(page.session, token)
    if found is None or not found.running:
        st.rerun()
    fraction, words = found.progress
    st.progress(fraction or 0.0, text=show.literal(f"{words or 'Starting'} · {found.seconds:.0f} s"))
    st.button("Cancel", key=f"_cancel_{name}", on_click=solving.cancel, args=(page.session, token), icon=":material/cancel:")
