"""Sizing contracts from the store: the instance is built here, solved in a child process, and told as a `Finding`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.figures import Finding
from analytics.run import solving
from analytics.run.benchmarking import benchmark
from analytics.run.child import Child
from analytics.run.choices import as_at
from analytics.run.session import Session, require
from analytics.run.solving import Inputs, Solve
from data import child as children
from data.domain import PHASE_NAMES, PHASES
from data.errors import InputRejected, NoFeasibleAnswer, UserError, WrongUsage

if TYPE_CHECKING:
    import pandas as pd

    from analytics.contracts.build import Built
    from analytics.contracts.offers import PlanningData
    from analytics.contracts.policy import Policy
    from analytics.params import Parameter

SECONDS, MEMORY_MB = 300, 2000  # the child is ended then
SOLVE_SECONDS = 200  # what solving may take; a conflict of rules is looked for after it
FRESH_DRAWS = 300  # futures that the plan was not sized on; as many as are costed in about two seconds
ASKED = ("years", "uplift", "max_share", "lambda", "fixed", "void_share", "max_providers", "seed")
"""The assumptions that the form asks for; the rest keep their defaults, which the method tells."""
CHANCE, DEAREST = 0.9, 0.9  # nine futures out of ten; the dearest tenth


@dataclass(frozen=True)
class Planned:
    """An instance ready to solve, the policy it was built under, the records it came from and the version of the data."""

    built: Built
    policy: Policy
    data: PlanningData
    version: str


@dataclass(frozen=True)
class Solved:
    """What a solve made: the finding, and where a plan was found its figures, as a saved scenario keeps them."""

    finding: Finding
    figures: Mapping[str, Any] | None


def parameters() -> dict[str, Parameter]:
    """The assumptions of the form, each with unit, range, source and reason."""
    from analytics.contracts.policy import PARAMETERS

    return {name: PARAMETERS[name] for name in ASKED}


def policy_text(numbers: Mapping[str, float], chance_gbp: float | None, dearest_gbp: float | None, floor: float | None, locks: Mapping[str, int]) -> str:
    """The policy that a form asks for, as JSON text. Budgets are discounted pounds over the term; `locks`: guaranteed places by urn."""
    doc: dict[str, Any] = dict(numbers)
    if chance_gbp is not None:
        doc["chance_budget"] = {"prob": CHANCE, "limit": chance_gbp}
    if dearest_gbp is not None:
        doc["cvar_budget"] = {"alpha": DEAREST, "limit": dearest_gbp}
    if floor is not None:
        doc["min_quality"] = floor
    if locks:
        doc["locks"] = dict(locks)
    return json.dumps(doc, sort_keys=True)


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


def lockable(session: Session) -> dict[str, str]:
    """Settings whose places can be fixed, by URN: non-maintained and independent ones with a child there; one of two of a name has its URN behind it."""
    from analytics.contracts.offers import NMISS

    require(session, "plan_contracts")
    day = as_at(session.store)
    if day is None:
        return {}
    now = session.store.read("snapshot", as_at=day)
    settings = session.store.read("stg_setting").drop_duplicates("urn")
    here = settings[settings["urn"].isin(now["urn"]) & settings["setting_type"].isin(NMISS)]
    twice = here["setting_name"].duplicated(keep=False)
    words = here["setting_name"].astype(str).where(~twice, here["setting_name"].astype(str) + " (" + here["urn"].astype(str) + ")")
    return dict(sorted(zip(here["urn"].astype(str), words, strict=True), key=lambda item: item[1].casefold()))


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


def plan(session: Session, inputs: Inputs) -> Planned:
    """The instance for a phase and area under a policy (JSON text, as `contracts --policy` reads it)."""
    from analytics.contracts.build import build_instance

    require(session, "plan_contracts")
    assumed, version = policy_of(session, inputs), session.store.data_version()
    data = planning_data(session)
    return Planned(build_instance(data, assumed, inputs.phase, inputs.area), assumed, data, version)


def policy_of(session: Session, inputs: Inputs) -> Policy:
    """What was asked, with the quality scores of settings where a floor is set."""
    from analytics.contracts.policy import Policy

    doc = json.loads(inputs.policy)
    if "min_quality" in doc:
        doc["urns"] = _with_scores(session, doc.get("urns", {}))
    return Policy.from_json(doc)


def _with_scores(session: Session, urns: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Overrides by setting with the latest quality score of its applications to a vehicle; a setting without one counts as 0."""
    members = session.store.read("stg_member").dropna(subset=["quality_score"]).sort_values("applied_on", kind="stable")
    scores = dict(zip(members["urn"].astype(str), members["quality_score"].astype(float), strict=True))
    return {urn: {"quality": scores[urn]} if urn in scores else {} for urn in scores} | {urn: {**dict(own)} for urn, own in urns.items()}


def begin(session: Session, inputs: Inputs, state: str, instead_of: str | None = None) -> str:
    """Starts to size contracts, and answers the token that finds the solve again."""
    return solving.begin(session, inputs, state, lambda solve: _solve(session, inputs, solve), instead_of)


