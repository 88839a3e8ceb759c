"""Contracts for whole councils: exact costings at once equal those one by one, the bound is below every plan, the search ends honest and can be stopped."""

from __future__ import annotations

import importlib
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from contract_instances import one_school, uniform
from council import council

from analytics import contracts
from analytics.contracts import solve as solving
from analytics.contracts.board import Board, Standing
from analytics.contracts.climb import Climber, with_contract
from analytics.contracts.council import solve_council
from analytics.contracts.evaluate import broken_rules, cost
from analytics.contracts.instance import parse
from analytics.contracts.margins import margins
from analytics.contracts.prices import Prices
from analytics.contracts.problem import CvarBudget, Instance, Plan
from analytics.contracts.responses import seated, slot_values
from analytics.contracts.scale import Search
from analytics.contracts.solve import solve
from data.errors import Cancelled, NoFeasibleAnswer


def small(seed: int, clauses: bool = True) -> Instance:
    return parse(council(5, 3, 6, seed=seed, clauses=clauses))


def steps(instance: Instance, seed: int, many: int = 25) -> list[tuple[Plan, int]]:
    """A walk of plans that keep the rules, each another contract of one provider than the one before."""
    r, plan, found = random.Random(seed), Plan.least(instance), []
    for _ in range(many):
        p = r.randrange(len(instance.providers))
        mine = [i for i in instance.offers_of(p) if instance.offers[i].may_take]
        block = {i: r.choice([instance.offers[i].min_block, r.randint(instance.offers[i].min_block, 9)]) for i in mine}
        new = with_contract(plan, block, {i: r.randint(0, instance.offers[i].max_flex) for i in mine})
        if not broken_rules(instance, new):
            plan = new
            found.append((plan, p))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_recourse_found_at_once_and_changed_costs_what_the_judge_says(seed: int) -> None:
    instance = small(seed, clauses=seed % 3 > 0)
    board = Board(instance)
    base = board.stand(Plan.least(instance))
    for plan, p in steps(instance, seed):
        judged = cost(instance, plan)
        anew, changed = board.stand(plan), board.change(base, plan, p)
        if not judged.recourse.served.all():
            assert anew.merit == changed.merit == np.inf
            assert not board.seats(plan, p)
            break
        assert anew.totals.tolist() == pytest.approx(judged.total_gbp.tolist(), rel=1e-9)
        assert changed.totals.tolist() == pytest.approx(judged.total_gbp.tolist(), rel=1e-9)
        base = changed


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_below_every_plan_and_no_contract_spares_more_than_foretold(seed: int) -> None:
    """At the values of a plan's recourse: cost of another contract ≥ cost of the plan + what the prices say of the difference."""
    instance = small(seed)
    board = Board(instance)
    prices, standing = Prices(board), board.stand(Plan.least(instance))
    weight = board.risk(standing.totals)
    answer = prices.answer(weight, standing.uses.value)
    for plan, _ in steps(instance, seed):
        judged = cost(instance, plan)
        if not judged.recourse.served.all():
            continue
        assert answer.bound <= judged.objective + 0.01
        foretold = sum(prices.worth(answer, plan, p, 1.0) - prices.worth(answer, standing.plan, p, 1.0) for p in range(len(instance.providers)))
        assert judged.objective >= standing.objective + foretold - 0.01


NAMES = ("network", "rows", "responses")


@pytest.fixture
def plain() -> Iterator[tuple[Any, Any]]:
    """Fresh copies of rows.py and responses.py without machine code, as they are written."""
    kept = {name: sys.modules.pop(f"analytics.contracts.{name}") for name in NAMES}
    numba.config.DISABLE_JIT = True
    try:
        copies = importlib.import_module("analytics.contracts.rows"), importlib.import_module("analytics.contracts.responses")
        numba.config.DISABLE_JIT = False
        yield copies
    finally:
        numba.config.DISABLE_JIT = False
        for name, module in kept.items():
            sys.modules[f"analytics.contracts.{name}"] = module
            setattr(contracts, name, module)


