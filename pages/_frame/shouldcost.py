"""The parts of Should-cost: a proposed placement in a form, or an existing one out of a setting's list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import shouldcost as run
from pages import _frame as frame
from pages._frame import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.figures import Finding
    from pages._frame import Page

_NEW, _OLD = "A placement we think of", "A placement we have"
_ANY = "Any setting"
_PLAIN = run.Proposal("ASD", "secondary", "day")


def ask(page: Page, terms: run.Terms) -> Finding:
    """The finding of what is asked for; at first the commonest kind of place there is."""
    if terms.usual is None:
        nothing: Finding = page.run(run.proposed, _PLAIN)
        return nothing
    kind = st.segmented_control("What should be looked at", [_NEW, _OLD], default=_NEW, key="shouldcost_kind", label_visibility="collapsed")
    return _existing(page) if kind == _OLD else _proposed(page, terms, terms.usual)


def _proposed(page: Page, terms: run.Terms, usual: run.Proposal) -> Finding:
    kept, asked = f"_proposal_{page.which}", st.query_params.get("setting")
    if asked in terms.settings:
        usual = replace(usual, urn=asked)
    with st.form("shouldcost", border=True):
        columns = st.columns(3)
        need = _pick(columns[0], "Primary need", terms.needs, usual.need)
        phase = _pick(columns[1], "Phase", terms.phases, usual.phase)
        residence = _pick(columns[2], "Residence", terms.residences, usual.residence)
        columns = st.columns(3)
        band = columns[0].selectbox("Support band", [None, 1, 2, 3, 4, 5, 6], index=usual.band or 0, format_func=lambda b: "Not known" if b is None else str(b))
        hours = columns[1].number_input("One-to-one, hours a week", 0.0, 168.0, usual.one_to_one_hours_week, 1.0, placeholder="Not known")
        therapy = columns[2].number_input("Therapy, hours a year", 0.0, 8784.0, usual.therapy_hours_year, 1.0, placeholder="Not known")
        columns = st.columns(3)
        district = columns[0].selectbox("Home district", list(terms.districts), index=None, placeholder="Not known")
        urn = columns[1].selectbox(
            "Setting", list(terms.settings), index=_place(terms.settings, usual.urn), format_func=lambda u: terms.settings.get(u, u), placeholder=_ANY
        )
        if st.form_submit_button("Work out what it should cost", type=show.strong()):
            st.session_state[kept] = run.Proposal(need, phase, residence, band, hours, therapy, district, urn)
    found: Finding = page.run(run.proposed, st.session_state.get(kept, usual))
    return found


def _existing(page: Page) -> Finding:
    left, right = st.columns(2)
    with left:
        urn = frame.choose("Setting", page.run(run.settings_with_fees), "setting")
    offered = page.run(run.placements_at, urn)
    # Only the words are sent to the browser and nothing to the address, so that no reference leaves the server.
    chosen = right.selectbox("Placement", list(offered), format_func=lambda p: offered.get(p, ""), key=f"_placement_{urn}")
    found: Finding = page.run(run.existing, chosen)
    return found


def _place(options: Mapping[str, str], value: str | None) -> int | None:
    return list(options).index(value) if value in options else None


def _pick(where: st.delta_generator.DeltaGenerator, label: str, options: Mapping[str, str], usual: str) -> str:
    values = list(options)
    chosen: str = where.selectbox(label, values, index=values.index(usual) if usual in values else 0, format_func=lambda v: options.get(v, v))
    return chosen
