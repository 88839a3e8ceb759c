"""Who brought how much of a change about, whatever order one looks in (L. S. Shapley, A value for n-person games, 1953)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.float64]


def shapley(causes: Sequence[str], worth: Callable[[frozenset[str]], Amounts]) -> dict[str, Amounts]:
    """How much does each cause add, on average over every order in which the causes can come?

    `worth(present)` answers what would be if those causes alone had come, one amount a row; called once for each of the 2ⁿ sets. The
    amounts add up to worth(all) − worth(none); a cause that never changes anything gets 0; the order of `causes` does not matter.
    """
    sets = {frozenset(some): worth(frozenset(some)) for size in range(len(causes) + 1) for some in combinations(causes, size)}
    return {cause: _added(cause, [other for other in causes if other != cause], sets) for cause in causes}


def _added(cause: str, others: Sequence[str], sets: dict[frozenset[str], Amounts]) -> Amounts:
    """The mean of what the cause adds to those before it. So many causes stand before it in a share 1/n of the orders, whichever they are."""
    n = len(others) + 1
    total = np.zeros_like(sets[frozenset()])
    for size in range(n):
        share = factorial(size) * factorial(n - size - 1) / factorial(n)
        for some in combinations(others, size):
            before = frozenset(some)
            total += share * (sets[before | {cause}] - sets[before])
    return total