def test_machine_code_does_what_the_text_says(plain: tuple[Any, Any]) -> None:
    """The same costing, change, worth and answers from the functions as they stand in the file."""
    rows, responses = plain
    instance = parse(council(3, 2, 3, seed=2, years=2, clauses=True))
    board = Board(instance)
    base, prices = board.stand(Plan.least(instance)), Prices(board)
    for plan, p in steps(instance, 3, 5):
        terms, costs, anew = board.terms(plan), np.zeros(board.rows), board.stand(plan)
        uses = rows.Uses(*(np.zeros_like(part) for part in base.uses))
        assert rows.settle(board.net, board.facts, terms, board._order(terms), uses, costs) == -1
        assert costs.tolist() == pytest.approx(anew.row_cost.tolist())
        priced_alike = not (base.terms.price[:, :3] != terms.price[:, :3])[(base.terms.caps + terms.caps) > 0].any()
        if priced_alike and plan.flex == base.plan.flex:
            changed = rows.Uses(*(part.copy() for part in base.uses))
            assert rows.adjust(board.net, board.facts, base.terms, terms, p, changed, costs) == -1
            assert costs.tolist() == pytest.approx(anew.row_cost.tolist())
        _same_worth(board, prices, responses, anew)
        base = anew


def _same_worth(board: Board, prices: Prices, responses: Any, standing: Standing) -> None:
    weight = np.repeat(board.instance.prob, board.instance.years)
    tables = [np.zeros((len(prices.prices), prices.reach + 1)) for _ in range(2)]
    asked = (board.net, board.facts, prices.list, weight, standing.uses.value, prices.start, prices.prices)
    assert responses.slot_values(*asked, tables[0]) == pytest.approx(slot_values(*asked, tables[1]))
    assert np.allclose(*tables)
    pairs = [(np.zeros((board.rows, len(board.instance.lots))), np.zeros((board.rows, len(board.instance.providers)))) for _ in range(2)]
    for way, (new, spots) in zip((responses.seated, seated), pairs, strict=True):
        way(board.net, board.facts, standing.terms, board.by_price(standing.terms), standing.uses.value, new, spots)
    assert np.allclose(pairs[0][0], pairs[1][0])
    assert np.allclose(pairs[0][1], pairs[1][1])


def test_values_that_are_wrong_make_a_low_bound_never_a_false_one() -> None:
    instance = small(2)
    board, r = Board(instance), np.random.default_rng(1)
    best = min(cost(instance, plan).objective for plan, _ in steps(instance, 2, 60))
    nodes = len(instance.lots) + len(instance.providers)
    for _ in range(20):
        value = r.uniform(0, 90_000, (board.rows, nodes))
        value[:, : len(instance.lots)] = np.minimum(value[:, : len(instance.lots)], [lot.over_price for lot in instance.lots])
        assert Prices(board).answer(instance.prob, value).bound <= best


@pytest.mark.parametrize("weight", [0, 0.25, 1])
def test_one_school_of_any_size_gets_the_block_that_can_be_worked_out(weight: float) -> None:
    """The known answers of one school and uniform demand, by the search for councils instead of by proof."""
    known = {0: 617_400, 0.25: 749_700, 1: 1_033_200}
    found = Search(parse(one_school(uniform(1, 20), weight=weight))).run(20)
    assert found.standing.objective == pytest.approx(known[weight])
    assert found.bound <= found.standing.objective + 0.01


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_council_that_can_be_proven_is_answered_as_well_at_scale(seed: int) -> None:
    instance = parse(council(3, 2, 6, seed=seed, years=2))
    right = solve(instance, seconds=60)
    found = solve_council(instance, 6)
    assert found["bound_gbp"] <= right["objective"] + 0.01
    assert right["bound_gbp"] - 0.01 <= found["objective"]
    saving = right["saving_gbp"]
    assert found["objective"] - right["objective"] <= 0.03 * saving + 0.01


def test_a_plan_that_stands_is_bettered_by_no_other_contract_of_one_provider() -> None:
    instance = parse(council(6, 4, 20, seed=3))
    board = Board(instance)
    climber = Climber(board, Prices(board), lambda: False, lambda standing: None)
    standing = climber.climb(board.stand(Plan.least(instance)))
    for one in margins(board, standing):
        assert one.fewer_gbp is None or one.fewer_gbp > -1.0
        assert one.more_gbp is None or one.more_gbp > -1.0
        assert one.more_gbp is not None or one.held_by


