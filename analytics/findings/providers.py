"""Whose cost differs from expected, and what might explain it?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.words import AGREEMENTS, gbp, plural

_SOURCE = f"{AGREEMENTS}; needs from plans"
_METHOD = """
Each placement's full-year cost without transport, with DfE place funding put in for non-maintained and post-16 settings so that they compare like for
like, is expected from primary need, support band, one-to-one and therapy hours, phase, residence and area. A setting's **index** is its cost ÷ what
is expected for its children: 1.10 is 10% more than expected. Settings with few children are drawn towards their provider group and towards 1, and
their interval is wider. The view is *price given provision*: one-to-one and therapy are taken as given.

A setting is **named** only where the whole 95% interval lies away from 1 and there are enough children. It is *different from expected*, and
provisional until the school's reply is recorded.

Limits: needs not recorded cannot be allowed for; a setting may itself have proposed the one-to-one; a wrong match or an old fee moves an index.
Outcomes are not in it.
"""
CHARTED = 24
ABOVE, BELOW, WITHIN = "Above expected", "Below expected", "Within what chance explains"
EXPLANATIONS = (
    "Before asking a school, look first at what might explain a difference: place funding paid direct to the school, VAT, "
    "one-to-one support not recorded in the plan, an old fee line, or a wrong match."
)


def providers(settings: pd.DataFrame, names: pd.Series, fit: dict[str, object], as_at: date | None, version: str) -> Finding:
    """The benchmark in words. `settings`: BenchmarkResult.settings; `names`: setting name by urn."""
    if as_at is None or settings.empty:
        said = "No placement has both a recorded need and an agreed fee, so settings cannot be compared like for like."
        return Finding(f"{said} Load plans, placements and fees.", (), {}, _METHOD, version)
    frame = _frame(settings, names)
    more, less = frame[frame["standing"] == ABOVE], frame[frame["standing"] == BELOW]
    excess = float(more["excess_gbp"].sum())
    ends = [float((more["expected_gbp"] * (more[end] - 1)).sum()) for end in ("index_low", "index_high")]
    figures = _figures(frame, more, excess, ends, as_at)
    tables = {"index": _index_table(frame, as_at)}
    return Finding(_answer(frame, more, less, excess, ends), figures, tables, _method(fit), version, (EXPLANATIONS,), {"index": _headline(frame)})


def _frame(settings: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Settings in the chart first: of those named, the ones of most pounds; each part by index, highest first."""
    frame = settings.assign(urn=settings["urn"].astype(str))
    frame["setting_name"] = frame["urn"].map(names).fillna(frame["urn"])
    frame["size"] = frame["excess_gbp"].abs()
    frame["label"] = [f"{name} ({n:,.0f})" for name, n in zip(frame["setting_name"], frame["n"], strict=True)]
    named = frame["flagged"].astype(bool)
    below = ~named & (frame["index_high"] < 1) & (frame["n"] >= frame.loc[named, "n"].min() if named.any() else True)
    frame["standing"] = pd.Series(WITHIN, index=frame.index).mask(below, BELOW).mask(named, ABOVE)
    frame["named"] = named | below
    dearest = frame.sort_values(["named", "size"], ascending=False, kind="stable").index[:CHARTED]
    frame["charted"] = frame.index.isin(dearest)
    return frame.sort_values(["charted", "named", "index", "size"], ascending=False, kind="stable").reset_index(drop=True)


def _answer(frame: pd.DataFrame, more: pd.DataFrame, less: pd.DataFrame, excess: float, ends: list[float]) -> str:
    if more.empty and less.empty:
        return f"None of {plural(len(frame), 'setting')} differs from what its children's needs explain by more than chance would. Provisional."
    said = f"{len(more)} of {plural(len(frame), 'setting')} cost more than expected for their children's needs"
    said += f"; together about {gbp(excess)} a year ({gbp(ends[0])} to {gbp(ends[1])} at the ends of their 95% intervals)" if len(more) else ""
    said += f"; {len(less)} cost less" if len(less) else ""
    return f"{said}. Provisional: no school's reply is recorded yet."


def _figures(frame: pd.DataFrame, more: pd.DataFrame, excess: float, ends: list[float], as_at: date) -> tuple[Figure, ...]:
    basis = f"Full-year equivalent, snapshot {format_date(as_at)}"
    method = "Cost ÷ expected cost, shrunken, with a 95% interval."
    return (
        Figure("Settings compared", float(len(frame)), "settings", basis, as_at, _SOURCE, "Settings with at least one placement with a fee."),
        Figure("Placements compared", float(frame["n"].sum()), "placements", basis, as_at, _SOURCE, "Placements with a fee on the day."),
        Figure("Above expected", float(len(more)), "settings", "Whole 95% interval above 1, enough children", as_at, _SOURCE, method),
        Figure(
            "Above expected, a year",
            excess,
            "gbp",
            "Of the settings named",
            as_at,
            _SOURCE,
            "(Index − 1) × expected cost, summed.",
            low=ends[0],
            high=ends[1],
            interval="Every index at the ends of its 95% interval",
        ),
    )


def _index_table(frame: pd.DataFrame, as_at: date) -> Table:
    columns = {
        "setting_name": "Setting",
        "n": "Placements",
        "index": "Index",
        "index_low": "95% from",
        "index_high": "95% to",
        "actual_gbp": "Cost",
        "expected_gbp": "Expected cost",
        "excess_gbp": "Above (+) or below (−) expected",
        "standing": "Standing",
        "urn": "URN",
    }
    units = {
        "n": "placements",
        "index": "index",
        "index_low": "index",
        "index_high": "index",
        "actual_gbp": "gbp",
        "expected_gbp": "gbp",
        "excess_gbp": "gbp",
        "setting_name": "text",
        "standing": "text",
        "urn": "text",
    }
    return Table(
        "Cost against what needs explain",
        f"Index with 95% interval, placements in brackets{_left_out(frame)}; snapshot {format_date(as_at)}",
        _SOURCE,
        frame[[*columns, "label", "named"]],
        columns,
        units,
    )


def _left_out(frame: pd.DataFrame) -> str:
    """Which settings the chart draws, where it does not draw all."""
    if len(frame) <= CHARTED:
        return ""
    named = int(frame["named"].sum())
    which = f"the {CHARTED} of most pounds among {named} named" if named > CHARTED else f"the {named} named and those next by pounds"
    return f"; the chart shows {which}, the table all {len(frame)}"


def _headline(frame: pd.DataFrame) -> str:
    """The message of the chart."""
    above = frame[frame["standing"] == ABOVE]
    if above.empty:
        return "No setting stands above 1 by more than chance"
    first = above.sort_values("size", ascending=False, kind="stable").iloc[0]
    index = format_value(float(first["index"]), "index")
    return f"{plural(len(above), 'setting')} stand{'s' if len(above) == 1 else ''} above 1; by pounds, {first['setting_name']} most (index {index})"


def _method(fit: dict[str, object]) -> str:
    """The method, and what the model says about the data it had."""
    said = fit.get("notes", ())
    notes = [str(note) for note in said] if isinstance(said, list | tuple) else []
    return _METHOD + "".join(f"\n- {note}" for note in notes)
