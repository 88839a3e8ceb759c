"""Cheapest ways round full places in one scenario-year, compiled: what one child more, one fewer or one moved does to its cost.

The mathematics of `flow.py` (successive shortest paths) with potentials kept from one plan to the next, so that each way is found among
few places (Dijkstra with reduced costs; Ahuja, Magnanti and Orlin 1993, chapter 9). Nodes are lots, then providers; the end is apart.
A node's value is what a child more costs there: for a lot the price of its marginal place, for a provider that of room for a spot place.
At every offer the cheaper kinds of place are in use before the dearer, so offers are arcs: lot → provider takes a spot place.
"""

from __future__ import annotations

from typing import NamedTuple

from analytics.contracts.compiled import compiled
from analytics.contracts.problem import Floats, Ints

TINY = 1e-7  # pounds below which a way is not shorter
MANY = 1 << 30
SPOT = 3
END, AWAY, BUILD = -1, -1, -2  # ways from a lot to the end: offer × 4 + kind; AWAY; BUILD − j


class Net(NamedTuple):
    """What no scenario-year changes: who belongs to whom, and prices. Lists of neighbours as start and items."""

    lot: Ints
    provider: Ints
    takes: Ints
    lot_start: Ints
    lot_offers: Ints
    provider_start: Ints
    provider_offers: Ints
    over: Floats
    build_lot: Ints
    build_cost: Floats


class Terms(NamedTuple):
    """What a plan sets: price [offer, kind], places [offer, kind but spot], room for spot [provider], builds in use [build]."""

    price: Floats
    caps: Ints
    room: Ints
    builds: Ints


class Row(NamedTuple):
    """One scenario-year: children who stay, spot that is open, places of builds that are ready; then what is in use, changed in place."""

    stay: Ints
    open: Ints
    ready: Ints
    used: Ints  # [offer, kind]
    away: Ints  # [lot]
    built: Ints  # [build]
    value: Floats  # [node]
    held: Ints  # [offer]: children there
    spots: Ints  # [provider]: spot places in use


class Work(NamedTuple):
    """Room to work in: by node the distance, the node before, the way taken, whether it is settled; and the nodes touched."""

    far: Floats
    before: Ints
    by: Ints
    settled: Ints
    touched: Ints


@compiled
def may_spot(net: Net, row: Row, i: int) -> bool:
    """Whether one child more may be on spot at an offer."""
    return bool(net.takes[i] == 1 and (row.open[i] == 1 or row.used[i, SPOT] < row.stay[i]))


@compiled
def exit_price(net: Net, row: Row, terms: Terms, lot: int) -> tuple[float, int]:
    """The cheapest place for a child of a lot that takes no spot room, and which it is."""
    best, by = net.over[lot], AWAY
    for j in range(len(net.build_lot)):
        if net.build_lot[j] == lot and row.built[j] < row.ready[j] and net.build_cost[j] < best:
            best, by = net.build_cost[j], BUILD - j
    for at in range(net.lot_start[lot], net.lot_start[lot + 1]):
        i = net.lot_offers[at]
        if net.takes[i] == 1:
            for kind in range(3):
                if row.used[i, kind] < terms.caps[i, kind] and terms.price[i, kind] <= best:
                    best, by = terms.price[i, kind], i * 4 + kind
    return best, by


@compiled
def _touch(work: Work, count: int, tail: int, head: int, length: float, by: int) -> int:
    """Notes a shorter way to `head`; returns how many nodes are touched."""
    if length < work.far[head] - TINY:
        if work.far[head] > 1e17:
            work.touched[count] = head
            count += 1
        work.far[head], work.before[head], work.by[head] = length, tail, by
    return count


@compiled
def _nearest(work: Work, count: int) -> int:
    """The nearest node touched but not settled; −1 when there is none."""
    best, node = 1e18, -1
    for at in range(count):
        here = work.touched[at]
        if work.settled[here] == 0 and work.far[here] < best:
            best, node = work.far[here], here
    return node


@compiled
def _spread(net: Net, row: Row, terms: Terms, work: Work, count: int, node: int) -> int:
    """From a settled node to its neighbours: from a lot to spot places of its offers, from a provider to the lots of its new children on spot."""
    lots, here = len(net.over), work.far[node]
    if node < lots:
        for at in range(net.lot_start[node], net.lot_start[node + 1]):
            i = net.lot_offers[at]
            if may_spot(net, row, i):
                head = lots + net.provider[i]
                length = here + max(terms.price[i, SPOT] + row.value[head] - row.value[node], 0.0)
                count = _touch(work, count, node, head, length, i)
    else:
        for at in range(net.provider_start[node - lots], net.provider_start[node - lots + 1]):
            i = net.provider_offers[at]
            if row.used[i, SPOT] > 0 and row.held[i] > row.stay[i]:
                head = net.lot[i]
                length = here + max(row.value[head] - row.value[node] - terms.price[i, SPOT], 0.0)
                count = _touch(work, count, node, head, length, i)
    return count


