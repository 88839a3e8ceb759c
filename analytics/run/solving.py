"""Solves of this server's process, so that a reload or a second tab of the same person finds them; they end with the server."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.run.session import Session, require
from data.errors import Cancelled

if TYPE_CHECKING:
    from data.child import Child

MOST = 20  # solves that are kept; beginning one more lets go of the oldest
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Inputs:
    """What was asked: the policy as JSON text (`contracts --policy`), the phase and the home area."""

    policy: str
    phase: str
    area: str


class Solve:
    """Work in a thread that may wait for a child process. The same face as `child.Child`, so that a page watches and stops it."""

    def __init__(self, inputs: Inputs, state: str, work: Callable[[Solve], Any]) -> None:
        self.inputs, self.state = inputs, state
        self._work = work
        self._child: Child | None = None
        self._words, self._fraction = "Starting", 0.0
        self._stop = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None
        self._started, self._ended = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is still something to wait for; not after `cancel`, although a step that cannot be cut short may end by itself."""
        return self._thread.is_alive() and not self._stop.is_set()

    @property
    def seconds(self) -> float:
        """Seconds since the start, or that it took."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def progress(self) -> tuple[float | None, str]:
        """Fraction done and what is happening: the child's own words while one is at work."""
        child = self._child
        if child is not None and child.running:
            fraction, words = child.progress
            return fraction, words or self._words
        return self._fraction, self._words

    def say(self, words: str, fraction: float) -> None:
        """What happens now. Cancelled where the work is to stop, so each step asks."""
        if self._stop.is_set():
            raise stopped()
        self._words, self._fraction = words, fraction

    def wait_for(self, child: Child) -> Child:
        """Waits for a child's end; it is ended with the solve."""
        self._child = child
        if self._stop.is_set():
            child.cancel()
        while child.running:
            time.sleep(_POLL_SECONDS)
        return child

    def cancel(self) -> None:
        """Stops the work and everything it started, within a second. Work that has ended keeps what it made."""
        if not self._thread.is_alive():
            return
        self._stop.set()
        if self._child is not None:
            self._child.cancel()

    def result(self) -> Any:
        """What the work made; raises what kept it from being made."""
        if self._stop.is_set():
            raise stopped()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._work(self)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error
        self._ended = time.monotonic()


def stopped() -> Cancelled:
    """What a person is told of a solve they stopped."""
    return Cancelled("Solving was stopped; nothing was changed. Change the inputs or try again.")


_Owner = tuple[str, str, str]
_kept: OrderedDict[str, tuple[_Owner, Solve]] = OrderedDict()
_lock = threading.Lock()


def begin(session: Session, inputs: Inputs, state: str, work: Callable[[Solve], Any], instead_of: str | None = None) -> str:
    """Starts work for this role, user and store and answers the token that finds it again. `instead_of`: the token of one that it takes the place of."""
    require(session, "plan_contracts")
    if instead_of is not None:
        cancel(session, instead_of)
    token = secrets.token_urlsafe(12)
    with _lock:
        _kept[token] = (_owner(session), Solve(inputs, state, work))
        gone = _let_go()
    for solve in gone:
        solve.cancel()
    return token


def _let_go() -> list[Solve]:
    """Those above `MOST`, no longer kept: the oldest of whoever has most, so that nobody's solve is ended for another's many."""
    gone = []
    while len(_kept) > MOST:
        owners = [owner for owner, _ in _kept.values()]
        busiest = max(owners, key=owners.count)
        token = next(token for token, (owner, _) in _kept.items() if owner == busiest)
        gone.append(_kept.pop(token)[1])
    return gone


def find(session: Session, token: str | None) -> Solve | None:
    """The solve of a token that this role and user began on this store; None for any other token, whoever made it."""
    require(session, "plan_contracts")
    with _lock:
        owner, solve = _kept.get(token or "", (None, None))
    return solve if owner == _owner(session) else None


def cancel(session: Session, token: str) -> None:
    """Stops the solve of a token, where it is this person's own."""
    if (solve := find(session, token)) is not None:
        solve.cancel()


def _owner(session: Session) -> _Owner:
    return session.role.value, session.user, str(session.store.path)
