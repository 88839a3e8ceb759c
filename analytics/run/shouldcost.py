"""What a placement should cost: a proposed one through the benchmark, an existing one as it was fitted, and the nearest there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.figures import Finding
from analytics.findings import shouldcost as finding
from analytics.params import place_funding
from analytics.run.benchmarking import benchmark
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from analytics.shouldcost import PROPOSED, Proposal, nearest, with_proposed
from data.domain import NEED_NOT_RECORDED, PHASE_NAMES, PHASES, RESIDENCES, SEN_NAMES, districts
from data.errors import WrongUsage

__all__ = ["Proposal", "Terms", "existing", "placements_at", "proposed", "settings_with_fees", "terms"]


@dataclass(frozen=True)
class Terms:
    """What a person may choose from for a proposed placement, by code; `usual` is the commonest kind of place there is."""

    needs: dict[str, str] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)
    residences: dict[str, str] = field(default_factory=dict)
    districts: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    usual: Proposal | None = None


def terms(session: Session) -> Terms:
    """The choices of the form. `usual` None where no placement has a fee."""
    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        return Terms()
    snapshot = session.store.read("snapshot", as_at=day)
    settings = session.store.read("stg_setting").sort_values("setting_name", kind="stable")
    homes = sorted({str(d) for d in snapshot["home_district"].dropna()})
    return Terms(
        {code: name for code, name in SEN_NAMES.items() if code != NEED_NOT_RECORDED},
        {phase: PHASE_NAMES[phase] for phase in PHASES},
        {code: finding.RESIDENCE_NAMES[code] for code in RESIDENCES},
        {home: home for home in homes},
        dict(zip(settings["urn"].astype(str), settings["setting_name"].astype(str), strict=True)),
        _usual(snapshot),
    )


def proposed(session: Session, proposal: Proposal) -> Finding:
    """What a proposed placement is expected to cost, and the ten nearest placements. WrongUsage for a setting that is not there."""
    require(session, "view_children")
    day = as_at(session.store)
    if day is None or benchmark(session) is None:
        return finding.nothing(session.store.data_version())
    from analytics import benchmark as model

    settings = session.store.read("stg_setting").astype({"urn": str}).set_index("urn")
    if proposal.urn is not None and proposal.urn not in settings.index:
        raise WrongUsage(f"There is no setting {proposal.urn} here. Choose one from the list.", "unknown_setting")
    known = session.store.read("snapshot", as_at=day)
    groups = {str(urn): None if pd.isna(group) else str(group) for urn, group in settings["provider_group"].items()}
    frame = with_proposed(known, proposal, districts() | _areas(known), groups)
    result = model.fit(frame)
    notes: tuple[str, ...] = ()
    if proposal.urn is not None and proposal.urn not in set(result.settings["urn"].astype(str)):
        notes = ("No child of this council with a fee is at this setting, so what it charges is not known and the range is that of any setting.",)
    kind = str(settings.loc[proposal.urn, "setting_type"]) if proposal.urn else ""
    name = str(settings.loc[proposal.urn, "setting_name"]) if proposal.urn else None
    return _found(session, frame, PROPOSED, result.placements, result.settings, day, (name, place_funding(kind, day)), notes)


def settings_with_fees(session: Session) -> dict[str, str]:
    """Settings with an open placement that has a fee, by URN: most placements first."""
    require(session, "view_costs")
    day = as_at(session.store)
    if day is None:
        return {}
    priced = session.store.read("snapshot", as_at=day)
    priced = priced[priced["benchmark_gbp"].notna()].groupby(["urn", "setting_name"]).size().reset_index(name="n")
    priced = priced.sort_values(["n", "setting_name"], ascending=[False, True], kind="stable")
    return dict(zip(priced["urn"].astype(str), priced["setting_name"].astype(str), strict=True))


def placements_at(session: Session, urn: str) -> dict[str, str]:
    """Open placements with a fee at a setting, by reference, in words without one: need, phase, residence, band, since when, cost; dearest first."""
    require(session, "view_children")
    day = as_at(session.store)
    if day is None:
        return {}
    here = session.store.read("snapshot", as_at=day)
    here = here[(here["urn"].astype(str) == urn) & here["benchmark_gbp"].notna()].sort_values(["benchmark_gbp", "placement_id"], ascending=[False, True])
    words = [f"£{row['benchmark_gbp']:,.0f}: {finding.describe(row)}, since {row['entry_date']:%B %Y}" for _, row in here.iterrows()]
    return dict(zip(here["placement_id"].astype(str), _told_apart(words), strict=True))


def existing(session: Session, placement_id: str) -> Finding:
    """What an existing placement costs beside what is expected, and the ten nearest. WrongUsage where it has no fee or is not open."""
    require(session, "view_children")
    day = as_at(session.store)
    result = benchmark(session)
    if day is None or result is None:
        return finding.nothing(session.store.data_version())
    frame = session.store.read("snapshot", as_at=day)
    own = frame[frame["placement_id"].astype(str) == placement_id]
    if own.empty or pd.isna(own["benchmark_gbp"].iloc[0]):
        raise WrongUsage("That placement is not open or has no fee on the day of the snapshot. Choose another.", "unknown_placement")
    row = own.iloc[0]
    return _found(session, frame, placement_id, result.placements, result.settings, day, (str(row["setting_name"]), float(row["place_funding_gbp"])), ())


def _found(
    session: Session,
    frame: pd.DataFrame,
    placement_id: str,
    placements: pd.DataFrame,
    settings: pd.DataFrame,
    day: date,
    where: tuple[str | None, float],
    notes: tuple[str, ...],
) -> Finding:
    this = frame[frame["placement_id"].astype(str) == placement_id].iloc[0]
    said = placements[placements["placement_id"].astype(str) == placement_id].iloc[0]
    index = settings[settings["urn"].astype(str) == str(this["urn"])]["index"]
    actual = None if pd.isna(said["actual_gbp"]) else float(said["actual_gbp"])
    expectation = finding.Expectation(
        float(said["expected_gbp"]),
        float(said["low_gbp"]),
        float(said["high_gbp"]),
        actual,
        where[0],
        float(index.iloc[0]) if len(index) else None,
        where[1],
    )
    return finding.should_cost(this, expectation, nearest(frame, placement_id), day, session.store.data_version(), notes)


def _areas(snapshot: pd.DataFrame) -> dict[str, str]:
    pairs = snapshot[["home_district", "area"]].dropna().drop_duplicates()
    return dict(zip(pairs["home_district"].astype(str), pairs["area"].astype(str), strict=True))


def _usual(snapshot: pd.DataFrame) -> Proposal | None:
    """The commonest need, phase and residence, with the middle band and hours there."""
    kind = ["primary_need", "phase", "residence"]
    priced = snapshot[snapshot["benchmark_gbp"].notna() & snapshot["primary_need"].isin([n for n in SEN_NAMES if n != NEED_NOT_RECORDED])]
    if priced.empty:
        return None
    need, phase, residence = priced.groupby(kind).size().sort_values(ascending=False, kind="stable").index[0]
    alike = priced[(priced[kind] == [need, phase, residence]).all(axis=1)]
    band, hours, therapy = (alike[c].dropna().median() for c in ("support_band", "one_to_one_hours_week", "therapy_hours_year"))
    return Proposal(
        str(need),
        str(phase),
        str(residence),
        None if pd.isna(band) else int(band),
        None if pd.isna(hours) else float(round(hours)),
        None if pd.isna(therapy) else float(round(therapy)),
    )


def _told_apart(words: list[str]) -> list[str]:
    """Two placements of the same words get a number, so that both can be chosen."""
    seen: dict[str, int] = {}
    out = []
    for text in words:
        seen[text] = seen.get(text, 0) + 1
        out.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return out
