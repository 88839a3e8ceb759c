"""Plans side by side and what they may be trusted for: known answers of one school, and identities on small councils."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from contract_instances import one_school, uniform
from council import council

from analytics.contracts import unseen
from analytics.contracts.board import Board
from analytics.contracts.evaluate import cost, quantile
from analytics.contracts.evidence import knowing, last_years, mean_sized, regrets, voids_by_year
from analytics.contracts.frontier import CHANGES, frontier, locked, sensitivity
from analytics.contracts.instance import parse
from analytics.contracts.margins import margins
from analytics.contracts.problem import Plan
from analytics.contracts.scale import Search

UNIFORM = parse(one_school(uniform(1, 20)))


@pytest.mark.slow
def test_the_frontier_of_one_school_is_the_one_worked_out_by_hand() -> None:
    """Uniform 1..20, £60,000, 12% off: b = 3, 4, 5, 10, 19 as the weight on the dearest tenth rises."""
    points = frontier(UNIFORM, Plan((0,), (0,), ()), weights=(0, 0.25, 0.5, 0.75, 1), clock=lambda: 0.0)  # as long as it takes
    assert [p.plan.block[0] for p in points] == [3, 4, 5, 10, 19]
    assert [p.objective for p in points] == pytest.approx([617_400, 749_700, 879_000, 996_750, 1_033_200])
    assert points[0].saving_gbp == pytest.approx(12_600)


@pytest.mark.slow
def test_along_a_frontier_the_objective_never_falls_and_the_worst_futures_get_cheaper() -> None:
    instance = parse(council(5, 3, 20, seed=2))
    start = Search(instance).run(5, rounds=2).standing.plan
    points = frontier(instance, start, seconds=15)
    assert len(points) == 11
    assert [p.objective for p in points] == sorted(p.objective for p in points)
    assert points[-1].cvar_gbp <= points[0].cvar_gbp + 1
    assert points[0].expected_gbp <= points[-1].expected_gbp + 1
    assert all(p.feasible for p in points)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [("discount", 0.5), ("void share", 0.5), ("share limit", 0.1), ("quality floor", 4.0), ("budget", 1e9)])
def test_a_plan_made_again_for_other_terms_is_no_dearer_than_the_one_that_stood(name: str, value: float) -> None:
    instance = parse(council(5, 3, 12, seed=3))
    plan = Search(instance).run(5, rounds=1).standing.plan
    [(stood, again)] = sensitivity(instance, plan, name, [value], seconds=5)
    assert again.feasible
    assert not stood.feasible or again.objective <= stood.objective + 0.01
    assert not cost(CHANGES[name](instance, value), again.plan).broken


def test_a_half_void_share_makes_the_block_of_one_school_five() -> None:
    """A place pays while filled in 78.6% of futures: P(D ≥ 5) = 80%."""
    [(_, again)] = sensitivity(UNIFORM, Plan((3,), (0,), ()), "void share", [0.5], clock=lambda: 0.0)
    assert again.plan.block == (5,)


@pytest.mark.slow
def test_a_locked_contract_stays_and_the_rest_is_searched() -> None:
    instance = parse(council(5, 3, 12, seed=4))
    free = Search(instance).run(8, rounds=1).standing
    p = max(range(len(instance.providers)), key=lambda n: sum(free.plan.block[i] for i in instance.offers_of(n)))
    none = Plan(tuple(0 if o.provider == p else b for o, b in zip(instance.offers, free.plan.block, strict=True)), free.plan.flex, ())
    kept = locked(instance, none, [instance.providers[p].id], seconds=4).standing
    assert all(kept.plan.block[i] == 0 for i in instance.offers_of(p))
    assert kept.objective <= cost(instance, none).objective + 0.01


def test_beside_all_spot_savings_losses_and_spread_are_those_of_the_futures() -> None:
    """Three places at £52,800: two futures of twenty (1 and 2 children) leave a place empty and lose."""
    found = unseen.beside(UNIFORM, Plan((3,), (0,), ()))
    assert found.saving_gbp == pytest.approx(12_600)
    assert found.chance_of_loss == pytest.approx(0.1)
    assert quantile(found.spot.total_gbp, UNIFORM.prob, 0.5) == 10 * 60_000
    assert quantile(found.mine.total_gbp, UNIFORM.prob, 0.5) == 3 * 52_800 + 7 * 60_000


def test_a_plan_stands_beside_all_spot_in_fresh_futures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sized on 1..20 children; in fresh futures of 11..20 every guaranteed place is filled."""
    monkeypatch.setattr(unseen, "fresh_instance", lambda *_: one_school(uniform(11, 20)))
    built = Mock(instance=one_school(uniform(1, 20)))
    fresh = unseen.fresh(Mock(), Mock(), built, {"blocks": [{"provider": "A", "lot": "L", "block": 3, "flex": 0}], "builds": []}, 10)
    assert fresh.draws == 10
    assert fresh.saving_gbp == pytest.approx(3 * 7_200)
    assert fresh.chance_of_loss == 0


def test_planning_for_chance_is_worth_what_can_be_worked_out() -> None:
    """Sizing on the mean (11 of 20) costs more than 3; knowing the future, every child is in a block: 12% of £60,000 × 10.5 off £630,000."""
    assert mean_sized(UNIFORM, seconds=600).block == (11,)
    found = knowing(UNIFORM, Plan((3,), (0,), ()), futures=20, seconds=6_000)
    on_mean = cost(UNIFORM, Plan((11,), (0,), ())).expected_gbp
    assert found.vss_gbp == pytest.approx(on_mean - 617_400)
    assert found.evpi_low_gbp == pytest.approx(617_400 - 630_000 * 0.88)
    assert found.evpi_high_gbp >= found.evpi_low_gbp - 0.01


def test_regret_is_against_the_best_plan_of_each_third_and_last_years_blocks_are_cut_to_the_rules() -> None:
    plans = {"all spot": Plan((0,), (0,), ()), "mean": Plan((11,), (0,), ()), "plan": Plan((3,), (0,), ()), "last year": last_years(UNIFORM, {("A", "L"): 40})}
    assert plans["last year"].block == (20,)
    rows = regrets(UNIFORM, plans)
    assert len(rows) == 12
    for demand in ("low", "middle", "high"):
        assert min(r.regret_gbp for r in rows if r.demand == demand) == 0
    low = {r.plan: r.cost_gbp for r in rows if r.demand == "low"}
    assert low["all spot"] == pytest.approx(4 * 60_000)  # 1 … 7 children
    assert low["plan"] == pytest.approx(3 * 52_800 + 60_000 * (0 + 0 + 0 + 1 + 2 + 3 + 4) / 7)


def test_voids_by_contract_and_year_are_those_of_the_futures() -> None:
    [row] = voids_by_year(UNIFORM, Plan((3,), (0,), ()))
    assert (row.provider, row.lot, row.year, row.blocked) == ("A", "L", 0, 3)
    assert row.empty == pytest.approx((2 + 1) / 20)
    assert row.paid_gbp == pytest.approx(0.15 * 52_800)


def test_a_place_more_and_fewer_cost_what_the_reasons_of_small_problems_say() -> None:
    board = Board(UNIFORM)
    [one] = margins(board, board.stand(Plan((3,), (0,), ())))
    assert one.filled == pytest.approx(0.9)
    assert one.fewer_gbp == pytest.approx(1_200)
    assert one.more_gbp == pytest.approx(1_800)
    assert one.more_filled == pytest.approx(0.85)
