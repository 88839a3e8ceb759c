"""Contracts one provider at a time, at prices for children and for spot room: a bound that holds whatever the prices, and what to try next.

With a price on every child in every lot, scenario and year, and on every provider's spot room, the problem falls apart into one small
problem a provider, solved exactly with its tiers and whole places (Lagrangian relaxation; Geoffrion 1974). Its sum is below the cost of
every plan. At the values of a plan's own recourse it also says by how much, at most, another contract of one provider could help.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.contracts.board import Board
from analytics.contracts.problem import Floats, Ints, Plan, Provider
from analytics.contracts.responses import slot_values

NONE = 1e17


@dataclass(frozen=True)
class Answer:
    """`bound`: pounds no plan goes below. `curve` [provider, blocked total]: least cost of a contract of that size, against none."""

    bound: float
    curve: Floats
    tier: Ints  # [provider, total]: the tier at which that is
    steps: list[Ints]  # by n-th offer of a provider: [provider, tier, total]: its blocked places
    flex: Ints  # [offer, tier, blocked]: the best reserve beside so many blocked places
    cost: Floats  # [offer, tier, blocked]: what that costs
    builds: tuple[int, ...]
    sums: Floats  # [price of use, places]: what so many places spare
    rooms: Floats  # [provider]: what a held place takes of its spot room
    share: float


class Prices:
    """The parts of the relaxation that do not depend on prices."""

    def __init__(self, board: Board) -> None:
        self.board, i = board, board.instance
        self.list = np.array([o.list for o in i.offers])
        self.tiers = max((len(p.tiers) for p in i.providers), default=0) or 1
        self.limit = np.array([min(p.capacity, p.capacity if i.share_limit is None else i.share_limit) for p in i.providers], dtype=np.int64)
        blocks = np.array([o.max_block if o.may_take else 0 for o in i.offers], dtype=np.int64)
        self.least = np.array([o.min_block for o in i.offers], dtype=np.int64)
        self.most = np.minimum(blocks, self.limit[board.net.provider]) if len(blocks) else blocks
        total = np.zeros(len(i.providers), dtype=np.int64)
        np.add.at(total, board.net.provider, self.most)
        self.holds, self.limit = self.limit, np.minimum(self.limit, total)  # of guaranteed and reserved places; of guaranteed ones
        self.width = int(self.limit.max(initial=0)) + 1
        self.flat = float(i.discount_factor.sum())
        self.up = float(board.weight.sum())
        self.mine = [i.offers_of(p) for p in range(len(i.providers))]
        self._levels()

    def _levels(self) -> None:
        """For each offer and tier the prices at which its places are used: charged, free while empty, called off; equal ones once."""
        start, prices = [0], list[float]()
        self.level = np.zeros((len(self.list), self.tiers, 3), dtype=np.int64)
        for i, offer in enumerate(self.board.instance.offers):
            known: dict[float, int] = {}
            for k, disc in enumerate(self.discounts(offer.provider)):
                price = offer.list * (1 - disc)
                for kind, use in enumerate(((1 - offer.void_share) * price, price, offer.call_off)):
                    if kind == 0 or (kind == 1 and offer.min_occupancy < 1) or (kind == 2 and offer.max_flex):
                        self.level[i, k, kind] = known.setdefault(use, len(prices) + len(known))
            prices += list(known)
            start.append(len(prices))
        self.start, self.prices = np.array(start, dtype=np.int64), np.array(prices)
        self.reach = 1 + max((int(m) + o.max_flex for m, o in zip(self.most, self.board.instance.offers, strict=True)), default=0)

    def discounts(self, p: int) -> list[float]:
        """One discount a tier column; a column that the provider has not repeats its last."""
        tiers = self.board.instance.providers[p].tiers
        return [tiers[min(k, len(tiers) - 1)].disc if tiers else 0.0 for k in range(self.tiers)]

    def answer(self, weight: Floats, value: Floats) -> Answer:
        """Solves every provider's own problem. `weight`: [scenario] what a pound counts there; `value`: [row, node] prices."""
        board, i = self.board, self.board.instance
        rows = (weight[:, None] * board.weight[None, :]).ravel()
        found = np.zeros((len(self.prices), self.reach + 1))
        total = slot_values(board.net, board.facts, self.list, rows, value, self.start, self.prices, found)
        sums = np.concatenate([np.zeros((len(found), 1)), np.cumsum(np.cumsum(found, axis=1)[:, :-1], axis=1)], axis=1)
        rooms = rows @ value[:, len(i.lots) :]
        share = float(weight.sum())
        cost, flex = self._tables(sums, rooms, share)
        curve, tier, steps = self._contracts(cost, share)
        gains = self._builds(rows, value, share)
        bound = total - float(rooms @ np.array([p.capacity for p in i.providers])) + float(curve.min(axis=1).sum()) + float(np.minimum(gains, 0).sum())
        return Answer(bound, curve, tier, steps, flex, cost, tuple(int(g < 0) for g in gains), sums, rooms, share)

    def _tables(self, sums: Floats, rooms: Floats, share: float) -> tuple[Floats, Ints]:
        """[offer, tier, blocked]: least cost with the best reserve, and that reserve. Places above an offer's largest block cost too much."""
        many = int(self.most.max(initial=0)) + 1
        cost, flex = np.full((len(self.list), self.tiers, many), NONE), np.zeros((len(self.list), self.tiers, many), dtype=np.int64)
        for i, offer in enumerate(self.board.instance.offers):
            block = np.arange(self.least[i], self.most[i] + 1)
            reserves = np.arange(offer.max_flex + 1 if self.most[i] or offer.may_take else 1)[:, None]
            for k in range(self.tiers):
                pays = self._pays(sums, rooms, share, (i, k), block, reserves)
                flex[i, k, block] = pays.argmin(axis=0)
                cost[i, k, block] = pays.min(axis=0)
        return cost, flex

    def _pays(self, sums: Floats, rooms: Floats, share: float, at: tuple[int, int], block: Ints, reserves: Ints) -> Floats:
        """Cost of blocked (columns) and reserved (rows) places of an offer at a tier, less what they spare."""
        i, k = at
        offer = self.board.instance.offers[i]
        price = offer.list * (1 - self.discounts(offer.provider)[k])
        charged = np.array([offer.charged_places(int(b)) for b in block], dtype=np.int64)
        pays = share * self.up * (offer.void_share * price * charged + offer.flex_fee * reserves) + rooms[offer.provider] * (block + reserves)
        uses = ((1 - offer.void_share) * price, price, offer.call_off)
        return np.asarray(pays - self._spared(sums, self.level[i, k], uses, (charged, block - charged, reserves)))

    @staticmethod
    def _spared(sums: Floats, level: Ints, uses: tuple[float, ...], places: tuple[Ints, ...]) -> Floats:
        """What places spare: charged, free while empty and reserved ones, the cheapest to use first. `level`: the row of `sums` of each kind."""
        taken = np.zeros_like(places[0] + places[2])
        spared = np.zeros(taken.shape)
        for kind in sorted(range(3), key=uses.__getitem__):
            spared = spared + sums[level[kind], taken + places[kind]] - sums[level[kind], taken]
            taken = taken + places[kind]
        return np.asarray(spared)

    def _contracts(self, cost: Floats, share: float) -> tuple[Floats, Ints, list[Ints]]:
        """Least cost of every blocked total at every provider, its tier, and the choices that lead there (one offer after the other)."""
        providers = self.board.instance.providers
        best = np.full((len(providers), self.tiers, self.width), NONE)
        best[:, :, 0], steps = 0.0, []
        for n in range(max((len(m) for m in self.mine), default=0)):
            who = np.array([p for p, m in enumerate(self.mine) if len(m) > n], dtype=np.int64)
            table, before = cost[[self.mine[p][n] for p in who]], best[who]
            after, step = np.full_like(before, NONE), np.zeros(before.shape, dtype=np.int64)
            for b in range(min(table.shape[2], self.width)):
                new = before[:, :, : self.width - b] + table[:, :, b : b + 1]
                better = new < after[:, :, b:]
                after[:, :, b:][better], step[:, :, b:][better] = new[better], b
            best[who] = after
            steps.append(np.zeros(best.shape, dtype=np.int64))
            steps[-1][who] = step
        self._rules(best, providers, share)
        return np.asarray(best.min(axis=1)), np.asarray(best.argmin(axis=1)), steps

    def _rules(self, best: Floats, providers: tuple[Provider, ...], share: float) -> None:
        """Closes totals that a tier or the limit does not allow, and adds the cost of a contract."""
        totals = np.arange(self.width)
        for p, provider in enumerate(providers):
            least = [tier.min for tier in provider.tiers] + [self.width + 1] * (self.tiers - len(provider.tiers))
            signed = any(self.least[i] for i in self.mine[p])
            closed = (totals < np.array(least)[:, None]) | (totals > self.limit[p])
            best[p][closed & ((totals > 0) | signed)] = NONE
            best[p][:, 1:] += provider.fixed * self.flat * share
            if not provider.tiers or provider.tiers[0].min > 0:
                best[p, :, 0] = NONE if signed else 0.0

    def _builds(self, rows: Floats, value: Floats, share: float) -> Floats:
        """[build]: cost of building against not."""
        found = np.zeros(len(self.board.instance.builds))
        for j, build in enumerate(self.board.instance.builds):
            ready = np.minimum(self.board.facts.ready[:, j], self.board.facts.new[:, build.lot])
            found[j] = build.capital * self.flat * share - float(rows @ (ready * np.maximum(value[:, build.lot] - build.unit_cost, 0.0)))
        return found

    def contract(self, answer: Answer, p: int, total: int) -> tuple[dict[int, int], dict[int, int]]:
        """Blocked and reserved places by offer of a provider's best contract with that blocked total."""
        k, left, block, flex = int(answer.tier[p, total]), total, {}, {}
        for n in range(len(self.mine[p]) - 1, -1, -1):
            i = self.mine[p][n]
            block[i] = int(answer.steps[n][p, k, left])
            left -= block[i]
        tiers = self.board.instance.providers[p].tiers
        room = int(self.holds[p]) - total if total or (tiers and tiers[0].min == 0) else 0  # no reserve without a contract
        for i, b in block.items():
            flex[i] = min(int(answer.flex[i, k, b]), max(room, 0))
            room -= flex[i]
        return block, flex

    def worth(self, answer: Answer, plan: Plan, p: int, share: float) -> float:
        """What a provider's contract in a plan costs at these prices, against none."""
        mine = self.mine[p]
        total = sum(plan.block[i] for i in mine)
        tiers = [k for k, tier in enumerate(self.board.instance.providers[p].tiers) if tier.min <= total]
        if not total or not tiers:
            return float(answer.curve[p, 0]) if answer.curve[p, 0] < NONE / 2 else 0.0
        best = min(sum(self._worth_at(answer, i, k, plan.block[i], plan.flex[i]) for i in mine) for k in tiers)
        return best + self.board.instance.providers[p].fixed * self.flat * share

    def _worth_at(self, answer: Answer, i: int, k: int, block: int, flex: int) -> float:
        if flex == answer.flex[i, k, block]:
            return float(answer.cost[i, k, block])
        return float(self._pays(answer.sums, answer.rooms, answer.share, (i, k), np.array([block]), np.array([[flex]]))[0, 0])

    def proposal(self, answer: Answer) -> Plan:
        """The plan that the prices ask for."""
        block, flex = [0] * len(self.list), [0] * len(self.list)
        for p in range(len(self.mine)):
            b, f = self.contract(answer, p, int(answer.curve[p].argmin()))
            for i in b:
                block[i], flex[i] = b[i], f[i]
        return Plan(tuple(block), tuple(flex), answer.builds)
