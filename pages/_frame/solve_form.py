"""The form of Contracts: what is planned, the assumptions with their reasons, budgets, the quality floor and settings that are fixed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import plan as run
from analytics.run.solving import Inputs
from data.errors import WrongUsage
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page

_LABELS = {
    "years": "Years of the term",
    "uplift": "Uplift a year (%)",
    "max_share": "Most places at one setting (% of all)",
    "lambda": "Weight on the dearest futures (0 to 1)",
    "fixed": "Cost of managing a contract (£ a year)",
    "void_share": "Price paid for an empty place (%)",
    "max_providers": "Settings considered",
    "seed": "Seed of the futures",
}
_PER_CENT = ("uplift", "max_share", "void_share")
_WHOLE = ("years", "max_providers", "seed", "fixed")
_SPARE_ROWS = 2  # empty lines for settings to fix
_TERM = "Discounted pounds over the whole term, for all children of this phase and area; compare with the cost of all spot below."


def ask(page: Page, given: Inputs | None) -> Inputs | None:
    """The form, filled from `given` where something was asked before; what it asks when its button is pressed."""
    phases, areas = page.run(run.scopes)
    doc: dict[str, Any] = json.loads(given.policy) if given is not None else {}
    with st.form("contracts", border=True):
        first, second = st.columns(2)
        phase = first.selectbox("Phase", list(phases), index=_at(phases, (given.phase,) if given else page.chosen.get("phase")), format_func=phases.__getitem__)
        area = second.selectbox("Home area", list(areas), index=_at(areas, (given.area,) if given else page.chosen.get("area")), format_func=areas.__getitem__)
        with st.expander("Assumptions", expanded=bool(doc.keys() - set(run.ASKED))):
            numbers = _numbers(doc)
            chance, dearest, floor = _limits(doc)
            settings = page.run(run.lockable)
            fixed = _fixed(settings, doc.get("locks", {}))
        if not st.form_submit_button("Size the contracts", type=show.strong()):
            return None
    locks = _locks(settings, fixed)
    return Inputs(run.policy_text(numbers, chance, dearest, floor, locks), str(phase), str(area))


def _numbers(doc: Mapping[str, Any]) -> dict[str, float]:
    asked: dict[str, float] = {}
    columns = st.columns(2)
    for place, (name, parameter) in enumerate(run.parameters().items()):
        with columns[place % 2]:
            asked[name] = _number(name, parameter, float(doc.get(name, parameter.value)))
    return asked


def _number(name: str, parameter: Any, value: float) -> float:
    """One assumption with its unit, range, source and reason. Per cent here, a share in the policy."""
    times = 100.0 if name in _PER_CENT else 1.0
    numbers = {"value": value * times, "min_value": parameter.low * times, "max_value": parameter.high * times}
    told = f"{parameter.reason}. Source: {parameter.source}."
    if name in _WHOLE:
        return int(st.number_input(_LABELS[name], **{k: round(v) for k, v in numbers.items()}, step=1, help=told))
    numbers = {k: round(v, 6) for k, v in numbers.items()}
    return float(st.number_input(_LABELS[name], **numbers, step=times / 100 * 5, help=told)) / times


def _limits(doc: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Budgets and the quality floor, each left empty where there is none."""
    show.small("Limits that the plan must keep. Leave a limit empty where there is none.")
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    chance = left.number_input(
        "Keep the cost in nine futures out of ten at or below (£)",
        value=_limit(doc.get("chance_budget")),
        min_value=0.0,
        step=10_000.0,
        format="%.0f",
        placeholder="No limit",
        help=_TERM,
    )
    dearest = middle.number_input(
        "Keep the average of the dearest tenth of futures at or below (£)",
        value=_limit(doc.get("cvar_budget")),
        min_value=0.0,
        step=10_000.0,
        format="%.0f",
        placeholder="No limit",
        help=_TERM,
    )
    floor = right.number_input(
        "Least quality score of a setting (points)",
        value=doc.get("min_quality"),
        min_value=0.0,
        max_value=100.0,
        step=5.0,
        format="%.0f",
        placeholder="No floor",
        help="The latest score of a setting's application to a vehicle. A setting without one counts as 0; below the floor it takes no block and no new child.",
    )
    return chance, dearest, floor


def _limit(budget: Mapping[str, float] | None) -> float | None:
    return None if budget is None else float(budget["limit"])


def _fixed(settings: Mapping[str, str], locks: Mapping[str, int]) -> list[tuple[str, int]]:
    """Settings with fixed places, a line each and two empty ones; the plan works out the rest."""
    show.small("Settings whose guaranteed places you fix, for the plan to work out the rest. 0 fixes that there is none. Two empty lines come with each plan.")
    found: list[tuple[str, int]] = []
    given = [(urn, n) for urn, n in locks.items() if urn in settings]
    for row, (urn, places) in enumerate([*given, *[(None, None)] * _SPARE_ROWS]):
        left, right = st.columns((3, 1))
        at = list(settings).index(urn) if urn is not None else None
        chosen = left.selectbox(
            f"Setting {row + 1} to fix", list(settings), index=at, format_func=settings.__getitem__, placeholder="None", key=f"_lock_{row}_{urn}"
        )
        number = right.number_input("Places there", value=places, min_value=0, step=1, placeholder="–", key=f"_locked_{row}_{urn}_{places}")
        if chosen is not None and number is not None:
            found.append((chosen, int(number)))
    return found


def _locks(settings: Mapping[str, str], fixed: list[tuple[str, int]]) -> dict[str, int]:
    """Fixed places by setting. WrongUsage where one is fixed at two numbers."""
    found: dict[str, int] = {}
    for urn, number in fixed:
        if found.setdefault(urn, number) != number:
            raise WrongUsage(f"{settings[urn]} is fixed at two numbers, {found[urn]} and {number}. Leave one line.", "lock_twice")
    return found


def _at(options: Mapping[str, str], chosen: tuple[str, ...] | None) -> int:
    return next((place for place, value in enumerate(options) if value in (chosen or ())), 0)
