"""The tables of Demand: fan, drivers, children by year group, kinds of place, today's children by setting, looking back, what a block could fill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from analytics.demand import forecast
from analytics.demand.backtest import Backtest
from analytics.demand.fill import empty_months
from analytics.demand.history import PHASE_CODES
from analytics.demand.past import WHOLE
from analytics.demand.project import FLOWS, Projection
from analytics.figures import Table, format_date
from data.domain import PHASE_NAMES, SEN_NAMES, Lot, academic_year_name

SOURCE = "Plans, placements and settings as loaded"
EMPTY = (1, 5, 10, 15, 20)  # guaranteed places of a lot whose empty months are told
VOID_OF = 10  # places whose void cost is told
LEAST_FILLED = 1.0  # places a year that a block could fill, below which a lot is left out of that table
_YEAR_GROUPS = range(21)


def lot_words(lot: str) -> str:
    """A lot as a person reads it: Autistic spectrum disorder, secondary, day, east."""
    parsed = Lot.parse(lot)
    need = "Other needs" if parsed.need == "OTHER" else SEN_NAMES.get(parsed.need, parsed.need)
    area = "any area" if parsed.area == "any" else parsed.area.replace("_", " ")
    return f"{need}, {PHASE_NAMES[parsed.phase].lower()}, {parsed.residence}, {area}"


def year_group(age: int) -> str:
    """7 is Year 7 (academic age 11), R is Reception, N is before it."""
    return str(age - 4) if age >= 5 else "R" if age == 4 else "N"


def _subtitle(projection: Projection, what: str) -> str:
    return f"{what}, independent and non-maintained schools and specialist colleges, {projection.draws:,} futures from {format_date(projection.as_at)}"


def fan(projection: Projection, past: dict[int, pd.Series], mask: np.ndarray, words: str, of_kind: Callable[[str], bool]) -> Table:
    """What was and what may come, one row an academic year."""
    before = [
        {"year": academic_year_name(year), "places": float(came[[of_kind(str(lot)) for lot in came.index]].sum()), "ahead": False}
        for year, came in sorted(past.items())
    ]
    low, middle, high = forecast.points(projection.places[..., mask].sum(axis=2))
    mean = projection.places[..., mask].sum(axis=2).mean(axis=0)
    after = [
        {"year": academic_year_name(year), "places": middle[t], "p10": low[t], "p90": high[t], "mean": mean[t], "ahead": True}
        for t, year in enumerate(projection.years)
    ]
    frame = pd.DataFrame([*before, *after], columns=["year", "places", "p10", "p90", "mean", "ahead"]).round(1)
    frame["kind"] = np.where(frame["ahead"], "forecast (middle)", "what was")
    columns = {"year": "Academic year", "kind": "What it is", "places": "Places", "p10": "P10", "p90": "P90", "mean": "Mean"}
    units = dict.fromkeys(("places", "p10", "p90", "mean"), "places")
    return Table(f"Places: {words}", _subtitle(projection, "Average places over the academic year, the running one so far"), SOURCE, frame, columns, units)


def drivers(projection: Projection, mask: np.ndarray, words: str) -> Table:
    """From today to the last anniversary in steps that add up."""
    start, end = (float(projection.stock[:, h, mask].sum(axis=1).mean()) for h in (0, -1))
    flow = {name: float(projection.flows[name][:, :, mask].sum(axis=(1, 2)).mean()) for name in FLOWS}
    last = projection.as_at.replace(day=min(projection.as_at.day, 28), year=projection.as_at.year + len(projection.years))
    steps = [
        (f"Places {projection.as_at:%B %Y}", start, True),
        ("New children", flow["entries"], False),
        ("Left such places", -flow["exits"], False),
        ("Moved in from another setting", flow["moves_in"], False),
        ("Moved on to another setting", -flow["moves_out"], False),
        ("Grew into or out of the phase", flow["ageing"], False),
        (f"Places {last:%B %Y}", end, True),
    ]
    if abs(flow["moves_in"] - flow["moves_out"]) < 1e-9:  # of all kinds together a move changes nothing
        steps = [step for step in steps if not step[0].startswith("Moved")]
    frame = pd.DataFrame([s for s in steps if s[2] or abs(s[1]) >= 0.05], columns=["step", "places", "whole"])
    frame["places"] = _whole_steps(frame["places"].tolist())
    subtitle = _subtitle(projection, f"Children who come, leave, move and grow older over {len(projection.years)} years, mean")
    return Table(f"Why places change: {words}", subtitle, SOURCE, frame, {"step": "Step", "places": "Places"}, {"places": "places"})


def _whole_steps(amounts: list[float]) -> list[float]:
    """The start, the steps and the end in whole places that still add up: each step from one rounded running sum to the next."""
    running = np.round(np.cumsum(amounts[:-1]))
    return [float(v) for v in (*np.diff(running, prepend=0.0), running[-1])]


def waves(projection: Projection) -> Table:
    """Children by year group, today and on later anniversaries: one row a year group × date."""
    ages = forecast.ages_frame(projection)
    horizon = len(projection.years)
    shown = sorted({0, min(2, horizon), horizon})
    ages = ages[ages["ends"].isin([projection.as_at.year + h for h in shown]) & ages["age"].isin(_YEAR_GROUPS)]
    held = ages.groupby("age")["mean"].max()
    ages = ages[ages["age"].isin(held[held >= 0.5].index)]
    frame = ages.assign(year_group=ages["age"].map(year_group), when=ages["ends"].map(lambda y: f"{projection.as_at:%B} {y}"))
    frame = frame.groupby(["ends", "when", "year_group"], sort=False)[["mean", "p10", "p90"]].sum().reset_index().round(1)
    columns = {"when": "When", "year_group": "Year group", "mean": "Children", "p10": "P10", "p90": "P90"}
    units = dict.fromkeys(("mean", "p10", "p90"), "children")
    return Table("Children by year group", _subtitle(projection, "Children by year group (R is Reception), mean of the futures"), SOURCE, frame, columns, units)


def by_lot(projection: Projection) -> Table:
    """Every kind of place in the first and the last year, largest first."""
    frame = forecast.lots_frame(projection)
    frame = frame[frame["year"].isin([projection.years[0], projection.years[-1]])]
    frame = frame.assign(kind=frame["lot"].map(lot_words), academic_year=frame["year"].map(academic_year_name))
    size = frame.groupby("lot")["mean"].transform("max")
    frame = frame.assign(size=size).sort_values(["size", "lot", "year"], ascending=[False, True, True], kind="stable").drop(columns="size")
    columns = {"kind": "Kind of place", "academic_year": "Academic year", "p10": "P10", "p50": "Middle", "p90": "P90", "mean": "Mean", "lot": "Lot"}
    units = dict.fromkeys(("p10", "p50", "p90", "mean"), "amount")
    return Table("Every kind of place", _subtitle(projection, "Average places over the academic year"), SOURCE, frame.reset_index(drop=True), columns, units)


def survivors(projection: Projection, names: dict[str, str]) -> Table:
    """Today's children still at each setting: one row a setting × year."""
    urns, number = np.unique(projection.cells["urn"].astype(str).to_numpy(dtype=str), return_inverse=True)
    rows = []
    for t, year in enumerate(projection.years):
        held = np.zeros((projection.draws, len(urns)))
        for k in range(len(urns)):
            held[:, k] = projection.survivors[:, t, number == k].sum(axis=1) / 12.0
        low, middle, high = forecast.points(held)
        rows.append(pd.DataFrame({"urn": urns, "academic_year": academic_year_name(year), "p10": low, "p50": middle, "p90": high}))
    frame = pd.concat(rows, ignore_index=True).round(1)
    frame.insert(0, "setting_name", [names.get(urn, urn) for urn in frame["urn"]])
    size = frame.groupby("urn")["p50"].transform("max")
    order = frame.assign(size=size).sort_values(["size", "urn", "academic_year"], ascending=[False, True, True], kind="stable")
    columns = {"setting_name": "Setting", "academic_year": "Academic year", "p10": "P10", "p50": "Middle", "p90": "P90", "urn": "URN"}
    units = dict.fromkeys(("p10", "p50", "p90"), "amount")
    subtitle = _subtitle(projection, "Average places of children who are there today")
    return Table("Today's children run off", subtitle, SOURCE, order.drop(columns="size").reset_index(drop=True), columns, units)


