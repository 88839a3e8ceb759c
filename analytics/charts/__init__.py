"""Table → chart, the only home of Plotly. Charts encode what a table holds; they convert no unit and hold no judgement.

Each function returns the figure as a dict (so that it can be cached) and takes `dark`, the ground it will stand on. Headline, subtitle
and source stand in text beside the chart, where a screen reader finds them. Palette: Government Analysis Function.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analytics.figures import Table, format_value, short_gbp

if TYPE_CHECKING:
    import pandas as pd

PALETTE = ("#12436D", "#F46A25", "#28A197", "#801650", "#3D3D3D", "#A285D1")
PALETTE_DARK = ("#7FB2E0", "#F78B54", "#4CC4B8", "#E07BB0", "#C9CED6", "#B9A2E0")
QUIET, QUIET_DARK = "#8A929C", "#7D8792"
MOST_BARS = 24
_LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal", "title": {"text": ""}}
_LABEL = 24


def colours(dark: bool) -> Sequence[str]:
    return PALETTE_DARK if dark else PALETTE


def lines(
    table: Table, x: str, y: str, series: str, *, dark: bool = False, focus: bool = False, low: str | None = None, high: str | None = None
) -> dict[str, Any]:
    """A line for each series over `x` (dates or names of periods), named above; with `focus` the first is drawn strongly, the others quietly.

    A series with `low` and `high` is a forecast: dashed, its interval shaded.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    names = list(dict.fromkeys(table.frame[series]))
    for number, name in enumerate(names):
        rows = table.frame[table.frame[series] == name]
        uncertain = low is not None and high is not None and {low, high} <= set(rows.columns) and bool(rows[low].notna().all())
        colour, width = (colours(dark)[3], 2.5) if uncertain else _line_style(number, focus, dark)
        if uncertain:
            _band(figure, rows, x, (str(low), str(high)), colour)
        figure.add_scatter(
            x=rows[x].tolist(),
            y=_floats(rows[y]),
            name=str(name),
            mode="lines" if len(rows) > 1 else "markers",
            line={"color": colour, "width": width, "dash": "dash" if uncertain else "solid"},
            marker={"color": colour, "size": 8},
            hovertemplate=f"%{{x}}: %{{customdata}}<extra>{_escape(name)}</extra>",
            customdata=[format_value(v, table.units.get(y, "")) for v in _floats(rows[y])],
        )
    _value_axis(figure, "y", _floats(table.frame[y]), table.units.get(y, ""))
    figure.update_layout(**_layout(320 + 14 * len(names)), legend=_LEGEND, showlegend=len(names) > 1)
    if len(table.frame) and isinstance(table.frame[x].iloc[0], str):
        figure.update_xaxes(type="category", tickangle=0, nticks=8)
    return _done(figure, dark)


def _band(figure: Any, rows: pd.DataFrame, x: str, ends: tuple[str, str], colour: str) -> None:
    """An interval around a line, shaded; one period alone has a bar."""
    low, high = (_floats(rows[end]) for end in ends)
    around = {"x": [*rows[x], *rows[x][::-1]], "y": [*high, *low[::-1]]}
    figure.add_scatter(**around, fill="toself", mode="lines", line={"width": 0}, fillcolor=colour, opacity=0.18, hoverinfo="skip", showlegend=False)


