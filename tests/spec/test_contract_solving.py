"""How the solver behaves: two ways that agree, honest answers when time runs out, progress, and engines that are ended."""

from __future__ import annotations

import random
import time
from typing import Any

import psutil
import pytest
from contract_instances import Doc, one_school, uniform

from analytics.contracts import engines, model
from analytics.contracts.bounding import Bounder
from analytics.contracts.evaluate import cost
from analytics.contracts.instance import Plan, parse
from analytics.contracts.search import Judge, how_many
from analytics.contracts.solve import MOST_PLANS, solve


def region(settings: int, lots: int, futures: int, years: int, seed: int = 1) -> Doc:
    """A made-up region: each setting offers places in two lots, demand grows, today's children leave."""
    r = random.Random(seed)
    pairs = [(p, (p + k) % lots) for p in range(settings) for k in range(2)]
    stay = [r.randint(0, 5) for _ in pairs]
    return {
        "name": "region",
        "years": years,
        "uplift": 0.03,
        "rate": 0.0557,
        "lots": [{"id": f"lot {n}", "over_price": 90_000 + 5_000 * n} for n in range(lots)],
        "providers": [
            {
                "id": f"school {p}",
                "capacity": r.randint(15, 45),
                "quality": r.randint(1, 4),
                "fixed": 9000,
                "tiers": [{"min": 3, "disc": 0.04}, {"min": 8, "disc": 0.07}, {"min": 15, "disc": 0.1}],
            }
            for p in range(settings)
        ],
        "offers": [{"provider": f"school {p}", "lot": f"lot {n}", "list": r.randint(400, 800) * 100, "max_block": 20, "eligible": True} for p, n in pairs],
        "scenarios": [
            {
                "prob": 1 / futures,
                "demand": [[max(0, round(r.gauss(8 + 2 * t, 3))) for _ in range(lots)] for t in range(years)],
                "existing": [[max(0, n - t) for n in stay] for t in range(years)],
            }
            for _ in range(futures)
        ],
        "min_quality": 2,
        "max_share": 0.25,
        "share_base": 100,
        "builds": [],
        "risk": {"lambda": 0.25, "alpha": 0.9},
    }


def test_a_problem_too_large_to_enumerate_is_proven_by_two_ways() -> None:
    instance = parse(region(settings=4, lots=3, futures=8, years=2))
    assert how_many(instance) > 1_000_000
    found = solve(instance, seconds=60)
    assert found["proven_optimal"]
    assert len(found["method"].split("; ")) >= 2
    assert found["bound_gbp"] == pytest.approx(found["objective"], rel=1e-6)
    plan = Plan(tuple(row["block"] for row in found["blocks"]), tuple(row["flex"] for row in found["blocks"]), ())
    assert cost(instance, plan).objective == pytest.approx(found["objective"], abs=0.01)
    assert [row["places"] for row in found["contracts"]] == [n for n in _by_provider(found) if n]


def _by_provider(found: dict[str, Any]) -> list[int]:
    total: dict[str, int] = {}
    for row in found["blocks"]:
        total[row["provider"]] = total.get(row["provider"], 0) + row["block"] + row["flex"]
    return list(total.values())


class Wrong:
    """An engine that calls buying one by one the optimum, with its true cost as its value: a claim that re-costing alone does not refute."""

    def __init__(self, asked: model.Model, seconds: float) -> None:
        self.asked, self.running = asked, False

    def result(self, seconds: float) -> engines.EngineAnswer:
        return wrong(self.asked)

    def end(self) -> None:
        """Nothing to end."""


def wrong(asked: model.Model) -> engines.EngineAnswer:
    nothing = {v.name: 0.0 for v in asked.problem.variables()}
    spot = cost(SMALL_REGION, Plan.all_spot(SMALL_REGION)).objective
    return engines.EngineAnswer("a wrong engine", "optimal", nothing, spot / model.THOUSAND, spot / model.THOUSAND, 0.0)


SMALL_REGION = parse(region(settings=3, lots=3, futures=5, years=1))


