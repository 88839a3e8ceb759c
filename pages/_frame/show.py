"""How a finding looks: answer, figure tiles that open their source, chart with its table behind it, next steps, method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from analytics.figures import Figure, Finding, Table, format_date, short_value
from analytics.run.export import AUDIENCES, export
from analytics.run.export import heading as column_heading

if TYPE_CHECKING:
    from analytics.run.session import Session

_MONEY = ("gbp", "gbp_per_place_year")
_FORMATS = {
    "gbp": "£%,.0f",
    "gbp_per_place_year": "£%,.0f",
    "per_cent": "%.1f%%",
    "rate": "%.1f",
    "per_1000": "%.1f",
    "miles": "%.1f",
    "index": "%.2f",
    "amount": "%,.1f",
}
_TABLE_ROWS = 12
_ROW_HEIGHT = 35


def strong() -> Literal["primary", "secondary"]:
    """The type of a page's one strong button: on a dark ground white text on the bright accent would be too faint to read."""
    return "secondary" if st.context.theme.type == "dark" else "primary"


def answer(finding: Finding) -> None:
    """The answer in a sentence, and what a reader must know before quoting it."""
    st.header(literal(finding.answer), anchor=False)
    if finding.notes:
        st.info("\n\n".join(literal(note) for note in finding.notes), icon=":material/info:")


def tiles(figures: Sequence[Figure], name: str) -> None:
    """At most four figures in a row; each opens its source and method."""
    if not figures:
        return
    for number, (column, figure) in enumerate(zip(st.columns(len(figures[:4])), figures[:4], strict=True)):
        with column.container(border=True, height="stretch"):
            change = None if figure.change is None else short_value(figure.change, figure.unit)
            st.metric(figure.label, figure.short, change, delta_color="off")
            small(f"{figure.basis}{f'; change {figure.change_period}' if change else ''}")
            with st.popover("Source and method", type="tertiary", key=f"_source_{name}_{number}", icon=":material/info:"):
                st.markdown(f"**{literal(figure.label)}: {literal(figure.text)}**")
                for line in (
                    figure.interval_text,
                    figure.change_text,
                    f"As at {format_date(figure.as_at)}" if figure.as_at else "",
                    figure.source,
                    figure.method,
                ):
                    if line:
                        st.markdown(literal(line))


def chart(
    session: Session,
    table: Table,
    draw: Callable[..., dict[str, Any]],
    about: Mapping[str, str],
    *,
    name: str,
    headline: str,
    cache: tuple[str, ...],
    **encoding: Any,
) -> None:
    """A chart under its message, with its table in the second tab. `cache` names the run that made the table."""
    heading(headline, table.subtitle)
    if table.frame.empty:
        st.markdown("Nothing to draw with these filters.")
        return
    picture, rows = st.tabs(["Chart", "Table"], key=f"_tabs_{name}", on_change="rerun")
    if picture.open:
        with picture:
            dark = st.context.theme.type == "dark"
            figure = _figure(cache, name, dark, repr(sorted(encoding.items())), lambda: draw(table, dark=dark, **encoding))
            st.plotly_chart(
                figure, key=f"_chart_{name}", config={"displayModeBar": False}, alt=f"{headline}. {table.subtitle}. Every value is in the Table tab."
            )
    if rows.open:
        with rows:
            rows_of(session, table, about, name=name)
    small(f"Source: {table.source}")


def small(text: str) -> None:
    """Text beside the main thing, quieter but dark enough to read."""
    st.markdown(f":small[:gray[{literal(text)}]]")


def heading(title: str, subtitle: str) -> None:
    """What a chart or table says, and its measure, population and period."""
    st.subheader(literal(title), anchor=False)
    if subtitle:
        small(subtitle)


def rows_of(session: Session, table: Table, about: Mapping[str, str], *, name: str, most: int = _TABLE_ROWS) -> None:
    """A table with its downloads; beyond `most` rows it scrolls."""
    shown = [column for column in table.columns if column in table.frame.columns]
    st.dataframe(
        table.frame,
        key=f"_rows_{name}",
        hide_index=True,
        column_order=shown,
        column_config={column: _column(table, column) for column in shown},
        height=min(most, max(len(table.frame), 1)) * _ROW_HEIGHT + 38,
        placeholder="–",
        alt=f"{table.title}. {table.subtitle}",
    )
    downloads(session, table, about, name=name)


def downloads(session: Session, table: Table, about: Mapping[str, str], *, name: str) -> None:
    """The table as CSV and as a statistical workbook, made when asked for, for a role that tables may leave for."""
    audience = session.role.value
    if table.frame.empty or audience not in AUDIENCES:
        return
    with st.container(horizontal=True):
        for form, words, mime in (
            ("csv", "Download CSV", "text/csv"),
            ("xlsx", "Download workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ):
            st.download_button(
                words,
                lambda form=form: export(session, table, audience, form, about),
                file_name=f"{name}.{form}",
                mime=mime,
                key=f"_download_{name}_{form}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def next_steps(links: Sequence[tuple[str, str, Mapping[str, str | list[str]]]]) -> None:
    """One to three links (page, words, query) that carry the filters along."""
    st.subheader("What to do next", anchor=False)
    with st.container(horizontal=True):
        for page, words, query in links:
            st.page_link(f"pages/{page}.py", label=words, icon=":material/arrow_forward:", query_params=dict(query))


def method(finding: Finding, title: str = "How this was worked out") -> None:
    """How it was worked out, with the version of the data."""
    with st.expander(title):
        st.markdown(finding.method)
        small(f"Data version {finding.data_version}")


@st.cache_data(show_spinner=False, max_entries=300)
def _figure(cache: tuple[str, ...], name: str, dark: bool, encoding: str, _make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return _make()


def _column(table: Table, column: str) -> Any:
    unit = table.units.get(column, "")
    if unit == "date":
        return st.column_config.DateColumn(table.columns[column], format="D MMMM YYYY")
    if unit in ("", "text"):
        return st.column_config.Column(table.columns[column])
    if unit in _MONEY and (table.frame[column] < 0).any():
        # The sign would stand behind the pound: the pound goes into the heading.
        return st.column_config.NumberColumn(column_heading(table, column), format="%,.0f")
    return st.column_config.NumberColumn(table.columns[column], format=_FORMATS.get(unit, "%,.0f"), width=None if unit in _MONEY else "small")


def literal(text: str) -> str:
    """Text of a file or a model, shown as it is: no Markdown, no maths."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]$#<>:~" else sign for sign in text)
