"""Provision given need in words: the other view of the benchmark, never added to or set against price given provision."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.figures import Table, format_date

if TYPE_CHECKING:
    from analytics.benchmark.provision import Provision

TITLES = {
    "one_to_one_hours_week": "One-to-one support, hours a week",
    "therapy_hours_year": "Therapy, hours a year",
    "residential_share": "Residential places, children in 100",
}
MORE, LESS, LIKE = "More than elsewhere", "Less than elsewhere", "Within chance"
_SOURCE = "Plans and placements as loaded"
_COLUMNS = {
    "setting_name": "Setting",
    "title": "Provision",
    "n": "Children",
    "actual": "A child gets",
    "expected": "Elsewhere",
    "difference": "Difference",
    "difference_low": "95% from",
    "difference_high": "95% to",
    "standing": "Standing",
}
_NUMBERS = ("actual", "expected", "difference", "difference_low", "difference_high")
_UNITS = dict.fromkeys(("setting_name", "title", "standing"), "text") | {"n": "children"} | dict.fromkeys(_NUMBERS, "amount")


def every(found: Provision, names: pd.Series, as_at: date) -> Table:
    """Every setting, those that differ first."""
    frame = _frame(found)
    frame = frame.assign(setting_name=frame["urn"].map(names).fillna(frame["urn"]), away=frame["standing"].ne(LIKE))
    frame = frame.sort_values(["away", "measure", "difference"], ascending=[False, True, False], kind="stable").reset_index(drop=True)
    return _table(found, frame[list(_COLUMNS)], _COLUMNS, as_at)


def of_setting(found: Provision, urn: str, as_at: date) -> Table:
    """The three kinds of provision at one setting."""
    frame = _frame(found)
    columns = {name: title for name, title in _COLUMNS.items() if name != "setting_name"}
    return _table(found, frame.loc[frame["urn"].astype(str) == urn, list(columns)].reset_index(drop=True), columns, as_at)


def _frame(found: Provision) -> pd.DataFrame:
    frame = found.settings.assign(title=found.settings["measure"].map(TITLES))
    share = frame["measure"].eq("residential_share")
    shown = frame[list(_NUMBERS)].astype(float)
    frame[list(_NUMBERS)] = shown.where(~share, 100 * shown).round(1)
    differs = frame["differs"].astype(bool)
    standing = pd.Series(LIKE, frame.index).mask(differs & (shown["difference"] > 0), MORE).mask(differs & (shown["difference"] < 0), LESS)
    return frame.assign(standing=standing)


def _table(found: Provision, frame: pd.DataFrame, columns: dict[str, str], as_at: date) -> Table:
    said = "Difference drawn towards the others' where there are few children, with a 95% interval"
    if found.withheld:
        gaps = "; ".join(f"{TITLES[name].split(',')[0].lower()} not recorded for {found.not_recorded[name]:.0%}" for name in found.withheld)
        said += f"; listed only, as {gaps}"
    units = {name: unit for name, unit in _UNITS.items() if name in columns}
    return Table(
        "Provision given need: what children get, against like needs at other settings",
        f"By primary need, support band and phase. {said}; snapshot {format_date(as_at)}. Nobody is flagged by it, and it is never added to price",
        _SOURCE,
        frame,
        columns,
        units,
    )
