"""Work above two seconds: progress, what is happening, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
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


class _Slot:
    """Where a browser remembers its work."""

    def __init__(self) -> None:
        self.work: Work | None = None


def begin(name: str, start: Callable[[], Work]) -> None:
    """Starts work of this browser; an earlier one of that name is stopped. `start` raises what keeps it from starting.

    Streamlit may end a run for a newer one at any access to the session: so the place is kept first, and nothing runs that nobody remembers.
    """
    stop(name)
    st.session_state[f"_work_{name}"] = slot = _Slot()
    slot.work = start()


def stop(name: str) -> None:
    """Asks the work of that name to stop, if there is any."""
    work = _work(name)
    if work is not None:
        work.cancel()


def at_work(name: str) -> bool:
    """Shows the progress of work that runs; True while it does."""
    work = _work(name)
    if work is None or not work.running:
        return False
    _watch(name)
    return True


def finish(name: str, keep: Callable[[Any], None]) -> bool:
    """Hands finished work of that name to `keep`, once; False where there is none. Raises what `keep` raises.

    The work is forgotten only after `keep`: a newer run that cuts in meanwhile, at any access to the session, has it handed again.
    """
    work = _work(name)
    if work is None or work.running:
        return False
    try:
        keep(work)
    except Exception:
        st.session_state.pop(f"_work_{name}", None)
        raise
    st.session_state.pop(f"_work_{name}", None)
    return True


def _work(name: str) -> Work | None:
    slot: _Slot | None = st.session_state.get(f"_work_{name}")
    return slot.work if slot is not None else None


@st.fragment(run_every=0.5)
def _watch(name: str) -> None:
    work = _work(name)
    if work is None or not work.running:
        st.rerun()
    fraction, words = work.progress
    st.progress(fraction or 0.0, text=f"{words or 'Starting'} · {work.seconds:.0f} s")
    st.button("Cancel", key=f"_cancel_{name}", on_click=stop, args=(name,), icon=":material/cancel:")
