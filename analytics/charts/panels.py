"""Further charts, drawn as `analytics.charts` draws: two values a row joined by a line, and one small panel a series."""

from __future__ import annotations

import math
from typing import Any

from analytics.charts import (
    MOST_BARS,
    QUIET,
    QUIET_DARK,
    _done,
    _escape,
    _floats,
    _layout,
    _name_axis,
    _short,
    _tick_words,
    _ticks,
    _value_axis,
    colours,
)
from analytics.figures import Table, format_value

PANELS_ACROSS = 3
INK, INK_DARK = "#3D3D3D", "#D5DAE1"
_PANEL_HEIGHT, _GAP = 170, 62  # pixels of a panel, and between two rows of them for years and titles


def dumbbells(table: Table, label: str, before: str, after: str, *, dark: bool = False) -> dict[str, Any]:
    """Two values a row, `before` hollow and `after` filled, joined by a line, in the table's order from the top."""
    import plotly.graph_objects as go

    rows = table.frame.head(MOST_BARS).iloc[::-1]
    unit, places = table.units.get(after, ""), list(range(len(rows)))
    start, end = _floats(rows[before]), _floats(rows[after])
    figure = go.Figure()
    joined_x = [v for a, b in zip(start, end, strict=True) for v in (a, b, None)]
    joined_y = [v for place in places for v in (place, place, None)]
    figure.add_scatter(x=joined_x, y=joined_y, mode="lines", line={"color": QUIET_DARK if dark else QUIET, "width": 3}, hoverinfo="skip", showlegend=False)
    for column, values, colour, symbol in ((before, start, colours(dark)[1], "circle-open"), (after, end, colours(dark)[0], "circle")):
        figure.add_scatter(
            x=values,
            y=places,
            mode="markers",
            name=table.columns[column],
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}},
            customdata=[f"{_escape(n)}: {format_value(v, unit)}" for n, v in zip(rows[label], values, strict=True)],
            hovertemplate=f"%{{customdata}}<extra>{_escape(table.columns[column])}</extra>",
        )
    _name_axis(figure, rows[label])
    _value_axis(figure, "x", [*start, *end], unit)
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "traceorder": "normal", "title": {"text": ""}}
    figure.update_layout(**_layout(120 + 34 * max(len(rows), 2)), legend=legend)
    return _done(figure, dark)


def small_multiples(table: Table, x: str, y: str, series: str, *, dark: bool = False, reference: str = "") -> dict[str, Any]:
    """One small panel a series over years `x`, all on one scale from zero; the first is drawn strongly, `reference` (a series) quietly in each."""
    from plotly.subplots import make_subplots

    frame = table.frame
    names = [name for name in dict.fromkeys(frame[series]) if name != reference]
    across = min(PANELS_ACROSS, max(len(names), 1))
    down = max(math.ceil(len(names) / across), 1)
    unit = table.units.get(y, "")
    figure = make_subplots(
        rows=down, cols=across, subplot_titles=[_escape(n) for n in names], shared_yaxes=True, vertical_spacing=_GAP / (_PANEL_HEIGHT * down)
    )
    for number, name in enumerate(names):
        where = {"row": number // across + 1, "col": number % across + 1}
        for shown, colour, width in ((reference, QUIET_DARK if dark else QUIET, 2), (name, colours(dark)[0 if number == 0 else 2], 3)):
            rows = frame[frame[series] == shown]
            if rows.empty:
                continue
            figure.add_scatter(
                x=rows[x].tolist(),
                y=_floats(rows[y]),
                mode="lines+markers" if shown == name else "lines",
                name=_escape(shown),
                line={"color": colour, "width": width, "dash": "solid" if shown == name else "dot"},
                marker={"size": 5},
                customdata=[format_value(v, unit) for v in _floats(rows[y])],
                hovertemplate=f"%{{x}}: %{{customdata}}<extra>{_escape(shown)}</extra>",
                **where,
            )
    values = [v for v in _floats(frame[y]) if not math.isnan(v)]
    ticks = _ticks(0.0, max(values, default=1.0) * 1.05 or 1.0, 3)
    years = sorted(int(v) for v in set(frame[x]))
    figure.update_yaxes(tickvals=ticks, ticktext=_tick_words(ticks, unit), range=[0.0, max(values, default=1.0) * 1.1 or 1.0], title={"text": ""})
    figure.update_xaxes(tickvals=[years[0], years[-1]] if years else [], range=_around(years), tickangle=0, title={"text": ""}, showgrid=False)
    figure.update_annotations(font={"size": 13, "color": INK_DARK if dark else INK})
    _label_last(figure, frame, names, (x, y, series), across, unit, INK_DARK if dark else INK)
    figure.update_layout(**_layout(40 + _PANEL_HEIGHT * down) | {"margin": {"l": 8, "r": 24, "t": 32, "b": 8}}, showlegend=False)
    return _done(figure, dark)


def _label_last(figure: Any, frame: Any, names: list[Any], columns: tuple[str, str, str], across: int, unit: str, ink: str) -> None:
    """The last value of each panel's series, written at its point."""
    x, y, series = columns
    for number, name in enumerate(names):
        rows = frame[(frame[series] == name) & frame[y].notna()]
        if len(rows):
            last = rows.iloc[-1]
            where = {"row": number // across + 1, "col": number % across + 1}
            text = _short(float(last[y]), unit)
            figure.add_annotation(x=last[x], y=float(last[y]), text=text, showarrow=False, yshift=12, font={"size": 12, "color": ink}, **where)


def _around(years: list[int]) -> list[float]:
    """A little room beside the first and the last year."""
    return [years[0] - 0.4, years[-1] + 0.6] if years else [0.0, 1.0]
