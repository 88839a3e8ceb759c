"""What would price bands change?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics import bands as model
from analytics.figures import Figure, Finding, Table, format_date
from analytics.findings.words import AGREEMENTS, gbp, plural
from data.domain import PHASE_NAMES, SEN_NAMES

PRICE_NAMES = {model.WHOLE_FEE: "the whole fee, without transport", model.CORE_FEE: "the core fee alone"}
LEAVE_NAMES = {"0.10": "10% or more of their fees", "0.05": "5% or more of their fees", "0.20": "20% or more of their fees", "0": "anything"}
EXAMPLE = "the example that comes with the product"
PROPOSAL = "proposal, not law"
CHARTED = 24
_SOURCE = f"{AGREEMENTS}; table of price bands"
_METHOD = f"""
**Bands** are a table that a person edits: by need and day or residential, the most a place may cost a full year, from a day. National price bands for
independent special schools were announced in February 2026; no amount has been set, so **every amount here is a {PROPOSAL}**, unless a row of the table says
law. The example that comes with the product is invented, to be replaced.

**Held against them** are open placements in independent special schools with an agreed fee, as agreed on the snapshot day, at full-year equivalent, without
transport and whoever pays. Fees are not carried forward to the first day of the band, so by then more may be above it. Non-maintained and post-16 settings
are left out.

**Above** is the fee less the maximum of its band, where that is positive. It is not a saving: a band may be set elsewhere, exempt some support, or be
phased in.

**If settings left.** Nobody knows which would. Shown are those that would lose at least the chosen share of their fees from this council. All children
placed there would need a new place. A place counts as free where the setting offers this council more places than are taken, and admits the child's
need, age and day or residential as far as recorded; no place is counted twice (maximum flow). Whether it suits a child, whether the setting offers it
and whether the family accepts it is not asked.
"""


@dataclass(frozen=True)
class BandFrames:
    """Placements held against the bands, the same with maxima higher and lower by `model.SHIFT`, and who would need a place. `file`: empty for the example."""

    held: model.Holding
    higher: model.Holding
    lower: model.Holding
    left: model.Leaving
    leavers: list[str]
    file: str


def bands(frames: BandFrames | None, as_at: date | None, leave: str, price: str, filters: str, version: str) -> Finding:
    """The page's finding. `leave`: the share of fees at which a setting might leave; `price`: what is held against the maximum."""
    if frames is None or as_at is None:
        said = "No open placement in an independent special school has an agreed fee to hold against a band. Load plans, placements and fees."
        return Finding(said, (), {}, _METHOD, version)
    places = frames.held.places
    if places.empty:
        why = f" and fits the filters: {filters}. Reset the filters." if filters else ". Load plans, placements and fees."
        return Finding(f"No placement in an independent special school has an agreed fee{why}", (), {}, _METHOD, version)
    settings = model.by_setting(frames.held)
    tables = {
        "settings": _settings(settings, frames, as_at, price, filters),
        "bands": _bands(frames, as_at, price),
        "kinds": _kinds(frames, as_at),
    }
    headlines = {"settings": _headline(settings), "kinds": f"{_children(len(frames.left.children))} would need a new place"}
    answer = _answer(frames, leave, price)
    return Finding(answer, _figures(frames, settings, as_at, price, filters), tables, _METHOD, version, _notes(frames), headlines)


def _standing(frames: BandFrames) -> str:
    every = set(frames.held.bands["standing"])
    return "law" if every == {"law"} else PROPOSAL if every == {"proposal"} else "part law, part proposal"


