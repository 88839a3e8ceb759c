"""Work above two seconds: progress, what is happening, and a way to stop it."""

from __future__ import annotations

from typing import Any, Protocol

import streamlit as st


class Work(Protocol):
    """A child process or a thread's job."""

    @property
    def running(self) -> bool: ...
    @property
    def seconds(self) -> float: ...
    @property
    def progress(self) -> tuple[float | None, str]: ...
    def cancel(self) -> None: ...


def begin(name: str, work: Work) -> None:
    """Remembers the work of this browser; an earlier one of that name is stopped."""
    stop(name)
    st.session_state[f"_work_{name}"] = work


def stop(name: str) -> None:
    work = st.session_state.get(f"_work_{name}")
    if work is not None:
        work.cancel()


def at_work(name: str) -> bool:
    """Shows the progress of work that runs; True while it does."""
    work = st.session_state.get(f"_work_{name}")
    if work is None or not work.running:
        return False
    _watch(name)
    return True


def done(name: str) -> Any:
    """The finished work of that name, once; None where there is none."""
    work = st.session_state.get(f"_work_{name}")
    return st.session_state.pop(f"_work_{name}") if work is not None and not work.running else None


@st.fragment(run_every=0.5)
def _watch(name: str) -> None:
    work: Work | None = st.session_state.get(f"_work_{name}")
    if work is None or not work.running:
        st.rerun()
    fraction, words = work.progress
    st.progress(fraction or 0.0, text=f"{words or 'Starting'} · {work.seconds:.0f} s")
    st.button("Cancel", key=f"_cancel_{name}", on_click=stop, args=(name,), icon=":material/cancel:")
