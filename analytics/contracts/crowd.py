"""Many full scenario-years of one plan at once: the same answer as leading children round one scenario-year after the other, sooner."""

from __future__ import annotations

import numpy as np

from analytics.contracts.board import Board
from analytics.contracts.problem import Instance, Ints, Plan
from analytics.contracts.rows import Facts


def settle_crowded(instance: Instance, plan: Plan, s: Ints, t: Ints) -> tuple[Ints, Ints, Ints]:
    """Cheapest recourse of the scenario-years (s, t), which can all be served: places [n, offer, kind], out of area [n, lot], built [n, build]."""
    board = Board(instance)
    terms = board.terms(plan)
    rows = s * instance.years + t
    uses, failed = board.settle(terms, Facts(*(part[rows] for part in board.facts)), np.zeros(len(rows)))
    if failed >= 0:
        raise AssertionError("children who stay fit, and others can always go out of area")
    return uses.used, uses.away, uses.built
