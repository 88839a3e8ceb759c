"""A person adds published tables on the pages that use them, sees the answer change, and takes them away again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboards import Dashboard, settled
from playwright.sync_api import Page, expect

expect.set_options(timeout=60_000)
pytestmark = pytest.mark.slow

CASELOAD = """time_period,geographic_level,old_la_code,la_name,breakdown_topic,breakdown,ehcplans,special_independent,special_non_maintained,special_total
202425,Local authority,886,Kent,All EHC plans,All EHC plans,20000,1900,100,8000
202425,Local authority,878,Devon,All EHC plans,All EHC plans,10000,450,50,x
202425,National,,,All EHC plans,All EHC plans,600000,25000,5000,190000
"""
BANDS = """band,needs,residence,valid_from,maximum_gbp,standing,source
All by day,,day,2027-09-01,1000000,law,A test
All boarding,,residential,2027-09-01,1000000,law,A test
"""


@pytest.fixture
def own(sample: Path, tmp_path: Path) -> Path:
    """A copy of the sample's folder, for tables of its own."""
    return Path(shutil.copytree(sample, tmp_path / "data"))


def add(page: Page, expander: str, name: str, content: str) -> None:
    page.get_by_text(expander, exact=True).click()
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", files=[{"name": name, "mimeType": "text/csv", "buffer": content.encode()}])
    page.get_by_role("button", name="Use this file").click()
    settled(page)


def test_a_caseload_is_added_changes_the_answer_and_is_taken_away(own: Path, dashboard: Callable[..., Dashboard], visit: Callable[..., Page]) -> None:
    """Kent 100 for every 1,000 plans, England 50, Devon 50 (one of ten neighbours)."""
    page = visit()
    page.goto(f"{dashboard(own).url}/comparison")
    answer = page.locator("[data-testid=stMain] h2").first
    expect(answer).to_contain_text("78.7 for every 1,000 plans")
    add(page, "DfE's caseload file", "caseload.csv", CASELOAD)
    expect(answer).to_contain_text("2,000 independent and non-maintained placements, 100.0 for every 1,000 plans")
    expect(answer).to_contain_text("against 50.0 in England and a median of 50.0 in 1 of 10 councils like it")
    expect(page.get_by_text("3 rows are used")).to_be_visible()
    page.get_by_role("button", name="Take it away").click()
    expect(answer).to_contain_text("78.7 for every 1,000 plans")
    assert page.left_host == []  # type: ignore[attr-defined]


def test_a_file_that_is_none_gets_a_sentence_and_changes_nothing(own: Path, dashboard: Callable[..., Dashboard], visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto(f"{dashboard(own).url}/comparison")
    expect(page.locator("[data-testid=stMain] h2").first).to_contain_text("78.7")
    add(page, "DfE's caseload file", "fees.csv", "placement_id,component\nP1,core\n")
    expect(page.get_by_text("needs the column")).to_be_visible()
    assert not (own / "published").exists()


def test_bands_that_are_law_are_called_so(own: Path, dashboard: Callable[..., Dashboard], visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto(f"{dashboard(own).url}/bands")
    answer = page.locator("[data-testid=stMain] h2").first
    expect(answer).to_contain_text("(proposal, not law)")
    add(page, "The table of price bands", "bands.csv", BANDS)
    expect(answer).to_contain_text("bands from 1 September 2027 (law), 0 of")
    expect(page.get_by_text("invented, a proposal")).to_have_count(0)
