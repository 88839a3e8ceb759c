"""What settings replied about their index, in words: how a flag stands, who replied, and the five checks made before asking."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from analytics import explanations as checks
from analytics.figures import Table, format_date, format_value
from analytics.findings.words import AGREEMENTS, plural
from data.replies import EFFECTS

HOLDS = timedelta(days=366)  # fees are agreed by the year: a reply about an older index is shown, and no longer settles a new one
ABOVE, BELOW, WITHIN = "Above expected", "Below expected", "Within what chance explains"
PROVISIONAL, NOT_ASKED = "provisional, no reply yet", "–"
STANDINGS = {
    "explains": "explained by its reply",
    "in_part": "explained in part by its reply",
    "our_data": "our data are to be mended",
    "not_explained": "stands after its reply",
}


def standing_replies(replies: pd.DataFrame, as_at: date) -> pd.Series:
    """The effect of each setting's newest reply about an index of the year to `as_at`, by urn."""
    if replies.empty:
        return pd.Series(dtype=object)
    recent = replies[replies["is_latest"] & (pd.to_datetime(replies["about_day"]) >= pd.Timestamp(as_at - HOLDS))]
    return recent.astype({"urn": str}).set_index("urn")["effect"]


def reply_words(standing: pd.Series, effect: pd.Series) -> pd.Series:
    """How a difference stands: provisional until a reply is recorded, then what the reply changed."""
    said = effect.map(STANDINGS)
    return said.fillna(PROVISIONAL).where(standing.isin((ABOVE, BELOW)), said.fillna(NOT_ASKED))


def might(standing: pd.Series, urns: pd.Series, found: pd.DataFrame) -> pd.Series:
    """Of each setting that differs, which checks could explain it: "place funding (all of it)"."""
    able = found[found["verdict"].isin((checks.ALL, checks.PART))]
    words = able["check"].str.lower() + able["verdict"].map({checks.ALL: " (all of it)", checks.PART: " (part of it)"})
    by_urn = words.groupby(able["urn"]).agg("; ".join) if len(able) else pd.Series(dtype=object)
    said = urns.map(by_urn).astype(object)
    return said.where(said.notna(), "nothing found in our own data").where(standing.isin((ABOVE, BELOW)), NOT_ASKED)


def explanations(found: pd.DataFrame, names: pd.Series, as_at: date) -> Table:
    """The checks of the settings that differ: what was found, and the index if that were the whole story."""
    frame = found.assign(setting_name=found["urn"].map(names).fillna(found["urn"]), order=pd.Categorical(found["verdict"], _ORDER, ordered=True))
    frame = frame.sort_values("order", kind="stable").drop(columns="order").reset_index(drop=True)
    columns = {
        "setting_name": "Setting",
        "check": "Looked at",
        "verdict": "What it could do",
        "index_if": "Index if so",
        "low_if": "95% from",
        "high_if": "95% to",
        "evidence": "What was found",
        "urn": "URN",
    }
    units = dict.fromkeys(("index_if", "low_if", "high_if"), "index") | dict.fromkeys(("setting_name", "check", "verdict", "evidence", "urn"), "text")
    able = frame.loc[frame["verdict"].isin((checks.ALL, checks.PART)), "urn"].nunique()
    return Table(
        f"Our own data could explain {able} of {plural(frame['urn'].nunique(), 'setting')} that {'differs' if frame['urn'].nunique() == 1 else 'differ'}",
        f"Five checks of each, before anybody asks it, those that could explain something first; snapshot {format_date(as_at)}",
        f"{AGREEMENTS}; plans; payments",
        frame,
        columns,
        units,
    )


def sentences(table: Table, most: int = 8) -> list[str]:
    """Of the table of checks, those that could explain something, each in words: whose, what, and the index if so."""
    able = table.frame[table.frame["verdict"].isin((checks.ALL, checks.PART))]
    rows = zip(able["setting_name"], able["check"].str.lower(), able["verdict"].str.lower(), able["index_if"].astype(float), able["evidence"], strict=True)
    said = [f"{name}, {check}: {verdict} (index {format_value(index, 'index')} if so). {evidence}" for name, check, verdict, index, evidence in rows]
    return said[:most] + ([f"{len(said) - most} more stand in the table."] if len(said) > most else [])


_ORDER = (checks.ALL, checks.PART, checks.UNKNOWN, checks.NOT)


def of_setting(found: pd.DataFrame, names: pd.Series, as_at: date) -> Table:
    """The five checks of one setting."""
    table = explanations(found, names, as_at)
    columns = {name: title for name, title in table.columns.items() if name not in ("setting_name", "urn")}
    return Table("What might explain it", "Five checks of our own data, before anybody asks the setting", table.source, table.frame, columns, table.units)


def recorded(replies: pd.DataFrame) -> Table:
    """Every reply of a setting, the newest first; none is ever replaced."""
    answered = zip(replies["about_index"].astype(float), pd.to_datetime(replies["about_day"]), strict=True)
    about = [f"{format_value(index, 'index')} as at {format_date(day.date())}" for index, day in answered]
    frame = replies.assign(effect=replies["effect"].map(EFFECTS).fillna(replies["effect"]), about=about)
    columns = {
        "number": "Reply",
        "replied_on": "Replied on",
        "replied_by": "Who replied",
        "reply": "What they said",
        "effect": "What it changes",
        "about": "About the index",
        "recorded_by": "Recorded by",
    }
    units = {"number": "records", "replied_on": "date"} | dict.fromkeys(("replied_by", "reply", "effect", "about", "recorded_by"), "text")
    return Table("The setting's replies", "Newest first; a later reply is added, none is changed", "Recorded in this product", frame, columns, units)