def summary(looked: Backtest, as_at: date) -> Table | None:
    """How near forecasts of the past came, beside simpler ways; None where there is nothing to look back on."""
    if looked.rows.empty:
        return None
    frame = looked.summary()
    frame["scope"] = frame["scope"].map({"all": "All places", "lots": "Kinds with 20 or more"})
    for way in ("last_value", "straight_line"):
        frame[f"skill_{way}"] = 100 * frame[f"skill_{way}"].astype(float)
    columns = {
        "scope": "What",
        "years_ahead": "Years ahead",
        "n": "Forecasts",
        "error_forecast": "Places out",
        "error_pct": "Out",
        "bias_pct": "Bias",
        "coverage_pct": "Held",
        "skill_last_value": "Over last",
        "skill_straight_line": "Over line",
    }
    per_cent = dict.fromkeys(("error_pct", "bias_pct", "coverage_pct", "skill_last_value", "skill_straight_line"), "per_cent")
    said = (
        f"Forecasts from 1, 2 and 3 years before {format_date(as_at)}, with only what had happened by then, against what came. Held: P10 to P90 held it. "
        "Over last, over line: how much smaller the error is than that of the last value, and of a straight line"
    )
    return Table("Looking back", said, SOURCE, frame, columns, {"error_forecast": "amount", "n": "records", "years_ahead": "records", **per_cent})