def bars(table: Table, label: str, value: str, *, dark: bool = False, low: str | None = None, high: str | None = None) -> dict[str, Any]:
    """Horizontal bars from zero, largest first, each labelled with its value; with `low` and `high`, the interval is drawn on it."""
    import plotly.graph_objects as go

    rows = table.frame.sort_values(value, ascending=False, kind="stable").head(MOST_BARS).iloc[::-1]
    unit = table.units.get(value, "")
    interval = None
    if low and high:
        interval = {
            "type": "data",
            "symmetric": False,
            "array": (rows[high].astype(float) - rows[value].astype(float)).tolist(),
            "arrayminus": (rows[value].astype(float) - rows[low].astype(float)).tolist(),
            "color": colours(dark)[4],
        }
    figure = go.Figure(
        go.Bar(
            x=_floats(rows[value]),
            y=list(range(len(rows))),
            orientation="h",
            marker={"color": colours(dark)[0]},
            error_x=interval,
            text=[_short(v, unit) for v in _floats(rows[value])],
            textposition="none" if interval else "outside",
            cliponaxis=False,
            hovertemplate="%{customdata}<extra></extra>",
            customdata=[f"{_escape(n)}: {format_value(v, unit)}" for n, v in zip(rows[label], _floats(rows[value]), strict=True)],
        )
    )
    _name_axis(figure, rows[label])
    _value_axis(figure, "x", [*_floats(rows[value]), *(_floats(rows[high]) if high else [])], unit, room=1.25)
    figure.update_layout(**_layout(90 + 34 * max(len(rows), 2)), bargap=0.35)
    return _done(figure, dark)


def paired_bars(table: Table, label: str, wide: str, narrow: str, *, dark: bool = False) -> dict[str, Any]:
    """Two bars a row: `wide` quietly behind and `narrow` strongly within it, such as places guaranteed and places expected filled."""
    import plotly.graph_objects as go

    rows = table.frame.sort_values(wide, ascending=False, kind="stable").head(MOST_BARS).iloc[::-1]
    figure = go.Figure()
    for column, colour, width in ((wide, QUIET_DARK if dark else "#C3CBD6", 0.75), (narrow, colours(dark)[0], 0.4)):
        values = [format_value(v, table.units.get(column, "")) for v in _floats(rows[column])]
        texts = [f"{_escape(n)}: {v}" for n, v in zip(rows[label], values, strict=True)]
        figure.add_bar(
            x=_floats(rows[column]),
            y=list(range(len(rows))),
            name=table.columns[column],
            orientation="h",
            width=width,
            marker={"color": colour},
            hovertemplate=f"%{{customdata}}<extra>{_escape(table.columns[column])}</extra>",
            customdata=texts,
        )
    _name_axis(figure, rows[label])
    _value_axis(figure, "x", _floats(rows[wide]), table.units.get(wide, ""))
    figure.update_layout(**_layout(120 + 38 * max(len(rows), 2)), barmode="overlay", legend=_LEGEND)
    return _done(figure, dark)


