"""Is the data in, and does it agree with itself? Checks with stable codes, each with the team that mends it and how."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analytics.figures import format_date, format_value
from analytics.reconcile import fresh, owners
from analytics.reconcile.owners import Team
from analytics.reconcile.questions import AGREEMENTS, ERROR, INFO, QUALITY, WARNING, Question


@dataclass(frozen=True)
class Check:
    """One finding. `count`: the records it concerns; 0 means that it was looked for and not found.

    `owner` is the team that mends it and `mend` what it has to do; `gbp` the pounds it concerns, where it has any.
    """

    code: str
    level: str
    count: int
    message: str
    owner: str = Team.DATA.value
    mend: str = "Nothing to do."
    gbp: float | None = None


@dataclass(frozen=True)
class Frames:
    """What the checks look at, as read from the store.

    `sources`: source, rows, last_day. `batches` (meta_batch) and `quarantine` (meta_quarantine) as stored. `quality` and `agreements`: code,
    records, gbp. `filled`: source, column_name, rows, filled. `months`: the months of the ledger without a payment.
    """

    sources: pd.DataFrame
    batches: pd.DataFrame
    quarantine: pd.DataFrame
    quality: pd.DataFrame
    agreements: pd.DataFrame
    filled: pd.DataFrame
    months: pd.DataFrame


def checks(frames: Frames) -> list[dict[str, Any]]:
    """Every check, in a fixed order: rows and freshness by source, columns filled, the manifest's sums, quarantine, warnings, quality, agreements."""
    found = [*_completeness(frames.sources), *_freshness(frames.sources), *_filled(frames.filled), *_months(frames.months), *_manifest(frames.batches)]
    found += [*_quarantine(frames.quarantine), *_warnings(frames.batches), *_quality(QUALITY, frames.quality), *_quality(AGREEMENTS, frames.agreements)]
    return [asdict(check) for check in found]


_NAMES = {"register": "entries of the wider register", "sen2": "rows of a SEN2 return", "returns": "returns of schools"}  # what a council can well do without


def _completeness(sources: pd.DataFrame) -> list[Check]:
    found = []
    for source, rows in zip(sources["source"], sources["rows"].astype(int), strict=True):
        name = _NAMES.get(source, source)
        words = f"{rows:,} {name} are loaded." if rows else f"No {name} are loaded."
        mend = "Nothing to do." if rows else f"Load {source} on Intake, or start from its template."
        found.append(Check(f"rows_{source}", INFO if rows or source in _NAMES else WARNING, int(rows), words, owners.team(source).value, mend))
    return found


def _freshness(sources: pd.DataFrame) -> list[Check]:
    """How far the sources that grow with time lie behind the newest of them; independent of the clock."""
    growing = sources[sources["source"].isin(list(fresh.LATE_DAYS)) & sources["last_day"].notna()]
    if growing.empty:
        return []
    newest = growing["last_day"].max()
    found = []
    for source, last_day in zip(growing["source"], growing["last_day"], strict=True):
        behind = (newest - last_day).days
        words = f"The newest of {source} is of {format_date(last_day)}, {_days(behind)} behind the newest loaded."
        late = behind > fresh.LATE_DAYS[source]
        mend = f"Load the latest {source}." if late else "Nothing to do."
        found.append(Check(f"freshness_{source}", WARNING if late else INFO, behind, words, owners.team(source).value, mend))
    return found


def _filled(filled: pd.DataFrame) -> list[Check]:
    """Columns that analyses use: the records without them, a warning where fewer are filled than is enough; and columns never filled."""
    found = []
    for row in fresh.used(filled).to_dict("records"):
        source, column, empty = row["source"], row["column_name"], int(row["rows"] - row["filled"])
        short = row["per_cent"] < row["enough"]
        lacking = f"{empty:,} of {int(row['rows']):,} {source} have no {column}" if empty else f"All {int(row['rows']):,} {source} have {column}"
        words = f"{lacking}, which {row['used_for']}."
        mend = f"Export {column} with the {source}." if row["filled"] == 0 else f"Fill {column} where it is empty."
        found.append(Check(f"filled_{source}_{column}", WARNING if short and row["rows"] else INFO, empty, words, owners.team(source).value, mend))
    for source, names in fresh.never_filled(filled).items():
        words = f"No row of {source} fills in {', '.join(names)}." if names else f"Every column of {source} is in use."
        found.append(Check(f"never_filled_{source}", INFO, len(names), words, owners.team(source).value))
    return found


