"""The causes of a change in cost, for each child at a setting: the arithmetic of docs/bridge.md.

A child who is at a setting in both periods *stayed*; the change of each part of the cost splits into its yearly price and the time for
which it was paid. A place of one period alone is *new* or *left*; its cost is set against the average place and splits into number,
time, mix and what is its own. All amounts are in pence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.bridge.pennies import whole_pennies
from analytics.bridge.shapley import Amounts, shapley

MIX = {"mix_need": "need", "mix_phase": "phase", "mix_residence": "residence", "mix_setting": "urn"}
PARTS = {"core": "price", "one_to_one": "one_to_one", "therapy": "therapy", "residential": "residential", "transport": "transport", "other": "other"}
CAUSES = ("new", "left", *MIX, "like", *PARTS.values(), "part_year")
TIMES = {"days": "years", "terms": "years_by_terms", "school_days": "years_by_school_days"}
_KEY = ["child_id", "urn"]
_KEPT = ["setting_name", "placements", "need", "phase", "residence", "entry_date", "leaving_date"]
_BEFORE, _AFTER = "_before", ""


@dataclass(frozen=True)
class Bridge:
    """`rows`: one row a child at a setting in either period: who it is (as in the later period, where it was there), stands (stayed, new or
    left), cost_before_pence, cost_pence, and a column of pence for each of CAUSES, which add up to cost_pence − cost_before_pence.
    `years_before`, `years`: years of place of the two periods.
    """

    rows: pd.DataFrame
    years_before: float
    years: float

    def bars(self) -> dict[str, int]:
        """Pence by cause: the sums of the rows."""
        return {cause: int(self.rows[cause].sum()) for cause in CAUSES}

    def count(self, stands: str) -> int:
        return int((self.rows["stands"] == stands).sum())


def bridge(before: pd.DataFrame, after: pd.DataFrame) -> Bridge:
    """How much of the change from one period to the other has which cause? Both: the read `bridge_period`, with the same filters."""
    sides = _side(before), _side(after)
    rows = sides[1].merge(sides[0], on=_KEY, how="outer", suffixes=(_AFTER, _BEFORE), indicator="stands")
    rows["stands"] = rows["stands"].map({"left_only": "new", "right_only": "left", "both": "stayed"}).astype(str)
    rows[["cost_pence", "cost_pence_before"]] = rows[["cost_pence", "cost_pence_before"]].fillna(0).astype("int64")
    parts = {cause: np.zeros(len(rows)) for cause in CAUSES}
    _stayed(rows, before, after, parts)
    _came_and_went(rows, sides, parts)
    pence = whole_pennies(np.column_stack(list(parts.values())), (rows["cost_pence"] - rows["cost_pence_before"]).to_numpy())
    known = {name: rows[name].where(rows["stands"] != "left", rows[f"{name}{_BEFORE}"]) for name in _KEPT}
    told = {"stands": rows["stands"], "cost_before_pence": rows["cost_pence_before"], "cost_pence": rows["cost_pence"]}
    frame = pd.DataFrame({**{name: rows[name] for name in _KEY}, **known, **told, **dict(zip(parts, pence.T, strict=True))})
    return Bridge(frame, float(sides[0]["years"].sum()), float(sides[1]["years"].sum()))


def _side(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a child at a setting in one period: who it is, its cost, its yearly price, and the share of a year for which that was paid."""
    fees = lines[lines["component"].notna()]
    priced = fees.assign(price=_ratio(fees["cost_pence"].to_numpy(), _time(fees, fees["spread"]))).groupby(_KEY, sort=False)[["cost_pence", "price"]].sum()
    side = lines.drop_duplicates(_KEY)[[*_KEY, *_KEPT, *TIMES.values()]].merge(priced.reset_index(), on=_KEY, how="left")
    side[["cost_pence", "price"]] = side[["cost_pence", "price"]].fillna(0.0)
    side["time"] = np.where(side["price"] > 0, _ratio(side["cost_pence"].to_numpy(), side["price"].to_numpy()), side["years"])
    return side


def _time(frame: pd.DataFrame, spread: pd.Series[str], suffix: str = "") -> Amounts:
    """The share of a year for which a place was open, counted as its fee is spread: by days, terms or school days."""
    return np.select([(spread == name).to_numpy() for name in TIMES], [frame[f"{column}{suffix}"].to_numpy(dtype=float) for column in TIMES.values()], np.nan)


def _ratio(amount: Amounts, by: Amounts) -> Amounts:
    return np.divide(amount, by, out=np.zeros(len(amount)), where=by > 0)


