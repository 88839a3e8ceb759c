"""Long work: what a child and a job tell, how they are stopped, what is left behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from analytics.run.child import Child
from analytics.run.job import Job
from analytics.run.plan import outcome
from data import child as children
from data.errors import Cancelled, InputRejected, NoFeasibleAnswer, UserError

SLEEPER = """
import subprocess, sys, time
print("progress 0.25 Resting", file=sys.stderr, flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""


def until(true: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A stand-in for `python -m analytics`, so that the child runs what the test says."""

    def write(code: str) -> None:
        (tmp_path / "analytics").mkdir(exist_ok=True)
        (tmp_path / "analytics" / "__main__.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(children, "PROJECT", tmp_path)

    return write


def test_a_child_tells_progress_and_hands_over_its_document(package: Callable[[str], None], tmp_path: Path) -> None:
    package("import sys\nprint('progress 0.5 Half way', file=sys.stderr)\nprint('{\"a\": 1}')\nprint('All well.', file=sys.stderr)")
    own = tmp_path / "instance.json"
    own.write_text("{}")
    child = Child(["contracts"], owns=(own,))
    code, out, last = child.result()
    assert (code, json.loads(out), last) == (0, {"a": 1}, "All well.")
    assert child.progress == (0.5, "Half way")
    assert until(lambda: not own.exists())


def test_cancel_ends_the_child_and_what_it_started_within_a_second(package: Callable[[str], None]) -> None:
    package(SLEEPER)
    child = Child(["contracts"])
    assert until(lambda: child.progress[0] == 0.25)
    assert until(lambda: len(psutil.Process(child._process.pid).children(recursive=True)) > 0)
    tree = [psutil.Process(child._process.pid), *psutil.Process(child._process.pid).children(recursive=True)]
    began = time.monotonic()
    child.cancel()
    assert until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in tree), 2)
    assert time.monotonic() - began < 2
    with pytest.raises(Cancelled):
        outcome(child)


@pytest.mark.parametrize(("limits", "reason"), [({"seconds": 1.0}, "time"), ({"memory_mb": 1}, "memory")])
def test_a_child_over_its_limit_is_ended(limits: dict[str, Any], reason: str, package: Callable[[str], None]) -> None:
    package(SLEEPER)
    child = Child(["contracts"], **limits)
    assert until(lambda: not child.running)
    assert child.ended_for == reason
    with pytest.raises(UserError, match="ended at its limit"):
        outcome(child)


def test_an_infeasible_answer_names_the_rules_and_the_way_out(package: Callable[[str], None]) -> None:
    package(
        "import json, sys\n"
        "print(json.dumps({'infeasible': {'conflict': ['share limit', 'budget'], 'relax': {'rule': 'budget', 'by': 5000, 'cost_gbp': 5000}}}))\n"
        "sys.exit(4)"
    )
    with pytest.raises(NoFeasibleAnswer) as refused:
        outcome(Child(["contracts"]))
    assert refused.value.document["conflict"] == ["share limit", "budget"]  # type: ignore[attr-defined]


def test_a_refused_instance_and_a_crash_become_sentences(package: Callable[[str], None]) -> None:
    package("import sys\nprint('`years` is 0.', file=sys.stderr)\nsys.exit(3)")
    with pytest.raises(InputRejected, match="`years` is 0"):
        outcome(Child(["contracts"]))
    package("raise SystemExit(1)")
    with pytest.raises(UserError, match="exit code 1"):
        outcome(Child(["contracts"]))


def test_a_job_tells_progress_returns_its_result_and_raises_its_error() -> None:
    def work(progress: Any, cancelled: Any) -> int:
        progress("Counting", 2.0)
        assert not cancelled()
        return 7

    job = Job(work)
    assert job.result() == 7
    assert job.progress == (1.0, "Counting")
    assert not job.running

    def broken(_progress: Any, _cancelled: Any) -> None:
        raise InputRejected("No.")

    with pytest.raises(InputRejected, match="No"):
        Job(broken).result()


def test_a_job_stops_when_asked() -> None:
    def work(_progress: Any, cancelled: Any) -> str:
        while not cancelled():
            time.sleep(0.01)
        return "stopped"

    job = Job(work)
    assert job.running
    job.cancel()
    assert job.result() == "stopped"