def test_engines_that_disagree_are_found_out_and_the_right_answer_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines claim that buying one by one is best. The proof, which asks neither for a bound, holds and names two ways that agree."""
    assert how_many(SMALL_REGION) > MOST_PLANS
    honest = solve(SMALL_REGION, seconds=60)
    monkeypatch.setattr(engines, "Cbc", Wrong)
    monkeypatch.setattr(engines, "highs", lambda *_, **__: wrong(model.build(SMALL_REGION, "by_tier")))
    found = solve(SMALL_REGION, seconds=60)
    assert found["objective"] == honest["objective"] < found["all_spot"]["objective"]
    assert found["proven_optimal"]
    assert found["method"].count("own branch and bound") == 2


def test_too_little_time_gives_an_honest_answer() -> None:
    began = time.monotonic()
    found = solve(parse(region(settings=10, lots=8, futures=30, years=3)), seconds=0.5)
    assert time.monotonic() - began < 15  # the answer is still explained, by exact costings
    assert not found["proven_optimal"]
    assert found["bound_gbp"] < found["objective"]
    assert found["objective"] <= found["all_spot"]["objective"]


def test_progress_tells_a_best_that_falls_and_a_bound_that_rises() -> None:
    told: list[tuple[float | None, float | None, str]] = []
    solve(parse(region(settings=4, lots=3, futures=6, years=1)), progress=lambda *step: told.append(step))
    bests, bounds = [b for b, _, _ in told if b is not None], [b for _, b, _ in told if b is not None]
    assert len(told) >= 2
    assert all(text for _, _, text in told)
    assert bests == sorted(bests, reverse=True)
    assert bounds == sorted(bounds)


def test_the_second_engine_is_ended_with_all_it_started() -> None:
    cbc = engines.Cbc(model.build(parse(region(settings=10, lots=8, futures=30, years=3)), "pooled"), seconds=300)
    mine = psutil.Process().children(recursive=True)
    assert any("cbc" in child.name().lower() for child in mine)
    began = time.monotonic()
    assert cbc.result(0.2).status == "stopped"
    assert time.monotonic() - began < 5
    assert not cbc.running


def test_both_engines_and_both_formulations_agree_with_our_own_bound() -> None:
    instance = parse(region(settings=3, lots=2, futures=5, years=2))
    bounder = Bounder(instance, Judge(instance))
    bounder.run(time.monotonic() + 60, lambda text: None)
    assert bounder.judge.costing is not None
    right = bounder.judge.costing.objective
    for form in ("by_tier", "pooled"):
        asked = model.build(instance, form)
        assert engines.Cbc(asked, 30).result(30).objective == pytest.approx(right / model.THOUSAND, rel=1e-6)
        for presolve in (True, False):
            answer = engines.highs(engines.matrix(asked), 30, presolve)
            assert answer.value
            assert cost(instance, asked.plan(instance, answer.value)).objective >= right * (1 - 1e-6)


def test_a_bound_holds_whatever_multipliers_an_engine_returns() -> None:
    """Weak duality: wrong multipliers give a weaker bound, never a wrong one."""
    instance = parse(one_school(uniform(1, 8)))
    bounder = Bounder(instance, Judge(instance))
    right = solve(instance)["objective"]
    r = random.Random(1)
    import numpy as np

    for _ in range(50):
        wrong = np.array([r.gauss(0, 1) for _ in bounder._matrix.row_lower])
        bound, _ = bounder._weak_duality(bounder._matrix.cost, wrong, bounder._lower, bounder._upper)
        assert bound * model.THOUSAND <= right


@pytest.mark.parametrize("form", ["by_tier", "pooled"])
def test_our_own_bound_allows_for_more_empty_places_than_children(form: model.Form) -> None:
    """Ten places at a tenth of the price cost less than two at spot, though eight stand empty."""
    instance = parse(one_school([(2, 1.0)], tiers=[(10, 0.9)]))
    bounder = Bounder(instance, Judge(instance), form)
    bounder.run(time.monotonic() + 60, lambda text: None)
    assert bounder.closed
    assert bounder.judge.costing is not None
    assert bounder.judge.costing.objective == pytest.approx(10 * 6_000)
