"""An uplift that a school asks for: what it would cost, what prices and the school's own costs support, and the range to settle in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import pandas as pd

from data.errors import WrongUsage

NOT_THE_FEE = "transport"  # arranged and paid for apart from the school's fee
NOT_OURS = "dfe_place"  # paid by DfE to the school
MOST_PER_CENT, LEAST_PER_CENT = 100.0, -50.0
YEARS_BACK = 5
ABOVE, EXPLAINED, WITHIN, BELOW, UNKNOWN = "above", "explained", "within", "below", "unknown"
EXPLAINS = ("explains", "our_data")  # effects of a reply after which a difference counts as explained


@dataclass(frozen=True)
class Pressure:
    """A cost that the school says has risen: `per_cent` over the year, for a `share` of its running cost in per cent; `source`: who says so."""

    what: str
    per_cent: float
    share: float
    source: str

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise WrongUsage(f"Say where the rise of '{self.what}' is taken from; a figure without a source is not used.", "no_source")
        if not (0 <= self.share <= 100 and LEAST_PER_CENT <= self.per_cent <= MOST_PER_CENT):
            raise WrongUsage(f"The rise or the share of '{self.what}' is not possible; give the share as 0 to 100 per cent of the running cost.", "pressure")

    @property
    def weighted(self) -> float:
        """What it adds to the running cost, in per cent."""
        return self.per_cent * self.share / 100.0


@dataclass(frozen=True)
class Request:
    """What a school asks for: `per_cent`, or else `new_fees`, as (part of the cost, new mean fee a place and year in £).

    `cap`: the most that the council's own policy allows, per cent. `assumed`: nobody has asked yet, the figure is a thought.
    """

    urn: str
    from_day: date
    asked_on: date
    per_cent: float | None = None
    new_fees: tuple[tuple[str, float], ...] = ()
    reason: str = ""
    pressures: tuple[Pressure, ...] = ()
    cap: float | None = None
    assumed: bool = False

    def __post_init__(self) -> None:
        if (self.per_cent is None) == (not self.new_fees):
            raise WrongUsage("Give the uplift in per cent, or the new fees, and not both.", "uplift")
        if self.per_cent is not None and not LEAST_PER_CENT <= self.per_cent <= MOST_PER_CENT:
            raise WrongUsage(f"An uplift lies between {LEAST_PER_CENT:.0f}% and {MOST_PER_CENT:.0f}%; {self.per_cent:g}% was given.", "uplift")
        if any(gbp < 0 for _, gbp in self.new_fees):
            raise WrongUsage("A new fee is not below zero.", "uplift")


@dataclass(frozen=True)
class Settlement:
    """The range to settle in, in per cent, and the rule of each end in words."""

    low: float
    high: float
    position: str
    low_rule: str
    high_rule: str


def own_fees(lines: pd.DataFrame, day: date) -> pd.DataFrame:
    """What the school charges on a day: one row a placement × component, `gbp` a year, every purse but DfE's place funding, transport left out.

    `lines`: as the read `setting_fee_lines`.
    """
    at = pd.Timestamp(day)
    valid = lines[(pd.to_datetime(lines["first_day"]) <= at) & (pd.to_datetime(lines["last_day"]) >= at)]
    valid = valid[(valid["component"] != NOT_THE_FEE) & (valid["funder"] != NOT_OURS)]
    return valid.groupby(["placement_id", "component"])["full_year_gbp"].sum().rename("gbp").reset_index()


def history(lines: pd.DataFrame, as_at: date, years: int = YEARS_BACK) -> pd.DataFrame:
    """How fees moved: one row a year, the day of `as_at` in each of the last `years` and `as_at` itself, oldest first.

    Columns day, children, mean_gbp (a place and year), same_children (there on this day and a year before) and like_for_like (change of the whole fee of
    those children, per cent; empty without any). A change in a child's own support is in it.
    """
    days = [_years_before(as_at, back) for back in range(years, -1, -1)]
    fees = {day: own_fees(lines, day).groupby("placement_id")["gbp"].sum() for day in [_years_before(days[0], 1), *days]}
    rows = []
    for before, day in zip(list(fees), days, strict=False):
        now, then = fees[day], fees[before]
        both = now.index.intersection(then.index)
        base = float(then[both].sum())
        rows.append(
            {
                "day": day,
                "children": len(now),
                "mean_gbp": float(now.mean()) if len(now) else float("nan"),
                "same_children": len(both),
                "like_for_like": 100.0 * (float(now[both].sum()) / base - 1.0) if base else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def requested_per_cent(request: Request, fees: pd.DataFrame) -> float:
    """The uplift asked for on the whole of today's fees, per cent. WrongUsage where a new fee is given for a part that nobody is charged for."""
    if request.per_cent is not None:
        return request.per_cent
    sums, places = fees.groupby("component")["gbp"].sum().to_dict(), fees.groupby("component").size().to_dict()
    total = after = float(sum(sums.values()))
    for component, gbp in request.new_fees:
        if component not in sums:
            raise WrongUsage(f"No child there is charged for '{component}', so a new fee for it changes nothing. Leave it empty.", "uplift")
        after += gbp * places[component] - sums[component]
    return 100.0 * (after / total - 1.0) if total else 0.0


