"""Cost against outcome as points with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.charts import QUIET, QUIET_DARK, _done, _escape, _floats, _layout, _tick_words, _ticks, colours
from analytics.figures import format_value

if TYPE_CHECKING:
    from analytics.figures import Table

NAMED = 3  # points that carry their name


def value_points(
    table: Table, label: str, x: str, y: str, certainty: str, *, dark: bool = False, x_ends: tuple[str, str] = ("", ""), y_ends: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """A dot a row, larger and darker the surer it is (`certainty`, per cent); the surest carry their names and their intervals."""
    import plotly.graph_objects as go

    rows = table.frame.sort_values(certainty, kind="stable").reset_index(drop=True)
    units = [table.units.get(name, "") for name in (x, y, certainty)]
    figure, quiet = go.Figure(), QUIET_DARK if dark else QUIET
    for strong in (False, True):
        part = rows.tail(NAMED) if strong else rows.iloc[:-NAMED]
        colour = colours(dark)[0] if strong else quiet
        figure.add_scatter(
            x=_floats(part[x]),
            y=_floats(part[y]),
            mode="markers+text" if strong else "markers",
            text=[_escape(str(name)[:26]) for name in part[label]] if strong else None,
            textposition=_sides(part[x].tolist()) if strong else None,
            textfont={"size": 12},
            marker={
                "color": colour,
                "size": [8 + 0.22 * v for v in _floats(part[certainty])],
                "symbol": "circle" if strong else "circle-open",
                "line": {"width": 1.5},
            },
            error_x=_ends(part, x, x_ends, colour) if strong else None,
            error_y=_ends(part, y, y_ends, colour) if strong else None,
            customdata=[
                f"{_escape(n)}: {format_value(a, units[0])}, {format_value(b, units[1])}; on the frontier in {c:.0f}% of draws"
                for n, a, b, c in zip(part[label], _floats(part[x]), _floats(part[y]), _floats(part[certainty]), strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    for axis, name, unit, update in (("x", x, units[0], figure.update_xaxes), ("y", y, units[1], figure.update_yaxes)):
        ends = x_ends if axis == "x" else y_ends
        drawn = [*_floats(rows[name]), *(v for end in ends if end for v in _floats(rows[end].tail(NAMED)))]
        room = 0.06 * (max(drawn) - min(drawn)) or 1.0
        ticks = _ticks(min(drawn) - room, max(drawn) + room, 4)
        update(tickvals=ticks, ticktext=_tick_words(ticks, unit), range=[min(drawn) - room, max(drawn) + room], zeroline=False)
        update(title={"text": table.columns[name], "font": {"size": 12}}, automargin=True)
    figure.update_layout(**_layout(420), showlegend=False)
    return _done(figure, dark)


def _sides(values: list[float]) -> list[str]:
    """Names stand towards the middle, so that none runs off the edge; above and below in turn."""
    middle = (max(values) + min(values)) / 2 if values else 0.0
    return [f"{'top' if k % 2 else 'bottom'} {'left' if v > middle else 'right'}" for k, v in enumerate(values)]


def _ends(part: Any, name: str, ends: tuple[str, str], colour: str) -> dict[str, Any] | None:
    if not all(ends):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [h - v for h, v in zip(_floats(part[ends[1]]), _floats(part[name]), strict=True)],
        "arrayminus": [v - o for o, v in zip(_floats(part[ends[0]]), _floats(part[name]), strict=True)],
        "color": colour,
        "thickness": 1,
        "width": 0,
    }
