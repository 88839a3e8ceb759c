"""The recourse part of the model: where children go in each scenario-year once the contracts stand."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from analytics.contracts.draft import Draft, Terms, fully_charged


def scenario(draft: Draft, s: int) -> Any:
    """Every year of one scenario; returns the variable that holds its total cost."""
    costs: Terms = list(draft.shared)
    for t in range(draft.instance.years):
        costs += _year(draft, s, t)
    total = draft.amount(f"cost_in_scenario_{s + 1}", None, None)
    draft.rule(f"cost_adds_up_in_scenario_{s + 1}", [*costs, (total, -1.0)], "=", 0)
    return total


def _year(draft: Draft, s: int, t: int) -> Terms:
    instance, when, weight = draft.instance, f"year_{t}_scenario_{s + 1}", float(draft.weight[t])
    costs: Terms = []
    spot: dict[int, Terms] = defaultdict(list)
    staying: dict[int, int] = defaultdict(int)
    for lot in range(len(instance.lots)):
        word = draft.words["lot", lot]
        away = draft.amount(f"out_of_area_{word}_{when}")
        placed: Terms = [(away, 1.0)]
        costs.append((away, weight * instance.lots[lot].over_price))
        children, voided = int(instance.demand[s, t, lot]), False
        for i in instance.offers_in(lot):
            offer, stay = instance.offers[i], int(instance.existing[s, t, i])
            if not offer.may_take:  # children who stay keep their spot place; nobody else comes
                staying[offer.provider] += stay
                costs.append((draft.one, weight * offer.list * stay))
                continue
            children += stay
            terms, x, pooled = _offer(draft, i, s, t, when, costs)
            placed += terms
            voided |= pooled
            spot[offer.provider].append((x, 1.0))
        for j, build in enumerate(instance.builds):
            if build.lot == lot and t >= build.from_year:
                m = draft.amount(f"in_build_{j + 1}_{when}", build.places)
                draft.rule(f"places_of_build_{j + 1}_{when}", [(m, 1.0), (draft.builds[j], -float(build.places))], "<=", 0)
                placed.append((m, 1.0))
                costs.append((m, weight * build.unit_cost))
        if voided:
            placed.append((draft.amount(f"void_{word}_{when}"), -1.0))
        draft.rule(f"every_child_placed_{word}_{when}", placed, "=", children)
    for p, provider in enumerate(instance.providers):
        if spot[p] or draft.held[p] or staying[p]:
            name = f"capacity_of_{draft.words['provider', p]}_{when}"
            draft.rule(name, [*spot[p], *draft.held[p], (draft.one, 0.0)], "<=", provider.capacity - staying[p])
    return costs


def _offer(draft: Draft, i: int, s: int, t: int, when: str, costs: Terms) -> tuple[Terms, Any, bool]:
    """Spot, call-off and block places of one offer: (terms of its lot's balance, spot variable, is its block pooled)."""
    instance, offer, word, weight = draft.instance, draft.instance.offers[i], draft.words["offer", i], float(draft.weight[t])
    stay = int(instance.existing[s, t, i])
    x = draft.amount(f"spot_at_{word}_{when}", None if offer.spot_open[s] else stay)
    costs.append((x, weight * offer.list))
    terms: Terms = [(x, 1.0)]
    if draft.flex.get(i):
        c = draft.amount(f"called_off_at_{word}_{when}")
        draft.rule(f"call_off_within_reserve_at_{word}_{when}", [(c, 1.0), *((f, -1.0) for f in draft.flex[i])], "<=", 0)
        costs.append((c, weight * offer.call_off))
        terms.append((c, 1.0))
    pooled = draft.form == "pooled" and fully_charged(offer) and bool(draft.block.get(i))
    if pooled:
        terms += [(b, 1.0) for b in draft.block[i]]
    elif draft.block.get(i):
        terms += _used(draft, i, t, when, costs)
    if stay:
        draft.rule(f"children_stay_at_{word}_{when}", terms, ">=", stay)
    return terms, x, pooled


def _used(draft: Draft, i: int, t: int, when: str, costs: Terms) -> Terms:
    """Used block places of one offer; by tier when using one costs something, since the price depends on the tier."""
    offer, word, weight = draft.instance.offers[i], draft.words["offer", i], float(draft.weight[t])
    if fully_charged(offer):
        u = draft.amount(f"used_at_{word}_{when}")
        draft.rule(f"use_within_block_at_{word}_{when}", [(u, 1.0), *((b, -1.0) for b in draft.block[i])], "<=", 0)
        return [(u, 1.0)]
    terms: Terms = []
    for k, (b, charged, disc) in enumerate(draft.tiers[i]):
        name, price = f"tier_{k + 1}_block_at_{word}_{when}", weight * offer.list * (1 - disc)
        u = draft.amount(f"used_of_{name}")
        terms.append((u, 1.0))
        draft.rule(f"use_within_{name}", [(u, 1.0), (b, -1.0)], "<=", 0)
        if draft.form == "pooled":  # pay for what is used, and for what is charged and empty
            w = draft.amount(f"empty_of_{name}")
            draft.rule(f"empty_places_of_{name}", [(w, 1.0), (u, 1.0), (charged, -1.0)], ">=", 0)
            costs += [(u, price), (w, offer.void_share * price)]
        else:  # the charge is paid already; a charged place costs the rest when used
            w = draft.amount(f"charged_and_used_of_{name}")
            draft.rule(f"charged_within_{name}", [(w, 1.0), (charged, -1.0)], "<=", 0)
            draft.rule(f"charged_is_used_{name}", [(w, 1.0), (u, -1.0)], "<=", 0)
            costs += [(u, price), (w, -offer.void_share * price)]
    return terms
