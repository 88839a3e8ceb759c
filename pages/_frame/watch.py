"""Pages, roles and sign-ins told to the audit log, once a page, role and session; where the log cannot be written a banner says so."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analytics.run import watching
from analytics.run.session import Session
from data.errors import StoreUnusable
from pages._frame import show


def opened(session: Session, page: str) -> None:
    """A page that the guard let through."""
    _once(("page", page, session.role.value, str(session.store.path)), lambda: watching.page_opened(session, page))


def role_taken(role: str, user: str) -> None:
    """A role of several, each time it is another."""
    if st.session_state.get("_watched_role", role) != role:
        _tell(lambda: watching.person("view_as", role, user))
    st.session_state["_watched_role"] = role


def signed_in(user: str) -> None:
    """The first page after a sign-in."""
    _once(("signed in", user), lambda: watching.person("signed_in", "", user))


def signed_out(user: str, why: str) -> None:
    """Signed out because the person asked, or was idle."""
    _tell(lambda: watching.person("signed_out", "", user, why=why))


def _once(what: tuple[str, ...], tell: Callable[[], None]) -> None:
    told = st.session_state.get("_watched", ())
    if what not in told and _tell(tell):
        st.session_state["_watched"] = (*told, what)


def _tell(tell: Callable[[], None]) -> bool:
    try:
        tell()
    except StoreUnusable as error:
        st.warning(show.literal(f"{error.message} Until then nothing can be loaded or exported."), icon=":material/warning:")
        return False
    return True
