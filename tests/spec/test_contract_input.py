"""What makes an instance unreadable or contradictory: every fault is told in a sentence, and nothing is solved."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from contract_instances import Doc, one_school, uniform

from analytics.contracts.instance import parse
from analytics.contracts.solve import solve
from data.errors import InputRejected


def good() -> Doc:
    return one_school(uniform(1, 4))


def put(path: str, value: Any) -> Callable[[Doc], None]:
    """Sets a field by its path, e.g. offers.0.list."""

    def change(doc: Doc) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = doc
        for step in way:
            place = place[step]
        place[last] = value

    return change


def drop(path: str) -> Callable[[Doc], None]:
    def change(doc: Doc) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = doc
        for step in way:
            place = place[step]
        del place[last]

    return change


REFUSED = [
    (put("offers.0.ring_fenced", False), "offer 1: `ring_fenced`: places that several lots may share are not sized"),
    (put("offers.0.break_on", "2027-08-31"), "`break_on`: a break is not sized"),
    (put("providers.0.notice_terms", 2), "provider 1: `notice_terms`: ending a contract early by notice is not sized"),
    (put("years", 0), "`years` must be from 1"),
    (put("years", 1.5), "`years` must be a whole number"),
    (put("years", True), "`years` must be a number, not true"),
    (put("years", 10**30), "`years` must be from 1"),
    (put("years", 500), "more than 50 years"),
    (put("uplift", math.nan), "`uplift` must be a number"),
    (put("rate", math.inf), "`rate` must be a number"),
    (put("rate", -1), "`rate` must be from -0.99"),
    (put("uplift", "3%"), '`uplift` must be a number, not "3%"'),
    (put("lots", []), "`lots` needs at least 1 entry"),
    (put("lots", {}), "`lots` must be a list"),
    (put("lots.0.id", ""), "lot 1: `id` must be a name"),
    (put("lots.0.over_price", -1), "lot 1: `over_price` must be from 0"),
    (put("lots", [{"id": "L", "over_price": 1}, {"id": "L", "over_price": 2}]), '"L" stands there 2 times'),
    (put("providers.0.capacity", -3), "provider 1: `capacity` must be from 0"),
    (put("providers.0.capacity", None), "provider 1: `capacity` must be a number, not nothing"),
    (put("providers.0.fixed", -9000), "provider 1: `fixed` must be from 0"),
    (drop("providers.0.quality"), "provider 1: `quality` must be a number"),
    (drop("providers.0.tiers"), "provider 1: `tiers` must be a list"),
    (put("providers.0.tiers.0.disc", 1.2), "`disc` must be from 0 to 1"),
    (put("providers.0.tiers.0.disc", -0.1), "`disc` must be from 0 to 1"),
    (put("providers.0.tiers", [{"min": 3, "disc": 0.1}, {"min": 3, "disc": 0.2}]), "two tiers begin at 3 places"),
    (put("providers.0.tiers.0.min", -1), "`min` must be from 0"),
    (put("offers.0.provider", "B"), '`provider` "B" is not among the providers'),
    (put("offers.0.lot", "M"), '`lot` "M" is not among the lots'),
    (put("offers.0.list", "dear"), "offer 1: `list` must be a number"),
    (put("offers.0.list", 1e12), "offer 1: `list` must be from 0"),
    (put("offers.0.max_block", -1), "offer 1: `max_block` must be from 0"),
    (put("offers.0.eligible", "yes"), '`eligible` must be true or false, not "yes"'),
    (put("offers.0.void_share", 1.5), "`void_share` must be from 0 to 1"),
    (put("offers.0.min_occupancy", 85), "`min_occupancy` must be from 0 to 1"),
    (put("offers.0.grace_weeks", -1), "`grace_weeks` must be from 0 to 52"),
    (put("offers.0.spot_available", 0.5), "does not say in which futures"),
    (put("offers.0.spot_available", [1, 0]), "one for each scenario"),
    (put("offers.0.flex_disc", 2), "`flex_disc` must be from 0 to 1"),
    (put("offers.0.max_flex", 1.5), "`max_flex` must be a whole number"),
    (put("offers.0.min_block", 30), "`min_block` 30 is above `max_block` 20"),
    (put("scenarios", []), "`scenarios` needs at least 1 entry"),
    (put("scenarios.0.prob", 0.3), "the probabilities sum to 1.05, not 1"),
    (put("scenarios.0.prob", 0.25 + 2e-9), "the probabilities sum to 1.000000002, not 1"),
    (put("scenarios.0.prob", -0.25), "scenario 1: `prob` must be from 0 to 1"),
    (put("scenarios.0.demand", [[1], [2]]), "a list with one row for each of the 1 years"),
    (put("scenarios.0.demand", [[1, 2]]), "one number for each of the 1 lots"),
    (put("scenarios.0.demand", [[1.5]]), "1.5, which is not a whole number of children"),
    (put("scenarios.0.demand", [[-1]]), "-1, which is not a whole number of children"),
    (put("scenarios.0.demand", [[True]]), "true, which is not a whole number of children"),
    (put("scenarios.0.existing", [[]]), "one number for each of the 1 offers"),
    (put("scenarios.0.existing", None), "scenario 1, existing"),
    (put("scenarios.0", 7), "scenario 1: an object is needed, not 7"),
    (put("max_share", 0.25), "`max_share` needs `share_base`"),
    (lambda doc: doc.update(max_share=25, share_base=100), "`max_share` must be from 0 to 1"),
    (put("min_quality", "good"), '`min_quality` must be a number, not "good"'),
    (drop("builds"), "`builds` must be a list"),
    (put("builds", [{"lot": "L", "places": -1, "capital": 1, "unit_cost": 1, "from_year": 0}]), "build 1: `places` must be from 0"),
    (put("builds", [{"lot": "L", "places": 1, "capital": 1, "unit_cost": 1}]), "build 1: `from_year` must be a number"),
    (drop("risk"), "risk: an object is needed"),
    (put("risk.lambda", 1.5), "`lambda` must be from 0 to 1"),
    (put("risk.alpha", 1), "`alpha` must be below 1"),
    (put("cvar_budget", {"alpha": 0.9}), "cvar_budget: `limit` must be a number"),
    (put("cvar_budget", {"alpha": 0.9, "limit": -5}), "cvar_budget: `limit` must be from 0"),
    (put("chance_budget", {"prob": 90, "limit": 1}), "chance_budget: `prob` must be from 0 to 1"),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_a_bad_instance_is_refused_in_words(change: Callable[[Doc], None], sentence: str) -> None:
    doc = good()
    change(doc)
    with pytest.raises(InputRejected) as refused:
        parse(doc)
    assert sentence in refused.value.message
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("doc", [None, [], {}, 7, "instance", [good()]])
def test_what_is_not_an_instance_at_all_is_refused(doc: object) -> None:
    with pytest.raises(InputRejected, match="not a JSON object"):
        parse(doc)


def test_every_fault_is_told_at_once() -> None:
    doc = good()
    for path, value in (("uplift", None), ("offers.0.list", -1), ("risk.alpha", 2)):
        put(path, value)(doc)
    with pytest.raises(InputRejected) as refused:
        parse(doc)
    assert all(words in refused.value.message for words in ("`uplift`", "`list`", "`alpha`"))


def test_optional_fields_may_be_absent_or_null() -> None:
    bare, null = good(), good()
    for name in ("min_quality", "max_share", "share_base", "cvar_budget", "chance_budget"):
        null[name] = None
    for name in ("max_flex", "flex_fee", "flex_disc", "void_share", "grace_weeks", "min_occupancy", "spot_available", "min_block"):
        null["offers"][0][name] = None
    assert solve(parse(null))["objective"] == solve(parse(bare))["objective"]


def test_whole_numbers_may_be_written_with_a_point_and_tiers_in_any_order() -> None:
    doc = good()
    doc["scenarios"][0]["demand"] = [[1.0]]
    doc["providers"][0]["tiers"] = [{"min": 3, "disc": 0.3}, {"min": 0, "disc": 0.12}, {"min": 2, "disc": 0.05}]
    provider = parse(doc).providers[0]
    assert [provider.discount(n) for n in (0, 2, 3)] == [0.12, 0.12, 0.3]


def test_fields_nobody_knows_are_noted_and_not_used() -> None:
    doc = good() | {"chance_bugdet": {"prob": 1, "limit": 0}}
    found = solve(parse(doc))
    assert found["notes"] == ["The instance: chance_bugdet is not known and not used."]


def test_parsing_leaves_the_document_as_it_was() -> None:
    doc = good()
    before = copy.deepcopy(doc)
    parse(doc)
    assert json.dumps(doc) == json.dumps(before)
