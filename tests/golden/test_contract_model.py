"""The model of one small instance, word for word. Renew with CONTRACTS_RENEW_GOLDEN=1 and read the difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analytics.contracts import model
from analytics.contracts.instance import parse

HERE = Path(__file__).parent
SMALL = {
    "name": "golden",
    "years": 2,
    "uplift": 0.03,
    "rate": 0.05,
    "lots": [{"id": "ASD-secondary-day@east", "over_price": 90000}],
    "providers": [
        {"id": "Oak School", "capacity": 8, "quality": 3, "fixed": 9000, "tiers": [{"min": 1, "disc": 0.04}, {"min": 3, "disc": 0.1}]},
        {"id": "Elm School", "capacity": 5, "quality": 1, "fixed": 9000, "tiers": [{"min": 1, "disc": 0.04}]},
    ],
    "offers": [
        {
            "provider": "Oak School",
            "lot": "ASD-secondary-day@east",
            "list": 60000,
            "max_block": 5,
            "eligible": True,
            "max_flex": 2,
            "flex_fee": 1500,
            "flex_disc": 0.05,
        },
        {"provider": "Elm School", "lot": "ASD-secondary-day@east", "list": 50000, "max_block": 5, "eligible": True},
    ],
    "scenarios": [
        {"prob": 0.5, "demand": [[2], [3]], "existing": [[1, 1], [1, 0]]},
        {"prob": 0.5, "demand": [[4], [5]], "existing": [[2, 1], [1, 1]]},
    ],
    "min_quality": 2,
    "max_share": 0.5,
    "share_base": 10,
    "builds": [{"lot": "ASD-secondary-day@east", "places": 2, "capital": 20000, "unit_cost": 30000, "from_year": 1}],
    "risk": {"lambda": 0.25, "alpha": 0.5},
    "cvar_budget": {"alpha": 0.5, "limit": 900000},
    "chance_budget": {"prob": 0.5, "limit": 600000},
}


@pytest.mark.parametrize("form", ["by_tier", "pooled"])
def test_the_model_reads_as_it_did(form: model.Form, tmp_path: Path) -> None:
    written, golden = tmp_path / "model.lp", HERE / f"contract_{form}.lp"
    model.build(parse(SMALL), form).problem.writeLP(str(written))
    if os.environ.get("CONTRACTS_RENEW_GOLDEN"):
        golden.write_bytes(written.read_bytes().replace(b"\r\n", b"\n"))
    assert written.read_text() == golden.read_text()


def test_every_constraint_has_its_own_name_in_words() -> None:
    names = [rule.name for form in ("by_tier", "pooled") for rule in model.build(parse(SMALL), form).rules]
    assert not [name for name in names if name.startswith(("_C", "C1")) or "_" not in name]
    assert len(set(names[: len(model.build(parse(SMALL), "by_tier").rules)])) == len(model.build(parse(SMALL), "by_tier").rules)
