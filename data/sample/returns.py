"""What the made-up schools say of themselves: free places, the uplift they ask for, and the costs behind it."""

from __future__ import annotations

import numpy as np

from data.sample.calibration import World
from data.sample.days import as_date
from data.sample.placements import Placements
from data.sample.settings import Settings

ANSWER = 0.6  # share of the schools with a child of this council that fill in the form: an assumption
ASK = 0.7  # share of those that ask for an uplift: an assumption
REASONS = ("Pay award for teaching staff", "Rising costs of pay and energy", "More staff for the same children", "New premises")

Columns = dict[str, list[str]]


def columns(world: World, made: Settings, placements: Placements) -> Columns:
    """The returns file: at most one row a setting, filled in within the last two months before the as-at day."""
    rng = world.rng("returns")
    held = np.bincount(placements.setting[placements.open_on(world.as_at)], minlength=len(made))
    there = np.flatnonzero((held > 0) & (rng.random(len(made)) < ANSWER) & (made.closed > world.as_at))
    n = len(there)
    asks = rng.random(n) < ASK
    share, rise = rng.integers(62, 80, n), np.round(rng.uniform(2.5, 5.5, n), 1)
    running = np.round(made.capacity[there] * rng.uniform(42_000, 68_000, n), -3)
    extra = {name: np.round(running * rng.uniform(low, high, n), -2) for name, (low, high) in _EXTRA.items()}
    asked = np.round(np.clip(rise + rng.normal(1.5, 1.5, n), 1.0, 12.0) * 2) / 2
    room = np.maximum(made.offered[there] - held[there], 0)
    first = as_date(world.as_at)
    september = f"{first.year if first.month < 9 else first.year + 1}-09-01"
    return {
        "urn": [made.urn[s] for s in there],
        "return_date": [as_date(world.as_at - int(back)).isoformat() for back in rng.integers(5, 60, n)],
        "vacancies": [str(v) for v in np.minimum(room, rng.integers(0, 6, n)).tolist()],
        "vacancies_september": [str(v) for v in np.minimum(room + 2, rng.integers(0, 9, n)).tolist()],
        "uplift_per_cent": _where(asks, [f"{v:.1f}" for v in asked]),
        "uplift_from": _where(asks, [september] * n),
        "uplift_reason": _where(asks, [REASONS[k] for k in rng.integers(0, len(REASONS), n)]),
        "pay_rise_per_cent": _where(asks, [f"{v:.1f}" for v in rise]),
        "pay_share_per_cent": _where(asks, [str(v) for v in share]),
        **{name: _where(asks, [f"{v:.2f}" for v in values]) for name, values in extra.items()},
        "running_cost_gbp": _where(asks, [f"{v:.2f}" for v in running]),
        "evidence": _where(asks, ["Accounts and pay scales, made up"] * n),
    }


# Shares of the running cost, lowest and highest: assumptions
_EXTRA = {"national_insurance_gbp": (0.002, 0.012), "rates_gbp": (0.0, 0.008), "recovered_vat_gbp": (0.0, 0.015)}


def _where(yes: np.ndarray, texts: list[str]) -> list[str]:
    return [text if one else "" for one, text in zip(yes.tolist(), texts, strict=True)]