def _months(months: pd.DataFrame) -> list[Check]:
    """Months between the first and the last of the ledger without any payment."""
    count, names = len(months), ", ".join(f"{month:%B %Y}" for month in months["month"][:12])
    words = f"{count} months of the ledger have no payment ({names})." if count else "Every month of the ledger has payments."
    mend = "Load the ledger of the months named." if count else "Nothing to do."
    return [Check("payments_months_missing", WARNING if count else INFO, count, words, Team.FINANCE.value, mend)]


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _manifest(batches: pd.DataFrame) -> list[Check]:
    standing = batches[batches["withdrawn_by"].isna()]
    off = int((standing["rows_in"] != standing["accepted"] + standing["duplicates"] + standing["quarantined"]).sum())
    words = "Every batch's records are accepted, duplicates or quarantined." if not off else f"{off} batches do not add up: records in are not accounted for."
    return [
        Check("batches_add_up", ERROR if off else INFO, off, words, Team.DATA.value, "Restore the newest backup and load again." if off else "Nothing to do.")
    ]


def _quarantine(quarantine: pd.DataFrame) -> list[Check]:
    waiting = quarantine[quarantine["resolved_by"].isna()]
    records = len(waiting[["batch_id", "row_number"]].drop_duplicates())
    words = f"{records:,} records wait in quarantine; mend them on Intake." if records else "No record waits in quarantine."
    found = [
        Check(
            "quarantine",
            WARNING if records else INFO,
            records,
            words,
            Team.DATA.value,
            "Pass each kind of fault to the team named with it." if records else "Nothing to do.",
        )
    ]
    for (source, code), part in waiting.groupby(["source", "code"]):
        count = len(part)
        words = f"{count:,} faults of the kind {code} among {source}."
        found.append(Check(f"quarantine_{source}_{code}", WARNING, count, words, owners.team(str(source), str(code)).value, owners.mend_quarantined(str(code))))
    return found


def _warnings(batches: pd.DataFrame) -> list[Check]:
    """Warnings of loading, by source and code; the texts stand in the manifest as JSON."""
    counts: Counter[tuple[str, str]] = Counter()
    for source, text in zip(batches["source"], batches["warnings"], strict=True):
        for warning in json.loads(text or "[]"):
            code = warning.get("code", "other") if isinstance(warning, dict) else "other"
            counts[source, code] += int(warning.get("count", 1)) if isinstance(warning, dict) else 1
    found = []
    for (source, code), n in sorted(counts.items()):
        words = f"{n:,} warnings of the kind {code} when {source} were loaded."
        found.append(Check(f"warning_{source}_{code}", WARNING, n, words, owners.team(source).value, owners.mend_warned(code)))
    return found


def _quality(questions: Mapping[str, Question], answers: pd.DataFrame) -> list[Check]:
    """A check a question. `answers`: code, records, gbp; a code that is not there was found nowhere."""
    counts = dict(zip(answers["code"], answers["records"].astype(int), strict=True))
    pounds = dict(zip(answers["code"], answers["gbp"].astype(float).fillna(0.0), strict=True))
    found = []
    for code, asked in questions.items():
        count, gbp = counts.get(code, 0), pounds.get(code, 0.0)
        text = asked.words.format(n=f"{count:,}", gbp=format_value(gbp, "gbp"))
        held = round(gbp, 2) if "{gbp}" in asked.words else None
        found.append(Check(code, asked.level if count else INFO, count, text, asked.team.value, asked.mend if count else "Nothing to do.", held))
    return found
