"""Scenarios of contracts: saved with their reason and figures, opened again, compared, told to the audit log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analytics.figures import Finding, Table
from analytics.run import audited
from analytics.run.plan import ASKED, Solved, lockable, parameters
from analytics.run.session import Session, allowed, require
from analytics.run.solving import Inputs
from data import audit
from data import scenarios as kept
from data.errors import WrongUsage
from data.scenarios import Override, Scenario

if TYPE_CHECKING:
    from analytics.findings.scenarios import Saved

LEAST, MOST = 2, 4  # scenarios side by side
_LIMITS = {
    "chance_budget": ("Cost in nine futures out of ten at or below", "£ over the term"),
    "cvar_budget": ("Average of the dearest tenth at or below", "£ over the term"),
}


def may_save(session: Session) -> bool:
    """Whether this role saves scenarios, in a store that can be written to."""
    return allowed(session.role, "save_scenario") and session.store.known_day is None


def save(session: Session, name: str, reason: str, inputs: Inputs, solved: Solved) -> str:
    """Keeps what was asked and found under a name; answers the scenario's id. WrongUsage as `data.scenarios.save`, or where no plan was found."""
    require(session, "save_scenario")
    if solved.figures is None:
        raise WrongUsage("There is no plan to save: the rules contradict each other. Ease one, size the contracts again, then save.", "no_plan")
    audit.expect_writable(session.store.path)
    figures = json.dumps(dict(solved.figures), sort_keys=True)
    scenario = Scenario(name, reason, inputs.phase, inputs.area, inputs.policy, solved.finding.answer, figures, solved.finding.data_version)
    scenario_id = kept.save(session.store, scenario, overrides(inputs.policy, lockable(session)), session.user or session.role.value)
    audited.tell(session, "scenario", scenario=scenario_id, phase=inputs.phase, area=inputs.area)
    audit.keep_head(session.store)
    return scenario_id


def take_back(session: Session, scenario_id: str) -> None:
    """A scenario saved by mistake stands no more."""
    require(session, "save_scenario")
    audit.expect_writable(session.store.path)
    kept.take_back(session.store, scenario_id, session.user or session.role.value)
    audited.tell(session, "scenario_taken_back", scenario=scenario_id)
    audit.keep_head(session.store)


def overrides(policy: str, names: dict[str, str]) -> list[Override]:
    """What a policy (JSON text) changes of the base, each with its unit, range and source. `names`: settings by URN, for fixed ones."""
    doc = json.loads(policy)
    found = [
        Override(p.name, p.reason, float(doc[p.name]), float(p.value), p.unit, float(p.low), float(p.high), p.source)
        for p in (parameters()[name] for name in ASKED if name in doc)
        if float(doc[p.name]) != float(p.value)
    ]
    asked = "Entered by a person"
    found += [Override(name, told, float(doc[name]["limit"]), None, unit, 0.0, None, asked) for name, (told, unit) in _LIMITS.items() if name in doc]
    if "min_quality" in doc:
        found.append(Override("min_quality", "Least quality score of a setting", float(doc["min_quality"]), None, "points", 0.0, 100.0, asked))
    for urn, places in doc.get("locks", {}).items():
        found.append(Override(f"locks {urn}", f"Fixed at {names.get(urn, urn)}", float(places), None, "places", 0.0, None, asked))
    return found


def saved(session: Session) -> tuple[Saved, ...]:
    """Scenarios that stand, the latest first; `stale` where the data changed since."""
    from analytics.findings.scenarios import Saved

    require(session, "plan_contracts")
    version = session.store.data_version()
    rows: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in kept.standing(session.store).to_dict("records")]
    return tuple(
        Saved(
            row["scenario_id"],
            row["name"],
            row["reason"],
            Inputs(row["policy"], row["phase"], row["area"]),
            row["answer"],
            json.loads(row["figures"]),
            row["saved_by"],
            row["saved_at"].date(),
            row["data_version"],
            row["data_version"] != version,
        )
        for row in rows
    )


def listing(session: Session) -> Table:
    """One row a scenario that stands, with its figures."""
    from analytics.findings import scenarios as finding

    return finding.listing(saved(session))


def told(session: Session, one: Saved) -> Finding:
    """A saved scenario as it was found, its inputs beside the base, and whether the data changed since."""
    from analytics.findings import scenarios as finding

    require(session, "plan_contracts")
    changed = kept.overrides(session.store)
    return finding.told(one, changed[changed["scenario_id"] == one.scenario_id], lockable(session))


def compared(session: Session, scenario_ids: Sequence[str]) -> Finding:
    """Two to four scenarios side by side: inputs that differ, and results. WrongUsage for fewer or more."""
    from analytics.findings import scenarios as finding

    require(session, "plan_contracts")
    chosen = [one for one in saved(session) if one.scenario_id in scenario_ids]
    if not LEAST <= len(chosen) <= MOST:
        raise WrongUsage(f"Choose {LEAST} to {MOST} scenarios to compare.", "how_many")
    return finding.compared(chosen, kept.overrides(session.store), lockable(session), session.store.data_version())
