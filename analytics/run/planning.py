"""The contracts command: an instance from a file or from the council's records, solved and explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.figures import format_value
from analytics.run.documents import records
from data.domain import Role
from data.errors import InputRejected, NoFeasibleAnswer, WrongUsage

if TYPE_CHECKING:
    from analytics.contracts.offers import PlanningData

Progress = Callable[[float, str], None]
_STEPS = 20  # after so many steps of a solve the bar stands near its end; nobody knows how many there will be


def from_instance(path: Path, seconds: float, progress: Progress) -> dict[str, Any]:
    """Solves an instance file. InputRejected when it cannot be read or contradicts itself; NoFeasibleAnswer carries the conflict."""
    return solved(read_json(path), seconds, progress)


def from_database(
    db: Path, policy: Path | None, phase: str | None, area: str | None, seconds: float, progress: Progress, known_on: date | None = None
) -> dict[str, Any]:
    """Builds an instance for one phase and area from the council's records, as they are or were known, and solves it; `notes` tell what was left out."""
    from analytics.contracts.policy import Policy
    from analytics.run.commands import of_day, opened
    from analytics.run.plan import planning_data
    from analytics.run.session import Session

    chosen = Policy.from_json(read_json(policy)) if policy is not None else Policy()
    progress(0.02, "Reading the council's records")
    with opened(db, known_on=known_on) as store:
        data, known = planning_data(Session(Role.COMMISSIONER, store)), of_day(store)  # whoever can read the database file holds every role
    return {**planned(data, chosen, phase, area, seconds, progress), **known}


def planned(data: PlanningData, policy: Any, phase: str | None, area: str | None, seconds: float, progress: Progress) -> dict[str, Any]:
    """The plan for one phase and area, with its scope, the offers considered, notes, and its cost in futures it has not seen."""
    from analytics.contracts import build
    from analytics.contracts.unseen import unseen

    progress(0.1, "Drawing how many places will be needed")
    built = build.build_instance(data, policy, phase, area)
    result = solved(built.instance, seconds, progress)
    progress(0.95, "Costing the plan in futures it has not seen")
    return {"as_at": data.as_at, **result, **described(built), "out_of_sample": unseen(data, policy, built, result)}


def described(built: Any) -> dict[str, Any]:
    """What the plan is about: scope, settings by name, offers considered, notes, and how drawn places became whole numbers."""
    scope = built.scope
    return {
        "scope": {name: getattr(scope, name) for name in ("phase", "area", "years", "lots", "settings", "children", "placements_now")},
        "names": built.names,
        "offers": records(built.offers),
        "notes": list(built.notes),
        "reconciliation": records(built.reconciliation),
    }


def solved(document: object, seconds: float, progress: Progress) -> dict[str, Any]:
    """The result of a contract instance (docs/contracts.md). NoFeasibleAnswer carries `document` with the conflict and the cheapest way out."""
    from analytics.contracts.instance import parse
    from analytics.contracts.solve import solve

    instance, step = parse(document), 0

    def tell(best: float | None, bound: float | None, words: str) -> None:
        nonlocal step
        step += 1
        progress(0.2 + 0.7 * min(step / _STEPS, 1.0), words + how_far(best, bound))

    try:
        return solve(instance, seconds=seconds, progress=tell)
    except NoFeasibleAnswer as error:
        error.document = {"infeasible": {"conflict": getattr(error, "conflict", []), "relax": getattr(error, "relax", None)}}  # type: ignore[attr-defined]
        raise


def how_far(best: float | None, bound: float | None) -> str:
    """The best plan so far and the least that any plan can cost, in pounds, as far as they are known."""
    said = [f"best plan {format_value(best, 'gbp')}"] if best is not None else []
    said += [f"no plan below {format_value(bound, 'gbp')}"] if bound is not None else []
    return f" ({', '.join(said)})" if said else ""


def read_json(path: Path) -> object:
    """A JSON file as plain objects. WrongUsage when it is not there; InputRejected when it is not JSON or holds NaN or Infinity."""
    if not path.is_file():
        raise WrongUsage(f"There is no file {path}.", "no_file")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputRejected(f"{path.name} cannot be read as JSON: {error}. Save it as UTF-8 JSON without NaN or Infinity.", "unreadable") from error


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a number here")
