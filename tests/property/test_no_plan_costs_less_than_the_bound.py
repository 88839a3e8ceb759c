"""The bound that tells a hopeless limit at once: no plan of a small instance costs less in any future."""

from __future__ import annotations

import numpy as np
import pytest
from contract_reference import draw_instance, every_total

from analytics.contracts.instance import parse
from analytics.contracts.limits import least_totals

SERVED = [seed for seed in range(14) if seed not in (5, 12)]  # of those two instances no plan serves every child


@pytest.mark.parametrize("seed", SERVED)
def test_no_plan_costs_less_in_any_future_than_the_bound(seed: int) -> None:
    document = draw_instance(seed)
    least = least_totals(parse(document))
    totals = list(every_total(document).values())
    assert totals
    for total in totals:
        assert (np.array(total) >= least - 1e-6).all()
