"""What a person confirms before real data is loaded: once, and again where something changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.run import protection, stores
from analytics.run.session import Session, require
from data.assurance import KEEP_YEARS, LEAST_YEARS, LONGEST_REFERENCE, MOST_YEARS, Wish
from pages._frame import access, errors, show

if TYPE_CHECKING:
    from pages._frame import Page

TEMPLATE = Path(__file__).resolve().parents[3] / "docs" / "data-protection.md"


def first(page: Page) -> bool:
    """Whether files may be loaded into the council's store; until then the form that asks what must be confirmed."""
    given = _given()
    if given.get("confirmed"):
        return True
    st.markdown("**Before your first real data: confirm once**")
    form(page, given)
    return False


def form(page: Page, given: dict[str, Any]) -> None:
    """The form; what was confirmed stands in it. A press keeps the confirmation and goes on."""
    key = "_confirm_again" if given.get("confirmed") else "_confirm_first"
    with st.form(key):
        st.markdown(f"The data will lie in one file on this computer, with its log and backups beside it:\n\n{show.literal(str(stores.council_path()))}")
        encrypted = st.checkbox("The disk that holds this file is encrypted (BitLocker, FileVault, LUKS).", key=f"{key}_disk")
        left, right = st.columns(2)
        day = left.date_input(
            "Day of the data-protection impact assessment", value=given.get("assessed_on"), format="DD/MM/YYYY", key=f"{key}_day", max_value="today"
        )
        reference = right.text_input("Its reference, if it has one", value=given.get("assessment", ""), max_chars=LONGEST_REFERENCE, key=f"{key}_reference")
        years = st.number_input(
            "Years to keep a placement after it ends",
            LEAST_YEARS,
            MOST_YEARS,
            given.get("keep_years", KEEP_YEARS),
            key=f"{key}_years",
            help=f"{KEEP_YEARS} years is an assumption: set what your council's retention schedule says.",
        )
        decided = bool(given.get("confirmed"))
        pseudonyms = st.checkbox(
            "Replace the ids of children, placements and cases by pseudonyms before anything is stored. This is decided once, before the first file.",
            value=bool(given.get("fingerprint")),
            disabled=decided,
            key=f"{key}_pseudonyms",
        )
        if st.form_submit_button("Confirm", type=show.strong()):
            with errors(stop=False):
                require(page.session, "load_data")
                wish = Wish(day, encrypted, reference, int(years), None if decided else pseudonyms)
                protection.expect_complete(wish)  # before the store is made for it
                session = Session(page.session.role, stores.open_council(), page.session.user)
                protection.confirm(session.store, wish, session.role.value, session.user)
                access.show_data(access.COUNCIL)
                st.rerun()
    st.download_button(
        "Template of the assessment",
        TEMPLATE.read_bytes,
        file_name="data-protection-impact-assessment.md",
        mime="text/markdown",
        key=f"{key}_template",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _given() -> dict[str, Any]:
    return protection.confirmed(stores.open_council()) if stores.council_path().exists() else {}
