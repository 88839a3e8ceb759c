"""What may be believed of a plan: the futures it was sized on beside futures it was not, and where places stand empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.figures import Table, format_date
from analytics.findings.words import plural
from data.domain import academic_year_name

if TYPE_CHECKING:
    from analytics.contracts.evaluate import Costing
    from analytics.contracts.problem import Plan
    from analytics.contracts.unseen import Beside

ENDING_SHARE = 100.0
KEY_DECISION_GBP = 1_000_000  # a key decision is published 28 days ahead (docs/contracts.md)
NOTICE_DAYS, COMPETITION_DAYS = 28, 10
MONTHS_A_TERM = 4
_NAMED_BY = {"post16": (3, 31)}  # the day by which plans must name the next setting; other phases 15 February
_PHASE_TRANSFER = (2, 15)


def spreads(sized: Beside, fresh: Beside, source: str) -> Table:
    """One row a way of buying and set of futures: average, P10, P50, P90, the dearest, how often it loses money against all spot."""
    rows = []
    for futures, found in ((f"{sized.draws} futures it was sized on", sized), (f"{fresh.draws} fresh futures", fresh)):
        for what, costing, loss in (("This plan", found.mine, found.chance_of_loss), ("All spot", found.spot, None)):
            if costing.recourse.served.all():
                rows.append((f"{what}, {futures}", what, futures, *_spread(found, costing), costing.cvar_gbp, None if loss is None else ENDING_SHARE * loss))
    columns = {
        "row": "What",
        "mean": "Average",
        "low": "P10",
        "middle": "P50",
        "high": "P90",
        "worst": f"Average of the dearest {100 * (1 - sized.instance.alpha):.0f}%",
        "loss": "Futures in which it loses money",
    }
    frame = pd.DataFrame(rows, columns=["row", "what", "futures", "mean", "low", "middle", "high", "worst", "loss"])
    units = {"mean": "gbp", "low": "gbp", "middle": "gbp", "high": "gbp", "worst": "gbp", "loss": "per_cent"}
    term = plural(sized.instance.years, "year")
    return Table("Cost of the term", f"P50 with P10 to P90, discounted over {term}; the same futures for both", source, frame, columns, units)


def _spread(found: Beside, costing: Costing) -> tuple[float, float, float, float]:
    from analytics.contracts.evaluate import quantile

    low, middle, high = (quantile(costing.total_gbp, found.instance.prob, at) for at in (0.1, 0.5, 0.9))
    return costing.expected_gbp, low, middle, high


def voids(found: Beside, names: Mapping[str, str], first_ay: int, source: str) -> Table:
    """One row a contract and year: guaranteed places, those expected to stand empty (average, and in one future out of ten at least)."""
    from analytics.contracts.recourse import BLOCK_CHARGED, BLOCK_FREE

    instance, plan = found.instance, found.plan
    used = found.mine.recourse.places[:, :, :, [BLOCK_CHARGED, BLOCK_FREE]].sum(axis=3)
    rows = []
    for p, provider in enumerate(instance.providers):
        mine = instance.offers_of(p)
        block = sum(plan.block[i] for i in mine)
        if block:
            empty = block - used[:, :, mine].sum(axis=2)
            for t in range(instance.years):
                many = float(np.quantile(empty[:, t], 0.9, method="inverted_cdf", weights=instance.prob))
                rows.append((names.get(provider.id, provider.id), academic_year_name(first_ay + t), block, float(instance.prob @ empty[:, t]), many))
    columns = {
        "setting_name": "Setting",
        "year": "Year",
        "places": "Guaranteed places",
        "empty": "Expected empty",
        "many": "Empty in one future of ten, or more",
    }
    frame = pd.DataFrame(rows, columns=list(columns)).sort_values(["places", "setting_name", "year"], ascending=[False, True, True], kind="stable")
    subtitle = f"Average over {found.draws} futures that the plan was not sized on; paid for as the void terms say"
    return Table(
        "Empty guaranteed places by contract and year", subtitle, source, frame.reset_index(drop=True), columns, dict.fromkeys(("empty", "many"), "amount")
    )


def by_when(phase: str, first_ay: int, as_at: date, committed_gbp: float, running: pd.DataFrame, names: Mapping[str, str], source: str) -> tuple[Table, str]:
    """What must be done by which day for places to be filled in the first September, worked back from the day on which plans name settings; and a sentence.

    `running`: contracts that run at the planned settings (urn, contract_id, ends, notice_terms).
    """
    month, day = _NAMED_BY.get(phase, _PHASE_TRANSFER)
    named = date(first_ay, month, day)
    what = "post-16 transfers" if phase == "post16" else "phase transfers"
    steps = [(named, f"Contracts stand: plans in {what} name the next setting", "Statutory deadline")]
    invited = named - timedelta(days=COMPETITION_DAYS)
    steps.append((invited, "Settings are asked for their terms", f"{COMPETITION_DAYS} days for a mini-competition"))
    if committed_gbp > KEY_DECISION_GBP:
        why = f"{NOTICE_DAYS} days before a decision on more than £1m"
        steps.append((invited - timedelta(days=NOTICE_DAYS), "The key decision is announced", why))
    steps += [_notice(row, names) for row in running.to_dict("records") if pd.notna(row["notice_terms"]) and row["notice_terms"]]
    steps.sort(key=lambda step: (step[0], step[1]))
    frame = pd.DataFrame(steps, columns=["by", "what", "why"])
    frame["past"] = [("passed" if by < as_at else "") for by in frame["by"]]
    columns = {"by": "By", "what": "What", "why": "Worked back from", "past": f"On {format_date(as_at)}"}
    table = Table("By when to commit", f"For places from September {first_ay}", source, frame, columns, {"by": "date"})
    return table, _commit(named, what, first_ay, as_at, steps)


def _notice(contract: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[date, str, str]:
    """By when a running contract must be given notice, if it is not to go on."""
    ends, terms = pd.Timestamp(contract["ends"]), float(contract["notice_terms"])
    last = (ends - pd.DateOffset(months=round(MONTHS_A_TERM * terms))).date()
    said = f"Notice on contract {contract['contract_id']} at {names.get(str(contract['urn']), contract['urn'])}, if it is not to go on"
    return last, said, f"{terms:g} terms' notice before it ends on {format_date(ends.date())}; a term counted as {MONTHS_A_TERM} months"


def _commit(named: date, what: str, first_ay: int, as_at: date, steps: list[tuple[date, str, str]]) -> str:
    if named < as_at:
        later = named.replace(year=named.year + 1)
        return (
            f"The day on which {what} for September {first_ay} name their setting, {format_date(named)}, has passed: such children can no longer fill these "
            f"places this September. Other new children can. For September {first_ay + 1} commit by {format_date(later)}."
        )
    first = min(day for day, _, _ in steps)
    begin = f"; begin by {format_date(first)}" if first >= as_at else "; some steps before it are late already"
    return f"Commit by {format_date(named)}, when {what} name their setting{begin}."


def committed(found: Beside) -> float:
    """What the contracts cost over the term whatever happens, discounted pounds."""
    from analytics.contracts import evaluate

    plan: Plan = found.plan
    return float(sum(evaluate.committed(found.instance, plan).values()))
