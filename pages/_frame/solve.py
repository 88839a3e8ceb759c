"""The parts of Contracts: inputs in a form, a solve that can be watched and cancelled, its outcome kept for this browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import plan as run
from pages._frame import show, work

if TYPE_CHECKING:
    from analytics.figures import Finding
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
_WORK = "solve"


def inputs(page: Page) -> None:
    """The form. Pressing its button builds the instance here and starts the solve."""
    phases, areas = page.run(run.scopes)
    with st.form("contracts", border=True):
        first, second = st.columns(2)
        phase = first.selectbox("Phase", list(phases), index=_first(phases, page.chosen.get("phase")), format_func=phases.__getitem__)
        area = second.selectbox("Home area", list(areas), index=_first(areas, page.chosen.get("area")), format_func=areas.__getitem__)
        asked: dict[str, float] = {}
        with st.expander("Assumptions"):
            columns = st.columns(2)
            for place, (name, parameter) in enumerate(run.parameters().items()):
                with columns[place % 2]:
                    asked[name] = _ask(name, parameter)
        if st.form_submit_button("Size the contracts", type=show.strong()):
            with st.spinner("Drawing futures and building the problem…"):
                planned = run.plan(page.session, json.dumps(asked), str(phase), str(area))
            st.session_state["_plan"], st.session_state["_plan_state"] = planned, page.state
            st.session_state.pop("_plan_finding", None)
            work.begin(_WORK, lambda: run.start(page.session, planned))


def solving(page: Page) -> bool:
    """Shows the solve while it runs; keeps its finding when it has ended. Raises what stopped it."""
    if work.at_work(_WORK):
        return True
    work.finish(_WORK, lambda child: _keep_finding(page, child))
    return False


def _keep_finding(page: Page, child: Any) -> None:
    document = run.outcome(child)
    with st.spinner("Costing the plan in futures it was not sized on…"):
        st.session_state["_plan_finding"] = run.contracts(page.session, st.session_state["_plan"], document)


def solved(page: Page) -> Finding | None:
    """The finding of the last solve on the same data; None before one."""
    finding: Finding | None = st.session_state.get("_plan_finding")
    return finding if finding is not None and finding.data_version == page.version and st.session_state.get("_plan_state") == page.state else None


def _ask(name: str, parameter: Any) -> float:
    """One assumption with its unit, range, source and reason. Per cent here, a share in the policy."""
    times = 100.0 if name in _PER_CENT else 1.0
    numbers = {"value": parameter.value * times, "min_value": parameter.low * times, "max_value": parameter.high * times}
    if name in _WHOLE:
        return int(st.number_input(_LABELS[name], **{k: round(v) for k, v in numbers.items()}, step=1, help=f"{parameter.reason}. Source: {parameter.source}."))
    return float(st.number_input(_LABELS[name], **numbers, step=times / 100 * 5, help=f"{parameter.reason}. Source: {parameter.source}.")) / times


def _first(options: Mapping[str, str], chosen: tuple[str, ...] | None) -> int:
    return next((place for place, value in enumerate(options) if value in (chosen or ())), 0)
