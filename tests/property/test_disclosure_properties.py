"""Whatever the table: nothing published is altered, hidden cells hold no value, totals are the true ones, and no line shows all but one of its cells."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from disclosure_attacker import TOTAL, unsafe_counts
from disclosure_tables import published_of, truth_of
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.disclosure.profile import PROFILES
from analytics.disclosure.protect import protect
from analytics.disclosure.table import counts
from data.errors import InputRejected

EXEMPT = PROFILES["exempt"]
CELL = st.one_of(st.just(0), st.integers(1, 4), st.integers(5, 60))


@st.composite
def grids(draw: st.DrawFn) -> pd.DataFrame:
    rows, columns = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    values = draw(st.lists(CELL, min_size=rows * columns, max_size=rows * columns))
    return pd.DataFrame([(f"r{i}", f"c{j}", values[i * columns + j]) for i in range(rows) for j in range(columns)], columns=["row", "column", "n"])


@settings(max_examples=15, deadline=None)
@given(grids())
def test_a_protected_table(frame: pd.DataFrame) -> None:
    if not frame["n"].any():
        return
    table = counts(frame, ["row", "column"], "n")
    made = protect(table, EXEMPT)
    truth, published = truth_of(table), published_of(made)
    assert made.verified
    assert truth.keys() == published.keys()
    assert all(value is None or value == truth[cell] for cell, value in published.items())
    assert all((value is None) == (status != "published") for value, status in zip(published.values(), made.cells["status"], strict=True))
    assert all(published[cell] is None for cell, value in truth.items() if 0 < value < 5)
    assert made.suppressed == sum(value is None for value in published.values())
    for axis in (0, 1):
        lines = {cell[axis] for cell in truth}
        hidden = {line: sum(value is None for cell, value in published.items() if cell[axis] == line) for line in lines}
        assert 1 not in hidden.values()
    assert unsafe_counts(published, truth, 5) == []


@settings(max_examples=8, deadline=None)
@given(grids(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_given_totals_change_nothing(frame: pd.DataFrame, chance: object) -> None:
    if not frame["n"].any():
        return
    plain = counts(frame, ["row", "column"], "n")
    rows = [(*cell, value) for cell, value in truth_of(plain).items()]
    chance.shuffle(rows)  # type: ignore[attr-defined]
    given_totals = counts(pd.DataFrame(rows, columns=["row", "column", "n"]), ["row", "column"], "n")
    assert truth_of(given_totals) == truth_of(plain)
    first, second = protect(plain, EXEMPT), protect(given_totals, EXEMPT)
    assert first.suppressed == second.suppressed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), st.one_of(st.text(max_size=6), st.integers(-5, 50), st.floats())), max_size=12))
def test_any_rows_make_a_table_or_one_sentence(rows: list[tuple[str, str, object]]) -> None:
    try:
        table = counts(pd.DataFrame(rows, columns=["row", "column", "n"]), ["row", "column"], "n")
    except InputRejected as refused:
        told = refused.message
    else:
        told = ""
    if told:
        assert told.endswith(".")
        return
    values = truth_of(table)
    assert all(value >= 0 and value == int(value) for value in values.values())
    names = [sorted({cell[axis] for cell in values} - {TOTAL}) for axis in (0, 1)]
    assert np.isclose(values[TOTAL, TOTAL], sum(values[cell] for cell in itertools.product(*names)))
