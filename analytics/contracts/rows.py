"""Cheapest recourse of many scenario-years at once, compiled: from nothing, or from that of a plan that differs at one provider."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.contracts.compiled import compiled
from analytics.contracts.network import MANY, SPOT, Net, Row, Terms, Work, drain, draw, exit_price, may_spot
from analytics.contracts.problem import Floats, Ints


class Facts(NamedTuple):
    """What happens in each scenario-year: new children by lot, children who stay and open spot by offer, places of builds if built."""

    new: Ints
    stay: Ints
    open: Ints
    ready: Ints


class Uses(NamedTuple):
    """What is in use in each scenario-year: [row, offer, kind], [row, lot], [row, build]; and values."""

    used: Ints
    away: Ints
    built: Ints
    value: Floats  # [row, node]: what a child more costs there


class Order(NamedTuple):
    """The places that a lot's new children try, cheapest first: by lot start, then offer (−1 − build) and kind. Kinds of an offer by price."""

    start: Ints
    offer: Ints
    kind: Ints
    kinds: Ints


@compiled
def _row(net: Net, facts: Facts, terms: Terms, uses: Uses, n: int) -> Row:
    """The n-th scenario-year, with what is in use as views."""
    offers, held, spots = len(net.lot), np.zeros(len(net.lot), np.int64), np.zeros(len(terms.room), np.int64)
    used = uses.used[n]
    for i in range(offers):
        held[i] = used[i, 0] + used[i, 1] + used[i, 2] + used[i, SPOT]
        spots[net.provider[i]] += used[i, SPOT]
    return Row(facts.stay[n], facts.open[n], facts.ready[n] * terms.builds, used, uses.away[n], uses.built[n], uses.value[n], held, spots)


@compiled
def _work(net: Net, terms: Terms) -> Work:
    none = np.zeros(len(net.over) + len(terms.room), np.int64)
    return Work(np.full(len(none), 1e18), none.copy(), none.copy(), none.copy(), none.copy())


@compiled
def _greedy(net: Net, facts: Facts, terms: Terms, order: Order, uses: Uses, n: int) -> None:
    """Seats everybody as if providers had room for any number on spot: the cheapest way while nobody is in another's way."""
    used = uses.used[n]
    for i in range(len(net.lot)):
        left = facts.stay[n, i]
        for at in range(3):
            kind = order.kinds[i, at]
            used[i, kind] = min(left, terms.caps[i, kind])
            left -= used[i, kind]
        used[i, SPOT] = left
    for lot in range(len(net.over)):
        left = facts.new[n, lot]
        for at in range(order.start[lot], order.start[lot + 1]):
            if left == 0:
                break
            i, kind = order.offer[at], order.kind[at]
            if i < 0:
                take = min(left, facts.ready[n, -1 - i] * terms.builds[-1 - i])
                uses.built[n, -1 - i] += take
            else:
                most = terms.caps[i, kind] if kind < SPOT else MANY if facts.open[n, i] == 1 else facts.stay[n, i]
                take = min(left, most - used[i, kind])
                used[i, kind] += take
            left -= take
        uses.away[n, lot] = left


@compiled
def _cost(net: Net, terms: Terms, uses: Uses, n: int) -> float:
    total = 0.0
    for i in range(len(net.lot)):
        for kind in range(4):
            total += terms.price[i, kind] * uses.used[n, i, kind]
    for lot in range(len(net.over)):
        total += net.over[lot] * uses.away[n, lot]
    for j in range(len(net.build_lot)):
        total += net.build_cost[j] * uses.built[n, j]
    return total


@compiled
def _first_values(net: Net, row: Row, terms: Terms) -> None:
    """The price of each lot's cheapest free place, while spot is unlimited."""
    row.value[:] = 0.0
    for lot in range(len(net.over)):
        best, _ = exit_price(net, row, terms, lot)
        for at in range(net.lot_start[lot], net.lot_start[lot + 1]):
            i = net.lot_offers[at]
            if may_spot(net, row, i):
                best = min(best, terms.price[i, SPOT])
        row.value[lot] = best


@compiled
def settle(net: Net, facts: Facts, terms: Terms, order: Order, uses: Uses, cost: Floats) -> int:
    """Cheapest recourse of every row, into `uses` (zeros) and `cost` (year-0 pounds); the first row that cannot be served, or −1."""
    work, lots = _work(net, terms), len(net.over)
    for n in range(len(cost)):
        _greedy(net, facts, terms, order, uses, n)
        row = _row(net, facts, terms, uses, n)
        _first_values(net, row, terms)
        for p in range(len(terms.room)):
            while row.spots[p] > terms.room[p]:
                if terms.room[p] < 0 or not drain(net, row, terms, work, lots + p):
                    return n
        cost[n] = _cost(net, terms, uses, n)
    return -1


