"""What one place more and one fewer are worth in every contract, by exact costings, at any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.contracts.board import Board, Standing
from analytics.contracts.climb import with_contract
from analytics.contracts.evaluate import broken_rules
from analytics.contracts.explain import article, ordinal
from analytics.contracts.problem import Instance, Plan
from analytics.figures import format_value

EVEN_GBP = 0.5  # a difference that rounds to no pound


@dataclass(frozen=True)
class Margin:
    """One offer's block in a plan. Money is the objective's change in pounds over the term; None where a rule or budget forbids the step.

    `filled`, `more_filled`: share of futures (scenario-years by probability) in which the last place, and one more, are used.
    """

    provider: str
    lot: str
    block: int
    filled: float
    fewer_gbp: float | None
    more_gbp: float | None
    more_filled: float | None
    held_by: tuple[str, ...]  # rules that forbid one more


def margins(board: Board, standing: Standing, offers: list[int] | None = None, cancelled: Callable[[], bool] = bool) -> list[Margin]:
    """The margin of every offer with a block, or of those asked for; shorter when cancelled."""
    found = []
    for i in offers if offers is not None else [i for i, b in enumerate(standing.plan.block) if b]:
        if cancelled():
            break
        found.append(margin(board, standing, i))
    return found


def margin(board: Board, standing: Standing, i: int) -> Margin:
    """One fewer and one more place at an offer, everything else as it stands."""
    instance, size = board.instance, standing.plan.block[i]
    offer = instance.offers[i]
    fewer, _ = _step(board, standing, i, size - 1)
    more, held = _step(board, standing, i, size + 1)
    more_filled = None if more is None else filled(board, more, i, size + 1)
    names = instance.providers[offer.provider].id, instance.lots[offer.lot].id
    return Margin(*names, size, filled(board, standing, i, size), _gbp(fewer, standing), _gbp(more, standing), more_filled, held)


def _step(board: Board, standing: Standing, i: int, size: int) -> tuple[Standing | None, tuple[str, ...]]:
    plan, p = with_contract(standing.plan, {i: size}, {}), board.instance.offers[i].provider
    broken = tuple(broken_rules(board.instance, plan))
    if broken or not board.seats(plan, p):
        return None, broken or ("children who stay need the room",)
    found = board.change(standing, plan, p)
    over = board.broken(found.totals) > 0.01
    return (None, ("a budget",)) if over else (found, ())


def _gbp(other: Standing | None, standing: Standing) -> float | None:
    return None if other is None else other.objective - standing.objective


def filled(board: Board, standing: Standing, i: int, least: int) -> float:
    """The share of futures in which at least so many of an offer's guaranteed places are used."""
    used = standing.uses.used[:, i, :2].sum(axis=1).reshape(len(board.instance.prob), -1)
    return float(board.instance.prob @ (used >= least).mean(axis=1))


def reasons(board: Board, standing: Standing, cancelled: Callable[[], bool] = bool) -> list[dict[str, object]]:
    """One entry for each open contract: provider, places, and why it has that size, from exact costings of its largest block."""
    instance, plan, found = board.instance, standing.plan, []
    for p, provider in enumerate(instance.providers):
        mine = instance.offers_of(p)
        places = sum(plan.block[i] + plan.flex[i] for i in mine)
        if places:
            largest = max(mine, key=lambda i: plan.block[i])
            known = margin(board, standing, largest) if plan.block[largest] and not cancelled() else None
            found.append({"provider": provider.id, "places": places, "why": _sentence(instance, plan, p, mine, known)})
    return found


def _sentence(instance: Instance, plan: Plan, p: int, mine: list[int], known: Margin | None) -> str:
    blocked, reserved = sum(plan.block[i] for i in mine), sum(plan.flex[i] for i in mine)
    text = f"{blocked} {'place' if blocked == 1 else 'places'} blocked at {instance.providers[p].id}"
    disc = instance.providers[p].discount(blocked)
    lots = [f"{plan.block[i]} in {instance.lots[instance.offers[i].lot].id}" for i in mine if plan.block[i]]
    text += (f" ({', '.join(lots)})" if len(lots) > 1 else "") + (f" at {disc:.1%} off list price" if blocked and disc else "")
    text += f", {reserved} reserved to be called off" if reserved else ""
    return text + "." + ("" if known is None else _last_place(known, len(lots) > 1))


def _last_place(known: Margin, several: bool) -> str:
    where = f" in {known.lot}" if several else ""
    text = f" The {ordinal(known.block)}{where} is expected to be filled in {known.filled:.0%} of futures; one fewer would {_change(known.fewer_gbp)}"
    if known.more_gbp is None:
        return f"{text}. Held at {known.block}{where} by {' and '.join(known.held_by)}."
    return f"{text}; {article(known.block + 1)} would be filled in {known.more_filled or 0.0:.0%} and {_change(known.more_gbp)}."


def _change(gbp: float | None) -> str:
    if gbp is None:
        return "break a rule or a budget"
    if abs(gbp) < EVEN_GBP or not np.isfinite(gbp):
        return "cost the same" if np.isfinite(gbp) else "leave children who stay without a place"
    return f"lose {format_value(gbp, 'gbp')}" if gbp > 0 else f"save {format_value(-gbp, 'gbp')}"
