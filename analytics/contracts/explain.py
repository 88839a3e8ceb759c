"""Why each contract has the size it has, in plain words, from exact costings of one place more and one fewer."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.contracts.evaluate import Costing, broken_rules, cost
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE, blocked_total, spot_room
from analytics.contracts.search import Judge
from analytics.figures import format_value


def why(instance: Instance, judge: Judge) -> list[dict[str, Any]]:
    """One entry for each open contract: provider, places (blocked and reserved), and why, in one or two sentences."""
    plan = judge.best
    if plan is None or judge.costing is None:
        return []
    found = []
    for p, provider in enumerate(instance.providers):
        mine = instance.offers_of(p)
        places = sum(plan.block[i] + plan.flex[i] for i in mine)
        if places:
            found.append({"provider": provider.id, "places": places, "why": _sentence(instance, judge.costing, plan, p, mine)})
    return found


def filled(costing: Costing, instance: Instance, i: int, least: int) -> float:
    """The share of futures (scenario-years, by probability) in which at least so many of an offer's block places are used."""
    used = costing.recourse.places[:, :, i, BLOCK_CHARGED] + costing.recourse.places[:, :, i, BLOCK_FREE]
    return float(instance.prob @ (used >= least).mean(axis=1))


def _sentence(instance: Instance, costing: Costing, plan: Plan, p: int, mine: list[int]) -> str:
    """The contract as a whole, then its marginal place."""
    provider = instance.providers[p]
    blocked = blocked_total(instance, plan)[p]
    lots = [f"{_places(plan.block[i])} in {instance.lots[instance.offers[i].lot].id}" for i in mine if plan.block[i]]
    disc = provider.discount(blocked)
    text = f"{_places(blocked)} blocked at {provider.id}" + (f" ({', '.join(lots)})" if len(lots) > 1 else "")
    text += f" at {disc:.1%} off list price" if blocked and disc else ""
    reserved = sum(plan.flex[i] for i in mine)
    text += f", {_places(reserved)} reserved to be called off" if reserved else ""
    without = _change(instance, costing, plan, dict.fromkeys(mine, 0), flex=dict.fromkeys(mine, 0))
    text += f"; without this contract the plan would {_worse(without)}." if without is not None else "; the budgets cannot be kept without this contract."
    shown = [i for i in mine if plan.block[i]]
    if shown:
        text += " " + _marginal(instance, costing, plan, max(shown, key=lambda i: plan.block[i]), len(shown) > 1)
    return text + _held(instance, plan, p, mine)


def _marginal(instance: Instance, costing: Costing, plan: Plan, i: int, several: bool) -> str:
    """The last place of one block: how often it is filled, what it saves; and what one more would do."""
    size, lot = plan.block[i], instance.lots[instance.offers[i].lot].id
    fewer = _change(instance, costing, plan, {i: size - 1})
    text = f"The {ordinal(size)} {'in ' + lot + ' ' if several else ''}is expected to be filled in {filled(costing, instance, i, size):.0%} of futures"
    pays = pays_above(instance, plan, i)
    text += f" and pays above {pays:.0%}" if pays is not None else ""
    text += f"; one fewer would {_worse(fewer)}" if fewer is not None else "; one fewer is not allowed by the contract's smallest size or the budgets"
    grown = Plan(tuple(b + (n == i) for n, b in enumerate(plan.block)), plan.flex, plan.builds)
    if broken_rules(instance, grown):
        return text + "."
    more = cost(instance, grown)
    if not more.feasible:
        reason = f"break the {more.over_budget[0]}" if more.over_budget else "leave children who stay without a place"
        return text + f"; {article(size + 1)} would {reason}."
    change = more.objective - costing.objective
    return text + f"; {article(size + 1)} would be filled in {filled(more, instance, i, size + 1):.0%} and {_worse(change)}."


def pays_above(instance: Instance, plan: Plan, i: int) -> float | None:
    """The share of futures above which a block place is cheaper than a spot place here: price charged when empty ÷ what use then saves.

    A comparison with spot at the same setting; children who would else go elsewhere move the true point, which the costings carry.
    """
    offer = instance.offers[i]
    price = offer.list * (1 - instance.providers[offer.provider].discount(blocked_total(instance, plan)[offer.provider]))
    charge = offer.void_share * price
    saved = offer.list - price + charge
    return charge / saved if saved > 0 and offer.min_occupancy == 1 else None


def _held(instance: Instance, plan: Plan, p: int, mine: list[int]) -> str:
    """The limits that stand against a larger contract."""
    provider = instance.providers[p]
    places = sum(plan.block[i] + plan.flex[i] for i in mine)
    limits = []
    if instance.share_limit is not None and places >= instance.share_limit:
        limits.append(f"the {instance.max_share or 0:.0%} share limit")
    if int(spot_room(instance, plan)[p]) == 0:
        limits.append(f"the {provider.capacity} places it can give")
    limits += [f"the largest block of {instance.offers[i].max_block}" for i in mine if plan.block[i] and plan.block[i] >= instance.offers[i].max_block]
    return f" Held at {places} by {' and '.join(dict.fromkeys(limits))}." if limits else ""


def _change(instance: Instance, costing: Costing, plan: Plan, block: dict[int, int], flex: dict[int, int] | None = None) -> float | None:
    """What the objective changes by under other places, in pounds; None if rules or budgets then break."""
    blocks = tuple(block.get(i, b) for i, b in enumerate(plan.block))
    flexes = tuple((flex or {}).get(i, f) for i, f in enumerate(plan.flex))
    other = Plan(blocks, flexes, plan.builds)
    if broken_rules(instance, other):
        return None
    found = cost(instance, other)
    return found.objective - costing.objective if found.feasible and np.isfinite(found.objective) else None


def _worse(change: float) -> str:
    if abs(change) < 0.5:
        return "cost the same"
    return f"lose {format_value(change, 'gbp')}" if change > 0 else f"save {format_value(-change, 'gbp')}"


def _places(n: int) -> str:
    return f"{n} place" if n == 1 else f"{n} places"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def article(n: int) -> str:
    """a 3rd, an 8th, an 11th."""
    return f"{'an' if n in (8, 11, 18) or 80 <= n < 90 else 'a'} {ordinal(n)}"
