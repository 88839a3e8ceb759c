"""The answer for a whole council: the search of `scale.py`, re-costed by `evaluate.py`, with its bound and reasons, as the result JSON."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from analytics.contracts.conflict import refuse
from analytics.contracts.margins import reasons
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.report import result
from analytics.contracts.scale import Progress, Scaled, Search
from analytics.contracts.search import Judge
from data.errors import Cancelled

SEARCHES = 0.75  # share of the time for the search; the rest is for exact re-costing and reasons
AGREE = 1e-9


def solve_council(instance: Instance, seconds: float, progress: Progress | None = None, cancelled: Callable[[], bool] = bool) -> dict[str, Any]:
    """The best plan found for an instance of any size, as the result JSON, with a bound that holds.

    Raises NoFeasibleAnswer where no plan within the rules and budgets was found, Cancelled when `cancelled()` says so.
    """
    began = time.monotonic()
    judge = Judge(instance)
    spot = judge.look(Plan.all_spot(instance))
    if not spot.recourse.served.all():
        raise refuse(instance, began + seconds, [])
    search = Search(instance, progress, cancelled)
    found = search.run(max(SEARCHES * seconds - (time.monotonic() - began), 0.1))
    if cancelled():
        raise Cancelled("Solving was stopped; nothing was changed. Change the inputs or try again.")
    costing = judge.look(found.standing.plan)
    if judge.costing is None:
        raise refuse(instance, began + seconds, list(judge.seen), proven=False)
    if costing.feasible and abs(costing.objective - found.standing.objective) > AGREE * abs(costing.objective):
        raise AssertionError("two ways to cost a plan do not agree")
    late = lambda: cancelled() or time.monotonic() > began + seconds  # noqa: E731
    bound = min(max(found.bound, 0.0), judge.costing.objective)
    why = reasons(search.board, search.board.stand(judge.best or found.standing.plan), late)
    settled = found.settled and judge.best == found.standing.plan
    return result(instance, judge, spot, bound, False, method(instance, found, settled), time.monotonic() - began, why)


def method(instance: Instance, found: Scaled, settled: bool) -> str:
    """How the answer was come by, in a sentence. `settled`: no other contract of a single provider betters it."""
    rows = len(instance.prob) * instance.years
    text = f"own search, one provider's contract at a time, {found.trials:,} contracts each costed exactly in {rows:,} scenario-years"
    text += "; no other contract of a single provider betters the plan" if settled else "; ended by its time"
    budgets = instance.cvar_budget is not None or instance.chance_budget is not None
    return f"{text}; bound from prices on children and on spot room{', the budgets left out' if budgets else ''}"
