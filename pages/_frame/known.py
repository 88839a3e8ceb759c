"""The day that a page's figures are as known on: today, or an earlier day on which something was loaded. Kept over pages and in the address."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from analytics.figures import format_date
from analytics.run import stores
from pages._frame import show

if TYPE_CHECKING:
    from data.store import Store

TODAY = "today"
_IN_ADDRESS, _WIDGET = "known_on", "_as_known"


def choose(page: str, store: Store) -> Store:
    """Draws the choice where there is an earlier state, and answers the store as it is or as it was known on the day chosen."""
    _take_from_address(page)
    earlier = [day.isoformat() for day in stores.days_of_loading(store)[1:]]
    asked = str(st.session_state.get("_known_on", TODAY))
    options = [TODAY, *sorted({*earlier, *({asked} - {TODAY})}, reverse=True)]
    chosen = TODAY
    if len(options) > 1:
        st.session_state[_WIDGET] = asked
        told = "Figures from what had been loaded, decided and withdrawn by the end of a day (UTC); files loaded since are left out."
        with st.sidebar:
            chosen = str(st.selectbox("As known on", options, format_func=_words, key=_WIDGET, on_change=_take_choice, help=told))
    _tell_address(chosen)
    if chosen == TODAY:
        return store
    with st.spinner(f"Looking back to {_words(chosen)}…"):
        return stores.as_known(store, date.fromisoformat(chosen))


def banner(store: Store) -> None:
    """What a past state is, above everything that is read from it; nothing on today's."""
    if store.known_day is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{show.literal(store.told)}**", width="content")
            st.button("Back to today", key="_back_to_today", on_click=_go, args=(TODAY,), icon=":material/today:")


def state(store: Store, version: str) -> str:
    """The version of the data, with the day of a past state: two days may hold the same files and still refer to other days."""
    return version if store.known_day is None else f"{version} as known on {format_date(store.known_day)}"


def _take_from_address(page: str) -> None:
    """A link, the Back button or a reload sets the day; a move to another page without one carries it along."""
    asked, told = st.query_params.get(_IN_ADDRESS), st.session_state.get("_known_told")
    moved = st.session_state.get("_known_page") != page
    st.session_state["_known_page"] = page
    if asked != told and (asked is not None or not moved):
        st.session_state["_known_on"] = TODAY
        with suppress(ValueError):  # a link with no day in it shows today
            st.session_state["_known_on"] = date.fromisoformat(asked or "").isoformat()


def _tell_address(chosen: str) -> None:
    told = None if chosen == TODAY else chosen
    if st.query_params.get(_IN_ADDRESS) != told:
        if told is None:
            del st.query_params[_IN_ADDRESS]
        else:
            st.query_params[_IN_ADDRESS] = told
    st.session_state["_known_told"] = told


def _take_choice() -> None:
    _go(str(st.session_state[_WIDGET]))


def _go(day: str) -> None:
    """Another state may lack what filters ask for, so they are taken from the address again."""
    st.session_state["_known_on"] = day
    st.session_state["_told"] = None


def _words(day: str) -> str:
    return "Today" if day == TODAY else format_date(date.fromisoformat(day))
