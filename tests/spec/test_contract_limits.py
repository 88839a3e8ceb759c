"""Limits, fixed settings and what is told when they cannot be kept: bounds by hand, refusals in sentences, settings by name."""

from __future__ import annotations

from typing import Any

import pytest
from small_authority import authority, placement, setting

from analytics.contracts import limits
from analytics.contracts.build import build_instance
from analytics.contracts.instance import parse
from analytics.contracts.policy import Policy
from analytics.findings.contracts_conflict import conflict
from data.errors import InputRejected, WrongUsage

POLICY = Policy(max_share=1.0, pool_below=0, tiers=((3, 0.04), (8, 0.07)))
PLACEMENTS = [placement(n) for n in range(8)] + [placement(20 + n, primary_need="SEMH") for n in range(4)]


def instance(**changes: Any) -> dict[str, Any]:
    """Two futures, alike likely: two new children and one who stays, or four new ones."""
    return {
        "name": "small",
        "years": 1,
        "uplift": 0,
        "rate": 0,
        "lots": [{"id": "A", "over_price": 90_000}],
        "providers": [{"id": "100001", "capacity": 10, "quality": 0, "fixed": 1_000, "tiers": [{"min": 1, "disc": 0.1}]}],
        "offers": [{"provider": "100001", "lot": "A", "list": 60_000, "max_block": 5, "eligible": True}],
        "scenarios": [{"prob": 0.5, "demand": [[2]], "existing": [[1]]}, {"prob": 0.5, "demand": [[4]], "existing": [[0]]}],
        "builds": [],
        "risk": {"lambda": 0, "alpha": 0.9},
    } | changes


def test_no_plan_costs_less_than_every_child_at_the_largest_discount() -> None:
    assert limits.least_totals(parse(instance())).tolist() == [3 * 54_000, 4 * 54_000]


def test_a_limit_that_nothing_can_keep_is_told_at_once_with_what_is_enough() -> None:
    told = limits.hopeless(parse(instance(chance_budget={"prob": 0.9, "limit": 200_000})))
    assert told is not None
    # nine futures of ten: the second too, 4 × £54,000; one by one it costs 4 × £60,000
    assert told["least_gbp"] == 216_000
    assert told["relax"] == {"rule": limits.CHANCE, "by": 40_000, "cost_gbp": 210_000, "enough": True}
    finding = conflict(told, {}, "v")
    assert finding.answer == "No plan keeps all the rules you set."
    assert finding.notes[0] == "These 2 rules cannot hold together:"
    assert "£216,000 or more" in finding.notes[1]
    assert finding.notes[-1].startswith("Raise the limit by £40,000 and buying one by one keeps it, at a weighted cost of £210,000")
    assert limits.hopeless(parse(instance(chance_budget={"prob": 0.5, "limit": 200_000}))) is None  # half of the futures may be kept
    assert limits.hopeless(parse(instance(cvar_budget={"alpha": 0.9, "limit": 215_000}))) is not None
    assert limits.hopeless(parse(instance())) is None


def test_rules_and_ways_out_are_told_with_settings_by_name() -> None:
    document = {"conflict": ["capacity of 100001", "share limit"], "relax": {"rule": "share limit", "by": 2, "cost_gbp": 5_000}}
    finding = conflict(document, {"100001": "Ash School"}, "v")
    assert finding.notes[1:] == (
        "Capacity of Ash School as it is.",
        "No setting holds more than its share of places.",
        "The cheapest single way out: let one setting hold more by 2 places. The best plan then costs £5,000.",
    )
    assert conflict({"conflict": [], "relax": None}, {}, "v").answer.startswith("No plan was found")


def built(**policy: Any) -> Any:
    data = authority(PLACEMENTS, [setting("100001", setting_name="Ash School", places_offered=20), setting("100002", setting_name="Beech School")])
    return build_instance(data, POLICY.from_json(POLICY.to_json() | policy), "secondary", "east")


def test_a_fixed_setting_holds_its_places_shared_over_its_kinds() -> None:
    found = built(locks={"100001": 6})
    fixed = {o["lot"]: (o["min_block"], o["max_block"]) for o in found.instance["offers"] if o["eligible"]}
    assert all(low == high for low, high in fixed.values())
    assert sum(low for low, _ in fixed.values()) == 6
    assert fixed["ASD-secondary-day@east"][0] > fixed["SEMH-secondary-day@east"][0]  # more children there
    assert any(note.startswith("Ash School is fixed at 6 guaranteed places, shared over 2 kinds of place") for note in found.notes)


def test_nothing_is_bought_where_a_setting_is_fixed_at_none() -> None:
    assert all(o["max_block"] == 0 for o in built(locks={"100001": 0}).instance["offers"])


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"locks": {"100001": 2}}, "a contract begins at 3 places"),
        ({"locks": {"100001": 40}}, "it can give 20 places"),
        ({"locks": {"100002": 4}}, "Beech School cannot be fixed at 4: it takes no new child"),
        ({"locks": {"100001": 8}, "max_share": 0.2}, "the share limit of 20% is"),
        ({"locks": {"100001": 8}, "min_quality": 60}, "below the floor of 60"),
    ],
)
def test_a_fixed_number_that_the_rules_forbid_is_told_in_words(policy: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUsage, match=said) as refused:
        built(**policy)
    assert "Ash School" in refused.value.message or "Beech School" in refused.value.message


def test_fixed_places_are_whole_numbers() -> None:
    with pytest.raises(InputRejected, match="whole number"):
        Policy.from_json({"locks": {"100001": 2.5}})
