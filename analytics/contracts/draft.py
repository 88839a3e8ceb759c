"""What every part of the model shares: the PuLP problem, its names in words, and the first-stage variables found so far."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from analytics.contracts.problem import Floats, Instance, Offer

if TYPE_CHECKING:
    import pulp

Form = Literal["by_tier", "pooled"]
Aim = Literal["objective", "cvar_budget", "chance_budget"]
Terms = list[tuple[Any, float]]
THOUSAND = 1000.0  # the model counts in thousands of pounds, which suits the engines' tolerances


@dataclass
class Draft:
    """A model being written. `weight`: [year] uplift × discount in thousands; `flat`: the same summed for costs without uplift."""

    problem: pulp.LpProblem
    instance: Instance
    form: Form
    words: dict[tuple[str, int], str]
    weight: Floats
    flat: float
    one: Any  # a variable that is always 1, to carry costs that do not depend on the plan
    builds: list[Any] = field(default_factory=list)
    block: dict[int, list[Any]] = field(default_factory=dict)  # offer: blocked places by tier
    flex: dict[int, list[Any]] = field(default_factory=dict)
    tiers: dict[int, list[tuple[Any, Any, float]]] = field(default_factory=dict)  # offer: (blocked, charged, discount) by tier
    held: dict[int, Terms] = field(default_factory=lambda: defaultdict(list))  # provider: blocked and reserved places
    shared: Terms = field(default_factory=list)  # cost whatever happens
    rules: list[pulp.LpConstraint] = field(default_factory=list)

    def whole(self, name: str, most: int) -> Any:
        """A whole number from 0."""
        return self.problem.add_variable(name, 0, most, cat="Integer")

    def amount(self, name: str, most: float | None = None, least: float | None = 0.0) -> Any:
        """A number that comes out whole by itself, or money."""
        return self.problem.add_variable(name, least, most)

    def rule(self, name: str, terms: Terms, sense: str, right: float) -> None:
        """A constraint, named in words."""
        import pulp

        senses = {"<=": pulp.LpConstraintLE, ">=": pulp.LpConstraintGE, "=": pulp.LpConstraintEQ}
        made = pulp.LpConstraint(summed(terms), senses[sense], name, right)
        self.problem.addConstraint(made)
        self.rules.append(made)


def start(instance: Instance, form: Form) -> Draft:
    """An empty model of an instance."""
    import pulp

    problem = pulp.LpProblem("block_contracts_against_spot", pulp.LpMinimize)
    weight = instance.discount_factor * instance.price_level / THOUSAND
    one = problem.add_variable("costs_that_do_not_depend_on_the_plan", 1, 1)
    return Draft(problem, instance, form, _words(instance), weight, float(instance.discount_factor.sum()) / THOUSAND, one)


def summed(terms: Terms) -> Any:
    """The terms as one expression; PuLP keeps only the last coefficient of a variable that stands there twice."""
    import pulp

    merged: dict[Any, float] = defaultdict(float)
    for variable, coefficient in terms:
        merged[variable] += coefficient
    return pulp.LpAffineExpression(list(merged.items()))


def fully_charged(offer: Offer) -> bool:
    """An empty place costs as much as a full one, so its use does not matter to cost."""
    return offer.void_share == 1 and offer.min_occupancy == 1


def _words(instance: Instance) -> dict[tuple[str, int], str]:
    """Names for providers, lots and offers that every file format takes; numbered where they would clash."""
    found: dict[tuple[str, int], str] = {}
    things = [("provider", p.id) for p in instance.providers], [("lot", lot.id) for lot in instance.lots]
    for group in things:
        used: set[str] = set()
        for n, (kind, name) in enumerate(group):
            word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:40] or f"{kind}_{n + 1}"
            found[kind, n] = word if word not in used else f"{word}_{n + 1}"
            used.add(found[kind, n])
    for i, offer in enumerate(instance.offers):
        found["offer", i] = f"{found['provider', offer.provider]}_{found['lot', offer.lot]}"
    return found
