"""The policy: every default is an assumption with its reason; overrides are read strictly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.contracts.policy import PARAMETERS, Policy
from data.errors import InputRejected


def test_defaults_are_those_of_the_parameters_and_each_has_a_reason() -> None:
    policy = Policy()
    for name, p in PARAMETERS.items():
        assert getattr(policy, "risk_weight" if name == "lambda" else name) == p.value
        assert p.low <= p.value <= p.high
        assert p.unit
        assert p.source
        assert p.reason
    assert policy.rate == pytest.approx(0.0557)
    assert policy.tiers == ((3, 0.04), (8, 0.07), (15, 0.10))
    assert (policy.years, policy.draws, policy.seed, policy.max_share, policy.risk_weight, policy.alpha) == (3, 200, 1, 0.25, 0.25, 0.9)


def test_an_empty_policy_is_the_default_and_a_policy_reads_what_it_writes() -> None:
    assert Policy.from_json({}) == Policy()
    changed = Policy.from_json(
        {
            "years": 5,
            "lambda": 0.5,
            "tiers": [{"min": 2, "disc": 0.05}],
            "existing_fill_blocks": False,
            "cvar_budget": {"alpha": 0.9, "limit": 1e6},
            "lots": {"ASD-secondary-day@east": {"over_price": 90_000}},
            "urns": {"100001": {"capacity": 12, "eligible": False, "tiers": [{"min": 1, "disc": 0.1}]}},
        }
    )
    assert changed.years == 5
    assert Policy.from_json(changed.to_json()) == changed


def test_a_settings_override_counts_before_a_lots_and_a_lots_before_the_default() -> None:
    lot = "ASD-secondary-day@east"
    policy = Policy.from_json({"void_share": 0.9, "lots": {lot: {"void_share": 0.8}}, "urns": {"100001": {"void_share": 0.7}}})
    assert policy.of("void_share", "100001", lot) == 0.7
    assert policy.of("void_share", "100002", lot) == 0.8
    assert policy.of("void_share", "100002", "HI-primary-day@east") == 0.9


@pytest.mark.parametrize(
    ("doc", "says"),
    [
        ([], "object"),
        ({"uplift": 9}, "`uplift` must be from"),
        ({"years": 2.5}, "whole number"),
        ({"years": 99}, "at most 10 years"),
        ({"max_shar": 0.2}, "max_shar is not known"),
        ({"phase": "nursery"}, "one of primary, secondary, post16"),
        ({"tiers": [{"min": 3, "disc": 0.1}, {"min": 8, "disc": 0.05}]}, "may only rise"),
        ({"lots": {"autism": {}}}, "is not a lot"),
        ({"urns": {"100001": {"capacity": -1}}}, "`capacity` must be from"),
        ({"urns": {"100001": {"capacty": 1}}}, "capacty is not known"),
        ({"existing_fill_blocks": 1}, "true or false"),
        ({"chance_budget": {"prob": 2, "limit": 1}}, "`prob` must be from"),
    ],
)
def test_a_faulty_policy_is_refused_with_a_sentence(doc: object, says: str) -> None:
    with pytest.raises(InputRejected, match=says):
        Policy.from_json(doc)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputRejected) as refused:
        Policy.from_json({"uplift": 9, "alpha": 3})
    assert "uplift" in refused.value.message
    assert "alpha" in refused.value.message


def test_a_policy_file_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"seed": 4, "risk": {"lambda": 0}}')
    assert (Policy.read(file).seed, Policy.read(file).risk_weight) == (4, 0.0)
    file.write_text("{")
    with pytest.raises(InputRejected, match="cannot be read as JSON"):
        Policy.read(file)


def test_the_policy_in_the_docs_is_read() -> None:
    text = (Path(__file__).parents[2] / "docs" / "demand.md").read_text(encoding="utf-8")
    policy = Policy.from_json(json.loads(text.split("```json")[1].split("```")[0]))
    assert policy.urns["100001"]["capacity"] == 24
