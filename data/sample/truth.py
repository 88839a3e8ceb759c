"""Everything that was planted, so that analyses can be tested against it."""

from __future__ import annotations

import numpy as np

from data.sample import casework, lives, outcomes
from data.sample import fees as rule
from data.sample.calibration import World
from data.sample.days import OPEN, iso
from data.sample.fees import Fees
from data.sample.payments import Paid
from data.sample.placements import NAMED_BY, NAMED_SHARE, Placements
from data.sample.settings import TYPES, Settings


def _round(x: float) -> float:
    return round(float(x), 6)


def truth(world: World, settings: Settings, p: Placements, fees: Fees, paid: Paid, ids: list[str], suppliers: set[str]) -> dict[str, object]:
    """The document written as truth.json; docs/sample.md explains each entry."""
    effects = {
        urn: {
            "effect": _round(settings.effect[s]), "own_effect": _round(settings.own_effect[s]), "group_effect": _round(settings.group_effect[s]),
            "hardness": _round(settings.hardness[s]), "quality": _round(settings.quality[s]), "breakdown_multiplier": _round(settings.breakdown[s]),
        }
        for s, urn in enumerate(settings.urn)
    }  # fmt: skip
    return {
        "seed": world.seed,
        "plans": world.plans,
        "as_at": iso([world.as_at])[0],
        "settings": effects,
        "fees": _fees(world, fees, ids),
        "leaving": _leaving(),
        "block_fill": {"offered": dict(zip(TYPES, casework.OFFERED, strict=True)), "accepted": casework.ACCEPTED,
                       "named_by": dict(zip(NAMED_BY, NAMED_SHARE, strict=True))},
        "outcomes": {"outcomes_met": outcomes.OUTCOMES_MET, "parent_satisfaction": outcomes.SATISFIED, "destination_sustained": outcomes.SUSTAINED,
                     "quality_on_logit": outcomes.QUALITY_ON_OUTCOMES, "quality_on_log_absence": outcomes.QUALITY_ON_ABSENCE},
        "payments": dict(sorted(paid.mismatches.items())),
        "suppliers": _suppliers(settings, paid, suppliers),
        "closed_settings": {urn: iso([d])[0] for urn, d in zip(settings.urn, settings.closed.tolist(), strict=True) if d < OPEN},
        "placements_rank_2": [ids[i] for i in np.flatnonzero(p.rank == 2).tolist()],
    }  # fmt: skip


def _fees(world: World, fees: Fees, ids: list[str]) -> dict[str, object]:
    """The coefficients of the rule behind the fees, logs."""
    return {
        "intercept": _round(fees.intercept),
        "need": {n: _round(np.log(m)) for n, m in zip(world.published.needs, world.published.fee_multiplier, strict=True)},
        "support_band_above_3": rule.PER_BAND,
        "one_to_one_hour": rule.PER_ONE_TO_ONE_HOUR,
        "therapy_hour": rule.PER_THERAPY_HOUR,
        "phase": rule.PHASE,
        "residence": rule.RESIDENCE,
        "area": rule.AREA,
        "log_uplift_since_first_year": {str(world.first_ay + k): _round(u) for k, u in enumerate(rule.uplift_logs(world))},
        "residual_sd": rule.RESIDUAL_SD,
        "outlier_placement_id": ids[fees.outlier] if fees.outlier >= 0 else None,
    }


def _leaving() -> dict[str, object]:
    """Hazards a year and chances of leaving at the end of a year."""
    return {
        "moved": lives.MOVED_RATE,
        "breakdown": lives.BREAKDOWN_RATE,
        "breakdown_by_need": {**lives.BREAKDOWN_BY_NEED, "others": lives.OTHER_NEEDS},
        "plan_ceased": lives.CEASED_RATE,
        "at_end_of_year": {
            name: {label: {str(age): row[age] for age in range(26) if row[age] > 0} for label, row in zip(("beyond_16", "to_16", "to_11"), table, strict=True)}
            for name, table in ((kind, lives.end_tables(kind).round(6).tolist()) for kind in ("nmiss", "spi"))
        },
    }


def _suppliers(settings: Settings, paid: Paid, seen: set[str]) -> dict[str, list[str]]:
    """Each spelling in the ledger and the settings it stands for: none for transport, several for a group."""
    style = paid.styles
    meant: dict[str, list[str]] = {name: [] for name in sorted(seen)}
    for s, names in enumerate(style.names):
        for name in names:
            if name in meant and settings.urn[s] not in meant[name]:
                meant[name].append(settings.urn[s])
    return meant
