"""Scenarios on Contracts: saving a plan with its reason, opening one by its address, two to four side by side, taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics import charts
from analytics.run import scenarios as run
from pages import _frame as frame
from pages._frame import show, solve

if TYPE_CHECKING:
    from analytics.findings.scenarios import Saved
    from analytics.run.plan import Solved
    from pages._frame import Page

IN_ADDRESS, _COMPARED = "scenario", "compare"
_GONE = "The scenario of this link does not stand, or belongs to other data. Choose one from the list below."


def opened(page: Page) -> Saved | None:
    """The scenario of the address, shown as it was saved; None where there is none."""
    asked = st.query_params.get(IN_ADDRESS)
    if said := st.session_state.pop("_scenario_said", None):
        st.success(show.literal(said), icon=":material/check:")
    if not asked:
        return None
    one = next((one for one in run.saved(page.session) if one.scenario_id == asked), None)
    if one is None:
        st.info(_GONE, icon=":material/info:")
        del st.query_params[IN_ADDRESS]
        return None
    finding = run.told(page.session, one)
    with st.container(border=True):
        frame.answer(finding)
        frame.tiles(finding, "scenario")
        page.listing(finding, "inputs")
        page.section("Places of this scenario", lambda: finding.tables["saved_places"], "saved_places")
        with st.container(horizontal=True):
            if st.button("Run it again on today's data", key="_scenario_again", type=show.strong() if one.stale else "secondary"):
                solve.begin(page, one.inputs)
                st.rerun()
            st.button("Close the scenario", key="_scenario_close", on_click=_close, type="tertiary", icon=":material/close:")
    return one


def save(page: Page, made: Solved) -> None:
    """The form that keeps the plan at hand under a name."""
    found = solve.SIZING.current(page)
    if found is None or made.figures is None or not run.may_save(page.session):
        return
    with st.expander("Save as scenario", key="_scenario_box"), st.form("_scenario", border=False):
        name = st.text_input("Name of the scenario", key="_scenario_name", placeholder="September, P90 within £14m")
        reason = st.text_area("Why these inputs", key="_scenario_reason", help="Whoever opens it later reads this. Name no child.")
        if st.form_submit_button("Save the scenario"):
            with frame.errors(stop=False):
                scenario_id = run.save(page.session, name, reason, found.inputs, made)
                st.session_state["_scenario_said"] = f"Saved. Share it with colleagues by the address of this page, which now ends in scenario={scenario_id}."
                _open(scenario_id)
                st.rerun()


def kept(page: Page) -> None:
    """Scenarios that stand: the list, opening one, comparing some, taking one back."""
    saved = {one.scenario_id: one for one in run.saved(page.session)}
    show.heading("Saved scenarios", "")
    if not saved:
        st.markdown("No scenario is saved yet. Size the contracts, then save the plan to compare it with others.")
        return
    page.table(run.listing(page.session), "scenarios")
    left, right = st.columns(2)
    names = {scenario_id: one.name for scenario_id, one in saved.items()}
    chosen = left.selectbox("Open a scenario", list(names), index=None, format_func=names.__getitem__, placeholder="Choose…", key="_scenario_open")
    left.button("Open", key="_scenario_go", disabled=chosen is None, on_click=_open, args=(chosen,))
    known = [one for one in dict.fromkeys(st.query_params.get_all(_COMPARED)) if one in names][: run.MOST]
    beside = right.multiselect(
        "Compare two to four", list(names), default=known, format_func=names.__getitem__, max_selections=run.MOST, key="_scenario_beside", placeholder="Choose…"
    )
    if beside != st.query_params.get_all(_COMPARED):
        st.query_params[_COMPARED] = beside
    if len(beside) >= run.LEAST:
        _compared(page, tuple(beside))
    if run.may_save(page.session) and chosen is not None and right.button("Take the chosen scenario back", key="_scenario_take_back"):
        run.take_back(page.session, chosen)
        st.session_state["_scenario_said"] = "The scenario is taken back."
        _close()
        st.rerun()


def _compared(page: Page, beside: tuple[str, ...]) -> None:
    finding = run.compared(page.session, beside)
    frame.answer(finding)
    page.chart(finding, "beside", charts.intervals, cache=beside, label="name", value="middle", low="low", high="high")
    page.listing(finding, "compared")
    frame.method(finding, "What a scenario is")


def _open(scenario_id: str) -> None:
    solve.SIZING.forget()
    solve.BACK.forget()
    st.query_params[IN_ADDRESS] = scenario_id


def _close() -> None:
    st.query_params.pop(IN_ADDRESS, None)
