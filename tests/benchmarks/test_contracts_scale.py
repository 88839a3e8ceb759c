"""Measures contracts for whole councils against the naive form (PuLP and CBC, one `lpSum` a row) on councils drawn with a seed.

pytest tests/benchmarks/test_contracts_scale.py -m benchmark -s     COUNCILS=2 for fewer councils a size (default ten)
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from measuring import measured

from analytics.contracts.evaluate import cost
from analytics.contracts.frontier import frontier
from analytics.contracts.instance import parse
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.scale import Scaled, Search

sys.path.append(str(Path(__file__).parents[1]))
from council import LARGE, MIDDLE, SMALL, council

HERE = Path(__file__).parent
COUNCILS = range(1, 1 + int(os.environ.get("COUNCILS", "10")))
pytestmark = [pytest.mark.benchmark, pytest.mark.slow]


def naive(doc: dict[str, Any], seconds: float, folder: Path, grace: float = 60.0) -> dict[str, Any]:
    """What the naive form found in a process of its own, ended with all it started some time after its limit; `built` alone when it has no plan."""
    (folder / "instance.json").write_text(json.dumps(doc))
    answer = folder / "answer.json"
    root = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    process = subprocess.Popen([sys.executable, str(HERE / "naive.py"), str(folder / "instance.json"), str(seconds), str(answer)], env=root)
    try:
        process.wait(seconds + grace)
    except subprocess.TimeoutExpired:
        for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            one.kill()
        process.wait()
    return json.loads(answer.read_text()) if answer.exists() else {}


def warm() -> None:
    """Compiles the inner loops, which happens once for each installation."""
    instance = parse(council(4, 3, 4, years=1))
    Search(instance).run(5, rounds=2)


def searched(instance: Instance, seconds: float) -> tuple[Scaled, float]:
    """The search and the processor time it took; its history is in processor time too, for the machine is shared."""
    began = time.process_time()
    found = Search(instance, clock=time.process_time).run(seconds)
    return found, time.process_time() - began


@pytest.mark.parametrize(("size", "limit", "times", "gap"), [(SMALL, 150, 10, 0.20), (MIDDLE, 300, 30, 0.30)])
def test_a_plan_as_good_as_the_naive_forms_is_there_many_times_sooner(size: tuple[int, int, int], limit: int, times: int, gap: float, tmp_path: Path) -> None:
    warm()
    sooner, gaps = [], []
    for seed in COUNCILS:
        doc = council(*size, seed=seed)
        instance = parse(doc)
        found, spent = searched(instance, limit / 6)
        other = naive(doc, limit, tmp_path)
        blocks = other.get("blocks") or [0] * len(instance.offers)
        costing = cost(instance, Plan(tuple(blocks), (0,) * len(blocks), ()))
        theirs = found.spot - costing.objective if costing.feasible else 0.0
        mine = found.spot - found.standing.objective
        reached = next(at for at, objective in found.history if found.spot - objective >= theirs - 1)
        sooner.append(other.get("seconds", float(limit)) / max(reached, 1e-3))
        gaps.append(found.gap)
        measured(
            f"contracts {size}, council {seed}: naive saves £{theirs:,.0f} in {other.get('seconds', limit):.0f} s ({other.get('built', 0):.0f} s building); "
            f"as good after {reached:.1f} s, {sooner[-1]:.0f} times sooner; £{mine:,.0f} in {spent:.0f} s of processor time, gap {found.gap:.1%} of the saving"
        )
        assert mine >= theirs - 1
    assert statistics.median(sooner) >= times
    assert statistics.median(gaps) <= gap


def test_the_largest_council_is_answered_while_the_naive_form_is_being_built(tmp_path: Path) -> None:
    warm()
    doc = council(*LARGE)
    found, spent = searched(parse(doc), 80)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    other = naive(doc, spent, tmp_path, grace=0.0)
    measured(
        f"contracts {LARGE}: saves £{found.spot - found.standing.objective:,.0f}, gap {found.gap:.1%} of the saving, {spent:.0f} s of processor time, "
        f"at most {peak:.0f} MB; naive form built by then: {'yes' if 'built' in other else 'no'}"
    )
    assert spent <= 90
    assert peak <= 500
    assert found.standing.objective < found.spot


def test_a_frontier_at_the_middle_size_takes_no_minute() -> None:
    warm()
    instance = parse(council(*MIDDLE))
    start = Search(instance, clock=time.process_time).run(40).standing.plan
    began = time.process_time()
    points = frontier(instance, start, seconds=45, clock=time.process_time)
    spent = time.process_time() - began
    measured(f"contracts {MIDDLE}: a frontier of {len(points)} weights in {spent:.0f} s of processor time")
    assert len(points) >= 11
    assert spent <= 60
    assert [p.objective for p in points] == sorted(p.objective for p in points)
