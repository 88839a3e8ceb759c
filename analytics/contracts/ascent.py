"""Raises the bound: prices of children and of spot room are moved to where demand and room are met (subgradient steps; Polyak 1969)."""

from __future__ import annotations

import numpy as np

from analytics.contracts.board import Board
from analytics.contracts.prices import Answer, Prices
from analytics.contracts.problem import Floats, Plan
from analytics.contracts.responses import seated

FIRST_STEP, SMALLEST_STEP, PATIENCE = 0.7, 0.02, 8
KEEPS = 0.5  # share of the last direction in the next


class Ascent:
    """The best bound so far, the prices that gave it, and how to go on. `bound` holds for every plan, whatever the prices are."""

    def __init__(self, board: Board, prices: Prices, weight: Floats, value: Floats) -> None:
        self.board, self.prices, self.weight = board, prices, weight
        self.value, self.best, self.bound = value.copy(), value.copy(), -np.inf
        self.step, self._waited = FIRST_STEP, 0
        self._direction = np.zeros_like(value)
        self.last: Answer | None = None
        i = board.instance
        self._over = np.array([lot.over_price for lot in i.lots])
        self._rows = (weight[:, None] * board.weight[None, :]).ravel()
        self._new = np.zeros((board.rows, len(i.lots)))
        self._spots = np.zeros((board.rows, len(i.providers)))

    @property
    def over(self) -> bool:
        """Whether steps have become too small to matter."""
        return self.step < SMALLEST_STEP

    def once(self, goal: float) -> Plan:
        """One step; returns the plan that the prices before it asked for."""
        self.last = self.prices.answer(self.weight, self.value)
        if self.last.bound > self.bound + 1e-9 * abs(self.bound if np.isfinite(self.bound) else 0.0):
            self.bound, self.best, self._waited = self.last.bound, self.value.copy(), 0
        else:
            self._waited += 1
            if self._waited > PATIENCE:
                self.step, self._waited = self.step * 0.6, 0
                self.value, self._direction = self.best.copy(), np.zeros_like(self.value)
                return self.prices.proposal(self.last)
        plan = self.prices.proposal(self.last)
        self._move(plan, goal)
        return plan

    def _move(self, plan: Plan, goal: float) -> None:
        board, lots = self.board, len(self._over)
        terms = board.terms(plan)
        seated(board.net, board.facts, terms, board.by_price(terms), self.value, self._new, self._spots)
        slope = np.concatenate([board.facts.new - self._new - self._built(plan), self._spots - np.maximum(terms.room, 0)], axis=1)
        slope[(self.value <= 0) & (slope < 0)] = 0.0
        slope[:, :lots][(self.value[:, :lots] >= self._over) & (slope[:, :lots] > 0)] = 0.0
        self._direction = KEEPS * self._direction + slope
        size = float(self._rows @ (self._direction**2).sum(axis=1))
        if size <= 0:
            return
        self.value = self.value + self.step * max(goal - (self.last.bound if self.last else goal), 1.0) / size * self._direction
        self.value[:, :lots] = np.minimum(self.value[:, :lots], self._over)
        np.maximum(self.value, 0.0, out=self.value)

    def _built(self, plan: Plan) -> Floats:
        """[row, lot]: children whom the builds of a plan would take at these prices."""
        found = np.zeros_like(self._new)
        for j, build in enumerate(self.board.instance.builds):
            if plan.builds[j]:
                wanted = self.value[:, build.lot] > build.unit_cost
                found[:, build.lot] += wanted * np.minimum(self.board.facts.ready[:, j], self.board.facts.new[:, build.lot])
        return found
