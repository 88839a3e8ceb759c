"""What is measured of how children are doing, in which direction it is good, and what the product makes of a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """`share`: the numerator is part of the denominator; else a count over the years of the period. `high_is_good`: which way is better."""

    name: str
    title: str
    what: str  # the rate in words, as it follows a number
    share: bool
    high_is_good: bool
    caution: str

    @property
    def unit(self) -> str:
        """Unit of a rate as shown: per cent, or events a year for a hundred children."""
        return "per_cent" if self.share else "rate"

    @property
    def scale(self) -> str:
        """The rate as a subtitle begins: "Per cent of possible sessions attended"."""
        return f"Per cent {self.what}" if self.share else f"{self.what[0].upper()}{self.what[1:]}"


_ALL = (
    Measure(
        "attendance", "Attendance", "of possible sessions attended", True, True,
        "Attendance reflects what came before: a child who was out of school for long arrives with it.",
    ),
    Measure(
        "suspensions", "Suspensions", "suspensions a year for every 100 children", False, False,
        "Suspensions are what a setting records; a setting that records all of them looks worse than one that does not.",
    ),
    Measure(
        "review_on_time", "Annual reviews on time", "of annual reviews on time", True, True,
        "A review needs the council too: a late one may be the council's own.",
    ),
    Measure(
        "outcomes_met", "Outcomes in the plan met", "of outcomes in plans met", True, True,
        "Settings report this themselves, and outcomes are not equally hard to meet.",
    ),
    Measure(
        "ended_early", "Placements ended early", "placements a year for every 100 that broke down or ended in a move", False, False,
        "A move can be a good one, for example back to a mainstream school; the reason as recorded does not say.",
    ),
    Measure(
        "destination_sustained", "Destination sustained", "of leavers still in education, work or training six months on", True, True,
        "Few leave in a year, and what is on offer where they live counts too.",
    ),
    Measure(
        "parent_satisfaction", "Parents satisfied", "of parents asked who were satisfied", True, True,
        "Only parents who were asked and answered are in it.",
    ),
)  # fmt: skip
MEASURES = {measure.name: measure for measure in _ALL}
