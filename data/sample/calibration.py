"""Published figures that the made-up authority imitates, read from data/reference/sample_*.csv."""

from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass

import numpy as np

from data import domain
from data.sample.days import Floats, Ints, as_date, years_before

FIRST_YEARS = 10  # census years with placements, plans, fees and payments
BURN_IN = 5  # census years before them, so that the first year holds children who came earlier
_BURN_IN_GROWTH = 0.93


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one reference file, each with its source."""
    with (domain.REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def figures() -> dict[str, float]:
    """Single published figures by name."""
    return {row["name"]: float(row["value"]) for row in rows("sample_figures")}


@dataclass(frozen=True)
class Published:
    """What the sample is calibrated to. Counts run over the census years, oldest first; the last is the as-at date."""

    figures: dict[str, float]
    counts: dict[str, Ints]  # plans, iss, nmss, spi: one number a census year
    needs: tuple[str, ...]
    need_mix: dict[str, Floats]  # plans, iss, nmss, spi: children by need
    fee_multiplier: Floats  # by need
    age_mix: dict[str, Floats]  # plans, nmiss, spi: children by academic age 0–25
    districts: tuple[str, ...]
    district_areas: tuple[str, ...]
    district_xy: Floats
    district_weight: Floats
    uplifts: dict[int, float]  # academic year → share
    appeals: dict[int, int]


def _column(table: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name]) for row in table])


def published() -> Published:
    """Reads every calibration file."""
    counts, needs, ages = rows("sample_counts"), rows("sample_needs"), rows("sample_ages")
    districts = rows("sample_districts")
    age_mix = {name: np.zeros(26) for name in ("plans", "nmiss", "spi")}
    for name, mix in age_mix.items():
        mix[_column(ages, "age").astype(int)] = _column(ages, name)
    areas = domain.districts()
    return Published(
        figures=figures(),
        counts={name: _column(counts, name).astype(np.int64) for name in ("plans", "iss", "nmss", "spi")},
        needs=tuple(row["need"] for row in needs),
        need_mix={name: _column(needs, name) for name in ("plans", "iss", "nmss", "spi")},
        fee_multiplier=_column(needs, "fee_multiplier"),
        age_mix=age_mix,
        districts=tuple(row["district"] for row in districts),
        district_areas=tuple(areas[row["district"]] for row in districts),
        district_xy=np.column_stack([_column(districts, "easting"), _column(districts, "northing")]),
        district_weight=_column(districts, "weight"),
        uplifts={int(row["academic_year"]): float(row["uplift_per_cent"]) / 100 for row in rows("sample_uplifts")},
        appeals={int(row["year"]): int(row["appeals"]) for row in rows("sample_appeals")},
    )


@dataclass(frozen=True)
class World:
    """One authority to invent: seed, size, as-at day, and what it imitates."""

    seed: int
    plans: int
    as_at: int
    published: Published

    def rng(self, part: str) -> np.random.Generator:
        """A stream of its own for each part, so that a change in one leaves the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode())])

    @property
    def scale(self) -> float:
        """Size against the published authority."""
        return self.plans / int(self.published.counts["plans"][-1])

    def target(self, name: str) -> Ints:
        """How many plans or placements are open on each census day, burn-in first."""
        counts = self.published.counts[name].astype(float)
        early = counts[0] * _BURN_IN_GROWTH ** np.arange(BURN_IN, 0, -1)
        return np.rint(np.concatenate([early, counts]) * self.scale).astype(np.int64)

    @property
    def census_days(self) -> Ints:
        """The as-at day and the same day of each year before it, burn-in first, with one day more to start from."""
        years = BURN_IN + len(self.published.counts["plans"])
        return np.array([years_before(self.as_at, k) for k in range(years, -1, -1)], dtype=np.int64)

    @property
    def last_ay(self) -> int:
        """The academic year of the as-at day."""
        return domain.academic_year(as_date(self.as_at))

    @property
    def first_ay(self) -> int:
        """The ten academic years end with that of the as-at day."""
        return self.last_ay - FIRST_YEARS + 1
