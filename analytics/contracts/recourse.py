"""What the council does in each scenario-year once the contracts stand: the cheapest places for every child, found exactly.

Within one lot the cheapest free place is always right, so a greedy fill is exact unless the spot places of a provider with
offers in several lots run out; then the excess is led round by shortest augmenting paths. No solver is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.contracts.flow import Network
from analytics.contracts.problem import Instance, Ints, Plan

MANY = 6_000  # full scenario-years × offers from which compiled code leads children round
KINDS = 4  # kinds of place at an offer: charged block place, block place free while empty, call-off, spot
BLOCK_CHARGED, BLOCK_FREE, CALL_OFF, SPOT = range(KINDS)


@dataclass(frozen=True)
class Recourse:
    """Children by kind of place. Arrays are [scenario, year, …]; `served` is False where children cannot stay for want of room."""

    places: Ints  # [scenario, year, offer, kind]
    out_of_area: Ints  # [scenario, year, lot]
    built: Ints  # [scenario, year, build]
    served: NDArray[np.bool_]  # [scenario, year]


def prices(instance: Instance, plan: Plan) -> NDArray[np.float64]:
    """[offer, kind]: year-0 price of using one place, over and above what the contract costs anyway."""
    found = np.zeros((len(instance.offers), KINDS))
    blocked = blocked_total(instance, plan)
    for i, offer in enumerate(instance.offers):
        price = offer.list * (1 - instance.providers[offer.provider].discount(blocked[offer.provider]))
        found[i] = (1 - offer.void_share) * price, price, offer.call_off, offer.list
    return found


def blocked_total(instance: Instance, plan: Plan) -> list[int]:
    """[provider]: blocked places over all its offers."""
    total = [0] * len(instance.providers)
    for offer, places in zip(instance.offers, plan.block, strict=True):
        total[offer.provider] += places
    return total


def spot_room(instance: Instance, plan: Plan) -> Ints:
    """[provider]: places left for spot, since a guaranteed place is held even when empty."""
    room = np.array([p.capacity for p in instance.providers], dtype=np.int64)
    for offer, block, flex in zip(instance.offers, plan.block, plan.flex, strict=True):
        room[offer.provider] -= block + flex
    return room


def cheapest(instance: Instance, plan: Plan) -> Recourse:
    """The least-cost recourse of every scenario-year."""
    scenarios, years, offers = instance.existing.shape
    caps = _room_by_kind(instance, plan)
    price = prices(instance, plan)
    places = np.zeros((scenarios, years, offers, KINDS), dtype=np.int64)
    _seat_existing(instance, places, caps, price)
    seated = places.copy()
    over = np.zeros((scenarios, years, len(instance.lots)), dtype=np.int64)
    built = np.zeros((scenarios, years, len(instance.builds)), dtype=np.int64)
    for lot in range(len(instance.lots)):
        _fill_lot(instance, plan, lot, caps, price, places, over, built)
    room = spot_room(instance, plan)
    stay = _spot_by_provider(instance, seated)
    served = (stay <= np.maximum(room, -1)).all(axis=2) & (seated.sum(axis=3) == instance.existing).all(axis=2)
    crowded = _spot_by_provider(instance, places) > room
    answer = Recourse(places, over, built, served)
    full = np.nonzero(crowded.any(axis=2) & served)
    if len(full[0]) * offers > MANY:
        from analytics.contracts.crowd import settle_crowded  # compiled code is not needed for small problems

        places[full], over[full], built[full] = settle_crowded(instance, plan, *full)
        return answer
    for s, t in zip(*full, strict=True):
        _lead_round(instance, plan, answer, seated, caps, price, room, int(s), int(t))
    return answer


def _room_by_kind(instance: Instance, plan: Plan) -> Ints:
    """[scenario, year, offer, kind]: places of each kind, the provider's shared spot room not yet divided."""
    scenarios, years, offers = instance.existing.shape
    caps = np.zeros((scenarios, years, offers, KINDS), dtype=np.int64)
    room = spot_room(instance, plan)
    for i, offer in enumerate(instance.offers):
        charged = offer.charged_places(plan.block[i])
        caps[:, :, i, BLOCK_CHARGED] = charged
        caps[:, :, i, BLOCK_FREE] = plan.block[i] - charged
        caps[:, :, i, CALL_OFF] = plan.flex[i]
        free = max(int(room[offer.provider]), 0)
        stay_only = ~offer.spot_open if offer.may_take else np.ones(scenarios, dtype=np.bool_)
        caps[:, :, i, SPOT] = np.where(stay_only[:, None], np.minimum(instance.existing[:, :, i], free), free)
    return caps


