"""Sizing contracts from the store: the instance is built here, solved in a child process, and told as a `Finding`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.figures import Finding
from analytics.run.benchmarking import benchmark
from analytics.run.child import Child
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from data.domain import PHASE_NAMES, PHASES
from data.errors import Cancelled, InputRejected, NoFeasibleAnswer, UserError, WrongUsage

if TYPE_CHECKING:
    import pandas as pd

    from analytics.contracts.build import Built
    from analytics.contracts.offers import PlanningData
    from analytics.contracts.policy import Policy
    from analytics.params import Parameter

SECONDS, MEMORY_MB = 300, 2000
FRESH_DRAWS = 300  # futures that the plan was not sized on; as many as are costed in about two seconds
ASKED = ("years", "uplift", "max_share", "lambda", "fixed", "void_share", "max_providers", "seed")
"""The assumptions that the form asks for; the rest keep their defaults, which the method tells."""


@dataclass(frozen=True)
class Planned:
    """An instance ready to solve, the policy it was built under and the version of the data it came from."""

    built: Built
    policy: Policy
    version: str


def parameters() -> dict[str, Parameter]:
    """The assumptions of the form, each with unit, range, source and reason."""
    from analytics.contracts.policy import PARAMETERS

    return {name: PARAMETERS[name] for name in ASKED}


def scopes(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    """Phases and areas that can be planned for, by code, those with most independent and non-maintained placements first."""
    require(session, "plan_contracts")
    day = as_at(session.store)
    if day is None:
        return {}, {}
    places = session.store.read("open_places", as_at=day)
    return {p: PHASE_NAMES[p] for p in _commonest(places, "phase") if p in PHASES}, {a: a.replace("_", " ").capitalize() for a in _commonest(places, "area")}


def _commonest(places: pd.DataFrame, column: str) -> list[str]:
    """Values of a column, those with most placements first."""
    return [str(value) for value in places.groupby(column)["placements"].sum().sort_values(ascending=False, kind="stable").index]


def planning_data(session: Session) -> PlanningData:
    """Everything an instance is built from, at the as-at day. WrongUsage where no fees are loaded."""
    from analytics.contracts.offers import PlanningData

    require(session, "plan_contracts")
    store, day = session.store, as_at(session.store)
    if day is None:
        told = f"{store.told} " if store.told else ""
        raise WrongUsage(f"{told}Contracts are sized from placements and fees, and none are loaded yet. Load plans, placements and fees in Intake.")
    return PlanningData(
        as_at=day,
        placements=store.read("mart_placement"),
        snapshot=store.read("snapshot", as_at=day),
        settings=store.read("stg_setting"),
        contracts=store.read("stg_contract"),
        consultations=store.read("stg_consultation"),
        benchmark=benchmark(session),
    )


def plan(session: Session, policy: str, phase: str, area: str) -> Planned:
    """The instance for a phase and area under a policy (JSON text, as `contracts --policy` reads it)."""
    from analytics.contracts.build import build_instance
    from analytics.contracts.policy import Policy

    require(session, "plan_contracts")
    assumed = Policy.from_json(json.loads(policy))
    return Planned(build_instance(planning_data(session), assumed, phase, area), assumed, session.store.data_version())


def start(session: Session, planned: Planned) -> Child:
    """Starts to solve, in a child process that can be stopped."""
    require(session, "plan_contracts")
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="instance-", delete=False, encoding="utf-8") as file:
        json.dump(planned.built.instance, file, allow_nan=False)
    return Child(["contracts", "--instance", file.name, "--json"], seconds=SECONDS, memory_mb=MEMORY_MB, owns=(Path(file.name),))


def outcome(child: Child) -> dict[str, Any]:
    """The result document. Cancelled, NoFeasibleAnswer (with the rules that conflict), InputRejected or UserError otherwise."""
    code, out, last_line = child.result()
    if child.ended_for == "cancelled":
        raise Cancelled("Solving was stopped; nothing was changed. Change the inputs or try again.")
    if child.ended_for:
        what = f"{SECONDS} seconds" if child.ended_for == "time" else f"{MEMORY_MB:,} MB of memory"
        raise UserError(f"Solving was ended at its limit of {what}. Choose fewer settings, one phase or one area.", "limit")
    document: dict[str, Any] = json.loads(out) if out.strip().startswith("{") else {}
    if code == NoFeasibleAnswer.exit_code and "infeasible" in document:
        raise NoFeasibleAnswer(_conflict(document["infeasible"]))
    if code == InputRejected.exit_code:
        raise InputRejected(last_line or "The inputs contradict each other.")
    if code != 0 or not document:
        raise UserError(f"Solving failed: {last_line or f'exit code {code}'}. Change the inputs or try again.", "solve_failed")
    return document


def contracts(session: Session, planned: Planned, document: Mapping[str, Any]) -> Finding:
    """How many places to block, where, and why, with the plan costed again, also in futures that it was not sized on."""
    from analytics.contracts.instance import parse
    from analytics.contracts.unseen import chosen_plan, unseen
    from analytics.findings import contracts as finding

    require(session, "plan_contracts")
    built = planned.built
    instance = parse(built.instance)
    fresh = unseen(planning_data(session), planned.policy, built, document, FRESH_DRAWS)
    return finding.contracts(instance, chosen_plan(built.instance, document), document, fresh, built.names, built.notes, planned.version)


def _conflict(infeasible: Mapping[str, Any]) -> str:
    rules = "; ".join(str(rule) for rule in infeasible.get("conflict", []))
    relax = infeasible.get("relax") or {}
    way_out = f" The cheapest way out: relax {relax['rule']} by {relax.get('by')}." if relax.get("rule") else ""
    return f"These rules contradict each other: {rules}.{way_out}"
