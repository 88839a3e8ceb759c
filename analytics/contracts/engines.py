"""Hands a PuLP problem to an engine: HiGHS in one piece, CBC in a child process that can be ended. What they say is not yet believed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analytics.contracts.problem import Floats

if TYPE_CHECKING:
    from analytics.contracts.model import Model

RELATIVE_GAP = 1e-9
LOOK_SECONDS = 0.05
GRACE_SECONDS = 2.0  # what CBC may overrun its own limit before it is ended


@dataclass(frozen=True)
class Matrix:
    """A linear problem as arrays: minimise cost · v, lower ≤ v ≤ upper, row_lower ≤ A v ≤ row_upper (A by rows)."""

    names: list[str]
    cost: Floats
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    row_names: list[str]
    row_lower: Floats
    row_upper: Floats
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: Floats


@dataclass(frozen=True)
class EngineAnswer:
    """What an engine claims. `status`: optimal, infeasible or stopped; objective and bound in the model's unit."""

    engine: str
    status: str
    value: dict[str, float]
    objective: float | None
    bound: float | None
    seconds: float


def matrix(asked: Model) -> Matrix:
    """The arrays of a PuLP problem, for one hand-over instead of PuLP's row by row."""
    problem = asked.problem
    variables = problem.variables()
    place = {v.name: n for n, v in enumerate(variables)}
    cost = np.zeros(len(variables))
    for v, c in problem.objective.items():
        cost[place[v.name]] = c
    start, index, value, low, high = [0], [], [], [], []
    for rule in asked.rules:
        for v, c in rule.items():
            index.append(place[v.name])
            value.append(c)
        start.append(len(index))
        low.append(-rule.constant if rule.sense >= 0 else -np.inf)
        high.append(-rule.constant if rule.sense <= 0 else np.inf)
    return Matrix(
        [v.name for v in variables],
        cost,
        np.array([-np.inf if v.lowBound is None else v.lowBound for v in variables], dtype=np.float64),
        np.array([np.inf if v.upBound is None else v.upBound for v in variables], dtype=np.float64),
        np.array([v.cat == "Integer" for v in variables], dtype=np.bool_),
        [rule.name for rule in asked.rules],
        np.array(low, dtype=np.float64),
        np.array(high, dtype=np.float64),
        np.array(start, dtype=np.int32),
        np.array(index, dtype=np.int32),
        np.array(value, dtype=np.float64),
    )


def highs_model(found: Matrix, relaxed: bool = False) -> Any:
    """A HiGHS instance that holds the problem, silent, on one thread, with tight gaps."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(found.cost), len(found.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = found.cost, found.lower, found.upper
    lp.row_lower_, lp.row_upper_ = found.row_lower, found.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = found.start, found.index, found.value
    if not relaxed:
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        lp.integrality_ = [kinds[int(whole)] for whole in found.whole]
    engine: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    settings = {"output_flag": False, "threads": 1, "mip_rel_gap": RELATIVE_GAP, "mip_abs_gap": 1e-9, "random_seed": 1}
    for name, setting in settings.items():
        engine.setOptionValue(name, setting)
    engine.passModel(lp)
    return engine


def highs(found: Matrix, seconds: float, presolve: bool = True) -> EngineAnswer:
    """HiGHS on the whole problem."""
    import highspy

    began = time.monotonic()
    engine = highs_model(found)
    engine.setOptionValue("presolve", "on" if presolve else "off")
    engine.setOptionValue("time_limit", max(float(seconds), 0.1))
    engine.run()
    status, info = engine.getModelStatus(), engine.getInfo()
    told = highspy.HighsModelStatus
    name = "HiGHS" if presolve else "HiGHS without presolve"
    word = {told.kOptimal: "optimal", told.kInfeasible: "infeasible", told.kUnboundedOrInfeasible: "infeasible"}.get(status, "stopped")
    value: dict[str, float] = {}
    if word != "infeasible" and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        value = dict(zip(found.names, engine.getSolution().col_value, strict=True))
    objective = float(info.objective_function_value) if value else None
    bound = float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else None
    return EngineAnswer(name, word, value, objective, bound, time.monotonic() - began)


class Cbc:
    """CBC at work on `asked` in a child process, beside whatever else runs. `result` waits; `end` kills it with all it started."""

    def __init__(self, asked: Model, seconds: float) -> None:
        import pulp

        self.asked = asked
        self._began, self._limit = time.monotonic(), max(float(seconds), 1.0)
        self._dir = Path(tempfile.mkdtemp(prefix="contracts-cbc-"))
        variables, names, _, _ = asked.problem.writeMPS(str(self._dir / "model.mps"), rename=True)
        self._renamed = {renamed: name for name, renamed in zip((v.name for v in variables), (names[v.name] for v in variables), strict=True)} if names else {}
        orders = [f"sec {self._limit:.0f}", f"ratio {RELATIVE_GAP}", "allow 1e-9", "threads 1", "timemode elapsed", "solve"]
        program = pulp.PULP_CBC_CMD(msg=False).path
        command = [program, "model.mps", *(part for order in orders for part in f"-{order}".split()), "-solution", "answer.txt"]
        hidden = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))  # Windows alone has it, and would open a console
        self._process = subprocess.Popen(
            command, cwd=self._dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, creationflags=hidden
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def result(self, seconds: float) -> EngineAnswer:
        """CBC's answer, waiting at most this long and never much beyond its own limit."""
        latest = min(time.monotonic() + seconds, self._began + self._limit + GRACE_SECONDS)
        while self.running and time.monotonic() < latest:
            time.sleep(LOOK_SECONDS)
        spent = time.monotonic() - self._began
        if self.running:
            self.end()
            return EngineAnswer("CBC", "stopped", {}, None, None, spent)
        answer = self._dir / "answer.txt"
        text = answer.read_text() if answer.exists() else ""
        self.end()
        return _cbc_answer(text, self._renamed, spent)

    def end(self) -> None:
        import psutil

        try:
            family = psutil.Process(self._process.pid)
            for process in [*family.children(recursive=True), family]:
                process.kill()
        except psutil.NoSuchProcess:
            pass  # it has ended by itself
        self._process.wait()
        shutil.rmtree(self._dir, ignore_errors=True)


def _cbc_answer(text: str, renamed: dict[str, str], seconds: float) -> EngineAnswer:
    """Reads CBC's solution file: a status line, then one line a variable that is not 0."""
    lines = text.splitlines()
    head = lines[0].lower() if lines else ""
    if "infeasible" in head:
        return EngineAnswer("CBC", "infeasible", {}, None, None, seconds)
    value, objective = {}, None
    for line in lines[1:]:
        parts = line.replace("**", " ").split()
        if len(parts) >= 3:
            value[renamed.get(parts[1], parts[1])] = float(parts[2])
    if "objective value" in head:
        objective = float(head.rsplit("objective value", 1)[1].split()[0])
    optimal = head.startswith("optimal") and objective is not None
    return EngineAnswer("CBC", "optimal" if optimal else "stopped", value, objective, objective if optimal else None, seconds)
