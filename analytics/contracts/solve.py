"""Solves an instance and says how sure the answer is: several ways, each plan re-costed, the cheapest returned."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analytics.contracts import engines, model
from analytics.contracts.bounding import Bounder
from analytics.contracts.conflict import refuse
from analytics.contracts.evaluate import cost
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.report import result
from analytics.contracts.search import Judge, enumerate_all, how_many, improve
from data.errors import Cancelled

AGREE = 1e-6
MOST_PLANS = 20_000
LARGE = 4_000  # offers × scenarios × years above which branch and bound no longer ends in minutes
LAST_STEPS_SECONDS = 1.0  # single steps tried on an answer that time cut short
CBC_SHARE = 0.85  # of the time, so that its best plan can still be heard
MOST_SECONDS_COUNTING = 10.0  # what complete enumeration may take
Progress = Callable[[float | None, float | None, str], None]


def at_scale(instance: Instance) -> bool:
    """Whether an instance is larger than what is solved to proof; offers that take no block make it no harder."""
    offers = sum(offer.may_take and offer.max_block + offer.max_flex > 0 for offer in instance.offers)
    return offers * len(instance.prob) * instance.years > LARGE


@dataclass
class Proof:
    """What has been shown so far: ways that reached the best objective, and the greatest lower bound, in pounds."""

    claims: dict[str, float] = field(default_factory=dict)  # way: the optimum it claims, of a plan re-costed
    bound: float = 0.0
    method: list[str] = field(default_factory=list)

    def agreeing(self, best: float) -> list[str]:
        return [way for way, value in self.claims.items() if abs(value - best) <= AGREE * max(1.0, abs(best))]


def solve(instance: Instance, *, seconds: float = 60.0, progress: Progress | None = None, cancelled: Callable[[], bool] = bool) -> dict[str, Any]:
    """The cheapest contracts for an instance, as the result JSON (docs/contracts.md), within about `seconds`.

    Proven for small instances; for larger ones the best plan found, with a bound. `progress(best_gbp, bound_gbp, text)` is told of each step.
    Raises NoFeasibleAnswer (exit 4) with the rules that contradict each other, Cancelled within about a second of `cancelled()` saying so.
    """
    if at_scale(instance) and how_many(instance) > MOST_PLANS:
        from analytics.contracts.council import solve_council  # compiled code is not needed for small problems

        return solve_council(instance, seconds, progress, cancelled)
    began = time.monotonic()
    until = began + seconds
    judge, proof = Judge(instance), Proof()
    spot = judge.look(Plan.all_spot(instance))
    judge.look(Plan.least(instance))

    def tell(text: str) -> None:
        if cancelled():
            raise Cancelled("Solving was stopped; nothing was changed. Change the inputs or try again.")
        if progress is not None:
            progress(judge.costing.objective if judge.costing else None, proof.bound or None, text)

    if not spot.recourse.served.all():
        raise refuse(instance, until, [])
    tell("Costed: everything bought one by one")
    infeasible = _run(instance, judge, proof, until, tell)
    if judge.best is None or judge.costing is None:
        raise refuse(instance, until, list(judge.seen), proven=infeasible)
    best = judge.costing.objective
    return result(instance, judge, spot, proof.bound, len(proof.agreeing(best)) >= 2, "; ".join(proof.method), time.monotonic() - began)


def _run(instance: Instance, judge: Judge, proof: Proof, until: float, tell: Callable[[str], None]) -> bool:
    """Independent ways in turn until two agree; True when a complete way says that nothing is feasible."""
    if _few_plans(instance, until) and enumerate_all(judge, min(until, time.monotonic() + MOST_SECONDS_COUNTING)):
        proof.method.append(f"every one of {how_many(instance):,} plans costed exactly")
        if judge.costing is None:
            return True
        proof.claims["enumeration"] = proof.bound = judge.costing.objective
        tell("Costed every plan")
        _bound(Bounder(instance, Judge(instance)), proof, until, tell)
        if len(proof.agreeing(judge.costing.objective)) >= 2:
            return False
    cbc = engines.Cbc(model.build(instance, "pooled"), CBC_SHARE * (until - time.monotonic()))
    try:
        return _run_large(instance, judge, proof, cbc, until, tell)
    finally:
        cbc.end()


def _few_plans(instance: Instance, until: float) -> bool:
    """Whether all plans can be costed in the time there is."""
    plans = how_many(instance)
    if plans > MOST_PLANS:
        return False
    began = time.monotonic()
    cost(instance, Plan.all_spot(instance))
    return plans * (time.monotonic() - began) < min(MOST_SECONDS_COUNTING, (until - began) / 2)


def _run_large(instance: Instance, judge: Judge, proof: Proof, cbc: engines.Cbc, until: float, tell: Callable[[str], None]) -> bool:
    """Our own branch and bound on both formulations, beside CBC; HiGHS where these do not settle it."""
    heard = False

    def listen(text: str) -> None:
        nonlocal heard
        if not heard and not cbc.running:
            heard = True
            _hear(instance, judge, proof, cbc.asked, cbc.result(0.0))
        tell(text)

    def settled() -> bool:
        return judge.costing is not None and len(proof.agreeing(judge.costing.objective)) >= 2

    bounder = Bounder(instance, judge)
    _bound(bounder, proof, until, listen)
    if bounder.closed and judge.costing is None:
        return True
    if bounder.closed and not settled():
        fresh = Judge(instance)
        fresh.look(Plan.all_spot(instance))
        _bound(Bounder(instance, fresh, "pooled"), proof, until, listen, enough=settled)
    if not heard and not settled():
        tell("Waiting for the second engine")
        _hear(instance, judge, proof, cbc.asked, cbc.result(max(until - time.monotonic(), 0.0)))
    if not settled() and time.monotonic() < until:
        asked = model.build(instance, "by_tier")
        _hear(instance, judge, proof, asked, engines.highs(engines.matrix(asked), until - time.monotonic(), presolve=False))
    improve(judge, until + LAST_STEPS_SECONDS)
    return False


def _bound(bounder: Bounder, proof: Proof, until: float, tell: Callable[[str], None], enough: Callable[[], bool] = bool) -> None:
    """Runs our own branch and bound and notes what it shows. Only a bound for the judge that counts is kept as the bound of the answer."""

    def told(text: str) -> None:
        proof.bound = max(proof.bound, bounder.bound_gbp)
        tell(text)

    bounder.run(until, told, enough)
    if bounder.judge.costing is not None:
        told("Proof closed" if bounder.closed else "Proof left open")
    if bounder.closed and bounder.judge.costing is not None:
        name = f"own branch and bound on the {bounder.form.replace('_', '-')} model"
        proof.claims[name] = bounder.judge.costing.objective
        proof.method.append(f"{name} with recomputed bounds, {bounder.nodes:,} nodes")


def _hear(instance: Instance, judge: Judge, proof: Proof, asked: model.Model, answer: engines.EngineAnswer) -> None:
    """Re-costs what an engine proposes; its claim counts only if its own value is what the plan really costs."""
    if not answer.value or answer.objective is None:
        return
    costing = judge.look(asked.plan(instance, answer.value))
    claimed = answer.objective * model.THOUSAND
    if answer.status == "optimal" and costing.feasible and abs(claimed - costing.objective) <= AGREE * max(1.0, abs(claimed)):
        proof.claims[answer.engine] = costing.objective
        proof.method.append(f"{answer.engine} on the {asked.form.replace('_', '-')} model")