@compiled
def _dearest_here(net: Net, row: Row, terms: Terms, i: int, kind: int) -> int:
    """The dearest kind of place in use at an offer that is dearer than `kind`, spot apart; `kind` itself when there is none."""
    best = kind
    for other in range(3):
        if row.used[i, other] > 0 and terms.price[i, other] > terms.price[i, best]:
            best = other
    return best


@compiled
def _fill(net: Net, row: Row, now: Terms, work: Work, i: int, kind: int, most: int) -> None:
    """Fills places that an offer has more of: from spot there, from elsewhere, or from dearer places there, whatever spares most."""
    lot, lots, p = net.lot[i], len(net.over), net.provider[i]
    while now.caps[i, kind] < most:
        other = _dearest_here(net, row, now, i, kind)
        floor, spot = now.price[i, other], row.used[i, SPOT] > 0
        if spot:
            floor = now.price[i, SPOT] + row.value[lots + p]
        if net.takes[i] == 1 and not (spot and may_spot(net, row, i)) and draw(net, row, now, work, lot, floor):
            row.held[i] += 1
        elif spot:
            row.used[i, SPOT] -= 1
            row.spots[p] -= 1
            draw(net, row, now, work, lots + p, 0.0)
        elif other != kind:
            row.used[i, other] -= 1
        else:
            break
        row.used[i, kind] += 1
        now.caps[i, kind] += 1
    now.caps[i, kind] = most


@compiled
def _ease(net: Net, row: Row, now: Terms, goal: Terms, work: Work, p: int) -> None:
    """What the changed contract allows more of, one thing after the other so that each finds the rest at its cheapest."""
    node = len(net.over) + p
    more = goal.room[p] - now.room[p]
    while more > 0 and row.spots[p] == now.room[p] and draw(net, row, now, work, node, 0.0):
        now.room[p] += 1
        more -= 1
    now.room[p] = max(now.room[p], goal.room[p])
    for at in range(net.provider_start[p], net.provider_start[p + 1]):
        i = net.provider_offers[at]
        for kind in range(3):
            if goal.caps[i, kind] > now.caps[i, kind]:
                if row.used[i, kind] == now.caps[i, kind]:
                    _fill(net, row, now, work, i, kind, goal.caps[i, kind])
                now.caps[i, kind] = goal.caps[i, kind]


@compiled
def _move_out(net: Net, row: Row, now: Terms, work: Work, i: int) -> bool:
    """Another place for a child whose place at an offer is no more; one who stays keeps to the offer."""
    if row.held[i] > row.stay[i]:
        row.held[i] -= 1
        return drain(net, row, now, work, net.lot[i])
    best = SPOT
    for kind in range(3):
        if row.used[i, kind] < now.caps[i, kind] and now.price[i, kind] <= now.price[i, best]:
            best = kind
    row.used[i, best] += 1
    if best != SPOT:
        return True
    p = net.provider[i]
    row.spots[p] += 1
    return row.spots[p] <= now.room[p] or drain(net, row, now, work, len(net.over) + p)


@compiled
def _restrict(net: Net, row: Row, now: Terms, goal: Terms, work: Work, p: int) -> bool:
    """What it allows less of; False when children who stay have no room."""
    for at in range(net.provider_start[p], net.provider_start[p + 1]):
        i = net.provider_offers[at]
        for kind in range(3):
            now.caps[i, kind] = min(now.caps[i, kind], goal.caps[i, kind])
            while row.used[i, kind] > now.caps[i, kind]:
                row.used[i, kind] -= 1
                if not _move_out(net, row, now, work, i):
                    return False
    now.room[p] = min(now.room[p], goal.room[p])
    while row.spots[p] > now.room[p]:
        if not drain(net, row, now, work, len(net.over) + p):
            return False
    return True


@compiled
def adjust(net: Net, facts: Facts, before: Terms, goal: Terms, p: int, uses: Uses, cost: Floats) -> int:
    """Turns the recourse of one plan into that of another that differs at provider p alone and prices used places the same; as `settle`."""
    work = _work(net, before)
    if goal.room[p] < 0:
        return 0
    for n in range(len(cost)):
        now = Terms(goal.price, before.caps.copy(), before.room.copy(), before.builds)
        row = _row(net, facts, now, uses, n)
        _ease(net, row, now, goal, work, p)
        if not _restrict(net, row, now, goal, work, p):
            return n
        cost[n] = _cost(net, goal, uses, n)
    return -1
