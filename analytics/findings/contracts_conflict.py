"""When no plan keeps the rules: which of them contradict each other, and the cheapest single way out, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analytics.figures import Finding, format_value

_RULES = {
    "budget for the worst futures (CVaR)": "The average cost of the dearest futures stays within your budget.",
    "budget to be kept with a given chance": "The cost stays at or below your limit in as many futures as you asked.",
    "every new child is placed": "Every new child gets a place.",
    "share limit": "No setting holds more than its share of places.",
    "quality floor": "Settings below the quality floor take no block and no new child.",
    "largest blocks": "A block is no larger than the children who could need it.",
    "contracts that run already": "Contracts that run already, and places you fixed, stay.",
}
_WAYS = {
    "budget for the worst futures (CVaR)": "raise the budget of the dearest futures",
    "budget to be kept with a given chance": "raise the limit on cost",
    "share limit": "let one setting hold more",
    "quality floor": "lower the quality floor",
    "largest blocks": "allow larger blocks",
    "contracts that run already": "end running contracts, or free fixed places,",
}


def conflict(document: Mapping[str, Any], names: Mapping[str, str], version: str) -> Finding:
    """What contradicts, a sentence each, and the cheapest relaxation in pounds and places. `document`: conflict, relax (docs/contracts.md)."""
    rules = [_RULES.get(str(rule), _capacity(str(rule), names)) for rule in document.get("conflict", [])]
    answer = "No plan keeps all the rules you set." if rules else "No plan was found that keeps the rules, and it is not proven that there is none."
    first = "This rule cannot be kept:"
    if len(rules) > 1:
        first = f"These {len(rules)} rules cannot hold together:"
    if (least := document.get("least_gbp")) is not None:
        rules[0] += f" Even with every child at the cheapest place and the largest discount, it would come to {format_value(float(least), 'gbp')} or more."
    return Finding(answer, (), {}, "", version, (*((first, *rules) if rules else ()), _way_out(document.get("relax"), names)))


def _way_out(relax: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    if not relax:
        return "Easing any one of them alone does not help, or was not found in time. Ease two, or take one out."
    rule = str(relax["rule"])
    if relax.get("enough"):
        spot = format_value(relax["cost_gbp"], "gbp")
        return f"Raise the limit by {_amount(rule, float(relax['by']))} and buying one by one keeps it, at a weighted cost of {spot}; a plan may need less."
    way = _WAYS.get(rule, f"find more room: {_named(rule, names)}")
    return f"The cheapest single way out: {way} by {_amount(rule, float(relax['by']))}. The best plan then costs {format_value(relax['cost_gbp'], 'gbp')}."


def _amount(rule: str, by: float) -> str:
    if rule.startswith("budget"):
        return format_value(by, "gbp")
    unit = "point" if rule == "quality floor" else "place"
    return f"{format_value(by, 'places')} {unit}{'' if by == 1 else 's'}"


def _capacity(rule: str, names: Mapping[str, str]) -> str:
    said = _named(rule, names)
    return f"{said[0].upper()}{said[1:]} as it is." if said.startswith("capacity") else f"{said[0].upper()}{said[1:]}."


def _named(text: str, names: Mapping[str, str]) -> str:
    """Settings by name where the solver tells their URN."""
    return re.sub(r"[X\d]\d{3,}", lambda urn: names.get(urn[0], urn[0]), text)
