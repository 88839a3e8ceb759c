"""Every number of an uplift, as figures that the page and both editions of the pack print alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from analytics import uplift as sums
from analytics.figures import Figure, format_date
from analytics.findings.words import AGREEMENTS, number, plural
from analytics.prices import Prices
from data.domain import financial_year, financial_year_name
from data.replies import EFFECTS

_ASKED = "The school's request, as entered"


@dataclass(frozen=True)
class Case:
    """What is known when an uplift is looked at. `lines`: the read `setting_fee_lines`; `index`: the setting's benchmark row, or None.

    `reply`: the effect of the setting's standing reply about its index, empty without one.
    """

    request: sums.Request
    setting: pd.Series[Any]
    lines: pd.DataFrame
    index: pd.Series[Any] | None
    prices: Prices | None
    as_at: date
    version: str
    reply: str = ""

    @property
    def certainty(self) -> str:
        """How sure the position is: whether the school has replied, and to what effect."""
        return f"the school's reply is recorded: {EFFECTS[self.reply].lower()}" if self.reply else "provisional until the school's reply is recorded"

    @cached_property
    def name(self) -> str:
        return str(self.setting["setting_name"])

    @cached_property
    def fees(self) -> pd.DataFrame:
        """Today's fees, one row a placement × part of the cost."""
        return sums.own_fees(self.lines, self.as_at)

    @cached_property
    def history(self) -> pd.DataFrame:
        return sums.history(self.lines, self.as_at)

    @cached_property
    def children(self) -> int:
        return int(self.fees["placement_id"].nunique())

    @cached_property
    def now_gbp(self) -> float:
        return float(self.fees["gbp"].sum())

    @cached_property
    def asked(self) -> float:
        return sums.requested_per_cent(self.request, self.fees)

    @cached_property
    def pressure(self) -> float | None:
        return sums.pressure_of(self.request.pressures)

    @cached_property
    def settlement(self) -> sums.Settlement:
        return sums.settle(self.asked, self.prices.per_cent if self.prices else 0.0, self.pressure, self.index, self.request.cap, self.reply)

    def increase(self, per_cent: float) -> float:
        """What an uplift adds in a full year, if the children of the snapshot stay."""
        return self.now_gbp * per_cent / 100.0

    def in_year(self, per_cent: float) -> float:
        """The part of it that falls in the financial year of its first day."""
        return sums.in_year(self.increase(per_cent), self.request.from_day)

    @property
    def year_name(self) -> str:
        return financial_year_name(financial_year(self.request.from_day))

    @property
    def basis(self) -> str:
        return f"{plural(self.children, 'placement')}, snapshot {format_date(self.as_at)}"


def children(case: Case) -> Figure:
    return Figure("Placements", float(case.children), "placements", f"With a fee, snapshot {format_date(case.as_at)}", case.as_at, AGREEMENTS, "Open that day.")


def fees_now(case: Case) -> Figure:
    how = "Fee lines valid on the day, annualised; every purse but DfE's place funding; transport left out."
    return Figure("Fees a year", case.now_gbp, "gbp", f"Full-year equivalent, {case.basis}", case.as_at, AGREEMENTS, how)


def mean_fee(case: Case) -> Figure:
    mean = case.now_gbp / case.children if case.children else None
    return Figure("Fee a place", mean, "gbp_per_place_year", f"Mean, {case.basis}", case.as_at, AGREEMENTS, "Fees a year ÷ placements.")


def asked(case: Case) -> Figure:
    how = "As asked for." if case.request.per_cent is not None else "The new fees × today's children, against today's fees."
    return Figure("Uplift asked for", case.asked, "per_cent", f"From {format_date(case.request.from_day)}", case.request.asked_on, _ASKED, how)


def added(case: Case, label: str, per_cent: float) -> Figure:
    """What a percentage adds in a full year."""
    return Figure(label, case.increase(per_cent), "gbp", f"A full year, {case.basis}", case.as_at, AGREEMENTS, "Fees a year × the uplift, if children stay.")


def added_in_year(case: Case, label: str, per_cent: float) -> Figure:
    """What a percentage adds in the financial year of its first day."""
    basis = f"{case.year_name}, from {format_date(case.request.from_day)}"
    return Figure(label, case.in_year(per_cent), "gbp", basis, case.as_at, AGREEMENTS, "The full year's amount by the days of the financial year.")


def cpi(case: Case) -> Figure | None:
    if case.prices is None:
        return None
    basis = f"CPI, twelve months to {case.prices.month:%B %Y}"
    return Figure("Prices in general", case.prices.per_cent, "per_cent", basis, case.prices.month, case.prices.source, "Index ÷ index a year before.")


def pressure(case: Case) -> Figure | None:
    if case.pressure is None:
        return None
    sources = "; ".join(dict.fromkeys(p.source for p in case.request.pressures))
    how = "Each rise × its share of the running cost, added up."
    return Figure("Rise in its costs", case.pressure, "per_cent", "As the school shows it, not audited", case.request.asked_on, sources, how)


def index(case: Case) -> Figure | None:
    if case.index is None:
        return None
    low, high = float(case.index["index_low"]), float(case.index["index_high"])
    basis = f"Cost ÷ expected for its children, {plural(int(case.index['n']), 'placement')}; {case.certainty}"
    how = "See Providers: how this was worked out."
    value = float(case.index["index"])
    return Figure("Index", value, "index", basis, case.as_at, f"{AGREEMENTS}; needs from plans", how, low=low, high=high, interval="95% interval")


def expected(case: Case) -> Figure | None:
    value = None if case.index is None else number(case.index, "expected_gbp")
    if value is None:
        return None
    basis = f"For its children's needs and provision, snapshot {format_date(case.as_at)}"
    return Figure(
        "Expected cost", value, "gbp", basis, case.as_at, f"{AGREEMENTS}; needs from plans", "Benchmark, with DfE place funding and without transport."
    )


def compared_cost(case: Case) -> Figure | None:
    value = None if case.index is None else number(case.index, "actual_gbp")
    if value is None:
        return None
    basis = f"The cost that the index compares, snapshot {format_date(case.as_at)}"
    return Figure("Cost compared", value, "gbp", basis, case.as_at, AGREEMENTS, "Full-year cost with DfE place funding and without transport.")


def low(case: Case) -> Figure:
    s = case.settlement
    return Figure("Range from", s.low, "per_cent", f"Bound: {s.low_rule}", case.as_at, "The rule of docs/uplift.md", "The lower end of the range to settle in.")


def high(case: Case) -> Figure:
    s = case.settlement
    return Figure("Range to", s.high, "per_cent", f"Bound: {s.high_rule}", case.as_at, "The rule of docs/uplift.md", "The upper end of the range to settle in.")
