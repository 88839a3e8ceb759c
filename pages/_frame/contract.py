"""How a plan of contracts looks: answer, figures, places and cost beside all spot, why, why not elsewhere, what stands empty, by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics import charts
from pages import _frame as frame
from pages._frame import show

if TYPE_CHECKING:
    from analytics.figures import Finding
    from pages._frame import Page


def told(page: Page, finding: Finding) -> None:
    """The plan, or where no plan keeps the rules, which of them contradict and the way out."""
    if not finding.tables:
        _refused(finding)
        return
    frame.answer(finding)
    frame.tiles(finding, "plan")
    token = (finding.answer, str(finding.tables["spread"].frame.to_numpy().tolist()))
    main, side = frame.columns(3, 2)
    with main:
        page.chart(finding, "plan", charts.paired_bars, cache=token, label="setting_name", wide="places", narrow="filled")
    with side:
        page.chart(finding, "spread", charts.intervals, cache=token, label="row", value="middle", low="low", high="high")
    frame.reasons(finding)
    page.listing(finding, "when")
    for name in ("none", "voids", "offers"):
        if name in finding.tables:
            table = finding.tables[name]
            page.section(table.title, lambda table=table: table, name)
    frame.method(finding, "How the plan was worked out")


def _refused(finding: Finding) -> None:
    """Rules that contradict each other, a sentence each, and the cheapest way out last."""
    st.header(show.literal(finding.answer), anchor=False)
    first, *rules = finding.notes
    text = [show.literal(first), *(f"- {show.literal(rule)}" for rule in rules[:-1])]
    st.error("\n".join((text[0], "", *text[1:])), icon=":material/rule:")
    for way_out in rules[-1:]:
        st.markdown(f"**{show.literal(way_out)}**")
