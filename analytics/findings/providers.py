"""Whose cost differs from expected, and what might explain it?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings import replies as said_of
from analytics.findings.benchmark_method import method
from analytics.findings.replies import ABOVE, BELOW, WITHIN
from analytics.findings.words import AGREEMENTS, gbp, plural

_SOURCE = f"{AGREEMENTS}; needs from plans"
CHARTED = 24
LISTED = "Listed, not named"
EXPLANATIONS = (
    "A difference is looked into before a school is asked: place funding, VAT, payments matched, one-to-one support and the age of the fees are "
    "checked for each setting that differs, below. Each difference is provisional until the school's reply is recorded."
)
NO_CHECKS = pd.DataFrame({"urn": [], "check": [], "verdict": []}, dtype=str)
NO_REPLIES = pd.DataFrame({"urn": [], "is_latest": [], "about_day": [], "effect": []})


def providers(
    settings: pd.DataFrame,
    names: pd.Series,
    fit: dict[str, object],
    as_at: date | None,
    version: str,
    replies: pd.DataFrame = NO_REPLIES,
    checks: pd.DataFrame | None = None,
) -> Finding:
    """The benchmark in words. `settings`: BenchmarkResult.settings; `names`: setting name by urn; `replies`: read setting_replies;
    `checks`: what might explain each setting that differs (`analytics.explanations`)."""
    if as_at is None or settings.empty:
        said = "No placement has both a recorded need and an agreed fee, so settings cannot be compared like for like."
        return Finding(f"{said} Load plans, placements and fees.", (), {}, method({}), version)
    frame = _frame(settings, names, fit, said_of.standing_replies(replies, as_at))
    found = checks if checks is not None else NO_CHECKS
    frame["might"] = said_of.might(frame["standing"], frame["urn"], found)
    tables = {"index": _index_table(frame, as_at)}
    if len(found):
        tables["explanations"] = said_of.explanations(found, names, as_at)
    if fit.get("flags_withheld"):
        said, figures = _withheld(frame, fit), _figures(frame, (0.0, 0.0, 0.0), as_at)[-1:]
        return Finding(said, figures, tables, method(fit), version, (WITHHELD,), {"index": LISTED_HEADLINE})
    summed = _together(frame, fit)
    return Finding(_answer(frame, summed), _figures(frame, summed, as_at), tables, method(fit), version, (EXPLANATIONS,), {"index": _headline(frame)})


WITHHELD = (
    "Differences are listed and nobody is named, because what children are given is not recorded for too many of them. "
    "Loading plans with one-to-one and therapy hours would let settings be told apart."
)
LISTED_HEADLINE = "Differences are listed; none can be told from provision that is not recorded"


def differing(settings: pd.DataFrame, fit: dict[str, object]) -> pd.DataFrame:
    """Settings whose whole interval lies away from 1 with enough children: those named. None where flags are withheld."""
    least = fit.get("minimum_n", 5)
    below = (settings["index_high"] < 1) & (settings["n"] >= (least if isinstance(least, int) else 5)) & (not fit.get("flags_withheld"))
    return settings[settings["flagged"].astype(bool) | below]


def row_of(settings: pd.DataFrame, fit: dict[str, object], urn: str) -> pd.Series[Any] | None:
    """A setting's benchmark row, with `named`: whether it is told apart from expected; None there where flags are withheld from all."""
    own = settings[settings["urn"].astype(str) == urn]
    if own.empty:
        return None
    row = own.iloc[0].copy()
    row["named"] = None if fit.get("flags_withheld") else len(differing(own, fit)) > 0
    return row


def _frame(settings: pd.DataFrame, names: pd.Series, fit: dict[str, object], effects: pd.Series) -> pd.DataFrame:
    """Settings in the chart first: of those named, the ones of most pounds; each part by index, highest first."""
    frame = settings.assign(urn=settings["urn"].astype(str))
    frame["setting_name"] = frame["urn"].map(names).fillna(frame["urn"])
    frame["size"] = frame["excess_gbp"].abs()
    frame["label"] = [f"{name} ({n:,.0f})" for name, n in zip(frame["setting_name"], frame["n"], strict=True)]
    frame["named"] = frame.index.isin(differing(settings, fit).index)
    frame["standing"] = pd.Series(LISTED if fit.get("flags_withheld") else WITHIN, index=frame.index)
    frame["standing"] = frame["standing"].mask(frame["named"] & (frame["index"] < 1), BELOW).mask(frame["named"] & (frame["index"] > 1), ABOVE)
    frame["effect"] = frame["urn"].map(effects)
    frame["reply"] = said_of.reply_words(frame["standing"], frame["effect"])
    dearest = frame.sort_values(["named", "size"], ascending=False, kind="stable").index[:CHARTED]
    frame["charted"] = frame.index.isin(dearest)
    return frame.sort_values(["charted", "named", "index", "size"], ascending=False, kind="stable").reset_index(drop=True)