def _seat_existing(instance: Instance, places: Ints, caps: Ints, price: NDArray[np.float64]) -> None:
    """Children who stay take the cheapest places at their own setting."""
    for i in range(len(instance.offers)):
        left = instance.existing[:, :, i].copy()
        for kind in np.argsort(price[i], kind="stable"):
            take = np.minimum(left, caps[:, :, i, kind])
            places[:, :, i, kind] += take
            left -= take


def _fill_lot(instance: Instance, plan: Plan, lot: int, caps: Ints, price: NDArray[np.float64], places: Ints, over: Ints, built: Ints) -> None:
    """New children of one lot take the cheapest places that are left to it."""
    left = instance.demand[:, :, lot].copy()
    choices: list[tuple[float, int, int]] = []
    for i in instance.offers_in(lot):
        if instance.offers[i].may_take:
            choices += [(float(price[i, kind]), i, kind) for kind in range(KINDS)]
    choices += [(build.unit_cost, -1 - j, 0) for j, build in enumerate(instance.builds) if build.lot == lot and plan.builds[j]]
    for cost, i, kind in sorted(choices, key=lambda choice: choice[0]):
        if cost > instance.lots[lot].over_price:
            break
        if i >= 0:
            take = np.minimum(left, caps[:, :, i, kind] - places[:, :, i, kind])
            places[:, :, i, kind] += take
        else:
            build = instance.builds[-1 - i]
            ready = np.where(np.arange(instance.years) >= build.from_year, build.places, 0)
            take = np.minimum(left, ready)
            built[:, :, -1 - i] += take
        left -= take
    over[:, :, lot] = left


def _spot_by_provider(instance: Instance, places: Ints) -> Ints:
    """[scenario, year, provider]: spot places taken."""
    total = np.zeros((*places.shape[:2], len(instance.providers)), dtype=np.int64)
    for i, offer in enumerate(instance.offers):
        total[:, :, offer.provider] += places[:, :, i, SPOT]
    return total


def _lead_round(instance: Instance, plan: Plan, answer: Recourse, seated: Ints, caps: Ints, price: NDArray[np.float64], room: Ints, s: int, t: int) -> None:
    """Mends one scenario-year in which the greedy fill put more children on spot at a provider than it has room for.

    The greedy fill is cheapest while providers have no limit, so only the excess has to move (shortest augmenting paths).
    """
    net = Network()
    end = net.node()
    provider_nodes = [net.node() for _ in instance.providers]
    lot_nodes = [net.node() for _ in instance.lots]
    many = int(instance.demand[s, t].sum()) + int(instance.existing[s, t].sum())
    spots = np.zeros(len(instance.providers), dtype=np.int64)
    place_edges: list[tuple[int, int, int]] = []
    for i, offer in enumerate(instance.offers):
        node = net.node()
        held, new = answer.places[s, t, i], int((answer.places[s, t, i] - seated[s, t, i]).sum())
        net.edge(lot_nodes[offer.lot], node, 0.0, many if offer.may_take else 0, new)
        for kind in range(KINDS):
            to = provider_nodes[offer.provider] if kind == SPOT else end
            place_edges.append((i, kind, net.edge(node, to, float(price[i, kind]), int(caps[s, t, i, kind] - held[kind]), int(held[kind]))))
        spots[offer.provider] += held[SPOT]
    over_edges = [
        net.edge(node, end, lot.over_price, many, int(answer.out_of_area[s, t, n])) for n, (node, lot) in enumerate(zip(lot_nodes, instance.lots, strict=True))
    ]
    build_edges = []
    for j, build in enumerate(instance.builds):
        ready = build.places if plan.builds[j] and t >= build.from_year else 0
        used = int(answer.built[s, t, j])
        build_edges.append(net.edge(lot_nodes[build.lot], end, build.unit_cost, ready - used, used))
    for p, node in enumerate(provider_nodes):
        net.edge(node, end, 0.0, max(int(room[p] - spots[p]), 0), int(min(spots[p], room[p])))
    for p, node in enumerate(provider_nodes):
        if spots[p] > room[p] and not net.drain(node, end, int(spots[p] - room[p])):
            raise AssertionError("children who stay fit, and others can always go out of area")
    for i, kind, edge in place_edges:
        answer.places[s, t, i, kind] = net.flow(edge)
    answer.out_of_area[s, t] = [net.flow(edge) for edge in over_edges]
    answer.built[s, t] = [net.flow(edge) for edge in build_edges]
