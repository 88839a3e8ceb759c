"""The optimiser against complete enumeration with brute-force recourse, over drawn instances of every kind in docs/contracts.md."""

from __future__ import annotations

import pytest
from contract_reference import best, draw_instance, every_total, objective, with_budgets

from analytics.contracts import engines, model
from analytics.contracts.bounding import Bounder
from analytics.contracts.evaluate import cost
from analytics.contracts.instance import Instance, Plan, parse
from analytics.contracts.scale import Search
from analytics.contracts.search import Judge, every_plan
from analytics.contracts.solve import solve
from data.errors import NoFeasibleAnswer

FEW, MANY = range(100), range(1000, 1500)
CLOSELY = range(15)  # of the few; of these and all of the many, both formulations, the engine on each and the search for councils are looked at too
FORMS: tuple[model.Form, ...] = ("by_tier", "pooled")
FAR = 1e12  # a moment on the monotonic clock that never comes


def agree(seed: int) -> None:
    """Costing, both formulations, our own branch and bound and the whole solver give what enumeration gives."""
    doc = draw_instance(seed)
    plans = every_total(doc)
    doc = with_budgets(doc, plans, seed)
    instance = parse(doc)
    for (b, f, y), totals in list(plans.items())[:200]:
        costing = cost(instance, Plan(b, f, y))
        assert costing.total_gbp.tolist() == pytest.approx(totals, rel=1e-9), (seed, b, f, y)
        assert costing.objective == pytest.approx(objective(doc, totals), rel=1e-9)
        assert sum(part for part in costing.parts_gbp.values()).tolist() == pytest.approx(totals, rel=1e-9)
    served = {(p.block, p.flex, p.builds) for p in every_plan(instance) if cost(instance, p).recourse.served.all()}
    assert served == set(plans), seed
    right = best(doc, plans)
    if right is None:
        with pytest.raises(NoFeasibleAnswer) as refused:
            solve(instance, seconds=20)
        assert refused.value.conflict  # type: ignore[attr-defined]
        return
    found = solve(instance, seconds=20)
    assert found["objective"] == pytest.approx(right, rel=1e-6, abs=0.01), seed
    assert found["proven_optimal"], seed
    assert found["bound_gbp"] <= right * (1 + 1e-9) + 0.01
    if seed >= CLOSELY.stop and seed not in MANY:
        return
    council_too(instance, right)
    for form in FORMS:
        bounder = Bounder(instance, Judge(instance), form)
        bounder.run(FAR, lambda text: None)
        assert bounder.closed
        assert bounder.judge.costing is not None
        assert bounder.judge.costing.objective == pytest.approx(right, rel=1e-6), (seed, form)
    for form in FORMS:
        asked = model.build(instance, form)
        answer = engines.highs(engines.matrix(asked), 20)
        assert answer.objective is not None
        # an engine may stop too early (that is why it is not believed), but may never claim less than the truth
        assert answer.objective * model.THOUSAND >= right - max(1e-6 * abs(right), 0.02), (seed, form)
        recosted = cost(instance, asked.plan(instance, answer.value))
        assert not recosted.broken, (seed, form)
        assert recosted.objective <= answer.objective * model.THOUSAND + max(1e-6 * abs(right), 0.02), (seed, form)


def council_too(instance: Instance, right: float) -> None:
    """The search for councils never claims less than the truth, and its bound is never above it."""
    found = Search(instance).run(1.0, rounds=1)
    assert found.bound <= right + max(1e-6 * abs(right), 0.02)
    if cost(instance, found.standing.plan).feasible:
        assert found.standing.objective >= right - max(1e-6 * abs(right), 0.02)


@pytest.mark.parametrize("seed", FEW)
def test_every_way_gives_what_enumeration_gives(seed: int) -> None:
    agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_every_way_gives_what_enumeration_gives_over_many_draws(seed: int) -> None:
    agree(seed)
