"""Saved scenarios of contracts: what each asked and found, and two to four side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.figures import Figure, Finding, Table, format_date, format_value
from analytics.findings.words import gbp
from data.domain import PHASE_NAMES

if TYPE_CHECKING:
    from analytics.run.solving import Inputs

_SOURCE = "Scenarios saved by people, with what was found on the data of that day"
_STALE = "The data changed since this scenario was saved (version {version}), so its figures may not hold any more. Run it again to see what it finds now."
_METHOD = """
A scenario is a frozen set of inputs to the sizing of contracts, with the reason that a person gave, the version of the data and what was found. It is
never changed: run it again and save the outcome under another name. Costs and savings are of the whole term, discounted, and those compared are of
fresh futures, which the plans were not sized on.
"""


@dataclass(frozen=True)
class Saved:
    """A scenario that stands. `figures` as `analytics.run.plan` gives them; `stale`: the data changed since."""

    scenario_id: str
    name: str
    reason: str
    inputs: Inputs
    answer: str
    figures: Mapping[str, Any]
    saved_by: str
    saved_on: date
    data_version: str
    stale: bool

    @property
    def scope(self) -> str:
        return f"{PHASE_NAMES.get(self.inputs.phase, self.inputs.phase)}, {self.inputs.area.replace('_', ' ')}"


def listing(saved: Sequence[Saved]) -> Table:
    """One row a scenario, the latest first."""
    rows = [
        (
            one.name,
            one.scope,
            sum(one.figures["places"].values()),
            one.figures["fresh_saving_gbp"],
            one.figures["fresh_p90_gbp"],
            one.saved_by,
            one.saved_on,
            "the data changed since" if one.stale else "as saved",
        )
        for one in saved
    ]
    columns = {
        "name": "Scenario",
        "scope": "Phase and area",
        "places": "Guaranteed places",
        "saving": "Saving",
        "p90": "P90 of cost",
        "saved_by": "Saved by",
        "saved_on": "Saved on",
        "state": "State",
    }
    units = {"places": "places", "saving": "gbp", "p90": "gbp", "saved_on": "date"}
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table("Saved scenarios", "Saving against all spot and P90 of cost in fresh futures, over the term, discounted", _SOURCE, frame, columns, units)


def told(one: Saved, changed: pd.DataFrame, names: Mapping[str, str]) -> Finding:
    """A scenario as it was saved. `changed`: its inputs that differ from the base, as `data.scenarios.overrides`."""
    basis = f"On data version {one.data_version}, saved on {format_date(one.saved_on)}"
    saving, p90 = one.figures["fresh_saving_gbp"], one.figures["fresh_p90_gbp"]
    figures = (
        Figure("Guaranteed places", float(sum(one.figures["places"].values())), "places", basis, one.saved_on, _SOURCE, _METHOD),
        Figure("Saving in fresh futures", saving, "gbp", "Against all spot, over the term, discounted", one.saved_on, _SOURCE, _METHOD),
        Figure("P90 of cost", p90, "gbp", "In nine fresh futures out of ten the term costs no more", one.saved_on, _SOURCE, _METHOD),
        Figure("Empty guaranteed places", 100.0 * one.figures["void_share"], "per_cent", "Of guaranteed place-years", one.saved_on, _SOURCE, _METHOD),
    )
    notes = (f"Saved by {one.saved_by}: {one.reason}", *((_STALE.format(version=one.data_version),) if one.stale else ()))
    places = pd.DataFrame([(names.get(urn, urn), n) for urn, n in one.figures["places"].items()], columns=["setting_name", "places"])
    tables = {
        "inputs": _inputs(changed),
        "saved_places": Table(
            "Places of this scenario", "Guaranteed in every year of the term", _SOURCE, places, {"setting_name": "Setting", "places": "Guaranteed places"}
        ),
    }
    return Finding(f"{one.name} ({one.scope}): {one.answer}", figures, tables, _METHOD, one.data_version, notes)


def _inputs(changed: pd.DataFrame) -> Table:
    """One row an input that differs from the base."""
    given: list[Any] = list(changed.itertuples())
    rows = [(row.told, value(row.parameter, row.value), value(row.parameter, row.base), _range(row), row.source) for row in given]
    columns = {"told": "Input", "value": "In this scenario", "base": "Base", "range": "Unit and range", "source": "Source of the base"}
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table("What this scenario changes of the base", "Inputs that keep their base are not listed", _SOURCE, frame, columns)


def _range(row: Any) -> str:
    if pd.isna(row.low):
        return str(row.unit)
    return f"{row.unit}, {row.low:,g} to {row.high:,g}" if pd.notna(row.high) else f"{row.unit}, {row.low:,g} or more"


def value(parameter: str, number: float | None) -> str:
    """An input as a person reads it: pounds, per cent or a plain number."""
    if number is None or pd.isna(number):
        return "none"
    if parameter in ("chance_budget", "cvar_budget", "fixed"):
        return format_value(float(number), "gbp")
    if parameter in ("uplift", "max_share", "void_share"):
        return f"{100 * float(number):g}%"
    return f"{float(number):g}"


def compared(chosen: Sequence[Saved], changed: pd.DataFrame, names: Mapping[str, str], version: str) -> Finding:
    """Scenarios side by side: one row an input that any of them changes, then one a result; a column each."""
    rows = [("Phase and area", *(one.scope for one in chosen)), ("Reason", *(one.reason for one in chosen))]
    rows += _changed_rows(chosen, changed)
    rows += [(f"Places at {names.get(urn, urn)}", *(f"{one.figures['places'].get(urn, 0)}" for one in chosen)) for urn in _settings(chosen)]
    rows += [(heading, *(show(one.figures.get(name)) for one in chosen)) for heading, name, show in _RESULTS]
    rows.append(("Data", *("changed since" if one.stale else "as today" for one in chosen)))
    heads = {f"s{n}": one.name for n, one in enumerate(chosen)}
    frame = pd.DataFrame(rows, columns=["row", *heads])
    side = Table("Side by side", "Inputs that any of them changes, then what each found", _SOURCE, frame, {"row": "", **heads})
    stale = [one.name for one in chosen if one.stale]
    notes = (f"Found on other data than today's: {', '.join(stale)}. Run again before comparing.",) if stale else ()
    return Finding(_best(chosen), (), {"compared": side, "beside": _beside(chosen)}, _METHOD, version, notes)


def _changed_rows(chosen: Sequence[Saved], changed: pd.DataFrame) -> list[tuple[str, ...]]:
    """One row an input that any of the chosen changes; the base's value where one does not."""
    mine = changed[changed["scenario_id"].isin([one.scenario_id for one in chosen])]
    rows = []
    for parameter, part in mine.groupby("parameter", sort=False):
        held = dict(zip(part["scenario_id"], part["value"], strict=True))
        base = part["base"].iloc[0]
        rows.append((str(part["told"].iloc[0]), *(value(str(parameter), held.get(one.scenario_id, base)) for one in chosen)))
    return rows


