"""Is the data in, and does it agree with itself? Checks with stable codes, and reconciliations that end at zero with every difference named."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from analytics.figures import format_date, format_value
from data.domain import academic_age, financial_year, financial_year_name

LATE_DAYS = 92  # a source this far behind the newest is worth a question
INFO, WARNING, ERROR = "info", "warning", "error"

# Code → (level when it concerns anything, sentence with {n} and {gbp}).
QUALITY: dict[str, tuple[str, str]] = {
    "plans_need_not_recorded": (WARNING, "{n} plans have no primary need recorded."),
    "plans_band_not_recorded": (WARNING, "{n} children with an open placement have no support band; the benchmark's intervals widen for them."),
    "plans_district_not_recorded": (WARNING, "{n} children with an open placement have no home district; they count in no area."),
    "plans_ceased_placement_open": (WARNING, "{n} open placements belong to a plan that has ceased."),
    "fees_outlying": (WARNING, "{n} fee lines are over ten times the usual fee of their component, unit and residence; together {gbp} in their own units."),
    "fees_outside_placement": (ERROR, "{n} fee lines lie wholly outside the days of their placement and count nowhere."),
    "fees_beyond_leaving": (WARNING, "{n} fee lines run on after the child left; only days at the setting are counted."),
    "fees_overlapping": (WARNING, "{n} fee lines overlap the next line of the same placement, component and funder, and both are counted."),
    "placements_open_without_fee": (ERROR, "{n} open independent placements have no fee for the day; their cost is missing."),
    "placements_rank2_overlap": (WARNING, "{n} second placements run beside a first placement of the same child."),
    "placements_setting_closed": (WARNING, "{n} placements run on after their setting closed."),
    "payments_unmatched": (WARNING, "{n} payments, {gbp}, are matched to no setting; confirm their suppliers on Intake."),
    "payments_no_setting": (INFO, "{n} payments, {gbp}, are to suppliers that a person has said are no setting."),
    "payments_matched_automatically": (INFO, "{n} payments, {gbp}, are matched to a setting by the supplier's name without a person."),
    "payments_twice": (WARNING, "{n} payments, {gbp}, repeat another of the same supplier, day, amount, placement and narrative."),
    "credits_without_invoice": (INFO, "{n} credits, {gbp}, do not name the payment that they correct."),
}
LEDGER_STEPS: dict[str, str] = {
    "less_transport": "Transport, paid to operators and not to the setting",
    "less_dfe_place": "Place funding that DfE pays to the setting",
    "less_other_purses": "Shares of health and social care",
    "agreed_not_paid": "Agreed, with no payment in the year that names the placement or only the setting",
    "paid_not_agreed": "Paid for placements with no agreed fee here in the year",
    "paid_above_agreed": "Paid above the agreement, placement by placement",
    "paid_below_agreed": "Paid below the agreement, placement by placement",
    "paid_no_placement": "Paid to the setting without naming a placement, beyond its agreements not paid by name",
    "paid_no_setting": "Paid to suppliers confirmed as no setting",
    "paid_unmatched": "Paid to suppliers not yet matched to a setting",
}


@dataclass(frozen=True)
class Check:
    """One finding. `count`: the records it concerns; 0 means that it was looked for and not found."""

    code: str
    level: str
    count: int
    message: str


def checks(sources: pd.DataFrame, batches: pd.DataFrame, quarantine: pd.DataFrame, quality: pd.DataFrame) -> list[dict[str, Any]]:
    """Every check, in a fixed order: completeness and freshness by source, the manifest's sums, quarantine, warnings, quality.

    `sources`: source, rows, last_day. `batches` (meta_batch) and `quarantine` (meta_quarantine) as stored. `quality`: code, records, gbp.
    """
    found = [*_completeness(sources), *_freshness(sources), *_manifest(batches), *_quarantine(quarantine), *_warnings(batches), *_quality(quality)]
    return [asdict(check) for check in found]


def _completeness(sources: pd.DataFrame) -> list[Check]:
    found = []
    for source, rows in zip(sources["source"], sources["rows"].astype(int), strict=True):
        words = f"{rows:,} {source} are loaded." if rows else f"No {source} are loaded."
        found.append(Check(f"rows_{source}", INFO if rows else WARNING, int(rows), words))
    return found


def _freshness(sources: pd.DataFrame) -> list[Check]:
    """How far the sources that grow with time lie behind the newest of them; independent of the clock."""
    growing = sources[sources["source"].isin(["placements", "fees", "payments", "plans", "outcomes", "consultations", "cases"]) & sources["last_day"].notna()]
    if growing.empty:
        return []
    newest = growing["last_day"].max()
    found = []
    for source, last_day in zip(growing["source"], growing["last_day"], strict=True):
        behind = (newest - last_day).days
        words = f"The newest of {source} is of {format_date(last_day)}, {_days(behind)} behind the newest loaded."
        found.append(Check(f"freshness_{source}", WARNING if behind > LATE_DAYS else INFO, behind, words))
    return found


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _manifest(batches: pd.DataFrame) -> list[Check]:
    standing = batches[batches["withdrawn_by"].isna()]
    off = int((standing["rows_in"] != standing["accepted"] + standing["duplicates"] + standing["quarantined"]).sum())
    words = "Every batch's records are accepted, duplicates or quarantined." if not off else f"{off} batches do not add up: records in are not accounted for."
    return [Check("batches_add_up", ERROR if off else INFO, off, words)]


def _quarantine(quarantine: pd.DataFrame) -> list[Check]:
    waiting = quarantine[quarantine["resolved_by"].isna()]
    records = len(waiting[["batch_id", "row_number"]].drop_duplicates())
    words = f"{records:,} records wait in quarantine; mend them on Intake." if records else "No record waits in quarantine."
    found = [Check("quarantine", WARNING if records else INFO, records, words)]
    for (source, code), part in waiting.groupby(["source", "code"]):
        count = len(part)
        found.append(Check(f"quarantine_{source}_{code}", WARNING, count, f"{count:,} faults of the kind {code} among {source}."))
    return found


def _warnings(batches: pd.DataFrame) -> list[Check]:
    """Warnings of loading, by source and code; the texts stand in the manifest as JSON."""
    counts: Counter[tuple[str, str]] = Counter()
    for source, text in zip(batches["source"], batches["warnings"], strict=True):
        for warning in json.loads(text or "[]"):
            code = warning.get("code", "other") if isinstance(warning, dict) else "other"
            counts[source, code] += int(warning.get("count", 1)) if isinstance(warning, dict) else 1
    return [Check(f"warning_{s}_{code}", WARNING, n, f"{n:,} warnings of the kind {code} when {s} were loaded.") for (s, code), n in sorted(counts.items())]


def _quality(quality: pd.DataFrame) -> list[Check]:
    counts = dict(zip(quality["code"], quality["records"].astype(int), strict=True))
    pounds = dict(zip(quality["code"], quality["gbp"].astype(float).fillna(0.0), strict=True))
    found = []
    for code, (level, words) in QUALITY.items():
        count = int(counts[code])
        text = words.format(n=f"{count:,}", gbp=format_value(pounds[code], "gbp"))
        found.append(Check(code, level if count else INFO, count, text))
    return found


def ledger_to_agreements(steps: pd.DataFrame) -> list[dict[str, Any]]:
    """From agreed cost to the ledger, by setting and financial year, each year's total first; `residual_gbp` is what is left unnamed: nothing.

    `steps`: one row a setting × fy with agreed_gbp, one column a step of LEDGER_STEPS, ledger_gbp. Method: part-year cost of fee lines, paid day counts.
    """
    rows: list[dict[str, Any]] = []
    for fy, part in steps.groupby("fy"):
        total = part[["agreed_gbp", *LEDGER_STEPS, "ledger_gbp"]].sum()
        year = financial_year_name(int(str(fy)))
        rows.append(_bridge("ledger_to_agreements", {"year": year, "urn": None, "setting_name": "All"}, total))
        rows += [
            _bridge(
                "ledger_to_agreements", {"year": year, "urn": _text(r["urn"]), "setting_name": _text(r["setting_name"]) or "No known setting"}, pd.Series(r)
            )
            for r in part.to_dict("records")
        ]
    return rows


def _bridge(name: str, where: dict[str, Any], row: pd.Series[Any]) -> dict[str, Any]:
    agreed, ledger = round(float(row["agreed_gbp"]), 2), round(float(row["ledger_gbp"]), 2)
    lines = [{"line": words, "gbp": round(float(row[step]), 2)} for step, words in LEDGER_STEPS.items() if round(float(row[step]), 2)]
    residual = round(ledger - agreed - sum(float(str(line["gbp"])) for line in lines), 2)
    return {
        "reconciliation": name,
        **where,
        "from": "Agreed cost",
        "from_gbp": agreed,
        "lines": lines,
        "to": "Ledger",
        "to_gbp": ledger,
        "residual_gbp": residual,
    }


def _text(value: object) -> str | None:
    return None if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def counts_to_placements(placements: pd.DataFrame, as_at: date) -> list[dict[str, Any]]:
    """From every placement loaded down to the counts that papers quote, each step named. `placements`: mart_placement."""
    day, year = pd.Timestamp(as_at), financial_year(as_at)
    started, open_now = placements["entry_date"] <= day, placements["leaving_date"].isna() | (placements["leaving_date"] >= day)
    in_year = started & (placements["leaving_date"].isna() | (placements["leaving_date"] >= pd.Timestamp(year, 4, 1)))
    ages = placements["birth_month"].map(lambda month: academic_age(month, as_at) if isinstance(month, str) else -1)
    nmiss = placements["setting_type"].isin(["ISS", "NMSS"])
    spi = placements["setting_type"] == "SPI"
    rank1 = placements["rank"].astype(str) == "1"
    school_age = (ages >= 4) & (ages <= 15)
    snapshot = in_year & open_now
    steps = [
        ("All placements loaded", pd.Series(True, index=placements.index)),
        (f"Open at any time in {financial_year_name(year)} up to {format_date(as_at)}", in_year),
        (f"Open on {format_date(as_at)}", snapshot),
        ("of which in independent, non-maintained and specialist post-16 settings", snapshot & (nmiss | spi)),
        ("of which without specialist post-16", snapshot & nmiss),
        ("of which first placements (one a child)", snapshot & nmiss & rank1),
        ("of which of school age (academic age 4 to 15)", snapshot & nmiss & rank1 & school_age),
    ]
    why = (
        "Ended before the year, or not yet begun",
        "Ended in the year",
        "In maintained and other settings",
        "In specialist post-16 settings",
        "Second placements of a child",
        "Above or below school age",
    )
    found = []
    for (start, before), (end, after), reason in zip(steps, steps[1:], why, strict=False):
        lines = [{"line": reason, "count": -int((before & ~after).sum())}]
        residual = int(after.sum()) - int(before.sum()) - lines[0]["count"]  # type: ignore[operator]
        found.append({"reconciliation": "counts_to_placements", "from": start, "from_count": int(before.sum()), "lines": lines})
        found[-1] |= {"to": end, "to_count": int(after.sum()), "children": int(placements.loc[after, "child_id"].nunique()), "residual_count": residual}
    return found


def records_accounted(batches: pd.DataFrame) -> list[dict[str, Any]]:
    """Records in every source's files, down to what was accepted; £ of the source's control column beside them."""
    standing = batches[batches["withdrawn_by"].isna()]
    found: list[dict[str, Any]] = []
    for source, part in standing.groupby("source", sort=True):
        sums = part[["rows_in", "accepted", "duplicates", "quarantined"]].sum().astype(int)
        gbp = part[["control_in", "control_accepted", "control_duplicates", "control_quarantined"]].apply(pd.to_numeric).sum(min_count=1)
        lines = [
            {"line": "Duplicates", "count": -int(sums["duplicates"]), "gbp": _pounds(-gbp["control_duplicates"])},
            {"line": "Quarantined", "count": -int(sums["quarantined"]), "gbp": _pounds(-gbp["control_quarantined"])},
        ]
        residual = int(sums["accepted"] - sums["rows_in"] + sums["duplicates"] + sums["quarantined"])
        found.append(
            {
                "reconciliation": "records",
                "source": source,
                "from": "Records in files",
                "from_count": int(sums["rows_in"]),
                "from_gbp": _pounds(gbp["control_in"]),
                "lines": lines,
                "to": "Accepted",
                "to_count": int(sums["accepted"]),
                "to_gbp": _pounds(gbp["control_accepted"]),
                "residual_count": residual,
            }
        )
    return found


def _pounds(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 2) + 0.0