def _together(frame: pd.DataFrame, fit: dict[str, object]) -> tuple[float, float, float]:
    """Pounds a year of the settings above expected in all, and its 95% interval; without one from the fit, every index at its ends, which is wider."""
    more = frame[frame["standing"] == ABOVE]
    told = fit.get("flagged_together")
    if isinstance(told, dict):
        return float(told["excess_gbp"]), float(told["low_gbp"]), float(told["high_gbp"])
    low, high = (float((more["expected_gbp"] * (more[end] - 1)).sum()) for end in ("index_low", "index_high"))
    return float(more["excess_gbp"].sum()), low, high


def _answer(frame: pd.DataFrame, summed: tuple[float, float, float]) -> str:
    more, less = frame[frame["standing"] == ABOVE], int((frame["standing"] == BELOW).sum())
    if more.empty and not less:
        return f"None of {plural(len(frame), 'setting')} differs from what its children's needs explain by more than chance would. Provisional."
    said = f"{len(more)} of {plural(len(frame), 'setting')} cost more than expected for their children's needs"
    if len(more):
        said += f"; together about {gbp(summed[0])} a year (95% interval {gbp(summed[1])} to {gbp(summed[2])})"
        said += f"; {_replied(more)}"
    said += f". {less} cost less" if less else ""
    return f"{said}. Provisional until each school's reply is recorded."


def _replied(more: pd.DataFrame) -> str:
    """ "3 have replied", and how many of those explain it."""
    count, explain = int(more["effect"].notna().sum()), int(more["effect"].eq("explains").sum())
    words = "none has replied yet" if not count else f"{count} {'has' if count == 1 else 'have'} replied"
    return f"{words}, {explain} of them with an explanation of all of it" if explain else words


def _withheld(frame: pd.DataFrame, fit: dict[str, object]) -> str:
    gone = fit.get("provision_not_recorded")
    share = f"{gone:.0%}" if isinstance(gone, int | float) else "too many"
    need = str(fit.get("need_described_by", "")).rstrip(".")
    listed = f"{plural(len(frame), 'setting')} {'is' if len(frame) == 1 else 'are'} listed and none is named"
    said = f"{listed}: one-to-one or therapy hours are not recorded for {share} of placements."
    return f"{said} {need}." if need else said


def _figures(frame: pd.DataFrame, summed: tuple[float, float, float], as_at: date) -> tuple[Figure, ...]:
    basis = f"Full-year equivalent, snapshot {format_date(as_at)}"
    how = "Cost ÷ expected cost, shrunken, with a 95% interval."
    more = frame[frame["standing"] == ABOVE]
    placements = float(frame["n"].sum())
    return (
        Figure("Above expected", float(len(more)), "settings", "Whole 95% interval above 1, enough children", as_at, _SOURCE, how),
        Figure(
            "Above expected, a year",
            summed[0],
            "gbp",
            "Of the settings above expected",
            as_at,
            _SOURCE,
            "(Index − 1) × expected cost, summed; the interval allows for what settings share.",
            low=summed[1],
            high=summed[2],
            interval="95% interval",
        ),
        Figure(
            "Have replied",
            float(more["effect"].notna().sum()),
            "settings",
            f"Of {plural(len(more), 'setting')} above expected",
            as_at,
            "Replies recorded in this product",
            "Settings above expected with a reply about an index of the last year.",
        ),
        Figure("Settings compared", float(len(frame)), "settings", f"{placements:,.0f} placements. {basis}", as_at, _SOURCE, "With a placement with a fee."),
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
        "might": "What might explain it",
        "reply": "How it stands",
        "urn": "URN",
    }
    units = {
        "might": "text",
        "reply": "text",
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
        "Price given provision: cost against what needs and provision explain",
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
