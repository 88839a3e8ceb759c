"""Credits and refunds: which payment each is set against, and what is left to recover."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.invoices import kinds
from analytics.invoices.agreed import OPEN

EXACT_GBP, NEAR_GBP = 0.02, 1.0
SHOWN = (
    "transaction_id", "paid_on", "net_gbp", "narrative", "supplier_name", "urn", "setting_name", "placement_id", "by_amount", "kind", "recoverable_gbp",
    "over_gbp", "credited_gbp", "agreed_gbp", "due_gbp", "first_day", "last_day", "leaving_date", "yearly_gbp", "of_transaction",
)  # fmt: skip


def settled(lines: pd.DataFrame, left_by: int) -> pd.DataFrame:
    """Sets credits against payments; what is left of a payment's excess is recoverable. One row a line, as `check.Checked` tells.

    A credit that names its payment counts there, or for the payment that repeats it. Another is set against the payment of its placement whose excess
    it equals, else the first with an excess left, and stands as a refund that names no payment; one that names only the setting must equal an excess
    there. A line's recoverable amount is its own excess less its credits, so no pound is counted twice. `left_by`: a credit for a child who left later
    is still waited for.
    """
    rows = lines.reset_index(drop=True)
    over, kind = rows["over_gbp"].to_numpy(dtype=float).copy(), rows["kind"].to_numpy(dtype=object).copy()
    credited, of = np.zeros(len(rows)), rows["of"].to_numpy(dtype=np.int64).copy()
    place = {text: n for n, text in enumerate(rows["transaction_id"])}
    amounts = rows["net_gbp"].to_numpy(dtype=float)
    negative = np.flatnonzero(amounts < 0)
    targets = rows["credits_transaction_id"].to_numpy(dtype=object)
    named = [n for n in negative.tolist() if isinstance(targets[n], str) and targets[n] in place]
    for n in named:
        of[n], kind[n] = place[targets[n]], kinds.CREDIT
        credited[of[n]] -= amounts[n]
    _move_to_repeats({of[n] for n in named}, over, credited, kind, of)
    _set_unnamed(rows, [n for n in negative.tolist() if n not in set(named) and kind[n] != kinds.NO_SETTING], over, credited, kind, of)
    recoverable = np.maximum(over - credited, 0.0)
    recoverable = np.where(recoverable > NEAR_GBP, recoverable, 0.0).round(2)
    short = (kind == kinds.AGREES) | (kind == kinds.BELOW)
    due = short & (recoverable > 0)
    waited = due & (rows["leaving"].to_numpy() > left_by)
    kind = np.where(waited, kinds.WAITED, np.where(due, kinds.CREDIT_DUE, kind))
    return shown(rows.assign(kind=kind, credited_gbp=credited.round(2), of=of, recoverable_gbp=np.where(np.isin(kind, kinds.RECOVERABLE), recoverable, 0.0)))


def _move_to_repeats(targets: set[int], over: np.ndarray, credited: np.ndarray, kind: np.ndarray, of: np.ndarray) -> None:
    """A credit may name the first of two equal payments: what that has no excess for counts for the one that repeats it."""
    for target in sorted(targets):
        for n in np.flatnonzero((of == target) & (kind == kinds.TWICE)).tolist():
            moved = min(credited[target] - over[target], over[n] - credited[n])
            if moved > 0:
                credited[n] += moved
                credited[target] -= moved


def _set_unnamed(rows: pd.DataFrame, some: list[int], over: np.ndarray, credited: np.ndarray, kind: np.ndarray, of: np.ndarray) -> None:
    open_lines = np.flatnonzero(over > 0)
    places, settings, paid, amounts = (rows[name].to_numpy() for name in ("placement_id", "urn", "paid", "net_gbp"))
    by_place: dict[object, list[int]] = {}
    by_setting: dict[object, list[int]] = {}
    for n in open_lines.tolist():
        by_place.setdefault(places[n], []).append(n)
        by_setting.setdefault(settings[n], []).append(n)
    for n in some:
        back, told = -float(amounts[n]), isinstance(places[n], str)
        pool = [
            m for m in (by_place.get(places[n], []) if told else by_setting.get(settings[n], [])) if paid[m] <= paid[n] and over[m] - credited[m] > EXACT_GBP
        ]
        exact = min(pool, key=lambda m: abs(over[m] - credited[m] - back), default=None)
        if exact is not None and abs(over[exact] - credited[exact] - back) <= (NEAR_GBP if told else EXACT_GBP):
            of[n], kind[n] = exact, kinds.CREDIT
            credited[exact] += back
        elif told and pool:
            of[n] = pool[0]
            credited[pool[0]] += min(back, over[pool[0]] - credited[pool[0]])


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that are answered, days as dates."""
    at = rows["of"].to_numpy(dtype=np.int64)
    texts = np.array([*rows["transaction_id"], None], dtype=object)  # the last stands for no other payment
    dated = rows.assign(
        first_day=_dates(rows["first"].to_numpy(), rows["has_period"].to_numpy(dtype=bool)),
        last_day=_dates(rows["last"].to_numpy(), rows["has_period"].to_numpy(dtype=bool)),
        leaving_date=_dates(rows["leaving"].to_numpy(), rows["leaving"].to_numpy() < OPEN),
        of_transaction=texts[at],
    )
    return dated[list(SHOWN)].reset_index(drop=True)


def _dates(days: np.ndarray, known: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_datetime(np.where(known, days, 0).astype("datetime64[D]"))).where(pd.Series(known))
