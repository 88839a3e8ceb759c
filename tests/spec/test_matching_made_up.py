"""On ledgers made from the public register by spoiling its names on purpose: the chances are right, and automatic proposals safe."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from matching_noise import ledger, spoiled
from measuring import measured
from test_matching_real import SHARED, gias, interval, nmiss, told

from data.matching import Matcher
from data.matching.names import Name

JUDGED_BY = range(300, 312)  # other ledgers than those the threshold was chosen on


def test_spoiled_names_stay_names_of_the_school() -> None:
    draw = random.Random(1)
    names = [spoiled("Hilltop Quarry School", "Hexham", draw) for _ in range(200)]
    assert len(set(names)) > 15
    assert sum("HILLTOP" in Name(name).words for name in names) >= 180


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "gias_names_2021.csv.gz").exists(), reason="public files absent; set SHARED_DATA")
@pytest.mark.parametrize("registers", ["special schools 2018", "all establishments 2021", "both"])
def test_automatic_matches_are_right_on_ledgers_that_nothing_was_chosen_on(registers: str) -> None:
    """Each twelfth school is held out of the register, so that it cannot be found."""
    every, special = gias(), nmiss()
    draw = random.Random(5)
    held_out = {urn for urn in every["urn"] if draw.random() < 0.08}
    schools = every.rename(columns={"register_name": "name"})
    settings = special[~special["urn"].isin(held_out)] if registers != "all establishments 2021" else special.iloc[:0]
    register = every[~every["urn"].isin(held_out)] if registers != "special schools 2018" else every.iloc[:0]
    matcher, found = Matcher(settings, register), []
    for seed in JUDGED_BY:
        rows = ledger(schools, set(special["urn"]), held_out, seed)
        found.append(matcher.propose(rows).merge(rows[["supplier_name", "truth"]], on="supplier_name"))
    judged = pd.concat(found)
    judged = judged.assign(truth=judged["truth"].where(judged["truth"].isin(set(matcher.register.number)), "none"))
    automatic, listed = judged[judged["automatic"]], judged[judged["truth"] != "none"]
    right, matched = automatic["urn"] == automatic["truth"], listed["automatic"] & (listed["urn"] == listed["truth"])
    measured(
        f"made-up ledgers against {registers}: {told('automatic right', int(right.sum()), len(automatic))}; "
        f"{told('listed suppliers matched automatically', int(matched.sum()), len(listed))}"
    )
    assert interval(int(right.sum()), len(right))[1] >= 0.97
    assert right.mean() >= 0.95
    assert matched.mean() >= 0.7
