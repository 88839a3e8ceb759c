"""The bridge on Spend: which two periods, the steps between them, and the placements under a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.charts.waterfall import waterfall
from analytics.run import bridge as run
from pages import _frame as frame

if TYPE_CHECKING:
    from analytics.figures import Finding
    from pages._frame import Page

_KEYS = ("compare", "from", "to")


def periods(page: Page) -> tuple[str, str, str] | None:
    """Kind of period, from and to, each kept in the address; None without costs. Another financial year in the sidebar starts them anew."""
    offered = page.run(run.periods, page.year)
    if not offered:
        return None
    if st.session_state.get("_compared_year", page.year) != page.year:
        for key in _KEYS:
            st.session_state.pop(key, None)
            st.query_params.pop(key, None)
    st.session_state["_compared_year"] = page.year
    kind, start, end = st.columns(3)
    with kind:
        chosen = frame.choose("Compare", {name: run.KINDS[name] for name in offered}, _KEYS[0]) or next(iter(offered))
    names, ends_at = offered[chosen]
    with end:
        to = frame.choose("To", names, _KEYS[2], default=ends_at) or ends_at
    with start:
        since = frame.choose("From", names, _KEYS[1], default=run.start_of(chosen, to)) or to
    return chosen, since, to


def worked_out(page: Page, chosen: tuple[str, str, str]) -> Finding | None:
    """The bridge; of a very large authority only when asked for, since it takes some seconds there."""
    if page.run(run.is_quick) or st.toggle("Work out why cost changed, which takes some seconds at this size", key="_bridge_wanted"):
        return page.run(run.bridge, *chosen, page.filters, page.filter_words)
    return None


def bridge(page: Page, finding: Finding, chosen: tuple[str, str, str]) -> None:
    """The steps as a chart with its table, then a step's rows where one is opened."""
    page.chart(finding, "bridge", waterfall, cache=chosen, label="label", value="effect_gbp", whole="is_sum")
    bars = finding.tables["bridge"].frame
    causes = {str(cause): f"{label} ({count:,})" for cause, label, count in zip(bars["cause"], bars["label"], bars["rows"], strict=True) if cause}
    cause = frame.choose("Open a bar: the placements that make it up", causes, "bar", optional=True)
    if cause:
        table = page.run(run.bridge_rows, *chosen, cause, page.filters, page.filter_words)
        frame.heading(table.title, table.subtitle)
        page.table(table, f"bridge_{cause}")
