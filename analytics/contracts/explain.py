"""Why each contract has the size it has, in plain words, from exact costings of one place more and one fewer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analytics.contracts.evaluate import Costing, broken_rules, cost
from analytics.contracts.problem import Instance, Plan
from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE, CALL_OFF, blocked_total, spot_room
from analytics.contracts.search import Judge
from analytics.figures import format_value

EVEN_GBP = 0.5  # a difference that rounds to no pound


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
    return _used(costing, instance, i, (BLOCK_CHARGED, BLOCK_FREE), least)


def _used(costing: Costing, instance: Instance, i: int, kinds: tuple[int, ...], least: int) -> float:
    used = costing.recourse.places[:, :, i, list(kinds)].sum(axis=2)
    return float(instance.prob @ (used >= least).mean(axis=1))


def _sentence(instance: Instance, costing: Costing, plan: Plan, p: int, mine: list[int]) -> str:
    """The contract as a whole, then its marginal place."""
    provider = instance.providers[p]
    blocked = blocked_total(instance, plan)[p]
    lots = [f"{_places(plan.block[i])} in {instance.lots[instance.offers[i].lot].id}" for i in mine if plan.block[i]]
    disc = provider.discount(blocked)
    text = f"{_places(blocked) if blocked else 'No place'} blocked at {provider.id}" + (f" ({', '.join(lots)})" if len(lots) > 1 else "")
    text += f" at {disc:.1%} off list price" if blocked and disc else ""
    reserved = sum(plan.flex[i] for i in mine)
    text += f", {_places(reserved)} reserved to be called off" if reserved else ""
    without = _trial(instance, plan, dict.fromkeys(mine, 0), dict.fromkeys(mine, 0))
    text += f"; without this contract the plan would {_worse(without, costing)}." if without else "; the budgets cannot be kept without this contract."
    shown = [i for i in mine if plan.block[i]]
    called = [i for i in mine if plan.flex[i]]
    if shown:
        text += " " + _marginal(instance, costing, plan, max(shown, key=lambda i: plan.block[i]), len(shown) > 1)
    else:
        text += " " + _marginal_reserve(instance, costing, plan, max(called, key=lambda i: plan.flex[i]), len(called) > 1)
    return text + _held(instance, costing, plan, p, mine)


def _marginal(instance: Instance, costing: Costing, plan: Plan, i: int, several: bool) -> str:
    """The last place of one block: how often it is filled, what it saves; and what one more would do."""
    size, lot = plan.block[i], instance.lots[instance.offers[i].lot].id
    fewer = _trial(instance, plan, {i: size - 1}, {})
    share = filled(costing, instance, i, size)
    text = f"The {ordinal(size)} {'in ' + lot + ' ' if several else ''}is expected to be filled in {share:.0%} of futures"
    pays = pays_above(instance, plan, i)
    text += f" and pays above {pays:.0%}" if pays is not None else ""
    if pays is not None and round(share, 2) < round(pays, 2):
        text += " by its discount alone" + _kept_for(instance, costing, plan, i, fewer)
    text += f"; one fewer would {_worse(fewer, costing)}" if fewer else "; one fewer is not allowed by the contract's smallest size or the budgets"
    return text + _one_more(instance, costing, plan, i, "filled") + "."


def _marginal_reserve(instance: Instance, costing: Costing, plan: Plan, i: int, several: bool) -> str:
    """The last place of one reserve, where nothing is blocked: how often it is called off, what it saves; and what one more would do."""
    size, lot = plan.flex[i], instance.lots[instance.offers[i].lot].id
    fewer = _trial(instance, plan, {}, {i: size - 1})
    share = _used(costing, instance, i, (CALL_OFF,), size)
    text = f"The {ordinal(size)} {'in ' + lot + ' ' if several else ''}is expected to be called off in {share:.0%} of futures"
    text += f"; one fewer would {_worse(fewer, costing)}" if fewer else "; one fewer is not allowed by the budgets"
    return text + _one_more(instance, costing, plan, i, "called off") + "."


def _one_more(instance: Instance, costing: Costing, plan: Plan, i: int, use: str) -> str:
    """What one more place would do where the rules allow it: blocked (`filled`) or reserved (`called off`)."""
    grown = _grown(plan, i, use)
    if broken_rules(instance, grown):
        return ""
    more, size = cost(instance, grown), (grown.block if use == "filled" else grown.flex)[i]
    if not more.feasible:
        reason = f"break the {more.over_budget[0]}" if more.over_budget else "leave children who stay without a place"
        return f"; {article(size)} would {reason}"
    kinds = (BLOCK_CHARGED, BLOCK_FREE) if use == "filled" else (CALL_OFF,)
    return f"; {article(size)} would be {use} in {_used(more, instance, i, kinds, size):.0%} and {_worse(more, costing)}"


def _grown(plan: Plan, i: int, use: str) -> Plan:
    block = tuple(b + (n == i and use == "filled") for n, b in enumerate(plan.block))
    return Plan(block, tuple(f + (n == i and use == "called off") for n, f in enumerate(plan.flex)), plan.builds)


def _kept_for(instance: Instance, costing: Costing, plan: Plan, i: int, fewer: Costing | None) -> str:
    """Why the last place of a block is worth having although it is filled too seldom for its discount to pay."""
    if fewer is None or fewer.objective - costing.objective < EVEN_GBP:
        return ""
    provider, blocked = instance.providers[instance.offers[i].provider], blocked_total(instance, plan)[instance.offers[i].provider]
    if provider.discount(blocked - 1) < provider.discount(blocked):
        return ", but brings a larger discount on the whole block"
    if fewer.expected_gbp <= costing.expected_gbp:
        return ", but guards against the worst futures"
    others = [n for n in range(len(instance.offers)) if n != i]
    moved = not np.array_equal(fewer.recourse.places[:, :, others], costing.recourse.places[:, :, others])
    moved = moved or not np.array_equal(fewer.recourse.out_of_area, costing.recourse.out_of_area)
    return ", but spares dearer places elsewhere" if moved else ""


def pays_above(instance: Instance, plan: Plan, i: int) -> float | None:
    """The share of futures above which a block place is cheaper than a spot place here: price charged when empty ÷ what use then saves.

    A comparison with spot at the same setting; children who would else go elsewhere move the true point, which the costings carry.
    """
    offer = instance.offers[i]
    price = offer.list * (1 - instance.providers[offer.provider].discount(blocked_total(instance, plan)[offer.provider]))
    charge = offer.void_share * price
    saved = offer.list - price + charge
    return charge / saved if saved > 0 and offer.min_occupancy == 1 else None


def _held(instance: Instance, costing: Costing, plan: Plan, p: int, mine: list[int]) -> str:
    """The limits that stand against a larger contract, and whether one place more would save anything without them."""
    places = sum(plan.block[i] + plan.flex[i] for i in mine)
    limits = []
    if instance.share_limit is not None and places >= instance.share_limit:
        limits.append(f"the {instance.max_share or 0:.0%} share limit")
    if int(spot_room(instance, plan)[p]) == 0:
        limits.append(f"the {instance.providers[p].capacity} places it can give")
    limits += [f"the largest block of {instance.offers[i].max_block}" for i in mine if plan.block[i] and plan.block[i] >= instance.offers[i].max_block]
    limits += [f"the largest reserve of {instance.offers[i].max_flex}" for i in mine if plan.flex[i] and plan.flex[i] >= instance.offers[i].max_flex]
    if not limits:
        return ""
    named = " and ".join(dict.fromkeys(limits))
    more = _beyond(instance, plan, p, mine)
    if more is not None and costing.objective - more.objective >= EVEN_GBP:
        return f" Held at {places} by {named}."
    several = len(set(limits)) > 1
    reached = f" T{named[1:]} {'are' if several or 'places' in named else 'is'} reached"
    return reached + (f"; without {'those limits' if several else 'that limit'}, one more would {_worse(more, costing)}." if more else ".")


def _beyond(instance: Instance, plan: Plan, p: int, mine: list[int]) -> Costing | None:
    """The cheapest plan with one place more than the limits reached at a provider allow; None where nothing else allows one either."""
    offers, providers = list(instance.offers), list(instance.providers)
    for i in mine:
        block, flex = (offers[i].max_block, plan.block[i]), (offers[i].max_flex, plan.flex[i])
        offers[i] = replace(offers[i], max_block=block[0] + (block[1] == block[0] > 0), max_flex=flex[0] + (flex[1] == flex[0] > 0))
    if int(spot_room(instance, plan)[p]) == 0:
        providers[p] = replace(providers[p], capacity=providers[p].capacity + 1)
    share = None if instance.share_limit is None else instance.share_limit + 1
    lifted = replace(instance, offers=tuple(offers), providers=tuple(providers), share_limit=share)
    grown = [_grown(plan, i, use) for i in mine for use in ("filled", "called off")]
    found = [cost(lifted, one) for one in grown if broken_rules(instance, one) and not broken_rules(lifted, one)]
    return min((one for one in found if one.feasible), key=lambda one: one.objective, default=None)


def _trial(instance: Instance, plan: Plan, block: dict[int, int], flex: dict[int, int]) -> Costing | None:
    """The plan with other places at some offers, costed exactly; None if rules or budgets then break."""
    blocks = tuple(block.get(i, b) for i, b in enumerate(plan.block))
    other = Plan(blocks, tuple(flex.get(i, f) for i, f in enumerate(plan.flex)), plan.builds)
    if broken_rules(instance, other):
        return None
    found = cost(instance, other)
    return found if found.feasible and np.isfinite(found.objective) else None


def _worse(other: Costing, costing: Costing) -> str:
    change = other.objective - costing.objective
    if abs(change) < EVEN_GBP:
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
