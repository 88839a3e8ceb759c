"""What might explain a difference, each of the five checks on frames that a reader can work out by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from analytics.explanations import ALL, NOT, PART, UNKNOWN, explanations

SINCE = (date(2025, 9, 1) - date(1970, 1, 1)).days
# Four placements of £50,000, £5,000 of each for one-to-one, of which the plans know; VAT on everything
EVIDENCE = {
    "setting_type": "ISS",
    "n": 4,
    "actual_gbp": 200_000.0,
    "place_funding_gbp": 0.0,
    "assumed": 0,
    "recorded": 0,
    "one_to_one_gbp": 20_000.0,
    "unseen": 0,
    "unseen_gbp": 0.0,
    "lines": 8,
    "vat_recorded": 8,
    "lines_gbp": 200_000.0,
    "vat_unknown_gbp": 0.0,
    "vat_charged_gbp": 200_000.0,
    "core_from_days": SINCE,
    "doubled": 0,
    "doubled_gbp": 0.0,
}
PAID = {"payable_gbp": 200_000.0, "spend_gbp": 202_000.0, "payments": 12}


def looked(check: str, index: float = 1.2, **changed: object) -> pd.Series:
    """One check of setting A beside two ordinary settings; `changed` alters its evidence or what was paid."""
    evidence = pd.DataFrame([EVIDENCE | {"urn": urn} | ({k: v for k, v in changed.items() if k in EVIDENCE} if urn == "A" else {}) for urn in "ABC"])
    paid = pd.DataFrame([PAID | {"urn": urn} | ({k: v for k, v in changed.items() if k in PAID} if urn == "A" else {}) for urn in "ABC"])
    settings = pd.DataFrame([{"urn": "A", "index": index, "index_low": index - 0.1, "index_high": index + 0.1}])
    found = explanations(settings, evidence, paid, 2025)
    assert len(found) == 5
    return found.set_index("check").loc[check]


@pytest.mark.parametrize("check", ["Place funding", "VAT basis", "Payments matched", "One-to-one support", "Age of the fees"])
def test_where_nothing_is_amiss_nothing_is_explained(check: str) -> None:
    found = looked(check)
    assert found["verdict"] == NOT
    assert found["index_if"] == pytest.approx(1.2)


def test_place_funding_that_was_put_in_is_named_with_the_index_without_it() -> None:
    # £10,000 of £50,000 at each of four placements: without it the cost is four fifths, 1.2 × 0.8 = 0.96
    found = looked("Place funding", setting_type="NMSS", place_funding_gbp=40_000.0, assumed=4)
    assert found["verdict"] == ALL
    assert found["index_if"] == pytest.approx(0.96)
    assert "for 4 of 4 placements, so £10,000 a place was put in" in found["evidence"]
    recorded = looked("Place funding", setting_type="NMSS", recorded=4)
    assert recorded["verdict"] == NOT
    assert "Fee lines of 4 of 4 placements carry it" in recorded["evidence"]


def test_vat_not_recorded_may_be_in_the_amounts() -> None:
    # all of its lines: 1.2 ÷ 1.2 = 1
    found = looked("VAT basis", vat_recorded=0, vat_charged_gbp=0.0, vat_unknown_gbp=200_000.0)
    assert (found["verdict"], found["index_if"]) == (ALL, pytest.approx(1.0))
    # a quarter of them
    assert looked("VAT basis", vat_recorded=6, vat_charged_gbp=150_000.0, vat_unknown_gbp=50_000.0)["verdict"] == PART


def test_vat_recorded_as_nil_where_settings_of_its_kind_bear_it_is_named() -> None:
    found = looked("VAT basis", vat_charged_gbp=0.0)
    # two of three settings of its kind bear VAT, so two thirds of a sixth
    assert found["index_if"] == pytest.approx(1.2 * (1 - 2 / 3 / 6))
    assert "0% of its cost bears VAT, 67% at settings of its kind" in found["evidence"]


def test_a_ledger_that_does_not_agree_with_the_fees_is_named() -> None:
    found = looked("Payments matched", spend_gbp=160_000.0)
    assert found["verdict"] == ALL
    assert "£160,000 was paid against £200,000 payable by the fees agreed (80%)" in found["evidence"]
    assert looked("Payments matched", spend_gbp=260_000.0)["verdict"] == NOT, "paid more would make it dearer still"
    assert looked("Payments matched", index=0.8, spend_gbp=260_000.0)["verdict"] == ALL
    assert looked("Payments matched", payments=0, spend_gbp=0.0)["verdict"] == UNKNOWN


def test_one_to_one_that_the_plans_do_not_record_is_named() -> None:
    found = looked("One-to-one support", one_to_one_gbp=80_000.0, unseen=4, unseen_gbp=80_000.0)
    # £20,000 of £50,000 a place: 1.2 × 0.6
    assert found["index_if"] == pytest.approx(0.72)
    assert found["verdict"] == ALL
    assert "40% of its cost" in found["evidence"]
    assert "£80,000 of it is for 4 placements whose plan records no hours" in found["evidence"]


def test_newer_fees_and_an_older_line_that_still_runs_are_named() -> None:
    newer = looked("Age of the fees", core_from_days=SINCE + 365.25)
    assert newer["index_if"] == pytest.approx(1.2 / 1.03)
    assert newer["verdict"] == PART
    assert looked("Age of the fees", core_from_days=SINCE - 365.25)["verdict"] == NOT, "older fees look cheaper"
    doubled = looked("Age of the fees", doubled=1, doubled_gbp=40_000.0)
    assert doubled["index_if"] == pytest.approx(0.96)
    assert "For 1 placement an older core line still runs beside a newer one (£40,000)" in doubled["evidence"]


def test_no_check_speaks_of_blame() -> None:
    for check in ("Place funding", "VAT basis", "Payments matched", "One-to-one support", "Age of the fees"):
        assert "overcharg" not in looked(check)["evidence"].lower()