def intervals(
    table: Table, label: str, value: str, low: str, high: str, *, dark: bool = False, strong: str | None = None, reference: float | None = None
) -> dict[str, Any]:
    """A dot with its interval for each row, in the table's order from the top; rows where `strong` is true stand out by colour and shape.

    `reference` draws a line to compare with, such as an index of 1.
    """
    import plotly.graph_objects as go

    rows = table.frame.head(MOST_BARS).iloc[::-1]
    unit = table.units.get(value, "")
    marked = [bool(v) for v in rows[strong]] if strong else [True] * len(rows)
    figure = go.Figure()
    for chosen, colour, symbol in ((False, QUIET_DARK if dark else QUIET, "circle-open"), (True, colours(dark)[0], "circle")):
        part = rows[[m is chosen for m in marked]]
        middle = _floats(part[value])
        figure.add_scatter(
            x=middle,
            y=[place for place, m in enumerate(marked) if m is chosen],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2, "color": colour}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [h - v for h, v in zip(_floats(part[high]), middle, strict=True)],
                "arrayminus": [v - o for o, v in zip(_floats(part[low]), middle, strict=True)],
                "color": colour,
                "thickness": 2,
                "width": 0,
            },
            customdata=[
                f"{_escape(n)}: {format_value(v, unit)} ({format_value(o, unit)} to {format_value(h, unit)})"
                for n, v, o, h in zip(part[label], middle, _floats(part[low]), _floats(part[high]), strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if reference is not None:
        figure.add_vline(x=reference, line={"color": colours(dark)[4], "width": 1, "dash": "dot"})
    _name_axis(figure, rows[label])
    if unit in ("gbp", "gbp_per_place_year"):
        least, most = min(_floats(rows[low]), default=0.0), max(_floats(rows[high]), default=1.0)
        room = 0.2 * (most - least) or 1.0
        ticks = _ticks(least - room, most + room, 4)
        figure.update_xaxes(tickvals=ticks, ticktext=_tick_words(ticks, unit), range=[least - room, most + room], zeroline=False)
    figure.update_layout(**_layout(90 + 34 * max(len(rows), 2)), showlegend=False)
    return _done(figure, dark)


def _line_style(number: int, focus: bool, dark: bool) -> tuple[str, float]:
    if focus and number:
        return (QUIET_DARK if dark else QUIET), 2
    return colours(dark)[number % len(PALETTE)], 3 if focus else 2.5


def _layout(height: int) -> dict[str, Any]:
    return {"height": height, "margin": {"l": 8, "r": 24, "t": 16, "b": 8}, "hovermode": "closest", "dragmode": False, "font": {"size": 13}}


def _name_axis(figure: Any, names: pd.Series[Any]) -> None:
    """Names of rows at their places from the bottom, so that two rows of one name stay two."""
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=[_wrap(n) for n in names], range=[-0.6, len(names) - 0.4], showgrid=False, zeroline=False)


def _value_axis(figure: Any, side: str, values: Sequence[float], unit: str, room: float = 1.05) -> None:
    """Zero baseline and ticks written as a British reader writes them."""
    top = max([0.0, *(v for v in values if not math.isnan(v))]) * room
    bottom = min([v for v in values if not math.isnan(v)], default=0.0)
    update = figure.update_yaxes if side == "y" else figure.update_xaxes
    ticks = _ticks(min(bottom, 0.0), top or 1.0, 5 if side == "y" else 4)
    update(tickvals=ticks, ticktext=_tick_words(ticks, unit), range=[min(bottom * 1.05, 0.0), max(top, ticks[-1] if side == "y" else top) or 1.0])
    (figure.update_xaxes if side == "y" else figure.update_yaxes)(automargin=True, title={"text": ""})
    update(automargin=True, title={"text": ""})


def _ticks(bottom: float, top: float, about: int) -> list[float]:
    """Round numbers that span the range, about so many."""
    raw = (top - bottom) / about
    scale = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= raw * 0.999)
    first = math.floor(bottom / step)
    return [round(step * k, 10) for k in range(first, math.floor(top / step + 1e-9) + 1)]


def _tick_words(ticks: Sequence[float], unit: str) -> list[str]:
    """Ticks in words, without ".0" where every tick is a whole one."""
    words = [_short(tick, unit) for tick in ticks]
    plain = [word.replace(".0m", "m") for word in words]
    return words if any("." in word for word in plain) else plain


def _short(value: float, unit: str) -> str:
    return short_gbp(value) if unit in ("gbp", "gbp_per_place_year") else format_value(value, unit)


def _floats(column: pd.Series[Any]) -> list[float]:
    return [float(v) for v in column]


def _wrap(text: object) -> str:
    """A long name on two lines, the rest cut; Plotly reads a little HTML, so signs are escaped."""
    parts = textwrap.wrap(str(text), _LABEL) or [""]
    if len(parts) > 2:
        parts = [parts[0], parts[1][: _LABEL - 1] + "…"]
    return "<br>".join(_escape(p) for p in parts)


def _escape(text: object) -> str:
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _done(figure: Any, dark: bool) -> dict[str, Any]:
    # Streamlit's own tick colour is too faint to read.
    ink = "#D5DAE1" if dark else "#3D3D3D"
    figure.update_xaxes(fixedrange=True, tickfont={"color": ink, "size": 12})
    figure.update_yaxes(fixedrange=True, tickfont={"color": ink, "size": 12})
    figure.update_traces(textfont={"color": ink}, selector={"type": "bar"})
    done: dict[str, Any] = figure.to_dict()
    done.get("layout", {}).pop("template", None)
    return done