def _solve(session: Session, inputs: Inputs, solve: Solve) -> Solved:
    """Draws, builds, solves in a child process, costs again: the work of one solve."""
    from analytics.contracts.instance import parse
    from analytics.contracts.limits import hopeless
    from analytics.findings.contracts_conflict import conflict

    solve.say("Drawing futures and building the problem", 0.02)
    planned = plan(session, inputs)
    if (told := hopeless(parse(planned.built.instance))) is not None:
        return Solved(conflict(told, planned.built.names, planned.version), None)
    solve.say("Starting to solve", 0.1)
    try:
        document = outcome(solve.wait_for(start(session, planned)))
    except NoFeasibleAnswer as error:
        found: Mapping[str, Any] = getattr(error, "document", {})
        return Solved(conflict(found, planned.built.names, planned.version), None)
    solve.say("Costing the plan in futures it was not sized on", 0.95)
    return contracts(session, planned, document)


def start(session: Session, planned: Planned) -> Child:
    """Starts to solve, in a child process that can be stopped."""
    require(session, "plan_contracts")
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="instance-", delete=False, encoding="utf-8") as file:
        json.dump(planned.built.instance, file, allow_nan=False)
    return Child(
        ["contracts", "--instance", file.name, "--seconds", str(SOLVE_SECONDS), "--json"], seconds=SECONDS, memory_mb=MEMORY_MB, owns=(Path(file.name),)
    )


def outcome(child: children.Child) -> dict[str, Any]:
    """The result document. Cancelled, NoFeasibleAnswer (`document`: the rules that conflict), InputRejected or UserError otherwise."""
    code, out, last_line = child.result()
    if child.ended_for == "cancelled":
        raise solving.stopped()
    if child.ended_for:
        what = f"{SECONDS} seconds" if child.ended_for == "time" else f"{MEMORY_MB:,} MB of memory"
        raise UserError(f"Solving was ended at its limit of {what}. Choose fewer settings, one phase or one area.", "limit")
    document: dict[str, Any] = json.loads(out) if out.strip().startswith("{") else {}
    if code == NoFeasibleAnswer.exit_code and "infeasible" in document:
        error = NoFeasibleAnswer("No plan keeps all the rules.")
        error.document = document["infeasible"]  # type: ignore[attr-defined]
        raise error
    if code == InputRejected.exit_code:
        raise InputRejected(last_line or "The inputs contradict each other.")
    if code != 0 or not document:
        raise UserError(f"Solving failed: {last_line or f'exit code {code}'}. Change the inputs or try again.", "solve_failed")
    return document


def contracts(session: Session, planned: Planned, document: Mapping[str, Any]) -> Solved:
    """How many places to block, where, and why, with the plan costed again, also in futures that it was not sized on."""
    from analytics.contracts.instance import parse
    from analytics.contracts.unseen import beside, chosen_plan, fresh
    from analytics.findings import contracts as finding

    require(session, "plan_contracts")
    built, data = planned.built, planned.data
    sized = beside(parse(built.instance), chosen_plan(built.instance, document))
    elsewhere = fresh(data, planned.policy, built, document, FRESH_DRAWS)
    live = data.contracts[_runs_at(data)]
    first_ay = int(built.scope.years[0][:4])
    asked = finding.Asked(
        built.names, built.notes, built.offers, built.scope.phase, first_ay, data.as_at, live, frozenset(planned.policy.locks), planned.version
    )
    return Solved(finding.contracts(sized, elsewhere, document, asked), _figures(sized, elsewhere, document))


def _runs_at(data: PlanningData) -> pd.Series:
    """Which contracts are blocks that run on the as-at day."""
    import pandas as pd

    table, today = data.contracts, pd.Timestamp(data.as_at)
    return table["kind"].isin(["block", "flexi_block"]) & (pd.to_datetime(table["starts"]) <= today) & (pd.to_datetime(table["ends"]) >= today)


def _figures(sized: Any, elsewhere: Any, document: Mapping[str, Any]) -> dict[str, Any]:
    """What a scenario keeps of its result: places by setting, and the figures to compare it by. Money is discounted pounds over the term."""
    from analytics.contracts.evaluate import quantile, voids

    prob, total = elsewhere.instance.prob, elsewhere.mine.total_gbp
    places: dict[str, int] = {}
    for offer, block in zip(sized.instance.offers, sized.plan.block, strict=True):
        if block:
            urn = sized.instance.providers[offer.provider].id
            places[urn] = places.get(urn, 0) + block
    return {
        "places": places,
        "expected_gbp": round(sized.mine.expected_gbp, 2),
        "saving_gbp": None if sized.saving_gbp is None else round(sized.saving_gbp, 2),
        "fresh_expected_gbp": round(elsewhere.mine.expected_gbp, 2),
        "fresh_saving_gbp": None if elsewhere.saving_gbp is None else round(elsewhere.saving_gbp, 2),
        "fresh_chance_of_loss": elsewhere.chance_of_loss,
        **{f"fresh_p{q}_gbp": round(quantile(total, prob, q / 100), 2) for q in (10, 50, 90)},
        "void_share": round(voids(sized.instance, sized.plan, sized.mine).share, 6),
        "proven_optimal": bool(document["proven_optimal"]),
    }
