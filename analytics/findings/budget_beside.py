"""What stands beside a year's outturn: leavers and starters, accruals, joint funding."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.budget import Outturn
from analytics.budget.accruals import ACCRUAL, PREPAID
from analytics.budget.joint import FUNDERS, YEARS_BACK
from analytics.figures import Table, format_date
from analytics.findings.budget import SOURCE, units_of, when
from analytics.findings.words import AGREEMENTS, gbp, plural
from analytics.spend import total_gbp
from data.domain import financial_year_name


def leavers(found: Outturn, placements: pd.DataFrame) -> Table:
    """Placements that have a last day in the year, or more likely than not end in it; the likeliest first."""
    day, ends = pd.Timestamp(found.cutoff), pd.Timestamp(found.year + 1, 3, 31)
    frame = found.leavers.drop(columns="leaving_date").merge(placements, on="placement_id")
    left = pd.to_datetime(frame["leaving_date"])
    frame["leaves"] = (100.0 * frame["leaves"]).where(left.isna(), 100.0)
    frame = frame[((left > day) & (left <= ends)) | ((left.isna()) & (frame["leaves"] >= 50))]
    frame = frame.sort_values(["leaves", "setting_name"], ascending=[False, True], kind="stable").reset_index(drop=True)
    columns = {
        "placement_id": "Placement",
        "setting_name": "Setting",
        "primary_need": "Need",
        "entry_date": "Began",
        "leaving_date": "Last day, where known",
        "leaves": "Chance of leaving by the year's end",
    }
    units = {"entry_date": "date", "leaving_date": "date", "leaves": "per_cent"}
    title = "Leavers: named, and more likely than not"
    return Table(
        title,
        f"{when(found)}; by age, from the council's own last three years",
        AGREEMENTS,
        frame[list(columns)],
        columns,
        dict.fromkeys(columns, "text") | units,
        child_level=True,
    )


def named(placements: pd.DataFrame, cases: pd.DataFrame, found: Outturn) -> Table:
    """Children with a start agreed, and open cases with a start wanted, after the cutoff and by the year's end."""
    day, ends = pd.Timestamp(found.cutoff), pd.Timestamp(found.year + 1, 3, 31)
    entry = pd.to_datetime(placements["entry_date"])
    agreed = placements[(entry > day) & (entry <= ends)].assign(what="Placement agreed", on=entry)[["placement_id", "what", "on", "setting_name"]]
    wanted = cases.assign(
        placement_id=cases["case_id"], what="Open case, not placed: " + cases["kind"].astype(str), on=pd.to_datetime(cases["wanted_on"]), setting_name=None
    )
    parts = [part for part in (agreed, wanted[list(agreed.columns)]) if len(part)]
    frame = pd.concat(parts, ignore_index=True).sort_values("on", kind="stable").reset_index(drop=True) if parts else agreed
    columns = {"what": "What", "on": "Start", "setting_name": "Setting", "placement_id": "Placement or case"}
    return Table(
        "Named starters",
        f"{when(found)}; an open case is not counted as a placement",
        AGREEMENTS,
        frame[list(columns)],
        columns,
        {"what": "text", "on": "date"},
        child_level=True,
    )


def accruals(rows: pd.DataFrame, transport: tuple[float, float], found: Outturn) -> tuple[str, Table]:
    """What is received and not paid at the end of the period, with transport as one row; a sentence beside."""
    agreed, paid = transport
    told = "Transport, all operators"
    row = {"setting_name": told, "placement_id": "", "agreed_gbp": round(agreed, 2), "paid_gbp": round(paid, 2), "accrual_gbp": round(agreed - paid, 2)}
    whole = pd.DataFrame([row | {"what": ACCRUAL if agreed > paid else PREPAID}])
    frame = pd.concat([rows, whole], ignore_index=True) if agreed or paid else rows
    owed = frame[frame["accrual_gbp"] > 0]
    day = format_date(found.cutoff)
    words = f"At {day}, {gbp(total_gbp(owed['accrual_gbp']))} was agreed for the year and not yet paid, in {plural(len(owed), 'row')}; "
    words += "each is to be accrued only if it is really owed."
    columns = {
        "setting_name": "Setting",
        "placement_id": "Placement",
        "agreed_gbp": "Agreed for the year so far",
        "paid_gbp": "Paid for it",
        "accrual_gbp": "To accrue (minus: paid ahead)",
        "what": "What it is",
    }
    subtitle = f"{financial_year_name(found.year)} to {day}; paid by the days that each payment is for"
    return words, Table("Accruals", subtitle, SOURCE, frame[list(columns)], columns, units_of(columns), child_level=True)


def joint(rows: pd.DataFrame, as_at: date) -> tuple[str, Table]:
    """Agreed shares of health and social care against money in, with the age of what is open."""
    frame = rows.assign(label=rows["funder"].map(FUNDERS))
    agreed, billed = total_gbp(frame["agreed_gbp"]), total_gbp(frame["billed_gbp"])
    words = f"Health and social care agreed to pay {gbp(agreed)} in the {YEARS_BACK} years to {format_date(as_at)}; the ledger shows {gbp(billed)} in from them"
    words += f", so {gbp(total_gbp(frame['open_gbp']))} is to be billed or chased, unless they pay the setting themselves."
    columns = {
        "label": "Payer",
        "agreed_gbp": "Agreed share",
        "billed_gbp": "Money in",
        "open_gbp": "Open",
        "to_3_months_gbp": "Up to 3 months old",
        "to_6_months_gbp": "3 to 6 months",
        "to_12_months_gbp": "6 to 12 months",
        "older_gbp": "Over a year",
    }
    return words, Table(
        "Joint funding",
        f"Last {YEARS_BACK} years to {format_date(as_at)}; money in is set against the oldest share first",
        SOURCE,
        frame[list(columns)],
        columns,
        units_of(columns),
    )


def whole_year(rows: pd.DataFrame, as_at: date) -> tuple[str, Table]:
    """Placements of 52 weeks to which neither health nor social care pays a share."""
    frame = rows[(rows["health_gbp"] == 0) & (rows["social_care_gbp"] == 0)].reset_index(drop=True)
    words = f"{len(frame)} of {plural(len(rows), 'placement')} of 52 weeks have no share of health or social care"
    words += f": {gbp(total_gbp(frame['full_year_gbp']))} a year falls on the council's education budget alone." if len(frame) else "."
    if rows.empty:
        words = "No placement of 52 weeks is open."
    columns = {"placement_id": "Placement", "setting_name": "Setting", "primary_need": "Need", "entry_date": "Began", "full_year_gbp": "Full-year cost"}
    units = {"full_year_gbp": "gbp", "entry_date": "date"}
    return words, Table(
        "52 weeks without a share",
        f"Open on {format_date(as_at)}; full-year cost of every part",
        AGREEMENTS,
        frame[list(columns)],
        columns,
        units,
        child_level=True,
    )
