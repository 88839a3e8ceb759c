"""The words of the field: codes, dates, ages, phases, areas and lots. Source: DfE SEN2 guide and GIAS, as in docs/method.md."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


class Role(StrEnum):
    """Who is asking. Cabinet sees releases only, never a child."""

    COMMISSIONER = "commissioner"
    FINANCE = "finance"
    CABINET = "cabinet"
    ADMIN = "admin"


class SettingType(StrEnum):
    """GIAS types grouped as SEN2 groups them."""

    ISS = "ISS"  # independent special school
    NMSS = "NMSS"  # non-maintained special school
    SPI = "SPI"  # specialist post-16 institution
    MSS = "MSS"  # maintained or academy special school
    OTH = "OTH"


SEN_TYPES = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "DS", "OTH")
NEED_NOT_RECORDED = "UNK"
NEEDS = (*SEN_TYPES, NEED_NOT_RECORDED)
SEN_NAMES = {
    "SPLD": "Specific learning difficulty",
    "MLD": "Moderate learning difficulty",
    "SLD": "Severe learning difficulty",
    "PMLD": "Profound and multiple learning difficulty",
    "SEMH": "Social, emotional and mental health",
    "SLCN": "Speech, language and communication needs",
    "HI": "Hearing impairment",
    "VI": "Vision impairment",
    "MSI": "Multi-sensory impairment",
    "PD": "Physical disability",
    "ASD": "Autistic spectrum disorder",
    "DS": "Down syndrome",
    "OTH": "Other difficulty or disability",
    "UNK": "Need not recorded",
}
SEN_SETTINGS = ("OLA", "OPA", "EHE", "EYP", "OTH", "NEET", "NIEC", "NIEO")  # SEN2, where a placement has no URN
SETTING_TYPE_NAMES = {
    "ISS": "Independent special school",
    "NMSS": "Non-maintained special school",
    "SPI": "Specialist post-16 institution",
    "MSS": "Maintained or academy special school",
    "OTH": "Other setting",
}
RESIDENCES = ("day", "weekly", "38wk", "44wk", "52wk")
COMPONENTS = ("core", "one_to_one", "therapy", "residential", "transport", "other")
COMPONENT_NAMES = {
    "core": "Core fee",
    "one_to_one": "One-to-one support",
    "therapy": "Therapy",
    "residential": "Residential",
    "transport": "Transport",
    "other": "Other",
    "place_funding": "DfE place funding",
}
UNITS = ("year", "term", "week", "day")
FUNDERS = ("education", "social_care", "health", "dfe_place")
PHASES = ("primary", "secondary", "post16")
PHASE_NAMES = {"primary": "Primary", "secondary": "Secondary", "post16": "Post-16"}
PURCHASE_TYPES = ("block", "call_off", "spot")
NAMED_BY = ("council", "parent", "tribunal")
PLACE_CLASSES = ("on_vehicle", "off_vehicle_with_ground", "below_threshold", "unexplained")  # how a bought place stands to the purchasing vehicles
COMPLIANCE_NAMES = {
    "on_vehicle": "On a vehicle",
    "off_vehicle_with_ground": "Off a vehicle, ground recorded",
    "below_threshold": "Off a vehicle, below the threshold",
    "unexplained": "Unexplained, no ground recorded",
    "not_bought": "Setting outside procurement",
    "places_differ": "Paid to a setting whose places differ",
    "not_matched": "Not matched to a setting",
}


def academic_year(on: date) -> int:
    """First calendar year of the academic year (1 September to 31 August) that holds `on`."""
    return on.year if on.month >= 9 else on.year - 1


def financial_year(on: date) -> int:
    """First calendar year of the financial year (1 April to 31 March) that holds `on`."""
    return on.year if on.month >= 4 else on.year - 1


def census_day(year: int) -> date:
    """The SEN2 census day of a calendar year: the third Thursday of January (DfE, SEN2 guide)."""
    first = date(year, 1, 1)
    return date(year, 1, 15 + (3 - first.weekday()) % 7)


def academic_year_name(year: int) -> str:
    """2025 → "2025/26"."""
    return f"{year}/{(year + 1) % 100:02d}"


def financial_year_name(year: int) -> str:
    """2025 → "2025-26", as councils write it."""
    return f"{year}-{(year + 1) % 100:02d}"


def academic_age(birth_month: str, on: date) -> int:
    """Age in whole years on 31 August before the academic year of `on`; Year n has academic age n + 4.

    `birth_month` is "YYYY-MM"; a child born in August is of that age on 31 August.
    """
    year, month = int(birth_month[:4]), int(birth_month[5:7])
    return academic_year(on) - year - (1 if month > 8 else 0)


def phase_of(age: int) -> str:
    """Primary up to academic age 10, secondary 11 to 15, post-16 from 16."""
    return "primary" if age <= 10 else "secondary" if age <= 15 else "post16"


@cache
def districts() -> dict[str, str]:
    """District name → area (north, east, south, west), from reference/areas.csv. An assumption a council edits."""
    with (REFERENCE / "areas.csv").open(encoding="utf-8", newline="") as f:
        return {row["district"]: row["area"] for row in csv.DictReader(f)}


@dataclass(frozen=True, order=True)
class Lot:
    """A kind of place: need, phase, day or residential, and the area where the child lives. Written `ASD-secondary-day@east`."""

    need: str
    phase: str
    residence: str  # day or residential
    area: str

    @property
    def id(self) -> str:
        return f"{self.need}-{self.phase}-{self.residence}@{self.area}"

    @classmethod
    def parse(cls, text: str) -> Lot:
        """Reads `ASD-secondary-day@east`; ValueError when it is not of that form."""
        kind, _, area = text.partition("@")
        parts = kind.split("-")
        if len(parts) != 3 or not area:
            raise ValueError(f"'{text}' is not a lot; write it like ASD-secondary-day@east.")
        need, phase, residence = parts
        return cls(need, phase, residence, area)
