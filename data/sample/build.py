"""Generates the sample authority and loads it through the loader of a user's own files."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from data import budget
from data.domain import financial_year
from data.errors import WrongUsage
from data.sample.generate import DEFAULT_AS_AT, DEFAULT_PLANS, generate
from data.sample.writing import written

if TYPE_CHECKING:
    from data.store import Store

_GENERATED = 0.15  # of the whole work
_BUDGET_GROWTH = 1.06  # a made-up council's budget for growth: on what agreements came to in the year before
_BUDGET_PURSES = ("high_needs", "transport", "social_care")


def build(
    store: Store,
    seed: int = 1,
    plans: int = DEFAULT_PLANS,
    as_at: date = DEFAULT_AS_AT,
    *,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, int]:
    """Fills an empty store with the sample authority; returns the rows of each source. Its files are removed afterwards.

    The same sample again changes nothing. WrongUsage where the store holds anything else, since made-up and real records must not mix.
    """
    from data.load import load_files  # it reaches the store, which generating files does not need
    from data.reading import Here

    def tell(words: str, share: float) -> None:
        if progress is not None:
            progress(words, share)

    tell("Inventing the sample authority", 0.0)
    with tempfile.TemporaryDirectory(prefix="sample-authority-") as folder:
        counts = generate(Path(folder), seed, plans, as_at, lambda words, share: tell(words, _GENERATED * share), cancelled)
        paths = written(Path(folder))
        _expect_empty(store, paths)
        reports = load_files(
            store,
            paths,
            progress=lambda words, share: tell(words, _GENERATED + share * (1 - _GENERATED)),
            cancelled=cancelled,
            is_sample=True,
            reader=Here,  # its own files need no guarding
        )
    faulty = [f"{report.source}: {report.rejected or report.quarantined}" for report in reports if report.rejected or report.quarantined]
    if faulty:
        raise RuntimeError(f"The sample authority did not load cleanly: {'; '.join(faulty)}")
    _enter_budgets(store, as_at)
    return counts


def _enter_budgets(store: Store, as_at: date) -> None:
    """Budgets of the financial year of the as-at day and of the next day's, each purse once, in whole hundred thousands of pounds."""
    cost = store.read("budget_cost")
    last = financial_year(as_at + timedelta(days=1))
    for year in (last - 1, last):
        entered = set(store.read("budgets", fy=year)["purse"])
        before = cost[cost["fy"] == year - 1].groupby("purse")["cost_gbp"].sum()
        for purse in _BUDGET_PURSES:
            amount = Decimal(round(_BUDGET_GROWTH * float(before.get(purse, 0.0)) / 100_000)) * 100_000
            if purse not in entered and amount:
                budget.enter(store, year, purse, amount, "Made-up budget of the sample authority", "sample")


def _expect_empty(store: Store, paths: list[Path]) -> None:
    """Lets an empty store pass, and one with some or all of this very sample."""
    with store.cursor() as cursor:
        held = {str(row[0]) for row in cursor.execute("SELECT sha256 FROM meta_batch").fetchall()}
    if held - {_hash(path) for path in paths}:
        raise WrongUsage(f"{store.path} holds other data already; give the sample authority a database of its own.", "not_empty")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
