"""The parts of Demand: levers in a form, each with its reason; freezing a forecast; the scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import demand_page as run
from data.errors import UserError
from pages._frame import show

if TYPE_CHECKING:
    from typing import Any

    from pages._frame import Page

_STEPS = {"maintained_places": 5.0}
SECTIONS = {  # tables that open on demand; of a council without history some are not there
    "Each look back": "origins",
    "Every kind of place": "by_lot",
    "Today's children, setting by setting": "survivors",
    "What a block could fill, and how long places stand empty": "fill",
}


def standing_levers(page: Page) -> Any:
    """The levers as this browser left them; back where they stood once other data are shown, in which a closing setting may not be."""
    if st.session_state.get("_levers_of") != page.state:
        _forget()
        st.session_state["_levers_of"] = page.state
    return st.session_state.setdefault("_levers", run.as_found())


def drawn(page: Page, levers: Any) -> bool:
    """Draws the futures where none are held, with progress and a way to stop; False where a person stopped it."""
    if run.is_drawn(page.session, levers):
        return True
    place = st.empty()
    with place.container():
        if st.session_state.pop("_demand_stopped", False):
            st.markdown("Drawing was stopped, so there is no forecast to show.")
            st.button("Draw the futures", key="_demand_again", icon=":material/refresh:")
            return False
        bar = st.progress(0.0, text="Starting")
        st.button("Cancel", key="_demand_stop", on_click=_stopped, icon=":material/cancel:")
        try:
            run.draw(page.session, levers, lambda words, share: bar.progress(share, text=words))  # a click ends this run at the next word
        finally:
            place.empty()
    return True


def _stopped() -> None:
    st.session_state["_demand_stopped"] = True


def levers(page: Page) -> None:
    """The form. Every lever that is moved needs its reason."""
    held = standing_levers(page)
    told, settings_years = run.lever_words(), page.run(run.to_close)
    with st.expander("Move a lever, and say why", key="_levers_box", on_change="rerun"), st.form("_levers_form", border=False):
        values: dict[str, tuple[float, str]] = {}
        for name, lever in run.levers().items():
            moved = held.moved.get(name)
            left, right = st.columns(2)
            start = moved.value if moved else None if name == "fill_share" else lever.value
            value = left.number_input(
                told[name],
                min_value=lever.low,
                max_value=lever.high,
                value=start,
                step=_STEPS.get(name, 0.05),
                key=f"_lever_{name}",
                help=f"{lever.reason}; {lever.unit}, {lever.low:g} to {lever.high:g}. Source: {lever.source}.",
                placeholder="as consultations show",
            )
            why = right.text_input(f"Why: {told[name].split(',')[0].lower()}", value=moved.reason if moved else "", key=f"_lever_why_{name}", max_chars=300)
            if value is not None:
                values[name] = (float(value), why)
        closing = _closing(*settings_years)
        with st.container(horizontal=True):
            apply = st.form_submit_button("Draw the forecast again", type=show.strong(), key="_levers_apply")
            back = st.form_submit_button("Put every lever back", key="_levers_back")
    if back:
        _forget()
        st.rerun()
    if apply:
        try:
            st.session_state["_levers"] = run.moved(values, closing)
        except UserError as error:
            st.error(show.literal(error.message), icon=":material/error:")
            return
        st.rerun()


def _closing(settings: dict[str, str], years: dict[str, str]) -> tuple[str, int, str] | None:
    """A setting that closes, from which September, and why."""
    left, middle, right = st.columns(3)
    urn = left.selectbox("A setting closes", list(settings), index=None, format_func=settings.__getitem__, placeholder="None", key="_lever_closing")
    year = middle.selectbox("From September of", list(years), index=0 if years else None, format_func=years.__getitem__, key="_lever_closing_year")
    why = right.text_input("Why: a setting closes", key="_lever_why_closing", max_chars=300)
    return (str(urn), int(year), why) if urn and year else None


def _forget() -> None:
    for key in [str(k) for k in st.session_state if str(k).startswith("_lever")]:
        if key not in ("_levers_box", "_levers_of"):
            st.session_state.pop(key, None)


def frozen(page: Page) -> None:
    """The button that freezes, the forecasts frozen so far and how they did."""
    if said := st.session_state.pop("_frozen_said", None):
        st.success(show.literal(said))
    kept, scores = page.run(run.frozen, run.frozen_state(page.session))
    if kept.frame.empty:
        st.markdown("No forecast is frozen yet. Freeze the one that members are shown, so that it can be scored when actuals arrive.")
    else:
        show.rows_of(page.session, kept, page.about, name="frozen")
        if scores.frame.empty:
            st.markdown("Nothing can be scored yet: no year of a frozen forecast has begun.")
        else:
            show.heading(scores.title, scores.subtitle)
            show.rows_of(page.session, scores, page.about, name="scorecard")
    if run.may_freeze(page.session):
        with st.form("_freeze", border=True, clear_on_submit=True):
            note = st.text_input("Note, such as the meeting it is shown to", key="_freeze_note", max_chars=500)
            if st.form_submit_button("Freeze this forecast", key="_freeze_now"):
                st.session_state["_frozen_said"] = run.freeze(page.session, standing_levers(page), note)
                st.rerun()