def _answer(frames: BandFrames, leave: str, price: str) -> str:
    places = frames.held.places
    above = int((places["above_gbp"] > 0).sum())
    said = f"Held against the price bands from {format_date(frames.held.on)} ({_standing(frames)}), {above:,} of {len(places):,} placements in independent "
    said += f"special schools have a fee above their band ({PRICE_NAMES[price]}): together {gbp(places['above_gbp'].sum())} a year"
    ends = [gbp(held.places["above_gbp"].sum()) for held in (frames.higher, frames.lower)]
    said += f" ({ends[0]} with maxima {model.SHIFT.value:.0%} higher, {ends[1]} with them {model.SHIFT.value:.0%} lower)"
    if not frames.leavers:
        return f"{said}; no setting would lose {LEAVE_NAMES[leave]}."
    said += f"; were the {plural(len(frames.leavers), 'setting')} that would lose {LEAVE_NAMES[leave]} to leave, "
    said += f"{_children(len(frames.left.children))} would need a new place, "
    return f"{said}and {frames.left.near:,} of them could find one free within {model.TRAVEL.value:.0f} miles."


def _figures(frames: BandFrames, settings: pd.DataFrame, as_at: date, price: str, filters: str) -> tuple[Figure, ...]:
    places, standing = frames.held.places, _standing(frames)
    above = places["above_gbp"] > 0
    ends = [float(held.places["above_gbp"].sum()) for held in (frames.higher, frames.lower)]
    counts = [float((held.places["above_gbp"] > 0).sum()) for held in (frames.higher, frames.lower)]
    words = f"Maxima {model.SHIFT.value:.0%} higher to {model.SHIFT.value:.0%} lower"
    basis = f"Bands are a {standing}; {PRICE_NAMES[price]}, snapshot {format_date(as_at)}, {filters or 'no filter'}"
    near = f"{frames.left.near:,} could find one free within {model.TRAVEL.value:.0f} miles, {frames.left.found:,} anywhere"
    return (
        Figure("Above their band", float(above.sum()), "placements", basis, as_at, _SOURCE, "Fee above the maximum.", counts[0], counts[1], words),
        Figure(
            "By how much, a year",
            float(places["above_gbp"].sum()),
            "gbp",
            f"Bands are a {standing}; not a saving",
            as_at,
            _SOURCE,
            "Sum.",
            ends[0],
            ends[1],
            words,
        ),
        Figure("Settings concerned", float((settings["above"] > 0).sum()), "settings", f"Of {len(settings):,} with placements", as_at, _SOURCE, "Any above."),
        Figure("Children who would need a place", float(len(frames.left.children)), "children", near, as_at, _SOURCE, "Maximum flow; see below."),
    )


def _notes(frames: BandFrames) -> tuple[str, ...]:
    notes = []
    if not frames.file:
        notes.append(f"The amounts are {EXAMPLE}: invented, a {PROPOSAL}. Put your own table in at the foot of the page before quoting anything.")
    elif _standing(frames) != "law":
        notes.append(f"The bands of {frames.file} are {_standing(frames)}; say so wherever a number of this page is quoted.")
    if frames.held.unbanded:
        notes.append(
            f"{plural(frames.held.unbanded, 'placement')} of a need or residence for which the table has no band {_is(frames.held.unbanded)} not above any."
        )
    if frames.left.unknown and frames.leavers:
        notes.append(f"{plural(frames.left.unknown, 'setting')} that would stay {_has(frames.left.unknown)} no places offered recorded, and count as full.")
    return tuple(notes)


def _children(count: int) -> str:
    return "1 child" if count == 1 else f"{count:,} children"


def _is(count: int) -> str:
    return "it is" if count == 1 else "they are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _headline(settings: pd.DataFrame) -> str:
    concerned = settings[settings["above"] > 0]
    if concerned.empty:
        return "No placement is above its band"
    half = int((concerned["above_gbp"].cumsum() < 0.5 * concerned["above_gbp"].sum()).sum()) + 1
    return f"Half of what lies above the bands is at {plural(half, 'setting')} of {len(settings):,}"


