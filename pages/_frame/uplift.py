"""The parts of Uplift: what a school asks for in a form, and the pack as files."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics.run import uplift as run
from pages import _frame as frame
from pages._frame import show

if TYPE_CHECKING:
    from pages._frame import Page

_COLUMNS = {"what": "Cost", "per_cent": "Rise (%)", "share": "Share of running cost (%)", "source": "Source"}


def ask(page: Page, urn: str) -> run.Request:
    """The request in the form; at first what the school's latest return says."""
    known: run.Asked = page.run(run.asked, urn)
    usual = run.Request(urn, known.from_day, known.asked_on, known.per_cent, (), known.reason, known.pressures, None, known.assumed)
    kept = f"_request_{page.which}_{urn}"
    show.small(known.told)
    with st.form(f"uplift_{urn}", border=True):
        columns = st.columns(4)
        per_cent = columns[0].number_input("Uplift asked for (%)", -50.0, 100.0, known.per_cent, 0.5)
        from_day = columns[1].date_input("From", known.from_day, format="DD/MM/YYYY")
        asked_on = columns[2].date_input("Asked on", known.asked_on, format="DD/MM/YYYY")
        cap = columns[3].number_input("Most that policy allows (%)", 0.0, 100.0, None, 0.5, placeholder="No cap", help="The council's own cap, if it has one.")
        reason = st.text_input("Reason given", known.reason, max_chars=300, help="It stands in both editions: name no child, and no other school.")
        with st.expander("New fees instead of a percentage"):
            st.markdown("Mean fee a place and year where it is charged. If one is filled in, the percentage is not used; a part left empty stays as it is.")
            fees = _new_fees(known)
        with st.expander("Rises in its costs, with their sources", expanded=bool(known.pressures)):
            st.markdown("What the school shows. A row counts when it has a rise, a share and a source.")
            rows = st.data_editor(
                pd.DataFrame([astuple(p) for p in known.pressures], columns=list(_COLUMNS)).astype({"per_cent": float, "share": float}),
                column_config={name: words if name in ("what", "source") else st.column_config.NumberColumn(words) for name, words in _COLUMNS.items()},
                num_rows="dynamic",
                hide_index=True,
                key=f"_pressures_{urn}",
            )
        if st.form_submit_button("Work out the range", type=show.strong()):
            costs = tuple(run.Pressure(*_pressure(row)) for row in rows.to_dict("records") if not pd.isna(row["per_cent"]) and not pd.isna(row["share"]))
            st.session_state[kept] = run.Request(urn, from_day, asked_on, None if fees else per_cent, fees, reason, costs, cap)
    asked: run.Request = st.session_state.get(kept, usual)
    return asked


def pack(page: Page, request: run.Request) -> None:
    """The files: two editions as PDF and Word, and the form for the school."""
    left, middle, right = st.columns(3)
    with right:
        st.markdown("**Return form.** Free places, the uplift and the costs behind it; load it in Intake when it comes back.")
        _file("Download form", lambda: run.return_form(page.session, request.urn), f"return-{request.urn}.xlsx", _XLSX, "form")
    if request.assumed:
        left.markdown("A pack is about a request: enter what the school asked for, and press the button.")
        return
    with left:
        st.markdown("**For the council.** Position, range and reasons. Not for the school.")
        _files(page, request, "internal")
    with middle:
        st.markdown("**For the school.** Its own children taken together, prices, what you need from it. No other school's name or figure, no range.")
        with frame.errors(stop=False):
            page.run(run.expect_sendable, request)
            _files(page, request, "school")


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _files(page: Page, request: run.Request, edition: str) -> None:
    for form, mime in run.FORMS.items():
        words = f"Download {'PDF' if form == 'pdf' else 'Word document'}"
        _file(words, lambda form=form: run.pack(page.session, request, edition, form), f"uplift-{request.urn}-{edition}.{form}", mime, f"{edition}_{form}")


def _file(words: str, make: Any, name: str, mime: str, key: str) -> None:
    st.download_button(words, make, file_name=name, mime=mime, key=f"_pack_{key}", on_click="ignore", type="tertiary", icon=":material/download:")


def _new_fees(known: run.Asked) -> tuple[tuple[str, float], ...]:
    given = []
    for column, (part, name, now) in zip(st.columns(max(len(known.parts), 1)), known.parts, strict=False):
        fee = column.number_input(f"{name} (£)", 0.0, 1_000_000.0, None, 100.0, placeholder=f"now {now:,.0f}")
        if fee is not None:
            given.append((part, float(fee)))
    return tuple(given)


def _pressure(row: dict[str, Any]) -> tuple[str, float, float, str]:
    what, source = ("" if pd.isna(row[name]) else str(row[name]) for name in ("what", "source"))
    return what or "Cost without a name", float(row["per_cent"]), float(row["share"]), source