def _settings(chosen: Sequence[Saved]) -> list[str]:
    return list(dict.fromkeys(urn for one in chosen for urn in one.figures["places"]))


def _gbp(number: float | None) -> str:
    return format_value(number, "gbp")


def _share(number: float | None) -> str:
    return "not known" if number is None else f"{100 * number:.1f}%"


_RESULTS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Average cost, futures it was sized on", "expected_gbp", _gbp),
    ("Average cost, fresh futures", "fresh_expected_gbp", _gbp),
    ("Saving against all spot, fresh futures", "fresh_saving_gbp", _gbp),
    ("P10 of cost, fresh futures", "fresh_p10_gbp", _gbp),
    ("P50 of cost, fresh futures", "fresh_p50_gbp", _gbp),
    ("P90 of cost, fresh futures", "fresh_p90_gbp", _gbp),
    ("Chance of losing money, fresh futures", "fresh_chance_of_loss", _share),
    ("Guaranteed places that stand empty", "void_share", _share),
    ("Proven to be the least-cost plan", "proven_optimal", lambda proven: "yes" if proven else "no"),
)


def _beside(chosen: Sequence[Saved]) -> Table:
    rows = [(one.name, one.figures["fresh_p10_gbp"], one.figures["fresh_p50_gbp"], one.figures["fresh_p90_gbp"]) for one in chosen]
    columns = {"name": "Scenario", "low": "P10", "middle": "P50", "high": "P90"}
    frame = pd.DataFrame(rows, columns=list(columns))
    units = dict.fromkeys(("low", "middle", "high"), "gbp")
    return Table("Cost of the term", "P50 with P10 to P90 of fresh futures, discounted", _SOURCE, frame, columns, units)


def _best(chosen: Sequence[Saved]) -> str:
    """Which costs least, said only where all are about the same children."""
    if len({(one.inputs.phase, one.inputs.area) for one in chosen}) > 1:
        return f"{len(chosen)} scenarios are beside each other; they are about different children, so their costs are not compared."
    order = sorted(chosen, key=lambda one: float(one.figures["fresh_expected_gbp"]))
    apart = float(order[1].figures["fresh_expected_gbp"]) - float(order[0].figures["fresh_expected_gbp"])
    return f"{order[0].name} costs least in fresh futures, {gbp(apart)} less than {order[1].name} on average over the term."
