"""Does the data agree with itself: ledger, agreements and counts as bridges; what each team has to mend; how fresh and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.run import agreement as run
from pages._frame import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analytics.figures import Table
    from pages._frame import Page

_WHOLE = 24  # rows of a bridge, which is read from its first line to its last


def shows_costs(page: Page) -> bool:
    """Whether the role may see amounts by setting."""
    return run.shows_costs(page.session)


def agree(page: Page) -> None:
    """The bridges, each in a tab that is made when a person opens it."""
    made: dict[str, Callable[[Page], None]] = {"Ledger": _ledger, "Agreements": _agreements, "Counts": _counts, "SEN2": _sen2}
    for tab, draw in zip(st.tabs(list(made), key="_agree", on_change="rerun"), made.values(), strict=True):
        if tab.open:
            with tab:
                draw(page)


def mend_by_team(page: Page) -> None:
    """What waits to be mended, the team that can, and how."""
    said, table = page.run(run.mending)
    st.markdown(show.literal(said))
    if len(table.frame):
        show.small(table.subtitle)
        page.table(table, "to_mend")


def fresh(page: Page) -> None:
    """How fresh each source is and how complete its columns."""
    sources, columns = page.run(run.freshness)
    for name, tab in zip(("By source", "By column"), st.tabs(["By source", "By column"], key="_fresh", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                _shown(page, sources if name == "By source" else columns, "freshness" if name == "By source" else "completeness")


def _ledger(page: Page) -> None:
    years: dict[str, str] = page.run(run.ledger_years)
    if not years:
        st.markdown("No payments are loaded, so there is no ledger to compare.")
        return
    with st.container(horizontal=True):
        year = st.selectbox("Financial year", list(years), format_func=years.__getitem__, key="_agree_year")
        settings: dict[str, str] = page.run(run.ledger_settings, int(year))
        urn = st.selectbox("Setting", list(settings), format_func=lambda key: settings.get(key, key), key=f"_agree_setting_{year}")
    said, table = page.run(run.ledger, int(year), urn, settings[urn])
    st.markdown(show.literal(said))
    _shown(page, table, "ledger_to_agreements", most=_WHOLE)


def _agreements(page: Page) -> None:
    tables: tuple[Table, ...] = page.run(run.agreements)
    if not tables:
        st.markdown("No fees are loaded, so there is no agreement to compare.")
        return
    for name, table in zip(("agreements_to_placements", "placements_to_agreements"), tables, strict=True):
        _shown(page, table, name)
    code = _rows_of(page.run(run.agreement_codes), "_agree_code")
    if code is not None:
        _shown(page, run.agreement_rows(page.session, code), f"rows_{code}")


def _counts(page: Page) -> None:
    years: dict[str, str] = page.run(run.count_years)
    if not years:
        st.markdown("No placements with fees are loaded, so there is nothing to count.")
        return
    year = int(st.selectbox("Counts of the financial year", list(years), format_func=years.__getitem__, key="_count_year"))
    bridge, known, published = page.run(run.counts, year)
    _shown(page, bridge, "count_bridge", most=_WHOLE)
    step = _rows_of(page.run(run.count_steps, year), "_count_step")
    if step is not None:
        _shown(page, run.count_rows(page.session, year, int(step)), "count_rows")
    _shown(page, known, "count_bases")
    for row in known.frame.itertuples():
        show.small(f"{row.name}: {row.definition}")
    if len(published.frame):
        _shown(page, published, "published_counts")


def _sen2(page: Page) -> None:
    years: dict[str, str] = page.run(run.censuses)
    if not years:
        st.markdown("No SEN2 return is loaded; load one above to set the census against the placements here.")
        return
    year = int(st.selectbox("Census of", list(years), format_func=years.__getitem__, key="_census"))
    said, tables, differences = page.run(run.sen2, year)
    st.markdown(show.literal(said))
    for name, table in zip(("sen2_to_placements", "sen2_matched"), tables, strict=True):
        _shown(page, table, name)
    what = _rows_of(differences, "_census_what")
    if what is not None:
        _shown(page, run.sen2_difference(page.session, year, what), f"sen2_{what}")


def _rows_of(options: Mapping[str, str], key: str) -> str | None:
    """What a person wants the rows of; nothing at first."""
    if not options:
        return None
    return st.selectbox("Show the rows of", list(options), index=None, format_func=lambda k: options.get(k, k), key=key, placeholder="Choose…")


def _shown(page: Page, table: Table, name: str, most: int = 12) -> None:
    show.heading(table.title, table.subtitle)
    show.rows_of(page.session, table, page.about, name=name, most=most)
