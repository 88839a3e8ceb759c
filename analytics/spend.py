"""From reads to the tables of the pages: cost by any dimension with its share and change, trend, and cost against spend.

Every table keeps all its rows, so that a total is the exact sum of what is shown. *Cost* comes from agreements, *spend* from the ledger.
"""

from __future__ import annotations

import pandas as pd

OTHERS = "All others"


def breakdown(by_value: pd.DataFrame, year: int) -> pd.DataFrame:
    """What was spent on what in `year`, and what changed on the year before?

    `by_value`: the read `cost_by` of both years. One row a value in either year, dearest first: value, label, cost_gbp, cost_before_gbp,
    change_gbp, share (per cent of the year's cost), placements, children, place_years, per_place_gbp (cost ÷ years of place; missing
    without any). A value that is gone keeps its row with cost 0, so that the changes add up to the whole change.
    """
    kept = ["value", "label", "cost_gbp", "placements", "children", "place_years"]
    now, before = (by_value.loc[by_value["year"] == y, kept] for y in (year, year - 1))
    frame = now.merge(before[["value", "label", "cost_gbp"]], on="value", how="outer", suffixes=("", "_before"))
    frame["label"] = frame["label"].fillna(frame.pop("label_before"))
    frame = frame.rename(columns={"cost_gbp_before": "cost_before_gbp"})
    numbers = ["cost_gbp", "cost_before_gbp", "placements", "children", "place_years"]
    frame[numbers] = frame[numbers].fillna(0.0)
    frame["change_gbp"] = (frame["cost_gbp"] - frame["cost_before_gbp"]).round(2)
    whole = total_gbp(frame["cost_gbp"])
    frame["share"] = 100.0 * frame["cost_gbp"] / whole if whole else 0.0
    frame["per_place_gbp"] = frame["cost_gbp"] / frame["place_years"].where(frame["place_years"] > 0)
    return frame.sort_values(["cost_gbp", "cost_before_gbp", "value"], ascending=[False, False, True], kind="stable").reset_index(drop=True)


def trend(months: pd.DataFrame, most: int) -> pd.DataFrame:
    """How did cost run, month by month, for the `most` dearest values? What remains is one more series, so that the lines add up.

    `months`: the read `cost_trend`. One row a series × month: series, month, cost_gbp; series in order of cost, the rest last.
    """
    dearest = months.groupby(["value", "label"])["cost_gbp"].sum().nlargest(most).index
    labels = {str(value): str(label) for value, label in dearest}
    named = months.assign(series=months["value"].map(labels).fillna(OTHERS))
    frame = named.groupby(["series", "month"])["cost_gbp"].sum().round(2).reset_index()
    frame["place"] = frame["series"].map({label: n for n, label in enumerate([*labels.values(), OTHERS])})
    return frame.sort_values(["place", "month"], kind="stable")[["series", "month", "cost_gbp"]].reset_index(drop=True)


def cost_against_spend(sides: pd.DataFrame) -> pd.DataFrame:
    """Where do agreements and the ledger differ, and how?

    `sides`: the read `cost_and_spend`. One row a setting, and one for payments of no known setting, largest difference first: urn,
    setting_name, payable_gbp, spend_gbp, difference_gbp (paid less payable), payments, what (the difference in words).
    """
    frame = sides.assign(difference_gbp=(sides["spend_gbp"] - sides["payable_gbp"]).round(2))
    frame["what"] = [
        _named(known, payable, spend) for known, payable, spend in zip(frame["urn"].notna(), frame["payable_gbp"], frame["spend_gbp"], strict=True)
    ]
    columns = ["urn", "setting_name", "payable_gbp", "spend_gbp", "difference_gbp", "payments", "what"]
    return frame.sort_values("difference_gbp", key=abs, ascending=False, kind="stable")[columns].reset_index(drop=True)


def total_gbp(amounts: pd.Series[float]) -> float:
    """The sum of amounts in £, exact to the penny: counted in whole pennies."""
    return int((amounts.fillna(0.0) * 100).round().astype("int64").sum()) / 100


def _named(known: bool, payable_gbp: float, spend_gbp: float) -> str:
    if not known:
        return "Payments of no known setting"
    if payable_gbp == 0:
        return "Paid without an agreement loaded"
    if spend_gbp == 0:
        return "Agreed, nothing paid or not matched"
    if round(spend_gbp - payable_gbp, 2) == 0:
        return "Agrees"
    return "Paid more than agreed" if spend_gbp > payable_gbp else "Paid less than agreed"
