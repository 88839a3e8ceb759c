"""Small cells are hidden, and no reader of the published table can work them out. The attacker is tests/disclosure_attacker.py."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from disclosure_attacker import unsafe_counts
from disclosure_tables import attack_money, count_table, money_frame, money_table, published_of, truth_of

from analytics.disclosure.profile import PROFILES, expect_publishable
from analytics.disclosure.protect import protect, protect_together
from analytics.disclosure.table import counts, money
from data.errors import InputRejected, WrongUsage

EXEMPT, STRICT = PROFILES["exempt"], PROFILES["strict"]
SHAPES = ((3, 3), (4, 3), (5, 4), (6, 5), (8, 6), (2, 7), (2, 2, 3), (3, 2, 2))


def grid(*rows: tuple[int, ...]) -> pd.DataFrame:
    return pd.DataFrame([(f"r{i}", f"c{j}", value) for i, row in enumerate(rows) for j, value in enumerate(row)], columns=["row", "column", "n"])


def test_reference_instance() -> None:
    """sdcTable's example (microdata1): one small cell, A female, ends with three others hidden and eleven cells published."""
    people = {
        ("A", "male"): 18,
        ("A", "female"): 2,
        ("B", "male"): 19,
        ("B", "female"): 14,
        ("C", "male"): 14,
        ("C", "female"): 8,
        ("D", "male"): 12,
        ("D", "female"): 13,
    }
    frame = pd.DataFrame([(*cell, n) for cell, n in people.items()], columns=["region", "gender", "n"])
    made = protect(counts(frame, ["region", "gender"], "n"), EXEMPT)
    status = made.cells.set_index(["region", "gender"])["status"]
    assert status["A", "female"] == "primary"
    assert (status == "secondary").sum() == 3
    assert (status == "published").sum() == 11
    assert made.verified


def test_a_table_without_small_cells_is_published_whole() -> None:
    made = protect(counts(grid((10, 20), (30, 0)), ["row", "column"], "n"), EXEMPT)
    assert made.suppressed == 0
    assert made.verified


def test_nought_is_a_true_value_and_one_symbol_stands_for_both_kinds() -> None:
    made = protect(counts(grid((0, 3, 20), (7, 9, 30), (8, 12, 40)), ["row", "column"], "n"), EXEMPT)
    shown = made.shown().set_index(["row", "column"])["value"]
    assert shown["r0", "c1"] == "c"
    assert set(made.shown().loc[made.cells["status"] != "published", "value"]) == {"c"}
    assert shown["Total", "Total"] == "129"


def test_the_public_is_shown_less_than_an_exempt_paper() -> None:
    table = counts(grid((7, 30, 20), (25, 40, 30), (28, 12, 40)), ["row", "column"], "n")
    assert protect(table, EXEMPT).suppressed == 0
    assert protect(table, STRICT).suppressed == 4


def test_an_only_childs_family_learns_nothing_of_the_others() -> None:
    """Two small cells in a square of four would do for a stranger; the family of either child would work out the other three."""
    table = counts(grid((1, 20, 30, 15), (25, 1, 40, 16), (28, 12, 40, 17), (18, 19, 21, 22)), ["row", "column"], "n")
    made = protect(table, EXEMPT)
    assert unsafe_counts(published_of(made), truth_of(table), 5) == []
    square = {cell: None if cell in set(itertools.product(("r0", "r1"), ("c0", "c1"))) else value for cell, value in truth_of(table).items()}
    assert {found.insider for found in unsafe_counts(square, truth_of(table), 5)} == {("r0", "c0"), ("r1", "c1")}


def test_the_attacker_sees_through_what_is_only_hidden_for_being_small() -> None:
    """The test's own attacker can tell: hiding the small cells alone leaves them to be worked out from totals."""
    table = count_table((5, 4), 3)
    truth = truth_of(table)
    naive = {cell: None if 0 < value < 5 else value for cell, value in truth.items()}
    assert unsafe_counts(naive, truth, 5)


@pytest.mark.parametrize("seed", range(32))
def test_counts_stay_hidden_from_the_attacker(seed: int) -> None:
    table = count_table(SHAPES[seed % len(SHAPES)], seed)
    profile = (EXEMPT, STRICT)[seed % 2]
    made = protect(table, profile)
    published, truth = published_of(made), truth_of(table)
    assert made.verified
    assert unsafe_counts(published, truth, profile.threshold) == []
    assert {cell: value for cell, value in published.items() if value is not None} == {
        cell: truth[cell] for cell, value in published.items() if value is not None
    }


