"""A change as steps from nothing to the whole: each cause begins where the one before it ended."""

from __future__ import annotations

from typing import Any

from analytics.charts import _done, _escape, _floats, _layout, _name_axis, _short, _tick_words, _ticks, colours
from analytics.figures import Table, format_value


def waterfall(table: Table, label: str, value: str, whole: str, *, dark: bool = False) -> dict[str, Any]:
    """Horizontal steps in the table's order from the top; rows where `whole` is true are sums that stand on nothing. Each bears its signed value."""
    import plotly.graph_objects as go

    rows = table.frame.iloc[::-1]
    unit, amounts = table.units.get(value, ""), _floats(table.frame[value])
    sums = [bool(v) for v in table.frame[whole]]
    starts, reached = [], 0.0
    for amount, is_sum in zip(amounts, sums, strict=True):
        starts.append(0.0 if is_sum else reached)
        reached = amount if is_sum else reached + amount
    ends = [start + amount for start, amount in zip(starts, amounts, strict=True)]
    low, high = min(0.0, *starts, *ends), max(0.0, *starts, *ends)
    room = 0.22 * (high - low) or 1.0
    up, down, quiet = colours(dark)[0], colours(dark)[1], colours(dark)[4]
    shown = list(zip(amounts, sums, starts, ends, strict=True))[::-1]
    figure = go.Figure()
    figure.add_bar(
        x=[amount for amount, *_ in shown],
        base=[start for _, _, start, _ in shown],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [quiet if is_sum else up if amount >= 0 else down for amount, is_sum, *_ in shown]},
        customdata=[f"{_escape(name)}: {_signed(amount, unit, full=True)}" for name, amount in zip(rows[label], _floats(rows[value]), strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    for place, (amount, _, start, end) in enumerate(shown):
        figure.add_annotation(
            x=max(start, end), y=place, text=_signed(amount, unit), showarrow=False, xanchor="left", xshift=4, font={"size": 13, "color": quiet}
        )
        if place:  # from the end of the step above, which is drawn next to it, down to the start of this one
            figure.add_shape(type="line", x0=end, x1=end, y0=place - 0.72, y1=place - 0.28, line={"color": quiet, "width": 1, "dash": "dot"})
    _name_axis(figure, rows[label])
    ticks = _ticks(low, high, 4)
    figure.update_xaxes(tickvals=ticks, ticktext=_tick_words(ticks, unit), range=[low - 0.02 * (high - low), high + room], automargin=True, title={"text": ""})
    figure.update_xaxes(zeroline=True, zerolinecolor=quiet, zerolinewidth=1)
    figure.update_yaxes(automargin=True, title={"text": ""})
    figure.update_layout(**_layout(80 + 34 * max(len(rows), 2)), bargap=0.35, showlegend=False)
    return _done(figure, dark)


def _signed(amount: float, unit: str, *, full: bool = False) -> str:
    words = format_value(amount, unit) if full else _short(amount, unit)
    return f"+{words}" if amount > 0 else words
