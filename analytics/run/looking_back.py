"""The decision looked back at: contracts chosen on what was known two and three years ago, costed on what then happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.figures import Finding
from analytics.run import plan as planning
from analytics.run import solving
from analytics.run.plan import Planned
from analytics.run.session import Session, require
from analytics.run.solving import Inputs, Solve
from data.errors import NoFeasibleAnswer, WrongUsage

if TYPE_CHECKING:
    from analytics.contracts.offers import PlanningData
    from analytics.contracts.policy import Policy
    from analytics.contracts.replay import Replay

YEARS_AGO = (2, 3)


def begin(session: Session, inputs: Inputs, state: str, instead_of: str | None = None) -> str:
    """Starts to look back, and answers the token that finds the work again."""
    return solving.begin(session, inputs, state, lambda solve: looking_back(session, inputs, solve), instead_of)


def looking_back(session: Session, inputs: Inputs, solve: Solve) -> Finding:
    """Blocks chosen on earlier days under the same assumptions, and what came of them; a day without enough records is named with the reason."""
    from analytics.contracts.scope import scope_name
    from analytics.findings import contracts_back as finding

    require(session, "plan_contracts")
    solve.say("Reading the council's records", 0.01)
    version = session.store.data_version()
    data, policy = planning.planning_data(session), planning.policy_of(session, inputs)
    replays, skipped = [], []
    for n, years in enumerate(YEARS_AGO):
        day = (pd.Timestamp(data.as_at) - pd.DateOffset(years=years)).date()
        solve.say(f"Choosing blocks on what was known {years} years ago", (n + 0.1) / len(YEARS_AGO))
        try:
            replays.append(_replay(session, data, policy, inputs, day, solve))
        except (WrongUsage, NoFeasibleAnswer) as error:
            skipped.append((day, error.message))
    return finding.looking_back(replays, skipped, scope_name(inputs.phase, inputs.area), version)


def _replay(session: Session, data: PlanningData, policy: Policy, inputs: Inputs, day: date, solve: Solve) -> Replay:
    """One day: the instance built here, solved in a child process, judged here."""
    from analytics.contracts import replay

    years = len(replay.horizon(day, data.as_at))
    if not years:
        raise WrongUsage("no academic year has begun since.")
    then = replay.known_then(data, session.store.read("snapshot", as_at=day), day)
    built, chosen = replay.chosen_then(then, replace(policy, years=years), inputs.phase, inputs.area)
    document = planning.outcome(solve.wait_for(planning.start(session, Planned(built, chosen, then, ""))))
    return replay.judged(data, then, chosen, built, document)
