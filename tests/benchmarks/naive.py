"""The naive form that the scale algorithm is measured against: PuLP's extensive form with one `lpSum` a row, given to CBC.

Run as a program it solves one instance file and writes what it found: python naive.py instance.json seconds answer.json
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pulp

from analytics.contracts.instance import parse
from analytics.contracts.problem import Instance


def build(instance: Instance) -> tuple[pulp.LpProblem, dict[int, list[Any]]]:
    """Every use of every place in every scenario and year as a variable; in thousands of pounds."""
    problem, offers = pulp.LpProblem("naive", pulp.LpMinimize), range(len(instance.offers))
    block: dict[int, list[Any]] = {i: [] for i in offers}
    weight, flat = instance.discount_factor * instance.price_level / 1000, float(instance.discount_factor.sum()) / 1000
    first = []
    for p, provider in enumerate(instance.providers):
        mine = [i for i in instance.offers_of(p) if instance.offers[i].may_take]
        z = [pulp.LpVariable(f"z_{p}_{k}", cat="Binary") for k in range(len(provider.tiers))]
        for k, tier in enumerate(provider.tiers):
            here = [pulp.LpVariable(f"b_{i}_{k}", 0, instance.offers[i].max_block, cat="Integer") for i in mine]
            for i, b in zip(mine, here, strict=True):
                problem += pulp.lpSum([b, -instance.offers[i].max_block * z[k]]) <= 0
                first.append(b * (instance.offers[i].list * (1 - tier.disc) * float(weight.sum())))
                block[i].append(b)
            problem += pulp.lpSum([*here, -tier.min * z[k]]) >= 0
            first.append(z[k] * (provider.fixed * flat))
        problem += pulp.lpSum(z) <= 1
        if instance.share_limit is not None:
            problem += pulp.lpSum(b for i in mine for b in block[i]) <= instance.share_limit
    totals = [_scenario(problem, instance, s, block, weight) for s in range(len(instance.prob))]
    _goal(problem, instance, pulp.lpSum(first), totals)
    return problem, block


def _scenario(problem: pulp.LpProblem, instance: Instance, s: int, block: dict[int, list[Any]], weight: Any) -> Any:
    costs = []
    for t in range(instance.years):
        spot: dict[int, list[Any]] = {p: [] for p in range(len(instance.providers))}
        for n, lot in enumerate(instance.lots):
            away = pulp.LpVariable(f"o_{s}_{t}_{n}", 0)
            placed, mine = [away], instance.offers_in(n)
            costs.append(away * (lot.over_price * weight[t]))
            for i in mine:
                offer, stay = instance.offers[i], int(instance.existing[s, t, i])
                u, x = pulp.LpVariable(f"u_{s}_{t}_{i}", 0), pulp.LpVariable(f"x_{s}_{t}_{i}", 0)
                problem += pulp.lpSum([u, *(-b for b in block[i])]) <= 0
                problem += pulp.lpSum([u, x]) >= stay if offer.may_take else pulp.lpSum([u, x]) == stay
                costs.append(x * (offer.list * weight[t]))
                placed += [u, x]
                spot[offer.provider].append(x)
            problem += pulp.lpSum(placed) == int(instance.demand[s, t, n]) + sum(int(instance.existing[s, t, i]) for i in mine)
        for p, provider in enumerate(instance.providers):
            problem += pulp.lpSum([*spot[p], *(b for i in instance.offers_of(p) for b in block[i])]) <= provider.capacity
    return pulp.lpSum(costs)


def _goal(problem: pulp.LpProblem, instance: Instance, first: Any, totals: list[Any]) -> None:
    threshold = pulp.LpVariable("threshold")
    over = [pulp.LpVariable(f"over_{s}", 0) for s in range(len(totals))]
    for s, total in enumerate(totals):
        problem += pulp.lpSum([over[s], -total, threshold]) >= 0
    mean = pulp.lpSum(float(q) * total for q, total in zip(instance.prob, totals, strict=True))
    tail = pulp.lpSum([threshold, *(float(q) / (1 - instance.alpha) * v for q, v in zip(instance.prob, over, strict=True))])
    problem += pulp.lpSum([first, (1 - instance.risk_weight) * mean, instance.risk_weight * tail])


def main(instance_file: str, seconds: float, answer_file: str) -> None:
    began = time.monotonic()
    problem, block = build(parse(json.loads(Path(instance_file).read_text())))
    built = time.monotonic() - began
    Path(answer_file).write_text(json.dumps({"built": built}))
    problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=max(seconds - built, 1.0), threads=1))
    blocks = [round(sum((b.value() or 0.0) for b in block[i])) for i in sorted(block)]
    Path(answer_file).write_text(json.dumps({"built": built, "seconds": time.monotonic() - began, "blocks": blocks}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
