"""Our own branch and bound: a proof that needs no engine's word.

An engine only proposes: it solves linear relaxations, and from the multipliers it returns the bound is computed here, by weak
duality over finite boxes. Such a bound holds whatever the multipliers are (Neumaier and Shcherbina 2004), so a wrong engine can
cost time but never give a wrong proof. Plans on the way are judged by `evaluate`.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.contracts import model
from analytics.contracts.engines import highs_model, matrix
from analytics.contracts.evaluate import broken_rules
from analytics.contracts.problem import Floats, Instance
from analytics.contracts.search import Judge

WHOLE = 1e-6  # nearer to a whole number than this is taken as whole
CLOSE = 2.5e-7  # a bound within this share of the best plan closes a branch; a quarter of what a proof may miss
TRIED = 8  # branchings looked at before one is taken
ROUNDED_FIRST, ROUNDED_EVERY = 30, 10  # nodes whose rounded plan is costed: the first so many, then every tenth


@dataclass(frozen=True)
class Relaxation:
    """A relaxation of one node: a lower bound that holds, reduced costs, and a proposed solution of all variables (or none)."""

    bound: float
    reduced: Floats | None
    solution: Floats | None


class Bounder:
    """Branch and bound over either formulation. `bound_gbp` is a valid lower bound at any time; `closed` once nothing is left."""

    def __init__(self, instance: Instance, judge: Judge, form: model.Form = "by_tier") -> None:
        from scipy.sparse import csr_matrix

        self.judge, self.closed, self.nodes = judge, False, 0
        self._instance, self.form = instance, form
        self._model = model.build(instance, form)
        self._matrix = found = matrix(self._model)
        self._lower, self._upper = _boxes(instance, found.names, found.lower, found.upper)
        rows = csr_matrix((found.value, found.index, found.start), shape=(len(found.row_lower), len(found.cost)))
        self._columns = rows.T.tocsr()
        self._engine = highs_model(found, relaxed=True)
        self._engine.setOptionValue("presolve", "off")  # keeps the basis, so that each node starts where its parent ended
        self._engine.setOptionValue("solver", "simplex")
        self._engine.changeColsBounds(len(found.cost), np.arange(len(found.cost), dtype=np.int32), self._lower, self._upper)
        self._whole = np.nonzero(found.whole)[0].astype(np.int32)
        first = ("tier_", "build_", "within_budget_")
        self._yes_no = np.array([found.names[j].startswith(first) for j in self._whole], dtype=np.bool_)
        self._gain = np.zeros((2, len(self._whole)))  # what branching down or up on a variable brought, per unit
        self._times = np.zeros((2, len(self._whole)))
        self._open: list[tuple[float, int, Floats, Floats, Floats, Any]] = []
        self._bound = 0.0  # costs are never negative

    @property
    def bound_gbp(self) -> float:
        best = self.judge.costing.objective if self.judge.costing else np.inf
        return float(min(self._bound * model.THOUSAND, best))

    def run(self, until: float, tell: Callable[[str], None], enough: Callable[[], bool] = bool) -> None:
        """Works until the proof is closed, the time (monotonic clock) is out, or the caller has had enough."""
        self._visit(self._lower[self._whole], self._upper[self._whole], self._bound)
        told = time.monotonic()
        while self._open and self._open[0][0] < self._cut():
            if time.monotonic() > until or enough():
                self._bound = self._open[0][0]
                return
            bound, _, low, high, near, basis = heapq.heappop(self._open)
            self._engine.setBasis(basis)  # start where this node ended
            self._bound = bound
            self._branch(bound, low, high, near, until)
            if time.monotonic() - told > 1:
                told = time.monotonic()
                tell(f"Proving: {self.nodes} branches closed or split")
        self._bound, self.closed = (self._cut() if np.isfinite(self._cut()) else np.inf), True

    # -- one node --------------------------------------------------------------------------------------------------

    def _cut(self) -> float:
        """Nodes at or above this cannot hold a better plan."""
        if self.judge.costing is None:
            return float("inf")
        best = self.judge.costing.objective / model.THOUSAND
        return best - CLOSE * abs(best)

    def _visit(self, low: Floats, high: Floats, parent: float) -> None:
        """Bounds a node and keeps it open unless it is closed by its bound or by an exact costing."""
        self.nodes += 1
        found = self._relax(low, high)
        bound = max(found.bound, parent)
        if bound >= self._cut():
            return
        if found.reduced is not None:
            low, high = self._tighten(found.reduced[self._whole], found.bound, low, high)
        near = found.solution[self._whole] if found.solution is not None else np.floor((low + high) / 2)
        near = np.clip(near, low, high)
        all_whole = bool((np.abs(near - np.round(near)) < WHOLE).all())
        if all_whole or self.nodes <= ROUNDED_FIRST or self.nodes % ROUNDED_EVERY == 0:
            value = dict(zip((self._matrix.names[j] for j in self._whole), np.round(near), strict=True))
            plan = self._model.plan(self._instance, value)
            if not broken_rules(self._instance, plan):
                costing = self.judge.look(plan)
                if all_whole and costing.feasible and bound >= self._cut():
                    return
        if (high - low >= 0.5).any():  # otherwise the only plan in it has just been costed
            heapq.heappush(self._open, (bound, self.nodes, low, high, near, self._engine.getBasis()))

    def _relax(self, low: Floats, high: Floats) -> Relaxation:
        import highspy

        self._engine.changeColsBounds(len(self._whole), self._whole, low, high)
        self._engine.run()
        every_low, every_high = self._lower.copy(), self._upper.copy()
        every_low[self._whole], every_high[self._whole] = low, high
        if self._engine.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            _, has_ray, ray = self._engine.getDualRay()
            if has_ray and self._certifies(np.asarray(ray, dtype=np.float64), every_low, every_high):
                return Relaxation(float("inf"), None, None)
            return Relaxation(0.0, None, None)
        solution = self._engine.getSolution()
        duals, value = np.asarray(solution.row_dual, dtype=np.float64), np.asarray(solution.col_value, dtype=np.float64)
        if len(duals) != len(self._matrix.row_lower) or not np.isfinite(duals).all() or not np.isfinite(value).all():
            return Relaxation(0.0, None, None)
        bound, reduced = self._weak_duality(self._matrix.cost, duals, every_low, every_high)
        return Relaxation(bound, reduced, value)

    def _weak_duality(self, cost: Floats, duals: Floats, low: Floats, high: Floats) -> tuple[float, Floats]:
        """The lower bound that any multipliers give: Σ y·(row side) + Σ over columns of the least of reduced cost × box."""
        rows = self._matrix
        y = duals.copy()
        y[(y > 0) & ~np.isfinite(rows.row_lower)] = 0.0
        y[(y < 0) & ~np.isfinite(rows.row_upper)] = 0.0
        side = np.where(y > 0, rows.row_lower, np.where(y < 0, rows.row_upper, 0.0))
        reduced = cost - self._columns @ y
        parts = y * side, np.where(reduced > 0, reduced * low, reduced * high)
        rounding = 1e-13 * sum(float(np.abs(part).sum()) for part in parts)
        return float(parts[0].sum() + parts[1].sum()) - rounding, reduced

    def _certifies(self, ray: Floats, low: Floats, high: Floats) -> bool:
        """A ray proves that nothing fits if, with no costs at all, its bound is above nought; either sign may be reported."""
        none = np.zeros(len(self._matrix.cost))
        scale = float(np.abs(ray).max()) or 1.0
        return any(self._weak_duality(none, sign * ray / scale, low, high)[0] > 1e-7 for sign in (1.0, -1.0))

    def _tighten(self, reduced: Floats, bound: float, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Values of whole variables that their reduced cost alone would price above the best plan are left out."""
        slack = self._cut() - bound
        if not np.isfinite(slack):
            return low, high
        steps = np.floor(slack / np.maximum(np.abs(reduced), 1e-9) + 1e-9)
        capped = np.where(reduced > 1e-9, np.minimum(high, low + steps), high)
        raised = np.where(reduced < -1e-9, np.maximum(low, high - steps), low)
        return raised, capped

    # -- branching -------------------------------------------------------------------------------------------------

    def _branch(self, bound: float, low: Floats, high: Floats, near: Floats, until: float) -> None:
        j = self._choose(bound, low, high, near, until)
        split = float(np.clip(np.floor(near[j] + WHOLE), low[j], high[j] - 1))
        below, above = high.copy(), low.copy()
        below[j], above[j] = split, split + 1
        self._visit(low, below, bound)
        self._visit(above, high, bound)

    def _choose(self, bound: float, low: Floats, high: Floats, near: Floats, until: float) -> int:
        """The whole variable whose two branches raise the bound most, tier choices first (pseudo-costs, tried out at the start)."""
        part = np.abs(near - np.round(near))
        candidates = np.nonzero((part > WHOLE) & self._yes_no)[0]
        if not len(candidates):
            candidates = np.nonzero(part > WHOLE)[0]
        if not len(candidates):
            return int(np.argmax(high - low))
        candidates = candidates[np.argsort(-part[candidates], kind="stable")][:TRIED]
        best, choice = -1.0, int(candidates[0])
        for j in (int(c) for c in candidates):
            share = near[j] - np.floor(near[j])
            if self._times[0, j] < 2 and time.monotonic() < until:
                self._try_out(j, bound, low, high, near)
            mean = self._gain[:, j] / np.maximum(self._times[:, j], 1)
            score = max(mean[0] * share, 1e-9) * max(mean[1] * (1 - share), 1e-9)
            if score > best:
                best, choice = score, j
        return choice

    def _try_out(self, j: int, bound: float, low: Floats, high: Floats, near: Floats) -> None:
        down = np.floor(near[j])
        most = 10 * (self._cut() - bound) if np.isfinite(self._cut()) else max(abs(bound), 1.0)
        for side, width in ((0, near[j] - down), (1, down + 1 - near[j])):
            below, above = high.copy(), low.copy()
            if side == 0:
                below[j] = down
            else:
                above[j] = down + 1
            gain = min(max(self._relax(above, below).bound - bound, 0.0), most)
            self._gain[side, j] += gain / max(width, WHOLE)
            self._times[side, j] += 1


def _boxes(instance: Instance, names: list[str], lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Finite limits for every variable that no best recourse of any plan exceeds, which weak duality needs."""
    children = float((instance.demand.sum(axis=2) + instance.existing.sum(axis=2)).max())
    places = children + sum(offer.max_block + offer.max_flex for offer in instance.offers)  # empty places may outnumber children
    money = max(model.dearest(instance, s) for s in range(len(instance.prob))) / model.THOUSAND + 1.0
    is_money: NDArray[np.bool_] = np.array([name.startswith(("cost_", "excess_", "pounds_")) for name in names], dtype=np.bool_)
    upper = np.where(np.isfinite(upper), upper, np.where(is_money, money, places))
    return np.where(np.isfinite(lower), lower, 0.0), upper