@pytest.mark.parametrize("seed", range(8))
def test_pounds_stay_hidden_from_the_attacker(seed: int) -> None:
    shape, profile = ((3, 3), (4, 4), (5, 4), (6, 5))[seed % 4], (EXEMPT, STRICT)[seed % 2]
    frame, table = money_frame(shape, seed), money_table(shape, seed)
    made = protect(table, profile)
    assert made.verified
    assert attack_money(frame, table, made, profile.threshold) == []
    for cell, value in published_of(made).items():
        assert value is None or (value % 1000 == 0 and abs(value - truth_of(table)[cell]) <= 500)


def contributions(*groups: tuple[str, float, int]) -> pd.DataFrame:
    """One cell with these provider groups, pounds and children, among three that are plainly safe."""
    safe = [(need, district, f"g{number}", 100_000.0, 20) for need, district in (("a", "y"), ("b", "x"), ("b", "y")) for number in range(12)]
    return pd.DataFrame([*(("a", "x", *group) for group in groups), *safe], columns=["need", "district", "group", "gbp", "children"])


@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        ([("p", 50_000, 10), ("q", 50_000, 10), ("r", 50_000, 10)], False),
        ([("p", 50_000, 10), ("q", 50_000, 10)], True),  # two groups
        ([("p", 50_000, 1), ("q", 50_000, 1), ("r", 50_000, 2)], True),  # four children
        ([("p", 100_000, 10), ("q", 50_000, 10), ("r", 9_999, 10), ("s", 0, 9)], True),  # the rest is under a tenth of the largest
        ([("p", 100_000, 10), ("q", 10_000, 10), ("r", 12_000, 10)], True),  # two hold over nine tenths
        ([("p", 100_000, 10), ("q", 10_000, 10), ("r", 10_000, 10), ("s", 10_000, 10)], False),
        ([("p", 30_000, 10), ("p", 20_000, 10), ("q", 50_000, 10)], True),  # one group's two payments are one group's
        ([("Acme", 50_000, 10), ("ACME", 50_000, 10), (" acme ", 50_000, 10)], True),  # one group, spelt three ways
    ],
)
def test_rules_for_pounds(groups: list[tuple[str, float, int]], hidden: bool) -> None:
    table = money(contributions(*groups), ["need", "district"], {"group": "group", "gbp": "gbp", "children": "children"})
    status = protect(table, EXEMPT).cells.set_index(["need", "district"])["status"]
    assert (status["a", "x"] == "primary") == hidden
    assert (status["a", "Total"], status["b", "y"] == "primary") == ("published", False)


def test_a_least_or_greatest_value_is_never_published() -> None:
    for statistic in ("minimum", "maximum"):
        with pytest.raises(WrongUsage, match="never published"):
            expect_publishable(statistic)
    expect_publishable("mean")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (((1, 2), (3, -4)), "negative"),
        (((1, 2), (3, 4.5)), "not_whole"),
        (((1, 2), (3, "x")), "not_a_number"),
        (((1, 2), (3, "=1+1")), "not_a_number"),
        (((1, 2), (3, "inf")), "not_a_number"),
        (((1, 2), (3, 1e308)), "too_large"),
        (((1, 2),), "too_small"),
        (((1,), (2,)), "too_small"),
        (((0, 0), (0, 0)), "all_zero"),
        (((3, 20, 20), (20, 20, 20), (20, 20, 20), (43, 60, 60)), "other_total"),
    ],
)
def test_a_table_that_is_none_is_refused(rows: tuple[tuple[object, ...], ...], code: str) -> None:
    with pytest.raises(InputRejected) as refused:
        counts(grid(*rows), ["row", "column"], "n")  # type: ignore[arg-type]
    assert refused.value.code == code


def test_an_amount_without_a_provider_is_not_left_out() -> None:
    with pytest.raises(InputRejected, match="a, x without a provider"):
        money(contributions(("", 990_000, 3)), ["need", "district"], {"group": "group", "gbp": "gbp", "children": "children"})


def test_totals_are_checked_where_they_are_given() -> None:
    frame = grid((10, 20), (30, 40))
    given = [("r0", "Total", 30), ("r1", "total", 70), ("Total", "c0", 40), ("Total", "c1", 60), ("TOTAL", "Total", 100)]
    whole = pd.concat([frame, pd.DataFrame(given, columns=frame.columns)])
    assert protect(counts(whole, ["row", "column"], "n"), EXEMPT).suppressed == 0
    for wrong, code in ((given[:-1], "total_missing"), ([*given[:-1], ("Total", "Total", 101)], "total_wrong"), ([*given, given[0]], "duplicate_cell")):
        with pytest.raises(InputRejected) as refused:
            counts(pd.concat([frame, pd.DataFrame(wrong, columns=frame.columns)]), ["row", "column"], "n")
        assert refused.value.code == code


def test_a_pattern_is_found_again_the_same() -> None:
    table = count_table((8, 6), 4)
    first, second = (protect_together([table], EXEMPT) for _ in range(2))
    assert np.array_equal(first.pattern.hidden, second.pattern.hidden)
