"""A result as JSON and as words: finite numbers, pennies, ISO dates; short tables."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.run.documents import dumps, records, tidy
from analytics.run.words import ROWS, as_text


def test_pounds_are_rounded_to_pennies_and_other_numbers_are_not() -> None:
    given_back = tidy({"gbp": 1.005, "p50_gbp": Decimal("2.349"), "index": 1.23456789, "control_total": {"in": 0.1 + 0.2}, "objective": -0.001})
    assert given_back == {"gbp": 1.0, "p50_gbp": 2.35, "index": 1.23456789, "control_total": {"in": 0.3}, "objective": 0.0}
    assert "-0" not in dumps({"gbp": -0.001})


def test_what_is_not_a_finite_number_is_null() -> None:
    assert tidy([float("nan"), np.inf, pd.NaT, pd.NA, np.float64("nan"), None]) == [None] * 6


def test_types_of_the_libraries_become_plain() -> None:
    document = {"day": pd.Timestamp("2026-03-31"), "date": date(2026, 3, 31), "n": np.int64(3), "yes": np.bool_(True), "where": Path("a") / "b", "set": (1, 2)}
    assert json.loads(dumps(document)) == {"day": "2026-03-31", "date": "2026-03-31", "n": 3, "yes": True, "where": str(Path("a") / "b"), "set": [1, 2]}


def test_a_type_without_a_place_is_a_fault() -> None:
    with pytest.raises(TypeError, match="DataFrame has no place"):
        tidy(pd.DataFrame())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=20))
def test_every_document_is_json_that_reads_back_the_same(document: object) -> None:
    assert json.loads(dumps(document), parse_constant=lambda c: pytest.fail(c)) == tidy(document)


def test_rows_of_a_frame_have_nulls_for_missing_cells() -> None:
    frame = pd.DataFrame({"urn": ["1", None], "n": [1.0, float("nan")]})
    assert records(frame) == [{"urn": "1", "n": 1.0}, {"urn": None, "n": None}]


def test_words_show_values_then_tables_and_say_what_is_left_out() -> None:
    text = as_text(
        {"as_at": "2026-03-31", "saving_gbp": 12600.0, "notes": ["One.", "Two."], "rows": [{"urn": str(n), "flagged": n == 0} for n in range(ROWS + 5)]}
    )
    assert text.startswith("As at: 2026-03-31\nSaving (£): 12,600.00\nNotes:\n  One.\n  Two.")
    assert "Urn  Flagged\n0    yes\n1    no" in text
    assert "… and 5 more" in text
    assert as_text([]) == "Nothing."