def pressure_of(pressures: tuple[Pressure, ...]) -> float | None:
    """What the school's own costs rose by, per cent of its running cost: the rises weighted by their shares. None where nothing is shown."""
    return sum(p.weighted for p in pressures) if pressures else None


def pressures_of_return(given: dict[str, float | None], told: str) -> tuple[tuple[Pressure, ...], tuple[str, ...]]:
    """The costs in a school's return as pressures, and the names of those that cannot be right, which a person must ask about and enter.

    Pounds count only where the running cost is given; recovered VAT lowers it. `given`: the return's columns; `told`: the source to name.
    """
    rises = [("Pay", given.get("pay_rise_per_cent"), given.get("pay_share_per_cent"))]
    running = given.get("running_cost_gbp")
    for name, what, sign in (
        ("national_insurance_gbp", "Employer's National Insurance", 1.0),
        ("rates_gbp", "Business rates", 1.0),
        ("recovered_vat_gbp", "VAT recovered", -1.0),
    ):
        gbp = given.get(name)
        if gbp is not None and running is not None:
            rises.append((what, sign * 100.0 * gbp / running if running > 0 and gbp >= 0 else math.inf, 100.0))
    found, odd = [], []
    for what, per_cent, share in rises:
        if per_cent is None or share is None:
            continue
        try:
            found.append(Pressure(what, float(per_cent), float(share), told))
        except WrongUsage:
            odd.append(what)
    return tuple(found), tuple(odd)


def position(index: pd.Series | None, reply: str = "") -> str:
    """Where the setting's index stands: above or below what needs explain by more than chance, within it, or unknown.

    `index`: its benchmark row with `named`, as Providers names settings (None: it names none, as too little is recorded); `reply`: the effect of its
    standing reply, if any; above, it may count as explained.
    """
    if index is None or index["named"] is None:
        return UNKNOWN
    if not index["named"]:
        return WITHIN
    if float(index["index"]) < 1.0:
        return BELOW
    return EXPLAINED if reply in EXPLAINS else ABOVE


def settle(requested: float, cpi: float, pressure: float | None, index: pd.Series | None, cap: float | None = None, reply: str = "") -> Settlement:
    """The range to settle in, per cent.

    Never above what is asked for, nor above the council's own `cap`. Above expected: from nothing to prices in general. Within, explained by its `reply`, or
    unknown: from the lesser of prices and the costs shown (nothing where none are shown) to the greater. Below expected: from prices to the greatest of
    prices, the costs shown, and what would bring the upper end of its interval to what is expected. Of negative figures zero is taken, unless a fall is
    asked for.
    """
    prices, shown = max(cpi, 0.0), None if pressure is None else max(pressure, 0.0)
    where = position(index, reply)
    if where == ABOVE:
        low, high = (0.0, "its cost stands above what needs explain"), (prices, "prices in general")
    elif where == BELOW:
        assert index is not None  # noqa: S101 - a position is known only with an index
        room = 100.0 * (1.0 / float(index["index_high"]) - 1.0)
        low = (prices, "prices in general")
        high = max((prices, "prices in general"), (shown or 0.0, "the costs shown"), (room, "what brings its cost to the nearer end of expected"))
    else:
        low = (0.0, "no rise in its costs is shown yet") if shown is None else min((prices, "prices in general"), (shown, "the costs shown"))
        high = max((prices, "prices in general"), (shown or 0.0, "the costs shown"))
    bounds = [(requested, "what is asked for"), *([] if cap is None else [(cap, "the council's own cap")])]
    most = min(bounds)
    high, low = min(high, most), min(low, high, most)
    return Settlement(low[0], high[0], where, low[1], high[1])


def in_year(increase_gbp: float, from_day: date) -> float:
    """The part of a yearly increase that falls in the financial year of its first day, by days."""
    end = date(from_day.year + (from_day.month >= 4), 3, 31)
    start = end.replace(year=end.year - 1)
    return increase_gbp * ((end - from_day).days + 1) / (end - start).days


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
