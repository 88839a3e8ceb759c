"""What a person can choose: financial years and the values of each filter, read once for a version of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.run.session import Session, require
from data.domain import financial_year, financial_year_name

if TYPE_CHECKING:
    from data.store import Store


@dataclass(frozen=True)
class Choices:
    """Years newest first; `labels` maps dimension → value → label, costliest value first. `as_at`: the snapshot day of every page."""

    years: tuple[int, ...]
    default_year: int | None
    as_at: date | None
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def year_names(self) -> dict[str, str]:
        return {str(year): financial_year_name(year) for year in self.years}


def choices(session: Session) -> Choices:
    """The filters of every page. Years are financial years with cost or spend that have begun by the as-at day."""
    require(session, "view_costs")
    day = as_at(session.store)
    years = session.store.read("years")
    years = years[(years["year_kind"] == "FY")]
    with_costs = years[years["cost_gbp"].fillna(0) != 0]
    latest = financial_year(day) if day and len(with_costs) else int(years["year"].max()) if len(years) else None
    offered = tuple(sorted((int(y) for y in years["year"] if latest is not None and y <= latest), reverse=True))
    values = session.store.read("filter_values").sort_values("cost_gbp", ascending=False, kind="stable", na_position="last")
    labels = {str(name): dict(zip(part["value"].astype(str), part["label"].astype(str), strict=True)) for name, part in values.groupby("dimension")}
    return Choices(offered, latest if latest in offered else (offered[0] if offered else None), day, labels)


def as_at(store: Store) -> date | None:
    """The last day covered by loaded fees, or today if earlier; None without fees."""
    day = store.read("latest_fee_day")["as_at"]
    return None if day.empty or pd.isna(day.iloc[0]) else pd.Timestamp(day.iloc[0]).date()
