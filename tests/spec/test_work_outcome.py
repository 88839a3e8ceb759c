"""Work of a page is never lost: Streamlit may end a run for a newer one at any access to the session, and Cancel ends a long read at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from fair import fair
from loading import PLACEMENTS, PLANS, SETTINGS, desk_without_marts
from streamlit.testing.v1 import AppTest

from analytics.run.job import Job
from data.errors import Cancelled, InputRejected
from data.load import load_files
from data.reading import InChild
from pages._frame import show, work
from pages._frame.intake import files

MOST_ACCESSES = 8
ROW = "P1,core,45000,year,2024-09-01,\n"
LARGE = "placement_id,component,amount_gbp,unit,valid_from,valid_to\n" + ROW * 600_000


class CutIn(BaseException):
    """A newer run takes over, or the page asks for one."""


class Session(MutableMapping[str, Any]):
    """What a page keeps between runs; as in Streamlit, each access is a place where the run may end, and the `left`th one does."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self.left = -1

    def _may_end(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise CutIn

    def __getitem__(self, name: str) -> Any:
        self._may_end()
        return self._kept[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._may_end()
        self._kept[name] = value

    def __delitem__(self, name: str) -> None:
        self._may_end()
        del self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    def rerun() -> None:
        raise CutIn

    made = Session()
    made["_folder"] = SimpleNamespace(name=str(tmp_path))
    monkeypatch.setattr(st, "session_state", made)
    monkeypatch.setattr(st, "rerun", rerun)
    return made


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool | None, str]]:
    said: list[tuple[bool | None, str]] = []
    monkeypatch.setattr(files, "_BOXES", {kind: lambda words, kind=kind: said.append((kind, words)) for kind in (True, False, None)})
    monkeypatch.setattr(files.finding_of, "loaded", lambda reports: tuple((True, report) for report in reports))
    return said


def ended(work: Callable[..., Any]) -> Job:
    job = Job(work)
    while job.running:
        time.sleep(0.01)
    return job


def run_page(session: Session, times: int = 3) -> None:
    for _ in range(times):
        try:
            files._tell_outcome()
        except CutIn:
            continue


@pytest.mark.parametrize("cut", range(MOST_ACCESSES))
def test_what_became_of_a_load_is_told_wherever_a_newer_run_cuts_in(cut: int, session: Session, said: list[tuple[bool | None, str]]) -> None:
    work.begin("load", lambda: ended(lambda _progress, _cancelled: ["fees.csv loaded"]))
    session.left = cut
    run_page(session)
    assert (True, "fees.csv loaded") in said
    session.left = -1
    assert not work.finish("load", lambda _job: None)  # and it is forgotten


@pytest.mark.parametrize("cut", range(MOST_ACCESSES))
def test_work_that_has_begun_is_remembered_wherever_a_newer_run_cuts_in(cut: int, session: Session) -> None:
    begun: list[Job] = []

    def start() -> Job:
        begun.append(ended(lambda _progress, _cancelled: 1))
        return begun[0]

    session.left = cut
    with suppress(CutIn):
        work.begin("load", start)
    session.left = -1
    found: list[Any] = []
    assert work.finish("load", found.append) is bool(begun)
    assert found == begun


@pytest.mark.parametrize(("error", "kind"), [(Cancelled(), None), (InputRejected("No."), False)])
def test_why_a_load_did_not_end_well_stands_until_the_next(error: Exception, kind: bool | None, session: Session, said: list[tuple[bool | None, str]]) -> None:
    def broken(_progress: Any, _cancelled: Any) -> None:
        raise error

    work.begin("load", lambda: ended(broken))
    run_page(session, 4)
    assert said == [(kind, show.literal(str(error)))] * 3


def page(start: object) -> None:  # its source runs alone, so it names nothing from above
    import streamlit as st

    from pages._frame import work

    if "begun" not in st.session_state:
        st.session_state["begun"] = True
        work.begin("load", start)  # type: ignore[arg-type]
    if not work.at_work("load"):
        st.write("ended")


def test_a_long_read_ends_within_a_second_of_cancel_in_the_page(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk, fair() as clock:
        desk.load_all(SETTINGS, PLANS, PLACEMENTS)
        large = desk.write(LARGE)
        job = Job(lambda progress, cancelled: load_files(desk.store, [large], progress=progress, cancelled=cancelled, reader=InChild))
        app = AppTest.from_function(page, kwargs={"start": lambda: job}, default_timeout=120).run()
        while not (job.progress[1].startswith("Reading") and (job.progress[0] or 0) > 0.06):
            assert job.running
            time.sleep(0.01)
        button = app.button(key="_cancel_load").click()
        clock.start()
        button.run()
        while job.running:
            time.sleep(0.01)
        assert clock.seconds < 1
        assert [text.value for text in app.run().markdown] == ["ended"]
        with pytest.raises(Cancelled):
            job.result()
        assert desk.rows("SELECT count(*) FROM meta_batch") == [(3,)]
