"""The year and period of the budget page, the form for a budget, accruals and joint funding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import budget as run
from pages._frame import choose, show

if TYPE_CHECKING:
    from analytics.figures import Table
    from pages._frame import Page


def when(page: Page) -> tuple[int, int]:
    """The financial year and the period up to which it is known; 0, 0 where no fees are loaded."""
    years = page.run(run.years)
    if not years:
        return 0, 0
    left, right = st.columns(2)
    with left:
        year = int(choose("Financial year", years, "of_year") or 0)
    with right:
        period = int(choose("As known at the end of period", page.run(run.periods, year), "period") or 0)
    return year, period


def enter(page: Page, year: int) -> None:
    """A budget for a purse of the year; one that is entered again takes the place of the one before."""
    if page.is_past:
        st.markdown("An earlier state is shown, in which no budget can be entered.")
        return
    purses = run.purses()
    with st.form("_budget", border=True):
        left, right = st.columns(2)
        purse = left.selectbox("Purse", list(purses), format_func=purses.__getitem__, key="_budget_purse")
        amount = right.number_input("Budget of the year, £ (empty: take it away)", min_value=0.0, step=1000.0, value=None, format="%.2f", key="_budget_amount")
        note = st.text_input("Note, such as who approved it", key="_budget_note", max_chars=500)
        if st.form_submit_button("Keep the budget", type=show.strong()):
            run.enter(page.session, year, str(purse), amount, note)
            st.rerun()


def accruals(page: Page, year: int, period: int) -> None:
    """What is received and not paid, made when a person opens it."""
    _opened("Show what to accrue at the end of the period", "_accruals", lambda: _said(page, page.run(run.accruals, year, period), "accruals"))


def joint(page: Page) -> None:
    """Agreed shares against money in, and 52-week placements without a share."""
    ages, places = page.run(run.joint)
    _said(page, ages, "joint_funding")
    st.markdown(show.literal(places[0]))
    _opened("Show these placements", "_whole_year", lambda: show.rows_of(page.session, places[1], page.about, name="whole_year"))


def _said(page: Page, found: tuple[str, Table], name: str) -> None:
    st.markdown(show.literal(found[0]))
    show.small(found[1].subtitle)
    show.rows_of(page.session, found[1], page.about, name=name)


def _opened(title: str, key: str, draw: object) -> None:
    box = st.expander(title, key=key, on_change="rerun")
    if box.open and callable(draw):
        with box:
            draw()
