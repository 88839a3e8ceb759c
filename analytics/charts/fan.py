"""A forecast as a fan: what was, then the middle of the futures with the band that holds four in five of them."""

from __future__ import annotations

from typing import Any

from analytics.charts import _LEGEND, _done, _floats, _layout, _value_axis, colours
from analytics.figures import Table, format_value


def fan(table: Table, x: str, value: str, low: str, high: str, forecast: str, *, dark: bool = False) -> dict[str, Any]:
    """Rows in order of `x` (names of periods). Where `forecast` is false `value` is what was; where true the middle of a band."""
    import plotly.graph_objects as go

    frame, unit = table.frame, table.units.get(value, "")
    ahead = frame[[bool(v) for v in frame[forecast]]]
    past = frame[[not bool(v) for v in frame[forecast]]]
    colour = colours(dark)[0]
    figure = go.Figure()
    names = [str(v) for v in ahead[x]]
    # The band begins at the last year that is known, so that it opens like a fan.
    start = past.tail(1)
    band_x = [*(str(v) for v in start[x]), *names]
    lows, highs, middles = ([*_floats(start[value]), *_floats(ahead[column])] for column in (low, high, value))
    figure.add_scatter(
        x=[*band_x, *band_x[::-1]],
        y=[*highs, *lows[::-1]],
        mode="lines",
        fill="toself",
        fillcolor="rgba(127,178,224,0.30)" if dark else "rgba(18,67,109,0.16)",
        line={"width": 0},
        name="P10 to P90",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[str(v) for v in past[x]],
        y=_floats(past[value]),
        name="What was",
        mode="lines+markers",
        line={"color": colours(dark)[4], "width": 3},
        marker={"size": 7},
        customdata=[format_value(v, unit) for v in _floats(past[value])],
        hovertemplate="%{x}: %{customdata}<extra>What was</extra>",
    )
    told = [f"{format_value(m, unit)} ({format_value(a, unit)} to {format_value(b, unit)})" for m, a, b in zip(middles, lows, highs, strict=True)]
    figure.add_scatter(
        x=band_x,
        y=middles,
        name="Middle of the futures",
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": "dash"},
        marker={"size": 7, "symbol": "circle-open"},
        customdata=told,
        hovertemplate="%{x}: %{customdata}<extra></extra>",
    )
    _label_ends(figure, band_x, lows, middles, highs, unit, colours(dark)[4])
    _value_axis(figure, "y", [*_floats(past[value]), *highs], unit)
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=[str(v) for v in frame[x]], tickangle=0, nticks=8)
    figure.update_layout(**_layout(400), legend=_LEGEND)
    return _done(figure, dark)


def _label_ends(figure: Any, names: list[str], lows: list[float], middles: list[float], highs: list[float], unit: str, ink: str) -> None:
    """The last year's three numbers, written beside it."""
    if len(names) < 2:
        return
    for series, shift in ((highs, 12), (middles, 12), (lows, -12)):
        text = format_value(round(series[-1]), unit)
        figure.add_annotation(x=names[-1], y=series[-1], text=text, showarrow=False, yshift=shift, font={"size": 12, "color": ink})