def _stayed(rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, parts: dict[str, Amounts]) -> None:
    """Price × time for each part of the cost: the change of one at the mean of the other, which is Shapley's value of a product.

    Where a period holds no unit of a fee's time (no school day, say) the price is taken to be that of the other period.
    """
    stayed = rows.loc[rows["stands"] == "stayed", [*_KEY, *TIMES.values(), *(f"{name}{_BEFORE}" for name in TIMES.values())]].reset_index(names="place")
    fees = [side.loc[side["component"].notna(), [*_KEY, "component", "spread", "cost_pence"]] for side in (after, before)]
    lines = fees[0].merge(fees[1], on=[*_KEY, "component", "spread"], how="outer", suffixes=(_AFTER, _BEFORE)).merge(stayed, on=_KEY)
    times = [_time(lines, lines["spread"], suffix) for suffix in (_BEFORE, _AFTER)]
    prices = [_ratio(lines[f"cost_pence{suffix}"].fillna(0).to_numpy(dtype=float), time) for suffix, time in zip((_BEFORE, _AFTER), times, strict=True)]
    old, new = np.where(times[0] > 0, prices[0], prices[1]), np.where(times[1] > 0, prices[1], prices[0])
    np.add.at(parts["part_year"], lines["place"].to_numpy(), (times[1] - times[0]) * (old + new) / 2)
    by_price = (new - old) * (times[0] + times[1]) / 2
    for component, cause in PARTS.items():
        of = (lines["component"] == component).to_numpy()
        np.add.at(parts[cause], lines["place"].to_numpy()[of], by_price[of])


def _came_and_went(rows: pd.DataFrame, sides: tuple[pd.DataFrame, pd.DataFrame], parts: dict[str, Amounts]) -> None:
    """A place that is new, or left, against the average place of both periods: number, time, mix, and what is its own."""
    pool = pd.concat(sides, ignore_index=True)
    mean = _means(pool)
    groups = {}
    for stands, side, first in (("left", sides[0], 0), ("new", sides[1], len(sides[0]))):
        mine = np.flatnonzero(rows["stands"] == stands)
        groups[stands] = mine, first + pd.MultiIndex.from_frame(side[_KEY]).get_indexer(pd.MultiIndex.from_frame(rows.loc[mine, _KEY]))
    spans = [float(pool["time"].to_numpy()[where].mean()) for _, where in groups.values() if len(where)]
    usual = sum(spans) / len(spans) if spans else 0.0
    for stands, (mine, where) in groups.items():
        sign = 1.0 if stands == "new" else -1.0
        parts[stands][mine] = sign * usual * mean[frozenset()][where]
        for cause, amounts in shapley(("part_year", *MIX, "like"), _place(pool, where, usual, mean)).items():
            parts[cause][mine] += sign * amounts


def _place(pool: pd.DataFrame, where: NDArray[np.int64], usual: float, mean: dict[frozenset[str], Amounts]) -> Callable[[frozenset[str]], Amounts]:
    """What the places would cost if they were average in all but the causes given."""
    time, price = pool["time"].to_numpy(dtype=float)[where], pool["price"].to_numpy(dtype=float)[where]
    own = price - mean[frozenset(MIX)][where]

    def worth(present: frozenset[str]) -> Amounts:
        yearly = mean[present & frozenset(MIX)][where] + (own if "like" in present else 0.0)
        made: Amounts = (time if "part_year" in present else usual) * yearly
        return made

    return worth


def _means(pool: pd.DataFrame) -> dict[frozenset[str], Amounts]:
    """For each set of mix causes: the cost of a place and year over the places that are like each row in them (none: over all)."""
    cost, time = pool["cost_pence"].to_numpy(dtype=float), pool["time"].to_numpy(dtype=float)
    codes = {cause: pd.factorize(pool[column])[0] for cause, column in MIX.items()}
    means = {}
    for size in range(len(MIX) + 1):
        for some in combinations(MIX, size):
            like = np.zeros(len(pool), dtype=np.int64)
            for cause in some:
                like = np.unique(like * (codes[cause].max(initial=0) + 1) + codes[cause], return_inverse=True)[1]
            means[frozenset(some)] = _ratio(_sums(like, cost), _sums(like, time))[like] if len(pool) else cost
    return means


def _sums(group: NDArray[np.int64], amounts: Amounts) -> Amounts:
    """The sum of each group, at the group's number."""
    return np.bincount(group, amounts).astype(np.float64)