def _settings(settings: pd.DataFrame, frames: BandFrames, as_at: date, price: str, filters: str) -> Table:
    columns = {
        "setting_name": "Setting",
        "n": "Placements",
        "above": "Above their band",
        "above_gbp": "Above, a year",
        "fee_gbp": "Fees, a year",
        "share_per_cent": "Share of its fees",
        "might_leave": "Taken to leave",
        "urn": "URN",
    }
    units = {
        "setting_name": "text",
        "n": "placements",
        "above": "placements",
        "above_gbp": "gbp",
        "fee_gbp": "gbp",
        "share_per_cent": "per_cent",
        "might_leave": "text",
        "urn": "text",
    }
    leavers = settings["urn"].astype(str).isin(frames.leavers)
    frame = settings.assign(share_per_cent=100.0 * settings["share"], might_leave=leavers.map({True: "Yes", False: ""}))
    shown = f"; the chart shows the {CHARTED} with most" if len(frame) > CHARTED else ""
    said = f"{PRICE_NAMES[price].capitalize()}, less the maximum ({_standing(frames)}); snapshot {format_date(as_at)}, {filters or 'no filter'}{shown}"
    return Table("What lies above the bands, by setting", said, _source(frames), frame, columns, units)


def _bands(frames: BandFrames, as_at: date, price: str) -> Table:
    columns = {
        "band": "Band",
        "maximum_gbp": "Maximum",
        "n": "Places",
        "above": "Above",
        "above_gbp": "By, a year",
        "median_gbp": "Median fee",
        "standing": "Standing",
        "residence": "Residence",
        "valid_from": "From",
        "source": "Source",
    }
    units = {"maximum_gbp": "gbp", "above_gbp": "gbp", "median_gbp": "gbp", "n": "placements", "above": "placements"}
    units |= dict.fromkeys(("band", "residence", "standing", "valid_from", "source"), "text")
    said = f"In force on {format_date(frames.held.on)} ({_standing(frames)}), with placements of {format_date(as_at)}; {PRICE_NAMES[price]}"
    return Table("The bands, and placements in each", said, _source(frames), model.by_band(frames.held), columns, units)


def _kinds(frames: BandFrames, as_at: date) -> Table:
    columns = {
        "need": "Need",
        "phase_name": "Phase",
        "residence_group": "Residence",
        "children": "Children",
        "settings": "Settings with room",
        "free": "Their free places",
    }
    units = {"need": "text", "phase_name": "text", "residence_group": "text", "children": "children", "settings": "settings", "free": "places"}
    kinds = frames.left.kinds
    frame = kinds.assign(need=kinds["primary_need"].map(SEN_NAMES).fillna(kinds["primary_need"]), phase_name=kinds["phase"].map(PHASE_NAMES))
    said = "Children at the settings taken to leave; free places may suit several kinds of need and are counted in each"
    return Table("Who would need a new place", f"{said}; snapshot {format_date(as_at)}", _source(frames), frame, columns, units)


def _source(frames: BandFrames) -> str:
    return f"{AGREEMENTS}; price bands: {frames.file or EXAMPLE} ({_standing(frames)})"


def placements(held: model.Holding, as_at: date, filters: str) -> Table:
    """The placements held against the bands, at child level."""
    columns = {
        "placement_id": "Placement",
        "child_id": "Child",
        "setting_name": "Setting",
        "primary_need": "Need",
        "phase": "Phase",
        "residence": "Residence",
        "band": "Band",
        "maximum_gbp": "Maximum",
        "price_gbp": "Fee held against it",
        "above_gbp": "Above",
    }
    units = {"maximum_gbp": "gbp", "price_gbp": "gbp", "above_gbp": "gbp"}
    frame = held.places.sort_values("above_gbp", ascending=False, kind="stable").reset_index(drop=True)
    said = f"Bands from {format_date(held.on)}; full-year fees, snapshot {format_date(as_at)}, {filters or 'no filter'}"
    return Table("Placements and their band", said, _SOURCE, frame, columns, units, child_level=True)
