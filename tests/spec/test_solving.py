"""Solves that outlive a browser's session: found again by their token, by nobody else, stopped within a second, bounded in number."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from analytics.run import solving
from analytics.run.session import Session
from analytics.run.solving import Inputs, Solve
from data import child as children
from data.child import Child
from data.domain import Role
from data.errors import Cancelled, InputRejected, NotAllowed

INPUTS = Inputs("{}", "secondary", "east")


def session(role: Role = Role.COMMISSIONER, user: str = "a.officer", store: str = "council.duckdb") -> Session:
    return Session(role, cast("Any", SimpleNamespace(path=Path(store))), user)


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    yield
    for _, solve in solving._kept.values():
        solve.cancel()
    solving._kept.clear()


@pytest.fixture
def waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Solve], str]:
    """Work that waits for a child of a minute."""
    (tmp_path / "rests").mkdir()
    (tmp_path / "rests" / "__main__.py").write_text("import sys, time\nprint('progress 0.4 Bounding', file=sys.stderr, flush=True)\ntime.sleep(60)")
    monkeypatch.setattr(children, "PROJECT", tmp_path)
    return lambda solve: str(solve.wait_for(Child("rests", [])).result()[0])


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_a_token_finds_the_solve_its_inputs_and_its_answer_again() -> None:
    token = solving.begin(session(), INPUTS, "v1", lambda _: 7)
    found = solving.find(session(), token)
    assert found is not None
    assert found.result() == 7
    assert (found.inputs, found.state, found.running) == (INPUTS, "v1", False)
    assert solving.find(session(), token) is found  # a second tab of the same person


@pytest.mark.parametrize(
    "other", [session(Role.FINANCE), session(user="b.officer"), session(store="sample.duckdb")], ids=["another role", "another user", "another store"]
)
def test_nobody_else_gets_anything_for_a_token_nor_stops_it(other: Session, waits: Callable[[Solve], str]) -> None:
    token = solving.begin(session(), INPUTS, "v1", waits)
    assert solving.find(other, token) is None
    assert solving.find(other, "made up") is None
    solving.cancel(other, token)
    mine = solving.find(session(), token)
    assert mine is not None
    assert mine.running


def test_a_role_without_the_permission_is_refused() -> None:
    for role in (Role.CABINET, Role.ADMIN):
        with pytest.raises(NotAllowed):
            solving.find(session(role), "x")
        with pytest.raises(NotAllowed):
            solving.begin(session(role), INPUTS, "v1", lambda _: 7)


def test_a_token_tells_nothing_of_a_person() -> None:
    tokens = {solving.begin(session(), INPUTS, "v1", lambda _: 7) for _ in range(5)}
    assert len(tokens) == 5
    assert not any("officer" in token or "commissioner" in token for token in tokens)


def test_progress_is_the_childs_and_cancel_ends_it_within_a_second(waits: Callable[[Solve], str]) -> None:
    token = solving.begin(session(), INPUTS, "v1", waits)
    found = solving.find(session(), token)
    assert found is not None
    assert until(lambda: found.progress == (0.4, "Bounding"))
    began = time.monotonic()
    solving.cancel(session(), token)
    assert not found.running
    assert found._child is not None
    assert until(lambda: not cast("Any", found._child).running)
    assert time.monotonic() - began < 1
    with pytest.raises(Cancelled, match="Solving was stopped"):
        found.result()


def test_work_that_is_stopped_between_steps_goes_no_further() -> None:
    gone_on = []

    def work(solve: Solve) -> None:
        assert until(lambda: not solve.running)
        solve.say("The next step", 0.5)
        gone_on.append(True)

    token = solving.begin(session(), INPUTS, "v1", work)
    solving.cancel(session(), token)
    found = solving.find(session(), token)
    assert found is not None
    found._thread.join(5)
    assert gone_on == []


def test_an_error_is_kept_for_every_reload() -> None:
    def fails(_: Solve) -> None:
        raise InputRejected("A lock is too large.")

    found = solving.find(session(), solving.begin(session(), INPUTS, "v1", fails))
    assert found is not None
    for _ in range(2):
        with pytest.raises(InputRejected, match="too large"):
            found.result()


def test_a_new_solve_takes_the_place_of_the_one_it_names(waits: Callable[[Solve], str]) -> None:
    first = solving.begin(session(), INPUTS, "v1", waits)
    old = solving.find(session(), first)
    assert old is not None
    solving.begin(session(), INPUTS, "v1", lambda _: 7, instead_of=first)
    assert not old.running


def test_nobodys_solve_is_ended_for_the_many_of_another(waits: Callable[[Solve], str]) -> None:
    mine = solving.begin(session(), INPUTS, "v1", waits)
    for _ in range(solving.MOST + 3):
        solving.begin(session(user="b.officer"), INPUTS, "v1", lambda _: 7)
    kept = solving.find(session(), mine)
    assert kept is not None
    assert kept.running
    assert len(solving._kept) == solving.MOST


def test_what_has_ended_keeps_its_answer_when_it_is_cancelled_late() -> None:
    token = solving.begin(session(), INPUTS, "v1", lambda _: 7)
    found = solving.find(session(), token)
    assert found is not None
    assert until(lambda: not found.running)
    solving.begin(session(), INPUTS, "v1", lambda _: 8, instead_of=token)
    assert found.result() == 7


def test_the_oldest_is_let_go_and_ended_when_there_are_too_many(waits: Callable[[Solve], str]) -> None:
    first = solving.begin(session(), INPUTS, "v1", waits)
    old = solving.find(session(), first)
    assert old is not None
    tokens = [solving.begin(session(), INPUTS, "v1", lambda _: 7) for _ in range(solving.MOST)]
    assert solving.find(session(), first) is None
    assert not old.running
    assert all(solving.find(session(), token) is not None for token in tokens)
