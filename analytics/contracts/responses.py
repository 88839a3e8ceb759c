"""What each offer is worth when children and spot room have prices, compiled: the inner part of the bound (docs/contracts.md)."""

from __future__ import annotations

from analytics.contracts.compiled import compiled
from analytics.contracts.network import SPOT, Net, Terms
from analytics.contracts.problem import Floats, Ints
from analytics.contracts.rows import Facts


@compiled
def _step(table: Floats, start: int, end: int, amount: float) -> None:
    """Adds `amount` to places start … end − 1 of a table kept as differences."""
    last = len(table) - 1
    if start < last and amount > 0:
        table[start] += amount
        table[min(end, last)] -= amount


@compiled
def slot_values(net: Net, facts: Facts, list_price: Floats, weight: Floats, value: Floats, start: Ints, prices: Floats, found: Floats) -> float:
    """What the 1st, 2nd … guaranteed place of each offer spares at each price of its use, into `found` [price level, place] as differences.

    A child who stays is worth the spot price and room, a new one its lot's value, or less where spot there is cheaper. Returns what
    children cost when nothing is guaranteed, without the worth of the providers' room.
    """
    total, lots = 0.0, len(net.over)
    for n in range(len(weight)):
        w = weight[n]
        for lot in range(lots):
            total += w * value[n, lot] * facts.new[n, lot]
        for i in range(len(net.lot)):
            stay, spot = facts.stay[n, i], list_price[i] + value[n, lots + net.provider[i]]
            total += w * spot * stay
            if net.takes[i] == 0:
                continue
            new, worth = facts.new[n, net.lot[i]], value[n, net.lot[i]]
            low, high = min(worth, spot), max(worth, spot)
            if facts.open[n, i] == 1:
                total -= w * (high - spot) * new
                first, second, a, b = stay, stay, spot, low
            elif new < stay:
                first, second, a, b = new, stay, high, spot
            else:
                first, second, a, b = stay, new, high, worth
            for level in range(start[i], start[i + 1]):
                price = prices[level]
                _step(found[level], 0, first, w * (a - price))
                _step(found[level], first, second, w * (b - price))
                _step(found[level], second, stay + new, w * (low - price))
    return total


@compiled
def seated(net: Net, facts: Facts, terms: Terms, kinds: Ints, value: Floats, new: Floats, spots: Floats) -> None:
    """How many children each lot's offers, and each provider's spot, would take at these prices: [row, lot] and [row, provider]."""
    lots = len(net.over)
    new[:] = 0.0
    spots[:] = 0.0
    for n in range(len(new)):
        for i in range(len(net.lot)):
            p, lot, left = net.provider[i], net.lot[i], facts.stay[n, i]
            spare = facts.new[n, lot] if net.takes[i] == 1 else 0
            came = 0
            for at in range(3):
                room = terms.caps[i, kinds[i, at]]
                take = min(room, left)
                left -= take
                if terms.price[i, kinds[i, at]] < value[n, lot]:
                    came += min(room - take, spare - came)
            on_spot = left
            if value[n, lot] > terms.price[i, SPOT] + value[n, lots + p]:
                more = spare - came if facts.open[n, i] == 1 else min(spare - came, facts.stay[n, i] - left)
                came += more
                on_spot += more
            new[n, lot] += came
            spots[n, p] += on_spot
