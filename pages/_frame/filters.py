"""Filters: the same in the sidebar of every page, kept over pages and in the address, shown as chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._frame.show import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.run.choices import Choices

MAIN = ("need", "phase", "residence_group", "area")
MORE = ("setting_type", "urn", "provider_group", "component", "funder", "purchase_type", "compliance")
YEAR = "year"
HEADINGS = {
    YEAR: "Financial year",
    "need": "Primary need",
    "phase": "Phase",
    "residence_group": "Day or residential",
    "area": "Home area",
    "setting_type": "Type of setting",
    "urn": "Setting",
    "provider_group": "Provider group",
    "component": "Part of the cost",
    "funder": "Purse",
    "purchase_type": "How it was bought",
    "compliance": "On or off a vehicle",
}


def draw(page: str, choices: Choices) -> dict[str, tuple[str, ...]]:
    """Draws the filters and returns what is chosen, by dimension (the year as a one-tuple). The address says the same afterwards."""
    _take_from_address(page, choices)
    with st.sidebar:
        years = [str(year) for year in choices.years]
        if years:
            st.selectbox(HEADINGS[YEAR], years, format_func=choices.year_names.__getitem__, key=YEAR)
        for name in MAIN:
            _one(name, choices)
        with st.expander("More filters"):
            for name in MORE:
                _one(name, choices)
        st.button("Reset filters", on_click=_clear, args=((*MAIN, *MORE),), icon=":material/filter_alt_off:", type="tertiary")
    chosen = {name: tuple(st.session_state.get(name) or ()) for name in (*MAIN, *MORE) if name in choices.labels}
    if years:
        chosen[YEAR] = (st.session_state[YEAR],)
    st.session_state["_filters"] = chosen
    _tell_address(chosen, choices)
    return chosen


def chips(chosen: Mapping[str, tuple[str, ...]], choices: Choices, applies: str) -> None:
    """What is on, above the content; a press takes it off. `applies` tells what the filters do here, where that is not all."""
    if unknown := st.session_state.get("_unknown"):
        st.warning(f"This link asks for what the data do not hold, so it was left out: {literal(unknown)}.", icon=":material/filter_alt_off:")
    on = [(name, value) for name in (*MAIN, *MORE) for value in chosen.get(name, ())]
    if not on:
        return
    with st.container(horizontal=True, gap="small"):
        for name, value in on:
            label = f"{HEADINGS[name]}: {choices.labels[name].get(value, value)}"
            st.button(
                label,
                key=f"_chip_{name}_{value}",
                on_click=_take_off,
                args=(name, value),
                icon=":material/close:",
                icon_position="right",
                help="Remove this filter",
            )
        st.button("Reset", key="_chip_reset", on_click=_clear, args=((*MAIN, *MORE),), type="tertiary")
    if applies:
        st.info(applies, icon=":material/info:")


def _one(name: str, choices: Choices) -> None:
    labels = choices.labels.get(name, {})
    if labels:
        st.multiselect(HEADINGS[name], list(labels), format_func=lambda value: labels.get(value, value), key=name, placeholder="All")


def _take_from_address(page: str, choices: Choices) -> None:
    """A link, the Back button or a reload sets the filters from the address; a move to another page without any carries them along."""
    address = _address()
    moved = st.session_state.get("_page") != page
    told = st.session_state.get("_told")
    st.session_state["_page"] = page
    if address != told and (address or not moved):
        wanted = address
    elif moved:
        wanted = st.session_state.get("_filters", {})
    else:
        return
    years = [str(year) for year in choices.years]
    year = wanted.get(YEAR, ("",))[0]
    st.session_state["_unknown"] = unknown(wanted, choices)
    if years:
        st.session_state[YEAR] = year if year in years else str(choices.default_year)
    for name in (*MAIN, *MORE):
        known = choices.labels.get(name, {})
        st.session_state[name] = [value for value in wanted.get(name, ()) if value in known]


def unknown(wanted: Mapping[str, tuple[str, ...]], choices: Choices) -> str:
    """What is asked for and the data do not hold, in words."""
    known: dict[str, Mapping[str, str]] = {**choices.labels, YEAR: choices.year_names}
    left = {name: [value for value in values if value and value not in known.get(name, {})] for name, values in wanted.items()}
    return "; ".join(f"{HEADINGS[name]}: {', '.join(values)}" for name, values in left.items() if values)


def _address() -> dict[str, tuple[str, ...]]:
    return {name: tuple(st.query_params.get_all(name)) for name in (YEAR, *MAIN, *MORE) if name in st.query_params}


def _tell_address(chosen: Mapping[str, tuple[str, ...]], choices: Choices) -> None:
    wanted = {name: values for name, values in chosen.items() if values and not (name == YEAR and values == (str(choices.default_year),))}
    if wanted != _address():
        others = {name: st.query_params.get_all(name) for name in st.query_params if name not in HEADINGS}
        st.query_params.from_dict({**others, **{name: list(values) for name, values in wanted.items()}})
    st.session_state["_told"] = wanted


def words(chosen: Mapping[str, tuple[str, ...]], choices: Choices) -> str:
    """The filters as a person reads them: "Primary need: ASD; Home area: East"."""
    labels = {**choices.labels, YEAR: choices.year_names}
    return "; ".join(f"{HEADINGS[name]}: {', '.join(labels[name].get(v, v) for v in values)}" for name, values in chosen.items() if values)


def as_query(chosen: Mapping[str, tuple[str, ...]], **more: str) -> dict[str, str | list[str]]:
    """The filters as a link carries them."""
    return {**{name: list(values) for name, values in chosen.items() if values}, **more}


def forget() -> None:
    """Starts the filters anew, for other data."""
    for name in (YEAR, *MAIN, *MORE, "_filters", "_told", "_page", "_unknown", "_known_on", "_known_told"):
        st.session_state.pop(name, None)
    st.query_params.clear()


def _take_off(name: str, value: str) -> None:
    st.session_state[name] = [v for v in st.session_state.get(name, []) if v != value]


def _clear(names: tuple[str, ...]) -> None:
    for name in names:
        st.session_state[name] = []
