"""The made-up authority as frames, generated once a test session: at its default size (seed 1) and small."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.domain import REFERENCE
from data.sample import generate
from data.sources import SOURCES, Kind

AS_AT = pd.Timestamp("2026-03-31")


@dataclass(frozen=True, eq=False)
class Sample:
    """Frames by source, dates as timestamps, and what was planted."""

    frames: dict[str, pd.DataFrame]
    truth: dict
    counts: dict[str, int]

    def __getitem__(self, source: str) -> pd.DataFrame:
        return self.frames[source]

    @cache  # noqa: B019 - two samples a test session, kept for all of it
    def placements(self) -> pd.DataFrame:
        """Placements with the child's plan and the setting's type. Not to be changed by a test."""
        return self["placements"].merge(self["plans"], on="child_id").merge(self["settings"][["urn", "setting_type", "easting", "northing"]], on="urn")

    def open_on(self, day: pd.Timestamp) -> pd.DataFrame:
        """Rank-1 placements open on a day."""
        p = self.placements()
        return p[(p["rank"] == "1") & (p.entry_date <= day) & ~(p.leaving_date < day)]

    @cache  # noqa: B019 - as above
    def lines(self) -> pd.DataFrame:
        """Fee lines with the placement and the full-year amount, computed here from the unit alone. Not to be changed by a test."""
        per_year = pd.read_csv(REFERENCE / "units_per_year.csv")[["unit", "residence", "units_per_year"]]
        lines = self["fees"].merge(self.placements(), on="placement_id").merge(per_year, on=["unit", "residence"])
        return lines.assign(gbp_year=lines.amount_gbp * lines.units_per_year.astype(float))


def _typed(source: str, folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(folder / f"{source}.csv", dtype=str, keep_default_na=False)
    for column in SOURCES[source].columns:
        values = frame[column.name]
        if column.kind is Kind.DATE:
            frame[column.name] = pd.to_datetime(values.where(values != "", None))
        elif column.kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER):
            frame[column.name] = pd.to_numeric(values.where(values != "", None))
    return frame


def _made(plans: int, seed: int) -> Sample:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = generate(folder, seed=seed, plans=plans)
        frames = {source: _typed(source, folder) for source in SOURCES}
        return Sample(frames, json.loads((folder / "truth.json").read_text(encoding="utf-8")), counts)


@cache
def full() -> Sample:
    """The default authority: 20,635 plans, seed 1."""
    return _made(20_635, 1)


@cache
def small() -> Sample:
    """3,000 plans, seed 7."""
    return _made(3_000, 7)


def reference(name: str) -> pd.DataFrame:
    """A calibration file."""
    return pd.read_csv(REFERENCE / f"{name}.csv", keep_default_na=False)


def figure(name: str) -> float:
    """One published figure."""
    table = reference("sample_figures").set_index("name")
    return float(table.loc[name, "value"])


def benchmark_costs(sample: Sample, day: pd.Timestamp = AS_AT) -> pd.DataFrame:
    """One row a placement open on a day: full-year cost of every funder without transport, with £10,000 place funding where no line carries it."""
    lines = sample.lines()
    lines = lines[(lines.valid_from <= day) & (lines.valid_to >= day) & (lines.component != "transport")]
    gbp = lines.groupby("placement_id").gbp_year.sum()
    carried = lines[lines.funder == "dfe_place"].groupby("placement_id").gbp_year.sum()
    frame = sample.open_on(day).set_index("placement_id")
    funded = frame.setting_type.isin(["NMSS", "SPI"])
    extra = np.where(funded & ~frame.index.isin(carried.index), figure("place_funding_gbp"), 0.0)
    council = gbp.reindex(frame.index) - carried.reindex(frame.index).fillna(0)
    return frame.assign(benchmark_gbp=gbp.reindex(frame.index) + extra, council_gbp=council)


def academic_age(birth_month: pd.Series, year: int) -> pd.Series:
    """Age on 31 August before the academic year."""
    return year - birth_month.str[:4].astype(int) - (birth_month.str[5:7].astype(int) > 8)