def test_the_result_of_a_council_is_that_of_any_instance_and_says_how_it_was_come_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LARGE", 0)
    told: list[tuple[float | None, float | None, str]] = []
    found = solve(parse(council(5, 3, 10, seed=4, clauses=True)), seconds=5, progress=lambda *step: told.append(step))
    assert found["recosted"]
    assert not found["proven_optimal"]
    assert found["bound_gbp"] < found["objective"]
    assert "one provider's contract at a time" in found["method"]
    assert all("expected to be filled in" in row["why"] or "reserved" in row["why"] for row in found["contracts"])
    bests, bounds = [b for b, _, _ in told if b is not None], [b for _, b, _ in told if b is not None]
    assert bests == sorted(bests, reverse=True)
    assert bounds == sorted(bounds)


def test_offers_that_take_no_block_do_not_make_a_problem_large() -> None:
    doc = council(3, 2, 30, years=3)
    assert not solving.at_scale(parse(doc))
    closed = [{**o, "eligible": False, "max_block": 0} for o in council(40, 30, 1)["offers"][:60]]
    providers = sorted({o["provider"] for o in closed} - {p["id"] for p in doc["providers"]})
    doc["providers"] += [{"id": p, "capacity": 9, "quality": 3, "fixed": 0, "tiers": []} for p in providers]
    lots = sorted({o["lot"] for o in closed} - {lot["id"] for lot in doc["lots"]})
    doc["lots"] += [{"id": lot, "over_price": 90_000} for lot in lots]
    known = {(o["provider"], o["lot"]) for o in doc["offers"]}
    doc["offers"] += [o for o in closed if (o["provider"], o["lot"]) not in known]
    for s in doc["scenarios"]:
        s["demand"] = [row + [0] * len(lots) for row in s["demand"]]
        s["existing"] = [row + [0] * (len(doc["offers"]) - len(row)) for row in s["existing"]]
    assert len(doc["offers"]) * 90 > solving.LARGE
    assert not solving.at_scale(parse(doc))


def test_a_search_stops_when_asked() -> None:
    began = time.monotonic()
    with pytest.raises(Cancelled):
        solve_council(parse(council(8, 5, 30)), 60, cancelled=lambda: time.monotonic() > began + 0.2)


@pytest.mark.slow
def test_a_budget_for_the_worst_futures_is_kept_or_its_absence_said() -> None:
    instance = parse(council(4, 3, 10, seed=5))
    free = solve_council(instance, 4)
    limit = (free["cvar_gbp"] + free["all_spot"]["cvar_gbp"]) / 2
    kept = solve_council(replace(instance, cvar_budget=CvarBudget(instance.alpha, limit)), 4)
    assert kept["cvar_gbp"] <= limit + 0.01
    with pytest.raises(NoFeasibleAnswer, match="not proven"):
        solve_council(replace(instance, cvar_budget=CvarBudget(instance.alpha, 1000.0)), 2)


def test_a_call_off_cheaper_than_an_empty_places_price_is_used_first_and_stands_in_the_bound() -> None:
    """Five children, five guaranteed places free while empty, five reserved at half price: 5 × £30,000 and £100 a reserve."""
    document = one_school([(5, 1.0)], disc=0.0, most=5, tiers=[(1, 0.0)])
    document["offers"][0] |= {"min_block": 5, "void_share": 0.0, "max_flex": 5, "flex_fee": 100, "flex_disc": 0.5}
    found = Search(parse(document)).run(60)
    assert (found.standing.plan.block, found.standing.plan.flex) == ((5,), (5,))
    assert found.standing.objective == found.bound == pytest.approx(150_500)


def test_no_place_is_reserved_without_a_contract() -> None:
    """A contract begins at three places and no more than two can be blocked: reserves at half price stay out of reach."""
    document = one_school([(5, 1.0)], most=2, tiers=[(3, 0.1)])
    document["offers"][0] |= {"max_flex": 5, "flex_fee": 0, "flex_disc": 0.5}
    instance = parse(document)
    found = Search(instance).run(60)
    assert not broken_rules(instance, found.standing.plan)
    assert found.standing.plan == Plan.all_spot(instance)


def test_a_plan_within_a_budget_is_found_where_breaking_it_a_little_would_be_cheaper() -> None:
    """Ten children in a tenth of futures, else none: all spot is £1,000 above the limit, one block £5,000 below it and £48,000 dearer."""
    document = one_school([(10, 0.1), (0, 0.9)], disc=0.10, most=10, tiers=[(1, 0.10)])
    document["cvar_budget"] = {"alpha": 0.9, "limit": 599_000}
    instance = parse(document)
    found = Search(instance).run(60)
    assert found.standing.plan.block == (1,)
    assert found.standing.objective == pytest.approx(108_000)
    assert cost(instance, found.standing.plan).feasible