def origins(looked: Backtest) -> Table | None:
    """The forecasts of the past, one row an origin and year ahead."""
    if looked.rows.empty:
        return None
    frame = looked.rows[looked.rows["lot"] == WHOLE].reset_index(drop=True)
    columns = {
        "origin": "Made on",
        "years_ahead": "Years ahead",
        "came": "What came",
        "p10": "P10",
        "p50": "Middle",
        "p90": "P90",
        "last_value": "Last value",
        "straight_line": "Straight line",
    }
    units = {name: "date" if name == "origin" else "records" if name == "years_ahead" else "places" for name in columns}
    return Table("Each look back", "All independent and non-maintained places on the anniversary", SOURCE, frame, columns, units)


def fill(projection: Projection, months: pd.DataFrame, prices: pd.Series) -> Table:
    """What a block could fill, by lot in the first year: new places, how long guaranteed places would stand empty at first, and what that costs.

    `prices`: £ a place and year by lot.
    """
    entering, filled, lots = projection.found.entering, projection.found.fill, projection.found.history.lots
    like = entering.like
    cell = like["key"].to_numpy(np.int64) * 3 + like["entry_phase"].to_numpy(np.int64)
    weight = np.where(like["named_by"].eq("council"), 1.0, filled.share[cell])
    number = pd.Series(cell).map(lambda c: lots[c])
    yearly = float(projection.flows["entries"][:, 0].sum(axis=1).mean()) / max(len(like), 1)
    table = pd.DataFrame({"lot": number, "new": yearly, "could": weight * yearly}).groupby("lot").sum()
    keys = ["primary_need", "entry_phase", "residence_group", "area"]
    profile = {
        Lot(str(need), PHASE_CODES[int(p)], str(residence), str(area)).id: row
        for (need, p, residence, area), row in zip(months[keys].itertuples(index=False, name=None), months[list(range(12))].to_numpy(float), strict=True)
    }
    rows = []
    for lot, row in table[table["could"] >= LEAST_FILLED].sort_values("could", ascending=False, kind="stable").iterrows():
        new, could = float(row["new"]), float(row["could"])
        empty = empty_months(could, profile[str(lot)], max(EMPTY))
        told = {f"empty_{k}": float(empty[k - 1]) for k in EMPTY}
        void = float(empty[:VOID_OF].sum()) / 12 * float(prices.get(str(lot), np.nan))  # an empty place paid in full
        rows.append({"kind": lot_words(str(lot)), "new": new, "could": could, "share": 100 * could / new, **told, "void_gbp": void})
    columns = {"kind": "Kind of place", "new": "New", "could": "Could fill", "share": "Share"}
    columns |= {f"empty_{k}": f"Place {k}" for k in EMPTY}
    columns["void_gbp"] = "Void cost"
    frame = pd.DataFrame(rows, columns=list(columns)).round(2)
    units = {name: {"share": "per_cent", "kind": "text", "void_gbp": "gbp"}.get(name, "amount") for name in columns}
    subtitle = (
        "New children of a year by kind of place, and those a block could fill. Place 1, 5, …: months of its first year that the first, fifth, … guaranteed "
        f"place stands empty, from September, on average. Void cost: {VOID_OF} places guaranteed, empty ones paid in full, first year"
    )
    return Table("What a block could fill, and when", subtitle, "Placements and consultations as loaded", frame, columns, units)