@compiled
def _reset(work: Work, count: int) -> None:
    for at in range(count):
        work.far[work.touched[at]] = 1e18
        work.settled[work.touched[at]] = 0


@compiled
def _send(net: Net, row: Row, work: Work, start: int, target: int) -> None:
    """One child along the arcs from start to target."""
    head, lots = target, len(net.over)
    while head != start and head != END:
        tail, i = work.before[head], work.by[head]
        if tail == END:
            return
        if tail < lots:
            row.used[i, SPOT] += 1
            row.held[i] += 1
            row.spots[head - lots] += 1
        else:
            row.used[i, SPOT] -= 1
            row.held[i] -= 1
            row.spots[tail - lots] -= 1
        head = tail


@compiled
def _leave(net: Net, row: Row, node: int, by: int, many: int) -> None:
    """A lot's child takes (or with −1 gives up) a place outside the network's arcs."""
    if node >= len(net.over):
        return
    if by == AWAY:
        row.away[node] += many
    elif by <= BUILD:
        row.built[BUILD - by] += many
    else:
        row.used[by // 4, by % 4] += many
        row.held[by // 4] += many


@compiled
def drain(net: Net, row: Row, terms: Terms, work: Work, start: int) -> bool:
    """Finds the cheapest other place for one child who stands at node `start`; False when there is none."""
    lots, end, last, way = len(net.over), 1e18, -1, 0
    work.far[start], work.touched[0], count = 0.0, start, 1
    while True:
        node = _nearest(work, count)
        if node < 0 or work.far[node] >= end:
            break
        work.settled[node] = 1
        if node < lots:
            price, by = exit_price(net, row, terms, node)
            out = work.far[node] + max(price - row.value[node], 0.0)
        else:
            by = 0
            out = work.far[node] + max(-row.value[node], 0.0) if row.spots[node - lots] < terms.room[node - lots] else 1e18
        if out < end:
            end, last, way = out, node, by
        count = _spread(net, row, terms, work, count, node)
    if last >= 0:
        _send(net, row, work, start, last)
        _leave(net, row, last, way, 1)
        for at in range(count):
            node = work.touched[at]
            row.value[node] += max(end - work.far[node], 0.0)
    _reset(work, count)
    return last >= 0


@compiled
def _given_up(net: Net, row: Row, terms: Terms, work: Work) -> int:
    """Where a place that is in use could be given up, with what is lost by it."""
    count, lots = 0, len(net.over)
    for i in range(len(net.lot)):
        if row.held[i] > row.stay[i]:
            lot = net.lot[i]
            for kind in range(3):
                if row.used[i, kind] > 0:
                    count = _touch(work, count, END, lot, max(row.value[lot] - terms.price[i, kind], 0.0), i * 4 + kind)
    for lot in range(lots):
        if row.away[lot] > 0:
            count = _touch(work, count, END, lot, max(row.value[lot] - net.over[lot], 0.0), AWAY)
    for j in range(len(net.build_lot)):
        if row.built[j] > 0:
            lot = net.build_lot[j]
            count = _touch(work, count, END, lot, max(row.value[lot] - net.build_cost[j], 0.0), BUILD - j)
    for p in range(len(terms.room)):
        if row.spots[p] > 0:
            count = _touch(work, count, END, lots + p, max(row.value[lots + p], 0.0), 0)
    return count


@compiled
def draw(net: Net, row: Row, terms: Terms, work: Work, target: int, floor: float) -> bool:
    """Brings one child to node `target` if it costs more than `floor` where it is; else lowers values so that none is worth more there."""
    cut = row.value[target] - floor
    if cut <= TINY:
        return False
    count = _given_up(net, row, terms, work)
    reached = False
    while True:
        node = _nearest(work, count)
        if node < 0 or work.far[node] >= cut - TINY:
            break
        work.settled[node] = 1
        if node == target:
            reached, cut = True, work.far[node]
            break
        count = _spread(net, row, terms, work, count, node)
    if reached:
        first = target
        while work.before[first] != END:
            first = work.before[first]
        _leave(net, row, first, work.by[first], -1)
        _send(net, row, work, END, target)
    for node in range(len(row.value)):
        row.value[node] -= min(work.far[node], cut)
        if node >= len(net.over):
            row.value[node] = max(row.value[node], 0.0)  # where nobody is on spot, room is worth nothing
    _reset(work, count)
    return reached
