"""The codes of `check`, which analysts script against: none may vanish or be renamed. Renew with RENEW_GOLDEN=1 and read the change as a diff."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from loading import FEES, PLACEMENTS, PLANS, SETTINGS, Desk

from analytics.reconcile import owners
from analytics.run.checking import check_store
from data import cells, checks
from data.sources import SOURCES

GOLDEN = Path(__file__).parent / "check_codes.txt"
ROOT = Path(__file__).resolve().parents[2]
PAYMENTS = "transaction_id,paid_on,supplier_name,net_gbp\nT1,2025-06-01,ONE SCHOOL,100.00\nT2,2025-08-01,ONE SCHOOL,31/13/2025\n"


def test_the_codes_of_a_small_store_are_as_last_reviewed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.load_all(SETTINGS, PLANS, PLACEMENTS, FEES, PAYMENTS)
    found = check_store(desk.store)["checks"]
    desk.store.close()
    codes = [check["code"] for check in found]
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.write_text("\n".join(codes) + "\n", encoding="utf-8")
    assert codes == GOLDEN.read_text(encoding="utf-8").split()
    assert {check["owner"] for check in found} <= set(owners.Team)
    assert [check["code"] for check in found if check["level"] != "info" and check["mend"] in ("", "Nothing to do.")] == []


def test_a_source_has_a_team() -> None:
    assert set(owners.OF_SOURCE) == set(SOURCES)


def test_every_reason_to_set_a_record_aside_says_how_to_mend_it() -> None:
    text = "\n".join((ROOT / "data" / f"{module.__name__.split('.')[-1]}.py").read_text(encoding="utf-8") for module in (cells, checks))
    of_cells = set(re.findall(r'Fault\("(\w+)"', text))
    of_rules = {rule.code for rule in checks.RULES if rule.level == "quarantine"} | {"ragged", "overlap", "key_conflict", "unknown_parent"}
    assert of_cells
    assert sorted((of_cells | of_rules) - set(owners.QUARANTINE)) == []


def test_every_warning_says_what_to_do() -> None:
    assert sorted({rule.code for rule in checks.WARNINGS} - set(owners.WARNINGS)) == []


@pytest.mark.parametrize(
    ("source", "code", "team"),
    [
        ("payments", "zero_fee", "Finance"),
        ("fees", "fee_too_large", "Commissioning"),
        ("placements", "overlap", "SEN casework team"),
        ("outcomes", "implausible", "Placing school"),
        ("placements", "ragged", "Data officer"),  # a fault of the export, whoever keeps the record
    ],
)
def test_a_fault_goes_to_the_team_that_keeps_the_record_or_makes_the_export(source: str, code: str, team: str) -> None:
    assert owners.team(source, code) == team