def scorecard(scored: pd.DataFrame) -> Table:
    """Frozen forecasts beside what came: the whole, one row a forecast × year begun."""
    frame = scored[scored["lot"] == WHOLE].reset_index(drop=True)
    frame = frame.assign(
        academic_year=[academic_year_name(int(y)) for y in frame["year"]],
        off=frame["p50"] - frame["came"],
        told=[
            f"{int(m)} of 12 months" if m < 12 else "held by P10 to P90" if h else "outside P10 to P90"
            for m, h in zip(frame["months"], frame["held"], strict=True)
        ],
    )
    columns = {
        "frozen_at": "Frozen on", "frozen_by": "By", "note": "Note", "academic_year": "Academic year", "p10": "P10", "p50": "Middle", "p90": "P90",
        "came": "What came", "off": "Middle less what came", "told": "Result",
    }  # fmt: skip
    units = {name: "date" if name == "frozen_at" else "amount" if name in ("p10", "p50", "p90", "came", "off") else "text" for name in columns}
    return Table(
        "Scorecard", "Average places over the academic year, so far where it is not over", "Frozen forecasts; placements as loaded", frame, columns, units
    )


def standing(frozen: pd.DataFrame) -> Table:
    """Forecasts that were frozen: one row each, with the whole in its first and last year."""
    whole = frozen[frozen["lot"] == WHOLE]
    rows = []
    for _, part in whole.groupby("forecast_id", sort=False):
        first, last = part.iloc[0], part.iloc[-1]
        rows.append({"frozen_at": first["frozen_at"], "frozen_by": first["frozen_by"], "note": first["note"], "as_at": first["as_at"], "draws": first["draws"],
                     "seed": first["seed"], "levers": "as found" if first["levers"] == "[]" else "moved", "data_version": first["data_version"],
                     "first": f"{first['p50']:,.0f} in {academic_year_name(int(first['year']))}",
                     "last": f"{last['p50']:,.0f} ({last['p10']:,.0f} to {last['p90']:,.0f}) in {academic_year_name(int(last['year']))}"})  # fmt: skip
    columns = {
        "frozen_at": "Frozen on", "frozen_by": "By", "note": "Note", "as_at": "As at", "first": "First year", "last": "Last year, P10 to P90",
        "levers": "Levers", "draws": "Futures", "seed": "Seed", "data_version": "Data version",
    }  # fmt: skip
    units = {name: "date" if name in ("frozen_at", "as_at") else "records" if name in ("draws", "seed") else "text" for name in columns}
    return Table("Frozen forecasts", "What was shown, kept as it was", "Frozen forecasts", pd.DataFrame(rows, columns=list(columns)), columns, units)
